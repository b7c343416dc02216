/* import_codes.c - codes of an import, asked of the database once each. */
#include "store/import_codes.h"

#include <stdlib.h>
#include <string.h>

#include "store/db.h"

#define CODE_SIZE      129 /* 32 characters */
#define CODES_KEPT_MAX 4096

struct known_code {
    char code[CODE_SIZE];
    uint64_t id;
};

static const struct {
    const char *ids, *find, *add;
} kinds[] = {
    [CODE_CATEGORY] = { "category", "SELECT id FROM category WHERE code = ?",
                        "INSERT INTO category (id, code, label)\n"
                        "VALUES (?, ?, ?)" },
    [CODE_SOURCE] = { "acquisition_source", "SELECT id FROM acquisition_source WHERE code = ?",
                      "INSERT INTO acquisition_source (id, code, label)\n"
                      "VALUES (?, ?, ?)" },
    [CODE_RANGE] = { "product_range", "SELECT id FROM product_range WHERE code = ?",
                     "INSERT INTO product_range (id, code, label)\n"
                     "VALUES (?, ?, ?)" },
};

void code_list_close(struct code_list *list)
{
    free(list->known);
    *list = (struct code_list){ 0 };
}

static enum rc create_code(struct db *db, enum code_kind kind, const char *code, uint64_t *id)
{
    uint64_t fresh;
    enum rc rc = db_new_ids(db, kinds[kind].ids, 1, &fresh);

    if (rc)
        return rc;
    rc = db_run(db, kinds[kind].add, DB_IN(db_u64(fresh), db_text(code), db_text(code)), NULL);
    if (rc == RC_CONFLICT) /* somebody was faster */
        return db_query_u64(db, kinds[kind].find, DB_IN(db_text(code)), id);
    if (!rc)
        *id = fresh;
    return rc;
}

static enum rc remember(struct code_list *list, const char *code, uint64_t id)
{
    if (list->n == CODES_KEPT_MAX)
        return RC_OK;
    if (list->n == list->cap) {
        const size_t cap = list->cap ? list->cap * 2 : 32;
        struct known_code *more = realloc(list->known, cap * sizeof(*more));
        if (!more)
            return RC_FAIL;
        list->known = more;
        list->cap = cap;
    }
    memcpy(list->known[list->n].code, code, strlen(code) + 1);
    list->known[list->n++].id = id;
    return RC_OK;
}

enum rc code_find(struct db *db, enum code_kind kind, struct code_list *list, const char *code,
                  bool create, uint64_t *id)
{
    uint64_t found = 0;
    enum rc rc;

    if (!*code) {
        *id = 0;
        return RC_OK;
    }
    if (strlen(code) >= CODE_SIZE)
        return RC_NOTFOUND;
    /* Few codes, and mostly the same few: the last seen is nearly always right. */
    for (size_t i = list->n; i-- > 0;) {
        if (strcmp(list->known[i].code, code) == 0) {
            *id = list->known[i].id;
            return RC_OK;
        }
    }
    rc = db_query_u64(db, kinds[kind].find, DB_IN(db_text(code)), &found);
    if (rc == RC_NOTFOUND && create && list->created < CODES_CREATED_MAX) {
        list->created++;
        rc = create_code(db, kind, code, &found);
    }
    if (!rc)
        rc = remember(list, code, found);
    if (!rc)
        *id = found;
    return rc;
}
