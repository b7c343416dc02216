/*
 * test_store_faults.c - the whole life of a few messages, with a fault at its Nth statement, for
 * every N: a deadlock, a lost connection before or after the server did it, a full disk, the end of
 * the process before or after. Then the node starts again, and nothing is lost, no promotion
 * doubled, and none sent after a STOP.
 *
 * The faults come by the linker (-Wl,--wrap): the store does not know that it is tested. A life
 * runs in a child, so that it can end at any statement; what the carrier saw stands in shared
 * memory.
 */
#define _GNU_SOURCE
#include <mysql.h>
#include <mysqld_error.h>
#include <errmsg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domain/message.h"
#include "store/inbound.h"
#include "tests/support/outbox_rig.h"
#include "tests/support/testdb.h"

#define DIED      9
#define TRIES     40
#define WINDOW    2
#define TAKEN     32
#define SERVICE   100
#define THROTTLED 2 /* the carrier refuses it once, for now */
#define UNHEARD   3 /* its answer is lost */
#define STOPPED   5

enum fault { NONE, DEADLOCK, LOST_BEFORE, LOST_AFTER, DISK_FULL, DIE_BEFORE, DIE_AFTER };
static const char *const fault_names[] = { "none",      "deadlock",   "lost before", "lost after",
                                           "disk full", "die before", "die after" };

/* What the carrier knows, whoever of us lives. */
static struct carrier {
    struct {
        uint64_t message;
        bool receipt_taken;
    } taken[TAKEN]; /* the id it gave is the index */
    unsigned n_taken;
    bool refused_once, stop_taken;
    unsigned statements; /* of the life */
} * carrier;

/* ---- the faults ---- */

static struct {
    enum fault fault;
    unsigned at, count;
    unsigned number; /* the error to tell; 0: the library's own */
} plan;

int __real_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len);
int __real_mysql_stmt_execute(MYSQL_STMT *stmt);
unsigned __real_mysql_errno(MYSQL *mysql);
const char *__real_mysql_error(MYSQL *mysql);
unsigned __real_mysql_stmt_errno(MYSQL_STMT *stmt);
const char *__real_mysql_stmt_error(MYSQL_STMT *stmt);
int __wrap_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len);
int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt);
unsigned __wrap_mysql_errno(MYSQL *mysql);
const char *__wrap_mysql_error(MYSQL *mysql);
unsigned __wrap_mysql_stmt_errno(MYSQL_STMT *stmt);
const char *__wrap_mysql_stmt_error(MYSQL_STMT *stmt);

static bool is_due(void)
{
    plan.number = 0;
    plan.count++;
    if (carrier)
        carrier->statements = plan.count;
    return plan.fault != NONE && plan.count == plan.at;
}

static void cut(MYSQL *mysql)
{
    shutdown(mysql_get_socket(mysql), SHUT_RDWR);
}

/* Before the statement; true: it is not to run, and has failed. */
static bool before(MYSQL *mysql)
{
    static const char rollback[] = "ROLLBACK";

    switch (plan.fault) {
    case DEADLOCK: /* the server rolls back by itself */
        __real_mysql_real_query(mysql, rollback, sizeof(rollback) - 1);
        plan.number = ER_LOCK_DEADLOCK;
        return true;
    case DISK_FULL:
        plan.number = ER_DISK_FULL;
        return true;
    case LOST_BEFORE:
        cut(mysql);
        return false;
    case DIE_BEFORE:
        _exit(DIED);
    case NONE:
    case LOST_AFTER:
    case DIE_AFTER:
        break;
    }
    return false;
}

static int after(MYSQL *mysql, int result)
{
    if (plan.fault == DIE_AFTER)
        _exit(DIED);
    if (plan.fault != LOST_AFTER)
        return result;
    cut(mysql);
    plan.number = CR_SERVER_LOST;
    return 1;
}

