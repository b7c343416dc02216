/* link.c - links in texts, and the tables campaign_link and link_visit. */
#include "store/link.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/db.h"

/* Of the GSM alphabet, and no character of a code: nobody writes it by chance. */
#define MARK "#########"

static const char SQL_LINK[] = "INSERT INTO campaign_link (campaign_id, n, url)"
                               "VALUES (?, ?, ?)";

static const char SQL_TARGET[] =
    "SELECT l.campaign_id, l.url, m.campaign_id IS NULL"
    "  FROM message m"
    "  LEFT JOIN campaign_test t ON t.message_id = m.id"
    "  JOIN campaign_link l"
    "    ON l.campaign_id = COALESCE(m.campaign_id, t.campaign_id) AND l.n = ?"
    " WHERE m.id = ?";

static const char SQL_VISIT[] =
    "INSERT IGNORE INTO link_visit (message_id, n, at, visitor, class, campaign_id)"
    "VALUES (?, ?, ?, ?, ?, ?)";

static const char SQL_COUNTS[] =
    "SELECT l.n, l.url, COALESCE(SUM(v.class = 'human'), 0),"
    "       COUNT(DISTINCT IF(v.class = 'human', v.message_id, NULL)),"
    "       COALESCE(SUM(v.class = 'bot'), 0),"
    "       MIN(IF(v.class = 'human', v.at, NULL)), MAX(IF(v.class = 'human', v.at, NULL))"
    "  FROM campaign_link l"
    "  LEFT JOIN link_visit v ON v.campaign_id = l.campaign_id AND v.n = l.n"
    " WHERE l.campaign_id = ?"
    " GROUP BY l.n, l.url"
    " ORDER BY l.n";

static const char SQL_RECIPIENTS[] = "SELECT COUNT(DISTINCT message_id)"
                                     "  FROM link_visit"
                                     " WHERE campaign_id = ? AND class = 'human'";

/* --- in texts --- */

enum rc link_list_add(struct link_list *list, const char *url, unsigned *n)
{
    size_t i = 0;

    while (i < list->n && strcmp(list->urls[i], url) != 0)
        i++;
    if (i == LINK_CODE_LINKS)
        return RC_INVALID;
    if (i == list->n)
        list->urls[list->n++] = url;
    *n = (unsigned)i;
    return RC_OK;
}

enum rc link_list_write(struct db *db, uint64_t campaign_id, const struct link_list *list)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < list->n; i++)
        rc = db_run(db, SQL_LINK, DB_IN(db_u64(campaign_id), db_u64(i), db_text(list->urls[i])),
                    NULL);
    return rc;
}

const char *link_marker(const struct link_settings *links, unsigned n, struct arena *arena)
{
    char text[LINK_BASE_MAX + LINK_CODE_LENGTH + 2];
    int len = snprintf(text, sizeof(text), "%s/" MARK "%c", links->base, 'A' + (int)n);

    return len < (int)sizeof(text) ? arena_copy(arena, text, (size_t)len) : NULL;
}

void link_fill(const struct link_settings *links, uint64_t message_id, char *text)
{
    while ((text = strstr(text, "/" MARK)) != NULL) {
        char *code = text + 1;
        unsigned n = (unsigned)(code[strlen(MARK)] - 'A');
        if (n < LINK_CODE_LINKS)
            link_code_write(links->secret, message_id, n, code);
        text = code + strlen(MARK);
    }
}

/* --- visits --- */

static enum rc find_target(struct db *db, struct link_target *t)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_TARGET, DB_IN(db_u64(t->n), db_u64(t->message_id)), &rows);

    if (rc)
        return rc;
    t->found = db_next(rows);
    if (t->found) {
        t->campaign_id = db_get_u64(rows, 0);
        snprintf(t->url, sizeof(t->url), "%s", db_get_text(rows, 1));
        t->test = db_get_u64(rows, 2) != 0;
    }
    return db_rows_end(rows);
}

enum rc link_targets(struct db *db, struct link_target *targets, size_t n)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < n; i++)
        rc = find_target(db, &targets[i]);
    return rc;
}

static enum rc write_visits(struct db *db, void *rows)
{
    return db_bulk_run(db, SQL_VISIT, rows, NULL);
}

enum rc link_visits_write(struct db *db, const struct link_visit *visits, size_t n)
{
    struct db_bulk *rows = db_bulk_new(6);
    enum rc rc = rows ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < n; i++)
        rc = db_bulk_add(
            rows, (const struct db_value[]){
                      db_u64(visits[i].message_id), db_u64(visits[i].n), db_time(visits[i].at),
                      db_bytes(visits[i].visitor, sizeof(visits[i].visitor)),
                      db_text(visits[i].bot ? "bot" : "human"), db_u64(visits[i].campaign_id) });
    if (!rc)
        rc = db_transaction(db, write_visits, rows);
    db_bulk_free(rows);
    return rc;
}

enum rc link_counts(struct db *db, uint64_t campaign_id,
                    void (*each)(void *arg, const struct link_count *count), void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_COUNTS, DB_IN(db_u64(campaign_id)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct link_count count = {
            .n = (unsigned)db_get_u64(rows, 0),
            .url = db_get_text(rows, 1),
            .visits = db_get_u64(rows, 2),
            .recipients = db_get_u64(rows, 3),
            .bots = db_get_u64(rows, 4),
            .first_at = db_get_time(rows, 5),
            .last_at = db_get_time(rows, 6),
        };
        each(arg, &count);
    }
    return db_rows_end(rows);
}

enum rc link_recipients(struct db *db, uint64_t campaign_id, uint64_t *n)
{
    return db_query_u64(db, SQL_RECIPIENTS, DB_IN(db_u64(campaign_id)), n);
}
