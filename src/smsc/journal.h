/*
 * journal.h - the file of --log: one line for each message accepted, to hold a database against.
 *
 * Fields between tabs: time (RFC 3339, UTC), message id as in the response, source, destination,
 * user_message_reference or -, part/parts/reference of a long message or -, and the FNV-1a hash (64
 * bits, hexadecimal) of the octets behind the user data header, or, if asked for, the text.
 *
 * If asked for, messages of handsets have a line as well, when the client has acknowledged them: in
 * the place of the message id stands "deliver_sm". So the order of lines is that of what happened.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct journal;
struct smsc;
struct submit;

enum rc journal_open(const char *path, bool with_text, bool with_inbound, struct journal **out,
                     struct error *err) MUST_CHECK;
void journal_write(struct journal *j, const struct smsc *c, const struct submit *sm, uint64_t id);
struct delivery;
/* NULL is fine. */
void journal_acknowledged(struct journal *j, const struct smsc *c, const struct delivery *d);
void journal_flush(struct journal *j); /* NULL is fine, here and below */
void journal_close(struct journal *j);
