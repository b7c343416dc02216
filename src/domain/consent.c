/* consent.c - a table of what each source may do against a refusal, and one function that asks it.
 */
#include "domain/consent.h"

#include <stdio.h>
#include <string.h>

/* How a source's grant can lift a refusal. */
static const struct source_rule {
    bool act;          /* it is an act of the person, as such */
    bool by_wording;   /* it is one when the wording is noted, and nothing at all without */
    bool by_signature; /* it is one when the person's date is on it */
} rules[CONSENT_SOURCES] = {
    [CONSENT_BY_IMPORT] = { .act = false },       [CONSENT_BY_INBOUND] = { .act = true },
    [CONSENT_BY_STAFF] = { .by_wording = true },  [CONSENT_BY_API] = { .act = false },
    [CONSENT_BY_FORM] = { .by_signature = true }, [CONSENT_BY_MAIL] = { .by_signature = true },
    [CONSENT_BY_DOUBLE_OPT_IN] = { .act = true }, [CONSENT_BY_MERGE] = { .act = false },
};

enum consent_lift consent_lift_of(const struct consent_said *said)
{
    const struct source_rule *r = &rules[said->source];

    if (r->act)
        return CONSENT_LIFTS_BY_ACT;
    if (r->by_wording)
        return said->has_wording ? CONSENT_LIFTS_BY_ACT : CONSENT_NEVER_COUNTS;
    return r->by_signature && said->signed_at ? CONSENT_LIFTS_BY_SIGNATURE : CONSENT_LIFTS_NOTHING;
}

static enum consent_ruling against_refusal(utc_us refused_at, const struct consent_said *said,
                                           enum consent_lift lift)
{
    switch (lift) {
    case CONSENT_LIFTS_BY_ACT:
        return CONSENT_COUNTS;
    case CONSENT_LIFTS_BY_SIGNATURE:
        return said->signed_at > refused_at ? CONSENT_COUNTS : CONSENT_NEEDS_SIGNATURE;
    case CONSENT_LIFTS_NOTHING:
        return rules[said->source].by_signature ? CONSENT_NEEDS_SIGNATURE : CONSENT_NEEDS_PERSON;
    case CONSENT_NEVER_COUNTS:
        break;
    }
    return CONSENT_NEEDS_WORDING;
}

enum consent_ruling consent_rule(const struct consent_word *last, const struct consent_said *said)
{
    enum consent_lift lift = consent_lift_of(said);

    if (said->state == CONSENT_WITHDRAWN)
        return CONSENT_COUNTS;
    if (lift == CONSENT_NEVER_COUNTS)
        return CONSENT_NEEDS_WORDING;
    if (last->state != CONSENT_UNKNOWN && said->at < last->at)
        return CONSENT_IS_OLDER;
    return last->state == CONSENT_WITHDRAWN ? against_refusal(last->at, said, lift)
                                            : CONSENT_COUNTS;
}

const char *consent_ruling_reason(enum consent_ruling ruling)
{
    static const char *const reasons[CONSENT_RULINGS] = {
        [CONSENT_COUNTS] = "",
        [CONSENT_IS_OLDER] = "it is older than what the person said last",
        [CONSENT_NEEDS_PERSON] = "the person refused, and only they can take that back: by START, "
                                 "by the answer to a request (consent ask), or by a form with a "
                                 "later date of signature",
        [CONSENT_NEEDS_SIGNATURE] = "the person refused, and the form bears no date of signature "
                                    "that is later than the refusal",
        [CONSENT_NEEDS_WORDING] = "staff must note the words that the person agreed to",
    };

    return reasons[ruling];
}

enum consent_state consent_merged(enum consent_state stays, enum consent_state goes,
                                  bool same_address)
{
    if (goes == CONSENT_WITHDRAWN && stays != CONSENT_WITHDRAWN)
        return CONSENT_WITHDRAWN;
    if (goes == CONSENT_GRANTED && stays == CONSENT_UNKNOWN && same_address)
        return CONSENT_GRANTED;
    return CONSENT_UNKNOWN;
}

utc_us consent_ends_at(utc_us given, utc_us last_reply, utc_us last_order, int64_t keep_s)
{
    utc_us last = given;

    if (!keep_s)
        return 0;
    if (last_reply > last)
        last = last_reply;
    if (last_order > last)
        last = last_order;
    return last + keep_s * USEC_PER_SEC;
}

const char *consent_name_sender(struct arena *arena, const char *text, const char *sender)
{
    static const char hole[] = "{sender}";
    const char *at = strstr(text, hole);
    size_t before = at ? (size_t)(at - text) : 0, size = strlen(text) + strlen(sender) + 1;
    char *named = at ? arena_alloc(arena, size) : NULL;

    if (!at)
        return text;
    if (named)
        snprintf(named, size, "%.*s%s%s", (int)before, text, sender, at + strlen(hole));
    return named;
}

