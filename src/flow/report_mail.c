/*
 * report_mail.c - the report of a schedule that is due. One for each manager is made manager by
 * manager, each in a transaction of its own; the schedule goes on when there is none left.
 */
#include "flow/report_mail.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/escalation_time.h"
#include "domain/local_time.h"
#include "domain/report_reader.h"
#include "flow/report_file.h"
#include "store/staff.h"

#define LOG_PART "report"
#include "base/log.h"

#define TRY_AGAIN_US (15 * 60 * USEC_PER_SEC)
#define TEXT_MAX     8000

struct report_query report_settings_query(const struct report_settings *s)
{
    return (struct report_query){ .language = report_language_of(s->language),
                                  .order_days = s->order_days,
                                  .currency = s->currency,
                                  .timezone = s->timezone };
}

/* A schedule whose turn it is. What is read of it is in the arena. */
struct turn {
    struct db *db;
    const struct report_settings *settings;
    struct arena arena;
    struct report_schedule schedule;
    struct report_moments moments;
    utc_us now;
    /* Of one for each manager. */
    struct staff_book book;
    unsigned *managers;
    size_t n_managers;
};

static void turn_init(struct turn *t, struct db *db, const struct report_settings *settings)
{
    *t = (struct turn){ .db = db, .settings = settings, .now = clock_now() };
    arena_init(&t->arena);
}

static void turn_close(struct turn *t)
{
    arena_close(&t->arena);
}

/* Which period it is about. */
static enum rc find_period(struct turn *t, struct error *err)
{
    struct local_zone *zone;
    enum rc rc = local_zone_open(t->settings->timezone, &zone, err);

    if (rc)
        return rc;
    report_moments(t->schedule.period, t->schedule.at_minute, zone, t->now, &t->moments);
    local_zone_close(zone);
    return RC_OK;
}

/* A report on its way into mails; all but the file's bytes is in the arena. */
struct making {
    const struct turn *turn;
    /* Of one for each manager: whose people it is about, and who gets it. NULL: of any other. */
    const struct staff_member *manager, *reader;
    struct arena arena;
    struct report *report;
    struct buffer subject, text;
    char file_name[REPORT_FILE_NAME_SIZE];
    char *file;
    size_t file_size;
    struct mail_new mails[REPORT_RECIPIENTS_MAX];
    char recipients[REPORT_RECIPIENTS_MAX][ADDRESS_SIZE];
    size_t n;
};

static void making_init(struct making *m, const struct turn *turn)
{
    *m = (struct making){ .turn = turn };
    arena_init(&m->arena);
    buffer_init(&m->subject, TEXT_MAX);
    buffer_init(&m->text, TEXT_MAX);
}

static void making_close(struct making *m)
{
    free(m->file);
    buffer_close(&m->text);
    buffer_close(&m->subject);
    arena_close(&m->arena);
}

/* --- what it says --- */

static const struct {
    const char *before[REPORT_LANGUAGES], *after[REPORT_LANGUAGES];
} letter = {
    { "Bonjour,\n\nvoici le ", "Hello,\n\nthis is the " },
    { "Le détail est dans le fichier joint. Ce message est envoyé automatiquement par Relais.\n",
      "The file attached has it all. Relais sent this message by itself.\n" },
};
/* To whoever stands in for a manager. */
static const char *const instead[REPORT_LANGUAGES] = { "Vous le recevez \xc3\xa0 la place de",
                                                       "You get it in place of" };
static const char *const named[] = { "planned", "done",    "on_time", "late",
                                     "missed",  "reached", "orders" };

static void add_figure(struct buffer *text, const struct report *r, const char *name)
{
    const struct report_column *column = report_column_named(name);
    char value[REPORT_CELL_SIZE];

    report_say(column->kind, column->value(&r->total.figures), r->language, value);
    buffer_printf(text, "  %s%s %s\n", column->label[r->language],
                  r->language == REPORT_FRENCH ? "\xc2\xa0:" : ":", value);
}

