/* test_consent_ledger.c - the ledger on a real database: appended, folded, verified, tampered with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "domain/consent.h"
#include "store/consent.h"
#include "store/db.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define NOON   (INT64_C(1767268800) * USEC_PER_SEC) /* 2026-01-01T12:00:00Z */
#define MANY   300
#define SHARED "+33600000001"

static struct db *db;

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    return 0;
}

static int close_db(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

struct batch {
    const struct consent_change *changes;
    size_t n;
    uint64_t first;
};

static enum rc batch_body(struct db *d, void *arg)
{
    const struct batch *b = arg;

    return consent_append(d, b->changes, b->n, b->first);
}

static uint64_t append(struct db *d, const struct consent_change *changes, size_t n)
{
    struct batch b = { .changes = changes, .n = n };

    assert_int_equal(db_new_ids(d, "consent_event", n, &b.first), RC_OK);
    assert_int_equal(db_transaction(d, batch_body, &b), RC_OK);
    return b.first;
}

static struct consent_change change(uint64_t customer, enum consent_state state, utc_us at,
                                    enum consent_source source)
{
    return (struct consent_change){ .customer_id = customer,
                                    .channel = CHANNEL_SMS,
                                    .purpose = PURPOSE_PROMO,
                                    .state = state,
                                    .address = SHARED,
                                    .at = at,
                                    .source = source,
                                    .source_ref = "7:1",
                                    .wording = "J'accepte de recevoir des offres par SMS" };
}

static void append_one(uint64_t customer, enum consent_state state, utc_us at,
                       enum consent_source source)
{
    const struct consent_change c = change(customer, state, at, source);

    append(db, &c, 1);
}

static struct consent_verdict verify(void)
{
    struct consent_verdict v;

    assert_int_equal(consent_verify(db, &(struct consent_verify_ops){ 0 }, &v), RC_OK);
    return v;
}

static void append_many(struct db *d)
{
    struct consent_change changes[MANY];

    for (uint64_t i = 0; i < MANY; i++)
        changes[i] = change(i + 1, CONSENT_GRANTED, NOON + (utc_us)i, CONSENT_BY_IMPORT);
    append(d, changes, MANY);
}

static bool granted(uint64_t customer)
{
    char sql[200];

    snprintf(sql, sizeof(sql),
             "SELECT COUNT(*) FROM consent_current WHERE customer_id = %llu AND state = 'granted'",
             (unsigned long long)customer);
    return crowd_count(sql) == 1;
}

static void an_empty_ledger_is_intact(void **state)
{
    struct consent_verdict v = verify();

    (void)state;
    assert_true(v.intact);
    assert_int_equal(v.events, 0);
}

static void what_was_appended_is_intact_on_every_chain(void **state)
{
    struct db *other = testdb_open_lane(3);
    struct consent_verdict v;

    (void)state;
    append_many(db);
    append_many(other);
    append_one(1, CONSENT_WITHDRAWN, NOON + 1, CONSENT_BY_STAFF);
    v = verify();
    assert_string_equal(v.reason, "");
    assert_true(v.intact);
    assert_int_equal(v.chains, 2);
    assert_int_equal(v.events, 2 * MANY + 1);
    db_close(other);
}

static void a_long_wording_is_cut_between_characters_and_still_verifies(void **state)
{
    struct consent_change c = change(1, CONSENT_GRANTED, NOON, CONSENT_BY_API);
    char wording[3 * 700 + 1] = "";

    (void)state;
    for (int i = 0; i < 700; i++)
        strcat(wording, "\xe2\x82\xac"); /* the euro sign */
    c.wording = wording;
    append(db, &c, 1);
    assert_int_equal(crowd_count("SELECT CHAR_LENGTH(wording) FROM consent_event"),
                     CONSENT_WORDING_MAX);
    assert_true(verify().intact);
}

static void every_kind_of_tampering_is_found_at_its_place(void **state)
{
    static const struct {
        const char *sql;
        uint64_t seq;
    } cases[] = {
        { "UPDATE consent_event SET state = 'withdrawn' WHERE seq = 17", 17 },
        { "UPDATE consent_event SET customer_id = 99 WHERE seq = 17", 17 },
        { "UPDATE consent_event SET at = at + INTERVAL 1 MICROSECOND WHERE seq = 17", 17 },
        { "UPDATE consent_event SET recorded_at = NOW(6) WHERE seq = 17", 17 },
        { "UPDATE consent_event SET wording = 'oui' WHERE seq = 17", 17 },
        { "UPDATE consent_event SET address = '+33600000002' WHERE seq = 17", 17 },
        { "UPDATE consent_event SET source_ref = '7:2' WHERE seq = 17", 17 },
        { "UPDATE consent_event SET id = 123456 WHERE seq = 17", 17 },
        { "UPDATE consent_event SET hash = REPEAT('x', 32) WHERE seq = 17", 17 },
        { "UPDATE consent_event SET version = 1 WHERE seq = 17", 17 },
        { "UPDATE consent_event SET version = 4 WHERE seq = 17", 17 },
        { "UPDATE consent_event SET seal = REPEAT('x', 16) WHERE seq = 17", 17 },
        { "UPDATE consent_event SET seal = REPEAT('x', 32) WHERE seq = 17", 17 },
        { "UPDATE consent_event SET seal = '' WHERE seq = 17", 17 },
        { "UPDATE consent_event SET sender = '36000' WHERE seq = 17", 17 },
        { "UPDATE consent_event SET form = 'newsletter' WHERE seq = 17", 17 },
        { "UPDATE consent_event SET page = '/contact' WHERE seq = 17", 17 },
        { "UPDATE consent_event SET remote_address = '192.0.2.1' WHERE seq = 17", 17 },
        { "UPDATE consent_event SET recorded_by = 'anna' WHERE seq = 17", 17 },
        { "UPDATE consent_event SET request_ref = '9' WHERE seq = 17", 17 },
        { "UPDATE consent_event SET signed_at = at WHERE seq = 17", 17 },
        { "DELETE FROM consent_event WHERE seq = 17", 17 },
        { "DELETE FROM consent_event WHERE seq = 1", 1 },
        { "DELETE FROM consent_event WHERE seq = 300", 300 },
        { "UPDATE consent_chain SET head = REPEAT('x', 32)", 300 },
        { "UPDATE consent_chain SET length = 299", 299 },
        { "DELETE FROM consent_chain", 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct consent_verdict v;
        testdb_reset();
        append_many(db);
        assert_true(verify().intact);
        testdb_sql(cases[i].sql);
        v = verify();
        if (v.intact || v.broken_seq != cases[i].seq)
            fail_msg("%s: %s at %llu", cases[i].sql, v.intact ? "not found" : v.reason,
                     (unsigned long long)v.broken_seq);
        assert_int_equal(v.broken_chain, 256);
    }
}

/* As they were written before a line had a version, with the hashes that they got then. */
static void write_old_ledger(void)
{
    testdb_sql("INSERT INTO consent_event (chain, seq, id, customer_id, channel, purpose, state,"
               " address, at, recorded_at, source, source_ref, wording, hash) VALUES "
               "(256, 1, 901, 1, 'sms', 'promo', 'granted', '+33600000001',"
               " '2026-01-01 12:00:00', '2026-01-01 12:00:00.000005', 'import', '7:1',"
               " 'J''accepte de recevoir des offres par SMS',"
               " X'c95aeba3cc97bdb225ebec271f3f2e59a7748e490f0f55925f945afd76d87dd7'),"
               "(256, 2, 902, 2, 'sms', 'promo', 'withdrawn', '+33600000002',"
               " '2026-01-01 12:00:00.000001', '2026-01-01 12:00:00.000006', 'inbound', '12',"
               " 'STOP', X'ed5981886cc518b4f6360ef28b8bff1dbc22ee79f1e81b623b997140a40e2f1d'),"
               "(256, 3, 903, 3, 'email', 'promo', 'granted', 'a@exemple.fr',"
               " '2026-01-01 12:00:00.000002', '2026-01-01 12:00:00.000007', 'api', '',"
               " 'Oui, é', X'a113a279a6d9bd93778acbb15077c0642d14a29022b29a56115833c314a34685')");
    testdb_sql("INSERT INTO consent_chain VALUES (256, 3,"
               " X'a113a279a6d9bd93778acbb15077c0642d14a29022b29a56115833c314a34685')");
    testdb_sql("REPLACE INTO id_block VALUES ('consent_event', 1000)");
}

static void a_ledger_of_the_first_version_is_intact_and_goes_on(void **state)
{
    struct consent_change c = change(4, CONSENT_GRANTED, NOON, CONSENT_BY_FORM);

    (void)state;
    write_old_ledger();
    assert_string_equal(verify().reason, "");
    c.evidence = (struct consent_evidence){ .form = "newsletter",
                                            .page = "/contact",
                                            .remote_address = "192.0.2.1",
                                            .recorded_by = "anna",
                                            .signed_at = NOON };
    append(db, &c, 1);
    assert_string_equal(verify().reason, "");
    assert_int_equal(verify().events, 4);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_event WHERE version = 3"
                                 " AND form = 'newsletter' AND page = '/contact'"
                                 " AND remote_address = '192.0.2.1' AND recorded_by = 'anna'"
                                 " AND signed_at = at"),
                     1);
}

