/*
 * types.h - the words of the business that more than one room uses.
 *
 * The names given by the *_name() functions are the ones in the database, the API and the console.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/rc.h"

#define E164_SIZE    17  /* "+" and 15 digits (ITU-T E.164), and its NUL */
#define ADDRESS_SIZE 255 /* a contact point: E.164 number or mail address (RFC 5321: 254) */

enum channel { CHANNEL_SMS, CHANNEL_EMAIL };
enum purpose { PURPOSE_PROMO, PURPOSE_SERVICE };
/* In the order in which they leave: an alert before a service message before a promotion. */
enum message_class { CLASS_ALERT, CLASS_SERVICE, CLASS_PROMO };

enum consent_state { CONSENT_UNKNOWN, CONSENT_GRANTED, CONSENT_WITHDRAWN };

/* Who or what said so: the `source` of a consent event. */
enum consent_source {
    CONSENT_BY_IMPORT,        /* source_ref: import id and row, "123:45" */
    CONSENT_BY_INBOUND,       /* source_ref: inbound message id */
    CONSENT_BY_STAFF,         /* on the person's word; source_ref: who heard it */
    CONSENT_BY_API,           /* a system that says so; source_ref: as it likes */
    CONSENT_BY_FORM,          /* source_ref: the form's own number for it */
    CONSENT_BY_MAIL,          /* a letter or a mail; source_ref: where it is kept */
    CONSENT_BY_DOUBLE_OPT_IN, /* source_ref: inbound message id of the yes */
    CONSENT_BY_MERGE, /* two customers were found to be one; source_ref: the other, and their event
                       */
    CONSENT_SOURCES
};

/* Why somebody in the audience is left out. */
enum exclusion {
    EXCLUDED_NO_CONSENT,
    EXCLUDED_WITHDRAWN,
    EXCLUDED_OPTED_OUT, /* the address itself said STOP, whoever has it now */
    EXCLUDED_NO_CONTACT_POINT,
    EXCLUDED_INVALID_ADDRESS,
    EXCLUDED_SUPPRESSED, /* a carrier said that nobody has it */
    EXCLUDED_DUPLICATE_ADDRESS,
    EXCLUDED_FREQUENCY_CAP,      /* so many promotions in so many days are enough */
    EXCLUDED_CONTACTED_RECENTLY, /* whoever wrote last, in whichever direction */
    EXCLUDED_MINOR,
    EXCLUDED_DO_NOT_CONTACT,
    EXCLUDED_ERASED,
    EXCLUDED_IN_FLIGHT,       /* a promotion of another campaign is still on its way */
    EXCLUDED_SAME_TEXT,       /* another campaign sent the very same words not long ago */
    EXCLUDED_HOLD_OUT,        /* kept aside, so that the others can be compared with them */
    EXCLUDED_CONSENT_EXPIRED, /* nothing came from the person for consent.expires_after */
    EXCLUDED_TEMPLATE,        /* a placeholder without value and without default */
    EXCLUSION_COUNT
};

const char *channel_name(enum channel c);
const char *purpose_name(enum purpose p);
const char *message_class_name(enum message_class c);
const char *consent_state_name(enum consent_state s);
const char *consent_source_name(enum consent_source s);
const char *exclusion_name(enum exclusion e);
const char *exclusion_words(enum exclusion e); /* "never consented" */
/* RC_INVALID for a name that is none of theirs. */
enum rc channel_parse(const char *name, enum channel *c) MUST_CHECK;
enum rc message_class_parse(const char *name, enum message_class *c) MUST_CHECK;
enum rc purpose_parse(const char *name, enum purpose *p) MUST_CHECK;
enum rc consent_source_parse(const char *name, enum consent_source *s) MUST_CHECK;
/* Its words do as well. */
enum rc exclusion_parse(const char *name, enum exclusion *e) MUST_CHECK;
