/* api_consent.c - consents given, withdrawn and asked for; and the table of all that is about them.
 */
#include <stdio.h>
#include <string.h>

#include "control/exchange.h"
#include "control/kick.h"
#include "control/routes.h"
#include "domain/local_time.h"
#include "domain/phone.h"
#include "domain/value.h"
#include "flow/gateway.h"
#include "store/campaign.h"
#include "store/consent_request.h"
#include "store/consent_say.h"
#include "store/customer_merge.h"
#include "store/dossier.h"
#include "store/wording.h"

#define WHO_MAX       320
#define CLOCKS_DIFFER (5 * 60 * USEC_PER_SEC) /* how far ahead of ours another's clock may be */
#define WORDING_BYTES (4 * CONSENT_WORDING_MAX)

/* --- who --- */

struct who {
    uint64_t customer_id; /* 0: everybody with the address */
    char address[ADDRESS_SIZE];
    enum channel channel;
};

static bool is_number(const char *text)
{
    return *text && text[strspn(text, "0123456789")] == '\0';
}

static bool take_mail(struct exchange *x, const char *text, struct who *who)
{
    if (!as_mail_address(x, "who", text, who->address))
        return false;
    who->channel = CHANNEL_EMAIL;
    return true;
}

static bool take_phone(struct exchange *x, const char *text, struct who *who)
{
    enum phone_fault fault;
    char number[E164_SIZE];

    if (phone_to_e164(text, x->house->country, number, &fault)) {
        exchange_refuse(x, 422, "who",
                        "who: expected a customer's number, PARTNER:NUMBER, a phone number or a "
                        "mail address; read as a phone number, it %s",
                        phone_fault_reason(fault));
        return false;
    }
    snprintf(who->address, sizeof(who->address), "%s", number);
    return true;
}

static bool take_partner_number(struct exchange *x, const char *text, const char *colon,
                                struct who *who)
{
    char partner[64];
    enum rc rc;

    snprintf(partner, sizeof(partner), "%.*s", (int)(colon - text), text);
    rc = customer_find_number(x->db, partner, colon + 1, &who->customer_id);
    if (rc)
        exchange_failed(x, rc, "customer of this partner", NULL);
    return !rc;
}

/* Who was found to be somebody else is asked there: a refusal must not get lost. */
static bool follow(struct exchange *x, struct who *who)
{
    enum rc rc = customer_follow(x->db, &who->customer_id);

    if (rc)
        exchange_failed(x, rc, "customer", NULL);
    return !rc;
}

/* A customer's id, PARTNER:NUMBER, a phone number or a mail address: by what it looks like. A
 * number that begins with 0 or + is a phone's. */
static bool take_who(struct exchange *x, struct who *who)
{
    const json_t *value = x->body ? json_object_get(x->body, "who") : NULL;
    const char *text, *colon;

    *who = (struct who){ .channel = CHANNEL_SMS };
    if (json_is_integer(value) && json_integer_value(value) > 0) {
        who->customer_id = (uint64_t)json_integer_value(value);
        return follow(x, who);
    }
    if (!take_text(x, "who", WHO_MAX, NULL, &text))
        return false;
    if (strchr(text, '@'))
        return take_mail(x, text, who);
    colon = strchr(text, ':');
    if (colon)
        return take_partner_number(x, text, colon, who);
    if (is_number(text) && *text != '0' && route_parse_id(text, strlen(text), &who->customer_id))
        return follow(x, who);
    return take_phone(x, text, who);
}

/* --- what was said --- */

/* "" leaves *at as it is. */
static bool take_when(struct exchange *x, const char *name, utc_us *at)
{
    struct local_zone *zone;
    struct error err;
    const char *text;
    enum rc rc;

    if (!take_text(x, name, 64, "", &text))
        return false;
    if (!*text)
        return true;
    rc = local_zone_open(x->house->timezone, &zone, &err);
    if (!rc) {
        rc = value_time(text, DATE_ISO, zone, at);
        local_zone_close(zone);
    }
    if (rc) {
        exchange_refuse(x, 422, name,
                        "%s: expected a date or a time such as 2026-03-02 or 2026-03-02T08:30:00Z, "
                        "got '%.60s'",
                        name, text);
        return false;
    }
    if (*at > clock_now() + CLOCKS_DIFFER) {
        exchange_refuse(x, 422, name, "%s: '%.60s' is still to come", name, text);
        return false;
    }
    return true;
}

