/* escalation_run.c - what is due, and what is to be done about it. */
#include "store/escalation_run.h"

#include <stdlib.h>

#include "domain/mail_address.h"
#include "store/db.h"
#include "store/escalation_private.h"
#include "store/matter_private.h"
#include "store/staff.h"

#define LOG_PART "escalation"
#include "base/log.h"

#define PUT_OFF_US (3600 * USEC_PER_SEC) /* what cannot be carried out */

static const char SQL_DUE[] =
    "SELECT kind, subject_id, policy_id, team_id, staff_id, urgent, state, turn, step, round,"
    "       base_at, at_once, wait_until, ack_at, events, version, COUNT(*) OVER ()"
    "  FROM (SELECT *"
    "          FROM matter"
    "         WHERE next_at <= ?"
    "         ORDER BY next_at, kind, subject_id"
    "         LIMIT ?) d";

static const char SQL_PUT_OFF[] = "UPDATE matter"
                                  "   SET next_at = ?, version = version + 1"
                                  " WHERE kind = ? AND subject_id = ? AND version = ?";

/* What was moved on by a clock that was ahead counts from its step's moment, or from now. Before a
 * first step the moment is that of the contact, and may be ahead. */
static const char SQL_SET_BACK[] =
    "UPDATE matter m"
    "   SET m.base_at = GREATEST(?, COALESCE((SELECT MAX(h.planned_at)"
    "                                           FROM matter_step h"
    "                                          WHERE h.kind = m.kind"
    "                                            AND h.subject_id = m.subject_id"
    "                                            AND h.turn = m.turn), ?)),"
    "       m.next_at = IF(m.state = 'open', ?, m.next_at), m.version = m.version + 1"
    " WHERE m.state IN ('open', 'acknowledged') AND m.base_at > ?"
    "   AND (m.step > 0 OR m.round > 0 OR m.kind = 'alert' AND m.wait_until IS NULL)";

static const char SQL_SET_BACK_ACKNOWLEDGED[] =
    "UPDATE matter"
    "   SET ack_at = ?, wait_until = NULL, next_at = ?, version = version + 1"
    " WHERE state = 'acknowledged' AND ack_at > ? AND next_at IS NOT NULL";

static const char SQL_SET_BACK_ANSWERS[] = "UPDATE staff_answer SET next_at = ? WHERE next_at > ?";

static const char SQL_NEXT[] = "SELECT next_at"
                               "  FROM matter"
                               " WHERE next_at IS NOT NULL"
                               " ORDER BY next_at"
                               " LIMIT 1";

static void map_due(const struct db_rows *rows, const struct escalation_run *run,
                    struct due_matter *d)
{
    *d = (struct due_matter){
        .kind = matter_kind_of(db_get_text(rows, 0)),
        .subject_id = db_get_u64(rows, 1),
        .policy = escalation_policies_get(&run->policies, db_get_u64(rows, 2)),
        .state = matter_state_of(db_get_text(rows, 6)),
        .turn = (unsigned)db_get_u64(rows, 7),
        .events = (unsigned)db_get_u64(rows, 14),
        .version = (unsigned)db_get_u64(rows, 15),
        .facts = { .team_id = (unsigned)db_get_u64(rows, 3),
                   .staff_id = (unsigned)db_get_u64(rows, 4),
                   .urgent = db_get_u64(rows, 5) != 0,
                   .step = (unsigned)db_get_u64(rows, 8),
                   .round = (unsigned)db_get_u64(rows, 9),
                   .base_at = db_get_time(rows, 10),
                   .at_once = db_get_u64(rows, 11) != 0,
                   .wait_until = db_get_time(rows, 12),
                   .ack_at = db_get_time(rows, 13) },
    };
    d->facts.acknowledged = d->state == MATTER_ACKNOWLEDGED;
}

