/*
 * staff_reply.c - an answer from its row to what it does, and to the answer to it.
 *
 * All that can be asked before the transaction is asked before it: who writes, what the numbers
 * are, what it means. In it, the row of the answer is locked first.
 */
#include "store/staff_reply.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/sms_text.h"
#include "domain/transliterate.h"
#include "store/alert.h"
#include "store/db.h"
#include "store/mail_out.h"
#include "store/outbox.h"
#include "store/staff_reply_private.h"

#define ANSWER_MAX      4000 /* bytes */
#define SMS_ANSWER_MAX  2    /* parts: what does not fit is cut off */
#define QUESTION_US     (3600 * USEC_PER_SEC)
#define QUESTIONS_MAX   20 /* in that time, to one person: it may be a machine that answers */
#define TRY_AGAIN_US    (15 * USEC_PER_SEC)
#define TEAM_SIZE       100 /* of logins to choose from */
#define DEFAULT_SUBJECT "Relais"

/* --- before the transaction --- */

static enum rc find_staff(struct db *db, const struct staff_answer *a, unsigned *id)
{
    struct notice n = { .staff_id = a->staff_id };
    enum rc rc = a->staff_id ? RC_OK : notice_read(db, a->notice_id, &n);

    *id = n.staff_id;
    return rc;
}

/* Those of the text's numbers that are the person's here. */
struct numbers {
    struct staff_reply_number known[STAFF_REPLY_NUMBERS_MAX], waiting[STAFF_REPLY_NUMBERS_MAX];
    size_t n_known, n_waiting;
};

static enum rc find_known(struct db *db, struct staff_reply_job *j, struct numbers *out)
{
    struct staff_reply_number found[STAFF_REPLY_NUMBERS_MAX];
    const size_t all = staff_reply_numbers(j->answer->text, found, STAFF_REPLY_NUMBERS_MAX);
    enum rc rc = RC_OK;

    out->n_known = out->n_waiting = 0;
    for (size_t i = 0; !rc && i < all; i++) {
        const struct staff_reply_subject *s;

        rc = staff_reply_look(db, j, &found[i], &s);
        if (rc || !s || !s->theirs)
            continue;
        out->known[out->n_known++] = found[i];
        if (s->waits)
            out->waiting[out->n_waiting++] = found[i];
    }
    return rc;
}

static struct staff_reply_person *people_of(const struct staff_reply_job *j, size_t *n)
{
    struct staff_reply_person *list = arena_alloc(j->arena, (j->book.n_staff + 1) * sizeof(*list));
    const struct civil wall = local_zone_civil(j->clock.zone, j->now);

    *n = 0;
    for (size_t i = 0; list && i < j->book.n_staff; i++) {
        const struct staff_member *m = &j->book.staff[i];
        if (staff_works_here(m, staff_day(&wall)))
            list[(*n)++] = (struct staff_reply_person){ m->id, m->login, m->name };
    }
    return list;
}

static enum rc read_text(struct db *db, struct staff_reply_job *j)
{
    struct numbers mine;
    struct staff_reply_context context = { .outcomes = j->words,
                                           .n_outcomes = j->outcomes.n,
                                           .known = mine.known,
                                           .waiting = mine.waiting,
                                           .clock = j->clock };
    enum rc rc = find_known(db, j, &mine);

    if (rc)
        return rc;
    context.n_known = mine.n_known;
    context.n_waiting = mine.n_waiting;
    context.people = people_of(j, &context.n_people);
    if (!context.people)
        return RC_FAIL;
    rc = staff_reply_parse(j->answer->text, &context, j->arena, &j->reply);
    if (!rc && context.n_known) /* "Le 1234 ?" names what it is about */
        j->reply.sure = true;
    return rc;
}

static enum rc take_ids(struct db *db, struct staff_reply_job *j)
{
    switch (j->answer->channel) {
    case CHANNEL_SMS:
        return db_new_timed_ids(db, "message", 1, &j->message_id);
    case CHANNEL_EMAIL:
        return mail_out_new_ids(db, 1, &j->mail_id);
    }
    return RC_FAIL;
}

static enum staff_answer_outcome not_understood(const struct staff_reply_job *j)
{
    return j->reply.n ? STAFF_ANSWER_UNCLEAR : STAFF_ANSWER_CHATTER;
}

static enum rc prepare(struct db *db, struct staff_reply_job *j)
{
    enum rc rc = read_text(db, j);

