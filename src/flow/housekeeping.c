/* housekeeping.c - a list of chores; each job does a bounded piece of one. */
#include "flow/housekeeping.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/lane.h"
#include "store/campaign_figures.h"
#include "store/document_tidy.h"
#include "store/import_undo.h"
#include "store/lease.h"
#include "store/partition.h"
#include "store/standing.h"
#include "store/suppression_listing.h"

#define LOG_PART "housekeeping"
#include "base/log.h"
#include "base/metric.h"

#define LEASE_US (60 * USEC_PER_SEC)
#define LANE_KEY UINT64_C(0x686f757365) /* any; not the lane of the campaigns */

/* When carriers have long stopped repeating receipts (72 hours) and no order counts for it any
 * more, the figures of a campaign are final. */
#define FIGURES_AFTER_US ((CAMPAIGN_ORDER_DAYS_MAX + 1) * SEC_PER_DAY * USEC_PER_SEC)

/* Customers whose summaries are compared with the truth: so many a step, and a look. */
#define SWEEP_STEP   1000
#define SWEEP_A_LOOK 50000

static struct metric standing_repaired = METRIC_COUNTER(
    "relais_standing_repaired_total",
    "Customers whose summaries for counting differed from the truth, and were mended.");
static struct metric success_at =
    METRIC_GAUGE("relais_housekeeping_success_timestamp_seconds",
                 "When old data was last looked through to the end, on this node; 0: never.");
static struct metric partition_count[PARTITION_TABLE_COUNT];
static struct metric partition_oldest[PARTITION_TABLE_COUNT];

struct keeping {
    struct db *db;
    const struct retention_settings *settings;
    utc_us now;
    struct sweeping *sweeping;
    uint64_t rows;    /* removed by this piece */
    uint64_t *cursor; /* how far a chore that walks a table is */
};

/* Each look goes on where the one before ended. */
struct sweeping {
    struct standing_sweep at;
    size_t looked; /* at so many customers, in this look */
};

/* A chore says RC_OK and whether there is more of it. */
struct chore {
    const char *name; /* of the table */
    enum rc (*run)(struct keeping *k, int which, bool *more);
    int which;
};

static enum rc cut_months(struct keeping *k, int which, bool *more)
{
    struct partition_work work;
    enum rc rc = partition_maintain(k->db, (enum partition_table)which, k->settings, k->now, &work);

    *more = false; /* one month a look: a clock gone wrong does not empty a table at once */
    if (work.left) {
        metric_set(&partition_count[which], (int64_t)work.left);
        metric_set(&partition_oldest[which], work.oldest / USEC_PER_SEC);
    }
    return rc;
}

static enum rc sweep_standing(struct keeping *k, int which, bool *more)
{
    struct sweeping *s = k->sweeping;
    enum rc rc = standing_sweep_step(k->db, &s->at, SWEEP_STEP);

    (void)which;
    if (!rc && s->at.repaired) {
        metric_add(&standing_repaired, (int64_t)s->at.repaired);
        log_info("table=customer event=repaired rows=%llu", (unsigned long long)s->at.repaired);
    }
    s->looked += SWEEP_STEP;
    *more = !rc && s->at.next && s->looked < SWEEP_A_LOOK;
    if (!*more)
        s->looked = 0;
    return rc;
}

static enum rc end_listings(struct keeping *k, int which, bool *more)
{
    (void)which;
    return suppression_expire(k->db, k->now, more);
}

static enum rc keep_figures(struct keeping *k, int which, bool *more)
{
    uint64_t id = 0;
    enum rc rc =
        campaign_figures_keep_next(k->db, k->now - FIGURES_AFTER_US, k->settings->campaigns, &id);

    (void)which;
    *more = id != 0;
    return rc;
}

static enum rc prune(struct keeping *k, int64_t keep_ms,
                     enum rc (*remove)(struct db *, utc_us, uint64_t *), bool *more)
{
    enum rc rc = RC_OK;

    if (keep_ms)
        rc = remove(k->db, k->now - keep_ms * USEC_PER_MSEC, &k->rows);
    *more = !rc && k->rows > 0;
    return rc;
}

static enum rc prune_recipients(struct keeping *k, int which, bool *more)
{
    (void)which;
    return prune(k, k->settings->recipients_ms, retention_prune_recipients, more);
}

static enum rc prune_shared_addresses(struct keeping *k, int which, bool *more)
{
    (void)which;
    return prune(k, k->settings->recipients_ms, retention_prune_shared_addresses, more);
}

static enum rc prune_occasions(struct keeping *k, int which, bool *more)
{
    (void)which;
    return prune(k, k->settings->recipients_ms, retention_prune_occasions, more);
}

static enum rc prune_exclusions(struct keeping *k, int which, bool *more)
{
    (void)which;
    return prune(k, k->settings->recipients_ms, retention_prune_exclusions, more);
}

