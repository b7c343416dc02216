/*
 * notice_fate.h - what becomes of a notice by SMS: one that no carrier takes, or that does not
 * arrive, is said by mail instead. To whom there is no mail, nothing was said: that stands in the
 * record of each matter, and its next step follows at once.
 *
 * The row of the notice decides it once, in one transaction with the mail, whoever dies and however
 * many look.
 */
#pragma once

#include "store/escalation_run.h"

#define NOTICE_WAIT_US (900 * USEC_PER_SEC) /* an SMS that has not left by then is mailed */
#define NOTICE_KNOWN_US \
    (3 * SEC_PER_DAY * USEC_PER_SEC) /* what a carrier has not told by then it never tells */
#define NOTICE_FATE_PAGE 500         /* notices looked at in one step */

struct notice_fates {
    size_t mailed, lost;
    bool more; /* there are others behind these */
};
/* Looks at the next page of those whose fate is open, from *cursor on (0: the first); it becomes 0
 * behind the last. */
enum rc notice_fates_step(struct db *db, const struct escalation_settings *settings, utc_us now,
                          uint64_t *cursor, struct notice_fates *done) MUST_CHECK;
