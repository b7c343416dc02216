/* partner_metrics.h - what one partner's files came to, as counters for alerts of one's own. There
 * are as many as there are partners with a profile. Loop thread. */
#pragma once

#include "base/metric.h"
#include "store/import.h"

struct partner_metrics {
    struct metric done, failed;              /* files */
    struct metric taken, unchanged, refused; /* rows */
    struct metric ms, last;
};

void partner_metrics_init(struct partner_metrics *m, const char *partner);
void partner_metrics_close(struct partner_metrics *m);
/* An import has come to its end. */
void partner_metrics_end(struct partner_metrics *m, const struct import *imp);
