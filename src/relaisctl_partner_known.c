/*
 * relaisctl_partner_known.c - asks relaisd, in batches, which of a file's customers and orders it
 * has, and whether the file says something new about them.
 *
 * Of a long file the first ASKED_MAX of each are asked about: enough to see whether the keys are
 * the right ones.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "relaisctl_partner.h"
#include "store/row_hash.h"

#define BATCH     150 /* of each in a call: a body of 64k holds them */
#define ASKED_MAX 10000

struct key_list {
    const char *name; /* in the request, and in the answer */
    json_t *seen;     /* those asked about: a key comes in many rows */
    json_t *batch;    /* [["C-1", "content hash"], ...] */
    int64_t known, unchanged, asked;
    bool cut;
};

struct known_keys {
    struct ctl *ctl;
    char path[CTL_PATH_SIZE];
    struct key_list customers, orders;
    char why[300]; /* nobody knows */
};

static void list_init(struct key_list *list, const char *name)
{
    *list = (struct key_list){ .name = name, .seen = json_object(), .batch = json_array() };
}

struct known_keys *known_keys_new(struct ctl *ctl, const char *partner)
{
    struct known_keys *k = calloc(1, sizeof(*k));
    struct error err;

    if (!k)
        return NULL;
    k->ctl = ctl;
    snprintf(k->path, sizeof(k->path), "/v1/partners/%s/known", partner);
    list_init(&k->customers, "customers");
    list_init(&k->orders, "orders");
    if (ctl_find_place(ctl->where.config, ctl->where.standalone, ctl->where.token_file, &ctl->place,
                       &err))
        snprintf(k->why, sizeof(k->why), "%.299s", err.text);
    return k;
}

void known_keys_free(struct known_keys *keys)
{
    if (!keys)
        return;
    json_decref(keys->customers.seen);
    json_decref(keys->customers.batch);
    json_decref(keys->orders.seen);
    json_decref(keys->orders.batch);
    free(keys);
}

static void take_answer(struct key_list *list, const json_t *reply)
{
    const json_t *answer = json_object_get(reply, list->name);

    list->known += get_int(answer, "known");
    list->unchanged += get_int(answer, "unchanged");
    list->asked += (int64_t)json_array_size(list->batch);
    json_array_clear(list->batch);
}

static void ask(struct known_keys *k)
{
    json_t *body =
        json_pack("{s:O, s:O}", "customers", k->customers.batch, "orders", k->orders.batch);
    json_t *reply = NULL;
    struct error err = { "" };
    int status = 0;

    if (ctl_call(&k->ctl->place, "POST", k->path, body, &status, &reply, &err))
        snprintf(k->why, sizeof(k->why), "%.299s", err.text);
    else if (status != 200)
        snprintf(k->why, sizeof(k->why), "%.299s", get_text(reply, "error"));
    else {
        take_answer(&k->customers, reply);
        take_answer(&k->orders, reply);
    }
    json_decref(reply);
    json_decref(body);
}

/* The last row that names a key is what the file would leave behind; the first stands for it here.
 */
static void add(struct known_keys *k, struct key_list *list, const char *number,
                const uint8_t hash[HASH_SIZE])
{
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
    uint8_t hash[HASH_SIZE];

    row_customer_hash(row, hash);
    add(keys, &keys->customers, row->customer_number, hash);
    row_order_hash(row, hash);
    add(keys, &keys->orders, row->order_number, hash);
}

static void report_list(const struct key_list *list, json_t *out)
{
    if (list->asked)
        json_object_set_new(out, list->name,
                            json_pack("{s:I, s:I, s:I, s:I, s:b}", "asked", (json_int_t)list->asked,
                                      "new", (json_int_t)(list->asked - list->known), "changed",
                                      (json_int_t)(list->known - list->unchanged), "unchanged",
                                      (json_int_t)list->unchanged, "cut", list->cut));
}

void known_keys_end(struct known_keys *keys, json_t *report)
{
    json_t *out = json_object();

    if (!*keys->why &&
        (json_array_size(keys->customers.batch) || json_array_size(keys->orders.batch)))
        ask(keys);
    if (*keys->why) {
        json_object_set_new(out, "why", json_string(keys->why));
    } else {
        report_list(&keys->customers, out);
        report_list(&keys->orders, out);
    }
    json_object_set_new(report, "known", out);
}
