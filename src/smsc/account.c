/* account.c - see account.h. */
#include "smsc/account.h"

#include <string.h>

#include "smsc/smsc.h"

/* A client may send a tenth of a second's worth at once: real carriers count in such slices. */
#define NSEC_PER_SEC INT64_C(1000000000)
#define BURST_NS     (NSEC_PER_SEC / 10)

static void open_slot(struct account *a, const char *system_id)
{
    memset(a, 0, sizeof(*a));
    memcpy(a->system_id, system_id, strlen(system_id));
    a->used = true;
    TAILQ_INIT(&a->receivers);
    STAILQ_INIT(&a->queue);
}

void accounts_init(struct smsc *c)
{
    open_slot(&c->accounts[0], "");
}

struct account *account_open(struct smsc *c, const char *system_id)
{
    struct account *free_slot = NULL;

    for (size_t i = 0; i < ACCOUNTS_MAX; i++) {
        struct account *a = &c->accounts[i];
        if (a->used && strcmp(a->system_id, system_id) == 0)
            return a;
        if (i > 0 && !free_slot && a->sessions == 0 && a->owed == 0)
            free_slot = a;
    }
    if (free_slot)
        open_slot(free_slot, system_id);
    return free_slot;
}

struct account *account_for_anybody(struct smsc *c)
{
    struct account *a = NULL;

    if (*c->scenario.settings.system_id)
        a = account_open(c, c->scenario.settings.system_id);
    for (size_t i = 0; !a && i < ACCOUNTS_MAX; i++) {
        if (c->accounts[i].n_receivers > 0)
            a = &c->accounts[i];
    }
    return a ? a : &c->accounts[0];
}

bool account_may_submit(struct smsc *c, struct account *a)
{
    int64_t rate = c->scenario.settings.throttle, now_ns = c->now_us * 1000, step, burst;

    if (rate == 0)
        return true;
    step = NSEC_PER_SEC / rate; /* of time, used up by one submit */
    burst = step > BURST_NS ? step : BURST_NS;
    if (a->used_ns < now_ns - burst)
        a->used_ns = now_ns - burst;
    if (a->used_ns + step > now_ns)
        return false;
    a->used_ns += step;
    return true;
}
