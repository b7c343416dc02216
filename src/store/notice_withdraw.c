/*
 * notice_withdraw.c - what of a notice still waits in the queues, when something that it tells of
 * is settled: it is cancelled or, if it tells of other things too, written anew without it.
 *
 * Two who settle what one message tells of meet at its slice, or at its mail: the second sees what
 * the first did.
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "store/mail_out.h"
#include "store/notice_lines.h"
#include "store/notice_private.h"
#include "store/matter_private.h"
#include "store/slice.h"

#define WITHDRAW_MAX   64                /* notices of one matter that may still wait */
#define WITHDRAW_AGE_S (3 * SEC_PER_DAY) /* an SMS of ours lives a day; those before are gone */
#define SUBJECTS_MAX   1000

/* How long a mail waits for a relay is the configuration's (mail.give_up). */
static const char SQL_OF_MATTER[] =
    "SELECT " NOTICE_COLUMNS "  FROM notice_matter w"
    "  JOIN notice n ON n.id = w.notice_id"
    "  LEFT JOIN mail_out o ON n.channel = 'email' AND o.id = n.sent_as"
    " WHERE w.kind = ? AND w.subject_id = ?"
    "   AND ((n.channel = 'sms' AND n.at > ?) OR o.state IN ('waiting', 'sending'))"
    " ORDER BY n.id DESC"
    " LIMIT ?";

static const char SQL_STILL_OPEN[] =
    "SELECT w.kind, w.subject_id, COUNT(*) OVER ()"
    "  FROM notice_matter w" NOTICE_SUBJECTS " WHERE w.notice_id = ? AND w.withdrawn = 'no'"
    "   AND " NOTICE_STATE " IN ('open', 'exhausted') AND m.wait_until IS NULL"
    " ORDER BY w.kind, w.subject_id"
    " LIMIT ?";

/* It may be open all the same, as another person's or put off: to this reader it is said no more.
 */
static const char SQL_WITHDRAWN[] = "UPDATE notice_matter"
                                    "   SET withdrawn = ?"
                                    " WHERE notice_id = ? AND kind = ? AND subject_id = ?";

/* A claim holds its slices from its look at the messages to its COMMIT: with these locks, this is
 * before it or after it. */
static const char SQL_LOCK_SLICES[] = "SELECT id"
                                      "  FROM outbox_slice"
                                      " WHERE id BETWEEN ? AND ? AND last_id >= ?"
                                      "   FOR UPDATE";

static const char SQL_WAITS[] =
    "SELECT COUNT(*)"
    "  FROM message"
    " WHERE id = ? AND state IN ('queued', 'held', 'submitting', 'unknown')";

static const char SQL_STILL_HERE[] = "SELECT COUNT(*)"
                                     "  FROM message"
                                     " WHERE id = ? AND state IN ('queued', 'held')";

static const char SQL_CANCEL[] = "UPDATE message"
                                 "   SET state = 'cancelled', reason = ?"
                                 " WHERE id = ? AND state IN ('queued', 'held')";

/* Should a carrier put it off, or nobody know whether one has it, it is not tried again. */
static const char SQL_NOT_AGAIN[] = "UPDATE message"
                                    "   SET expires_at = ?"
                                    " WHERE id = ? AND state IN ('submitting', 'unknown')"
                                    "   AND expires_at > ?";

static const char SQL_REWRITE[] = "UPDATE message"
                                  "   SET text = ?, encoding = ?, parts = ?"
                                  " WHERE id = ? AND state IN ('queued', 'held')";

/* What is tried again is said as it is by then; with other parts the carrier's answers to the old
 * ones would be counted as of the new. */
static const char SQL_REWRITE_NEXT[] = "UPDATE message"
                                       "   SET text = ?, encoding = ?"
                                       " WHERE id = ? AND state IN ('submitting', 'unknown')"
                                       "   AND parts = ? AND accepted_parts = 0";

static const char SQL_READER[] = "SELECT language, name FROM staff WHERE id = ?";