static void a_changed_byte_anywhere_in_a_mixed_ledger_is_found(void **state)
{
    static const char *const columns[] = {
        "address", "source_ref",     "wording",     "sender",      "form",
        "page",    "remote_address", "recorded_by", "request_ref",
    };
    char sql[200];

    (void)state;
    for (uint64_t seq = 1; seq <= 4; seq++) {
        for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
            struct consent_verdict v;
            testdb_reset();
            write_old_ledger();
            append_one(4, CONSENT_GRANTED, NOON, CONSENT_BY_STAFF);
            snprintf(sql, sizeof(sql),
                     "UPDATE consent_event SET %s = CONCAT(%s, 'x') WHERE seq = %llu", columns[i],
                     columns[i], (unsigned long long)seq);
            testdb_sql(sql);
            v = verify();
            if (v.intact || v.broken_seq != seq)
                fail_msg("%s: not found", sql);
        }
    }
}

static void a_last_word_that_the_ledger_does_not_support_is_found(void **state)
{
    struct consent_verdict v;

    (void)state;
    append_one(1, CONSENT_WITHDRAWN, NOON, CONSENT_BY_STAFF);
    testdb_sql("UPDATE consent_current SET state = 'granted'");
    v = verify();
    assert_false(v.intact);
    assert_int_equal(v.unproved, 1);
}

