/*
 * lmtp_command.h - a line of an LMTP client as its parts. Pure.
 *
 * RFC 5321 4.1, as RFC 2033 uses it: verbs and parameters in any case, a path in angle brackets. An
 * address keeps the spelling in which it came, quotes and all; a source route in front of it is
 * left out (RFC 5321, 4.1.1.3).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "channel/mail/lmtp.h"

enum lmtp_verb {
    LMTP_LHLO,
    LMTP_MAIL,
    LMTP_RCPT,
    LMTP_DATA,
    LMTP_RSET,
    LMTP_NOOP,
    LMTP_VRFY,
    LMTP_QUIT,
    LMTP_HELO, /* HELO and EHLO: a client that takes us for an SMTP server (RFC 2033, 4.1) */
    LMTP_UNKNOWN,
};

struct lmtp_command {
    enum lmtp_verb verb;
    const char *rest; /* behind the verb, without blanks around it; points into the line */
};

/* What MAIL and RCPT name. */
struct lmtp_path {
    char address[LMTP_ENTRY_SIZE]; /* "": the null one, of MAIL alone */
    bool has_size;
    uint64_t size;     /* UINT64_MAX: more than that */
    bool eight_bit;    /* BODY=8BITMIME */
    bool utf8;         /* SMTPUTF8 */
    bool is_not_ascii; /* the address has letters beyond ASCII */
};

/* `line` is without its line end and has no control characters. */
void lmtp_command_read(const char *line, struct lmtp_command *out);

/* The rest of MAIL and RCPT. NULL: it is in `out`; else what to answer, with both codes. */
const char *lmtp_path_read(enum lmtp_verb verb, const char *rest, struct lmtp_path *out);
