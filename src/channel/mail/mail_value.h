/*
 * mail_value.h - single values of headers, as programs and as people read them.
 *
 * Addresses and parameters are read up to MAIL_VALUE_MAX bytes: GMime's reader of addresses calls
 * itself for a group within a group. What comes back is valid UTF-8 without control characters.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "channel/mail/mail_read.h"

struct arena;
struct buffer;
struct mail_entity;

#define MAIL_VALUE_MAX ((size_t)4 << 10)

/* Comes before all others; on any thread, as often as one likes. */
void mail_value_start(void);
/* Content-Type, Content-Disposition and Content-Transfer-Encoding. False: the encoding is not
 * known, and the body is taken as it is. */
bool mail_value_content(struct arena *arena, struct mail_entity *e, bool in_digest);
/* The first person of an address header. */
struct mail_person mail_value_person(struct arena *arena, const char *value);
utc_us mail_value_date(const char *value); /* 0: none that can be read */
/* What stands between < and >, else the whole; *value moves behind it. "": there is no more. */
const char *mail_value_id(struct arena *arena, const char **value);
/* Encoded words (RFC 2047) decoded, whatever charset; one line, at most `max` bytes. */
const char *mail_value_text(struct arena *arena, const char *value, size_t max);
/* As it is written, but valid UTF-8 on one line. */
const char *mail_value_raw(struct arena *arena, const char *value);
/* Control characters become blanks and go from both ends; `lines`: line ends stay, as \n. */
void mail_value_clean(const char *text, size_t len, bool lines, struct buffer *out);
