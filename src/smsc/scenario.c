/* scenario.c - from the settings of a scenario to what they mean. */
#include "smsc/scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/config_value.h"
#include "smsc/chance.h"

/* Texts of changed keys stay in the arena until the end; past this, restart with a file. */
#define ARENA_MAX (4 << 20)

static const struct share {
    const char *key;
    size_t text, probability; /* offsets: in the settings, in the scenario */
} shares[] = {
#define SHARE(name)                                                                      \
    {                                                                                    \
#name, offsetof(struct scenario_settings, name), offsetof(struct scenario, name) \
    }
    SHARE(refuse_binds),       SHARE(echo_reference),
    SHARE(undelivered),        SHARE(expired),
    SHARE(rejected),           SHARE(no_receipt),
    SHARE(receipts_first),     SHARE(lost_responses),
    SHARE(duplicate_receipts), SHARE(duplicate_responses),
    SHARE(stray_responses),    SHARE(garbage),
    SHARE(reply_stop),
#undef SHARE
};

/* "2.5%", "2.5" or "100%"; *rest is what follows. */
static bool parse_share(const char *text, const char **rest, uint64_t *probability)
{
    char *end;
    double percent;

    if (*text < '0' || *text > '9')
        return false;
    percent = strtod(text, &end);
    if (!(percent >= 0 && percent <= 100))
        return false;
    *rest = *end == '%' ? end + 1 : end;
    *probability = (uint64_t)(percent / 100 * (double)CHANCE_ALWAYS + 0.5);
    return true;
}

static bool parse_status(const char *text, uint32_t *status)
{
    unsigned long value;
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    value = strtoul(text, &end, 0);
    if (errno || *end || value == 0 || value > UINT32_MAX)
        return false;
    *status = (uint32_t)value;
    return true;
}

static enum rc check_shares(struct scenario *s, struct error *err)
{
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        const char *text = *(char **)(void *)((char *)&s->settings + shares[i].text), *rest;
        uint64_t probability;

        if (!parse_share(text, &rest, &probability) || *rest)
            return error_set(err, RC_INVALID, "%s: expected a share from 0%% to 100%%, got '%s'",
                             shares[i].key, text);
        *(uint64_t *)(void *)((char *)s + shares[i].probability) = probability;
    }
    if (s->undelivered + s->expired + s->rejected > CHANCE_ALWAYS)
        return error_set(err, RC_INVALID,
                         "undelivered, expired and rejected: expected at most 100%% together");
    return RC_OK;
}

static enum rc check_faults(struct scenario *s, struct error *err)
{
    const struct config_texts *list = &s->settings.status_faults;
    uint64_t share, sum = 0;
    const char *rest;

    if (list->n > SCENARIO_FAULTS_MAX)
        return error_set(err, RC_INVALID, "status_faults: expected at most %d, got %zu",
                         SCENARIO_FAULTS_MAX, list->n);
    for (size_t i = 0; i < list->n; i++) {
        if (!parse_share(list->items[i], &rest, &share) || *rest != ' ' ||
            !parse_status(rest + 1, &s->faults[i].status))
            return error_set(err, RC_INVALID,
                             "status_faults: expected a share and a command_status like "
                             "\"1%% 0x400\", got '%s'",
                             list->items[i]);
        s->faults[i].up_to = sum += share;
    }
    if (sum > CHANCE_ALWAYS)
        return error_set(err, RC_INVALID, "status_faults: expected at most 100%% together");
    s->n_faults = list->n;
    return RC_OK;
}

static enum rc check(struct scenario *s, struct error *err)
{
    enum rc rc = check_shares(s, err);

    if (!rc)
        rc = check_faults(s, err);
    if (!rc && !parse_status(s->settings.refuse_bind_status, &s->refuse_bind_status))
        rc = error_set(err, RC_INVALID,
                       "refuse_bind_status: expected a command_status like 0x0d, got '%s'",
                       s->settings.refuse_bind_status);
    return rc;
}

enum rc scenario_load(const char *path, struct arena *arena, struct scenario *s, struct error *err)
{
    struct scenario loaded;
    enum rc rc;

    memset(&loaded, 0, sizeof(loaded));
    rc = config_load(path, &scenario_schema, arena, &loaded, err);
    if (rc)
        return rc;
    rc = check(&loaded, err);
    if (rc) {
        error_prefix(err, "%s", path ? path : "defaults");
        return rc;
    }
    *s = loaded;
    return RC_OK;
}

static const struct config_key *find_key(const char *name)
{
    const struct config_section *top = &scenario_schema.sections[0];

    for (size_t i = 0; i < top->n_keys; i++) {
        if (strcmp(top->keys[i].name, name) == 0)
            return &top->keys[i];
    }
    return NULL;
}

/* A list's items stand between commas. */
static enum rc set_list(const struct config_key *key, const char *value, struct arena *arena,
                        struct scenario_settings *settings, struct error *err)
{
    struct config_key whole = *key;

    whole.def = value; /* a default is written the same way */
    return config_value_default(&whole, arena, settings, err);
}

enum rc scenario_set(struct scenario *s, struct arena *arena, const char *name, const char *value,
                     struct error *err)
{
    const struct config_key *key = find_key(name);
    struct scenario changed = *s;
    enum rc rc;

    if (!key)
        return error_set(err, RC_NOTFOUND, "%s: no such key; --print-scenario lists them", name);
    if (!key->live)
        return error_set(err, RC_INVALID, "%s: can only be given at the start", name);
    if (arena->used > ARENA_MAX)
        return error_set(err, RC_AGAIN, "too many changes; a restart makes room");
    if (key->kind == CONFIG_LIST)
        rc = set_list(key, value, arena, &changed.settings, err);
    else
        rc = config_value_set(key, value, arena, &changed.settings, err);
    if (rc) {
        error_prefix(err, "%s", name);
        return rc;
    }
    rc = check(&changed, err);
    if (!rc)
        *s = changed;
    return rc;
}

enum rc scenario_reload(struct scenario *s, struct arena *arena, const char *path,
                        struct error *err)
{
    struct scenario again;
    enum rc rc;

    if (arena->used > ARENA_MAX)
        return error_set(err, RC_AGAIN, "%s: too many changes; a restart makes room", path);
    rc = scenario_load(path, arena, &again, err);
    if (rc)
        return rc;
    again.inbound = s->inbound; /* their scripts run */
    *s = again;
    return RC_OK;
}
