/* list_rig.c - see list_rig.h. */
#include "tests/support/list_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>

#include "store/contact_news.h"
#include "store/db.h"
#include "tests/support/testdb.h"

const struct contact_list_settings list_settings = { .timezone = "Europe/Paris" };
struct db *list_db;

utc_us list_time(int month, int day, int hour, int minute)
{
    return clock_from_civil(&(struct civil){
        .year = 2026, .month = month, .day = day, .hour = hour, .minute = minute });
}

void list_clock(utc_us now)
{
    clock_shift(now - clock_now());
}

int list_scene(void **state)
{
    (void)state;
    testdb_reset();
    list_db = testdb_open();
    list_clock(list_time(11, 26, 4, 0));
    testdb_sql("INSERT INTO category VALUES (1, 'vip', 'VIP'), (2, 'shop', 'Shop')");
    testdb_sql("INSERT INTO team (id, code, label, created_at, updated_at) VALUES"
               " (1, 'nord', 'Nord', NOW(6), NOW(6)), (2, 'sud', 'Sud', NOW(6), NOW(6))");
    testdb_sql("INSERT INTO staff (id, login, name, team_id, language, capacity, created_at,"
               " updated_at) VALUES (10, 'anna', 'Anna', 1, 'fr', 2, NOW(6), NOW(6)),"
               " (20, 'bruno', 'Bruno', 1, 'en', 3, NOW(6), NOW(6)),"
               " (30, 'clara', 'Clara', 2, 'fr', 5, NOW(6), NOW(6))");
    testdb_sql("INSERT INTO contact_policy (category_id, team_id, every_days, created_at,"
               " updated_at) VALUES (0, 1, 30, NOW(6), NOW(6))");
    testdb_sql("INSERT INTO customer (id, last_name, sms_standing, talked_at, created_at,"
               " updated_at) SELECT seq, CONCAT('Nom', seq), '', '2026-11-01 10:00',"
               " '2026-01-01', '2026-01-01' FROM seq_1_to_8");
    return 0;
}

int list_strike(void **state)
{
    (void)state;
    db_close(list_db);
    return 0;
}

void list_talk(unsigned customer, const char *day)
{
    char sql[200];

    snprintf(sql, sizeof(sql), "UPDATE customer SET talked_at = '%s 10:00' WHERE id = %u", day,
             customer);
    testdb_sql(sql);
}

void list_own(unsigned customer, unsigned staff)
{
    char sql[200];

    snprintf(sql, sizeof(sql), "UPDATE customer SET owner_id = %u WHERE id = %u", staff, customer);
    testdb_sql(sql);
}

enum rc list_make(uint64_t fence)
{
    struct contact_making *making;
    bool over = false;
    enum rc rc = contact_making_begin(list_db, &list_settings, fence, &making);

    while (!rc && making && !over)
        rc = contact_making_step(list_db, making, &over);
    if (!rc)
        contact_making_free(making);
    return rc;
}

struct contact_news_count list_tick(void)
{
    struct contact_news_count sum = { .looked_at = 0 };
    struct contact_list_work work;
    uint64_t next = 0;

    for (;;) {
        struct contact_news_count count;

        assert_int_equal(contact_list_find_work(list_db, &list_settings, clock_now(), &work),
                         RC_OK);
        if (work.make) {
            assert_int_equal(list_make(1), RC_OK);
        } else if (work.news) {
            assert_int_equal(contact_news_step(list_db, &list_settings, &next, &count), RC_OK);
            sum.looked_at += count.looked_at;
            sum.added += count.added;
            sum.removed += count.removed;
            sum.rated += count.rated;
        } else {
            return sum;
        }
    }
}

static enum rc note_body(struct db *db, void *arg)
{
    return contact_news_put(db, *(const uint64_t *)arg, clock_now());
}

void list_note(uint64_t customer)
{
    assert_int_equal(db_transaction(list_db, note_body, &customer), RC_OK);
}

void list_missed(unsigned customer, const char *when)
{
    char sql[400];

    snprintf(sql, sizeof(sql),
             "INSERT INTO customer_order (id, partner_id, order_number, customer_id, status,"
             " ordered_at, missed_at, import_id, import_row, content_hash) VALUES (%u, 1, '%u', %u,"
             " 'missed', '2026-11-20', '%s', 1, 1, '')",
             customer, customer, customer, when);
    testdb_sql(sql);
}
