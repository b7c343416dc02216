/* counters.h - what one carrier counts, for /metrics. */
#pragma once

#include "base/metric.h"
#include "channel/smpp/smpp.h"

struct smpp_counters {
    struct metric submitted, answered[SMPP_STATUS_CLASSES], unknown, unsent, late;
    struct metric receipts, inbound, unreadable; /* deliver_sm, by what they were */
    struct metric stray; /* answers to nothing that we asked, and other nonsense */
    struct metric connects, refused;
    struct metric outstanding, bound; /* gauges */
};

void smpp_counters_init(struct smpp_counters *c, const char *carrier);
void smpp_counters_close(struct smpp_counters *c);
