/*
 * mail_in_effect.c - what follows from one mail: a refusal, a grant, an answer, the end of a
 * message of ours.
 *
 * A refusal counts whoever sent it, for the address that the mail answers to and for the one that
 * it came from. A grant counts only when somebody vouches for the sender.
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/consent.h"
#include "store/alert.h"
#include "store/audit.h"
#include "store/consent_request.h"
#include "store/db.h"
#include "store/inbound.h"
#include "store/mail_file.h"
#include "store/mail_in_private.h"
#include "store/mail_out.h"
#include "store/staff_answer.h"
#include "store/timed_id.h"

static const char SQL_ANSWERS[] = "INSERT INTO message_reply (message_id, in_reply_to)"
                                  "VALUES (?, ?)";

static const char SQL_ENGLISH[] = "SELECT COUNT(*)"
                                  "  FROM customer"
                                  " WHERE id = ? AND language <> 'fr'";

#define WORDS_BY_TOKEN "(unsubscribed by mail, with no words)"

/* --- the addresses that a mail speaks for --- */

/* Of the message that it is about, and its sender's own: at most two. Who sent a report speaks for
 * the reader of the message alone. */
static size_t addresses_of(const struct mail_work *w, const char *out[2])
{
    size_t n = 0;

    if (*w->about_address)
        out[n++] = w->about_address;
    if (*w->item->from && w->item->kind != MAIL_IN_BOUNCE &&
        (!n || strcmp(w->item->from, out[0]) != 0))
        out[n++] = w->item->from;
    return n;
}

/* Who is granted or asked: the reader of the message when a token proves it, else the sender. */
static const char *address_of(const struct mail_work *w)
{
    return *w->about_address && strcmp(w->item->proof, "token") == 0 ? w->about_address
                                                                     : w->item->from;
}

static bool changes_consent(const struct mail_in_item *item)
{
    switch (item->keyword.action) {
    case KEYWORD_STOP:
    case KEYWORD_START:
    case KEYWORD_YES:
        return true;
    case KEYWORD_NONE:
    case KEYWORD_HELP:
    case KEYWORD_ANSWER:
        break;
    }
    return item->report == MAIL_REPORT_COMPLAINT;
}

bool mail_effect_answers(const struct mail_in_item *item)
{
    return item->may_answer && item->keyword.action != KEYWORD_NONE;
}

enum rc mail_effect_ids(struct db *db, struct mail_work *w)
{
    const char *addresses[2];
    enum rc rc = RC_OK;

    if (w->item->kind == MAIL_IN_ALERT)
        return audit_new_id(db, &w->audit_id);
    if (!changes_consent(w->item))
        return RC_OK;
    for (size_t i = 0, n = addresses_of(w, addresses); !rc && i < n; i++)
        rc = consent_ids_wanted(db, CHANNEL_EMAIL, addresses[i], &w->ids[i].n);
    return rc;
}

/* --- consents --- */

/* The words of a person; the number of the mail stands in `ref`. */
static struct consent_act act_of(const struct mail_work *w, const char *address, char ref[24])
{
    const struct mail_in_item *item = w->item;

    snprintf(ref, 24, "%llu", (unsigned long long)w->id);
    return (struct consent_act){
        .channel = CHANNEL_EMAIL,
        .address = address,
        .sender = "",
        .inbound_id = w->id,
        .message_id = w->about_known ? item->about_id : 0,
        .at = item->at,
        .source = CONSENT_BY_INBOUND,
        .source_ref = ref,
        .wording = *item->fresh     ? item->fresh
                   : *item->subject ? item->subject
                                    : WORDS_BY_TOKEN,
        .evidence = { .form = item->report == MAIL_REPORT_COMPLAINT ? CONSENT_FORM_COMPLAINT : "" },
    };
}

static const struct consent_ids *ids_of(const struct mail_work *w, const char *address)
{
    return &w->ids[*w->about_address && strcmp(address, w->about_address) != 0];
}

static enum rc refuse(struct db *db, struct mail_batch *b, struct mail_work *w, bool *changed)
{
    const char *addresses[2];
    char ref[24];
    enum rc rc = RC_OK;

    for (size_t i = 0, n = addresses_of(w, addresses); !rc && i < n; i++) {
        const struct consent_act act = act_of(w, addresses[i], ref);
        bool news = false;

        rc = consent_withdraw_address(db, &act, &w->ids[i], &news);
        if (!rc)
            rc = consent_request_refused(db, CHANNEL_EMAIL, addresses[i], act.at, ref);
        b->out->stopped[b->out->n_stopped++] = addresses[i];
        *changed = *changed || news;
    }
    w->outcome = "withdrawn";
    return rc;
}

