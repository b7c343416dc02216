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

#define CUSTOMERS      1000000
#define CHUNK          100000 /* customers of a statement */
#define PREVIEWS       5
#define CONSENT_BATCH  1000
#define CONSENT_EVENTS 100000

static const struct campaign_settings settings = {
    .promo_sender = "36123",
    .service_sender = "38123",
    .segment_cost_millicents = 4500,
    .currency = "EUR",
};

static const char *const codes[] = {
    "INSERT INTO category VALUES (1, 'vip', 'VIP'), (2, 'shop', 'Shop'), (3, 'other', 'Other')",
    "INSERT INTO acquisition_source VALUES (1, 'web', 'Web'), (2, 'fair', 'Fair')",
    "INSERT INTO product_range VALUES (1, 'parcel', 'Parcels'), (2, 'flower', 'Flowers'),"
    " (3, 'wine', 'Wine'), (4, 'fresh', 'Fresh food')",
    "INSERT INTO template VALUES (1000000, 'earlier', 'x', NOW(6), NOW(6))",
    "INSERT INTO campaign (id, name, state, audience, template_id, body, sender, created_at)"
    " VALUES (6, 'spring', 'done', '', 1000000, 'x', '36123', NOW(6)),"
    " (7, 'summer', 'done', '', 1000000, 'x', '36123', NOW(6))",
};

/*
 * Customers ? to ?, as an import leaves them. Half live in seven large cities, the others in three
 * thousand small ones; one in fifty has no consent, one in a hundred shares the number of another;
 * they have one and a half orders each, and every other one was sent campaign 6.
 */
static const char *const fill[] = {
    "INSERT INTO customer (id, category_id, acquisition_source_id, first_name, last_name, street,"
    "                      postcode, city, last_contact_at, last_order_at, order_count,"
    "                      order_cents, created_at, updated_at, sms_standing, sms_shared,"
    "                      sms_prefix, consent_at)"
    "SELECT id, 1 + id MOD 3, 1 + id MOD 2, CONCAT('Camille', id MOD 997), CONCAT('Durand', id),"
    "       CONCAT(id MOD 200, ' rue de la Gare'), LPAD(id MOD 95000, 5, '0'),"
    "       IF(id MOD 2, ELT(1 + id MOD 7, 'Lyon', 'Paris', 'Lille', 'Brest', 'Nantes', 'Nice',"
    "                        'Metz'), CONCAT('Ville', id * 7919 MOD 3001)),"
    "       IF(id MOD 4, NOW(6) - INTERVAL id MOD 90 DAY, NULL), NOW(6) - INTERVAL id MOD 400 DAY,"
    "       1 + id MOD 2, id MOD 20000, NOW(6), NOW(6), IF(id MOD 50 = 1, 'no_consent', ''),"
    "       id MOD 100 IN (0, 99), SUBSTR(address, 2, 7), IF(id MOD 50 = 1, NULL, NOW(6))"
    "  FROM (SELECT seq AS id,"
    "               CONCAT('+336', LPAD((seq - (seq MOD 100 = 0)) * 7919 MOD 99999989, 8, '0'))"
    "               AS address"
    "          FROM seq_1_to_100000000 WHERE seq BETWEEN ? AND ?) x",
    "INSERT INTO contact_point (customer_id, channel, address, created_at)"
    "SELECT id, 'sms', CONCAT('+336', LPAD((id - (id MOD 100 = 0)) * 7919 MOD 99999989, 8, '0')),"
    "       NOW(6)"
    "  FROM customer WHERE id BETWEEN ? AND ?",
    "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
    "SELECT id, 'sms', 'promo', 'granted', id, NOW(6) FROM customer"
    " WHERE id BETWEEN ? AND ? AND id MOD 50 <> 1",
    "INSERT INTO customer_order (id, partner_id, order_number, customer_id, status, collect_cents,"
    "                            ordered_at, import_id, import_row, content_hash,"
    "                            product_range_id)"
    "SELECT 2 * id + n, 1, 2 * id + n, id, 'delivered', id MOD 10000,"
    "       NOW(6) - INTERVAL id MOD 700 DAY, 1, id, '', 1 + (id + n) MOD 4"
    "  FROM customer, (SELECT 0 AS n UNION SELECT 1) twice"
    " WHERE id BETWEEN ? AND ? AND (n = 0 OR id MOD 2)",
};

static const char SQL_MEMBERS[] = "INSERT INTO campaign_member (campaign_id, chunk, bits)"
                                  "SELECT k.seq, c.seq, REPEAT(CHAR(IF(k.seq = 6, 85, 17)), 512)"
                                  "  FROM seq_6_to_7 k, seq_0_to_100000 c WHERE c.seq <= ? >> 12";

static void fill_tables(struct db *db, uint64_t customers)
{
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        must(db_run(db, codes[i], DB_NO_INPUT, NULL), "codes", "");
    for (uint64_t first = 1; first <= customers; first += CHUNK) {
        uint64_t last = first + CHUNK - 1 < customers ? first + CHUNK - 1 : customers;
        for (size_t i = 0; i < sizeof(fill) / sizeof(fill[0]); i++)
            must(db_run(db, fill[i], DB_IN(db_u64(first), db_u64(last)), NULL), "fill", "");
    }
    must(db_run(db, SQL_MEMBERS, DB_IN(db_u64(customers)), NULL), "members", "");
    must(db_run(db,
                "INSERT INTO id_block VALUES ('campaign', 100)"
                " ON DUPLICATE KEY UPDATE next_id = GREATEST(next_id, 100)",
                DB_NO_INPUT, NULL),
         "ids", "");
    must(db_run(db,
                "ANALYZE TABLE customer, contact_point, consent_current, customer_order,"
                " campaign_member",
                DB_NO_INPUT, NULL),
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
    fflush(stdout);
}

static void start(struct db *db)
{
    const struct campaign_plan plan = {
        .name = "bench start",
        .class = CLASS_PROMO,
        .body = "Bonjour {{first_name}}, -20% chez nous a {{city}} samedi ! STOP au 36123",
    };
    struct campaign_ahead *ahead = campaign_ahead_new();
    struct campaign_step step = { .complete = false };
    struct error err = { "" };
    uint64_t id, messages = 0;
    int64_t began;
    double took;

    must(campaign_create(db, &plan, &settings, &id, &err), "create", err.text);
    began = clock_monotonic_us();
    must(campaign_start(db, id, "bench", &err), "start", err.text);
    while (!step.complete) {
        must(campaign_expand_next(db, id, &settings, ahead, &step), "step", "");
        messages += step.messages;
    }
    took = seconds_since(began);
    campaign_ahead_free(ahead);
    printf("campaign_start_seconds %.2f s\n", took);
    printf("campaign_start_messages_per_second %.0f /s\n", (double)messages / took);
    fflush(stdout);
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
    fflush(stdout);
    preview(db, "audience_preview_ms",
            "category in (vip, shop) and city = \"Lyon\" and consent sms"
            " and last_contact > 30d ago");
    preview(db, "audience_preview_all_ms", "all");
    preview(db, "audience_preview_worst_ms",
            "(category in (vip, shop) or source = web)"
            " and not (city = \"Paris\" and last_contact < 7d ago)"
            " and (orders(product in (parcel, wine) and age < 365d) >= 1 or order_total > 150)"
            " and not received campaign 6 and not (received campaign 7 and last_order > 90d ago)");
    start(db);
    ledger(db);
    db_close(db);
    return 0;
}