static bool take_channel(struct exchange *x, const struct who *who, enum channel *channel)
{
    const char *name;

    if (!take_text(x, "channel", 10, channel_name(who->channel), &name))
        return false;
    *channel = strcmp(name, "email") == 0 ? CHANNEL_EMAIL : CHANNEL_SMS;
    if (strcmp(name, channel_name(*channel)) != 0) {
        exchange_refuse(x, 422, "channel", "channel: expected sms or email");
        return false;
    }
    if (*who->address && *channel != who->channel) {
        exchange_refuse(x, 422, "channel", "channel: expected %s for that address",
                        channel_name(who->channel));
        return false;
    }
    return true;
}

static bool take_source(struct exchange *x, enum consent_source *source)
{
    const char *name;

    if (!take_text(x, "source", 20, "api", &name))
        return false;
    if (consent_source_parse(name, source) || *source == CONSENT_BY_IMPORT ||
        *source == CONSENT_BY_INBOUND || *source == CONSENT_BY_DOUBLE_OPT_IN ||
        *source == CONSENT_BY_MERGE) {
        exchange_refuse(x, 422, "source",
                        "source: expected form, staff, mail or api; what comes by file, by SMS or "
                        "as the answer to a request is recorded by itself");
        return false;
    }
    return true;
}

static bool take_purpose(struct exchange *x, enum purpose *purpose)
{
    const char *name;

    if (!take_text(x, "purpose", 20, "promo", &name))
        return false;
    if (purpose_parse(name, purpose)) {
        exchange_refuse(x, 422, "purpose", "purpose: expected promo or service");
        return false;
    }
    return true;
}

/* `said_at`: the time that was given; 0: none was. */
static bool take_statement(struct exchange *x, const struct who *who, struct consent_statement *k,
                           utc_us *said_at)
{
    struct consent_evidence *e = &k->evidence;

    *said_at = 0;
    k->customer_id = who->customer_id;
    k->address = who->address;
    if (!take_channel(x, who, &k->channel) || !take_purpose(x, &k->purpose) ||
        !take_source(x, &k->source) ||
        !take_text(x, "source_ref", CONSENT_REF_MAX, "", &k->source_ref) ||
        !take_text(x, "wording", WORDING_BYTES, "", &k->wording) ||
        !take_text(x, "form", CONSENT_REF_MAX, "", &e->form) ||
        !take_text(x, "page", CONSENT_PAGE_MAX, "", &e->page) ||
        !take_text(x, "remote_address", CONSENT_REF_MAX, "", &e->remote_address) ||
        !take_text(x, "recorded_by", CONSENT_REF_MAX, x->who, &e->recorded_by) ||
        !take_when(x, "signed_at", &e->signed_at) || !take_when(x, "at", said_at))
        return false;
    if (e->signed_at && *said_at && e->signed_at != *said_at) {
        exchange_refuse(x, 422, "at",
                        "at: what was signed was said when it was signed; give signed_at alone");
        return false;
    }
    *said_at = e->signed_at ? e->signed_at : *said_at;
    k->at = *said_at ? *said_at : clock_now();
    return true;
}

/* --- what came of it --- */

static void put_outcome(struct exchange *x, const struct consent_statement *k,
                        const struct consent_outcome *o)
{
    char said[600], at[CLOCK_TEXT_SIZE] = "";
    bool counts = o->ruling == CONSENT_COUNTS;

    if (o->refused_at)
        clock_format(o->refused_at, at);
    if (k->state == CONSENT_WITHDRAWN)
        snprintf(said, sizeof(said), "Withdrawn%s. Nothing more of that kind leaves.",
                 o->n == 0 ? ": nobody has this address, it is kept all the same" : "");
    else if (counts)
        snprintf(said, sizeof(said), "Granted, and it counts.");
    else
        snprintf(said, sizeof(said), "Recorded, but it does not count: %s%s%.10s%s.",
                 consent_ruling_reason(o->ruling),
                 !o->refused_at      ? ""
                 : o->number_refused ? " (the number itself said STOP on "
                                     : " (refused on ",
                 at, o->refused_at ? ")" : "");
    put_id(x->reply, "event_id", o->event_id);
    put_u64(x->reply, "customers", o->n);
    put_text(x->reply, "state", consent_state_name(k->state));
    json_object_set_new(x->reply, "counts", json_boolean(counts));
    put_text(x->reply, "reason", consent_ruling_reason(o->ruling));
    put_text(x->reply, "said", said);
}

