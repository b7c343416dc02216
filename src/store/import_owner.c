/* import_owner.c - see import_owner.h. */
#include "store/import_owner.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "store/audit.h"
#include "store/contact_news.h"
#include "store/db.h"

#define WHO_SIZE  64
#define SAID_SIZE 64 /* of one as JSON */

/* Whose owner is another one from now on, by the place in the list; locked. */
static const char SQL_MOVED[] =
    "SELECT w.n\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY, id BIGINT UNSIGNED PATH '$[0]',\n"
    "  owner INT UNSIGNED PATH '$[1]', fills INT PATH '$[2]')) w\n"
    "STRAIGHT_JOIN customer c ON c.id = w.id\n"
    "WHERE NOT c.owner_id <=> w.owner AND (c.owner_id IS NULL OR NOT w.fills)\n"
    "ORDER BY w.n\n"
    "FOR UPDATE";

static const char SQL_OWNER[] = "UPDATE customer SET owner_id = ? WHERE id = ?";
#define OWNER_COLUMNS 2

/* --- before the transaction --- */

enum rc import_owner_prepare(struct db *db, struct import_owner *o, const struct import_step *step)
{
    uint64_t wanted = 0;

    for (size_t i = 0; i < step->chunk->n_rows; i++)
        wanted += step->chunk->rows[i].has_person && *step->chunk->rows[i].owner;
    return wanted ? id_shelf_fill(db, &o->audits, "audit_entry", wanted, true) : RC_OK;
}

static void remember(struct import_owner *o, const char *login, unsigned staff_id)
{
    snprintf(o->known[o->next_known].login, sizeof(o->known[0].login), "%s", login);
    o->known[o->next_known].staff_id = staff_id;
    o->next_known = (o->next_known + 1) % OWNERS_KEPT;
    if (o->n_known < OWNERS_KEPT)
        o->n_known++;
}

enum rc import_owner_find(struct db *db, struct import_owner *o, const struct import_step *step,
                          const char *login, unsigned *staff_id)
{
    const struct mapping_rules *mapping = step->rules->mapping;
    enum rc rc = RC_OK;

    *staff_id = 0;
    if (!*login || strlen(login) >= STAFF_LOGIN_SIZE)
        return RC_OK;
    for (size_t i = 0; i < o->n_known; i++) {
        if (strcmp(o->known[i].login, login) == 0) {
            *staff_id = o->known[i].staff_id;
            return RC_OK;
        }
    }
    rc = staff_here(db, login, mapping ? mapping->timezone : "UTC", step->now, staff_id);
    if (rc && rc != RC_NOTFOUND)
        return rc;
    remember(o, login, *staff_id);
    return RC_OK;
}

/* --- in it --- */

void import_owner_reset(struct import_owner *o)
{
    o->n_said = 0;
}

void import_owner_add(struct import_owner *o, const struct import_owner_said *said)
{
    if (said->staff_id)
        o->said[o->n_said++] = *said;
}

/* Another number of the same customer, a row before: its word stands where this one only fills in.
 */
static bool is_named(const struct import_owner *o, size_t n, const struct import_owner_said *said)
{
    for (size_t i = 0; said->fills && i < n; i++) {
        if (o->said[i].customer_id == said->customer_id)
            return true;
    }
    return false;
}

static enum rc read_moved(struct import_owner *o, struct db_rows *rows)
{
    size_t kept = 0;
    enum rc rc;

    while (db_next(rows)) {
        const uint64_t n = db_get_u64(rows, 0); /* they come in the order of the list */

        if (n > kept && n <= o->n_said && !is_named(o, kept, &o->said[n - 1]))
            o->said[kept++] = o->said[n - 1];
    }
    rc = db_rows_end(rows);
    o->n_said = kept;
    return rc;
}

static enum rc find_moved(struct db *db, struct import_owner *o)
{
    struct buffer list;
    struct db_rows *rows = NULL;
    enum rc rc;

    buffer_init(&list, o->n_said * SAID_SIZE + 2);
    buffer_add_text(&list, "[");
    for (size_t i = 0; i < o->n_said; i++)
        buffer_printf(&list, "%s[%" PRIu64 ",%u,%d]", i ? "," : "", o->said[i].customer_id,
                      o->said[i].staff_id, o->said[i].fills);
    buffer_add_text(&list, "]");
    rc = list.full ? RC_FAIL : db_query(db, SQL_MOVED, DB_IN(db_bytes(list.data, list.len)), &rows);
    if (!rc)
        rc = read_moved(o, rows);
    buffer_close(&list);
    return rc;
}

struct writing {
    struct db_bulk *owners, *news, *book;
};

static enum rc fill(struct writing *w, const struct import_owner *o, const struct import_step *step,
                    bool news)
{
    char who[WHO_SIZE];
    enum rc rc = w->owners && w->news && w->book ? RC_OK : RC_FAIL;

    snprintf(who, sizeof(who), "import %" PRIu64, step->imp->id);
    for (size_t i = 0; !rc && i < o->n_said; i++) {
        const struct import_owner_said *s = &o->said[i];

        rc = db_bulk_add(w->owners,
                         (const struct db_value[]){ db_u64(s->staff_id), db_u64(s->customer_id) });
        if (!rc)
            rc = audit_bulk_add(w->book, &(struct audit_entry){ .id = o->audits.next + i,
                                                                .at = step->now,
                                                                .who = who,
                                                                .verb = "owner",
                                                                .subject = AUDIT_CUSTOMER,
                                                                .subject_id = s->customer_id,
                                                                .detail = s->login });
        if (!rc && news && !s->made)
            rc = contact_news_add(w->news, s->customer_id, step->now);
    }
    return rc;
}

static enum rc put_moved(struct db *db, const struct import_owner *o,
                         const struct import_step *step, bool news)
{
    struct writing w = { db_bulk_new(OWNER_COLUMNS), db_bulk_new(CONTACT_NEWS_COLUMNS),
                         audit_bulk_new() };
    enum rc rc = fill(&w, o, step, news);

    if (!rc)
        rc = db_bulk_run(db, SQL_OWNER, w.owners, NULL);
    if (!rc)
        rc = db_bulk_run(db, CONTACT_NEWS_SQL, w.news, NULL);
    if (!rc)
        rc = audit_bulk_run(db, w.book);
    db_bulk_free(w.owners);
    db_bulk_free(w.news);
    db_bulk_free(w.book);
    return rc;
}

enum rc import_owner_run(struct db *db, struct import_owner *o, const struct import_step *step,
                         bool news)
{
    enum rc rc = o->n_said ? find_moved(db, o) : RC_OK;

    return rc || !o->n_said ? rc : put_moved(db, o, step, news);
}
