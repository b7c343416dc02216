/* chart.c - bars for people, teams and categories, columns for days, weeks and months. */
#include <math.h>
#include <string.h>

#include "channel/report/report_look.h"

#define ROWS_MAX     12
#define BAR          9.0
#define BAR_STEP     15.5
#define NAME_WIDTH   132.0
#define SAYS_WIDTH   92.0
#define GAP          10.0
#define HEAD_SIZE    11.0
#define HEAD_STEP    20.0
#define COLUMNS_HIGH 120.0
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct sheet_text head = { .size = HEAD_SIZE, .bold = true, .colour = LOOK_INK };
static const struct sheet_text name = { .size = 8.5, .colour = LOOK_INK };
static const struct sheet_text says = { .size = 8.5, .colour = LOOK_SOFT };
static const struct sheet_text beside = { .size = 8.5, .colour = LOOK_SOFT, .shrinks = true };
static const struct sheet_text small = { .size = 7, .colour = LOOK_SOFT, .align = SHEET_CENTRE };

/* The parts of a bar, from the left or from below: with the column that each is, for its name. */
static const struct {
    const char *column;
    sheet_colour colour;
} parts[] = {
    { "on_time", LOOK_ON_TIME },
    { "late", LOOK_LATE },
    { "missed", LOOK_MISSED },
    { "open", LOOK_OPEN },
};

static double part_of(const struct report_figures *f, size_t part)
{
    return (double)report_column_named(parts[part].column)->value(f);
}

/* --- what the colours mean, at the right of the head --- */

static void legend(struct sheet *s, const struct report *r, const char *title)
{
    double *y = sheet_y(s), x = SHEET_WIDTH - SHEET_MARGIN;

    sheet_text(s, SHEET_MARGIN, *y, SHEET_INNER / 2, &head, title);
    for (size_t i = COUNT(parts); i-- > 0;) {
        const char *label = report_column_named(parts[i].column)->label[r->language];
        const double width = sheet_text_width(s, &says, label);

        x -= width;
        sheet_text(s, x, *y + 2, 0, &says, label);
        x -= 11;
        sheet_box(s, x, *y + 3.5, 7, 7, 1.5, parts[i].colour);
        x -= 12;
    }
    *y += HEAD_STEP;
}

/* --- rows --- */

static void bar(struct sheet *s, const struct report *r, const char *label,
                const struct report_figures *f, double most)
{
    const double room = SHEET_INNER - NAME_WIDTH - SAYS_WIDTH - 2 * GAP;
    char done[REPORT_CELL_SIZE], planned[REPORT_CELL_SIZE], percent[REPORT_CELL_SIZE],
        text[4 * REPORT_CELL_SIZE];
    double *y = sheet_y(s), x = SHEET_MARGIN + NAME_WIDTH + GAP;

    sheet_text(s, SHEET_MARGIN, *y, NAME_WIDTH, &name, label);
    for (size_t i = 0; i < COUNT(parts); i++) {
        const double width = room * part_of(f, i) / most;

        sheet_box(s, x, *y + 1, width, BAR, 0, parts[i].colour);
        x += width;
    }
    report_say(REPORT_COUNT, (int64_t)f->done, r->language, done);
    report_say(REPORT_COUNT, (int64_t)f->planned, r->language, planned);
    report_say(REPORT_PERCENT, report_column_named("done_percent")->value(f), r->language, percent);
    snprintf(text, sizeof(text), "%s / %s   %s", done, planned, percent);
    sheet_text(s, x + 6, *y, SHEET_WIDTH - SHEET_MARGIN - x - 6, &beside, text);
    *y += BAR_STEP;
}

/* Before another one: more is missed or, of as many, more was planned. */
static bool comes_before(const struct report_row *a, const struct report_row *b)
{
    if (a->figures.missed != b->figures.missed)
        return a->figures.missed > b->figures.missed;
    return a->figures.planned > b->figures.planned;
}

/* All rows in their order or, when there is no place for all, those that a manager asks about. */
static size_t chosen(const struct report *r, const struct report_row *out[ROWS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct report_row *row = &r->rows[i];
        size_t at = n;

        for (; r->n > ROWS_MAX && at && comes_before(row, out[at - 1]); at--)
            if (at < ROWS_MAX)
                out[at] = out[at - 1];
        if (at < ROWS_MAX)
            out[at] = row;
        n += n < ROWS_MAX;
    }
    return n;
}

void chart_rows(struct sheet *s, const struct report *r)
{
    const struct report_row *rows[ROWS_MAX];
    const size_t n = chosen(r, rows);
    char label[REPORT_LABEL_SIZE];
    double most = 1;

    legend(s, r, report_word(r, REPORT_WORD_CHART));
    for (size_t i = 0; i < n; i++)
        most = fmax(most, (double)rows[i]->figures.planned);
    for (size_t i = 0; i < n; i++) {
        report_label(r, rows[i], label);
        bar(s, r, label, &rows[i]->figures, most);
    }
    if (n < r->n) {
        report_most_missed(r, n, label);
        sheet_text(s, SHEET_MARGIN, *sheet_y(s), SHEET_INNER, &says, label);
        *sheet_y(s) += BAR_STEP;
    }
    *sheet_y(s) += 12;
}

/* --- time --- */

/* A round number not below `most`, that has room for few more. */
static double round_up(double most)
{
    static const double rounds[] = { 1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8 };
    const double power = most < 10 ? 1 : pow(10, floor(log10(most)));

    for (size_t i = most < 10 ? 6 : 0; i < COUNT(rounds); i++)
        if (most <= rounds[i] * power)
            return rounds[i] * power;
    return 10 * power;
}

