/* campaign_figures.c - counts as rows of (kind, name, n). */
#include "store/campaign_figures.h"

#include <stdio.h>
#include <string.h>

#include "store/db.h"

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

static const char SQL_READ[] = "SELECT kind, name, n FROM campaign_figure WHERE campaign_id = ?";

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
    return rc;
}

struct keeping {
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
    return db_run(k->db, SQL_FIGURE,
                  DB_IN(db_u64(k->status.campaign.id), db_text(kind), db_text(name), db_u64(*n)),
                  NULL);
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
    return k->kept ? each_figure(&k->status, write_figure, k) : RC_CONFLICT;
}

enum rc campaign_figures_keep(struct db *db, uint64_t id)
{
    struct keeping k = { .db = db, .now = clock_now() };
    enum rc rc = campaign_status_read(db, id, &k.status);

    if (rc || k.status.campaign.figures_at)
        return rc;
    rc = db_transaction(db, keep_body, &k);
    if (!rc)
        log_info("campaign=%llu event=figures-kept messages=%llu", (unsigned long long)id,
                 (unsigned long long)k.status.campaign.messages);
    return rc;
}

enum rc campaign_figures_keep_next(struct db *db, utc_us before, uint64_t *id)
{
    uint64_t next = 0;
    enum rc rc = db_query_u64(db, SQL_NEXT, DB_IN(db_time(before)), &next);

    if (rc == RC_NOTFOUND)
        rc = RC_OK;
    else if (!rc)
        rc = campaign_figures_keep(db, next);
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
