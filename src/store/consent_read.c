/* consent_read.c - statements that look at the ledger and change nothing. */
#include "store/consent_read.h"

#include <string.h>

#include "store/consent_sql.h"
#include "store/db.h"
#include "store/merged_sql.h"

#define EVENT                                 \
    "SELECT " CONSENT_LINE_COLUMNS ", p.hash" \
    "  FROM consent_event e"                  \
    "  LEFT JOIN consent_event p ON p.chain = e.chain AND p.seq = e.seq - 1"

static const char SQL_HISTORY[] =
    EVENT "  JOIN (SELECT c.id"
          "          FROM " AND_MERGED " who"
          "  STRAIGHT_JOIN consent_event c FORCE INDEX (by_customer) ON c.customer_id = who.id"
          "         ORDER BY c.id DESC"
          "         LIMIT ?) newest ON newest.id = e.id"
          " ORDER BY e.recorded_at, e.id";

static const char SQL_EVENT_BY_ID[] = EVENT " WHERE e.id = ?";

static const char SQL_CHAIN_PAGE[] =
    EVENT " WHERE e.chain = ? AND e.seq > ? AND e.seq <= ? AND e.recorded_at >= ?"
          " ORDER BY e.seq"
          " LIMIT ?";

static const char SQL_CUSTOMER_PAGE[] =
    EVENT "  JOIN (SELECT c.id"
          "          FROM " AND_MERGED " who"
          "  STRAIGHT_JOIN consent_event c FORCE INDEX (by_customer) ON c.customer_id = who.id"
          "         WHERE c.id > ? AND c.recorded_at >= ?"
          "         ORDER BY c.id"
          "         LIMIT ?) page ON page.id = e.id"
          " ORDER BY e.id";

static const char SQL_NOW[] =
    "SELECT k.channel, k.purpose, k.state = 'granted', k.event_id, k.at, c.last_reply_at,"
    "       c.last_order_at"
    "  FROM consent_current k"
    "  JOIN customer c ON c.id = k.customer_id"
    " WHERE k.customer_id = ?"
    " ORDER BY k.channel, k.purpose";

static const char SQL_ADDRESSES[] =
    "SELECT p.channel, p.address, o.sender, o.at, o.source, o.form, '', NULL, NULL, NULL, 0"
    "  FROM contact_point p"
    "  JOIN opt_out o ON o.channel = p.channel AND o.address = p.address"
    " WHERE p.customer_id = ?"
    " UNION ALL "
    "SELECT p.channel, p.address, '', NULL, '', '', r.state, r.asked_at, r.expires_at,"
    "       r.answered_at, r.message_id"
    "  FROM contact_point p"
    "  JOIN consent_request r ON r.channel = p.channel AND r.address = p.address"
    " WHERE p.customer_id = ?"
    " LIMIT 100";

static const char SQL_CUSTOMER[] = "SELECT COUNT(*) FROM customer WHERE id = ?";

static const char SQL_OPT_OUTS[] = "SELECT channel, address, sender, at, source, form"
                                   "  FROM opt_out"
                                   " WHERE channel = ? AND address = ? AND at >= ?"
                                   " ORDER BY at"
                                   " LIMIT 100";

static const char SQL_SENT_AT[] = "SELECT MIN(at)"
                                  "  FROM message_event"
                                  " WHERE message_id = ? AND kind = 'accepted'";

static const char SQL_NEXT_END[] = "SELECT id, length, head"
                                   "  FROM consent_chain"
                                   " WHERE id >= ?"
                                   " ORDER BY id"
                                   " LIMIT 1";

/* In the order of the key, so that a page costs no sort; on a lane for what may take seconds. */
static const char SQL_RENEWALS[] =
    "SELECT c.id, c.first_name, c.last_name, c.company,"
    "       COALESCE((SELECT p.address"
    "                   FROM contact_point p"
    "                  WHERE p.customer_id = c.id AND p.channel = 'sms' AND p.is_primary"
    "                  LIMIT 1), ''),"
    "       k.at, " CONSENT_LAST_CONTACT "  FROM customer c FORCE INDEX (PRIMARY)"
    "  JOIN consent_current k"
    "    ON k.customer_id = c.id AND k.channel = 'sms' AND k.purpose = 'promo'"
    "   AND k.state = 'granted'"
    " WHERE c.id > ? AND c.erased_at IS NULL AND NOT c.do_not_contact"
    "   AND " CONSENT_LAST_CONTACT " < ? AND " CONSENT_LAST_CONTACT " >= ?"
    " ORDER BY c.id"
    " LIMIT ?";

