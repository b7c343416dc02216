/*
 * document.c - a document is known by the SHA-256 of its bytes.
 *
 * So who writes its pieces does not matter: two that put the same one at the same time write the
 * same rows, and what a crash left half is completed by the next one who puts it. Only when all
 * pieces are there is it `complete`, and exists for anybody else.
 */
#include "store/document.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/arena.h"
#include "store/db.h"

static const char SQL_BY_HASH[] = "SELECT id, size, type, created_at, complete"
                                  "  FROM document"
                                  " WHERE sha256 = ?";

static const char SQL_ADD[] = "INSERT IGNORE INTO document"
                              "       (id, sha256, size, type, created_at, used_at, complete)"
                              "VALUES (?, ?, ?, ?, ?, ?, FALSE)";

static const char SQL_PIECE[] = "INSERT IGNORE INTO document_piece (document_id, n, bytes)"
                                "VALUES (?, ?, ?)";

static const char SQL_COMPLETE[] = "UPDATE document SET complete = TRUE, used_at = ? WHERE id = ?";

static const char SQL_HOLD[] = "UPDATE document"
                               "   SET used_at = GREATEST(used_at, ?)"
                               " WHERE id = ? AND complete";

#define Q8        "?, ?, ?, ?, ?, ?, ?, ?"
#define Q64       Q8 ", " Q8 ", " Q8 ", " Q8 ", " Q8 ", " Q8 ", " Q8 ", " Q8
#define HOLD_LIST 64                    /* as many as Q64 has */
#define HELD_FOR  (3600 * USEC_PER_SEC) /* much less than the day after which one is dropped */

static const char SQL_HELD[] = "SELECT id, used_at < ?"
                               "  FROM document"
                               " WHERE id IN (" Q64 ") AND complete"
                               " ORDER BY id";

static const char SQL_GET[] = "SELECT sha256, size, type, created_at"
                              "  FROM document"
                              " WHERE id = ? AND complete";

static const char SQL_READ_PIECE[] = "SELECT bytes"
                                     "  FROM document_piece"
                                     " WHERE document_id = ? AND n = ?";

/* --- putting --- */

/* The first look: what it is. Of a document of one piece, `piece` has all of it afterwards. */
struct looking {
    crypto_hash_sha256_state hash;
    uint64_t size, size_max;
    char *piece;
};

static enum rc look_take(void *arg, const void *bytes, size_t n)
{
    struct looking *l = arg;

    if (n > l->size_max - l->size)
        return RC_INVALID;
    crypto_hash_sha256_update(&l->hash, bytes, n);
    if (l->size < DOCUMENT_PIECE) {
        const size_t room = DOCUMENT_PIECE - (size_t)l->size;

        memcpy(l->piece + l->size, bytes, n < room ? n : room);
    }
    l->size += n;
    return RC_OK;
}

/* The second look: its pieces go to the database. */
struct writing {
    struct db *db;
    uint64_t id, n;
    char *piece;
    size_t have;
    crypto_hash_sha256_state hash; /* it must say the same as at the first look */
};

static enum rc write_piece(struct writing *w)
{
    const enum rc rc = db_run(
        w->db, SQL_PIECE, DB_IN(db_u64(w->id), db_u64(w->n), db_bytes(w->piece, w->have)), NULL);

    if (rc)
        return rc;
    w->n++;
    w->have = 0;
    return RC_OK;
}

static enum rc write_take(void *arg, const void *bytes, size_t n)
{
    struct writing *w = arg;
    const char *from = bytes;

    crypto_hash_sha256_update(&w->hash, bytes, n);
    while (n) {
        const size_t room = DOCUMENT_PIECE - w->have, some = n < room ? n : room;
        enum rc rc;

        memcpy(w->piece + w->have, from, some);
        w->have += some;
        from += some;
        n -= some;
        rc = w->have == DOCUMENT_PIECE ? write_piece(w) : RC_OK;
        if (rc)
            return rc;
    }
    return RC_OK;
}

static enum rc write_pieces(struct db *db, const struct document_source *source, char *piece,
                            const struct document *d)
{
    struct writing w = { .db = db, .id = d->id, .piece = piece };
    uint8_t sha256[DOCUMENT_HASH_SIZE];
    enum rc rc = RC_OK;

    if (d->size <= DOCUMENT_PIECE) {
        w.have = (size_t)d->size;
        return w.have ? write_piece(&w) : RC_OK;
    }
    crypto_hash_sha256_init(&w.hash);
    rc = source->read(source->arg, write_take, &w);
    if (!rc && w.have)
        rc = write_piece(&w);
    crypto_hash_sha256_final(&w.hash, sha256);
    if (!rc && memcmp(sha256, d->sha256, sizeof(sha256)) != 0)
        rc = RC_FAIL;
    return rc;
}