static void write_letter(struct making *m)
{
    const struct report *r = m->report;
    char between[REPORT_LINE_SIZE];

    report_between(r, between);
    buffer_printf(&m->subject, "%s %s", report_word(r, REPORT_TITLE), between);
    for (size_t i = 0; i < sizeof(r->of) / sizeof(r->of[0]) && r->of[i]; i++)
        buffer_printf(&m->subject, ", %s", r->of[i]);
    buffer_add_text(&m->text, letter.before[r->language]);
    /* "rapport des contacts": within a sentence */
    buffer_printf(&m->text, "%c%s, %s.\n\n", buffer_text(&m->subject)[0] + ('a' - 'A'),
                  buffer_text(&m->subject) + 1, report_word(r, REPORT_WORD_BY));
    if (m->reader != m->manager)
        buffer_printf(&m->text, "%s %s.\n\n", instead[r->language], m->manager->name);
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        add_figure(&m->text, r, named[i]);
    buffer_printf(&m->text, "\n%s", letter.after[r->language]);
}

/* --- making --- */

static const char *all_if_empty(const char *code)
{
    return *code ? code : NULL;
}

static enum rc read_figures(struct making *m, struct error *err)
{
    const struct report_schedule *s = &m->turn->schedule;
    struct report_query q = report_settings_query(m->turn->settings);
    char by[sizeof("Relais ()") + REPORT_NAME_MAX];

    snprintf(by, sizeof(by), "Relais (%s)", s->name);
    q.made_by = by;
    q.by = s->by;
    q.language = report_language_of(m->reader ? m->reader->language : s->language);
    q.from = m->turn->moments.from;
    q.to = m->turn->moments.to;
    q.team = all_if_empty(s->team);
    q.manager = m->manager ? m->manager->login : all_if_empty(s->manager);
    q.category = all_if_empty(s->category);
    return report_read(m->turn->db, &q, &m->arena, &m->report, NULL, err);
}

static enum rc make_file(struct making *m, enum report_format format)
{
    FILE *out = open_memstream(&m->file, &m->file_size);
    enum rc rc;

    if (!out)
        return RC_FAIL;
    rc = report_file_write(m->report, format, out);
    if (fclose(out) && !rc)
        rc = RC_FAIL;
    report_file_name(m->report, format, m->file_name);
    return rc;
}

static enum rc address_mails(struct making *m, enum report_format format)
{
    const char *at = m->reader ? m->reader->mail : m->turn->schedule.recipients;
    uint64_t id = 0;
    enum rc rc;

    for (size_t len; *at && m->n < REPORT_RECIPIENTS_MAX; at += len + strspn(at + len, ", ")) {
        len = strcspn(at, ",");
        snprintf(m->recipients[m->n], ADDRESS_SIZE, "%.*s", (int)len, at);
        m->n++;
    }
    rc = m->n ? mail_out_new_ids(m->turn->db, m->n, &id) : RC_FAIL;
    for (size_t i = 0; !rc && i < m->n; i++)
        m->mails[i] = (struct mail_new){ .id = id + i,
                                         .kind = "report",
                                         .to = m->recipients[i],
                                         .subject = buffer_text(&m->subject),
                                         .text = buffer_text(&m->text),
                                         .file_name = m->file_name,
                                         .file_type = report_format_type(format),
                                         .file = m->file,
                                         .file_size = m->file_size,
                                         .file_max = m->turn->settings->attachment_max };
    return rc;
}

static enum rc make(struct making *m, struct error *err)
{
    enum report_format format;
    enum rc rc = report_format_parse(m->turn->schedule.format, &format);

    if (!rc)
        rc = read_figures(m, err);
    if (rc)
        return rc;
    write_letter(m);
    rc = m->text.full || m->subject.full ? RC_FAIL : make_file(m, format);
    return rc ? rc : address_mails(m, format);
}

