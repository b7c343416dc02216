/*
 * db_rows.c - the result of a query, held in memory and read row by row.
 *
 * Buffers are cut to the longest value of each column (STMT_ATTR_UPDATE_MAX_LENGTH), so nothing is
 * ever truncated; they stay with the statement for its next run.
 */
#include "store/db_private.h"

#include <stdlib.h>
#include <string.h>

#define LOG_PART "db"
#include "base/log.h"

void rows_free(struct db_rows *rows)
{
    free(rows->binds);
    free(rows->cells);
    free(rows->block);
}

static enum rc rows_reserve(struct db_rows *rows, unsigned columns)
{
    if (columns > rows->columns_size) {
        free(rows->binds);
        free(rows->cells);
        rows->columns_size = 0;
        rows->binds = calloc(columns, sizeof(*rows->binds));
        rows->cells = calloc(columns, sizeof(*rows->cells));
        if (!rows->binds || !rows->cells)
            return RC_FAIL;
        rows->columns_size = columns;
    }
    memset(rows->binds, 0, columns * sizeof(*rows->binds));
    memset(rows->cells, 0, columns * sizeof(*rows->cells));
    rows->columns = columns;
    return RC_OK;
}

enum shape { SHAPE_NUMBER, SHAPE_TIME, SHAPE_TEXT };

static enum shape field_shape(const MYSQL_FIELD *field)
{
    const enum enum_field_types type = field->type;

    if (type == MYSQL_TYPE_TINY || type == MYSQL_TYPE_SHORT || type == MYSQL_TYPE_INT24 ||
        type == MYSQL_TYPE_LONG || type == MYSQL_TYPE_LONGLONG || type == MYSQL_TYPE_YEAR)
        return SHAPE_NUMBER;
    if (type == MYSQL_TYPE_DATE || type == MYSQL_TYPE_DATETIME || type == MYSQL_TYPE_TIMESTAMP)
        return SHAPE_TIME;
    return SHAPE_TEXT;
}

static enum rc rows_reserve_text(struct db_rows *rows, const MYSQL_FIELD *fields)
{
    size_t room = 0;

    for (unsigned i = 0; i < rows->columns; i++) {
        if (field_shape(&fields[i]) == SHAPE_TEXT)
            room += fields[i].max_length + 1;
    }
    if (room <= rows->block_size)
        return RC_OK;
    free(rows->block);
    rows->block_size = 0;
    rows->block = malloc(room);
    if (!rows->block)
        return RC_FAIL;
    rows->block_size = room;
    return RC_OK;
}

static enum rc rows_bind(struct db_rows *rows, MYSQL_STMT *stmt, const MYSQL_FIELD *fields)
{
    enum rc rc = rows_reserve_text(rows, fields);
    size_t used = 0;

    if (rc)
        return rc;
    for (unsigned i = 0; i < rows->columns; i++) {
        struct db_cell *cell = &rows->cells[i];
        MYSQL_BIND *bind = &rows->binds[i];

        bind->is_null = &cell->is_null;
        bind->length = &cell->len;
        switch (field_shape(&fields[i])) {
        case SHAPE_NUMBER:
            bind->buffer_type = MYSQL_TYPE_LONGLONG;
            bind->buffer = &cell->number;
            bind->is_unsigned = (fields[i].flags & UNSIGNED_FLAG) != 0;
            break;
        case SHAPE_TIME:
            bind->buffer_type = MYSQL_TYPE_DATETIME;
            bind->buffer = &cell->time;
            break;
        case SHAPE_TEXT:
            cell->text = rows->block + used;
            bind->buffer_type = MYSQL_TYPE_STRING;
            bind->buffer = cell->text;
            bind->buffer_length = fields[i].max_length;
            used += fields[i].max_length + 1; /* its NUL */
            break;
        }
    }
    return mysql_stmt_bind_result(stmt, rows->binds) ? RC_FAIL : RC_OK;
}

static enum rc rows_open(struct db *db, struct statement *st)
{
    const unsigned columns = mysql_stmt_field_count(st->stmt);
    MYSQL_RES *meta;
    enum rc rc;

    if (columns == 0) {
        log_error("lane=%u statement=\"%.60s\" reason=\"gives no rows\"", db->lane, st->address);
        return RC_FAIL;
    }
    if (mysql_stmt_store_result(st->stmt))
        return db_failed(db, mysql_stmt_errno(st->stmt), mysql_stmt_error(st->stmt), st->address,
                         DB_READS);
    st->rows.db = db;
    st->rows.statement = st;
    st->rows.outcome = RC_OK;
    rc = rows_reserve(&st->rows, columns);
    if (rc)
        return rc;
    meta = mysql_stmt_result_metadata(st->stmt); /* after the storing: with max_length */
    if (!meta)
        return RC_FAIL;
    rc = rows_bind(&st->rows, st->stmt, mysql_fetch_fields(meta));
    mysql_free_result(meta);
    return rc;
}

