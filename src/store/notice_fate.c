/*
 * notice_fate.c - see notice_fate.h. Most are over by the first look, all of a page in one
 * statement. Each of the others is a transaction, which locks as all do that change a matter: the
 * tasks, the matters, then slices and messages.
 */
#include "store/notice_fate.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/id_list.h"
#include "store/mail_out.h"
#include "store/matter_private.h"
#include "store/notice_lines.h"
#include "store/notice_private.h"
#include "store/notice_send.h"
#include "store/staff.h"

#define LOG_PART "escalation"
#include "base/log.h"

#define REASON_SIZE 100

/* An end is told by the row, whoever has written it; what waits beyond its time waits for nobody. A
 * step by SMS and mail has the mail's notice behind that of the SMS: it has said it, if it is about
 * the same. */
static const char SQL_PAGE[] =
    "SELECT " NOTICE_COLUMNS ","
    "       CASE WHEN m.id IS NULL OR m.state IN ('delivered', 'cancelled') THEN 'over'"
    "            WHEN m.state IN ('failed', 'expired')"
    "                 OR m.state IN ('queued', 'held', 'unknown') AND m.expires_at <= ?"
    "                 THEN IF(b.id IS NULL, 'lost', 'over')"
    "            WHEN m.state IN ('queued', 'held') AND n.at <= ? AND b.id IS NULL THEN 'late'"
    "            WHEN m.state = 'accepted' AND n.at <= ? THEN 'over'"
    "            ELSE 'open' END,"
    "       CONCAT('SMS ', m.state, IF(m.reason <> '', ': ', ''), m.reason)"
    "  FROM notice n"
    "  LEFT JOIN message m ON m.id = n.sent_as"
    "  LEFT JOIN notice b ON b.id = n.id + 1 AND b.staff_id = n.staff_id AND b.at = n.at"
    "                    AND b.channel = 'email'"
    "                    AND NOT EXISTS (SELECT 1"
    "                                      FROM notice_matter x"
    "                                      LEFT JOIN notice_matter y"
    "                                             ON y.notice_id = b.id AND y.kind = x.kind"
    "                                            AND y.subject_id = x.subject_id"
    "                                     WHERE x.notice_id = n.id AND y.notice_id IS NULL)"
    " WHERE n.fate = 'open' AND n.id > ?"
    " ORDER BY n.id"
    " LIMIT ?";

static const char SQL_OVER[] = "UPDATE notice n"
                               "  JOIN " ID_LIST " w ON w.id = n.id"
                               "   SET n.fate = 'over'"
                               " WHERE n.fate = 'open'";

static const char SQL_DECIDE[] = "UPDATE notice SET fate = 'over' WHERE id = ? AND fate = 'open'";

static const char SQL_FATE[] = "UPDATE notice SET fate = ? WHERE id = ?";

/* Whoever records a result waits, and then withdraws what this leaves in the queue. */
static const char SQL_LOCK_TASKS[] = "SELECT t.id"
                                     "  FROM notice_matter w"
                                     "  JOIN contact_task t ON t.id = w.subject_id"
                                     " WHERE w.notice_id = ? AND w.kind = 'task'"
                                     " ORDER BY t.id"
                                     "  LOCK IN SHARE MODE";

static const char SQL_LOCK_MATTERS[] =
    "SELECT m.subject_id"
    "  FROM notice_matter w"
    "  JOIN matter m ON m.kind = w.kind AND m.subject_id = w.subject_id"
    " WHERE w.notice_id = ?"
    " ORDER BY m.kind, m.subject_id"
    "   FOR UPDATE";

/* In its record; and if it told of the last step so far, which was no repetition, the next one
 * follows at once, as when there is nobody to tell. */
static const char SQL_TOUCH[] = "UPDATE matter m"
                                "   SET m.events = m.events + 1, m.version = m.version + 1"
                                " WHERE m.kind = ? AND m.subject_id = ?";

static const char SQL_NEXT_AT_ONCE[] =
    "UPDATE matter m"
    "   SET m.base_at = ?, m.at_once = TRUE, m.next_at = ?"
    " WHERE m.kind = ? AND m.subject_id = ? AND m.state = 'open' AND m.step > 0 AND m.round = 0"
    "   AND EXISTS (SELECT 1"
    "                 FROM matter_step h"
    "                WHERE h.kind = m.kind AND h.subject_id = m.subject_id AND h.turn = m.turn"
    "                  AND h.step = m.step - 1 AND h.at = ?)";

static const char SQL_EVENT[] =
    "INSERT INTO matter_event (kind, subject_id, n, at, what, who, detail)"
    "SELECT kind, subject_id, events, ?, ?, ?, ?"
    "  FROM matter"
    " WHERE kind = ? AND subject_id = ?";

enum fate { FATE_OPEN, FATE_OVER, FATE_LOST, FATE_LATE };

