/* staff_reply_act.c - an act for each number of each command, and how it is done. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/work_time.h"
#include "store/alert.h"
#include "store/audit.h"
#include "store/contact_task.h"
#include "store/staff_reply_private.h"

/* --- which --- */

static bool is_open(enum matter_state state)
{
    return state != MATTER_SETTLED;
}

static struct staff_reply_work *
add_act(struct staff_reply_job *j, const struct staff_reply_command *c, enum staff_reply_fate fate)
{
    struct staff_reply_work *w;

    if (j->n_works == STAFF_REPLY_ACTS_MAX) {
        j->reply.cut = true;
        return NULL;
    }
    w = &j->works[j->n_works++];
    *w = (struct staff_reply_work){ .act = { .command = c, .name = "", .fate = fate } };
    return w;
}

/* What becomes of it if nothing else comes in between. */
static enum staff_reply_fate fate_of(const struct staff_reply_command *c,
                                     const struct staff_reply_subject *s)
{
    if (!s || !s->theirs)
        return STAFF_REPLY_UNKNOWN;
    if (s->over || (c->verb != STAFF_REPLY_RESULT && !s->waits))
        return s->gone ? STAFF_REPLY_GONE : STAFF_REPLY_OVER;
    if (c->verb == STAFF_REPLY_RESULT && (s->number.alert ? !c->closes : c->outcome == SIZE_MAX))
        return STAFF_REPLY_NO_SUCH;
    return STAFF_REPLY_DONE;
}

static const char *note_of(const struct staff_reply_job *j, const struct staff_reply_command *c)
{
    return c->note_len ? arena_copy(j->arena, c->note, c->note_len) : "";
}

/* Of an acknowledgement, a pause, handing over: a note stands with the task. */
static enum rc take_act_ids(struct db *db, const struct staff_reply_job *j,
                            struct staff_reply_work *w)
{
    enum rc rc = audit_new_id(db, &w->audit_id);

    if (rc || w->act.number.alert || !w->act.command->note_len)
        return rc;
    w->remark = (struct contact_remark){ .task_id = w->act.number.id,
                                         .note = note_of(j, w->act.command),
                                         .who = j->me->login };
    return w->remark.note ? contact_task_remark_ids(db, &w->remark) : RC_FAIL;
}

static enum rc add_number(struct db *db, struct staff_reply_job *j,
                          const struct staff_reply_command *c,
                          const struct staff_reply_number *number)
{
    const struct staff_reply_subject *s = NULL;
    struct staff_reply_work *w;
    enum rc rc = staff_reply_look(db, j, number, &s);

    if (rc)
        return rc;
    w = add_act(j, c, c->fault ? STAFF_REPLY_DONE : fate_of(c, s));
    if (!w)
        return RC_OK;
    w->act.number = *number;
    w->doable = !c->fault && w->act.fate == STAFF_REPLY_DONE;
    /* A customer's name stands beside a result alone: by that it is found, and forgotten. */
    if (s && s->theirs && (number->alert || (w->doable && c->verb == STAFF_REPLY_RESULT)))
        w->act.name = s->name;
    if (w->act.fate == STAFF_REPLY_OVER)
        w->act.was = s->was;
    if (w->act.fate == STAFF_REPLY_UNKNOWN && s)
        w->act.was = s->has;
    if (!w->doable)
        return RC_OK;
    if (c->verb != STAFF_REPLY_RESULT || number->alert)
        return take_act_ids(db, j, w);
    w->report = (struct contact_report){
        .task_id = number->id,
        .outcome = j->outcomes.list[c->outcome].code,
        .note = note_of(j, c),
        .next_at = c->at,
        .staff_id = j->me->id,
        .first_only = !s->corrects,
        .via = j->via,
        .via_id = j->answer->id,
        .who = j->me->login,
        .at = j->answer->at,
        .house = &j->house,
    };
    return w->report.note ? contact_result_take_ids(db, &w->report, &w->ids) : RC_FAIL;
}

/* All that the notice told of and is not settled. A word alone is about the one thing that the
 * person can have read of lately: what others settled meanwhile was read of, too. */
