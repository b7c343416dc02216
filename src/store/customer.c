/* customer.c - finding customers by what a person knows of them. */
#include <stdlib.h>
#include <string.h>

#include "store/db.h"
#include "store/dossier.h"

#define COLUMNS                                                                      \
    "SELECT c.id, c.first_name, c.last_name, c.company, c.postcode, c.city, g.code," \
    "       (SELECT MIN(s.address) FROM contact_point s"                             \
    "         WHERE s.customer_id = c.id AND s.channel = 'sms' AND s.is_primary),"   \
    "       (SELECT MIN(e.address) FROM contact_point e"                             \
    "         WHERE e.customer_id = c.id AND e.channel = 'email' AND e.is_primary)"  \
    "  FROM customer c"                                                              \
    "  LEFT JOIN category g ON g.id = c.category_id"

static const char SQL_BY_ADDRESS[] =
    COLUMNS " WHERE c.id IN (SELECT customer_id FROM contact_point WHERE address = ?)"
            " ORDER BY c.id"
            " LIMIT ?";

/* LIKE knows that an e may stand for an e with an accent, LOCATE that two letters may be one. */
static const char SQL_BY_NAME[] =
    COLUMNS " WHERE CONCAT(c.first_name, ' ', c.last_name) LIKE ?"
            "    OR CONCAT(c.last_name, ' ', c.first_name) LIKE ?"
            "    OR c.company LIKE ? OR LOCATE(?, c.last_name) = 1 OR LOCATE(?, c.company) = 1"
            " ORDER BY c.id"
            " LIMIT ?";

static const char SQL_BY_REFERENCE[] =
    COLUMNS " JOIN (SELECT ? AS id"
            "        UNION"
            "       SELECT r.customer_id"
            "         FROM partner p"
            "         JOIN customer_ref r ON r.partner_id = p.id"
            "        WHERE ? IN (r.customer_number, CONCAT(p.code, ':', r.customer_number))"
            "          AND r.customer_number IN (?, ?)) k ON k.id = c.id"
            " ORDER BY c.id"
            " LIMIT ?";

static const char SQL_BY_NUMBER[] = "SELECT r.customer_id"
                                    "  FROM customer_ref r"
                                    "  JOIN partner p ON p.id = r.partner_id"
                                    " WHERE p.code = ? AND r.customer_number = ?";

#define NAME_MAX_BYTES 400

static enum rc tell(struct db_rows *rows, void (*hit)(void *arg, const struct customer_hit *h),
                    void *arg)
{
    while (db_next(rows)) {
        const struct customer_hit h = {
            .id = db_get_u64(rows, 0),
            .first_name = db_get_text(rows, 1),
            .last_name = db_get_text(rows, 2),
            .company = db_get_text(rows, 3),
            .postcode = db_get_text(rows, 4),
            .city = db_get_text(rows, 5),
            .category = db_get_text(rows, 6),
            .phone = db_get_text(rows, 7),
            .mail = db_get_text(rows, 8),
        };
        hit(arg, &h);
    }
    return db_rows_end(rows);
}

enum rc customer_find_address(struct db *db, const char *address, size_t limit,
                              void (*hit)(void *arg, const struct customer_hit *h), void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_BY_ADDRESS, DB_IN(db_text(address), db_u64(limit)), &rows);

    return rc ? rc : tell(rows, hit, arg);
}

enum rc customer_find_name(struct db *db, const char *name, size_t limit,
                           void (*hit)(void *arg, const struct customer_hit *h), void *arg)
{
    char pattern[2 * NAME_MAX_BYTES + 2], *p = pattern;
    struct db_rows *rows;
    enum rc rc;

    if (!name[0] || strlen(name) > NAME_MAX_BYTES) /* none is so long */
        return RC_OK;
    for (const char *c = name; *c; c++) {
        if (strchr("%_\\", *c))
            *p++ = '\\';
        *p++ = *c;
    }
    strcpy(p, "%");
    rc = db_query(db, SQL_BY_NAME,
                  DB_IN(db_text(pattern), db_text(pattern), db_text(pattern), db_text(name),
                        db_text(name), db_u64(limit)),
                  &rows);
    return rc ? rc : tell(rows, hit, arg);
}

enum rc customer_find_reference(struct db *db, const char *text, size_t limit,
                                void (*hit)(void *arg, const struct customer_hit *h), void *arg)
{
    const char *colon = strchr(text, ':');
    const bool digits = *text && text[strspn(text, "0123456789")] == '\0';
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_BY_REFERENCE,
                          DB_IN(db_u64(digits ? strtoull(text, NULL, 10) : 0), db_text(text),
                                db_text(text), db_text(colon ? colon + 1 : text), db_u64(limit)),
                          &rows);

    return rc ? rc : tell(rows, hit, arg);
}

enum rc customer_find_number(struct db *db, const char *partner, const char *number,
                             uint64_t *customer_id)
{
    return db_query_u64(db, SQL_BY_NUMBER, DB_IN(db_text(partner), db_text(number)), customer_id);
}
