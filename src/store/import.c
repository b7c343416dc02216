/* import.c - an import from the file taken to done or failed. */
#include "store/import_row.h"

#include <string.h>

#include "store/db.h"
#include "store/import_query.h"

const char *import_state_name(enum import_state s)
{
    static const char *const names[] = { "checking", "applying", "done",
                                         "failed",   "undoing",  "undone" };

    return names[s];
}

enum import_state import_state_of(const char *name)
{
    enum import_state s = IMPORT_CHECKING;

    while (s < IMPORT_UNDONE && strcmp(import_state_name(s), name) != 0)
        s++;
    return s;
}

static void copy_text(char *out, size_t size, const char *text)
{
    const size_t len = strnlen(text, size - 1);

    memcpy(out, text, len);
    out[len] = '\0';
}

void import_from_row(const struct db_rows *rows, struct import *imp)
{
    const void *sha256;
    size_t len;

    *imp = (struct import){
        .id = db_get_u64(rows, 0),
        .partner_id = (unsigned)db_get_u64(rows, 1),
        .bytes = db_get_u64(rows, 5),
        .state = import_state_of(db_get_text(rows, 6)),
        .next_row = db_get_u64(rows, 8),
        .rows_total = db_get_u64(rows, 9),
        .rows_taken = db_get_u64(rows, 10),
        .rows_unchanged = db_get_u64(rows, 11),
        .rows_refused = db_get_u64(rows, 12),
        .received_at = db_get_time(rows, 13),
        .finished_at = db_get_time(rows, 14),
        .node_id = (unsigned)db_get_u64(rows, 15),
        .same_as = db_get_u64(rows, 18),
        .dropped_at = db_get_time(rows, 21),
        .turn = (unsigned)db_get_u64(rows, 22),
        .run = (unsigned)db_get_u64(rows, 23),
    };
    copy_text(imp->partner, sizeof(imp->partner), db_get_text(rows, 2));
    copy_text(imp->file_name, sizeof(imp->file_name), db_get_text(rows, 3));
    copy_text(imp->reason, sizeof(imp->reason), db_get_text(rows, 7));
    copy_text(imp->profile, sizeof(imp->profile), db_get_text(rows, 16));
    copy_text(imp->document, sizeof(imp->document), db_get_text(rows, 17));
    copy_text(imp->source_name, sizeof(imp->source_name), db_get_text(rows, 19));
    copy_text(imp->final_name, sizeof(imp->final_name), db_get_text(rows, 20));
    sha256 = db_get_bytes(rows, 4, &len);
    if (len == sizeof(imp->sha256))
        memcpy(imp->sha256, sha256, len);
}

/* --- the partner --- */

static const char SQL_PARTNER[] = "SELECT id FROM partner WHERE code = ?";

static const char SQL_NEW_PARTNER[] = "INSERT INTO partner (id, code, label, created_at)\n"
                                      "VALUES (?, ?, ?, ?)";

enum rc import_partner(struct db *db, const char *code, const char *label, unsigned *id)
{
    uint64_t found = 0;
    enum rc rc = db_query_u64(db, SQL_PARTNER, DB_IN(db_text(code)), &found);

    if (rc == RC_NOTFOUND) {
        rc = db_new_ids(db, "partner", 1, &found);
        if (!rc)
            rc = db_run(db, SQL_NEW_PARTNER,
                        DB_IN(db_u64(found), db_text(code), db_text(label), db_time(clock_now())),
                        NULL);
        if (rc == RC_CONFLICT) /* another node was faster */
            rc = db_query_u64(db, SQL_PARTNER, DB_IN(db_text(code)), &found);
    }
    if (!rc)
        *id = (unsigned)found;
    return rc;
}

/* --- its states --- */

enum rc import_new_id(struct db *db, uint64_t *id)
{
    return db_new_ids(db, "import", 1, id);
}

static const char SQL_BEGIN[] =
    "INSERT INTO import (id, partner_id, profile, file_name, source_name, sha256, bytes, state,\n"
    "                    reason, dropped_at, received_at, finished_at, node_id, can_undo)\n"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, TRUE)";