struct suspect {
    struct notice notice;
    enum fate fate;
    char reason[REASON_SIZE];
};

struct deciding {
    const struct escalation_settings *settings;
    const struct staff_book *book;
    const struct suspect *suspect;
    const struct staff_member *to; /* NULL: nobody knows that person any more */
    bool by_mail;                  /* he or she can be told by mail */
    uint64_t notice_id, mail_id;   /* of the mail */
    utc_us now;
    struct arena *arena; /* of one attempt */
    struct notice_subject *subjects;
    size_t n;
    bool mailed, lost;
};

/* --- one that did not arrive --- */

static enum rc lock_rows(struct db *db, const char *sql, uint64_t notice_id)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, sql, DB_IN(db_u64(notice_id)), &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        ;
    return db_rows_end(rows);
}

/* What it tells of and is still to be told. */
static enum rc read_subjects(struct db *db, struct deciding *d)
{
    const uint64_t id = d->suspect->notice.id;
    enum rc rc = lock_rows(db, SQL_LOCK_TASKS, id);

    if (!rc)
        rc = lock_rows(db, SQL_LOCK_MATTERS, id);
    return rc ? rc : notice_still_open(db, id, d->arena, &d->subjects, &d->n);
}

/* One that waits is sent no more: a mail says it. RC_CONFLICT: a carrier is about to have it. */
static enum rc call_back(struct db *db, const struct deciding *d)
{
    const uint64_t message_id = d->suspect->notice.sent_as;
    bool was_here = false;
    enum rc rc = notice_lock_slices(db, message_id);

    if (!rc)
        rc = notice_cancel_sms(db, message_id, "not_taken", &was_here);
    return rc || was_here || d->suspect->fate != FATE_LATE ? rc : RC_CONFLICT;
}

static enum rc send_mail(struct db *db, const struct deciding *d)
{
    const struct notice *n = &d->suspect->notice;
    struct notice_line *lines = arena_alloc(d->arena, d->n * sizeof(*lines));
    const struct notice_post post = { .to = d->to,
                                      .channel = CHANNEL_EMAIL,
                                      .about = n->about,
                                      .notice_id = d->notice_id,
                                      .sent_as = d->mail_id,
                                      .at = d->now,
                                      .lines = lines,
                                      .n = d->n };
    enum rc rc = lines ? notice_lines_read(db, d->subjects, d->n, d->arena, lines) : RC_FAIL;

    for (size_t i = 0; !rc && i < d->n; i++)
        lines[i] = notice_line_for(&lines[i], d->to->id);
    if (!rc)
        rc = notice_send(db, d->settings, &post);
    if (!rc)
        rc = notice_write(db, &post, d->subjects, d->n);
    return rc;
}

/* Of a contact that is no matter there is nothing to write. */
static enum rc write_event(struct db *db, const struct deciding *d, size_t i)
{
    const struct db_value kind = db_text(matter_kind_name(d->subjects[i].kind)),
                          id = db_u64(d->subjects[i].id), now = db_time(d->now);
    enum rc rc = db_run(db, SQL_TOUCH, DB_IN(kind, id), NULL);

    if (!rc)
        rc =
            db_run(db, SQL_EVENT,
                   DB_IN(now, db_text(d->lost ? "not_told" : "told_by_mail"),
                         db_text(d->to ? d->to->login : ""), db_text(d->suspect->reason), kind, id),
                   NULL);
    if (!rc && d->lost)
        rc = db_run(db, SQL_NEXT_AT_ONCE, DB_IN(now, now, kind, id, db_time(d->suspect->notice.at)),
                    NULL);
    return rc;
}

static enum rc settle(struct db *db, struct deciding *d)
{
    enum rc rc = RC_OK;

    if (!d->n) /* all of it was settled meanwhile */
        return RC_OK;
    d->mailed = d->by_mail;
    if (d->mailed) {
        rc = send_mail(db, d);
        d->mailed = rc != RC_INVALID; /* an address that is none: as if there were no other */
        rc = rc == RC_INVALID ? RC_OK : rc;
    }
    d->lost = !d->mailed;
    for (size_t i = 0; !rc && i < d->n; i++)
        rc = write_event(db, d, i);
    return rc;
}

static enum rc decide_body(struct db *db, void *arg)
{
    struct deciding *d = arg;
    const uint64_t id = d->suspect->notice.id;
    uint64_t decided = 0;
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    d->arena = &arena;
    d->mailed = d->lost = false;
    rc = read_subjects(db, d);
    if (!rc)
        rc = db_run(db, SQL_DECIDE, DB_IN(db_u64(id)), &decided);
    if (!rc && !decided)
        rc = RC_CONFLICT; /* another node has */
    if (!rc)
        rc = call_back(db, d);
    if (!rc)
        rc = settle(db, d);
    if (!rc && (d->mailed || d->lost))
        rc = db_run(db, SQL_FATE, DB_IN(db_text(d->mailed ? "mailed" : "lost"), db_u64(id)), NULL);
    arena_close(&arena);
    return rc;
}

