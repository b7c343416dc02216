/* report_pdf.c - the pages of a report. It is drawn twice: first to count the pages, which each of
 * them names. */
#include "channel/report/report_pdf.h"

#include <string.h>

#include "channel/report/report_look.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NBSP         "\xc2\xa0"
#define DOT          "  \xc2\xb7  "
#define FOOT         26.0
#define BOTTOM       (SHEET_HEIGHT - SHEET_MARGIN - FOOT)
#define ROW_HEIGHT   16.0
#define HEAD_HEIGHT  20.0
#define COLUMNS_MAX  16
#define LABEL_SHARE  3.0 /* of a column of figures: how much wider the first one is */
#define MONEY_SHARE  1.5 /* ... and one of amounts */
#define TILE_HEIGHT  52.0
#define TILE_GAP     8.0
#define MEANING_STEP 10.5
#define MEANING_NAME 48.0

struct drawing {
    struct sheet *sheet;
    const struct report *report;
    unsigned pages; /* 0: not known yet */
};

/* --- head and foot of a page --- */

/* Whom it is about; nothing when it is about all. */
static void add_of(const struct report *r, char *out, size_t size)
{
    size_t len = strlen(out);

    for (size_t i = 0; i < COUNT(r->of) && r->of[i]; i++) {
        const int n = snprintf(out + len, size - len, DOT "%s", r->of[i]);

        if (n < 0 || (size_t)n >= size - len)
            return;
        len += (size_t)n;
    }
}

static void foot(const struct drawing *d)
{
    const struct sheet_text left = { .size = 7.5, .colour = LOOK_SOFT };
    const struct sheet_text right = { .size = 7.5, .colour = LOOK_SOFT, .align = SHEET_RIGHT };
    const double y = SHEET_HEIGHT - SHEET_MARGIN - 8;
    const struct report *r = d->report;
    char text[2 * REPORT_LABEL_SIZE], page[REPORT_LINE_SIZE];
    char between[REPORT_LINE_SIZE];

    sheet_line(d->sheet, SHEET_MARGIN, y - 6, SHEET_WIDTH - SHEET_MARGIN, y - 6, 0.5, LOOK_LINE);
    report_between(r, between);
    snprintf(text, sizeof(text), "%s, %s", report_word(r, REPORT_TITLE), between);
    add_of(r, text, sizeof(text));
    sheet_text(d->sheet, SHEET_MARGIN, y, SHEET_INNER * 0.75, &left, text);
    report_page(r->language, sheet_page(d->sheet), d->pages, page);
    sheet_text(d->sheet, SHEET_MARGIN + SHEET_INNER / 2, y, SHEET_INNER / 2, &right, page);
}

static void next_page(const struct drawing *d)
{
    foot(d);
    sheet_next_page(d->sheet);
}

static void title(const struct drawing *d)
{
    const struct sheet_text big = { .size = 22, .bold = true, .colour = LOOK_INK };
    const struct sheet_text sub = { .size = 11, .colour = LOOK_SOFT };
    const struct sheet_text of = { .size = 12, .bold = true, .colour = LOOK_INK, .shrinks = true };
    const struct sheet_text made = { .size = 7.5, .colour = LOOK_SOFT, .align = SHEET_RIGHT };
    const struct report *r = d->report;
    char text[2 * REPORT_LABEL_SIZE], between[REPORT_LINE_SIZE];
    double *y = sheet_y(d->sheet);

    sheet_box(d->sheet, 0, 0, SHEET_WIDTH, 6, 0, LOOK_ACCENT);
    report_made(r, text);
    sheet_text(d->sheet, SHEET_MARGIN, *y + 12, SHEET_INNER, &made, text);
    sheet_text(d->sheet, SHEET_MARGIN, *y, SHEET_INNER * 0.7, &big, report_word(r, REPORT_TITLE));
    *y += 30;
    report_between(r, between);
    snprintf(text, sizeof(text), "%s" DOT "%s", between, report_word(r, REPORT_WORD_BY));
    sheet_text(d->sheet, SHEET_MARGIN, *y, SHEET_INNER, &sub, text);
    *y += 18;
    if (r->of[0]) {
        text[0] = '\0';
        add_of(r, text, sizeof(text));
        sheet_text(d->sheet, SHEET_MARGIN, *y, SHEET_INNER, &of, text + strlen(DOT));
        *y += 18;
    }
    *y += 8;
}

