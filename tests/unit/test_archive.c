/* test_archive.c - packed files are unpacked to the byte, the same each time; hostile ones are
 * refused with a reason that names the entry. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel/file/archive.h"
#include "channel/file/file_reader.h"
#include "tests/support/packer.h"

#define MB ((size_t)1 << 20)

static const struct archive_limits roomy = { .bytes = 1 << 24, .ratio = 1000, .entries = 50 };
static struct buffer file; /* the packed bytes */
static struct buffer said; /* all entries: "[name]content" */
static struct error why;

static int set_up(void **state)
{
    (void)state;
    buffer_init(&file, 64 * MB);
    buffer_init(&said, 64 * MB);
    why = (struct error){ 0 };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buffer_close(&file);
    buffer_close(&said);
    return 0;
}

/* Reads all of it in pieces of `size`, into `said`. */
static enum rc read_fd(int fd, const struct archive_limits *limits, size_t size)
{
    struct archive *a = NULL;
    char block[8192];
    size_t got = 0;
    enum rc rc = archive_open(fd, limits, &a, &why);

    buffer_reset(&said);
    while (!rc && !(rc = archive_next(a, &why))) {
        buffer_printf(&said, "[%s]", archive_entry(a));
        do {
            rc = archive_read(a, block, size, &got, &why);
            buffer_add(&said, block, rc ? 0 : got);
        } while (!rc && got == size);
    }
    archive_close(a);
    return rc;
}

static enum rc read_with(const struct archive_limits *limits)
{
    const int fd = packed_file(&file);
    const enum rc rc = read_fd(fd, limits, 4096);

    close(fd);
    return rc;
}

static void assert_read(const char *expected)
{
    const int fd = packed_file(&file);

    for (size_t size = 1; size <= 4096; size *= 64) {
        if (read_fd(fd, &roomy, size) != RC_NOTFOUND)
            fail_msg("%s", why.text);
        assert_string_equal(buffer_text(&said), expected);
    }
    close(fd);
}

static void assert_refused(const struct archive_limits *limits, const char *reason)
{
    const enum rc rc = read_with(limits);

    if (rc != RC_INVALID)
        fail_msg("rc %s, not refused: %.200s", rc_name(rc), buffer_text(&said));
    if (!strstr(why.text, reason))
        fail_msg("\"%s\" does not say \"%s\"", why.text, reason);
}

static void assert_zip_refused(struct packed_entry entry, const char *reason)
{
    const struct packed_entry both[] = { { .name = "good.csv", .bytes = "a" }, entry };

    buffer_reset(&file);
    pack_zip(&file, both, 2);
    assert_refused(&roomy, reason);
    assert_string_equal(buffer_text(&said), ""); /* before anything of it was read */
}

/* --- what is taken --- */

static void a_plain_file_is_itself(void **state)
{
    (void)state;
    buffer_add_text(&file, "a;b\n1;2\n");
    assert_read("[]a;b\n1;2\n");
    buffer_reset(&file);
    assert_int_equal(read_with(&roomy), RC_NOTFOUND);
    assert_string_equal(buffer_text(&said), "[]");
}

static void a_gz_is_its_content_and_its_members_are_one(void **state)
{
    (void)state;
    pack_gzip(&file, "a;b\n", 4);
    pack_gzip(&file, "1;2\n", 4);
    assert_read("[]a;b\n1;2\n");
}

static void the_entries_of_a_zip_come_one_after_the_other(void **state)
{
    const struct packed_entry entries[] = {
        { .name = "folder/", .bytes = "", .stored = true },
        { .name = "folder/a.csv", .bytes = "aaa" },
        { .name = "b.csv", .bytes = "bbb", .stored = true },
        { .name = "c.csv", .bytes = "ccc", .descriptor = true },
        { .name = "__MACOSX/._b.csv", .bytes = "x" },
        { .name = ".DS_Store", .bytes = "x" },
        { .name = "d\xc3\xa9j\xc3\xa0 vu.csv", .bytes = "ddd", .flags = 0x800 },
        { .name = "caf\x82\n.csv", .bytes = "eee" },
    };

    (void)state;
    pack_zip(&file, entries, 8);
    assert_read(
        "[folder/a.csv]aaa[b.csv]bbb[c.csv]ccc[d\xc3\xa9j\xc3\xa0 vu.csv]ddd[caf??.csv]eee");
}

