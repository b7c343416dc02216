/* customer_edit.c - see customer_edit.h. */
#include "store/contact_news.h"
#include "store/customer_edit.h"

#include <stdio.h>
#include <string.h>

#include "store/audit.h"
#include "store/contact_plan_note.h"
#include "store/contact_refusal.h"
#include "store/contact_return.h"
#include "store/db.h"
#include "store/standing.h"

#define DETAIL_SIZE 200

static const char *const text_names[CUSTOMER_TEXTS] = {
    [CUSTOMER_FIRST_NAME] = "first_name",
    [CUSTOMER_LAST_NAME] = "last_name",
    [CUSTOMER_COMPANY] = "company",
    [CUSTOMER_LANGUAGE] = "language",
    [CUSTOMER_STREET] = "street",
    [CUSTOMER_POSTCODE] = "postcode",
    [CUSTOMER_CITY] = "city",
    [CUSTOMER_COUNTRY] = "country",
    [CUSTOMER_TIMEZONE] = "timezone",
    [CUSTOMER_BIRTH_DATE] = "birth_date",
};

const char *customer_text_name(enum customer_text t)
{
    return text_names[t];
}

static const char SQL_CATEGORY[] = "SELECT id FROM category WHERE code = ?";
static const char SQL_SOURCE[] = "SELECT id FROM acquisition_source WHERE code = ?";
static const char SQL_FIELD[] = "SELECT id, kind FROM custom_field WHERE name = ?";

static const char SQL_WHOSE[] = "SELECT MIN(customer_id)"
                                "  FROM contact_point"
                                " WHERE address = ? AND channel = ?"
                                " HAVING MIN(customer_id) IS NOT NULL";

static const char SQL_NEW[] =
    "INSERT INTO customer (id, created_at, updated_at, country) VALUES (?, ?, ?, ?)";

static const char SQL_LOCK[] = "SELECT erased_at IS NOT NULL FROM customer WHERE id = ? FOR UPDATE";

/* The parameters in the order of enum customer_text, then the rest. */
static const char SQL_SET[] =
    "UPDATE customer"
    "   SET first_name = COALESCE(?, first_name), last_name = COALESCE(?, last_name),"
    "       company = COALESCE(?, company), language = COALESCE(?, language),"
    "       street = COALESCE(?, street), postcode = COALESCE(?, postcode),"
    "       city = COALESCE(?, city), country = COALESCE(?, country),"
    "       timezone = COALESCE(?, timezone),"
    "       birth_date = IF(?, NULL, COALESCE(?, birth_date)),"
    "       minor = COALESCE(?, minor), do_not_contact = COALESCE(?, do_not_contact),"
    "       category_id = COALESCE(?, category_id),"
    "       acquisition_source_id = COALESCE(?, acquisition_source_id), updated_at = ?"
    " WHERE id = ?";

static const char SQL_FIELD_SET[] =
    "INSERT INTO customer_field (customer_id, field_id, value, number)"
    "VALUES (?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE value = VALUE(value), number = VALUE(number)";

static const char SQL_FIELD_GONE[] =
    "DELETE FROM customer_field WHERE customer_id = ? AND field_id = ?";

static const char SQL_NOT_PRIMARY[] = "UPDATE contact_point"
                                      "   SET is_primary = FALSE"
                                      " WHERE customer_id = ? AND channel = ? AND address <> ?";

/* A person who gives it again knows better than who found it wrong. */
static const char SQL_CONTACT[] =
    "INSERT INTO contact_point (customer_id, channel, address, created_at)"
    "VALUES (?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE is_primary = TRUE, state = IF(state = 'invalid', 'valid', state)";

struct editing {
    const struct customer_edit *edit;
    struct customer_edited *out;
    uint64_t category_id, source_id;
    struct {
        uint64_t id;
        struct custom_value value;
        bool gone;
    } fields[CUSTOMER_FIELDS_MAX];
    uint64_t new_id, audit_id; /* new_id 0: a known customer is changed */
    utc_us now;
};

/* --- before the transaction: is it good? --- */

static enum rc refuse(struct editing *e, struct error *err, const char *field, const char *what)
{
    snprintf(e->out->field, sizeof(e->out->field), "%s", field);
    return error_set(err, RC_INVALID, "%s: %s", field, what);
}

static enum rc find_code(struct db *db, struct editing *e, const char *sql, const char *code,
                         const char *field, uint64_t *id, struct error *err)
{
    enum rc rc = code ? db_query_u64(db, sql, DB_IN(db_text(code)), id) : RC_OK;

    if (rc != RC_NOTFOUND)
        return rc;
    snprintf(e->out->field, sizeof(e->out->field), "%s", field);
    return error_set(err, RC_INVALID, "%s: there is no %s \"%s\"; relaisctl %s list shows them",
                     field, field, code, field);
}

