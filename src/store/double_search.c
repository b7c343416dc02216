/*
 * double_search.c - a look through all customers for those who share a phone or a mail address: a
 * page of customers a transaction, with a checkpoint.
 *
 * Each is compared with the first who has the same number or address and with the last one before
 * themselves, so what it costs does not grow with how many have it.
 */
#include <stdlib.h>
#include <string.h>

#include "store/audit.h"
#include "store/customer_double.h"
#include "store/db.h"

#define PAGE_MAX  1000
#define FOUND_MAX (2 * PAGE_MAX) /* pairs of a page; more are found by the next search */

static const char SQL_BEGIN[] =
    "REPLACE INTO double_search (id, next_id, found_n, started_at, finished_at)"
    "VALUES (1, 1, 0, ?, NULL)";

static const char SQL_READ[] = "SELECT s.next_id, s.found_n, s.started_at, s.finished_at,"
                               "       COALESCE((SELECT MAX(id) FROM customer), 0)"
                               "  FROM double_search s"
                               " WHERE s.id = 1";

static const char SQL_NEXT[] = "SELECT next_id FROM double_search"
                               " WHERE id = 1 AND finished_at IS NULL FOR UPDATE";

static const char SQL_END[] = "SELECT id FROM customer WHERE id >= ? ORDER BY id LIMIT 1 OFFSET ?";

#define HAS_IT                                  \
    "SELECT q.customer_id FROM contact_point q" \
    "         WHERE q.address = p.address AND q.channel = p.channel"
#define BEFORE HAS_IT " AND q.customer_id < p.customer_id"

static const char SQL_SHARED[] =
    "SELECT f.customer_id, f.channel, f.first_id, f.last_id"
    "  FROM (SELECT p.customer_id, p.channel,"
    "               (" BEFORE " ORDER BY q.customer_id LIMIT 1) AS first_id,"
    "               (" BEFORE " ORDER BY q.customer_id DESC LIMIT 1) AS last_id,"
    "               (" HAS_IT " ORDER BY q.customer_id LIMIT 1 OFFSET 9) AS crowd"
    "          FROM contact_point p"
    "         WHERE p.customer_id BETWEEN ? AND ?) f"
    " WHERE f.first_id IS NOT NULL AND f.crowd IS NULL"
    " ORDER BY f.customer_id"
    " LIMIT ?";

static const char SQL_MOVE[] = "UPDATE double_search"
                               "   SET next_id = ?, found_n = found_n + ?, finished_at = ?"
                               " WHERE id = 1 AND finished_at IS NULL";

struct searching {
    utc_us now;
    size_t page;
    uint64_t first_id; /* of as many as FOUND_MAX */
    bool more;

    struct double_pair pairs[FOUND_MAX];
    struct double_card cards[2 * FOUND_MAX];
    size_t n, n_cards;
    struct buffer ids;
    struct arena arena;
    struct db_bulk *rows;
};

/* --- looking at it, and beginning --- */

struct beginning {
    uint64_t audit_id;
    const char *who;
    utc_us now;
};

static enum rc begin_body(struct db *db, void *arg)
{
    const struct beginning *b = arg;
    enum rc rc = db_run(db, SQL_BEGIN, DB_IN(db_time(b->now)), NULL);

    return rc ? rc
              : audit_write(db, &(struct audit_entry){ .id = b->audit_id,
                                                       .at = b->now,
                                                       .who = b->who,
                                                       .verb = "search_doubles",
                                                       .subject = AUDIT_CUSTOMER });
}

enum rc double_search_begin(struct db *db, const char *who)
{
    struct beginning b = { .who = who, .now = clock_now() };
    enum rc rc = audit_new_id(db, &b.audit_id);

    return rc ? rc : db_transaction(db, begin_body, &b);
}

enum rc double_search_read(struct db *db, struct double_search *out)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_READ, DB_NO_INPUT, &rows);

    *out = (struct double_search){ 0 };
    if (rc)
        return rc;
    if (db_next(rows))
        *out = (struct double_search){ .next = db_get_u64(rows, 0),
                                       .found = db_get_u64(rows, 1),
                                       .started_at = db_get_time(rows, 2),
                                       .finished_at = db_get_time(rows, 3),
                                       .running = db_is_null(rows, 3),
                                       .last = db_get_u64(rows, 4) };
    return db_rows_end(rows);
}

