/* consent.h - may we write to this customer, on this channel, for this purpose? Pure: no I/O, no
 * clock. */
#pragma once

#include "domain/types.h"

/* One line of the ledger. `event_id` is the proof a message will name. */
struct consent_event {
    uint64_t event_id;
    enum channel channel;
    enum purpose purpose;
    enum consent_state state;
    utc_us at;
};

/* The event that counts for that channel and purpose: the newest by `at`, then by event_id,
 * whatever the order of the events; NULL: never asked. */
const struct consent_event *consent_last_word(const struct consent_event *events, size_t n,
                                              enum channel channel, enum purpose purpose);

/*
 * Decides from the `n` events of one customer, in any order. Returns true and sets *proof to the
 * event that allows it, or false and sets *why.
 * `service` messages need no consent (*proof is then 0) but honour a withdrawal (GDPR art. 21).
 */
bool consent_allows(const struct consent_event *events, size_t n, enum channel channel,
                    enum purpose purpose, uint64_t *proof, enum exclusion *why);

/*
 * Does a consent flag in a partner's file say something new, and may it? A grant is taken only
 * where nothing is known yet: a partner's file does not know of the STOP that came here, so it
 * never lifts a withdrawal, however new it looks; subscribing again takes an act of the person. A
 * withdrawal is always taken, however old. What says again what is already so changes nothing.
 */
bool consent_import_may_change(enum consent_state current, enum consent_state wanted);