static void say(struct exchange *x, struct consent_statement *k)
{
    struct consent_outcome o;
    struct error err = { "" };
    enum rc rc = consent_say(x->db, k, &x->arena, &o, &err);

    if (!rc || rc == RC_UNKNOWN) { /* perhaps it is withdrawn: then it must count at once */
        x->stopped = o.stopped;
        x->n_stopped = o.n_stopped;
        x->changed = true;
    }
    if (rc) {
        exchange_failed(x, rc, "customer", &err);
        return;
    }
    x->status = 201;
    put_outcome(x, k, &o);
}

static bool may_ask(struct exchange *x, const struct consent_statement *k)
{
    const struct words_settings *words = x->house->campaign_settings->words;

    if (k->purpose != PURPOSE_PROMO) {
        exchange_refuse(x, 422, "purpose", "only a consent to promotions is asked for");
        return false;
    }
    if (k->channel == CHANNEL_SMS || (words && words->mail && x->house->consent->asks_by_mail))
        return true;
    exchange_refuse(x, 422, "channel",
                    "nobody can be asked by mail: set mail.from, and mail_in.listen and "
                    "mail_in.domain, by which the answer comes back");
    return false;
}

static void ask_by_mail(struct exchange *x, struct consent_asking *asking)
{
    const struct control_consent *c = x->house->consent;

    asking->sender = x->house->campaign_settings->words->mail->from;
    for (int i = 0; i < 2; i++) {
        asking->subject[i] = c->ask_subject[i];
        asking->text[i] = c->ask_mail[i];
    }
}

static enum rc ask_by_sms(struct exchange *x, struct consent_asking *asking)
{
    enum rc rc = RC_OK;

    asking->sender = x->house->service_sender;
    for (int i = 0; !rc && i < 2; i++) {
        asking->text[i] =
            consent_name_sender(&x->arena, x->house->consent->ask_text[i], asking->sender);
        rc = asking->text[i] ? RC_OK : RC_FAIL;
    }
    return rc;
}

static void ask(struct exchange *x, const struct who *who, const struct consent_statement *k,
                utc_us said_at)
{
    const struct control_consent *c = x->house->consent;
    struct consent_asking asking = { .channel = k->channel,
                                     .customer_id = who->customer_id,
                                     .address = who->address,
                                     .routes = x->house->routes,
                                     .expires_s = c->ask_expires_s,
                                     .source = k->source,
                                     .source_ref = k->source_ref,
                                     /* A form is the person's own act; staff must say when. */
                                     .said_at = k->source == CONSENT_BY_FORM ? k->at : said_at,
                                     .evidence = k->evidence };
    struct consent_asked asked;
    struct error err = { "" };
    char at[CLOCK_TEXT_SIZE], said[200];
    enum rc rc = RC_OK;

    if (!may_ask(x, k))
        return;
    if (k->channel == CHANNEL_EMAIL)
        ask_by_mail(x, &asking);
    else
        rc = ask_by_sms(x, &asking);
    if (!rc)
        rc = consent_ask(x->db, &asking, &asked, &err);
    if (rc) {
        exchange_failed(x, rc, "customer", &err);
        return;
    }
    x->status = 202;
    x->changed = true;
    snprintf(said, sizeof(said), "Asked. A yes counts until %.16s UTC.",
             clock_format(asked.expires_at, at));
    put_u64(x->reply, "message_id", asked.message_id);
    put_text(x->reply, "state", "pending");
    put_time(x->reply, "expires_at", asked.expires_at);
    put_text(x->reply, "said", said);
}

/* `state` may be CONSENT_UNKNOWN: it is asked for. */
static void take_consent(struct exchange *x, enum consent_state state)
{
    struct consent_statement k = { .state = state };
    bool double_opt_in;
    utc_us said_at;
    struct who who;

    if (!take_who(x, &who) || !take_statement(x, &who, &k, &said_at) ||
        !take_bool(x, "double_opt_in", state == CONSENT_UNKNOWN, &double_opt_in))
        return;
    if (double_opt_in && state != CONSENT_WITHDRAWN) {
        ask(x, &who, &k, said_at);
        return;
    }
    if (state == CONSENT_GRANTED && !*k.wording) {
        exchange_refuse(x, 422, "wording",
                        "wording: expected the words that the person agreed to; without them a "
                        "consent cannot be proved");
        return;
    }
    say(x, &k);
}

static void post_consent(struct exchange *x)
{
    const char *state;

    if (!take_text(x, "state", 20, NULL, &state))
        return;
    if (strcmp(state, "granted") == 0)
        take_consent(x, CONSENT_GRANTED);
    else if (strcmp(state, "withdrawn") == 0)
        take_consent(x, CONSENT_WITHDRAWN);
    else
        exchange_refuse(x, 422, "state", "state: expected granted or withdrawn");
}

