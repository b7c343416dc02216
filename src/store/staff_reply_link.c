/* staff_reply_link.c - what stands on the page of a notice, and what its buttons do. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/alert_words.h"
#include "store/db.h"
#include "store/notice_lines.h"
#include "store/staff_reply_private.h"

#define SAID_MAX   4000 /* bytes */
#define AN_HOUR_US (3600 * USEC_PER_SEC)

static const char SQL_ALERT_TEXT[] = "SELECT text FROM alert WHERE id = ?";

/* A job for whoever had the notice. RC_NOTFOUND: there is none. */
static enum rc open_notice(struct db *db, struct staff_reply_job *j, uint64_t notice_id)
{
    struct notice n;
    enum rc rc = notice_read(db, notice_id, &n);

    if (!rc)
        rc = staff_reply_open(db, j, n.staff_id);
    return rc ? rc : staff_reply_told(db, j, notice_id);
}

/* --- the page --- */

static enum rc read_task(struct db *db, uint64_t id, struct arena *arena,
                         struct staff_reply_matter *out)
{
    const struct notice_subject task = { MATTER_TASK, id };
    struct notice_line line;
    enum rc rc = notice_lines_read(db, &task, 1, arena, &line);

    if (rc)
        return rc;
    out->detail = line.title;
    out->phone = line.phone;
    out->company = strcmp(line.company, out->name) == 0 ? "" : line.company;
    return RC_OK;
}

static enum rc detail_of_alert(struct db *db, const struct staff_reply_job *j, uint64_t id,
                               const char **out)
{
    char in_words[ALERT_WORDS_SIZE];
    const char *text;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_ALERT_TEXT, DB_IN(db_u64(id)), &rows);

    *out = "";
    if (rc)
        return rc;
    if (db_next(rows)) {
        text = alert_words(j->me->language, db_get_text(rows, 0), in_words);
        *out = arena_copy(j->arena, text, strlen(text));
    }
    rc = db_rows_end(rows);
    return rc ? rc : *out ? RC_OK : RC_FAIL;
}

static enum rc add_matter(struct db *db, struct staff_reply_job *j, const struct notice_matter *m,
                          struct staff_reply_page *page)
{
    struct staff_reply_matter *out = &page->matters[page->n];
    const struct staff_reply_subject *s;
    const bool alert = m->kind == MATTER_ALERT;
    enum rc rc;

    *out = (struct staff_reply_matter){ .number = { .alert = alert, .id = m->subject_id },
                                        .detail = "",
                                        .phone = "",
                                        .company = "",
                                        .open = m->state != MATTER_SETTLED };
    rc = staff_reply_look(db, j, &out->number, &s);
    if (rc)
        return rc;
    out->name = s ? s->name : "";
    out->open = out->open && s && s->waits;
    if (out->open)
        rc = alert ? detail_of_alert(db, j, m->subject_id, &out->detail)
                   : read_task(db, m->subject_id, j->arena, out);
    page->n++;
    page->n_open += out->open;
    return rc;
}

enum rc staff_reply_page_read(struct db *db, uint64_t notice_id, struct arena *arena,
                              struct staff_reply_page *out)
{
    static const struct staff_reply_rules rules = { .timezone = "UTC" };
    struct staff_answer answer = { .at = clock_now() };
    struct staff_reply_job *j = arena_alloc(arena, sizeof(*j));
    enum rc rc;

    *out = (struct staff_reply_page){ .person = "" };
    if (!j)
        return RC_FAIL;
    *j = (struct staff_reply_job){
        .rules = &rules, .answer = &answer, .now = answer.at, .arena = arena
    };
    rc = open_notice(db, j, notice_id);
    out->matters = rc ? NULL : arena_alloc(arena, (j->n_told + 1) * sizeof(*out->matters));
    if (!rc && !out->matters)
        rc = RC_FAIL;
    for (size_t i = 0; !rc && i < j->n_told; i++)
        rc = add_matter(db, j, &j->told[i], out);
    if (!rc) {
        out->person = j->me->name;
        out->more = j->told_open > j->n_told ? j->told_open - j->n_told : 0;
        out->english = j->clock.english;
        out->outcomes = j->outcomes;
    }
    staff_reply_close(j);
    return rc;
}

/* --- a button --- */

static size_t find_outcome(const struct staff_reply_job *j, const char *code)
{
    for (size_t i = 0; i < j->outcomes.n; i++) {
        if (strcmp(j->outcomes.list[i].code, code) == 0)
            return i;
    }
    return SIZE_MAX;
}

/* "14:30". False: it is none. */
static bool read_hour(const char *text, struct civil *wall)
{
    int end = 0;

    return sscanf(text, "%2d:%2d%n", &wall->hour, &wall->minute, &end) == 2 && !text[end] &&
           wall->hour >= 0 && wall->hour < 24 && wall->minute >= 0 && wall->minute < 60;
}

/* As when it is written: a day without an hour is 9 o'clock of it, an hour without a day is
 * today's, and without either it is for when the catalogue says. */
static void read_when(const struct staff_reply_job *j, const struct staff_reply_press *press,
                      struct staff_reply_command *c)
{
    struct civil wall = local_zone_civil(j->clock.zone, j->now);
    int day = staff_day(&wall);

