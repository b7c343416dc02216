/*
 * test_import_undo.c - after an import was undone the database says what it said before it, and
 * what somebody else did since is left alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "store/customer_merge.h"
#include "store/db.h"
#include "store/import_query.h"
#include "store/import_undo.h"
#include "tests/support/testdb.h"

#define DAY (INT64_C(86400) * USEC_PER_SEC)

static struct db *db;

/* --- the scene --- */

static int set_up(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    testdb_sql("INSERT INTO partner VALUES (1, 'shop', 'Shop', '2026-01-01')");
    testdb_sql("INSERT INTO partner VALUES (2, 'other', 'Other', '2026-01-01')");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

/* Customer C<n> with order A<n>, as the file number `version` has them. */
static struct partner_row row_of(unsigned n, unsigned version)
{
    static char texts[64][8][80];
    static unsigned used;
    char(*t)[80] = texts[used++ % 64];
    struct partner_row row = {
        .row_no = n,
        .line = n + 1,
        .customer_number = t[0],
        .first_name = t[1],
        .last_name = "O'Neil \\ \"the\" <1>",
        .company = "",
        .phone = t[2],
        .email = t[3],
        .street = t[4],
        .postcode = "75001",
        .city = "Paris",
        .country = "FR",
        .language = "fr",
        .category = version > 1 ? "vip" : "private",
        .source = "",
        .consent = { version > 1 ? CONSENT_GRANTED : CONSENT_UNKNOWN, CONSENT_UNKNOWN },
        .consent_wording = "Oui, d'accord",
        .consent_place = "",
        .timezone = "",
        .owner = "",
        .has_order = true,
        .order_number = t[5],
        .product_range = version > 1 ? "fresh" : "",
        .goods = t[6],
        .collect_cents = 100 * n + version,
        .currency = "EUR",
        .window_from = (int64_t)1800000000 * USEC_PER_SEC + version * DAY,
        .window_to = (int64_t)1800010000 * USEC_PER_SEC + version * DAY,
        .ordered_at = (int64_t)1790000000 * USEC_PER_SEC,
        .status = version > 1 ? ORDER_OUT : ORDER_PLANNED,
    };

    snprintf(t[0], sizeof(t[0]), "C%u", n);
    snprintf(t[1], sizeof(t[1]), "Ana%u", version);
    snprintf(t[2], sizeof(t[2]), "+336%04u%04u", version, n);
    snprintf(t[3], sizeof(t[3]), "c%u@example.com", n);
    snprintf(t[4], sizeof(t[4]), "%u rue\nde l'\xc3\x89glise", version);
    snprintf(t[5], sizeof(t[5]), "A%u", n);
    snprintf(t[6], sizeof(t[6]), "%u colis", version);
    for (size_t i = 0; i < FIELD_CUSTOM_MAX; i++)
        row.custom[i] = "";
    return row;
}

static struct import begin(unsigned partner)
{
    struct import imp = { .partner_id = partner, .bytes = 1, .received_at = clock_now() };

    assert_int_equal(import_new_id(db, &imp.id), RC_OK);
    snprintf(imp.file_name, sizeof(imp.file_name), "file-%" PRIu64, imp.id);
    memcpy(imp.sha256, &imp.id, sizeof(imp.id));
    assert_int_equal(import_begin(db, &imp), RC_OK);
    return imp;
}

static void apply(struct import *imp, const struct partner_row *rows, size_t n, size_t chunk_rows)
{
    struct import_apply *apply = import_apply_new(&(struct import_rules){
        .create_categories = true, .create_sources = true, .create_ranges = true });

    assert_non_null(apply);
    assert_int_equal(import_checked(db, imp, n), RC_OK);
    for (size_t i = 0; i < n; i += chunk_rows) {
        const size_t end = i + chunk_rows < n ? i + chunk_rows : n;
        const struct import_chunk chunk = { .rows = rows + i,
                                            .n_rows = end - i,
                                            .next_row = end + 1 };

        assert_int_equal(import_apply_chunk(db, apply, imp, &chunk), RC_OK);
    }
    assert_int_equal(import_done(db, imp), RC_OK);
    import_apply_free(apply);
}

/* Rows `from` to `to` of a file, as a new import in chunks of 4. */
static struct import take(unsigned partner, unsigned from, unsigned to, unsigned version)
{
    struct partner_row rows[64];
    struct import imp = begin(partner);
    size_t n = 0;

    for (unsigned i = from; i <= to; i++) {
        rows[n] = row_of(i, version);
        rows[n].row_no = n + 1;
        n++;
    }
    apply(&imp, rows, n, 4);
    return imp;
}

static void undo(uint64_t id)
{
    struct import imp;
    struct error err = { "" };
    bool over = false;

    if (import_undo_begin(db, id, "anna", &err))
        fail_msg("%s", err.text);
    assert_int_equal(import_undo_find(db, 1, &imp), RC_OK);
    assert_int_equal(imp.id, id);
    for (int i = 0; !over && i < 100; i++)
        assert_int_equal(import_undo_step(db, &imp, &over), RC_OK);
    assert_true(over);
    assert_int_equal(imp.state, IMPORT_UNDONE);
    assert_int_equal(import_undo_find(db, 1, &imp), RC_NOTFOUND);
}

/* --- what there is --- */

static const char *const tables[] = {
    "SELECT CONCAT_WS('|', id, IFNULL(category_id, 'NULL'), IFNULL(acquisition_source_id, 'NULL'),"
    " first_name, last_name, company, language, street, postcode, city, country,"
    " IFNULL(birth_date, 'NULL'), minor, timezone, do_not_contact, order_count, order_cents,"
    " IFNULL(last_order_at, 'NULL'), sms_standing, sms_prefix, IFNULL(consent_at, 'NULL'),"
    " email_standing, IFNULL(email_consent_at, 'NULL'),"
    " created_at, updated_at) FROM customer ORDER BY id",
    "SELECT CONCAT_WS('|', partner_id, customer_number, customer_id, HEX(content_hash))"
    " FROM customer_ref ORDER BY partner_id, customer_number",
    "SELECT CONCAT_WS('|', customer_id, channel, address, is_primary, state, created_at)"
    " FROM contact_point ORDER BY customer_id, channel, address",
    "SELECT CONCAT_WS('|', customer_id, channel, purpose, state, event_id, at)"
    " FROM consent_current ORDER BY customer_id, channel, purpose",
    "SELECT CONCAT_WS('|', customer_id, field_id, value, IFNULL(number, 'NULL'))"
    " FROM customer_field ORDER BY customer_id, field_id",
    "SELECT CONCAT_WS('|', id, partner_id, order_number, customer_id, status, goods,"
    " IFNULL(weight_g, 'NULL'), IFNULL(window_from, 'NULL'), IFNULL(window_to, 'NULL'),"
    " collect_cents, currency, street, postcode, city, country, ordered_at, import_id, import_row,"
    " HEX(content_hash), IFNULL(product_range_id, 'NULL'), IFNULL(heard_at, 'NULL'),"
    " IFNULL(planned_at, 'NULL'), IFNULL(moved_at, 'NULL'), IFNULL(out_at, 'NULL'),"
    " IFNULL(delivered_at, 'NULL'), IFNULL(missed_at, 'NULL'), IFNULL(cancelled_at, 'NULL'))"
    " FROM customer_order ORDER BY id",
    "SELECT CONCAT_WS('|', order_id, status, import_id) FROM order_event ORDER BY id",
    "SELECT CONCAT_WS('|', import_id, first_row) FROM import_before WHERE import_id <> 1",
};

/* All that an import can change, but for the ledger, which only grows. The caller frees it. */
static char *picture(void)
{
    struct buffer out;

    buffer_init(&out, (size_t)8 << 20);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        struct db_rows *rows = NULL;

        assert_int_equal(db_query(db, tables[i], DB_NO_INPUT, &rows), RC_OK);
        while (db_next(rows))
            buffer_printf(&out, "%zu %s\n", i, db_get_text(rows, 0));
        assert_int_equal(db_rows_end(rows), RC_OK);
    }
    assert_false(out.full);
    return out.data;
}

