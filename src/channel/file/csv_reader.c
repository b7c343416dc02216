/*
 * csv_reader.c - CSV by libcsv, a line at a time, so that every record knows its line.
 *
 * libcsv is lenient on purpose: a quote inside a field stays a letter. A quote that is never closed
 * would swallow the rest of the file, so a record has a bound.
 */
#include <csv.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "channel/file/charset.h"
#include "channel/file/format.h"
#include "channel/file/refused_file.h"
#include "domain/utf8.h"

#define COLUMNS_MAX 512
#define RECORD_MAX  ((size_t)256 << 10) /* bytes */
#define NO_COLUMN   UINT16_MAX

struct cell {
    uint32_t start, len; /* in row */
};

struct format_parser {
    const struct profile *profile;
    struct record_queue *queue;
    struct csv_parser csv;
    enum file_encoding encoding; /* ENCODING_AUTO: not decided yet */
    struct charset_guess guess;
    bool has_mark; /* the file began with a byte order mark */
    uint16_t columns[FIELD_COUNT][FIELD_PLACES];
    size_t n_columns; /* of the header; 0: not read yet */
    char header[201]; /* the beginning of the first line, for people */

    uint64_t line, row_line; /* the one being fed; where the open record began */
    size_t row_bytes;        /* fed since then */
    bool row_open, started, after_cr;

    struct buffer row; /* the open record's cells, as they stand in the file */
    struct cell cells[COLUMNS_MAX];
    size_t n_cells;
    struct buffer text; /* the values of one record in UTF-8 */
    struct buffer kept; /* the record as a line of CSV, when rows are kept */
    bool marker_passed;
    bool ours[COLUMNS_MAX]; /* columns that we added to refused rows */
    enum rc rc;             /* what a callback found, for feed() to return */
    struct error *why;
};

static enum rc csv_open(const struct profile *profile, struct record_queue *queue,
                        struct format_parser **parser)
{
    struct format_parser *p = calloc(1, sizeof(*p));

    if (!p || csv_init(&p->csv, 0)) {
        free(p);
        return RC_FAIL;
    }
    csv_set_delim(&p->csv, (unsigned char)profile->separator);
    csv_set_blk_size(&p->csv, 4096);
    p->profile = profile;
    p->queue = queue;
    p->encoding = profile->encoding;
    p->line = 1;
    buffer_init(&p->row, 2 * RECORD_MAX);
    buffer_init(&p->text, 8 * RECORD_MAX);
    buffer_init(&p->kept, 8 * RECORD_MAX);
    *parser = p;
    return RC_OK;
}

static void csv_close(struct format_parser *p)
{
    csv_free(&p->csv);
    buffer_close(&p->row);
    buffer_close(&p->text);
    buffer_close(&p->kept);
    free(p);
}

static const char *cell_text(const struct format_parser *p, size_t i)
{
    return buffer_text(&p->row) + p->cells[i].start;
}

/* With `auto` the rows themselves tell. */
static void decide_encoding(struct format_parser *p)
{
    if (p->profile->encoding != ENCODING_AUTO || p->has_mark)
        return;
    charset_guess_more(&p->guess, buffer_text(&p->row), p->row.len);
    p->encoding = p->guess.encoding;
}

/* --- rows that are kept --- */

/* What is no letter in the file's encoding has to be seen, too. */
static void add_readable(struct format_parser *p, const char *text, size_t len)
{
    char put[UTF8_CHAR_MAX];

    buffer_reset(&p->text);
    if (charset_decode(p->encoding, text, len, &p->text))
        return;
    buffer_reset(&p->text);
    for (size_t at = 0; at < len;) {
        const size_t from = at;

        if (p->encoding == ENCODING_UTF8 && utf8_next(text, len, &at) != UTF8_BAD) {
            buffer_add(&p->text, text + from, at - from);
            continue;
        }
        at = from + 1;
        if (p->encoding == ENCODING_UTF8 || !charset_decode(p->encoding, text + from, 1, &p->text))
            buffer_add(&p->text, put, utf8_put(put, UTF8_REPLACEMENT));
    }
}

