/* report_words.c - a report's words in French and English, and its days as people say them.
 */
#include <stdio.h>
#include <string.h>

#include "domain/report.h"
#include "domain/hours.h"

typedef const char *const in_languages[REPORT_LANGUAGES];

static in_languages months[] = {
    { "janvier", "January" }, { "février", "February" },  { "mars", "March" },
    { "avril", "April" },     { "mai", "May" },           { "juin", "June" },
    { "juillet", "July" },    { "août", "August" },       { "septembre", "September" },
    { "octobre", "October" }, { "novembre", "November" }, { "décembre", "December" },
};
static in_languages weekdays[] = {
    { "lun.", "Mon" }, { "mar.", "Tue" }, { "mer.", "Wed" }, { "jeu.", "Thu" },
    { "ven.", "Fri" }, { "sam.", "Sat" }, { "dim.", "Sun" },
};

static in_languages words[] = {
    [REPORT_TITLE] = { "Rapport des contacts", "Contact report" },
    [REPORT_WORD_BY] = { NULL, NULL }, /* by_words */
    [REPORT_WORD_ROW] = { NULL, NULL },
    [REPORT_WORD_TOTAL] = { "Total", "Total" },
    [REPORT_WORD_OUTCOMES] = { "Résultats des contacts faits", "Outcomes of the contacts made" },
    [REPORT_WORD_CHART] = { "Prévu et fait", "Planned and done" },
    [REPORT_WORD_RESULTS_NONE] = { "Aucun résultat n'a été saisi.", "No result was recorded." },
    [REPORT_WORD_HOW] = { "Lecture", "How to read it" },
};

static const struct {
    in_languages by, row, none;
} by_words[] = {
    [REPORT_BY_MANAGER] = { { "par manager", "by manager" },
                            { "Manager", "Manager" },
                            { "sans manager", "no manager" } },
    [REPORT_BY_EMPLOYEE] = { { "par employé", "by employee" },
                             { "Employé", "Employee" },
                             { "personne", "nobody" } },
    [REPORT_BY_TEAM] = { { "par équipe", "by team" },
                         { "Équipe", "Team" },
                         { "sans équipe", "no team" } },
    [REPORT_BY_CATEGORY] = { { "par catégorie de clients", "by category of customers" },
                             { "Catégorie", "Category" },
                             { "sans catégorie", "no category" } },
    [REPORT_BY_SOURCE] = { { "par origine", "by source" },
                           { "Origine", "Source" },
                           { "hors plan", "unplanned" } },
    [REPORT_BY_DAY] = { { "par jour", "by day" }, { "Jour", "Day" }, { "", "" } },
    [REPORT_BY_WEEK] = { { "par semaine", "by week" }, { "Semaine", "Week" }, { "", "" } },
    [REPORT_BY_MONTH] = { { "par mois", "by month" }, { "Mois", "Month" }, { "", "" } },
};

static const struct {
    const char *code;
    in_languages label;
} sources[] = {
    { "", { "", "" } }, /* none has the number 0 */
    { "list", { "liste du jour", "daily list" } },
    { "plan", { "plan de contact", "contact plan" } },
    { "manager", { "demande d'un manager", "asked by a manager" } },
    { "call_back", { "rappel convenu", "call back agreed" } },
};
#define N_SOURCES ((int64_t)(sizeof(sources) / sizeof(sources[0])))

const char *report_source_code(int64_t key)
{
    return key > 0 && key < N_SOURCES ? sources[key].code : "";
}

const char *report_word(const struct report *report, enum report_word word)
{
    if (word == REPORT_WORD_BY)
        return by_words[report->by].by[report->language];
    if (word == REPORT_WORD_ROW)
        return by_words[report->by].row[report->language];
    return words[word][report->language];
}

const char *report_month(int month, enum report_language language)
{
    return months[(month + 11) % 12][language];
}

void report_date(const struct civil *day, enum report_language language, char out[REPORT_CELL_SIZE])
{
    snprintf(out, REPORT_CELL_SIZE, "%d%s %s %d", day->day,
             language == REPORT_FRENCH && day->day == 1 ? "er" : "",
             months[(day->month + 11) % 12][language], day->year);
}

void report_between(const struct report *report, char out[REPORT_LINE_SIZE])
{
    const bool french = report->language == REPORT_FRENCH;
    const struct civil *from = &report->from, *to = &report->to;
    char first[REPORT_CELL_SIZE], last[REPORT_CELL_SIZE];

    report_date(from, report->language, first);
    report_date(to, report->language, last);
    if (strcmp(first, last) == 0) {
        snprintf(out, REPORT_LINE_SIZE, "%s%s", french ? "le " : "", first);
        return;
    }
    if (from->year == to->year && from->month == to->month) /* "du 1er au 30 novembre 2026" */
        *strchr(first, ' ') = '\0';
    snprintf(out, REPORT_LINE_SIZE, "%s%s %s %s", french ? "du " : "", first, french ? "au" : "to",
             last);
}

static struct civil day_of(int64_t key)
{
    return (struct civil){ .year = (int)(key / 10000),
                           .month = (int)(key / 100 % 100),
                           .day = (int)(key % 100) };
}