    if (!rc)
        rc = staff_reply_told(db, j, j->answer->notice_id);
    if (!rc && j->answer->channel == CHANNEL_SMS)
        rc = staff_reply_is_customer(db, j);
    if (!rc)
        rc = staff_answer_told(db, j->me->id, not_understood(j), j->now - QUESTION_US,
                               &j->questions);
    if (!rc)
        rc = staff_reply_plan(db, j);
    return rc ? rc : take_ids(db, j);
}

/* --- the answer to it --- */

static bool was_understood(const struct staff_reply_job *j)
{
    for (size_t i = 0; i < j->n_works; i++) {
        if (j->works[i].doable)
            return true;
    }
    return false;
}

static uint64_t an_example(const struct staff_reply_job *j)
{
    for (size_t i = 0; i < j->n_told; i++) {
        if (j->told[i].kind == MATTER_TASK && j->told[i].state != MATTER_SETTLED)
            return j->told[i].subject_id;
    }
    return 0;
}

/* Of who works here, in the team of who writes. */
static const char *team_of(const struct staff_reply_job *j, char out[TEAM_SIZE])
{
    const struct civil wall = local_zone_civil(j->clock.zone, j->now);
    size_t len = 0;

    *out = '\0';
    for (size_t i = 0; i < j->book.n_staff; i++) {
        const struct staff_member *m = &j->book.staff[i];
        const size_t more = strlen(m->login) + 2;

        if (m == j->me || m->team_id != j->me->team_id || !staff_works_here(m, staff_day(&wall)))
            continue;
        if (len + more + 4 >= TEAM_SIZE) {
            snprintf(out + len, TEAM_SIZE - len, " ...");
            break;
        }
        len += (size_t)snprintf(out + len, TEAM_SIZE - len, "%s%s", len ? ", " : "", m->login);
    }
    return out;
}

static enum rc write_answer(struct staff_reply_job *j, bool brief, struct buffer *out)
{
    struct staff_reply_act acts[STAFF_REPLY_ACTS_MAX];
    char team[TEAM_SIZE];

    for (size_t i = 0; i < j->n_works; i++)
        acts[i] = j->works[i].act;
    staff_reply_write(&(struct staff_reply_answer){ .acts = acts,
                                                    .n = j->n_works,
                                                    .outcomes = j->words,
                                                    .clock = &j->clock,
                                                    .example = an_example(j),
                                                    .team = team_of(j, team),
                                                    .last = !was_understood(j) &&
                                                            j->questions + 1 == QUESTIONS_MAX,
                                                    .more = j->more,
                                                    .unnamed = j->unnamed,
                                                    .cut = j->reply.cut,
                                                    .brief = brief },
                      out);
    return out->starved ? RC_FAIL : RC_OK;
}

static bool fits(const char *text, char out[SMS_TEXT_SIZE], struct sms_measure *m)
{
    return transliterate_to_gsm7(text, out, SMS_TEXT_SIZE) == RC_OK &&
           sms_text_measure(out, m) == RC_OK && m->parts <= SMS_ANSWER_MAX;
}

/* What fits into the parts that an answer may have: characters go from its end. */
static enum rc fit_sms(struct buffer *text, char out[SMS_TEXT_SIZE], struct sms_measure *m)
{
    size_t len = text->len;

    while (len) {
        text->data[len] = '\0';
        if (fits(text->data, out, m))
            return RC_OK;
        for (len--; len && ((unsigned char)text->data[len] & 0xC0) == 0x80; len--)
            ;
    }
    return RC_INVALID;
}

/* It comes from where the answer went to, if that is a number. */
static const char *sender_of(const struct staff_reply_job *j)
{
    const char *to = j->answer->to;
    const size_t digits = strspn(to + (*to == '+'), "0123456789");

    return digits && digits <= 16 && !to[digits + (*to == '+')] ? to : j->rules->sender;
}

static enum rc send_sms(struct db *db, struct staff_reply_job *j, struct buffer *text)
{
    char body[SMS_TEXT_SIZE];
    struct sms_measure m;
    enum rc rc;

    if (!fits(buffer_text(text), body, &m)) { /* what was done goes before what was noted */
        buffer_reset(text);
        rc = write_answer(j, true, text);
        if (rc)
            return rc;
    }
    if (fit_sms(text, body, &m))
        return RC_OK;
    j->out->messages = true;
    j->answer_id = j->message_id;
    return outbox_enqueue(db, j->message_id, j->now,
                          &(struct outbox_draft){
                              .class = CLASS_ALERT,
                              .address = j->answer->from,
                              .sender = sender_of(j),
                              .text = body,
                              .encoding = sms_encoding_name(m.encoding),
                              .parts = m.parts,
                              .legal_basis = "staff",
                              .routes = j->rules->routes,
                              .due_at = j->now,
                              .expires_at = j->now + j->rules->expires_s * USEC_PER_SEC,
                          });
}

