/* plan_rig.h - contact plans on the test database of occasion_rig.h: a team, and what the runners
 * do. */
#pragma once

#include "store/contact_enrolment.h"
#include "tests/support/crowd.h"
#include "tests/support/occasion_rig.h"

/* Team north (1), Paris, Monday to Friday 09:00-18:00: anna (1) and bruno (2), whose manager is
 * carla (3). Customers 1 to 3 agreed to promotions; anna looks after customer 1. The clock shows
 * Monday 2 November 2026, 09:00 in Paris. */
#define ANNA  1
#define BRUNO 2
#define CARLA 3

extern const struct contact_plan_settings plan_settings;

int plan_rig_open(void **state);

/* The version that was made; the test fails when it is refused. */
unsigned plan_set(const char *name, const char *text);
uint64_t plan_on(const char *name, const char *text); /* its id */
/* Refused, and the sentence has `part` in it. */
void plan_refused(const char *name, const char *text, const char *part);
uint64_t plan_begin_for(uint64_t plan_id, uint64_t customer_id); /* the enrolment */

/* What the runners of plans and of occasions do until nothing is left to do; messages made. */
uint64_t plan_tick(void);
/* A look every hour, as if relaisd ran. */
uint64_t plan_live_until(utc_us end);

/* Somebody says what came of a task. */
void plan_result(uint64_t task_id, const char *outcome);
