/* mail_body.h - the bytes of a part, decoded piece by piece. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct buffer;
struct mail_bytes;
struct mail_entity;

/* `take` returns RC_OK to go on; anything else ends it and is returned. */
enum rc mail_body_decode(struct mail_bytes *bytes, const struct mail_entity *e,
                         enum rc (*take)(void *arg, const void *bytes, size_t n),
                         void *arg) MUST_CHECK;
/* Adds as much as the buffer has room for; false: there is more, or it cannot be read. */
bool mail_body_gather(struct mail_bytes *bytes, const struct mail_entity *e, struct buffer *out);
/* How many bytes it decodes to; *bad: characters stand there that its encoding does not have. */
size_t mail_body_size(struct mail_bytes *bytes, const struct mail_entity *e, bool *bad);
