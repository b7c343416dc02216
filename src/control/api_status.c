/* api_status.c - how Relais is: health, the day at a glance, carriers. */
#include <stdio.h>

#include "control/exchange.h"
#include "control/rates.h"
#include "control/routes.h"
#include "domain/role.h"
#include "store/alert.h"
#include "store/customer_double.h"
#include "store/mail_in_view.h"
#include "store/mail_out.h"
#include "store/matter_view.h"
#include "store/outbox.h"
#include "store/queue.h"
#include "store/status.h"

/* A database that is away says so at once; one that hangs says nothing. */
static const char *database_state(const struct exchange *x, bool late)
{
    return late ? "silent" : x->heard ? "up" : "away";
}

static utc_us database_since(const struct exchange *x)
{
    return x->silent_since ? x->silent_since : x->asked_at;
}

/* A carrier that is down is no reason to restart relaisd: the status stays 200 and says it. */
static void put_health(struct exchange *x, bool late)
{
    bool all_up = true;
    json_t *carriers = json_object();

    for (size_t i = 0; i < x->gateway.n_carriers; i++) {
        const struct gateway_carrier_status *c = &x->gateway.carriers[i];
        put_text(carriers, c->name, c->smpp.state);
        all_up = all_up && c->smpp.bound > 0;
    }
    all_up = all_up && !x->post_trouble.since;
    x->status = x->heard ? 200 : 503;
    put_text(x->reply, "status", !x->heard ? "down" : all_up ? "ok" : "degraded");
    put_text(x->reply, "database", database_state(x, late));
    if (!x->heard)
        put_time(x->reply, "since", database_since(x));
    json_object_set_new(x->reply, "carriers", carriers);
    if (x->house->sends_mail)
        put_text(x->reply, "mail_relay", x->post_trouble.since ? "down" : "up");
}

static void get_health(struct exchange *x)
{
    struct outbox_depth depth;

    x->heard = outbox_depth_read(x->db, clock_now(), 0, &depth) == RC_OK;
    put_health(x, false);
}

static void say_health(struct exchange *x)
{
    put_health(x, true);
}

static json_t *queue_json(const struct exchange *x, const struct outbox_depth *depth,
                          uint64_t unknown, uint64_t strays)
{
    json_t *queue = json_object(), *waiting = json_object();

    for (int c = CLASS_ALERT; c <= CLASS_PROMO; c++)
        put_u64(waiting, message_class_name((enum message_class)c), depth->messages[c]);
    json_object_set_new(queue, "waiting", waiting);
    put_u64(queue, "held", depth->held);
    put_u64(queue, "in_flight", x->gateway.claimed);
    put_u64(queue, "unrecorded", x->gateway.unrecorded);
    put_u64(queue, "unknown", unknown);
    put_u64(queue, "stray_receipts", strays);
    put_time(queue, "oldest_due", depth->oldest_due);
    return queue;
}

/* What waits in the queues of mails. */
struct customer_mails {
    uint64_t waiting;
    utc_us oldest_due; /* 0: none is due */
};

static void add_mails(void *arg, const struct queue_depth *q)
{
    struct customer_mails *mails = arg;

    if (q->channel != CHANNEL_EMAIL)
        return;
    for (int c = CLASS_ALERT; c <= CLASS_PROMO; c++)
        mails->waiting += q->messages[c];
    if (q->oldest_due && (!mails->oldest_due || q->oldest_due < mails->oldest_due))
        mails->oldest_due = q->oldest_due;
}

static json_t *today_json(const struct day_status *day)
{
    json_t *today = json_object();

    put_u64(today, "imports", day->imports);
    put_u64(today, "imports_failed", day->imports_failed);
    put_u64(today, "rows_taken", day->import_rows);
    put_u64(today, "rows_refused", day->import_refused);
    put_u64(today, "inbound", day->inbound);
    put_u64(today, "stops", day->stops);
    return today;
}

static void add_alerts(void *arg, const char *kind, uint64_t n)
{
    put_u64(arg, kind, n);
}

/* Mails of the house's own that wait, and those to customers: how many, since when, and what is in
 * their way. */
static json_t *mail_json(const struct exchange *x, const struct mail_depth *depth,
                         const struct customer_mails *mails)
{
    json_t *mail = json_object();

    put_u64(mail, "waiting", depth->waiting + depth->sending);
    put_time(mail, "oldest", depth->oldest);
    json_object_set_new(mail, "relay", json_boolean(x->house->sends_mail));
    put_text(mail, "postman", x->post);
    json_object_set_new(mail, "paused", json_boolean(x->post_paused));
    put_u64(mail, "leaving", x->post_claimed);
    put_u64(mail, "to_customers", mails->waiting + x->post_claimed);
    put_time(mail, "to_customers_due", mails->oldest_due);
    put_trouble(mail, &x->post_trouble);
    return mail;
}

static json_t *review_json(uint64_t open, utc_us oldest)
{
    json_t *review = json_object();

    put_u64(review, "open", open);
    put_time(review, "oldest", oldest);
    return review;
}

/* All partners together, as the intake sees them. */
static json_t *files_json(const struct exchange *x)
{
    uint64_t waiting = 0, at_work = 0, hindered = 0;
    json_t *files = json_object();
    utc_us oldest = 0;

    for (unsigned i = 0; i < x->n_partners; i++) {
        const struct intake_partner *p = &x->partners[i];

        waiting += p->waiting;
        at_work += p->at_work;
        hindered += *p->trouble != '\0';
        if (p->waiting && (!oldest || p->oldest_at < oldest))
            oldest = p->oldest_at;
    }
    put_u64(files, "partners", x->n_partners);
    put_u64(files, "waiting", waiting);
    put_time(files, "oldest_at", oldest);
    put_u64(files, "at_work", at_work);
    put_u64(files, "hindered", hindered);
    return files;
}

