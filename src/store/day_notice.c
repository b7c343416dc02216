/* day_notice.c - see day_notice.h. */
#include "store/day_notice.h"

#include <string.h>

#include "base/arena.h"
#include "domain/work_time.h"
#include "store/db.h"
#include "store/id_list.h"
#include "store/mail_out.h"
#include "store/notice_lines.h"
#include "store/notice_private.h"
#include "store/notice_send.h"
#include "store/staff.h"

#define LOG_PART "staff"
#include "base/log.h"

#define KEPT_DAYS 30 /* of contact_told */
/* What is to be told within that time is told with what is told now. */
#define WITH_IT (60 * 60 * USEC_PER_SEC)

/* Whose team has its list of that day, and who was told of none yet but has something to be told
 * of, or stands in for somebody who may have. Days are the team's; around the world it is one of
 * three. */
static const char SQL_DAYS[] = "SELECT COUNT(*) OVER (), s.id, l.day + 0"
                               "  FROM staff s"
                               "  JOIN team m ON m.id = s.team_id AND m.tell <> 'none'"
                               "  JOIN contact_list l ON l.team_id = s.team_id"
                               "                     AND l.day IN (?, ?, ?) AND l.state = 'made'"
                               " WHERE (s.phone IS NOT NULL OR s.mail IS NOT NULL)"
                               "   AND NOT EXISTS (SELECT 1"
                               "                     FROM contact_told w"
                               "                    WHERE w.staff_id = s.id AND w.day = l.day)"
                               "   AND (EXISTS (SELECT 1"
                               "                  FROM contact_task t"
                               "                 WHERE t.staff_id = s.id AND t.state = 'open'"
                               "                   AND t.day <= l.day)"
                               "        OR EXISTS (SELECT 1"
                               "                     FROM staff_absence a"
                               "                    WHERE a.deputy_id = s.id"
                               "                      AND l.day BETWEEN a.from_day AND a.to_day))";

/* What was done before its time came is told to nobody. */
static const char SQL_HANDED[] = "SELECT COUNT(*) OVER (), h.staff_id, 0"
                                 "  FROM contact_handed h"
                                 "  JOIN contact_task t ON t.id = h.task_id AND t.state = 'open'"
                                 " WHERE h.at <= ?"
                                 " GROUP BY h.staff_id";

/* Locked: whoever records a result waits, and then withdraws what this leaves in the queue. */
static const char SQL_TASKS[] = "SELECT t.id"
                                "  FROM " ID_LIST " w"
                                "  JOIN contact_task t ON t.staff_id = w.id"
                                " WHERE t.state = 'open' AND t.day <= ?"
                                " ORDER BY t.due_at, t.score DESC, t.id"
                                " LIMIT ?"
                                "  LOCK IN SHARE MODE";

/* The person's own, or of whomever he or she stands in for. */
static const char SQL_HANDED_TASKS[] = "SELECT t.id"
                                       "  FROM contact_handed h"
                                       "  JOIN contact_task t ON t.id = h.task_id"
                                       "  JOIN " ID_LIST " w ON w.id = t.staff_id"
                                       " WHERE h.staff_id = ? AND h.at <= ? AND t.state = 'open'"
                                       " ORDER BY t.due_at, t.id"
                                       " LIMIT ?"
                                       "   FOR UPDATE";

static const char SQL_TELL_ONCE[] =
    "INSERT IGNORE INTO contact_told (staff_id, day, at) VALUES (?, ?, ?)";

static const char SQL_FORGET_DAYS[] = "DELETE FROM contact_told WHERE staff_id = ? AND day < ?";

/* Of no others: what is handed over meanwhile, or had no room, is yet to be told. */
static const char SQL_FORGET_HANDED[] = "DELETE h"
                                        "  FROM " ID_LIST " w"
                                        "  STRAIGHT_JOIN contact_handed h ON h.task_id = w.id"
                                        " WHERE h.staff_id = ?";

static const char SQL_FORGET_GONE[] =
    "DELETE h"
    "  FROM contact_handed h"
    "  LEFT JOIN (contact_task t JOIN " ID_LIST " w ON w.id = t.staff_id)"
    "         ON t.id = h.task_id AND t.state = 'open'"
    " WHERE h.staff_id = ? AND t.id IS NULL";

