/*
 * escalation_page.c - one page of a run, in one transaction: matters move on, and whoever is to be
 * told is told.
 *
 * Ids are taken before it, as many as could be needed. Within it the matters are locked and looked
 * at again; texts are written of those that are left.
 */
#include "domain/notice_words.h"
#include "store/db.h"
#include "store/escalation_private.h"
#include "store/id_list.h"
#include "store/mail_out.h"
#include "store/notice_lines.h"
#include "store/notice_private.h"
#include "store/notice_send.h"

#define LOG_PART "escalation"
#include "base/log.h"

static const char SQL_LOCK[] = "SELECT m.kind, m.subject_id, m.version"
                               "  FROM " ID_LIST " w"
                               "  JOIN matter m ON m.kind = ? AND m.subject_id = w.id"
                               "   FOR UPDATE";

static const char SQL_MOVE[] =
    "UPDATE matter"
    "   SET state = ?, step = ?, round = ?, base_at = ?, at_once = ?, wait_until = ?, next_at = ?,"
    "       ended_at = ?, events = ?, version = version + 1"
    " WHERE kind = ? AND subject_id = ? AND version = ?";

static const char SQL_STEP[] = "INSERT INTO matter_step (kind, subject_id, turn, step, round, what,"
                               "                         planned_at, at, staff_id)"
                               "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_EVENT[] = "INSERT INTO matter_event (kind, subject_id, n, at, what)"
                                "VALUES (?, ?, ?, ?, ?)";

static const char SQL_NOTICE[] = "INSERT INTO notice (id, staff_id, channel, sent_as, at, fate)"
                                 "VALUES (?, ?, ?, ?, ?, ?)";

static const char SQL_NOTICE_MATTER[] = "INSERT INTO notice_matter (notice_id, kind, subject_id)"
                                        "VALUES (?, ?, ?)";

enum { BULK_MOVE, BULK_STEP, BULK_EVENT, BULK_NOTICE, BULK_NOTICE_MATTER, BULK_N };

static const struct {
    const char *sql;
    unsigned columns;
} bulk_kinds[BULK_N] = {
    [BULK_MOVE] = { SQL_MOVE, 12 },
    [BULK_STEP] = { SQL_STEP, 9 },
    [BULK_EVENT] = { SQL_EVENT, 5 },
    [BULK_NOTICE] = { SQL_NOTICE, 6 },
    [BULK_NOTICE_MATTER] = { SQL_NOTICE_MATTER, 3 },
};

struct page {
    struct escalation_run *run;
    struct due_matter *list;
    size_t n;
    struct arena arena; /* of one attempt */
    struct notice_line *lines;
    struct db_bulk *bulks[BULK_N];
    uint64_t first_notice, first_message, first_mail;
    size_t notices, messages, mails; /* of these, used so far */
    struct escalation_done done;
};

static enum rc add(struct page *p, int bulk, const struct db_value *row)
{
    return db_bulk_add(p->bulks[bulk], row);
}
#define ADD(p, bulk, ...) add((p), (bulk), (const struct db_value[]){ __VA_ARGS__ })

/* --- what is still as it was --- */

static void look_at_row(struct page *p, enum matter_kind kind, const struct db_rows *rows)
{
    const uint64_t id = db_get_u64(rows, 1);

    for (size_t i = 0; i < p->n; i++) {
        struct due_matter *d = &p->list[i];
        if (d->kind == kind && d->subject_id == id)
            d->gone = d->version != db_get_u64(rows, 2);
    }
}

static enum rc lock_kind(struct db *db, struct page *p, enum matter_kind kind)
{
    struct db_rows *rows;
    struct id_list ids;
    enum rc rc;

    id_list_init(&ids, p->n);
    for (size_t i = 0; i < p->n; i++) {
        if (p->list[i].kind == kind)
            id_list_add(&ids, p->list[i].subject_id);
    }
    rc = ids.n ? id_list_text(&ids) : RC_OK;
    if (!rc && ids.n) {
        rc =
            db_query(db, SQL_LOCK, DB_IN(ID_LIST_IN(&ids), db_text(matter_kind_name(kind))), &rows);
        while (!rc && db_next(rows))
            look_at_row(p, kind, rows);
        if (!rc)
            rc = db_rows_end(rows);
    }
    id_list_close(&ids);
    return rc;
}

static enum rc lock_matters(struct db *db, struct page *p)
{
    enum rc rc;

    for (size_t i = 0; i < p->n; i++)
        p->list[i].gone = true;
    rc = lock_kind(db, p, MATTER_TASK);
    return rc ? rc : lock_kind(db, p, MATTER_ALERT);
}

/* --- matters move on --- */