/* --- in plain words --- */

static const char *either(const char *text, const char *otherwise)
{
    return *text ? text : otherwise;
}

static bool by_mail(const struct consent_facts *f)
{
    return strcmp(f->channel, "email") == 0;
}

static bool by_form(const struct consent_facts *f, const char *form)
{
    return by_mail(f) && strcmp(f->form, form) == 0;
}

static void inbound_words(const struct consent_facts *f, char *out, size_t size)
{
    const char *ref = f->source_ref;

    if (by_form(f, CONSENT_FORM_COMPLAINT))
        snprintf(out, size, "by a complaint that their mail provider reported (mail %s)", ref);
    else
        snprintf(out, size, "by their own %s %s)", by_mail(f) ? "mail (mail" : "SMS (message", ref);
}

static void form_words(const struct consent_facts *f, char *out, size_t size)
{
    if (by_form(f, CONSENT_FORM_BUTTON))
        snprintf(out, size, "by the button of their mail program (%s)", f->source_ref);
    else if (by_form(f, CONSENT_FORM_PAGE))
        snprintf(out, size, "by the page that the link in our mail leads to (%s)", f->source_ref);
    else
        snprintf(out, size, "by the form %s%s%s", either(f->form, "(no name)"),
                 *f->page ? " on " : "", f->page);
}

static void how_words(const struct consent_facts *f, enum consent_source source, char *out,
                      size_t size)
{
    switch (source) {
    case CONSENT_BY_IMPORT:
        snprintf(out, size, "by a partner's file (import and row %s)", f->source_ref);
        break;
    case CONSENT_BY_INBOUND:
        inbound_words(f, out, size);
        break;
    case CONSENT_BY_STAFF:
        snprintf(out, size, "by word to our staff (%s)", either(f->source_ref, "nobody named"));
        break;
    case CONSENT_BY_API:
        snprintf(out, size, "as another system says (%s)", either(f->source_ref, "no reference"));
        break;
    case CONSENT_BY_FORM:
        form_words(f, out, size);
        break;
    case CONSENT_BY_MAIL:
        snprintf(out, size, "by a letter or mail (%s)", either(f->source_ref, "no reference"));
        break;
    case CONSENT_BY_DOUBLE_OPT_IN:
        snprintf(out, size, "by the yes (message %s) to our request (message %s)", f->source_ref,
                 f->request_ref);
        break;
    case CONSENT_BY_MERGE:
        snprintf(out, size,
                 "as the same person, known as another customer, had said (customer:event %s)",
                 f->source_ref);
        break;
    case CONSENT_SOURCES:
        break;
    }
}

void consent_words(const struct consent_facts *f, char out[CONSENT_WORDS_SIZE])
{
    enum consent_source source = CONSENT_BY_API;
    char how[400] = "";

    if (consent_source_parse(f->source, &source) == RC_OK)
        how_words(f, source, how, sizeof(how));
    snprintf(out, CONSENT_WORDS_SIZE, "%s %s by %s%s%s, %s",
             strcmp(f->state, "granted") == 0 ? "allowed" : "refused",
             strcmp(f->purpose, "promo") == 0 ? "promotions" : "service messages",
             strcmp(f->channel, "sms") == 0 ? "SMS" : "mail", *f->sender ? " from " : "", f->sender,
             how);
}

static const char *refusal_words(const struct consent_facts *f, enum consent_source source)
{
    switch (source) {
    case CONSENT_BY_INBOUND:
        return !by_mail(f)                          ? "said STOP"
               : by_form(f, CONSENT_FORM_COMPLAINT) ? "complained to their mail provider"
                                                    : "unsubscribed by mail";
    case CONSENT_BY_FORM:
        return by_form(f, CONSENT_FORM_BUTTON) ? "pressed the button of their mail program"
               : by_form(f, CONSENT_FORM_PAGE) ? "unsubscribed on the page of the link in a mail"
                                               : "refused by a form";
    case CONSENT_BY_STAFF:
        return "refused by word to our staff";
    case CONSENT_BY_API:
        return "refused, as another system says,";
    case CONSENT_BY_IMPORT:
        return "refused by a partner's file";
    case CONSENT_BY_MAIL:
        return "refused by a letter or mail";
    case CONSENT_BY_DOUBLE_OPT_IN:
    case CONSENT_BY_MERGE:
    case CONSENT_SOURCES:
        break;
    }
    return "refused";
}

void consent_refusal_words(const struct consent_facts *f, char out[CONSENT_WORDS_SIZE])
{
    enum consent_source source = CONSENT_SOURCES;

    if (consent_source_parse(f->source, &source))
        source = CONSENT_SOURCES; /* it is not known any more */
    snprintf(out, CONSENT_WORDS_SIZE, "%s%s%s", refusal_words(f, source), *f->sender ? " to " : "",
             f->sender);
}