static enum rc query(struct db *db, const char *sql, bool once, const struct db_value *in, size_t n,
                     struct db_rows **rows)
{
    struct statement *st;
    enum rc rc = statement_get(db, sql, n, once, &st);

    if (rc)
        return rc;
    st->busy = true; /* outlives a loss of the connection from here on */
    rc = statement_bind(db, st, in);
    if (!rc)
        rc = statement_execute(db, st, DB_READS);
    if (!rc) {
        rc = rows_open(db, st);
        st->once |= rc != RC_OK; /* executed again it would first wait for the rows that it owes */
    }
    if (rc) {
        statement_release(db, st);
        return rc;
    }
    *rows = &st->rows;
    return RC_OK;
}

enum rc db_query(struct db *db, const char *sql, const struct db_value *in, size_t n,
                 struct db_rows **rows)
{
    return query(db, sql, false, in, n, rows);
}

enum rc db_query_once(struct db *db, const char *sql, const struct db_value *in, size_t n,
                      struct db_rows **rows)
{
    return query(db, sql, true, in, n, rows);
}

bool db_next(struct db_rows *rows)
{
    int got;

    if (rows->outcome)
        return false;
    if (rows->statement->orphan) {
        rows->outcome = RC_AGAIN;
        return false;
    }
    got = mysql_stmt_fetch(rows->statement->stmt);
    if (got == MYSQL_NO_DATA)
        return false;
    if (got != 0) {
        log_error("lane=%u statement=\"%.60s\" fetch=%d errno=%u", rows->db->lane,
                  rows->statement->address, got, mysql_stmt_errno(rows->statement->stmt));
        rows->outcome = RC_FAIL;
        return false;
    }
    for (unsigned i = 0; i < rows->columns; i++) {
        struct db_cell *cell = &rows->cells[i];
        if (cell->text)
            cell->text[cell->is_null ? 0 : cell->len] = '\0';
    }
    return true;
}

enum rc db_rows_end(struct db_rows *rows)
{
    enum rc rc;

    if (!rows)
        return RC_OK;
    rc = rows->outcome;
    statement_release(rows->db, rows->statement);
    return rc;
}

/* --- columns --- */

/* NULL for an SQL NULL, and for a column the query does not have. */
static const struct db_cell *cell_at(const struct db_rows *rows, unsigned col)
{
    if (col >= rows->columns || rows->cells[col].is_null)
        return NULL;
    return &rows->cells[col];
}

bool db_is_null(const struct db_rows *rows, unsigned col)
{
    return cell_at(rows, col) == NULL;
}

/* DECIMAL comes as text: what SUM() of whole numbers gives. */
uint64_t db_get_u64(const struct db_rows *rows, unsigned col)
{
    const struct db_cell *cell = cell_at(rows, col);

    if (!cell)
        return 0;
    return cell->text ? strtoull(cell->text, NULL, 10) : cell->number;
}

int64_t db_get_i64(const struct db_rows *rows, unsigned col)
{
    const struct db_cell *cell = cell_at(rows, col);

    if (!cell)
        return 0;
    return cell->text ? strtoll(cell->text, NULL, 10) : (int64_t)cell->number;
}

const char *db_get_text(const struct db_rows *rows, unsigned col)
{
    const struct db_cell *cell = cell_at(rows, col);

    return cell && cell->text ? cell->text : "";
}

const void *db_get_bytes(const struct db_rows *rows, unsigned col, size_t *len)
{
    const struct db_cell *cell = cell_at(rows, col);

    *len = cell && cell->text ? cell->len : 0;
    return cell && cell->text ? cell->text : "";
}

utc_us db_get_time(const struct db_rows *rows, unsigned col)
{
    const struct db_cell *cell = cell_at(rows, col);
    struct civil c;

    if (!cell || cell->time.year == 0)
        return 0;
    c = (struct civil){
        .year = (int)cell->time.year,
        .month = (int)cell->time.month,
        .day = (int)cell->time.day,
        .hour = (int)cell->time.hour,
        .minute = (int)cell->time.minute,
        .second = (int)cell->time.second,
        .usec = (int)cell->time.second_part,
    };
    return clock_from_civil(&c);
}

enum rc db_query_u64(struct db *db, const char *sql, const struct db_value *in, size_t n,
                     uint64_t *value)
{
    struct db_rows *rows;
    uint64_t found = 0;
    bool any;
    enum rc rc = db_query(db, sql, in, n, &rows);

    if (rc)
        return rc;
    any = db_next(rows);
    if (any)
        found = db_get_u64(rows, 0);
    rc = db_rows_end(rows);
    if (!rc && !any)
        rc = RC_NOTFOUND;
    if (!rc)
        *value = found;
    return rc;
}
