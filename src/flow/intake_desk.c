/* intake_desk.c - a partner's profiles, and the choice among them. */
#include "flow/intake_desk.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"

void intake_desk_init(struct intake_desk *desk, const char *root, struct profile *const *profiles,
                      size_t n, unsigned chunk_rows)
{
    *desk = (struct intake_desk){ .root = root,
                                  .partner = profiles[0]->code,
                                  .profiles = profiles,
                                  .n_profiles = n,
                                  .chunk_rows = chunk_rows };
}

enum rc intake_desk_ready(struct intake_desk *desk)
{
    if (!desk->rules)
        desk->rules = calloc(desk->n_profiles, sizeof(*desk->rules));
    if (!desk->rules)
        return RC_FAIL;
    for (size_t i = 0; i < desk->n_profiles; i++)
        desk->rules[i] = &desk->profiles[i]->take;
    if (!desk->look)
        desk->look = spool_look_new(desk->partner, desk->rules, desk->n_profiles);
    return desk->look ? RC_OK : RC_FAIL;
}

void intake_desk_close(struct intake_desk *desk)
{
    spool_look_free(desk->look);
    free(desk->rules);
    *desk = (struct intake_desk){ 0 };
}

const struct profile *intake_desk_profile(const struct intake_desk *desk, const char *name)
{
    if (!*name)
        return desk->profiles[0];
    for (size_t i = 0; i < desk->n_profiles; i++) {
        if (strcmp(desk->profiles[i]->name, name) == 0)
            return desk->profiles[i];
    }
    return NULL;
}

unsigned intake_desk_at_once(const struct intake_desk *desk)
{
    unsigned least = TAKE_AT_ONCE_MAX;

    for (size_t i = 0; i < desk->n_profiles; i++)
        least = desk->profiles[i]->take.at_once < least ? desk->profiles[i]->take.at_once : least;
    return least;
}

void intake_desk_say_nobodys(const struct intake_desk *desk, struct error *why)
{
    struct buffer names;

    buffer_init(&names, 300);
    for (size_t i = 0; i < desk->n_profiles; i++) {
        for (size_t k = 0; k < desk->rules[i]->patterns.n; k++)
            buffer_printf(&names, "%s%s", names.len ? ", " : "", desk->rules[i]->patterns.items[k]);
    }
    error_set(why, RC_NOTFOUND, "no files of this name are taken; expected one like %s%s",
              buffer_text(&names), names.full ? " ..." : "");
    buffer_close(&names);
}

/* By name: a profile with a pattern of its own before one that takes everything. */
static const struct profile *by_name(const struct intake_desk *desk, const char *name)
{
    const struct profile *any = NULL;

    for (size_t i = 0; i < desk->n_profiles; i++) {
        const struct take_rules *rules = desk->rules[i];

        if (!take_rules_match(rules, name))
            continue;
        if (rules->patterns.n > 1 || strcmp(rules->patterns.items[0], "*") != 0)
            return desk->profiles[i];
        any = any ? any : desk->profiles[i];
    }
    return any;
}

enum rc intake_desk_choose(const struct intake_desk *desk, const struct drop_box *box,
                           const char *name, const struct profile **chosen, struct error *why)
{
    const struct profile *profile = by_name(desk, name);

    (void)box;
    if (!profile) {
        intake_desk_say_nobodys(desk, why);
        return RC_NOTFOUND;
    }
    *chosen = profile;
    return RC_OK;
}