/* In quotes where the reader would not find the same again without. */
static void keep_cell(struct format_parser *p, size_t cell)
{
    const char special[] = { p->profile->separator, '"', '\n', '\r', ' ', '\t', '\0' };
    const char *text;

    add_readable(p, cell_text(p, cell), p->cells[cell].len);
    text = buffer_text(&p->text);
    if (!strpbrk(text, special)) {
        buffer_add_text(&p->kept, text);
        return;
    }
    buffer_add(&p->kept, "\"", 1);
    for (; *text; text++)
        buffer_add(&p->kept, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
    buffer_add(&p->kept, "\"", 1);
}

/* Without the empty ones too many that spreadsheets write. */
static size_t cells_that_count(const struct format_parser *p)
{
    size_t n = p->n_cells;

    while (n > p->n_columns && p->cells[n - 1].len == 0)
        n--;
    return n;
}

/* All cells but those of ours, as many as the header has at least. */
static void keep_cells(struct format_parser *p)
{
    const size_t counted = cells_that_count(p);
    const size_t n = counted > p->n_columns ? counted : p->n_columns;
    bool first = true;

    buffer_reset(&p->kept);
    for (size_t i = 0; i < n; i++) {
        if (p->ours[i])
            continue;
        if (!first)
            buffer_add(&p->kept, &p->profile->separator, 1);
        first = false;
        if (i < p->n_cells)
            keep_cell(p, i);
    }
}

static void find_ours(struct format_parser *p)
{
    static const char *const names[] = { REFUSED_FAULT_COLUMN, REFUSED_REASON_COLUMN };

    for (size_t i = 0; i < p->n_cells; i++) {
        for (size_t k = 0; k < 2; k++)
            p->ours[i] |= p->cells[i].len == strlen(names[k]) &&
                          strncasecmp(cell_text(p, i), names[k], p->cells[i].len) == 0;
    }
}

static enum rc keep_row(struct format_parser *p)
{
    if (!p->queue->keep_rows)
        return RC_OK;
    keep_cells(p);
    return record_queue_set_row(p->queue, buffer_text(&p->kept), p->kept.len);
}

static enum rc keep_header(struct format_parser *p)
{
    if (!p->queue->keep_rows)
        return RC_OK;
    find_ours(p);
    keep_cells(p);
    buffer_reset(&p->queue->head); /* of the entry before, in a packed file */
    buffer_add(&p->queue->head, buffer_text(&p->kept), p->kept.len);
    return p->queue->head.full ? RC_FAIL : RC_OK;
}

/* --- the header --- */

/* RC_INVALID: two columns have the name. */
static enum rc find_column(struct format_parser *p, const char *wanted, uint16_t *column)
{
    const size_t len = strlen(wanted);

    *column = NO_COLUMN;
    for (size_t i = 0; i < p->n_cells; i++) {
        bool same;

        buffer_reset(&p->text);
        same = charset_decode(p->encoding, cell_text(p, i), p->cells[i].len, &p->text) &&
               p->text.len == len && strncasecmp(buffer_text(&p->text), wanted, len) == 0;
        if (same && *column != NO_COLUMN)
            return RC_INVALID;
        if (same)
            *column = (uint16_t)i;
    }
    return RC_OK;
}

/* The header as the partner wrote it, for the message that a column is not there. */
static const char *header_text(struct format_parser *p)
{
    buffer_reset(&p->text);
    for (size_t i = 0; i < p->n_cells && p->text.len < 300; i++) {
        buffer_add_text(&p->text, i ? ", " : "");
        charset_decode(p->encoding, cell_text(p, i), p->cells[i].len, &p->text);
    }
    return buffer_text(&p->text);
}

/* A spreadsheet saves with the separator that it likes, and then the header is a single cell that
 * has it in it. NULL: it does not look so. */
static const char *other_separator(const struct format_parser *p)
{
    static const char *const others[] = { ",", ";", "\t", "|" };

    for (size_t i = 0; p->n_cells == 1 && i < sizeof(others) / sizeof(others[0]); i++) {
        if (*others[i] != p->profile->separator && strchr(p->header, *others[i]))
            return others[i];
    }
    return NULL;
}

static const char *separator_name(const char *separator)
{
    return *separator == '\t' ? "tab" : separator;
}

static enum rc no_column(struct format_parser *p, enum field f)
{
    const struct profile *profile = p->profile;
    const char own[2] = { profile->separator, '\0' };
    const char *column = profile->places[f][0].column, *other = other_separator(p);

    if (other)
        return error_set(p->why, RC_INVALID,
                         "line %" PRIu64 ": no column \"%s\": the separator looks like \"%s\", and "
                         "the profile says \"%s\"",
                         p->row_line, column, separator_name(other), separator_name(own));
    return error_set(p->why, RC_INVALID,
                     "line %" PRIu64 ": no column \"%s\" (for %s); the header says: %.300s",
                     p->row_line, column, mapping_field_name(&profile->rules, f), header_text(p));
}

static enum rc take_header(struct format_parser *p)
{
    const struct profile *profile = p->profile;

    snprintf(p->header, sizeof(p->header), "%s", header_text(p));
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        bool found = profile->n_places[f] == 0;

        for (unsigned i = 0; i < profile->n_places[f]; i++) {
            const char *wanted = profile->places[f][i].column;

            if (find_column(p, wanted, &p->columns[f][i]))
                return error_set(p->why, RC_INVALID,
                                 "line %" PRIu64 ": two columns are named \"%s\"", p->row_line,
                                 wanted);
            found |= p->columns[f][i] != NO_COLUMN;
        }
        if (!found && profile->rules.fields[f].required)
            return no_column(p, f);
    }
    p->n_columns = p->n_cells;
    return keep_header(p);
}

