/*
 * post_journal.h - which mails have begun to leave, and what relays said of them, in a file that
 * outlives this process.
 *
 * Mails are claimed by the hundred, and a lane says them one by one. When relaisd is killed, all
 * that it had claimed would be in doubt. So each lane notes a mail here before the relay gets the
 * first byte of its text, and the answer when it comes, in a mapped file: no call, no wait. The
 * kernel keeps it when the process dies: what is not noted was not said. After a restart of the
 * machine that is no proof, and the journal says so.
 *
 * A note speaks of one claim, by the number of it, which never comes back: notes of a mail stay
 * behind when an operator has it tried again.
 *
 * Each lane has a ring of its own, which nobody else writes to. Reading is for the start, before
 * any lane writes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/rc.h"
#include "channel/mail/sender.h"
#include "store/post_run.h"

#define POST_JOURNAL_LANES 16
/* Mails of a lane that are remembered: more than it can have begun and nobody has recorded. */
#define POST_JOURNAL_RING 1024

struct post_journal;

/* Opens or makes the file; `boot`: of this start of the machine. RC_FAIL says why in err; who has
 * no journal passes NULL on. */
enum rc post_journal_open(const char *path, const char *boot, struct post_journal **out,
                          struct error *err) MUST_CHECK;
void post_journal_close(struct post_journal *j); /* NULL is fine */

/* The name of this start of the machine; "" where it has none. And a new one for a start of
 * relaisd.
 */
#define POST_BOOT_SIZE 40
void post_boot_read(char out[POST_BOOT_SIZE]);
void post_run_name(char out[POST_RUN_SIZE]);

/* --- of the last process --- */

/* Whether all is noted that had begun under the name of `run`. Else nothing is known. */
bool post_journal_is_proof(const struct post_journal *j, const char *run);
/* What became of a mail after its claim of this number, as far as noted. LETTER_UNSENT: it had not
 * begun; LETTER_UNKNOWN: there was no answer. */
enum letter_fate post_journal_fate(const struct post_journal *j, uint64_t message_id,
                                   unsigned claim, unsigned *code);
/* All of that is settled; from here on it is proof, under a new name. */
void post_journal_clear(struct post_journal *j, const char *run);

/* --- of this one; from the thread of the lane --- */

void post_journal_begin(struct post_journal *j, unsigned lane, uint64_t message_id, unsigned claim);
/* Of the mail that this lane began last. */
void post_journal_heard(struct post_journal *j, unsigned lane, enum letter_fate fate,
                        unsigned code);
