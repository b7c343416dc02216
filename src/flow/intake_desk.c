/* intake_desk.c - a partner's profiles, and the choice among them. */
#include "flow/intake_desk.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "channel/file/profile_choice.h"

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

/* As generous as the most generous profile: the reader will ask the chosen one. */
static struct archive_limits widest(const struct intake_desk *desk)
{
    struct archive_limits w = { 0 };

    for (size_t i = 0; i < desk->n_profiles; i++) {
        const struct archive_limits *l = &desk->profiles[i]->take.archive;

        w.bytes = l->bytes > w.bytes ? l->bytes : w.bytes;
        w.ratio = l->ratio > w.ratio ? l->ratio : w.ratio;
        w.entries = l->entries > w.entries ? l->entries : w.entries;
    }
    return w;
}

static enum rc read_head(const struct intake_desk *desk, int fd, char *head, size_t *len,
                         struct error *why)
{
    const struct archive_limits limits = widest(desk);
    const enum rc rc = archive_head(fd, &limits, head, PROFILE_CHOICE_HEAD, len, why);

    if (rc == RC_NOTFOUND)
        return RC_OK;
    return rc == RC_FAIL ? RC_AGAIN : rc;
}

enum rc intake_desk_choose(const struct intake_desk *desk, int fd, const char *name,
                           const struct profile **chosen, struct error *why)
{
    char *head = malloc(PROFILE_CHOICE_HEAD);
    size_t len = 0;
    enum rc rc = head ? read_head(desk, fd, head, &len, why) : RC_AGAIN;

    if (rc == RC_INVALID && desk->n_profiles == 1)
        rc = RC_OK; /* the reader will find the same, and say it in this import's receipt */
    if (!rc)
        rc = profile_choose(desk->profiles, desk->n_profiles, name, head, len, chosen, why);
    free(head);
    return rc == RC_INVALID ? RC_NOTFOUND : rc;
}
