/*
 * mime.h - texts and bytes as mail carries them: lines of at most 76 ASCII characters, CRLF.
 *
 * Whatever text comes, no line break of it reaches a header: that is what keeps a subject from
 * adding headers of its own.
 */
#pragma once

#include <stddef.h>

struct buffer;

#define MIME_LINE_MAX 76

/* The value of a header that is plain text (Subject): as it is, folded, or as encoded words
 * (RFC 2047). `column`: where on its line the value begins. */
void mime_add_text(struct buffer *out, const char *text, size_t column);
/* The same for the name before an address (RFC 5322 3.4): atoms, quoted, or encoded words. */
void mime_add_phrase(struct buffer *out, const char *text, size_t column);
/* "; name=value" on a line of its own, RFC 2231 where it must be. */
void mime_add_parameter(struct buffer *out, const char *name, const char *value);
/* UTF-8 with \n as quoted-printable (RFC 2045 6.7); ends with a line break. */
void mime_add_quoted_printable(struct buffer *out, const char *text, size_t len);
void mime_add_base64(struct buffer *out, const void *bytes, size_t len);
