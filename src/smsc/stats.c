/* stats.c - counting, and one line of JSON. */
#include "smsc/stats.h"

#include <inttypes.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "smsc/codec.h"
#include "smsc/tally.h"

#define COUNTER(name)                       \
    {                                       \
#name, offsetof(struct stats, name) \
    }

static const struct {
    const char *name;
    size_t offset;
} counters[] = {
    COUNTER(submits),          COUNTER(accepted),         COUNTER(refused),
    COUNTER(receipts_planned), COUNTER(receipts_sent),    COUNTER(receipts_acked),
    COUNTER(receipts_refused), COUNTER(receipts_dropped), COUNTER(delivered),
    COUNTER(undelivered),      COUNTER(expired),          COUNTER(rejected),
    COUNTER(inbound_planned),  COUNTER(inbound_sent),     COUNTER(inbound_acked),
    COUNTER(inbound_refused),  COUNTER(inbound_dropped),  COUNTER(retried),
    COUNTER(queued),           COUNTER(responses_lost),   COUNTER(stray_acks),
    COUNTER(sessions),         COUNTER(connections),      COUNTER(binds),
    COUNTER(binds_refused),    COUNTER(sessions_lost),    COUNTER(drops),
    COUNTER(malformed),        COUNTER(nacked),           COUNTER(peak_per_second),
};

void stats_accepted(struct stats *s, int64_t now_us)
{
    int64_t second = now_us / USEC_PER_SEC;

    s->accepted++;
    if (!s->first_us)
        s->first_us = now_us;
    s->last_us = now_us;
    if (second != s->second) {
        s->second = second;
        s->in_second = 0;
    }
    if (++s->in_second > s->peak_per_second)
        s->peak_per_second = s->in_second;
}

void stats_refused(struct stats *s, uint32_t status)
{
    s->refused++;
    for (size_t i = 0; i < s->n_statuses; i++) {
        if (s->by_status[i].status == status) {
            s->by_status[i].n++;
            return;
        }
    }
    if (s->n_statuses == STATS_STATUSES) {
        s->other_statuses++;
        return;
    }
    s->by_status[s->n_statuses].status = status;
    s->by_status[s->n_statuses++].n = 1;
}

static void print_latency(const struct latency *l, const char *name, struct buffer *out)
{
    const double ms = (double)USEC_PER_MSEC;

    buffer_printf(out, ",\"%s_ms_p50\":%.3f,\"%s_ms_p99\":%.3f,\"%s_ms_max\":%.3f", name,
                  (double)latency_quantile(l, 500) / ms, name,
                  (double)latency_quantile(l, 990) / ms, name, (double)l->max_us / ms);
}

static void print_statuses(const struct stats *s, struct buffer *out)
{
    char name[STATUS_NAME_SIZE];

    buffer_add_text(out, ",\"refused_by_status\":{");
    for (size_t i = 0; i < s->n_statuses; i++)
        buffer_printf(out, "%s\"%s\":%" PRIu64, i ? "," : "",
                      codec_status_name(s->by_status[i].status, name), s->by_status[i].n);
    if (s->other_statuses)
        buffer_printf(out, ",\"other\":%" PRIu64, s->other_statuses);
    buffer_add_text(out, "}");
}

void stats_print(const struct stats *s, const struct tally *tally, struct buffer *out)
{
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
        buffer_printf(out, "%s\"%s\":%" PRIu64, i ? "," : "{", counters[i].name,
                      *(const uint64_t *)(const void *)((const char *)s + counters[i].offset));
    buffer_printf(out,
                  ",\"destinations\":%" PRIu64 ",\"doubled_destinations\":%" PRIu64
                  ",\"double_messages\":%" PRIu64 ",\"uncounted_destinations\":%" PRIu64,
                  tally->destinations, tally->doubled, tally->double_messages, tally->uncounted);
    buffer_printf(out, ",\"seconds_first_to_last\":%.3f",
                  (double)(s->last_us - s->first_us) / (double)USEC_PER_SEC);
    print_latency(&s->inbound_answers, "inbound", out);
    print_statuses(s, out);
    buffer_add_text(out, "}");
}