static void scale(struct sheet *s, const struct report *r, double top, double most)
{
    const struct sheet_text how = { .size = 7, .colour = LOOK_SOFT, .align = SHEET_RIGHT };
    char number[REPORT_CELL_SIZE];

    for (int i = 0; i <= 4; i++) {
        const double y = top + COLUMNS_HIGH - COLUMNS_HIGH * i / 4;

        if (fmod(round(most * i), 4) != 0)
            continue; /* half a contact is none */
        sheet_line(s, SHEET_MARGIN + 30, y, SHEET_WIDTH - SHEET_MARGIN, y, 0.5, LOOK_LINE);
        report_say(REPORT_COUNT, (int64_t)(most * i / 4), r->language, number);
        sheet_text(s, SHEET_MARGIN, y - 4, 25, &how, number);
    }
}

/* Whatever is short: the year is above. */
static void short_label(const struct report *r, const struct report_row *row, char *out,
                        size_t size)
{
    const int month = (int)(row->key / 100 % 100), last = (int)(row->key % 100);

    if (r->by == REPORT_BY_DAY && r->language == REPORT_FRENCH)
        snprintf(out, size, "%d/%d", last, month);
    else if (r->by == REPORT_BY_DAY)
        snprintf(out, size, "%d %.3s", last, report_month(month, r->language));
    else if (r->by == REPORT_BY_WEEK)
        snprintf(out, size, "%c%d", r->language == REPORT_FRENCH ? 'S' : 'W', last);
    else
        snprintf(out, size, "%02d/%d", last, (int)(row->key / 100));
}

static void column(struct sheet *s, const struct report_figures *f, double x, double width,
                   double bottom, double most)
{
    for (size_t i = 0; i < COUNT(parts); i++) {
        const double height = COLUMNS_HIGH * part_of(f, i) / most;

        bottom -= height;
        sheet_box(s, x, bottom, width, height, 0, parts[i].colour);
    }
}

void chart_time(struct sheet *s, const struct report *r)
{
    const size_t n = r->n, every = 1 + n / 16;
    const double step = (SHEET_INNER - 30) / (double)(n ? n : 1);
    const double width = step < 5 ? step : fmin(step * 0.72, 34);
    double most = 1, top;
    char label[32];

    legend(s, r, report_word(r, REPORT_WORD_CHART));
    top = *sheet_y(s);
    for (size_t i = 0; i < n; i++)
        most = fmax(most, (double)r->rows[i].figures.planned);
    most = round_up(most);
    scale(s, r, top, most);
    for (size_t i = 0; i < n; i++) {
        const struct report_row *row = &r->rows[i];
        const double x = SHEET_MARGIN + 30 + step * (double)i;

        column(s, &row->figures, x + (step - width) / 2, width, top + COLUMNS_HIGH, most);
        if (i % every)
            continue;
        short_label(r, row, label, sizeof(label));
        sheet_text(s, x + step / 2 - 25, top + COLUMNS_HIGH + 4, 50, &small, label);
    }
    *sheet_y(s) = top + COLUMNS_HIGH + 28;
}

/* --- outcomes --- */

/* Those that occurred, the most frequent first; equal ones as in the catalogue. */
static size_t sorted(const struct report *r, size_t order[REPORT_OUTCOMES_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_outcomes; i++) {
        size_t at = n;

        if (!r->total.outcomes[i])
            continue;
        for (; at && r->total.outcomes[order[at - 1]] < r->total.outcomes[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
        n++;
    }
    return n;
}

void chart_outcomes(struct sheet *s, const struct report *r)
{
    const double room = SHEET_INNER - NAME_WIDTH - SAYS_WIDTH - 2 * GAP;
    size_t order[REPORT_OUTCOMES_MAX];
    const size_t all = sorted(r, order), n = all > ROWS_MAX ? ROWS_MAX : all;
    char number[REPORT_CELL_SIZE], percent[REPORT_CELL_SIZE], text[3 * REPORT_CELL_SIZE];
    double *y = sheet_y(s);

    sheet_text(s, SHEET_MARGIN, *y, SHEET_INNER, &head, report_word(r, REPORT_WORD_OUTCOMES));
    *y += HEAD_STEP;
    if (!n)
        sheet_text(s, SHEET_MARGIN, *y, SHEET_INNER, &says,
                   report_word(r, REPORT_WORD_RESULTS_NONE));
    for (size_t i = 0; i < n; i++) {
        const uint64_t count = r->total.outcomes[order[i]];
        const double width = room * (double)count / (double)r->total.outcomes[order[0]];

        sheet_text(s, SHEET_MARGIN, *y, NAME_WIDTH, &name, r->outcomes[order[i]].label);
        sheet_box(s, SHEET_MARGIN + NAME_WIDTH + GAP, *y + 1, width, BAR, 0, LOOK_ACCENT);
        report_say(REPORT_COUNT, (int64_t)count, r->language, number);
        report_say(REPORT_PERCENT,
                   (int64_t)((count * 1000 + r->total.figures.done / 2) / r->total.figures.done),
                   r->language, percent);
        snprintf(text, sizeof(text), "%s   %s", number, percent);
        sheet_text(s, SHEET_MARGIN + NAME_WIDTH + GAP + width + 6, *y, 0, &says, text);
        *y += BAR_STEP;
    }
    *y += n ? 12 : BAR_STEP + 12;
}