int __wrap_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len)
{
    if (!is_due())
        return __real_mysql_real_query(mysql, sql, len);
    return before(mysql) ? 1 : after(mysql, __real_mysql_real_query(mysql, sql, len));
}

int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt)
{
    if (!is_due())
        return __real_mysql_stmt_execute(stmt);
    return before(stmt->mysql) ? 1 : after(stmt->mysql, __real_mysql_stmt_execute(stmt));
}

unsigned __wrap_mysql_errno(MYSQL *mysql)
{
    return plan.number ? plan.number : __real_mysql_errno(mysql);
}

const char *__wrap_mysql_error(MYSQL *mysql)
{
    return plan.number ? "a planned fault" : __real_mysql_error(mysql);
}

unsigned __wrap_mysql_stmt_errno(MYSQL_STMT *stmt)
{
    return plan.number ? plan.number : __real_mysql_stmt_errno(stmt);
}

const char *__wrap_mysql_stmt_error(MYSQL_STMT *stmt)
{
    return plan.number ? "a planned fault" : __real_mysql_stmt_error(stmt);
}

/* ---- a life ---- */

static void must(enum rc rc, const char *what)
{
    if (rc == RC_OK)
        return;
    fprintf(stderr, "%s: %s, with \"%s\" at statement %u\n", what, rc_name(rc),
            fault_names[plan.fault], plan.at);
    abort();
}

