/* counters.c - one table names every metric of a carrier. */
#include "channel/smpp/counters.h"

#include <stddef.h>
#include <stdio.h>

#define AT(field) offsetof(struct smpp_counters, field)

static const struct {
    size_t offset;
    const char *name, *label; /* label: behind carrier="..." */
    enum metric_kind kind;
    const char *help;
} counters[] = {
    { AT(submitted), "relais_smpp_submitted_total", "", METRIC_KIND_COUNTER,
      "submit_sm handed to a session" },
    { AT(answered[SMPP_STATUS_OK]), "relais_smpp_answered_total", ",class=\"ok\"",
      METRIC_KIND_COUNTER, "submit_sm_resp by class of command_status" },
    { AT(answered[SMPP_STATUS_THROTTLED]), "relais_smpp_answered_total", ",class=\"throttled\"",
      METRIC_KIND_COUNTER, "submit_sm_resp by class of command_status" },
    { AT(answered[SMPP_STATUS_TEMPORARY]), "relais_smpp_answered_total", ",class=\"temporary\"",
      METRIC_KIND_COUNTER, "submit_sm_resp by class of command_status" },
    { AT(answered[SMPP_STATUS_PERMANENT]), "relais_smpp_answered_total", ",class=\"permanent\"",
      METRIC_KIND_COUNTER, "submit_sm_resp by class of command_status" },
    { AT(unknown), "relais_smpp_unknown_total", "", METRIC_KIND_COUNTER,
      "submits written and never answered" },
    { AT(unsent), "relais_smpp_unsent_total", "", METRIC_KIND_COUNTER,
      "submits given back because the link was lost before their first byte" },
    { AT(late), "relais_smpp_late_total", "", METRIC_KIND_COUNTER,
      "answers to submits that were counted as never answered" },
    { AT(receipts), "relais_smpp_deliver_total", ",kind=\"receipt\"", METRIC_KIND_COUNTER,
      "deliver_sm by what they were" },
    { AT(inbound), "relais_smpp_deliver_total", ",kind=\"inbound\"", METRIC_KIND_COUNTER,
      "deliver_sm by what they were" },
    { AT(unreadable), "relais_smpp_deliver_total", ",kind=\"unreadable\"", METRIC_KIND_COUNTER,
      "deliver_sm by what they were" },
    { AT(stray), "relais_smpp_stray_total", "", METRIC_KIND_COUNTER,
      "responses that nothing waits for, requests that are not understood" },
    { AT(connects), "relais_smpp_connects_total", "", METRIC_KIND_COUNTER, "attempts to connect" },
    { AT(refused), "relais_smpp_bind_refused_total", "", METRIC_KIND_COUNTER,
      "binds that the carrier refused" },
    { AT(outstanding), "relais_smpp_outstanding", "", METRIC_KIND_GAUGE,
      "submits without an answer yet" },
    { AT(bound), "relais_smpp_bound", "", METRIC_KIND_GAUGE, "sessions bound" },
};

static struct metric *metric_at(struct smpp_counters *c, size_t i)
{
    return (struct metric *)(void *)((char *)c + counters[i].offset);
}

void smpp_counters_init(struct smpp_counters *c, const char *carrier)
{
    *c = (struct smpp_counters){ 0 };
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
        struct metric *m = metric_at(c, i);
        m->name = counters[i].name;
        m->help = counters[i].help;
        m->kind = counters[i].kind;
        snprintf(m->labels, sizeof(m->labels), "carrier=\"%s\"%s", carrier, counters[i].label);
        metric_register(m);
    }
}

void smpp_counters_close(struct smpp_counters *c)
{
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
        metric_remove(metric_at(c, i));
}