/* What it tells of that is not settled. */
struct rest {
    struct notice_subject *subjects;
    size_t n;
};

enum rc notice_still_open(struct db *db, uint64_t id, struct arena *arena,
                          struct notice_subject **subjects, size_t *n)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_STILL_OPEN, DB_IN(db_u64(id), db_u64(SUBJECTS_MAX)), &rows);

    *subjects = NULL;
    *n = 0;
    if (rc)
        return rc;
    while (!rc && *n < SUBJECTS_MAX && db_next(rows)) {
        if (!*subjects)
            *subjects = arena_alloc(arena, db_get_u64(rows, 2) * sizeof(**subjects));
        if (*subjects)
            (*subjects)[(*n)++] = (struct notice_subject){ matter_kind_of(db_get_text(rows, 0)),
                                                           db_get_u64(rows, 1) };
        else
            rc = RC_FAIL;
    }
    return db_rows_end(rows) ? RC_AGAIN : rc;
}

/* --- SMS --- */

enum rc notice_lock_slices(struct db *db, uint64_t message_id)
{
    struct db_rows *rows;
    enum rc rc = db_query(
        db, SQL_LOCK_SLICES,
        DB_IN(db_u64(slice_lowest(message_id)), db_u64(message_id), db_u64(message_id)), &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        ;
    return db_rows_end(rows);
}

static enum rc read_reader(struct db *db, unsigned staff_id, struct arena *arena,
                           struct notice_letter *letter)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_READER, DB_IN(db_u64(staff_id)), &rows);

    letter->language = letter->to = letter->link = "";
    if (rc)
        return rc;
    if (db_next(rows)) {
        letter->language = arena_copy(arena, db_get_text(rows, 0), strlen(db_get_text(rows, 0)));
        letter->to = arena_copy(arena, db_get_text(rows, 1), strlen(db_get_text(rows, 1)));
        if (!letter->language || !letter->to)
            rc = RC_FAIL;
    }
    return db_rows_end(rows) ? RC_AGAIN : rc;
}

static enum rc rewrite_sms(struct db *db, const struct notice *n, const struct rest *rest,
                           struct arena *arena)
{
    struct notice_line *lines = arena_alloc(arena, rest->n * sizeof(*lines));
    struct notice_letter letter = { .lines = lines, .n = rest->n, .about = n->about };
    char text[SMS_TEXT_SIZE];
    struct sms_measure m;
    enum rc rc = lines ? notice_lines_read(db, rest->subjects, rest->n, arena, lines) : RC_FAIL;

    for (size_t i = 0; !rc && i < rest->n; i++)
        lines[i] = notice_line_for(&lines[i], n->staff_id);
    if (!rc)
        rc = read_reader(db, n->staff_id, arena, &letter);
    if (!rc)
        rc = notice_sms(&letter, text, &m);
    if (!rc)
        rc = db_run(db, SQL_REWRITE,
                    DB_IN(db_text(text), db_text(sms_encoding_name(m.encoding)), db_u64(m.parts),
                          db_u64(n->sent_as)),
                    NULL);
    return rc ? rc
              : db_run(db, SQL_REWRITE_NEXT,
                       DB_IN(db_text(text), db_text(sms_encoding_name(m.encoding)),
                             db_u64(n->sent_as), db_u64(m.parts)),
                       NULL);
}

enum rc notice_cancel_sms(struct db *db, uint64_t message_id, const char *why, bool *was_here)
{
    const utc_us now = clock_now();
    uint64_t cancelled = 0;
    enum rc rc = db_run(db, SQL_CANCEL, DB_IN(db_text(why), db_u64(message_id)), &cancelled);

    *was_here = cancelled != 0;
    return rc ? rc
              : db_run(db, SQL_NOT_AGAIN, DB_IN(db_time(now), db_u64(message_id), db_time(now)),
                       NULL);
}

