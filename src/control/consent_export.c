/* consent_export.c - pages of the signed export. A page knows nothing of those before it but what
 * the query says, so the export of a ledger of any size takes the memory of one page. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "control/export_seal.h"
#include "control/exchange.h"
#include "control/routes.h"
#include "control/signing_key.h"
#include "store/consent_read.h"

#define EVENTS_A_PAGE 2000
#define PAGE_BYTES    ((size_t)32 << 20)
#define CHAINS_MAX    65536

/* --- a page --- */

struct export
{
    struct exchange *x;
    struct signing_key key;
    uint64_t customer_id; /* 0: the whole ledger */
    utc_us since;
    unsigned chain; /* where to go on: */
    uint64_t after; /* the line of the chain, or the event of the customer */
    struct export_seal seal;
    struct buffer lines;
};

static void put_hex(json_t *object, const char *name, const unsigned char *bytes, size_t n)
{
    char hex[2 * SIGNING_SIGNATURE_SIZE + 1];

    sodium_bin2hex(hex, sizeof(hex), bytes, n);
    put_text(object, name, hex);
}

static void add_line(struct buffer *lines, json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT);

    if (text)
        buffer_add_text(lines, text);
    else
        lines->full = true;
    buffer_add_text(lines, "\n");
    free(text);
    json_decref(line);
}

/* Times twice: for people, and to the microsecond as they are hashed. */
static void put_moment(json_t *object, const char *name, utc_us at)
{
    char exact[40];

    snprintf(exact, sizeof(exact), "%s_us", name);
    put_time(object, name, at);
    json_object_set_new(object, exact, json_integer(at));
}

static void add_event(void *arg, const struct consent_stored *e)
{
    struct export *p = arg;
    const struct consent_line *l = &e->line;
    json_t *line = json_object();

    put_text(line, "kind", "event");
    put_u64(line, "chain", l->chain);
    put_u64(line, "seq", l->seq);
    put_u64(line, "id", l->id);
    put_u64(line, "customer_id", l->customer_id);
    put_text(line, "channel", l->channel);
    put_text(line, "purpose", l->purpose);
    put_text(line, "state", l->state);
    put_text(line, "address", l->address);
    put_moment(line, "at", l->at);
    put_moment(line, "recorded_at", l->recorded_at);
    put_text(line, "source", l->source);
    put_text(line, "source_ref", l->source_ref);
    put_text(line, "wording", l->wording);
    put_u64(line, "version", l->version);
    put_text(line, "sender", l->sender);
    put_text(line, "form", l->form);
    put_text(line, "page", l->page);
    put_text(line, "remote_address", l->remote_address);
    put_text(line, "recorded_by", l->recorded_by);
    put_text(line, "request_ref", l->request_ref);
    put_moment(line, "signed_at", l->signed_at);
    put_hex(line, "seal", l->seal, l->seal_len);
    put_hex(line, "previous", e->previous, CONSENT_HASH_SIZE);
    put_hex(line, "hash", e->hash, CONSENT_HASH_SIZE);
    add_line(&p->lines, line);
    p->seal.events++;
    p->after = p->customer_id ? l->id : l->seq;
}

static void add_head(struct export *p, const struct consent_end *end)
{
    json_t *line = json_object();

    put_text(line, "kind", "head");
    put_u64(line, "chain", end->chain);
    put_u64(line, "length", end->length);
    put_hex(line, "hash", end->hash, CONSENT_HASH_SIZE);
    add_line(&p->lines, line);
}

static void add_beginning(struct export *p)
{
    json_t *line = json_object();

    put_text(line, "kind", "export");
    put_u64(line, "version", CONSENT_EXPORT_VERSION);
    put_id(line, "customer_id", p->customer_id);
    put_time(line, "since", p->since);
    put_time(line, "made_at", clock_now());
    put_u64(line, "node", p->x->house->node_id);
    put_hex(line, "public_key", p->key.public_key, SIGNING_PUBLIC_SIZE);
    add_line(&p->lines, line);
}

/* A chain's lines up to the end that it has when they are read; then its head, and the next one. */
static enum rc add_chains(struct export *p)
{
    struct consent_end end;
    enum rc rc;

    for (;;) {
        size_t room = EVENTS_A_PAGE - p->seal.events, before = p->seal.events;

        rc = consent_next_end(p->x->db, p->chain, &end);
        if (rc)
            break;
        if (end.chain != p->chain) {
            p->chain = end.chain;
            p->after = 0;
        }
        rc = consent_chain_page(p->x->db, p->chain, p->after, end.length, p->since, room, add_event,
                                p);
        if (rc)
            break;
        if (p->seal.events - before == room)
            return RC_OK;
        add_head(p, &end);
        p->chain++;
        p->after = 0;
    }
    p->seal.last = rc == RC_NOTFOUND;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* Of a customer, with the ends of all chains as they are now. */
static enum rc add_customer(struct export *p)
{
    struct consent_end end;
    unsigned from = 0;
    enum rc rc = consent_customer_page(p->x->db, p->customer_id, p->after, p->since, EVENTS_A_PAGE,
                                       add_event, p);

