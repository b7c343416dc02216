/*
 * contact_result.c - a result is recorded, in one transaction with all that follows from it.
 *
 * Task, then customer, are locked first: two who report on one task do so one after the other, and
 * the second is a correction.
 */
#include "store/contact_news.h"
#include "store/contact_enrolment.h"
#include "store/contact_result.h"

#include <stdio.h>
#include <string.h>

#include "domain/utf8.h"
#include "domain/value.h"
#include "store/audit.h"
#include "store/contact_outcome.h"
#include "store/contact_result_private.h"
#include "store/contact_task.h"
#include "store/matter.h"

#define WHO_MAX     64 /* characters */
#define AGREED_SIZE 80

static const char *const via_names[] = {
    [CONTACT_BY_CONSOLE] = "console", [CONTACT_BY_API] = "api",   [CONTACT_BY_SMS] = "sms",
    [CONTACT_BY_MAIL] = "mail",       [CONTACT_BY_LINK] = "link",
};

const char *contact_via_name(enum contact_via v)
{
    return via_names[v];
}

static const char SQL_TASK[] =
    "SELECT t.customer_id, COALESCE(t.staff_id, 0), t.state, t.due_at, COALESCE(t.policy_id, 0),"
    "       t.why, COALESCE(r.id, 0), COALESCE(r.outcome_id, 0), r.note, r.next_at,"
    "       COALESCE(r.next_task_id, 0), COALESCE(r.staff_id, 0),"
    "       (SELECT o.effect FROM contact_outcome o WHERE o.id = r.outcome_id),"
    "       (SELECT o.reached FROM contact_outcome o WHERE o.id = r.outcome_id),"
    "       COALESCE(r.spoiled, ''), t.withdrawn"
    "  FROM contact_task t"
    "  LEFT JOIN contact_result r ON r.id = t.result_id"
    " WHERE t.id = ?"
    "   FOR UPDATE";

/* The employee's row is looked at, and not locked. */
static const char SQL_CUSTOMER[] =
    "SELECT c.erased_at IS NOT NULL, (SELECT s.language FROM staff s WHERE s.id = ?),"
    "       c.do_not_contact"
    "  FROM customer c"
    " WHERE c.id = ?"
    "   FOR UPDATE";

static const char SQL_PUT[] =
    "INSERT INTO contact_result (id, task_id, customer_id, staff_id, outcome_id, note, next_at,"
    "                            next_task_id, at, via, via_id, who, spoiled)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/* Of a task that was cancelled: its customer has another one from the list of that day. */
static const char SQL_HAS_OTHER[] = "SELECT COUNT(*)"
                                    "  FROM contact_task t"
                                    "  JOIN contact_task o ON o.customer_id = t.customer_id"
                                    "   AND o.day = t.day AND o.once = 1"
                                    " WHERE t.id = ? AND t.source = 'list'";

/* Who corrects a result does not make it late: when the first one came is what counts. */
static const char SQL_DONE[] =
    "UPDATE contact_task"
    "   SET state = 'done', result_id = ?, outcome_id = ?, done_at = COALESCE(done_at, ?),"
    "       done_by = COALESCE(done_by, ?), why = '', is_twin = is_twin OR ?"
    " WHERE id = ?";

/* The tasks of others for the same customer. */
static const char SQL_OTHERS[] =
    "SELECT COUNT(*) OVER (), t.id, COALESCE(s.login, ''), COALESCE(s.name, '')"
    "  FROM contact_task t"
    "  LEFT JOIN staff s ON s.id = t.staff_id"
    " WHERE t.customer_id = ? AND t.state = 'open' AND t.id NOT IN (?, ?)"
    "   AND (t.staff_id IS NULL OR t.staff_id <> ?)"
    " ORDER BY t.due_at, t.id"
    " LIMIT ?";

struct putting {
    const struct contact_report *report;
    const struct contact_result_ids *ids;
    struct contact_recorded *out;
    struct error *err;
    struct contact_outcome outcome;
    utc_us now, at;

