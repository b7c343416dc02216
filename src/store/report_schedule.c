/* report_schedule.c - rows of report_schedule and report_sent. */
#include "store/report_schedule.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/language.h"
#include "domain/local_time.h"
#include "domain/mail_address.h"
#include "domain/timetable.h"
#include "domain/value.h"
#include "store/audit.h"
#include "store/db.h"

#define RECIPIENTS_SIZE 2001
#define DEFAULT_MINUTE  (7 * 60)

#define SCHEDULE                                                                      \
    "SELECT s.id, s.name, s.row_kind, s.period, s.at_minute, COALESCE(s.team, ''),"   \
    "       COALESCE(s.manager, ''), COALESCE(s.category, ''), s.format, s.language," \
    "       s.recipients, s.problem, s.next_at,"                                      \
    "       COALESCE((SELECT CAST(MAX(t.last_day) AS CHAR) FROM report_sent t"        \
    "                  WHERE t.schedule_id = s.id), ''),"                             \
    "       (SELECT MAX(t.at) FROM report_sent t WHERE t.schedule_id = s.id),"        \
    "       s.for_each"                                                               \
    "  FROM report_schedule s"

static const char SQL_READ[] = SCHEDULE " WHERE s.name = ?";
static const char SQL_READ_LOCKED[] = SCHEDULE " WHERE s.name = ?"
                                               "   FOR UPDATE";
static const char SQL_LIST[] = SCHEDULE " ORDER BY s.name"
                                        " LIMIT 1000";
static const char SQL_DUE[] = SCHEDULE " WHERE s.next_at <= ?"
                                       " ORDER BY s.next_at, s.id"
                                       " LIMIT 1";

static const char SQL_PUT[] =
    "INSERT INTO report_schedule (row_kind, period, at_minute, team, manager, category, for_each,"
    "                             format, language, recipients, next_at, problem, updated_at, id,"
    "                             name, created_at)"
    "VALUES (?, ?, ?, NULLIF(?, ''), NULLIF(?, ''), NULLIF(?, ''), ?, ?, ?, ?, ?, '', ?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE row_kind = VALUE(row_kind), period = VALUE(period),"
    "       at_minute = VALUE(at_minute), team = VALUE(team), manager = VALUE(manager),"
    "       category = VALUE(category), for_each = VALUE(for_each), format = VALUE(format),"
    "       language = VALUE(language), recipients = VALUE(recipients),"
    "       next_at = VALUE(next_at), problem = '', updated_at = VALUE(updated_at)";

static const char SQL_KNOWN_TEAM[] = "SELECT id FROM team WHERE code = ?";
static const char SQL_KNOWN_STAFF[] = "SELECT id FROM staff WHERE login = ?";
static const char SQL_KNOWN_CATEGORY[] = "SELECT id FROM category WHERE code = ?";

static const char SQL_REMOVE_SENT[] = "DELETE FROM report_sent"
                                      " WHERE schedule_id = ?";
static const char SQL_REMOVE[] = "DELETE FROM report_schedule"
                                 " WHERE id = ?";

static const char SQL_LOCK[] = "SELECT next_at"
                               "  FROM report_schedule"
                               " WHERE id = ?"
                               "   FOR UPDATE";
static const char SQL_WAS_SENT[] = "SELECT COUNT(*)"
                                   "  FROM report_sent"
                                   " WHERE schedule_id = ? AND first_day = ? AND last_day = ?"
                                   "   AND staff_id = ?";
static const char SQL_SENT[] =
    "INSERT INTO report_sent (schedule_id, first_day, staff_id, last_day, at, mails, mail_id)"
    "VALUES (?, ?, ?, ?, ?, ?, ?)";
static const char SQL_NEXT[] = "UPDATE report_schedule"
                               "   SET next_at = ?, problem = ?"
                               " WHERE id = ? AND next_at = ?";

static const char SQL_DUE_NOW[] = "UPDATE report_schedule"
                                  "   SET next_at = ?, problem = ''"
                                  " WHERE id = ?";
static const char SQL_NOT_SENT[] = "DELETE FROM report_sent"
                                   " WHERE schedule_id = ? AND first_day = ? AND staff_id <> 0";

/* --- reading --- */

