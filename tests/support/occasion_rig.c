/* occasion_rig.c - one import that never ends, a row at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "domain/route.h"
#include "store/db.h"
#include "store/import.h"
#include "store/template.h"
#include "store/wording.h"
#include "tests/support/crowd.h"
#include "tests/support/occasion_rig.h"
#include "tests/support/testdb.h"

static const struct campaign_settings campaign_settings = {
    .promo_sender = "36123",
    .service_sender = "38123",
    .segment_cost_millicents = 4500,
    .currency = "EUR",
};
static const struct mail_words mail_words = { .from = "offres@relais.example",
                                              .identity = "Relais, Lyon",
                                              .can_send = true,
                                              .can_unsubscribe = true };
static struct words_settings words = {
    .senders = { .promo = "36123", .service = "38123", .identity = "", .stop = "", .stop_en = "" },
    .language = "fr"
};
static const char *const own_domains[] = { "gmail.com" };
static const struct route_carrier any = { .name = "c", .millicents = 4500 };
static const struct route rest = { .name = "rest", .ways = { { 0, 1 } }, .n_ways = 1 };
static const struct route_table routes = { .routes = &rest,
                                           .n = 1,
                                           .carriers = &any,
                                           .n_carriers = 1,
                                           .mail_domains = own_domains,
                                           .n_mail_domains = 1 };
static const struct campaign_settings with_mail = { .promo_sender = "36123",
                                                    .service_sender = "38123",
                                                    .segment_cost_millicents = 4500,
                                                    .currency = "EUR",
                                                    .words = &words,
                                                    .routes = &routes };
struct occasion_settings rig_settings = { .campaign = &campaign_settings,
                                          .timezone = "Europe/Paris" };

struct db *rig_db;
const char *rig_language;
static struct import_apply *apply;
static struct import imp;

/* --- the clock --- */

utc_us at(int year, int month, int day, int hour, int minute)
{
    return clock_from_civil(&(struct civil){
        .year = year, .month = month, .day = day, .hour = hour, .minute = minute });
}

void set_clock(utc_us now)
{
    clock_shift(now - clock_now());
}

/* What the runner does until nothing is left to do. */
uint64_t tick(void)
{
    struct occasion_work work[16];
    uint64_t messages = 0;
    size_t n = 1;

    for (int turns = 0; n && turns < 1000; turns++) {
        assert_int_equal(occasion_find_work(rig_db, clock_now(), work, 16, &n), RC_OK);
        for (size_t i = 0; i < n; i++) {
            struct occasion_step step = { .events = 0 };
            if (work[i].new_month)
                assert_int_equal(occasion_leave_campaign(rig_db, work[i].id, clock_now()), RC_OK);
            if (work[i].pass)
                assert_int_equal(occasion_pass(rig_db, work[i].id, &rig_settings, &step), RC_OK);
            step.messages = 0;
            if (work[i].events)
                assert_int_equal(occasion_step(rig_db, work[i].id, &rig_settings, &step), RC_OK);
            messages += step.messages;
        }
    }
    assert_int_equal(n, 0);
    return messages;
}

/* A look every hour, as if relaisd ran. */
uint64_t live_until(utc_us end)
{
    uint64_t messages = 0;

    while (clock_now() < end) {
        messages += tick();
        set_clock(clock_now() + 3600 * USEC_PER_SEC);
    }
    set_clock(end);
    return messages + tick();
}

/* --- mails --- */

void rig_by_mail(bool mails)
{
    words.mail = mails ? &mail_words : NULL;
    rig_settings.campaign = &with_mail;
}

void rig_mail_template(const char *name, enum template_kind kind, const char *subject,
                       const char *body)
{
    static const enum channel channel = CHANNEL_EMAIL;
    struct error err = { "" };
    unsigned version;
    uint64_t id;
    const struct template_change change = { .name = name,
                                            .who = "test",
                                            .kind = &kind,
                                            .channel = &channel,
                                            .subject = subject,
                                            .body = body };

    if (template_change(rig_db, &change, &words, &id, &version, &err))
        fail_msg("%s", err.text);
}

/* --- a scene --- */

