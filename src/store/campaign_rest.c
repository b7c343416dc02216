/* campaign_rest.c - rows of campaign_rest; recipient.c asks for their bits. */
#include "store/campaign_rest.h"

#include <string.h>

#define CHUNK_SHIFT 12
#define CHUNK_MASK  ((UINT64_C(1) << CHUNK_SHIFT) - 1)
#define CHUNK_BYTES (1 << (CHUNK_SHIFT - 3))

static const char SQL_WRITE[] = "INSERT INTO campaign_rest (campaign_id, chunk, first_id, bits)"
                                "VALUES (?, ?, ?, ?)";

static const char SQL_FORGET[] = "DELETE FROM campaign_rest WHERE campaign_id = ?";

struct chunk {
    uint64_t first_id; /* 0: it is empty */
    unsigned char bits[CHUNK_BYTES];
    size_t used; /* bytes, up to the last bit that is set */
};

static enum rc end_chunk(struct db_bulk *rows, uint64_t campaign_id, struct chunk *c)
{
    enum rc rc = RC_OK;

    if (c->first_id)
        rc = db_bulk_add(rows, (const struct db_value[]){
                                   db_u64(campaign_id), db_u64(c->first_id >> CHUNK_SHIFT),
                                   db_u64(c->first_id), db_bytes(c->bits, c->used) });
    memset(c, 0, sizeof(*c));
    return rc;
}

static void add(struct chunk *c, uint64_t customer_id)
{
    size_t at = (customer_id & CHUNK_MASK) >> 3;

    if (!c->first_id)
        c->first_id = customer_id;
    c->bits[at] |= (unsigned char)(1u << (customer_id & 7));
    c->used = at + 1;
}

/* The page is in the order of ids. */
enum rc campaign_rest_write(struct db *db, uint64_t campaign_id, const struct recipients_page *page)
{
    struct db_bulk *rows = db_bulk_new(4);
    struct chunk chunk = { 0 };
    enum rc rc = rows ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < page->n; i++) {
        uint64_t id = page->list[i].customer_id;
        if (!page->list[i].waits)
            continue;
        if (chunk.first_id && chunk.first_id >> CHUNK_SHIFT != id >> CHUNK_SHIFT)
            rc = end_chunk(rows, campaign_id, &chunk);
        add(&chunk, id);
    }
    if (!rc)
        rc = end_chunk(rows, campaign_id, &chunk);
    if (!rc)
        rc = db_bulk_run(db, SQL_WRITE, rows, NULL);
    db_bulk_free(rows);
    return rc;
}

enum rc campaign_rest_forget(struct db *db, uint64_t campaign_id)
{
    return db_run(db, SQL_FORGET, DB_IN(db_u64(campaign_id)), NULL);
}
