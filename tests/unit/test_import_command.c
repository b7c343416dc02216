/* test_import_command.c - an import is paused, goes on, or ends, as a person wants it; and what of
 * a file is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "store/db.h"
#include "store/import_command.h"
#include "store/import_known.h"
#include "store/partner_query.h"
#include "store/row_hash.h"
#include "tests/support/testdb.h"

static struct db *db;
static struct import imp;

static int set_up(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    imp = (struct import){ .file_name = "orders.csv", .bytes = 10, .received_at = clock_now() };
    assert_int_equal(import_partner(db, "shop", "The shop", &imp.partner_id), RC_OK);
    assert_int_equal(import_new_id(db, &imp.id), RC_OK);
    assert_int_equal(import_begin(db, &imp), RC_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

static enum import_wish wish(void)
{
    enum import_wish w = IMPORT_CANCEL;
    char who[65];

    assert_int_equal(import_wish_read(db, &imp, &w, who), RC_OK);
    return w;
}

static uint64_t number(const char *sql)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

static void what_is_asked_for_is_what_is_wanted(void **state)
{
    struct error err = { "" };

    (void)state;
    assert_int_equal(wish(), IMPORT_GO_ON);
    assert_int_equal(import_pause(db, imp.id, "anne", &err), RC_OK);
    assert_int_equal(wish(), IMPORT_PAUSE);
    assert_int_equal(import_resume(db, imp.id, "anne", &err), RC_OK);
    assert_int_equal(wish(), IMPORT_GO_ON);
    assert_int_equal(import_pause(db, imp.id, "anne", &err), RC_OK);
    assert_int_equal(import_cancel(db, imp.id, "paul", &err), RC_OK);
    assert_int_equal(wish(), IMPORT_CANCEL);
    assert_int_equal(number("SELECT COUNT(*) FROM audit_entry WHERE subject = 'import'"), 4);
}

static void what_cannot_be_asked_for_now_is_refused_with_a_reason(void **state)
{
    struct error err = { "" };

    (void)state;
    assert_int_equal(import_pause(db, 1u << 30, "anne", &err), RC_NOTFOUND);
    assert_int_equal(import_resume(db, imp.id, "anne", &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "going on already"));
    assert_int_equal(import_pause(db, imp.id, "anne", &err), RC_OK);
    assert_int_equal(import_pause(db, imp.id, "anne", &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "paused already"));
    assert_int_equal(import_cancel(db, imp.id, "anne", &err), RC_OK);
    assert_int_equal(import_cancel(db, imp.id, "anne", &err), RC_CONFLICT);
    assert_int_equal(import_pause(db, imp.id, "anne", &err), RC_CONFLICT);
    assert_int_equal(import_failed(db, &imp, "enough"), RC_OK);
    assert_int_equal(import_pause(db, imp.id, "anne", &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "is failed"));
    assert_int_equal(number("SELECT COUNT(*) FROM audit_entry WHERE subject = 'import'"), 2);
}

static void a_wish_ends_with_the_import_that_it_was_for(void **state)
{
    struct error err = { "" };

    (void)state;
    assert_int_equal(import_cancel(db, imp.id, "anne", &err), RC_OK);
    assert_int_equal(import_failed(db, &imp, "cancelled"), RC_OK);
    imp.received_at = clock_now();
    imp.state = IMPORT_CHECKING;
    imp.finished_at = 0;
    assert_int_equal(import_begin(db, &imp), RC_OK); /* the same content, dropped again */
    assert_int_equal(wish(), IMPORT_GO_ON);
    assert_int_equal(import_pause(db, imp.id, "anne", &err), RC_OK);
    assert_int_equal(wish(), IMPORT_PAUSE);
}

static void what_was_wanted_is_forgotten_once_it_is_over(void **state)
{
    struct error err = { "" };

    (void)state;
    assert_int_equal(import_cancel(db, imp.id, "anne", &err), RC_OK);
    assert_int_equal(import_wish_forget(db, imp.id), RC_OK);
    assert_int_equal(wish(), IMPORT_CANCEL); /* it is under way */
    assert_int_equal(import_failed(db, &imp, "cancelled"), RC_OK);
    assert_int_equal(import_wish_forget(db, imp.id), RC_OK);
    assert_int_equal(wish(), IMPORT_GO_ON);
}

/* --- what is known --- */

static void add_customer(unsigned id, const char *hash)
{
    char sql[400];

    snprintf(sql, sizeof(sql),
             "INSERT INTO customer (id, created_at, updated_at) VALUES (%u, NOW(6), NOW(6))", id);
    testdb_sql(sql);
    snprintf(sql, sizeof(sql),
             "INSERT INTO customer_ref (partner_id, customer_number, customer_id, content_hash)"
             "VALUES (%u, 'C-%u', %u, UNHEX('%s'))",
             imp.partner_id, id, id, hash);
    testdb_sql(sql);
}

static void known_and_unchanged_are_counted(void **state)
{
    struct import_known known;

    (void)state;
    add_customer(1, "000102030405060708090a0b0c0d0e0f");
    add_customer(2, "000102030405060708090a0b0c0d0e0f");
    assert_int_equal(import_known_customers(db, "shop",
                                            "[[\"C-1\",\"000102030405060708090a0b0c0d0e0f\"],"
                                            "[\"C-2\",\"ff0102030405060708090a0b0c0d0e0f\"],"
                                            "[\"C-3\",\"000102030405060708090a0b0c0d0e0f\"]]",
                                            &known),
                     RC_OK);
    assert_int_equal(known.known, 2);
    assert_int_equal(known.unchanged, 1);
    assert_int_equal(known.erased, 0);
    testdb_sql("UPDATE customer SET erased_at = NOW(6) WHERE id = 2");
    assert_int_equal(
        import_known_customers(db, "shop", "[[\"C-1\",\"00\"],[\"C-2\",\"00\"]]", &known), RC_OK);
    assert_int_equal(known.erased, 1);
    assert_int_equal(import_known_invoices(db, "shop", "[[\"F-1\",\"00\"]]", &known), RC_OK);
    assert_int_equal(known.known, 0);
    assert_int_equal(import_known_customers(db, "nobody", "[[\"C-1\",\"00\"]]", &known), RC_OK);
    assert_int_equal(known.known, 0);
    assert_int_equal(import_known_orders(db, "shop", "[]", &known), RC_OK);
    assert_int_equal(known.known, 0);
}

/* --- partners --- */

static void take_files(void *arg, const struct partner_files *files)
{
    *(struct partner_files *)arg = *files;
}

static void the_last_file_and_the_day_are_told(void **state)
{
    struct partner_files files = { 0 };

    (void)state;
    assert_int_equal(partner_files_read(db, "shop", imp.received_at, take_files, &files), RC_OK);
    assert_string_equal(files.code, "shop");
    assert_int_equal(files.imports, 1);
    assert_int_equal(files.under_way, 1);
    assert_int_equal(files.last.id, imp.id);
    assert_int_equal(import_failed(db, &imp, "no"), RC_OK);
    assert_int_equal(partner_files_read(db, "", imp.received_at, take_files, &files), RC_OK);
    assert_int_equal(files.failed, 1);
    assert_int_equal(files.under_way, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_asked_for_is_what_is_wanted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_asked_for_now_is_refused_with_a_reason,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_wish_ends_with_the_import_that_it_was_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_was_wanted_is_forgotten_once_it_is_over, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(known_and_unchanged_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_file_and_the_day_are_told, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
