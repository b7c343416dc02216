/*
 * bench_raw.c [MESSAGES] - what MariaDB alone takes for a campaign's messages: the gateway's own
 * store functions, with no carrier, no event loop and no SMPP. First each step by itself on one
 * connection, then, as in the gateway, three connections: claims, answers, receipts.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "store/outbox.h"
#include "store/timed_id.h"
#include "tests/bench/server.h"

#define MESSAGES      200000
#define SLICE         4000 /* messages, as a campaign makes them */
#define LOADS         6    /* claimed, and not yet delivered */
#define DEFAULT_QUEUE 1

static const unsigned batches[] = { 200, 500, 2000 };

static const char *const fill_customers[] = {
    "INSERT INTO customer (id, first_name, last_name, city, created_at, updated_at)"
    "SELECT seq, CONCAT('Camille', seq MOD 997), CONCAT('Durand', seq), 'Lyon', NOW(6), NOW(6)"
    "  FROM seq_1_to_100000000 WHERE seq <= ?",
    "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
    "SELECT id, 'sms', 'promo', 'granted', id, NOW(6) FROM customer WHERE id <= ?",
};

static const char SQL_MESSAGES[] =
    "INSERT INTO message (id, campaign_id, customer_id, channel, class, address, sender, text,"
    "                     encoding, parts, consent_event_id, created_at, expires_at)"
    "SELECT ? + id - 1, 1, id, 'sms', 'promo', CONCAT('+336', LPAD(id, 8, '0')), '36000',"
    "       CONCAT('Bonjour ', first_name, ', -20% samedi dans votre magasin de ', city,"
    "              '. STOP au 36000'),"
    "       'gsm7', 1, id, NOW(6), NOW(6) + INTERVAL 1 DAY"
    "  FROM customer WHERE id <= ?";

static const char SQL_SLICES[] =
    "INSERT INTO outbox_slice (id, last_id, next_id, class, due_at, campaign_id)"
    "SELECT ? + seq * ?, ? + LEAST(? - 1, seq * ? + ? - 1), ? + seq * ?, 'promo', NOW(6), 1"
    "  FROM seq_0_to_1000000 WHERE seq * ? < ?";

static const char SQL_UNFINISHED[] =
    "SELECT (SELECT COUNT(*) FROM message WHERE id BETWEEN ? AND ? AND state <> 'delivered')"
    "       + (SELECT COUNT(*) FROM outbox_slice)";

static uint64_t next_smsc_id = 1;

/* What a claim gave. */
struct load {
    struct arena arena;
    struct outbox_claim claim;
};

struct outcome {
    double claim, accept, receipt, contact; /* seconds */
    double together;                        /* of three connections, wall */
};

static struct load *claim(struct db *db, unsigned limit)
{
    struct outbox_request request = { .queue_id = DEFAULT_QUEUE,
                                      .limit = limit,
                                      .limit_promo = limit };
    struct load *l = calloc(1, sizeof(*l));

    must(l ? RC_OK : RC_FAIL, "claim", "no memory");
    arena_init(&l->arena);
    must(outbox_claim(db, &request, 1, clock_now(), NULL, &l->arena, &l->claim), "claim", "");
    return l;
}

static void load_free(struct load *l)
{
    arena_close(&l->arena);
    free(l);
}

static void add_event(struct outbox_event *e, uint64_t message_id, enum outbox_event_kind kind)
{
    *e = (struct outbox_event){
        .message_id = message_id, .single = true, .kind = kind, .carrier_id = 1, .at = clock_now()
    };
    if (kind == OUTBOX_ACCEPTED)
        snprintf(e->smsc_message_id, sizeof(e->smsc_message_id), "%llu",
                 (unsigned long long)next_smsc_id++);
}

/* One of the two kinds of news of all messages of a load, in one transaction. With the acceptances
 * come the day's traffic and the slices that have no more messages. */
static void record(struct db *db, const struct load *l, enum outbox_event_kind kind)
{
    static _Thread_local struct outbox_event events[OUTBOX_CLAIM_MAX];
    struct outbox_slice_key closed[OUTBOX_CLAIM_MAX];
    struct outbox_traffic traffic = { .carrier_id = 1,
                                      .sender = "36000",
                                      .parts = (unsigned)l->claim.n };
    struct outbox_batch batch = {
        .events = events,
        .n = l->claim.n,
        .closed = closed,
        .traffic = &traffic,
        .n_traffic = kind == OUTBOX_ACCEPTED,
        .day = "2026-11-25",
    };
    size_t strays;

    for (size_t i = 0; i < batch.n; i++)
        add_event(&events[i], l->claim.messages[i].id, kind);
    for (size_t i = 0; kind == OUTBOX_ACCEPTED && i < l->claim.n_slices; i++) {
        if (l->claim.slices[i].exhausted)
            closed[batch.n_closed++] = l->claim.slices[i].key;
    }
    must(outbox_record(db, &batch, &strays), "record", "");
    must(strays ? RC_FAIL : RC_OK, "record", "strays");
}

/* Messages for customers 1 to n, queued. Returns the first. */
static uint64_t queue(struct db *db, uint64_t n)
{
    uint64_t first;

    must(db_new_timed_ids(db, "message", n, &first), "ids", "");
    must(db_run(db, SQL_MESSAGES, DB_IN(db_u64(first), db_u64(n)), NULL), "messages", "");
    must(db_run(db, SQL_SLICES,
                DB_IN(db_u64(first), db_u64(SLICE), db_u64(first), db_u64(n), db_u64(SLICE),
                      db_u64(SLICE), db_u64(first), db_u64(SLICE), db_u64(SLICE), db_u64(n)),
                NULL),
         "slices", "");
    return first;
}