/* As flow does: what failed for now is done again. */
#define AGAIN(rc, call)                                                                        \
    do {                                                                                       \
        int tries_ = 0;                                                                        \
        do                                                                                     \
            rc = (call);                                                                       \
        while ((rc == RC_AGAIN || rc == RC_UNKNOWN || rc == RC_CONFLICT) && ++tries_ < TRIES); \
        must(rc, #call);                                                                       \
    } while (0)

static void recover(struct db *d, enum outbox_fate fate)
{
    size_t n;
    enum rc rc;

    AGAIN(rc, outbox_recover(d, CHANNEL_SMS, fate, NOW, NOW, &n));
}

static void record_batch(struct db *d, struct outbox_batch *batch)
{
    size_t strays;
    enum rc rc;

    AGAIN(rc, outbox_record(d, batch, &strays));
}

/* The carrier's answer to a submit. */
static struct outbox_event answer_to(const struct outbox_message *m)
{
    struct outbox_event e = { .message_id = m->id, .single = true, .at = NOW, .carrier_id = 1 };

    if (m->id == THROTTLED && !carrier->refused_once) {
        carrier->refused_once = true;
        e.kind = OUTBOX_REQUEUED;
        e.due_at = NOW;
        return e;
    }
    carrier->taken[carrier->n_taken].message = m->id;
    if (m->id == UNHEARD) {
        e.kind = OUTBOX_UNKNOWN;
        e.reference = message_reference(m->id, 0);
        snprintf(e.address, sizeof(e.address), "%s", m->address);
    } else {
        e.kind = OUTBOX_ACCEPTED;
        snprintf(e.smsc_message_id, sizeof(e.smsc_message_id), "%u", carrier->n_taken);
    }
    if (++carrier->n_taken == TAKEN)
        abort();
    return e;
}

/* Claims a window, submits it, records the answers. False: nothing is left. */
static bool send_window(struct db *d)
{
    struct outbox_request request = { .queue_id = 1, .limit = WINDOW, .limit_promo = WINDOW };
    struct outbox_event events[WINDOW];
    struct outbox_slice_key closed[WINDOW + 8];
    struct outbox_batch batch = { .events = events, .closed = closed };
    struct outbox_claim c = { .n = 0 };
    struct arena arena;
    enum rc rc;
    int tries = 0;
    bool any;

    arena_init(&arena);
    while ((rc = outbox_claim(d, &request, 1, NOW, NULL, &arena, &c)) != RC_OK && ++tries < TRIES) {
        if (rc == RC_UNKNOWN) /* nothing of it was sent */
            recover(d, OUTBOX_NEVER_SENT);
    }
    must(rc, "claim");
    for (size_t i = 0; i < c.n; i++)
        events[batch.n++] = answer_to(&c.messages[i]);
    for (size_t i = 0; i < c.n_slices && batch.n_closed < WINDOW + 8; i++) {
        if (c.slices[i].exhausted)
            closed[batch.n_closed++] = c.slices[i].key;
    }
    any = c.n > 0 || c.withheld > 0;
    if (batch.n || batch.n_closed)
        record_batch(d, &batch);
    arena_close(&arena);
    return any;
}

static void take_stop(struct db *d)
{
    const struct inbound_item item = {
        .at = NOW,
        .carrier_id = 1,
        .from = "+33612345675",
        .to = "36105",
        .text = "STOP",
        .keyword = { .action = KEYWORD_STOP, .name = "stop", .answer = "" },
    };
    const struct inbound_rules rules = {
        .stop = "Entendu",
        .start = "",
        .help = "",
        .sender = "36105",
        .expires_s = 3600,
    };
    uint64_t first_id = 0;
    struct inbound_outcome outcome;
    struct arena arena;
    enum rc rc;

    if (carrier->stop_taken)
        return;
    arena_init(&arena);
    AGAIN(rc, inbound_record(d, &item, 1, &rules, NOW, &first_id, &arena, &outcome));
    carrier->stop_taken = true;
    arena_close(&arena);
}

static void take_receipts(struct db *d)
{
    struct outbox_event events[TAKEN];
    struct outbox_batch batch = { .events = events };
    uint64_t cursor = 0;
    size_t looked, adopted;
    enum rc rc;

    for (unsigned i = 0; i < carrier->n_taken; i++) {
        uint64_t message = carrier->taken[i].message;
        struct outbox_event *e = &events[batch.n];
        if (carrier->taken[i].receipt_taken)
            continue;
        *e = (struct outbox_event){ .kind = OUTBOX_DELIVERED,
                                    .at = NOW,
                                    .carrier_id = 1,
                                    .reference = message_reference(message, 0) };
        snprintf(e->smsc_message_id, sizeof(e->smsc_message_id), "%u", i);
        if (message <= 5)
            snprintf(e->address, sizeof(e->address), "+3361234567%u", (unsigned)message);
        batch.n++;
    }
    if (batch.n)
        record_batch(d, &batch);
    for (unsigned i = 0; i < carrier->n_taken; i++)
        carrier->taken[i].receipt_taken = true;
    AGAIN(rc, outbox_adopt(d, NOW, &cursor, &looked, &adopted));
}

/* A claim passes over what a lost connection's transaction still has locked: as the daemon, look
 * again. */
static bool is_queued(struct db *d)
{
    uint64_t n = 0;
    enum rc rc;

    AGAIN(rc,
          db_query_u64(d, "SELECT COUNT(*) FROM message WHERE state = 'queued'", DB_NO_INPUT, &n));
    return n > 0;
}

static void live(struct db *d)
{
    recover(d, OUTBOX_MAYBE_SENT);
    (void)send_window(d);
    take_stop(d);
    while (send_window(d) || is_queued(d))
        ;
    take_receipts(d);
}

/* ---- the scene, and what must be true ---- */

static enum rc set_scene(struct db *d, void *arg)
{
    static const char *const statements[] = {
        "DELETE FROM message",
        "DELETE FROM message_event",
        "DELETE FROM message_unknown",
        "DELETE FROM stray_receipt",
        "DELETE FROM outbox_slice",
        "DELETE FROM contact_due",
        "DELETE FROM inbound_message",
        "DELETE FROM opt_out",
        "DELETE FROM consent_current",
        "DELETE FROM consent_event",
        "DELETE FROM consent_chain",
        "DELETE FROM contact_point",
        "DELETE FROM customer",
        "INSERT INTO customer (id, created_at, updated_at) SELECT seq, NOW(), NOW() FROM "
        "seq_1_to_5",
        "INSERT INTO contact_point (customer_id, channel, address, created_at)"
        " SELECT seq, 'sms', CONCAT('+3361234567', seq), NOW() FROM seq_1_to_5",
        "INSERT INTO consent_current"
        " SELECT seq, 'sms', 'promo', 'granted', seq, '2024-01-01' FROM seq_1_to_5",
        "INSERT INTO message (id, customer_id, channel, class, address, sender, text, encoding,"
        "                     parts, legal_basis, created_at, expires_at)"
        " SELECT seq, seq, 'sms', 'promo', CONCAT('+3361234567', seq), '36105', 'Bonjour', 'gsm7',"
        "        1, '', '2024-01-01', '2037-01-01' FROM seq_1_to_5"
        " UNION SELECT 100, NULL, 'sms', 'service', '+33700000001', '38500', 'Votre colis', 'gsm7',"
        "        1, 'contract', '2024-01-01', '2037-01-01'",
        "INSERT INTO outbox_slice (id, last_id, next_id, class, due_at)"
        " VALUES (1, 5, 1, 'promo', '2024-01-01'), (100, 100, 100, 'service', '2024-01-01')",
    };
    enum rc rc = RC_OK;

    (void)arg;
    for (size_t i = 0; !rc && i < sizeof(statements) / sizeof(statements[0]); i++)
        rc = db_run(d, statements[i], DB_NO_INPUT, NULL);
    return rc;
}

/* Five promotions to customers 1 to 5, and the service message 100. */
static void scene(void)
{
    memset(carrier, 0, sizeof(*carrier));
    assert_int_equal(db_transaction(db, set_scene, NULL), RC_OK);
}

static unsigned times_taken(uint64_t message)
{
    unsigned n = 0;

    for (unsigned i = 0; i < carrier->n_taken; i++)
        n += carrier->taken[i].message == message;
    return n;
}

/* NULL, or what is not true. */
#define EXPECT(fact)      \
    do {                  \
        if (!(fact))      \
            return #fact; \
    } while (0)

static const char *complaint_of_promotion(uint64_t id, bool died, unsigned *unknown)
{
    char state[20];

    state_of(id, state);
    EXPECT(times_taken(id) <= 1);
    if (id == STOPPED) {
        EXPECT(times_taken(id) == 0);
        EXPECT(strcmp(state, "cancelled") == 0);
    } else if (times_taken(id) == 1) {
        EXPECT(strcmp(state, "delivered") == 0);
    } else { /* claimed, and then nobody was left to send it */
        EXPECT(died);
        EXPECT(strcmp(state, "unknown") == 0);
        ++*unknown;
    }
    return NULL;
}

static const char *complaint(bool died)
{
    unsigned unknown = 0;
    char state[20];

    for (uint64_t id = 1; id <= 5; id++) {
        const char *what = complaint_of_promotion(id, died, &unknown);
        if (what)
            return what;
    }
    EXPECT(unknown <= WINDOW);
    EXPECT(times_taken(SERVICE) >= 1);
    EXPECT(died || times_taken(SERVICE) == 1);
    state_of(SERVICE, state);
    EXPECT(strcmp(state, "delivered") == 0);
    EXPECT(number("SELECT COUNT(*) FROM message WHERE text = 'Entendu'") == 1);
    EXPECT(number("SELECT COUNT(*) FROM message") == 7);
    EXPECT(number("SELECT COUNT(*) FROM message WHERE state IN ('queued', 'submitting')") == 0);
    EXPECT(number("SELECT COUNT(*) FROM outbox_slice") == 0);
    EXPECT(number("SELECT COUNT(*) FROM opt_out WHERE address = '+33612345675'") == 1);
    EXPECT(number("SELECT COUNT(*) FROM consent_current WHERE customer_id = 5"
                  " AND purpose = 'promo' AND state = 'withdrawn'") == 1);
    EXPECT(number("SELECT COUNT(*) - COUNT(DISTINCT smsc_message_id) FROM message_event"
                  " WHERE kind = 'accepted'") == 0);
    return NULL;
}

static void nothing_is_lost_nothing_doubled(enum fault fault, unsigned at, bool died)
{
    const char *what = complaint(died);

    if (what)
        fail_msg("%s at statement %u: not true: %s", fault_names[fault], at, what);
}

static void live_with(enum fault fault, unsigned at)
{
    struct db *d = testdb_open();

    plan.fault = fault;
    plan.at = at;
    plan.count = 0;
    live(d);
    plan.fault = NONE;
    db_close(d);
}

/* That one ends by the fault. */
static void live_in_a_child(enum fault fault, unsigned at)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        live_with(fault, at);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == DIED);
}

