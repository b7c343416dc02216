/* house_code.c - see house_code.h. */
#include "store/house_code.h"

#include <string.h>

#include "store/db.h"

static const struct {
    const char *ids, *list, *find, *add, *set;
} kinds[] = {
    [HOUSE_CATEGORY] = { "category",
                         "SELECT g.code, g.label,"
                         "       (SELECT COUNT(*) FROM customer c WHERE c.category_id = g.id)"
                         "  FROM category g"
                         " ORDER BY g.code",
                         "SELECT id FROM category WHERE code = ?",
                         "INSERT INTO category (id, code, label) VALUES (?, ?, ?)",
                         "UPDATE category SET label = ? WHERE code = ?" },
    [HOUSE_SOURCE] = { "acquisition_source",
                       "SELECT a.code, a.label,"
                       "       (SELECT COUNT(*) FROM customer c"
                       "         WHERE c.acquisition_source_id = a.id)"
                       "  FROM acquisition_source a"
                       " ORDER BY a.code",
                       "SELECT id FROM acquisition_source WHERE code = ?",
                       "INSERT INTO acquisition_source (id, code, label) VALUES (?, ?, ?)",
                       "UPDATE acquisition_source SET label = ? WHERE code = ?" },
    [HOUSE_RANGE] = { "product_range",
                      "SELECT r.code, r.label,"
                      "       (SELECT COUNT(*) FROM customer_order o"
                      "         WHERE o.product_range_id = r.id)"
                      "  FROM product_range r"
                      " ORDER BY r.code",
                      "SELECT id FROM product_range WHERE code = ?",
                      "INSERT INTO product_range (id, code, label) VALUES (?, ?, ?)",
                      "UPDATE product_range SET label = ? WHERE code = ?" },
};

static const char SQL_FIELDS[] =
    "SELECT f.name, f.kind, (SELECT COUNT(*) FROM customer_field v WHERE v.field_id = f.id)"
    "  FROM custom_field f"
    " ORDER BY f.name";

static const char SQL_FIELD[] = "SELECT id FROM custom_field WHERE name = ?";

static const char SQL_FIELD_NEW[] = "INSERT INTO custom_field (id, name, kind) VALUES (?, ?, ?)";

static const char SQL_FIELD_SAME[] =
    "SELECT COUNT(*) FROM custom_field WHERE name = ? AND kind = ?";

static const char SQL_FIELD_CHANGE[] =
    "UPDATE custom_field f"
    "   SET f.kind = ?"
    " WHERE f.name = ?"
    "   AND NOT EXISTS (SELECT 1 FROM customer_field v WHERE v.field_id = f.id)";

enum rc house_code_list(struct db *db, enum house_code kind,
                        void (*each)(void *arg, const struct house_code_view *v), void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, kinds[kind].list, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct house_code_view v = { db_get_text(rows, 0), db_get_text(rows, 1),
                                           db_get_u64(rows, 2) };
        each(arg, &v);
    }
    return db_rows_end(rows);
}

enum rc house_code_set(struct db *db, enum house_code kind, const char *code, const char *label,
                       bool *created)
{
    uint64_t id;
    enum rc rc = db_query_u64(db, kinds[kind].find, DB_IN(db_text(code)), &id);

    *created = rc == RC_NOTFOUND;
    if (!rc)
        return db_run(db, kinds[kind].set, DB_IN(db_text(label), db_text(code)), NULL);
    if (rc != RC_NOTFOUND)
        return rc;
    rc = db_new_ids(db, kinds[kind].ids, 1, &id);
    return rc ? rc
              : db_run(db, kinds[kind].add, DB_IN(db_u64(id), db_text(code), db_text(label)), NULL);
}

enum rc house_field_list(struct db *db, void (*each)(void *arg, const struct house_field_view *v),
                         void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_FIELDS, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct house_field_view v = { db_get_text(rows, 0), db_get_text(rows, 1),
                                            db_get_u64(rows, 2) };
        each(arg, &v);
    }
    return db_rows_end(rows);
}

enum rc house_field_set(struct db *db, const char *name, enum custom_kind kind, bool *created)
{
    const struct db_value kind_name = db_text(custom_kind_name(kind));
    uint64_t id, same = 0, changed;
    enum rc rc = db_query_u64(db, SQL_FIELD, DB_IN(db_text(name)), &id);

    *created = rc == RC_NOTFOUND;
    if (rc == RC_NOTFOUND) {
        rc = db_new_ids(db, "custom_field", 1, &id);
        return rc ? rc
                  : db_run(db, SQL_FIELD_NEW, DB_IN(db_u64(id), db_text(name), kind_name), NULL);
    }
    if (!rc)
        rc = db_query_u64(db, SQL_FIELD_SAME, DB_IN(db_text(name), kind_name), &same);
    if (rc || same)
        return rc;
    rc = db_run(db, SQL_FIELD_CHANGE, DB_IN(kind_name, db_text(name)), &changed);
    return rc ? rc : changed ? RC_OK : RC_CONFLICT;
}
