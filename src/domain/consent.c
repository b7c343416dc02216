/* consent.c - the last word on the subject counts. */
#include "domain/consent.h"

static bool is_newer(const struct consent_event *a, const struct consent_event *b)
{
    return a->at != b->at ? a->at > b->at : a->event_id > b->event_id;
}

const struct consent_event *consent_last_word(const struct consent_event *events, size_t n,
                                              enum channel channel, enum purpose purpose)
{
    const struct consent_event *last = NULL;

    for (const struct consent_event *e = events; e < events + n; e++) {
        if (e->channel == channel && e->purpose == purpose && (!last || is_newer(e, last)))
            last = e;
    }
    return last;
}

bool consent_allows(const struct consent_event *events, size_t n, enum channel channel,
                    enum purpose purpose, uint64_t *proof, enum exclusion *why)
{
    const struct consent_event *last = consent_last_word(events, n, channel, purpose);
    enum consent_state state = last ? last->state : CONSENT_UNKNOWN;

    switch (state) {
    case CONSENT_GRANTED:
        *proof = last->event_id;
        return true;
    case CONSENT_WITHDRAWN:
        *why = EXCLUDED_WITHDRAWN;
        return false;
    case CONSENT_UNKNOWN:
        break;
    }
    if (purpose == PURPOSE_SERVICE) {
        *proof = 0;
        return true;
    }
    *why = EXCLUDED_NO_CONSENT;
    return false;
}

bool consent_import_may_change(enum consent_state current, enum consent_state wanted)
{
    switch (wanted) {
    case CONSENT_GRANTED:
        return current == CONSENT_UNKNOWN;
    case CONSENT_WITHDRAWN:
        return current != CONSENT_WITHDRAWN;
    case CONSENT_UNKNOWN:
        break;
    }
    return false;
}