static const char SQL_BY_CONTENT[] = "SELECT " IMPORT_COLUMNS "\n"
                                     "FROM import i\n"
                                     "JOIN partner p ON p.id = i.partner_id\n"
                                     "WHERE i.partner_id = ? AND i.content_key = ?";

/* It goes on where it failed; when nothing of it was left, it begins at its first row. Rows that
 * were applied ahead of it are counted already. */
#define BEGINS                      \
    "next_row = 1 AND NOT EXISTS\n" \
    "    (SELECT 1 FROM import_chunk c WHERE c.import_id = import.id AND c.run = import.run)"

static const char SQL_BEGIN_AGAIN[] =
    "UPDATE import\n"
    "SET can_undo = can_undo OR " IMPORT_IS_UNTOUCHED ",\n"
    "    rows_taken = IF(" BEGINS ", 0, rows_taken),\n"
    "    rows_unchanged = IF(" BEGINS ", 0, rows_unchanged),\n"
    "    rows_refused = IF(" BEGINS ", 0, rows_refused),\n"
    "    profile = ?, file_name = ?, source_name "
    "= ?, state = ?, reason = ?, dropped_at = ?,\n"
    "    received_at = ?, finished_at = ?, node_id = ?, final_name = '', document_number = NULL,\n"
    "    same_as = NULL\n"
    "WHERE id = ? AND state = 'failed'";

