/* contact_policy.c - the policies and topics of the house, read. */
#include "store/contact_policy.h"

#include <string.h>

#include "base/arena.h"
#include "store/db.h"

#define DAY_US (SEC_PER_DAY * USEC_PER_SEC)

static const char SQL_POLICIES[] =
    "SELECT p.category_id, p.is_on, p.team_id, p.every_days, p.counts, p.rest_days, p.priority,"
    "       p.value_points, COALESCE(c.code, '" CONTACT_OTHERS "'), COALESCE(t.code, '')"
    "  FROM contact_policy p"
    "  LEFT JOIN category c ON c.id = p.category_id"
    "  LEFT JOIN team t ON t.id = p.team_id"
    " ORDER BY p.category_id"
    " LIMIT ?";

static const char SQL_WEIGHTS[] = "SELECT category_id, reason, points, days"
                                  "  FROM contact_reason"
                                  " ORDER BY category_id";

static const char SQL_TOPICS[] =
    "SELECT o.id, o.name, o.kind, o.category_id, o.text, o.from_day + 0, o.to_day + 0,"
    "       COALESCE(c.code, ''), o.created_by, o.from_day, o.to_day"
    "  FROM contact_topic o"
    "  LEFT JOIN category c ON c.id = o.category_id"
    " WHERE o.to_day >= ?"
    " ORDER BY o.id DESC"
    " LIMIT ?";

/* --- policies --- */

static enum rc map_policy(const struct db_rows *rows, struct contact_policy *p)
{
    contact_policy_usual(p);
    p->category_id = (unsigned)db_get_u64(rows, 0);
    p->on = db_get_u64(rows, 1) != 0;
    p->team_id = (unsigned)db_get_u64(rows, 2);
    p->every_days = (unsigned)db_get_u64(rows, 3);
    p->rest_days = (unsigned)db_get_u64(rows, 5);
    p->priority = (int)db_get_i64(rows, 6);
    p->value_points = (unsigned)db_get_u64(rows, 7);
    return contact_counts_parse(db_get_text(rows, 4), &p->counts, NULL);
}

/* What a policy says other than usual. */
static enum rc read_weights(struct db *db, struct contact_policy *list, size_t n)
{
    struct db_rows *rows;
    size_t at = 0;
    enum rc rc = db_query(db, SQL_WEIGHTS, DB_NO_INPUT, &rows), end;

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        const unsigned category = (unsigned)db_get_u64(rows, 0);
        enum contact_reason reason;

        while (at < n && list[at].category_id < category)
            at++;
        if (at == n || list[at].category_id != category)
            continue;
        rc = contact_reason_parse(db_get_text(rows, 1), &reason, NULL);
        if (!rc)
            list[at].weights[reason] =
                (struct contact_weight){ .points = (unsigned)db_get_u64(rows, 2),
                                         .days = (unsigned)db_get_u64(rows, 3) };
    }
    end = db_rows_end(rows);
    return rc ? rc : end;
}

static const char *keep(const struct db_rows *rows, unsigned col, struct arena *arena, enum rc *rc)
{
    const char *text = db_get_text(rows, col);
    const char *copy = arena_copy(arena, text, strlen(text));

    if (!copy)
        *rc = RC_FAIL;
    return copy;
}

struct policies {
    struct contact_policy *list;
    struct policy_codes {
        const char *category, *team;
    } * codes;
    size_t n;
};

static enum rc read_policies(struct db *db, struct arena *arena, struct policies *p)
{
    struct db_rows *rows;
    enum rc rc, end;

