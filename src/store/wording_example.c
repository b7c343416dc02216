/* wording_example.c - somebody to read a text. */
#include "store/wording_example.h"

#include <string.h>

#include "base/buffer.h"
#include "store/wording_private.h"

#define QUERY_MAX (16 * 1024)

/* An order as an occasion would tell it. */
static void add_order(const char *language, struct wording_person *person)
{
    bool french = strcmp(language, "fr") == 0;

    person->value[TEMPLATE_ORDER_NUMBER] = "A-10482";
    person->value[TEMPLATE_DELIVERY_DATE] = french ? "mardi 24/11" : "Tue 24 Nov";
    person->value[TEMPLATE_DELIVERY_WINDOW] = french ? "14h-16h" : "2pm-4pm";
    person->value[TEMPLATE_AMOUNT] = french ? "24,90 EUR" : "EUR 24.90";
    person->value[TEMPLATE_INVOICE_NUMBER] = "F-2026-117";
}

void wording_example(const struct wording *w, const char *language, struct wording_person *person)
{
    *person = (struct wording_person){
        .language = language,
        .value = {
            [TEMPLATE_FIRST_NAME] = "Camille",
            [TEMPLATE_LAST_NAME] = "Martin",
            [TEMPLATE_COMPANY] = "Fleurs du Port",
            [TEMPLATE_STREET] = "12 rue de la Paix",
            [TEMPLATE_POSTCODE] = "69002",
            [TEMPLATE_CITY] = "Lyon",
            [TEMPLATE_LANGUAGE] = language,
        },
    };
    add_order(language, person);
    for (size_t i = 0; wording_own(w, i); i++)
        person->own[i] = wording_own(w, i);
}

static void add_query(const struct wording *w, uint64_t customer_id, struct buffer *sql)
{
    buffer_add_text(sql, "SELECT c.id, COALESCE(p.address, ''), c.language");
    wording_add_columns(w, sql);
    buffer_add_text(sql, "  FROM customer c"
                         "  LEFT JOIN contact_point p"
                         "         ON p.customer_id = c.id AND p.is_primary AND p.state = 'valid'"
                         "        AND p.channel = ");
    buffer_printf(sql, "'%s' WHERE c.erased_at IS NULL AND ", channel_name(w->spec.channel));
    buffer_add_text(sql, customer_id ? "c.id = ?" : "p.address IS NOT NULL");
    buffer_add_text(sql, " LIMIT ?");
}

static enum rc tell_one(const struct wording *w, const struct db_rows *rows,
                        enum rc (*each)(void *arg, const struct wording_person *person,
                                        uint64_t customer_id, const char *address),
                        void *arg)
{
    struct wording_person person;

    wording_read(w, rows, 3, &person);
    person.language = db_get_text(rows, 2);
    add_order(person.language, &person);
    return each(arg, &person, db_get_u64(rows, 0), db_get_text(rows, 1));
}

enum rc wording_customers(struct db *db, const struct wording *w, uint64_t customer_id,
                          size_t limit,
                          enum rc (*each)(void *arg, const struct wording_person *person,
                                          uint64_t customer_id, const char *address),
                          void *arg)
{
    const struct db_value one[] = { db_u64(customer_id), db_u64(1) }, some[] = { db_u64(limit) };
    struct buffer sql;
    struct db_rows *rows;
    size_t n = 0;
    enum rc rc = RC_FAIL, end;

    buffer_init(&sql, QUERY_MAX);
    add_query(w, customer_id, &sql);
    if (!sql.full)
        rc = customer_id ? db_query_once(db, buffer_text(&sql), one, 2, &rows)
                         : db_query_once(db, buffer_text(&sql), some, 1, &rows);
    buffer_close(&sql);
    if (rc)
        return rc;
    for (; !rc && db_next(rows); n++)
        rc = tell_one(w, rows, each, arg);
    end = db_rows_end(rows);
    rc = rc ? rc : end;
    return rc ? rc : customer_id && !n ? RC_NOTFOUND : RC_OK;
}
