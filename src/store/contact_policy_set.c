/* contact_policy_set.c - a policy or a topic is made or changed: what is said is taken over into a
 * copy of what there is, checked, and written, in one transaction. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/staff.h"
#include "domain/utf8.h"
#include "store/audit.h"
#include "store/contact_news.h"
#include "store/contact_policy.h"
#include "store/db.h"

#define PRIORITY_MAX 1000
#define LISTED_PAGE  1000 /* customers */

static const char SQL_CATEGORY[] = "SELECT id FROM category WHERE code = ?";
static const char SQL_TEAM[] = "SELECT id FROM team WHERE code = ?";
static const char SQL_LOCK[] =
    "SELECT category_id FROM contact_policy WHERE category_id = ? FOR UPDATE";

static const char SQL_PUT[] =
    "INSERT INTO contact_policy (category_id, is_on, team_id, every_days, counts, rest_days,"
    "                            priority, value_points, created_at, updated_at)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE is_on = VALUE(is_on), team_id = VALUE(team_id),"
    "       every_days = VALUE(every_days), counts = VALUE(counts), rest_days = VALUE(rest_days),"
    "       priority = VALUE(priority), value_points = VALUE(value_points),"
    "       updated_at = VALUE(updated_at)";

/* Whoever is on a list by it; of the policy of the others, whoever is on any. */
static const char SQL_LISTED[] =
    "SELECT DISTINCT t.customer_id"
    "  FROM contact_task t"
    "  JOIN customer c ON c.id = t.customer_id"
    " WHERE t.state = 'open' AND t.customer_id > ? AND t.source = 'list'"
    "   AND (? = 0 OR c.category_id = ?)"
    " ORDER BY t.customer_id"
    " LIMIT ?";

static const char SQL_WEIGHT[] =
    "INSERT INTO contact_reason (category_id, reason, points, days)"
    "VALUES (?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE points = VALUE(points), days = VALUE(days)";

static const char SQL_TOPIC_FIND[] = "SELECT id FROM contact_topic WHERE name = ? FOR UPDATE";

static const char SQL_TOPIC_PUT[] =
    "INSERT INTO contact_topic (id, name, kind, category_id, text, from_day, to_day, created_at,"
    "                           created_by)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE kind = VALUE(kind), category_id = VALUE(category_id),"
    "       text = VALUE(text), from_day = VALUE(from_day), to_day = VALUE(to_day)";

/* Its last day is yesterday, or the day before it began. */
static const char SQL_TOPIC_END[] =
    "UPDATE contact_topic"
    "   SET to_day = LEAST(to_day, GREATEST(? - INTERVAL 1 DAY, from_day - INTERVAL 1 DAY))"
    " WHERE id = ?";

/* A change, and the audit of it. */
struct change {
    const struct contact_policy_plan *policy;
    const struct contact_topic_plan *topic;
    const char *name; /* of a topic to end */
    const char *who;
    uint64_t audit_id, new_id;
    utc_us now;
    const char **field;
    struct error *err;
};

