/*
 * guess_csv.c - a sample of CSV: its encoding, its separator, whether it has a header.
 *
 * Cut by libcsv, as csv_reader.c does it: what is guessed is read in the same way.
 */
#include <csv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "channel/file/charset.h"
#include "channel/file/guess_private.h"
#include "domain/utf8.h"

#define SEPARATORS     ";,\t|"
#define TRIAL_ROWS     200 /* rows that tell the separator */
#define NAME_MAX_BYTES 200 /* of a column, in a profile */
#define TITLES_MAX     3   /* lines in front of the header that are none of it */

/* --- encoding --- */

/* Bytes that only ISO-8859-15 makes letters of: the euro sign, OE. */
static bool is_latin9(const char *data, size_t len)
{
    bool own = false;

    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)data[i];

        if (c >= 0x80 && c <= 0x9F)
            return false;
        own |= c == 0xA4 || c == 0xBC || c == 0xBD;
    }
    return own;
}

/* A sample may end within a letter. */
static bool is_utf8(const char *data, size_t len, bool whole)
{
    size_t bad = 0;

    return utf8_valid(data, len, &bad) || (!whole && len - bad < UTF8_CHAR_MAX);
}

static void find_encoding(struct guess *g, const char *data, size_t len, bool whole)
{
    g->encoding = ENCODING_UTF8;
    g->encoding_seen = !charset_is_ascii(data, len);
    if (!g->encoding_seen || is_utf8(data, len, whole))
        return;
    g->encoding = is_latin9(data, len) ? ENCODING_LATIN9 : ENCODING_CP1252;
}

/* --- separator --- */

struct trial {
    unsigned rows, cells;               /* cells: of the row under way */
    unsigned of[GUESS_COLUMNS_MAX + 1]; /* rows with so many cells */
};

static void count_cell(void *data, size_t len, void *arg)
{
    struct trial *t = arg;

    (void)data, (void)len;
    t->cells += t->cells < GUESS_COLUMNS_MAX;
}

static void count_row(int end, void *arg)
{
    struct trial *t = arg;

    (void)end;
    if (t->cells && t->rows < TRIAL_ROWS) {
        t->rows++;
        t->of[t->cells]++;
    }
    t->cells = 0;
}

/* How well the rows agree about their *width, if `separator` is between the cells; 0: not at all.
 */
static unsigned try_separator(struct trial *t, char separator, const char *data, size_t len,
                              unsigned *width)
{
    struct csv_parser csv;
    unsigned best = 0;

    memset(t, 0, sizeof(*t));
    if (csv_init(&csv, 0))
        return 0;
    csv_set_delim(&csv, (unsigned char)separator);
    for (size_t at = 0, piece; at < len && t->rows < TRIAL_ROWS; at += piece) {
        piece = len - at < 4096 ? len - at : 4096;
        if (csv_parse(&csv, data + at, piece, count_cell, count_row, t) != piece)
            break;
    }
    if (t->rows < TRIAL_ROWS)
        csv_fini(&csv, count_cell, count_row, t);
    csv_free(&csv);
    for (unsigned cells = 2; cells <= GUESS_COLUMNS_MAX; cells++) {
        const unsigned score =
            t->of[cells] * 1000 / (t->rows ? t->rows : 1) * (cells < 30 ? cells : 30);

        if (score > best) {
            best = score;
            *width = cells;
        }
    }
    return best;
}

static enum rc find_separator(struct guess *g, const char *data, size_t len, unsigned *width)
{
    struct trial *trial = malloc(sizeof(*trial));
    unsigned best = 0;

    if (!trial)
        return RC_FAIL;
    g->separator = ';'; /* of a single column: any will do */
    for (const char *s = SEPARATORS; *s; s++) {
        unsigned cells = 0;
        const unsigned score = try_separator(trial, *s, data, len, &cells);

        if (score > best) {
            best = score;
            *width = cells;
            g->separator = *s;
        }
    }
    free(trial);
    return RC_OK;
}

