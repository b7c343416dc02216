/* control.c - takes calls, checks who may, hands them to a lane, and answers. */
#include "control/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/buffer.h"
#include "base/metric.h"
#include "control/callers.h"
#include "control/exchange.h"
#include "control/http.h"
#include "control/routes.h"
#include "domain/role.h"
#include "domain/utf8.h"
#include "flow/housekeeping.h"
#include "flow/postman.h"
#include "store/customer_merge.h"

#define LOG_PART "control"
#include "base/log.h"

#define JSON_TYPE   "application/json; charset=utf-8"
#define JSON_DEPTH  32
#define PATIENCE_MS 1500 /* with a database that says nothing */
#define FIELD_SHOWN 60   /* bytes of a field's name that a refusal repeats */

static struct metric calls_total = METRIC_COUNTER("relais_http_calls_total", "Calls of the API");
static struct metric refused_total =
    METRIC_COUNTER("relais_http_refused_total", "Calls of the API that were answered with 4xx");
static struct metric failed_total =
    METRIC_COUNTER("relais_http_failed_total", "Calls of the API that were answered with 5xx");

struct control {
    struct control_house house;
    /* A server each, so that no number of slow clients of the port keeps relaisctl out. */
    struct http_server *local, *port; /* the unix socket; host and port, if there is one */
    struct rates *rates;
    struct callers *callers;
    unsigned calls; /* with a lane */
    unsigned late;  /* of these: were answered without it */
    uint64_t next_lane;
    utc_us silent_since; /* the database answered nothing since; 0: it did */
};

static void exchange_free(struct exchange *x)
{
    if (x->patience)
        event_free(x->patience);
    if (x->spare)
        exchange_free(x->spare);
    if (x->file)
        fclose(x->file);
    json_decref(x->body);
    json_decref(x->reply);
    arena_close(&x->arena);
    free(x);
}

static void count(int status)
{
    metric_add(&calls_total, 1);
    if (status >= 500)
        metric_add(&failed_total, 1);
    else if (status >= 400)
        metric_add(&refused_total, 1);
}

/* Answers, lets the route act on what changed, and ends the exchange. */
static void finish(struct exchange *x)
{
    char *text = json_dumps(x->reply, JSON_COMPACT | JSON_REAL_PRECISION(6));

    count(x->status);
    log_debug("call method=%s route=\"%s\" status=%d", x->route ? x->route->method : "-",
              x->route ? x->route->pattern : "-", x->status);
    if (x->status == 401)
        http_add_header(x->call, "WWW-Authenticate", "Bearer");
    if (x->again)
        http_add_header(x->call, "Retry-After", "1");
    if (x->file)
        http_answer_file(x->call, x->status, x->file_type, fileno(x->file));
    else if (text)
        http_answer(x->call, x->status, JSON_TYPE, text, strlen(text));
    else
        http_answer(x->call, 500, JSON_TYPE, "{}", 2);
    free(text);
    if (x->changed && x->route->then)
        x->route->then(x);
    exchange_free(x);
}

static void on_lane(struct job *job, void *db)
{
    struct exchange *x = (struct exchange *)job;

    enum rc rc = RC_OK;

    x->db = db;
    if (route_is_of_customer(x->route))
        rc = customer_follow(db, &x->id);
    if (rc)
        exchange_failed(x, rc, "customer", NULL);
    else
        x->route->run(x);
}

static void back_on_loop(struct job *job)
{
    struct exchange *x = (struct exchange *)job;

    x->control->calls--;
    finish(x);
}

/* Sets x->who and x->roles; refuses. */
static bool may(struct exchange *x)
{
    const struct caller *caller =
        callers_find(x->control->callers, http_header(x->call, "Authorization"));
    unsigned needs = route_needs(x->route);

    x->who = caller ? caller->name : "";
    x->roles = caller ? caller->roles : 0;
    if (!needs || (caller && caller->roles & needs))
        return true;
    if (caller)
        exchange_refuse(x, 403, NULL, "%s may not do this: it needs the right to %s", caller->name,
                        role_name((enum role)needs));
    else
        exchange_refuse(x, 401, NULL, "the token is missing or wrong");
    return false;
}

/* A field that nobody would read is refused: a rule of an audience that was left out because of a
 * slip of the pen would be a campaign to everybody. */
