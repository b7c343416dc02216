/* staff_reply_look.c - who answers, what the numbers are, and whose. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/staff_right.h"
#include "store/contact_outcome.h"
#include "store/contact_task.h"
#include "store/db.h"
#include "store/staff.h"
#include "store/staff_reply_private.h"

/* An "OK" without a number is about what was told lately. */
#define LATELY_US (3 * SEC_PER_DAY * USEC_PER_SEC)
#define WAS_SIZE  512 /* a label of the catalogue and a name */

static const char SQL_ALERT[] = "SELECT subject, closed_at IS NOT NULL"
                                "  FROM alert"
                                " WHERE id = ?";

static const char SQL_IS_CUSTOMER[] = "SELECT COUNT(*)"
                                      "  FROM contact_point"
                                      " WHERE address = ? AND channel = 'sms'";

/* --- who --- */

static const char *zone_name(const struct staff_reply_job *j)
{
    const struct team *team = staff_book_team(&j->book, j->me->team_id);

    return *j->me->timezone ? j->me->timezone : team ? team->timezone : "";
}

static enum rc read_outcomes(struct db *db, struct staff_reply_job *j)
{
    enum rc rc = contact_outcomes_read(db, &j->outcomes);

    if (rc)
        return rc;
    j->words = contact_outcomes_words(&j->outcomes, j->arena);
    return j->words ? RC_OK : RC_FAIL;
}

static int today(const struct staff_reply_job *j)
{
    const struct civil wall = local_zone_civil(j->clock.zone, j->now);

    return staff_day(&wall);
}

enum rc staff_reply_open(struct db *db, struct staff_reply_job *j, unsigned staff_id)
{
    enum rc rc = staff_book_read(db, j->arena, &j->book);

    if (!rc)
        rc = zone_shelf_open(&j->zones, j->rules->timezone, NULL);
    if (rc)
        return rc;
    j->me = staff_book_member(&j->book, staff_id);
    if (!j->me)
        return RC_NOTFOUND;
    j->clock = (struct reply_clock){ .zone = zone_shelf_get(&j->zones, zone_name(j)),
                                     .now = j->answer->at,
                                     .english = strcmp(j->me->language, "en") == 0 };
    if (!staff_works_here(j->me, today(j)))
        return RC_NOTFOUND;
    j->house = (struct contact_house){ j->rules->timezone, j->rules->holidays };
    return read_outcomes(db, j);
}

void staff_reply_close(struct staff_reply_job *j)
{
    zone_shelf_close(&j->zones);
}

/* --- whose --- */

static bool may(const struct staff_reply_job *j, enum staff_deed deed,
                const struct staff_subject *subject)
{
    return staff_may(&j->book, j->me, deed, subject, today(j));
}

/* "wrong number, Anna". */
static enum rc say_result(struct staff_reply_job *j, const struct contact_task *task,
                          const char **out)
{
    const struct staff_member *by = staff_book_login(&j->book, task->done_by);
    const char *label = task->outcome;
    char text[WAS_SIZE];

    for (size_t i = 0; i < j->outcomes.n; i++) {
        if (strcmp(j->words[i].code, task->outcome) == 0)
            label = j->clock.english ? j->words[i].label_en : j->words[i].label_fr;
    }
    snprintf(text, sizeof(text), "%s%s%s", label, by ? ", " : "", by ? by->name : "");
    *out = arena_copy(j->arena, text, strlen(text));
    return *out ? RC_OK : RC_FAIL;
}

static enum rc look_task(struct db *db, struct staff_reply_job *j, struct staff_reply_subject *s,
                         struct staff_subject *whose)
{
    const struct staff_member *whom;
    struct contact_task task;
    enum rc rc = contact_task_read(db, s->number.id, j->arena, &task);

    if (rc)
        return rc;
    s->name = task.customer_name;
    /* A call that was made counts, unless it was a person who had no use for it any more. */
    s->over = task.withdrawn;
    s->gone = task.state == CONTACT_CANCELLED;
    s->waits = task.state == CONTACT_OPEN;
    *whose = (struct staff_subject){ .staff_id = task.staff_id,
                                     .team_id = task.team_id,
                                     .done_by = task.done_by };
    s->corrects = may(j, STAFF_CORRECTS, whose);
    whom = staff_book_member(&j->book, task.staff_id);
    if (whom && whom->team_id == j->me->team_id)
        s->has = whom->name;
    if (task.state != CONTACT_DONE)
        return RC_OK;
    s->over = !s->corrects;
    return say_result(j, &task, &s->was);
}

