/* answer_rig.c - see answer_rig.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/answer_rig.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/testdb.h"

const struct staff_reply_rules answer_rules = { .timezone = "Europe/Paris",
                                                .sender = "Relais",
                                                .expires_s = 86400 };
static const struct inbound_rules inbound = {
    .stop = "Fini.",
    .start = "",
    .help = "",
    .stop_one = "",
    .yes = "",
    .sender = OURS,
    .expires_s = 86400,
    .parts_wait_s = 3600,
};
struct arena answer_arena;

int answer_set_up(void **state)
{
    contact_set_up(state);
    testdb_sql("UPDATE staff SET phone = '" ANNAS "', mail = 'anna@house.example' WHERE id = 1");
    testdb_sql("UPDATE staff SET phone = '" BRUNOS "' WHERE id = 2");
    testdb_sql("UPDATE staff SET phone = '" CARLAS "' WHERE id = 3");
    arena_init(&answer_arena);
    return 0;
}

int answer_tear_down(void **state)
{
    arena_close(&answer_arena);
    return contact_tear_down(state);
}

struct inbound_outcome answer_receive(const char *from, const char *text)
{
    const struct inbound_item item = { .at = clock_now(),
                                       .carrier_id = 1,
                                       .from = from,
                                       .to = OURS,
                                       .text = text,
                                       .keyword = keyword_find(NULL, text) };
    struct inbound_outcome out;
    uint64_t first_id = 0;

    assert_int_equal(
        inbound_record(rig_db, &item, 1, &inbound, clock_now(), &first_id, &answer_arena, &out),
        RC_OK);
    return out;
}

struct staff_reply_done answer_work(void)
{
    struct staff_reply_done done;

    assert_int_equal(staff_reply_next(rig_db, &answer_rules, clock_now(), &answer_arena, &done),
                     RC_OK);
    return done;
}

/* What the last SMS says; "": there was none since `after`. */
static const char *text_after(uint64_t after)
{
    static char text[2000];
    struct db_rows *rows;

    text[0] = '\0';
    assert_int_equal(db_query(rig_db, "SELECT text FROM message WHERE id > ? ORDER BY id DESC",
                              DB_IN(db_u64(after)), &rows),
                     RC_OK);
    if (db_next(rows))
        snprintf(text, sizeof(text), "%s", db_get_text(rows, 0));
    assert_int_equal(db_rows_end(rows), RC_OK);
    return text;
}

static uint64_t last_message(void)
{
    return contact_number("SELECT COALESCE(MAX(id), 0) FROM message");
}

const char *answer_say(const char *from, const char *text)
{
    const uint64_t before = last_message();

    answer_receive(from, text);
    answer_work();
    return text_after(before);
}

/* With the number in place of each #. */
static const char *fill(char out[400], const char *pattern, uint64_t id)
{
    size_t len = 0;

    out[0] = '\0';
    for (; *pattern; pattern++) {
        if (*pattern == '#')
            len += (size_t)snprintf(out + len, 400 - len, "%llu", (unsigned long long)id);
        else
            len += (size_t)snprintf(out + len, 400 - len, "%c", *pattern);
    }
    return out;
}

const char *answer_say_number(const char *from, const char *pattern, uint64_t id)
{
    char text[400];

    return answer_say(from, fill(text, pattern, id));
}

void answer_is(const char *got, const char *pattern, uint64_t id)
{
    char text[400];

    assert_string_equal(got, fill(text, pattern, id));
}

uint64_t answer_of_task(const char *column, uint64_t id)
{
    char sql[200];

    snprintf(sql, sizeof(sql), "SELECT %s FROM contact_task WHERE id = %llu", column,
             (unsigned long long)id);
    return contact_number(sql);
}

void answer_make_notice(unsigned staff_id, uint64_t notice_id, const char *kind,
                        uint64_t subject_id)
{
    char sql[300];

    snprintf(sql, sizeof(sql),
             "INSERT IGNORE INTO notice (id, staff_id, channel, sent_as, at)"
             " VALUES (%llu, %u, 'sms', 7000 + %llu, '2026-11-20 10:59:00')",
             (unsigned long long)notice_id, staff_id, (unsigned long long)notice_id);
    testdb_sql(sql);
    snprintf(sql, sizeof(sql),
             "INSERT INTO notice_matter (notice_id, kind, subject_id) VALUES (%llu, '%s', %llu)",
             (unsigned long long)notice_id, kind, (unsigned long long)subject_id);
    testdb_sql(sql);
}

void answer_tell(unsigned staff_id, uint64_t notice_id, const char *kind, uint64_t subject_id)
{
    char sql[300];

    answer_make_notice(staff_id, notice_id, kind, subject_id);
    snprintf(sql, sizeof(sql),
             "INSERT IGNORE INTO message_event (id, message_id, part, kind, at)"
             " VALUES (%llu, 7000 + %llu, 0, 'accepted', '2026-11-20 10:59:00')",
             (unsigned long long)notice_id, (unsigned long long)notice_id);
    testdb_sql(sql);
}
