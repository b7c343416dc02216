/*
 * bench_mail_store.c - what MariaDB alone takes of mails that come in: the transaction of the
 * store, by batches, on so many connections; no MTA, no MIME.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "store/mail_in.h"
#include "tests/bench/server.h"

#define MAILS     20000
#define CUSTOMERS 10000
#define SIZE      10240

static const char *const people[] = {
    "INSERT INTO customer (id, created_at, updated_at) SELECT seq, NOW(6), NOW(6)"
    "  FROM seq_1_to_10000",
    "INSERT INTO contact_point (customer_id, channel, address, created_at)"
    "SELECT seq, 'email', CONCAT('c', seq, '@customer.example'), NOW(6) FROM seq_1_to_10000",
};

static const struct mail_in_rules rules = {
    .stop = "", .start = "", .help = "", .yes = "", .subject = "", .sender = ""
};

struct lane {
    struct db *db;
    unsigned number;
    size_t from, to, batch;
};

static void make_item(struct mail_in_item *item, char from[64], const char *source,
                      const char *text, size_t i)
{
    snprintf(from, 64, "c%zu@customer.example", i * 7919 % CUSTOMERS + 1);
    *item = (struct mail_in_item){
        .kind = MAIL_IN_MESSAGE,
        .at = clock_now(),
        .envelope_from = from,
        .recipient = "contact@shop.example",
        .from = from,
        .from_name = "Camille",
        .subject = "Où est mon colis ?",
        .message_id = "20261126.1234@customer.example",
        .text = text,
        .fresh = text,
        .proof = "dkim",
        .automatic = "",
        .keyword = { .name = "", .answer = "" },
        .reason = "",
        .review = "",
        .size = SIZE,
        .source = source,
    };
    memcpy(item->mark, &(uint64_t){ i * 0x9E3779B97F4A7C15 }, sizeof(uint64_t));
}

static void *run(void *arg)
{
    static char source[SIZE + 1], text[2001];
    const struct lane *l = arg;
    struct mail_in_item items[MAIL_BATCH_MAX];
    char froms[MAIL_BATCH_MAX][64];
    struct mail_in_stock stock = { 0 };

    memset(source, 'x', SIZE);
    memset(text, 'y', 2000);
    for (size_t at = l->from; at < l->to; at += l->batch) {
        struct mail_in_outcome out;
        struct arena arena;
        size_t n = l->to - at < l->batch ? l->to - at : l->batch;

        for (size_t i = 0; i < n; i++)
            make_item(&items[i], froms[i], source, text, at + i);
        arena_init(&arena);
        must(mail_in_record(l->db, items, n, &rules, clock_now(), &stock, &arena, &out), "record",
             "");
        arena_close(&arena);
    }
    return NULL;
}

static void measure(unsigned lanes, size_t batch, size_t *next)
{
    pthread_t threads[8];
    struct lane lane[8];
    int64_t begun = clock_monotonic_us();

    for (unsigned i = 0; i < lanes; i++) {
        lane[i] = (struct lane){
            .db = bench_db_open(i), .from = *next, .to = *next + MAILS / lanes, .batch = batch
        };
        *next = lane[i].to;
        if (pthread_create(&threads[i], NULL, run, &lane[i]))
            exit(1);
    }
    for (unsigned i = 0; i < lanes; i++) {
        pthread_join(threads[i], NULL);
        db_close(lane[i].db);
    }
    printf("mail_in_store_%u_lanes_by_%zu_per_second %.0f /s\n", lanes, batch,
           MAILS / seconds_since(begun));
    fflush(stdout);
}

int main(void)
{
    static const struct {
        unsigned lanes;
        size_t batch;
    } ways[] = { { 1, 1 }, { 1, 16 }, { 1, 64 }, { 2, 16 }, { 2, 64 }, { 4, 16 }, { 4, 64 } };
    size_t next = 1;
    struct db *db;

    bench_server_start();
    db = bench_db_open(0);
    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++)
        must(db_run(db, people[i], DB_NO_INPUT, NULL), "customers", "");
    db_close(db);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        measure(ways[i].lanes, ways[i].batch, &next);
    return 0;
}
