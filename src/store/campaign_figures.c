/* campaign_figures.c - counts as rows of (kind, name, n). */
#include "store/campaign_figures.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/campaign_rest.h"
#include "store/campaign_row.h"

#define LOG_PART "campaign"
#include "base/log.h"

static const char SQL_NEXT[] =
    "SELECT id"
    "  FROM campaign"
    " WHERE state IN ('done', 'cancelled') AND finished_at < ? AND figures_at IS NULL"
    " ORDER BY id"
    " LIMIT 1";

static const char SQL_KEPT[] =
    "UPDATE campaign"
    "   SET figures_at = ?"
    " WHERE id = ? AND state IN ('done', 'cancelled') AND figures_at IS NULL";

static const char SQL_FIGURE[] = "INSERT INTO campaign_figure (campaign_id, kind, name, n)"
                                 "VALUES (?, ?, ?, ?)";

static const char SQL_READ[] = "SELECT kind, name, n"
                               "  FROM campaign_figure"
                               " WHERE campaign_id = ?"
                               " ORDER BY n DESC, name";

struct total {
    const char *name;
    size_t at; /* of struct campaign_status */
};
static const struct total totals[] = {
    { "sent", offsetof(struct campaign_status, sent) },
    { "segments", offsetof(struct campaign_status, segments) },
    { "opted_out", offsetof(struct campaign_status, opted_out) },
};
#define N_TOTALS (sizeof(totals) / sizeof(totals[0]))

static uint64_t *total_of(struct campaign_status *s, const struct total *t)
{
    return (uint64_t *)(void *)((char *)s + t->at);
}

static const struct total by_channel[] = {
    { "messages", offsetof(struct campaign_by_channel, messages) },
    { "sent", offsetof(struct campaign_by_channel, sent) },
    { "delivered", offsetof(struct campaign_by_channel, delivered) },
    { "failed", offsetof(struct campaign_by_channel, failed) },
};
#define N_BY_CHANNEL (sizeof(by_channel) / sizeof(by_channel[0]))

/* Calls with each: "email:sent". */
static enum rc each_by_channel(struct campaign_status *s,
                               enum rc (*tell)(void *arg, const char *kind, const char *name,
                                               uint64_t *n),
                               void *arg)
{
    enum rc rc = RC_OK;
    char name[32];

    for (enum channel c = CHANNEL_SMS; c <= CHANNEL_EMAIL; c++) {
        for (size_t i = 0; !rc && i < N_BY_CHANNEL; i++) {
            snprintf(name, sizeof(name), "%s:%s", channel_name(c), by_channel[i].name);
            rc = tell(arg, "total", name,
                      (uint64_t *)(void *)((char *)&s->by_channel[c] + by_channel[i].at));
        }
    }
    return rc;
}

/* Calls with each figure's place, so that writing and reading go through the same list. */
static enum rc
each_figure(struct campaign_status *s,
            enum rc (*tell)(void *arg, const char *kind, const char *name, uint64_t *n), void *arg)
{
    char name[32];
    enum rc rc = RC_OK;

    for (int i = 0; !rc && i < MESSAGE_STATE_COUNT; i++) {
        snprintf(name, sizeof(name), "sent:%s", message_state_name((enum message_state)i));
        rc = tell(arg, "total", name, &s->sent_by_state[i]);
    }
    for (int i = 0; !rc && i < MESSAGE_STATE_COUNT; i++)
        rc = tell(arg, "state", message_state_name((enum message_state)i), &s->by_state[i]);
    for (int i = 0; !rc && i < EXCLUSION_COUNT; i++)
        rc = tell(arg, "excluded", exclusion_name((enum exclusion)i), &s->excluded[i]);
    for (size_t i = 0; !rc && i < N_TOTALS; i++)
        rc = tell(arg, "total", totals[i].name, total_of(s, &totals[i]));
    return rc ? rc : each_by_channel(s, tell, arg);
}

/* --- what it brought --- */

static const struct total outcomes[] = {
#define FIELD(name)                                    \
    {                                                  \
#name, offsetof(struct campaign_outcome, name) \
    }
    FIELD(messages), FIELD(sent),    FIELD(delivered),     FIELD(failed),
    FIELD(segments), FIELD(replied), FIELD(opted_out),     FIELD(visited),
    FIELD(buyers),   FIELD(orders),  FIELD(revenue_cents), FIELD(cost_millicents),
    FIELD(returned),
#undef FIELD
};
#define N_OUTCOMES (sizeof(outcomes) / sizeof(outcomes[0]))

typedef enum rc figure_tell(void *arg, const char *kind, const char *name, uint64_t *n);

/* Calls with each of what is counted of one thing: "A:replied". All are 64 bits wide. */
static enum rc each_outcome_of(struct campaign_outcome *o, const char *of, figure_tell *tell,
                               void *arg)
{
    enum rc rc = RC_OK;
    char name[64];

    for (size_t i = 0; !rc && i < N_OUTCOMES; i++) {
        snprintf(name, sizeof(name), "%s:%s", of, outcomes[i].name);
        rc = tell(arg, "result", name, (uint64_t *)(void *)((char *)o + outcomes[i].at));
    }
    return rc;
}

/* Of each text, of the held out, and by each channel: "held:orders", "email:replied". */
static enum rc each_outcome(struct campaign_results *r, figure_tell *tell, void *arg)
{
    enum rc rc = RC_OK;