static void an_import_never_lifts_a_withdrawal(void **state)
{
    (void)state;
    append_one(1, CONSENT_WITHDRAWN, NOON, CONSENT_BY_INBOUND);
    append_one(1, CONSENT_GRANTED, NOON + USEC_PER_SEC, CONSENT_BY_IMPORT);
    assert_false(granted(1));
    append_one(1, CONSENT_GRANTED, NOON + 2 * USEC_PER_SEC, CONSENT_BY_INBOUND);
    assert_true(granted(1));
}

static void a_withdrawal_counts_whatever_date_the_grant_bears(void **state)
{
    (void)state;
    append_one(1, CONSENT_GRANTED, NOON + SEC_PER_DAY * USEC_PER_SEC, CONSENT_BY_IMPORT);
    assert_true(granted(1));
    append_one(1, CONSENT_WITHDRAWN, NOON, CONSENT_BY_INBOUND);
    assert_false(granted(1));
    append_one(2, CONSENT_GRANTED, NOON, CONSENT_BY_API);
    append_one(2, CONSENT_WITHDRAWN, NOON - 1, CONSENT_BY_IMPORT);
    assert_false(granted(2));
}

static void an_older_grant_does_not_lift_a_withdrawal(void **state)
{
    (void)state;
    append_one(1, CONSENT_WITHDRAWN, NOON, CONSENT_BY_STAFF);
    append_one(1, CONSENT_GRANTED, NOON - 1, CONSENT_BY_STAFF);
    assert_false(granted(1));
}

