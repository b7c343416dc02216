/* campaign_member.c - reads the rows of the chunks, locked, and writes them with more bits. */
#include "store/campaign_member.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "store/db.h"

#define KEY_TEXT_MAX 64 /* of a chunk in the statement's JSON */

#define WANTED                                             \
    "  FROM JSON_TABLE(?, '$[*]' COLUMNS ("                \
    "         campaign_id BIGINT UNSIGNED PATH '$[0]',"    \
    "         chunk       BIGINT UNSIGNED PATH '$[1]')) w" \
    "  STRAIGHT_JOIN campaign_member b"                    \
    "             ON b.campaign_id = w.campaign_id AND b.chunk = w.chunk FOR UPDATE"

static const char *const select_sql[] = {
    [MEMBER_QUEUED] = "SELECT b.campaign_id, b.chunk, b.queued" WANTED,
    [MEMBER_SENT] = "SELECT b.campaign_id, b.chunk, b.bits" WANTED,
};

static const char *const update_sql[] = {
    [MEMBER_QUEUED] = "UPDATE campaign_member SET queued = ? WHERE campaign_id = ? AND chunk = ?",
    [MEMBER_SENT] = "UPDATE campaign_member SET bits = ? WHERE campaign_id = ? AND chunk = ?",
};

/* Empty, so that there is something to lock: two who add to one chunk come one after the other. */
static const char SQL_NEW[] = "INSERT IGNORE INTO campaign_member (campaign_id, chunk, bits)"
                              "VALUES (?, ?, '')";

struct chunk {
    uint64_t campaign_id, number;
    bool found;
    size_t len; /* up to the last byte with a bit */
    unsigned char bits[MEMBER_BYTES];
};

struct marking {
    enum member_of of;
    struct chunk *chunks; /* by campaign and number */
    size_t n;
};

static uint64_t chunk_of(uint64_t customer_id)
{
    return customer_id >> MEMBER_CHUNK_SHIFT;
}

static int compare_members(const void *a, const void *b)
{
    const struct member *x = a, *y = b;

    if (x->campaign_id != y->campaign_id)
        return x->campaign_id > y->campaign_id ? 1 : -1;
    return (x->customer_id > y->customer_id) - (x->customer_id < y->customer_id);
}

static int compare_chunks(const void *a, const void *b)
{
    const struct chunk *x = a, *y = b;

    if (x->campaign_id != y->campaign_id)
        return x->campaign_id > y->campaign_id ? 1 : -1;
    return (x->number > y->number) - (x->number < y->number);
}

static void set_bit(struct chunk *c, uint64_t customer_id)
{
    size_t byte = (customer_id & ((1u << MEMBER_CHUNK_SHIFT) - 1)) >> 3;

    c->bits[byte] |= (unsigned char)(1u << (customer_id & 7));
    if (byte >= c->len)
        c->len = byte + 1;
}

static bool fill(struct marking *m, struct member *list, size_t n)
{
    size_t chunks = 1;

    qsort(list, n, sizeof(*list), compare_members);
    for (size_t i = 1; i < n; i++)
        chunks += list[i].campaign_id != list[i - 1].campaign_id ||
                  chunk_of(list[i].customer_id) != chunk_of(list[i - 1].customer_id);
    m->chunks = calloc(chunks, sizeof(*m->chunks));
    if (!m->chunks)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct chunk key = { .campaign_id = list[i].campaign_id,
                                   .number = chunk_of(list[i].customer_id) };
        if (!m->n || compare_chunks(&m->chunks[m->n - 1], &key) != 0) {
            m->chunks[m->n].campaign_id = key.campaign_id;
            m->chunks[m->n++].number = key.number;
        }
        set_bit(&m->chunks[m->n - 1], list[i].customer_id);
    }
    return true;
}

static void take_over(struct chunk *c, const struct db_rows *rows)
{
    size_t len;
    const unsigned char *bits = db_get_bytes(rows, 2, &len);

    c->found = true;
    len = len < MEMBER_BYTES ? len : MEMBER_BYTES;
    for (size_t i = 0; i < len; i++)
        c->bits[i] |= bits[i];
    c->len = len > c->len ? len : c->len;
}

/* Locks the rows and takes their bits over. */
static enum rc read_rows(struct db *db, struct marking *m, const struct buffer *keys)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, select_sql[m->of], DB_IN(db_bytes(keys->data, keys->len)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        struct chunk key = { .campaign_id = db_get_u64(rows, 0), .number = db_get_u64(rows, 1) };
        struct chunk *c = bsearch(&key, m->chunks, m->n, sizeof(key), compare_chunks);
        if (c)
            take_over(c, rows);
    }
    return db_rows_end(rows);
}

/* *some: there were chunks that had no row. */
static enum rc add_rows(struct db *db, const struct marking *m, bool *some)
{
    struct db_bulk *bulk = db_bulk_new(2);
    enum rc rc = bulk ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < m->n; i++) {
        if (!m->chunks[i].found)
            rc = db_bulk_add(bulk, (const struct db_value[]){ db_u64(m->chunks[i].campaign_id),
                                                              db_u64(m->chunks[i].number) });
    }
    *some = bulk && db_bulk_rows(bulk);
    if (!rc)
        rc = db_bulk_run(db, SQL_NEW, bulk, NULL);
    db_bulk_free(bulk);
    return rc;
}

static enum rc write_rows(struct db *db, const struct marking *m)
{
    struct db_bulk *bulk = db_bulk_new(3);
    enum rc rc = bulk ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < m->n; i++) {
        const struct chunk *c = &m->chunks[i];
        rc = db_bulk_add(bulk,
                         (const struct db_value[]){ db_bytes(c->bits, c->len),
                                                    db_u64(c->campaign_id), db_u64(c->number) });
    }
    if (!rc)
        rc = db_bulk_run(db, update_sql[m->of], bulk, NULL);
    db_bulk_free(bulk);
    return rc;
}

static void print_keys(const struct marking *m, struct buffer *keys)
{
    for (size_t i = 0; i < m->n; i++)
        buffer_printf(keys, "%s[%llu,%llu]", i ? "," : "[",
                      (unsigned long long)m->chunks[i].campaign_id,
                      (unsigned long long)m->chunks[i].number);
    buffer_add_text(keys, "]");
}

enum rc campaign_member_mark(struct db *db, enum member_of of, struct member *list, size_t n)
{
    struct marking m = { .of = of };
    struct buffer keys;
    bool some;
    enum rc rc;

    if (!n)
        return RC_OK;
    buffer_init(&keys, n * KEY_TEXT_MAX + 2);
    rc = fill(&m, list, n) ? RC_OK : RC_FAIL;
    if (!rc) {
        print_keys(&m, &keys);
        rc = keys.full ? RC_FAIL : read_rows(db, &m, &keys);
    }
    if (!rc)
        rc = add_rows(db, &m, &some);
    if (!rc && some)
        rc = read_rows(db, &m, &keys);
    if (!rc)
        rc = write_rows(db, &m);
    buffer_close(&keys);
    free(m.chunks);
    return rc;
}
