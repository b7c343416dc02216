/* crowd.c - SQL by printf is for tests only: nothing in it comes from outside. */
#include "tests/support/crowd.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/db.h"
#include "store/standing.h"
#include "tests/support/testdb.h"

#define SQL_SIZE 2000

static struct db *counting;

static void add_point(unsigned long long id, const char *channel, const char *address,
                      const char *state)
{
    char sql[SQL_SIZE];

    if (!address)
        return;
    snprintf(sql, sizeof(sql),
             "INSERT INTO contact_point SET customer_id = %llu, channel = '%s', address = "
             "'%s', state = '%s', created_at = '2025-06-01'",
             id, channel, address, state ? state : "valid");
    testdb_sql(sql);
}

static void add_word(unsigned long long id, const char *channel, const char *word)
{
    char sql[SQL_SIZE];

    if (!word)
        return;
    snprintf(sql, sizeof(sql),
             "INSERT INTO consent_current SET customer_id = %llu, channel = '%s', purpose = "
             "'promo', state = '%s', event_id = %llu, at = '2025-06-01'",
             id, channel, word, id);
    testdb_sql(sql);
}

void crowd_add(const struct person *p)
{
    char sql[SQL_SIZE];

    snprintf(sql, sizeof(sql),
             "INSERT INTO customer SET id = %llu, created_at = '2025-06-01', updated_at = "
             "'2025-06-01'%s%s",
             (unsigned long long)p->id, p->more ? ", " : "", p->more ? p->more : "");
    testdb_sql(sql);
    add_point(p->id, "sms", p->phone, p->state);
    add_word(p->id, "sms", p->sms);
    crowd_settle();
}

void crowd_add_mail(uint64_t id, const char *address, const char *consent, const char *state)
{
    add_point(id, "email", address, state);
    add_word(id, "email", consent);
    crowd_settle();
}

void crowd_fill(uint64_t first_id, uint64_t n)
{
    static const char *const tables[] = {
        "INSERT INTO customer (id, first_name, city, created_at, updated_at)"
        "SELECT seq, CONCAT('Nom', seq), IF(seq MOD 2, 'Lyon', 'Paris'), '2025-06-01', '2025-06-01'"
        "  FROM seq_%llu_to_%llu",
        "INSERT INTO contact_point (customer_id, channel, address, created_at)"
        "SELECT seq, 'sms', CONCAT('+336', LPAD(seq, 8, '0')), '2025-06-01' FROM seq_%llu_to_%llu",
        "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
        "SELECT seq, 'sms', 'promo', 'granted', seq, '2025-06-01' FROM seq_%llu_to_%llu",
    };
    char sql[SQL_SIZE];

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(sql, sizeof(sql), tables[i], (unsigned long long)first_id,
                 (unsigned long long)(first_id + n - 1));
#pragma GCC diagnostic pop
        testdb_sql(sql);
    }
    crowd_settle();
}

void crowd_settle(void)
{
    struct db *db = testdb_open();
    struct standing_sweep sweep = { .next = 0 };

    do {
        if (standing_sweep_step(db, &sweep, STANDING_MAX))
            abort();
    } while (sweep.next);
    db_close(db);
}

void crowd_codes(void)
{
    testdb_sql("INSERT INTO category VALUES (1, 'vip', 'VIP'), (2, 'shop', 'Shop')");
    testdb_sql("INSERT INTO acquisition_source VALUES (1, 'web', 'Web'), (2, 'fair', 'Fair')");
}

uint64_t crowd_count(const char *sql)
{
    struct db_rows *rows;
    uint64_t n;

    if (!counting)
        counting = testdb_open_lane(255);
    if (db_query_once(counting, sql, DB_NO_INPUT, &rows) || !db_next(rows)) {
        fprintf(stderr, "no answer to: %s\n", sql);
        abort();
    }
    n = db_get_u64(rows, 0);
    if (db_rows_end(rows))
        abort();
    return n;
}
