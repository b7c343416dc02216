/* public_links.c - a memory of links, a queue of visitors, a list of visits; one job of each kind.
 */
#include "control/public_links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/lane.h"
#include "base/metric.h"
#include "control/http.h"
#include "control/public_page.h"
#include "control/visitor.h"
#include "store/link.h"
#include "store/timed_id.h"

#define LOG_PART "public"
#include "base/log.h"

#define MEMORY        4096                /* links, of half a KB at most */
#define WAITING_MAX   1000                /* visitors who wait for the database */
#define LOOK_UP       64                  /* of them in one job */
#define VISITS_MAX    8192                /* not yet written */
#define VISITS_WRITE  500                 /* of them in one job */
#define SAME_VISIT_US (10 * USEC_PER_SEC) /* somebody who taps twice came once */
#define VISITS_A_LINK 1000 /* of one message, while it is in memory: more is somebody's game */
#define RETRY_MS      500

#define NO_SUCH "Ce lien n'existe pas ou n'existe plus. / This link does not exist, or no longer."
#define TROUBLED                 \
    "Un instant, puis r\xc3\xa9" \
    "essayez. / Please try again in a moment."

static struct metric visits_total =
    METRIC_COUNTER("relais_link_visits_total", "Visits of short links that were recorded");
static struct metric lost_total =
    METRIC_COUNTER("relais_link_visits_lost_total",
                   "Visits that were not recorded: the database was away too long");
static struct metric unknown_total =
    METRIC_COUNTER("relais_link_unknown_total", "Requests for links that do not exist");

struct known {
    uint64_t message_id, campaign_id;
    unsigned n, visits;
    char *url; /* NULL: the place is free */
    bool test;
    struct {
        uint8_t visitor[8];
        int64_t at;
    } last[2]; /* human, bot: a preview does not hide the human who comes after it */
};

struct waiting {
    struct http_call *call;
    uint64_t message_id;
    unsigned n;
    uint8_t visitor[8];
    bool bot;
};

struct public_links {
    const struct link_settings *settings;
    struct lane_pool *lanes;
    struct event *retry;
    struct known memory[MEMORY];
    struct waiting waiting[WAITING_MAX];
    size_t n_waiting;
    struct link_visit visits[VISITS_MAX];
    size_t n_visits;
    bool looking, writing, stopping;
};

struct look_job {
    struct job job;
    struct public_links *links;
    struct waiting who[LOOK_UP];
    struct link_target targets[LOOK_UP];
    size_t n;
    enum rc rc;
};

struct write_job {
    struct job job;
    struct public_links *links;
    struct link_visit visits[VISITS_WRITE];
    size_t n;
    enum rc rc;
};

/* --- visits --- */

static void run_write(struct job *job, void *db)
{
    struct write_job *w = (struct write_job *)job;

    w->rc = link_visits_write(db, w->visits, w->n);
}

static void write_some(struct public_links *l);

static void done_write(struct job *job)
{
    struct write_job *w = (struct write_job *)job;
    struct public_links *l = w->links;
    static const struct timeval later = { 0, RETRY_MS * 1000 };

    l->writing = false;
    /* RC_UNKNOWN: the same again changes nothing. */
    if (w->rc == RC_AGAIN || w->rc == RC_UNKNOWN) {
        if (!l->stopping) {
            event_add(l->retry, &later);
        } else {
            log_warn("visits=%zu lost reason=\"stopped while the database was away\"", l->n_visits);
            metric_add(&lost_total, (int64_t)l->n_visits);
            l->n_visits = 0;
        }
        free(w);
        return;
    }
    metric_add(w->rc ? &lost_total : &visits_total, (int64_t)w->n);
    l->n_visits -= w->n;
    memmove(l->visits, l->visits + w->n, l->n_visits * sizeof(l->visits[0]));
    free(w);
    write_some(l);
}

static void write_some(struct public_links *l)
{
    struct write_job *w;

    if (l->writing || !l->n_visits)
        return;
    w = calloc(1, sizeof(*w));
    if (!w)
        return; /* with the next visit */
    w->job.run = run_write;
    w->job.done = done_write;
    w->links = l;
    w->n = l->n_visits < VISITS_WRITE ? l->n_visits : VISITS_WRITE;
    memcpy(w->visits, l->visits, w->n * sizeof(w->visits[0]));
    l->writing = lane_post(l->lanes, 0, &w->job) == RC_OK;
    if (!l->writing)
        free(w);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    write_some(arg);
}

static void note_visit(struct public_links *l, struct known *k, const uint8_t visitor[8], bool bot)
{
    int64_t now = clock_monotonic_us();
    bool again = k->last[bot].at && now - k->last[bot].at < SAME_VISIT_US &&
                 memcmp(k->last[bot].visitor, visitor, sizeof(k->last[bot].visitor)) == 0;

    if (k->test || again || k->visits >= VISITS_A_LINK)
        return;
    memcpy(k->last[bot].visitor, visitor, sizeof(k->last[bot].visitor));
    k->last[bot].at = now;
    k->visits++;
    if (l->n_visits == VISITS_MAX) {
        metric_add(&lost_total, 1);
        return;
    }
    l->visits[l->n_visits] = (struct link_visit){
        .message_id = k->message_id,
        .campaign_id = k->campaign_id,
        .n = k->n,
        .at = clock_now(),
        .bot = bot,
    };
    memcpy(l->visits[l->n_visits++].visitor, visitor, 8);
    if (!event_pending(l->retry, EV_TIMEOUT, NULL))
        write_some(l);
}

/* --- where it leads --- */