static void post_grant(struct exchange *x)
{
    take_consent(x, CONSENT_GRANTED);
}

static void post_withdrawal(struct exchange *x)
{
    take_consent(x, CONSENT_WITHDRAWN);
}

static void post_request(struct exchange *x)
{
    take_consent(x, CONSENT_UNKNOWN);
}

/* Before the caller can read the answer: what was claimed for these numbers does not leave. */
static void tell_gateway(struct exchange *x)
{
    struct gateway *g = x->house->gateway;

    for (size_t i = 0; g && i < x->n_stopped; i++)
        gateway_stop_address(g, x->stopped[i]);
    kick_senders(x->house);
}

#define FIELD_NAMES                                                                                \
    "who", "wording", "source", "source_ref", "at", "signed_at", "form", "page", "remote_address", \
        "recorded_by", "channel", "purpose"
#define FIELDS                                                                                  \
    "who (a customer's id, PARTNER:NUMBER, a phone number or a mail address), wording, source " \
    "(form, staff, mail, api), source_ref, at, signed_at, form, page, remote_address, "         \
    "recorded_by, "                                                                             \
    "channel (sms, or that of the address), purpose (promo)"

const struct route consent_routes[] = {
    { .method = "POST",
      .pattern = "/v1/consents",
      .right = RIGHT_TOKEN,
      .run = post_consent,
      .then = tell_gateway,
      .body = BODY(FIELD_NAMES, "state", "double_opt_in"),
      .help = "A consent given or withdrawn. Body: state (granted, withdrawn), " FIELDS
              ", double_opt_in (true: the person is asked, by SMS or mail, and their yes is the "
              "consent). "
              "counts says whether it is the last word now, and reason why not." },
    { .method = "POST",
      .pattern = "/v1/consents/grant",
      .right = RIGHT_TOKEN,
      .run = post_grant,
      .then = tell_gateway,
      .body = BODY(FIELD_NAMES, "double_opt_in"),
      .help = "The same with state granted. Body: " FIELDS ", double_opt_in." },
    { .method = "POST",
      .pattern = "/v1/consents/withdraw",
      .right = RIGHT_TOKEN,
      .run = post_withdrawal,
      .then = tell_gateway,
      .body = BODY(FIELD_NAMES),
      .help = "The same with state withdrawn. By a phone number it is a STOP of that number. "
              "Body: " FIELDS "." },
    { .method = "POST",
      .pattern = "/v1/consents/ask",
      .right = RIGHT_TOKEN,
      .run = post_request,
      .then = tell_gateway,
      .body = BODY(FIELD_NAMES),
      .help = "Asks the person by SMS or mail (double opt-in). Body: " FIELDS "." },
    { .method = "GET",
      .pattern = "/v1/customers/{id}/consents",
      .right = RIGHT_TOKEN,
      .run = consent_show,
      .help = "What a customer allowed and refused, in the order of time, and what counts now." },
    { .method = "GET",
      .pattern = "/v1/messages/{id}/proof",
      .right = RIGHT_TOKEN,
      .run = consent_proof,
      .slow = true,
      .help = "What shows that a message was allowed: its text and hash, the consent and its place "
              "in the ledger, verified now, and what was refused since." },
    { .method = "GET",
      .pattern = "/v1/consents/renewals",
      .right = RIGHT_TOKEN,
      .run = consent_list_renewals,
      .slow = true,
      .query = { "within_s", "after", "limit" },
      .help = "Whose consent to promotional SMS ends soon, for want of a contact." },
    { .method = "GET",
      .pattern = "/v1/consent/verify",
      .right = RIGHT_TOKEN,
      .run = consent_verify_all,
      .slow = true,
      .help = "Walks the whole consent ledger: is it what was written?" },
    { .method = "GET",
      .pattern = "/v1/consents/export",
      .right = RIGHT_TOKEN,
      .run = consent_export_page,
      .slow = true,
      .query = { "customer", "since", "after", "page", "previous" },
      .help =
          "A page of the signed export: lines of JSON, and in next the query of the page behind "
          "it. Without customer: the whole ledger." },
    { .method = "GET",
      .pattern = "/v1/consents/key",
      .right = RIGHT_TOKEN,
      .run = consent_public_key,
      .help =
          "The public key that exports are signed with (Ed25519); it is made at its first use." },
};
const size_t n_consent_routes = sizeof(consent_routes) / sizeof(consent_routes[0]);
