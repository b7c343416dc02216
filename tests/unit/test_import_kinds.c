/* test_import_kinds.c - statuses, products, invoices, payments and suppression lists of partners,
 * on a real database. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/db.h"
#include "store/import_keys.h"
#include "store/import_undo.h"
#include "store/suppression.h"
#include "store/suppression_listing.h"
#include "store/timed_id.h"
#include "tests/support/import_rig.h"
#include "tests/support/testdb.h"

#define number import_rig_number
#define word   import_rig_text

#define STATUSES "order_number;status;at;place;note\n"
#define PRODUCTS "code;label;product_range;price;currency;valid_from;valid_to;withdrawn\n"
#define INVOICES \
    "invoice_number;customer_number;order_number;issued_on;due_on;amount;currency;state\n"
#define PAYMENTS     "invoice_number;paid_on;amount;currency;reference\n"
#define SUPPRESSIONS "phone;email;reason;until\n"

/* Two customers with an order each, A-55 of C-1001 and A-56 of C-1002. */
static void orders(void)
{
    import_rig_take_sample("orders.csv");
    assert_rows(2, 0, 0);
}

static void take(const char *profile, const char *rows)
{
    import_rig_use(profile);
    import_rig_take(rows);
}

/* --- statuses --- */

static const char STATUS_OF_A55[] = "SELECT CONCAT_WS(' ', status, status_at) FROM customer_order"
                                    " WHERE order_number = 'A-55'";

static void an_order_moves_on_and_keeps_its_history(void **state)
{
    (void)state;
    orders();
    import_rig_take_sample("statuses.csv");
    assert_rows(3, 0, 0);
    assert_string_equal(word(STATUS_OF_A55), "delivered 2025-11-25 09:42:00.000000");
    assert_int_equal(number("SELECT COUNT(*) FROM customer_order"
                            " WHERE order_number = 'A-55' AND delivered_at IS NOT NULL"),
                     1);
    assert_string_equal(word("SELECT GROUP_CONCAT(e.status, ' ', e.at, ' ', e.place, ' ', e.note,"
                             "                    ' ', COALESCE(e.was, '-') ORDER BY e.id)"
                             "  FROM order_event e JOIN customer_order o ON o.id = e.order_id"
                             " WHERE o.order_number = 'A-55' AND e.partner_id = o.partner_id"),
                        "out 2025-11-25 07:10:00.000000 Lyon  planned,"
                        "delivered 2025-11-25 09:42:00.000000 Lyon remis au voisin out");
}

/* A shop that drops its orders again, with other goods, does not know what became of them. */
static void an_order_that_comes_again_keeps_what_became_of_it(void **state)
{
    static const char head[] = "customer_number;order_number;goods;status\n";
    char rows[200];

    (void)state;
    orders();
    import_rig_take_sample("statuses.csv");
    snprintf(rows, sizeof(rows), "%sC-1001;A-55;3 pneus;prévue\n", head);
    take("csv", rows);
    assert_rows(1, 0, 0);
    assert_string_equal(word(STATUS_OF_A55), "delivered 2025-11-25 09:42:00.000000");
    assert_string_equal(word("SELECT goods FROM customer_order WHERE order_number = 'A-55'"),
                        "3 pneus");
    snprintf(rows, sizeof(rows), "%sC-1001;A-55;3 pneus;absent\n", head);
    take("csv", rows);
    assert_string_equal(word(STATUS_OF_A55), "missed");
    snprintf(rows, sizeof(rows), "%sC-1001;A-55;4 pneus;prévue\n", head);
    take("csv", rows);
    assert_string_equal(word(STATUS_OF_A55), "planned");
}

static void statuses_that_come_again_change_nothing(void **state)
{
    (void)state;
    orders();
    import_rig_take_sample("statuses.csv");
    take("csv.statuses", STATUSES "A-55;livrée;25/11/2025 10:42;Lyon;remis au voisin\n"
                                  "A-55;en livraison;25/11/2025 08:10;Lyon;\n"
                                  "A-56;absent;;Bruxelles;avis de passage\n"
                                  "A-56;livrée;26/11/2025 09:00;;\n"
                                  "A-56;livrée;26/11/2025 09:00;;\n");
    assert_rows(1, 4, 0);
    assert_int_equal(number("SELECT COUNT(*) FROM order_event"), 4);
}