static struct report_sending sending_of(const struct making *m)
{
    const struct turn *t = m->turn;

    return (struct report_sending){ .schedule = &t->schedule,
                                    .from = t->moments.from,
                                    .to = t->moments.to,
                                    .manager_id = m->manager ? m->manager->id : 0,
                                    .mails = m->mails,
                                    .n = m->n,
                                    .at = t->now,
                                    .next_at = m->manager ? 0 : t->moments.next };
}

/* --- for each manager --- */

static bool has_mail(const struct staff_member *member)
{
    return *member->mail != '\0';
}

/* The team and the manager that the schedule names, by number; 0: it names none. */
static enum rc find_of(const struct turn *t, struct report_reader_query *q, struct error *err)
{
    const struct report_schedule *s = &t->schedule;
    const struct staff_member *top = staff_book_login(&t->book, s->manager);

    for (size_t i = 0; i < t->book.n_teams; i++) {
        if (strcmp(t->book.teams[i].code, s->team) == 0)
            q->team_id = t->book.teams[i].id;
    }
    q->manager_id = top ? top->id : 0;
    if (*s->team && !q->team_id)
        return error_set(err, RC_INVALID, "team: there is none named \"%s\"", s->team);
    if (*s->manager && !top)
        return error_set(err, RC_INVALID, "manager: there is none named \"%s\"", s->manager);
    return RC_OK;
}

static enum rc find_managers(struct turn *t, struct error *err)
{
    struct report_reader_query q = { .first_day = staff_day(&t->moments.from) };
    struct local_zone *zone;
    struct civil today;
    enum rc rc = staff_book_read(t->db, &t->arena, &t->book);

    if (!rc)
        rc = find_of(t, &q, err);
    if (!rc)
        rc = local_zone_open(t->settings->timezone, &zone, err);
    if (rc)
        return rc;
    today = local_zone_civil(zone, t->now);
    local_zone_close(zone);
    q.today = staff_day(&today);
    t->managers = arena_alloc(&t->arena, (t->book.n_staff + 1) * sizeof(*t->managers));
    if (!t->managers)
        return RC_FAIL;
    t->n_managers = report_readers(&t->book, &q, t->managers);
    return RC_OK;
}

/* The manager or, as with all that people are told, who stands in. */
static enum rc find_reader(struct making *m, struct error *err)
{
    const struct turn *t = m->turn;
    struct zone_shelf zones;
    const struct escalation_desk desk = { &t->book, &zones, NULL };
    enum rc rc = zone_shelf_open(&zones, t->settings->timezone, err);

    if (rc)
        return rc;
    m->reader =
        staff_book_member(&t->book, escalation_addressee(&desk, m->manager->id, has_mail, t->now));
    zone_shelf_close(&zones);
    if (m->reader)
        return RC_OK;
    return error_set(err, RC_INVALID,
                     "nobody who is there and has a mail address gets the report of %s (%s)",
                     m->manager->name, m->manager->login);
}

/* --- because it is due --- */

/* The database is away, which it says itself; or another node was faster, or somebody changed it.
 */
static bool is_for_later(enum rc rc)
{
    return rc == RC_AGAIN || rc == RC_UNKNOWN || rc == RC_CONFLICT;
}

/* Made, and in the queue. *sent is false: it was there before. */
static enum rc send_one(struct making *m, bool *sent, struct error *err)
{
    const struct turn *t = m->turn;
    struct report_sending sending;
    enum rc rc = make(m, err);

    if (rc)
        return rc;
    sending = sending_of(m);
    rc = report_schedule_sent(t->db, &sending, sent);
    if (!rc && *sent)
        log_info("schedule=%s event=report manager=%u staff=%u mails=%zu rows=%zu bytes=%zu",
                 t->schedule.name, sending.manager_id, m->reader ? m->reader->id : 0, m->n,
                 m->report->n, m->file_size);
    return rc;
}

