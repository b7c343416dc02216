/* staff_reply_link.c - what stands on the page of a notice, and what its buttons do. */
#include <string.h>

#include "base/arena.h"
#include "domain/alert_words.h"
#include "store/contact_task.h"
#include "store/db.h"
#include "store/staff_reply_private.h"

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

static enum rc detail_of_task(struct db *db, uint64_t id, struct arena *arena, const char **out)
{
    struct contact_task task;
    enum rc rc = contact_task_read(db, id, arena, &task);

    *out = rc ? "" : task.title;
    return rc == RC_NOTFOUND ? RC_OK : rc;
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
                                        .open = m->state != MATTER_SETTLED };
    rc = staff_reply_look(db, j, &out->number, &s);
    if (rc)
        return rc;
    out->name = s ? s->name : "";
    out->open = out->open && s && s->waits;
    if (out->open)
        rc = alert ? detail_of_alert(db, j, m->subject_id, &out->detail)
                   : detail_of_task(db, m->subject_id, j->arena, &out->detail);
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

/* The page has no place for a date: a call back is for when the catalogue says. */
static bool may_press(const struct staff_reply_job *j, size_t outcome)
{
    const struct contact_outcome *o = &j->outcomes.list[outcome];

    return o->on && (o->effect != CONTACT_EFFECT_CALL_BACK || o->next_days);
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
        c->verb = STAFF_REPLY_RESULT;
        c->closes = press->number.alert;
        c->outcome = find_outcome(j, press->outcome);
        if (!press->number.alert && (c->outcome == SIZE_MAX || !may_press(j, c->outcome)))
            return RC_INVALID;
        return RC_OK;
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

static enum rc rc_of(enum staff_reply_fate fate)
{
    switch (fate) {
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

enum rc staff_reply_press(struct db *db, const struct staff_reply_rules *rules,
                          const struct staff_reply_press *press, utc_us now, struct arena *arena,
                          struct staff_reply_done *out)
{
    struct staff_answer answer = { .at = now };
    struct staff_reply_job *j = arena_alloc(arena, sizeof(*j));
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
    if (!rc && j->n_works)
        rc = db_transaction(db, press_body, j);
    if (!rc)
        rc = j->n_works ? rc_of(j->works[0].act.fate) : RC_FAIL;
    if (j->me)
        out->staff_id = j->me->id;
    staff_reply_close(j);
    return rc;
}
