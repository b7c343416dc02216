/*
 * contact_weeks.c - the store functions of the contact plan, a line of stdin each, on a clock that
 * stands still until it is set: what test_contact_weeks.py lives through weeks with.
 *
 * "contact_weeks serve" has a database of its own until stdin ends, and says where it is;
 * "contact_weeks work SOCKET USER DATABASE LANE" answers each line with one: "ok ..." or "no ...".
 * "die N" ends it, as kill -9 would, at the Nth statement from then on: an even N before it goes to
 * the database, an odd one after its answer. Faults and clock come by the linker (-Wl,--wrap).
 */
#define _GNU_SOURCE
#include <mysql.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "domain/holidays.h"
#include "store/contact_result.h"
#include "store/contact_task.h"
#include "store/db.h"
#include "store/escalation_policy.h"
#include "store/escalation_run.h"
#include "store/matter.h"
#include "store/matter_look.h"
#include "store/staff.h"
#include "tests/support/testdb.h"

#define FIELDS_MAX 12

static struct {
    utc_us now;
    unsigned dies_in;
} world = { .now = INT64_C(1790000000000000) };

/* --- the clock and the end --- */

utc_us __wrap_clock_now(void);
utc_us __wrap_clock_now(void)
{
    return world.now;
}

int __real_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len);
int __real_mysql_stmt_execute(MYSQL_STMT *stmt);
int __wrap_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len);
int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt);

static void maybe_die(bool after)
{
    if (world.dies_in == 1U + after)
        raise(SIGKILL);
    if (world.dies_in > 2 && after)
        world.dies_in -= 2;
}

int __wrap_mysql_real_query(MYSQL *mysql, const char *sql, unsigned long len)
{
    int result;

    maybe_die(false);
    result = __real_mysql_real_query(mysql, sql, len);
    maybe_die(true);
    return result;
}

int __wrap_mysql_stmt_execute(MYSQL_STMT *stmt)
{
    int result;

    maybe_die(false);
    result = __real_mysql_stmt_execute(stmt);
    maybe_die(true);
    return result;
}

/* --- one line --- */

struct line {
    struct db *db;
    const char *fields[FIELDS_MAX + 1]; /* what is not there is "" */
    struct error err;
    char answer[200];
};

static uint64_t number(const struct line *l, int field)
{
    return strtoull(l->fields[field], NULL, 10);
}

static enum rc set_clock(struct line *l)
{
    world.now = (utc_us)number(l, 1);
    return RC_OK;
}

static enum rc arm(struct line *l)
{
    world.dies_in = (unsigned)number(l, 1) + 1;
    return RC_OK;
}

static enum rc run_sql(struct line *l)
{
    return db_run_once(l->db, l->fields[1]);
}

static enum rc set_policy(struct line *l)
{
    const char *field;
    uint64_t id;

    return escalation_policy_set(l->db, l->fields[1], l->fields[2], "test", &id, &field, &l->err);
}

static enum rc set_team(struct line *l)
{
    const struct team_plan plan = { .code = l->fields[1],
                                    .timezone = l->fields[2],
                                    .region = l->fields[3],
                                    .hours = l->fields[4],
                                    .policy = l->fields[5] };
    const char *field;
    unsigned id;

    return team_set(l->db, &plan, "test", &id, &field, &l->err);
}

static enum rc set_staff(struct line *l)
{
    const struct staff_plan plan = { .login = l->fields[1],
                                     .role = l->fields[2],
                                     .team = l->fields[3],
                                     .manager = l->fields[4],
                                     .phone = l->fields[5],
                                     .mail = l->fields[6],
                                     .hours = l->fields[7],
                                     .capacity = -1 };
    const char *field;
    unsigned id;
    enum rc rc = staff_set(l->db, &plan, "test", &id, &field, &l->err);

    snprintf(l->answer, sizeof(l->answer), "%u", rc ? 0 : id);
    return rc;
}

static enum rc add_absence(struct line *l)
{
    const struct absence_plan plan = {
        .login = l->fields[1], .from = l->fields[2], .to = l->fields[3], .deputy = l->fields[4]
    };
    const char *field;
    uint64_t id = 0;
    enum rc rc = absence_add(l->db, &plan, "test", &id, &field, &l->err);

    snprintf(l->answer, sizeof(l->answer), "%llu", (unsigned long long)id);
    return rc;
}

static enum rc cancel_absence(struct line *l)
{
    return absence_cancel(l->db, number(l, 1), "test");
}

/* In a transaction of its own, as a caller would. */
static enum rc put_body(struct db *db, void *arg)
{
    return contact_task_put(db, arg, 1, NULL);
}

/* task ID STAFF TEAM DUE POLICY */
static enum rc put_task(struct line *l)
{
    struct contact_draft draft = { .id = number(l, 1),
                                   .customer_id = 1,
                                   .team_id = (unsigned)number(l, 3),
                                   .staff_id = (unsigned)number(l, 2),
                                   .source = CONTACT_OF_MANAGER,
                                   .day = 20260101,
                                   .due_at = (utc_us)number(l, 4),
                                   .title = "call",
                                   .expected = "",
                                   .reasons = "",
                                   .created_by = "test" };
    enum rc rc = escalation_policy_find(l->db, l->fields[5], &draft.policy_id);

