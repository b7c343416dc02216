/* staff_right.c - what somebody is to a thing, and which of that allows what. */
#include "domain/staff_right.h"

#include <string.h>

enum tie {
    OWN = 1,
    STANDS_IN = 2,
    RECORDED = 4,
    TOLD = 8,
    ABOVE = 16,   /* somewhere in the chain of managers above whose it is */
    LEADS = 32,   /* manages the team, and it is not her own */
    TOPMOST = 64, /* her own, and nobody else could be told */
    DIRECTOR = 128,
};

#define LEADERS (ABOVE | LEADS | DIRECTOR)

static const unsigned allowed[] = {
    [STAFF_DOES] = LEADERS | OWN | STANDS_IN | TOLD,
    /* Who was told of it in passing, or stands in, may have read that long ago. */
    [STAFF_CORRECTS] = LEADERS | OWN | RECORDED,
    /* Not her own: reminders are there so that somebody else hears of it. */
    [STAFF_ENDS] = LEADERS | TOPMOST,
    [STAFF_PLANS] = LEADERS | OWN,
};

static bool is_above(const struct staff_book *book, unsigned me, unsigned id)
{
    for (unsigned up = 1; id && up <= STAFF_CHAIN_MAX; up++) {
        if (staff_above(book, id, up) == me)
            return true;
    }
    return false;
}

/* Of that team or above somebody who leads it; team 0: leads at all. */
static bool leads_team(const struct staff_book *book, const struct staff_member *me, unsigned team)
{
    if (me->role == STAFF_EMPLOYEE)
        return false;
    if (!team || me->team_id == team)
        return true;
    for (size_t i = 0; i < book->n_staff; i++) {
        const struct staff_member *m = &book->staff[i];
        if (m->team_id == team && m->role != STAFF_EMPLOYEE && is_above(book, me->id, m->id))
            return true;
    }
    return false;
}

static unsigned ties(const struct staff_book *book, const struct staff_member *me,
                     const struct staff_subject *s, int today)
{
    unsigned set = 0;

    if (s->staff_id == me->id)
        set |= OWN | (me->role != STAFF_EMPLOYEE && !me->manager_id ? TOPMOST : 0);
    else if (leads_team(book, me, s->team_id))
        set |= LEADS;
    if (s->staff_id && staff_stand_in(book, s->staff_id, today) == me->id)
        set |= STANDS_IN;
    if (s->done_by && strcmp(s->done_by, me->login) == 0)
        set |= RECORDED;
    if (s->told)
        set |= TOLD;
    if (is_above(book, me->id, s->staff_id))
        set |= ABOVE;
    if (me->role == STAFF_DIRECTOR)
        set |= DIRECTOR;
    return set;
}

bool staff_may(const struct staff_book *book, const struct staff_member *me, enum staff_deed deed,
               const struct staff_subject *subject, int today)
{
    return staff_works_here(me, today) && ties(book, me, subject, today) & allowed[deed];
}