    for (unsigned v = 0; !rc && v < CAMPAIGN_VARIANTS_MAX; v++) {
        char letter[2] = { (char)('A' + v), '\0' };
        rc = each_outcome_of(&r->variants[v], letter, tell, arg);
    }
    if (!rc)
        rc = each_outcome_of(&r->held_out, "held", tell, arg);
    for (enum channel c = CHANNEL_SMS; !rc && c <= CHANNEL_EMAIL; c++)
        rc = each_outcome_of(&r->channels[c], channel_name(c), tell, arg);
    return rc;
}

struct keeping {
    struct campaign_results results;
    struct campaign_status status;
    struct db *db;
    utc_us now;
    bool kept;
};

static enum rc write_figure(void *arg, const char *kind, const char *name, uint64_t *n)
{
    const struct keeping *k = arg;

    if (!*n)
        return RC_OK;
    return db_run(
        k->db, SQL_FIGURE,
        DB_IN(db_u64(k->status.campaign.id), db_text(kind), db_text(name), db_i64((int64_t)*n)),
        NULL);
}

static enum rc write_results(struct keeping *k)
{
    struct campaign_results *r = &k->results;
    uint64_t days = r->order_days;
    enum rc rc = each_outcome(r, write_figure, k);

    for (unsigned i = 0; !rc && i < r->n_failures; i++)
        rc = write_figure(k, "failed", r->failures[i].reason, &r->failures[i].n);
    return rc ? rc : write_figure(k, "total", "order_days", &days);
}

static enum rc keep_body(struct db *db, void *arg)
{
    struct keeping *k = arg;
    uint64_t changed;
    enum rc rc =
        db_run(db, SQL_KEPT, DB_IN(db_time(k->now), db_u64(k->status.campaign.id)), &changed);

    if (rc)
        return rc;
    k->kept = changed != 0;
    if (!k->kept)
        return RC_CONFLICT;
    rc = each_figure(&k->status, write_figure, k);
    if (!rc)
        rc = write_results(k);
    return rc ? rc : campaign_rest_forget(db, k->status.campaign.id);
}

static enum rc count_results(struct db *db, uint64_t id, const struct campaign_settings *settings,
                             struct keeping *k)
{
    struct campaign_row row;
    struct arena arena;
    enum rc rc;

    k->results.status = k->status;
    k->results.order_days = settings->order_days;
    arena_init(&arena);
    rc = campaign_row_read(db, id, &arena, &row);
    if (!rc)
        rc = campaign_results_count(db, &row, settings, &k->results);
    arena_close(&arena);
    return rc;
}

enum rc campaign_figures_keep(struct db *db, uint64_t id, const struct campaign_settings *settings)
{
    struct keeping k = { .db = db, .now = clock_now() };
    enum rc rc = campaign_status_read(db, id, &k.status);

    if (rc || k.status.campaign.figures_at)
        return rc;
    rc = count_results(db, id, settings, &k);
    if (!rc)
        rc = db_transaction(db, keep_body, &k);
    if (!rc)
        log_info("campaign=%llu event=figures-kept messages=%llu", (unsigned long long)id,
                 (unsigned long long)k.status.campaign.messages);
    return rc;
}

enum rc campaign_figures_keep_next(struct db *db, utc_us before,
                                   const struct campaign_settings *settings, uint64_t *id)
{
    uint64_t next = 0;
    enum rc rc = db_query_u64(db, SQL_NEXT, DB_IN(db_time(before)), &next);

    if (rc == RC_NOTFOUND)
        rc = RC_OK;
    else if (!rc)
        rc = campaign_figures_keep(db, next, settings);
    if (!rc)
        *id = next;
    return rc;
}

struct figure {
    const char *kind, *name;
    uint64_t n;
};

static enum rc take_figure(void *arg, const char *kind, const char *name, uint64_t *n)
{
    const struct figure *f = arg;

    if (strcmp(f->kind, kind) == 0 && strcmp(f->name, name) == 0)
        *n = f->n;
    return RC_OK;
}

enum rc campaign_figures_read(struct db *db, uint64_t id, struct campaign_status *out)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_u64(id)), &rows), end;

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        struct figure f = { db_get_text(rows, 0), db_get_text(rows, 1), db_get_u64(rows, 2) };
        rc = each_figure(out, take_figure, &f);
    }
    end = db_rows_end(rows);
    return rc ? rc : end;
}

enum rc campaign_figures_read_results(struct db *db, uint64_t id, struct campaign_results *out)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_u64(id)), &rows), end;

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        struct figure f = { db_get_text(rows, 0), db_get_text(rows, 1),
                            (uint64_t)db_get_i64(rows, 2) };
        rc = each_outcome(out, take_figure, &f);
        if (strcmp(f.name, "order_days") == 0)
            out->order_days = (unsigned)f.n;
        if (strcmp(f.kind, "failed") == 0 && out->n_failures < CAMPAIGN_FAILED_MAX) {
            struct campaign_failure *failure = &out->failures[out->n_failures++];
            snprintf(failure->reason, sizeof(failure->reason), "%s", f.name);
            failure->n = f.n;
        }
    }
    end = db_rows_end(rows);
    return rc ? rc : end;
}
