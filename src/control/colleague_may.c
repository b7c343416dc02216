/* colleague_may.c - see colleague_may.h. */
#include "control/colleague_may.h"

#include <stdarg.h>
#include <stdio.h>

#include "domain/role.h"
#include "store/contact_task.h"
#include "store/contact_task_command.h"
#include "store/matter_view.h"
#include "store/notice.h"

#define WHAT_SIZE  160
#define NAMED_MAX  6 /* logins in a refusal */
#define NAMES_SIZE (NAMED_MAX * (STAFF_LOGIN_SIZE + 2) + 40)

struct caller_now {
    const struct staff_member *me; /* NULL: whatever the right of the route allows */
    int today;
};

static bool who_calls(struct exchange *x, const struct staff_book *book, struct caller_now *c)
{
    struct colleague_clock clock;

    *c = (struct caller_now){ .me = colleague_caller(x, book) };
    if (!c->me || x->roles & ROLE_ADMIN) {
        c->me = NULL;
        return true;
    }
    if (!colleague_clock_open(x, book, c->me, NULL, &clock))
        return false;
    c->today = work_time_day(&clock.work, clock_now());
    colleague_clock_close(&clock);
    return true;
}

static bool may(const struct staff_book *book, const struct caller_now *c, enum staff_deed deed,
                const struct staff_subject *subject)
{
    return !c->me || staff_may(book, c->me, deed, subject, c->today);
}

/* "anna, carla, eva". */
static const char *who_may(const struct staff_book *book, const struct caller_now *c,
                           enum staff_deed deed, struct staff_subject subject, char out[NAMES_SIZE])
{
    size_t n = 0, len = 0;

    *out = '\0';
    subject.told = false; /* the caller was, perhaps; not everybody */
    for (size_t i = 0; i < book->n_staff; i++) {
        const struct staff_member *m = &book->staff[i];

        if (!staff_may(book, m, deed, &subject, c->today))
            continue;
        if (++n <= NAMED_MAX)
            len +=
                (size_t)snprintf(out + len, NAMES_SIZE - len, "%s%s", n > 1 ? ", " : "", m->login);
    }
    if (n > NAMED_MAX)
        snprintf(out + len, NAMES_SIZE - len, " and %zu more", n - NAMED_MAX);
    if (!n)
        snprintf(out, NAMES_SIZE, "nobody but whoever administers Relais");
    return out;
}

static bool refuse(struct exchange *x, const struct staff_book *book, const struct caller_now *c,
                   enum staff_deed deed, const struct staff_subject *subject, const char *field,
                   const char *fmt, ...) __attribute__((format(printf, 7, 8)));

static bool refuse(struct exchange *x, const struct staff_book *book, const struct caller_now *c,
                   enum staff_deed deed, const struct staff_subject *subject, const char *field,
                   const char *fmt, ...)
{
    char what[WHAT_SIZE], names[NAMES_SIZE];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    exchange_refuse(x, 403, field, "%s may not %s; who may: %s", c->me->login, what,
                    who_may(book, c, deed, *subject, names));
    return false;
}

static const char *login_of(const struct staff_book *book, unsigned id)
{
    const struct staff_member *m = staff_book_member(book, id);

    return m ? m->login : "nobody";
}

/* --- contacts and alerts --- */

static enum rc read_task(struct exchange *x, uint64_t id, struct staff_subject *subject,
                         enum contact_state *state)
{
    struct contact_task task;
    enum rc rc = contact_task_read(x->db, id, &x->arena, &task);

    if (rc)
        return rc;
    *subject = (struct staff_subject){ .staff_id = task.staff_id,
                                       .team_id = task.team_id,
                                       .done_by = task.done_by };
    *state = task.state;
    return RC_OK;
}

/* Of any team: whoever leads may look after any alert. */
static enum rc read_alert(struct exchange *x, const struct staff_book *book, uint64_t id,
                          struct staff_subject *subject)
{
    struct matter_row matter;
    const struct staff_member *whose;
    enum rc rc = matter_read(x->db, MATTER_ALERT, id, &x->arena, &matter);

    *subject = (struct staff_subject){ .staff_id = 0 };
    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    whose = staff_book_login(book, matter.staff);
    subject->staff_id = whose ? whose->id : 0;
    return RC_OK;
}

static enum rc judge(struct exchange *x, const struct staff_book *book, const struct caller_now *c,
                     enum staff_deed deed, enum matter_kind kind, uint64_t id,
                     struct staff_subject *subject, bool *good)
{
    enum rc rc = RC_OK;

    *good = may(book, c, deed, subject);
    if (!*good)
        rc = notice_knows(x->db, c->me->id, kind, id, &subject->told);
    if (!rc && subject->told)
        *good = may(book, c, deed, subject);
    return rc;
}

