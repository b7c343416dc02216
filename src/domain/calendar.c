/* calendar.c - from edge to edge: between two edges of hours, days and summer time nothing changes.
 */
#include "domain/calendar.h"

#define MINUTE_US  (60 * USEC_PER_SEC)
#define DAY_US     (SEC_PER_DAY * USEC_PER_SEC)
#define HORIZON_US (800 * DAY_US)

static utc_us wall_of(const struct calendar *c, utc_us at)
{
    utc_us until;

    return at + local_zone_offset(c->zone, at, &until);
}

bool calendar_is_open(const struct calendar *c, utc_us at)
{
    struct civil wall = clock_civil(wall_of(c, at));

    if (!hours_are_open(&c->own, &wall))
        return false;
    if (!c->rules)
        return true;
    return hours_are_open(&c->rules->hours, &wall) &&
           (c->rules->on_holidays ||
            !holiday_is(c->rules->book, c->country, c->rules->regional ? c->region : "", &wall));
}

/* The first edge of `hours` behind `minute_us` of a day, if it comes before `edge`. */
static int64_t earlier_edge(const struct hours *hours, int64_t of_day, int64_t edge)
{
    for (size_t i = 0; i < hours->n; i++) {
        const int64_t ends[] = { hours->spans[i].from * MINUTE_US, hours->spans[i].to * MINUTE_US };
        for (int e = 0; e < 2; e++) {
            if (ends[e] > of_day && ends[e] < edge)
                edge = ends[e];
        }
    }
    return edge;
}

/* The next instant at which it may open or close. */
static utc_us next_edge(const struct calendar *c, utc_us at)
{
    utc_us until, offset = local_zone_offset(c->zone, at, &until);
    int64_t of_day = (at + offset) % DAY_US, edge;

    if (of_day < 0)
        of_day += DAY_US;
    edge = earlier_edge(&c->own, of_day, DAY_US);
    if (c->rules)
        edge = earlier_edge(&c->rules->hours, of_day, edge);
    edge += at - of_day;
    return edge < until ? edge : until;
}

static utc_us next_state(const struct calendar *c, utc_us at, bool open)
{
    for (utc_us t = at; t - at < HORIZON_US; t = next_edge(c, t)) {
        if (calendar_is_open(c, t) == open)
            return t;
    }
    return CALENDAR_NEVER;
}

utc_us calendar_next_open(const struct calendar *c, utc_us at)
{
    return next_state(c, at, true);
}

utc_us calendar_next_close(const struct calendar *c, utc_us at)
{
    return next_state(c, at, false);
}

utc_us calendar_add_open(const struct calendar *c, utc_us from, int64_t us)
{
    for (;;) {
        utc_us open = calendar_next_open(c, from), close;
        if (open == CALENDAR_NEVER)
            return CALENDAR_NEVER;
        close = calendar_next_close(c, open);
        if (close == CALENDAR_NEVER || close - open >= us)
            return open + us;
        us -= close - open;
        from = close;
    }
}
