/*
 * db.h - one connection to MariaDB, used by one lane. The only way from Relais to the database.
 *
 * A connection opens itself at its first use and again after it was lost: while the database is
 * away every call says RC_AGAIN (logged once, when it goes and when it comes back) and returns at
 * once until the next attempt is due. Statements are prepared once a connection and found again by
 * the address of their text, so the text must be a constant. Parameters only by `?`. Sessions run
 * in UTC, READ COMMITTED, utf8mb4, strict mode; a row lock is waited for at most 5 s.
 *
 * RC_UNKNOWN: a write outside a transaction, or a COMMIT, was sent and its answer was lost.
 *
 * Outside store/ only db_open() and db_close() are called (by the lanes that own the connection).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/rc.h"

struct db;

struct db_settings {
    const char *socket; /* unix socket path, or NULL for TCP */
    const char *host;   /* TCP, TLS as below */
    unsigned port;
    const char *user, *password, *database;
    const char *tls_ca; /* PEM file; given: TLS with a verified server certificate */
    int64_t timeout_ms; /* to connect, and for one answer */
    unsigned node_id;   /* this relaisd's number, 1 to 255 */
    /* 32 bytes for store/pseudonym.h, the same on every node; NULL: nobody can be erased. */
    const unsigned char *pseudonym_key;
};

/* Never fails but for memory; nothing is connected yet. `lane` numbers the connections of a node
 * (0 to 127): with node_id it names the consent chain this connection writes. The settings must
 * outlive the connection. */
struct db *db_open(const struct db_settings *settings, unsigned lane);
void db_close(struct db *db);
/* A second connection with the same settings, for what is done at the same time (base/pair.h), with
 * a consent chain of its own: opened when first asked for, closed with this one. NULL: no memory.
 */
struct db *db_second(struct db *db);
unsigned db_node(const struct db *db);
unsigned db_lane(const struct db *db);
const unsigned char *db_pseudonym_key(const struct db *db);

/* --- values in and out --- */

enum db_type { DB_TYPE_NULL, DB_TYPE_U64, DB_TYPE_I64, DB_TYPE_TEXT, DB_TYPE_BYTES, DB_TYPE_TIME };

struct db_value {
    enum db_type type;
    union {
        uint64_t u64;
        int64_t i64;
        utc_us time;
        struct {
            const void *data;
            size_t len;
        } bytes;
    };
};

struct db_value db_u64(uint64_t v);
struct db_value db_i64(int64_t v);
struct db_value db_text(const char *s); /* NULL becomes SQL NULL */
struct db_value db_bytes(const void *data, size_t len);
struct db_value db_time(utc_us at); /* a DATETIME(6) column; 0 becomes SQL NULL */
struct db_value db_null(void);

/* db_run(db, SQL, DB_IN(db_u64(id), db_text(name)), &changed) */
#define DB_IN(...)                            \
    (const struct db_value[]){ __VA_ARGS__ }, \
        sizeof((const struct db_value[]){ __VA_ARGS__ }) / sizeof(struct db_value)
#define DB_NO_INPUT NULL, 0

/* Runs a statement without result rows. `changed` (may be NULL): rows matched by an UPDATE or
 * DELETE, inserted by an INSERT. RC_CONFLICT: a unique key was already there. */
enum rc db_run(struct db *db, const char *sql, const struct db_value *in, size_t n,
               uint64_t *changed) MUST_CHECK;

/* The same for a statement that was put together at run time (a change of the schema: names and
 * numbers of ours, never a value from outside): prepared, run and closed. */
enum rc db_run_once(struct db *db, const char *sql) MUST_CHECK;

/* --- rows --- */

struct db_rows; /* one result being read; belongs to its connection */

/* Starts a query; read with db_next() until it says false, then db_rows_end() (always). The whole
 * result is held in memory: bound it with LIMIT. */