/* Neither the same list taken again nor one that has grown, also across chunks of ten rows. */
static void statuses_without_a_time_are_news_once(void **state)
{
    static const char rows[] = STATUSES "A-55;en livraison;;Lyon;\nA-55;livrée;;Lyon;\n";
    char grown[2000];

    (void)state;
    orders();
    take("csv.statuses", rows);
    assert_rows(2, 0, 0);
    import_rig_replay();
    assert_rows(0, 2, 0);
    snprintf(grown, sizeof(grown), "%s", STATUSES "A-55;en livraison;;Lyon;\n");
    for (int i = 0; i < 12; i++)
        strcat(grown, "A-56;en livraison;;Bruxelles;\n");
    strcat(grown, "A-55;livrée;;Lyon;\n");
    take("csv.statuses", grown);
    assert_rows(1, 13, 0);
    assert_string_equal(word("SELECT GROUP_CONCAT(status ORDER BY order_number)"
                             "  FROM customer_order"),
                        "delivered,out");
    assert_int_equal(number("SELECT COUNT(*) FROM order_event"), 3);
}

static void a_file_that_comes_late_fills_the_history_and_moves_nothing(void **state)
{
    (void)state;
    orders();
    take("csv.statuses", STATUSES "A-55;livrée;25/11/2025 10:42;;\n");
    take("csv.statuses", STATUSES "A-55;en livraison;25/11/2025 08:10;;\n");
    assert_rows(1, 0, 0);
    assert_string_equal(word(STATUS_OF_A55), "delivered 2025-11-25 09:42:00.000000");
    assert_int_equal(number("SELECT COUNT(*) FROM order_event WHERE was IS NULL"), 1);
}

static void of_two_statuses_of_one_day_the_later_in_an_orders_life_counts(void **state)
{
    (void)state;
    orders();
    take("csv.statuses", STATUSES "A-55;livrée;25/11/2025;;\n"
                                  "A-55;en livraison;25/11/2025;;\n");
    assert_rows(2, 0, 0);
    assert_string_equal(word(STATUS_OF_A55), "delivered 2025-11-24 23:00:00.000000");
}

static void a_status_of_an_unknown_order_is_refused(void **state)
{
    (void)state;
    orders();
    take("csv.statuses", STATUSES "A-99;livrée;;;\nA-55;livrée;;;\n");
    assert_rows(1, 0, 1);
    assert_refused("order_number", "unknown_order");
}

static void a_carrier_tells_of_a_shops_orders(void **state)
{
    (void)state;
    orders();
    import_rig_use("xml.statuses"); /* another partner than csv */
    import_rig_profile->rules.orders_of = "csv";
    import_rig_take("<statuses xmlns='urn:relais:statuses:1'>"
                    "<status order='A-55' is='out'/><status order='A-57' is='out'/></statuses>");
    assert_rows(1, 0, 1);
    assert_int_equal(number("SELECT COUNT(*) FROM customer_order o JOIN partner p"
                            "  ON p.id = o.partner_id WHERE p.code = 'csv' AND status = 'out'"),
                     1);
    import_rig_use("xml.statuses");
    import_rig_profile->rules.orders_of = "nobody";
    import_rig_take("<statuses xmlns='urn:relais:statuses:1'>"
                    "<status order='A-55' is='delivered'/></statuses>");
    assert_rows(0, 0, 1);
    assert_refused("order_number", "unknown_order");
}

static void a_status_is_news_for_occasions_unless_it_is_old(void **state)
{
    (void)state;
    orders();
    testdb_sql("INSERT INTO occasion (id, name, kind, state, audience, template_id,"
               " template_version, body, sender, expires_s, created_at, updated_at, since)"
               "VALUES (1, 'done', 'delivery_done', 'on', '', 1, 1, 'x', 'x', 14400,"
               " '2025-01-01', '2025-01-01', '2025-01-01')");
    take("csv.statuses", STATUSES "A-55;livrée;20/11/2025 10:42;;\n"
                                  "A-56;livrée;26/11/2025 12:42;;\n");
    assert_string_equal(word("SELECT GROUP_CONCAT(o.order_number) FROM occasion_event e"
                             "  JOIN customer_order o ON o.id = e.subject_id"),
                        "A-56");
}

static uint64_t contact_news(void)
{
    const uint64_t n = number("SELECT COUNT(*) FROM contact_news");

    testdb_sql("DELETE FROM contact_news");
    return n;
}

static void what_partners_tell_is_news_for_lists_of_contacts_while_a_policy_is_on(void **state)
{
    (void)state;
    orders();
    take("csv.statuses", STATUSES "A-55;livrée;20/11/2025 10:42;;\n");
    assert_int_equal(contact_news(), 0);
    testdb_sql("INSERT INTO contact_policy (category_id, team_id, created_at, updated_at)"
               "VALUES (0, 1, '2025-01-01', '2025-01-01')");
    take("csv.statuses", STATUSES "A-56;livrée;26/11/2025 12:42;;\n");
    assert_int_equal(contact_news(), 1);
    take("csv.invoices", INVOICES "F-1;C-1001;;01/11/2025;01/12/2025;49,90;EUR;\n"
                                  "F-2;C-1002;;01/11/2025;01/12/2025;49,90;EUR;\n");
    assert_int_equal(contact_news(), 2);
    take("csv.payments", PAYMENTS "F-2;20/11/2025;49,90;EUR;VIR 1\n");
    assert_int_equal(number("SELECT COUNT(*) FROM contact_news n JOIN invoice i USING (customer_id)"
                            " WHERE i.number = 'F-2'"),
                     1);
    assert_int_equal(contact_news(), 1);
    take("csv.payments", PAYMENTS "F-2;20/11/2025;49,90;EUR;VIR 1\n"); /* the same again */
    assert_int_equal(contact_news(), 0);
}

