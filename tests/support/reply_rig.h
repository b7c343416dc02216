/* reply_rig.h - for tests of how answers are read: a catalogue, four people, the numbers of who
 * writes, and what an answer is taken for in a line. */
#pragma once

#include "base/arena.h"
#include "domain/staff_reply.h"

/* A Thursday, 10:00 in Paris. */
#define NOW "2026-11-26 10:00"

/* 1234, 1235, 1240, 57, 58 and A17 wait for a result, 5 is settled. */
struct reply_rig {
    struct local_zone *zone;
    struct arena arena;
    struct staff_reply_context context;
    struct staff_reply reply;
};

/* For cmocka. */
int reply_set_up(void **state);
int reply_tear_down(void **state);
utc_us reply_paris(struct reply_rig *rig, const char *wall);
/* "reached 57|? no word": one piece a command. */
const char *reply_read(struct reply_rig *rig, const char *text);

struct reply_sentence {
    const char *text, *means;
};
void reply_check(void **state, const struct reply_sentence *list, size_t n);
#define CHECK(list)   reply_check(state, list, sizeof(list) / sizeof(list[0]))
#define REPLY_TEST(f) cmocka_unit_test_setup_teardown(f, reply_set_up, reply_tear_down)
