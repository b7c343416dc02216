/* consent_check.c - every line against its page's signature, every event against its chain. */
#include "control/consent_check.h"

#include <jansson.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/export_seal.h"
#include "control/signing_key.h"
#include "store/consent_line.h"

#define CHAINS_MAX 65536

struct chain_seen {
    uint64_t seq;                          /* the highest */
    unsigned char hash[CONSENT_HASH_SIZE]; /* of that line */
    bool seen, ended;
};

struct consent_check {
    struct consent_report report;
    uint64_t line;
    bool begun, last;
    unsigned char public_key[SIGNING_PUBLIC_SIZE];
    crypto_generichash_state digest; /* of the page so far */
    uint64_t page_events;
    unsigned char previous[CONSENT_HASH_SIZE]; /* the seal of the page before */
    struct chain_seen chains[CHAINS_MAX];
};

static void fault(struct consent_check *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void fault(struct consent_check *c, const char *fmt, ...)
{
    va_list ap;

    if (!c->report.sound)
        return;
    c->report.sound = false;
    c->report.line = c->line;
    va_start(ap, fmt);
    vsnprintf(c->report.reason, sizeof(c->report.reason), fmt, ap);
    va_end(ap);
}

/* --- fields; each says false when it is not what it must be --- */

static const char *text_of(struct consent_check *c, const json_t *line, const char *name)
{
    const json_t *value = json_object_get(line, name);

    if (json_is_string(value))
        return json_string_value(value);
    fault(c, "%s: expected a text", name);
    return "";
}

static uint64_t number_of(struct consent_check *c, const json_t *line, const char *name)
{
    const json_t *value = json_object_get(line, name);

    if (!json_is_integer(value) || json_integer_value(value) < 0)
        fault(c, "%s: expected a number", name);
    return (uint64_t)json_integer_value(value);
}

static void bytes_of(struct consent_check *c, const json_t *line, const char *name,
                     unsigned char *out, size_t size)
{
    const char *hex = text_of(c, line, name);
    size_t len = 0;

    if (sodium_hex2bin(out, size, hex, strlen(hex), NULL, &len, NULL) || len != size)
        fault(c, "%s: expected %zu hexadecimal digits", name, 2 * size);
}

/* --- the kinds of lines --- */

static void check_beginning(struct consent_check *c, const json_t *line)
{
    struct consent_report *r = &c->report;
    const json_t *customer = json_object_get(line, "customer_id");
    const json_t *since = json_object_get(line, "since");

    if (c->begun)
        fault(c, "the file begins a second time");
    c->begun = true;
    if (number_of(c, line, "version") != CONSENT_EXPORT_VERSION)
        fault(c, "version: expected %d", CONSENT_EXPORT_VERSION);
    bytes_of(c, line, "public_key", c->public_key, sizeof(c->public_key));
    snprintf(r->public_key, sizeof(r->public_key), "%s", text_of(c, line, "public_key"));
    snprintf(r->made_at, sizeof(r->made_at), "%s", text_of(c, line, "made_at"));
    snprintf(r->since, sizeof(r->since), "%s",
             json_is_string(since) ? json_string_value(since) : "");
    r->customer_id = (uint64_t)json_integer_value(customer);
    r->whole = json_is_null(customer) && json_is_null(since);
}

static struct chain_seen *chain_of(struct consent_check *c, const json_t *line)
{
    uint64_t number = number_of(c, line, "chain");

    if (number < CHAINS_MAX)
        return &c->chains[number];
    fault(c, "chain: there is no chain %llu", (unsigned long long)number);
    return &c->chains[0];
}

static void read_event(struct consent_check *c, const json_t *line, struct consent_line *l)
{
    const char *seal;

    *l = (struct consent_line){
        .chain = number_of(c, line, "chain"),
        .seq = number_of(c, line, "seq"),
        .id = number_of(c, line, "id"),
        .customer_id = number_of(c, line, "customer_id"),
        .channel = text_of(c, line, "channel"),
        .purpose = text_of(c, line, "purpose"),
        .state = text_of(c, line, "state"),
        .address = text_of(c, line, "address"),
        .at = (utc_us)number_of(c, line, "at_us"),
        .recorded_at = (utc_us)number_of(c, line, "recorded_at_us"),
        .source = text_of(c, line, "source"),
        .source_ref = text_of(c, line, "source_ref"),
        .wording = text_of(c, line, "wording"),
        .version = (unsigned)number_of(c, line, "version"),
        .sender = text_of(c, line, "sender"),
        .form = text_of(c, line, "form"),
        .page = text_of(c, line, "page"),
        .remote_address = text_of(c, line, "remote_address"),
        .recorded_by = text_of(c, line, "recorded_by"),
        .request_ref = text_of(c, line, "request_ref"),
        .signed_at = (utc_us)number_of(c, line, "signed_at_us"),
    };
    seal = text_of(c, line, "seal");
    if (sodium_hex2bin(l->seal, sizeof(l->seal), seal, strlen(seal), NULL, &l->seal_len, NULL))
        fault(c, "seal: expected at most %d hexadecimal digits", 2 * CONSENT_SEAL_SIZE);
}

/* Where the file has the line before this one, it must be the one that this one follows. */
static void check_link(struct consent_check *c, struct chain_seen *chain,
                       const struct consent_line *l, const unsigned char *previous)
{
    static const unsigned char nothing[CONSENT_HASH_SIZE];
    const unsigned char *expected = l->seq == 1                               ? nothing
                                    : chain->seen && l->seq == chain->seq + 1 ? chain->hash
                                                                              : NULL;

    if (c->report.whole && l->seq != chain->seq + 1)
        fault(c, "chain %llu: expected line %llu, got %llu: lines are missing",
              (unsigned long long)l->chain, (unsigned long long)chain->seq + 1,
              (unsigned long long)l->seq);
    if (expected && memcmp(expected, previous, CONSENT_HASH_SIZE) != 0)
        fault(c, "chain %llu, line %llu does not follow the line before it",
              (unsigned long long)l->chain, (unsigned long long)l->seq);
}

static void check_event(struct consent_check *c, const json_t *line)
{
    unsigned char previous[CONSENT_HASH_SIZE] = { 0 }, hash[CONSENT_HASH_SIZE] = { 0 };
    unsigned char computed[CONSENT_HASH_SIZE];
    struct chain_seen *chain = chain_of(c, line);
    struct consent_line l;

    read_event(c, line, &l);
    bytes_of(c, line, "previous", previous, sizeof(previous));
    bytes_of(c, line, "hash", hash, sizeof(hash));
    if (chain->ended)
        fault(c, "chain %llu has a line behind its end", (unsigned long long)l.chain);
    if (consent_line_is_odd(&l))
        fault(c, "it has something that lines of its version do not have");
    consent_line_hash(previous, &l, computed);
    if (memcmp(computed, hash, sizeof(hash)) != 0)
        fault(c, "chain %llu, line %llu: its hash is not that of what it says",
              (unsigned long long)l.chain, (unsigned long long)l.seq);
    check_link(c, chain, &l, previous);
    c->report.chains += !chain->seen;
    if (!chain->seen || l.seq > chain->seq) {
        chain->seq = l.seq;
        memcpy(chain->hash, hash, sizeof(hash));
    }
    chain->seen = true;
    c->page_events++;
    c->report.events++;
}

static void check_head(struct consent_check *c, const json_t *line)
{
    struct chain_seen *chain = chain_of(c, line);
    unsigned char hash[CONSENT_HASH_SIZE] = { 0 };
    uint64_t length = number_of(c, line, "length");

    bytes_of(c, line, "hash", hash, sizeof(hash));
    if (chain->ended)
        fault(c, "the chain ends a second time");
    if (c->report.whole ? chain->seq != length : chain->seq > length)
        fault(c, "the chain has %llu lines, and the file has them up to %llu",
              (unsigned long long)length, (unsigned long long)chain->seq);
    if (chain->seen && chain->seq == length && memcmp(chain->hash, hash, sizeof(hash)) != 0)
        fault(c, "the chain's end has another hash than its last line");
    chain->ended = true;
}

static void check_signature(struct consent_check *c, const json_t *line)
{
    struct export_seal seal = { .page = number_of(c, line, "page"),
                                .events = number_of(c, line, "events"),
                                .last = json_is_true(json_object_get(line, "last")) };
    unsigned char bytes[EXPORT_SEAL_BYTES], signature[SIGNING_SIGNATURE_SIZE] = { 0 };
    unsigned char digest[CONSENT_HASH_SIZE] = { 0 };

    bytes_of(c, line, "previous", seal.previous, sizeof(seal.previous));
    bytes_of(c, line, "digest", digest, sizeof(digest));
    bytes_of(c, line, "signature", signature, sizeof(signature));
    crypto_generichash_final(&c->digest, seal.digest, CONSENT_HASH_SIZE);
    if (memcmp(digest, seal.digest, sizeof(digest)) != 0)
        fault(c, "something in page %llu was changed: its lines have another digest",
              (unsigned long long)seal.page);
    if (seal.page != c->report.pages + 1 ||
        memcmp(seal.previous, c->previous, CONSENT_HASH_SIZE) != 0)
        fault(c, "page %llu does not follow the page before it", (unsigned long long)seal.page);
    if (seal.events != c->page_events)
        fault(c, "events: the page has %llu", (unsigned long long)c->page_events);
    export_seal_bytes(&seal, bytes);
    if (crypto_sign_ed25519_verify_detached(signature, bytes, sizeof(bytes), c->public_key))
        fault(c, "the signature of page %llu is not by the key of the file",
              (unsigned long long)seal.page);
    export_seal_hash(bytes, signature, c->previous);
    crypto_generichash_init(&c->digest, NULL, 0, CONSENT_HASH_SIZE);
    c->page_events = 0;
    c->report.pages++;
    c->last = seal.last;
}

/* --- lines --- */

static const struct line_kind {
    const char *name;
    void (*check)(struct consent_check *c, const json_t *line);
    bool sealed; /* its bytes are under the signature */
} kinds[] = {
    { "export", check_beginning, true },
    { "event", check_event, true },
    { "head", check_head, true },
    { "signature", check_signature, false },
};

struct consent_check *consent_check_new(void)
{
    struct consent_check *c = sodium_init() < 0 ? NULL : calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->report.sound = true;
    crypto_generichash_init(&c->digest, NULL, 0, CONSENT_HASH_SIZE);
    return c;
}

void consent_check_free(struct consent_check *c)
{
    free(c);
}

static const struct line_kind *kind_of(const json_t *line)
{
    const char *name = json_string_value(json_object_get(line, "kind"));

    for (size_t i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

bool consent_check_line(struct consent_check *c, const char *line, size_t len)
{
    json_t *object = NULL;
    const struct line_kind *kind;

    c->line++;
    if (len <= CONSENT_CHECK_LINE_MAX)
        object = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
    kind = kind_of(object);
    if (!kind)
        fault(c, "this is no line of an export of consents");
    else if (!c->begun && kind->check != check_beginning)
        fault(c, "expected the first line of an export of consents");
    else if (c->last)
        fault(c, "there is something behind the last page");
    if (c->report.sound) {
        if (kind->sealed) {
            crypto_generichash_update(&c->digest, (const unsigned char *)line, len);
            crypto_generichash_update(&c->digest, (const unsigned char *)"\n", 1);
        }
        kind->check(c, object);
    }
    json_decref(object);
    return c->report.sound;
}

void consent_check_end(struct consent_check *c, struct consent_report *report)
{
    c->line++;
    if (!c->begun)
        fault(c, "the file is empty");
    if (!c->last)
        fault(c, "the end of the file is missing: the last page with its signature is not there");
    for (unsigned i = 0; c->report.whole && i < CHAINS_MAX; i++) {
        if (c->chains[i].seen && !c->chains[i].ended)
            fault(c, "the end of chain %u is missing", i);
    }
    *report = c->report;
}
