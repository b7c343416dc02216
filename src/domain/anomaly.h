/* anomaly.h - whether a campaign goes as campaigns do. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/types.h"

enum anomaly {
    ANOMALY_FAILURES,    /* too many messages fail */
    ANOMALY_NO_RECEIPTS, /* SMS were taken long ago, and no carrier says what became of any */
    ANOMALY_STOPS,       /* too many recipients answer STOP, or unsubscribe */
};
#define ANOMALY_COUNT (ANOMALY_STOPS + 1)
const char *anomaly_name(enum anomaly what);

/* 0 of one: that is not looked for. */
struct anomaly_limits {
    unsigned least;           /* messages, below which nothing can be said */
    unsigned failures, stops; /* percent */
    int64_t receipts_us;      /* by when the first one is to have come */
};

struct anomaly_figures {
    uint64_t tried, failed; /* messages that were taken or refused; those that failed */
    uint64_t sent, stops;   /* taken; recipients who want no more */
    uint64_t sms, sms_told; /* SMS that were taken; those of which a carrier said what became */
    utc_us sms_since;       /* when there were enough of them to expect a receipt; 0: not yet */
};

/* True: it is so, and `text` says it in figures. */
bool anomaly_found(enum anomaly what, const struct anomaly_figures *f,
                   const struct anomaly_limits *limits, utc_us now, char *text, size_t size);
