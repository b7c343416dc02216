/*
 * bench_contact.c [CUSTOMERS] - the daily list: all customers are looked at and scored, and 2,000
 * of them are shared among a hundred employees of four teams; then one thing changes for one
 * customer. On a private server of its own.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "store/contact_list.h"
#include "store/contact_news.h"
#include "tests/bench/server.h"

#define CUSTOMERS 1000000
#define CHUNK     20000 /* customers of a statement */
#define UPDATES   101

static const char *const house[] = {
    "INSERT INTO category VALUES (1, 'vip', 'VIP'), (2, 'shop', 'Shop'), (3, 'other', 'Other')",
    "INSERT INTO team (id, code, label, list_minute, list_days, hours, created_at, updated_at)"
    " SELECT seq, CONCAT('team', seq), 'Team', 0, '', 'mon-sun 00:00-24:00', NOW(6), NOW(6)"
    "   FROM seq_1_to_4",
    "INSERT INTO staff (id, login, name, team_id, created_at, updated_at)"
    " SELECT seq, CONCAT('user', seq), CONCAT('User ', seq), 1 + seq MOD 4, NOW(6), NOW(6)"
    "   FROM seq_1_to_100",
    "INSERT INTO contact_policy (category_id, team_id, every_days, created_at, updated_at)"
    " SELECT seq, 1 + seq, 30 + 30 * seq, NOW(6), NOW(6) FROM seq_0_to_3",
    "INSERT INTO contact_topic VALUES (1, 'winter', 'terms', 0, 'Winter prices',"
    " CURDATE() - INTERVAL 5 DAY, CURDATE() + INTERVAL 5 DAY, NOW(6), 'bench')",
};

/*
 * Customers ? to ?: three in four are somebody's, one in fifty has no phone, one in five was never
 * spoken to. Each has three orders of the last two years, two invoices, of which one in five is
 * open, and every third wrote in the last three months.
 */
static const char *const fill[] = {
    "INSERT INTO customer (id, category_id, first_name, last_name, street, postcode, city,"
    "                      last_contact_at, talked_at, last_order_at, order_count, order_cents,"
    "                      created_at, updated_at, sms_standing, owner_id)"
    "SELECT seq, 1 + seq MOD 3, CONCAT('Camille', seq MOD 997), CONCAT('Durand', seq),"
    "       CONCAT(seq MOD 200, ' rue de la Gare'), LPAD(seq MOD 95000, 5, '0'),"
    "       CONCAT('Ville', seq * 7919 MOD 3001), NOW(6) - INTERVAL seq MOD 90 DAY,"
    "       IF(seq MOD 5, NOW(6) - INTERVAL seq * 31 MOD 200 DAY, NULL),"
    "       NOW(6) - INTERVAL seq MOD 400 DAY, 3, seq * 13 MOD 200000, NOW(6) - INTERVAL 500 DAY,"
    "       NOW(6), IF(seq MOD 50 = 1, 'no_contact_point', ''), IF(seq MOD 4, 1 + seq * 7 MOD 100, "
    "NULL)"
    "  FROM seq_1_to_100000000 WHERE seq BETWEEN ? AND ?",
    /* An order's id goes with its age, and not with its customer. */
    "INSERT INTO customer_order (id, partner_id, order_number, customer_id, status, collect_cents,"
    "                            ordered_at, window_from, missed_at, import_id, import_row,"
    "                            content_hash)"
    "SELECT seq, 1, seq, 1 + seq * 7919 MOD ?,"
    "       ELT(1 + IF(seq MOD 20, 0, seq DIV 20 MOD 4), 'delivered', 'planned', 'missed', 'out'),"
    "       seq MOD 10000, NOW(6) - INTERVAL seq * 31 MOD 700 DAY,"
    "       NOW(6) + INTERVAL CAST(seq MOD 11 AS INT) - 5 DAY,"
    "       IF(seq MOD 3, NULL, NOW(6) - INTERVAL seq MOD 20 DAY), 1, 1, ''"
    "  FROM seq_1_to_300000000 WHERE seq BETWEEN 3 * ? - 2 AND 3 * ?",
    "INSERT INTO invoice (id, partner_id, customer_id, number, due_on, amount_cents, created_at,"
    "                     paid_at)"
    "SELECT seq, 1, 1 + seq * 7919 MOD ?, seq, CURDATE() + INTERVAL 30 - CAST(seq * 31 MOD 700 AS "
    "INT) DAY,"
    "       seq MOD 50000, NOW(6), IF(seq MOD 5, NOW(6), NULL)"
    "  FROM seq_1_to_200000000 WHERE seq BETWEEN 2 * ? - 1 AND 2 * ?",
    "INSERT INTO inbound_message (id, at, channel, from_address, to_address, text, customer_id)"
    "SELECT (UNIX_TIMESTAMP() - 1704067200 - seq * 31 MOD 7776000) * 1048576 + seq MOD 1048576,"
    "       NOW(6) - INTERVAL seq * 31 MOD 7776000 SECOND, 'sms', CONCAT('+336', seq), '36123',"
    "       'Bonjour, a quelle heure passez-vous ?', seq * 3"
    "  FROM seq_1_to_100000000 WHERE seq BETWEEN (? + 2) DIV 3 AND ? DIV 3",
};