static bool check_fields(struct exchange *x)
{
    const char *name, *nearest;
    json_t *value;

    json_object_foreach(x->body, name, value)
    {
        const int shown = (int)utf8_cut(name, strlen(name), FIELD_SHOWN);

        if (route_takes(x->route, name, &nearest))
            continue;
        if (nearest)
            exchange_refuse(x, 422, nearest, "unknown field %.*s; did you mean %s?", shown, name,
                            nearest);
        else if (x->route->body)
            exchange_refuse(x, 422, NULL, "unknown field %.*s; GET /v1/routes lists those of %s %s",
                            shown, name, x->route->method, x->route->pattern);
        else
            exchange_refuse(x, 422, NULL, "unknown field %.*s; %s %s takes none", shown, name,
                            x->route->method, x->route->pattern);
        return false;
    }
    return true;
}

/* The body as an object, if there is one. */
static bool take_body(struct exchange *x)
{
    size_t len;
    const char *text = http_body(x->call, &len);
    json_error_t why;

    if (len == 0)
        return true;
    x->body = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    if (!x->body)
        exchange_refuse(x, 400, NULL, "the body is not JSON: line %d: %s", why.line, why.text);
    else if (!json_is_object(x->body))
        exchange_refuse(x, 400, NULL, "the body: expected an object");
    return json_is_object(x->body) && check_fields(x);
}

/* What the intake knows of the partners, for a lane. Without memory there are none. */
static void read_partners(struct exchange *x)
{
    struct intake *intake = x->house->intake ? *x->house->intake : NULL;
    const unsigned n = intake ? intake_partners(intake) : 0;

    x->partners = n ? arena_alloc(&x->arena, n * sizeof(*x->partners)) : NULL;
    for (unsigned i = 0; x->partners && i < n; i++)
        intake_partner(intake, i, &x->partners[x->n_partners++]);
}

static void read_post(struct exchange *x)
{
    struct postman_status status = { .state = "off" };

    if (x->house->postman)
        postman_status_read(x->house->postman, &status);
    x->post = status.state;
    x->post_paused = status.paused;
    x->post_trouble = status.trouble;
    x->post_claimed = status.claimed;
}

/* --- calls that say how the database is --- */

/* The same call once more, with a reply of its own: what a lane has is the lane's alone. */
static struct exchange *make_spare(const struct exchange *x)
{
    struct exchange *spare = malloc(sizeof(*spare));

    if (!spare)
        return NULL;
    *spare = *x;
    arena_init(&spare->arena);
    spare->body = NULL;
    spare->reply = json_object();
    if (spare->reply)
        return spare;
    free(spare);
    return NULL;
}

static void answer_late(struct exchange *x)
{
    x->silent_since = x->control->silent_since;
    x->route->run_late(x);
    finish(x);
}

/* The lane still has the exchange: it is freed when it comes back. */
static void on_late(evutil_socket_t fd, short what, void *arg)
{
    struct exchange *x = arg, *spare = x->spare;
    struct control *c = x->control;

    (void)fd;
    (void)what;
    if (!c->silent_since)
        c->silent_since = x->asked_at;
    c->late++;
    x->spare = NULL;
    x->call = NULL;
    answer_late(spare);
}

static void back_from_watch(struct job *job)
{
    struct exchange *x = (struct exchange *)job;
    struct control *c = x->control;

    c->calls--;
    if (x->heard)
        c->silent_since = 0;
    else if (!c->silent_since)
        c->silent_since = x->asked_at;
    if (x->call) {
        finish(x);
        return;
    }
    c->late--;
    exchange_free(x);
}

/* While one call waits in vain the next ones need not. */
static void watch(struct exchange *x)
{
    const struct timeval patience = { PATIENCE_MS / 1000, PATIENCE_MS % 1000 * 1000 };
    struct control *c = x->control;

    x->asked_at = clock_now();
    x->silent_since = c->silent_since;
    x->spare = make_spare(x);
    x->patience = evtimer_new(x->house->base, on_late, x);
    x->job.run = on_lane;
    x->job.done = back_from_watch;
    if (c->late || !x->spare || !x->patience || evtimer_add(x->patience, &patience) ||
        lane_post(x->house->watch_lanes, 0, &x->job)) {
        answer_late(x);
        return;
    }
    c->calls++;
}

/* --- all calls --- */

