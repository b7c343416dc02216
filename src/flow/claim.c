/* claim.c - see claim.h. */
#include "flow/claim.h"

#include <stdlib.h>

#include "flow/recorder.h"

struct claim *claim_new(void *owner, void (*done)(struct claim *c), struct send_windows *windows)
{
    struct claim *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->owner = owner;
    c->done = done;
    c->windows = windows;
    return c;
}

void claim_free(struct claim *c)
{
    if (c->hold)
        claim_hold_drop(c->hold);
    free(c);
}

static void claim_run(struct job *job, void *db)
{
    struct claim *c = (struct claim *)job;

    c->rc = outbox_claim(db, c->requests, c->n, c->now, c->windows, &c->hold->arena, &c->taken);
}

static void claim_done(struct job *job)
{
    struct claim *c = (struct claim *)job;

    c->done(c);
}

bool claim_post(struct claim *c, struct lane_pool *lanes, uint64_t key, int64_t now)
{
    c->hold = calloc(1, sizeof(*c->hold));
    if (c->hold) {
        arena_init(&c->hold->arena);
        c->hold->users = 1; /* the claim */
        c->job.run = claim_run;
        c->job.done = claim_done;
        c->now = clock_now();
        c->posted_at = now;
        if (!lane_post(lanes, key, &c->job))
            return true;
    }
    claim_free(c);
    return false;
}

bool claim_take(struct claim *c, struct flights *flights, struct recorder *recorder,
                void (*each)(void *owner, struct flight *f))
{
    struct outbox_slice_key key;
    bool failed = false;

    for (size_t i = 0; i < c->taken.n; i++) {
        struct flight *f = flight_new(flights, c->hold, &c->taken.messages[i]);
        if (!f) {
            failed = true;
            continue;
        }
        f->claimed_at = c->posted_at;
        each(c->owner, f);
    }
    for (size_t i = 0; i < c->taken.n_slices; i++) {
        if (failed)
            c->taken.slices[i].exhausted = false;
        if (flights_slice_claimed(flights, &c->taken.slices[i], &key))
            recorder_close_slice(recorder, &key);
    }
    return !failed;
}