static enum rc refuse(const struct change *c, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static enum rc refuse(const struct change *c, const char *field, const char *fmt, ...)
{
    char text[300];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    *c->field = field;
    return error_set(c->err, RC_INVALID, "%s: %s", field, text);
}

static enum rc blame(const struct change *c, const char *field, enum rc rc)
{
    if (rc == RC_INVALID)
        *c->field = field;
    return rc;
}

static enum rc write_audit(struct db *db, const struct change *c, enum audit_subject subject,
                           uint64_t id, const char *verb, const char *detail)
{
    return audit_write(db, &(struct audit_entry){ .id = c->audit_id,
                                                  .at = c->now,
                                                  .who = c->who,
                                                  .verb = verb,
                                                  .subject = subject,
                                                  .subject_id = id,
                                                  .detail = detail });
}

/* 0: of all, or of the others. */
static enum rc find_category(struct db *db, const struct change *c, const char *code,
                             const char *all, unsigned *id)
{
    uint64_t found = 0;
    enum rc rc = RC_OK;

    if (strcmp(code, all) != 0)
        rc = db_query_u64(db, SQL_CATEGORY, DB_IN(db_text(code)), &found);
    if (rc == RC_NOTFOUND)
        return refuse(c, "category",
                      "there is no category \"%.40s\"; relaisctl category list shows them", code);
    *id = (unsigned)found;
    return rc;
}

/* --- a policy --- */

static enum rc read_policy(struct db *db, unsigned category_id, utc_us now,
                           struct contact_policy *out, bool *known)
{
    struct contact_book book;
    struct arena arena;
    enum rc rc;

    contact_policy_usual(out);
    out->category_id = category_id;
    *known = false;
    arena_init(&arena);
    rc = contact_book_read(db, now, &arena, &book);
    for (size_t i = 0; !rc && i < book.n_policies; i++) {
        if (book.policies[i].category_id == category_id) {
            *out = book.policies[i];
            *known = true;
        }
    }
    arena_close(&arena);
    return rc;
}

static enum rc take_number(const struct change *c, const char *field, int64_t given, int64_t max,
                           unsigned *out)
{
    if (given < 0)
        return RC_OK;
    if (given > max)
        return refuse(c, field, "expected 0 to %lld, got %lld", (long long)max, (long long)given);
    *out = (unsigned)given;
    return RC_OK;
}

static enum rc take_weights(const struct change *c, struct contact_policy *p)
{
    enum rc rc = RC_OK;

    for (int i = 0; !rc && i < CONTACT_REASONS; i++) {
        const char *name = contact_reason_entry((enum contact_reason)i)->name;

        if (c->policy->weights[i])
            rc =
                blame(c, name, contact_weight_parse(c->policy->weights[i], &p->weights[i], c->err));
    }
    return rc;
}

static enum rc take_team(struct db *db, const struct change *c, struct contact_policy *p)
{
    uint64_t team;
    enum rc rc;

    if (!c->policy->team)
        return p->team_id ? RC_OK
                          : refuse(c, "team",
                                   "expected the team that looks after customers who are nobody's");
    rc = db_query_u64(db, SQL_TEAM, DB_IN(db_text(c->policy->team)), &team);
    if (rc == RC_NOTFOUND)
        return refuse(c, "team", "there is no team \"%.40s\"; relaisctl team list shows them",
                      c->policy->team);
    if (!rc)
        p->team_id = (unsigned)team;
    return rc;
}

static enum rc take_policy(struct db *db, const struct change *c, struct contact_policy *p)
{
    const struct contact_policy_plan *plan = c->policy;
    enum rc rc = take_team(db, c, p);

    if (!rc && plan->counts)
        rc = blame(c, "counts", contact_counts_parse(plan->counts, &p->counts, c->err));
    if (!rc)
        rc = take_number(c, "every_days", plan->every_days, CONTACT_DAYS_MAX, &p->every_days);
    if (!rc)
        rc = take_number(c, "rest_days", plan->rest_days, CONTACT_DAYS_MAX, &p->rest_days);
    if (!rc)
        rc = take_number(c, "value_points", plan->value_points, CONTACT_POINTS_MAX,
                         &p->value_points);
    if (!rc && plan->priority) {
        if (*plan->priority < -PRIORITY_MAX || *plan->priority > PRIORITY_MAX)
            return refuse(c, "priority", "expected -%d to %d", PRIORITY_MAX, PRIORITY_MAX);
        p->priority = (int)*plan->priority;
    }
    if (plan->on >= 0)
        p->on = plan->on != 0;
    return rc ? rc : take_weights(c, p);
}

static enum rc write_policy(struct db *db, const struct change *c, const struct contact_policy *p)
{
    enum rc rc = db_run(db, SQL_PUT,
                        DB_IN(db_u64(p->category_id), db_u64(p->on), db_u64(p->team_id),
                              db_u64(p->every_days), db_text(contact_counts_name(p->counts)),
                              db_u64(p->rest_days), db_i64(p->priority), db_u64(p->value_points),
                              db_time(c->now), db_time(c->now)),
                        NULL);

    for (int i = 0; !rc && i < CONTACT_REASONS; i++)
        rc = db_run(db, SQL_WEIGHT,
                    DB_IN(db_u64(p->category_id),
                          db_text(contact_reason_entry((enum contact_reason)i)->name),
                          db_u64(p->weights[i].points), db_u64(p->weights[i].days)),
                    NULL);
    return rc;
}

/* They are looked at again, by the policy as it will be. Before it is written: news are noted only
 * as long as a policy is on, and this may be the last one. */
static enum rc note_listed(struct db *db, const struct change *c, unsigned category_id)
{
    uint64_t customers[LISTED_PAGE], last = 0;
    size_t n;
    enum rc rc = RC_OK;

    do {
        struct db_rows *rows;

        rc = db_query(
            db, SQL_LISTED,
            DB_IN(db_u64(last), db_u64(category_id), db_u64(category_id), db_u64(LISTED_PAGE)),
            &rows);
        if (rc)
            return rc;
        for (n = 0; n < LISTED_PAGE && db_next(rows);)
            customers[n++] = db_get_u64(rows, 0);
        last = n ? customers[n - 1] : 0;
        rc = db_rows_end(rows);
        if (!rc)
            rc = contact_news_put_all(db, customers, n, c->now);
    } while (!rc && n == LISTED_PAGE);
    return rc;
}

static enum rc put_policy(struct db *db, void *arg)
{
    const struct change *c = arg;
    struct contact_policy p;
    uint64_t locked;
    unsigned category;
    bool known;
    enum rc rc = find_category(db, c, c->policy->category, CONTACT_OTHERS, &category);

    if (rc)
        return rc;
    rc = db_query_u64(db, SQL_LOCK, DB_IN(db_u64(category)), &locked);
    if (!rc || rc == RC_NOTFOUND)
        rc = read_policy(db, category, c->now, &p, &known);
    if (!rc)
        rc = take_policy(db, c, &p);
    if (!rc)
        rc = note_listed(db, c, category);
    if (!rc)
        rc = write_policy(db, c, &p);
    return rc ? rc
              : write_audit(db, c, AUDIT_CONTACT_POLICY, category, known ? "change" : "create",
                            c->policy->category);
}

static enum rc run(struct db *db, db_body *body, struct change *c)
{
    enum rc rc = audit_new_id(db, &c->audit_id);

    c->now = clock_now();
    return rc ? rc : db_transaction(db, body, c);
}

enum rc contact_policy_set(struct db *db, const struct contact_policy_plan *plan, const char *who,
                           const char **field, struct error *err)
{
    struct change c = { .policy = plan, .who = who, .field = field, .err = err };

    return run(db, put_policy, &c);
}

/* --- a topic --- */

static enum rc check_words(const struct change *c, const char *field, const char *text, size_t max)
{
    const size_t len = text ? strlen(text) : 0;

    if (len == 0 || !utf8_valid(text, len, NULL) || utf8_length(text, len) > max)
        return refuse(c, field, "expected 1 to %zu characters", max);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < ' ')
            return refuse(c, field, "no control characters");
    }
    return RC_OK;
}