static void an_order_of_an_erased_customer_is_told_nothing_of(void **state)
{
    (void)state;
    orders();
    testdb_sql("UPDATE customer SET erased_at = '2025-11-26'");
    take("csv.statuses", STATUSES "A-55;livrée;;;\n");
    assert_rows(0, 0, 1);
    assert_refused("order_number", "erased");
}

/* What a chunk leaves over would say that the next one is older than it is. */
static void ids_that_carry_a_time_are_new_ones_for_each_chunk(void **state)
{
    struct id_shelf shelf = { 0, 0 };

    (void)state;
    assert_int_equal(id_shelf_fill(import_rig_db, &shelf, "order_event", 10, true), RC_OK);
    clock_shift(60 * USEC_PER_SEC);
    assert_int_equal(id_shelf_fill(import_rig_db, &shelf, "order_event", 10, true), RC_OK);
    assert_true(timed_id_time(shelf.next) >= IMPORT_RIG_NOW + 60 * USEC_PER_SEC);
}

/* --- products --- */

static const char PRICES[] =
    "SELECT GROUP_CONCAT(p.code, ' ', q.cents, ' ', q.currency, ' ', q.valid_from, ' ',"
    "                    COALESCE(q.valid_to, '-') ORDER BY p.code, q.valid_from)"
    "  FROM product p JOIN product_price q ON q.product_id = p.id";

static void products_have_prices_by_day_and_a_range(void **state)
{
    (void)state;
    import_rig_take_sample("products.csv");
    assert_rows(4, 0, 0);
    assert_string_equal(word(PRICES), "P-205 8990 EUR 2025-11-01 2025-12-31,"
                                      "P-205 7990 EUR 2026-01-01 -,P-900 2400 EUR 2025-01-01 -");
    assert_string_equal(word("SELECT GROUP_CONCAT(p.code, ' ', p.label, ' ', r.code, ' ',"
                             "       p.withdrawn_at IS NOT NULL ORDER BY p.code)"
                             "  FROM product p LEFT JOIN product_range r"
                             "    ON r.id = p.product_range_id"),
                        "P-100 Chaînes outils 1,P-205 Pneu hiver 205/55 R16 pneus 0,"
                        "P-900 Cric 2 t outils 0");
}

static void products_that_come_again_change_nothing(void **state)
{
    (void)state;
    import_rig_take_sample("products.csv");
    /* In another order, without what was said; P-205 has today's price. */
    take("csv.products", PRODUCTS "P-900;;;24,00;EUR;;;\nP-100;Chaînes;;;;;;\n"
                                  "P-205;;;89,90;EUR;;31/12/2025;\n"
                                  "P-205;;pneus;79,90;EUR;01/01/2026;;\n");
    assert_rows(0, 4, 0);
}

static void a_new_price_leaves_the_old_one(void **state)
{
    (void)state;
    take("csv.products", PRODUCTS "P-1;One;;10;EUR;01/06/2025;;\n");
    take("csv.products", PRODUCTS "P-1;;;12;EUR;;;\n");
    assert_rows(1, 0, 0);
    take("csv.products", PRODUCTS "P-1;;;12;EUR;;; \nP-1;;;13;CHF;01/06/2025;;\n"
                                  "P-1;;;11;EUR;01/06/2025;;\n");
    assert_rows(2, 1, 0);
    assert_string_equal(word(PRICES), "P-1 1100 EUR 2025-06-01 -,P-1 1300 CHF 2025-06-01 -,"
                                      "P-1 1200 EUR 2025-11-26 -");
    assert_int_equal(number("SELECT COUNT(*) FROM product WHERE label = 'One'"), 1);
}