/* To the person's own address, and not to whichever the mail came from: that may have been passed
 * on. */
static enum rc send_mail(struct db *db, struct staff_reply_job *j, const struct buffer *text)
{
    const struct staff_answer *a = j->answer;
    const bool is_reply = strncasecmp(a->subject, "re:", 3) == 0;
    char subject[4 * (MAIL_SUBJECT_MAX + 8)];

    if (!j->me || !*j->me->mail)
        return RC_OK;
    snprintf(subject, sizeof(subject), "%s%s",
             is_reply ? "" : "Re: ", *a->subject ? a->subject : DEFAULT_SUBJECT);
    j->out->mails = true;
    j->answer_id = j->mail_id;
    return mail_out_add(db, &(struct mail_new){ .id = j->mail_id,
                                                .kind = "notice",
                                                .to = j->me->mail,
                                                .subject = subject,
                                                .text = buffer_text(text),
                                                .notice_id = a->notice_id,
                                                .in_reply_to = a->message_id });
}

static enum rc send_text(struct db *db, struct staff_reply_job *j, struct buffer *text)
{
    const enum rc rc =
        j->answer->channel == CHANNEL_SMS ? send_sms(db, j, text) : send_mail(db, j, text);

    return rc == RC_INVALID ? RC_OK : rc; /* an address that is none */
}

static enum rc send_answer(struct db *db, struct staff_reply_job *j)
{
    struct buffer text;
    enum rc rc;

    buffer_init(&text, ANSWER_MAX);
    rc = write_answer(j, false, &text);
    if (!rc && text.len)
        rc = send_text(db, j, &text);
    buffer_close(&text);
    return rc;
}

/* --- the transaction --- */

/* "Ok, merci" to what we confirmed is no result of a contact. */
static bool is_thanks(const struct staff_reply_job *j)
{
    return j->reply.thanks && j->last.any && !j->last.asks;
}

/* A customer who works here writes to us as a customer, too. */
static bool is_ordinary(const struct staff_reply_job *j)
{
    if (is_thanks(j))
        return true;
    return j->is_customer && !j->reply.sure && !was_understood(j);
}

/* Who says nothing of contacts is told once an hour how to answer. Who answers, however unclearly,
 * is asked back each time: silence would be taken for consent. */
static unsigned questions_max(const struct staff_reply_job *j)
{
    return j->reply.n ? QUESTIONS_MAX : 1;
}

static enum rc settle(struct db *db, struct staff_reply_job *j, enum staff_answer_outcome outcome)
{
    j->out->outcome = staff_answer_outcome_name(outcome);
    return staff_answer_settle(db, j->answer->id, j->me->id, outcome, j->answer_id);
}

static enum rc answer_body(struct db *db, void *arg)
{
    struct staff_reply_job *j = arg;
    const bool understood = was_understood(j);
    enum rc rc = staff_answer_lock(db, j->answer->id);

    j->out->messages = j->out->mails = false;
    j->answer_id = 0;
    if (rc)
        return rc;
    if (is_ordinary(j))
        return settle(db, j, STAFF_ANSWER_ORDINARY);
    rc = staff_reply_do(db, j);
    if (!rc && (understood || j->questions < questions_max(j)))
        rc = send_answer(db, j);
    return rc ? rc : settle(db, j, understood ? STAFF_ANSWER_DONE : not_understood(j));
}

static enum rc nobody_body(struct db *db, void *arg)
{
    struct staff_reply_job *j = arg;
    enum rc rc = staff_answer_lock(db, j->answer->id);

    j->out->outcome = staff_answer_outcome_name(STAFF_ANSWER_NOBODY);
    return rc ? rc : staff_answer_settle(db, j->answer->id, 0, STAFF_ANSWER_NOBODY, 0);
}

static enum rc do_answer(struct db *db, struct staff_reply_job *j)
{
    unsigned staff_id = 0;
    enum rc rc = find_staff(db, j->answer, &staff_id);

    if (!rc)
        rc = staff_reply_open(db, j, staff_id);
    j->out->staff_id = staff_id;
    if (rc == RC_NOTFOUND)
        return db_transaction(db, nobody_body, j);
    if (!rc)
        rc = prepare(db, j);
    return rc ? rc : db_transaction(db, answer_body, j);
}

