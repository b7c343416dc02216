/* test_dossier.c - all of one customer in the order of time, and finding customers; and leases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "store/db.h"
#include "store/dossier.h"
#include "store/lease.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

static struct db *db;

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    crowd_codes();
    return 0;
}

static int close_db(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

struct seen {
    char text[4000];
    size_t n;
    utc_us last;
};

static void see(void *arg, const struct dossier_entry *e)
{
    struct seen *s = arg;
    size_t len = strlen(s->text);

    assert_true(e->at >= s->last);
    s->last = e->at;
    s->n++;
    len += (size_t)snprintf(s->text + len, sizeof(s->text) - len, "%s:%s",
                            dossier_kind_name(e->kind), e->title);
    for (size_t i = 0; i < e->n_fields; i++)
        len += (size_t)snprintf(s->text + len, sizeof(s->text) - len, " %s=%s", e->fields[i].name,
                                e->fields[i].value);
    snprintf(s->text + len, sizeof(s->text) - len, "\n");
}

static void a_full_life(void)
{
    static const char *const rows[] = {
        "INSERT INTO partner VALUES (1, 'acme', 'Acme', '2025-01-01')",
        "INSERT INTO customer_ref (partner_id, customer_number, customer_id, content_hash)"
        "VALUES (1, 'C-42', 1, REPEAT('x', 16))",
        "INSERT INTO consent_event (chain, seq, id, customer_id, channel, purpose, state, address, "
        "at, "
        "recorded_at, source, source_ref, wording, hash) VALUES (256, 1, 77, 1, 'sms', 'promo', "
        "'granted',"
        " '+33600000001', '2026-02-01', '2026-02-01', 'import', '7:1', 'Oui', REPEAT('h', 32))",
        "INSERT INTO customer_order SET id = 5, partner_id = 1, order_number = 'A-1',"
        " customer_id = 1, goods = 'Vin', weight_g = 1200, collect_cents = 4990,"
        " ordered_at = '2026-02-02', import_id = 7, import_row = 1, content_hash = REPEAT('x', 16)",
        "INSERT INTO order_event (id, order_id, partner_id, at, status, place, note, import_id,"
        " recorded_at) VALUES (6, 5, 1, '2026-02-02 10:00', 'delivered', 'Lyon', 'voisin', 8,"
        " '2026-02-02 11:00')",
        "INSERT INTO invoice (id, partner_id, customer_id, order_id, number, issued_on, due_on,"
        " amount_cents, paid_cents, paid_at, created_at, import_id, import_row)"
        "VALUES (3, 1, 1, 5, 'F-1', '2026-02-02', '2026-03-01', 4990, 5000, '2026-02-03',"
        " '2026-02-02', 9, 1)",
        "INSERT INTO payment (id, partner_id, invoice_id, payment_key, reference, paid_on,"
        " amount_cents, currency, import_id, seen_import_id, import_row, recorded_at)"
        "VALUES (4, 1, 3, 'r:V', 'V', '2026-02-03', 5000, 'EUR', 10, 10, 1, '2026-02-03')",
        "INSERT INTO message SET id = 10, customer_id = 1, channel = 'sms', class = 'promo',"
        " state = 'delivered', address = '+33600000001', sender = '36123', text = 'Bonjour Ana',"
        " encoding = 'gsm7', parts = 1, consent_event_id = 77, created_at = '2026-02-03',"
        " expires_at = '2026-02-04'",
        "INSERT INTO carrier (id, name) VALUES (1, 'orange')",
        "INSERT INTO message_event SET id = 11, message_id = 10, part = 0, kind = 'accepted',"
        " at = '2026-02-03 00:00:01', carrier_id = 1, smsc_message_id = 'ab12'",
        "INSERT INTO message_event SET id = 12, message_id = 10, part = 0, kind = 'delivered',"
        " at = '2026-02-03 00:00:03', carrier_id = 1, smsc_message_id = 'ab12'",
        "INSERT INTO inbound_message SET id = 13, at = '2026-02-03 00:05:00', channel = 'sms',"
        " from_address = '+33600000001', to_address = '36123', text = 'STOP', keyword = 'stop'",
        /* another's */
        "INSERT INTO inbound_message SET id = 14, at = '2026-02-03 00:05:00', channel = 'sms',"
        " from_address = '+33600000002', to_address = '36123', text = 'Autre'",
    };

    testdb_sql("INSERT INTO staff SET id = 5, login = 'anna', name = 'Anna', team_id = 1,"
               " created_at = NOW(), updated_at = NOW()");
    crowd_add(&(struct person){ 1, "+33600000001",
                                .more = "first_name = 'Ana', last_name = 'Roy', category_id = 1,"
                                        "owner_id = 5,"
                                        "city = 'Lyon', company = 'Roy SA'" });
    crowd_add(&(struct person){ 2, "+33600000002", .more = "last_name = 'Royer'" });
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        testdb_sql(rows[i]);
}

