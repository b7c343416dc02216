/* test_file_type.c - what a file is by its first bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "domain/file_type.h"

#define TYPE_OF(bytes) file_type_of(bytes, sizeof(bytes) - 1)

static void files_are_known_by_their_marks(void **state)
{
    (void)state;
    assert_string_equal(TYPE_OF("%PDF-1.7\n"), "application/pdf");
    assert_string_equal(TYPE_OF("junk before it\n%PDF-1.4"), "application/pdf");
    assert_string_equal(TYPE_OF("\x89PNG\r\n\x1a\n...."), "image/png");
    assert_string_equal(TYPE_OF("\xff\xd8\xff\xe0.."), "image/jpeg");
    assert_string_equal(TYPE_OF("GIF89a.."), "image/gif");
    assert_string_equal(TYPE_OF("\x1f\x8b\x08"), "application/gzip");
    assert_string_equal(TYPE_OF("PK\x03\x04 and nothing that we know"), "application/zip");
    assert_string_equal(TYPE_OF("PK\x03\x04....xl/workbook.xml"),
                        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    assert_string_equal(TYPE_OF("\x01\x00\x02\x00\xff\xfe"), FILE_TYPE_UNKNOWN);
}

static void text_is_what_has_no_strange_bytes(void **state)
{
    (void)state;
    assert_string_equal(TYPE_OF("order;name\r\n1;Zo\xc3\xa9\r\n"), "text/plain");
    assert_string_equal(TYPE_OF("order;name\n1;Zo\xe9\n"), "text/plain"); /* windows-1252 */
    assert_string_equal(TYPE_OF("\xff\xfeo\0r\0"), "text/plain");
    assert_string_equal(TYPE_OF("\xef\xbb\xbf<?xml version=\"1.0\"?>"), "application/xml");
    assert_string_equal(TYPE_OF(" <!DOCTYPE html><html>"), "text/html");
    assert_string_equal(TYPE_OF("text with a \0 in it"), FILE_TYPE_UNKNOWN);
    assert_string_equal(TYPE_OF(""), "text/plain");
}

static void a_program_is_one_by_its_bytes_or_by_its_name(void **state)
{
    char windows[128] = "MZ";

    (void)state;
    windows[60] = 80;
    memcpy(windows + 80, "PE", 2);
    assert_true(file_type_is_program(file_type_of(windows, sizeof(windows)), "photo.jpg"));
    assert_true(file_type_is_program(TYPE_OF("\x7f"
                                             "ELF..."),
                                     "photo.jpg"));
    assert_true(file_type_is_program(TYPE_OF("#!/bin/sh\n"), "readme.txt"));
    assert_true(file_type_is_program("text/plain", "Invoice.pdf.JS"));
    assert_true(file_type_is_program("application/zip", "x.jar"));
    assert_false(file_type_is_program("application/pdf", "invoice.pdf"));
    assert_false(file_type_is_program("text/plain", "no end"));
    assert_false(file_type_is_program(TYPE_OF("MZ is how this letter begins, and it goes on for "
                                              "long enough that it could be a program"),
                                      "letter.txt"));
}

static void a_declared_type_may_be_another_name_of_the_same(void **state)
{
    (void)state;
    assert_true(file_type_agrees("image/jpg", "image/jpeg"));
    assert_true(file_type_agrees("text/csv", "text/plain"));
    assert_true(
        file_type_agrees("application/vnd.ms-excel", "text/plain")); /* a CSV of an office */
    assert_true(file_type_agrees("application/octet-stream", "application/pdf"));
    assert_true(file_type_agrees("", "image/png"));
    assert_true(file_type_agrees("application/x-zip-compressed", "application/zip"));
    assert_true(file_type_agrees("application/x-our-own", "application/zip"));
    assert_true(file_type_agrees("message/rfc822", "text/plain"));
}

static void a_declared_type_that_lies_is_told(void **state)
{
    (void)state;
    assert_false(file_type_agrees("image/png", "application/pdf"));
    assert_false(file_type_agrees("image/png", "image/jpeg"));
    assert_false(file_type_agrees("application/pdf", "text/html"));
    assert_false(file_type_agrees("text/plain", "image/gif"));
    assert_false(file_type_agrees("application/octet-stream", "application/x-executable"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_known_by_their_marks),
        cmocka_unit_test(text_is_what_has_no_strange_bytes),
        cmocka_unit_test(a_program_is_one_by_its_bytes_or_by_its_name),
        cmocka_unit_test(a_declared_type_may_be_another_name_of_the_same),
        cmocka_unit_test(a_declared_type_that_lies_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