static void leave_to_people(struct mail_work *w, const char *why)
{
    w->outcome = "not_done";
    w->reason = w->review = why;
}

static enum rc grant(struct db *db, struct mail_work *w, bool *changed)
{
    const char *address = address_of(w);
    char ref[24];
    const struct consent_act act = act_of(w, address, ref);

    if (!w->item->may_order || !*address) {
        leave_to_people(w, "unproved");
        return RC_OK;
    }
    w->outcome = "granted";
    return consent_restore_address(db, &act, ids_of(w, address), changed);
}

/* A refusal that names nobody at all is a person's to understand. */
static enum rc stop(struct db *db, struct mail_batch *b, struct mail_work *w, bool *changed)
{
    const char *addresses[2];

    if (addresses_of(w, addresses))
        return refuse(db, b, w, changed);
    leave_to_people(w, "no_address");
    return RC_OK;
}

/* A yes of somebody who was not asked is a message like any other. */
static enum rc say_yes(struct db *db, struct mail_work *w, bool *changed)
{
    const char *address = address_of(w);
    struct consent_request request;
    char ref[24];
    const struct consent_act act = act_of(w, address, ref);
    enum rc rc = consent_request_pending(db, CHANNEL_EMAIL, address, act.at, &request);

    if (!rc && !w->item->may_order) {
        leave_to_people(w, "unproved");
        return RC_OK;
    }
    if (!rc)
        rc = consent_request_yes(db, &act, ids_of(w, address), changed);
    if (!rc)
        w->outcome = "confirmed";
    if (rc == RC_NOTFOUND) {
        w->keyword = (struct keyword_found){ .action = KEYWORD_NONE, .name = "", .answer = "" };
        rc = RC_OK;
    }
    return rc;
}

/* --- answers --- */

static bool answered_in_batch(const struct mail_batch *b, const struct mail_work *w)
{
    for (size_t i = 0; &b->works[i] != w; i++) {
        if (b->works[i].answer_id && strcmp(b->works[i].item->from, w->item->from) == 0 &&
            strcmp(b->works[i].keyword.name, w->keyword.name) == 0)
            return true;
    }
    return false;
}

/* One answer a correspondent, keyword and window; none to somebody who is not known, and for whom
 * nobody vouches: it would go to whoever was named as the sender. SPF vouches for nobody: many
 * share a server. */
static enum rc may_be_answered(struct db *db, const struct mail_batch *b, const struct mail_work *w,
                               bool *may)
{
    const utc_us since = b->now - b->rules->answer_again_s * USEC_PER_SEC;
    bool lately;
    enum rc rc;

    *may = false;
    if (!mail_effect_answers(w->item) || !*address_of(w) ||
        (!w->customer_id && !w->item->may_order) || answered_in_batch(b, w))
        return RC_OK;
    rc = inbound_answered(db, w->item->from, w->keyword.name, since, &lately);
    *may = !rc && !lately;
    return rc;
}

/* What is not answered in the one language is in none. */
static const char *in_either(const char *french, const char *other, bool english)
{
    return english && *french && other && *other ? other : french;
}

static const char *answer_to(const struct mail_in_rules *rules, const struct keyword_found *k,
                             bool english)
{
    const struct mail_in_words *e = &rules->english;

    if (*k->answer)
        return k->answer;
    switch (k->action) {
    case KEYWORD_STOP:
        return in_either(rules->stop, e->stop, english);
    case KEYWORD_START:
        return in_either(rules->start, e->start, english);
    case KEYWORD_HELP:
        return in_either(rules->help, e->help, english);
    case KEYWORD_YES:
        return in_either(rules->yes, e->yes, english);
    case KEYWORD_NONE:
    case KEYWORD_ANSWER:
        break;
    }
    return "";
}

static void write_subject(char *out, size_t size, const char *subject, const char *otherwise)
{
    bool is_reply = strncasecmp(subject, "re:", 3) == 0;
    size_t len;

    snprintf(out, size, "%s%s",
             is_reply || !*subject ? "" : "Re: ", *subject ? subject : otherwise);
    len = strlen(out); /* may be cut within a character */
    while (len && ((unsigned char)out[len - 1] & 0xC0) == 0x80)
        len--;
    if (len && (unsigned char)out[len - 1] >= 0xC0 && strlen(out) == size - 1)
        out[len - 1] = '\0';
}