struct desk {
    const struct escalation_settings *settings;
    struct staff_book book;
    struct zone_shelf zones;
    bool open; /* the two before are read */
    struct arena arena;
    utc_us now;
};

/* One person, to be told of a day (0: of what was handed over). */
struct round {
    struct desk *desk;
    const struct staff_member *to;
    int day, today;
    uint64_t notice_id, message_id, mail_id;
    size_t notices;
    struct arena *arena; /* of one attempt */
    struct notice_subject subjects[DAY_NOTICE_MAX];
    size_t n;
};

struct candidate {
    unsigned staff_id;
    int day;
};

/* --- whom --- */

static enum rc read_candidates(struct db *db, struct desk *d, const char *sql,
                               const struct db_value *in, size_t n_in, struct candidate **list,
                               size_t *n)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, sql, in, n_in, &rows);

    *list = NULL;
    *n = 0;
    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        if (!*list)
            *list = arena_alloc(&d->arena, db_get_u64(rows, 0) * sizeof(**list));
        if (*list)
            (*list)[(*n)++] =
                (struct candidate){ (unsigned)db_get_u64(rows, 1), (int)db_get_i64(rows, 2) };
        else
            rc = RC_FAIL;
    }
    return db_rows_end(rows) ? RC_AGAIN : rc;
}

/* Works at this moment and, if `day` is not 0, on that day. */
static bool is_at_work(struct desk *d, unsigned staff_id, int day, int *today)
{
    const struct staff_member *m = staff_book_member(&d->book, staff_id);
    struct work_time w;

    if (!m || work_time_of_staff(&d->book, staff_id, &d->zones, d->settings->holidays, &w))
        return false;
    *today = work_time_day(&w, d->now);
    return (!day || day == *today) && staff_works_here(m, *today) && work_time_is_open(&w, d->now);
}

/* --- of what --- */

static enum rc take_tasks(struct round *r, struct db_rows *rows)
{
    r->n = 0;
    while (r->n < DAY_NOTICE_MAX && db_next(rows))
        r->subjects[r->n++] = (struct notice_subject){ MATTER_TASK, db_get_u64(rows, 0) };
    return db_rows_end(rows);
}

/* The person, and whomever he or she stands in for today. */
static enum rc take_doing_for(const struct round *r, struct id_list *ids)
{
    const struct staff_book *book = &r->desk->book;

    id_list_init(ids, book->n_staff);
    for (size_t i = 0; i < book->n_staff; i++) {
        if (staff_stand_in(book, book->staff[i].id, r->today) == r->to->id)
            id_list_add(ids, book->staff[i].id);
    }
    return id_list_text(ids);
}

static enum rc read_day(struct db *db, struct round *r)
{
    char day[STAFF_DAY_SIZE];
    struct db_rows *rows;
    struct id_list ids;
    enum rc rc = take_doing_for(r, &ids);

    if (!rc)
        rc = db_query(
            db, SQL_TASKS,
            DB_IN(ID_LIST_IN(&ids), db_text(staff_day_text(r->day, day)), db_u64(DAY_NOTICE_MAX)),
            &rows);
    if (!rc)
        rc = take_tasks(r, rows);
    id_list_close(&ids);
    return rc;
}

/* What of it is not theirs to do any more is told no more. */
static enum rc read_handed(struct db *db, struct round *r)
{
    const struct db_value to = db_u64(r->to->id);
    struct db_rows *rows;
    struct id_list ids;
    enum rc rc = take_doing_for(r, &ids);

    if (!rc)
        rc = db_run(db, SQL_FORGET_GONE, DB_IN(ID_LIST_IN(&ids), to), NULL);
    if (!rc)
        rc = db_query(
            db, SQL_HANDED_TASKS,
            DB_IN(ID_LIST_IN(&ids), to, db_time(r->desk->now + WITH_IT), db_u64(DAY_NOTICE_MAX)),
            &rows);
    if (!rc)
        rc = take_tasks(r, rows);
    id_list_close(&ids);
    return rc;
}

/* --- told --- */

static enum staff_tell tell_of(const struct round *r)
{
    const struct team *team = staff_book_team(&r->desk->book, r->to->team_id);