static uint64_t number(const char *sql)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

/* How often `what` was counted. */
static uint64_t counted(const struct import *imp, const char *what)
{
    struct import_undo_count list[IMPORT_UNDO_COUNTS_MAX];
    size_t n = IMPORT_UNDO_COUNTS_MAX;

    assert_int_equal(import_undo_counts(db, imp->id, list, &n), RC_OK);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].what, what) == 0)
            return list[i].n;
    }
    return 0;
}

/* --- tests --- */

static void an_undone_import_leaves_the_database_as_it_was(void **state)
{
    char *before, *after;
    struct import imp;

    (void)state;
    take(1, 1, 10, 1);
    before = picture();
    imp = take(1, 5, 20, 2); /* six are changed, ten are new */
    assert_int_equal(number("SELECT COUNT(*) FROM customer"), 20);
    assert_int_equal(number("SELECT COUNT(*) FROM consent_current"), 16);
    undo(imp.id);
    after = picture();
    assert_string_equal(after, before);
    assert_int_equal(counted(&imp, "orders_removed"), 10);
    assert_int_equal(counted(&imp, "orders_restored"), 6);
    assert_int_equal(counted(&imp, "customers_removed"), 10);
    assert_int_equal(counted(&imp, "customers_restored"), 6);
    assert_int_equal(counted(&imp, "consents_taken_back"), 16);
    free(before);
    free(after);
}

