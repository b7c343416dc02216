/* campaign_trial.c - which text the rest gets: decided once, whoever decides and however often. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/proportion.h"
#include "store/audit.h"
#include "store/campaign_results.h"
#include "store/campaign_row.h"

#define LOG_PART "campaign"
#include "base/log.h"

static const char SQL_LEFT[] =
    "UPDATE campaign"
    "   SET test_until = ?"
    " WHERE id = ? AND state = 'testing' AND test_until IS NULL AND winner IS NULL"
    "   AND NOT EXISTS (SELECT 1 FROM outbox_slice s WHERE s.campaign_id = campaign.id)";

/* From here on the audience is walked once more. A paused one stays paused. */
static const char SQL_WINNER[] =
    "UPDATE campaign"
    "   SET winner = ?, winner_at = ?, winner_by = ?, winner_why = ?, next_customer = 0,"
    "       state = IF(state = 'paused', 'paused', 'expanding')"
    " WHERE id = ? AND state IN ('testing', 'paused') AND winner IS NULL AND test_share > 0"
    "   AND next_customer = ? AND variant_n > ?";

struct choice {
    uint64_t id, audit_id, moved;
    unsigned variant;
    const char *who, *why;
};

static enum rc choose_body(struct db *db, void *arg)
{
    struct choice *c = arg;
    utc_us now = clock_now();
    char detail[200];
    enum rc rc = db_run(db, SQL_WINNER,
                        DB_IN(db_u64(c->variant), db_time(now), db_text(c->who), db_text(c->why),
                              db_u64(c->id), db_u64(CAMPAIGN_EXPANDED), db_u64(c->variant)),
                        &c->moved);

    if (rc || !c->moved)
        return rc;
    snprintf(detail, sizeof(detail), "text %c: %.180s", (char)('A' + c->variant), c->why);
    return audit_write(db, &(struct audit_entry){ .id = c->audit_id,
                                                  .at = now,
                                                  .who = c->who,
                                                  .verb = "winner",
                                                  .subject = AUDIT_CAMPAIGN,
                                                  .subject_id = c->id,
                                                  .detail = detail });
}

static enum rc choose(struct db *db, struct choice *c)
{
    enum rc rc = audit_new_id(db, &c->audit_id);

    return rc ? rc : db_transaction(db, choose_body, c);
}

/* --- by figures --- */

static size_t add_rates(char *out, size_t size, const struct proportion *list, unsigned n)
{
    size_t used = 0;

    for (unsigned i = 0; i < n && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%c %.2f %% (%llu of %llu)",
                                 i ? ", " : "", (char)('A' + i), 100.0 * proportion_rate(&list[i]),
                                 (unsigned long long)list[i].hits, (unsigned long long)list[i].n);
    return used < size ? used : size - 1;
}

static const char *chance(double p)
{
    return p < 0.01 ? "hardly chance" : p < 0.05 ? "probably not chance" : "could be chance";
}

static void explain(const struct proportion *list, unsigned n, enum campaign_measure by,
                    const struct proportion_winner *w, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "by %s: ", campaign_measure_name(by));

    used += add_rates(out + used, size - used, list, n);
    switch (w->verdict) {
    case PROPORTION_TOO_SMALL:
        snprintf(out + used, size - used, "; too few to tell, so the first text");
        break;
    case PROPORTION_TIE:
        snprintf(out + used, size - used, "; the best are equal, so the first of them");
        break;
    case PROPORTION_BEST:
        snprintf(out + used, size - used, "; p = %.3f against %c: %s", w->p,
                 (char)('A' + w->second), chance(w->p));
        break;
    }
}

static enum rc decide(struct db *db, const struct campaign_row *row,
                      const struct campaign_settings *settings, bool *decided)
{
    struct proportion list[CAMPAIGN_VARIANTS_MAX];
    struct proportion_winner winner;
    char why[300];
    struct choice c = { .id = row->campaign.id, .who = "relaisd", .why = why };
    enum rc rc = campaign_results_measure(db, row, row->life.test_by, settings, list);

    if (rc)
        return rc;
    proportion_choose(list, row->life.n_variants, &winner);
    explain(list, row->life.n_variants, row->life.test_by, &winner, why, sizeof(why));
    c.variant = winner.best;
    rc = choose(db, &c);
    *decided = !rc && c.moved;
    if (*decided)
        log_info("campaign=%llu winner=%c why=\"%s\"", (unsigned long long)c.id,
                 (char)('A' + c.variant), why);
    return rc;
}

enum rc campaign_trial_step(struct db *db, uint64_t id, const struct campaign_settings *settings,
                            bool *decided)
{
    struct campaign_row row;
    struct arena arena;
    utc_us now = clock_now();
    enum rc rc;

    *decided = false;
    arena_init(&arena);
    rc = campaign_row_read(db, id, &arena, &row);
    if (rc || row.campaign.state != CAMPAIGN_TESTING || row.life.winner >= 0) {
        arena_close(&arena);
        return rc;
    }
    if (!row.life.test_until)
        rc = db_run(db, SQL_LEFT, DB_IN(db_time(now + row.life.test_s * USEC_PER_SEC), db_u64(id)),
                    NULL);
    else if (row.life.test_until <= now)
        rc = decide(db, &row, settings, decided);
    arena_close(&arena);
    return rc;
}

/* --- by a person --- */

enum rc campaign_choose(struct db *db, uint64_t id, unsigned variant, const char *who,
                        struct error *err)
{
    struct choice c = { .id = id, .variant = variant, .who = who, .why = "chosen by hand" };
    struct campaign_row row;
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = campaign_row_read(db, id, &arena, &row);
    if (rc == RC_NOTFOUND)
        error_set(err, rc, "there is no campaign %llu", (unsigned long long)id);
    else if (!rc && variant >= row.life.n_variants)
        rc = error_set(err, RC_INVALID, "campaign %llu has no text %c", (unsigned long long)id,
                       (char)('A' + variant));
    if (!rc)
        rc = choose(db, &c);
    if (!rc && !c.moved && row.life.winner >= 0)
        rc = error_set(err, RC_CONFLICT, "text %c has won already, chosen by %s",
                       (char)('A' + row.life.winner), row.life.winner_by);
    else if (!rc && !c.moved)
        rc = error_set(err, RC_CONFLICT, "campaign %llu is %s: no text is being tried",
                       (unsigned long long)id, campaign_state_name(row.campaign.state));
    arena_close(&arena);
    return rc;
}
