/*
 * standing.c - the summaries by which audiences are counted.
 *
 * A refresh locks the customers before it looks: two transactions that change different tables of
 * one customer come one after the other here, and the second one sees what the first one did. The
 * look for others with the same number locks what it finds: of two transactions that bring in the
 * same number, one waits for the other.
 */
#include "store/standing.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "store/db.h"

#define IDS_TEXT_MAX ((size_t)64 * STANDING_MAX)

/* Ids travel as JSON: one statement for any number of them. */
#define WANTED "JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) w"

static const char SQL_LOCK[] = "SELECT c.id"
                               "  FROM " WANTED "  STRAIGHT_JOIN customer c ON c.id = w.id"
                               "   FOR UPDATE";

/* Whose number somebody else has, too: a number of a thousand people is looked up once for each. */
#define HAS_SHARED_NUMBER                                            \
    "p.channel = 'sms' AND p.is_primary"                             \
    "   AND p.address IN (SELECT q.address"                          \
    "                       FROM contact_point q"                    \
    "                      WHERE q.channel = 'sms' AND q.is_primary" \
    "                        AND q.customer_id <> p.customer_id)"

static const char SQL_SHARED[] =
    "SELECT p.customer_id, p.address"
    "  FROM " WANTED "  STRAIGHT_JOIN contact_point p ON p.customer_id = w.id"
    " WHERE " HAS_SHARED_NUMBER "  LOCK IN SHARE MODE";

#define JOINS                                                                        \
    "  LEFT JOIN contact_point p"                                                    \
    "         ON p.customer_id = c.id AND p.channel = 'sms' AND p.is_primary"        \
    "  LEFT JOIN consent_current k"                                                  \
    "         ON k.customer_id = c.id AND k.channel = 'sms' AND k.purpose = 'promo'" \
    "  LEFT JOIN opt_out o ON o.channel = 'sms' AND o.address = p.address AND o.sender = ''"

#define STANDING                                          \
    "CASE WHEN p.address IS NULL THEN 'no_contact_point'" \
    "     WHEN p.state = 'suppressed' THEN 'suppressed'"  \
    "     WHEN p.state <> 'valid' THEN 'invalid_address'" \
    "     WHEN o.address IS NOT NULL THEN 'opted_out'"    \
    "     WHEN k.state IS NULL THEN 'no_consent'"         \
    "     WHEN k.state <> 'granted' THEN 'withdrawn'"     \
    "     ELSE '' END"
#define CONSENT_AT "IF(k.state = 'granted', k.at, NULL)"
#define PREFIX     "COALESCE(RPAD(SUBSTR(p.address, 2, 7), 7, '0'), 0)"

static const char SQL_REFRESH[] =
    "UPDATE JSON_TABLE(?, '$[*]' COLUMNS (id     BIGINT UNSIGNED PATH '$[0]',"
    "                                     shared BOOLEAN         PATH '$[1]')) w"
    "  STRAIGHT_JOIN customer c ON c.id = w.id" JOINS "   SET c.sms_standing = " STANDING ","
    "       c.sms_shared   = w.shared,"
    "       c.sms_prefix   = " PREFIX ","
    "       c.consent_at   = " CONSENT_AT;

/*
 * The others with a number that is shared now. When there were two or more of them before, all of
 * these were marked then; when there was one, it is among the first of the list, for at most
 * STANDING_MAX are new here.
 */
static const char SQL_SHARERS[] = "UPDATE customer c"
                                  "  JOIN (SELECT customer_id"
                                  "          FROM contact_point"
                                  "         WHERE address = ? AND channel = 'sms' AND is_primary"
                                  "         ORDER BY customer_id"
                                  "         LIMIT 1001) s ON s.customer_id = c.id"
                                  "   SET c.sms_shared = TRUE"
                                  " WHERE NOT c.sms_shared";

static const char SQL_OF_ADDRESS[] = "SELECT customer_id"
                                     "  FROM contact_point"
                                     " WHERE address = ? AND channel = 'sms'"
                                     " ORDER BY customer_id"
                                     " LIMIT 1000";