static enum rc find_by_content(struct db *db, unsigned partner_id, const uint8_t sha256[32],
                               struct import *imp)
{
    struct db_rows *rows = NULL;
    bool found;
    enum rc rc =
        db_query(db, SQL_BY_CONTENT, DB_IN(db_u64(partner_id), db_bytes(sha256, 32)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found)
        import_from_row(rows, imp);
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

static enum rc insert(struct db *db, const struct import *imp)
{
    return db_run(db, SQL_BEGIN,
                  DB_IN(db_u64(imp->id), db_u64(imp->partner_id), db_text(imp->profile),
                        db_text(imp->file_name),
                        db_bytes(imp->source_name, strlen(imp->source_name)),
                        db_bytes(imp->sha256, sizeof(imp->sha256)), db_u64(imp->bytes),
                        db_text(import_state_name(imp->state)), db_text(imp->reason),
                        db_time(imp->dropped_at), db_time(imp->received_at),
                        db_time(imp->finished_at), db_u64(db_node(db))),
                  NULL);
}

static const char SQL_REJECTS_AGAIN[] =
    "DELETE r\n"
    "FROM import i\n"
    "STRAIGHT_JOIN import_reject r ON r.import_id = i.id\n"
    "WHERE i.id = ? AND NOT EXISTS\n"
    "  (SELECT 1 FROM import_chunk c\n"
    "   WHERE c.import_id = i.id AND c.run = i.run AND r.row_no >= c.first_row\n"
    "     AND r.row_no < c.next_row)";

static enum rc begin_again(struct db *db, void *arg)
{
    const struct import *imp = arg;
    uint64_t changed = 0;
    enum rc rc = db_run(db, SQL_BEGIN_AGAIN,
                        DB_IN(db_text(imp->profile), db_text(imp->file_name),
                              db_bytes(imp->source_name, strlen(imp->source_name)),
                              db_text(import_state_name(imp->state)), db_text(imp->reason),
                              db_time(imp->dropped_at), db_time(imp->received_at),
                              db_time(imp->finished_at), db_u64(db_node(db)), db_u64(imp->id)),
                        &changed);

    if (!rc && !changed)
        rc = RC_AGAIN;
    return rc ? rc : db_run(db, SQL_REJECTS_AGAIN, DB_IN(db_u64(imp->id)), NULL);
}

enum rc import_begin(struct db *db, struct import *imp)
{
    struct import other;
    bool begun = false;
    enum rc rc;

    if (imp->state == IMPORT_FAILED && !imp->finished_at)
        imp->finished_at = imp->received_at;
    rc = insert(db, imp);
    if (!rc) {
        imp->next_row = 1;
        imp->run = 1;
        imp->node_id = db_node(db);
        return RC_OK;
    }
    if (rc != RC_CONFLICT)
        return rc;
    rc = find_by_content(db, imp->partner_id, imp->sha256, &other);
    if (rc)
        return rc == RC_NOTFOUND ? RC_AGAIN : rc;
    if (other.state == IMPORT_UNDOING)
        return RC_AGAIN;
    if (other.state == IMPORT_FAILED) {
        imp->id = other.id;
        rc = db_transaction(db, begin_again, imp);
        if (!rc)
            rc = find_by_content(db, imp->partner_id, imp->sha256, &other);
        if (rc)
            return rc;
        begun = true;
    }
    *imp = other;
    return begun ? RC_OK : RC_CONFLICT;
}

bool import_is_elsewhere(const struct db *db, const struct import *imp)
{
    return imp->node_id && imp->node_id != db_node(db) &&
           (imp->state == IMPORT_CHECKING || imp->state == IMPORT_APPLYING);
}

static const char SQL_CHECKED[] = "UPDATE import\n"
                                  "SET state = 'applying', rows_total = ?\n"
                                  "WHERE id = ? AND state = 'checking'";

enum rc import_checked(struct db *db, struct import *imp, uint64_t rows_total)
{
    uint64_t changed = 0;
    enum rc rc = db_run(db, SQL_CHECKED, DB_IN(db_u64(rows_total), db_u64(imp->id)), &changed);

    if (rc)
        return rc;
    if (!changed)
        return RC_CONFLICT;
    imp->state = IMPORT_APPLYING;
    imp->rows_total = rows_total;
    return RC_OK;
}

static const char SQL_TURN[] = "UPDATE import\n"
                               "SET turn = turn + 1\n"
                               "WHERE id = ? AND state = 'applying'";

enum rc import_take_turn(struct db *db, struct import *imp)
{
    uint64_t changed = 0;
    enum rc rc = db_run(db, SQL_TURN, DB_IN(db_u64(imp->id)), &changed);

    if (rc)
        return rc;
    return changed ? import_get(db, imp->id, imp) : RC_CONFLICT;
}

static const char SQL_FINISH[] = "UPDATE import\n"
                                 "SET next_row = IF(? = 'done', rows_total + 1, next_row),\n"
                                 "  state = ?, reason = ?, finished_at = ?\n"
                                 "WHERE id = ? AND state IN ('checking', 'applying')";

static enum rc finish(struct db *db, struct import *imp, enum import_state state,
                      const char *reason)
{
    const utc_us now = clock_now();
    uint64_t changed = 0;
    enum rc rc = db_run(db, SQL_FINISH,
                        DB_IN(db_text(import_state_name(state)), db_text(import_state_name(state)),
                              db_text(reason), db_time(now), db_u64(imp->id)),
                        &changed);

    if (rc)
        return rc;
    if (!changed)
        return RC_CONFLICT;
    imp->state = state;
    imp->finished_at = now;
    copy_text(imp->reason, sizeof(imp->reason), reason);
    return RC_OK;
}

enum rc import_failed(struct db *db, struct import *imp, const char *reason)
{
    return finish(db, imp, IMPORT_FAILED, reason);
}

enum rc import_done(struct db *db, struct import *imp)
{
    return finish(db, imp, IMPORT_DONE, "");
}

static const char SQL_FINAL_NAME[] = "UPDATE import SET final_name = ? WHERE id = ?";

enum rc import_set_final_name(struct db *db, struct import *imp, const char *name)
{
    const enum rc rc = db_run(db, SQL_FINAL_NAME, DB_IN(db_text(name), db_u64(imp->id)), NULL);

    if (!rc)
        copy_text(imp->final_name, sizeof(imp->final_name), name);
    return rc;
}

static const char SQL_PROFILE[] = "UPDATE import SET profile = ? WHERE id = ?";

enum rc import_set_profile(struct db *db, struct import *imp, const char *profile)
{
    const enum rc rc = db_run(db, SQL_PROFILE, DB_IN(db_text(profile), db_u64(imp->id)), NULL);

    if (!rc)
        copy_text(imp->profile, sizeof(imp->profile), profile);
    return rc;
}