static const char *step_name(enum escalation_what what)
{
    switch (what) {
    case ESCALATION_TELL:
        return "told";
    case ESCALATION_SKIP:
        return "skipped";
    case ESCALATION_NOBODY:
        return "nobody";
    case ESCALATION_WAIT:
    case ESCALATION_END:
        break;
    }
    return NULL;
}

static void count(struct page *p, const struct due_matter *d)
{
    const struct escalation_verdict *v = &d->verdict;

    p->done.told += v->what == ESCALATION_TELL;
    p->done.skipped += v->what == ESCALATION_SKIP;
    p->done.nobody += v->what == ESCALATION_NOBODY;
    p->done.late += v->what == ESCALATION_TELL && p->run->now - v->planned > ESCALATION_PUNCTUAL_US;
    p->done.exhausted += v->ends;
}

static enum rc add_events(struct page *p, const struct due_matter *d, unsigned *events)
{
    const struct db_value kind = db_text(matter_kind_name(d->kind));
    enum rc rc = RC_OK;

    *events = d->events;
    if (d->verdict.reopened)
        rc = ADD(p, BULK_EVENT, kind, db_u64(d->subject_id), db_u64(++*events),
                 db_time(p->run->now), db_text("reopened"));
    if (!rc && d->verdict.ends)
        rc = ADD(p, BULK_EVENT, kind, db_u64(d->subject_id), db_u64(++*events),
                 db_time(p->run->now), db_text("exhausted"));
    return rc;
}

static enum rc add_move(struct page *p, const struct due_matter *d)
{
    const struct escalation_verdict *v = &d->verdict;
    const struct db_value kind = db_text(matter_kind_name(d->kind));
    const char *step = step_name(v->what);
    enum matter_state state = d->state;
    unsigned events;
    enum rc rc = add_events(p, d, &events);

    if (v->reopened)
        state = MATTER_OPEN;
    if (v->ends)
        state = MATTER_EXHAUSTED;
    if (!rc)
        rc = ADD(p, BULK_MOVE, db_text(matter_state_name(state)), db_u64(v->step), db_u64(v->round),
                 db_time(v->base_at), db_u64(v->at_once), db_time(v->wait_until),
                 db_time(v->look_at == CALENDAR_NEVER ? 0 : v->look_at),
                 db_time(v->ends ? p->run->now : 0), db_u64(events), kind, db_u64(d->subject_id),
                 db_u64(d->version));
    if (!rc && step)
        rc = ADD(p, BULK_STEP, kind, db_u64(d->subject_id), db_u64(d->turn), db_u64(v->at_step),
                 db_u64(v->at_round), db_text(step), db_time(v->planned), db_time(p->run->now),
                 db_u64(v->whom));
    count(p, d);
    return rc;
}

/* --- people are told --- */

/* What one person is told by one channel. */
struct telling {
    const struct staff_member *to;
    enum channel channel;
    size_t from, end; /* of the page's list */
    uint64_t notice_id;
    struct notice_line *lines;
    size_t n;
};

static bool tells(const struct telling *t, const struct due_matter *d)
{
    return !d->gone && (t->channel == CHANNEL_SMS ? d->by_sms : d->by_mail);
}

static void gather(const struct page *p, struct telling *t)
{
    t->n = 0;
    for (size_t i = t->from; i < t->end; i++) {
        if (tells(t, &p->list[i]))
            t->lines[t->n++] = notice_line_for(&p->lines[i], t->to->id);
    }
}

static enum rc add_notice(struct page *p, const struct telling *t, uint64_t sent_as)
{
    enum rc rc = ADD(p, BULK_NOTICE, db_u64(t->notice_id), db_u64(t->to->id),
                     db_text(channel_name(t->channel)), db_u64(sent_as), db_time(p->run->now),
                     db_text(notice_first_fate(t->channel)));

    for (size_t i = t->from; !rc && i < t->end; i++) {
        const struct due_matter *d = &p->list[i];
        if (tells(t, d))
            rc = ADD(p, BULK_NOTICE_MATTER, db_u64(t->notice_id),
                     db_text(matter_kind_name(d->kind)), db_u64(d->subject_id));
    }
    return rc;
}

static enum rc send(struct db *db, struct page *p, const struct telling *t, uint64_t *sent_as)
{
    *sent_as =
        t->channel == CHANNEL_SMS ? p->first_message + p->messages++ : p->first_mail + p->mails++;
    return notice_send(db, p->run->settings,
                       &(struct notice_post){ .to = t->to,
                                              .channel = t->channel,
                                              .about = NOTICE_REMINDER,
                                              .notice_id = t->notice_id,
                                              .sent_as = *sent_as,
                                              .at = p->run->now,
                                              .lines = t->lines,
                                              .n = t->n });
}

