/* campaign_status.c - what became of a campaign so far. */
#include <string.h>

#include "base/arena.h"
#include "store/campaign_figures.h"
#include "store/campaign_row.h"
#include "store/timed_id.h"

#define STOPS_AFTER_US (7 * SEC_PER_DAY * USEC_PER_SEC)

/* Grouping by the state's number takes half the time of grouping by its name. */
static const char SQL_STATES[] =
    "SELECT (SELECT m.state FROM message m WHERE m.id = s.one), s.n, s.sent,"
    "       CAST(s.segments AS UNSIGNED), s.is_mail"
    "  FROM (SELECT MAX(id) AS one, COUNT(*) AS n,"
    "               COUNT(NULLIF(accepted_parts | delivered_parts, 0)) AS sent,"
    "               SUM(IF(accepted_parts | delivered_parts, parts, 0)) AS segments,"
    "               channel + 0 = 2 AS is_mail"
    "          FROM message"
    "         WHERE id BETWEEN ? AND ? AND campaign_id = ?"
    "         GROUP BY state + 0, channel + 0) s";

static const char SQL_EXCLUSIONS[] = "SELECT reason, COUNT(*)"
                                     "  FROM campaign_exclusion"
                                     " WHERE campaign_id = ?"
                                     " GROUP BY reason";

/* Ids of inbound messages carry their time, so those of the campaign's days are a range. */
static const char SQL_OPTED_OUT[] =
    "SELECT COUNT(DISTINCT i.from_address)"
    "  FROM inbound_message i"
    "  JOIN contact_point p ON p.address = i.from_address AND p.channel = 'sms'"
    "  JOIN campaign_recipient r ON r.campaign_id = ? AND r.customer_id = p.customer_id"
    " WHERE i.id BETWEEN ? AND ? AND i.at >= ? AND i.channel = 'sms' AND i.keyword = 'stop'";

/* What answers to a mail of it: its link, a button, a mail. */
static const char SQL_UNSUBSCRIBED[] =
    "SELECT COUNT(DISTINCT m.id)"
    "  FROM opt_out o FORCE INDEX (by_message)"
    "  JOIN message m ON m.id = o.message_id"
    " WHERE o.message_id BETWEEN ? AND ? AND o.channel = 'email' AND m.campaign_id = ?"
    "   AND o.at < ?";

static const char SQL_EXCLUDED[] = "SELECT customer_id"
                                   "  FROM campaign_exclusion"
                                   " WHERE campaign_id = ? AND customer_id > ? AND reason = ?"
                                   " ORDER BY customer_id"
                                   " LIMIT ?";

static enum rc read_states(struct db *db, const struct campaign_row *row, struct campaign_status *s)
{
    struct db_rows *rows;
    enum rc rc = db_query(
        db, SQL_STATES,
        DB_IN(db_u64(row->first_message), db_u64(row->last_message), db_u64(row->campaign.id)),
        &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const bool mail = db_get_u64(rows, 4) != 0;
        struct campaign_by_channel *by = &s->by_channel[mail ? CHANNEL_EMAIL : CHANNEL_SMS];
        enum message_state state;
        if (message_state_parse(db_get_text(rows, 0), &state))
            continue;
        s->by_state[state] += db_get_u64(rows, 1);
        s->sent_by_state[state] += db_get_u64(rows, 2);
        s->sent += db_get_u64(rows, 2);
        s->segments += mail ? 0 : db_get_u64(rows, 3);
        by->messages += db_get_u64(rows, 1);
        by->sent += db_get_u64(rows, 2);
        by->delivered += state == MESSAGE_DELIVERED ? db_get_u64(rows, 1) : 0;
        by->failed += state == MESSAGE_FAILED ? db_get_u64(rows, 1) : 0;
    }
    return db_rows_end(rows);
}

static enum rc read_exclusions(struct db *db, struct campaign_status *s)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_EXCLUSIONS, DB_IN(db_u64(s->campaign.id)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        for (int e = 0; e < EXCLUSION_COUNT; e++) {
            if (strcmp(exclusion_name((enum exclusion)e), db_get_text(rows, 0)) == 0)
                s->excluded[e] = db_get_u64(rows, 1);
        }
    }
    return db_rows_end(rows);
}

static enum rc read_opted_out(struct db *db, const struct campaign_row *row,
                              struct campaign_status *s)
{
    const utc_us start = s->campaign.started_at;
    const utc_us end = s->campaign.finished_at ? s->campaign.finished_at : clock_now();
    uint64_t unsubscribed = 0;
    enum rc rc = RC_OK;

    if (!start)
        return RC_OK;
    if (reach_has(s->campaign.reach, CHANNEL_SMS))
        rc = db_query_u64(db, SQL_OPTED_OUT,
                          DB_IN(db_u64(s->campaign.id), db_u64(timed_id_at(start)),
                                db_u64(timed_id_at(end + STOPS_AFTER_US)), db_time(start)),
                          &s->opted_out);
    if (!rc && reach_has(s->campaign.reach, CHANNEL_EMAIL))
        rc = db_query_u64(db, SQL_UNSUBSCRIBED,
                          DB_IN(db_u64(row->first_message), db_u64(row->last_message),
                                db_u64(s->campaign.id), db_time(end + STOPS_AFTER_US)),
                          &unsubscribed);
    s->opted_out += unsubscribed;
    return rc;
}

static enum rc count(struct db *db, const struct campaign_row *row, struct campaign_status *s)
{
    enum rc rc = read_states(db, row, s);

    if (!rc)
        rc = read_exclusions(db, s);
    return rc ? rc : read_opted_out(db, row, s);
}

enum rc campaign_status_read(struct db *db, uint64_t id, struct campaign_status *out)
{
    struct campaign_status s = { .sent = 0 };
    struct campaign_row row;
    struct arena arena;
    utc_us end;
    enum rc rc;

    arena_init(&arena);
    rc = campaign_row_read(db, id, &arena, &row);
    arena_close(&arena);
    if (rc)
        return rc;
    s.campaign = row.campaign;
    rc = s.campaign.figures_at ? campaign_figures_read(db, id, &s) : count(db, &row, &s);
    if (rc)
        return rc;
    end = s.campaign.finished_at ? s.campaign.finished_at : clock_now();
    if (s.campaign.started_at && end > s.campaign.started_at)
        s.per_second = (double)s.sent * USEC_PER_SEC / (double)(end - s.campaign.started_at);
    *out = s;
    return RC_OK;
}

enum rc campaign_excluded_list(struct db *db, uint64_t id, enum exclusion reason, uint64_t after,
                               size_t limit, void (*each)(void *arg, uint64_t customer_id),
                               void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(
        db, SQL_EXCLUDED,
        DB_IN(db_u64(id), db_u64(after), db_text(exclusion_name(reason)), db_u64(limit)), &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        each(arg, db_get_u64(rows, 0));
    return db_rows_end(rows);
}
