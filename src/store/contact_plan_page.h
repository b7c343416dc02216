/*
 * contact_plan_page.h - enrolments that are due, what is known of each now, and what is to be done.
 * For the files of plans only.
 */
#pragma once

#include "store/contact_plan_row.h"

enum plan_verdict {
    PLAN_POSTPONE, /* it is not due yet */
    PLAN_WAIT,     /* until the last task has its result */
    PLAN_SKIP,     /* reason says why */
    PLAN_MESSAGE,
    PLAN_TASK,
    PLAN_DONE, /* there is no further step */
    PLAN_STOP, /* reason says why */
};

struct plan_turn {
    uint64_t id, customer_id, task_id;
    unsigned version, step, turn;
    utc_us started_at, next_at, before_at, task_at; /* task_at: of its result */
    bool gone, no_contact, task_open;
    unsigned owner_id; /* 0: nobody looks after the customer */
    char outcome[33];
    char zone[ZONE_NAME_SIZE];
    const struct plan_version *plan; /* NULL: it cannot be read */
    utc_us planned;
    enum plan_verdict verdict;
    const char *reason;
    /* Of PLAN_TASK. */
    unsigned team_id, staff_id;
    int day;
    utc_us due_at;
};

struct plan_page {
    struct plan_turn *list;
    size_t n;
    struct plan_version *versions;
};

/* A page of what is due by `now`, in `arena`. RC_INVALID: err says which version cannot be read,
 * or which rule cannot be asked any more; *version is it. */
enum rc plan_page_read(struct db *db, uint64_t plan_id,
                       const struct contact_plan_settings *settings, struct zone_shelf *zones,
                       utc_us now, struct arena *arena, struct plan_page *out, unsigned *version,
                       struct error *err) MUST_CHECK;
/* By whose clock the customer lives. */
struct local_zone *plan_turn_zone(struct zone_shelf *zones, const struct plan_turn *t);
/* Who does the tasks of the page, on which day, and by when. */
enum rc plan_page_share(struct db *db, const struct contact_plan_settings *settings,
                        struct zone_shelf *zones, utc_us now, struct arena *arena,
                        struct plan_page *page) MUST_CHECK;