static bool has_mail(const struct staff_member *m, utc_us now)
{
    const struct civil today = clock_civil(now);

    return m && *m->mail && staff_works_here(m, staff_day(&today));
}

static enum rc decide(struct db *db, struct deciding *d, struct notice_fates *done)
{
    const struct notice *n = &d->suspect->notice;
    enum rc rc = db_new_timed_ids(db, "notice", 1, &d->notice_id);

    if (!rc)
        rc = mail_out_new_ids(db, 1, &d->mail_id);
    if (!rc)
        rc = db_transaction(db, decide_body, d);
    if (rc == RC_CONFLICT)
        return RC_OK;
    if (rc || !(d->mailed || d->lost))
        return rc;
    log_warn("notice=%llu staff=%u reason=\"%s\" effect=\"%s\"", (unsigned long long)n->id,
             n->staff_id, d->suspect->reason, d->mailed ? "told by mail" : "not told");
    done->mailed += d->mailed;
    done->lost += d->lost;
    return RC_OK;
}

/* --- a page of them --- */

struct page {
    struct suspect *list;
    size_t n, looked;
    struct id_list over;
    uint64_t last;
};

static enum fate fate_of(const char *name)
{
    static const char *const names[] = {
        [FATE_OPEN] = "open", [FATE_OVER] = "over", [FATE_LOST] = "lost", [FATE_LATE] = "late"
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0)
            return (enum fate)i;
    }
    return FATE_OPEN;
}

static void take_row(struct page *p, const struct db_rows *rows)
{
    struct suspect *s = &p->list[p->n];

    notice_from_row(rows, &s->notice);
    s->fate = fate_of(db_get_text(rows, 6));
    snprintf(s->reason, sizeof(s->reason), "%s", db_get_text(rows, 7));
    p->looked++;
    p->last = s->notice.id;
    if (s->fate == FATE_OVER)
        id_list_add(&p->over, s->notice.id);
    else if (s->fate != FATE_OPEN)
        p->n++;
}

static enum rc read_page(struct db *db, struct page *p, utc_us now, uint64_t after)
{
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_PAGE,
                 DB_IN(db_time(now), db_time(now - NOTICE_WAIT_US), db_time(now - NOTICE_KNOWN_US),
                       db_u64(after), db_u64(NOTICE_FATE_PAGE)),
                 &rows);

    if (rc)
        return rc;
    while (p->n < NOTICE_FATE_PAGE && db_next(rows))
        take_row(p, rows);
    rc = db_rows_end(rows);
    if (!rc && p->over.n)
        rc = id_list_text(&p->over);
    if (!rc && p->over.n)
        rc = db_run(db, SQL_OVER, DB_IN(ID_LIST_IN(&p->over)), NULL);
    return rc;
}

static enum rc decide_page(struct db *db, const struct page *p, struct deciding *d,
                           struct arena *arena, struct notice_fates *done)
{
    struct staff_book book;
    enum rc rc = p->n ? escalation_book_read(db, d->settings, arena, &book) : RC_OK;

    for (size_t i = 0; !rc && i < p->n; i++) {
        const struct staff_member *to = staff_book_member(&book, p->list[i].notice.staff_id);
        d->suspect = &p->list[i];
        d->to = to;
        d->by_mail = has_mail(to, d->now);
        if (p->list[i].fate == FATE_LATE && !d->by_mail)
            continue; /* it may still leave */
        rc = decide(db, d, done);
        if (rc && rc != RC_AGAIN && rc != RC_UNKNOWN) { /* nobody else has to wait for it */
            log_error("notice=%llu rc=%s effect=\"looked at again later\"",
                      (unsigned long long)p->list[i].notice.id, rc_name(rc));
            rc = RC_OK;
        }
    }
    return rc;
}

enum rc notice_fates_step(struct db *db, const struct escalation_settings *settings, utc_us now,
                          uint64_t *cursor, struct notice_fates *done)
{
    struct deciding d = { .settings = settings, .now = now };
    struct page p = { .n = 0 };
    struct arena arena;
    enum rc rc;

    *done = (struct notice_fates){ .mailed = 0 };
    arena_init(&arena);
    id_list_init(&p.over, NOTICE_FATE_PAGE);
    p.list = arena_alloc(&arena, (NOTICE_FATE_PAGE + 1) * sizeof(*p.list));
    rc = p.list ? read_page(db, &p, now, *cursor) : RC_FAIL;
    if (!rc)
        rc = decide_page(db, &p, &d, &arena, done);
    id_list_close(&p.over);
    arena_close(&arena);
    if (rc)
        return rc;
    done->more = p.looked == NOTICE_FATE_PAGE;
    *cursor = done->more ? p.last : 0;
    return RC_OK;
}