static void a_batch_counts_in_its_order(void **state)
{
    const struct consent_change changes[] = {
        change(1, CONSENT_GRANTED, NOON, CONSENT_BY_IMPORT),
        change(1, CONSENT_WITHDRAWN, NOON, CONSENT_BY_INBOUND),
        change(1, CONSENT_GRANTED, NOON, CONSENT_BY_IMPORT),
        change(2, CONSENT_WITHDRAWN, NOON, CONSENT_BY_IMPORT),
        change(2, CONSENT_GRANTED, NOON, CONSENT_BY_STAFF),
    };

    (void)state;
    append(db, changes, 5);
    assert_false(granted(1));
    assert_true(granted(2));
    assert_true(verify().intact);
}

/* Every last word, and everything that can be said on it: what the statements of the ledger fold is
 * what the rules of domain/consent.h say. */
static void the_ledger_folds_by_the_rules(void **state)
{
    static const utc_us times[] = { NOON - 1, NOON, NOON + 1 };
    uint64_t customer = 1, compared = 0;

    (void)state;
    for (int last = CONSENT_UNKNOWN; last <= CONSENT_WITHDRAWN; last++)
        for (int said = CONSENT_GRANTED; said <= CONSENT_WITHDRAWN; said++)
            for (int source = 0; source < CONSENT_SOURCES; source++)
                for (size_t t = 0; t < 3; t++)
                    for (int flags = 0; flags < 4; flags++, customer++) {
                        const struct consent_word word = { (enum consent_state)last, NOON };
                        struct consent_change c = change(customer, (enum consent_state)said,
                                                         times[t], (enum consent_source)source);
                        struct consent_said s = { c.state, c.source, c.at, 0, flags & 1 };
                        bool counts, expected;

                        if (!(flags & 1))
                            c.wording = "";
                        if (flags & 2)
                            c.evidence.signed_at = s.signed_at = c.at;
                        if (last != CONSENT_UNKNOWN)
                            append_one(customer, word.state, NOON, CONSENT_BY_INBOUND);
                        append(db, &c, 1);
                        counts = consent_rule(&word, &s) == CONSENT_COUNTS;
                        expected = counts ? said == CONSENT_GRANTED : last == CONSENT_GRANTED;
                        if (granted(customer) != expected)
                            fail_msg("last %d, said %d by %s at %+d, flags %d: the rules say %d",
                                     last, said, consent_source_name(s.source), (int)t - 1, flags,
                                     counts);
                        compared++;
                    }
    assert_int_equal(compared, 3 * 2 * CONSENT_SOURCES * 3 * 4);
    assert_true(verify().intact);
}

static void a_withdrawal_with_an_old_date_is_not_undone_by_the_form_that_it_withdrew(void **state)
{
    struct consent_change form = change(1, CONSENT_GRANTED, NOON, CONSENT_BY_FORM);

    (void)state;
    form.evidence.signed_at = NOON;
    append(db, &form, 1);
    append_one(1, CONSENT_WITHDRAWN, NOON - USEC_PER_SEC, CONSENT_BY_MAIL);
    append(db, &form, 1);
    assert_false(granted(1));
    assert_true(verify().intact);
    form.at = form.evidence.signed_at = NOON + 1;
    append(db, &form, 1);
    assert_true(granted(1));
}

static void a_date_of_signature_that_is_not_the_date_of_the_grant_is_refused(void **state)
{
    struct consent_change form = change(1, CONSENT_GRANTED, NOON, CONSENT_BY_FORM);
    struct batch b = { .changes = &form, .n = 1, .first = 1 };

    (void)state;
    form.evidence.signed_at = NOON + 1;
    assert_int_equal(db_transaction(db, batch_body, &b), RC_INVALID);
}

struct said {
    struct consent_act act;
    struct consent_ids ids;
    bool stop, changed;
};

static enum rc say_body(struct db *d, void *arg)
{
    struct said *s = arg;

    return s->stop ? consent_withdraw_address(d, &s->act, &s->ids, &s->changed)
                   : consent_restore_address(d, &s->act, &s->ids, &s->changed);
}

static enum rc say(struct said *s)
{
    return db_transaction(db, say_body, s);
}

