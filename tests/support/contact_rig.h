/* contact_rig.h - a small house with a team, four people and three customers, on a Friday at noon:
 * for tests of tasks and results. */
#pragma once

#include "domain/staff.h"
#include "store/contact_result.h"
#include "store/contact_task.h"
#include "store/db.h"

/* Team north (1), Europe/Paris, Monday to Friday 09:00-18:00, its tasks by policy usual (1); south
 * (2), 08:00-12:00, without a policy. */
#define NORTH 1
#define SOUTH 2
#define ANNA  1 /* of north; her manager is carla */
#define BRUNO 2 /* of north, speaks English */
#define CARLA 3 /* manager of north */
#define DORA  4 /* of south */

#define DAY       20261120                  /* a Friday */
#define NOON      INT64_C(1795172400000000) /* of that day, in Paris */
#define HOUR      (3600 * USEC_PER_SEC)
#define TODAY_END (NOON + 6 * HOUR)

/* Customers 1 to 3: a number each (+33600000001 ...) and consent to promotions; 2 is anna's. */
extern struct db *rig_db;
extern const struct contact_house rig_house;

/* For cmocka: each test begins with that house at that time. */
int contact_set_up(void **state);
int contact_tear_down(void **state);
void contact_clock(utc_us now);

/* A task of today for anna, due at the end of her day; `source` as it says. */
uint64_t contact_add(uint64_t customer_id, enum contact_source source, int day);
/* Part of no transaction of the caller: it is one. */
enum rc contact_put_now(const struct contact_draft *drafts, size_t n, bool *taken);
enum rc contact_cancel_now(uint64_t id, const char *why);
enum rc contact_give_now(uint64_t id, unsigned staff_id);

/* Anna says so, by the API; "" for no note. */
enum rc contact_say(uint64_t task_id, const char *outcome, const char *note,
                    struct contact_recorded *out);
extern struct error contact_why; /* of the last refusal */

uint64_t contact_number(const char *sql);