static void fill_tables(struct db *db, uint64_t customers)
{
    for (size_t i = 0; i < sizeof(house) / sizeof(house[0]); i++)
        must(db_run(db, house[i], DB_NO_INPUT, NULL), "house", "");
    for (uint64_t first = 1; first <= customers; first += CHUNK) {
        const uint64_t last = first + CHUNK - 1 < customers ? first + CHUNK - 1 : customers;
        const struct db_value from = db_u64(first), to = db_u64(last), all = db_u64(customers);

        must(db_run(db, fill[0], DB_IN(from, to), NULL), "customers", "");
        must(db_run(db, fill[1], DB_IN(all, from, to), NULL), "orders", "");
        must(db_run(db, fill[2], DB_IN(all, from, to), NULL), "invoices", "");
        must(db_run(db, fill[3], DB_IN(from, to), NULL), "replies", "");
    }
    must(db_run(db, "ANALYZE TABLE customer, customer_order, invoice, inbound_message", DB_NO_INPUT,
                NULL),
         "analyze", "");
}

static const struct contact_list_settings settings = { .timezone = "Europe/Paris" };

static void make_lists(struct db *db)
{
    struct contact_list_work work;
    struct contact_making_count count;
    struct contact_making *making;
    const int64_t began = clock_monotonic_us();
    int64_t longest = 0;
    struct rusage usage;
    bool over = false;

    must(contact_list_find_work(db, &settings, clock_now(), &work), "work", "");
    must(contact_making_begin(db, &settings, 1, &making), "begin", "");
    must(making ? RC_OK : RC_FAIL, "begin", "no list is wanted");
    while (!over) {
        const int64_t step = clock_monotonic_us();

        must(contact_making_step(db, making, &over), "step", "");
        if (clock_monotonic_us() - step > longest)
            longest = clock_monotonic_us() - step;
    }
    contact_making_count(making, &count);
    contact_making_free(making);
    getrusage(RUSAGE_SELF, &usage);
    printf("# teams=%zu seen=%llu due=%llu listed=%llu longest_step_ms=%lld memory_mb=%ld\n",
           count.teams, (unsigned long long)count.seen, (unsigned long long)count.due,
           (unsigned long long)count.listed, (long long)(longest / 1000), usage.ru_maxrss / 1024);
    printf("contact_list_seconds %.2f s\n", seconds_since(began));
    fflush(stdout);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static enum rc note(struct db *db, void *arg)
{
    return contact_news_put(db, *(const uint64_t *)arg, clock_now());
}

/* A delivery fails: is she on the list now, or not? */
static void update(struct db *db, uint64_t customers)
{
    double took[UPDATES];
    size_t added = 0;

    for (size_t i = 0; i < UPDATES; i++) {
        uint64_t customer = 1 + i * 7919 % customers, next = 0;
        struct contact_news_count count;
        int64_t began;

        must(db_run(db,
                    "UPDATE customer_order"
                    "   SET status = 'missed', missed_at = NOW(6), ordered_at = NOW(6)"
                    " WHERE customer_id = ?",
                    DB_IN(db_u64(customer)), NULL),
             "missed", "");
        must(db_transaction(db, note, &customer), "note", "");
        began = clock_monotonic_us();
        must(contact_news_step(db, &settings, &next, &count), "news", "");
        took[i] = seconds_since(began) * 1000;
        added += count.added;
        must(count.looked_at == 1 ? RC_OK : RC_FAIL, "news", "not one");
    }
    qsort(took, UPDATES, sizeof(took[0]), compare);
    printf("# updates=%d added=%zu slowest_ms=%.1f\n", UPDATES, added, took[UPDATES - 1]);
    printf("contact_update_ms %.1f ms\n", took[UPDATES / 2]);
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
    make_lists(db);
    update(db, customers);
    db_close(db);
    return 0;
}