static void a_large_entry_is_read_in_pieces(void **state)
{
    char *bytes = malloc(3 * MB);
    struct packed_entry entry = { .name = "a", .bytes = bytes, .len = 3 * MB };

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < 3 * MB; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    pack_zip(&file, &entry, 1);
    assert_int_equal(read_with(&roomy), RC_NOTFOUND);
    assert_int_equal(said.len, 3 * MB + 3);
    assert_memory_equal(said.data + 3, bytes, 3 * MB);
    free(bytes);
}

static void a_zip_with_a_comment_behind_it_is_read(void **state)
{
    const struct packed_entry entry = { .name = "a", .bytes = "aaa" };

    (void)state;
    pack_zip(&file, &entry, 1);
    file.data[file.len - 2] = 100;
    for (int i = 0; i < 100; i++)
        buffer_add_text(&file, "c");
    assert_read("[a]aaa");
}

/* --- what is not --- */

static void names_that_lead_elsewhere_are_refused(void **state)
{
    static const char *const dots[] = { "../a.csv", "a/../../b", "..", "a/..", "../" };

    (void)state;
    for (size_t i = 0; i < sizeof(dots) / sizeof(dots[0]); i++)
        assert_zip_refused((struct packed_entry){ .name = dots[i], .bytes = "x" }, "(\"..\")");
    assert_zip_refused((struct packed_entry){ .name = "/etc/passwd", .bytes = "x" },
                       "entry \"/etc/passwd\" has an absolute name");
    assert_zip_refused((struct packed_entry){ .name = "C:\\a.csv", .bytes = "x" }, "absolute name");
    assert_zip_refused((struct packed_entry){ .name = "a\\b.csv", .bytes = "x" }, "backslash");
    assert_zip_refused((struct packed_entry){ .name = "a\0b", .name_len = 3, .bytes = "x" },
                       "entry \"a?b\" has a zero byte in its name");
    assert_zip_refused((struct packed_entry){ .name = "", .bytes = "x" }, "has no name");
}

static void a_name_with_dots_that_lead_nowhere_is_taken(void **state)
{
    const struct packed_entry entries[] = { { .name = "a..csv", .bytes = "a" },
                                            { .name = "b...d/c", .bytes = "c" } };

    (void)state;
    pack_zip(&file, entries, 2);
    assert_read("[a..csv]a[b...d/c]c");
}

static void links_and_devices_are_refused(void **state)
{
    (void)state;
    assert_zip_refused(
        (struct packed_entry){ .name = "l", .bytes = "/etc/passwd", .mode = S_IFLNK | 0777 },
        "entry \"l\" is a link");
    assert_zip_refused((struct packed_entry){ .name = "p", .bytes = "x", .mode = S_IFCHR | 0600 },
                       "neither a file nor a folder");
}

static void encrypted_entries_and_other_methods_are_refused(void **state)
{
    (void)state;
    assert_zip_refused((struct packed_entry){ .name = "e", .bytes = "x", .flags = 1 },
                       "entry \"e\" is encrypted");
    assert_zip_refused((struct packed_entry){ .name = "m", .bytes = "x", .method = 14 },
                       "entry \"m\" is packed in a way that is not taken");
}

