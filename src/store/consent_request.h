/*
 * consent_request.h - double opt-in: we ask an address for its consent, and its yes is the consent.
 *
 * One request waits for each address and purpose. Until it has expired nobody is asked a second
 * time; a yes that comes later does not count.
 */
#pragma once

#include "store/consent.h"

struct route_table;

/* What an answer needs to know of the request. */
struct consent_request {
    char wording[CONSENT_WORDING_MAX * 4 + 1];
    char form[CONSENT_REF_MAX * 4 + 1], page[CONSENT_PAGE_MAX * 4 + 1];
    char remote_address[CONSENT_REF_MAX * 4 + 1], recorded_by[CONSENT_REF_MAX * 4 + 1];
    char message_ref[24];
};

/* All three are part of the caller's transaction. RC_NOTFOUND: nobody asked, or too long ago. */
enum rc consent_request_pending(struct db *db, enum channel channel, const char *address, utc_us at,
                                struct consent_request *out) MUST_CHECK;
enum rc consent_request_granted(struct db *db, enum channel channel, const char *address, utc_us at,
                                const char *answer_ref) MUST_CHECK;
enum rc consent_request_refused(struct db *db, enum channel channel, const char *address, utc_us at,
                                const char *answer_ref) MUST_CHECK;

/*
 * The yes: of `act` with the words that were said as its wording. What was asked goes with it as
 * its evidence, and the request is granted. RC_NOTFOUND: nobody asked, so it is a message like any
 * other.
 */
enum rc consent_request_yes(struct db *db, const struct consent_act *act,
                            const struct consent_ids *ids, bool *changed) MUST_CHECK;

/* How to ask. */
struct consent_asking {
    enum channel channel; /* that we ask by, and for */
    uint64_t customer_id; /* 0: whoever has `address` */
    const char *address;  /* as it is normalised; "": the customer's own */
    /* In French, in any other language: by the customer's. Of a mail: as markup, with a subject. */
    const char *text[2], *subject[2];
    const char *sender;
    const struct route_table *routes;
    int64_t expires_s; /* a yes counts for so long */
    enum consent_source source;
    const char *source_ref;
    utc_us said_at; /* when the person asked us to; 0: they did not */
    struct consent_evidence evidence;
};

struct consent_asked {
    uint64_t message_id;
    utc_us expires_at;
};

/*
 * A transaction of its own: queues the message that asks, once. RC_NOTFOUND: nobody has that
 * address. RC_CONFLICT, with a sentence: it was asked already, or it refused and the person did not
 * ask us since.
 */
enum rc consent_ask(struct db *db, const struct consent_asking *asking, struct consent_asked *out,
                    struct error *err) MUST_CHECK;
