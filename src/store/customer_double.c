/* customer_double.c - cards to compare, and the list of pairs. */
#include "store/customer_double.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/audit.h"
#include "store/db.h"

static const char *const state_names[DOUBLE_STATES] = {
    [DOUBLE_OPEN] = "open", [DOUBLE_SAME] = "same", [DOUBLE_DIFFERENT] = "different"
};

const char *double_state_name(enum double_state s)
{
    return state_names[s];
}

enum rc double_state_parse(const char *name, enum double_state *s)
{
    for (int i = 0; i < DOUBLE_STATES; i++) {
        if (strcmp(name, state_names[i]) == 0) {
            *s = (enum double_state)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

/* --- cards --- */

static const char SQL_CARDS[] =
    "SELECT c.id, c.first_name, c.last_name, c.company, COALESCE(c.birth_date, ''), c.minor,"
    "       (SELECT MIN(p.address) FROM contact_point p"
    "         WHERE p.customer_id = c.id AND p.channel = 'sms' AND p.is_primary),"
    "       (SELECT MIN(p.address) FROM contact_point p"
    "         WHERE p.customer_id = c.id AND p.channel = 'email' AND p.is_primary),"
    "       k.state, k.at, c.order_count"
    "  FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) w"
    "  STRAIGHT_JOIN customer c ON c.id = w.id"
    "  LEFT JOIN consent_current k"
    "         ON k.customer_id = c.id AND k.channel = 'sms' AND k.purpose = 'promo'"
    " WHERE c.erased_at IS NULL"
    " LIMIT ?";

void double_adult_since(utc_us now, char out[11])
{
    const struct civil today = clock_civil(now);

    snprintf(out, 11, "%04u-%02u-%02u", (unsigned)(today.year - DOUBLE_ADULT) % 10000,
             (unsigned)today.month % 100, (unsigned)today.day % 100);
}

static const char *keep(struct arena *arena, const struct db_rows *rows, unsigned col)
{
    const char *text = db_get_text(rows, col);

    return arena_copy(arena, text, strlen(text));
}

static bool read_card(const struct db_rows *rows, const char *adult_since, struct arena *arena,
                      struct double_card *c)
{
    *c = (struct double_card){
        .id = db_get_u64(rows, 0),
        .who = { keep(arena, rows, 1), keep(arena, rows, 2), keep(arena, rows, 3),
                 keep(arena, rows, 4) },
        .phone = keep(arena, rows, 6),
        .mail = keep(arena, rows, 7),
        .word_at = db_get_time(rows, 9),
        .orders = db_get_u64(rows, 10),
    };
    if (!c->who.first_name || !c->who.last_name || !c->who.company || !c->who.birth_date ||
        !c->phone || !c->mail)
        return false;
    c->minor = db_get_u64(rows, 5) || strcmp(c->who.birth_date, adult_since) > 0;
    if (!db_is_null(rows, 8))
        c->word =
            strcmp(db_get_text(rows, 8), "granted") == 0 ? CONSENT_GRANTED : CONSENT_WITHDRAWN;
    return true;
}

static int compare_cards(const void *a, const void *b)
{
    const struct double_card *x = a, *y = b;

    return (x->id > y->id) - (x->id < y->id);
}

enum rc double_cards(struct db *db, const struct buffer *ids, utc_us now, struct arena *arena,
                     struct double_card *cards, size_t max, size_t *n)
{
    char adult_since[11];
    struct db_rows *rows;
    enum rc rc, end;

    *n = 0;
    if (ids->full)
        return RC_FAIL;
    double_adult_since(now, adult_since);
    rc = db_query(db, SQL_CARDS, DB_IN(db_bytes(ids->data, ids->len), db_u64(max)), &rows);
    if (rc)
        return rc;
    while (!rc && *n < max && db_next(rows))
        rc = read_card(rows, adult_since, arena, &cards[(*n)++]) ? RC_OK : RC_FAIL;
    end = db_rows_end(rows);
    if (*n)
        qsort(cards, *n, sizeof(*cards), compare_cards);
    return rc ? rc : end;
}

const struct double_card *double_card_of(const struct double_card *cards, size_t n, uint64_t id)
{
    const struct double_card key = { .id = id };

    return n ? bsearch(&key, cards, n, sizeof(key), compare_cards) : NULL;
}

/* --- pairs --- */

const char double_add_sql[] =
    "INSERT IGNORE INTO customer_double (id, low_id, high_id, shared, likeness, score, reason,"
    "                                    source, found_at)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

enum rc double_put(struct db_bulk *rows, const struct double_pair *pair, uint64_t id,
                   const char *source, utc_us now)
{
    const bool ordered = pair->a < pair->b;
    const char *shared = pair->by_phone && pair->by_mail ? "phone,mail"
                         : pair->by_phone                ? "phone"
                                                         : "mail";

    return db_bulk_add(rows, (const struct db_value[DOUBLE_COLUMNS]){
                                 db_u64(id), db_u64(ordered ? pair->a : pair->b),
                                 db_u64(ordered ? pair->b : pair->a), db_text(shared),
                                 db_text(likeness_name(pair->verdict.likeness)),
                                 db_u64(pair->verdict.score), db_text(pair->verdict.reason),
                                 db_text(source), db_time(now) });
}

/* --- the list --- */

#define CUSTOMER(alias)                                                                 \
    "CONCAT_WS(' ', NULLIF(" alias ".first_name, ''), NULLIF(" alias ".last_name, '')," \
    "          NULLIF(" alias ".company, '')), " alias ".city,"                         \
    " (SELECT MIN(p.address) FROM contact_point p"                                      \
    "   WHERE p.customer_id = " alias ".id AND p.channel = 'sms' AND p.is_primary),"    \
    " (SELECT MIN(p.address) FROM contact_point p"                                      \
    "   WHERE p.customer_id = " alias ".id AND p.channel = 'email' AND p.is_primary)"

static const char SQL_LIST[] = "SELECT d.id, d.low_id, " CUSTOMER("l") ", d.high_id, " CUSTOMER(
    "h") ", d.state,"
         "       REPLACE(d.shared, ',', ' '), d.likeness, d.score, d.reason, d.source, d.found_at,"
         "       d.decided_at, d.decided_by"
         "  FROM customer_double d"
         "  LEFT JOIN customer l ON l.id = d.low_id"
         "  LEFT JOIN customer h ON h.id = d.high_id"
         " WHERE d.state = ? AND d.id > ? AND d.score >= ?"
         " ORDER BY d.id"
         " LIMIT ?";

static const char SQL_OPEN[] = "SELECT COUNT(*) FROM customer_double WHERE state = 'open'";

enum rc doubles_list(struct db *db, enum double_state state, unsigned score, uint64_t after,
                     size_t limit, void (*each)(void *arg, const struct double_view *v), void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(
        db, SQL_LIST,
        DB_IN(db_text(state_names[state]), db_u64(after), db_u64(score), db_u64(limit)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct double_view v = {
            .id = db_get_u64(rows, 0),
            .customers = { { db_get_u64(rows, 1), db_get_text(rows, 2), db_get_text(rows, 3),
                             db_get_text(rows, 4), db_get_text(rows, 5) },
                           { db_get_u64(rows, 6), db_get_text(rows, 7), db_get_text(rows, 8),
                             db_get_text(rows, 9), db_get_text(rows, 10) } },
            .state = db_get_text(rows, 11),
            .shared = db_get_text(rows, 12),
            .likeness = db_get_text(rows, 13),
            .score = (unsigned)db_get_u64(rows, 14),
            .reason = db_get_text(rows, 15),
            .source = db_get_text(rows, 16),
            .found_at = db_get_time(rows, 17),
            .decided_at = db_get_time(rows, 18),
            .decided_by = db_get_text(rows, 19),
        };
        each(arg, &v);
    }
    return db_rows_end(rows);
}

enum rc doubles_open_count(struct db *db, uint64_t *n)
{
    return db_query_u64(db, SQL_OPEN, DB_NO_INPUT, n);
}

/* --- two people --- */

static const char SQL_BOTH[] = "SELECT COUNT(*) FROM customer WHERE id IN (?, ?)";

static const char SQL_DIFFERENT[] =
    "INSERT INTO customer_double (id, low_id, high_id, state, shared, likeness, score, reason,"
    "                             source, found_at, decided_at, decided_by)"
    "VALUES (?, ?, ?, 'different', '', 'different', 0, 'said by a person', '', ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE state = 'different', decided_at = VALUE(decided_at),"
    "       decided_by = VALUE(decided_by)";

struct deciding {
    uint64_t low, high, id, audit_id;
    const char *who;
    utc_us now;
};

static enum rc different_body(struct db *db, void *arg)
{
    const struct deciding *d = arg;
    char detail[60];
    uint64_t n;
    enum rc rc = db_query_u64(db, SQL_BOTH, DB_IN(db_u64(d->low), db_u64(d->high)), &n);

    if (!rc && n != 2)
        rc = RC_NOTFOUND;
    if (!rc)
        rc = db_run(db, SQL_DIFFERENT,
                    DB_IN(db_u64(d->id), db_u64(d->low), db_u64(d->high), db_time(d->now),
                          db_time(d->now), db_text(d->who)),
                    NULL);
    snprintf(detail, sizeof(detail), "from customer %llu", (unsigned long long)d->high);
    return rc ? rc
              : audit_write(db, &(struct audit_entry){ .id = d->audit_id,
                                                       .at = d->now,
                                                       .who = d->who,
                                                       .verb = "different",
                                                       .subject = AUDIT_CUSTOMER,
                                                       .subject_id = d->low,
                                                       .detail = detail });
}

enum rc double_different(struct db *db, uint64_t a, uint64_t b, const char *who, struct error *err)
{
    struct deciding d = {
        .low = a < b ? a : b, .high = a < b ? b : a, .who = who, .now = clock_now()
    };
    enum rc rc;

    if (a == b)
        return error_set(err, RC_INVALID, "expected two customers, got %llu twice",
                         (unsigned long long)a);
    rc = db_new_ids(db, "customer_double", 1, &d.id);
    if (!rc)
        rc = audit_new_id(db, &d.audit_id);
    if (!rc)
        rc = db_transaction(db, different_body, &d);
    return rc == RC_NOTFOUND ? error_set(err, rc, "one of customers %llu and %llu is not known",
                                         (unsigned long long)a, (unsigned long long)b)
                             : rc;
}