    /* the task, and its result so far */
    uint64_t customer_id, policy_id;
    unsigned staff_id; /* who made the contact; 0: it is not known */
    utc_us due_at;
    bool french, refuses; /* the customer wants no contact already */
    bool cancelled;       /* by what Relais thought of it, while somebody was at it */
    struct {
        uint64_t id, outcome_id, next_task_id; /* 0: none */
        unsigned staff_id;
        enum contact_effect effect;
        bool reached;
        utc_us next_at;
        char spoiled[E164_SIZE];
        char note[CONTACT_NOTE_MAX * UTF8_CHAR_MAX + 1];
    } before;
};

static struct db_value id_or_null(uint64_t id)
{
    return id ? db_u64(id) : db_null();
}

/* The same result said once more, without a word, does not take the first one's note away. */
static const char *note_of(const struct putting *p)
{
    const char *note = p->report->note ? p->report->note : "";

    return *note || p->before.outcome_id != p->outcome.id ? note : p->before.note;
}

/* --- before the transaction --- */

enum rc contact_result_take_ids(struct db *db, const struct contact_report *report,
                                struct contact_result_ids *ids)
{
    struct contact_outcome outcome = { .effect = CONTACT_EFFECT_NONE };
    enum rc rc = contact_outcome_find(db, report->outcome, &outcome);

    *ids = (struct contact_result_ids){ .result = 0 };
    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    rc = db_new_timed_ids(db, "contact_result", 1, &ids->result);
    if (!rc)
        rc = audit_new_id(db, &ids->audit);
    if (!rc)
        rc = contact_next_reckon(db, report, &outcome, &ids->next);
    if (!rc && ids->next.day)
        rc = contact_task_new_ids(db, 1, &ids->task);
    if (!rc && outcome.effect == CONTACT_EFFECT_DO_NOT_CONTACT)
        rc = db_new_ids(db, "consent_event", CONTACT_WORDS, &ids->consent);
    if (!rc && outcome.effect == CONTACT_EFFECT_WRONG_NUMBER)
        rc = db_new_timed_ids(db, "message_event", CONTACT_CANCELS, &ids->event);
    return rc;
}

/* --- is it good? --- */

static enum rc find_outcome(struct db *db, struct putting *p)
{
    const char *code = p->report->outcome;
    enum rc rc = contact_outcome_find(db, code, &p->outcome);

    if (rc == RC_NOTFOUND)
        return error_set(p->err, RC_INVALID,
                         "outcome: there is no \"%.64s\"; relaisctl outcome list shows them", code);
    if (!rc && !p->outcome.on)
        return error_set(p->err, RC_INVALID, "outcome: \"%s\" is not used any more", code);
    return rc;
}

static void take_task(struct putting *p, const struct db_rows *rows)
{
    p->customer_id = db_get_u64(rows, 0);
    if (!p->staff_id)
        p->staff_id = (unsigned)db_get_u64(rows, 1);
    p->due_at = db_get_time(rows, 3);
    p->policy_id = db_get_u64(rows, 4);
    p->before.id = db_get_u64(rows, 6);
    p->before.outcome_id = db_get_u64(rows, 7);
    snprintf(p->before.note, sizeof(p->before.note), "%s", db_get_text(rows, 8));
    p->before.next_at = db_get_time(rows, 9);
    p->before.next_task_id = db_get_u64(rows, 10);
    p->before.staff_id = (unsigned)db_get_u64(rows, 11);
    if (contact_effect_parse(db_get_text(rows, 12), &p->before.effect))
        p->before.effect = CONTACT_EFFECT_NONE; /* there was no result yet */
    p->before.reached = db_get_u64(rows, 13) != 0;
    snprintf(p->before.spoiled, sizeof(p->before.spoiled), "%s", db_get_text(rows, 14));
    p->cancelled = strcmp(db_get_text(rows, 2), contact_state_name(CONTACT_CANCELLED)) == 0;
}

/* A list or a plan that had no use for a task any more does not undo the call that was made; what a
 * person took back is not done. */
static enum rc lock_task(struct db *db, struct putting *p)
{
    const unsigned long long id = p->report->task_id;
    char why[4 * 64 + 1] = "";
    struct db_rows *rows;
    bool found, withdrawn;
    enum rc rc;

