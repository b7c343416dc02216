/* api_customer_edit.c - customers by a form or a member of staff, and the words of the house. */
#include <stdio.h>
#include <string.h>

#include "control/exchange.h"
#include "control/routes.h"
#include "domain/field.h"
#include "domain/local_time.h"
#include "domain/mail_address.h"
#include "domain/phone.h"
#include "domain/utf8.h"
#include "domain/value.h"
#include "store/customer_edit.h"
#include "store/house_code.h"

/* --- one field of the body --- */

struct form {
    struct customer_edit edit;
    char phone[E164_SIZE], mail[ADDRESS_SIZE], birth_date[DATE_TEXT_SIZE], country[3], language[3];
};

/* NULL in *out: it was not given. */
static bool take_optional(struct exchange *x, const char *name, const char **out)
{
    const enum field f = field_parse(name);
    const size_t max = f < FIELD_COUNT ? field_info(f)->max_chars : 254;

    *out = NULL;
    if (!x->body || !json_object_get(x->body, name))
        return true;
    if (!take_text(x, name, 4 * max, "", out))
        return false;
    if (utf8_length(*out, strlen(*out)) > max) {
        exchange_refuse(x, 422, name, "%s: expected at most %zu characters", name, max);
        return false;
    }
    return true;
}

static bool take_answer(struct exchange *x, const char *name, enum row_answer *out)
{
    int yes;

    if (!take_yes_no(x, name, &yes))
        return false;
    *out = yes < 0 ? ROW_SAYS_NOTHING : yes ? ROW_SAYS_YES : ROW_SAYS_NO;
    return true;
}

static bool is_letters(const char *text, char out[3], bool capital)
{
    for (int i = 0; i < 2; i++) {
        char c = text[i];
        if (c >= 'a' && c <= 'z')
            out[i] = capital ? (char)(c - 'a' + 'A') : c;
        else if (c >= 'A' && c <= 'Z')
            out[i] = capital ? c : (char)(c - 'A' + 'a');
        else
            return false;
    }
    out[2] = '\0';
    return !text[2];
}

static bool check_texts(struct exchange *x, struct form *f)
{
    const char **texts = f->edit.texts, *birth = texts[CUSTOMER_BIRTH_DATE];
    const struct civil now = clock_civil(clock_now());
    struct local_zone *zone;
    struct civil date;

    if (texts[CUSTOMER_COUNTRY] && !is_letters(texts[CUSTOMER_COUNTRY], f->country, true)) {
        exchange_refuse(x, 422, "country", "country: expected two letters, such as FR");
        return false;
    }
    if (texts[CUSTOMER_LANGUAGE] && !is_letters(texts[CUSTOMER_LANGUAGE], f->language, false)) {
        exchange_refuse(x, 422, "language", "language: expected two letters, such as fr");
        return false;
    }
    if (texts[CUSTOMER_TIMEZONE] && *texts[CUSTOMER_TIMEZONE]) {
        if (local_zone_open(texts[CUSTOMER_TIMEZONE], &zone, NULL)) {
            exchange_refuse(x, 422, "timezone",
                            "timezone: expected one of the tz database, such as Europe/Paris");
            return false;
        }
        local_zone_close(zone);
    }
    if (birth && *birth) {
        if (value_date(birth, DATE_ISO, &date) ||
            date.year * 10000 + date.month * 100 + date.day >
                now.year * 10000 + now.month * 100 + now.day) {
            exchange_refuse(x, 422, "birth_date",
                            "birth_date: expected a day that has been, such as 1990-05-01");
            return false;
        }
        value_date_text(&date, f->birth_date);
        texts[CUSTOMER_BIRTH_DATE] = f->birth_date;
    }
    if (texts[CUSTOMER_COUNTRY])
        texts[CUSTOMER_COUNTRY] = f->country;
    if (texts[CUSTOMER_LANGUAGE])
        texts[CUSTOMER_LANGUAGE] = f->language;
    return true;
}

static bool take_contacts(struct exchange *x, struct form *f)
{
    const char *region = *f->country ? f->country : x->house->country, *phone, *mail;
    enum phone_fault fault;
    enum mail_fault why;

    if (!take_optional(x, "phone", &phone) || !take_optional(x, "mail", &mail))
        return false;
    if (phone) {
        if (phone_to_e164(phone, region, f->phone, &fault)) {
            exchange_refuse(x, 422, "phone", "phone: the phone number %s",
                            phone_fault_reason(fault));
            return false;
        }
        f->edit.phone = f->phone;
    }
    if (mail) {
        if (mail_address_normalise(mail, f->mail, &why)) {
            exchange_refuse(x, 422, "mail", "mail: the address %s", mail_fault_reason(why));
            return false;
        }
        f->edit.mail = f->mail;
    }
    return true;
}