static enum rc tell(struct db *db, struct page *p, struct telling *t)
{
    uint64_t sent_as;
    enum rc rc;

    gather(p, t);
    if (!t->n)
        return RC_OK;
    t->notice_id = p->first_notice + p->notices++;
    rc = send(db, p, t, &sent_as);
    if (rc == RC_INVALID) { /* nobody else has to wait for it */
        log_error("staff=%u channel=%s reason=\"no such address\" effect=\"not told\"", t->to->id,
                  channel_name(t->channel));
        return RC_OK;
    }
    p->done.notices++;
    return rc ? rc : add_notice(p, t, sent_as);
}

static enum rc tell_all(struct db *db, struct page *p)
{
    enum rc rc = RC_OK;

    for (size_t i = 0, end; !rc && i < p->n && p->list[i].verdict.what == ESCALATION_TELL;
         i = end) {
        const unsigned whom = p->list[i].verdict.whom;
        struct telling t = { .to = staff_book_member(&p->run->book, whom), .from = i };
        for (end = i + 1; end < p->n && p->list[end].verdict.what == ESCALATION_TELL &&
                          p->list[end].verdict.whom == whom;
             end++)
            ;
        t.end = end;
        t.lines = arena_alloc(&p->arena, (end - i) * sizeof(*t.lines));
        rc = t.lines ? RC_OK : RC_FAIL;
        for (int channel = CHANNEL_SMS; !rc && channel <= CHANNEL_EMAIL; channel++) {
            t.channel = (enum channel)channel;
            rc = tell(db, p, &t);
        }
    }
    return rc;
}

/* --- the transaction --- */

static enum rc read_lines(struct db *db, struct page *p)
{
    struct notice_subject *subjects = arena_alloc(&p->arena, p->n * sizeof(*subjects));

    p->lines = arena_alloc(&p->arena, p->n * sizeof(*p->lines));
    if (!subjects || !p->lines)
        return RC_FAIL;
    for (size_t i = 0; i < p->n; i++)
        subjects[i] = (struct notice_subject){ p->list[i].kind, p->list[i].subject_id };
    return notice_lines_read(db, subjects, p->n, &p->arena, p->lines);
}

static enum rc write_page(struct db *db, struct page *p)
{
    uint64_t moved;
    enum rc rc = lock_matters(db, p);

    if (!rc)
        rc = read_lines(db, p);
    for (size_t i = 0; !rc && i < p->n; i++)
        rc = p->list[i].gone ? RC_OK : add_move(p, &p->list[i]);
    if (!rc)
        rc = tell_all(db, p);
    for (int b = 0; !rc && b < BULK_N; b++) {
        rc = db_bulk_run(db, bulk_kinds[b].sql, p->bulks[b], &moved);
        if (!rc && b == BULK_MOVE && moved != db_bulk_rows(p->bulks[b]))
            rc = RC_CONFLICT; /* they are locked: a broken promise of ours */
    }
    return rc;
}

static enum rc page_body(struct db *db, void *arg)
{
    struct page *p = arg;
    enum rc rc;

    p->notices = p->messages = p->mails = 0;
    p->done = (struct escalation_done){ .told = 0 };
    for (int b = 0; b < BULK_N; b++)
        db_bulk_reset(p->bulks[b]);
    arena_init(&p->arena);
    rc = write_page(db, p);
    arena_close(&p->arena);
    return rc;
}

/* As many as there are people to be told, by both channels. */
static enum rc take_ids(struct db *db, struct page *p)
{
    size_t people = 0;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < p->n && p->list[i].verdict.what == ESCALATION_TELL; i++)
        people += i == 0 || p->list[i].verdict.whom != p->list[i - 1].verdict.whom;
    if (!people)
        return RC_OK;
    rc = db_new_timed_ids(db, "notice", 2 * people, &p->first_notice);
    if (!rc)
        rc = db_new_timed_ids(db, "message", people, &p->first_message);
    return rc ? rc : mail_out_new_ids(db, people, &p->first_mail);
}

enum rc escalation_page_write(struct db *db, struct escalation_run *run, size_t from, size_t to,
                              struct escalation_done *done)
{
    struct page p = { .run = run, .list = &run->list[from], .n = to - from };
    enum rc rc = take_ids(db, &p);

    for (int b = 0; b < BULK_N; b++) {
        p.bulks[b] = db_bulk_new(bulk_kinds[b].columns);
        rc = rc ? rc : p.bulks[b] ? RC_OK : RC_FAIL;
    }
    if (!rc)
        rc = db_transaction(db, page_body, &p);
    for (int b = 0; b < BULK_N; b++)
        db_bulk_free(p.bulks[b]);
    if (!rc)
        *done = p.done;
    return rc;
}