static enum rc add_told(struct db *db, struct staff_reply_job *j,
                        const struct staff_reply_command *c)
{
    /* We wrote of something else since: of that, or of what was told before? */
    const bool doubtful = j->last.any && !j->last.names;
    const bool none = !j->told_open, several = j->told_all > 1 || j->others || doubtful;
    enum rc rc = RC_OK;

    if (none || (c->all ? !j->told_named : several)) {
        add_act(j, c, none && !j->others ? STAFF_REPLY_NOTHING : STAFF_REPLY_WHICH);
        return RC_OK;
    }
    j->more = j->told_named;
    j->unnamed = j->told_open - j->told_named;
    for (size_t i = 0; !rc && i < j->n_told; i++) {
        const struct staff_reply_number number = { .alert = j->told[i].kind == MATTER_ALERT,
                                                   .id = j->told[i].subject_id };
        if (!is_open(j->told[i].state) || (c->all && !j->named[i]))
            continue;
        rc = add_number(db, j, c, &number);
        j->more--;
    }
    return rc;
}

enum rc staff_reply_plan(struct db *db, struct staff_reply_job *j)
{
    enum rc rc = RC_OK;

    j->n_works = j->more = j->unnamed = 0;
    for (size_t i = 0; !rc && i < j->reply.n; i++) {
        const struct staff_reply_command *c = &j->reply.list[i];

        for (size_t k = 0; !rc && k < c->n; k++)
            rc = add_number(db, j, c, &c->numbers[k]);
        if (!rc && !c->n && c->fault)
            add_act(j, c, STAFF_REPLY_WHICH);
        else if (!rc && !c->n)
            rc = add_told(db, j, c);
    }
    return rc;
}

/* --- doing it --- */

/* What a result came to, as the answer says it. */
static void take_recorded(struct staff_reply_work *w)
{
    const struct contact_recorded *r = &w->recorded;
    struct staff_reply_act *act = &w->act;

    act->at = r->next_at;
    act->agreed = r->agreed.rest ? &r->agreed : NULL;
    act->corrected = r->corrected;
    act->note = *w->report.note ? w->report.note : NULL;
    for (size_t i = 0; i < r->n_others; i++)
        w->others[i] = (struct staff_reply_other){ r->others[i].id, r->others[i].name };
    act->others = w->others;
    act->n_others = r->n_others;
    act->all_others = r->all_others;
    if (r->repeated) { /* an erasure finds what confirmed a result by the result alone */
        act->name = "";
        act->note = NULL;
    }
}

static enum rc put_result(struct db *db, struct staff_reply_job *j, struct staff_reply_work *w)
{
    const struct contact_recorded *r = &w->recorded;
    struct error err;
    enum rc rc = contact_result_put(db, &w->report, &w->ids, &w->recorded, &err);

    if (rc)
        return rc;
    take_recorded(w);
    for (size_t i = 0; i < r->n_stopped && j->out->n_stopped < STAFF_REPLY_STOPPED_MAX; i++)
        snprintf(j->out->stopped[j->out->n_stopped++], E164_SIZE, "%s", r->stopped[i]);
    return RC_OK;
}

static enum rc answer_alert(struct db *db, struct staff_reply_job *j, struct staff_reply_work *w)
{
    const struct alert_reply reply = { .audit_id = w->audit_id,
                                       .who = j->me->login,
                                       .note = note_of(j, w->act.command),
                                       .closes = w->act.command->verb == STAFF_REPLY_RESULT };

    w->act.note = reply.note && *reply.note ? reply.note : NULL;
    return reply.note ? alert_answer(db, w->act.number.id, &reply) : RC_FAIL;
}

/* Said as by the console's commands of a matter, and how it came. */
static enum rc write_audit(struct db *db, const struct staff_reply_job *j,
                           const struct staff_reply_work *w, const char *verb, const char *what)
{
    const enum matter_kind kind = w->act.number.alert ? MATTER_ALERT : MATTER_TASK;
    const bool of_task = w->act.silent; /* there is no matter: it stands with the task */
    char detail[120];

    snprintf(detail, sizeof(detail), "%s%s, by %s", matter_kind_name(kind), what,
             contact_via_name(j->via));
    return audit_write(
        db, &(struct audit_entry){ .id = w->audit_id,
                                   .at = j->now,
                                   .who = j->me->login,
                                   .verb = verb,
                                   .subject = of_task ? AUDIT_CONTACT_TASK : AUDIT_MATTER,
                                   .subject_id = w->act.number.id,
                                   .detail = detail });
}

/* A task without policy is no matter, and one can be at it all the same: that stands in its
 * history, where whoever leads sees it, and nothing is said to be held back. */
static enum rc acknowledge(struct db *db, struct staff_reply_job *j, struct staff_reply_work *w)
{
    enum rc rc;

