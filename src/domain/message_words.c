/* message_words.c - a sentence for each kind of event, and for each state. */
#include "domain/message_words.h"

#include <stdio.h>
#include <string.h>

#include "domain/types.h"

/* Words for the details that Relais writes itself; others are the carrier's and stay as they are.
 */
static const struct {
    const char *detail, *words;
} details[] = {
    { "put_off", "the carrier put it off" },
    { "unsent", "it had not left yet" },
    { "too_many_attempts", "it was tried too often" },
    { "part_not_taken", "another part of it was not taken" },
    { "cannot_be_packed", "it cannot be written as the carrier wants it" },
    { "no_answer", "the carrier did not answer" },
    { "restart", "relaisd ended while it was on its way" },
    { "opted_out", "the number said STOP" },
    { "withdrawn", "the consent was withdrawn" },
    { "no_consent", "there is no consent any more" },
    { "do_not_contact", "the customer is not to be contacted" },
    { "erased", "the customer was erased" },
    { "same_person", "the person had it already, as another customer" },
    { "expired", "its time was over" },
    { "by_operator", "by an operator" },
    { "text", "its text cannot be sent" },
    { "unreadable", "its text or its files could not be read" },
    { "unsayable", "it is too large, or a file of its template is missing" },
};

static const char *detail_words(const char *detail)
{
    for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
        if (strcmp(details[i].detail, detail) == 0)
            return details[i].words;
    }
    return detail;
}

/* "it", "part 1 of 2" or "all 2 parts" */
static const char *which(const struct message_event_facts *e, char out[32])
{
    if (e->parts <= 1)
        return "it";
    if (e->part > e->parts)
        snprintf(out, 32, "all %u parts", e->parts);
    else
        snprintf(out, 32, "part %u of %u", e->part, e->parts);
    return out;
}

/* ": why (code 88)" */
static const char *because(const struct message_event_facts *e, char out[120])
{
    const char *words = detail_words(e->detail);
    int n = snprintf(out, 120, *words ? ": %s" : "%s", words);

    if (e->code && n >= 0 && n < 120)
        snprintf(out + n, 120 - (size_t)n, " (code %u)", (unsigned)e->code);
    return out;
}

void message_event_words(const struct message_event_facts *e, char out[MESSAGE_WORDS_SIZE])
{
    char part_text[32], why_text[120];
    const char *part = which(e, part_text), *why = because(e, why_text);
    static const struct {
        const char *kind, *by_carrier, *by_us; /* %1: the carrier, %2: the part, %3: why */
    } kinds[] = {
        { "refused", "carrier %1 refused %2%3", "given up%3" },
        { "delivered", "carrier %1 delivered %2 to the handset", "the handset has %2" },
        { "failed", "carrier %1 reports: %2 was not delivered%3", "%2 was not delivered%3" },
        { "expired", "carrier %1 reports: the time of %2 is over%3",
          "its time was over before "
          "it was sent" },
        { "unknown", "%2 was written to carrier %1, and nobody knows whether it has it%3",
          "nobody knows whether a carrier has %2%3" },
        { "requeued", "back in the queue%3 (carrier %1)", "back in the queue%3" },
        { "cancelled", "cancelled%3", "cancelled%3" },
        { "held", "held%3", "held%3" },
        { "released", "released%3", "released%3" },
        { "retried", "queued again%3", "queued again%3" },
        { "progress", "carrier %1 reports of %2%3", "on its way%3" },
    };
    const char *form = NULL;
    size_t at = 0;

    if (strcmp(e->kind, "accepted") == 0) {
        snprintf(out, MESSAGE_WORDS_SIZE, "carrier %s took %s%s%s", e->carrier, part,
                 *e->smsc_message_id ? " as " : "", e->smsc_message_id);
        return;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].kind, e->kind) == 0)
            form = *e->carrier ? kinds[i].by_carrier : kinds[i].by_us;
    }
    for (const char *c = form ? form : e->kind; *c && at < MESSAGE_WORDS_SIZE - 1; c++) {
        const char *piece = NULL;
        if (c[0] == '%' && c[1] >= '1' && c[1] <= '3')
            piece = *++c == '1' ? e->carrier : *c == '2' ? part : why;
        at += (size_t)snprintf(out + at, MESSAGE_WORDS_SIZE - at, piece ? "%s" : "%.1s",
                               piece ? piece : c);
    }
    out[at < MESSAGE_WORDS_SIZE ? at : MESSAGE_WORDS_SIZE - 1] = '\0';
}

static void queued_words(const struct message_next_facts *f, char out[MESSAGE_WORDS_SIZE])
{
    char at[CLOCK_TEXT_SIZE];

    if (f->campaign_cancelled)
        snprintf(out, MESSAGE_WORDS_SIZE, "its campaign was cancelled: it will be, too");
    else if (f->campaign_paused)
        snprintf(out, MESSAGE_WORDS_SIZE, "waits until its campaign is resumed");
    else if (f->held_route)
        snprintf(out, MESSAGE_WORDS_SIZE, "waits until route %s is released", f->held_route);
    else if (f->due_at > f->now)
        snprintf(out, MESSAGE_WORDS_SIZE, "will be tried at %.19s UTC",
                 clock_format(f->due_at, at));
    else
        snprintf(out, MESSAGE_WORDS_SIZE, "leaves as soon as a carrier has room for it");
}

void message_next_words(const struct message_next_facts *f, char out[MESSAGE_WORDS_SIZE])
{
    switch (f->state) {
    case MESSAGE_QUEUED:
        queued_words(f, out);
        return;
    case MESSAGE_SUBMITTING:
        snprintf(out, MESSAGE_WORDS_SIZE, "waits for the carrier's answer");
        return;
    case MESSAGE_ACCEPTED:
        snprintf(out, MESSAGE_WORDS_SIZE, "waits for the carrier's receipt");
        return;
    case MESSAGE_DELIVERED:
        snprintf(out, MESSAGE_WORDS_SIZE, "nothing more: it has arrived");
        return;
    case MESSAGE_UNKNOWN:
        if (f->class == CLASS_PROMO)
            snprintf(out, MESSAGE_WORDS_SIZE,
                     "a receipt may still settle it; a promotion is never sent twice");
        else if (f->due_at)
            queued_words(f, out);
        else
            snprintf(out, MESSAGE_WORDS_SIZE,
                     "a receipt may still settle it; relaisctl message retry %llu sends it again",
                     (unsigned long long)f->id);
        return;
    case MESSAGE_HELD:
        snprintf(out, MESSAGE_WORDS_SIZE, "waits for: relaisctl message release %llu",
                 (unsigned long long)f->id);
        return;
    case MESSAGE_FAILED:
    case MESSAGE_EXPIRED:
    case MESSAGE_CANCELLED:
        if (f->retry_bar)
            snprintf(out, MESSAGE_WORDS_SIZE, "nothing; it cannot be tried again: %s",
                     f->retry_bar);
        else
            snprintf(out, MESSAGE_WORDS_SIZE,
                     "nothing; relaisctl message retry %llu sends it again",
                     (unsigned long long)f->id);
        return;
    case MESSAGE_STATE_COUNT:
        break;
    }
    snprintf(out, MESSAGE_WORDS_SIZE, "its state is not known");
}
