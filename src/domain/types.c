/* types.c - the names of the business's words. */
#include "domain/types.h"

#include <string.h>

static const char *const channel_names[] = { "sms", "email" };

const char *channel_name(enum channel c)
{
    return channel_names[c];
}

enum rc channel_parse(const char *name, enum channel *c)
{
    for (size_t i = 0; i < sizeof(channel_names) / sizeof(channel_names[0]); i++) {
        if (strcmp(channel_names[i], name) == 0) {
            *c = (enum channel)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

static const char *const purpose_names[] = { "promo", "service" };

const char *purpose_name(enum purpose p)
{
    return purpose_names[p];
}

enum rc purpose_parse(const char *name, enum purpose *p)
{
    for (size_t i = 0; i < sizeof(purpose_names) / sizeof(purpose_names[0]); i++) {
        if (strcmp(name, purpose_names[i]) == 0) {
            *p = (enum purpose)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

static const char *const class_names[] = { "alert", "service", "promo" };

const char *message_class_name(enum message_class c)
{
    return class_names[c];
}

enum rc message_class_parse(const char *name, enum message_class *c)
{
    for (size_t i = 0; i < sizeof(class_names) / sizeof(class_names[0]); i++) {
        if (strcmp(name, class_names[i]) == 0) {
            *c = (enum message_class)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

const char *consent_state_name(enum consent_state s)
{
    static const char *const names[] = { "unknown", "granted", "withdrawn" };

    return names[s];
}

static const char *const source_names[CONSENT_SOURCES] = {
    [CONSENT_BY_IMPORT] = "import",
    [CONSENT_BY_INBOUND] = "inbound",
    [CONSENT_BY_STAFF] = "staff",
    [CONSENT_BY_API] = "api",
    [CONSENT_BY_FORM] = "form",
    [CONSENT_BY_MAIL] = "mail",
    [CONSENT_BY_DOUBLE_OPT_IN] = "double_opt_in",
    [CONSENT_BY_MERGE] = "merge",
};

const char *consent_source_name(enum consent_source s)
{
    return source_names[s];
}

enum rc consent_source_parse(const char *name, enum consent_source *s)
{
    for (int i = 0; i < CONSENT_SOURCES; i++) {
        if (strcmp(name, source_names[i]) == 0) {
            *s = (enum consent_source)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

static const struct {
    const char *name, *words; /* words: what people read, and may type */
} exclusions[EXCLUSION_COUNT] = {
    [EXCLUDED_NO_CONSENT] = { "no_consent", "never consented" },
    [EXCLUDED_WITHDRAWN] = { "withdrawn", "withdrew" },
    [EXCLUDED_OPTED_OUT] = { "opted_out", "unsubscribed" },
    [EXCLUDED_NO_CONTACT_POINT] = { "no_contact_point", "no address" },
    [EXCLUDED_INVALID_ADDRESS] = { "invalid_address", "invalid address" },
    [EXCLUDED_SUPPRESSED] = { "suppressed", "address suppressed" },
    [EXCLUDED_DUPLICATE_ADDRESS] = { "duplicate_address", "same address" },
    [EXCLUDED_FREQUENCY_CAP] = { "frequency_cap", "enough already" },
    [EXCLUDED_CONTACTED_RECENTLY] = { "contacted_recently", "contacted lately" },
    [EXCLUDED_MINOR] = { "minor", "minor" },
    [EXCLUDED_DO_NOT_CONTACT] = { "do_not_contact", "do not contact" },
    [EXCLUDED_ERASED] = { "erased", "erased" },
    [EXCLUDED_IN_FLIGHT] = { "in_flight", "other campaign" },
    [EXCLUDED_SAME_TEXT] = { "same_text", "had this text" },
    [EXCLUDED_HOLD_OUT] = { "hold_out", "held out" },
    [EXCLUDED_CONSENT_EXPIRED] = { "consent_expired", "consent ended" },
    [EXCLUDED_TEMPLATE] = { "template", "text not fillable" },
};

const char *exclusion_name(enum exclusion e)
{
    return exclusions[e].name;
}

const char *exclusion_words(enum exclusion e)
{
    return exclusions[e].words;
}

enum rc exclusion_parse(const char *name, enum exclusion *e)
{
    for (size_t i = 0; i < EXCLUSION_COUNT; i++) {
        if (strcmp(name, exclusions[i].name) == 0 || strcmp(name, exclusions[i].words) == 0) {
            *e = (enum exclusion)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}