static enum rc read_row(const struct db_rows *rows, struct report_schedule *s)
{
    *s = (struct report_schedule){
        .id = db_get_u64(rows, 0),
        .name = db_get_text(rows, 1),
        .at_minute = (unsigned)db_get_u64(rows, 4),
        .team = db_get_text(rows, 5),
        .manager = db_get_text(rows, 6),
        .category = db_get_text(rows, 7),
        .format = db_get_text(rows, 8),
        .language = db_get_text(rows, 9),
        .recipients = db_get_text(rows, 10),
        .problem = db_get_text(rows, 11),
        .next_at = db_get_time(rows, 12),
        .last_day = db_get_text(rows, 13),
        .last_at = db_get_time(rows, 14),
        .for_each = db_get_text(rows, 15),
    };
    return report_by_parse(db_get_text(rows, 2), &s->by) ||
                   report_period_parse(db_get_text(rows, 3), &s->period)
               ? RC_FAIL
               : RC_OK;
}

static enum rc keep(struct arena *arena, struct report_schedule *s)
{
    const char **texts[] = { &s->name,   &s->team,     &s->manager,    &s->category, &s->for_each,
                             &s->format, &s->language, &s->recipients, &s->problem,  &s->last_day };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = arena_copy(arena, *texts[i], strlen(*texts[i]));
        if (!*texts[i])
            return RC_FAIL;
    }
    return RC_OK;
}

static enum rc read_one(struct db *db, const char *sql, struct db_value key, struct arena *arena,
                        struct report_schedule *out)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, sql, DB_IN(key), &rows), ended;

    if (rc)
        return rc;
    rc = db_next(rows) ? read_row(rows, out) : RC_NOTFOUND;
    if (!rc)
        rc = keep(arena, out);
    ended = db_rows_end(rows);
    return ended ? ended : rc;
}

enum rc report_schedule_read(struct db *db, const char *name, struct arena *arena,
                             struct report_schedule *out)
{
    return read_one(db, SQL_READ, db_text(name), arena, out);
}

enum rc report_schedule_due(struct db *db, utc_us now, struct arena *arena,
                            struct report_schedule *out)
{
    return read_one(db, SQL_DUE, db_time(now), arena, out);
}

enum rc report_schedule_list(struct db *db,
                             void (*each)(void *arg, const struct report_schedule *schedule),
                             void *arg)
{
    struct report_schedule s;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LIST, DB_NO_INPUT, &rows), ended;

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        rc = read_row(rows, &s);
        if (!rc)
            each(arg, &s);
    }
    ended = db_rows_end(rows);
    return rc ? rc : ended;
}

/* --- setting --- */

struct setting {
    const struct report_plan *plan;
    const char *language, *who;
    struct local_zone *zone;
    const char **field;
    struct error *err;
    uint64_t new_id, audit_id;
    utc_us now;
    struct arena arena; /* of an attempt */
};

static enum rc blame(struct setting *s, const char *field, enum rc rc)
{
    if (rc == RC_INVALID)
        *s->field = field;
    return rc;
}

static enum rc check_name(struct setting *s)
{
    const char *name = s->plan->name;

    for (const char *at = name; *at; at++) {
        if (!isalnum((unsigned char)*at) && !strchr("._-", *at))
            return blame(s, "name",
                         error_set(s->err, RC_INVALID,
                                   "name: expected letters, digits and \". _ -\", got \"%.64s\"",
                                   name));
    }
    if (*name && strlen(name) <= REPORT_NAME_MAX)
        return RC_OK;
    return blame(
        s, "name",
        error_set(s->err, RC_INVALID, "name: expected 1 to %d characters", REPORT_NAME_MAX));
}

/* One that there is; "" is all. */
static enum rc take_code(struct db *db, struct setting *s, const char *field, const char *sql,
                         const char *given, const char **code)
{
    uint64_t id;
    enum rc rc;

    if (!given)
        return RC_OK;
    *code = given;
    if (!*given)
        return RC_OK;
    rc = db_query_u64(db, sql, DB_IN(db_text(given)), &id);
    if (rc != RC_NOTFOUND)
        return rc;
    return blame(s, field,
                 error_set(s->err, RC_INVALID, "%s: there is none named \"%.64s\"", field, given));
}

static enum rc take_words(struct setting *s, struct report_schedule *r)
{
    const struct report_plan *p = s->plan;

    if (p->by && report_by_parse(p->by, &r->by))
        return blame(s, "by",
                     error_set(s->err, RC_INVALID, "by: expected %s, got \"%.64s\"",
                               report_by_names(), p->by));
    if (p->period && report_period_parse(p->period, &r->period))
        return blame(s, "period",
                     error_set(s->err, RC_INVALID,
                               "period: expected day, week or month, got \"%.64s\"", p->period));
    if (p->format)
        r->format = p->format;
    if (strcmp(r->format, "csv") != 0 && strcmp(r->format, "pdf") != 0)
        return blame(
            s, "format",
            error_set(s->err, RC_INVALID, "format: expected csv or pdf, got \"%.64s\"", r->format));
    if (p->language)
        r->language = language_code(p->language);
    if (!r->language)
        return blame(s, "language",
                     error_set(s->err, RC_INVALID,
                               "language: expected two letters such as \"fr\", got \"%.64s\"",
                               p->language));
    return RC_OK;
}