    if (!rc)
        rc = db_transaction(l->db, put_body, &draft);
    return rc == RC_CONFLICT ? RC_OK : rc; /* said again */
}

static enum rc record(struct line *l)
{
    const struct contact_report report = { .task_id = number(l, 1),
                                           .outcome = "reached",
                                           .note = "",
                                           .via = CONTACT_BY_API,
                                           .who = "test",
                                           .at = world.now };
    struct contact_recorded recorded;

    return contact_result_record(l->db, &report, &recorded, &l->err);
}

static enum rc acknowledge_body(struct db *db, void *arg)
{
    const struct line *l = arg;

    return matter_acknowledge(db, MATTER_TASK, number(l, 1), (unsigned)number(l, 2), "test");
}

static enum rc acknowledge(struct line *l)
{
    return db_transaction(l->db, acknowledge_body, l);
}

static enum rc snooze_body(struct db *db, void *arg)
{
    const struct line *l = arg;

    return matter_snooze(db, MATTER_TASK, number(l, 1), (utc_us)number(l, 2), "test");
}

static enum rc snooze(struct line *l)
{
    return db_transaction(l->db, snooze_body, l);
}

static enum rc hand_over_body(struct db *db, void *arg)
{
    const struct line *l = arg;

    return contact_task_hand_over(db, number(l, 1), (unsigned)number(l, 2), "admin");
}

static enum rc hand_over(struct line *l)
{
    return db_transaction(l->db, hand_over_body, l);
}

static enum rc look_again(struct line *l)
{
    struct matter_looks looks;
    enum rc rc;

    do
        rc = matter_look_step(l->db, world.now, &looks);
    while (!rc && looks.more);
    return rc;
}

/* Until nothing is due, as the runner does. */
static enum rc run(struct line *l)
{
    static struct holiday_book holidays;
    const struct escalation_settings settings = {
        .timezone = "Europe/Paris", .holidays = &holidays, .sender = "38123", .link = ""
    };
    enum rc rc = look_again(l);

    for (bool due = true; !rc && due;) {
        struct escalation_run *escalation = NULL;
        struct escalation_done done;
        bool more;

        rc = escalation_run_begin(l->db, &settings, world.now, &escalation);
        due = escalation != NULL;
        for (more = due; !rc && more;)
            rc = escalation_run_page(l->db, escalation, &done, &more);
        escalation_run_free(escalation);
    }
    return rc;
}

static enum rc next(struct line *l)
{
    utc_us at = 0;
    enum rc rc = look_again(l);

    if (!rc)
        rc = escalation_next(l->db, &at);

    snprintf(l->answer, sizeof(l->answer), "%lld", (long long)at);
    return rc;
}

static const struct {
    const char *word;
    enum rc (*run)(struct line *l);
} words[] = {
    { "at", set_clock },     { "die", arm },
    { "sql", run_sql },      { "policy", set_policy },
    { "team", set_team },    { "staff", set_staff },
    { "away", add_absence }, { "back", cancel_absence },
    { "task", put_task },    { "result", record },
    { "ack", acknowledge },  { "snooze", snooze },
    { "over", hand_over },   { "run", run },
    { "next", next },
};

static void answer(struct db *db, char *text)
{
    struct line l = { .db = db };
    enum rc rc = RC_INVALID;
    int n = 0;

    text[strcspn(text, "\n")] = '\0';
    for (char *field; n < FIELDS_MAX && (field = strsep(&text, "|"));)
        l.fields[n++] = field;
    while (n <= FIELDS_MAX)
        l.fields[n++] = "";
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i].word, l.fields[0]) == 0)
            rc = words[i].run(&l);
    }
    if (strcmp(l.fields[0], "die") != 0)
        world.dies_in = 0;
    printf("%s %s%s\n", rc ? "no" : "ok", rc ? rc_name(rc) : l.answer, l.err.text);
    fflush(stdout);
}

static int serve(void)
{
    const struct db_settings *s = testdb_settings();

    printf("%s %s %s\n", s->socket, s->user, s->database);
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}

static int work(char **argv)
{
    const struct db_settings settings = { .socket = argv[2],
                                          .user = argv[3],
                                          .password = "",
                                          .database = argv[4],
                                          .timeout_ms = 60000,
                                          .node_id = 1 };
    struct db *db = db_open(&settings, (unsigned)strtoul(argv[5], NULL, 10));
    char *text = NULL;
    size_t size = 0;

    while (getline(&text, &size, stdin) > 0)
        answer(db, text);
    free(text);
    db_close(db);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "serve") == 0)
        return serve();
    if (argc == 6 && strcmp(argv[1], "work") == 0)
        return work(argv);
    fprintf(stderr, "usage: contact_weeks serve | work SOCKET USER DATABASE LANE\n");
    return 2;
}