static void summary(const struct drawing *d)
{
    const struct sheet_text how = { .size = 9.5, .colour = LOOK_INK };
    char text[REPORT_SUMMARY_SIZE];
    double *y = sheet_y(d->sheet);

    report_summary(d->report, text);
    *y += sheet_paragraph(d->sheet, SHEET_MARGIN, *y, SHEET_INNER, &how, text) + 12;
}

/* --- what counts, in large figures --- */

static const struct {
    const char *column, *below; /* below: another column in small; NULL: none */
    sheet_colour colour;
} tiles[] = {
    { "planned", NULL, LOOK_INK },
    { "done", "done_percent", LOOK_INK },
    { "on_time", "on_time_percent", LOOK_ON_TIME },
    { "missed", NULL, LOOK_MISSED },
    { "reached", NULL, LOOK_ACCENT },
    { "orders", "order_cents", LOOK_ACCENT },
};

static void say_below(const struct report *r, size_t i, char *out, size_t size)
{
    char text[REPORT_CELL_SIZE];
    const struct report_column *c;

    out[0] = '\0';
    if (!tiles[i].below)
        return;
    c = report_column_named(tiles[i].below);
    report_say(c->kind, c->value(&r->total.figures), r->language, text);
    snprintf(out, size, "%s%s%s", text, c->kind == REPORT_MONEY ? NBSP : "",
             c->kind == REPORT_MONEY ? report_currency_sign(r) : "");
}

static void draw_tiles(const struct drawing *d)
{
    const struct sheet_text label = { .size = 8, .colour = LOOK_SOFT };
    const double width = (SHEET_INNER - TILE_GAP * (COUNT(tiles) - 1)) / COUNT(tiles);
    const struct report *r = d->report;
    char text[REPORT_CELL_SIZE], below[2 * REPORT_CELL_SIZE];
    double *y = sheet_y(d->sheet);

    for (size_t i = 0; i < COUNT(tiles); i++) {
        const struct report_column *c = report_column_named(tiles[i].column);
        const struct sheet_text figure = { .size = 17,
                                           .bold = true,
                                           .colour = c->value(&r->total.figures) ? tiles[i].colour
                                                                                 : LOOK_OPEN,
                                           .shrinks = true };
        const double x = SHEET_MARGIN + (double)i * (width + TILE_GAP);

        sheet_box(d->sheet, x, *y, width, TILE_HEIGHT, 3, LOOK_STRIPE);
        sheet_text(d->sheet, x + 8, *y + 6, width - 12, &label, c->label[r->language]);
        report_say(c->kind, c->value(&r->total.figures), r->language, text);
        sheet_text(d->sheet, x + 8, *y + 16, width - 12, &figure, text);
        say_below(r, i, below, sizeof(below));
        sheet_text(d->sheet, x + 8, *y + 38, width - 12, &label, below);
    }
    *y += TILE_HEIGHT + 16;
}

/* --- the table --- */

static size_t paper_columns(const struct report_column *out[COLUMNS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; report_column(i) && n < COLUMNS_MAX; i++)
        if (report_column(i)->on_paper)
            out[n++] = report_column(i);
    return n;
}

static double share_of(const struct report_column *column)
{
    return column->kind == REPORT_MONEY ? MONEY_SHARE : 1;
}

/* Of one whose share is 1. */
static double column_width(const struct report_column *const columns[], size_t n)
{
    double shares = LABEL_SHARE;

    for (size_t i = 0; i < n; i++)
        shares += share_of(columns[i]);
    return SHEET_INNER / shares;
}