static void a_withdrawn_product_may_come_back(void **state)
{
    (void)state;
    take("csv.products", PRODUCTS "P-1;One;;;;;;oui\n");
    assert_int_equal(number("SELECT COUNT(*) FROM product WHERE withdrawn_at IS NOT NULL"), 1);
    take("csv.products", PRODUCTS "P-1;Uno;;;;;;\n");
    assert_int_equal(number("SELECT COUNT(*) FROM product WHERE withdrawn_at IS NOT NULL"), 1);
    take("csv.products", PRODUCTS "P-1;;;;;;;non\nP-1;;;;;;;non\n");
    assert_rows(1, 1, 0);
    assert_int_equal(number("SELECT COUNT(*) FROM product"
                            " WHERE withdrawn_at IS NULL AND label = 'Uno'"),
                     1);
}

static void a_range_that_may_not_be_made_refuses_the_product(void **state)
{
    (void)state;
    import_rig_use("csv.products");
    import_rig_profile->create_ranges = false;
    import_rig_take(PRODUCTS "P-1;One;toys;;;;;\n");
    assert_rows(0, 0, 1);
    assert_refused("product_range", "unknown_code");
}

/* --- invoices --- */

static const char INVOICE_LIST[] =
    "SELECT GROUP_CONCAT(i.number, ' ', r.customer_number, ' ', COALESCE(o.order_number, '-'), ' ',"
    "       COALESCE(i.due_on, '-'), ' ', i.amount_cents, ' ', i.state, ' ',"
    "       IF(i.paid_at IS NULL, 'due', 'paid'), ' ',"
    "       IF(i.cancelled_at IS NULL, 'valid', 'void') ORDER BY i.number)"
    "  FROM invoice i JOIN customer_ref r ON r.customer_id = i.customer_id"
    "  LEFT JOIN customer_order o ON o.id = i.order_id";

static void invoices_find_their_customer_by_number_or_by_order(void **state)
{
    (void)state;
    orders();
    import_rig_take_sample("invoices.csv");
    assert_rows(3, 0, 0);
    assert_string_equal(word(INVOICE_LIST),
                        "F-2025-17 C-1001 A-55 2025-11-30 4990 open due valid,"
                        "F-2025-18 C-1002 A-56 2025-12-02 12000 open due valid,"
                        "F-2025-19 C-1002 - 2025-12-03 1500 cancelled due void");
}

static void an_invoice_changes_by_its_number(void **state)
{
    (void)state;
    orders();
    import_rig_take_sample("invoices.csv");
    take("csv.invoices", INVOICES "F-2025-17;C-1001;A-55;01/11/2025;30/11/2025;49,90;EUR;ouverte\n"
                                  "F-2025-18;;A-56;;15/12/2025;130,00;EUR;payée\n"
                                  "F-2025-19;C-1002;;;;15,00;EUR;ouverte\n"
                                  "F-2025-20;C-1002;;;;0;EUR;\n");
    assert_rows(3, 1, 0);
    assert_string_equal(word(INVOICE_LIST),
                        "F-2025-17 C-1001 A-55 2025-11-30 4990 open due valid,"
                        "F-2025-18 C-1002 A-56 2025-12-15 13000 paid paid valid,"
                        "F-2025-19 C-1002 - 2025-12-03 1500 open due valid,"
                        "F-2025-20 C-1002 - - 0 open paid valid");
}

static void an_invoice_of_nobody_known_is_refused(void **state)
{
    (void)state;
    orders();
    take("csv.invoices", INVOICES "F-1;C-9;;;;1;EUR;\n");
    assert_refused("customer_number", "unknown_customer");
    take("csv.invoices", INVOICES "F-2;;A-99;;;1;EUR;\n");
    assert_refused("order_number", "unknown_order");
    take("csv.invoices", INVOICES "F-3;C-1001;A-99;;;1;EUR;\n");
    assert_refused("order_number", "unknown_order");
    take("csv.invoices", INVOICES "F-4;;;;;1;EUR;\n");
    assert_refused("customer_number", "missing");
    assert_int_equal(number("SELECT COUNT(*) FROM invoice"), 0);
}

static void an_order_that_is_not_known_may_be_left_out_of_an_invoice(void **state)
{
    (void)state;
    orders();
    import_rig_use("csv.invoices");
    import_rig_profile->rules.fields[FIELD_ORDER_NUMBER].ignore_faulty = true;
    import_rig_take(INVOICES "F-1;C-1001;A-99;;;1;EUR;\nF-2;;A-99;;;1;EUR;\n");
    assert_rows(1, 0, 1);
    assert_refused("order_number", "unknown_order");
}

/* --- payments --- */

static const char PAID[] =
    "SELECT GROUP_CONCAT(number, ' ', paid_cents, ' ', IF(paid_at IS NULL, 'due', 'paid')"
    "                    ORDER BY number)"
    "  FROM invoice";

static void invoices(void)
{
    orders();
    import_rig_take_sample("invoices.csv");
}