static enum rc answer(struct db *db, struct mail_batch *b, struct mail_work *w)
{
    const char *text = answer_to(b->rules, &w->keyword, false), *id = w->item->message_id;
    uint64_t english = 0;
    char subject[241];
    bool may;
    enum rc rc;

    if (!*text || !*b->rules->sender)
        return RC_OK;
    rc = may_be_answered(db, b, w, &may);
    if (!rc && may && w->customer_id)
        rc = db_query_u64(db, SQL_ENGLISH, DB_IN(db_u64(w->customer_id)), &english);
    if (rc || !may)
        return rc;
    text = answer_to(b->rules, &w->keyword, english);
    if (b->answers == b->message_ids)
        return RC_FAIL;
    w->answer_id = b->message_id + b->answers++;
    write_subject(subject, sizeof(subject), w->item->subject,
                  in_either(b->rules->subject, b->rules->english.subject, english));
    rc = outbox_enqueue(db, w->answer_id, b->now,
                        &(struct outbox_draft){
                            .channel = CHANNEL_EMAIL,
                            .class = CLASS_SERVICE,
                            .customer_id = w->customer_id,
                            .address = address_of(w),
                            .sender = b->rules->sender,
                            .subject = subject,
                            .text = text,
                            .encoding = "utf8",
                            .parts = 1,
                            .legal_basis = "answer_to_keyword",
                            .routes = b->rules->routes,
                            .due_at = b->now,
                            .expires_at = b->now + b->rules->expires_s * USEC_PER_SEC,
                        });
    /* A cut one would be another one. */
    if (!rc && *id && strlen(id) <= MESSAGE_ID_MAX)
        rc = db_run(db, SQL_ANSWERS, DB_IN(db_u64(w->answer_id), db_text(id)), NULL);
    b->out->answered += !rc;
    return rc;
}

static enum rc obey(struct db *db, struct mail_batch *b, struct mail_work *w)
{
    bool changed = false;
    enum rc rc = RC_OK;

    switch (w->keyword.action) {
    case KEYWORD_NONE:
        return RC_OK;
    case KEYWORD_STOP:
        rc = stop(db, b, w, &changed);
        break;
    case KEYWORD_START:
        rc = grant(db, w, &changed);
        break;
    case KEYWORD_YES:
        rc = say_yes(db, w, &changed);
        break;
    case KEYWORD_HELP:
    case KEYWORD_ANSWER:
        changed = true;
        break;
    }
    return !rc && changed ? answer(db, b, w) : rc;
}

/* --- reports --- */

static const struct {
    const char *outcome;
    enum outbox_event_kind kind;
} reports[] = {
    [MAIL_REPORT_NONE] = { "ignored", OUTBOX_PROGRESS },
    [MAIL_REPORT_HARD] = { "bounced", OUTBOX_FAILED },
    [MAIL_REPORT_FAILED] = { "bounced", OUTBOX_FAILED },
    [MAIL_REPORT_DELAYED] = { "delayed", OUTBOX_PROGRESS },
    [MAIL_REPORT_DELIVERED] = { "delivered", OUTBOX_DELIVERED },
    [MAIL_REPORT_COMPLAINT] = { "complained", OUTBOX_PROGRESS },
};

/* A message may be named in a report about another mail, as when its reader passed it on. Who
 * complains may be left out: what follows is a refusal, and that counts whoever says it. */
static bool is_about_another(const struct mail_work *w)
{
    const struct mail_in_item *item = w->item;

    return item->report_names && *item->report_names && item->report != MAIL_REPORT_COMPLAINT &&
           strcasecmp(item->report_names, w->about_address) != 0;
}

/* Whom it does not name it does not blame. */
static unsigned suppresses_after(const struct mail_batch *b, const struct mail_in_item *item)
{
    const bool blames = !item->report_names || *item->report_names;

    return item->report == MAIL_REPORT_HARD && blames ? b->rules->suppress_after : 0;
}

/* A complaint is a refusal in other words. */
static enum rc take_report(struct db *db, struct mail_batch *b, struct mail_work *w)
{
    const struct mail_in_item *item = w->item;
    const enum mail_report report = item->report;
    bool changed = false;
    struct outbox_event *e;
    enum rc rc;