static const char SQL_NEW_SHARED[] = "SELECT p.customer_id"
                                     "  FROM contact_point p"
                                     " WHERE p.customer_id BETWEEN ? AND ?"
                                     "   AND " HAS_SHARED_NUMBER "  LOCK IN SHARE MODE";

static const char SQL_NEW_OPTED_OUT[] =
    "SELECT p.customer_id"
    "  FROM contact_point p"
    "  JOIN opt_out o ON o.channel = 'sms' AND o.address = p.address AND o.sender = ''"
    " WHERE p.customer_id BETWEEN ? AND ? AND p.channel = 'sms' AND p.is_primary";

static const char SQL_SWEEP_END[] = "SELECT c.id"
                                    "  FROM customer c"
                                    " WHERE c.id >= ?"
                                    " ORDER BY c.id"
                                    " LIMIT 1 OFFSET ?";

static const char SQL_SWEEP[] =
    "SELECT c.id"
    "  FROM customer c" JOINS " WHERE c.id BETWEEN ? AND ?"
    "   AND (c.sms_standing <> " STANDING "        OR NOT c.consent_at <=> " CONSENT_AT
    "        OR c.sms_prefix <> " PREFIX "        OR c.sms_shared <> EXISTS (SELECT 1"
    "                                     FROM contact_point q"
    "                                    WHERE q.address = p.address AND q.channel = 'sms'"
    "                                      AND q.is_primary AND q.customer_id <> c.id))"
    " LIMIT 1000";

uint32_t standing_prefix(const char *address)
{
    uint32_t prefix = 0;

    if (!*address)
        return 0;
    for (int i = 0; i < STANDING_PREFIX_DIGITS; i++) {
        if (*address)
            address++;
        prefix =
            prefix * 10 + (*address >= '0' && *address <= '9' ? (uint32_t)(*address - '0') : 0);
    }
    return prefix;
}

/* --- lists --- */

struct standing_list {
    uint64_t ids[STANDING_MAX];
    bool shared[STANDING_MAX];
    size_t n;
    char (*addresses)[E164_SIZE]; /* shared ones, each once */
    size_t n_addresses;
};

static int compare_ids(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void list_fill(struct standing_list *l, const uint64_t *ids, size_t n)
{
    size_t kept = 0;

    memset(l->shared, 0, sizeof(l->shared));
    memcpy(l->ids, ids, n * sizeof(*ids));
    qsort(l->ids, n, sizeof(*ids), compare_ids);
    for (size_t i = 0; i < n; i++) {
        if (!kept || l->ids[i] != l->ids[kept - 1])
            l->ids[kept++] = l->ids[i];
    }
    l->n = kept;
    l->n_addresses = 0;
}

static void list_mark_shared(struct standing_list *l, uint64_t id, const char *address)
{
    const uint64_t *at = bsearch(&id, l->ids, l->n, sizeof(id), compare_ids);
    size_t i = 0;

    if (at)
        l->shared[at - l->ids] = true;
    while (i < l->n_addresses && strcmp(l->addresses[i], address) != 0)
        i++;
    if (i == l->n_addresses && i < STANDING_MAX && strlen(address) < E164_SIZE)
        memcpy(l->addresses[l->n_addresses++], address, strlen(address) + 1);
}

/* "[1,2]", or with what is known of them "[[1,0],[2,1]]". */
static enum rc list_print(const struct standing_list *l, bool with_shared, struct buffer *out)
{
    buffer_reset(out);
    for (size_t i = 0; i < l->n; i++) {
        buffer_add_text(out, i ? "," : "[");
        if (with_shared)
            buffer_printf(out, "[%llu,%d]", (unsigned long long)l->ids[i], l->shared[i]);
        else
            buffer_printf(out, "%llu", (unsigned long long)l->ids[i]);
    }
    buffer_add_text(out, "]");
    return out->full ? RC_FAIL : RC_OK;
}

/* --- refresh --- */

static enum rc lock(struct db *db, const struct buffer *ids)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LOCK, DB_IN(db_bytes(ids->data, ids->len)), &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        continue;
    return db_rows_end(rows);
}