enum rc db_query(struct db *db, const char *sql, const struct db_value *in, size_t n,
                 struct db_rows **rows) MUST_CHECK;
/* The same for a statement whose structure was put together at run time (never a value in it):
 * prepared, run and closed with its rows, not kept. */
enum rc db_query_once(struct db *db, const char *sql, const struct db_value *in, size_t n,
                      struct db_rows **rows) MUST_CHECK;
bool db_next(struct db_rows *rows);
/* RC_OK when all rows were read; the error that ended the reading otherwise. NULL is fine. */
enum rc db_rows_end(struct db_rows *rows);
/* Columns of the current row, from 0. NULL reads as 0 or "" (db_is_null tells). Text is
 * NUL-terminated and lives until the next db_next(). */
bool db_is_null(const struct db_rows *rows, unsigned col);
uint64_t db_get_u64(const struct db_rows *rows, unsigned col);
int64_t db_get_i64(const struct db_rows *rows, unsigned col);
const char *db_get_text(const struct db_rows *rows, unsigned col);
const void *db_get_bytes(const struct db_rows *rows, unsigned col, size_t *len);
utc_us db_get_time(const struct db_rows *rows, unsigned col); /* 0 for NULL */

/* One row, one unsigned number. RC_NOTFOUND: no row. */
enum rc db_query_u64(struct db *db, const char *sql, const struct db_value *in, size_t n,
                     uint64_t *value) MUST_CHECK;

/* --- many rows at once (Connector/C array binding: ten times the rate of one row a call) --- */

struct db_bulk; /* a table of values, column types fixed by its first row */

struct db_bulk *db_bulk_new(unsigned columns);
void db_bulk_free(struct db_bulk *bulk);
void db_bulk_reset(struct db_bulk *bulk);
/* Adds one row of `columns` values (copied). RC_FAIL: no memory. */
enum rc db_bulk_add(struct db_bulk *bulk, const struct db_value *row) MUST_CHECK;
size_t db_bulk_rows(const struct db_bulk *bulk);
/* Runs the statement once for every row. No rows: RC_OK at once. All or nothing only inside a
 * transaction: a large table goes in several requests, and rows before a refused one may stay. */
enum rc db_bulk_run(struct db *db, const char *sql, const struct db_bulk *bulk,
                    uint64_t *changed) MUST_CHECK;
/* Runs it and empties the table, if that has so many rows. */
enum rc db_bulk_flush(struct db *db, const char *sql, struct db_bulk *bulk,
                      size_t at_least) MUST_CHECK;

/* --- transactions --- */

/*
 * Runs body(db, arg) between BEGIN and COMMIT, and again from the start (at most 10 times) when the
 * database says the whole transaction must be repeated (1205, 1213, 1020): so body() must not
 * leave effects outside the database, and must reset what it fills. Once that has happened, or the
 * connection was lost, every further call of body() says RC_AGAIN and nothing is committed,
 * whatever body() returns. Else, what it returns rolls back and is returned. RC_UNKNOWN: COMMIT was
 * sent and its answer was lost.
 */
typedef enum rc db_body(struct db *db, void *arg);
enum rc db_transaction(struct db *db, db_body *body, void *arg) MUST_CHECK;

/* --- surrogate keys that never collide between nodes --- */

/* The first of `n` consecutive new ids of a kind (a row of id_block; "customer", "order", ...).
 * Small numbers, dense but for what a restart leaves over. Its own transaction: call it outside. */
enum rc db_new_ids(struct db *db, const char *kind, uint64_t n, uint64_t *first) MUST_CHECK;
/* The same for kinds whose ids carry the time (message, message_event, inbound_message): id >> 20
 * is never behind the seconds since 2024-01-01, so that tables can be partitioned by month on the
 * primary key alone. Below 2^53 until the year 2296. */
enum rc db_new_timed_ids(struct db *db, const char *kind, uint64_t n, uint64_t *first) MUST_CHECK;
