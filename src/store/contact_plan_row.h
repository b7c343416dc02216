/* contact_plan_row.h - what the files of plans share, and nobody else needs. */
#pragma once

#include "base/arena.h"
#include "domain/staff.h"
#include "domain/zone_shelf.h"
#include "store/contact_enrolment.h"
#include "store/contact_task.h"
#include "store/db.h"
#include "store/occasion_row.h"

/* The lines of a version, in `arena`. RC_NOTFOUND: there is none. */
enum rc plan_text_read(struct db *db, uint64_t plan_id, unsigned version, struct arena *arena,
                       const char **text) MUST_CHECK;

/* A version, with what its names stand for. */
struct plan_version {
    unsigned version;
    struct contact_plan_text text;
    struct plan_means {
        uint64_t occasion_id, policy_id; /* 0: none */
        unsigned team_id;
        bool occasion_on;
    } * means; /* one a step */
    struct plan_version *next;
};
/* In `arena`. RC_NOTFOUND: there is none. RC_INVALID: it cannot be read any more. */
enum rc plan_version_read(struct db *db, uint64_t plan_id, unsigned version, struct arena *arena,
                          struct plan_version *out, struct error *err) MUST_CHECK;
/* It needs a person, and until then nothing is done. Says RC_INVALID. */
enum rc contact_plan_give_up(struct db *db, uint64_t plan_id, unsigned version,
                             const struct error *err) MUST_CHECK;

/* When the first step of a new enrolment is due. */
utc_us plan_begin(const struct contact_plan_text *text, utc_us now, struct local_zone *zone);

/* Rows: id, plan, customer, version, started_at, next_at, created_at, who. Who began it by itself
 * before, or is under way, is passed over. */
#define ENROL_SQL                                                                            \
    "INSERT IGNORE INTO contact_enrolment (id, plan_id, customer_id, version, started_at,\n" \
    "                                      next_at, created_at, created_by)\n"               \
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
#define ENROL_COLUMNS 8
/* Of `customer c`: they never were in that plan. */
#define NEVER_IN_PLAN                               \
    "NOT EXISTS (SELECT 1 FROM contact_enrolment x" \
    "             WHERE x.customer_id = c.id AND x.plan_id = ?)"

/* Which of these customers a rule finds now: their bits in `in` (a bool each). "": all. With
 * `not_in`, those who never were in that plan alone; 0: all. */
enum rc plan_rule_ask(struct db *db, const char *rule, uint64_t not_in, const uint64_t *ids,
                      size_t n, const char *timezone, struct arena *arena, bool *in,
                      struct error *err) MUST_CHECK;