    w->outcome = reports[report].outcome;
    w->reason = item->reason;
    if (report == MAIL_REPORT_NONE)
        return RC_OK;
    if (!w->about_known) {
        w->reason = "no_such_message";
        return RC_OK;
    }
    if (is_about_another(w)) {
        w->outcome = reports[MAIL_REPORT_NONE].outcome;
        w->reason = "other_address";
        return RC_OK;
    }
    e = &b->reports.events[b->reports.n++];
    *e = (struct outbox_event){
        .message_id = item->about_id,
        .single = true,
        .kind = reports[report].kind,
        .suppress_after = suppresses_after(b, item),
        .code = item->code,
        .at = item->at,
    };
    snprintf(e->detail, sizeof(e->detail), "%s", item->reason);
    if (report != MAIL_REPORT_COMPLAINT)
        return RC_OK;
    rc = refuse(db, b, w, &changed);
    w->outcome = reports[report].outcome;
    return rc;
}

static enum rc take_alert(struct db *db, struct mail_work *w)
{
    const struct mail_in_item *item = w->item;
    char who[64 + 1];
    enum rc rc;

    w->outcome = "ignored";
    if (!item->may_order) {
        w->reason = "automatic";
        return RC_OK;
    }
    snprintf(who, sizeof(who), "mail %llu", (unsigned long long)w->id);
    rc = alert_answer(db, item->about_id,
                      &(struct alert_reply){ w->audit_id, who, item->fresh, item->settles });
    if (rc == RC_NOTFOUND || rc == RC_CONFLICT) {
        w->reason = rc == RC_CONFLICT ? "closed_before" : "no_such_alert";
        return RC_OK;
    }
    w->outcome = item->settles ? "closed" : "acknowledged";
    return rc;
}

static enum rc take_house_report(struct db *db, struct mail_work *w)
{
    const struct mail_in_item *item = w->item;

    w->outcome = reports[item->report].outcome;
    w->reason = item->reason;
    if (item->report != MAIL_REPORT_HARD && item->report != MAIL_REPORT_FAILED)
        return RC_OK;
    return mail_out_bounced(db, item->about_id, item->code, item->reason, item->at);
}

/* What it says is done a little later (store/staff_reply.h). */
static enum rc take_staff_answer(struct db *db, struct mail_batch *b, struct mail_work *w)
{
    const struct mail_in_item *item = w->item;
    enum rc rc;

    if (!item->may_order) {
        w->outcome = "ignored";
        w->reason = "automatic";
        return RC_OK;
    }
    rc = staff_answer_of_mail(db, &(struct staff_answer){ .id = w->id,
                                                          .at = item->at,
                                                          .notice_id = item->about_id,
                                                          .from = item->from,
                                                          .to = item->recipient,
                                                          .subject = item->subject,
                                                          .message_id = item->message_id,
                                                          .text = item->fresh });
    b->out->of_staff += !rc;
    return rc;
}

/* What was kept is taken, whatever was not. */
static void take_files(struct mail_work *w)
{
    const struct mail_in_item *item = w->item;
    const bool lost = item->attachments > item->n_documents ||
                      mail_files_lost(item->documents, item->n_documents);

    w->takes_files = !*w->review && mail_files_among(item->documents, item->n_documents);
    if (!*w->review && lost)
        w->review = "not_kept";
    if (!*w->review && !w->takes_files)
        w->review = "no_file";
    w->outcome = w->takes_files ? "files" : "not_done";
    w->reason = w->review;
}

/* People write from another mailbox than the one that we write to, and the more so to refuse: who
 * it was is a person's to find out. What answers to a message has done what it could with that
 * one's address. */
static bool is_of_nobody(const struct mail_work *w)
{
    if (w->customer_id)
        return false;
    if (w->keyword.action == KEYWORD_STOP)
        return !w->about_known;
    return !*w->item->automatic && (w->keyword.action == KEYWORD_NONE || !w->about_known);
}

enum rc mail_effect(struct db *db, struct mail_batch *b, struct mail_work *w)
{
    const struct mail_in_item *item = w->item;
    enum rc rc;

    w->keyword = item->keyword;
    w->answer_id = 0;
    w->takes_files = false;
    w->outcome = "recorded";
    w->reason = "";
    w->review = item->review;
    switch (item->kind) {
    case MAIL_IN_BOUNCE:
        return take_report(db, b, w);
    case MAIL_IN_ALERT:
        return take_alert(db, w);
    case MAIL_IN_HOUSE:
        return take_house_report(db, w);
    case MAIL_IN_NOTICE:
        return take_staff_answer(db, b, w);
    case MAIL_IN_IMPORT:
        take_files(w);
        return RC_OK;
    case MAIL_IN_MESSAGE:
    case MAIL_IN_REPLY:
    case MAIL_IN_UNSUBSCRIBE:
    case MAIL_IN_KINDS:
        break;
    }
    rc = obey(db, b, w);
    if (!*w->review && is_of_nobody(w))
        w->review = "unknown_sender";
    return rc;
}
