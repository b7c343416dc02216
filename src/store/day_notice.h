/*
 * day_notice.h - each person gets the contacts of the day in one message when his or her working
 * day begins, or at once when the list is made later than that; and is told of contacts that were
 * another's until now, that another person gave, or that the list and the plans added since.
 * Answers are as those to a reminder (store/notice.h).
 *
 * Everything is decided by rows: (person, day) of contact_told, and those of contact_handed, which
 * are gone with the commit that tells of them. So it is told once, whoever dies and however many
 * do it.
 */
#pragma once

#include "store/escalation_run.h"

#define DAY_NOTICE_MAX   200 /* contacts in one */
#define DAY_NOTICE_WRITE 20  /* people told in one step */

struct day_notice_done {
    size_t people, notices;
    bool more;
};
/* Tells those who work at this moment; a transaction for each. */
enum rc day_notice_step(struct db *db, const struct escalation_settings *settings, utc_us now,
                        struct day_notice_done *out) MUST_CHECK;
