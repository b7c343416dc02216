/*
 * answer_journal.h - what carriers answered and the database does not have yet, in a file that
 * outlives this process.
 *
 * Answers are recorded in batches, so at full rate some hundred of them are always on their way.
 * When relaisd is killed they would be lost, and their messages unknown. So each is noted here
 * first, in a mapped file: no call, no wait. The kernel keeps it when the process dies; a power cut
 * may lose it, and then those messages are unknown, as without it. The next start gives what is
 * noted and not recorded to outbox_replay(), which believes nothing that the database knows better.
 *
 * Only answers that end an attempt are noted, never what would send a message again. Loop thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/rc.h"
#include "store/outbox.h"

struct answer_journal;

/* Opens or makes the file. RC_FAIL says why in err; who has no journal passes NULL on. */
enum rc answer_journal_open(const char *path, struct answer_journal **out,
                            struct error *err) MUST_CHECK;
void answer_journal_close(struct answer_journal *j); /* NULL is fine */

/* What the last process left, oldest first, at most `max`. Before anything is noted. */
size_t answer_journal_read(const struct answer_journal *j, struct outbox_event *events, size_t max);
/* All of that is in the database. */
void answer_journal_clear(struct answer_journal *j);

/* How many can be noted; more make the oldest give way. */
#define ANSWER_JOURNAL_CAPACITY 32768

/* Notes an answer; returns 1, or 0 for an event that is none. */
unsigned answer_journal_note(struct answer_journal *j, const struct outbox_event *event);
/* The oldest `n` noted are in the database. */
void answer_journal_recorded(struct answer_journal *j, unsigned n);