static void a_packed_file_inside_a_packed_one_is_refused(void **state)
{
    struct packed_entry entry = { .name = "inner.zip", .bytes = "a" };
    struct buffer inner;

    (void)state;
    buffer_init(&inner, MB);
    pack_zip(&inner, &entry, 1);
    entry = (struct packed_entry){ .name = "inner.zip", .bytes = inner.data, .len = inner.len };
    pack_zip(&file, &entry, 1);
    assert_refused(&roomy, "entry \"inner.zip\": a file packed by zip inside the packed one");
    buffer_reset(&file);
    buffer_reset(&inner);
    pack_gzip(&inner, "a", 1);
    pack_gzip(&file, inner.data, inner.len);
    assert_refused(&roomy, "a file packed by gzip inside the packed one");
    buffer_close(&inner);
}

static void other_packers_and_spreadsheets_are_named(void **state)
{
    const struct packed_entry sheet[] = { { .name = "[Content_Types].xml", .bytes = "<x/>" },
                                          { .name = "xl/workbook.xml", .bytes = "<x/>" } };
    const struct packed_entry folder = { .name = "only/", .bytes = "", .stored = true };

    (void)state;
    buffer_add_text(&file, "BZh91AY&SY");
    assert_refused(&roomy, "packed by bzip2; expected .gz, .zip or unpacked");
    buffer_reset(&file);
    pack_zip(&file, sheet, 2);
    assert_refused(&roomy, "an office document");
    buffer_reset(&file);
    pack_zip(&file, &folder, 1);
    assert_refused(&roomy, "there is no file in the .zip file");
}

/* --- bombs --- */

static void a_bomb_is_refused_by_its_ratio(void **state)
{
    const struct archive_limits limits = { .bytes = 1 << 26, .ratio = 200, .entries = 10 };
    char *zeros = calloc(1, 8 * MB);
    struct packed_entry entry = { .name = "bomb", .bytes = zeros, .len = 8 * MB };

    (void)state;
    assert_non_null(zeros);
    pack_gzip(&file, zeros, 8 * MB);
    assert_true(file.len < 16000);
    assert_refused(&limits, "more than 200 times as large");
    assert_true(said.len < 4 * MB); /* it was not unpacked to its end */
    buffer_reset(&file);
    pack_zip(&file, &entry, 1);
    assert_refused(&limits, "entry \"bomb\": more than 200 times as large");
    assert_true(said.len < 4 * MB);
    free(zeros);
}

static void a_small_file_may_be_packed_as_well_as_it_likes(void **state)
{
    const struct archive_limits limits = { .bytes = 1 << 26, .ratio = 2, .entries = 10 };
    char *zeros = calloc(1, MB);

    (void)state;
    assert_non_null(zeros);
    pack_gzip(&file, zeros, MB);
    assert_int_equal(read_with(&limits), RC_NOTFOUND);
    free(zeros);
}

static void more_bytes_than_allowed_are_refused(void **state)
{
    const struct archive_limits limits = { .bytes = 10, .ratio = 200, .entries = 10 };
    const struct packed_entry entries[] = {
        { .name = "a", .bytes = "123456" },
        { .name = "b", .bytes = "123456" },
    };

    (void)state;
    pack_gzip(&file, "12345678901", 11);
    assert_refused(&limits, "larger than 10 bytes when it is unpacked");
    buffer_reset(&file);
    pack_zip(&file, entries, 2);
    assert_refused(&limits, "entry \"b\" makes the unpacked file larger than 10 bytes");
}

/* The entry says 3 bytes, and brings more. */
static void an_entry_larger_than_it_says_is_refused(void **state)
{
    const struct packed_entry entry = { .name = "liar", .bytes = "123456789", .size = 3 };

    (void)state;
    pack_zip(&file, &entry, 1);
    assert_refused(&roomy, "entry \"liar\": the packed data is damaged");
}

static void more_entries_than_allowed_are_refused(void **state)
{
    struct packed_entry entries[51];

    (void)state;
    for (size_t i = 0; i < 51; i++)
        entries[i] = (struct packed_entry){ .name = "same", .bytes = "x" };
    pack_zip(&file, entries, 51);
    assert_refused(&roomy, "more than 50 entries");
}