/* --- rows --- */

struct walk {
    struct sample *s;
    struct buffer row, text;
    size_t ends[GUESS_COLUMNS_MAX]; /* in `row`, of the cells so far */
    unsigned n_cells;
    bool wider, uneven;
    unsigned width;  /* that most rows have */
    unsigned titles; /* lines in front of the header */
    uint64_t rows;
    enum rc rc;
};

static void on_cell(void *data, size_t len, void *arg)
{
    struct walk *w = arg;

    if (w->n_cells == GUESS_COLUMNS_MAX) {
        w->wider = true;
        return;
    }
    buffer_add(&w->row, data, len);
    w->ends[w->n_cells++] = w->row.len;
}

/* The nth cell of the row in UTF-8; what cannot be decoded is none. */
static const char *cell(struct walk *w, unsigned n)
{
    const size_t start = n ? w->ends[n - 1] : 0;

    buffer_reset(&w->text);
    if (!charset_decode(w->s->guess->encoding, buffer_text(&w->row) + start, w->ends[n] - start,
                        &w->text))
        buffer_reset(&w->text);
    return buffer_text(&w->text);
}

/*
 * Names, or values already? A header names things we know, or its cells are words, all different,
 * and none of them is a number, a date or an address.
 */
static bool is_header(struct walk *w)
{
    unsigned known = 0, filled = 0, values = 0;

    for (unsigned i = 0; i < w->n_cells; i++) {
        const char *text = cell(w, i);
        struct tally t = { 0 };
        struct guess_name name;

        if (!*text)
            continue;
        filled++;
        if (tally_add(&t, &w->s->taster, text, strlen(text))) {
            w->rc = RC_FAIL;
            return false;
        }
        values += tally_is(&t, SHAPE_MAIL) || tally_is_date(&t) || tally_is(&t, SHAPE_INTEGER) ||
                  tally_is(&t, SHAPE_COMMA) || tally_is(&t, SHAPE_DOT) ||
                  tally_is(&t, SHAPE_DIALLED);
        guess_name_parse(text, &name);
        known += name.n > 0;
    }
    return values == 0 && filled > 0 && (known * 2 >= filled || known >= 3 || filled > 1);
}

/* A profile names a column by its text, so that must be there, of a sane length, and its own. */
static void judge_names(struct sample *s)
{
    for (unsigned i = 0; i < s->n_columns; i++) {
        struct sample_column *c = &s->columns[i];

        c->unusable |= !*c->name || strlen(c->name) > NAME_MAX_BYTES;
        for (const char *at = c->name; *at; at++)
            c->unusable |= (unsigned char)*at < ' ' || *at == 0x7F;
        for (unsigned k = 0; k < i && *c->name; k++) {
            if (strcasecmp(s->columns[k].name, c->name) != 0)
                continue;
            if (!c->unusable)
                guess_note(s->guess, "Two columns have the same name: neither can be used.");
            s->columns[k].unusable = c->unusable = true;
        }
    }
}

static enum rc make_columns(struct walk *w)
{
    struct sample *s = w->s;
    struct arena *arena = &s->guess->arena;

    s->guess->header = is_header(w);
    s->n_columns = w->n_cells;
    for (unsigned i = 0; i < w->n_cells && !w->rc; i++) {
        struct sample_column *c = &s->columns[i];
        const char *text = s->guess->header ? cell(w, i) : "";
        char number[12];

        snprintf(number, sizeof(number), "%u", i + 1);
        if (!s->guess->header)
            text = number;
        c->name = arena_copy(arena, text, strlen(text));
        if (!c->name)
            return RC_FAIL;
        if (s->guess->header)
            guess_name_parse(c->name, &c->words);
    }
    if (!w->rc)
        judge_names(s);
    return w->rc;
}

static enum rc take_row(struct walk *w)
{
    struct sample *s = w->s;
    enum rc rc = RC_OK;