/* RC_NOTFOUND: nobody has put it yet. */
static enum rc find(struct db *db, struct document *d, bool *complete)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_BY_HASH, DB_IN(db_bytes(d->sha256, sizeof(d->sha256))), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        d->id = db_get_u64(rows, 0);
        d->created_at = db_get_time(rows, 3);
        *complete = db_get_u64(rows, 4) != 0;
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

static enum rc add(struct db *db, struct document *d)
{
    bool complete;
    enum rc rc = db_new_ids(db, "document", 1, &d->id);

    d->created_at = clock_now();
    if (!rc)
        rc = db_run(db, SQL_ADD,
                    DB_IN(db_u64(d->id), db_bytes(d->sha256, sizeof(d->sha256)), db_u64(d->size),
                          db_text(d->type), db_time(d->created_at), db_time(d->created_at)),
                    NULL);
    return rc ? rc : find(db, d, &complete); /* another one's, if that was faster */
}

/* RC_NOTFOUND: it was dropped while we wrote; from the start, then. */
static enum rc put_once(struct db *db, const struct document_source *source, char *piece,
                        struct document *d)
{
    bool complete = false;
    uint64_t changed;
    enum rc rc = find(db, d, &complete);

    if (rc == RC_NOTFOUND)
        rc = add(db, d);
    if (!rc && complete)
        return document_hold_all(db, &d->id, 1);
    if (!rc)
        rc = write_pieces(db, source, piece, d);
    if (!rc)
        rc = db_run(db, SQL_COMPLETE, DB_IN(db_time(clock_now()), db_u64(d->id)), &changed);
    return rc ? rc : changed ? RC_OK : RC_NOTFOUND;
}

enum rc document_put(struct db *db, const struct document_source *source, uint64_t size_max,
                     struct document *out)
{
    struct looking l = { .size_max = size_max, .piece = malloc(DOCUMENT_PIECE) };
    struct document d = { .id = 0 };
    const char *type;
    enum rc rc = l.piece && sodium_init() >= 0 ? RC_OK : RC_FAIL;

    if (rc)
        goto out;
    crypto_hash_sha256_init(&l.hash);
    rc = source->read(source->arg, look_take, &l);
    crypto_hash_sha256_final(&l.hash, d.sha256);
    if (rc)
        goto out;
    d.size = l.size;
    type = file_type_of(l.piece, l.size < DOCUMENT_PIECE ? (size_t)l.size : DOCUMENT_PIECE);
    memcpy(d.type, type, strlen(type) + 1);
    rc = put_once(db, source, l.piece, &d);
    if (rc == RC_NOTFOUND)
        rc = put_once(db, source, l.piece, &d);
    if (!rc)
        *out = d;
out:
    free(l.piece);
    return rc == RC_NOTFOUND ? RC_AGAIN : rc;
}

struct block {
    const void *bytes;
    size_t n;
};

static enum rc block_read(void *arg, document_take *take, void *take_arg)
{
    const struct block *b = arg;

    return take(take_arg, b->bytes, b->n);
}

enum rc document_put_bytes(struct db *db, const void *bytes, size_t n, struct document *out)
{
    struct block block = { bytes, n };

    return document_put(db, &(struct document_source){ block_read, &block }, n, out);
}

enum rc document_hold(struct db *db, uint64_t id)
{
    uint64_t changed;
    const enum rc rc = db_run(db, SQL_HOLD, DB_IN(db_time(clock_now()), db_u64(id)), &changed);

    return rc ? rc : changed ? RC_OK : RC_NOTFOUND;
}