static void number_columns(struct format_parser *p)
{
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        for (unsigned i = 0; i < p->profile->n_places[f]; i++)
            p->columns[f][i] = (uint16_t)(atoi(p->profile->places[f][i].column) - 1);
    }
    p->n_columns = p->n_cells;
}

/* --- a row --- */

static enum rc refuse_row(struct format_parser *p, const char *code, enum field f, size_t cell,
                          const char *reason)
{
    struct row_fault *fault = record_queue_add_fault(p->queue, p->row_line, NULL);

    if (!fault)
        return RC_FAIL;
    row_fault_set(fault, code, f < FIELD_COUNT ? mapping_field_name(&p->profile->rules, f) : "", "",
                  0, "%s", reason);
    if (f < FIELD_COUNT && charset_is_ascii(cell_text(p, cell), p->cells[cell].len))
        snprintf(fault->value, sizeof(fault->value), "%.*s", (int)p->cells[cell].len,
                 cell_text(p, cell));
    return RC_OK;
}

/* The row is as wide as the header. */
static enum rc check_width(struct format_parser *p, bool *good)
{
    char reason[120];
    const size_t n = cells_that_count(p);

    *good = n == p->n_columns;
    if (*good)
        return RC_OK;
    snprintf(reason, sizeof(reason), "%zu columns where the %s has %zu", n,
             p->profile->header ? "header" : "first row", p->n_columns);
    return refuse_row(p, n < p->n_columns ? FAULT_MISSING_COLUMNS : FAULT_EXTRA_COLUMNS,
                      FIELD_COUNT, 0, reason);
}

/* Where a field's value is: the first of its columns that has one. */
static size_t cell_of(const struct format_parser *p, enum field f)
{
    for (unsigned i = 0; i < p->profile->n_places[f]; i++) {
        const size_t column = p->columns[f][i];

        if (column < p->n_cells && p->cells[column].len)
            return column;
    }
    return NO_COLUMN;
}

static enum rc take_row(struct format_parser *p)
{
    struct raw_value values[FIELD_COUNT] = { 0 };
    size_t starts[FIELD_COUNT];
    bool good;
    enum rc rc = check_width(p, &good);

    if (rc || !good)
        return rc;
    buffer_reset(&p->text);
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        const size_t cell = cell_of(p, f);

        starts[f] = p->text.len;
        if (cell == NO_COLUMN)
            continue;
        if (p->cells[cell].len > VALUE_MAX)
            return refuse_row(p, FAULT_TOO_LONG, f, cell, "longer than 8192 bytes");
        if (!charset_decode(p->encoding, cell_text(p, cell), p->cells[cell].len, &p->text))
            return refuse_row(p, FAULT_ENCODING, f, cell,
                              p->encoding == ENCODING_UTF8 ? "not valid UTF-8"
                                                           : "a byte that is no letter");
        values[f].len = p->text.len - starts[f];
    }
    if (p->text.full)
        return RC_FAIL;
    for (enum field f = 0; f < FIELD_COUNT; f++)
        values[f].text = buffer_text(&p->text) + starts[f];
    return record_queue_add(p->queue, p->row_line, values);
}

static bool row_is_blank(const struct format_parser *p)
{
    return p->row.len == 0;
}

static void on_cell(void *data, size_t len, void *arg)
{
    struct format_parser *p = arg;

    if (p->rc)
        return;
    if (p->n_cells == COLUMNS_MAX) {
        p->rc = error_set(p->why, RC_INVALID, "line %" PRIu64 ": more than %d columns", p->row_line,
                          COLUMNS_MAX);
        return;
    }
    p->cells[p->n_cells++] = (struct cell){ (uint32_t)p->row.len, (uint32_t)len };
    buffer_add(&p->row, data, len);
    if (p->row.full)
        p->rc = RC_FAIL;
}