void consent_line_read(const struct db_rows *rows, unsigned col, struct consent_line *line,
                       unsigned char hash[CONSENT_HASH_SIZE])
{
    const void *stored;
    size_t len;

    *line = (struct consent_line){
        .chain = db_get_u64(rows, col),
        .seq = db_get_u64(rows, col + 1),
        .id = db_get_u64(rows, col + 2),
        .customer_id = db_get_u64(rows, col + 3),
        .channel = db_get_text(rows, col + 4),
        .purpose = db_get_text(rows, col + 5),
        .state = db_get_text(rows, col + 6),
        .address = db_get_text(rows, col + 7),
        .at = db_get_time(rows, col + 8),
        .recorded_at = db_get_time(rows, col + 9),
        .source = db_get_text(rows, col + 10),
        .source_ref = db_get_text(rows, col + 11),
        .wording = db_get_text(rows, col + 12),
        .version = (unsigned)db_get_u64(rows, col + 13),
        .sender = db_get_text(rows, col + 14),
        .form = db_get_text(rows, col + 15),
        .page = db_get_text(rows, col + 16),
        .remote_address = db_get_text(rows, col + 17),
        .recorded_by = db_get_text(rows, col + 18),
        .request_ref = db_get_text(rows, col + 19),
        .signed_at = db_get_time(rows, col + 20),
    };
    stored = db_get_bytes(rows, col + 21, &len);
    line->seal_len = len <= CONSENT_SEAL_SIZE ? len : 0;
    if (line->seal_len)
        memcpy(line->seal, stored, line->seal_len);
    stored = db_get_bytes(rows, col + 22, &len);
    memset(hash, 0, CONSENT_HASH_SIZE);
    if (len == CONSENT_HASH_SIZE)
        memcpy(hash, stored, len);
}

static void read_stored(const struct db_rows *rows, struct consent_stored *e)
{
    const void *previous;
    size_t len;

    consent_line_read(rows, 0, &e->line, e->hash);
    previous = db_get_bytes(rows, CONSENT_LINE_WIDTH, &len);
    memset(e->previous, 0, sizeof(e->previous));
    if (len == CONSENT_HASH_SIZE)
        memcpy(e->previous, previous, len);
}

static enum rc read_each(struct db_rows *rows, consent_each *each, void *arg)
{
    while (db_next(rows)) {
        struct consent_stored e;
        read_stored(rows, &e);
        each(arg, &e);
    }
    return db_rows_end(rows);
}

enum rc consent_history(struct db *db, uint64_t customer_id, size_t limit, consent_each *each,
                        void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_HISTORY, DB_IN(db_u64(customer_id), db_u64(limit)), &rows);

    return rc ? rc : read_each(rows, each, arg);
}

enum rc consent_chain_page(struct db *db, unsigned chain, uint64_t after, uint64_t until,
                           utc_us since, size_t limit, consent_each *each, void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_CHAIN_PAGE,
                          DB_IN(db_u64(chain), db_u64(after), db_u64(until),
                                db_time(since ? since : 1), db_u64(limit)),
                          &rows);

    return rc ? rc : read_each(rows, each, arg);
}

enum rc consent_customer_page(struct db *db, uint64_t customer_id, uint64_t after, utc_us since,
                              size_t limit, consent_each *each, void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(
        db, SQL_CUSTOMER_PAGE,
        DB_IN(db_u64(customer_id), db_u64(after), db_time(since ? since : 1), db_u64(limit)),
        &rows);

    return rc ? rc : read_each(rows, each, arg);
}

enum rc consent_words_now(struct db *db, uint64_t customer_id,
                          void (*each)(void *arg, const struct consent_now *now), void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_NOW, DB_IN(db_u64(customer_id)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct consent_now now = {
            .channel = db_get_text(rows, 0),
            .purpose = db_get_text(rows, 1),
            .granted = db_get_u64(rows, 2) != 0,
            .event_id = db_get_u64(rows, 3),
            .at = db_get_time(rows, 4),
            .last_reply_at = db_get_time(rows, 5),
            .last_order_at = db_get_time(rows, 6),
        };
        each(arg, &now);
    }
    return db_rows_end(rows);
}

