/* types.c - the names of the business's words. */
#include "domain/types.h"

#include <string.h>

const char *channel_name(enum channel c)
{
    static const char *const names[] = { "sms", "email" };

    return names[c];
}

const char *purpose_name(enum purpose p)
{
    static const char *const names[] = { "promo", "service" };

    return names[p];
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

const char *consent_source_name(enum consent_source s)
{
    static const char *const names[] = { "import", "inbound", "staff", "api" };

    return names[s];
}

static const char *const exclusion_names[EXCLUSION_COUNT] = {
    [EXCLUDED_NO_CONSENT] = "no_consent",
    [EXCLUDED_WITHDRAWN] = "withdrawn",
    [EXCLUDED_OPTED_OUT] = "opted_out",
    [EXCLUDED_NO_CONTACT_POINT] = "no_contact_point",
    [EXCLUDED_INVALID_ADDRESS] = "invalid_address",
    [EXCLUDED_SUPPRESSED] = "suppressed",
    [EXCLUDED_DUPLICATE_ADDRESS] = "duplicate_address",
    [EXCLUDED_FREQUENCY_CAP] = "frequency_cap",
    [EXCLUDED_CONTACTED_RECENTLY] = "contacted_recently",
    [EXCLUDED_MINOR] = "minor",
    [EXCLUDED_DO_NOT_CONTACT] = "do_not_contact",
    [EXCLUDED_ERASED] = "erased",
    [EXCLUDED_IN_FLIGHT] = "in_flight",
    [EXCLUDED_SAME_TEXT] = "same_text",
    [EXCLUDED_HOLD_OUT] = "hold_out",
    [EXCLUDED_TEMPLATE] = "template",
};

const char *exclusion_name(enum exclusion e)
{
    return exclusion_names[e];
}

enum rc exclusion_parse(const char *name, enum exclusion *e)
{
    for (size_t i = 0; i < EXCLUSION_COUNT; i++) {
        if (strcmp(name, exclusion_names[i]) == 0) {
            *e = (enum exclusion)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}