static enum rc take_time(struct setting *s, struct report_schedule *r)
{
    struct timetable table = { .n_minutes = 0 };
    enum rc rc;

    if (!s->plan->at)
        return RC_OK;
    rc = timetable_set_times(&table, s->plan->at, s->err);
    if (!rc && table.n_minutes != 1)
        rc = error_set(s->err, RC_INVALID, "expected one time such as \"07:00\"");
    if (rc) {
        error_prefix(s->err, "at");
        return blame(s, "at", rc);
    }
    r->at_minute = table.minutes[0];
    return RC_OK;
}

/* Normalised, with ", " between them. */
static enum rc take_addresses(struct setting *s, struct report_schedule *r)
{
    const char *given = s->plan->recipients ? s->plan->recipients : r->recipients;
    char address[ADDRESS_SIZE], one[ADDRESS_SIZE];
    struct buffer list;
    enum mail_fault fault;
    size_t n = 0;
    enum rc rc = RC_OK;

    buffer_init(&list, RECIPIENTS_SIZE - 1);
    while (!rc && *given) {
        const size_t len = strcspn(given, ",; \t\r\n");

        if (len) {
            snprintf(one, sizeof(one), "%.*s", (int)(len < sizeof(one) ? len : sizeof(one)), given);
            if (len >= sizeof(one) || mail_address_normalise(one, address, &fault))
                rc =
                    error_set(s->err, RC_INVALID, "recipients: \"%.100s\" is no mail address", one);
            buffer_printf(&list, "%s%s", n ? ", " : "", rc ? "" : address);
            n++;
        }
        given += len + (given[len] != '\0');
    }
    if (!rc && (n == 0 || n > REPORT_RECIPIENTS_MAX || list.full))
        rc = error_set(s->err, RC_INVALID,
                       "recipients: expected 1 to %d mail addresses with commas between them",
                       REPORT_RECIPIENTS_MAX);
    r->recipients = arena_copy(&s->arena, buffer_text(&list), strlen(buffer_text(&list)));
    buffer_close(&list);
    return blame(s, "recipients", !rc && !r->recipients ? RC_FAIL : rc);
}

/* Whom it goes to: those who are named, or each manager. */
static enum rc take_recipients(struct setting *s, struct report_schedule *r)
{
    const struct report_plan *p = s->plan;

    if (p->for_each)
        r->for_each = p->for_each;
    if (!*r->for_each)
        return take_addresses(s, r);
    r->recipients = "";
    if (strcmp(r->for_each, "manager") != 0)
        return blame(s, "for_each",
                     error_set(s->err, RC_INVALID,
                               "for_each: expected manager, or nothing, got \"%.64s\"",
                               r->for_each));
    if (p->recipients && *p->recipients)
        return blame(s, "recipients",
                     error_set(s->err, RC_INVALID,
                               "recipients: expected none, since each manager gets one; make a "
                               "second schedule for them"));
    if (p->language)
        return blame(s, "language",
                     error_set(s->err, RC_INVALID,
                               "language: expected none, since each manager gets it in his or her "
                               "own: relaisctl staff set LOGIN --language"));
    return RC_OK;
}

static enum rc take(struct db *db, struct setting *s, struct report_schedule *r)
{
    const struct report_plan *p = s->plan;
    enum rc rc = take_words(s, r);

    if (!rc)
        rc = take_time(s, r);
    if (!rc)
        rc = take_recipients(s, r);
    if (!rc)
        rc = take_code(db, s, "team", SQL_KNOWN_TEAM, p->team, &r->team);
    if (!rc)
        rc = take_code(db, s, "manager", SQL_KNOWN_STAFF, p->manager, &r->manager);
    return rc ? rc : take_code(db, s, "category", SQL_KNOWN_CATEGORY, p->category, &r->category);
}

static enum rc note(struct db *db, const struct setting *s, uint64_t id, const char *verb)
{
    return audit_write(db, &(struct audit_entry){ .id = s->audit_id,
                                                  .at = s->now,
                                                  .who = s->who,
                                                  .verb = verb,
                                                  .subject = AUDIT_REPORT,
                                                  .subject_id = id,
                                                  .detail = s->plan->name });
}

