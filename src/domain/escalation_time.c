/* escalation_time.c - the moments of steps, day by day. */
#include "domain/escalation_time.h"

#include "domain/work_time.h"

#define DAYS_MAX      750 /* that are walked through; then it is never */
#define MINUTES_A_DAY 1440
#define NEVER_LOOK_US (SEC_PER_DAY * USEC_PER_SEC) /* hours may be given to who has none */

/* --- who --- */

/* The day on that person's wall; 0: no such person. */
static int day_of(const struct escalation_desk *desk, unsigned staff_id, utc_us at)
{
    struct work_time w;

    if (work_time_of_staff(desk->book, staff_id, desk->zones, desk->holidays, &w))
        return 0;
    return work_time_day(&w, at);
}

unsigned escalation_holder(const struct escalation_desk *desk, unsigned staff_id, utc_us at)
{
    const int day = staff_id ? day_of(desk, staff_id, at) : 0;

    return day ? staff_stand_in(desk->book, staff_id, day) : 0;
}

/* Who leads a team: its manager or, for want of one, its director. */
static unsigned team_manager(const struct staff_book *book, unsigned team_id, int day)
{
    unsigned director = 0;

    for (size_t i = 0; i < book->n_staff; i++) {
        const struct staff_member *m = &book->staff[i];
        if (m->team_id != team_id || (m->left_on && m->left_on <= day))
            continue;
        if (m->role == STAFF_MANAGER)
            return m->id;
        if (m->role == STAFF_DIRECTOR && !director)
            director = m->id;
    }
    return director;
}

static int team_day(const struct escalation_desk *desk, unsigned team_id, utc_us at)
{
    struct work_time w;

    if (work_time_of_team(desk->book, team_id, desk->zones, desk->holidays, &w))
        return 0;
    return work_time_day(&w, at);
}

/* Whom the step names, there or not; 0: nobody. */
static unsigned named(const struct escalation_desk *desk, const struct escalation_step *step,
                      unsigned staff_id, unsigned team_id, utc_us at)
{
    const struct staff_book *book = desk->book;
    const unsigned lead = staff_id ? 0 : team_manager(book, team_id, team_day(desk, team_id, at));
    const struct staff_member *m;

    switch (step->whom) {
    case ESCALATE_EMPLOYEE:
        return staff_id ? staff_id : lead;
    case ESCALATE_MANAGER:
        return staff_id ? staff_above(book, staff_id, 1) : lead;
    case ESCALATE_DIRECTOR:
        return staff_director(book, staff_id ? staff_id : lead);
    case ESCALATE_PERSON:
        m = staff_book_login(book, step->login);
        return m ? m->id : 0;
    }
    return 0;
}

static bool has_address(const struct staff_member *m)
{
    return *m->phone || *m->mail;
}

unsigned escalation_addressee(const struct escalation_desk *desk, unsigned staff_id,
                              bool (*has)(const struct staff_member *member), utc_us at)
{
    for (unsigned i = 0; staff_id && i <= STAFF_CHAIN_MAX; i++) {
        const struct staff_member *there =
            staff_book_member(desk->book, escalation_holder(desk, staff_id, at));
        if (there && has(there))
            return there->id;
        staff_id = staff_above(desk->book, staff_id, 1);
    }
    return 0;
}

unsigned escalation_reach(const struct escalation_desk *desk, const struct escalation_step *step,
                          unsigned staff_id, unsigned team_id, bool urgent, utc_us at, utc_us *when)
{
    *when = at;
    for (int days = 0; days < DAYS_MAX; days++) {
        const unsigned whom = escalation_addressee(
            desk, named(desk, step, staff_id, team_id, *when), has_address, *when);
        struct work_time w;
        utc_us open, midnight;

        if (!whom || urgent)
            return whom;
        if (work_time_of_staff(desk->book, whom, desk->zones, desk->holidays, &w))
            return 0;
        open = work_time_next_open(&w, *when);
        midnight = work_time_at(&w, work_time_day(&w, *when), MINUTES_A_DAY);
        if (open < midnight) {
            *when = open;
            return whom;
        }
        *when = midnight;
    }
    return 0;
}