static enum rc prune_rejects(struct keeping *k, int which, bool *more)
{
    (void)which;
    return prune(k, k->settings->rejects_ms, retention_prune_rejects, more);
}

static enum rc prune_undo(struct keeping *k, int which, bool *more)
{
    (void)which;
    return prune(k, k->settings->undo_ms, import_undo_prune, more);
}

static enum rc prune_imports(struct keeping *k, int which, bool *more)
{
    (void)which;
    return prune(k, k->settings->imports_ms, retention_prune_imports, more);
}

static enum rc prune_audit(struct keeping *k, int which, bool *more)
{
    (void)which;
    return prune(k, k->settings->audit_ms, retention_prune_audit, more);
}

static enum rc prune_visits(struct keeping *k, int which, bool *more)
{
    (void)which;
    return prune(k, k->settings->visits_ms, retention_prune_visits, more);
}

static enum rc prune_mails(struct keeping *k, int which, bool *more)
{
    (void)which;
    return prune(k, k->settings->mails_ms, retention_prune_mails, more);
}

static enum rc prune_contacts(struct keeping *k, int which, bool *more)
{
    (void)which;
    return prune(k, k->settings->contacts_ms, retention_prune_contacts, more);
}

static enum rc prune_plans(struct keeping *k, int which, bool *more)
{
    (void)which;
    return prune(k, k->settings->contacts_ms, retention_prune_plans, more);
}

static enum rc prune_letters(struct keeping *k, int which, bool *more)
{
    (void)which;
    return prune(k, k->settings->messages_ms, retention_prune_letters, more);
}

static enum rc prune_staff_answers(struct keeping *k, int which, bool *more)
{
    (void)which;
    return prune(k, k->settings->messages_ms, retention_prune_staff_answers, more);
}

static enum rc prune_mails_in(struct keeping *k, int which, bool *more)
{
    (void)which;
    return prune(k, k->settings->inbound_ms, retention_prune_mails_in, more);
}

/* Whatever is kept: these are nobody's. */
static enum rc tidy_documents(struct keeping *k, int which, bool *more)
{
    const enum rc rc = document_tidy(k->db, k->now - DOCUMENT_UNUSED_US, k->cursor, &k->rows);

    (void)which;
    *more = !rc && *k->cursor != 0;
    return rc;
}

static enum rc erase_prospects(struct keeping *k, int which, bool *more)
{
    enum rc rc = RC_OK;

    (void)which;
    if (k->settings->prospects_ms)
        rc = retention_erase_prospects(k->db, k->now - k->settings->prospects_ms * USEC_PER_MSEC,
                                       k->cursor, &k->rows);
    *more = !rc && *k->cursor != 0;
    return rc;
}

/* Months first: messages that are on their way need them. */
static const struct chore chores[] = {
    { "message", cut_months, PARTITION_MESSAGE },
    { "message_event", cut_months, PARTITION_EVENT },
    { "inbound_message", cut_months, PARTITION_INBOUND },
    { "suppression_listing", end_listings, 0 },
    { "campaign_figure", keep_figures, 0 },
    { "campaign_recipient", prune_recipients, 0 },
    { "campaign_shared_address", prune_shared_addresses, 0 },
    { "campaign_exclusion", prune_exclusions, 0 },
    { "occasion_sent", prune_occasions, 0 },
    { "import_reject", prune_rejects, 0 },
    { "import_before", prune_undo, 0 },
    { "import", prune_imports, 0 },
    { "audit_entry", prune_audit, 0 },
    { "link_visit", prune_visits, 0 },
    { "mail_out", prune_mails, 0 },
    { "message_reply", prune_letters, 0 },
    { "mail_in", prune_mails_in, 0 },
    { "contact_task", prune_contacts, 0 },
    { "staff_answer", prune_staff_answers, 0 },
    { "contact_enrolment", prune_plans, 0 },
    { "document", tidy_documents, 0 },
    { "prospect", erase_prospects, 0 },
    { "customer", sweep_standing, 0 },
};
#define N_CHORES (sizeof(chores) / sizeof(chores[0]))

static struct metric pruned[N_CHORES];

struct housekeeping_job {
    struct job job;
    struct housekeeping *keeper; /* for done(); run() leaves it alone */
    const struct retention_settings *settings;
    struct lease lease;
    struct sweeping sweeping;
    size_t chore;  /* N_CHORES: the look is over */
    uint64_t rows; /* of the chore at hand, in this look */
    uint64_t cursor;
    size_t failed;
};

struct housekeeping {
    struct lane_pool *work;
    struct event *timer;
    struct housekeeping_job job;
    bool busy, stopped;
};

/* --- on the lane --- */

static void end_chore(struct housekeeping_job *job)
{
    if (job->rows)
        log_info("table=%s event=pruned rows=%llu", chores[job->chore].name,
                 (unsigned long long)job->rows);
    job->rows = 0;
    job->cursor = 0;
    job->chore++;
}

