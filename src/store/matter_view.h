/* matter_view.h - matters as people look at them: which there are, what happened to each; and what
 * a person does to one, with its line in the audit. */
#pragma once

#include "store/matter.h"

struct arena;

struct matter_row {
    enum matter_kind kind;
    uint64_t subject_id;
    enum matter_state state;
    const char *about;          /* the customer's name; what the alert says */
    const char *policy, *team;  /* a name, a code; "": none */
    const char *staff, *ack_by; /* a login; "": nobody */
    const char *why;            /* of a settled one */
    unsigned step, round;       /* which is next, from 0 */
    bool urgent;
    utc_us opened_at, next_at, wait_until, ack_at, ended_at; /* 0: not */
};

struct matter_query {
    bool ended_too;    /* settled ones, too */
    unsigned staff_id; /* 0: any */
    enum matter_kind kind;
    uint64_t after; /* those with higher numbers; 0: from the first on */
    size_t limit;
};
/* By number; the row lives during the call. */
enum rc matter_list(struct db *db, const struct matter_query *query,
                    void (*each)(void *arg, const struct matter_row *m), void *arg) MUST_CHECK;
/* RC_NOTFOUND: nobody is reminded of it. Strings in `arena`. */
enum rc matter_read(struct db *db, enum matter_kind kind, uint64_t subject_id, struct arena *arena,
                    struct matter_row *out) MUST_CHECK;

struct matter_entry {
    utc_us at, planned_at; /* planned 0: it was no step */
    const char *what;      /* "told", "acknowledged" ... */
    const char *who;       /* who was told, a login; or who did it */
    const char *detail;
    unsigned step, round;
};
/* Oldest first, at most 500. */
enum rc matter_history(struct db *db, enum matter_kind kind, uint64_t subject_id,
                       void (*each)(void *arg, const struct matter_entry *e), void *arg) MUST_CHECK;

struct matter_counts {
    uint64_t open, acknowledged, exhausted;
};
enum rc matter_count(struct db *db, struct matter_counts *out) MUST_CHECK;

enum matter_order { MATTER_TAKE, MATTER_PUT_OFF, MATTER_PASS, MATTER_STOP };
struct matter_command {
    enum matter_order order;
    enum matter_kind kind;
    uint64_t subject_id;
    unsigned staff_id; /* who takes it, or who gets it; 0: nobody of the staff */
    utc_us until;      /* of MATTER_PUT_OFF */
    const char *why;   /* of MATTER_STOP */
    const char *who;
};
/* One transaction, in the audit. RC_NOTFOUND: nobody is reminded of it. RC_CONFLICT: it is
 * settled. */
enum rc matter_command(struct db *db, const struct matter_command *command) MUST_CHECK;