static enum rc check_field(struct db *db, struct editing *e, size_t i, struct error *err)
{
    const char *name = e->edit->fields[i].name, *text = e->edit->fields[i].value, *why = "";
    enum custom_kind kind = CUSTOM_TEXT;
    struct db_rows *rows;
    bool known;
    char field[48];
    enum rc rc = db_query(db, SQL_FIELD, DB_IN(db_text(name)), &rows);

    if (rc)
        return rc;
    known = db_next(rows) && custom_kind_parse(db_get_text(rows, 1), &kind) == RC_OK;
    e->fields[i].id = known ? db_get_u64(rows, 0) : 0;
    rc = db_rows_end(rows);
    if (rc)
        return rc;
    snprintf(field, sizeof(field), FIELD_CUSTOM_PREFIX "%.40s", name);
    if (!known)
        return refuse(e, err, field, "there is no such field; relaisctl field list shows them");
    e->fields[i].gone = !*text;
    if (*text && custom_value_parse(kind, text, DATE_ISO, DECIMAL_DOT, &e->fields[i].value, &why))
        return refuse(e, err, field, why);
    return RC_OK;
}

static enum rc check(struct db *db, struct editing *e, struct error *err)
{
    const struct customer_edit *edit = e->edit;
    enum rc rc = find_code(db, e, SQL_CATEGORY, edit->category, "category", &e->category_id, err);

    if (!rc)
        rc = find_code(db, e, SQL_SOURCE, edit->source, "source", &e->source_id, err);
    for (size_t i = 0; !rc && i < edit->n_fields; i++)
        rc = check_field(db, e, i, err);
    return rc;
}

/* --- the transaction --- */

static struct db_value answer(enum row_answer a)
{
    return a ? db_u64(a == ROW_SAYS_YES) : db_null();
}

static struct db_value id_or_null(uint64_t id)
{
    return id ? db_u64(id) : db_null();
}

static enum rc set_texts(struct db *db, const struct editing *e)
{
    const struct customer_edit *edit = e->edit;
    const char *birth = edit->texts[CUSTOMER_BIRTH_DATE];
    struct db_value in[CUSTOMER_TEXTS + 7];
    size_t n = 0;

    for (int t = 0; t < CUSTOMER_BIRTH_DATE; t++)
        in[n++] = db_text(edit->texts[t]);
    in[n++] = db_u64(birth && !*birth);
    in[n++] = db_text(birth && *birth ? birth : NULL);
    in[n++] = answer(edit->minor);
    in[n++] = answer(edit->do_not_contact);
    in[n++] = id_or_null(e->category_id);
    in[n++] = id_or_null(e->source_id);
    in[n++] = db_time(e->now);
    in[n++] = db_u64(e->out->id);
    return db_run(db, SQL_SET, in, n, NULL);
}

static enum rc set_fields(struct db *db, const struct editing *e)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < e->edit->n_fields; i++) {
        const struct custom_value *v = &e->fields[i].value;

        if (e->fields[i].gone)
            rc = db_run(db, SQL_FIELD_GONE, DB_IN(db_u64(e->out->id), db_u64(e->fields[i].id)),
                        NULL);
        else
            rc = db_run(db, SQL_FIELD_SET,
                        DB_IN(db_u64(e->out->id), db_u64(e->fields[i].id), db_text(v->text),
                              v->has_number ? db_i64(v->number) : db_null()),
                        NULL);
    }
    return rc;
}

static enum rc set_contact(struct db *db, const struct editing *e, enum channel channel,
                           const char *address)
{
    const struct contact_address point = { channel, address };
    const struct db_value id = db_u64(e->out->id), name = db_text(channel_name(channel)),
                          text = db_text(address);
    enum rc rc = address ? db_run(db, SQL_NOT_PRIMARY, DB_IN(id, name, text), NULL) : RC_OK;

    if (!rc && address)
        rc = db_run(db, SQL_CONTACT, DB_IN(id, name, text, db_time(e->now)), NULL);
    if (!rc && address)
        rc = contact_return(db, &point, 1);
    return rc;
}