static enum rc find_shared(struct db *db, const struct buffer *ids, struct standing_list *l)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_SHARED, DB_IN(db_bytes(ids->data, ids->len)), &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        list_mark_shared(l, db_get_u64(rows, 0), db_get_text(rows, 1));
    return db_rows_end(rows);
}

static enum rc refresh_list(struct db *db, struct standing_list *l, struct buffer *text)
{
    enum rc rc = list_print(l, false, text);

    if (!rc)
        rc = lock(db, text);
    if (!rc)
        rc = find_shared(db, text, l);
    if (!rc)
        rc = list_print(l, true, text);
    if (!rc)
        rc = db_run(db, SQL_REFRESH, DB_IN(db_bytes(text->data, text->len)), NULL);
    for (size_t i = 0; !rc && i < l->n_addresses; i++)
        rc = db_run(db, SQL_SHARERS, DB_IN(db_text(l->addresses[i])), NULL);
    return rc;
}

enum rc standing_refresh(struct db *db, const uint64_t *ids, size_t n)
{
    struct standing_list *l;
    struct buffer text;
    enum rc rc = RC_OK;

    if (!n)
        return RC_OK;
    l = malloc(sizeof(*l));
    if (!l)
        return RC_FAIL;
    l->addresses = malloc(STANDING_MAX * sizeof(*l->addresses));
    rc = l->addresses ? RC_OK : RC_FAIL;
    buffer_init(&text, IDS_TEXT_MAX);
    for (size_t done = 0; !rc && done < n; done += STANDING_MAX) {
        list_fill(l, ids + done, n - done < STANDING_MAX ? n - done : STANDING_MAX);
        rc = refresh_list(db, l, &text);
    }
    buffer_close(&text);
    free(l->addresses);
    free(l);
    return rc;
}

/* Customers that a query finds. */
static enum rc refresh_found(struct db *db, const char *sql, const struct db_value *in, size_t n_in,
                             size_t *found)
{
    uint64_t ids[STANDING_MAX];
    struct db_rows *rows;
    size_t n = 0;
    enum rc rc = db_query(db, sql, in, n_in, &rows);

    if (rc)
        return rc;
    while (n < STANDING_MAX && db_next(rows))
        ids[n++] = db_get_u64(rows, 0);
    rc = db_rows_end(rows);
    if (!rc && found)
        *found = n;
    return rc ? rc : standing_refresh(db, ids, n);
}

enum rc standing_refresh_address(struct db *db, enum channel channel, const char *address)
{
    if (channel != CHANNEL_SMS)
        return RC_OK;
    return refresh_found(db, SQL_OF_ADDRESS, DB_IN(db_text(address)), NULL);
}

enum rc standing_refresh_new(struct db *db, uint64_t first, uint64_t last)
{
    enum rc rc = refresh_found(db, SQL_NEW_SHARED, DB_IN(db_u64(first), db_u64(last)), NULL);

    if (!rc)
        rc = refresh_found(db, SQL_NEW_OPTED_OUT, DB_IN(db_u64(first), db_u64(last)), NULL);
    return rc;
}

/* --- sweep --- */

struct sweeping {
    uint64_t first, last;
    size_t found;
};

static enum rc sweep_body(struct db *db, void *arg)
{
    struct sweeping *s = arg;

    return refresh_found(db, SQL_SWEEP, DB_IN(db_u64(s->first), db_u64(s->last)), &s->found);
}

enum rc standing_sweep_step(struct db *db, struct standing_sweep *sweep, size_t limit)
{
    struct sweeping s = { .first = sweep->next };
    enum rc rc =
        db_query_u64(db, SQL_SWEEP_END, DB_IN(db_u64(s.first), db_u64(limit - 1)), &s.last);

    if (rc == RC_NOTFOUND) {
        s.last = UINT64_MAX;
        rc = RC_OK;
    }
    if (!rc)
        rc = db_transaction(db, sweep_body, &s);
    if (!rc)
        *sweep = (struct standing_sweep){ .next = s.last == UINT64_MAX ? 0 : s.last + 1,
                                          .repaired = s.found };
    return rc;
}