    return team ? team->tell : STAFF_TELL_NONE;
}

static bool goes_by(const struct round *r, enum channel channel)
{
    const enum staff_tell tell = tell_of(r);
    const bool phone = *r->to->phone != '\0', mail = *r->to->mail != '\0';

    switch (channel) {
    case CHANNEL_SMS:
        return phone && tell != STAFF_TELL_NONE && (tell != STAFF_TELL_MAIL || !mail);
    case CHANNEL_EMAIL:
        return mail && tell != STAFF_TELL_NONE && (tell != STAFF_TELL_SMS || !phone);
    }
    return false;
}

static enum rc send_by(struct db *db, struct round *r, enum channel channel,
                       const struct notice_line *lines)
{
    const struct notice_post post = { .to = r->to,
                                      .channel = channel,
                                      .about = r->day ? NOTICE_DAY : NOTICE_HANDED,
                                      .notice_id = r->notice_id + r->notices,
                                      .sent_as =
                                          channel == CHANNEL_SMS ? r->message_id : r->mail_id,
                                      .at = r->desk->now,
                                      .lines = lines,
                                      .n = r->n };
    enum rc rc = notice_send(db, r->desk->settings, &post);

    if (rc == RC_INVALID) {
        log_error("staff=%u channel=%s reason=\"no such address\" effect=\"not told\"", r->to->id,
                  channel_name(channel));
        return RC_OK;
    }
    if (rc)
        return rc;
    r->notices++;
    return notice_write(db, &post, r->subjects, r->n);
}

static enum rc send(struct db *db, struct round *r)
{
    struct notice_line *lines = arena_alloc(r->arena, r->n * sizeof(*lines));
    enum rc rc = lines ? notice_lines_read(db, r->subjects, r->n, r->arena, lines) : RC_FAIL;

    for (size_t i = 0; !rc && i < r->n; i++)
        lines[i] = notice_line_for(&lines[i], r->to->id);
    for (int channel = CHANNEL_SMS; !rc && channel <= CHANNEL_EMAIL; channel++) {
        if (goes_by(r, (enum channel)channel))
            rc = send_by(db, r, (enum channel)channel, lines);
    }
    return rc;
}

/* What this message says needs no other. */
static enum rc forget_handed(struct db *db, const struct round *r)
{
    struct id_list ids;
    enum rc rc;

    id_list_init(&ids, r->n);
    for (size_t i = 0; i < r->n; i++)
        id_list_add(&ids, r->subjects[i].id);
    rc = id_list_text(&ids);
    if (!rc)
        rc = db_run(db, SQL_FORGET_HANDED, DB_IN(ID_LIST_IN(&ids), db_u64(r->to->id)), NULL);
    id_list_close(&ids);
    return rc;
}

static enum rc note_day(struct db *db, const struct round *r, bool *first)
{
    const struct db_value id = db_u64(r->to->id);
    char day[STAFF_DAY_SIZE], kept[STAFF_DAY_SIZE];
    uint64_t added = 0;
    enum rc rc;

    staff_day_text(r->day, day);
    staff_day_text(staff_day_add(r->day, -KEPT_DAYS), kept);
    rc = db_run(db, SQL_TELL_ONCE, DB_IN(id, db_text(day), db_time(r->desk->now)), &added);
    if (!rc && added)
        rc = db_run(db, SQL_FORGET_DAYS, DB_IN(id, db_text(kept)), NULL);
    *first = added != 0;
    return rc;
}

/* The row of the day is there only with a message: who has nothing to do yet is told of what comes
 * in the course of it. */
static enum rc tell_day(struct db *db, struct round *r)
{
    bool first;
    enum rc rc = note_day(db, r, &first);

    if (rc || !first)
        return rc;
    rc = read_day(db, r);
    if (!rc)
        rc = r->n ? forget_handed(db, r) : RC_NOTFOUND;
    return rc ? rc : send(db, r);
}

static enum rc tell_handed(struct db *db, struct round *r)
{
    enum rc rc = read_handed(db, r);

    if (!rc && r->n)
        rc = forget_handed(db, r);
    return rc || !r->n ? rc : send(db, r);
}