    if (!*press->day && !*press->hour) {
        c->fault = j->outcomes.list[c->outcome].next_days ? STAFF_REPLY_CLEAR : STAFF_REPLY_NO_TIME;
        return;
    }
    if (*press->day && staff_day_parse(press->day, &day)) {
        c->fault = STAFF_REPLY_TIME;
        return;
    }
    wall = staff_day_civil(day);
    wall.hour = 9;
    if (*press->hour && !read_hour(press->hour, &wall)) {
        c->fault = STAFF_REPLY_TIME;
        return;
    }
    c->at = local_zone_to_utc(j->clock.zone, &wall);
    if (c->at <= j->now)
        c->fault = STAFF_REPLY_PAST;
}

static enum rc write_result(struct staff_reply_job *j, const struct staff_reply_press *press,
                            struct staff_reply_command *c)
{
    const struct contact_outcome *o;

    c->verb = STAFF_REPLY_RESULT;
    c->closes = press->number.alert;
    if (press->number.alert)
        return RC_OK;
    c->outcome = find_outcome(j, press->outcome);
    if (c->outcome == SIZE_MAX)
        return RC_INVALID;
    o = &j->outcomes.list[c->outcome];
    if (o->effect == CONTACT_EFFECT_CALL_BACK)
        read_when(j, press, c);
    return o->on ? RC_OK : RC_INVALID;
}

/* As if it had been written. */
static enum rc write_command(struct staff_reply_job *j, const struct staff_reply_press *press)
{
    struct staff_reply_command *c = &j->reply.list[0];

    *c = (struct staff_reply_command){ .outcome = SIZE_MAX,
                                       .numbers = { press->number },
                                       .n = 1,
                                       .note = press->note,
                                       .note_len = strlen(press->note) };
    j->reply.n = 1;
    switch (press->button) {
    case STAFF_REPLY_BUTTON_RESULT:
        return write_result(j, press, c);
    case STAFF_REPLY_BUTTON_SEEN:
        c->verb = STAFF_REPLY_ACKNOWLEDGE;
        return RC_OK;
    case STAFF_REPLY_BUTTON_LATER:
        c->verb = STAFF_REPLY_SNOOZE;
        c->at = j->now + AN_HOUR_US;
        return RC_OK;
    }
    return RC_INVALID;
}

static enum rc check_told(struct db *db, const struct staff_reply_press *press)
{
    const enum matter_kind kind = press->number.alert ? MATTER_ALERT : MATTER_TASK;
    bool told = false;
    enum rc rc = notice_names(db, press->notice_id, kind, press->number.id, &told);

    return rc ? rc : told ? RC_OK : RC_NOTFOUND;
}

static enum rc press_body(struct db *db, void *arg)
{
    struct staff_reply_job *j = arg;

    return staff_reply_do(db, j);
}

static enum rc rc_of(const struct staff_reply_act *act)
{
    if (act->command->fault)
        return RC_INVALID;
    switch (act->fate) {
    case STAFF_REPLY_DONE:
        return RC_OK;
    case STAFF_REPLY_OVER:
    case STAFF_REPLY_GONE:
    case STAFF_REPLY_NOTHING:
        return RC_CONFLICT;
    case STAFF_REPLY_UNKNOWN:
    case STAFF_REPLY_WHICH:
        return RC_NOTFOUND;
    case STAFF_REPLY_REFUSED:
    case STAFF_REPLY_NO_SUCH:
    case STAFF_REPLY_SILENT:
        break;
    }
    return RC_INVALID;
}

/* It is shown once and kept nowhere, so it names the customer whatever was done. */
static const char *say(struct staff_reply_job *j, const struct staff_reply_subject *s)
{
    struct staff_reply_act act = j->works[0].act;
    struct buffer text;
    const char *said;

    act.name = s && s->theirs ? s->name : "";
    buffer_init(&text, SAID_MAX);
    staff_reply_write(
        &(struct staff_reply_answer){
            .acts = &act, .n = 1, .outcomes = j->words, .clock = &j->clock, .pressed = true },
        &text);
    said = text.starved ? NULL : arena_copy(j->arena, buffer_text(&text), text.len);
    buffer_close(&text);
    return said;
}

enum rc staff_reply_press(struct db *db, const struct staff_reply_rules *rules,
                          const struct staff_reply_press *press, utc_us now, struct arena *arena,
                          struct staff_reply_done *out)
{
    struct staff_answer answer = { .at = now };
    struct staff_reply_job *j = arena_alloc(arena, sizeof(*j));
    const struct staff_reply_subject *s = NULL;
    enum rc rc;

    *out = (struct staff_reply_done){ .outcome = "" };
    if (!j)
        return RC_FAIL;
    *j = (struct staff_reply_job){ .rules = rules,
                                   .answer = &answer,
                                   .via = CONTACT_BY_LINK,
                                   .now = now,
                                   .arena = arena,
                                   .out = out };
    rc = open_notice(db, j, press->notice_id);
    if (!rc)
        rc = check_told(db, press);
    if (!rc)
        rc = write_command(j, press);
    if (!rc)
        rc = staff_reply_plan(db, j);
    if (!rc)
        rc = staff_reply_look(db, j, &press->number, &s);
    if (!rc)
        rc = j->n_works ? db_transaction(db, press_body, j) : RC_FAIL;
    if (!rc) {
        out->said = say(j, s);
        rc = rc_of(&j->works[0].act);
    }
    if (j->me)
        out->staff_id = j->me->id;
    staff_reply_close(j);
    return rc;
}