enum rc consent_addresses(struct db *db, uint64_t customer_id,
                          void (*each)(void *arg, const struct consent_address_state *a), void *arg)
{
    struct db_rows *rows;
    uint64_t known;
    enum rc rc = db_query_u64(db, SQL_CUSTOMER, DB_IN(db_u64(customer_id)), &known);

    if (!rc && !known)
        rc = RC_NOTFOUND;
    if (!rc)
        rc = db_query(db, SQL_ADDRESSES, DB_IN(db_u64(customer_id), db_u64(customer_id)), &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct consent_address_state a = {
            .channel = db_get_text(rows, 0),
            .address = db_get_text(rows, 1),
            .sender = db_get_text(rows, 2),
            .opted_out_at = db_get_time(rows, 3),
            .source = db_get_text(rows, 4),
            .form = db_get_text(rows, 5),
            .request_state = db_get_text(rows, 6),
            .asked_at = db_get_time(rows, 7),
            .expires_at = db_get_time(rows, 8),
            .answered_at = db_get_time(rows, 9),
            .message_id = db_get_u64(rows, 10),
        };
        each(arg, &a);
    }
    return db_rows_end(rows);
}

/* Every text into the arena. */
static bool keep(struct consent_line *l, struct arena *arena)
{
    const char **const texts[] = { &l->channel,    &l->purpose,        &l->state,
                                   &l->address,    &l->source,         &l->source_ref,
                                   &l->wording,    &l->sender,         &l->form,
                                   &l->page,       &l->remote_address, &l->recorded_by,
                                   &l->request_ref };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = arena_copy(arena, *texts[i], strlen(*texts[i]));
        if (!*texts[i])
            return false;
    }
    return true;
}

enum rc consent_event_read(struct db *db, uint64_t id, struct arena *arena,
                           struct consent_stored *out)
{
    struct db_rows *rows;
    bool found, kept = true;
    enum rc rc = db_query(db, SQL_EVENT_BY_ID, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        read_stored(rows, out);
        kept = keep(&out->line, arena);
    }
    rc = db_rows_end(rows);
    if (!rc && !kept)
        rc = RC_FAIL;
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

enum rc consent_opt_outs_since(struct db *db, const char *channel, const char *address,
                               utc_us since,
                               void (*each)(void *arg, const struct consent_address_state *a),
                               void *arg)
{
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_OPT_OUTS,
                 DB_IN(db_text(channel), db_text(address), db_time(since ? since : 1)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct consent_address_state a = {
            .channel = db_get_text(rows, 0),
            .address = db_get_text(rows, 1),
            .sender = db_get_text(rows, 2),
            .opted_out_at = db_get_time(rows, 3),
            .source = db_get_text(rows, 4),
            .form = db_get_text(rows, 5),
            .request_state = "",
        };
        each(arg, &a);
    }
    return db_rows_end(rows);
}

enum rc consent_sent_at(struct db *db, uint64_t message_id, utc_us *at)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_SENT_AT, DB_IN(db_u64(message_id)), &rows);

    if (rc)
        return rc;
    *at = db_next(rows) ? db_get_time(rows, 0) : 0;
    return db_rows_end(rows);
}

enum rc consent_next_end(struct db *db, unsigned from, struct consent_end *end)
{
    struct db_rows *rows;
    const void *head;
    size_t len;
    bool found;
    enum rc rc = db_query(db, SQL_NEXT_END, DB_IN(db_u64(from)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        *end = (struct consent_end){ .chain = (unsigned)db_get_u64(rows, 0),
                                     .length = db_get_u64(rows, 1) };
        head = db_get_bytes(rows, 2, &len);
        if (len == CONSENT_HASH_SIZE)
            memcpy(end->hash, head, len);
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

enum rc consent_renewals(struct db *db, utc_us not_before, utc_us before, uint64_t after,
                         size_t limit, void (*each)(void *arg, const struct consent_renewal *r),
                         void *arg, uint64_t *next)
{
    struct db_rows *rows;
    uint64_t last = 0;
    size_t n = 0;
    enum rc rc =
        db_query(db, SQL_RENEWALS,
                 DB_IN(db_u64(after), db_time(before), db_time(not_before), db_u64(limit)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct consent_renewal r = {
            .customer_id = last = db_get_u64(rows, 0),
            .first_name = db_get_text(rows, 1),
            .last_name = db_get_text(rows, 2),
            .company = db_get_text(rows, 3),
            .address = db_get_text(rows, 4),
            .at = db_get_time(rows, 5),
            .last_contact_at = db_get_time(rows, 6),
        };
        each(arg, &r);
        n++;
    }
    *next = n == limit ? last : 0;
    return db_rows_end(rows);
}
