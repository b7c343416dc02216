/*
 * mail_judge.h - a mail that was read, and one of its recipients: what is it, what does it want,
 * and may it? Pure, but for the memory it takes from the arena.
 *
 *   - A refusal counts whoever sent it, and by whatever machine.
 *   - A grant, and an answer to an alert, count when a person wrote them and somebody vouches for
 *     the sender: the token in the address that they came to, or DKIM or DMARC in the words of our
 *     own MTA.
 *   - An answer goes to a person alone, and never to ourselves.
 */
#pragma once

#include "channel/mail/mail_read.h"
#include "flow/mail_recipient.h"

struct mail_arrival {
    const struct mail_facts *facts;
    const char *envelope_from; /* "": the null path */
    utc_us at;
    size_t size;
    uint8_t digest[MAIL_DIGEST_SIZE];
};

/* Fills in all but the source and the documents. False: no memory. */
bool mail_judge(const struct mail_house *house, const struct mail_arrival *arrival,
                const struct mail_recipient *recipient, const char *address, struct arena *arena,
                struct mail_in_item *out);