static void a_dossier_holds_everything_in_the_order_of_time(void **state)
{
    static const char *const expected[] = {
        "customer:Ana Roy first_name=Ana last_name=Roy company=Roy SA category=vip",
        "numbers=acme:C-42 owner=anna",
        "contact_point:+33600000001 channel=sms primary=yes state=valid",
        "consent:granted channel=sms purpose=promo address=+33600000001 source=import "
        "source_ref=7:1 wording=Oui",
        "order:A-1 partner=acme status=planned goods=Vin weight_g=1200 collect_cents=4990",
        "invoice:F-1 partner=acme state=paid order=A-1 issued_on=2026-02-02 due_on=2026-03-01"
        " amount_cents=4990 currency=EUR paid_cents=5000 overpaid_cents=10",
        "status:delivered order=A-1 partner=acme place=Lyon note=voisin import=8",
        "payment:F-1 amount_cents=5000 currency=EUR reference=V import=10:1",
        "message:Bonjour Ana state=delivered class=promo",
        "consent_event=77",
        "event:accepted message=10 part=1 carrier=orange smsc_message_id=ab12",
        "event:delivered message=10",
        "inbound:STOP channel=sms from=+33600000001 to=36123 keyword=stop",
    };
    struct seen s = { .n = 0 };
    const char *at = s.text;
    bool cut;

    (void)state;
    a_full_life();
    assert_int_equal(dossier_read(db, 1, &(struct dossier_sink){ see, &s }, &cut), RC_OK);
    assert_int_equal(s.n, 11);
    assert_false(cut);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        at = strstr(at, expected[i]);
        if (!at)
            fail_msg("\"%s\" is not (in its place) in:\n%s", expected[i], s.text);
    }
    assert_null(strstr(s.text, "Autre"));
}

static void nobody_has_no_dossier(void **state)
{
    struct seen s = { .n = 0 };

    (void)state;
    assert_int_equal(dossier_read(db, 1, &(struct dossier_sink){ see, &s }, NULL), RC_NOTFOUND);
}

static void add_hit(void *arg, const struct customer_hit *h)
{
    char *ids = arg;

    snprintf(ids + strlen(ids), 40, "%llu(%s) ", (unsigned long long)h->id, h->phone);
}

static void customers_are_found_by_what_a_person_knows(void **state)
{
    static const char *const names[] = { "lefevre", "LEF",         "Zoe",
                                         "zoé L",   "Lefèvre Zoé", "zoe lefevre" },
                             *const numbers[] = { "1", "C-42", "acme:C-42" };
    char ids[400] = "";
    uint64_t id;

    (void)state;
    a_full_life();
    assert_int_equal(customer_find_address(db, "+33600000002", 10, add_hit, ids), RC_OK);
    assert_string_equal(ids, "2(+33600000002) ");
    ids[0] = '\0';
    assert_int_equal(customer_find_name(db, "roy", 10, add_hit, ids), RC_OK);
    assert_string_equal(ids, "1(+33600000001) 2(+33600000002) ");
    ids[0] = '\0';
    assert_int_equal(customer_find_name(db, "%", 10, add_hit, ids), RC_OK);
    assert_string_equal(ids, "");
    assert_int_equal(db_run(db,
                            "UPDATE customer SET first_name = 'Zoé', last_name = 'Lefèvre'"
                            " WHERE id = 1",
                            DB_NO_INPUT, NULL),
                     RC_OK);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        ids[0] = '\0';
        assert_int_equal(customer_find_name(db, names[i], 10, add_hit, ids), RC_OK);
        if (strcmp(ids, "1(+33600000001) ") != 0)
            fail_msg("\"%s\" found %s", names[i], ids);
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        ids[0] = '\0';
        assert_int_equal(customer_find_reference(db, numbers[i], 10, add_hit, ids), RC_OK);
        if (strcmp(ids, "1(+33600000001) ") != 0)
            fail_msg("\"%s\" found %s", numbers[i], ids);
    }
    assert_int_equal(customer_find_number(db, "acme", "C-42", &id), RC_OK);
    assert_int_equal(id, 1);
    assert_int_equal(customer_find_number(db, "acme", "c-42", &id), RC_NOTFOUND);
}