/* At once, if the same period waits: it was due, and could not be made as the schedule was. */
static utc_us next_of(const struct setting *s, const struct report_schedule *was,
                      const struct report_schedule *r)
{
    const bool waits = was->next_at && (was->next_at <= s->now || *was->problem);
    struct report_moments moments, before;
    char from[DATE_TEXT_SIZE], waiting[DATE_TEXT_SIZE];

    report_moments(r->period, r->at_minute, s->zone, s->now, &moments);
    if (!waits || r->period != was->period)
        return moments.next;
    report_moments(was->period, was->at_minute, s->zone, s->now, &before);
    value_date_text(&moments.from, from);
    value_date_text(&before.from, waiting);
    return strcmp(from, waiting) == 0 ? s->now : moments.next;
}

static enum rc set_in_transaction(struct db *db, struct setting *s)
{
    struct report_schedule r, was = { .next_at = 0 };
    enum rc rc = read_one(db, SQL_READ_LOCKED, db_text(s->plan->name), &s->arena, &r);

    if (!rc)
        was = r;
    if (rc == RC_NOTFOUND) {
        r = (struct report_schedule){ .id = s->new_id,
                                      .by = REPORT_BY_EMPLOYEE,
                                      .period = REPORT_WEEK,
                                      .at_minute = DEFAULT_MINUTE,
                                      .team = "",
                                      .manager = "",
                                      .category = "",
                                      .for_each = "",
                                      .format = "pdf",
                                      .language = s->language,
                                      .recipients = "" };
        rc = RC_OK;
    }
    if (!rc)
        rc = take(db, s, &r);
    if (rc)
        return rc;
    rc = db_run(db, SQL_PUT,
                DB_IN(db_text(report_by_name(r.by)), db_text(report_period_name(r.period)),
                      db_u64(r.at_minute), db_text(r.team), db_text(r.manager), db_text(r.category),
                      db_text(r.for_each), db_text(r.format), db_text(r.language),
                      db_text(r.recipients), db_time(next_of(s, &was, &r)), db_time(s->now),
                      db_u64(r.id), db_text(s->plan->name), db_time(s->now)),
                NULL);
    return rc ? rc : note(db, s, r.id, "set");
}

static enum rc set_body(struct db *db, void *arg)
{
    struct setting *s = arg;
    enum rc rc;

    arena_init(&s->arena);
    rc = set_in_transaction(db, s);
    arena_close(&s->arena);
    return rc;
}

enum rc report_schedule_set(struct db *db, const struct report_plan *plan, const char *timezone,
                            const char *language, const char *who, const char **field,
                            struct error *err)
{
    struct setting s = { .plan = plan,
                         .language = language,
                         .who = who,
                         .field = field,
                         .err = err,
                         .now = clock_now() };
    enum rc rc = check_name(&s);

    if (!rc)
        rc = local_zone_open(timezone, &s.zone, err);
    if (rc)
        return rc;
    rc = db_new_ids(db, "report_schedule", 1, &s.new_id);
    if (!rc)
        rc = audit_new_id(db, &s.audit_id);
    if (!rc)
        rc = db_transaction(db, set_body, &s);
    local_zone_close(s.zone);
    return rc;
}

static enum rc remove_in_transaction(struct db *db, struct setting *s)
{
    struct report_schedule r;
    enum rc rc = read_one(db, SQL_READ_LOCKED, db_text(s->plan->name), &s->arena, &r);

    if (!rc)
        rc = db_run(db, SQL_REMOVE_SENT, DB_IN(db_u64(r.id)), NULL);
    if (!rc)
        rc = db_run(db, SQL_REMOVE, DB_IN(db_u64(r.id)), NULL);
    return rc ? rc : note(db, s, r.id, "remove");
}

static enum rc remove_body(struct db *db, void *arg)
{
    struct setting *s = arg;
    enum rc rc;

    arena_init(&s->arena);
    rc = remove_in_transaction(db, s);
    arena_close(&s->arena);
    return rc;
}

enum rc report_schedule_remove(struct db *db, const char *name, const char *who)
{
    const struct report_plan plan = { .name = name };
    struct setting s = { .plan = &plan, .who = who, .now = clock_now() };
    enum rc rc = audit_new_id(db, &s.audit_id);

    return rc ? rc : db_transaction(db, remove_body, &s);
}

/* --- doing --- */

struct sending {
    const struct report_sending *what;
    const char *who;
    uint64_t audit_id;
    bool sent;
};

