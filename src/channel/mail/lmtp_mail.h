/*
 * lmtp_mail.h - a mail while it comes in: its envelope grows, then its bytes.
 *
 * Up to LMTP_IN_MEMORY bytes stay in memory; a larger one goes to a file without a name, through
 * the same memory. Such a write ends in the page cache: it does not wait for the disk.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "channel/mail/lmtp.h"

/* NULL: no memory. */
struct lmtp_mail *lmtp_mail_new(const char *from, const char *peer);
enum rc lmtp_mail_add_recipient(struct lmtp_mail *m, const char *address) MUST_CHECK;
/* RC_FAIL: no memory, or no room on the disk (it is logged); no byte need come any more. */
enum rc lmtp_mail_add(struct lmtp_mail *m, const char *spool, const char *bytes,
                      size_t n) MUST_CHECK;
enum rc lmtp_mail_finish(struct lmtp_mail *m) MUST_CHECK; /* it can be read from now on */
