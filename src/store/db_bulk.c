/*
 * db_bulk.c - a table of values, sent in one go by Connector/C's array binding.
 *
 * What its documentation hides: numbers lie in one array, but strings and times are arrays of
 * pointers; lengths and NULLs are told row by row, in arrays beside; the array size is a state of
 * the statement (statement_bind() sets it back); and the whole request must fit the server's
 * max_allowed_packet (16 MB by default), so a large table goes in several.
 */
#include "store/db_private.h"

#include <stdlib.h>
#include <string.h>

#define LOG_PART "db"
#include "base/log.h"

#define REQUEST_BYTES_MAX ((size_t)4 << 20)
#define CELL_BYTES        12 /* what a number or a time takes in the request, at most */

struct bulk_column {
    enum db_type type; /* DB_TYPE_NULL until a row has a value */
    uint64_t *cells;   /* the number, the time, or where the bytes begin in `bytes` */
    unsigned long *lengths;
    char *indicators;
};

struct db_bulk {
    size_t rows, rows_size;
    unsigned columns;
    char *bytes;
    size_t bytes_len, bytes_size;
    struct bulk_column column[];
};

struct db_bulk *db_bulk_new(unsigned columns)
{
    struct db_bulk *bulk = calloc(1, sizeof(*bulk) + columns * sizeof(bulk->column[0]));

    if (bulk)
        bulk->columns = columns;
    return bulk;
}

void db_bulk_free(struct db_bulk *bulk)
{
    if (!bulk)
        return;
    for (unsigned i = 0; i < bulk->columns; i++) {
        free(bulk->column[i].cells);
        free(bulk->column[i].lengths);
        free(bulk->column[i].indicators);
    }
    free(bulk->bytes);
    free(bulk);
}

void db_bulk_reset(struct db_bulk *bulk)
{
    bulk->rows = 0;
    bulk->bytes_len = 0;
    for (unsigned i = 0; i < bulk->columns; i++)
        bulk->column[i].type = DB_TYPE_NULL;
}

size_t db_bulk_rows(const struct db_bulk *bulk)
{
    return bulk->rows;
}

/* --- filling it --- */

static enum rc bulk_reserve_row(struct db_bulk *bulk)
{
    const size_t n = bulk->rows_size ? bulk->rows_size * 2 : 64;

    if (bulk->rows < bulk->rows_size)
        return RC_OK;
    for (unsigned i = 0; i < bulk->columns; i++) {
        struct bulk_column *c = &bulk->column[i];
        uint64_t *cells = reallocarray(c->cells, n, sizeof(*cells));
        unsigned long *lengths = reallocarray(c->lengths, n, sizeof(*lengths));
        char *indicators = realloc(c->indicators, n);

        c->cells = cells ? cells : c->cells;
        c->lengths = lengths ? lengths : c->lengths;
        c->indicators = indicators ? indicators : c->indicators;
        if (!cells || !lengths || !indicators)
            return RC_FAIL;
    }
    bulk->rows_size = n;
    return RC_OK;
}

static enum rc bulk_reserve_bytes(struct db_bulk *bulk, size_t len)
{
    size_t n = bulk->bytes_size ? bulk->bytes_size : 4096;
    char *larger;

    while (n - bulk->bytes_len < len)
        n *= 2;
    if (n == bulk->bytes_size)
        return RC_OK;
    larger = realloc(bulk->bytes, n);
    if (!larger)
        return RC_FAIL;
    bulk->bytes = larger;
    bulk->bytes_size = n;
    return RC_OK;
}

static enum rc bulk_set(struct db_bulk *bulk, struct bulk_column *c, const struct db_value *v)
{
    const size_t row = bulk->rows;

    c->lengths[row] = 0;
    c->indicators[row] = STMT_INDICATOR_NONE;
    if (v->type != DB_TYPE_NULL && c->type == DB_TYPE_NULL)
        c->type = v->type;
    if (v->type != DB_TYPE_NULL && v->type != c->type) {
        log_error("bulk column=%zu type=%d given=%d", (size_t)(c - bulk->column), (int)c->type,
                  (int)v->type);
        return RC_FAIL;
    }
    switch (v->type) {
    case DB_TYPE_NULL:
        c->cells[row] = 0;
        c->indicators[row] = STMT_INDICATOR_NULL;
        return RC_OK;
    case DB_TYPE_U64:
        c->cells[row] = v->u64;
        return RC_OK;
    case DB_TYPE_I64:
        c->cells[row] = (uint64_t)v->i64;
        return RC_OK;
    case DB_TYPE_TIME:
        c->cells[row] = (uint64_t)v->time;
        return RC_OK;
    case DB_TYPE_TEXT:
    case DB_TYPE_BYTES:
        if (bulk_reserve_bytes(bulk, v->bytes.len))
            return RC_FAIL;
        c->cells[row] = bulk->bytes_len;
        c->lengths[row] = v->bytes.len;
        if (v->bytes.len)
            memcpy(bulk->bytes + bulk->bytes_len, v->bytes.data, v->bytes.len);
        bulk->bytes_len += v->bytes.len;
        return RC_OK;
    }
    return RC_FAIL;
}