static enum rc look_alert(struct db *db, struct staff_reply_job *j, struct staff_reply_subject *s)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_ALERT, DB_IN(db_u64(s->number.id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        s->name = arena_copy(j->arena, db_get_text(rows, 0), strlen(db_get_text(rows, 0)));
        s->over = db_get_u64(rows, 1);
        s->waits = !s->over;
    }
    rc = db_rows_end(rows);
    return rc ? rc : !found ? RC_NOTFOUND : s->name ? RC_OK : RC_FAIL;
}

static const struct staff_reply_subject *looked(const struct staff_reply_job *j,
                                                const struct staff_reply_number *number)
{
    for (size_t i = 0; i < j->n_subjects; i++) {
        const struct staff_reply_subject *s = &j->subjects[i];
        if (s->number.alert == number->alert && s->number.id == number->id)
            return s;
    }
    return NULL;
}

enum rc staff_reply_look(struct db *db, struct staff_reply_job *j,
                         const struct staff_reply_number *number,
                         const struct staff_reply_subject **out)
{
    struct staff_reply_subject s = { .number = *number };
    struct staff_subject whose = { .staff_id = 0 }; /* an alert is any team's */
    enum rc rc;

    *out = looked(j, number);
    if (*out || j->n_subjects == STAFF_REPLY_SUBJECTS_MAX)
        return RC_OK;
    rc = number->alert ? look_alert(db, j, &s) : look_task(db, j, &s, &whose);
    if (!rc && !may(j, STAFF_DOES, &whose))
        rc = notice_knows(db, j->me->id, number->alert ? MATTER_ALERT : MATTER_TASK, number->id,
                          &whose.told);
    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    s.theirs = may(j, STAFF_DOES, &whose);
    j->subjects[j->n_subjects] = s;
    *out = &j->subjects[j->n_subjects++];
    return RC_OK;
}

/* Of a long list an SMS names the first: nobody can mean what he or she has not seen. A mail, which
 * is answered as such, names all. */
static enum rc find_named(struct db *db, struct staff_reply_job *j, const struct notice *n)
{
    const char *sms = NULL;
    enum rc rc = j->answer->channel == CHANNEL_SMS && n->staff_id
                     ? notice_sms_of(db, n, j->arena, &sms)
                     : RC_OK;

    j->told_named = sms ? 0 : j->told_open;
    for (size_t i = 0; !rc && i < j->n_told; i++) {
        const struct notice_matter *m = &j->told[i];

        j->named[i] = !sms || notice_sms_names(sms, m->kind == MATTER_ALERT, m->subject_id);
        j->told_named += sms && j->named[i] && m->state != MATTER_SETTLED;
    }
    return rc;
}

/* The one contact that a word alone may be about: did we write of something else since? */
static enum rc find_last(struct db *db, struct staff_reply_job *j, utc_us since)
{
    const struct notice_matter *m = j->told;
    char number[NOTICE_NUMBER_SIZE] = "0";

    if (j->n_told)
        notice_number(m->kind == MATTER_ALERT, m->subject_id, number);
    return staff_answer_last(db, j->me->id, since, j->answer->at, number, &j->last);
}

enum rc staff_reply_told(struct db *db, struct staff_reply_job *j, uint64_t notice_id)
{
    const utc_us at = j->answer->at, since = at - LATELY_US;
    struct notice_told told = { .list = j->told, .room = STAFF_REPLY_TOLD_MAX };
    struct notice n = { .id = notice_id };
    size_t others = 0;
    enum rc rc = notice_id ? RC_OK : notice_last(db, j->me->id, since, at, &n);

    if (rc == RC_NOTFOUND)
        rc = RC_OK;
    if (!rc && n.id)
        rc = notice_matters(db, n.id, &told);
    if (!rc && !notice_id)
        rc = notice_others(db, j->me->id, since, n.id, &others);
    j->n_told = told.n;
    j->told_all = told.all;
    j->told_open = told.open;
    j->others = others != 0;
    if (!rc && !notice_id)
        rc = find_last(db, j, since);
    return rc ? rc : find_named(db, j, &n);
}

enum rc staff_reply_is_customer(struct db *db, struct staff_reply_job *j)
{
    uint64_t n = 0;
    enum rc rc = db_query_u64(db, SQL_IS_CUSTOMER, DB_IN(db_text(j->answer->from)), &n);

    j->is_customer = n > 0;
    return rc;
}
