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
#define CHANNELS     (CHANNEL_EMAIL + 1)

/* Ids travel as JSON: one statement for any number of them. */
#define WANTED "JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) w"

static const char SQL_LOCK[] = "SELECT c.id"
                               "  FROM " WANTED "  STRAIGHT_JOIN customer c ON c.id = w.id"
                               "   FOR UPDATE";

/* Whose address somebody else has, too: a number of a thousand people is looked up once for each. A
 * statement a channel: where it is named, the server goes by the keys. Both queries lock, so that
 * of two transactions that bring one address at once, the second sees the first: without the word
 * in the inner one, what is not committed yet is not seen, and neither is marked. */
#define HAS_SHARED_ADDRESS(c)                                          \
    "p.channel = '" c "' AND p.is_primary"                             \
    "   AND p.address IN (SELECT q.address"                            \
    "                       FROM contact_point q"                      \
    "                      WHERE q.channel = '" c "' AND q.is_primary" \
    "                        AND q.customer_id <> p.customer_id"       \
    "                       LOCK IN SHARE MODE)"                       \
    "  LOCK IN SHARE MODE"

#define SHARED(c)                                                              \
    "SELECT p.customer_id"                                                     \
    "  FROM " WANTED "  STRAIGHT_JOIN contact_point p ON p.customer_id = w.id" \
    " WHERE " HAS_SHARED_ADDRESS(c)

static const char *const SQL_SHARED[] = {
    [CHANNEL_SMS] = SHARED("sms"),
    [CHANNEL_EMAIL] = SHARED("email"),
};

/* The primary address of a channel, the word about promotions there, and a STOP to all senders:
 * under these three names. */
#define JOINS_OF(channel, p, k, o)                                                              \
    "  LEFT JOIN contact_point " p "         ON " p ".customer_id = c.id AND " p                \
    ".channel = '" channel "'"                                                                  \
    "        AND " p ".is_primary"                                                              \
    "  LEFT JOIN consent_current " k "         ON " k ".customer_id = c.id AND " k              \
    ".channel = '" channel "'"                                                                  \
    "        AND " k ".purpose = 'promo'"                                                       \
    "  LEFT JOIN opt_out " o "         ON " o ".channel = '" channel "' AND " o ".address = " p \
    ".address"                                                                                  \
    "        AND " o ".sender = ''"
#define JOINS JOINS_OF("sms", "p", "k", "o") JOINS_OF("email", "mp", "mk", "mo")

#define STANDING_OF(p, k, o)                                  \
    "CASE WHEN " p ".address IS NULL THEN 'no_contact_point'" \
    "     WHEN " p ".state = 'suppressed' THEN 'suppressed'"  \
    "     WHEN " p ".state <> 'valid' THEN 'invalid_address'" \
    "     WHEN " o ".address IS NOT NULL THEN 'opted_out'"    \
    "     WHEN " k ".state IS NULL THEN 'no_consent'"         \
    "     WHEN " k ".state <> 'granted' THEN 'withdrawn'"     \
    "     ELSE '' END"
#define CONSENT_AT_OF(k) "IF(" k ".state = 'granted', " k ".at, NULL)"

#define STANDING         STANDING_OF("p", "k", "o")
#define EMAIL_STANDING   STANDING_OF("mp", "mk", "mo")
#define CONSENT_AT       CONSENT_AT_OF("k")
#define EMAIL_CONSENT_AT CONSENT_AT_OF("mk")
#define PREFIX           "COALESCE(RPAD(SUBSTR(p.address, 2, 7), 7, '0'), 0)"

static const char SQL_REFRESH[] =
    "UPDATE JSON_TABLE(?, '$[*]' COLUMNS (id           BIGINT UNSIGNED PATH '$[0]',"
    "                                     shared       BOOLEAN         PATH '$[1]',"
    "                                     email_shared BOOLEAN         PATH '$[2]')) w"
    "  STRAIGHT_JOIN customer c ON c.id = w.id" JOINS "   SET c.sms_standing     = " STANDING ","
    "       c.sms_shared       = w.shared,"
    "       c.sms_prefix       = " PREFIX ","
    "       c.consent_at       = " CONSENT_AT ","
    "       c.email_standing   = " EMAIL_STANDING ","
    "       c.email_shared     = w.email_shared,"
    "       c.email_consent_at = " EMAIL_CONSENT_AT;

/*
 * All who have an address of these customers: it is shared now. An address of more than 1,001 is
 * left alone. At most STANDING_MAX of them came by this transaction, so there were two or more
 * before, and these were marked then: what one address of everybody's costs does not grow.
 */