static void a_life_with_every_fault(enum fault fault)
{
    bool ends = fault == DIE_BEFORE || fault == DIE_AFTER;
    unsigned statements;

    scene();
    live_with(NONE, 0);
    statements = carrier->statements;
    assert_true(statements > 30);
    nothing_is_lost_nothing_doubled(NONE, 0, false);
    for (unsigned at = 1; at <= statements; at++) {
        scene();
        if (ends) {
            live_in_a_child(fault, at);
            live(db); /* the next start */
        } else {
            live_with(fault, at);
            assert_true(plan.count >= at);
        }
        nothing_is_lost_nothing_doubled(fault, at, ends);
    }
    print_message("# %s at each of %u statements\n", fault_names[fault], statements);
}

#define EVERY(name, fault)              \
    static void name(void **state)      \
    {                                   \
        (void)state;                    \
        a_life_with_every_fault(fault); \
    }

EVERY(a_deadlock_at_any_statement_changes_nothing, DEADLOCK)
EVERY(a_connection_lost_before_any_statement_changes_nothing, LOST_BEFORE)
EVERY(a_connection_lost_after_any_statement_changes_nothing, LOST_AFTER)
EVERY(a_disk_that_is_full_at_any_statement_changes_nothing, DISK_FULL)
EVERY(an_end_before_any_statement_loses_nothing_and_doubles_no_promotion, DIE_BEFORE)
EVERY(an_end_after_any_statement_loses_nothing_and_doubles_no_promotion, DIE_AFTER)