/* A row of the table, the header among them. */
static enum rc take_line(struct format_parser *p)
{
    enum rc rc;

    decide_encoding(p);
    if (p->profile->marker && !p->marker_passed) {
        p->marker_passed = true;
        return RC_OK;
    }
    if (p->n_columns == 0 && p->profile->header)
        return take_header(p);
    if (p->n_columns == 0)
        number_columns(p);
    rc = take_row(p);
    return rc ? rc : keep_row(p);
}

static void on_row(int end, void *arg)
{
    struct format_parser *p = arg;

    (void)end;
    if (!p->rc && !row_is_blank(p))
        p->rc = take_line(p);
    buffer_reset(&p->row);
    p->n_cells = 0;
    p->row_open = false;
}

/* --- feeding --- */

static bool is_blank_line(const char *data, size_t len)
{
    while (len && strchr(" \t\r\n", data[len - 1]))
        len--;
    return len == 0;
}

/* Up to and with the first end of a line, be it CR or LF; "\r\n" makes two pieces and one line. */
static size_t line_length(const char *data, size_t len)
{
    const char *lf = memchr(data, '\n', len), *cr;

    len = lf ? (size_t)(lf - data) + 1 : len;
    cr = memchr(data, '\r', len);
    return cr ? (size_t)(cr - data) + 1 : len;
}

/* One line, or what a block has of it. */
static enum rc feed_line(struct format_parser *p, const char *line, size_t len)
{
    if (!p->row_open && is_blank_line(line, len))
        return RC_OK;
    if (!p->row_open) {
        p->row_open = true;
        p->row_line = p->line;
        p->row_bytes = 0;
    }
    p->row_bytes += len;
    if (p->row_bytes > RECORD_MAX)
        return error_set(p->why, RC_INVALID,
                         "line %" PRIu64
                         ": the record that begins here is longer than %zu bytes; is "
                         "a quote not closed?",
                         p->row_line, RECORD_MAX);
    if (csv_parse(&p->csv, line, len, on_cell, on_row, p) != len)
        return RC_FAIL;
    return p->rc;
}

static enum rc csv_feed(struct format_parser *p, const char *data, size_t len, struct error *why)
{
    const char *end = data + len;
    enum rc rc = RC_OK;

    p->why = why;
    if (!p->started) {
        p->started = true;
        if (len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
            data += 3;
            p->has_mark = true;
            p->encoding = ENCODING_UTF8; /* no other begins so, whatever the profile expects */
        }
    }
    if (memchr(data, '\0', (size_t)(end - data)))
        return error_set(
            why, RC_INVALID,
            "line %" PRIu64
            " or soon after: a zero byte; is it UTF-16 without its byte order mark, or no CSV?",
            p->line);
    while (!rc && data < end) {
        const size_t len_now = line_length(data, (size_t)(end - data));
        const char last = data[len_now - 1];

        rc = feed_line(p, data, len_now);
        p->line += last == '\r' || (last == '\n' && !(p->after_cr && len_now == 1));
        p->after_cr = last == '\r';
        data += len_now;
    }
    return rc;
}

static enum rc csv_end(struct format_parser *p, struct error *why)
{
    p->why = why;
    csv_set_opts(&p->csv, CSV_STRICT | CSV_STRICT_FINI); /* it minds an open quote only with both */
    if (csv_fini(&p->csv, on_cell, on_row, p)) {
        if (csv_error(&p->csv) != CSV_EPARSE)
            return RC_FAIL;
        return error_set(why, RC_INVALID,
                         "line %" PRIu64 ": the record that begins here has a quote that is never "
                         "closed",
                         p->row_line);
    }
    if (!p->rc && p->n_columns == 0)
        return error_set(why, RC_INVALID, "line 1: the file is empty");
    return p->rc;
}

static const char *csv_document(const struct format_parser *p)
{
    (void)p;
    return "";
}

static const char *csv_encoding(const struct format_parser *p)
{
    return charset_name(p->encoding);
}

/* The more of the profile's columns the header has, the more it is this profile's. */
static unsigned csv_recognise(const struct format_parser *p, char *what, size_t size)
{
    unsigned found = 0;

    snprintf(what, size, "%s%.200s", *p->header ? "its columns are " : "", p->header);
    if (!p->n_columns)
        return 0;
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        for (unsigned i = 0; i < p->profile->n_places[f]; i++)
            found += p->columns[f][i] < p->n_columns;
    }
    return found;
}

const struct format csv_format = { csv_open,     csv_close,    csv_feed,     csv_end,
                                   csv_document, csv_encoding, csv_recognise };