    w->rows++;
    w->uneven |= w->n_cells != s->n_columns;
    for (unsigned i = 0; i < w->n_cells && i < s->n_columns && !rc; i++) {
        const char *text = cell(w, i);

        rc = tally_add(&s->columns[i].tally, &s->taster, text, strlen(text));
    }
    return rc;
}

/* "Export of 12 March;;;", "sep=;": one cell alone in front of rows that have several. */
static bool is_title(const struct walk *w)
{
    unsigned filled = 0;

    for (unsigned i = 0; i < w->n_cells; i++)
        filled += w->ends[i] > (i ? w->ends[i - 1] : 0);
    return w->s->n_columns == 0 && filled == 1 && w->width > 1 && w->titles < TITLES_MAX;
}

static void on_row(int end, void *arg)
{
    struct walk *w = arg;

    (void)end;
    if (!w->rc && w->row.full)
        w->rc = RC_FAIL;
    if (!w->rc && w->row.len && is_title(w)) {
        w->titles++;
    } else if (!w->rc && w->row.len && w->rows < GUESS_ROWS_MAX) {
        if (w->s->n_columns == 0)
            w->rc = make_columns(w);
        else if (!w->rc)
            w->rc = take_row(w);
        if (!w->rc && w->rows == 0 && !w->s->guess->header)
            w->rc = take_row(w); /* the first row was one */
    }
    buffer_reset(&w->row);
    w->n_cells = 0;
}

/* The last row of a sample that goes on is not all there. */
static enum rc walk_rows(struct walk *w, const char *data, size_t len, bool whole)
{
    struct csv_parser csv;

    if (csv_init(&csv, 0))
        return RC_FAIL;
    csv_set_delim(&csv, (unsigned char)w->s->guess->separator);
    for (size_t at = 0, piece; at < len && !w->rc && w->rows < GUESS_ROWS_MAX; at += piece) {
        piece = len - at < 4096 ? len - at : 4096;
        if (csv_parse(&csv, data + at, piece, on_cell, on_row, w) != piece)
            w->rc = RC_FAIL;
    }
    if (whole && !w->rc && w->rows < GUESS_ROWS_MAX)
        csv_fini(&csv, on_cell, on_row, w);
    csv_free(&csv);
    return w->rc;
}

/* What a person should know about the shape of the file. */
static void note_shape(const struct walk *w, const char *data, size_t len)
{
    struct guess *g = w->s->guess;

    g->rows = w->rows;
    g->quoted = memchr(data, '"', len) != NULL;
    if (w->titles)
        guess_note(g,
                   "Lines of text stand in front of the header: such a file is refused until the "
                   "partner leaves them out.");
    if (w->uneven)
        guess_note(g, "Not all rows have as many columns as the first: such rows are refused.");
    if (w->wider)
        guess_note(g, "It has more columns than were looked at.");
    if (w->rows == 0)
        guess_note(g, "It has no row behind its header: everything below is by names alone.");
    if (!g->header)
        guess_note(g, "Its first line names no columns, so they are numbered.");
}

enum rc guess_csv(struct sample *s, const char *data, size_t len, bool whole, struct error *err)
{
    struct walk w = { .s = s };
    enum rc rc;

    s->guess->format = FORMAT_CSV;
    if (len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
        data += 3;
        len -= 3;
    }
    if (memchr(data, '\0', len))
        return error_set(
            err, RC_INVALID,
            "it has zero bytes: it is neither CSV nor XML in an encoding that is read");
    buffer_init(&w.row, 2 * GUESS_BYTES_MAX);
    buffer_init(&w.text, 4 * GUESS_BYTES_MAX);
    find_encoding(s->guess, data, len, whole);
    rc = find_separator(s->guess, data, len, &w.width);
    if (!rc)
        rc = walk_rows(&w, data, len, whole);
    buffer_close(&w.row);
    buffer_close(&w.text);
    if (rc)
        return rc;
    if (s->n_columns == 0)
        return error_set(err, RC_INVALID, "it has no line that could be a header or a row");
    note_shape(&w, data, len);
    return RC_OK;
}
