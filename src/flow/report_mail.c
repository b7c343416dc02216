/* report_mail.c - see report_mail.h. */
#include "flow/report_mail.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/local_time.h"
#include "flow/report_file.h"

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

/* A report on its way into mails; all but the file's bytes is in the arena. */
struct making {
    struct db *db;
    const struct report_settings *settings;
    struct arena arena;
    struct report_schedule schedule;
    struct report_moments moments;
    struct report *report;
    struct buffer subject, text;
    char file_name[REPORT_FILE_NAME_SIZE];
    char *file;
    size_t file_size;
    struct mail_new mails[REPORT_RECIPIENTS_MAX];
    char recipients[REPORT_RECIPIENTS_MAX][ADDRESS_SIZE];
    size_t n;
    utc_us now;
};

static void making_init(struct making *m, struct db *db, const struct report_settings *settings)
{
    *m = (struct making){ .db = db, .settings = settings, .now = clock_now() };
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
    const struct report_schedule *s = &m->schedule;
    struct report_query q = report_settings_query(m->settings);
    struct local_zone *zone;
    enum rc rc = local_zone_open(m->settings->timezone, &zone, err);

    if (rc)
        return rc;
    report_moments(s->period, s->at_minute, zone, m->now, &m->moments);
    local_zone_close(zone);
    q.by = s->by;
    q.language = report_language_of(s->language);
    q.from = m->moments.from;
    q.to = m->moments.to;
    q.team = all_if_empty(s->team);
    q.manager = all_if_empty(s->manager);
    q.category = all_if_empty(s->category);
    return report_read(m->db, &q, &m->arena, &m->report, NULL, err);
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
    const char *at = m->schedule.recipients;
    uint64_t id = 0;
    enum rc rc;

    for (size_t len; *at && m->n < REPORT_RECIPIENTS_MAX; at += len + strspn(at + len, ", ")) {
        len = strcspn(at, ",");
        snprintf(m->recipients[m->n], ADDRESS_SIZE, "%.*s", (int)len, at);
        m->n++;
    }
    rc = m->n ? mail_out_new_ids(m->db, m->n, &id) : RC_FAIL;
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
                                         .file_max = m->settings->attachment_max };
    return rc;
}

static enum rc make(struct making *m, struct error *err)
{
    enum report_format format;
    enum rc rc = report_format_parse(m->schedule.format, &format);

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
    return (struct report_sending){ .schedule = &m->schedule,
                                    .from = m->moments.from,
                                    .to = m->moments.to,
                                    .mails = m->mails,
                                    .n = m->n,
                                    .at = m->now,
                                    .next_at = m->moments.next };
}

/* --- because it is due --- */

static enum rc put_off(struct making *m, const struct error *err)
{
    log_warn("schedule=%s report=failed reason=\"%s\" effect=\"tried again\"", m->schedule.name,
             err->text);
    return report_schedule_failed(m->db, &m->schedule, m->now + TRY_AGAIN_US, err->text);
}

static enum rc send_due(struct making *m)
{
    struct error err = { "the report could not be made; the log says why" };
    struct report_sending sending;
    bool sent = false;
    enum rc rc = make(m, &err);

    if (rc == RC_AGAIN || rc == RC_UNKNOWN) /* the database is away: it says so itself */
        return rc;
    if (rc)
        return put_off(m, &err);
    sending = sending_of(m);
    rc = report_schedule_sent(m->db, &sending, &sent);
    if (!rc && sent)
        log_info("schedule=%s event=report mails=%zu rows=%zu bytes=%zu", m->schedule.name, m->n,
                 m->report->n, m->file_size);
    return rc == RC_CONFLICT ? RC_OK : rc; /* it was dealt with, or changed */
}

enum rc report_mail_due(struct db *db, const struct report_settings *settings, bool *did)
{
    struct making m;
    enum rc rc;

    making_init(&m, db, settings);
    rc = report_schedule_due(db, m.now, &m.arena, &m.schedule);
    *did = rc == RC_OK;
    if (!rc)
        rc = send_due(&m);
    making_close(&m);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* --- because somebody asks --- */

enum rc report_mail_again(struct db *db, const struct report_settings *settings, const char *name,
                          const char *who, size_t *mails, struct error *err)
{
    struct report_sending sending;
    struct making m;
    enum rc rc;

    making_init(&m, db, settings);
    rc = report_schedule_read(db, name, &m.arena, &m.schedule);
    if (!rc)
        rc = make(&m, err);
    if (!rc) {
        sending = sending_of(&m);
        rc = report_schedule_again(db, &sending, who);
        *mails = m.n;
    }
    making_close(&m);
    return rc;
}