/* --- a page --- */

static void add_pair(struct searching *s, uint64_t a, uint64_t b, bool mail)
{
    size_t i = s->n;

    /* The others of this customer are the last ones. */
    while (i > 0 && s->pairs[i - 1].a == a && s->pairs[i - 1].b != b)
        i--;
    if (i > 0 && s->pairs[i - 1].a == a) {
        i--;
    } else {
        if (s->n == FOUND_MAX)
            return;
        i = s->n++;
        s->pairs[i] = (struct double_pair){ .a = a, .b = b };
        buffer_printf(&s->ids, "%s%llu,%llu", s->ids.len > 1 ? "," : "", (unsigned long long)a,
                      (unsigned long long)b);
    }
    s->pairs[i].by_mail |= mail;
    s->pairs[i].by_phone |= !mail;
}

static enum rc find_pairs(struct db *db, struct searching *s, uint64_t first, uint64_t last)
{
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_SHARED, DB_IN(db_u64(first), db_u64(last), db_u64(FOUND_MAX)), &rows);

    s->n = 0;
    buffer_reset(&s->ids);
    buffer_add_text(&s->ids, "[");
    if (rc)
        return rc;
    while (db_next(rows)) {
        const bool mail = strcmp(db_get_text(rows, 1), "email") == 0;

        for (unsigned col = 2; col <= 3; col++)
            add_pair(s, db_get_u64(rows, 0), db_get_u64(rows, col), mail);
    }
    buffer_add_text(&s->ids, "]");
    return db_rows_end(rows);
}

static enum rc put_pairs(struct db *db, struct searching *s, uint64_t *found)
{
    enum rc rc = double_cards(db, &s->ids, s->now, &s->arena, s->cards, 2 * FOUND_MAX, &s->n_cards);

    for (size_t i = 0; !rc && i < s->n; i++) {
        struct double_pair *p = &s->pairs[i];
        const struct double_card *a = double_card_of(s->cards, s->n_cards, p->a),
                                 *b = double_card_of(s->cards, s->n_cards, p->b);

        if (!a || !b || a->minor || b->minor)
            continue;
        p->verdict = likeness_of(&a->who, &b->who);
        rc = double_put(s->rows, p, s->first_id + i, "search", s->now);
    }
    return rc ? rc : db_bulk_run(db, double_add_sql, s->rows, found);
}

static enum rc search_body(struct db *db, void *arg)
{
    struct searching *s = arg;
    uint64_t next, last, found = 0;
    enum rc rc = db_query_u64(db, SQL_NEXT, DB_NO_INPUT, &next);

    s->more = false;
    db_bulk_reset(s->rows);
    if (rc)
        return rc;
    rc = db_query_u64(db, SQL_END, DB_IN(db_u64(next), db_u64(s->page - 1)), &last);
    s->more = !rc;
    if (rc == RC_NOTFOUND) {
        last = INT64_MAX;
        rc = RC_OK;
    }
    if (!rc)
        rc = find_pairs(db, s, next, last);
    if (!rc && s->n)
        rc = put_pairs(db, s, &found);
    return rc ? rc
              : db_run(db, SQL_MOVE,
                       DB_IN(db_u64(s->more ? last + 1 : next), db_u64(found),
                             db_time(s->more ? 0 : s->now)),
                       NULL);
}

enum rc double_search_step(struct db *db, utc_us now, size_t page, bool *more)
{
    struct double_search state;
    struct searching *s = NULL;
    enum rc rc = double_search_read(db, &state);

    *more = false;
    if (rc || !state.running)
        return rc;
    s = calloc(1, sizeof(*s));
    if (!s)
        return RC_FAIL;
    s->now = now;
    s->page = page < PAGE_MAX ? page : PAGE_MAX;
    buffer_init(&s->ids, (size_t)48 * FOUND_MAX);
    arena_init(&s->arena);
    s->rows = db_bulk_new(DOUBLE_COLUMNS);
    rc = s->rows ? db_new_ids(db, "customer_double", FOUND_MAX, &s->first_id) : RC_FAIL;
    if (!rc)
        rc = db_transaction(db, search_body, s);
    *more = !rc && s->more;
    db_bulk_free(s->rows);
    buffer_close(&s->ids);
    arena_close(&s->arena);
    free(s);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}
