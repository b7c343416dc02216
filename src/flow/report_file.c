/* report_file.c - see report_file.h. */
#include "flow/report_file.h"

#include <string.h>

#include "channel/file/put_text.h"
#include "channel/report/report_pdf.h"
#include "domain/value.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static const struct {
    const char *name, *type;
} formats[] = {
    [REPORT_CSV] = { "csv", "text/csv; charset=utf-8" },
    [REPORT_PDF] = { "pdf", "application/pdf" },
};

const char *report_format_name(enum report_format format)
{
    return formats[format].name;
}

enum rc report_format_parse(const char *name, enum report_format *format)
{
    for (size_t i = 0; i < REPORT_FORMATS; i++) {
        if (strcmp(name, formats[i].name) == 0) {
            *format = (enum report_format)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

const char *report_format_type(enum report_format format)
{
    return formats[format].type;
}

void report_file_name(const struct report *report, enum report_format format,
                      char out[REPORT_FILE_NAME_SIZE])
{
    char from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE];

    value_date_text(&report->from, from);
    value_date_text(&report->to, to);
    snprintf(out, REPORT_FILE_NAME_SIZE, "contacts-%s-%s.%s", from, to, formats[format].name);
}

/* --- CSV --- */

struct csv {
    const struct report *report;
    FILE *out;
    bool first; /* of its line */
};

static void part(struct csv *c)
{
    if (!c->first)
        fputc(c->report->language == REPORT_FRENCH ? ';' : ',', c->out);
    c->first = false;
}

static void put_text(struct csv *c, const char *text)
{
    part(c);
    put_csv_text(c->out, text);
}

static void put_number(struct csv *c, enum report_kind kind, int64_t value)
{
    char text[REPORT_CELL_SIZE];

    part(c);
    report_say_bare(kind, value, c->report->language, text);
    fputs(text, c->out);
}

static void end_line(struct csv *c)
{
    fputs("\r\n", c->out); /* RFC 4180 */
    c->first = true;
}

static void put_head(struct csv *c)
{
    const enum report_language language = c->report->language;
    const struct report_column *column;
    char text[REPORT_LINE_SIZE];

    put_text(c, report_word(c->report, REPORT_WORD_ROW));
    put_text(c, "code");
    for (size_t i = 0; (column = report_column(i)); i++) {
        const char *unit = column->kind == REPORT_PERCENT ? "%"
                           : column->kind == REPORT_MONEY ? c->report->currency
                                                          : "";

        snprintf(text, sizeof(text), "%s%s%s", column->label[language], *unit ? " " : "", unit);
        put_text(c, text);
    }
    for (size_t i = 0; i < c->report->n_outcomes; i++)
        put_text(c, c->report->outcomes[i].label);
    end_line(c);
}

static void put_row(struct csv *c, const struct report_row *row)
{
    const struct report_column *column;
    char label[REPORT_LABEL_SIZE];

    report_label(c->report, row, label);
    put_text(c, label);
    put_text(c, row->code);
    for (size_t i = 0; (column = report_column(i)); i++)
        put_number(c, column->kind, column->value(&row->figures));
    for (size_t i = 0; i < c->report->n_outcomes; i++)
        put_number(c, REPORT_COUNT, (int64_t)row->outcomes[i]);
    end_line(c);
}

static enum rc write_csv(const struct report *report, FILE *out)
{
    struct csv c = { .report = report, .out = out, .first = true };

    fputs(BYTE_ORDER_MARK, out);
    put_head(&c);
    for (size_t i = 0; i < report->n; i++)
        put_row(&c, &report->rows[i]);
    return RC_OK;
}

enum rc report_file_write(const struct report *report, enum report_format format, FILE *out)
{
    enum rc rc = RC_FAIL;

    switch (format) {
    case REPORT_CSV:
        rc = write_csv(report, out);
        break;
    case REPORT_PDF:
        rc = report_pdf(report, out);
        break;
    case REPORT_FORMATS:
        break;
    }
    return !rc && (fflush(out) || ferror(out)) ? RC_FAIL : rc;
}
