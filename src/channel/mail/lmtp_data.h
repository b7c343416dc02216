/*
 * lmtp_data.h - what follows DATA: where it ends, and the text in it. Pure, of any length.
 *
 * Nothing but CR LF . CR LF is the end, and a doubled dot at the start of a line is a dot. A CR or
 * LF alone is no line end: where two servers read it differently, a sender can slip a second mail
 * into his first, with an envelope of his own ("SMTP smuggling"). The text goes on behind it, so
 * that the end is found where the MTA put it, and the mail is to be refused (RFC 5321, 2.3.8).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum lmtp_data_state {
    LMTP_DATA_LINE, /* at the start of a line */
    LMTP_DATA_TEXT,
    LMTP_DATA_CR,     /* behind a CR */
    LMTP_DATA_DOT,    /* behind a dot that began the line */
    LMTP_DATA_DOT_CR, /* behind ". CR" */
    LMTP_DATA_END,
};

struct lmtp_data {
    enum lmtp_data_state state;
    bool bare_line_end; /* a CR or LF alone was met */
    void (*text)(void *arg, const char *bytes, size_t n);
    void *arg;
};

void lmtp_data_init(struct lmtp_data *d, void (*text)(void *arg, const char *bytes, size_t n),
                    void *arg);
/* Hands on what is text in `bytes`, and returns how many of them it took: all, or less when the end
 * is among them; the state then is LMTP_DATA_END. */
size_t lmtp_data_take(struct lmtp_data *d, const char *bytes, size_t n);