/* "%", "€": what stands behind a column's name. */
static const char *unit_of(const struct report *r, const struct report_column *column)
{
    return column->kind == REPORT_PERCENT ? "%"
           : column->kind == REPORT_MONEY ? report_currency_sign(r)
                                          : "";
}

static void table_head(const struct drawing *d)
{
    const struct sheet_text left = { .size = 6.8, .bold = true, .colour = LOOK_WHITE };
    const struct sheet_text right = {
        .size = 6.8, .bold = true, .colour = LOOK_WHITE, .align = SHEET_RIGHT, .shrinks = true
    };
    const struct report_column *columns[COLUMNS_MAX];
    const size_t n = paper_columns(columns);
    const double width = column_width(columns, n);
    const struct report *r = d->report;
    double *y = sheet_y(d->sheet), x = SHEET_MARGIN + width * LABEL_SHARE;
    char label[REPORT_LINE_SIZE];

    sheet_box(d->sheet, SHEET_MARGIN, *y, SHEET_INNER, HEAD_HEIGHT, 0, LOOK_ACCENT);
    sheet_text(d->sheet, SHEET_MARGIN + 5, *y + 6, width * LABEL_SHARE, &left,
               report_word(r, REPORT_WORD_ROW));
    for (size_t i = 0; i < n; i++) {
        const char *unit = unit_of(r, columns[i]);

        snprintf(label, sizeof(label), "%s%s%s", columns[i]->label[r->language], *unit ? NBSP : "",
                 unit);
        sheet_text(d->sheet, x, *y + 6, width * share_of(columns[i]) - 3, &right, label);
        x += width * share_of(columns[i]);
    }
    *y += HEAD_HEIGHT;
}

static void table_row(const struct drawing *d, const struct report_row *row, bool stripe)
{
    const bool bold = row == &d->report->total;
    const struct sheet_text left = { .size = 8, .bold = bold, .colour = LOOK_INK };
    struct sheet_text right = { .size = 8, .bold = bold, .align = SHEET_RIGHT, .shrinks = true };
    const struct report_column *columns[COLUMNS_MAX];
    const size_t n = paper_columns(columns);
    const double width = column_width(columns, n);
    double *y = sheet_y(d->sheet), x = SHEET_MARGIN + width * LABEL_SHARE;
    char text[REPORT_LABEL_SIZE];

    if (stripe)
        sheet_box(d->sheet, SHEET_MARGIN, *y, SHEET_INNER, ROW_HEIGHT, 0, LOOK_STRIPE);
    if (bold)
        sheet_line(d->sheet, SHEET_MARGIN, *y, SHEET_WIDTH - SHEET_MARGIN, *y, 1, LOOK_ACCENT);
    report_label(d->report, row, text);
    sheet_text(d->sheet, SHEET_MARGIN + 5, *y + 3.5, width * LABEL_SHARE - 8, &left, text);
    for (size_t i = 0; i < n; i++) {
        const int64_t value = columns[i]->value(&row->figures);

        right.colour = value == 0 || value == REPORT_NOTHING     ? LOOK_OPEN
                       : strcmp(columns[i]->name, "missed") == 0 ? LOOK_MISSED
                                                                 : LOOK_INK;
        report_say(columns[i]->kind, value, d->report->language, text);
        sheet_text(d->sheet, x, *y + 3.5, width * share_of(columns[i]) - 3, &right,
                   value == REPORT_NOTHING ? "\xe2\x80\x93" : text);
        x += width * share_of(columns[i]);
    }
    *y += ROW_HEIGHT;
}