static enum rc read_due(struct db *db, struct escalation_run *run)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_DUE, DB_IN(db_time(run->now), db_u64(ESCALATION_RUN_MAX)), &rows);

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        if (!run->list)
            run->list = arena_alloc(&run->arena, db_get_u64(rows, 16) * sizeof(*run->list));
        if (run->list)
            map_due(rows, run, &run->list[run->n++]);
        else
            rc = RC_FAIL;
    }
    return db_rows_end(rows) ? RC_AGAIN : rc;
}

/* By the channels that the step wants and the person has, else by the one that there is. */
static void choose_channels(const struct escalation_run *run, struct due_matter *d)
{
    const struct escalation_step *step = &d->policy->rules.steps[d->verdict.at_step];
    const struct staff_member *m = staff_book_member(&run->book, d->verdict.whom);
    const bool phone = *m->phone != '\0', mail = *m->mail != '\0';

    d->by_sms = phone && (step->by_sms || !mail);
    d->by_mail = mail && (step->by_mail || !phone);
}

static void decide(const struct escalation_run *run, const struct escalation_desk *desk,
                   struct due_matter *d)
{
    if (!d->policy) {
        log_warn("matter=%s-%llu reason=\"its policy is gone\" effect=\"nobody is told\"",
                 matter_kind_name(d->kind), (unsigned long long)d->subject_id);
        d->verdict = (struct escalation_verdict){ .what = ESCALATION_END,
                                                  .ends = true,
                                                  .step = d->facts.step,
                                                  .round = d->facts.round,
                                                  .base_at = d->facts.base_at,
                                                  .look_at = CALENDAR_NEVER };
        return;
    }
    d->verdict = escalation_decide(&d->policy->rules, &d->facts, desk, run->now);
    if (d->verdict.what == ESCALATION_TELL)
        choose_channels(run, d);
}

/* Who is told stands together; of one person the contacts before the alerts, by their numbers. */
static int by_addressee(const void *a, const void *b)
{
    const struct due_matter *x = a, *y = b;
    const unsigned to = x->verdict.whom, other = y->verdict.whom;
    const bool tells = x->verdict.what == ESCALATION_TELL,
               tells_too = y->verdict.what == ESCALATION_TELL;

    if (tells != tells_too)
        return tells ? -1 : 1;
    if (tells && to != other)
        return to < other ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->subject_id > y->subject_id) - (x->subject_id < y->subject_id);
}

/* What no mail can be sent to is none: who has it is told by the other channel, or is not there. */
static bool may_get_mail(const struct staff_member *m)
{
    char address[ADDRESS_SIZE];
    enum mail_fault fault;

    return !mail_address_normalise(m->mail, address, &fault);
}

enum rc escalation_book_read(struct db *db, const struct escalation_settings *settings,
                             struct arena *arena, struct staff_book *out)
{
    const enum rc rc = staff_book_read(db, arena, out);

    for (size_t i = 0; !rc && i < out->n_staff; i++) {
        if (settings->no_mail || !may_get_mail(&out->staff[i]))
            out->staff[i].mail = "";
        if (settings->no_sms)
            out->staff[i].phone = "";
    }
    return rc;
}

static enum rc fill(struct db *db, struct escalation_run *run)
{
    struct zone_shelf zones;
    struct escalation_desk desk = { &run->book, &zones, run->settings->holidays };
    enum rc rc = escalation_book_read(db, run->settings, &run->arena, &run->book);

    if (!rc)
        rc = escalation_policies_read(db, &run->arena, &run->policies);
    if (!rc)
        rc = read_due(db, run);
    if (rc || !run->n)
        return rc;
    rc = zone_shelf_open(&zones, run->settings->timezone, NULL);
    if (rc)
        return rc;
    for (size_t i = 0; i < run->n; i++)
        decide(run, &desk, &run->list[i]);
    zone_shelf_close(&zones);
    qsort(run->list, run->n, sizeof(run->list[0]), by_addressee);
    return RC_OK;
}

enum rc escalation_run_begin(struct db *db, const struct escalation_settings *settings, utc_us now,
                             struct escalation_run **out)
{
    struct escalation_run *run;
    utc_us next;
    enum rc rc = escalation_next(db, &next);