/* --- when --- */

/* Working time of that person (0: the team; of no team, all time is) from `from` to midnight there:
 * *us of it is taken away. True: that was all, and *at is when. False: *at is that midnight. */
static bool spend_day(const struct escalation_desk *desk, unsigned holder, unsigned team_id,
                      utc_us from, int64_t *us, utc_us *at)
{
    struct work_time w;
    utc_us midnight, t = from;
    enum rc rc = holder ? work_time_of_staff(desk->book, holder, desk->zones, desk->holidays, &w)
                        : work_time_of_team(desk->book, team_id, desk->zones, desk->holidays, &w);

    *at = from + *us;
    if (rc)
        return true;
    midnight = work_time_at(&w, work_time_day(&w, from), MINUTES_A_DAY);
    for (;;) {
        utc_us open = work_time_next_open(&w, t), close;
        if (open >= midnight)
            break;
        close = calendar_next_close(&w.calendar, open);
        close = close < midnight ? close : midnight;
        if (close - open >= *us) {
            *at = open + *us;
            return true;
        }
        *us -= close - open;
        t = close;
    }
    *at = midnight;
    return false;
}

utc_us escalation_add(const struct escalation_desk *desk, unsigned staff_id, unsigned team_id,
                      utc_us from, int64_t us)
{
    utc_us at = from;

    if (!us)
        return from;
    for (int days = 0; days < DAYS_MAX; days++) {
        if (spend_day(desk, escalation_holder(desk, staff_id, at), team_id, at, &us, &at))
            return at;
    }
    return CALENDAR_NEVER;
}

/* --- what --- */

/* The moment of the step that `v` stands before, and whom it reaches; CALENDAR_NEVER: none. */
static utc_us moment(const struct escalation_policy *policy, const struct escalation_facts *facts,
                     const struct escalation_desk *desk, const struct escalation_verdict *v,
                     unsigned *whom)
{
    const struct escalation_step *step = &policy->steps[v->step];
    const int64_t after = v->at_once ? 0 : v->round ? policy->repeat_us : step->after_us;
    utc_us at = v->base_at, when;

    if (facts->urgent)
        at += after;
    else
        at = escalation_add(desk, facts->staff_id, facts->team_id, v->base_at, after);
    *whom = 0;
    if (at == CALENDAR_NEVER)
        return at;
    if (v->wait_until > at)
        at = v->wait_until;
    *whom = escalation_reach(desk, step, facts->staff_id, facts->team_id,
                             facts->urgent || step->urgent, at, &when);
    return *whom ? when : at;
}

static bool is_late(const struct escalation_verdict *v, utc_us now)
{
    return now - v->planned > ESCALATION_PUNCTUAL_US;
}

/* Told at `at`, that is; so it does not matter at which moment it is asked. */
static bool is_too_late(const struct escalation_policy *policy, const struct escalation_verdict *v,
                        utc_us at)
{
    return policy->skip_us && at - v->planned > policy->skip_us;
}

/* A late step is made up when it reaches somebody now: who was there at its time may be away by
 * now, or asleep. The moment; v->whom is asked anew. */
static utc_us made_up_at(const struct escalation_policy *policy,
                         const struct escalation_facts *facts, const struct escalation_desk *desk,
                         utc_us now, struct escalation_verdict *v)
{
    const struct escalation_step *step = &policy->steps[v->step];
    utc_us when;

    v->whom = escalation_reach(desk, step, facts->staff_id, facts->team_id,
                               facts->urgent || step->urgent, now, &when);
    return v->whom ? when : now;
}

static bool has_step(const struct escalation_policy *policy, const struct escalation_verdict *v)
{
    return v->step < policy->n &&
           (!v->round || (v->step + 1 == policy->n && v->round <= policy->repeats));
}

/* What was its policy's last step is so no more: its repetitions are over, the new one is next. */
static void leave_repetitions(const struct escalation_policy *policy, struct escalation_verdict *v)
{
    if (!v->round || v->step + 1 >= policy->n)
        return;
    v->step++;
    v->round = 0;
}