static void entries_that_share_their_data_are_refused(void **state)
{
    const struct packed_entry entries[] = {
        { .name = "a", .bytes = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa", .stored = true },
        { .name = "a", .again = true },
        { .name = "a", .again = true },
        { .name = "a", .again = true }
    };

    (void)state;
    pack_zip(&file, entries, 4);
    assert_refused(&roomy, "entry \"a\" shares its data with another entry");
}

/* --- damage --- */

static void a_wrong_checksum_is_noticed(void **state)
{
    (void)state;
    pack_gzip(&file, "hello hello hello", 17);
    file.data[file.len - 8] ^= 1;
    assert_refused(&roomy, "damaged");
    buffer_reset(&file);
    pack_zip(&file,
             &(const struct packed_entry){
                 .name = "a", .bytes = "hello", .stored = true, .bad_crc = true },
             1);
    assert_refused(&roomy, "entry \"a\": the packed data is damaged: its checksum is wrong");
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    const struct packed_entry entries[] = { { .name = "a", .bytes = "hello" },
                                            { .name = "b", .bytes = "hello", .stored = true } };
    size_t whole;

    (void)state;
    pack_gzip(&file, "hello hello hello", 17);
    whole = file.len;
    for (size_t len = 2; len < whole; len++) {
        file.len = len;
        assert_int_equal(read_with(&roomy), RC_INVALID);
    }
    buffer_reset(&file);
    pack_zip(&file, entries, 2);
    whole = file.len;
    for (size_t len = 4; len < whole; len++) {
        file.len = len;
        assert_int_equal(read_with(&roomy), RC_INVALID);
    }
}

static void any_byte_may_be_wrong_and_nothing_breaks(void **state)
{
    const struct packed_entry entries[] = { { .name = "a", .bytes = "hello" },
                                            { .name = "b", .bytes = "hello", .stored = true } };

    (void)state;
    pack_zip(&file, entries, 2);
    for (size_t i = 0; i < file.len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            enum rc rc;

            file.data[i] = (char)(file.data[i] ^ (1 << bit));
            rc = read_with(&roomy);
            assert_true(rc == RC_INVALID || rc == RC_NOTFOUND);
            file.data[i] = (char)(file.data[i] ^ (1 << bit));
        }
    }
}

static void bytes_behind_a_gz_are_refused(void **state)
{
    (void)state;
    pack_gzip(&file, "hello", 5);
    buffer_add_text(&file, "and more");
    assert_refused(&roomy, "bytes behind the end");
}

static void two_names_for_one_entry_are_refused(void **state)
{
    (void)state;
    assert_zip_refused(
        (struct packed_entry){ .name = "a.csv", .bytes = "x", .local_name = "b.csv" },
        "entry \"a.csv\" is not what the table of contents says");
}

/* --- as the readers see it --- */

static struct profile *load_profile(const char *conf)
{
    struct profile *profile = NULL;
    struct buffer text;
    char path[64];
    int fd;

    buffer_init(&text, 10000);
    buffer_add_text(&text, conf);
    fd = packed_file(&text);
    buffer_close(&text);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (profile_load(path, &profile, &why))
        fail_msg("%s", why.text);
    close(fd);
    return profile;
}