static void dispatch(struct exchange *x)
{
    struct control *c = x->control;
    const struct route *route = x->route;

    if (route->gateway) {
        x->rates = rates_read(c->rates);
        if (x->house->gateway)
            gateway_status_read(x->house->gateway, &x->gateway);
        read_post(x);
    }
    if (route->files)
        read_partners(x);
    x->next_look_at = c->house.housekeeping ? housekeeping_next_at(c->house.housekeeping) : 0;
    for (size_t i = 0; route->query[i]; i++) {
        const char *value = http_query(x->call, route->query[i]);
        x->query[i] = value ? arena_copy(&x->arena, value, strlen(value)) : NULL;
    }
    if (!take_body(x)) {
        finish(x);
        return;
    }
    if (route->run_on_loop) {
        route->run_on_loop(x);
        finish(x);
        return;
    }
    if (route->run_late) {
        watch(x);
        return;
    }
    x->job.run = on_lane;
    x->job.done = back_on_loop;
    if (lane_post(route->slow ? x->house->slow_lanes : x->house->lanes, c->next_lane++, &x->job)) {
        exchange_refuse(x, 503, NULL, "too busy; nothing was changed, try again");
        x->again = true;
        finish(x);
        return;
    }
    c->calls++;
}

static void answer_metrics(struct http_call *call)
{
    struct buffer text;

    buffer_init(&text, 1 << 20);
    metric_print(&text);
    http_answer(call, 200, "text/plain; version=0.0.4; charset=utf-8", buffer_text(&text),
                text.len);
    buffer_close(&text);
}

static void on_call(void *arg, struct http_call *call)
{
    struct control *c = arg;
    struct route_match match;
    struct exchange *x;

    route_find(http_method(call), http_path(call), &match);
    if (match.route && !match.route->run && !match.route->run_on_loop) {
        answer_metrics(call); /* the one route that does not speak JSON */
        return;
    }
    x = calloc(1, sizeof(*x));
    if (!x || !(x->reply = json_object())) {
        free(x);
        http_answer(call, 500, JSON_TYPE, "{}", 2);
        return;
    }
    arena_init(&x->arena);
    x->control = c;
    x->house = &c->house;
    x->call = call;
    x->route = match.route;
    x->id = match.id;
    memcpy(x->word, match.word, sizeof(x->word));
    x->status = 200;
    if (match.route && may(x)) {
        dispatch(x);
        return;
    }
    if (match.route) {
        finish(x);
        return;
    }
    if (match.other_method) {
        http_add_header(call, "Allow", match.allow);
        exchange_refuse(x, 405, NULL, "this path takes %s", match.allow);
    } else {
        exchange_refuse(x, 404, NULL, "no such path; GET /v1/routes lists them");
    }
    finish(x);
}

enum rc control_new(const struct control_settings *settings, const struct control_house *house,
                    struct control **out, struct error *err)
{
    struct control *c = calloc(1, sizeof(*c));
    const struct http_limits limits = { .max_body = settings->max_body,
                                        .max_connections = settings->max_connections,
                                        .timeout_ms = settings->timeout_ms };
    enum rc rc;

    if (!c)
        return error_set(err, RC_FAIL, "no memory");
    c->house = *house;
    rc = callers_load(settings->token_file, settings->users, settings->n_users, &c->callers, err);
    if (rc)
        goto out;
    c->rates = rates_new(house->base);
    c->local = http_server_new(house->base, &limits, on_call, c);
    if (settings->listen_host)
        c->port = http_server_new(house->base, &limits, on_call, c);
    if (!c->rates || !c->local || (settings->listen_host && !c->port)) {
        rc = error_set(err, RC_FAIL, "no memory");
        goto out;
    }
    rc = http_listen_unix(c->local, settings->socket, err);
    if (!rc && c->port)
        rc = http_listen_tcp(c->port, settings->listen_host, settings->listen_port, err);
    if (rc)
        goto out;
    *out = c;
    return RC_OK;
out:
    control_free(c);
    return rc;
}

void control_stop(struct control *c)
{
    http_stop_listening(c->local);
    if (c->port)
        http_stop_listening(c->port);
}

bool control_busy(const struct control *c)
{
    return c->calls > 0;
}

void control_free(struct control *c)
{
    if (!c)
        return;
    http_server_free(c->local);
    http_server_free(c->port);
    rates_free(c->rates);
    callers_free(c->callers);
    free(c);
}
