/* alert_look.c - what is wrong now, in words, and compared with the alerts that are open. */
#include "flow/alert_look.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/alert_compare.h"
#include "store/campaign.h"
#include "store/db.h"
#include "store/node_beat.h"
#include "store/queue.h"

#define LOG_PART "alert"
#include "base/log.h"

#define ENDED_AGO_US (SEC_PER_DAY * USEC_PER_SEC) /* what is watched of a campaign that is over */

struct troubles {
    struct alert_trouble list[ALERT_TROUBLES_MAX];
    size_t n;
};

/* The next one to fill in; NULL: there are too many, and those there are say enough. */
static struct alert_trouble *another(struct troubles *t)
{
    return t->n < ALERT_TROUBLES_MAX ? &t->list[t->n++] : NULL;
}

static enum rc compare(struct db *db, const char *kind, const char *scope, const struct troubles *t)
{
    struct alert_changes changes;
    enum rc rc = alert_compare(db, kind, scope, t->list, t->n, &changes);

    if (changes.opened)
        log_warn("alert=%s event=opened n=%u", kind, changes.opened);
    if (changes.closed)
        log_info("alert=%s event=closed n=%u", kind, changes.closed);
    return rc;
}

/* --- carriers --- */

enum rc alert_look_carriers(struct db *db, unsigned node, const struct alert_carrier *carriers,
                            size_t n, const struct alert_watch_settings *settings)
{
    struct troubles *t = calloc(1, sizeof(*t));
    const utc_us now = clock_now();
    char scope[32], since[CLOCK_TEXT_SIZE];
    enum rc rc;

    if (!t)
        return RC_FAIL;
    snprintf(scope, sizeof(scope), "node %u: ", node);
    for (size_t i = 0; i < n; i++) {
        const struct alert_carrier *c = &carriers[i];
        struct alert_trouble *a;

        if (!settings->carrier_down_us || !c->down_since ||
            now - c->down_since < settings->carrier_down_us || !(a = another(t)))
            continue;
        a->since = c->down_since;
        snprintf(a->subject, sizeof(a->subject), "%s%s", scope, c->name);
        snprintf(a->text, sizeof(a->text), ALERT_SAYS_CARRIER_DOWN, c->name,
                 clock_minute(c->down_since, since));
    }
    rc = compare(db, ALERT_CARRIER_DOWN, scope, t);
    free(t);
    return rc;
}

/* A node that does not run says no more that something is over, so it is: what is wrong still is
 * found again by the next look of whoever does it. */
enum rc alert_look_gone(struct db *db, unsigned node)
{
    static const struct alert_watch_settings none = { .carrier_down_us = 0 };
    char subject[32];
    enum rc rc = alert_look_carriers(db, node, NULL, 0, &none);

    snprintf(subject, sizeof(subject), "node %u", node);
    return rc ? rc : alert_close(db, ALERT_MAIL_RELAY, subject);
}

/* --- queues --- */

static void add_late(void *arg, const char *name, utc_us oldest)
{
    struct alert_trouble *a = another(arg);
    char since[CLOCK_TEXT_SIZE];

    if (!a)
        return;
    a->since = oldest;
    snprintf(a->subject, sizeof(a->subject), "%s", name);
    snprintf(a->text, sizeof(a->text), ALERT_SAYS_QUEUE_AGE, name, clock_minute(oldest, since));
}

enum rc alert_look_queues(struct db *db, const struct alert_watch_settings *settings)
{
    struct troubles *t = calloc(1, sizeof(*t));
    enum rc rc = t ? RC_OK : RC_FAIL;

    if (!rc && settings->queue_age_us)
        rc = queue_late_list(db, clock_now() - settings->queue_age_us, add_late, t);
    if (!rc)
        rc = compare(db, ALERT_QUEUE_AGE, "", t);
    free(t);
    return rc;
}

/* --- nodes --- */

/* Another one; that it was stopped in order is no alert. */
static enum rc look_at_node(struct db *db, const struct node_beat *b,
                            const struct alert_watch_settings *settings, struct troubles *t)
{
    const bool silent =
        settings->node_down_us && clock_now() - b->beat_at >= settings->node_down_us;
    char since[CLOCK_TEXT_SIZE];
    struct alert_trouble *a;

    if (!b->stopped_at && silent && (a = another(t))) {
        a->since = b->beat_at;
        snprintf(a->subject, sizeof(a->subject), "node %u", b->node_id);
        snprintf(a->text, sizeof(a->text), ALERT_SAYS_NODE_DOWN, b->node_id, b->host,
                 clock_minute(b->beat_at, since));
    }
    return b->stopped_at || silent ? alert_look_gone(db, b->node_id) : RC_OK;
}

enum rc alert_look_nodes(struct db *db, const struct alert_watch_settings *settings)
{
    struct troubles *t = calloc(1, sizeof(*t));
    struct node_beat nodes[NODES_MAX];
    size_t n = 0;
    enum rc rc = t ? node_beats_read(db, nodes, &n) : RC_FAIL;

    for (size_t i = 0; !rc && i < n; i++) {
        if (nodes[i].node_id != db_node(db))
            rc = look_at_node(db, &nodes[i], settings, t);
    }
    if (!rc)
        rc = compare(db, ALERT_NODE_DOWN, "", t);
    free(t);
    return rc;
}

