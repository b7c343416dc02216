/*
 * db_statement.c - prepared statements, kept by their connection and found again by the address of
 * their text. The text is compared as well: an address may come back with another text.
 */
#include "store/db_private.h"

#include <stdlib.h>
#include <string.h>

#define LOG_PART "db"
#include "base/log.h"

static void statement_free(struct statement *st)
{
    rows_free(&st->rows);
    if (st->stmt)
        mysql_stmt_close(st->stmt);
    free(st->binds);
    free(st->times);
    free(st->sql);
    free(st);
}

/* An array needs no order: the last one fills the hole. */
static void statement_remove(struct db *db, size_t i)
{
    db->statements[i] = db->statements[--db->n_statements];
}

void statement_drop_all(struct db *db)
{
    for (size_t i = 0; i < db->n_statements; i++) {
        struct statement *st = db->statements[i];
        if (st->busy)
            st->orphan = true;
        else
            statement_free(st);
    }
    db->n_statements = 0;
}

void statement_release(struct db *db, struct statement *st)
{
    st->busy = false;
    if (st->orphan) {
        statement_free(st);
        return;
    }
    mysql_stmt_free_result(st->stmt);
    if (!st->once)
        return;
    for (size_t i = 0; i < db->n_statements; i++) {
        if (db->statements[i] == st) {
            statement_remove(db, i);
            break;
        }
    }
    statement_free(st);
}

static struct statement *statement_find(struct db *db, const char *sql)
{
    for (size_t i = 0; i < db->n_statements; i++) {
        struct statement *st = db->statements[i];
        if (st->address == sql && !st->busy && !st->once && strcmp(st->sql, sql) == 0)
            return st;
    }
    return NULL;
}

/* Room for one more: the one that was idle longest goes. */
static enum rc statement_make_room(struct db *db)
{
    size_t oldest = db->n_statements;

    if (db->n_statements < STATEMENTS_MAX)
        return RC_OK;
    for (size_t i = 0; i < db->n_statements; i++) {
        struct statement *st = db->statements[i];
        if (!st->busy &&
            (oldest == db->n_statements || st->used_at < db->statements[oldest]->used_at))
            oldest = i;
    }
    if (oldest == db->n_statements) {
        log_error("lane=%u statements=%u reason=\"all are being read\"", db->lane, STATEMENTS_MAX);
        return RC_FAIL;
    }
    statement_free(db->statements[oldest]);
    statement_remove(db, oldest);
    return RC_OK;
}

static enum rc statement_prepare(struct db *db, const char *sql, struct statement *st)
{
    const my_bool yes = 1;

    st->address = sql;
    st->sql = strdup(sql);
    st->stmt = mysql_stmt_init(db->mysql);
    if (!st->sql || !st->stmt)
        return RC_FAIL;
    mysql_stmt_attr_set(st->stmt, STMT_ATTR_UPDATE_MAX_LENGTH, &yes);
    if (mysql_stmt_prepare(st->stmt, sql, strlen(sql)))
        return db_failed(db, mysql_stmt_errno(st->stmt), mysql_stmt_error(st->stmt), sql, DB_READS);
    st->params = mysql_stmt_param_count(st->stmt);
    st->binds = calloc(st->params + 1, sizeof(*st->binds));
    st->times = calloc(st->params + 1, sizeof(*st->times));
    return st->binds && st->times ? RC_OK : RC_FAIL;
}

static enum rc statement_add(struct db *db, const char *sql, struct statement **out)
{
    enum rc rc = statement_make_room(db);
    struct statement *st;

    if (rc)
        return rc;
    st = calloc(1, sizeof(*st));
    if (!st)
        return RC_FAIL;
    rc = statement_prepare(db, sql, st);
    if (rc) {
        statement_free(st);
        return rc;
    }
    db->statements[db->n_statements++] = st;
    *out = st;
    return RC_OK;
}

enum rc statement_get(struct db *db, const char *sql, size_t params, bool once,
                      struct statement **out)
{
    struct statement *st;
    enum rc rc = db_ready(db);

    if (rc)
        return rc;
    st = once ? NULL : statement_find(db, sql);
    if (!st) {
        rc = statement_add(db, sql, &st);
        if (rc)
            return rc;
        st->once = once;
    }
    st->used_at = ++db->clock;
    if (st->params != params) {
        log_error("lane=%u statement=\"%.60s\" parameters=%zu given=%zu", db->lane, sql, st->params,
                  params);
        statement_release(db, st);
        return RC_FAIL;
    }
    *out = st;
    return RC_OK;
}

