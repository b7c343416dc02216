/* test_document.c - documents against a real database: each content once, in pieces, as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "store/db.h"
#include "store/document.h"
#include "store/document_tidy.h"
#include "tests/support/testdb.h"

#define LARGE (3 * DOCUMENT_PIECE + 17)
#define SOME  (50 << 10) /* bytes at a time, as from a mail */

static struct db *db;

static int begin(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    return 0;
}

static int end(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

static uint64_t number(const char *sql)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

/* Bytes that are nowhere the same for long. */
static char byte_at(size_t i)
{
    return (char)(i * 7 + (i >> 8) * 13 + (i >> 16));
}

struct stream {
    size_t size, read, change_at; /* change_at: other bytes from then on, at the second reading */
    unsigned readings;
};

static enum rc stream_read(void *arg, document_take *take, void *take_arg)
{
    struct stream *s = arg;
    char block[SOME];
    enum rc rc = RC_OK;

    s->readings++;
    for (size_t at = 0; !rc && at < s->size;) {
        size_t n = 0;

        for (; n < sizeof(block) && at < s->size; at++, n++)
            block[n] = (char)(byte_at(at) + (s->change_at && s->readings > 1));
        rc = take(take_arg, block, n);
    }
    return rc;
}

static enum rc put_stream(struct stream *s, uint64_t max, struct document *out)
{
    return document_put(db, &(struct document_source){ stream_read, s }, max, out);
}

static enum rc compare(void *arg, const void *bytes, size_t n)
{
    size_t *at = arg;

    for (size_t i = 0; i < n; i++)
        assert_int_equal(((const char *)bytes)[i], byte_at((*at)++));
    return RC_OK;
}

static void a_document_is_read_as_it_was_put(void **state)
{
    struct stream s = { .size = LARGE };
    struct document put, got;
    size_t at = 0;

    (void)state;
    assert_int_equal(put_stream(&s, LARGE, &put), RC_OK);
    assert_int_equal(put.size, LARGE);
    assert_int_equal(number("SELECT COUNT(*) FROM document_piece"), 4);
    assert_int_equal(document_get(db, put.id, &got), RC_OK);
    assert_int_equal(got.size, LARGE);
    assert_string_equal(got.type, put.type);
    assert_memory_equal(got.sha256, put.sha256, DOCUMENT_HASH_SIZE);
    assert_int_equal(document_read(db, put.id, compare, &at), RC_OK);
    assert_int_equal(at, LARGE);
}

static void the_same_bytes_are_the_same_document(void **state)
{
    struct document a, b, c;

    (void)state;
    assert_int_equal(document_put_bytes(db, "%PDF-1.4", 8, &a), RC_OK);
    assert_int_equal(document_put_bytes(db, "%PDF-1.4", 8, &b), RC_OK);
    assert_int_equal(document_put_bytes(db, "%PDF-1.5", 8, &c), RC_OK);
    assert_int_equal(a.id, b.id);
    assert_int_not_equal(a.id, c.id);
    assert_string_equal(a.type, "application/pdf");
    assert_int_equal(number("SELECT COUNT(*) FROM document"), 2);
}

static void a_document_of_no_bytes_is_one_too(void **state)
{
    struct arena arena;
    struct document d;
    const void *bytes;
    size_t n = 9;

    (void)state;
    arena_init(&arena);
    assert_int_equal(document_put_bytes(db, "", 0, &d), RC_OK);
    assert_int_equal(document_load(db, d.id, 100, &arena, &bytes, &n), RC_OK);
    assert_int_equal(n, 0);
    arena_close(&arena);
}

static void what_is_too_large_leaves_nothing(void **state)
{
    struct stream s = { .size = LARGE };
    struct document d;

    (void)state;
    assert_int_equal(put_stream(&s, LARGE - 1, &d), RC_INVALID);
    assert_int_equal(number("SELECT COUNT(*) FROM document"), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM document_piece"), 0);
}

static void what_a_crash_left_half_is_not_there_and_is_completed_by_the_next(void **state)
{
    struct stream s = { .size = LARGE };
    struct document d, again;
    size_t at = 0;

    (void)state;
    assert_int_equal(put_stream(&s, LARGE, &d), RC_OK);
    testdb_sql("UPDATE document SET complete = FALSE");
    testdb_sql("DELETE FROM document_piece WHERE n > 1");
    assert_int_equal(document_get(db, d.id, &again), RC_NOTFOUND);
    assert_int_equal(document_hold(db, d.id), RC_NOTFOUND);
    assert_int_equal(put_stream(&s, LARGE, &again), RC_OK);
    assert_int_equal(again.id, d.id);
    assert_int_equal(document_read(db, d.id, compare, &at), RC_OK);
    assert_int_equal(at, LARGE);
}

static void a_source_that_says_something_else_the_second_time_is_not_believed(void **state)
{
    struct stream s = { .size = LARGE, .change_at = 1 };
    struct document d;

    (void)state;
    assert_int_equal(put_stream(&s, LARGE, &d), RC_FAIL);
    assert_int_equal(number("SELECT COUNT(*) FROM document WHERE complete"), 0);
}

static void a_document_in_memory_has_a_limit(void **state)
{
    struct stream s = { .size = LARGE };
    struct arena arena;
    struct document d;
    const void *bytes;
    size_t n, at = 0;

    (void)state;
    arena_init(&arena);
    assert_int_equal(put_stream(&s, LARGE, &d), RC_OK);
    assert_int_equal(document_load(db, d.id, LARGE - 1, &arena, &bytes, &n), RC_INVALID);
    assert_int_equal(document_load(db, d.id, LARGE, &arena, &bytes, &n), RC_OK);
    assert_int_equal(n, LARGE);
    assert_int_equal(compare(&at, bytes, n), RC_OK);
    assert_int_equal(document_load(db, d.id + 1, LARGE, &arena, &bytes, &n), RC_NOTFOUND);
    arena_close(&arena);
}

/* From the first document to the last, as housekeeping does it. */
static uint64_t tidy(utc_us before)
{
    uint64_t cursor = 0, n, all = 0;

    do {
        assert_int_equal(document_tidy(db, before, &cursor, &n), RC_OK);
        all += n;
    } while (cursor);
    return all;
}

static void what_nothing_refers_to_is_dropped_and_the_rest_is_kept(void **state)
{
    struct stream s = { .size = LARGE };
    const utc_us later = clock_now() + 2 * DOCUMENT_UNUSED_US;
    struct document unused, attached, template;

    (void)state;
    assert_int_equal(put_stream(&s, LARGE, &unused), RC_OK);
    assert_int_equal(document_put_bytes(db, "attached", 8, &attached), RC_OK);
    assert_int_equal(document_put_bytes(db, "template", 8, &template), RC_OK);
    testdb_sql("INSERT INTO mail_document (mail_id, n, document_id, name, declared, type, size,"
               " is_inline, lies) VALUES (1, 1, 2, '', '', '', 8, FALSE, FALSE)");
    testdb_sql("INSERT INTO template_file VALUES (1, 1, 'logo.png', 3, TRUE)");
    assert_int_equal(attached.id, 2);
    assert_int_equal(template.id, 3);
    assert_int_equal(tidy(clock_now() - DOCUMENT_UNUSED_US), 0);
    assert_int_equal(tidy(later), 1);
    assert_int_equal(document_get(db, unused.id, &unused), RC_NOTFOUND);
    assert_int_equal(number("SELECT COUNT(*) FROM document_piece WHERE document_id = 1"), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM document"), 2);
    testdb_sql("DELETE FROM mail_document");
    assert_int_equal(tidy(later), 1);
}

static void a_document_that_was_dropped_is_put_again(void **state)
{
    struct document d, again;

    (void)state;
    assert_int_equal(document_put_bytes(db, "x", 1, &d), RC_OK);
    assert_int_equal(tidy(clock_now() + DOCUMENT_UNUSED_US), 1);
    assert_int_equal(document_hold(db, d.id), RC_NOTFOUND);
    assert_int_equal(document_put_bytes(db, "x", 1, &again), RC_OK);
    assert_int_not_equal(again.id, d.id);
    assert_int_equal(document_hold(db, again.id), RC_OK);
}

/* Its row is in the way of nobody, however many mails it is attached to. */
static void many_are_held_at_once_and_those_that_were_held_lately_are_left_alone(void **state)
{
    uint64_t ids[3 * 70];
    struct document d;
    size_t n = 0;
    char bytes[8];

    (void)state;
    for (int i = 0; i < 70; i++) {
        snprintf(bytes, sizeof(bytes), "%d", i);
        assert_int_equal(document_put_bytes(db, bytes, strlen(bytes), &d), RC_OK);
        ids[n++] = d.id;
    }
    testdb_sql("UPDATE document SET used_at = '2026-01-01' WHERE id > 65");
    testdb_sql("UPDATE document SET used_at = UTC_TIMESTAMP() - INTERVAL 30 MINUTE WHERE id <= 65");
    for (size_t i = 0; i < 70; i++)
        ids[n + i] = ids[n + 70 + i] = ids[69 - i];
    assert_int_equal(document_hold_all(db, ids, 3 * 70), RC_OK);
    assert_int_equal(
        number("SELECT COUNT(*) FROM document WHERE used_at > UTC_TIMESTAMP() - INTERVAL 1 MINUTE"),
        5);
    assert_int_equal(number("SELECT COUNT(*) FROM document WHERE used_at < '2026-02-01'"), 0);
    assert_int_equal(document_hold_all(db, ids, 0), RC_OK);
    ids[0] = 999;
    assert_int_equal(document_hold_all(db, ids, 2), RC_NOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_document_is_read_as_it_was_put, begin, end),
        cmocka_unit_test_setup_teardown(the_same_bytes_are_the_same_document, begin, end),
        cmocka_unit_test_setup_teardown(a_document_of_no_bytes_is_one_too, begin, end),
        cmocka_unit_test_setup_teardown(what_is_too_large_leaves_nothing, begin, end),
        cmocka_unit_test_setup_teardown(
            what_a_crash_left_half_is_not_there_and_is_completed_by_the_next, begin, end),
        cmocka_unit_test_setup_teardown(
            a_source_that_says_something_else_the_second_time_is_not_believed, begin, end),
        cmocka_unit_test_setup_teardown(a_document_in_memory_has_a_limit, begin, end),
        cmocka_unit_test_setup_teardown(what_nothing_refers_to_is_dropped_and_the_rest_is_kept,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_document_that_was_dropped_is_put_again, begin, end),
        cmocka_unit_test_setup_teardown(
            many_are_held_at_once_and_those_that_were_held_lately_are_left_alone, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