static struct known *place_of(struct public_links *l, uint64_t message_id, unsigned n)
{
    return &l->memory[(message_id * LINK_CODE_LINKS + n) % MEMORY];
}

static struct known *find_known(struct public_links *l, uint64_t message_id, unsigned n)
{
    struct known *k = place_of(l, message_id, n);

    return k->url && k->message_id == message_id && k->n == n ? k : NULL;
}

static struct known *learn(struct public_links *l, const struct link_target *t)
{
    struct known *k = place_of(l, t->message_id, t->n);
    char *url = strdup(t->url);

    if (!url)
        return NULL;
    free(k->url);
    *k = (struct known){ .message_id = t->message_id,
                         .campaign_id = t->campaign_id,
                         .n = t->n,
                         .url = url,
                         .test = t->test };
    return k;
}

static void refuse(struct http_call *call)
{
    metric_add(&unknown_total, 1);
    public_page(call, 404, NO_SUCH);
}

static void ask_again(struct http_call *call)
{
    http_add_header(call, "Retry-After", "5");
    public_page(call, 503, TROUBLED);
}

static void run_look(struct job *job, void *db)
{
    struct look_job *look = (struct look_job *)job;

    look->rc = link_targets(db, look->targets, look->n);
}

static void look_up(struct public_links *l);

static void done_look(struct job *job)
{
    struct look_job *look = (struct look_job *)job;
    struct public_links *l = look->links;

    l->looking = false;
    for (size_t i = 0; i < look->n; i++) {
        const struct waiting *w = &look->who[i];
        struct known *k = find_known(l, w->message_id, w->n);
        if (!k && !look->rc && look->targets[i].found)
            k = learn(l, &look->targets[i]);
        if (k) {
            public_redirect(w->call, k->url);
            note_visit(l, k, w->visitor, w->bot);
        } else if (look->rc || look->targets[i].found) {
            ask_again(w->call);
        } else {
            refuse(w->call);
        }
    }
    free(look);
    look_up(l);
}

static void give_up_waiting(struct public_links *l)
{
    while (l->n_waiting > 0)
        ask_again(l->waiting[--l->n_waiting].call);
}

static void look_up(struct public_links *l)
{
    struct look_job *look;

    if (l->looking || !l->n_waiting)
        return;
    look = calloc(1, sizeof(*look));
    if (!look) {
        give_up_waiting(l);
        return;
    }
    look->job.run = run_look;
    look->job.done = done_look;
    look->links = l;
    look->n = l->n_waiting < LOOK_UP ? l->n_waiting : LOOK_UP;
    memcpy(look->who, l->waiting, look->n * sizeof(look->who[0]));
    for (size_t i = 0; i < look->n; i++) {
        look->targets[i].message_id = look->who[i].message_id;
        look->targets[i].n = look->who[i].n;
    }
    if (lane_post(l->lanes, 0, &look->job)) {
        free(look);
        give_up_waiting(l);
        return;
    }
    l->looking = true;
    l->n_waiting -= look->n;
    memmove(l->waiting, l->waiting + look->n, l->n_waiting * sizeof(l->waiting[0]));
}

/* --- a request --- */

static void describe(const struct public_links *l, struct http_call *call, struct waiting *w)
{
    const char *purpose = http_header(call, "Sec-Purpose");

    w->call = call;
    w->bot = visitor_is_bot(http_method(call), http_header(call, "User-Agent"),
                            purpose ? purpose : http_header(call, "Purpose"));
    visitor_hash(l->settings->secret + LINK_CODE_KEY, clock_now() / USEC_PER_SEC / SEC_PER_DAY,
                 visitor_address(http_peer(call), http_header(call, "X-Forwarded-For")),
                 w->visitor);
}

/* An id of the future is nobody's; most codes that somebody made up are of it. */
static bool is_past(uint64_t message_id)
{
    return timed_id_time(message_id) <= clock_now() + SEC_PER_DAY * USEC_PER_SEC;
}

void public_links_follow(struct public_links *l, struct http_call *call, const char *code)
{
    struct waiting w = { 0 };
    struct known *k;

    if (!link_code_read(l->settings->secret, code, strlen(code), &w.message_id, &w.n) ||
        !is_past(w.message_id)) {
        refuse(call);
        return;
    }
    describe(l, call, &w);
    k = find_known(l, w.message_id, w.n);
    if (k) {
        public_redirect(call, k->url);
        note_visit(l, k, w.visitor, w.bot);
    } else if (l->n_waiting == WAITING_MAX) {
        ask_again(call);
    } else {
        l->waiting[l->n_waiting++] = w;
        look_up(l);
    }
}

/* --- begin and end --- */

struct public_links *public_links_new(const struct link_settings *settings, struct event_base *base,
                                      struct lane_pool *lanes)
{
    struct public_links *l = calloc(1, sizeof(*l));

    if (!l)
        return NULL;
    l->settings = settings;
    l->lanes = lanes;
    l->retry = event_new(base, -1, 0, on_retry, l);
    if (!l->retry) {
        free(l);
        return NULL;
    }
    metric_register(&visits_total);
    metric_register(&lost_total);
    metric_register(&unknown_total);
    return l;
}

void public_links_stop(struct public_links *l)
{
    l->stopping = true;
    event_del(l->retry);
    write_some(l);
}

bool public_links_busy(const struct public_links *l)
{
    return l->looking || l->writing || l->n_waiting;
}

void public_links_free(struct public_links *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < MEMORY; i++)
        free(l->memory[i].url);
    event_free(l->retry);
    free(l);
}