#define SHARERS(channel)                                                                  \
    "UPDATE (SELECT DISTINCT p.address"                                                   \
    "          FROM " WANTED "  STRAIGHT_JOIN contact_point p"                            \
    "                        ON p.customer_id = w.id AND p.channel = '" channel           \
    "'                      AND p.is_primary) a"                                          \
    "  STRAIGHT_JOIN contact_point q"                                                     \
    "                        ON q.address = a.address AND q.channel = '" channel          \
    "'                      AND q.is_primary"                                             \
    "  STRAIGHT_JOIN customer c ON c.id = q.customer_id"                                  \
    "   SET c." channel "_shared = TRUE"                                                  \
    " WHERE NOT c." channel "_shared"                                                     \
    "   AND (SELECT 1"                                                                    \
    "          FROM contact_point r"                                                      \
    "         WHERE r.address = a.address AND r.channel = '" channel "' AND r.is_primary" \
    "         LIMIT 1 OFFSET 1001) IS NULL"

static const char *const SQL_SHARERS[] = {
    [CHANNEL_SMS] = SHARERS("sms"),
    [CHANNEL_EMAIL] = SHARERS("email"),
};

#define MARK(channel)                                            \
    "UPDATE " WANTED "  STRAIGHT_JOIN customer c ON c.id = w.id" \
    "   SET c." channel "_shared = TRUE"

static const char *const SQL_MARK[] = {
    [CHANNEL_SMS] = MARK("sms"),
    [CHANNEL_EMAIL] = MARK("email"),
};

static const char SQL_OF_ADDRESS[] = "SELECT customer_id"
                                     "  FROM contact_point"
                                     " WHERE address = ? AND channel = ?"
                                     " ORDER BY customer_id"
                                     " LIMIT 1000";

#define NEW_SHARED(c)                      \
    "SELECT p.customer_id"                 \
    "  FROM contact_point p"               \
    " WHERE p.customer_id BETWEEN ? AND ?" \
    "   AND " HAS_SHARED_ADDRESS(c)

static const char *const SQL_NEW_SHARED[] = {
    [CHANNEL_SMS] = NEW_SHARED("sms"),
    [CHANNEL_EMAIL] = NEW_SHARED("email"),
};

#define NEW_OPTED_OUT(a_channel)                                                     \
    "SELECT p.customer_id"                                                           \
    "  FROM contact_point p"                                                         \
    "  JOIN opt_out o"                                                               \
    "    ON o.channel = '" a_channel "' AND o.address = p.address AND o.sender = ''" \
    " WHERE p.customer_id BETWEEN ? AND ? AND p.channel = '" a_channel "' AND p.is_primary"

static const char *const SQL_NEW_OPTED_OUT[] = {
    [CHANNEL_SMS] = NEW_OPTED_OUT("sms"),
    [CHANNEL_EMAIL] = NEW_OPTED_OUT("email"),
};

static const char SQL_SWEEP_END[] = "SELECT c.id"
                                    "  FROM customer c"
                                    " WHERE c.id >= ?"
                                    " ORDER BY c.id"
                                    " LIMIT 1 OFFSET ?";

#define IS_SHARED(channel, p)                                            \
    "EXISTS (SELECT 1"                                                   \
    "          FROM contact_point q"                                     \
    "         WHERE q.address = " p ".address AND q.channel = '" channel \
    "' AND q.is_primary AND q.customer_id <> c.id)"

static const char SQL_SWEEP[] =
    "SELECT c.id"
    "  FROM customer c" JOINS " WHERE c.id BETWEEN ? AND ?"
    "   AND (c.sms_standing <> " STANDING "        OR NOT c.consent_at <=> " CONSENT_AT
    "        OR c.sms_prefix <> " PREFIX "        OR c.sms_shared <> " IS_SHARED(
        "sms", "p") "        OR c.email_standing <> " EMAIL_STANDING
                    "        OR NOT c.email_consent_at <=> " EMAIL_CONSENT_AT
                    "        OR c.email_shared <> " IS_SHARED("email", "mp") ")"
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
    bool shared[CHANNELS][STANDING_MAX];
    size_t n;
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
}

static void list_mark_shared(struct standing_list *l, uint64_t id, enum channel channel)
{
    const uint64_t *at = bsearch(&id, l->ids, l->n, sizeof(id), compare_ids);

    if (at)
        l->shared[channel][at - l->ids] = true;
}

/* "[1,2]", or with what is known of them "[[1,0,0],[2,1,0]]". */
static enum rc list_print(const struct standing_list *l, bool with_shared, struct buffer *out)
{
    buffer_reset(out);
    for (size_t i = 0; i < l->n; i++) {
        buffer_add_text(out, i ? "," : "[");
        if (with_shared)
            buffer_printf(out, "[%llu,%d,%d]", (unsigned long long)l->ids[i],
                          l->shared[CHANNEL_SMS][i], l->shared[CHANNEL_EMAIL][i]);
        else
            buffer_printf(out, "%llu", (unsigned long long)l->ids[i]);
    }
    buffer_add_text(out, "]");
    return out->full ? RC_FAIL : RC_OK;
}

