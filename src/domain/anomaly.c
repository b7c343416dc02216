/* anomaly.c - shares of a campaign's messages against limits. */
#include "domain/anomaly.h"

#include <stdio.h>

#include "domain/alert_words.h"

const char *anomaly_name(enum anomaly what)
{
    static const char *const names[] = { [ANOMALY_FAILURES] = "failures",
                                         [ANOMALY_NO_RECEIPTS] = "no receipts",
                                         [ANOMALY_STOPS] = "stops" };

    return names[what];
}

/* Of `all`, from the least number on that says something. */
static bool above(uint64_t part, uint64_t all, unsigned percent, unsigned least)
{
    return percent && all && all >= least && part * 100 > all * percent;
}

static bool too_many_fail(const struct anomaly_figures *f, const struct anomaly_limits *l,
                          char *text, size_t size)
{
    snprintf(text, size, ALERT_SAYS_FAILURES, f->failed, f->tried, l->failures);
    return above(f->failed, f->tried, l->failures, l->least);
}

static bool nothing_is_told(const struct anomaly_figures *f, const struct anomaly_limits *l,
                            utc_us now, char *text, size_t size)
{
    snprintf(text, size, ALERT_SAYS_NO_RECEIPTS, f->sms);
    return l->receipts_us && f->sms_since && !f->sms_told && now - f->sms_since > l->receipts_us;
}

static bool too_many_leave(const struct anomaly_figures *f, const struct anomaly_limits *l,
                           char *text, size_t size)
{
    snprintf(text, size, ALERT_SAYS_STOPS, f->stops, f->sent, l->stops);
    return above(f->stops, f->sent, l->stops, l->least);
}

bool anomaly_found(enum anomaly what, const struct anomaly_figures *f,
                   const struct anomaly_limits *limits, utc_us now, char *text, size_t size)
{
    switch (what) {
    case ANOMALY_FAILURES:
        return too_many_fail(f, limits, text, size);
    case ANOMALY_NO_RECEIPTS:
        return nothing_is_told(f, limits, now, text, size);
    case ANOMALY_STOPS:
        return too_many_leave(f, limits, text, size);
    }
    return false;
}