static void payments_are_summed_up_until_nothing_is_due(void **state)
{
    (void)state;
    invoices();
    import_rig_take_sample("payments.csv");
    assert_rows(3, 0, 0);
    assert_string_equal(word(PAID), "F-2025-17 4990 paid,F-2025-18 5000 due,F-2025-19 0 due");
    take("csv.payments", PAYMENTS "F-2025-18;26/11/2025;70,00;EUR;\n"
                                  "F-2025-18;26/11/2025;5,00;EUR;\n");
    assert_string_equal(word(PAID), "F-2025-17 4990 paid,F-2025-18 12500 paid,F-2025-19 0 due");
    take("csv.payments", PAYMENTS "F-2025-17;26/11/2025;-29,90;EUR;\n");
    assert_string_equal(word(PAID), "F-2025-17 2000 due,F-2025-18 12500 paid,F-2025-19 0 due");
}

static void an_invoice_that_comes_again_as_open_stays_paid_by_its_payments(void **state)
{
    (void)state;
    invoices();
    import_rig_take_sample("payments.csv");
    take("csv.invoices", INVOICES "F-2025-17;C-1001;;;01/12/2025;49,90;EUR;ouverte\n");
    assert_int_equal(number("SELECT COUNT(*) FROM invoice"
                            " WHERE number = 'F-2025-17' AND paid_at IS NOT NULL"),
                     1);
    take("csv.invoices", INVOICES "F-2025-17;C-1001;;;01/12/2025;60,00;EUR;ouverte\n");
    assert_int_equal(number("SELECT COUNT(*) FROM invoice"
                            " WHERE number = 'F-2025-17' AND paid_at IS NULL"),
                     1);
}

static void a_payment_is_known_by_its_reference(void **state)
{
    (void)state;
    invoices();
    take("csv.payments", PAYMENTS "F-2025-17;20/11/2025;20,00;EUR;VIR 1\n"
                                  "F-2025-18;20/11/2025;20,00;EUR;VIR 1\n");
    assert_rows(2, 0, 0);
    take("csv.payments", PAYMENTS "F-2025-17;;20,00;EUR;VIR 1\n"
                                  "F-2025-18;21/11/2025;25,00;EUR;VIR 1\n"
                                  "F-2025-18;21/11/2025;25,00;EUR;VIR 1\n");
    assert_rows(1, 2, 0);
    assert_string_equal(word(PAID), "F-2025-17 2000 due,F-2025-18 2500 due,F-2025-19 0 due");
}

static void a_list_that_grows_counts_each_payment_once(void **state)
{
    (void)state;
    invoices();
    take("csv.payments", PAYMENTS "F-2025-18;20/11/2025;20,00;EUR;\n");
    take("csv.payments", PAYMENTS "F-2025-17;19/11/2025;5,00;EUR;\n"
                                  "F-2025-18;20/11/2025;20,00;EUR;\n"
                                  "F-2025-18;20/11/2025;20,00;EUR;\n");
    assert_rows(2, 1, 0);
    take("csv.payments", PAYMENTS "F-2025-18;20/11/2025;20,00;EUR;\n"
                                  "F-2025-18;20/11/2025;20,00;EUR;\n"
                                  "F-2025-17;19/11/2025;5,00;EUR;\n\n");
    assert_rows(0, 3, 0);
    assert_string_equal(word(PAID), "F-2025-17 500 due,F-2025-18 4000 due,F-2025-19 0 due");
}

/* The chunks of the rig have ten rows. */
static void payments_alike_are_told_apart_across_chunks(void **state)
{
    char rows[2000] = PAYMENTS;

    (void)state;
    invoices();
    for (int i = 0; i < 25; i++)
        strcat(rows, "F-2025-18;20/11/2025;1,00;EUR;\n");
    take("csv.payments", rows);
    assert_rows(25, 0, 0);
    strcat(rows, "F-2025-18;20/11/2025;1,00;EUR;\n");
    take("csv.payments", rows);
    assert_rows(1, 25, 0);
    assert_string_equal(word(PAID), "F-2025-17 0 due,F-2025-18 2600 due,F-2025-19 0 due");
}

static void payments_that_are_taken_again_are_the_same_ones(void **state)
{
    char rows[2000] = PAYMENTS;

    (void)state;
    invoices();
    for (int i = 0; i < 12; i++) /* two chunks */
        strcat(rows, "F-2025-18;20/11/2025;10,00;EUR;\n");
    take("csv.payments", rows);
    for (int i = 0; i < 2; i++) {
        import_rig_replay();
        assert_rows(0, 12, 0);
    }
    assert_string_equal(word(PAID), "F-2025-17 0 due,F-2025-18 12000 paid,F-2025-19 0 due");
}