static void a_lease_has_one_holder_and_a_fence_that_grows(void **state)
{
    struct db_settings far = *testdb_settings();
    struct db *other;
    struct lease ours, theirs, again;

    (void)state;
    far.node_id = 2;
    other = db_open(&far, 9);
    lease_init(&ours, "campaign");
    lease_init(&theirs, "campaign");
    lease_init(&again, "campaign");
    assert_int_equal(lease_hold(db, &ours, USEC_PER_SEC), RC_OK);
    assert_int_equal(ours.fence, 1);
    assert_int_equal(lease_hold(other, &theirs, USEC_PER_SEC), RC_CONFLICT);
    assert_int_equal(lease_hold(db, &ours, USEC_PER_SEC), RC_OK);
    assert_int_equal(ours.fence, 1);
    clock_shift(2 * USEC_PER_SEC);
    assert_int_equal(lease_hold(other, &theirs, USEC_PER_SEC), RC_OK);
    assert_int_equal(theirs.fence, 2);
    assert_int_equal(lease_hold(db, &ours, USEC_PER_SEC), RC_CONFLICT);
    assert_int_equal(ours.fence, 0);
    assert_int_equal(lease_release(other, &theirs), RC_OK);
    assert_int_equal(lease_hold(db, &ours, USEC_PER_SEC), RC_OK);
    assert_int_equal(ours.fence, 3);
    /* what the last run of this node left behind */
    assert_int_equal(lease_hold(db, &again, USEC_PER_SEC), RC_OK);
    assert_int_equal(again.fence, 4);
    /* and what was taken while its clock was a day ahead */
    clock_shift(SEC_PER_DAY * USEC_PER_SEC);
    assert_int_equal(lease_hold(db, &again, USEC_PER_SEC), RC_OK);
    clock_shift(-SEC_PER_DAY * USEC_PER_SEC);
    assert_int_equal(lease_hold(other, &theirs, USEC_PER_SEC), RC_OK);
    clock_shift(-2 * USEC_PER_SEC);
    db_close(other);
}

static uint64_t asked(struct db *of)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(of,
                                  "SELECT CAST(VARIABLE_VALUE AS UNSIGNED)"
                                  "  FROM information_schema.SESSION_STATUS"
                                  " WHERE VARIABLE_NAME = 'COM_STMT_EXECUTE'",
                                  DB_NO_INPUT, &n),
                     RC_OK);
    return n;
}

static void a_lease_that_is_kept_is_asked_for_twice_a_term(void **state)
{
    const int64_t term = 60 * USEC_PER_SEC;
    struct db_settings far = *testdb_settings();
    struct lease ours, theirs;
    struct db *other;
    uint64_t before;

    (void)state;
    far.node_id = 2;
    other = db_open(&far, 9);
    lease_init(&ours, "looks");
    lease_init(&theirs, "looks");
    assert_int_equal(lease_keep(db, &ours, term), RC_OK);
    assert_int_equal(lease_keep(other, &theirs, term), RC_CONFLICT);
    before = asked(db) + asked(other);
    assert_int_equal(lease_keep(db, &ours, term), RC_OK);
    assert_int_equal(lease_keep(other, &theirs, term), RC_CONFLICT);
    assert_int_equal(asked(db) + asked(other), before + 2); /* what asks for it */
    clock_shift(term / 2);
    assert_int_equal(lease_keep(db, &ours, term), RC_OK);
    assert_true(ours.expires_at > clock_now() + term / 2);
    clock_shift(2 * term);
    assert_int_equal(lease_hold(other, &theirs, term), RC_OK);
    assert_int_equal(lease_keep(db, &ours, term), RC_CONFLICT);
    clock_shift(-5 * term / 2);
    db_close(other);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, close_db)
    const struct CMUnitTest tests[] = {
        TEST(a_dossier_holds_everything_in_the_order_of_time),
        TEST(nobody_has_no_dossier),
        TEST(customers_are_found_by_what_a_person_knows),
        TEST(a_lease_has_one_holder_and_a_fence_that_grows),
        TEST(a_lease_that_is_kept_is_asked_for_twice_a_term),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
