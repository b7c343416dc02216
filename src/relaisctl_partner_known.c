/*
 * relaisctl_partner_known.c - asks relaisd, in batches, which of a file's customers, orders and
 * invoices it has, and whether the file says something new about them. What a kind of file only
 * names and does not make must be known: its rows are refused else.
 *
 * Of a long file the first ASKED_MAX of each are asked about: enough to see whether the keys are
 * the right ones.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "relaisctl_partner.h"
#include "store/row_hash.h"

#define BATCH     100 /* of each in a call: a body of 64k holds them */
#define ASKED_MAX 10000

enum known_list { KNOWN_CUSTOMERS, KNOWN_ORDERS, KNOWN_INVOICES, KNOWN_LISTS };

struct key_list {
    const char *name; /* in the request, and in the answer */
    json_t *seen;     /* those asked about: a key comes in many rows */
    json_t *batch;    /* [["C-1", "content hash"], ...] */
    int64_t known, unchanged, erased, asked;
    bool needed; /* a row that names an unknown one is refused */
    bool cut;
};

struct known_keys {
    struct ctl *ctl;
    char path[CTL_PATH_SIZE];
    struct key_list lists[KNOWN_LISTS];
    char why[300]; /* nobody knows */
};

static void list_init(struct key_list *list, const char *name, bool needed)
{
    *list = (struct key_list){
        .name = name, .seen = json_object(), .batch = json_array(), .needed = needed
    };
}

/* Statuses and invoices may be about the orders and customers of another partner. */
static const char *whose(const struct profile *profile)
{
    const enum file_kind kind = profile->rules.kind;

    return profile->rules.orders_of && (kind == KIND_STATUSES || kind == KIND_INVOICES)
               ? profile->rules.orders_of
               : profile->code;
}

struct known_keys *known_keys_new(struct ctl *ctl, const struct profile *profile)
{
    const enum file_kind kind = profile->rules.kind;
    const bool order_may_lack = profile->rules.fields[FIELD_ORDER_NUMBER].ignore_faulty;
    struct known_keys *k = calloc(1, sizeof(*k));
    struct error err;

    if (!k)
        return NULL;
    k->ctl = ctl;
    snprintf(k->path, sizeof(k->path), "/v1/partners/%s/known", whose(profile));
    list_init(&k->lists[KNOWN_CUSTOMERS], "customers", kind == KIND_INVOICES);
    list_init(&k->lists[KNOWN_ORDERS], "orders",
              kind == KIND_STATUSES || (kind == KIND_INVOICES && !order_may_lack));
    list_init(&k->lists[KNOWN_INVOICES], "invoices", kind == KIND_PAYMENTS);
    if (ctl_find_place(ctl->where.config, ctl->where.standalone, ctl->where.token_file, &ctl->place,
                       &err))
        snprintf(k->why, sizeof(k->why), "%.299s", err.text);
    return k;
}

void known_keys_free(struct known_keys *keys)
{
    if (!keys)
        return;
    for (int i = 0; i < KNOWN_LISTS; i++) {
        json_decref(keys->lists[i].seen);
        json_decref(keys->lists[i].batch);
    }
    free(keys);
}

static void take_answer(struct key_list *list, const json_t *reply)
{
    const json_t *answer = json_object_get(reply, list->name);

    list->known += get_int(answer, "known");
    list->unchanged += get_int(answer, "unchanged");
    list->erased += get_int(answer, "erased");
    list->asked += (int64_t)json_array_size(list->batch);
    json_array_clear(list->batch);
}

static void ask(struct known_keys *k)
{
    json_t *body = json_object(), *reply = NULL;
    struct error err = { "" };
    int status = 0;

    for (int i = 0; i < KNOWN_LISTS; i++)
        json_object_set(body, k->lists[i].name, k->lists[i].batch);
    if (ctl_call(&k->ctl->place, "POST", k->path, body, &status, &reply, &err))
        snprintf(k->why, sizeof(k->why), "%.299s", err.text);
    else if (status != 200)
        snprintf(k->why, sizeof(k->why), "%.299s", get_text(reply, "error"));
    else {
        for (int i = 0; i < KNOWN_LISTS; i++)
            take_answer(&k->lists[i], reply);
    }
    json_decref(reply);
    json_decref(body);
}

/* The last row that names a key is what the file would leave behind; the first stands for it here.
 */
static void add(struct known_keys *k, enum known_list which, const char *number,
                const uint8_t hash[HASH_SIZE])
{
    struct key_list *list = &k->lists[which];
    char hex[2 * HASH_SIZE + 1];

    if (*k->why || !*number || json_object_get(list->seen, number))
        return;
    if (json_object_size(list->seen) == ASKED_MAX) {
        list->cut = true;
        return;
    }
    for (size_t i = 0; i < HASH_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    json_object_set_new(list->seen, number, json_true());
    json_array_append_new(list->batch, json_pack("[s, s]", number, hex));
    if (json_array_size(list->batch) == BATCH)
        ask(k);
}

void known_keys_row(struct known_keys *keys, const struct partner_row *row)
{
    static const uint8_t none[HASH_SIZE] = { 0 };
    uint8_t hash[HASH_SIZE];

    row_customer_hash(row, hash);
    add(keys, KNOWN_CUSTOMERS, row->customer_number, hash);
    row_order_hash(row, hash);
    add(keys, KNOWN_ORDERS, row->order_number, hash);
    if (keys->lists[KNOWN_INVOICES].needed)
        add(keys, KNOWN_INVOICES, row->invoice_number, none);
}

/* Of how many of its keys the rows would be refused. */
static int64_t refused(const struct key_list *list)
{
    return list->erased + (list->needed ? list->asked - list->known : 0);
}

static void report_list(const struct key_list *list, json_t *out)
{
    if (!list->asked)
        return;
    json_object_set_new(out, list->name,
                        json_pack("{s:I, s:I, s:I, s:I, s:I, s:b, s:b}", "asked",
                                  (json_int_t)list->asked, "new",
                                  (json_int_t)(list->asked - list->known), "changed",
                                  (json_int_t)(list->known - list->unchanged), "unchanged",
                                  (json_int_t)list->unchanged, "erased", (json_int_t)list->erased,
                                  "needed", list->needed, "cut", list->cut));
}

static bool waits(const struct known_keys *keys)
{
    for (int i = 0; i < KNOWN_LISTS; i++) {
        if (json_array_size(keys->lists[i].batch))
            return true;
    }
    return false;
}

void known_keys_end(struct known_keys *keys, json_t *report)
{
    json_t *out = json_object();
    int64_t most = 0; /* a row may be refused for several of its keys */

    if (!*keys->why && waits(keys))
        ask(keys);
    if (*keys->why) {
        json_object_set_new(out, "why", json_string(keys->why));
    } else {
        for (int i = 0; i < KNOWN_LISTS; i++) {
            report_list(&keys->lists[i], out);
            most = refused(&keys->lists[i]) > most ? refused(&keys->lists[i]) : most;
        }
        json_object_set_new(out, "refused", json_integer((json_int_t)most));
    }
    json_object_set_new(report, "known", out);
}
