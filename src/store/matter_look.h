/*
 * matter_look.h - matters that are to be looked at again, because hours, people or policies are
 * others now: who was to be told later may be due earlier, or be another person. The change itself
 * asks for it by a few rows; flow/escalation does it, a page at a time, before it tells anybody
 * anything.
 */
#pragma once

#include "domain/types.h"

struct db;

enum matter_look {
    MATTER_LOOK_STAFF,  /* those of that person */
    MATTER_LOOK_TEAM,   /* those of nobody in that team */
    MATTER_LOOK_POLICY, /* those of that policy */
    MATTER_LOOK_TASKS,  /* that team's open tasks become matters: it has a policy now */
};

/* Part of the caller's transaction. What was asked for before begins anew. */
enum rc matter_look_ask(struct db *db, enum matter_look what, uint64_t id) MUST_CHECK;
enum rc matter_look_ask_all(struct db *db, enum matter_look what, const uint64_t *ids,
                            size_t n) MUST_CHECK;

#define MATTER_LOOK_PAGE 500
struct matter_looks {
    size_t looked, opened; /* matters */
    bool more;             /* there is something left to do */
};
/* One page, in one transaction; two who do it do not the same. */
enum rc matter_look_step(struct db *db, utc_us now, struct matter_looks *done) MUST_CHECK;