static enum rc strike(struct db *db, const struct notice *n, enum matter_kind kind,
                      uint64_t subject_id, const char *how)
{
    return db_run(
        db, SQL_WITHDRAWN,
        DB_IN(db_text(how), db_u64(n->id), db_text(matter_kind_name(kind)), db_u64(subject_id)),
        NULL);
}

static enum rc withdraw_sms(struct db *db, const struct notice *n, enum matter_kind kind,
                            uint64_t subject_id, struct arena *arena)
{
    struct rest rest;
    uint64_t waits = 0, here = 0;
    bool was_here;
    enum rc rc = db_query_u64(db, SQL_WAITS, DB_IN(db_u64(n->sent_as)), &waits);

    if (rc || !waits)
        return rc;
    rc = notice_lock_slices(db, n->sent_as);
    if (!rc)
        rc = db_query_u64(db, SQL_STILL_HERE, DB_IN(db_u64(n->sent_as)), &here);
    if (!rc)
        rc = strike(db, n, kind, subject_id, here ? "yes" : "perhaps");
    if (!rc)
        rc = notice_still_open(db, n->id, arena, &rest.subjects, &rest.n);
    if (rc)
        return rc;
    return rest.n ? rewrite_sms(db, n, &rest, arena)
                  : notice_cancel_sms(db, n->sent_as, "settled", &was_here);
}

/* --- mail --- */

static enum rc rewrite_mail(struct db *db, const struct notice *n, enum matter_kind kind,
                            uint64_t subject_id, struct arena *arena)
{
    const char *text;
    struct buffer less;
    enum rc rc = mail_out_text(db, n->sent_as, arena, &text);

    if (rc)
        return rc;
    buffer_init(&less, strlen(text) + 1);
    notice_mail_without(text, kind == MATTER_ALERT, subject_id, &less);
    rc = less.full ? RC_FAIL : mail_out_rewrite(db, n->sent_as, buffer_text(&less));
    buffer_close(&less);
    return rc;
}

static enum rc withdraw_mail(struct db *db, const struct notice *n, enum matter_kind kind,
                             uint64_t subject_id, struct arena *arena)
{
    struct rest rest;
    bool unsettled, sending;
    enum rc rc = mail_out_lock(db, n->sent_as, &unsettled, &sending);

    if (rc || !unsettled)
        return rc;
    rc = strike(db, n, kind, subject_id, sending ? "perhaps" : "yes");
    if (!rc)
        rc = notice_still_open(db, n->id, arena, &rest.subjects, &rest.n);
    if (rc)
        return rc;
    return rest.n ? rewrite_mail(db, n, kind, subject_id, arena)
                  : mail_out_withdraw(db, n->sent_as, "settled before it left");
}

/* --- all notices of a matter --- */

static enum rc read_notices(struct db *db, enum matter_kind kind, uint64_t subject_id,
                            struct notice *list, size_t *n)
{
    const utc_us since = clock_now() - WITHDRAW_AGE_S * USEC_PER_SEC;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_OF_MATTER,
                          DB_IN(db_text(matter_kind_name(kind)), db_u64(subject_id), db_time(since),
                                db_u64(WITHDRAW_MAX)),
                          &rows);

    *n = 0;
    if (rc)
        return rc;
    while (*n < WITHDRAW_MAX && db_next(rows))
        notice_from_row(rows, &list[(*n)++]);
    return db_rows_end(rows);
}

enum rc notice_withdraw(struct db *db, enum matter_kind kind, uint64_t subject_id)
{
    struct notice list[WITHDRAW_MAX];
    struct arena arena;
    size_t n;
    enum rc rc = read_notices(db, kind, subject_id, list, &n);

    arena_init(&arena);
    for (size_t i = 0; !rc && i < n; i++)
        rc = list[i].channel == CHANNEL_SMS ? withdraw_sms(db, &list[i], kind, subject_id, &arena)
                                            : withdraw_mail(db, &list[i], kind, subject_id, &arena);
    arena_close(&arena);
    return rc;
}
