/*
 * matter.h - something that people are reminded of until it is settled: a contact without result,
 * an alert. Its policy (domain/escalation.h) says who is told when, and by which channel; the row
 * says how far that is. flow/escalation does what is due.
 *
 * Each step happens once: the transaction that moves a matter on also leaves the notice and the
 * messages, and begins by looking again whether the matter is still open.
 */
#pragma once

#include "domain/types.h"

struct db;

enum matter_kind { MATTER_TASK, MATTER_ALERT };
enum matter_state {
    MATTER_OPEN,
    MATTER_ACKNOWLEDGED, /* somebody is at it: nothing is sent until matter.ack_until, if any */
    MATTER_SETTLED,
    MATTER_EXHAUSTED, /* every step was done, and nobody answered */
};
const char *matter_kind_name(enum matter_kind kind);
const char *matter_state_name(enum matter_state state);

struct matter_draft {
    enum matter_kind kind;
    uint64_t subject_id; /* of the task, or of the alert */
    unsigned team_id;    /* 0: none */
    unsigned staff_id;   /* whose it is; 0: nobody's yet */
    uint64_t policy_id;  /* 0: that of the team; of neither: no matter is made */
    utc_us from;         /* the policy's clock starts: a task's due_at, an alert's opened_at */
    bool urgent;         /* may be sent in quiet hours */
};

/* All of these are part of the caller's transaction. A matter is known by (kind, subject_id). */
enum rc matter_open(struct db *db, const struct matter_draft *drafts, size_t n) MUST_CHECK;
/* A result was recorded, the alert closed, the task cancelled: nothing is sent any more, and what
 * waits in the queue for it alone is cancelled. None there is fine: what was told of it is
 * withdrawn as well. `who`, here and below: a login, or where it came from; "": nobody, it came by
 * itself. */
enum rc matter_settle(struct db *db, enum matter_kind kind, uint64_t subject_id, const char *why,
                      const char *who) MUST_CHECK;
/* Another person's now; the policy begins anew from `from`; that of the task's team, if it is a
 * task that names none. RC_NOTFOUND: there is none. RC_CONFLICT: it is settled. */
enum rc matter_hand_over(struct db *db, enum matter_kind kind, uint64_t subject_id,
                         unsigned staff_id, utc_us from, const char *who) MUST_CHECK;
/* RC_NOTFOUND: there is none. RC_CONFLICT: it is settled. Said twice is fine. */
enum rc matter_acknowledge(struct db *db, enum matter_kind kind, uint64_t subject_id,
                           unsigned staff_id, const char *who) MUST_CHECK;
/* Nothing is sent before `until`, and then it goes on; an acknowledged one does, too. */
enum rc matter_snooze(struct db *db, enum matter_kind kind, uint64_t subject_id, utc_us until,
                      const char *who) MUST_CHECK;
