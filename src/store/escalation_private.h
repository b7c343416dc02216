/* escalation_private.h - a run of due matters, from the decision (escalation_run.c) to the
 * transaction (escalation_page.c). */
#pragma once

#include "base/arena.h"
#include "store/escalation_policy.h"
#include "store/escalation_run.h"
#include "store/matter.h"

struct due_matter {
    enum matter_kind kind;
    uint64_t subject_id;
    const struct escalation_policy_row *policy; /* NULL: it is not there any more */
    enum matter_state state;
    unsigned turn, events, version;
    struct escalation_facts facts; /* as they were read */
    struct escalation_verdict verdict;
    bool by_sms, by_mail; /* of what is told */
    bool gone;            /* changed since: nothing of this is done */
};

struct escalation_run {
    const struct escalation_settings *settings;
    struct arena arena; /* all below */
    struct staff_book book;
    struct escalation_policies policies;
    struct due_matter *list; /* what one person is told stands together */
    size_t n, at;
    utc_us now;
};

/* Carries out list[from .. to). */
enum rc escalation_page_write(struct db *db, struct escalation_run *run, size_t from, size_t to,
                              struct escalation_done *done) MUST_CHECK;
