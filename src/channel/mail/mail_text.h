/* mail_text.h - which of a mail's parts are its text, and what they say. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct mail_bytes;
struct mail_entity;
struct mail_skeleton;

struct mail_text_odd {
    bool cut, from_html;
    bool guessed_charset, wrong_charset;
};

/* A text that is shown, not a file that is attached. */
bool mail_text_is_shown(const struct mail_entity *e);
/* Adds the text of the mail itself, not of those within it: of alternatives the best, of several
 * parts one behind the other. Up to the buffer's limit; valid UTF-8, lines end with \n. */
void mail_text_read(struct mail_bytes *bytes, const struct mail_skeleton *k, struct buffer *out,
                    struct mail_text_odd *odd);
/* The same of one part. */
void mail_text_part(struct mail_bytes *bytes, const struct mail_entity *e, struct buffer *out,
                    struct mail_text_odd *odd);