/* {"shoe": 39, "club": "A"}, or as relaisctl has it: "shoe=39". */
static bool take_fields(struct exchange *x, struct form *f)
{
    json_t *all = x->body ? json_object_get(x->body, "fields") : NULL, *value;
    const char *name;

    if (!all || json_is_null(all))
        return true;
    if (!json_is_object(all) || json_object_size(all) > CUSTOMER_FIELDS_MAX) {
        exchange_refuse(x, 422, "fields", "fields: expected an object of at most %d",
                        CUSTOMER_FIELDS_MAX);
        return false;
    }
    json_object_foreach(all, name, value)
    {
        char number[32], *text = NULL;

        if (json_is_integer(value)) {
            snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
            text = arena_copy(&x->arena, number, strlen(number));
        } else if (json_is_string(value)) {
            text = arena_copy(&x->arena, json_string_value(value), json_string_length(value));
        }
        if (!text || strlen(name) > CUSTOM_NAME_MAX) {
            exchange_refuse(x, 422, "fields", "fields: %.40s: expected a text or a whole number",
                            name);
            return false;
        }
        f->edit.fields[f->edit.n_fields].name = name;
        f->edit.fields[f->edit.n_fields++].value = text;
    }
    return true;
}

static bool take_form(struct exchange *x, struct form *f)
{
    f->edit.who = x->who;
    for (int t = 0; t < CUSTOMER_TEXTS; t++) {
        if (!take_optional(x, customer_text_name((enum customer_text)t), &f->edit.texts[t]))
            return false;
    }
    return check_texts(x, f) && take_contacts(x, f) &&
           take_optional(x, "category", &f->edit.category) &&
           take_optional(x, "source", &f->edit.source) && take_answer(x, "minor", &f->edit.minor) &&
           take_answer(x, "do_not_contact", &f->edit.do_not_contact) && take_fields(x, f);
}

static void tell_edit(struct exchange *x, enum rc rc, const struct customer_edited *e,
                      const struct error *err)
{
    if (rc == RC_INVALID && *e->field)
        exchange_refuse(x, 422, e->field, "%s", err->text);
    else if (rc)
        exchange_failed(x, rc, "customer", err);
    else
        put_u64(x->reply, "id", e->id);
}

static void add_customer(struct exchange *x)
{
    struct form f = { 0 };
    struct customer_edited edited;
    struct error err = { "" };
    enum rc rc;

    if (!take_form(x, &f))
        return;
    if (!f.edit.phone && !f.edit.mail && !f.edit.texts[CUSTOMER_LAST_NAME] &&
        !f.edit.texts[CUSTOMER_COMPANY]) {
        exchange_refuse(x, 422, "phone",
                        "phone, mail, last_name or company must be given: who is it?");
        return;
    }
    rc = customer_add(x->db, &f.edit, &edited, &err);
    tell_edit(x, rc, &edited, &err);
    if (rc)
        return;
    json_object_set_new(x->reply, "created", json_boolean(edited.created));
    if (edited.found_by)
        put_text(x->reply, "found_by", edited.found_by);
}

static void set_customer(struct exchange *x)
{
    struct form f = { 0 };
    struct customer_edited edited;
    struct error err = { "" };

    if (!take_form(x, &f))
        return;
    if (!x->body || json_object_size(x->body) == 0) {
        exchange_refuse(x, 422, NULL, "nothing is said that could be changed");
        return;
    }
    tell_edit(x, customer_set(x->db, x->id, &f.edit, &edited, &err), &edited, &err);
}

/* --- the words of the house --- */

static void add_code(void *arg, const struct house_code_view *v)
{
    json_t *item = json_object();

    put_text(item, "code", v->code);
    put_text(item, "label", v->label);
    put_u64(item, "used", v->n);
    json_array_append_new(arg, item);
}

static void list_codes(struct exchange *x, enum house_code kind, const char *name)
{
    json_t *list = json_array();
    enum rc rc = house_code_list(x->db, kind, add_code, list);

    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, name, NULL);
        return;
    }
    json_object_set_new(x->reply, name, list);
}

static void set_code(struct exchange *x, enum house_code kind)
{
    const char *label;
    bool created = false;
    enum rc rc;

    if (utf8_length(x->word, strlen(x->word)) > HOUSE_CODE_MAX) {
        exchange_refuse(x, 422, "code", "code: expected at most %d characters", HOUSE_CODE_MAX);
        return;
    }
    if (!take_text(x, "label", HOUSE_LABEL_MAX, x->word, &label))
        return;
    rc = house_code_set(x->db, kind, x->word, label, &created);
    if (rc) {
        exchange_failed(x, rc, "code", NULL);
        return;
    }
    put_text(x->reply, "code", x->word);
    json_object_set_new(x->reply, "created", json_boolean(created));
}