static void the_check_sees_what_is_lost_and_what_is_doubled(void **state)
{
    (void)state;
    scene();
    assert_non_null(complaint(true)); /* nothing was sent yet */
    live(db);
    assert_null(complaint(false));
    carrier->taken[carrier->n_taken++].message = 1;
    assert_string_equal(complaint(false), "times_taken(id) <= 1");
    carrier->n_taken--;
    assert_int_equal(db_run(db, "DELETE FROM message WHERE text = 'Entendu'", DB_NO_INPUT, NULL),
                     RC_OK);
    assert_non_null(complaint(false));
}

static int setup(void **state)
{
    carrier =
        mmap(NULL, sizeof(*carrier), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (carrier == MAP_FAILED || rig_setup(state) != 0)
        return -1;
    /* The server does not die here: a thousand lives need not wait for the disk. */
    testdb_sql("SET GLOBAL innodb_flush_log_at_trx_commit = 0");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_check_sees_what_is_lost_and_what_is_doubled),
        cmocka_unit_test(a_deadlock_at_any_statement_changes_nothing),
        cmocka_unit_test(a_connection_lost_before_any_statement_changes_nothing),
        cmocka_unit_test(a_connection_lost_after_any_statement_changes_nothing),
        cmocka_unit_test(a_disk_that_is_full_at_any_statement_changes_nothing),
        cmocka_unit_test(an_end_before_any_statement_loses_nothing_and_doubles_no_promotion),
        cmocka_unit_test(an_end_after_any_statement_loses_nothing_and_doubles_no_promotion),
    };

    return cmocka_run_group_tests(tests, setup, rig_teardown);
}
