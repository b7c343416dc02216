/* message_words.c - a sentence for each kind of event, and for each state. */
#include "domain/message_words.h"

#include <stdio.h>
#include <string.h>

#include "domain/types.h"

/* Words for the details that Relais writes itself; others are the carrier's and stay as they are.
 */
static const struct {
    const char *detail, *words, *of_mail; /* of_mail NULL: the same */
} details[] = {
    { "put_off", "the carrier put it off", "the mail server did not take it for now" },
    { "unsent", "it had not left yet", NULL },
    { "too_many_attempts", "it was tried too often", NULL },
    { "part_not_taken", "another part of it was not taken", NULL },
    { "cannot_be_packed", "it cannot be written as the carrier wants it", NULL },
    { "unreadable", "its text or its files could not be read", NULL },
    { "unsayable", "it is too large, or a file of its template is missing", NULL },
    { "no_answer", "the carrier did not answer", "the mail server did not answer" },
    { "restart", "relaisd ended while it was on its way", NULL },
    { "opted_out", "the number said STOP", "the address unsubscribed" },
    { "withdrawn", "the consent was withdrawn", NULL },
    { "no_consent", "there is no consent any more", NULL },
    { "suppressed", "the number is suppressed", "the address is suppressed" },
    { "do_not_contact", "the customer is not to be contacted", NULL },
    { "erased", "the customer was erased", NULL },
    { "same_person", "the person had it already, as another customer", NULL },
    { "plan_stopped", "the customer's plan was stopped before it left", NULL },
    { "expired", "its time was over", NULL },
    { "by_operator", "by an operator", NULL },
    { "settled", "what it tells of was settled before it left", NULL },
    { "text", "its text cannot be sent", NULL },
    /* Why mails come back, or are refused at once: channel/mail/bounce_words.c. */
    { "no_such_user", "the address does not exist", NULL },
    { "no_such_domain", "the domain of the address does not exist", NULL },
    { "address_disabled", "the mailbox is closed", NULL },
    { "address_moved", "the address has moved", NULL },
    { "bad_address", "the address is not written as it should be", NULL },
    { "spam", "it was taken for spam", NULL },
    { "blocked", "our mail server is on a list of blocked ones", NULL },
    { "not_authenticated", "our mails are not signed as they want it (SPF, DKIM)", NULL },
    { "sender", "our own address was not accepted", NULL },
    { "content", "its content was not accepted", NULL },
    { "too_big", "it is too large for them", NULL },
    { "relaying", "the mail server does not forward our mails", NULL },
    { "not_allowed", "the recipient takes no mail from us", NULL },
    { "policy", "a rule of the recipient's house refuses it", NULL },
    { "protocol", "the mail servers did not understand each other", NULL },
    { "loop", "it went round in circles", NULL },
    { "mailbox_full", "the mailbox is full", NULL },
    { "busy", "the recipient's mail server is too busy", NULL },
    { "not_reached", "the recipient's mail server was not reached", NULL },
    { "system", "the recipient's mail server has a fault", NULL },
    { "unsaid", "no reason was said", NULL },
};

const char *message_reason_words(const char *reason, bool by_mail)
{
    const size_t put_off = strlen("put_off ");

    if (strncmp(reason, "put_off ", put_off) == 0)
        reason += put_off;
    for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
        if (strcmp(details[i].detail, reason) == 0)
            return by_mail && details[i].of_mail ? details[i].of_mail : details[i].words;
    }
    return reason;
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
    const char *words = message_reason_words(e->detail, e->by_mail);
    int n = snprintf(out, 120, *words ? ": %s" : "%s", words);

    if (e->code && n >= 0 && n < 120)
        snprintf(out + n, 120 - (size_t)n, " (code %u)", (unsigned)e->code);
    return out;
}

static const struct event_form {
    const char *kind, *by_carrier, *by_us, *of_mail; /* %1: the carrier, %2: the part, %3: why */
} forms[] = {
    { "accepted", "carrier %1 took %2%4", "%2 was taken%4", "the mail server took it%4" },
    { "refused", "carrier %1 refused %2%3", "given up%3", "refused for good%3" },
    { "delivered", "carrier %1 delivered %2 to the handset", "the handset has %2",
      "the recipient's mail server reports that it was delivered" },
    { "failed", "carrier %1 reports: %2 was not delivered%3", "%2 was not delivered%3",
      "it came back%3" },
    { "expired", "carrier %1 reports: the time of %2 is over%3",
      "its time was over before it was sent", "its time was over before it was sent" },
    { "unknown", "%2 was written to carrier %1, and nobody knows whether it has it%3",
      "nobody knows whether a carrier has %2%3", "nobody knows whether the mail server has it%3" },
    { "requeued", "back in the queue%3 (carrier %1)", "back in the queue%3",
      "back in the queue%3" },
    { "cancelled", "cancelled%3", "cancelled%3", "cancelled%3" },
    { "held", "held%3", "held%3", "held%3" },
    { "released", "released%3", "released%3", "released%3" },
    { "retried", "queued again%3", "queued again%3", "queued again%3" },
    { "progress", "carrier %1 reports of %2%3", "on its way%3",
      "not delivered yet, the mail server is still trying%3" },
};

static const char *form_of(const struct message_event_facts *e)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strcmp(forms[i].kind, e->kind) == 0)
            return e->by_mail    ? forms[i].of_mail
                   : *e->carrier ? forms[i].by_carrier
                                 : forms[i].by_us;
    }
    return e->kind;
}

void message_event_words(const struct message_event_facts *e, char out[MESSAGE_WORDS_SIZE])
{
    char part[32], why[120], as[80];
    const char *const pieces[] = { e->carrier, which(e, part), because(e, why), as };
    size_t at = 0;

    snprintf(as, sizeof(as), "%s%s", *e->smsc_message_id ? " as " : "", e->smsc_message_id);
    for (const char *c = form_of(e); *c && at < MESSAGE_WORDS_SIZE - 1; c++) {
        const char *piece = NULL;
        if (c[0] == '%' && c[1] >= '1' && c[1] <= '4')
            piece = pieces[*++c - '1'];
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
        snprintf(out, MESSAGE_WORDS_SIZE, "leaves as soon as %s",
                 f->by_mail ? "the mail server takes it" : "a carrier has room for it");
}

void message_next_words(const struct message_next_facts *f, char out[MESSAGE_WORDS_SIZE])
{
    switch (f->state) {
    case MESSAGE_QUEUED:
        queued_words(f, out);
        return;
    case MESSAGE_SUBMITTING:
        snprintf(out, MESSAGE_WORDS_SIZE, "waits for %s's answer",
                 f->by_mail ? "the mail server" : "the carrier");
        return;
    case MESSAGE_ACCEPTED:
        snprintf(out, MESSAGE_WORDS_SIZE, "%s",
                 f->by_mail ? "nothing more: the mail server has it; should it come back, that is "
                              "noted here"
                            : "waits for the carrier's receipt");
        return;
    case MESSAGE_DELIVERED:
        snprintf(out, MESSAGE_WORDS_SIZE, "nothing more: it has arrived");
        return;
    case MESSAGE_UNKNOWN:
        if (f->class == CLASS_PROMO)
            snprintf(out, MESSAGE_WORDS_SIZE,
                     "%s may still settle it; a promotion is never sent twice",
                     f->by_mail ? "a report" : "a receipt");
        else if (f->due_at)
            queued_words(f, out);
        else
            snprintf(out, MESSAGE_WORDS_SIZE,
                     "%s may still settle it; relaisctl message retry %llu sends it again",
                     f->by_mail ? "a report" : "a receipt", (unsigned long long)f->id);
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