static void the_ledger_says_that_the_grants_were_taken_back(void **state)
{
    struct import imp;

    (void)state;
    imp = take(1, 1, 3, 2);
    undo(imp.id);
    assert_int_equal(number("SELECT COUNT(*) FROM consent_event WHERE state = 'granted'"), 3);
    assert_int_equal(number("SELECT COUNT(*) FROM consent_event WHERE state = 'withdrawn'"
                            " AND source_ref LIKE '%:%, undone'"),
                     3);
    assert_int_equal(number("SELECT COUNT(*) FROM consent_current"), 0);
}

static void a_row_that_changed_twice_in_one_file_comes_back_to_its_first_state(void **state)
{
    struct partner_row rows[8];
    struct import imp;
    char *before, *after;

    (void)state;
    take(1, 1, 4, 1);
    before = picture();
    imp = begin(1);
    for (unsigned i = 0; i < 8; i++) {
        rows[i] = row_of(1 + i % 4, i < 4 ? 2 : 3);
        rows[i].row_no = i + 1;
    }
    apply(&imp, rows, 8, 4);
    undo(imp.id);
    after = picture();
    assert_string_equal(after, before);
    assert_int_equal(counted(&imp, "orders_restored"), 8);
    free(before);
    free(after);
}

static void what_another_import_changed_since_is_left_and_counted(void **state)
{
    struct import imp;

    (void)state;
    imp = take(1, 1, 4, 1);
    take(1, 2, 2, 2);
    undo(imp.id);
    assert_int_equal(counted(&imp, "orders_removed"), 3);
    assert_int_equal(counted(&imp, "order_changed_since"), 1);
    assert_int_equal(counted(&imp, "customer_changed_since"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM customer"), 1);
    assert_int_equal(number("SELECT order_count FROM customer"), 1);
    assert_int_equal(number("SELECT order_cents FROM customer"), 202);
}

static void a_customer_who_had_a_message_is_kept_without_the_order(void **state)
{
    struct import imp;

    (void)state;
    imp = take(1, 1, 2, 1);
    testdb_sql("INSERT INTO inbound_message (id, at, channel, from_address, to_address, text,"
               " customer_id)"
               " SELECT 1, '2026-01-01', 'sms', '+33600000001', '36000', 'Bonjour', MIN(id)"
               " FROM customer");
    undo(imp.id);
    assert_int_equal(counted(&imp, "customer_has_messages"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM customer"), 1);
    assert_int_equal(number("SELECT order_count FROM customer"), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM customer WHERE last_order_at IS NULL"), 1);
    take(1, 1, 2, 1);
    assert_int_equal(number("SELECT COUNT(*) FROM customer"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM customer_order"), 2);
}

static void plan_contacts(void)
{
    testdb_sql("INSERT INTO contact_task (id, customer_id, team_id, source, day, due_at, title,"
               " created_at, created_by) SELECT id, id, 1, 'list', '2026-01-01', '2026-01-01', 'x',"
               " '2026-01-01', 'list' FROM customer");
    testdb_sql("INSERT INTO matter (kind, subject_id, policy_id, opened_at, base_at)"
               " SELECT 'task', id, 1, '2026-01-01', '2026-01-01' FROM contact_task");
    testdb_sql("INSERT INTO contact_enrolment (id, plan_id, customer_id, version, started_at,"
               " created_at, created_by)"
               " SELECT id, 1, id, 1, '2026-01-01', '2026-01-01', 'plan' FROM customer");
    testdb_sql("INSERT INTO contact_plan_log (enrolment_id, turn, version, step, at, planned_at,"
               " what) SELECT id, 0, 1, 1, '2026-01-01', '2026-01-01', 'task' FROM customer");
    testdb_sql("INSERT INTO contact_plan_news SELECT id, TRUE, FALSE, '2026-01-01' FROM customer");
}

static void with_a_customer_goes_what_was_planned_with_them(void **state)
{
    const struct import imp = take(1, 1, 2, 1);

    (void)state;
    plan_contacts();
    undo(imp.id);
    assert_int_equal(number("SELECT COUNT(*) FROM contact_task t JOIN matter m"
                            " ON m.subject_id = t.id AND m.state = 'settled'"
                            " WHERE t.state = 'cancelled' AND t.why = 'import_undone'"),
                     2);
    assert_int_equal(number("SELECT COUNT(*) FROM (SELECT id FROM customer"
                            " UNION ALL SELECT id FROM contact_enrolment"
                            " UNION ALL SELECT enrolment_id FROM contact_plan_log"
                            " UNION ALL SELECT customer_id FROM contact_plan_news) x"),
                     0);
}

static void a_customer_whom_people_called_or_are_to_call_is_kept(void **state)
{
    const struct import imp = take(1, 1, 3, 1);

    (void)state;
    plan_contacts();
    testdb_sql("UPDATE contact_task SET source = 'manager' ORDER BY id LIMIT 1");
    testdb_sql("INSERT INTO contact_result (id, customer_id, outcome_id, at, via, who)"
               " SELECT 1, MAX(id), 1, '2026-01-01', 'api', 'anna' FROM customer");
    undo(imp.id);
    assert_int_equal(counted(&imp, "customer_has_contacts"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM contact_task WHERE state = 'open'"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM customer"), 2);
}

static void a_withdrawal_is_never_undone(void **state)
{
    struct partner_row row = row_of(1, 1);
    struct import imp = begin(1);

    (void)state;
    row.row_no = 1;
    row.consent[CHANNEL_SMS] = CONSENT_WITHDRAWN;
    apply(&imp, &row, 1, 4);
    undo(imp.id);
    assert_int_equal(counted(&imp, "customer_has_consents"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM consent_current WHERE state = 'withdrawn'"), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM customer_order"), 0);
}

static void only_what_is_over_can_be_undone_and_only_once(void **state)
{
    struct error err = { "" };
    struct import imp = begin(1), done = take(1, 1, 2, 1);

    (void)state;
    assert_int_equal(import_undo_begin(db, imp.id, "anna", &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "checking"));
    undo(done.id);
    assert_int_equal(import_undo_begin(db, done.id, "anna", &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "undone"));
    assert_int_equal(import_undo_begin(db, 4711, "anna", &err), RC_NOTFOUND);
}

static void an_import_is_taken_again_after_it_was_undone(void **state)
{
    struct import imp = take(1, 1, 6, 2), again;
    struct partner_row rows[6];
    struct error err = { "" };

    (void)state;
    undo(imp.id);
    assert_int_equal(import_replay(db, imp.id, "anna", &again, &err), RC_OK);
    assert_int_equal(again.state, IMPORT_CHECKING);
    assert_int_equal(again.next_row, 1);
    assert_int_equal(again.rows_taken, 0);
    for (unsigned i = 0; i < 6; i++)
        rows[i] = row_of(i + 1, 2);
    apply(&again, rows, 6, 4);
    assert_int_equal(again.rows_taken, 6);
    assert_int_equal(number("SELECT COUNT(*) FROM consent_current WHERE state = 'granted'"), 6);
    assert_int_equal(number("SELECT COUNT(*) FROM customer WHERE sms_standing = ''"), 6);
    undo(imp.id);
    assert_int_equal(number("SELECT COUNT(*) FROM customer"), 0);
}

static void one_that_was_taken_twice_is_undone_as_a_whole(void **state)
{
    struct import imp = take(1, 1, 6, 2), again;
    struct partner_row rows[6];
    struct error err = { "" };

    (void)state;
    take(1, 1, 3, 1); /* another file in between */
    assert_int_equal(import_replay(db, imp.id, "anna", &again, &err), RC_OK);
    for (unsigned i = 0; i < 6; i++)
        rows[i] = row_of(i + 1, 2);
    apply(&again, rows, 6, 4);
    assert_int_equal(again.rows_taken, 3);
    assert_int_equal(again.rows_unchanged, 3);
    undo(imp.id);
    assert_int_equal(number("SELECT COUNT(*) FROM customer_order"), 3);
    assert_int_equal(number("SELECT COUNT(*) FROM customer_order WHERE goods = '1 colis'"), 3);
}

/* What retention does once all imports are old: how many rows were dropped. */
static uint64_t prune_all(void)
{
    uint64_t dropped = 0, all = 0;

    do {
        assert_int_equal(import_undo_prune(db, clock_now() + DAY, &dropped), RC_OK);
        all += dropped;
    } while (dropped);
    return all;
}

static void what_undoing_needs_is_dropped_in_time(void **state)
{
    struct import imp;
    struct error err = { "" };
    uint64_t dropped = 0;

    (void)state;
    take(1, 1, 4, 1);
    imp = take(1, 1, 4, 2);
    assert_int_equal(number("SELECT COUNT(*) FROM import_before"), 8);
    assert_int_equal(import_undo_prune(db, clock_now() - DAY, &dropped), RC_OK);
    assert_int_equal(dropped, 0);
    assert_int_equal(prune_all(), 10);
    assert_int_equal(import_undo_begin(db, imp.id, "anna", &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "no longer kept"));
}

static struct import replay(uint64_t id)
{
    struct import again;
    struct error err = { "" };

    if (import_replay(db, id, "anna", &again, &err))
        fail_msg("%s", err.text);
    return again;
}

static void an_undone_import_that_is_taken_again_can_be_undone_however_old_it_is(void **state)
{
    struct import imp = take(1, 1, 4, 1), again;
    struct partner_row rows[4];

    (void)state;
    undo(imp.id);
    assert_int_equal(prune_all(), 0); /* it says now that nothing is kept */
    again = replay(imp.id);
    for (unsigned i = 0; i < 4; i++)
        rows[i] = row_of(i + 1, 1);
    apply(&again, rows, 4, 4);
    undo(imp.id);
    assert_int_equal(number("SELECT COUNT(*) FROM customer"), 0);
}

static void one_that_is_taken_again_with_its_first_run_forgotten_cannot_be_undone(void **state)
{
    struct import imp = take(1, 1, 4, 1);
    struct error err = { "" };

    (void)state;
    assert_int_equal(prune_all(), 1);
    imp = replay(imp.id);
    apply(&imp, NULL, 0, 4);
    assert_int_equal(import_undo_begin(db, imp.id, "anna", &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "no longer kept"));
}

/* A chunk of an import that is not over yet. */
static void apply_chunk(struct import *imp, unsigned from, unsigned to, bool ahead)
{
    struct import_apply *apply = import_apply_new(&(struct import_rules){
        .create_categories = true, .create_sources = true, .create_ranges = true });
    struct partner_row rows[8];
    const struct import_chunk chunk = {
        .rows = rows, .n_rows = to - from + 1, .next_row = to + 1, .first_row = from, .ahead = ahead
    };

    for (unsigned i = from; i <= to; i++)
        rows[i - from] = row_of(i, 1);
    assert_int_equal(import_apply_chunk(db, apply, imp, &chunk), RC_OK);
    import_apply_free(apply);
}

static void what_was_applied_ahead_stays_known_while_the_import_is_under_way(void **state)
{
    struct import imp = begin(1), again;

    (void)state;
    assert_int_equal(import_checked(db, &imp, 8), RC_OK);
    apply_chunk(&imp, 5, 8, true);
    assert_int_equal(import_failed(db, &imp, "rows 1 to 4 could not be stored"), RC_OK);
    testdb_sql("UPDATE import SET can_undo = FALSE");
    again = imp;
    again.state = IMPORT_CHECKING;
    assert_int_equal(import_begin(db, &again), RC_OK);
    assert_int_equal(prune_all(), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM import_chunk"), 1);
}

static void rows_applied_ahead_of_a_failure_are_counted_when_it_is_dropped_again(void **state)
{
    struct import imp = begin(1), again;
    uint64_t first = 0, next = 0;

    (void)state;
    assert_int_equal(import_checked(db, &imp, 8), RC_OK);
    apply_chunk(&imp, 5, 8, true);
    assert_int_equal(import_failed(db, &imp, "rows 1 to 4 could not be stored"), RC_OK);
    again = imp;
    again.state = IMPORT_CHECKING;
    assert_int_equal(import_begin(db, &again), RC_OK);
    assert_int_equal(again.rows_taken, 4);
    assert_int_equal(import_checked(db, &again, 8), RC_OK);
    apply_chunk(&again, 1, 4, false);
    assert_int_equal(import_ahead(db, &again, &first, &next), RC_OK);
    assert_int_equal(again.next_row, 9);
    assert_int_equal(again.rows_taken, 8);
    assert_int_equal(number("SELECT rows_taken FROM import"), 8);
}

static void too_many_faults_are_not_undone_when_nothing_is_kept_to_do_it(void **state)
{
    struct import imp = begin(1);

    (void)state;
    assert_int_equal(import_checked(db, &imp, 8), RC_OK);
    apply_chunk(&imp, 1, 4, false);
    testdb_sql("UPDATE import SET can_undo = FALSE");
    assert_int_equal(import_undo_refused(db, &imp, "9 of 10 rows are faulty"), RC_OK);
    assert_int_equal(imp.state, IMPORT_FAILED);
    assert_non_null(strstr(imp.reason, "9 of 10 rows are faulty: the rest of the file"));
    assert_int_equal(number("SELECT COUNT(*) FROM import WHERE state = 'failed'"
                            " AND next_row = 5 AND rows_taken = 4"),
                     1);
}

static void what_a_file_said_of_a_customer_who_is_kept_is_heard_again(void **state)
{
    struct import imp;

    (void)state;
    take(1, 1, 2, 1);
    imp = take(1, 1, 2, 2);                                                      /* they agree */
    testdb_sql("UPDATE customer SET updated_at = NOW(6), company = 'Petit SA'"); /* by others */
    undo(imp.id);
    assert_int_equal(counted(&imp, "customer_changed_since"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM consent_current"), 0);
    take(1, 1, 2, 2); /* the corrected file still says so */
    assert_int_equal(number("SELECT COUNT(*) FROM consent_current WHERE state = 'granted'"), 2);
}

static uint64_t customer(const char *number)
{
    uint64_t id = 0;

    assert_int_equal(db_query_u64(db,
                                  "SELECT customer_id FROM customer_ref WHERE customer_number = ?",
                                  DB_IN(db_text(number)), &id),
                     RC_OK);
    return id;
}

/* Returns who is gone. */
static uint64_t merge(const char *keep, const char *gone)
{
    const uint64_t id = customer(gone);
    struct error err = { "" };

    if (customer_merge(db, customer(keep), id, "anna", &err))
        fail_msg("%s", err.text);
    testdb_sql("UPDATE customer_merged SET step = 'waiting'"); /* there was little to be moved */
    return id;
}

/* So that somebody put together has the address that they agreed to. */
static void share_the_phone(void)
{
    testdb_sql("UPDATE contact_point SET address = '+33612345678' WHERE channel = 'sms'");
}

static void a_grant_that_a_merge_passed_on_is_taken_back_where_it_went(void **state)
{
    struct import imp;

    (void)state;
    take(1, 1, 2, 1);
    imp = take(1, 3, 4, 2);
    share_the_phone();
    merge("C2", "C3"); /* C3 agreed, C2 did not */
    merge("C1", "C2"); /* and so it goes on */
    assert_int_equal(number("SELECT COUNT(*) FROM consent_current k JOIN customer_ref r"
                            " USING (customer_id) WHERE customer_number = 'C1'"),
                     1);
    undo(imp.id);
    assert_int_equal(number("SELECT COUNT(*) FROM consent_current"), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM customer WHERE sms_standing = 'no_consent'"), 1);
    assert_int_equal(counted(&imp, "consents_taken_back"), 2);
    assert_int_equal(counted(&imp, "customer_merged"), 1);
    assert_int_equal(counted(&imp, "customers_removed"), 1);
}

static void a_grant_of_their_own_stays_with_whom_others_were_put_to(void **state)
{
    struct import imp;

    (void)state;
    take(1, 1, 1, 2); /* agrees */
    imp = take(1, 2, 2, 2);
    share_the_phone();
    merge("C1", "C2");
    undo(imp.id);
    assert_int_equal(number("SELECT COUNT(*) FROM consent_current WHERE state = 'granted'"), 1);
    assert_int_equal(counted(&imp, "consents_taken_back"), 0);
    assert_int_equal(counted(&imp, "customer_merged"), 1);
}

static void a_grant_that_was_undone_does_not_come_back_with_who_is_taken_apart(void **state)
{
    struct import imp;
    struct error err = { "" };
    uint64_t keep = 0, gone;

    (void)state;
    take(1, 1, 1, 1);
    imp = take(1, 2, 2, 2);
    share_the_phone();
    gone = merge("C1", "C2");
    undo(imp.id);
    if (customer_unmerge(db, gone, "anna", &keep, &err))
        fail_msg("%s", err.text);
    assert_int_equal(number("SELECT COUNT(*) FROM customer"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM consent_current WHERE state = 'granted'"), 0);
}

static void a_dry_run_tells_what_several_chunks_of_consents_would_come_to(void **state)
{
    struct import imp = take(1, 1, 10, 2);
    struct import_undo_count list[IMPORT_UNDO_COUNTS_MAX];
    struct import_undo_trial trial = { .chunks = 10 };
    size_t n = IMPORT_UNDO_COUNTS_MAX;
    struct error err = { "" };
    char *before = picture(), *after;

    (void)state;
    if (import_undo_try(db, imp.id, &trial, list, &n, &err))
        fail_msg("%s", err.text);
    assert_false(trial.cut);
    assert_int_equal(trial.rows, 10);
    assert_string_equal(list[n - 1].what, "consents_taken_back");
    assert_int_equal(list[n - 1].n, 10);
    after = picture();
    assert_string_equal(after, before);
    free(before);
    free(after);
}

static void a_dry_run_of_just_all_chunks_is_not_cut(void **state)
{
    struct import imp = take(1, 1, 10, 2);
    struct import_undo_count list[IMPORT_UNDO_COUNTS_MAX];
    struct import_undo_trial all = { .chunks = 3 }, most = { .chunks = 2 }; /* of 4 rows */
    size_t n = IMPORT_UNDO_COUNTS_MAX;
    struct error err = { "" };

    (void)state;
    if (import_undo_try(db, imp.id, &all, list, &n, &err))
        fail_msg("%s", err.text);
    assert_int_equal(all.rows, 10);
    assert_false(all.cut);
    n = IMPORT_UNDO_COUNTS_MAX;
    if (import_undo_try(db, imp.id, &most, list, &n, &err))
        fail_msg("%s", err.text);
    assert_int_equal(most.rows, 6);
    assert_true(most.cut);
}

static void who_asked_is_noted_with_it_or_nothing_is_done(void **state)
{
    struct import imp = take(1, 1, 2, 1), again;
    struct error err = { "" };

    (void)state;
    testdb_sql("CREATE TRIGGER fails BEFORE INSERT ON audit_entry FOR EACH ROW"
               " SIGNAL SQLSTATE '45000'");
    assert_int_not_equal(import_undo_begin(db, imp.id, "anna", &err), RC_OK);
    assert_int_not_equal(import_replay(db, imp.id, "anna", &again, &err), RC_OK);
    testdb_sql("DROP TRIGGER fails");
    assert_int_equal(number("SELECT COUNT(*) FROM import WHERE state = 'done' AND run = 1"), 1);
    undo(imp.id);
    replay(imp.id);
    assert_int_equal(number("SELECT COUNT(*) FROM audit_entry WHERE who = 'anna'"
                            " AND verb IN ('undo', 'replay') AND subject = 'import'"),
                     2);
}

/* As when another node undoes the import that made them, after the look-up. */
static void an_order_is_not_written_for_a_customer_who_is_just_gone(void **state)
{
    struct import_apply *apply = import_apply_new(&(struct import_rules){
        .create_categories = true, .create_sources = true, .create_ranges = true });
    struct partner_row rows[2] = { row_of(1, 1), row_of(1, 1) };
    const struct import_chunk chunk = { .rows = rows, .n_rows = 2, .next_row = 3 };
    struct import imp;

    (void)state;
    take(1, 1, 2, 1);
    imp = begin(1);
    rows[0].goods = "autre chose";
    rows[1].order_number = "A9";
    rows[1].row_no = 2;
    assert_int_equal(import_checked(db, &imp, 2), RC_OK);
    testdb_sql("CREATE TRIGGER gone BEFORE INSERT ON import_before FOR EACH ROW"
               " DELETE FROM customer WHERE id = (SELECT MIN(customer_id) FROM customer_ref)");
    assert_int_equal(import_apply_chunk(db, apply, &imp, &chunk), RC_CONFLICT);
    testdb_sql("DROP TRIGGER gone");
    assert_int_equal(number("SELECT COUNT(*) FROM customer_order"), 2);
    assert_int_equal(import_apply_chunk(db, apply, &imp, &chunk), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM customer_order o"
                            " JOIN customer c ON c.id = o.customer_id"),
                     3);
    import_apply_free(apply);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_undone_import_leaves_the_database_as_it_was),
        TEST(the_ledger_says_that_the_grants_were_taken_back),
        TEST(a_row_that_changed_twice_in_one_file_comes_back_to_its_first_state),
        TEST(what_another_import_changed_since_is_left_and_counted),
        TEST(a_customer_who_had_a_message_is_kept_without_the_order),
        TEST(with_a_customer_goes_what_was_planned_with_them),
        TEST(a_customer_whom_people_called_or_are_to_call_is_kept),
        TEST(a_withdrawal_is_never_undone),
        TEST(only_what_is_over_can_be_undone_and_only_once),
        TEST(an_import_is_taken_again_after_it_was_undone),
        TEST(one_that_was_taken_twice_is_undone_as_a_whole),
        TEST(a_grant_that_was_undone_does_not_come_back_with_who_is_taken_apart),
        TEST(what_undoing_needs_is_dropped_in_time),
        TEST(an_undone_import_that_is_taken_again_can_be_undone_however_old_it_is),
        TEST(one_that_is_taken_again_with_its_first_run_forgotten_cannot_be_undone),
        TEST(what_was_applied_ahead_stays_known_while_the_import_is_under_way),
        TEST(rows_applied_ahead_of_a_failure_are_counted_when_it_is_dropped_again),
        TEST(too_many_faults_are_not_undone_when_nothing_is_kept_to_do_it),
        TEST(what_a_file_said_of_a_customer_who_is_kept_is_heard_again),
        TEST(a_grant_that_a_merge_passed_on_is_taken_back_where_it_went),
        TEST(a_grant_of_their_own_stays_with_whom_others_were_put_to),
        TEST(a_dry_run_tells_what_several_chunks_of_consents_would_come_to),
        TEST(a_dry_run_of_just_all_chunks_is_not_cut),
        TEST(who_asked_is_noted_with_it_or_nothing_is_done),
        TEST(an_order_is_not_written_for_a_customer_who_is_just_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
