/* consent_request.c - requests for consent: sent once, answered once. */
#include "store/consent_request.h"

#include <stdio.h>
#include <string.h>

#include "domain/markup.h"
#include "domain/sms_text.h"
#include "store/consent_private.h"
#include "store/outbox.h"

static const char SQL_PENDING[] =
    "SELECT wording, form, page, remote_address, recorded_by, message_id"
    "  FROM consent_request"
    " WHERE channel = ? AND address = ? AND purpose = 'promo' AND state = 'pending'"
    "   AND expires_at > ?"
    "   FOR UPDATE";

static const char SQL_ANSWERED[] =
    "UPDATE consent_request"
    "   SET state = ?, answered_at = ?, answer_ref = ?"
    " WHERE channel = ? AND address = ? AND purpose = 'promo' AND state = 'pending'";

/* Who has the address: the one whose language is asked in is the first. */
#define REACHABLE                                \
    "   AND p.channel = ? AND p.state = 'valid'" \
    "   AND c.erased_at IS NULL AND NOT c.do_not_contact"
static const char SQL_WHO[] = "SELECT c.id, c.language, p.address"
                              "  FROM contact_point p"
                              "  JOIN customer c ON c.id = p.customer_id"
                              " WHERE p.address = ?" REACHABLE " ORDER BY c.id"
                              " LIMIT 1";

static const char SQL_WHOSE[] = "SELECT c.id, c.language, p.address"
                                "  FROM contact_point p"
                                "  JOIN customer c ON c.id = p.customer_id"
                                " WHERE p.customer_id = ? AND p.is_primary" REACHABLE " LIMIT 1";

/* The newest refusal: of the address itself, or of one who has it. */
static const char SQL_REFUSED[] =
    "SELECT MAX(at)"
    "  FROM (SELECT o.at"
    "          FROM opt_out o"
    "         WHERE o.channel = ? AND o.address = ? AND o.sender = ''"
    "         UNION ALL"
    "        SELECT k.at"
    "          FROM contact_point p"
    "          JOIN consent_current k ON k.customer_id = p.customer_id"
    "                                AND k.channel = p.channel AND k.purpose = 'promo'"
    "         WHERE p.channel = ? AND p.address = ? AND k.state = 'withdrawn') refusals";

static const char SQL_LAST[] = "SELECT asked_at, expires_at"
                               "  FROM consent_request"
                               " WHERE channel = ? AND address = ? AND purpose = 'promo'"
                               "   FOR UPDATE";

static const char SQL_FORGET[] = "DELETE FROM consent_request"
                                 " WHERE channel = ? AND address = ? AND purpose = 'promo'";

static const char SQL_ASK[] =
    "INSERT INTO consent_request"
    "       (channel, address, purpose, state, message_id, wording, asked_at, expires_at, source,"
    "        source_ref, form, page, remote_address, recorded_by)"
    "VALUES (?, ?, 'promo', 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

