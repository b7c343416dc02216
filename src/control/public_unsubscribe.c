/* public_unsubscribe.c - a page with one button, and what it does. */
#define _GNU_SOURCE /* memmem */
#include "control/public_unsubscribe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lane.h"
#include "base/metric.h"
#include "control/http.h"
#include "control/public_page.h"
#include "control/visitor.h"
#include "domain/mail_token.h"
#include "store/unsubscribe.h"

#define LOG_PART "public"
#include "base/log.h"

#define WAITING_MAX 500 /* callers who wait for the database */
#define REMOTE_SIZE 64

#define ASK                                                                                  \
    "Ne plus recevoir nos offres à cette adresse ? / No longer receive our offers at this " \
    "address?"
#define DONE                                                                                   \
    "C'est fait : vous ne recevrez plus d'offres de notre part à cette adresse. / Done: you " \
    "will receive no more offers from us at this address."
#define NO_SUCH "Ce lien n'existe pas ou n'existe plus. / This link does not exist, or no longer."
#define NOTHING_DONE                                                                          \
    "Rien n'a été changé : utilisez le bouton de la page. / Nothing was changed: use the " \
    "button on the page."
#define TROUBLED "Un instant, puis réessayez. / Please try again in a moment."
#define BUTTON   "Me désabonner / Unsubscribe"
#define FIELD    "unsubscribe"

static struct metric done_total =
    METRIC_COUNTER("relais_mail_unsubscribed_total", "Refusals by a button of a mail or its page");
static struct metric unknown_total = METRIC_COUNTER(
    "relais_mail_unsubscribe_unknown_total", "Requests for unsubscribe links that do not exist");

struct public_unsubscribe {
    const uint8_t *key;
    struct lane_pool *lanes;
    unsigned waiting;
};

struct unsubscribe_job {
    struct job job;
    struct public_unsubscribe *owner;
    struct http_call *call;
    struct unsubscribe what;
    char remote[REMOTE_SIZE];
    bool changed;
    enum rc rc;
};

static void refuse(struct http_call *call)
{
    metric_add(&unknown_total, 1);
    public_page(call, 404, NO_SUCH);
}

static void ask_again(struct http_call *call)
{
    http_add_header(call, "Retry-After", "30");
    public_page(call, 503, TROUBLED);
}

/* --- the refusal --- */

static void run_job(struct job *job, void *db)
{
    struct unsubscribe_job *j = (struct unsubscribe_job *)job;

    j->rc = unsubscribe(db, &j->what, &j->changed);
    if (j->rc == RC_UNKNOWN) /* doing it again changes nothing */
        j->rc = unsubscribe(db, &j->what, &j->changed);
}

static void done_job(struct job *job)
{
    struct unsubscribe_job *j = (struct unsubscribe_job *)job;

    j->owner->waiting--;
    if (!j->rc) {
        metric_add(&done_total, j->changed);
        log_info("message=%llu unsubscribed channel=email by=%s changed=%d",
                 (unsigned long long)j->what.message_id, j->what.one_click ? "one-click" : "page",
                 j->changed);
        public_page(j->call, 200, DONE);
    } else if (j->rc == RC_NOTFOUND) {
        refuse(j->call);
    } else {
        log_warn("message=%llu not unsubscribed rc=%s effect=\"the caller is asked to come again\"",
                 (unsigned long long)j->what.message_id, rc_name(j->rc));
        ask_again(j->call);
    }
    free(j);
}

static void post_job(struct public_unsubscribe *u, struct http_call *call, uint64_t message_id,
                     bool one_click)
{
    struct unsubscribe_job *j = u->waiting < WAITING_MAX ? calloc(1, sizeof(*j)) : NULL;

    if (!j) {
        ask_again(call);
        return;
    }
    j->job.run = run_job;
    j->job.done = done_job;
    j->owner = u;
    j->call = call;
    snprintf(j->remote, sizeof(j->remote), "%s",
             visitor_address(http_peer(call), http_header(call, "X-Forwarded-For")));
    j->what = (struct unsubscribe){ .message_id = message_id,
                                    .one_click = one_click,
                                    .remote_address = j->remote,
                                    .at = clock_now() };
    if (lane_post(u->lanes, 0, &j->job)) {
        free(j);
        ask_again(call);
        return;
    }
    u->waiting++;
}

/* --- a request --- */

static bool has(const char *body, size_t len, const char *words)
{
    return memmem(body, len, words, strlen(words)) != NULL;
}

/* RFC 8058, 3.2: as a form's field, in either of a form's two encodings. */
static bool is_one_click(const char *body, size_t len)
{
    return has(body, len, "List-Unsubscribe=One-Click") ||
           (has(body, len, "name=\"List-Unsubscribe\"") && has(body, len, "One-Click"));
}

static void take_post(struct public_unsubscribe *u, struct http_call *call, uint64_t message_id)
{
    size_t len;
    const char *body = http_body(call, &len);

    if (body && is_one_click(body, len))
        post_job(u, call, message_id, true);
    else if (body && has(body, len, FIELD "="))
        post_job(u, call, message_id, false);
    else
        public_page(call, 400, NOTHING_DONE);
}

void public_unsubscribe_serve(struct public_unsubscribe *u, struct http_call *call,
                              const char *token)
{
    uint64_t message_id;

    if (!mail_token_read_as(u->key, MAIL_TOKEN_UNSUBSCRIBE, token, strlen(token), &message_id)) {
        refuse(call);
        return;
    }
    switch (public_act(call, true, NOTHING_DONE)) {
    case PUBLIC_LOOK:
        public_button(call, ASK, FIELD, BUTTON);
        return;
    case PUBLIC_PRESS:
        take_post(u, call, message_id);
        return;
    case PUBLIC_NEITHER:
        return;
    }
}

/* --- begin and end --- */

struct public_unsubscribe *public_unsubscribe_new(const uint8_t *key, struct lane_pool *lanes)
{
    struct public_unsubscribe *u = calloc(1, sizeof(*u));

    if (!u)
        return NULL;
    u->key = key;
    u->lanes = lanes;
    metric_register(&done_total);
    metric_register(&unknown_total);
    return u;
}

bool public_unsubscribe_busy(const struct public_unsubscribe *u)
{
    return u->waiting > 0;
}

void public_unsubscribe_free(struct public_unsubscribe *u)
{
    free(u);
}