static int by_id(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Adds those of up to HOLD_LIST documents that nobody has held lately to `stale`. */
static enum rc look_at_held(struct db *db, const uint64_t *ids, size_t n, utc_us now,
                            struct db_bulk *stale)
{
    struct db_value in[1 + HOLD_LIST] = { db_time(now - HELD_FOR) };
    struct db_rows *rows;
    size_t found = 0;
    enum rc rc, end;

    for (size_t i = 0; i < HOLD_LIST; i++)
        in[1 + i] = db_u64(ids[i < n ? i : n - 1]);
    rc = db_query(db, SQL_HELD, in, 1 + HOLD_LIST, &rows);
    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        found++;
        if (db_get_u64(rows, 1))
            rc = db_bulk_add(
                stale, (const struct db_value[]){ db_time(now), db_u64(db_get_u64(rows, 0)) });
    }
    end = db_rows_end(rows);
    rc = rc ? rc : end;
    return rc ? rc : found == n ? RC_OK : RC_NOTFOUND;
}

/* In the order of their numbers, so that two that hold the same ones wait for each other once. */
enum rc document_hold_all(struct db *db, uint64_t *ids, size_t n)
{
    struct db_bulk *stale = db_bulk_new(2);
    const utc_us now = clock_now();
    uint64_t held = 0;
    size_t unique = 0;
    enum rc rc = stale ? RC_OK : RC_FAIL;

    qsort(ids, n, sizeof(*ids), by_id);
    for (size_t i = 0; i < n; i++) {
        if (!unique || ids[unique - 1] != ids[i])
            ids[unique++] = ids[i];
    }
    for (size_t i = 0; !rc && i < unique; i += HOLD_LIST)
        rc = look_at_held(db, ids + i, unique - i < HOLD_LIST ? unique - i : HOLD_LIST, now, stale);
    if (!rc)
        rc = db_bulk_run(db, SQL_HOLD, stale, &held);
    if (!rc && held < db_bulk_rows(stale))
        rc = RC_NOTFOUND;
    db_bulk_free(stale);
    return rc;
}

/* --- reading --- */

enum rc document_get(struct db *db, uint64_t id, struct document *out)
{
    struct document d = { .id = id };
    struct db_rows *rows;
    const void *hash;
    size_t len;
    bool found;
    enum rc rc = db_query(db, SQL_GET, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        hash = db_get_bytes(rows, 0, &len);
        memcpy(d.sha256, hash, len < sizeof(d.sha256) ? len : sizeof(d.sha256));
        d.size = db_get_u64(rows, 1);
        memccpy(d.type, db_get_text(rows, 2), '\0', sizeof(d.type) - 1);
        d.created_at = db_get_time(rows, 3);
    }
    rc = db_rows_end(rows);
    if (rc || !found)
        return rc ? rc : RC_NOTFOUND;
    *out = d;
    return RC_OK;
}

/* RC_NOTFOUND: there is none of this number. */
static enum rc read_piece(struct db *db, uint64_t id, uint64_t n, document_take *take, void *arg,
                          size_t *len)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_READ_PIECE, DB_IN(db_u64(id), db_u64(n)), &rows), end;

    if (rc)
        return rc;
    rc = RC_NOTFOUND;
    if (db_next(rows)) {
        const void *bytes = db_get_bytes(rows, 0, len);

        rc = take(arg, bytes, *len);
    }
    end = db_rows_end(rows);
    return end ? end : rc;
}

enum rc document_read(struct db *db, uint64_t id, document_take *take, void *arg)
{
    struct document d;
    uint64_t done = 0;
    size_t len = 0;
    enum rc rc = document_get(db, id, &d);

    for (uint64_t n = 0; !rc && done < d.size; n++) {
        rc = read_piece(db, id, n, take, arg, &len);
        done += len;
    }
    return rc;
}

struct loading {
    char *bytes;
    size_t size, have;
};

static enum rc load_take(void *arg, const void *bytes, size_t n)
{
    struct loading *l = arg;

    if (n > l->size - l->have)
        return RC_FAIL;
    memcpy(l->bytes + l->have, bytes, n);
    l->have += n;
    return RC_OK;
}

enum rc document_load(struct db *db, uint64_t id, size_t size_max, struct arena *arena,
                      const void **bytes, size_t *n)
{
    struct loading l = { .have = 0 };
    struct document d;
    enum rc rc = document_get(db, id, &d);

    if (rc)
        return rc;
    if (d.size > size_max)
        return RC_INVALID;
    l.size = (size_t)d.size;
    l.bytes = arena_alloc(arena, l.size + 1);
    if (!l.bytes)
        return RC_FAIL;
    rc = document_read(db, id, load_take, &l);
    if (rc)
        return rc;
    *bytes = l.bytes;
    *n = l.have;
    return RC_OK;
}