static void list_categories(struct exchange *x)
{
    list_codes(x, HOUSE_CATEGORY, "categories");
}

static void list_sources(struct exchange *x)
{
    list_codes(x, HOUSE_SOURCE, "sources");
}

static void list_ranges(struct exchange *x)
{
    list_codes(x, HOUSE_RANGE, "products");
}

static void set_category(struct exchange *x)
{
    set_code(x, HOUSE_CATEGORY);
}

static void set_source(struct exchange *x)
{
    set_code(x, HOUSE_SOURCE);
}

static void set_range(struct exchange *x)
{
    set_code(x, HOUSE_RANGE);
}

static void add_field(void *arg, const struct house_field_view *v)
{
    json_t *item = json_object();

    put_text(item, "name", v->name);
    put_text(item, "kind", v->kind);
    put_u64(item, "used", v->n);
    json_array_append_new(arg, item);
}

static void list_fields(struct exchange *x)
{
    json_t *list = json_array();
    enum rc rc = house_field_list(x->db, add_field, list);

    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "field", NULL);
        return;
    }
    json_object_set_new(x->reply, "fields", list);
}

static void set_field(struct exchange *x)
{
    enum custom_kind kind;
    const char *name;
    bool created;
    enum rc rc;

    if (!custom_name_is_good(x->word)) {
        exchange_refuse(x, 422, "name",
                        "name: expected a small letter and at most 31 more, digits and _ among "
                        "them");
        return;
    }
    if (!take_text(x, "kind", 20, NULL, &name))
        return;
    if (custom_kind_parse(name, &kind)) {
        exchange_refuse(x, 422, "kind", "kind: expected text, number or date");
        return;
    }
    rc = house_field_set(x->db, x->word, kind, &created);
    if (rc == RC_CONFLICT) {
        exchange_refuse(x, 409, "kind", "customers have values of another kind in field.%s",
                        x->word);
        return;
    }
    if (rc) {
        exchange_failed(x, rc, "field", NULL);
        return;
    }
    put_text(x->reply, "code", x->word);
    json_object_set_new(x->reply, "created", json_boolean(created));
}

#define CUSTOMER_BODY                                                                             \
    BODY("first_name", "last_name", "company", "phone", "mail", "language", "street", "postcode", \
         "city", "country", "timezone", "birth_date", "category", "source", "minor",              \
         "do_not_contact", "fields")
#define CODES(path, list, set, what)                                                  \
    { .method = "GET",                                                                \
      .pattern = path,                                                                \
      .right = RIGHT_TOKEN,                                                           \
      .run = list,                                                                    \
      .help = what ", and how often each is used." },                                 \
    {                                                                                 \
        .method = "PUT", .pattern = path "/{name}", .right = RIGHT_TOKEN, .run = set, \
        .body = BODY("label"), .help = "Makes one, or gives it another label. label." \
    }

const struct route customer_edit_routes[] = {
    { .method = "POST",
      .pattern = "/v1/customers",
      .right = RIGHT_TOKEN,
      .run = add_customer,
      .body = CUSTOMER_BODY,
      .help = "A new customer; one who has the phone or mail already is found and left as they "
              "are. first_name, last_name, company, phone, mail, language, street, postcode, "
              "city, country, timezone, birth_date, category, source, minor, do_not_contact, "
              "fields." },
    { .method = "PATCH",
      .pattern = "/v1/customers/{id}",
      .right = RIGHT_TOKEN,
      .run = set_customer,
      .body = CUSTOMER_BODY,
      .help = "Changes what is given, of the same fields; an empty text takes a value away." },
    CODES("/v1/categories", list_categories, set_category, "Categories of customers"),
    CODES("/v1/sources", list_sources, set_source, "How customers were won"),
    CODES("/v1/products", list_ranges, set_range, "Product ranges of orders"),
    { .method = "GET",
      .pattern = "/v1/fields",
      .right = RIGHT_TOKEN,
      .run = list_fields,
      .help = "Fields of the house's own, and how many customers have a value." },
    { .method = "PUT",
      .pattern = "/v1/fields/{name}",
      .right = RIGHT_TOKEN,
      .run = set_field,
      .body = BODY("kind"),
      .help = "Makes one. kind: text, number or date." },
};
const size_t n_customer_edit_routes =
    sizeof(customer_edit_routes) / sizeof(customer_edit_routes[0]);
