/* subscriber.c - see subscriber.h. */
#include "channel/smpp/subscriber.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "channel/smpp/status_policy.h"

static const char *const none_by_default[] = { "ESME_RINVDSTADR", "err 1" };
static const char *const absent_by_default[] = { "err 6", "err 27" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool read_number(const char *text, uint32_t *number)
{
    unsigned long value;
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    value = strtoul(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10);
    *number = (uint32_t)value;
    return !errno && !*end && value > 0 && value <= UINT32_MAX;
}

/* A status that is no refusal for good says nothing of the number, whoever lists it. */
static bool read_item(const char *text, bool *receipt, uint32_t *code)
{
    *receipt = strncmp(text, "err ", 4) == 0;
    if (*receipt)
        return read_number(text + 4, code);
    return (status_from_name(text, code) && *code != 0) || read_number(text, code);
}

static enum rc read_list(const char *key, const struct config_texts *texts,
                         const char *const *otherwise, size_t n_otherwise,
                         enum smpp_subscriber means, struct subscriber_rules *out,
                         struct error *err)
{
    const size_t n = texts->n ? texts->n : n_otherwise;

    if (texts->n == 1 && strcmp(texts->items[0], "none") == 0)
        return RC_OK;
    if (n > SUBSCRIBER_ITEMS_MAX)
        return error_set(err, RC_INVALID, "%s: expected at most %d items, got %zu", key,
                         SUBSCRIBER_ITEMS_MAX, n);
    for (size_t i = 0; i < n; i++) {
        const char *text = texts->n ? texts->items[i] : otherwise[i];

        if (!read_item(text, &out->item[out->n].receipt, &out->item[out->n].code))
            return error_set(err, RC_INVALID,
                             "%s: item %zu: expected a status as 0x0b or ESME_RINVDSTADR, a "
                             "receipt's code as \"err 1\", or none alone, got '%s'",
                             key, i + 1, text);
        out->item[out->n++].means = means;
    }
    return RC_OK;
}

enum rc subscriber_rules_read(const struct config_texts *none, const struct config_texts *absent,
                              struct subscriber_rules *out, struct error *err)
{
    struct subscriber_rules read = { 0 };
    enum rc rc = read_list("no_subscriber", none, none_by_default, COUNT(none_by_default),
                           SMPP_SUBSCRIBER_NONE, &read, err);

    if (!rc)
        rc = read_list("absent_subscriber", absent, absent_by_default, COUNT(absent_by_default),
                       SMPP_SUBSCRIBER_ABSENT, &read, err);
    if (!rc)
        *out = read;
    return rc;
}

static enum smpp_subscriber find(const struct subscriber_rules *rules, bool receipt, uint32_t code)
{
    for (size_t i = 0; code && i < rules->n; i++) {
        if (rules->item[i].receipt == receipt && rules->item[i].code == code)
            return rules->item[i].means;
    }
    return SMPP_SUBSCRIBER_FINE;
}

enum smpp_subscriber subscriber_of_status(const struct subscriber_rules *rules, uint32_t status)
{
    return find(rules, false, status);
}

enum smpp_subscriber subscriber_of_receipt(const struct subscriber_rules *rules,
                                           const struct smpp_receipt *receipt)
{
    if (!receipt->final ||
        (receipt->state != SMPP_RECEIPT_UNDELIVERABLE && receipt->state != SMPP_RECEIPT_REJECTED))
        return SMPP_SUBSCRIBER_FINE;
    return find(rules, true, receipt->code);
}
