/*
 * mail_param.h - the parameters of Content-Type and Content-Disposition: RFC 2045, RFC 2231, and
 * what programs write instead.
 *
 * GMime has a reader of them, but it keeps the name of every charset that a mail makes up for as
 * long as the program runs.
 */
#pragma once

#include <stddef.h>

struct arena;

/* "text/plain", "attachment": what stands in front, in lower case; "" where it is no word. */
const char *mail_param_head(struct arena *arena, const char *value);
/* Decoded, on one line of at most `max` bytes. "": there is none of that name. */
const char *mail_param_text(struct arena *arena, const char *value, const char *name, size_t max);
/* The same in lower case, for words of the protocol. */
const char *mail_param_word(struct arena *arena, const char *value, const char *name);
/* The bytes as they are: a boundary. */
const char *mail_param_bytes(struct arena *arena, const char *value, const char *name);