enum rc consent_request_pending(struct db *db, enum channel channel, const char *address, utc_us at,
                                struct consent_request *out)
{
    struct db_rows *rows;
    bool found;
    enum rc rc =
        db_query(db, SQL_PENDING,
                 DB_IN(db_text(channel_name(channel)), db_text(address), db_time(at)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        snprintf(out->wording, sizeof(out->wording), "%s", db_get_text(rows, 0));
        snprintf(out->form, sizeof(out->form), "%s", db_get_text(rows, 1));
        snprintf(out->page, sizeof(out->page), "%s", db_get_text(rows, 2));
        snprintf(out->remote_address, sizeof(out->remote_address), "%s", db_get_text(rows, 3));
        snprintf(out->recorded_by, sizeof(out->recorded_by), "%s", db_get_text(rows, 4));
        snprintf(out->message_ref, sizeof(out->message_ref), "%llu",
                 (unsigned long long)db_get_u64(rows, 5));
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

static enum rc answered(struct db *db, enum channel channel, const char *address, utc_us at,
                        const char *state, const char *ref)
{
    return db_run(db, SQL_ANSWERED,
                  DB_IN(db_text(state), db_time(at), db_text(ref), db_text(channel_name(channel)),
                        db_text(address)),
                  NULL);
}

enum rc consent_request_granted(struct db *db, enum channel channel, const char *address, utc_us at,
                                const char *answer_ref)
{
    return answered(db, channel, address, at, "granted", answer_ref);
}

enum rc consent_request_refused(struct db *db, enum channel channel, const char *address, utc_us at,
                                const char *answer_ref)
{
    return answered(db, channel, address, at, "refused", answer_ref);
}

enum rc consent_request_yes(struct db *db, const struct consent_act *act,
                            const struct consent_ids *ids, bool *changed)
{
    char wording[CONSENT_WORDING_MAX * 8];
    struct consent_request request;
    struct consent_act yes = *act;
    enum rc rc = consent_request_pending(db, act->channel, act->address, act->at, &request);

    if (rc)
        return rc;
    snprintf(wording, sizeof(wording), "%.*s\n> %s", CONSENT_WORDING_MAX * 3, act->wording,
             request.wording);
    yes.wording = wording;
    yes.source = CONSENT_BY_DOUBLE_OPT_IN;
    yes.evidence = (struct consent_evidence){ .form = request.form,
                                              .page = request.page,
                                              .remote_address = request.remote_address,
                                              .recorded_by = request.recorded_by,
                                              .request_ref = request.message_ref };
    yes.anew = true;
    rc = consent_restore_address(db, &yes, ids, changed);
    return rc ? rc
              : consent_request_granted(db, act->channel, act->address, act->at, act->source_ref);
}

/* --- asking --- */

struct ask {
    struct consent_asking asking;
    const char *channel, *what; /* its name; what an address of it is called */
    char address[ADDRESS_SIZE];
    bool french; /* the language of the one who is asked */
    uint64_t customer_id;
    struct outbox_draft draft;
    uint64_t message_id;
    utc_us now;
    struct error *err;
};

static enum rc check_refusal(struct db *db, const struct ask *a)
{
    const struct consent_asking *k = &a->asking;
    char at[CLOCK_TEXT_SIZE];
    struct db_rows *rows;
    utc_us refused = 0;
    const struct db_value channel = db_text(a->channel), address = db_text(k->address);
    enum rc rc = db_query(db, SQL_REFUSED, DB_IN(channel, address, channel, address), &rows);

    if (rc)
        return rc;
    if (db_next(rows))
        refused = db_get_time(rows, 0);
    rc = db_rows_end(rows);
    if (rc || !refused || k->said_at > refused)
        return rc;
    return error_set(a->err, RC_CONFLICT,
                     "this %s refused on %.10s; it may be asked again only when the person "
                     "asks for it: give the date (at) of a form or a word later than that",
                     a->what, clock_format(refused, at));
}

static enum rc check_last(struct db *db, const struct ask *a)
{
    char asked[CLOCK_TEXT_SIZE], until[CLOCK_TEXT_SIZE];
    utc_us asked_at = 0, expires_at = 0;
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_LAST, DB_IN(db_text(a->channel), db_text(a->asking.address)), &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        asked_at = db_get_time(rows, 0);
        expires_at = db_get_time(rows, 1);
    }
    rc = db_rows_end(rows);
    if (rc || expires_at <= a->now)
        return rc;
    return error_set(a->err, RC_CONFLICT,
                     "this %s was asked on %.10s already; it is not asked again before %.10s",
                     a->what, clock_format(asked_at, asked), clock_format(expires_at, until));
}

static enum rc ask_body(struct db *db, void *arg)
{
    struct ask *a = arg;
    const struct consent_asking *k = &a->asking;
    char wording[CONSENT_WORDING_MAX * 4 + 1], form[CONSENT_REF_MAX * 4 + 1];
    char page[CONSENT_PAGE_MAX * 4 + 1], remote[CONSENT_REF_MAX * 4 + 1];
    char ref[CONSENT_REF_MAX * 4 + 1], by[CONSENT_REF_MAX * 4 + 1];
    enum rc rc = check_refusal(db, a);

    if (!rc)
        rc = check_last(db, a);
    if (!rc)
        rc = db_run(db, SQL_FORGET, DB_IN(db_text(a->channel), db_text(k->address)), NULL);
    if (!rc)
        rc = db_run(db, SQL_ASK,
                    DB_IN(db_text(a->channel), db_text(k->address), db_u64(a->message_id),
                          consent_cut(a->draft.text, CONSENT_WORDING_MAX, wording), db_time(a->now),
                          db_time(a->now + k->expires_s * USEC_PER_SEC),
                          db_text(consent_source_name(k->source)),
                          consent_cut(k->source_ref, CONSENT_REF_MAX, ref),
                          consent_cut(k->evidence.form, CONSENT_REF_MAX, form),
                          consent_cut(k->evidence.page, CONSENT_PAGE_MAX, page),
                          consent_cut(k->evidence.remote_address, CONSENT_REF_MAX, remote),
                          consent_cut(k->evidence.recorded_by, CONSENT_REF_MAX, by)),
                    NULL);
    if (rc == RC_CONFLICT && !a->err->text[0])
        error_set(a->err, rc, "this %s is being asked already", a->what);
    return rc ? rc : outbox_enqueue(db, a->message_id, a->now, &a->draft);
}

/* By the first who has the address, or the customer's own. */
static enum rc find_person(struct db *db, struct ask *a)
{
    const struct consent_asking *k = &a->asking;
    struct db_rows *rows;
    bool found;
    enum rc rc =
        k->customer_id
            ? db_query(db, SQL_WHOSE, DB_IN(db_u64(k->customer_id), db_text(a->channel)), &rows)
            : db_query(db, SQL_WHO, DB_IN(db_text(k->address), db_text(a->channel)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        a->customer_id = db_get_u64(rows, 0);
        a->french = strcmp(db_get_text(rows, 1), "fr") == 0;
        snprintf(a->address, sizeof(a->address), "%s", db_get_text(rows, 2));
        a->asking.address = a->address;
    }
    rc = db_rows_end(rows);
    if (rc || found)
        return rc;
    return error_set(a->err, RC_NOTFOUND,
                     k->customer_id ? "there is no such customer with a valid %s who may be "
                                      "written to"
                                    : "no customer who may be written to has this %s",
                     a->what);
}

static enum rc measure_sms(struct ask *a)
{
    struct sms_measure measure;

    if (sms_text_measure(a->draft.text, &measure) || measure.parts > SMS_PARTS_MAX)
        return error_set(a->err, RC_INVALID, "the text that asks is too long");
    a->draft.encoding = sms_encoding_name(measure.encoding);
    a->draft.parts = measure.parts;
    return RC_OK;
}

static enum rc measure_mail(struct ask *a)
{
    a->draft.subject = a->asking.subject[!a->french];
    a->draft.encoding = "utf8";
    a->draft.parts = 1;
    return markup_check(a->draft.text, a->err);
}

static enum rc make_draft(struct ask *a)
{
    const struct consent_asking *k = &a->asking;
    const int64_t wait_s = k->expires_s < SEC_PER_DAY ? k->expires_s : SEC_PER_DAY;

    a->draft = (struct outbox_draft){
        .channel = k->channel,
        .class = CLASS_SERVICE,
        .customer_id = a->customer_id,
        .address = k->address,
        .sender = k->sender,
        .text = k->text[!a->french],
        .legal_basis = "double_opt_in",
        .routes = k->routes,
        .due_at = a->now,
        .expires_at = a->now + wait_s * USEC_PER_SEC,
    };
    return k->channel == CHANNEL_EMAIL ? measure_mail(a) : measure_sms(a);
}

enum rc consent_ask(struct db *db, const struct consent_asking *asking, struct consent_asked *out,
                    struct error *err)
{
    struct ask a = { .asking = *asking,
                     .channel = channel_name(asking->channel),
                     .what = asking->channel == CHANNEL_EMAIL ? "address" : "number",
                     .now = clock_now(),
                     .err = err };
    enum rc rc;

    err->text[0] = '\0';
    rc = find_person(db, &a);
    if (!rc)
        rc = make_draft(&a);
    if (!rc)
        rc = db_new_timed_ids(db, "message", 1, &a.message_id);
    if (!rc)
        rc = db_transaction(db, ask_body, &a);
    if (!rc)
        *out = (struct consent_asked){ a.message_id, a.now + asking->expires_s * USEC_PER_SEC };
    return rc;
}