    *out = NULL;
    if (rc || next > now)
        return rc;
    run = calloc(1, sizeof(*run));
    if (!run)
        return RC_FAIL;
    run->settings = settings;
    run->now = now;
    arena_init(&run->arena);
    rc = fill(db, run);
    if (rc || !run->n) {
        escalation_run_free(run);
        return rc;
    }
    *out = run;
    return RC_OK;
}

/* Where the page that begins at `from` ends: not between matters that one person is told of. */
static size_t page_end(const struct escalation_run *run, size_t from)
{
    size_t to = from + ESCALATION_PAGE;

    if (to >= run->n)
        return run->n;
    while (to < run->n && to - from < ESCALATION_PAGE_MAX &&
           run->list[to].verdict.what == ESCALATION_TELL &&
           run->list[to].verdict.whom == run->list[to - 1].verdict.whom)
        to++;
    return to;
}

static void add_up(struct escalation_done *sum, const struct escalation_done *part)
{
    sum->told += part->told;
    sum->skipped += part->skipped;
    sum->nobody += part->nobody;
    sum->late += part->late;
    sum->notices += part->notices;
    sum->exhausted += part->exhausted;
}

static enum rc put_off(struct db *db, const struct escalation_run *run, const struct due_matter *d,
                       enum rc why)
{
    log_error("matter=%s-%llu rc=%s effect=\"put off for an hour\"", matter_kind_name(d->kind),
              (unsigned long long)d->subject_id, rc_name(why));
    return db_run(db, SQL_PUT_OFF,
                  DB_IN(db_time(run->now + PUT_OFF_US), db_text(matter_kind_name(d->kind)),
                        db_u64(d->subject_id), db_u64(d->version)),
                  NULL);
}

/* What fails for a reason of its own, and not because the database is away, holds up nobody else:
 * it is looked for by halves, and put off. */
static enum rc write_part(struct db *db, struct escalation_run *run, size_t from, size_t to,
                          struct escalation_done *done)
{
    const size_t middle = from + (to - from) / 2;
    struct escalation_done part;
    enum rc rc = escalation_page_write(db, run, from, to, &part);

    if (!rc)
        add_up(done, &part);
    if (!rc || rc == RC_AGAIN || rc == RC_UNKNOWN)
        return rc;
    if (to - from == 1)
        return put_off(db, run, &run->list[from], rc);
    rc = write_part(db, run, from, middle, done);
    return rc ? rc : write_part(db, run, middle, to, done);
}

enum rc escalation_run_page(struct db *db, struct escalation_run *run, struct escalation_done *done,
                            bool *more)
{
    const size_t to = page_end(run, run->at);
    enum rc rc;

    *done = (struct escalation_done){ .told = 0 };
    rc = write_part(db, run, run->at, to, done);
    if (rc)
        return rc;
    run->at = to;
    *more = to < run->n;
    return RC_OK;
}

enum rc escalation_set_back(struct db *db, utc_us now)
{
    const struct db_value at = db_time(now), ahead = db_time(now + ESCALATION_PUNCTUAL_US);
    enum rc rc = db_run(db, SQL_SET_BACK, DB_IN(at, at, at, ahead), NULL);

    if (!rc)
        rc = db_run(db, SQL_SET_BACK_ACKNOWLEDGED, DB_IN(at, at, ahead), NULL);
    return rc ? rc : db_run(db, SQL_SET_BACK_ANSWERS, DB_IN(at, ahead), NULL);
}

bool escalation_run_was_full(const struct escalation_run *run)
{
    return run->n == ESCALATION_RUN_MAX;
}

void escalation_run_free(struct escalation_run *run)
{
    if (!run)
        return;
    arena_close(&run->arena);
    free(run);
}

enum rc escalation_next(struct db *db, utc_us *at)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_NEXT, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    *at = db_next(rows) ? db_get_time(rows, 0) : CALENDAR_NEVER;
    return db_rows_end(rows);
}
