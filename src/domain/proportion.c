/* proportion.c - the two-proportion z-test and Newcombe's interval. */
#include "domain/proportion.h"

#include <math.h>

#define EXPECTED_MIN 5.0
#define Z_95         1.959963984540054

double proportion_rate(const struct proportion *p)
{
    return p->n ? (double)p->hits / (double)p->n : 0.0;
}

bool proportion_test(const struct proportion *a, const struct proportion *b, double *p)
{
    double na = (double)a->n, nb = (double)b->n;
    double least = na < nb ? na : nb, pooled, error;

    *p = 1.0;
    if (!a->n || !b->n)
        return false;
    pooled = (double)(a->hits + b->hits) / (na + nb);
    if (least * pooled < EXPECTED_MIN || least * (1.0 - pooled) < EXPECTED_MIN)
        return false;
    error = sqrt(pooled * (1.0 - pooled) * (1.0 / na + 1.0 / nb));
    *p = erfc(fabs(proportion_rate(a) - proportion_rate(b)) / error / sqrt(2.0));
    return true;
}

/* Wilson's score interval of one share. */
static void wilson(const struct proportion *p, double *low, double *high)
{
    double n = (double)p->n, rate = proportion_rate(p), z2 = Z_95 * Z_95;
    double middle = (rate + z2 / (2.0 * n)) / (1.0 + z2 / n);
    double half = Z_95 / (1.0 + z2 / n) * sqrt(rate * (1.0 - rate) / n + z2 / (4.0 * n * n));

    *low = middle - half;
    *high = middle + half;
}

bool proportion_gap(const struct proportion *a, const struct proportion *b,
                    struct proportion_gap *out)
{
    double pa = proportion_rate(a), pb = proportion_rate(b), la, ha, lb, hb;

    if (!a->n || !b->n)
        return false;
    wilson(a, &la, &ha);
    wilson(b, &lb, &hb);
    out->difference = pa - pb;
    out->low = out->difference - sqrt((pa - la) * (pa - la) + (hb - pb) * (hb - pb));
    out->high = out->difference + sqrt((ha - pa) * (ha - pa) + (pb - lb) * (pb - lb));
    out->chance = out->low <= 0.0 && out->high >= 0.0;
    return true;
}

/* Whole numbers, so that equal is equal. */
static int compare(const struct proportion *a, const struct proportion *b)
{
    unsigned __int128 x = (unsigned __int128)a->hits * b->n, y = (unsigned __int128)b->hits * a->n;

    return (x > y) - (x < y);
}

void proportion_choose(const struct proportion *list, unsigned n, struct proportion_winner *out)
{
    unsigned best = 0, second = 1;
    double p = 1.0;
    bool enough;

    *out = (struct proportion_winner){ .verdict = PROPORTION_TOO_SMALL, .p = 1.0 };
    if (n < 2)
        return;
    for (unsigned i = 1; i < n; i++) {
        if (compare(&list[i], &list[best]) > 0)
            best = i;
    }
    second = best == 0 ? 1 : 0;
    for (unsigned i = 0; i < n; i++) {
        if (i != best && compare(&list[i], &list[second]) > 0)
            second = i;
    }
    enough = proportion_test(&list[best], &list[second], &p);
    for (unsigned i = 0; i < n; i++)
        enough = enough && list[i].n > 0;
    out->p = p;
    if (!enough)
        return;
    out->best = best;
    out->second = second;
    out->verdict = compare(&list[best], &list[second]) == 0 ? PROPORTION_TIE : PROPORTION_BEST;
}
