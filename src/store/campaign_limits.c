/* campaign_limits.c - settings, the campaign's own words, and who sent the same ones before. */
#include "store/campaign_limits.h"

#include "store/send_window.h"

static const char SQL_HASHES[] = "SELECT body_hash"
                                 "  FROM campaign_variant"
                                 " WHERE campaign_id = ?"
                                 " ORDER BY n";

/*
 * Of a campaign with several texts, or with one for each channel, those that are the same, as bits:
 * who got another one may get this one. One that went on into the period counts, and one that still
 * runs.
 */
static const char SQL_SAME_TEXT[] =
    "SELECT k.id, k.channels LIKE '%,%' AS by_both, k.variant_n,"
    "       (SELECT COALESCE(BIT_OR(1 << v.n), 0)"
    "          FROM campaign_variant v"
    "         WHERE v.campaign_id = k.id AND v.body_hash IN (?, ?, ?, ?)) AS texts"
    "  FROM campaign k"
    " WHERE k.id <> ? AND k.class = 'promo' AND k.started_at IS NOT NULL"
    "   AND (k.finished_at IS NULL OR k.finished_at >= ?)"
    "HAVING texts <> 0"
    "    OR (k.variant_n < 2 AND NOT by_both"
    "        AND EXISTS (SELECT 1"
    "                      FROM campaign s"
    "                     WHERE s.id = k.id AND s.body_hash IN (?, ?, ?, ?)))"
    " ORDER BY k.id DESC"
    " LIMIT ?";

static enum rc find_same_text(struct db *db, const struct campaign_own_limits *own, utc_us since,
                              struct recipients_campaigns *out)
{
    uint64_t hash[CAMPAIGN_VARIANTS_MAX];
    struct db_rows *rows;
    enum rc rc;

    for (size_t i = 0; i < CAMPAIGN_VARIANTS_MAX; i++)
        hash[i] = own->hashes[i < own->n_hashes ? i : 0];
    rc = db_query(db, SQL_SAME_TEXT,
                  DB_IN(db_u64(hash[0]), db_u64(hash[1]), db_u64(hash[2]), db_u64(hash[3]),
                        db_u64(own->id), db_time(since), db_u64(hash[0]), db_u64(hash[1]),
                        db_u64(hash[2]), db_u64(hash[3]), db_u64(RECIPIENTS_CAMPAIGNS_MAX)),
                  &rows);
    if (rc)
        return rc;
    while (out->n < RECIPIENTS_CAMPAIGNS_MAX && db_next(rows)) {
        out->ids[out->n] = db_get_u64(rows, 0);
        out->by_channel[out->n] = db_get_u64(rows, 1) != 0;
        out->texts[out->n++] = (unsigned)db_get_u64(rows, 3);
    }
    return db_rows_end(rows);
}

enum rc campaign_limits_set(struct db *db, const struct campaign_settings *settings,
                            const struct campaign_own_limits *own, struct recipients_spec *spec)
{
    if (spec->class != CLASS_PROMO)
        return RC_OK;
    spec->limits = (struct recipients_limits){
        .cap = settings->rules ? settings->rules->cap : 0,
        .cap_s = settings->rules ? settings->rules->cap_period_s : 0,
        .rest_s = own->rest_s == CAMPAIGN_REST_OF_HOUSE ? settings->rest_s : own->rest_s,
        .adult_years = settings->adult_years,
        .alone = true,
    };
    if (own->may_repeat || !settings->repeat_s || !own->n_hashes)
        return RC_OK;
    return find_same_text(db, own, spec->now - settings->repeat_s * USEC_PER_SEC, &spec->same_text);
}

/* Of its further texts as they were written; of the only one its own. */
static enum rc read_hashes(struct db *db, const struct campaign_row *row, uint64_t *hashes,
                           size_t *n)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_HASHES, DB_IN(db_u64(row->campaign.id)), &rows);

    if (rc)
        return rc;
    hashes[0] = row->life.body_hash;
    *n = 0;
    while (*n < CAMPAIGN_VARIANTS_MAX && db_next(rows))
        hashes[(*n)++] = db_get_u64(rows, 0);
    *n += !*n;
    return db_rows_end(rows);
}

enum rc campaign_limits_of_row(struct db *db, const struct campaign_settings *settings,
                               const struct campaign_row *row, struct recipients_spec *spec)
{
    uint64_t hashes[CAMPAIGN_VARIANTS_MAX];
    struct campaign_own_limits own = {
        .id = row->campaign.id,
        .rest_s = row->rest_s,
        .may_repeat = row->life.may_repeat,
        .hashes = hashes,
    };
    enum rc rc = read_hashes(db, row, hashes, &own.n_hashes);

    return rc ? rc : campaign_limits_set(db, settings, &own, spec);
}

enum rc campaign_limits_of_plan(struct db *db, const struct campaign_settings *settings,
                                const struct campaign_plan *plan,
                                const struct campaign_texts *texts, struct recipients_spec *spec)
{
    uint64_t hashes[CAMPAIGN_VARIANTS_MAX];
    struct campaign_own_limits own = {
        .rest_s = plan->has_rest ? plan->rest_s : CAMPAIGN_REST_OF_HOUSE,
        .may_repeat = plan->may_repeat,
        .hashes = hashes,
    };

    for (; own.n_hashes < texts->n; own.n_hashes++)
        hashes[own.n_hashes] = campaign_text_hash(&texts->list[own.n_hashes]);
    if (texts->mail.body)
        hashes[own.n_hashes++] = campaign_text_hash(&texts->mail);
    return campaign_limits_set(db, settings, &own, spec);
}