static enum rc send_named(const struct turn *t, struct error *err)
{
    struct making m;
    bool sent = false;
    enum rc rc;

    making_init(&m, t);
    rc = send_one(&m, &sent, err);
    making_close(&m);
    return rc;
}

static enum rc send_to_manager(const struct turn *t, unsigned id, bool *sent, struct error *err)
{
    struct making m;
    bool before = false;
    enum rc rc = report_schedule_was_sent(t->db, &t->schedule, &t->moments.from, &t->moments.to, id,
                                          &before);

    if (rc || before)
        return rc;
    making_init(&m, t);
    m.manager = staff_book_member(&t->book, id);
    rc = find_reader(&m, err);
    if (!rc)
        rc = send_one(&m, sent, err);
    making_close(&m);
    return rc;
}

/* The next one who has none yet; when there is none left, the schedule goes on. One that cannot be
 * made keeps nobody else from theirs: `err` is of the first such. */
static enum rc send_next(struct turn *t, struct error *err)
{
    struct error its = *err;
    bool sent = false;
    enum rc trouble = RC_OK, rc = find_managers(t, err);

    for (size_t i = 0; !rc && !sent && i < t->n_managers; i++) {
        rc = send_to_manager(t, t->managers[i], &sent, &its);
        if (!rc || is_for_later(rc))
            continue;
        if (!trouble)
            *err = its;
        trouble = rc;
        rc = RC_OK;
    }
    if (rc || sent)
        return rc;
    return trouble ? trouble : report_schedule_put_off(t->db, &t->schedule, t->moments.next, "");
}

static enum rc take_turn(struct turn *t)
{
    struct error err = { "the report could not be made; the log says why" };
    enum rc rc = find_period(t, &err);

    if (!rc)
        rc = *t->schedule.for_each ? send_next(t, &err) : send_named(t, &err);
    if (!rc || is_for_later(rc))
        return rc == RC_CONFLICT ? RC_OK : rc;
    log_warn("schedule=%s report=failed reason=\"%s\" effect=\"tried again\"", t->schedule.name,
             err.text);
    return report_schedule_put_off(t->db, &t->schedule, t->now + TRY_AGAIN_US, err.text);
}

enum rc report_mail_due(struct db *db, const struct report_settings *settings, bool *did)
{
    struct turn t;
    enum rc rc;

    turn_init(&t, db, settings);
    rc = report_schedule_due(db, t.now, &t.arena, &t.schedule);
    *did = rc == RC_OK;
    if (!rc)
        rc = take_turn(&t);
    turn_close(&t);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* --- because somebody asks --- */

static enum rc send_again(const struct turn *t, const char *who, size_t *mails, struct error *err)
{
    struct report_sending sending;
    struct making m;
    enum rc rc;

    making_init(&m, t);
    rc = make(&m, err);
    if (!rc) {
        sending = sending_of(&m);
        rc = report_schedule_again(t->db, &sending, who);
        *mails = m.n;
    }
    making_close(&m);
    return rc;
}

enum rc report_mail_again(struct db *db, const struct report_settings *settings, const char *name,
                          const char *who, size_t *mails, size_t *managers, struct error *err)
{
    struct turn t;
    enum rc rc;

    turn_init(&t, db, settings);
    rc = report_schedule_read(db, name, &t.arena, &t.schedule);
    if (!rc)
        rc = find_period(&t, err);
    if (!rc && !*t.schedule.for_each) {
        rc = send_again(&t, who, mails, err);
    } else if (!rc) {
        rc = find_managers(&t, err);
        *managers = t.n_managers;
        if (!rc && !t.n_managers)
            rc = error_set(err, RC_INVALID, "there is no manager with people in it");
        if (!rc)
            rc = report_schedule_anew(db, &t.schedule, &t.moments.from, who);
    }
    turn_close(&t);
    return rc;
}
