/* outbox_rig.c - scenes of the queue on a real database. */
#include "tests/support/outbox_rig.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/testdb.h"

struct db *db;

int rig_setup(void **state)
{
    (void)state;
    db = testdb_open();
    return db ? 0 : -1;
}

int rig_teardown(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

int rig_fresh(void **state)
{
    (void)state;
    testdb_reset();
    return 0;
}

uint64_t number(const char *sql)
{
    uint64_t n = UINT64_MAX;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

void state_of(uint64_t id, char name[20])
{
    struct db_rows *rows;

    assert_int_equal(
        db_query(db, "SELECT state FROM message WHERE id = ?", DB_IN(db_u64(id)), &rows), RC_OK);
    assert_true(db_next(rows));
    snprintf(name, 20, "%s", db_get_text(rows, 0));
    assert_int_equal(db_rows_end(rows), RC_OK);
}

void five_promotions(void)
{
    testdb_sql("INSERT INTO customer (id, created_at, updated_at)"
               " SELECT seq, NOW(), NOW() FROM seq_1_to_5");
    testdb_sql("INSERT INTO consent_current"
               " SELECT seq, 'sms', 'promo', 'granted', seq, NOW() FROM seq_1_to_5");
    testdb_sql(
        "INSERT INTO message (id, customer_id, channel, class, address, sender, text, encoding,"
        "                     parts, created_at, expires_at)"
        " SELECT seq, seq, 'sms', 'promo', CONCAT('+3361234567', seq), '36105', 'Bonjour', 'gsm7',"
        "        1, '2024-01-01', '2037-01-01' FROM seq_1_to_5");
    testdb_sql("INSERT INTO outbox_slice (id, last_id, next_id, class, due_at)"
               " VALUES (1, 5, 1, 'promo', '2024-01-01')");
}

bool more_promo;

size_t claim(unsigned limit, struct outbox_claim *out, struct arena *arena)
{
    struct outbox_request request = { .queue_id = 1, .limit = limit, .limit_promo = limit };

    arena_init(arena);
    assert_int_equal(outbox_claim(db, &request, 1, NOW, NULL, arena, out), RC_OK);
    more_promo = request.more_promo;
    return out->n;
}

size_t record_all(struct outbox_event *events, size_t n, const struct outbox_slice_key *closed,
                  size_t n_closed)
{
    struct outbox_batch batch = {
        .events = events, .n = n, .closed = closed, .n_closed = n_closed
    };
    size_t strays;

    assert_int_equal(outbox_record(db, &batch, &strays), RC_OK);
    return strays;
}

void record(const struct outbox_event *events, size_t n, const struct outbox_slice_key *closed,
            size_t n_closed)
{
    struct outbox_event copy[16];

    memcpy(copy, events, n * sizeof(*events));
    record_all(copy, n, closed, n_closed);
}

void crowd_is_accepted(struct outbox_event events[300], struct outbox_slice_key *slice)
{
    struct outbox_claim c;
    struct arena arena;

    testdb_sql("INSERT INTO message (id, channel, class, address, sender, text, encoding,"
               "                     parts, created_at, expires_at)"
               " SELECT seq, 'sms', 'service', '+33700000000', '36105', 'Bonjour', 'gsm7',"
               "        1, '2024-01-01', '2037-01-01' FROM seq_1_to_300");
    testdb_sql("INSERT INTO outbox_slice (id, last_id, next_id, class, due_at)"
               " VALUES (1, 300, 1, 'service', '2024-01-01')");
    assert_int_equal(claim(300, &c, &arena), 300);
    *slice = c.slices[0].key;
    arena_close(&arena);
    for (size_t i = 0; i < 299; i++) {
        events[i] = (struct outbox_event){
            .message_id = i + 1, .single = true, .kind = OUTBOX_ACCEPTED, .at = NOW, .carrier_id = 1
        };
        snprintf(events[i].smsc_message_id, sizeof(events[i].smsc_message_id), "s%zu", i + 1);
    }
    assert_int_equal(record_all(events, 299, NULL, 0), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE state = 'submitting'"), 300);
}