static void end_look(struct housekeeping_job *job, struct db *db)
{
    enum rc rc = lease_release(db, &job->lease);

    if (!rc && !job->failed)
        metric_set(&success_at, clock_now() / USEC_PER_SEC);
}

static void job_run(struct job *base, void *resource)
{
    struct housekeeping_job *job = (struct housekeeping_job *)base;
    const struct chore *chore = &chores[job->chore];
    struct keeping k = { .db = resource,
                         .settings = job->settings,
                         .now = clock_now(),
                         .sweeping = &job->sweeping,
                         .cursor = &job->cursor };
    bool more = false;
    enum rc rc = lease_hold(k.db, &job->lease, LEASE_US);

    if (rc) { /* another node is at it, or the database is away, which db says */
        job->chore = N_CHORES;
        return;
    }
    rc = chore->run(&k, chore->which, &more);
    job->rows += k.rows;
    if (k.rows)
        metric_add(&pruned[job->chore], (int64_t)k.rows);
    job->failed += rc != RC_OK;
    /* Of the others the store has said what there is to say. */
    if (rc && rc != RC_AGAIN && rc != RC_INVALID)
        log_warn("table=%s housekeeping=failed rc=%s effect=\"tried again\"", chore->name,
                 rc_name(rc));
    if (rc || !more)
        end_chore(job);
    if (job->chore == N_CHORES)
        end_look(job, k.db);
}

/* --- on the loop --- */

static void post(struct housekeeping *h)
{
    if (!h->stopped)
        h->busy = lane_post(h->work, LANE_KEY, &h->job.job) == RC_OK; /* if not: the timer comes */
}

/* When the lane was full in the middle of a look, the next one goes on there. */
static void look(struct housekeeping *h)
{
    if (h->busy)
        return;
    if (h->job.chore >= N_CHORES) {
        h->job.chore = 0;
        h->job.failed = 0;
        h->job.rows = 0;
    }
    post(h);
}

static void job_done(struct job *base)
{
    struct housekeeping *h = ((struct housekeeping_job *)base)->keeper;

    h->busy = false;
    if (h->job.chore < N_CHORES)
        post(h);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    look(arg);
}

static void label(struct metric *m, const char *name, const char *help, enum metric_kind kind,
                  const char *table)
{
    m->name = name;
    m->help = help;
    m->kind = kind;
    snprintf(m->labels, sizeof(m->labels), "table=\"%s\"", table);
    metric_register(m);
}

static void register_metrics(void)
{
    metric_register(&success_at);
    metric_register(&standing_repaired);
    for (int t = 0; t < PARTITION_TABLE_COUNT; t++) {
        const char *table = partition_table_name((enum partition_table)t);
        label(&partition_count[t], "relais_partitions", "Partitions of a table.", METRIC_KIND_GAUGE,
              table);
        label(&partition_oldest[t], "relais_partition_oldest_timestamp_seconds",
              "The beginning of the oldest month that a table is cut into.", METRIC_KIND_GAUGE,
              table);
    }
    for (size_t i = 0; i < N_CHORES; i++) {
        if (chores[i].run != cut_months && chores[i].run != keep_figures &&
            chores[i].run != end_listings && chores[i].run != sweep_standing)
            label(&pruned[i], "relais_pruned_rows_total", "Rows that were no longer kept.",
                  METRIC_KIND_COUNTER, chores[i].name);
    }
}

struct housekeeping *housekeeping_new(struct event_base *base, struct lane_pool *work,
                                      const struct retention_settings *settings)
{
    const struct timeval every = { .tv_sec = settings->every_ms / 1000,
                                   .tv_usec = settings->every_ms % 1000 * 1000 };
    struct housekeeping *h = calloc(1, sizeof(*h));

    if (!h)
        return NULL;
    h->work = work;
    h->job.job.run = job_run;
    h->job.job.done = job_done;
    h->job.keeper = h;
    h->job.settings = settings;
    lease_init(&h->job.lease, "housekeeping");
    register_metrics();
    h->timer = event_new(base, -1, EV_PERSIST, on_timer, h);
    if (!h->timer || event_add(h->timer, &every)) {
        housekeeping_free(h);
        return NULL;
    }
    look(h);
    return h;
}

void housekeeping_stop(struct housekeeping *h)
{
    h->stopped = true;
    event_del(h->timer);
}

bool housekeeping_busy(const struct housekeeping *h)
{
    return h->busy;
}

void housekeeping_free(struct housekeeping *h)
{
    if (!h)
        return;
    if (h->timer)
        event_free(h->timer);
    free(h);
}

utc_us housekeeping_next_at(const struct housekeeping *h)
{
    struct timeval at;

    if (!event_pending(h->timer, EV_TIMEOUT, &at))
        return 0;
    return (utc_us)at.tv_sec * USEC_PER_SEC + at.tv_usec;
}