int rig_open(void **state)
{
    const struct import_rules rules = { .create_categories = true, .create_sources = true };

    (void)state;
    testdb_reset();
    rig_language = "fr";
    rig_settings.campaign = &campaign_settings;
    rig_db = testdb_open();
    crowd_codes();
    set_clock(at(2026, 11, 2, 8, 0)); /* a Monday */
    imp = (struct import){ .id = 1, .partner_id = 0, .file_name = "a.csv", .next_row = 1 };
    assert_int_equal(import_partner(rig_db, "shop", "Shop", &imp.partner_id), RC_OK);
    testdb_sql("INSERT INTO import (id, partner_id, file_name, sha256, bytes, state, received_at)"
               "VALUES (1, 1, 'a.csv', '', 1, 'applying', '2026-11-02')");
    imp.received_at = clock_now();
    apply = import_apply_new(&rules);
    return apply ? 0 : -1;
}

int rig_close(void **state)
{
    (void)state;
    import_apply_free(apply);
    db_close(rig_db);
    set_clock(at(2026, 11, 2, 8, 0));
    return 0;
}

void take(const struct delivery *d)
{
    struct partner_row row = {
        .row_no = imp.next_row,
        .customer_number = d->customer,
        .first_name = "Ana",
        .last_name = "",
        .company = "",
        .phone = d->phone,
        .email = "",
        .street = "",
        .postcode = "",
        .city = "Lyon",
        .country = "FR",
        .language = { 0 },
        .category = "shop",
        .source = "",
        .timezone = "",
        .product_range = "",
        .consent = { CONSENT_GRANTED, CONSENT_UNKNOWN },
        .consent_wording = "oui",
        .has_order = true,
        .order_number = d->order,
        .ordered_at = d->ordered_at,
        .goods = "",
        .window_from = d->from,
        .window_to = d->from ? d->from + 7200 * USEC_PER_SEC : 0,
        .collect_cents = 4990,
        .currency = "EUR",
        .status = d->status,
    };
    const struct import_chunk chunk = { .rows = &row, .n_rows = 1, .next_row = imp.next_row + 1 };

    snprintf(row.language, sizeof(row.language), "%s", rig_language);
    assert_int_equal(import_apply_chunk(rig_db, apply, &imp, &chunk), RC_OK);
}

void order_is(const char *order, enum order_status status, utc_us from)
{
    char customer[40], phone[40];

    snprintf(customer, sizeof(customer), "K%s", order);
    snprintf(phone, sizeof(phone), "+3361234%04u", (unsigned)atoi(order + 1));
    take(&(struct delivery){ customer, order, phone, status, from, clock_now() });
}

uint64_t set(const struct occasion_plan *plan)
{
    struct occasion_plan p = *plan;
    struct error err = { "" };
    uint64_t id = 0;

    if (!p.days)
        p.days = -1;
    if (!p.expires_s)
        p.expires_s = -1;
    p.transliterate = -1;
    if (occasion_set(rig_db, &p, &rig_settings, "test", &id, &err))
        fail_msg("%s", err.text);
    return id;
}

uint64_t set_on(const struct occasion_plan *plan)
{
    uint64_t id = set(plan);

    assert_int_equal(occasion_switch(rig_db, id, true, "test", NULL), RC_OK);
    return id;
}

void assert_text(const char *expected)
{
    struct db_rows *rows;

    assert_int_equal(
        db_query(rig_db, "SELECT text FROM message ORDER BY id DESC LIMIT 1", DB_NO_INPUT, &rows),
        RC_OK);
    assert_true(db_next(rows));
    assert_string_equal(db_get_text(rows, 0), expected);
    assert_int_equal(db_rows_end(rows), RC_OK);
}

void order_of_day(uint64_t customer, const char *day)
{
    char sql[400];

    snprintf(sql, sizeof(sql),
             "INSERT INTO customer_order (id, partner_id, order_number, customer_id, ordered_at,"
             " import_id, import_row, content_hash)"
             " SELECT COALESCE(MAX(id), 0) + 1, 1, CONCAT('X', COALESCE(MAX(id), 0) + 1), %llu,"
             " '%s 12:00', 1, 1, '' FROM customer_order",
             (unsigned long long)customer, day);
    testdb_sql(sql);
    snprintf(sql, sizeof(sql),
             "UPDATE customer SET last_order_at = '%s 12:00', order_count = order_count + 1"
             " WHERE id = %llu",
             day, (unsigned long long)customer);
    testdb_sql(sql);
}
