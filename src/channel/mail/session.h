/* session.h - one SMTP session: letters over one connection to one relay. The only file that drives
 * libesmtp is session.c. */
#pragma once

#include "base/buffer.h"
#include "channel/mail/sender.h"

struct relay;

struct session_job {
    const struct mail_sender_settings *settings;
    struct relay *relay;
    struct letter *letters;
    size_t n;
    struct letter_calls calls; /* both are there */
    int64_t until_us;          /* monotonic: no letter is begun later */
    struct buffer *text;       /* for one letter at a time */
    _Atomic int *connection;   /* a duplicate of the socket, for whoever cuts it off; -1: none */
    const _Atomic bool *stopped;
    bool gave_up; /* out: a letter could not be said, or there was no time left */
};

/* Gives a fate to those of the letters that the relay said something about. False: it was not
 * reached, or would have none of us, whatever the letter; `why` says what it was. */
bool session_run(struct session_job *job, unsigned *code, char why[LETTER_WORDS_SIZE]);
