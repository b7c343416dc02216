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

/* Whose address somebody else has, too: a number of a thousand people is looked up once for each.
 */
#define HAS_SHARED_ADDRESS                                               \
    "p.is_primary"                                                       \
    "   AND p.address IN (SELECT q.address"                              \
    "                       FROM contact_point q"                        \
    "                      WHERE q.channel = p.channel AND q.is_primary" \
    "                        AND q.customer_id <> p.customer_id)"

static const char SQL_SHARED[] =
    "SELECT p.customer_id, p.channel = 'email', p.address"
    "  FROM " WANTED "  STRAIGHT_JOIN contact_point p ON p.customer_id = w.id"
    " WHERE " HAS_SHARED_ADDRESS "  LOCK IN SHARE MODE";

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
 * The others with an address that is shared now. When there were two or more of them before, all of
 * these were marked then; when there was one, it is among the first of the list, for at most
 * STANDING_MAX are new here.
 */
#define SHARERS(channel)                                                    \
    "UPDATE customer c"                                                     \
    "  JOIN (SELECT customer_id"                                            \
    "          FROM contact_point"                                          \
    "         WHERE address = ? AND channel = '" channel "' AND is_primary" \
    "         ORDER BY customer_id"                                         \
    "         LIMIT 1001) s ON s.customer_id = c.id"                        \
    "   SET c." channel "_shared = TRUE"                                    \
    " WHERE NOT c." channel "_shared"

static const char *const SQL_SHARERS[] = {
    [CHANNEL_SMS] = SHARERS("sms"),
    [CHANNEL_EMAIL] = SHARERS("email"),
};

static const char SQL_OF_ADDRESS[] = "SELECT customer_id"
                                     "  FROM contact_point"
                                     " WHERE address = ? AND channel = ?"
                                     " ORDER BY customer_id"
                                     " LIMIT 1000";

static const char SQL_NEW_SHARED[] = "SELECT p.customer_id"
                                     "  FROM contact_point p"
                                     " WHERE p.customer_id BETWEEN ? AND ?"
                                     "   AND " HAS_SHARED_ADDRESS "  LOCK IN SHARE MODE";

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

struct shared_address {
    enum channel channel;
    char address[ADDRESS_SIZE];
};

struct standing_list {
    uint64_t ids[STANDING_MAX];
    bool shared[CHANNELS][STANDING_MAX];
    size_t n;
    struct shared_address *addresses; /* shared ones, each once */
    size_t n_addresses, max_addresses;
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

static void list_mark_shared(struct standing_list *l, uint64_t id, enum channel channel,
                             const char *address)
{
    const uint64_t *at = bsearch(&id, l->ids, l->n, sizeof(id), compare_ids);
    size_t i = 0;

    if (at)
        l->shared[channel][at - l->ids] = true;
    while (i < l->n_addresses &&
           (l->addresses[i].channel != channel || strcmp(l->addresses[i].address, address) != 0))
        i++;
    if (i < l->n_addresses || i == l->max_addresses || strlen(address) >= ADDRESS_SIZE)
        return;
    l->addresses[i].channel = channel;
    memcpy(l->addresses[i].address, address, strlen(address) + 1);
    l->n_addresses++;
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
        list_mark_shared(l, db_get_u64(rows, 0), db_get_u64(rows, 1) ? CHANNEL_EMAIL : CHANNEL_SMS,
                         db_get_text(rows, 2));
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
        rc = db_run(db, SQL_SHARERS[l->addresses[i].channel],
                    DB_IN(db_text(l->addresses[i].address)), NULL);
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
    l->max_addresses = CHANNELS * (n < STANDING_MAX ? n : STANDING_MAX);
    l->addresses = malloc(l->max_addresses * sizeof(*l->addresses));
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
    return refresh_found(db, SQL_OF_ADDRESS,
                         DB_IN(db_text(address), db_text(channel_name(channel))), NULL);
}

enum rc standing_refresh_new(struct db *db, uint64_t first, uint64_t last)
{
    enum rc rc = refresh_found(db, SQL_NEW_SHARED, DB_IN(db_u64(first), db_u64(last)), NULL);

    for (enum channel c = CHANNEL_SMS; !rc && c <= CHANNEL_EMAIL; c++)
        rc = refresh_found(db, SQL_NEW_OPTED_OUT[c], DB_IN(db_u64(first), db_u64(last)), NULL);
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
