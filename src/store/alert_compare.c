/* alert_compare.c - one look at the open alerts of a kind, and a transaction for each difference.
 */
#include "store/alert_compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/db.h"

static const char SQL_OPEN[] = "SELECT subject, text\n"
                               "FROM alert\n"
                               "WHERE kind = ? AND open_key = 0 AND LEFT(subject, ?) = ?\n"
                               "LIMIT 200";

/* A person has seen to it, and it is the same trouble. */
static const char SQL_CLOSED_BY_A_PERSON[] = "SELECT COUNT(*)\n"
                                             "FROM alert\n"
                                             "WHERE kind = ? AND subject = ? AND open_key <> 0\n"
                                             "  AND closed_by <> '' AND closed_at >= ?";

struct open_alert {
    char subject[ALERT_SUBJECT_SIZE], text[ALERT_TEXT_SIZE];
};

static enum rc read_open(struct db *db, const char *kind, const char *scope,
                         struct open_alert *list, size_t *n)
{
    struct db_rows *rows = NULL;
    enum rc rc =
        db_query(db, SQL_OPEN, DB_IN(db_text(kind), db_u64(strlen(scope)), db_text(scope)), &rows);

    *n = 0;
    if (rc)
        return rc;
    while (*n < ALERT_TROUBLES_MAX && db_next(rows)) {
        snprintf(list[*n].subject, sizeof(list[*n].subject), "%s", db_get_text(rows, 0));
        snprintf(list[*n].text, sizeof(list[*n].text), "%s", db_get_text(rows, 1));
        (*n)++;
    }
    return db_rows_end(rows);
}

static const struct open_alert *open_one(const struct open_alert *list, size_t n,
                                         const char *subject)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].subject, subject) == 0)
            return &list[i];
    }
    return NULL;
}

static bool is_wrong(const struct alert_trouble *troubles, size_t n, const char *subject)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(troubles[i].subject, subject) == 0)
            return true;
    }
    return false;
}

/* It is not open, or says something else. */
static enum rc raise(struct db *db, const char *kind, const struct alert_trouble *t, bool is_open,
                     struct alert_changes *changes)
{
    uint64_t closed = 0;
    enum rc rc = RC_OK;

    if (!is_open)
        rc = db_query_u64(db, SQL_CLOSED_BY_A_PERSON,
                          DB_IN(db_text(kind), db_text(t->subject), db_time(t->since)), &closed);
    if (rc || closed)
        return rc;
    rc = alert_open(db, kind, t->subject, t->text);
    if (!rc && !is_open)
        changes->opened++;
    return rc;
}

enum rc alert_compare(struct db *db, const char *kind, const char *scope,
                      const struct alert_trouble *troubles, size_t n, struct alert_changes *changes)
{
    struct open_alert *list = calloc(ALERT_TROUBLES_MAX, sizeof(*list));
    size_t n_open = 0;
    enum rc rc = list ? read_open(db, kind, scope, list, &n_open) : RC_FAIL;

    *changes = (struct alert_changes){ 0 };
    for (size_t i = 0; !rc && i < n; i++) {
        const struct open_alert *was = open_one(list, n_open, troubles[i].subject);

        if (!was || strcmp(was->text, troubles[i].text) != 0)
            rc = raise(db, kind, &troubles[i], was != NULL, changes);
    }
    for (size_t i = 0; !rc && n < ALERT_TROUBLES_MAX && i < n_open; i++) {
        if (is_wrong(troubles, n, list[i].subject))
            continue;
        rc = alert_close(db, kind, list[i].subject);
        changes->closed += rc == RC_OK;
    }
    free(list);
    return rc;
}
