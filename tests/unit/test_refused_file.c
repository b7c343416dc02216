/* test_refused_file.c - what a partner finds in the file of refused rows, to correct it. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "channel/file/file_reader.h"
#include "channel/file/refused_file.h"
#include "tests/support/reading.h"

#define DIR       "refused_file.tmp"
#define FILE_NAME DIR "/f.1.refused.csv"

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int memory_file(const char *bytes, size_t len)
{
    const int fd = memfd_create("partner", MFD_CLOEXEC);

    assert_int_equal(write(fd, bytes, len), len);
    return fd;
}

/* All rows that the reader itself refuses. */
static void write_refused(const struct profile *profile, const char *bytes, size_t len)
{
    const int dir = open(DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = memory_file(bytes, len);
    struct file_reader *reader = NULL;
    struct refused_file *file = NULL;
    const struct raw_record *record;
    struct row_fault fault;
    struct error err = { 0 };
    enum read_result result;

    assert_true(dir >= 0);
    assert_int_equal(file_reader_open(profile, fd, &reader), RC_OK);
    file_reader_keep_rows(reader);
    assert_int_equal(refused_file_begin(dir, "f", 1, profile, &file, &err), RC_OK);
    while ((result = file_reader_next(reader, &record, &fault)) == READ_RECORD ||
           result == READ_ROW_FAULT) {
        if (result == READ_ROW_FAULT)
            assert_int_equal(
                refused_file_row(file, record, file_reader_header(reader), fault.code, "why", &err),
                RC_OK);
    }
    assert_int_equal(result, READ_END);
    assert_int_equal(refused_file_end(file, &err), RC_OK);
    file_reader_close(reader);
    close(fd);
    close(dir);
}

static void check(const char *conf, const struct buffer *b, const char *expected)
{
    struct profile *profile = reading_profile(conf);
    char found[2000] = "";
    FILE *f;

    write_refused(profile, b->data, b->len);
    profile_free(profile);
    f = fopen(FILE_NAME, "r");
    if (f) {
        found[fread(found, 1, sizeof(found) - 1, f)] = '\0';
        fclose(f);
    }
    unlink(FILE_NAME);
    /* The first line names the profile, here one of a file that is gone. */
    assert_string_equal(*found ? strchr(found, '\n') + 1 : "", expected);
}

static void rows_that_do_not_keep_to_their_schema_have_their_values(void **state)
{
    struct buffer b;

    (void)state;
    put(DIR "/o.xsd",
        "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:o' "
        "elementFormDefault='qualified'><xs:element name='orders'><xs:complexType><xs:sequence>"
        "<xs:element name='order' maxOccurs='9'><xs:complexType><xs:sequence>"
        "<xs:element name='customer' type='xs:string'/>"
        "<xs:element name='weight' type='xs:decimal'/></xs:sequence>"
        "<xs:attribute name='no'/></xs:complexType></xs:element>"
        "</xs:sequence></xs:complexType></xs:element></xs:schema>");
    buffer_init(&b, 100000);
    buffer_add_text(&b, "<orders xmlns='urn:o'>"
                        "<order no='1'><customer>a</customer><weight>heavy</weight></order>"
                        "<order no='2'><customer>b</customer><weight>1</weight></order>"
                        "</orders>");
    check("format = \"xml\"\nrecord = \"/o:orders/o:order\"\nxsd = \"" DIR "/o.xsd\"\n"
          "namespace \"o\" { uri = \"urn:o\" }\n"
          "field \"order_number\" { path = \"@no\" }\n"
          "field \"customer_number\" { path = \"o:customer\" }\n"
          "field \"weight\" { path = \"o:weight\" }\n",
          &b,
          "customer_number;order_number;weight;relais_fault;relais_reason\r\n"
          "\"a\";\"1\";\"heavy\";\"schema\";\"why\"\r\n");
    unlink(DIR "/o.xsd");
    buffer_close(&b);
}

static void a_value_too_long_leaves_the_others(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, 100000);
    buffer_printf(&b,
                  "<orders><order no='1'><customer>%09000d</customer><phone>06</phone></order>"
                  "</orders>",
                  1);
    check("format = \"xml\"\nrecord = \"/orders/order\"\n"
          "field \"order_number\" { path = \"@no\" }\n"
          "field \"customer_number\" { path = \"customer\" }\n"
          "field \"phone\" { path = \"phone\" }\n",
          &b,
          "customer_number;phone;order_number;relais_fault;relais_reason\r\n"
          "\"\";\"06\";\"1\";\"too_long\";\"why\"\r\n");
    buffer_close(&b);
}

static const char edifact[] = "format = \"edifact\"\nrecord = \"IFTMIN\"\n"
                              "field \"order_number\" { path = \"BGM/2.1\" }\n"
                              "field \"customer_number\" { path = \"NAD[CN]/2.1\" }\n"
                              "field \"phone\" { path = \"NAD[CN]/COM[1.2=TE]/1.1\" }\n";

static void letters_that_are_none_leave_the_other_values(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, 100000);
    buffer_add_text(&b, "UNB+UNOC:3+S+R+261124:0800+77'UNH+1+IFTMIN:D'BGM+340+A'"
                        "NAD+CN+ok\xFF\x81'COM+06:TE'UNT+5+1'UNZ+1+77'");
    check(edifact, &b,
          "customer_number;phone;order_number;relais_fault;relais_reason\r\n"
          "\"\";\"06\";\"A\";\"encoding\";\"why\"\r\n");
    buffer_close(&b);
}

static void a_message_of_another_type_has_nothing_to_be_corrected(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, 100000);
    buffer_add_text(&b, "UNB+UNOC:3+S+R+261124:0800+77'UNH+1+CONTRL:D:3:UN'UCI+1'UNT+3+1'"
                        "UNZ+1+77'");
    check(edifact, &b, "");
    assert_int_equal(access(DIR "/.f.1.refused.csv.part", F_OK), -1);
    buffer_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_do_not_keep_to_their_schema_have_their_values),
        cmocka_unit_test(a_value_too_long_leaves_the_others),
        cmocka_unit_test(letters_that_are_none_leave_the_other_values),
        cmocka_unit_test(a_message_of_another_type_has_nothing_to_be_corrected),
    };
    int failed;

    mkdir(DIR, 0777);
    file_reader_setup();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(DIR);
    return failed;
}
