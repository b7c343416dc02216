/* proportion.h - could the difference between two shares be chance? Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct proportion {
    uint64_t hits, n;
};

double proportion_rate(const struct proportion *p); /* 0 of nothing */

/*
 * The two-proportion z-test, two-sided, with the pooled variance: how often two groups of the same
 * kind would differ at least so much. Returns false, with *p 1, when the samples are too small for
 * the test to mean anything: fewer than 5 hits or misses to be expected in one of the groups.
 */
bool proportion_test(const struct proportion *a, const struct proportion *b, double *p);

struct proportion_gap {
    double difference, low, high; /* rate of a less that of b, and its 95 % confidence interval */
    bool chance;                  /* the interval holds 0 */
};
/* Newcombe's hybrid score interval (Statistics in Medicine 1998, 17: 873-890, method 10): holds for
 * rates near 0 as well, which orders and replies are. False: one of the groups is empty. */
bool proportion_gap(const struct proportion *a, const struct proportion *b,
                    struct proportion_gap *out);

/* What the test says of `n` texts (at most 8). */
enum proportion_verdict {
    PROPORTION_TOO_SMALL, /* nothing can be said: the first one */
    PROPORTION_TIE,       /* the best are equal: the first of them */
    PROPORTION_BEST,      /* one is best; p says how much that means */
};
struct proportion_winner {
    enum proportion_verdict verdict;
    unsigned best, second; /* by rate */
    double p;              /* of these two */
};
void proportion_choose(const struct proportion *list, unsigned n, struct proportion_winner *out);
