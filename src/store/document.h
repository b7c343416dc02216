/*
 * document.h - files that people sent us, or that go out with mails: each content once, whoever has
 * it, in pieces.
 *
 * A document is put first and referred to afterwards, by the rows of whoever has it. One that
 * nothing refers to is dropped a day after it was last put or held (store/document_tidy.h).
 */
#pragma once

#include <stddef.h>

#include "domain/file_type.h"
#include "domain/types.h"

struct arena;
struct db;

#define DOCUMENT_PIECE     (512 << 10) /* bytes a row: memory does not grow with a document */
#define DOCUMENT_HASH_SIZE 32          /* SHA-256 */
#define DOCUMENT_NAME_MAX  200         /* characters of the name that someone gives it */

struct document {
    uint64_t id;
    uint8_t sha256[DOCUMENT_HASH_SIZE];
    uint64_t size;
    char type[FILE_TYPE_SIZE]; /* by its bytes */
    utc_us created_at;
};

/* RC_OK to go on; anything else ends the reading and is returned. */
typedef enum rc document_take(void *arg, const void *bytes, size_t n);

/* Gives all bytes to `take`, from the beginning. It is asked twice for a document of more than a
 * piece, and must say the same both times. */
struct document_source {
    enum rc (*read)(void *arg, document_take *take, void *take_arg);
    void *arg;
};

/*
 * The document with these bytes, an old one or a new one. Transactions of its own, small ones: call
 * it outside of one. RC_INVALID: more than `size_max` bytes.
 */
enum rc document_put(struct db *db, const struct document_source *source, uint64_t size_max,
                     struct document *out) MUST_CHECK;
enum rc document_put_bytes(struct db *db, const void *bytes, size_t n,
                           struct document *out) MUST_CHECK;

/* Part of the caller's transaction, which refers to the document: it stays for now. RC_NOTFOUND: it
 * is gone; that cannot be within a day of document_put(). */
enum rc document_hold(struct db *db, uint64_t id) MUST_CHECK;
/* The same for many at once; sorts them. Those that were held within the hour are only looked at: a
 * logo that is in every other mail would make all transactions wait for one another. */
enum rc document_hold_all(struct db *db, uint64_t *ids, size_t n) MUST_CHECK;

/* RC_NOTFOUND: no such document. */
enum rc document_get(struct db *db, uint64_t id, struct document *out) MUST_CHECK;
/* Its bytes, a piece at a time. RC_NOTFOUND: no such document. */
enum rc document_read(struct db *db, uint64_t id, document_take *take, void *arg) MUST_CHECK;
/* The same as one block; lives in `arena`. RC_INVALID: more than `size_max` bytes. */
enum rc document_load(struct db *db, uint64_t id, size_t size_max, struct arena *arena,
                      const void **bytes, size_t *n) MUST_CHECK;