void statement_time(utc_us at, MYSQL_TIME *out)
{
    const struct civil c = clock_civil(at);

    *out = (MYSQL_TIME){
        .year = (unsigned)c.year,
        .month = (unsigned)c.month,
        .day = (unsigned)c.day,
        .hour = (unsigned)c.hour,
        .minute = (unsigned)c.minute,
        .second = (unsigned)c.second,
        .second_part = (unsigned long)c.usec,
        .time_type = MYSQL_TIMESTAMP_DATETIME,
    };
}

/* Connector/C takes pointers to what it only reads. */
static void *readable(const void *data)
{
    return (void *)(uintptr_t)data;
}

static void bind_value(const struct db_value *v, MYSQL_BIND *bind, MYSQL_TIME *time)
{
    *bind = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_NULL };
    switch (v->type) {
    case DB_TYPE_NULL:
        return;
    case DB_TYPE_U64:
    case DB_TYPE_I64:
        bind->buffer_type = MYSQL_TYPE_LONGLONG;
        bind->buffer = readable(&v->u64);
        bind->is_unsigned = v->type == DB_TYPE_U64;
        return;
    case DB_TYPE_TIME:
        statement_time(v->time, time);
        bind->buffer_type = MYSQL_TYPE_DATETIME;
        bind->buffer = time;
        return;
    case DB_TYPE_TEXT:
    case DB_TYPE_BYTES:
        bind->buffer_type = v->type == DB_TYPE_TEXT ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
        bind->buffer = readable(v->bytes.len ? v->bytes.data : "");
        bind->buffer_length = v->bytes.len;
        return;
    }
}

static enum rc statement_failed(struct db *db, struct statement *st, enum db_effect effect)
{
    return db_failed(db, mysql_stmt_errno(st->stmt), mysql_stmt_error(st->stmt), st->address,
                     effect);
}

enum rc statement_set_array(struct db *db, struct statement *st, unsigned rows)
{
    if (st->array_size == rows)
        return RC_OK;
    st->array_size = rows;
    if (mysql_stmt_attr_set(st->stmt, STMT_ATTR_ARRAY_SIZE, &rows))
        return statement_failed(db, st, DB_READS);
    return RC_OK;
}

enum rc statement_bind(struct db *db, struct statement *st, const struct db_value *in)
{
    enum rc rc = statement_set_array(db, st, 0);

    if (rc || st->params == 0)
        return rc;
    for (size_t i = 0; i < st->params; i++)
        bind_value(&in[i], &st->binds[i], &st->times[i]);
    if (mysql_stmt_bind_param(st->stmt, st->binds))
        return statement_failed(db, st, DB_READS);
    return RC_OK;
}

enum rc statement_execute(struct db *db, struct statement *st, enum db_effect effect)
{
    if (mysql_stmt_execute(st->stmt))
        return statement_failed(db, st, effect);
    if (effect == DB_WRITES && !db->in_transaction)
        db->complained = 0;
    return RC_OK;
}

enum rc db_run(struct db *db, const char *sql, const struct db_value *in, size_t n,
               uint64_t *changed)
{
    struct statement *st;
    enum rc rc = statement_get(db, sql, n, false, &st);

    if (rc)
        return rc;
    rc = statement_bind(db, st, in);
    if (!rc)
        rc = statement_execute(db, st, DB_WRITES);
    if (rc)
        return rc;
    if (mysql_stmt_field_count(st->stmt))
        mysql_stmt_free_result(st->stmt);
    if (changed)
        *changed = mysql_stmt_affected_rows(st->stmt);
    return RC_OK;
}

enum rc db_run_once(struct db *db, const char *sql)
{
    struct statement *st;
    enum rc rc = statement_get(db, sql, 0, true, &st);

    if (rc)
        return rc;
    st->busy = true; /* outlives a loss of the connection */
    rc = statement_execute(db, st, DB_WRITES);
    statement_release(db, st);
    return rc;
}

/* --- values --- */

struct db_value db_u64(uint64_t v)
{
    return (struct db_value){ .type = DB_TYPE_U64, .u64 = v };
}

struct db_value db_i64(int64_t v)
{
    return (struct db_value){ .type = DB_TYPE_I64, .i64 = v };
}

struct db_value db_text(const char *s)
{
    if (!s)
        return db_null();
    return (struct db_value){ .type = DB_TYPE_TEXT, .bytes = { .data = s, .len = strlen(s) } };
}

struct db_value db_bytes(const void *data, size_t len)
{
    return (struct db_value){ .type = DB_TYPE_BYTES, .bytes = { .data = data, .len = len } };
}

struct db_value db_time(utc_us at)
{
    if (at == 0)
        return db_null();
    return (struct db_value){ .type = DB_TYPE_TIME, .time = at };
}

struct db_value db_null(void)
{
    return (struct db_value){ .type = DB_TYPE_NULL };
}