static enum rc round_body(struct db *db, void *arg)
{
    struct round *r = arg;
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    r->arena = &arena;
    r->notices = 0;
    rc = r->day ? tell_day(db, r) : tell_handed(db, r);
    arena_close(&arena);
    return rc;
}

static enum rc take_ids(struct db *db, struct round *r)
{
    enum rc rc = db_new_timed_ids(db, "notice", 2, &r->notice_id);

    if (!rc)
        rc = db_new_timed_ids(db, "message", 1, &r->message_id);
    return rc ? rc : mail_out_new_ids(db, 1, &r->mail_id);
}

static enum rc tell_one(struct db *db, struct desk *d, const struct candidate *c, int today,
                        struct day_notice_done *out)
{
    struct round *r = arena_alloc(&d->arena, sizeof(*r));
    enum rc rc = RC_OK;

    if (!r)
        return RC_FAIL;
    *r = (struct round){ .desk = d,
                         .to = staff_book_member(&d->book, c->staff_id),
                         .day = c->day,
                         .today = today,
                         .arena = &d->arena };
    if (r->day)
        rc = read_day(db, r); /* most often there is nothing, and no number is spent */
    if (!rc && r->day && !r->n)
        return RC_OK;
    if (!rc)
        rc = take_ids(db, r);
    if (!rc)
        rc = db_transaction(db, round_body, r);
    out->people += !rc && r->notices;
    out->notices += rc ? 0 : r->notices;
    out->more |= !rc && !r->day && r->n == DAY_NOTICE_MAX;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc tell_all(struct db *db, struct desk *d, const struct candidate *list, size_t n,
                        struct day_notice_done *out)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < n; i++) {
        int today;

        if (out->people == DAY_NOTICE_WRITE) {
            out->more = true;
            return RC_OK;
        }
        if (is_at_work(d, list[i].staff_id, list[i].day, &today))
            rc = tell_one(db, d, &list[i], today, out);
    }
    return rc;
}

static enum rc read_days(struct db *db, struct desk *d, struct candidate **list, size_t *n)
{
    const struct civil utc = clock_civil(d->now);
    const int today = staff_day(&utc);
    char before[STAFF_DAY_SIZE], on[STAFF_DAY_SIZE], after[STAFF_DAY_SIZE];

    staff_day_text(staff_day_add(today, -1), before);
    staff_day_text(today, on);
    staff_day_text(staff_day_add(today, 1), after);
    return read_candidates(db, d, SQL_DAYS, DB_IN(db_text(before), db_text(on), db_text(after)),
                           list, n);
}

static enum rc open_desk(struct db *db, struct desk *d)
{
    enum rc rc = escalation_book_read(db, d->settings, &d->arena, &d->book);

    if (!rc)
        rc = zone_shelf_open(&d->zones, d->settings->timezone, NULL);
    d->open = !rc;
    return rc;
}

/* Most looks find nobody, and end with that. */
static enum rc step(struct db *db, struct desk *d, struct day_notice_done *out)
{
    struct candidate *days, *handed = NULL;
    size_t n_days, n_handed = 0;
    enum rc rc = read_days(db, d, &days, &n_days);

    if (!rc)
        rc = read_candidates(db, d, SQL_HANDED, DB_IN(db_time(d->now)), &handed, &n_handed);
    if (!rc && n_days + n_handed)
        rc = open_desk(db, d);
    if (!rc)
        rc = tell_all(db, d, days, n_days, out);
    if (!rc && n_days && n_handed) /* of whom the message of the day may have told */
        rc = read_candidates(db, d, SQL_HANDED, DB_IN(db_time(d->now)), &handed, &n_handed);
    return rc || out->more ? rc : tell_all(db, d, handed, n_handed, out);
}

enum rc day_notice_step(struct db *db, const struct escalation_settings *settings, utc_us now,
                        struct day_notice_done *out)
{
    struct desk d = { .settings = settings, .now = now };
    enum rc rc;

    *out = (struct day_notice_done){ .people = 0 };
    arena_init(&d.arena);
    rc = step(db, &d, out);
    if (d.open)
        zone_shelf_close(&d.zones);
    arena_close(&d.arena);
    return rc;
}