enum rc db_bulk_add(struct db_bulk *bulk, const struct db_value *row)
{
    enum rc rc = bulk_reserve_row(bulk);

    for (unsigned i = 0; i < bulk->columns && !rc; i++)
        rc = bulk_set(bulk, &bulk->column[i], &row[i]);
    if (!rc)
        bulk->rows++;
    return rc;
}

/* --- sending it --- */

/* How many rows from `first` on go into one request: at least one. */
static size_t bulk_portion(const struct db_bulk *bulk, size_t first)
{
    size_t bytes = 0, n = 0;

    while (first + n < bulk->rows) {
        for (unsigned i = 0; i < bulk->columns; i++)
            bytes += bulk->column[i].lengths[first + n] + CELL_BYTES;
        if (n > 0 && bytes > REQUEST_BYTES_MAX)
            break;
        n++;
    }
    return n;
}

static enum enum_field_types column_type(enum db_type type)
{
    switch (type) {
    case DB_TYPE_U64:
    case DB_TYPE_I64:
        return MYSQL_TYPE_LONGLONG;
    case DB_TYPE_TIME:
        return MYSQL_TYPE_DATETIME;
    case DB_TYPE_BYTES:
        return MYSQL_TYPE_BLOB;
    case DB_TYPE_NULL: /* every row of it says NULL by its indicator */
    case DB_TYPE_TEXT:
        break;
    }
    return MYSQL_TYPE_STRING;
}

/* Memory of one request: for each column that needs them, pointers to its values, and its times. */
struct request {
    void **pointers;
    MYSQL_TIME *times;
};

static enum rc request_init(struct request *r, const struct db_bulk *bulk, size_t rows)
{
    size_t cells = rows * bulk->columns, times = 0;

    for (unsigned i = 0; i < bulk->columns; i++)
        times += bulk->column[i].type == DB_TYPE_TIME ? rows : 0;
    r->pointers = calloc(cells, sizeof(*r->pointers));
    r->times = calloc(times + 1, sizeof(*r->times));
    return r->pointers && r->times ? RC_OK : RC_FAIL;
}

static void request_close(struct request *r)
{
    free(r->pointers);
    free(r->times);
}

static void request_bind(struct request *r, const struct db_bulk *bulk, size_t first, size_t rows,
                         MYSQL_BIND *binds)
{
    MYSQL_TIME *time = r->times;

    for (unsigned i = 0; i < bulk->columns; i++) {
        const struct bulk_column *c = &bulk->column[i];
        void **pointers = r->pointers + i * rows;

        binds[i] = (MYSQL_BIND){
            .buffer_type = column_type(c->type),
            .is_unsigned = c->type == DB_TYPE_U64,
            .length = c->lengths + first,
            .u.indicator = c->indicators + first,
        };
        if (c->type == DB_TYPE_U64 || c->type == DB_TYPE_I64) {
            binds[i].buffer = c->cells + first;
            continue;
        }
        binds[i].buffer = pointers;
        for (size_t k = 0; k < rows; k++) {
            if (c->type == DB_TYPE_TIME) {
                if (c->indicators[first + k] == STMT_INDICATOR_NONE)
                    statement_time((utc_us)c->cells[first + k], time);
                pointers[k] = time++;
            } else {
                pointers[k] = bulk->bytes ? bulk->bytes + c->cells[first + k] : (char *)pointers;
            }
        }
    }
}

static enum rc bulk_send(struct db *db, struct statement *st, const struct db_bulk *bulk,
                         size_t first, size_t rows, uint64_t *changed)
{
    struct request r = { 0 };
    enum rc rc = request_init(&r, bulk, rows);

    if (rc)
        goto out;
    rc = statement_set_array(db, st, (unsigned)rows);
    if (rc)
        goto out;
    request_bind(&r, bulk, first, rows, st->binds);
    if (mysql_stmt_bind_param(st->stmt, st->binds)) {
        rc = db_failed(db, mysql_stmt_errno(st->stmt), mysql_stmt_error(st->stmt), st->address,
                       DB_READS);
        goto out;
    }
    rc = statement_execute(db, st, DB_WRITES);
    if (!rc)
        *changed += mysql_stmt_affected_rows(st->stmt);
out:
    request_close(&r);
    return rc;
}

enum rc db_bulk_run(struct db *db, const char *sql, const struct db_bulk *bulk, uint64_t *changed)
{
    uint64_t sum = 0;

    for (size_t first = 0, n; first < bulk->rows; first += n) {
        struct statement *st;
        enum rc rc = statement_get(db, sql, bulk->columns, false, &st);

        if (rc)
            return rc;
        n = bulk_portion(bulk, first);
        rc = bulk_send(db, st, bulk, first, n, &sum);
        if (rc)
            return rc;
    }
    if (changed)
        *changed = sum;
    return RC_OK;
}

enum rc db_bulk_flush(struct db *db, const char *sql, struct db_bulk *bulk, size_t at_least)
{
    enum rc rc;

    if (db_bulk_rows(bulk) < at_least)
        return RC_OK;
    rc = db_bulk_run(db, sql, bulk, NULL);
    db_bulk_reset(bulk);
    return rc;
}