static void table(const struct drawing *d)
{
    const struct report *r = d->report;
    double *y = sheet_y(d->sheet);

    if (*y + HEAD_HEIGHT + 4 * ROW_HEIGHT > BOTTOM)
        next_page(d);
    table_head(d);
    for (size_t i = 0; i < r->n; i++) {
        /* The total is never alone on a page. */
        if (*y + ROW_HEIGHT * (i + 1 == r->n ? 2 : 1) > BOTTOM) {
            next_page(d);
            table_head(d);
        }
        table_row(d, &r->rows[i], i % 2 == 1);
    }
    table_row(d, &r->total, false);
    *y += 18;
}

/* "Cdes: commandes d'un client joint, sous 7 jours" */
static void meaning(const struct drawing *d, const struct report_column *column, double x, double y)
{
    const struct sheet_text bold = { .size = 7, .bold = true, .colour = LOOK_SOFT };
    const struct sheet_text text = { .size = 7, .colour = LOOK_SOFT };
    const enum report_language language = d->report->language;
    const bool orders = strcmp(column->name, "orders") == 0;
    char line[3 * REPORT_LINE_SIZE], days[REPORT_LINE_SIZE];

    snprintf(line, sizeof(line), "%s%s", column->label[language],
             column->kind == REPORT_PERCENT ? NBSP "%" : "");
    sheet_text(d->sheet, x, y, MEANING_NAME, &bold, line);
    report_order_days(d->report, days);
    snprintf(line, sizeof(line), "%s%s%s", column->meaning[language], orders ? ", " : "",
             orders ? days : "");
    sheet_text(d->sheet, x + MEANING_NAME, y, SHEET_INNER / 2 - MEANING_NAME - 6, &text, line);
}

/* What the columns mean, at the end, in two columns. */
static void meanings(const struct drawing *d)
{
    const struct sheet_text head = { .size = 9, .bold = true, .colour = LOOK_INK };
    const struct report_column *columns[COLUMNS_MAX];
    const size_t n = paper_columns(columns), half = (n + 1) / 2;
    double *y = sheet_y(d->sheet);

    if (*y + 15 + (double)half * MEANING_STEP > BOTTOM)
        next_page(d);
    sheet_text(d->sheet, SHEET_MARGIN, *y, SHEET_INNER, &head,
               report_word(d->report, REPORT_WORD_HOW));
    *y += 15;
    for (size_t i = 0; i < n; i++)
        meaning(d, columns[i], SHEET_MARGIN + (i < half ? 0 : SHEET_INNER / 2),
                *y + (double)(i % half) * MEANING_STEP);
    *y += (double)half * MEANING_STEP;
}

/* --- all of it --- */

static void draw(const struct drawing *d)
{
    const struct report *r = d->report;

    title(d);
    summary(d);
    if (r->total.figures.planned) {
        draw_tiles(d);
        if (report_by_time(r->by))
            chart_time(d->sheet, r);
        else
            chart_rows(d->sheet, r);
        chart_outcomes(d->sheet, r);
    }
    if (r->n) {
        table(d);
        meanings(d);
    }
    foot(d);
}

static enum rc draw_to(const struct report *report, FILE *out, unsigned *pages)
{
    struct drawing d = { .report = report, .pages = *pages };
    char at[REPORT_CELL_SIZE];
    const struct sheet_about about = { .title = report_word(report, REPORT_TITLE),
                                       .language = report->language == REPORT_FRENCH ? "fr" : "en",
                                       .made_at = at };

    snprintf(at, sizeof(at), "%04d-%02d-%02dT%02d:%02d:%02d", report->made_at.year,
             report->made_at.month, report->made_at.day, report->made_at.hour,
             report->made_at.minute, report->made_at.second);
    d.sheet = sheet_new(out, &about);
    if (!d.sheet)
        return RC_FAIL;
    draw(&d);
    *pages = sheet_page(d.sheet);
    return sheet_close(d.sheet);
}

enum rc report_pdf(const struct report *report, FILE *out)
{
    unsigned pages = 0;
    enum rc rc = draw_to(report, NULL, &pages);

    return rc ? rc : draw_to(report, out, &pages);
}