static const char *verb_of(enum staff_deed deed)
{
    switch (deed) {
    case STAFF_DOES:
    case STAFF_PLANS:
        return "act on";
    case STAFF_CORRECTS:
        return "correct the result of";
    case STAFF_ENDS:
        return "cancel or stop";
    }
    return "";
}

struct target {
    enum matter_kind kind;
    uint64_t id;
    struct staff_subject subject;
    enum contact_state state; /* of a contact */
};

static bool may_do(struct exchange *x, const struct staff_book *book, const struct caller_now *c,
                   enum staff_deed deed, struct target *t)
{
    bool good;
    enum rc rc = judge(x, book, c, deed, t->kind, t->id, &t->subject, &good);

    if (rc) {
        exchange_failed(x, rc, matter_kind_name(t->kind), NULL);
        return false;
    }
    if (good)
        return true;
    if (t->kind == MATTER_ALERT)
        return refuse(x, book, c, deed, &t->subject, NULL, "%s alert A%llu", verb_of(deed),
                      (unsigned long long)t->id);
    return refuse(x, book, c, deed, &t->subject, NULL, "%s contact %llu of %s", verb_of(deed),
                  (unsigned long long)t->id, login_of(book, t->subject.staff_id));
}

bool colleague_may_matter(struct exchange *x, const struct staff_book *book, enum staff_deed deed,
                          enum matter_kind kind, uint64_t id)
{
    struct target t = { .kind = kind, .id = id, .state = CONTACT_OPEN };
    struct caller_now c;
    enum rc rc;

    if (!who_calls(x, book, &c))
        return false;
    if (!c.me)
        return true;
    rc = kind == MATTER_ALERT ? read_alert(x, book, id, &t.subject)
                              : read_task(x, id, &t.subject, &t.state);
    if (rc == RC_NOTFOUND || (!rc && deed == STAFF_ENDS && t.state != CONTACT_OPEN))
        return true;
    if (rc) {
        exchange_failed(x, rc, matter_kind_name(kind), NULL);
        return false;
    }
    return may_do(x, book, &c, deed, &t);
}

bool colleague_may_record(struct exchange *x, const struct staff_book *book, uint64_t task_id,
                          bool *first_only)
{
    struct target t = { .kind = MATTER_TASK, .id = task_id };
    struct caller_now c;
    enum rc rc;

    *first_only = false;
    if (!who_calls(x, book, &c))
        return false;
    if (!c.me)
        return true;
    rc = read_task(x, task_id, &t.subject, &t.state);
    if (rc == RC_NOTFOUND)
        return true;
    if (rc) {
        exchange_failed(x, rc, matter_kind_name(t.kind), NULL);
        return false;
    }
    *first_only = !may(book, &c, STAFF_CORRECTS, &t.subject);
    return may_do(x, book, &c, t.state == CONTACT_DONE ? STAFF_CORRECTS : STAFF_DOES, &t);
}

/* --- customers and people --- */

bool colleague_may_give_customer(struct exchange *x, const struct staff_book *book,
                                 uint64_t customer_id)
{
    struct staff_subject subject = { .staff_id = 0 };
    const struct staff_member *owner;
    struct caller_now c;
    enum rc rc;

    if (!who_calls(x, book, &c))
        return false;
    if (!c.me)
        return true;
    rc = contact_owner(x->db, customer_id, &subject.staff_id);
    if (rc == RC_NOTFOUND)
        return true;
    if (rc) {
        exchange_failed(x, rc, "customer", NULL);
        return false;
    }
    owner = staff_book_member(book, subject.staff_id);
    subject.team_id = owner ? owner->team_id : 0;
    return may(book, &c, STAFF_ENDS, &subject) ||
           refuse(x, book, &c, STAFF_ENDS, &subject, NULL, "say whose customer %llu is",
                  (unsigned long long)customer_id);
}

static bool may_for(struct exchange *x, const struct staff_book *book, enum staff_deed deed,
                    const struct staff_member *member, const char *field, const char *what)
{
    struct staff_subject subject = { .staff_id = member->id, .team_id = member->team_id };
    struct caller_now c;

    return who_calls(x, book, &c) &&
           (may(book, &c, deed, &subject) ||
            refuse(x, book, &c, deed, &subject, field, "%s %s", what, member->login));
}

bool colleague_may_speak_for(struct exchange *x, const struct staff_book *book,
                             const struct staff_member *member)
{
    return !member || may_for(x, book, STAFF_DOES, member, "staff", "speak for");
}

bool colleague_may_plan_for(struct exchange *x, const struct staff_book *book,
                            const struct staff_member *member)
{
    return may_for(x, book, STAFF_PLANS, member, NULL, "enter or take back absences of");
}