/* It is over when it is seen, so a person closes it. */
enum rc alert_look_stopped(struct db *db, const struct alert_watch_settings *settings)
{
    struct node_beat last;
    char subject[32], text[300], from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];
    const utc_us now = clock_now();
    enum rc rc = node_beat_read(db, &last);

    if (rc == RC_NOTFOUND)
        return RC_OK;
    if (rc || !settings->stopped_us || now - last.beat_at < settings->stopped_us)
        return rc;
    snprintf(subject, sizeof(subject), "node %u", last.node_id);
    clock_minute(last.beat_at, from);
    clock_minute(now, to);
    if (last.stopped_at)
        snprintf(text, sizeof(text), ALERT_SAYS_STOPPED, last.node_id, from, to);
    else
        snprintf(text, sizeof(text), ALERT_SAYS_DIED, last.node_id, from, to);
    rc = alert_open(db, ALERT_STOPPED, subject, text);
    if (!rc)
        log_warn("alert=%s event=opened from=%s in_order=%s", ALERT_STOPPED,
                 clock_format(last.beat_at, from), last.stopped_at ? "yes" : "no");
    return rc;
}

/* --- campaigns --- */

struct campaigns_found {
    struct campaign list[CAMPAIGNS_LOOKED_AT];
    size_t n;
    utc_us now;
};

static void add_campaign(void *arg, const struct campaign *c)
{
    struct campaigns_found *found = arg;
    const bool under_way = c->state == CAMPAIGN_SENDING || c->state == CAMPAIGN_EXPANDING ||
                           c->state == CAMPAIGN_TESTING || c->state == CAMPAIGN_PAUSED;

    if ((under_way || (c->finished_at && found->now - c->finished_at < ENDED_AGO_US)) &&
        !c->figures_at && found->n < CAMPAIGNS_LOOKED_AT)
        found->list[found->n++] = *c;
}

/* Since when there are enough SMS; remembered from look to look. */
static utc_us enough_since(struct alert_campaigns *known, uint64_t id, bool enough, utc_us now)
{
    for (size_t i = 0; i < known->n; i++) {
        if (known->list[i].id == id)
            return known->list[i].since;
    }
    if (!enough)
        return 0;
    if (known->n == CAMPAIGNS_LOOKED_AT) /* the oldest one makes room */
        known->n--;
    for (size_t i = known->n; i > 0; i--)
        known->list[i] = known->list[i - 1];
    known->n++;
    known->list[0] = (struct alert_campaign){ id, now };
    return now;
}

static struct anomaly_figures figures_of(const struct campaign_status *s)
{
    const struct campaign_by_channel *sms = &s->by_channel[CHANNEL_SMS];
    const uint64_t failed = s->by_state[MESSAGE_FAILED];

    return (struct anomaly_figures){
        .tried = s->sent + failed - s->sent_by_state[MESSAGE_FAILED],
        .failed = failed,
        .sent = s->sent,
        .stops = s->opted_out,
        .sms = sms->sent,
        .sms_told = sms->delivered + sms->failed + s->by_state[MESSAGE_EXPIRED],
    };
}

/* What is found of one that is looked at no more is left to a person: that nobody looks is no
 * reason why it should be over. */
static enum rc look_at_campaign(struct db *db, const struct campaign *c,
                                const struct alert_watch_settings *settings,
                                struct alert_campaigns *known, struct troubles *t)
{
    const struct anomaly_limits *limits = &settings->campaigns;
    struct campaign_status status;
    struct anomaly_figures f;
    const utc_us now = clock_now();
    char text[200], scope[40];
    enum rc rc = campaign_status_read(db, c->id, &status);

    t->n = 0;
    snprintf(scope, sizeof(scope), "campaign %" PRIu64 ": ", c->id);
    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    f = figures_of(&status);
    f.sms_since = enough_since(known, c->id, f.sms && f.sms >= limits->least, now);
    for (int i = 0; i < ANOMALY_COUNT; i++) {
        const enum anomaly what = (enum anomaly)i;
        struct alert_trouble *a;

        if (!anomaly_found(what, &f, limits, now, text, sizeof(text)) || !(a = another(t)))
            continue;
        a->since = c->created_at; /* who has closed it is not told again */
        snprintf(a->subject, sizeof(a->subject), "%s%s", scope, anomaly_name(what));
        snprintf(a->text, sizeof(a->text), ALERT_OF_CAMPAIGN "%s", c->name, text);
    }
    return compare(db, ALERT_CAMPAIGN_ANOMALY, scope, t);
}

enum rc alert_look_campaigns(struct db *db, const struct alert_watch_settings *settings,
                             struct alert_campaigns *known)
{
    struct campaigns_found *found = calloc(1, sizeof(*found));
    struct troubles *t = calloc(1, sizeof(*t));
    enum rc rc = found && t ? RC_OK : RC_FAIL;

    if (!rc) {
        found->now = clock_now();
        rc = campaign_list(db, CAMPAIGNS_LOOKED_AT, add_campaign, found);
    }
    for (size_t i = 0; !rc && i < found->n; i++)
        rc = look_at_campaign(db, &found->list[i], settings, known, t);
    free(found);
    free(t);
    return rc;
}
