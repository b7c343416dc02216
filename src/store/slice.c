/* slice.c - a further slice for messages that an operator wants to be sent. */
#include "store/slice.h"

#include "store/db.h"

static const char SQL_SLICE[] =
    "INSERT INTO outbox_slice"
    "       (id, round, queue_id, last_id, next_id, class, state, due_at, campaign_id, window_id)"
    "SELECT ?, GREATEST(COALESCE(MAX(s.round) + 1, 0), ?), ?, ?, ?, ?,"
    "       IF(EXISTS (SELECT 1"
    "                    FROM campaign k"
    "                   WHERE k.id = ? AND (k.rate_per_hour > 0 OR k.budget_cents IS NOT NULL)),"
    "          'paced', ?), ?, ?,"
    "       (SELECT m.window_id FROM message m WHERE m.id = ?)"
    "  FROM outbox_slice s"
    " WHERE s.id = ?";

static const char SQL_SENDING_AGAIN[] = "UPDATE campaign"
                                        "   SET state = 'sending', finished_at = NULL"
                                        " WHERE id = ? AND state = 'done'";

enum rc slice_add_again(struct db *db, const struct slice_again *s)
{
    return db_run(db, SQL_SLICE,
                  DB_IN(db_u64(s->first_id), db_u64(OPERATOR_ROUND), db_u64(s->queue_id),
                        db_u64(s->last_id), db_u64(s->first_id), db_text(s->class),
                        db_u64(s->campaign_id), db_text(s->held ? "held" : "ready"),
                        db_time(s->due_at), s->campaign_id ? db_u64(s->campaign_id) : db_null(),
                        db_u64(s->first_id), db_u64(s->first_id)),
                  NULL);
}

enum rc slice_campaign_again(struct db *db, uint64_t campaign_id)
{
    return db_run(db, SQL_SENDING_AGAIN, DB_IN(db_u64(campaign_id)), NULL);
}
