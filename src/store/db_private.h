/*
 * db_private.h - what the files db*.c share and nobody else sees.
 *
 * A connection keeps its prepared statements. A statement whose rows are being read is busy: it
 * outlives even the loss of its connection, until db_rows_end().
 */
#pragma once

#include <mysql.h>

#include "store/db.h"

#define STATEMENTS_MAX \
    256 /* prepared a connection; the server's limit is for all of them (16,382) */

struct db_cell {
    MYSQL_TIME time;
    uint64_t number;
    char *text; /* in the block of its rows, or NULL: number or time say it */
    unsigned long len;
    my_bool is_null;
};

struct db_rows {
    struct db *db;
    struct statement *statement;
    unsigned columns;
    MYSQL_BIND *binds;
    struct db_cell *cells;
    char *block;
    size_t columns_size, block_size; /* what is allocated: kept from query to query */
    enum rc outcome;
};

struct statement {
    const char *address; /* where the caller's constant lies: the quick way to find it again */
    char *sql;
    MYSQL_STMT *stmt;
    MYSQL_BIND *binds; /* `params` of each */
    MYSQL_TIME *times;
    size_t params;
    uint64_t used_at;
    unsigned array_size;
    bool once;   /* closed with its rows */
    bool busy;   /* its rows are being read */
    bool orphan; /* its connection is gone */
    struct db_rows rows;
};

enum doom {
    DOOM_NONE,
    DOOM_REPEAT, /* the database rolled it back: run the whole transaction again */
    DOOM_LATER,  /* the database cannot now */
};

struct db {
    const struct db_settings *settings;
    unsigned lane;
    struct db *second;
    MYSQL *mysql;       /* NULL: not connected */
    int64_t away_since; /* monotonic; 0: it is there, or was not asked yet */
    int64_t retry_at, pause_us;
    unsigned complained; /* the errno last logged, so that a trouble that lasts is logged once */
    bool in_transaction;
    enum doom doom; /* a doomed transaction takes no more statements: they would commit alone */
    uint64_t clock;
    size_t n_statements;
    struct statement *statements[STATEMENTS_MAX];
};

/* --- db_connect.c --- */

/* A new connection as the settings say, its session set up; `database` NULL: in none. On failure
 * NULL, with the server's or the client's errno and its words in err. */
MYSQL *db_dial(const struct db_settings *settings, const char *database, unsigned *number,
               struct error *err);

/* --- db.c --- */

/* RC_OK: connected and free to take a statement. */
enum rc db_ready(struct db *db) MUST_CHECK;
enum db_effect { DB_READS, DB_WRITES };
/* What a failure means: logs it where that helps, drops a lost connection, dooms a transaction. */
enum rc db_failed(struct db *db, unsigned number, const char *message, const char *sql,
                  enum db_effect effect);

/* --- db_statement.c --- */

/* The prepared statement for `sql`, with `params` parameters. `once`: not to be found again. */
enum rc statement_get(struct db *db, const char *sql, size_t params, bool once,
                      struct statement **out) MUST_CHECK;
enum rc statement_bind(struct db *db, struct statement *st, const struct db_value *in) MUST_CHECK;
enum rc statement_set_array(struct db *db, struct statement *st, unsigned rows) MUST_CHECK;
enum rc statement_execute(struct db *db, struct statement *st, enum db_effect effect) MUST_CHECK;
/* Reading is over: the statement is free for the next one, or closed. */
void statement_release(struct db *db, struct statement *st);
void statement_drop_all(struct db *db); /* the connection is gone */
void statement_time(utc_us at, MYSQL_TIME *out);

/* --- db_rows.c --- */

void rows_free(struct db_rows *rows);