static void a_payment_that_cannot_be_counted_is_refused(void **state)
{
    (void)state;
    invoices();
    take("csv.payments", PAYMENTS "F-9;;1;EUR;\n");
    assert_refused("invoice_number", "unknown_invoice");
    take("csv.payments", PAYMENTS "F-2025-17;;1;CHF;\n");
    assert_refused("currency", "other_currency");
    take("csv.payments", PAYMENTS "F-2025-17;;;EUR;\n");
    assert_refused("amount", "missing");
    testdb_sql("UPDATE customer SET erased_at = '2025-11-26'");
    take("csv.payments", PAYMENTS "F-2025-17;;1;EUR;\n");
    assert_refused("invoice_number", "erased");
    assert_int_equal(number("SELECT COUNT(*) FROM payment"), 0);
}

/* --- customers --- */

static void customers_come_without_orders_and_with_their_consents(void **state)
{
    (void)state;
    import_rig_take_sample("customers.csv");
    assert_rows(3, 0, 0);
    assert_int_equal(number("SELECT COUNT(*) FROM customer_order"), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM customer WHERE order_count = 0"), 3);
    assert_string_equal(word("SELECT wording FROM consent_event WHERE state = 'granted'"),
                        "Oui, je veux des offres (boutique)");
    assert_int_equal(number("SELECT COUNT(*) FROM consent_current WHERE state = 'withdrawn'"), 1);
    assert_string_equal(word("SELECT r.customer_number FROM customer c"
                             "  JOIN customer_ref r ON r.customer_id = c.id"
                             " WHERE c.do_not_contact"),
                        "C-1003");
    import_rig_take("customer_number;last_name;do_not_contact\nC-1001;Martin;oui\n");
    assert_int_equal(number("SELECT COUNT(*) FROM customer WHERE do_not_contact"), 2);
}

/* A task of source list for the customer of that number, who is under way in a plan, too. */
static void plan_contact(uint64_t id, const char *number)
{
    char sql[700];

    snprintf(sql, sizeof(sql),
             "INSERT INTO contact_task (id, customer_id, team_id, source, day, due_at, title,"
             "                          created_at, created_by)"
             " SELECT %llu, customer_id, 1, 'list', '2025-11-26', '2025-11-26', 'x', '2025-11-26',"
             "        't' FROM customer_ref WHERE customer_number = '%s'",
             (unsigned long long)id, number);
    testdb_sql(sql);
    snprintf(sql, sizeof(sql),
             "INSERT INTO contact_enrolment (id, plan_id, customer_id, version, started_at,"
             "                               created_at, created_by)"
             " SELECT %llu, 1, customer_id, 1, '2025-11-26', '2025-11-26', 't' FROM customer_ref"
             "  WHERE customer_number = '%s'",
             (unsigned long long)id, number);
    testdb_sql(sql);
}

static void whom_a_file_says_not_to_contact_is_not_called(void **state)
{
    (void)state;
    import_rig_take_sample("customers.csv");
    testdb_sql("INSERT INTO contact_policy (category_id, team_id, every_days, created_at,"
               "                            updated_at)"
               " VALUES (1, 1, 30, '2025-11-26', '2025-11-26')");
    plan_contact(1, "C-1001");
    plan_contact(2, "C-1002");
    import_rig_take("customer_number;last_name;do_not_contact\n"
                    "C-1002;Bernard;\nC-1001;Martin;oui\n");
    assert_int_equal(number("SELECT id FROM contact_task WHERE state = 'cancelled'"
                            "   AND why = 'do_not_contact'"),
                     1);
    assert_int_equal(number("SELECT id FROM contact_enrolment WHERE state = 'stopped'"
                            "   AND why = 'do_not_contact'"),
                     1);
    assert_int_equal(number("SELECT COUNT(*) FROM contact_news n"
                            "  JOIN contact_task t ON t.customer_id = n.customer_id"
                            " WHERE t.id = 1"),
                     1);
    assert_int_equal(number("SELECT COUNT(*) FROM contact_task WHERE state = 'open'"), 1);
}

/* --- taking back --- */

static uint64_t suppressed_points(void)
{
    return number("SELECT COUNT(*) FROM contact_point WHERE state = 'suppressed'");
}

static void undo_last(void)
{
    struct import imp = { 0 };
    bool over = false;
    struct error err;

    if (import_undo_begin(import_rig_db, number("SELECT MAX(id) FROM import"), "anna", &err))
        fail_msg("%s", err.text);
    while (!over) {
        assert_int_equal(import_undo_find(import_rig_db,
                                          number("SELECT partner_id FROM import"
                                                 " ORDER BY id DESC LIMIT 1"),
                                          &imp),
                         RC_OK);
        assert_int_equal(import_undo_step(import_rig_db, &imp, &over), RC_OK);
    }
    assert_int_equal(number("SELECT COUNT(*) FROM import_before WHERE import_id ="
                            " (SELECT MAX(id) FROM import)"),
                     0);
}

static void statuses_are_taken_back_unless_newer_ones_came(void **state)
{
    (void)state;
    orders();
    take("csv.statuses", STATUSES "A-55;en livraison;25/11/2025 08:00;;\n");
    take("csv.statuses", STATUSES "A-55;absent;25/11/2025 10:00;;\n"
                                  "A-55;livrée;25/11/2025 11:00;;\n"
                                  "A-56;livrée;25/11/2025 11:00;;\n");
    undo_last();
    assert_string_equal(word(STATUS_OF_A55), "out 2025-11-25 07:00:00.000000");
    assert_string_equal(word("SELECT CONCAT_WS(' ', status, COALESCE(status_at, '-'),"
                             " COALESCE(delivered_at, '-')) FROM customer_order"
                             " WHERE order_number = 'A-56'"),
                        "planned - -");
    assert_int_equal(number("SELECT COUNT(*) FROM order_event"), 1);
    take("csv.statuses", STATUSES "A-55;absent;25/11/2025 10:30;;\n");
    testdb_sql("UPDATE customer_order SET status = 'cancelled'");
    undo_last();
    assert_int_equal(number("SELECT COUNT(*) FROM customer_order WHERE status = 'cancelled'"), 2);
}

static void products_are_taken_back_with_their_prices(void **state)
{
    (void)state;
    take("csv.products", PRODUCTS "P-1;One;toys;10;EUR;01/06/2025;;\nP-2;Two;;20;EUR;;;\n");
    take("csv.products", PRODUCTS "P-1;Uno;tools;11;EUR;01/06/2025;31/12/2025;\n"
                                  "P-1;;;9;EUR;01/07/2025;;\nP-2;;;;;;;oui\n"
                                  "P-3;Three;;30;EUR;;;\n");
    undo_last();
    assert_string_equal(word(PRICES), "P-1 1000 EUR 2025-06-01 -,P-2 2000 EUR 2025-11-26 -");
    assert_string_equal(word("SELECT GROUP_CONCAT(p.code, ' ', p.label, ' ', COALESCE(r.code, '-'),"
                             " ' ', p.withdrawn_at IS NULL ORDER BY p.code) FROM product p"
                             " LEFT JOIN product_range r ON r.id = p.product_range_id"),
                        "P-1 One toys 1,P-2 Two - 1");
}

static void invoices_are_taken_back_unless_something_was_paid(void **state)
{
    (void)state;
    invoices();
    take("csv.invoices", INVOICES "F-2025-17;C-1002;;01/11/2025;15/12/2025;60,00;CHF;payée\n"
                                  "F-2025-20;C-1001;;;;1,00;EUR;\nF-2025-21;C-1001;;;;1,00;EUR;\n");
    testdb_sql(
        "INSERT INTO payment SELECT 1, 1, id, 'r:1', '1', '2025-11-25', 100, 'EUR', 1, 1, 1, 1,"
        " '2025-11-25' FROM invoice WHERE number = 'F-2025-21'");
    undo_last();
    assert_string_equal(word(INVOICE_LIST), "F-2025-17 C-1001 A-55 2025-11-30 4990 open due valid,"
                                            "F-2025-18 C-1002 A-56 2025-12-02 12000 open due valid,"
                                            "F-2025-19 C-1002 - 2025-12-03 1500 cancelled due void,"
                                            "F-2025-21 C-1001 - - 100 open due valid");
    take("csv.invoices", INVOICES "F-2025-17;C-1001;A-55;01/11/2025;30/11/2025;49,90;EUR;open\n");
    assert_rows(0, 1, 0); /* its content is what it was, too */
}

static void payments_are_taken_back_unless_they_were_said_again(void **state)
{
    (void)state;
    invoices();
    take("csv.payments", PAYMENTS "F-2025-18;20/11/2025;20,00;EUR;A\n"
                                  "F-2025-18;20/11/2025;5,00;EUR;\n");
    take("csv.payments", PAYMENTS "F-2025-18;21/11/2025;30,00;EUR;A\n"
                                  "F-2025-18;20/11/2025;5,00;EUR;\n"
                                  "F-2025-18;20/11/2025;5,00;EUR;\n"
                                  "F-2025-17;20/11/2025;49,90;EUR;B\n");
    assert_string_equal(word(PAID), "F-2025-17 4990 paid,F-2025-18 4000 due,F-2025-19 0 due");
    undo_last();
    assert_string_equal(word(PAID), "F-2025-17 0 due,F-2025-18 2500 due,F-2025-19 0 due");
    /* Of the first file one was said again by a later one that stands. */
    testdb_sql("UPDATE payment SET seen_import_id = 99 WHERE reference = 'A'");
    testdb_sql("DELETE FROM import WHERE id = (SELECT * FROM (SELECT MAX(id) FROM import) m)");
    undo_last();
    assert_string_equal(word(PAID), "F-2025-17 0 due,F-2025-18 2000 due,F-2025-19 0 due");
}

static void a_suppression_is_lifted_by_undoing_only_if_nobody_else_says_it(void **state)
{
    (void)state;
    orders();
    take("csv.suppressions", SUPPRESSIONS "06 12 34 56 78;;one;\n;x@example.com;;\n");
    take("csv.suppressions", SUPPRESSIONS "06 12 34 56 78;;two;31/12/2099\n"
                                          ";x@example.com;;01/01/2025\n+32470123456;;;\n");
    assert_int_equal(suppressed_points(), 2);
    undo_last();
    assert_int_equal(suppressed_points(), 1);
    assert_string_equal(word("SELECT GROUP_CONCAT(address, ' ', reason, ' ',"
                             " COALESCE(until_at, '-') ORDER BY address) FROM suppression_listing"),
                        "+33612345678 one -,x@example.com listed -");
    assert_int_equal(number("SELECT COUNT(*) FROM suppression WHERE suppressed_at IS NOT NULL"), 2);
    take("xml.suppressions", "<suppressions xmlns='urn:relais:suppressions:1'>"
                             "<suppression phone='0612345678'/></suppressions>");
    undo_last();
    assert_int_equal(suppressed_points(), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM suppression_listing"), 2);
}

/* --- our own XML --- */

static void each_kind_comes_as_xml(void **state)
{
    static const struct {
        const char *name;
        uint64_t taken;
    } samples[] = { { "customers.xml", 2 },   { "orders.xml", 1 },   { "statuses.xml", 2 },
                    { "products.xml", 3 },    { "invoices.xml", 2 }, { "payments.xml", 2 },
                    { "suppressions.xml", 2 } };

    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        import_rig_take_sample(samples[i].name);
        assert_rows(samples[i].taken, 0, 0);
    }
    assert_string_equal(word(STATUS_OF_A55), "delivered 2025-11-25 09:42:00.000000");
    assert_string_equal(word(PAID), "F-2025-17 4990 paid,F-2025-19 0 due");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, import_rig_set_up, import_rig_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_order_moves_on_and_keeps_its_history),
        TEST(an_order_that_comes_again_keeps_what_became_of_it),
        TEST(statuses_that_come_again_change_nothing),
        TEST(statuses_without_a_time_are_news_once),
        TEST(a_file_that_comes_late_fills_the_history_and_moves_nothing),
        TEST(of_two_statuses_of_one_day_the_later_in_an_orders_life_counts),
        TEST(a_status_of_an_unknown_order_is_refused),
        TEST(a_carrier_tells_of_a_shops_orders),
        TEST(a_status_is_news_for_occasions_unless_it_is_old),
        TEST(what_partners_tell_is_news_for_lists_of_contacts_while_a_policy_is_on),
        TEST(an_order_of_an_erased_customer_is_told_nothing_of),
        TEST(ids_that_carry_a_time_are_new_ones_for_each_chunk),
        TEST(products_have_prices_by_day_and_a_range),
        TEST(products_that_come_again_change_nothing),
        TEST(a_new_price_leaves_the_old_one),
        TEST(a_withdrawn_product_may_come_back),
        TEST(a_range_that_may_not_be_made_refuses_the_product),
        TEST(invoices_find_their_customer_by_number_or_by_order),
        TEST(an_invoice_changes_by_its_number),
        TEST(an_invoice_of_nobody_known_is_refused),
        TEST(an_order_that_is_not_known_may_be_left_out_of_an_invoice),
        TEST(payments_are_summed_up_until_nothing_is_due),
        TEST(an_invoice_that_comes_again_as_open_stays_paid_by_its_payments),
        TEST(a_payment_is_known_by_its_reference),
        TEST(a_list_that_grows_counts_each_payment_once),
        TEST(payments_alike_are_told_apart_across_chunks),
        TEST(payments_that_are_taken_again_are_the_same_ones),
        TEST(a_payment_that_cannot_be_counted_is_refused),
        TEST(customers_come_without_orders_and_with_their_consents),
        TEST(whom_a_file_says_not_to_contact_is_not_called),
        TEST(statuses_are_taken_back_unless_newer_ones_came),
        TEST(products_are_taken_back_with_their_prices),
        TEST(invoices_are_taken_back_unless_something_was_paid),
        TEST(payments_are_taken_back_unless_they_were_said_again),
        TEST(a_suppression_is_lifted_by_undoing_only_if_nobody_else_says_it),
        TEST(each_kind_comes_as_xml),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