static void check(struct db *db, uint64_t first, uint64_t n)
{
    uint64_t left;

    must(db_query_u64(db, SQL_UNFINISHED, DB_IN(db_u64(first), db_u64(first + n - 1)), &left),
         "check", "");
    must(left ? RC_FAIL : RC_OK, "check", "not every message was delivered");
}

/* Adds the time since *from to *sum, and begins anew. */
static void lap(int64_t *from, double *sum)
{
    int64_t now = clock_monotonic_us();

    *sum += (double)(now - *from) / USEC_PER_SEC;
    *from = now;
}

/* All that is due, so that no step is charged with what another left. */
static void contact_all(struct db *db)
{
    bool more = true;

    while (more)
        must(outbox_contacts(db, &more), "contacts", "");
}

static void step_by_step(struct db *db, unsigned batch, uint64_t n, struct outcome *out)
{
    uint64_t first = queue(db, n), done = 0;
    int64_t from = clock_monotonic_us();

    while (done < n) {
        struct load *l = claim(db, batch);
        lap(&from, &out->claim);
        record(db, l, OUTBOX_ACCEPTED);
        lap(&from, &out->accept);
        record(db, l, OUTBOX_DELIVERED);
        lap(&from, &out->receipt);
        done += l->claim.n;
        load_free(l);
    }
    contact_all(db);
    lap(&from, &out->contact);
    check(db, first, n);
}

/* --- three connections: each hands its loads to the next --- */

struct line {
    unsigned batch;
    uint64_t n;
    int claimed[2], accepted[2]; /* pipes of struct load * */
    sem_t room;
};

static void hand_on(const int pipe[2], struct load *l)
{
    must(write(pipe[1], &l, sizeof(l)) == sizeof(l) ? RC_OK : RC_FAIL, "pipe", "");
}

static struct load *take_over(const int pipe[2])
{
    struct load *l;

    must(read(pipe[0], &l, sizeof(l)) == sizeof(l) ? RC_OK : RC_FAIL, "pipe", "");
    return l;
}

static void *claim_all(void *arg)
{
    struct line *line = arg;
    struct db *db = bench_db_open(2);

    for (uint64_t done = 0; done < line->n;) {
        struct load *l;
        sem_wait(&line->room);
        l = claim(db, line->batch);
        done += l->claim.n;
        hand_on(line->claimed, l);
    }
    db_close(db);
    return NULL;
}

static void *accept_all(void *arg)
{
    struct line *line = arg;
    struct db *db = bench_db_open(3);

    for (uint64_t done = 0; done < line->n;) {
        struct load *l = take_over(line->claimed);
        done += l->claim.n;
        record(db, l, OUTBOX_ACCEPTED);
        hand_on(line->accepted, l);
    }
    db_close(db);
    return NULL;
}

static void together(struct db *db, unsigned batch, uint64_t n, struct outcome *out)
{
    struct line line = { .batch = batch, .n = n };
    uint64_t first = queue(db, n), done = 0;
    int64_t from = clock_monotonic_us();
    pthread_t claims, answers;

    must(pipe(line.claimed) || pipe(line.accepted) || sem_init(&line.room, 0, LOADS) ? RC_FAIL
                                                                                     : RC_OK,
         "pipe", "");
    must(pthread_create(&claims, NULL, claim_all, &line) ||
                 pthread_create(&answers, NULL, accept_all, &line)
             ? RC_FAIL
             : RC_OK,
         "thread", "");
    while (done < n) {
        struct load *l = take_over(line.accepted);
        done += l->claim.n;
        record(db, l, OUTBOX_DELIVERED);
        load_free(l);
        sem_post(&line.room);
    }
    pthread_join(claims, NULL);
    pthread_join(answers, NULL);
    lap(&from, &out->together);
    for (size_t i = 0; i < 2; i++) {
        close(line.claimed[i]);
        close(line.accepted[i]);
    }
    sem_destroy(&line.room);
    check(db, first, n);
    contact_all(db);
}

static void say(const char *figure, unsigned batch, double us)
{
    printf("raw_%s_us_batch_%u %.2f us\n", figure, batch, us);
}

/* Returns the rate of the three connections. */
static double measure(struct db *db, unsigned batch, uint64_t n)
{
    const double alone = (double)(n / 4);
    struct outcome o = { 0 };

    step_by_step(db, batch, n / 4, &o);
    together(db, batch, n, &o);
    say("claim", batch, o.claim * 1e6 / alone);
    say("accept", batch, o.accept * 1e6 / alone);
    say("receipt", batch, o.receipt * 1e6 / alone);
    say("contact", batch, o.contact * 1e6 / alone);
    printf("store_messages_per_second_raw_one_connection_batch_%u %.0f 1/s\n", batch,
           alone / (o.claim + o.accept + o.receipt));
    printf("store_messages_per_second_raw_batch_%u %.0f 1/s\n", batch, (double)n / o.together);
    return (double)n / o.together;
}

int main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : MESSAGES;
    double best = 0;
    struct db *db;

    setvbuf(stdout, NULL, _IOLBF, 0);
    bench_server_start();
    db = bench_db_open(1);
    for (size_t i = 0; i < sizeof(fill_customers) / sizeof(fill_customers[0]); i++)
        must(db_run(db, fill_customers[i], DB_IN(db_u64(n)), NULL), "customers", "");
    printf("# raw messages=%llu, a quarter of them step by step; slices of %d\n",
           (unsigned long long)n, SLICE);
    for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
        double rate = measure(db, batches[i], n);
        best = rate > best ? rate : best;
    }
    printf("store_messages_per_second_raw %.0f 1/s\n", best);
    db_close(db);
    return 0;
}
