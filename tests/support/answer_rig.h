/* answer_rig.h - for tests of what answers do: the house of contact_rig.h, whose people have
 * telephones, and write with them. */
#pragma once

#include "base/arena.h"
#include "store/inbound.h"
#include "store/staff_answer.h"
#include "store/staff_reply.h"
#include "tests/support/contact_rig.h"

#define ANNAS  "+33611111111"
#define BRUNOS "+33622222222"
#define CARLAS "+33633333333"
#define OURS   "38012"

extern const struct staff_reply_rules answer_rules;
extern struct arena answer_arena;

/* For cmocka. */
int answer_set_up(void **state);
int answer_tear_down(void **state);
#define ANSWER_TEST(f) cmocka_unit_test_setup_teardown(f, answer_set_up, answer_tear_down)

/* A handset's message, as the carrier hands it in. */
struct inbound_outcome answer_receive(const char *from, const char *text);
/* The next one that is due is done. */
struct staff_reply_done answer_work(void);
/* Both; returns what comes back, "" if nothing does. */
const char *answer_say(const char *from, const char *text);
/* The same, with the number in place of each #. */
const char *answer_say_number(const char *from, const char *pattern, uint64_t id);
/* It is that, filled in likewise. */
void answer_is(const char *got, const char *pattern, uint64_t id);
/* An expression over the row of a task. */
uint64_t answer_of_task(const char *column, uint64_t id);
/* A notice by SMS that waits, as the engine makes it. */
void answer_make_notice(unsigned staff_id, uint64_t notice_id, const char *kind,
                        uint64_t subject_id);
/* And a carrier has taken it. */
void answer_tell(unsigned staff_id, uint64_t notice_id, const char *kind, uint64_t subject_id);