/* The step is behind us: which one is next, and from when on does its time count? */
static void move_on(const struct escalation_policy *policy, struct escalation_verdict *v,
                    utc_us now)
{
    const bool last = v->step + 1 == policy->n;

    v->at_once = v->what == ESCALATION_NOBODY && !last;
    v->base_at = v->planned;
    if (v->what == ESCALATION_TELL && is_late(v, now))
        v->base_at = now;
    if (last)
        v->round++;
    else
        v->step++;
    v->wait_until = 0;
    v->ends = !has_step(policy, v);
}

static utc_us bounded(utc_us at, utc_us now)
{
    return at == CALENDAR_NEVER ? now + NEVER_LOOK_US : at;
}

/* Whether it rests because somebody is at it. */
static bool rests(const struct escalation_policy *policy, const struct escalation_facts *facts,
                  const struct escalation_desk *desk, utc_us now, struct escalation_verdict *v)
{
    utc_us until = v->wait_until;

    if (!facts->acknowledged)
        return false;
    v->look_at = CALENDAR_NEVER;
    if (!policy->ack_us)
        return true;
    if (!until)
        until =
            escalation_add(desk, facts->staff_id, facts->team_id, facts->ack_at, policy->ack_us);
    v->wait_until = until == CALENDAR_NEVER ? 0 : until; /* hours may be given: reckoned again */
    v->look_at = bounded(until, now);
    v->reopened = until <= now;
    return !v->reopened;
}

struct escalation_verdict escalation_decide(const struct escalation_policy *policy,
                                            const struct escalation_facts *facts,
                                            const struct escalation_desk *desk, utc_us now)
{
    struct escalation_verdict v = { .what = ESCALATION_WAIT,
                                    .step = facts->step,
                                    .round = facts->round,
                                    .base_at = facts->base_at,
                                    .at_once = facts->at_once,
                                    .wait_until = facts->wait_until };
    utc_us later = now;
    unsigned next;

    if (rests(policy, facts, desk, now, &v))
        return v;
    v.look_at = CALENDAR_NEVER;
    leave_repetitions(policy, &v);
    v.at_step = v.step;
    v.at_round = v.round;
    if (!has_step(policy, &v)) {
        v.what = ESCALATION_END;
        v.ends = true;
        return v;
    }
    v.planned = moment(policy, facts, desk, &v, &v.whom);
    if (v.planned > now) {
        v.look_at = bounded(v.planned, now);
        return v;
    }
    if (v.whom && is_late(&v, now))
        later = made_up_at(policy, facts, desk, now, &v);
    if (later > now && !is_too_late(policy, &v, later)) {
        v.look_at = later;
        return v;
    }
    if (!v.whom)
        v.what = ESCALATION_NOBODY;
    else
        v.what = is_too_late(policy, &v, later) ? ESCALATION_SKIP : ESCALATION_TELL;
    move_on(policy, &v, now);
    if (!v.ends)
        v.look_at = bounded(moment(policy, facts, desk, &v, &next), now);
    return v;
}

size_t escalation_foresee(const struct escalation_policy *policy, struct escalation_facts facts,
                          const struct escalation_desk *desk, utc_us now,
                          struct escalation_foreseen *out, size_t max)
{
    const utc_us horizon = now + DAYS_MAX * SEC_PER_DAY * USEC_PER_SEC;
    size_t n = 0;

    while (n < max && now < horizon) {
        const struct escalation_verdict v = escalation_decide(policy, &facts, desk, now);
        if (v.what == ESCALATION_END)
            break;
        if (v.what != ESCALATION_WAIT) {
            out[n++] =
                (struct escalation_foreseen){ v.at_step, v.at_round, v.what, v.planned, v.whom };
            if (v.ends)
                break;
        }
        facts.step = v.step;
        facts.round = v.round;
        facts.base_at = v.base_at;
        facts.at_once = v.at_once;
        facts.wait_until = v.wait_until;
        now = v.look_at > now ? v.look_at : now;
    }
    return n;
}