/* The names of what was changed, never the values. */
static void name_changes(const struct customer_edit *edit, char out[DETAIL_SIZE])
{
    const struct {
        const char *name;
        bool said;
    } others[] = {
        { "category", edit->category },   { "source", edit->source },
        { "phone", edit->phone },         { "mail", edit->mail },
        { "minor", edit->minor },         { "do_not_contact", edit->do_not_contact },
        { "fields", edit->n_fields > 0 },
    };
    size_t len = 0;

    *out = '\0';
    for (int t = 0; t < CUSTOMER_TEXTS; t++) {
        if (edit->texts[t] && len < DETAIL_SIZE)
            len += (size_t)snprintf(out + len, DETAIL_SIZE - len, "%s%s", len ? " " : "",
                                    text_names[t]);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (others[i].said && len < DETAIL_SIZE)
            len += (size_t)snprintf(out + len, DETAIL_SIZE - len, "%s%s", len ? " " : "",
                                    others[i].name);
    }
}

static enum rc write_all(struct db *db, struct editing *e)
{
    char detail[DETAIL_SIZE];
    enum rc rc = set_texts(db, e);

    if (!rc)
        rc = set_fields(db, e);
    if (!rc)
        rc = set_contact(db, e, CHANNEL_SMS, e->edit->phone);
    if (!rc)
        rc = set_contact(db, e, CHANNEL_EMAIL, e->edit->mail);
    if (!rc && (e->edit->phone || e->edit->mail || e->new_id))
        rc = standing_refresh(db, &e->out->id, 1);
    if (!rc)
        rc = contact_news_put(db, e->out->id, e->now);
    if (rc)
        return rc;
    name_changes(e->edit, detail);
    return audit_write(db, &(struct audit_entry){ .id = e->audit_id,
                                                  .at = e->now,
                                                  .who = e->edit->who,
                                                  .verb = e->new_id ? "add" : "set",
                                                  .subject = AUDIT_CUSTOMER,
                                                  .subject_id = e->out->id,
                                                  .detail = detail });
}

/* Whoever has the address already. */
static enum rc look_for(struct db *db, struct editing *e, enum channel channel, const char *address,
                        const char *by)
{
    enum rc rc;

    if (!address || e->out->found_by)
        return RC_OK;
    rc = db_query_u64(db, SQL_WHOSE, DB_IN(db_text(address), db_text(channel_name(channel))),
                      &e->out->id);
    if (!rc)
        e->out->found_by = by;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc add_body(struct db *db, void *arg)
{
    struct editing *e = arg;
    const char *country = e->edit->texts[CUSTOMER_COUNTRY];
    enum rc rc;

    e->out->found_by = NULL;
    rc = look_for(db, e, CHANNEL_SMS, e->edit->phone, "phone");
    if (!rc)
        rc = look_for(db, e, CHANNEL_EMAIL, e->edit->mail, "mail");
    if (rc || e->out->found_by)
        return rc;
    e->out->id = e->new_id;
    rc = db_run(db, SQL_NEW,
                DB_IN(db_u64(e->new_id), db_time(e->now), db_time(e->now),
                      db_text(country ? country : "FR")),
                NULL);
    if (!rc)
        rc = plan_note_new(db, e->new_id, e->now);
    return rc ? rc : write_all(db, e);
}

static enum rc set_body(struct db *db, void *arg)
{
    struct editing *e = arg;
    uint64_t erased;
    enum rc rc = db_query_u64(db, SQL_LOCK, DB_IN(db_u64(e->out->id)), &erased);

    if (!rc && erased)
        rc = RC_CONFLICT;
    if (!rc && e->edit->do_not_contact == ROW_SAYS_YES)
        rc = contact_refuse(db, e->out->id, 0, e->now);
    return rc ? rc : write_all(db, e);
}

enum rc customer_add(struct db *db, const struct customer_edit *edit, struct customer_edited *out,
                     struct error *err)
{
    struct editing e = { .edit = edit, .out = out, .now = clock_now() };
    enum rc rc;

    *out = (struct customer_edited){ 0 };
    rc = check(db, &e, err);
    if (!rc)
        rc = db_new_ids(db, "customer", 1, &e.new_id);
    if (!rc)
        rc = audit_new_id(db, &e.audit_id);
    if (!rc)
        rc = db_transaction(db, add_body, &e);
    out->created = !rc && !out->found_by;
    return rc;
}

enum rc customer_set(struct db *db, uint64_t id, const struct customer_edit *edit,
                     struct customer_edited *out, struct error *err)
{
    struct editing e = { .edit = edit, .out = out, .now = clock_now() };
    enum rc rc;

    *out = (struct customer_edited){ .id = id };
    rc = check(db, &e, err);
    if (!rc)
        rc = audit_new_id(db, &e.audit_id);
    if (!rc)
        rc = db_transaction(db, set_body, &e);
    if (rc == RC_CONFLICT)
        error_set(err, rc, "customer %llu was erased", (unsigned long long)id);
    return rc;
}