    if (rc || p->seal.events == EVENTS_A_PAGE)
        return rc;
    while (from < CHAINS_MAX && !(rc = consent_next_end(p->x->db, from, &end))) {
        add_head(p, &end);
        from = end.chain + 1;
    }
    p->seal.last = true;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* --- the query and the reply --- */

static bool take_query(struct export *p)
{
    struct exchange *x = p->x;
    uint64_t customer, since;
    unsigned long long after = 0;
    unsigned chain = 0;
    size_t len = 0;

    if (!take_query_u64(x, 0, UINT64_MAX >> 1, 0, &customer) ||
        !take_query_u64(x, 1, UINT32_MAX, 0, &since) ||
        !take_query_u64(x, 3, UINT32_MAX, 1, &p->seal.page))
        return false;
    p->customer_id = customer;
    p->since = (utc_us)since * USEC_PER_SEC;
    if (x->query[2] && sscanf(x->query[2], "%5u:%19llu", &chain, &after) != 2) {
        exchange_refuse(x, 422, "after", "after: expected CHAIN:LINE, as next says it");
        return false;
    }
    p->chain = chain;
    p->after = after;
    if (x->query[4] && (sodium_hex2bin(p->seal.previous, CONSENT_HASH_SIZE, x->query[4],
                                       strlen(x->query[4]), NULL, &len, NULL) ||
                        len != CONSENT_HASH_SIZE)) {
        exchange_refuse(x, 422, "previous", "previous: expected %d hexadecimal digits",
                        2 * CONSENT_HASH_SIZE);
        return false;
    }
    return true;
}

static void put_next(struct export *p, const unsigned char previous[CONSENT_HASH_SIZE])
{
    json_t *next = json_object();
    char after[40];

    snprintf(after, sizeof(after), "%u:%llu", p->chain, (unsigned long long)p->after);
    put_text(next, "after", after);
    put_u64(next, "page", p->seal.page + 1);
    put_hex(next, "previous", previous, CONSENT_HASH_SIZE);
    json_object_set_new(p->x->reply, "next", next);
}

static void seal_page(struct export *p)
{
    unsigned char bytes[EXPORT_SEAL_BYTES], signature[SIGNING_SIGNATURE_SIZE];
    unsigned char hash[CONSENT_HASH_SIZE];
    json_t *line = json_object();

    crypto_generichash(p->seal.digest, CONSENT_HASH_SIZE,
                       (const unsigned char *)buffer_text(&p->lines), p->lines.len, NULL, 0);
    export_seal_bytes(&p->seal, bytes);
    crypto_sign_ed25519_detached(signature, NULL, bytes, sizeof(bytes), p->key.secret_key);
    put_text(line, "kind", "signature");
    put_u64(line, "page", p->seal.page);
    put_u64(line, "events", p->seal.events);
    json_object_set_new(line, "last", json_boolean(p->seal.last));
    put_hex(line, "previous", p->seal.previous, CONSENT_HASH_SIZE);
    put_hex(line, "digest", p->seal.digest, CONSENT_HASH_SIZE);
    put_hex(line, "signature", signature, sizeof(signature));
    add_line(&p->lines, line);
    export_seal_hash(bytes, signature, hash);
    if (!p->seal.last)
        put_next(p, hash);
}

void consent_export_page(struct exchange *x)
{
    struct export p = { .x = x };
    struct error err = { "" };
    enum rc rc;

    if (!take_query(&p))
        return;
    rc = signing_key_load(x->house->consent->key_file, &p.key, &err);
    buffer_init(&p.lines, PAGE_BYTES);
    if (!rc && p.seal.page == 1)
        add_beginning(&p);
    if (!rc)
        rc = p.customer_id ? add_customer(&p) : add_chains(&p);
    if (!rc)
        seal_page(&p);
    if (!rc && p.lines.full)
        rc = RC_FAIL;
    if (rc) {
        exchange_failed(x, rc, "the ledger", &err);
    } else {
        put_text(x->reply, "lines", buffer_text(&p.lines));
        put_u64(x->reply, "events", p.seal.events);
    }
    buffer_close(&p.lines);
    signing_key_wipe(&p.key);
}

void consent_public_key(struct exchange *x)
{
    struct signing_key key;
    struct error err = { "" };
    enum rc rc = signing_key_load(x->house->consent->key_file, &key, &err);

    if (rc) {
        exchange_failed(x, rc, "the key", &err);
        return;
    }
    put_hex(x->reply, "public_key", key.public_key, SIGNING_PUBLIC_SIZE);
    put_text(x->reply, "algorithm", "Ed25519");
    signing_key_wipe(&key);
}