/* --- one that cannot be done --- */

static enum rc say_it_failed(struct db *db, struct staff_reply_job *j)
{
    const bool english = j->me && strcmp(j->me->language, "en") == 0;
    struct buffer text;
    enum rc rc;

    buffer_init(&text, ANSWER_MAX);
    buffer_add_text(&text, english ? "Your answer could not be noted. Please record it in another "
                                     "way, or tell your manager."
                                   : "Votre réponse n'a pas pu être notée. Notez-la autrement, ou "
                                     "dites-le à votre responsable.");
    rc = text.starved ? RC_FAIL : send_text(db, j, &text);
    buffer_close(&text);
    return rc;
}

static enum rc raise_alert(struct db *db, const struct staff_reply_job *j)
{
    const char *login = j->me ? j->me->login : "", *name = j->me ? j->me->name : "somebody";
    char text[ALERT_TEXT_SIZE];

    snprintf(text, sizeof(text), ALERT_SAYS_ANSWER_FAILED, (unsigned long long)j->answer->id, name,
             contact_via_name(j->via), STAFF_ANSWER_TRIES);
    return alert_put(db, j->alert_id, ALERT_ANSWER_FAILED, login, text);
}

static enum rc give_up_body(struct db *db, void *arg)
{
    struct staff_reply_job *j = arg;
    enum rc rc = staff_answer_lock(db, j->answer->id);

    j->out->messages = j->out->mails = false;
    j->answer_id = 0;
    if (!rc)
        rc = say_it_failed(db, j);
    if (!rc)
        rc = raise_alert(db, j);
    return rc ? rc
              : staff_answer_settle(db, j->answer->id, j->out->staff_id, STAFF_ANSWER_FAILED,
                                    j->answer_id);
}

static enum rc give_up_silently(struct db *db, void *arg)
{
    struct staff_reply_job *j = arg;

    j->out->messages = j->out->mails = false;
    return staff_answer_settle(db, j->answer->id, j->out->staff_id, STAFF_ANSWER_FAILED, 0);
}

/* The person is told, and an alert is open; unless it is these that cannot be done. */
static enum rc give_up(struct db *db, struct staff_reply_job *j)
{
    enum rc rc = take_ids(db, j);

    if (!j->me)
        j->me = staff_book_member(&j->book, j->out->staff_id);
    if (!rc)
        rc = alert_new_id(db, &j->alert_id);
    if (!rc)
        rc = db_transaction(db, give_up_body, j);
    if (rc == RC_FAIL || rc == RC_INVALID || rc == RC_NOTFOUND)
        rc = db_transaction(db, give_up_silently, j);
    return rc == RC_CONFLICT ? RC_OK : rc;
}

/* One that fails, for whatever is wrong with it, holds up nobody. */
static enum rc put_off(struct db *db, struct staff_reply_job *j)
{
    const struct staff_answer *a = j->answer;

    if (a->tries + 1 < STAFF_ANSWER_TRIES) {
        j->out->outcome = "put_off";
        return staff_answer_put_off(db, a->id, j->now + (a->tries + 1) * TRY_AGAIN_US);
    }
    j->out->outcome = staff_answer_outcome_name(STAFF_ANSWER_FAILED);
    return give_up(db, j);
}

enum rc staff_reply_next(struct db *db, const struct staff_reply_rules *rules, utc_us now,
                         struct arena *arena, struct staff_reply_done *out)
{
    struct staff_reply_job *j = arena_alloc(arena, sizeof(*j));
    struct staff_answer answer;
    enum rc rc = j ? staff_answer_next(db, now, arena, &answer) : RC_FAIL;

    *out = (struct staff_reply_done){ .outcome = "" };
    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    *j = (struct staff_reply_job){ .rules = rules,
                                   .answer = &answer,
                                   .via = answer.channel == CHANNEL_SMS ? CONTACT_BY_SMS
                                                                        : CONTACT_BY_MAIL,
                                   .now = now,
                                   .arena = arena,
                                   .out = out };
    rc = do_answer(db, j);
    staff_reply_close(j);
    out->answer_id = answer.id;
    if (rc == RC_CONFLICT) { /* another node did it */
        out->outcome = "elsewhere";
        return RC_OK;
    }
    if (!rc || rc == RC_AGAIN || rc == RC_UNKNOWN)
        return rc == RC_UNKNOWN ? RC_AGAIN : rc;
    return put_off(db, j);
}