static void every_entry_has_its_own_header_and_lines_and_rows_run_on(void **state)
{
    const struct packed_entry entries[] = { { .name = "one.csv", .bytes = "n;o\nC1;A\nC2;B\n" },
                                            { .name = "two.csv", .bytes = "o;n\nX;C3\nshort\n" } };
    struct profile *profile = load_profile("field \"customer_number\" { column = \"n\" }\n"
                                           "field \"order_number\" { column = \"o\" }\n");
    int fd;

    (void)state;
    pack_zip(&file, entries, 2);
    fd = packed_file(&file);
    for (int pass = 0; pass < 2; pass++) {
        struct file_reader *reader = NULL;
        const struct raw_record *record;
        struct row_fault fault;
        enum read_result result;

        assert_int_equal(file_reader_open(profile, fd, &reader), RC_OK);
        buffer_reset(&said);
        while ((result = file_reader_next(reader, &record, &fault)) == READ_RECORD ||
               result == READ_ROW_FAULT)
            buffer_printf(&said, "%s:%d#%d %.*s|", file_reader_entry(reader), (int)record->line,
                          (int)record->row_no, (int)record->values[FIELD_CUSTOMER_NUMBER].len,
                          result == READ_RECORD ? record->values[FIELD_CUSTOMER_NUMBER].text : "");
        assert_int_equal(result, READ_END);
        assert_string_equal(buffer_text(&said),
                            "one.csv:2#1 C1|one.csv:3#2 C2|two.csv:2#3 C3|two.csv:3#4 |");
        file_reader_close(reader);
    }
    close(fd);
    profile_free(profile);
}

static void a_fault_of_the_file_names_the_entry(void **state)
{
    const struct packed_entry entries[] = { { .name = "one.csv", .bytes = "n;o\nC1;A\n" },
                                            { .name = "two.csv", .bytes = "x;y\nX;C3\n" } };
    struct profile *profile = load_profile("field \"customer_number\" { column = \"n\" }\n"
                                           "field \"order_number\" { column = \"o\" }\n");
    struct file_reader *reader = NULL;
    const struct raw_record *record;
    struct row_fault fault;
    int fd;

    (void)state;
    pack_zip(&file, entries, 2);
    fd = packed_file(&file);
    assert_int_equal(file_reader_open(profile, fd, &reader), RC_OK);
    assert_int_equal(file_reader_next(reader, &record, &fault), READ_RECORD);
    assert_int_equal(file_reader_next(reader, &record, &fault), READ_FILE_FAULT);
    assert_non_null(strstr(file_reader_fault(reader), "entry \"two.csv\": line 1: no column"));
    file_reader_close(reader);
    close(fd);
    profile_free(profile);
}

int main(void)
{
#define ARCHIVE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ARCHIVE_TEST(a_plain_file_is_itself),
        ARCHIVE_TEST(a_gz_is_its_content_and_its_members_are_one),
        ARCHIVE_TEST(the_entries_of_a_zip_come_one_after_the_other),
        ARCHIVE_TEST(a_large_entry_is_read_in_pieces),
        ARCHIVE_TEST(a_zip_with_a_comment_behind_it_is_read),
        ARCHIVE_TEST(names_that_lead_elsewhere_are_refused),
        ARCHIVE_TEST(a_name_with_dots_that_lead_nowhere_is_taken),
        ARCHIVE_TEST(links_and_devices_are_refused),
        ARCHIVE_TEST(encrypted_entries_and_other_methods_are_refused),
        ARCHIVE_TEST(a_packed_file_inside_a_packed_one_is_refused),
        ARCHIVE_TEST(other_packers_and_spreadsheets_are_named),
        ARCHIVE_TEST(a_bomb_is_refused_by_its_ratio),
        ARCHIVE_TEST(a_small_file_may_be_packed_as_well_as_it_likes),
        ARCHIVE_TEST(more_bytes_than_allowed_are_refused),
        ARCHIVE_TEST(an_entry_larger_than_it_says_is_refused),
        ARCHIVE_TEST(more_entries_than_allowed_are_refused),
        ARCHIVE_TEST(entries_that_share_their_data_are_refused),
        ARCHIVE_TEST(a_wrong_checksum_is_noticed),
        ARCHIVE_TEST(a_file_cut_anywhere_is_refused),
        ARCHIVE_TEST(any_byte_may_be_wrong_and_nothing_breaks),
        ARCHIVE_TEST(bytes_behind_a_gz_are_refused),
        ARCHIVE_TEST(two_names_for_one_entry_are_refused),
        ARCHIVE_TEST(every_entry_has_its_own_header_and_lines_and_rows_run_on),
        ARCHIVE_TEST(a_fault_of_the_file_names_the_entry),
    };

    file_reader_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
