/*
 * bench_expand.c [CUSTOMERS] - what campaigns cost the database: previews, the start (every text,
 * proof and queue entry written), and the consent ledger. On a private server of its own.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "store/campaign.h"
#include "store/consent.h"
#include "tests/bench/server.h"

#define CUSTOMERS      200000
#define PREVIEWS       5
#define CONSENT_BATCH  1000
#define CONSENT_EVENTS 100000

static const struct campaign_settings settings = {
    .promo_sender = "36123",
    .service_sender = "38123",
    .segment_cost_millicents = 4500,
    .currency = "EUR",
};

/* One customer in fifty has no consent, one in a hundred shares the number of another. */
static const char *const fill[] = {
    "INSERT INTO category VALUES (1, 'vip', 'VIP'), (2, 'shop', 'Shop'), (3, 'other', 'Other')",
    "INSERT INTO customer (id, category_id, first_name, last_name, street, postcode, city,"
    "                      last_contact_at, order_count, created_at, updated_at)"
    "SELECT seq, 1 + seq MOD 3, CONCAT('Camille', seq MOD 997), CONCAT('Durand', seq),"
    "       CONCAT(seq MOD 200, ' rue de la Gare'), LPAD(seq MOD 95000, 5, '0'),"
    "       ELT(1 + seq MOD 7, 'Lyon', 'Paris', 'Lille', 'Brest', 'Nantes', 'Nice', 'Metz'),"
    "       IF(seq MOD 4, NOW(6) - INTERVAL seq MOD 90 DAY, NULL), seq MOD 5, NOW(6), NOW(6)"
    "  FROM seq_1_to_100000000 WHERE seq <= ?",
    "INSERT INTO contact_point (customer_id, channel, address, created_at)"
    "SELECT id, 'sms', CONCAT('+336', LPAD((id - (id MOD 100 = 0)) * 7919 MOD 99999989, 8, '0')),"
    "       NOW(6)"
    "  FROM customer WHERE id <= ?",
    "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
    "SELECT id, 'sms', 'promo', 'granted', id, NOW(6) FROM customer WHERE id MOD 50 <> 1 AND id <= "
    "?",
};

static void fill_tables(struct db *db, uint64_t customers)
{
    must(db_run(db, fill[0], DB_NO_INPUT, NULL), "fill", "");
    for (size_t i = 1; i < sizeof(fill) / sizeof(fill[0]); i++)
        must(db_run(db, fill[i], DB_IN(db_u64(customers)), NULL), "fill", "");
    must(db_run(db, "ANALYZE TABLE customer, contact_point, consent_current", DB_NO_INPUT, NULL),
         "analyze", "");
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void preview(struct db *db, const char *figure, const char *rule)
{
    struct campaign_plan plan = {
        .class = CLASS_PROMO,
        .audience = rule,
        .body = "Bonjour {{first_name}}, -20% chez nous a {{city}} samedi ! STOP au 36123",
    };
    struct campaign_preview p = { .audience = 0 };
    double took[PREVIEWS];

    for (size_t i = 0; i < PREVIEWS; i++) {
        struct error err = { "" };
        struct arena arena;
        int64_t start = clock_monotonic_us();

        arena_init(&arena);
        must(campaign_preview_plan(db, &plan, &settings, &arena, &p, &err), "preview", err.text);
        took[i] = seconds_since(start) * 1000;
        arena_close(&arena);
    }
    qsort(took, PREVIEWS, sizeof(took[0]), compare);
    printf("# rule=\"%s\" audience=%llu recipients=%llu\n", rule, (unsigned long long)p.audience,
           (unsigned long long)p.recipients);
    printf("%s %.0f ms\n", figure, took[PREVIEWS / 2]);
}

static void start(struct db *db)
{
    const struct campaign_plan plan = {
        .name = "bench",
        .class = CLASS_PROMO,
        .body = "Bonjour {{first_name}}, -20% chez nous a {{city}} samedi ! STOP au 36123",
    };
    struct campaign_step step = { .complete = false };
    struct error err = { "" };
    uint64_t id, messages = 0;
    int64_t began;
    double took;

    must(campaign_create(db, &plan, &settings, &id, &err), "create", err.text);
    began = clock_monotonic_us();
    must(campaign_start(db, id, "bench", &err), "start", err.text);
    while (!step.complete) {
        must(campaign_expand_step(db, id, &settings, &step), "step", "");
        messages += step.messages;
    }
    took = seconds_since(began);
    printf("campaign_start_seconds %.2f s\n", took);
    printf("campaign_start_messages_per_second %.0f /s\n", (double)messages / took);
}

struct batch {
    struct consent_change changes[CONSENT_BATCH];
    uint64_t first;
};

static enum rc append_batch(struct db *db, void *arg)
{
    const struct batch *b = arg;

    return consent_append(db, b->changes, CONSENT_BATCH, b->first);
}

static void ledger(struct db *db)
{
    const struct consent_verify_ops quiet = { .arg = NULL };
    struct consent_verdict verdict;
    static struct batch b;
    int64_t began = clock_monotonic_us();

    for (uint64_t done = 0; done < CONSENT_EVENTS; done += CONSENT_BATCH) {
        for (uint64_t i = 0; i < CONSENT_BATCH; i++)
            b.changes[i] = (struct consent_change){
                .customer_id = 1000000000 + done + i,
                .state = CONSENT_GRANTED,
                .address = "+33612345678",
                .at = clock_now(),
                .source_ref = "12:345",
                .wording = "J'accepte de recevoir des offres par SMS",
            };
        must(db_new_ids(db, "consent_event", CONSENT_BATCH, &b.first), "ids", "");
        must(db_transaction(db, append_batch, &b), "append", "");
    }
    printf("consent_events_per_second %.0f /s\n", CONSENT_EVENTS / seconds_since(began));
    must(
        db_run(db, "DELETE FROM consent_current WHERE customer_id < 1000000000", DB_NO_INPUT, NULL),
        "clean", "");
    began = clock_monotonic_us();
    must(consent_verify(db, &quiet, &verdict), "verify", "");
    must(verdict.intact ? RC_OK : RC_FAIL, "verify", verdict.reason);
    printf("consent_verify_events_per_second %.0f /s\n",
           (double)verdict.events / seconds_since(began));
}

int main(int argc, char **argv)
{
    uint64_t customers = argc > 1 ? strtoull(argv[1], NULL, 10) : CUSTOMERS;
    struct db *db;

    bench_server_start();
    db = bench_db_open(0);
    fill_tables(db, customers);
    printf("# customers=%llu\n", (unsigned long long)customers);
    preview(db, "audience_preview_ms",
            "category in (vip, shop) and city = \"Lyon\" and last_contact > 30d ago");
    preview(db, "audience_preview_all_ms", "all");
    start(db);
    ledger(db);
    db_close(db);
    return 0;
}