    p->list = arena_alloc(arena, CONTACT_POLICIES_MAX * sizeof(p->list[0]));
    p->codes = arena_alloc(arena, CONTACT_POLICIES_MAX * sizeof(p->codes[0]));
    if (!p->list || !p->codes)
        return RC_FAIL;
    rc = db_query(db, SQL_POLICIES, DB_IN(db_u64(CONTACT_POLICIES_MAX)), &rows);
    if (rc)
        return rc;
    while (!rc && p->n < CONTACT_POLICIES_MAX && db_next(rows)) {
        p->codes[p->n] = (struct policy_codes){ .category = keep(rows, 8, arena, &rc),
                                                .team = keep(rows, 9, arena, &rc) };
        if (!rc)
            rc = map_policy(rows, &p->list[p->n++]);
    }
    end = db_rows_end(rows);
    rc = rc ? rc : end;
    return rc ? rc : read_weights(db, p->list, p->n);
}

/* --- topics --- */

static enum rc map_topic(const struct db_rows *rows, struct contact_topic_row *t)
{
    *t = (struct contact_topic_row){ .id = (unsigned)db_get_u64(rows, 0),
                                     .name = db_get_text(rows, 1),
                                     .kind = db_get_text(rows, 2),
                                     .category = db_get_text(rows, 7),
                                     .text = db_get_text(rows, 4),
                                     .created_by = db_get_text(rows, 8),
                                     .from_day = (int)db_get_i64(rows, 5),
                                     .to_day = (int)db_get_i64(rows, 6) };
    return RC_OK;
}

static enum rc keep_topic(const struct db_rows *rows, struct arena *arena, struct contact_topic *t)
{
    enum rc rc = RC_OK;

    *t = (struct contact_topic){ .id = (unsigned)db_get_u64(rows, 0),
                                 .category_id = (unsigned)db_get_u64(rows, 3),
                                 .name = keep(rows, 1, arena, &rc),
                                 .text = keep(rows, 4, arena, &rc),
                                 .from = db_get_time(rows, 9),
                                 .to = db_get_time(rows, 10) + DAY_US };
    return rc ? rc : contact_reason_parse(db_get_text(rows, 2), &t->kind, NULL);
}

static enum rc read_topics(struct db *db, utc_us now, struct arena *arena,
                           struct contact_topic *list, size_t *n)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_TOPICS,
                          DB_IN(db_time(now - 2 * DAY_US), db_u64(CONTACT_TOPICS_MAX)), &rows),
            end;

    *n = 0;
    if (rc)
        return rc;
    while (!rc && *n < CONTACT_TOPICS_MAX && db_next(rows))
        rc = keep_topic(rows, arena, &list[(*n)++]);
    end = db_rows_end(rows);
    return rc ? rc : end;
}

/* --- the book --- */

enum rc contact_book_read(struct db *db, utc_us now, struct arena *arena, struct contact_book *out)
{
    struct policies policies = { .n = 0 };
    struct contact_book book = { .n_policies = 0 };
    enum rc rc = read_policies(db, arena, &policies);

    book.policies = policies.list;
    book.n_policies = policies.n;
    book.topics = arena_alloc(arena, CONTACT_TOPICS_MAX * sizeof(book.topics[0]));
    if (!rc && !book.topics)
        rc = RC_FAIL;
    if (!rc)
        rc = read_topics(db, now, arena, book.topics, &book.n_topics);
    if (!rc)
        *out = book;
    return rc;
}

/* --- for people --- */

enum rc contact_policies_list(struct db *db,
                              void (*each)(void *arg, const struct contact_policy_row *row),
                              void *arg)
{
    struct policies policies = { .n = 0 };
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = read_policies(db, &arena, &policies);
    for (size_t i = 0; !rc && i < policies.n; i++)
        each(arg, &(struct contact_policy_row){ .policy = &policies.list[i],
                                                .category = policies.codes[i].category,
                                                .team = policies.codes[i].team });
    arena_close(&arena);
    return rc;
}

enum rc contact_topics_list(struct db *db,
                            void (*each)(void *arg, const struct contact_topic_row *row), void *arg)
{
    struct contact_topic_row row;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_TOPICS, DB_IN(db_text("1970-01-01"), db_u64(CONTACT_TOPICS_MAX)),
                          &rows),
            end;

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        rc = map_topic(rows, &row);
        if (!rc)
            each(arg, &row);
    }
    end = db_rows_end(rows);
    return rc ? rc : end;
}
