/*
 * escalation_time.h - when a step of a policy is due, and whom it reaches: the arithmetic of
 * reminders, in working time. Pure but for the time zones' data.
 *
 * All goes day by day. A matter is, on each day, with its person or, when that one is away, with
 * who stands in; so much of the working time of that one is counted; of nobody, the team's. A
 * notice that is not urgent reaches its addressee at the first working instant: of the person who
 * is the addressee on that day. Of an urgent matter all time counts, and nobody's hours.
 */
#pragma once

#include "domain/calendar.h"
#include "domain/escalation.h"
#include "domain/zone_shelf.h"

/* What the arithmetic looks things up in; all of it of one moment. */
struct escalation_desk {
    const struct staff_book *book;
    struct zone_shelf *zones;
    struct holiday_book *holidays;
};

#define ESCALATION_PUNCTUAL_US (5 * 60 * USEC_PER_SEC)

/* A matter, as far as its times go. */
struct escalation_facts {
    unsigned staff_id, team_id; /* 0: nobody's; none */
    bool urgent;                /* every step of it is, and its clock does not stop at night */
    unsigned step, round;       /* which one is next */
    utc_us base_at;             /* its time is counted from here ... */
    bool at_once;               /* ... or it is due then: the one before found nobody */
    utc_us wait_until;          /* nothing before; 0: no such wait */
    bool acknowledged;
    utc_us ack_at;
};

enum escalation_what {
    ESCALATION_WAIT, /* nothing before look_at; CALENDAR_NEVER: nothing by itself */
    ESCALATION_TELL,
    ESCALATION_SKIP,   /* it is too late for it */
    ESCALATION_NOBODY, /* there is nobody to tell */
    ESCALATION_END,    /* the policy has no such step (any more) */
};

struct escalation_verdict {
    enum escalation_what what;
    unsigned at_step, at_round; /* which step that is */
    utc_us planned;             /* the step's moment: when its addressee could first be told */
    unsigned whom;              /* of ESCALATION_TELL */
    bool reopened;              /* it was acknowledged, and that time is over */
    bool ends;                  /* that was the last of all steps */
    utc_us look_at;             /* when to look at it next */
    utc_us wait_until;
    /* What facts are from then on; as they were, if nothing was done. */
    unsigned step, round;
    utc_us base_at;
    bool at_once;
};

/* What is to be done at `now`. */
struct escalation_verdict escalation_decide(const struct escalation_policy *policy,
                                            const struct escalation_facts *facts,
                                            const struct escalation_desk *desk, utc_us now);

/* What would happen to a matter that nobody answers, from `now` on: steps in their order, at most
 * `max`; returns how many. */
struct escalation_foreseen {
    unsigned step, round;
    enum escalation_what what; /* ESCALATION_TELL, ESCALATION_NOBODY */
    utc_us at;
    unsigned whom;
};
size_t escalation_foresee(const struct escalation_policy *policy, struct escalation_facts facts,
                          const struct escalation_desk *desk, utc_us now,
                          struct escalation_foreseen *out, size_t max);

/* Whose the matter is at that moment: the person, who stands in, or 0. */
unsigned escalation_holder(const struct escalation_desk *desk, unsigned staff_id, utc_us at);
/* Who is told then of what is that person's: the person or, of one who is away or whom nothing
 * would reach, who stands in, else the manager, and so on; 0: nobody. `has`: an address to be told
 * at. */
unsigned escalation_addressee(const struct escalation_desk *desk, unsigned staff_id,
                              bool (*has)(const struct staff_member *member), utc_us at);
/* When `us` of working time of whoever it is with have passed: 0 takes no time. CALENDAR_NEVER:
 * within two years they do not. */
utc_us escalation_add(const struct escalation_desk *desk, unsigned staff_id, unsigned team_id,
                      utc_us from, int64_t us);
/* Who is told, if told from `at` on, and when: at once if `urgent`. 0: nobody. */
unsigned escalation_reach(const struct escalation_desk *desk, const struct escalation_step *step,
                          unsigned staff_id, unsigned team_id, bool urgent, utc_us at,
                          utc_us *when);