    if (!id)
        return RC_OK;
    rc = db_query(db, SQL_TASK, DB_IN(db_u64(id)), &rows);
    if (rc)
        return rc;
    found = db_next(rows);
    withdrawn = found && db_get_u64(rows, 15);
    if (found) {
        take_task(p, rows);
        snprintf(why, sizeof(why), "%s", db_get_text(rows, 5));
    }
    rc = db_rows_end(rows);
    if (rc)
        return rc;
    if (!found)
        return error_set(p->err, RC_NOTFOUND, "there is no task %llu", id);
    if (withdrawn)
        return error_set(p->err, RC_CONFLICT, "task %llu was cancelled%s%s", id, *why ? ": " : "",
                         why);
    if (p->report->first_only && p->before.id && p->before.staff_id != p->staff_id)
        return error_set(p->err, RC_CONFLICT, "task %llu has a result of somebody else's", id);
    return RC_OK;
}

static enum rc lock_customer(struct db *db, struct putting *p)
{
    const unsigned long long id = p->customer_id;
    struct db_rows *rows;
    bool found, erased;
    enum rc rc =
        db_query(db, SQL_CUSTOMER, DB_IN(db_u64(p->staff_id), db_u64(p->customer_id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    erased = found && db_get_u64(rows, 0);
    p->refuses = found && db_get_u64(rows, 2);
    p->french = !found || strcmp(db_get_text(rows, 1), "en") != 0;
    rc = db_rows_end(rows);
    if (rc)
        return rc;
    if (!found)
        return error_set(p->err, RC_NOTFOUND, "there is no customer %llu", id);
    return erased ? error_set(p->err, RC_CONFLICT, "customer %llu was erased", id) : RC_OK;
}

static enum rc check_next(const struct putting *p)
{
    const struct contact_report *r = p->report;
    const bool asked = r->next_at || r->next_day;
    const struct contact_next *next = &p->ids->next;

    if (asked && (p->refuses || p->outcome.effect == CONTACT_EFFECT_DO_NOT_CONTACT))
        return error_set(p->err, RC_INVALID,
                         "next: who does not want to be contacted is not called back");
    if (!asked && !p->outcome.next_days)
        return p->outcome.effect == CONTACT_EFFECT_CALL_BACK
                   ? error_set(p->err, RC_INVALID, "next: say when to call back")
                   : RC_OK;
    if (!next->day)
        return asked ? error_set(p->err, RC_INVALID,
                                 "next: nobody is known who would call; say whose contact it was")
                     : RC_OK;
    if ((asked ? next->asked_at : next->due_at) <= p->now)
        return error_set(p->err, RC_INVALID, "next: that is past");
    if (next->due_at > p->now + CONTACT_NEXT_YEARS * 366 * SEC_PER_DAY * USEC_PER_SEC)
        return error_set(p->err, RC_INVALID, "next: that is more than two years away");
    return RC_OK;
}

/* Nobody tries again whom the customer told not to. */
static const struct contact_next *next_of(const struct putting *p)
{
    static const struct contact_next none;

    return p->refuses ? &none : &p->ids->next;
}

/* An answer that is sent twice, a button that is pressed twice. */
static bool is_repeated(const struct putting *p)
{
    const char *note = note_of(p);
    const size_t len = text_prefix(note, strlen(note), CONTACT_NOTE_MAX);

    return p->before.id && p->before.outcome_id == p->outcome.id &&
           p->before.staff_id == p->staff_id && p->before.next_at == next_of(p)->due_at &&
           strlen(p->before.note) == len && memcmp(p->before.note, note, len) == 0;
}

/* --- what it does --- */

/* The contact that the earlier result agreed on is not to be made, if it is still ahead. */
static enum rc take_back(struct db *db, struct putting *p, const struct contact_affected *a)
{
    enum rc rc = RC_OK;

    if (!p->before.id)
        return RC_OK;
    p->out->corrected = true;
    if (p->before.next_task_id)
        rc = contact_task_cancel(db, p->before.next_task_id, "corrected");
    if (rc == RC_CONFLICT) /* it was made, or is not there any more */
        rc = RC_OK;
    if (!rc && p->before.effect != p->outcome.effect)
        rc = contact_effect_undo(db, a, p->before.effect, p->before.spoiled);
    return rc;
}

static enum rc write_result(struct db *db, const struct putting *p)
{
    const struct contact_report *r = p->report;
    const struct contact_next *next = next_of(p);
    const char *note = note_of(p);

    return db_run(db, SQL_PUT,
                  DB_IN(db_u64(p->ids->result), id_or_null(r->task_id), db_u64(p->customer_id),
                        id_or_null(p->staff_id), db_u64(p->outcome.id),
                        db_bytes(note, text_prefix(note, strlen(note), CONTACT_NOTE_MAX)),
                        db_time(next->due_at), id_or_null(next->day ? p->ids->task : 0),
                        db_time(p->at), db_text(via_names[r->via]), id_or_null(r->via_id),
                        db_bytes(r->who, text_prefix(r->who, strlen(r->who), WHO_MAX)),
                        db_text(p->before.effect == p->outcome.effect ? p->before.spoiled : "")),
                  NULL);
}

static enum rc end_task(struct db *db, const struct putting *p)
{
    const uint64_t id = p->report->task_id;
    uint64_t others = 0;
    enum rc rc = RC_OK;

    if (!id)
        return RC_OK;
    if (p->cancelled)
        rc = db_query_u64(db, SQL_HAS_OTHER, DB_IN(db_u64(id)), &others);
    if (!rc)
        rc = db_run(db, SQL_DONE,
                    DB_IN(db_u64(p->ids->result), db_u64(p->outcome.id), db_time(p->at),
                          id_or_null(p->staff_id), db_u64(others != 0), db_u64(id)),
                    NULL);
    if (!rc)
        rc = contact_enrolment_heard(db, id, p->now);
    return rc ? rc : matter_settle(db, MATTER_TASK, id, "result", p->report->who);
}

/* Who calls on Monday is to know that it was agreed on for Sunday. */
static const char *say_agreed(const struct putting *p, const struct contact_agreed *agreed,
                              char out[AGREED_SIZE])
{
    const struct civil *w = &agreed->wall;
    char hour[16] = "";

    if (!agreed->rest)
        return p->french ? "Rappeler comme convenu" : "Call back as agreed";
    if (agreed->has_hour)
        snprintf(hour, sizeof(hour), p->french ? " à %02d:%02d" : " %02d:%02d", w->hour, w->minute);
    if (p->french)
        snprintf(out, AGREED_SIZE, "Rappeler, convenu pour le %02d/%02d%s", w->day, w->month, hour);
    else
        snprintf(out, AGREED_SIZE, "Call back, agreed for %d-%02d-%02d%s", w->year, w->month,
                 w->day, hour);
    return out;
}

static enum rc add_next(struct db *db, const struct putting *p)
{
    const struct contact_next *next = next_of(p);
    const bool agreed = p->report->next_at || p->report->next_day;
    char as_agreed[AGREED_SIZE];
    const struct contact_draft draft = {
        .id = p->ids->task,
        .customer_id = p->customer_id,
        .team_id = next->team_id,
        .staff_id = next->staff_id,
        .source = CONTACT_OF_CALL_BACK,
        .day = next->day,
        .due_at = next->due_at,
        .title = agreed      ? say_agreed(p, &next->agreed, as_agreed)
                 : p->french ? "Essayer de nouveau"
                             : "Try again",
        .policy_id = p->policy_id,
        .created_by = p->report->who,
        .by_staff_id = p->staff_id,
    };

    if (!next->day)
        return RC_OK;
    p->out->next_task_id = draft.id;
    p->out->next_at = draft.due_at;
    p->out->agreed = next->agreed;
    return contact_task_put(db, &draft, 1, NULL);
}

/* What else is open for the customer, so that nobody calls twice. */
static enum rc find_others(struct db *db, const struct putting *p)
{
    struct contact_recorded *out = p->out;
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_OTHERS,
                 DB_IN(db_u64(p->customer_id), db_u64(p->report->task_id),
                       db_u64(out->next_task_id), db_u64(p->staff_id), db_u64(CONTACT_OTHERS_MAX)),
                 &rows);

    if (rc)
        return rc;
    for (out->n_others = 0; out->n_others < CONTACT_OTHERS_MAX && db_next(rows); out->n_others++) {
        struct contact_other *o = &out->others[out->n_others];

        out->all_others = (size_t)db_get_u64(rows, 0);
        o->id = db_get_u64(rows, 1);
        snprintf(o->login, sizeof(o->login), "%s", db_get_text(rows, 2));
        snprintf(o->name, sizeof(o->name), "%s", db_get_text(rows, 3));
    }
    return db_rows_end(rows);
}

static enum rc write_all(struct db *db, struct putting *p)
{
    const struct contact_affected a = { .report = p->report,
                                        .ids = p->ids,
                                        .customer_id = p->customer_id,
                                        .task_id = p->report->task_id,
                                        .at = p->at,
                                        .out = p->out };
    enum rc rc = take_back(db, p, &a);

    if (!rc)
        rc = write_result(db, p);
    if (!rc)
        rc = end_task(db, p);
    if (!rc && p->outcome.reached)
        rc = contact_talked(db, &a);
    else if (!rc && p->before.reached)
        rc = contact_not_talked(db, &a);
    if (!rc && p->before.effect != p->outcome.effect)
        rc = contact_effect_apply(db, &a, p->outcome.effect);
    if (!rc)
        rc = add_next(db, p);
    if (!rc)
        rc = contact_news_put(db, p->customer_id, p->now);
    if (rc)
        return rc;
    return audit_write(
        db, &(struct audit_entry){ .id = p->ids->audit,
                                   .at = p->now,
                                   .who = p->report->who,
                                   .verb = p->out->corrected ? "correct" : "result",
                                   .subject = a.task_id ? AUDIT_CONTACT_TASK : AUDIT_CUSTOMER,
                                   .subject_id = a.task_id ? a.task_id : p->customer_id,
                                   .detail = p->outcome.code });
}

/* --- the transaction --- */

enum rc contact_result_put(struct db *db, const struct contact_report *report,
                           const struct contact_result_ids *ids, struct contact_recorded *out,
                           struct error *err)
{
    struct putting p = { .report = report,
                         .ids = ids,
                         .out = out,
                         .err = err,
                         .now = clock_now(),
                         .customer_id = report->customer_id,
                         .staff_id = report->staff_id };
    enum rc rc;

    p.at = report->at ? report->at : p.now;
    *out = (struct contact_recorded){ .task_id = report->task_id };
    rc = find_outcome(db, &p);
    if (!rc)
        rc = lock_task(db, &p);
    if (!rc)
        rc = lock_customer(db, &p);
    if (!rc)
        rc = ids->result ? check_next(&p) : RC_AGAIN; /* the outcome is newer than the ids */
    if (rc)
        return rc;
    out->id = ids->result;
    out->customer_id = p.customer_id;
    out->effect = p.outcome.effect;
    out->late = report->task_id && p.at > p.due_at;
    if (is_repeated(&p)) {
        out->id = p.before.id;
        out->repeated = true;
        out->next_task_id = p.before.next_task_id;
        out->next_at = p.before.next_at;
        if (out->next_task_id)
            out->agreed = ids->next.agreed;
    } else {
        rc = write_all(db, &p);
    }
    return rc ? rc : find_others(db, &p);
}

struct recording {
    const struct contact_report *report;
    struct contact_result_ids ids;
    struct contact_recorded *out;
    struct error *err;
};

static enum rc record_body(struct db *db, void *arg)
{
    struct recording *r = arg;

    return contact_result_put(db, r->report, &r->ids, r->out, r->err);
}

enum rc contact_result_record(struct db *db, const struct contact_report *report,
                              struct contact_recorded *out, struct error *err)
{
    struct recording r = { .report = report, .out = out, .err = err };
    enum rc rc = contact_result_take_ids(db, report, &r.ids);

    return rc ? rc : db_transaction(db, record_body, &r);
}
