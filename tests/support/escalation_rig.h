/* escalation_rig.h - a team on a real database, its contacts and their policy, and the clock turned
 * from one to the next thing that is due. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/escalation_run.h"
#include "store/matter.h"

/* Anna (1) and Bruno (2) work for Maud (3), who reads mails and has no phone; all of them in Paris,
 * mon-fri 09:00-18:00. It is Friday, 2026-11-06, 08:00 there. */
enum { ANNA = 1, BRUNO, MAUD };

extern struct db *rig_db; /* open between set-up and tear-down */
extern const struct escalation_settings rig_settings;
int rig_set_up(void **state);
int rig_tear_down(void **state);

/* By the clock in Paris, in November 2026. */
utc_us rig_at(int day, int hour, int minute);
void rig_clock(utc_us at);
/* Policy 1, that of the team. */
void rig_policy(const char *rules);
/* Contacts first .. first + n - 1 of that person, due at `due`. */
void rig_contacts(uint64_t first, size_t n, unsigned staff_id, utc_us due);

/* All matters that are to be looked at again are; how many. */
size_t rig_looks(void);
/* The same, and does all that is due now; the sum of what was done. */
struct escalation_done rig_tick(void);
uint64_t rig_number(const char *sql);
#define COUNT(of) rig_number("SELECT COUNT(*) FROM " of)
/* The text of the last SMS, as it is in the queue. */
const char *rig_last_sms(void);