static enum rc take_day(const struct change *c, const char *field, const char *text, int usual,
                        int *day)
{
    *day = usual;
    if (!text && usual)
        return RC_OK;
    if (!text || staff_day_parse(text, day))
        return refuse(c, field, "expected a day such as 2026-12-24, got \"%.20s\"",
                      text ? text : "");
    return RC_OK;
}

static enum rc check_topic(const struct change *c, enum contact_reason *kind, int *from, int *to)
{
    const struct contact_topic_plan *p = c->topic;
    const struct civil today = clock_civil(c->now);
    enum rc rc = check_words(c, "name", p->name, CONTACT_TOPIC_NAME_MAX);

    if (!rc)
        rc = check_words(c, "text", p->text, CONTACT_TOPIC_TEXT_MAX);
    if (!rc && (contact_reason_parse(p->kind ? p->kind : "", kind, NULL) ||
                (*kind != CONTACT_TERMS && *kind != CONTACT_NEWS)))
        rc = refuse(c, "kind", "expected terms or news, got \"%.20s\"", p->kind ? p->kind : "");
    if (!rc)
        rc = take_day(c, "from", p->from, staff_day(&today), from);
    if (!rc)
        rc = take_day(c, "to", p->to, 0, to);
    if (!rc && *to < *from)
        rc = refuse(c, "to", "expected a day that is not before the first one");
    return rc;
}

static enum rc write_topic(struct db *db, const struct change *c, uint64_t id,
                           enum contact_reason kind, unsigned category, int from, int to)
{
    char first[STAFF_DAY_SIZE], last[STAFF_DAY_SIZE];

    return db_run(db, SQL_TOPIC_PUT,
                  DB_IN(db_u64(id), db_text(c->topic->name),
                        db_text(contact_reason_entry(kind)->name), db_u64(category),
                        db_text(c->topic->text), db_text(staff_day_text(from, first)),
                        db_text(staff_day_text(to, last)), db_time(c->now), db_text(c->who)),
                  NULL);
}

static enum rc put_topic(struct db *db, void *arg)
{
    const struct change *c = arg;
    const char *category = c->topic->category ? c->topic->category : "";
    enum contact_reason kind;
    uint64_t id = c->new_id;
    unsigned category_id;
    bool known = false;
    int from, to;
    enum rc rc = check_topic(c, &kind, &from, &to);

    if (!rc)
        rc = find_category(db, c, category, "", &category_id);
    if (rc)
        return rc;
    rc = db_query_u64(db, SQL_TOPIC_FIND, DB_IN(db_text(c->topic->name)), &id);
    known = rc == RC_OK;
    if (rc == RC_NOTFOUND)
        rc = RC_OK;
    if (!rc)
        rc = write_topic(db, c, id, kind, category_id, from, to);
    return rc ? rc
              : write_audit(db, c, AUDIT_CONTACT_TOPIC, id, known ? "change" : "create",
                            c->topic->name);
}

enum rc contact_topic_set(struct db *db, const struct contact_topic_plan *plan, const char *who,
                          const char **field, struct error *err)
{
    struct change c = { .topic = plan, .who = who, .field = field, .err = err };
    enum rc rc = db_new_ids(db, "contact_topic", 1, &c.new_id);

    return rc ? rc : run(db, put_topic, &c);
}

static enum rc end_topic(struct db *db, void *arg)
{
    const struct change *c = arg;
    const struct civil today = clock_civil(c->now);
    char day[STAFF_DAY_SIZE];
    uint64_t id;
    enum rc rc = db_query_u64(db, SQL_TOPIC_FIND, DB_IN(db_text(c->name)), &id);

    if (!rc)
        rc = db_run(db, SQL_TOPIC_END,
                    DB_IN(db_text(staff_day_text(staff_day(&today), day)), db_u64(id)), NULL);
    return rc ? rc : write_audit(db, c, AUDIT_CONTACT_TOPIC, id, "end", c->name);
}

enum rc contact_topic_end(struct db *db, const char *name, const char *who)
{
    struct change c = { .name = name, .who = who };

    return run(db, end_topic, &c);
}
