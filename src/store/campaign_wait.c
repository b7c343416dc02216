/* campaign_wait.c - the queue of one campaign, by window. */
#include "store/campaign_wait.h"

#include <string.h>

#include "store/db.h"
#include "store/send_window.h"

#define WAITS_MAX 64

static const char SQL_WAITING[] =
    "SELECT s.window_id, s.state = 'paced', s.class = 'promo',"
    "       CAST(SUM(s.last_id + 1 - s.next_id) AS UNSIGNED) AS n,"
    "       CAST(SUM(IF(s.due_at > ?, s.last_id + 1 - s.next_id, 0)) AS UNSIGNED), MIN(s.due_at),"
    "       q.channel = 'email'"
    "  FROM outbox_slice s"
    "  JOIN queue q ON q.id = s.queue_id"
    " WHERE s.campaign_id = ? AND s.state IN ('ready', 'paced') AND s.next_id <= s.last_id"
    " GROUP BY s.window_id, s.state, s.class, q.channel"
    " ORDER BY n DESC"
    " LIMIT ?";

struct row {
    unsigned window_id;
    bool paced, windowed, by_mail;
    uint64_t n, later;
    utc_us due_at;
};

static enum rc read_rows(struct db *db, uint64_t id, utc_us now, size_t max,
                         struct row list[WAITS_MAX], size_t *n)
{
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_WAITING,
                 DB_IN(db_time(now), db_u64(id), db_u64(max < WAITS_MAX ? max : WAITS_MAX)), &rows);

    *n = 0;
    if (rc)
        return rc;
    while (*n < WAITS_MAX && db_next(rows))
        list[(*n)++] = (struct row){
            .window_id = (unsigned)db_get_u64(rows, 0),
            .paced = db_get_u64(rows, 1) != 0,
            .windowed = db_get_u64(rows, 0) || db_get_u64(rows, 2),
            .n = db_get_u64(rows, 3),
            .later = db_get_u64(rows, 4),
            .due_at = db_get_time(rows, 5),
            .by_mail = db_get_u64(rows, 6) != 0,
        };
    return db_rows_end(rows);
}

/* *waits: it does. */
static enum rc explain(struct db *db, struct send_windows *windows, utc_us now,
                       const struct row *row, struct campaign_wait *w, bool *waits)
{
    struct send_state state = { .open = true };
    enum rc rc = RC_OK;

    *w = (struct campaign_wait){ .zone = "", .messages = row->n, .by_mail = row->by_mail };
    if (windows && row->windowed)
        rc = send_windows_state(db, windows, row->window_id, now, &state);
    if (!rc && !state.open)
        rc = send_windows_zone(db, windows, row->window_id, &w->zone);
    *waits = true;
    if (!state.open) {
        w->kind = CAMPAIGN_WAITS_FOR_WINDOW;
        w->until = state.until;
    } else if (row->paced) {
        w->kind = CAMPAIGN_WAITS_FOR_TURN;
    } else {
        w->kind = CAMPAIGN_WAITS_PUT_OFF;
        w->messages = row->later;
        w->until = row->due_at;
        *waits = row->later > 0;
    }
    return rc;
}

enum rc campaign_waits(struct db *db, uint64_t id, struct send_windows *windows, utc_us now,
                       size_t max, void (*each)(void *arg, const struct campaign_wait *wait),
                       void *arg)
{
    struct row list[WAITS_MAX];
    struct campaign_wait wait;
    size_t n;
    bool waits;
    enum rc rc = read_rows(db, id, now, max, list, &n);

    for (size_t i = 0; !rc && i < n; i++) {
        rc = explain(db, windows, now, &list[i], &wait, &waits);
        if (!rc && waits)
            each(arg, &wait);
    }
    return rc;
}
