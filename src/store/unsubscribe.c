/* unsubscribe.c - the refusal of whoever a mail went to, like a STOP that came by SMS. */
#include "store/unsubscribe.h"

#include <stdio.h>

#include "domain/consent.h"
#include "store/consent.h"
#include "store/consent_request.h"
#include "store/db.h"
#include "store/pseudonym.h"

/* The words that were on the button, for the ledger. */
#define BY_PROGRAM "List-Unsubscribe=One-Click"
#define BY_PAGE    "Me désabonner / Unsubscribe"

#define REF_SIZE 40

static const char SQL_ADDRESS[] = "SELECT address"
                                  "  FROM message"
                                  " WHERE id = ? AND channel = 'email'";

struct refusal {
    struct consent_act act;
    struct consent_ids ids;
    bool changed;
};

static enum rc read_address(struct db *db, uint64_t message_id, char out[ADDRESS_SIZE])
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_ADDRESS, DB_IN(db_u64(message_id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found)
        snprintf(out, ADDRESS_SIZE, "%s", db_get_text(rows, 0));
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

/* Where very many share the address, the last of them follow later: consent_follow(). */
static enum rc refuse(struct db *db, void *arg)
{
    struct refusal *r = arg;
    enum rc rc;

    r->changed = false;
    rc = consent_withdraw_address(db, &r->act, &r->ids, &r->changed);
    return rc ? rc
              : consent_request_refused(db, CHANNEL_EMAIL, r->act.address, r->act.at,
                                        r->act.source_ref);
}

enum rc unsubscribe(struct db *db, const struct unsubscribe *u, bool *changed)
{
    char address[ADDRESS_SIZE], ref[REF_SIZE];
    struct refusal r = { .changed = false };
    enum rc rc = read_address(db, u->message_id, address);

    if (rc)
        return rc;
    *changed = false;
    if (pseudonym_is(address))
        return RC_OK; /* its reader was erased: nobody is written to */
    snprintf(ref, sizeof(ref), "%s:%llu", u->one_click ? "one-click" : "page",
             (unsigned long long)u->message_id);
    r.act = (struct consent_act){
        .channel = CHANNEL_EMAIL,
        .address = address,
        .sender = "",
        .at = u->at,
        .source = CONSENT_BY_FORM,
        .source_ref = ref,
        .message_id = u->message_id,
        .wording = u->one_click ? BY_PROGRAM : BY_PAGE,
        .evidence = { .form = u->one_click ? CONSENT_FORM_BUTTON : CONSENT_FORM_PAGE,
                      .remote_address = u->remote_address },
    };
    rc = consent_ids_wanted(db, CHANNEL_EMAIL, address, &r.ids.n);
    if (!rc && r.ids.n)
        rc = db_new_ids(db, "consent_event", r.ids.n, &r.ids.first);
    if (!rc)
        rc = db_transaction(db, refuse, &r);
    if (!rc)
        *changed = r.changed;
    return rc;
}