/* The Monday of an ISO week: its first one has January 4th in it. */
static struct civil monday_of(int64_t key)
{
    const struct civil fourth = { .year = (int)(key / 100), .month = 1, .day = 4 };

    return report_day_after(&fourth, ((int)(key % 100) - 1) * 7 - (int)hours_weekday(&fourth));
}

static void label_day(int64_t key, enum report_language language, char *out)
{
    const struct civil day = day_of(key);
    const char *weekday = weekdays[hours_weekday(&day)][language];

    if (language == REPORT_FRENCH)
        snprintf(out, REPORT_LABEL_SIZE, "%s %02d/%02d/%04d", weekday, day.day, day.month,
                 day.year);
    else
        snprintf(out, REPORT_LABEL_SIZE, "%s %d %.3s %d", weekday, day.day,
                 months[(day.month + 11) % 12][language], day.year);
}

static void label_week(int64_t key, enum report_language language, char *out)
{
    const struct civil monday = monday_of(key);

    if (language == REPORT_FRENCH)
        snprintf(out, REPORT_LABEL_SIZE, "S%02d, du %02d/%02d/%04d", (int)(key % 100), monday.day,
                 monday.month, monday.year);
    else
        snprintf(out, REPORT_LABEL_SIZE, "W%02d, from %d %.3s %d", (int)(key % 100), monday.day,
                 months[monday.month - 1][language], monday.year);
}

void report_label(const struct report *report, const struct report_row *row,
                  char out[REPORT_LABEL_SIZE])
{
    const enum report_language language = report->language;

    if (row == &report->total) {
        snprintf(out, REPORT_LABEL_SIZE, "%s", report_word(report, REPORT_WORD_TOTAL));
        return;
    }
    switch (report->by) {
    case REPORT_BY_DAY:
        label_day(row->key, language, out);
        return;
    case REPORT_BY_WEEK:
        label_week(row->key, language, out);
        return;
    case REPORT_BY_MONTH:
        snprintf(out, REPORT_LABEL_SIZE, "%s %d", months[(row->key + 11) % 100 % 12][language],
                 (int)(row->key / 100));
        return;
    case REPORT_BY_SOURCE:
        if (row->key > 0 && row->key < N_SOURCES) {
            snprintf(out, REPORT_LABEL_SIZE, "%s", sources[row->key].label[language]);
            return;
        }
        break;
    case REPORT_BY_MANAGER:
    case REPORT_BY_EMPLOYEE:
    case REPORT_BY_TEAM:
    case REPORT_BY_CATEGORY:
    case REPORT_BYS:
        break;
    }
    snprintf(out, REPORT_LABEL_SIZE, "%s",
             !row->key                 ? by_words[report->by].none[language]
             : row->name && *row->name ? row->name
                                       : row->code);
}

void report_time_code(enum report_by by, int64_t key, char out[REPORT_CELL_SIZE])
{
    if (by == REPORT_BY_DAY)
        snprintf(out, REPORT_CELL_SIZE, "%04d-%02d-%02d", (int)(key / 10000),
                 (int)(key / 100 % 100), (int)(key % 100));
    else
        snprintf(out, REPORT_CELL_SIZE, "%04d-%s%02d", (int)(key / 100),
                 by == REPORT_BY_WEEK ? "W" : "", (int)(key % 100));
}

void report_made(const struct report *report, char out[REPORT_LINE_SIZE])
{
    const bool french = report->language == REPORT_FRENCH;
    const struct civil *at = &report->made_at;
    char day[REPORT_CELL_SIZE];

    report_date(at, report->language, day);
    snprintf(out, REPORT_LINE_SIZE, "%s %s, %02d:%02d%s%.40s", french ? "établi le" : "made on",
             day, at->hour, at->minute,
             !report->made_by ? ""
             : french         ? ", par "
                              : ", by ",
             report->made_by ? report->made_by : "");
}

void report_most_missed(const struct report *report, size_t n, char out[REPORT_LINE_SIZE])
{
    snprintf(
        out, REPORT_LINE_SIZE,
        report->language == REPORT_FRENCH
            ? "Les %zu sur %zu avec le plus de manqués\xc2\xa0; toutes les lignes sont dans le "
              "tableau."
            : "The %zu of %zu with most missed; all rows are in the table.",
        n, report->n);
}

const char *report_currency_sign(const struct report *report)
{
    return strcmp(report->currency, "EUR") == 0 ? "€" : report->currency;
}

void report_page(enum report_language language, unsigned page, unsigned pages,
                 char out[REPORT_LINE_SIZE])
{
    snprintf(out, REPORT_LINE_SIZE, "page %u %s %u", page, language == REPORT_FRENCH ? "sur" : "of",
             pages);
}

void report_order_days(const struct report *report, char out[REPORT_LINE_SIZE])
{
    const bool french = report->language == REPORT_FRENCH;

    snprintf(out, REPORT_LINE_SIZE, "%s %u %s", french ? "sous" : "within", report->order_days,
             report->order_days == 1 ? (french ? "jour" : "day") : (french ? "jours" : "days"));
}