    if (w->act.number.alert)
        return answer_alert(db, j, w);
    rc = matter_acknowledge(db, MATTER_TASK, w->act.number.id, j->me->id, j->me->login);
    w->act.silent = rc == RC_NOTFOUND;
    return !rc || rc == RC_NOTFOUND ? write_audit(db, j, w, "acknowledge", "") : rc;
}

/* Of a pause that ends when nobody works; 0: somebody does. */
static utc_us opens_after(struct staff_reply_job *j, utc_us at)
{
    struct work_time w;

    if (work_time_of_staff(&j->book, j->me->id, &j->zones, j->rules->holidays, &w) ||
        work_time_is_open(&w, at))
        return 0;
    at = work_time_next_open(&w, at);
    return at == CALENDAR_NEVER ? 0 : at;
}

static enum rc snooze(struct db *db, struct staff_reply_job *j, struct staff_reply_work *w)
{
    const enum matter_kind kind = w->act.number.alert ? MATTER_ALERT : MATTER_TASK;

    char until[CLOCK_TEXT_SIZE], what[CLOCK_TEXT_SIZE + 8];
    enum rc rc;

    w->act.at = w->act.command->at;
    w->act.opens = opens_after(j, w->act.at);
    rc = matter_snooze(db, kind, w->act.number.id, w->act.at, j->me->login);
    w->act.silent = rc == RC_NOTFOUND;
    snprintf(what, sizeof(what), " until %s", clock_format(w->act.at, until));
    return rc ? rc : write_audit(db, j, w, "snooze", what);
}

static enum rc hand_over(struct db *db, struct staff_reply_job *j, struct staff_reply_work *w)
{
    const unsigned to = w->act.command->staff_id;
    const struct staff_member *member = staff_book_member(&j->book, to);

    const uint64_t id = w->act.number.id;
    const char *who = j->me->login;
    char what[32];
    enum rc rc;

    w->act.person = member ? member->name : NULL;
    rc = w->act.number.alert ? matter_hand_over(db, MATTER_ALERT, id, to, j->now, who)
                             : contact_task_hand_over(db, id, to, who);
    snprintf(what, sizeof(what), " to staff %u", to);
    return rc ? rc : write_audit(db, j, w, "hand_over", what);
}

static enum rc do_verb(struct db *db, struct staff_reply_job *j, struct staff_reply_work *w)
{
    switch (w->act.command->verb) {
    case STAFF_REPLY_RESULT:
        return w->act.number.alert ? answer_alert(db, j, w) : put_result(db, j, w);
    case STAFF_REPLY_ACKNOWLEDGE:
        return acknowledge(db, j, w);
    case STAFF_REPLY_SNOOZE:
        return snooze(db, j, w);
    case STAFF_REPLY_HAND_OVER:
        return hand_over(db, j, w);
    }
    return RC_FAIL;
}

static enum rc do_one(struct db *db, struct staff_reply_job *j, struct staff_reply_work *w)
{
    enum rc rc = do_verb(db, j, w);

    if (!rc && w->remark.note) {
        rc = contact_task_remark_put(db, &w->remark);
        w->act.noted = !rc;
    }
    return rc;
}

/* What an act came to, before a transaction that is tried again, or when it came to nothing. */
static void forget(struct staff_reply_act *act)
{
    act->at = act->opens = 0;
    act->person = act->note = NULL;
    act->agreed = NULL;
    act->n_others = 0;
    act->silent = act->corrected = act->noted = false;
}

enum rc staff_reply_do(struct db *db, struct staff_reply_job *j)
{
    enum rc rc = RC_OK;

    j->out->n_stopped = j->out->acts = 0;
    for (size_t i = 0; !rc && i < j->n_works; i++) {
        struct staff_reply_work *w = &j->works[i];

        if (!w->doable)
            continue;
        forget(&w->act);
        w->act.fate = STAFF_REPLY_DONE;
        rc = do_one(db, j, w);
        j->out->acts += !rc;
        if (rc == RC_CONFLICT || rc == RC_NOTFOUND || rc == RC_INVALID) {
            const bool silent = w->act.silent;

            forget(&w->act);
            w->act.fate = rc == RC_CONFLICT ? STAFF_REPLY_OVER
                          : silent          ? STAFF_REPLY_SILENT
                                            : STAFF_REPLY_REFUSED;
            w->act.name = w->act.number.alert ? w->act.name : "";
            rc = RC_OK;
        }
    }
    return rc;
}