static struct said prepare(bool stop, const char *address, utc_us at)
{
    struct said s = { .act = { .channel = CHANNEL_SMS,
                               .address = address,
                               .sender = "",
                               .inbound_id = 5,
                               .source = CONSENT_BY_INBOUND,
                               .source_ref = "5",
                               .at = at,
                               .wording = stop ? "Stop svp" : "START" },
                      .stop = stop };

    assert_int_equal(consent_ids_wanted(db, CHANNEL_SMS, address, &s.ids.n), RC_OK);
    assert_int_equal(db_new_ids(db, "consent_event", s.ids.n + 1, &s.ids.first), RC_OK);
    return s;
}

static bool spoken(bool stop, const char *address, utc_us at)
{
    struct said s = prepare(stop, address, at);

    assert_int_equal(say(&s), RC_OK);
    return s.changed;
}

static void three_who_share_a_number(void)
{
    crowd_add(&(struct person){ .id = 1, .phone = SHARED });
    crowd_add(&(struct person){ .id = 2, .phone = SHARED });
    crowd_add(&(struct person){ .id = 3, .phone = SHARED });
    crowd_add(&(struct person){ .id = 4, .phone = "+33600000009" });
    for (uint64_t id = 1; id <= 4; id++) {
        if (id != 3)
            append_one(id, CONSENT_GRANTED, NOON, CONSENT_BY_IMPORT);
    }
}

static void a_stop_counts_for_all_who_share_the_number_and_is_confirmed_once(void **state)
{
    (void)state;
    three_who_share_a_number();
    assert_true(spoken(true, SHARED, NOON + USEC_PER_SEC));
    assert_false(granted(1));
    assert_false(granted(2));
    assert_true(granted(4));
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_current WHERE state = 'withdrawn'"),
                     3);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM opt_out WHERE address = '" SHARED "'"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_event WHERE source = 'inbound'"
                                 " AND source_ref = '5' AND wording = 'Stop svp'"),
                     3);
    assert_false(spoken(true, SHARED, NOON + 2 * USEC_PER_SEC));
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_event WHERE source = 'inbound'"), 3);
    assert_true(verify().intact);
}

static void a_stop_from_a_stranger_is_kept_with_the_number(void **state)
{
    (void)state;
    assert_true(spoken(true, "+33611111111", NOON));
    assert_false(spoken(true, "+33611111111", NOON + 1));
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM opt_out"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_event"), 0);
}

static void a_start_after_a_stop_subscribes_again(void **state)
{
    (void)state;
    three_who_share_a_number();
    spoken(true, SHARED, NOON + USEC_PER_SEC);
    assert_true(spoken(false, SHARED, NOON + USEC_PER_SEC));
    assert_true(granted(1) && granted(2) && granted(3));
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM opt_out"), 0);
    assert_false(spoken(false, SHARED, NOON + 3 * USEC_PER_SEC));
    assert_true(verify().intact);
}

static bool spoken_to(bool stop, const char *sender, utc_us at)
{
    struct said s = prepare(stop, SHARED, at);

    s.act.sender = sender;
    assert_int_equal(say(&s), RC_OK);
    return s.changed;
}

static bool refused(const char *sender)
{
    bool is;
    utc_us at;

    assert_int_equal(consent_address_refused(db, CHANNEL_SMS, SHARED, sender, &is, &at), RC_OK);
    return is;
}

static void a_stop_of_one_sender_is_in_the_ledger_and_leaves_the_consent(void **state)
{
    (void)state;
    three_who_share_a_number();
    assert_true(spoken_to(true, "36000", NOON + 1));
    assert_false(spoken_to(true, "36000", NOON + 2));
    assert_true(granted(1) && granted(2));
    assert_true(refused("36000"));
    assert_false(refused("36001"));
    assert_false(refused(""));
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_event WHERE sender = '36000'"
                                 " AND state = 'withdrawn' AND source_ref = '5'"),
                     3);
    assert_true(verify().intact);
    assert_true(spoken_to(true, "", NOON + 3));
    assert_false(granted(1));
    assert_true(refused("36001"));
    assert_true(verify().intact);
}

