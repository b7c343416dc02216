/* postman_trouble.c - that no relay takes anything: since when, why, and an alert when it lasts. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flow/postman_private.h"
#include "store/alert.h"

#define LOG_PART "postman"
#include "base/log.h"

#define ALERT_AFTER_US (60 * USEC_PER_SEC) /* a relay that is started again is no alert */

static struct metric relay_up =
    METRIC_GAUGE("relais_mail_relay_up", "1 as long as a relay takes mails, 0 when none does.");

/* --- the alert --- */

static void alert_run(struct job *job, void *db)
{
    struct postman_alert *a = (struct postman_alert *)job;
    char node[32], since[CLOCK_TEXT_SIZE], text[ALERT_TEXT_SIZE];

    snprintf(node, sizeof(node), "node %u", db_node(db));
    if (!a->trouble.since) {
        a->rc = alert_close(db, ALERT_MAIL_RELAY, node);
        return;
    }
    snprintf(text, sizeof(text), ALERT_SAYS_MAIL_RELAY, clock_minute(a->trouble.since, since),
             a->trouble.relay, a->trouble.words);
    a->rc = alert_open(db, ALERT_MAIL_RELAY, node, text);
}

static void alert_done(struct job *job)
{
    struct postman_alert *a = (struct postman_alert *)job;

    a->out = false;
    if (a->rc)
        return;
    if (a->told || a->trouble.since)
        log_info("alert=%s event=%s", ALERT_MAIL_RELAY, a->trouble.since ? "opened" : "closed");
    a->told = true;
    a->open = a->trouble.since != 0;
}

/* Looked at after each try, so one that could not be told is told with the next. The first is told
 * in any case: one may be open from a former run. */
static void tell(struct postman *p)
{
    struct postman_alert *a = &p->alert;
    const bool down = p->trouble.since != 0;

    if (a->out || (a->told && a->open == down))
        return;
    if (down && clock_now() - p->trouble.since < ALERT_AFTER_US)
        return;
    a->trouble = p->trouble;
    a->out = lane_post(p->lanes, POSTMAN_KEY_RECORD, &a->job) == RC_OK;
}

/* --- what is seen --- */

void postman_trouble_init(struct postman *p)
{
    p->alert.job.run = alert_run;
    p->alert.job.done = alert_done;
    p->alert.postman = p;
    metric_register(&relay_up);
    metric_set(&relay_up, 1);
}

void postman_trouble_seen(struct postman *p, const struct postman_round *r)
{
    const struct letter *l = NULL;

    for (size_t i = 0; !l && i < r->n; i++) {
        if (r->letters[i].fate == LETTER_UNSENT && r->letters[i].relay)
            l = &r->letters[i];
    }
    if (!l)
        return;
    if (!p->trouble.since)
        p->trouble.since = clock_now();
    snprintf(p->trouble.relay, sizeof(p->trouble.relay), "%s", l->relay);
    snprintf(p->trouble.words, sizeof(p->trouble.words), "%s", *l->words ? l->words : "no answer");
    metric_set(&relay_up, 0);
    tell(p);
}

void postman_trouble_over(struct postman *p)
{
    p->trouble.since = 0;
    metric_set(&relay_up, 1);
    tell(p);
}
