/* api_customer.c - finding a customer, and the dossier. */
#include <string.h>

#include "base/arena.h"
#include "control/exchange.h"
#include "control/mail_as_read.h"
#include "control/routes.h"
#include "domain/phone.h"
#include "store/dossier.h"
#include "store/partition.h"

#define HITS_MAX 50

static void add_hit(void *arg, const struct customer_hit *h)
{
    json_t *item = json_object();

    put_u64(item, "id", h->id);
    put_text(item, "first_name", h->first_name);
    put_text(item, "last_name", h->last_name);
    put_text(item, "company", h->company);
    put_text(item, "postcode", h->postcode);
    put_text(item, "city", h->city);
    put_text(item, "category", h->category);
    put_text(item, "phone", h->phone);
    put_text(item, "mail", h->mail);
    json_array_append_new(arg, item);
}

static bool looks_like_phone(const char *text)
{
    return *text && text[strspn(text, "+0123456789 .-()/")] == '\0';
}

/* A phone number; false: it is none, and that was said, unless it is a customer's number. */
static bool find_phone(struct exchange *x, const char *wanted, json_t *hits, enum rc *rc)
{
    enum phone_fault fault;
    char number[E164_SIZE];

    if (!phone_to_e164(wanted, x->house->country, number, &fault)) {
        *rc = customer_find_address(x->db, number, HITS_MAX, add_hit, hits);
        return true;
    }
    if (json_array_size(hits))
        return true;
    exchange_refuse(x, 422, "find", "no customer has this number, and as a phone number it %s",
                    phone_fault_reason(fault));
    return false;
}

/* A customer's or a partner's number, a phone number, a mail address, or the beginning of a name:
 * by what it looks like. */
static void find_customers(struct exchange *x)
{
    const char *wanted = x->query[0];
    json_t *hits;
    enum rc rc;

    if (!wanted || !*wanted) {
        exchange_refuse(x, 422, "find",
                        "find must be given: a phone number, a mail address, a name, a number");
        return;
    }
    hits = json_array();
    rc = customer_find_reference(x->db, wanted, HITS_MAX, add_hit, hits);
    if (!rc && strchr(wanted, '@')) {
        rc = customer_find_address(x->db, wanted, HITS_MAX, add_hit, hits);
    } else if (!rc && !looks_like_phone(wanted)) {
        rc = customer_find_name(x->db, wanted, HITS_MAX, add_hit, hits);
    } else if (!rc && !find_phone(x, wanted, hits, &rc)) {
        json_decref(hits);
        return;
    }
    if (rc) {
        json_decref(hits);
        exchange_failed(x, rc, "customer", NULL);
        return;
    }
    json_object_set_new(x->reply, "customers", hits);
}

static void find_by_number(struct exchange *x)
{
    const char *number = x->query[0];
    uint64_t id;
    enum rc rc;

    if (!number) {
        exchange_refuse(x, 422, "number",
                        "number must be given: as the partner knows the customer");
        return;
    }
    rc = customer_find_number(x->db, x->word, number, &id);
    if (rc)
        exchange_failed(x, rc, "customer of this partner", NULL);
    else
        put_u64(x->reply, "id", id);
}

struct dossier_reply {
    struct exchange *x;
    json_t *entries;
};

static bool is_mail_of_ours(const struct dossier_entry *entry)
{
    for (size_t i = 0; entry->kind == DOSSIER_MESSAGE && i < entry->n_fields; i++) {
        if (strcmp(entry->fields[i].name, "channel") == 0)
            return strcmp(entry->fields[i].value, channel_name(CHANNEL_EMAIL)) == 0;
    }
    return false;
}

static void put_title(struct exchange *x, json_t *item, const struct dossier_entry *entry)
{
    struct arena scratch; /* a dossier has thousands of entries */

    if (!is_mail_of_ours(entry)) {
        put_text(item, "title", entry->title);
        return;
    }
    arena_init(&scratch);
    put_text(item, "title", mail_as_read(x, entry->title, &scratch));
    arena_close(&scratch);
}

static void add_entry(void *arg, const struct dossier_entry *entry)
{
    const struct dossier_reply *to = arg;
    json_t *item = json_object(), *details = json_object();

    put_time(item, "at", entry->at);
    put_text(item, "kind", dossier_kind_name(entry->kind));
    if (entry->id)
        put_u64(item, "id", entry->id);
    put_title(to->x, item, entry);
    for (size_t i = 0; i < entry->n_fields; i++)
        put_text(details, entry->fields[i].name, entry->fields[i].value);
    json_object_set_new(item, "details", details);
    json_array_append_new(to->entries, item);
}

static void get_dossier(struct exchange *x)
{
    json_t *entries = json_array();
    struct dossier_reply to = { x, entries };
    const struct dossier_sink sink = { add_entry, &to };
    bool cut = false;
    utc_us messages_since = 0, inbound_since = 0;
    enum rc rc = dossier_read(x->db, x->id, &sink, &cut);

    if (!rc)
        rc = partition_kept_since(x->db, PARTITION_MESSAGE, &messages_since);
    if (!rc)
        rc = partition_kept_since(x->db, PARTITION_INBOUND, &inbound_since);
    if (rc) {
        json_decref(entries);
        exchange_failed(x, rc, "customer", NULL);
        return;
    }
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "timezone", x->house->timezone);
    json_object_set_new(x->reply, "cut", json_boolean(cut));
    put_time(x->reply, "messages_since", messages_since);
    put_time(x->reply, "inbound_since", inbound_since);
    json_object_set_new(x->reply, "dossier", entries);
}

const struct route customer_routes[] = {
    { .method = "GET",
      .pattern = "/v1/customers",
      .right = RIGHT_TOKEN,
      .run = find_customers,
      .query = { "find" },
      .help = "Customers by our number, a partner's (NUMBER or PARTNER:NUMBER), phone number, mail "
              "address, or the beginning of a name." },
    { .method = "GET",
      .pattern = "/v1/partners/{name}/customers",
      .right = RIGHT_TOKEN,
      .run = find_by_number,
      .query = { "number" },
      .help = "The customer whom a partner knows under a number." },
    { .method = "GET",
      .pattern = "/v1/customers/{id}",
      .right = RIGHT_TOKEN,
      .run = get_dossier,
      .help = "The dossier: all that is known of a customer, oldest first. messages_since and "
              "inbound_since: older ones are no longer kept." },
};
const size_t n_customer_routes = sizeof(customer_routes) / sizeof(customer_routes[0]);