static utc_us midnight(utc_us now)
{
    const int64_t day = SEC_PER_DAY * USEC_PER_SEC;

    return now - now % day;
}

/* What needs no database, and how that is. */
static void put_house(struct exchange *x, bool late)
{
    const struct control_house *h = x->house;
    json_t *database = json_object();

    put_text(x->reply, "version", h->version);
    put_u64(x->reply, "node", h->node_id);
    put_time(x->reply, "started_at", h->started_at);
    put_u64(x->reply, "uptime_s", (uint64_t)((clock_now() - h->started_at) / USEC_PER_SEC));
    put_text(database, "kind", h->database);
    put_text(database, "state", database_state(x, late));
    if (!x->heard)
        put_time(database, "since", database_since(x));
    json_object_set_new(x->reply, "database", database);
    put_text(x->reply, "gateway", h->gateway ? x->gateway.state : "off");
    json_object_set_new(x->reply, "carriers", carriers_json(x));
    json_object_set_new(x->reply, "files", files_json(x));
    json_object_set_new(x->reply, "rates",
                        json_pack("{s:f, s:f, s:f}", "claimed_per_second", x->rates.claimed,
                                  "events_per_second", x->rates.events, "inbound_per_second",
                                  x->rates.inbound));
}

static void say_status(struct exchange *x)
{
    static const char *const asked[] = {
        "queue", "mail", "review", "today", "alerts", "reminders"
    };

    put_house(x, true);
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
        json_object_set_new(x->reply, asked[i], json_null());
}

static json_t *reminders_json(const struct matter_counts *counts)
{
    json_t *reminders = json_object();

    put_u64(reminders, "open", counts->open);
    put_u64(reminders, "acknowledged", counts->acknowledged);
    put_u64(reminders, "exhausted", counts->exhausted);
    return reminders;
}

static void get_status(struct exchange *x)
{
    struct outbox_depth depth;
    struct day_status day;
    struct mail_depth mail = { .waiting = 0 };
    struct customer_mails mails = { .waiting = 0 };
    struct matter_counts matters = { .open = 0 };
    uint64_t unknown, strays, doubles = 0, in_review = 0;
    utc_us now = clock_now(), review_since = 0;
    json_t *alerts = json_object();
    enum rc rc = outbox_depth_read(x->db, now, 0, &depth);

    if (!rc)
        rc = alerts_count(x->db, add_alerts, alerts);
    if (!rc)
        rc = outbox_doubts_read(x->db, &unknown, &strays);
    if (!rc)
        rc = day_status_read(x->db, midnight(now), &day);
    if (!rc)
        rc = mail_out_depth(x->db, &mail);
    if (!rc)
        rc = queue_depths(x->db, now, add_mails, &mails);
    if (!rc)
        rc = mail_review_count(x->db, &in_review, &review_since);
    if (!rc)
        rc = doubles_open_count(x->db, &doubles);
    if (!rc)
        rc = matter_count(x->db, &matters);
    x->heard = rc == RC_OK;
    put_house(x, false);
    json_object_set_new(x->reply, "queue",
                        rc ? json_null() : queue_json(x, &depth, unknown, strays));
    json_object_set_new(x->reply, "mail", rc ? json_null() : mail_json(x, &mail, &mails));
    json_object_set_new(x->reply, "review",
                        rc ? json_null() : review_json(in_review, review_since));
    json_object_set_new(x->reply, "today", rc ? json_null() : today_json(&day));
    json_object_set_new(x->reply, "alerts", alerts);
    json_object_set_new(x->reply, "reminders", rc ? json_null() : reminders_json(&matters));
    put_u64(x->reply, "doubles", doubles);
}

static void add_route(void *arg, const struct route *route)
{
    json_t *item = json_object(), *query = json_array(), *body = json_array();

    put_text(item, "method", route->method);
    put_text(item, "path", route->pattern);
    put_text(item, "right",
             route_needs(route) ? role_name((enum role)route_needs(route)) : "anybody");
    for (size_t i = 0; route->query[i]; i++)
        json_array_append_new(query, json_string(route->query[i]));
    json_object_set_new(item, "query", query);
    for (size_t i = 0; route->body && route->body[i]; i++)
        json_array_append_new(body, json_string(route->body[i]));
    json_object_set_new(item, "body", body);
    put_text(item, "help", route->help);
    json_array_append_new(arg, item);
}

static void get_routes(struct exchange *x)
{
    json_t *list = json_array();

    route_each(add_route, list);
    json_object_set_new(x->reply, "routes", list);
}

const struct route status_routes[] = {
    { .method = "GET",
      .pattern = "/healthz",
      .right = RIGHT_ANYBODY,
      .run = get_health,
      .run_late = say_health,
      .gateway = true,
      .help = "200 when the database answers, 503 when it is away, or says nothing for a second "
              "and a half; says how the carriers and the mail relay are." },
    { .method = "GET",
      .pattern = "/metrics",
      .right = RIGHT_ANYBODY,
      .help = "Counters and gauges as Prometheus reads them." },
    { .method = "GET",
      .pattern = "/v1/routes",
      .right = RIGHT_ANYBODY,
      .run_on_loop = get_routes,
      .help = "This list." },
    { .method = "GET",
      .pattern = "/v1/status",
      .right = RIGHT_TOKEN,
      .run = get_status,
      .run_late = say_status,
      .gateway = true,
      .files = true,
      .help = "Version, database, carriers, queue by class, today's files and replies, rates." },
};
const size_t n_status_routes = sizeof(status_routes) / sizeof(status_routes[0]);
