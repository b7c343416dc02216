/* status_policy.c - see status_policy.h. */
#include "channel/smpp/status_policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config_value.h"

#define ITEM_SIZE 80
#define WORDS_MAX 4
#define TRIES_MAX 100
#define PAUSE_MAX (7 * INT64_C(86400000))

static bool read_status(const char *text, uint32_t *status)
{
    unsigned long value;
    char *end;

    if (*text < '0' || *text > '9')
        return status_from_name(text, status) && *status != 0;
    errno = 0;
    value = strtoul(text, &end, 0);
    *status = (uint32_t)value;
    return !errno && !*end && value > 0 && value <= UINT32_MAX;
}

static bool read_class(const char *text, enum smpp_status_class *class)
{
    for (int c = SMPP_STATUS_THROTTLED; c < SMPP_STATUS_CLASSES; c++) {
        if (strcmp(text, smpp_status_class_name((enum smpp_status_class)c)) == 0) {
            *class = (enum smpp_status_class)c;
            return true;
        }
    }
    return false;
}

static bool read_pause(const char *text, int64_t *ms)
{
    static const struct config_key key = {
        .name = "pause", .kind = CONFIG_DURATION, .min = 1, .max = PAUSE_MAX
    };

    return config_value_set(&key, text, NULL, ms, NULL) == RC_OK;
}

static bool read_tries(const char *text, unsigned *tries)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    *tries = (unsigned)value;
    return *text >= '0' && *text <= '9' && !*end && value >= 1 && value <= TRIES_MAX;
}

static size_t split_words(char *text, char *words[WORDS_MAX + 1])
{
    char *save = NULL;
    size_t n = 0;

    for (char *w = strtok_r(text, " \t", &save); w && n <= WORDS_MAX;
         w = strtok_r(NULL, " \t", &save))
        words[n++] = w;
    return n;
}

/* What was expected, or NULL when all is well. */
static const char *read_item(const char *text, uint32_t *status, struct smpp_status_policy *policy)
{
    char copy[ITEM_SIZE], *words[WORDS_MAX + 1];
    size_t n;

    *policy = (struct smpp_status_policy){ 0 };
    if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
        return "at most 79 characters";
    n = split_words(copy, words);
    if (n < 2 || n > WORDS_MAX)
        return "a status, a class and for temporary a pause and a number of tries, such as "
               "\"0x400 temporary 5m 3\"";
    if (!read_status(words[0], status))
        return "a status other than 0 as 0x400, 1024 or ESME_RTHROTTLED";
    if (!read_class(words[1], &policy->class))
        return "a class: throttled, temporary or permanent";
    if (n > 2 && policy->class != SMPP_STATUS_TEMPORARY)
        return "no pause, which only temporary has";
    if (n > 2 && !read_pause(words[2], &policy->retry_ms))
        return "a pause from 1ms to 7d, such as 5m";
    if (n > 3 && !read_tries(words[3], &policy->tries))
        return "a number of tries from 1 to 100";
    return NULL;
}

static bool has_status(const struct status_policies *p, uint32_t status)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->item[i].status == status)
            return true;
    }
    return false;
}

enum rc status_policies_read(const struct config_texts *texts, struct status_policies *out,
                             struct error *err)
{
    struct status_policies read = { 0 };

    if (texts->n > STATUS_POLICIES_MAX)
        return error_set(err, RC_INVALID, "statuses: expected at most %d items, got %zu",
                         STATUS_POLICIES_MAX, texts->n);
    for (size_t i = 0; i < texts->n; i++) {
        const char *expected =
            read_item(texts->items[i], &read.item[i].status, &read.item[i].policy);
        if (!expected && has_status(&read, read.item[i].status))
            expected = "each status once";
        if (expected)
            return error_set(err, RC_INVALID, "statuses: item %zu: expected %s, got '%s'", i + 1,
                             expected, texts->items[i]);
        read.n++;
    }
    *out = read;
    return RC_OK;
}

struct smpp_status_policy status_policies_find(const struct status_policies *policies,
                                               uint32_t status)
{
    for (size_t i = 0; i < policies->n; i++) {
        if (policies->item[i].status == status)
            return policies->item[i].policy;
    }
    return (struct smpp_status_policy){ .class = smpp_status_class(status) };
}