static void a_start_to_one_sender_leaves_the_refusals_of_others(void **state)
{
    (void)state;
    three_who_share_a_number();
    spoken_to(true, "36000", NOON + 1);
    spoken_to(true, "36001", NOON + 2);
    spoken_to(true, "", NOON + 3);
    assert_true(spoken_to(false, "36000", NOON + 4));
    assert_true(granted(1));
    assert_false(refused("36000"));
    assert_true(refused("36001"));
    assert_true(spoken_to(false, "", NOON + 5));
    assert_false(refused("36001"));
}

static unsigned follow(void)
{
    unsigned steps = 0;
    bool more = true;

    for (; more; steps++)
        assert_int_equal(consent_follow(db, &more), RC_OK);
    return steps - 1;
}

static void customers_who_come_between_follow(void **state)
{
    struct said s;

    (void)state;
    three_who_share_a_number();
    s = prepare(true, SHARED, NOON + 1);
    crowd_add(&(struct person){ .id = 5, .phone = SHARED });
    assert_int_equal(say(&s), RC_OK);
    assert_true(s.changed);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_current WHERE state = 'withdrawn'"),
                     3);
    assert_int_equal(follow(), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_current WHERE state = 'withdrawn'"),
                     4);
    assert_true(verify().intact);
}

static void a_number_of_thousands_is_stopped_at_once_and_its_ledger_follows(void **state)
{
    (void)state;
    crowd_fill(1, 12000);
    testdb_sql("UPDATE contact_point SET address = '" SHARED "'");
    assert_true(spoken(true, SHARED, NOON));
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM opt_out"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_event"), 1000);
    assert_int_equal(follow(), 11);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_current WHERE state = 'withdrawn'"),
                     12000);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_event WHERE source_ref = '5'"
                                 " AND wording = 'Stop svp' AND source = 'inbound'"),
                     12000);
    assert_true(verify().intact);
}

static void a_start_voids_what_a_stop_left_to_do(void **state)
{
    bool more;

    (void)state;
    crowd_fill(1, 2500);
    testdb_sql("UPDATE contact_point SET address = '" SHARED "'");
    spoken(true, SHARED, NOON);
    assert_int_equal(consent_follow(db, &more), RC_OK);
    assert_true(more);
    assert_true(spoken(false, SHARED, NOON + USEC_PER_SEC)); /* the first thousand of 2,000 */
    follow();
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_current WHERE state = 'withdrawn'"),
                     0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM opt_out"), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, close_db)
    const struct CMUnitTest tests[] = {
        TEST(an_empty_ledger_is_intact),
        TEST(what_was_appended_is_intact_on_every_chain),
        TEST(a_long_wording_is_cut_between_characters_and_still_verifies),
        TEST(every_kind_of_tampering_is_found_at_its_place),
        TEST(a_ledger_of_the_first_version_is_intact_and_goes_on),
        TEST(a_changed_byte_anywhere_in_a_mixed_ledger_is_found),
        TEST(the_ledger_folds_by_the_rules),
        TEST(a_withdrawal_with_an_old_date_is_not_undone_by_the_form_that_it_withdrew),
        TEST(a_date_of_signature_that_is_not_the_date_of_the_grant_is_refused),
        TEST(a_stop_of_one_sender_is_in_the_ledger_and_leaves_the_consent),
        TEST(a_start_to_one_sender_leaves_the_refusals_of_others),
        TEST(a_last_word_that_the_ledger_does_not_support_is_found),
        TEST(an_import_never_lifts_a_withdrawal),
        TEST(a_withdrawal_counts_whatever_date_the_grant_bears),
        TEST(an_older_grant_does_not_lift_a_withdrawal),
        TEST(a_batch_counts_in_its_order),
        TEST(a_stop_counts_for_all_who_share_the_number_and_is_confirmed_once),
        TEST(a_stop_from_a_stranger_is_kept_with_the_number),
        TEST(a_start_after_a_stop_subscribes_again),
        TEST(customers_who_come_between_follow),
        TEST(a_number_of_thousands_is_stopped_at_once_and_its_ledger_follows),
        TEST(a_start_voids_what_a_stop_left_to_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