static enum rc lock(struct db *db, const struct report_schedule *schedule)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LOCK, DB_IN(db_u64(schedule->id)), &rows), ended;

    if (rc)
        return rc;
    if (!db_next(rows) || db_get_time(rows, 0) != schedule->next_at)
        rc = RC_CONFLICT; /* another node was faster, or somebody changed it */
    ended = db_rows_end(rows);
    return ended ? ended : rc;
}

static enum rc add_mails(struct db *db, const struct report_sending *w)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < w->n; i++)
        rc = mail_out_add(db, &w->mails[i]);
    return rc;
}

static enum rc add_sent(struct db *db, const struct report_sending *w)
{
    char from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE];

    value_date_text(&w->from, from);
    value_date_text(&w->to, to);
    return db_run(db, SQL_SENT,
                  DB_IN(db_u64(w->schedule->id), db_text(from), db_u64(w->manager_id), db_text(to),
                        db_time(w->at), db_u64(w->n), db_u64(w->mails[0].id)),
                  NULL);
}

enum rc report_schedule_was_sent(struct db *db, const struct report_schedule *schedule,
                                 const struct civil *from, const struct civil *to,
                                 unsigned manager_id, bool *was)
{
    char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];
    uint64_t n = 0;
    enum rc rc;

    value_date_text(from, first);
    value_date_text(to, last);
    rc = db_query_u64(
        db, SQL_WAS_SENT,
        DB_IN(db_u64(schedule->id), db_text(first), db_text(last), db_u64(manager_id)), &n);
    if (!rc)
        *was = n > 0;
    return rc;
}

enum rc report_schedule_put_off(struct db *db, const struct report_schedule *schedule,
                                utc_us next_at, const char *problem)
{
    return db_run(
        db, SQL_NEXT,
        DB_IN(db_time(next_at), db_text(problem), db_u64(schedule->id), db_time(schedule->next_at)),
        NULL);
}

static enum rc sent_body(struct db *db, void *arg)
{
    struct sending *s = arg;
    const struct report_sending *w = s->what;
    bool before = false;
    enum rc rc = lock(db, w->schedule);

    s->sent = false;
    if (!rc)
        rc = report_schedule_was_sent(db, w->schedule, &w->from, &w->to, w->manager_id, &before);
    if (!rc && !before) {
        s->sent = true;
        rc = add_sent(db, w);
        if (!rc)
            rc = add_mails(db, w);
    }
    if (rc || !w->next_at)
        return rc;
    return report_schedule_put_off(db, w->schedule, w->next_at, "");
}

enum rc report_schedule_sent(struct db *db, const struct report_sending *sending, bool *sent)
{
    struct sending s = { .what = sending };
    enum rc rc = db_transaction(db, sent_body, &s);

    if (!rc)
        *sent = s.sent;
    return rc;
}

static enum rc note_run(struct db *db, const struct sending *s)
{
    return audit_write(db, &(struct audit_entry){ .id = s->audit_id,
                                                  .at = s->what->at,
                                                  .who = s->who,
                                                  .verb = "run",
                                                  .subject = AUDIT_REPORT,
                                                  .subject_id = s->what->schedule->id,
                                                  .detail = s->what->schedule->name });
}

static enum rc again_body(struct db *db, void *arg)
{
    const struct sending *s = arg;
    enum rc rc = add_mails(db, s->what);

    return rc ? rc : note_run(db, s);
}

enum rc report_schedule_again(struct db *db, const struct report_sending *sending, const char *who)
{
    struct sending s = { .what = sending, .who = who };
    enum rc rc = audit_new_id(db, &s.audit_id);

    return rc ? rc : db_transaction(db, again_body, &s);
}

static enum rc anew_body(struct db *db, void *arg)
{
    const struct sending *s = arg;
    const uint64_t id = s->what->schedule->id;
    char from[DATE_TEXT_SIZE];
    enum rc rc;

    value_date_text(&s->what->from, from);
    rc = db_run(db, SQL_DUE_NOW, DB_IN(db_time(s->what->at), db_u64(id)), NULL);
    if (!rc)
        rc = db_run(db, SQL_NOT_SENT, DB_IN(db_u64(id), db_text(from)), NULL);
    return rc ? rc : note_run(db, s);
}

enum rc report_schedule_anew(struct db *db, const struct report_schedule *schedule,
                             const struct civil *from, const char *who)
{
    const struct report_sending what = { .schedule = schedule, .from = *from, .at = clock_now() };
    struct sending s = { .what = &what, .who = who };
    enum rc rc = audit_new_id(db, &s.audit_id);

    return rc ? rc : db_transaction(db, anew_body, &s);
}