/* Those whose address of the channel is shared. False: there are none. */
static bool list_print_shared(const struct standing_list *l, enum channel channel,
                              struct buffer *out)
{
    buffer_reset(out);
    for (size_t i = 0; i < l->n; i++) {
        if (l->shared[channel][i])
            buffer_printf(out, "%s%llu", out->len ? "," : "[", (unsigned long long)l->ids[i]);
    }
    if (!out->len)
        return false;
    buffer_add_text(out, "]");
    return true;
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

static enum rc find_shared(struct db *db, enum channel channel, const struct buffer *ids,
                           struct standing_list *l)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_SHARED[channel], DB_IN(db_bytes(ids->data, ids->len)), &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        list_mark_shared(l, db_get_u64(rows, 0), channel);
    return db_rows_end(rows);
}

static enum rc run_on_ids(struct db *db, const char *sql, const struct buffer *ids)
{
    return ids->full ? RC_FAIL : db_run(db, sql, DB_IN(db_bytes(ids->data, ids->len)), NULL);
}

static enum rc refresh_list(struct db *db, struct standing_list *l, struct buffer *text)
{
    enum rc rc = list_print(l, false, text);

    if (!rc)
        rc = lock(db, text);
    for (enum channel c = CHANNEL_SMS; !rc && c <= CHANNEL_EMAIL; c++)
        rc = find_shared(db, c, text, l);
    if (!rc)
        rc = list_print(l, true, text);
    if (!rc)
        rc = db_run(db, SQL_REFRESH, DB_IN(db_bytes(text->data, text->len)), NULL);
    for (enum channel c = CHANNEL_SMS; !rc && c <= CHANNEL_EMAIL; c++) {
        if (list_print_shared(l, c, text))
            rc = run_on_ids(db, SQL_SHARERS[c], text);
    }
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
    buffer_init(&text, IDS_TEXT_MAX);
    for (size_t done = 0; !rc && done < n; done += STANDING_MAX) {
        list_fill(l, ids + done, n - done < STANDING_MAX ? n - done : STANDING_MAX);
        rc = refresh_list(db, l, &text);
    }
    buffer_close(&text);
    free(l);
    return rc;
}

/* Customers that a query finds, STANDING_MAX at most. */
static enum rc find(struct db *db, const char *sql, const struct db_value *in, size_t n_in,
                    uint64_t *ids, size_t *n)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, sql, in, n_in, &rows);

    *n = 0;
    if (rc)
        return rc;
    while (*n < STANDING_MAX && db_next(rows))
        ids[(*n)++] = db_get_u64(rows, 0);
    return db_rows_end(rows);
}

static enum rc refresh_found(struct db *db, const char *sql, const struct db_value *in, size_t n_in,
                             size_t *found)
{
    uint64_t ids[STANDING_MAX];
    size_t n;
    enum rc rc = find(db, sql, in, n_in, ids, &n);

    if (!rc && found)
        *found = n;
    return rc ? rc : standing_refresh(db, ids, n);
}

enum rc standing_refresh_address(struct db *db, enum channel channel, const char *address)
{
    return refresh_found(db, SQL_OF_ADDRESS,
                         DB_IN(db_text(address), db_text(channel_name(channel))), NULL);
}

/* Of what new customers have, only the mark can be wrong, and their rows are locked: they are ours.
 */
static enum rc mark_new(struct db *db, enum channel channel, const struct db_value range[2])
{
    struct standing_list *l = calloc(1, sizeof(*l));
    struct buffer text;
    enum rc rc = l ? find(db, SQL_NEW_SHARED[channel], range, 2, l->ids, &l->n) : RC_FAIL;

    buffer_init(&text, IDS_TEXT_MAX);
    if (!rc && l->n) {
        rc = list_print(l, false, &text);
        if (!rc)
            rc = run_on_ids(db, SQL_MARK[channel], &text);
        if (!rc)
            rc = run_on_ids(db, SQL_SHARERS[channel], &text);
    }
    buffer_close(&text);
    free(l);
    return rc;
}

enum rc standing_refresh_new(struct db *db, uint64_t first, uint64_t last)
{
    const struct db_value range[] = { db_u64(first), db_u64(last) };
    enum rc rc = RC_OK;

    for (enum channel c = CHANNEL_SMS; !rc && c <= CHANNEL_EMAIL; c++) {
        rc = mark_new(db, c, range);
        if (!rc)
            rc = refresh_found(db, SQL_NEW_OPTED_OUT[c], range, 2, NULL);
    }
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
