/*
 * report.h - planned and done, as a table of figures: what a manager reads about contacts.
 * Its columns and its words, for the screen, CSV, JSON and PDF alike. Pure: no I/O, no clock.
 */
#pragma once

#include "domain/types.h"

#define REPORT_ROWS_MAX     1000
#define REPORT_DAYS_MAX     400 /* of a period */
#define REPORT_OUTCOMES_MAX 64
#define REPORT_LABEL_SIZE   500
#define REPORT_CELL_SIZE    48
#define REPORT_LINE_SIZE    128
#define REPORT_SUMMARY_SIZE 1000

enum report_language { REPORT_FRENCH, REPORT_ENGLISH, REPORT_LANGUAGES };
/* French for "fr", English for any other. */
enum report_language report_language_of(const char *code);

/* What a row of the report is. */
enum report_by {
    REPORT_BY_MANAGER,
    REPORT_BY_EMPLOYEE,
    REPORT_BY_TEAM,
    REPORT_BY_CATEGORY,
    REPORT_BY_SOURCE,
    REPORT_BY_DAY,
    REPORT_BY_WEEK,
    REPORT_BY_MONTH,
    REPORT_BYS
};
const char *report_by_name(enum report_by by);
enum rc report_by_parse(const char *name, enum report_by *by) MUST_CHECK;
bool report_by_time(enum report_by by); /* its rows are days, weeks or months */
/* "manager, employee, ..." for whoever named another. */
const char *report_by_names(void);

/* The last whole one of these before a day. */
enum report_period { REPORT_DAY, REPORT_WEEK, REPORT_MONTH, REPORT_PERIODS };
const char *report_period_name(enum report_period period);
enum rc report_period_parse(const char *name, enum report_period *period) MUST_CHECK;
/* A week begins on a Monday. Only year, month and day count. */
void report_period_before(enum report_period period, const struct civil *day, struct civil *from,
                          struct civil *to);

/* When a report of each period goes out: at that minute of the day after it. */
struct local_zone;
struct report_moments {
    utc_us last, next;     /* at or before now; after it */
    struct civil from, to; /* the period of `last` */
};
void report_moments(enum report_period period, unsigned minute, struct local_zone *zone, utc_us now,
                    struct report_moments *out);

/* So many days after (before: below 0). */
struct civil report_day_after(const struct civil *day, int days);

/* Of the tasks of a row whose day is in the period; cancelled ones are in none of these. */
struct report_figures {
    uint64_t planned;
    uint64_t done;          /* they have a result: on_time + late */
    uint64_t on_time, late; /* ... by when they were due */
    uint64_t missed, open;  /* no result yet: due by then, or not */
    uint64_t reached;       /* of done: the customer was spoken to */
    uint64_t answer_s;      /* of done: from standing on the list to the result, added up */
    uint64_t unplanned;     /* contacts of the period that nobody had planned */
    uint64_t orders;        /* that followed one that reached the customer */
    int64_t order_cents;    /* to collect; in the report's currency */
};
void report_figures_add(struct report_figures *to, const struct report_figures *more);

struct report_row {
    int64_t key;      /* an id, 20261123, 202648, 202611; 0: nobody, none */
    const char *code; /* a login, a team's code, "2026-11-23", "2026-W48", "2026-11" */
    const char *name; /* a person's, a team's; "": the code says it */
    struct report_figures figures;
    uint64_t outcomes[REPORT_OUTCOMES_MAX]; /* of done; as report.outcomes */
};

struct report {
    enum report_by by;
    enum report_language language;
    struct civil from, to; /* days, both in it */
    struct civil made_at;  /* by the clock of the house */
    const char *of[4];     /* whom it is about: "Paris", "Anna Petit"; NULL: all */
    const char *made_by;   /* "eva"; NULL: that is not said */
    unsigned order_days;   /* an order follows a contact for so long */
    const char *currency;  /* "EUR" */
    struct {
        unsigned id;
        const char *code, *label;
    } outcomes[REPORT_OUTCOMES_MAX];
    size_t n_outcomes;
    struct report_row *rows; /* in the order in which they are shown */
    size_t n;
    struct report_row total;
};

/* --- columns --- */

enum report_kind {
    REPORT_COUNT,
    REPORT_TENTHS,  /* of a percent, of an hour */
    REPORT_PERCENT, /* the same, with its sign */
    REPORT_MONEY,   /* cents */
};
#define REPORT_NOTHING INT64_MIN /* a share of none */

struct report_column {
    const char *name;                      /* in JSON and CSV */
    const char *label[REPORT_LANGUAGES];   /* over a column */
    const char *meaning[REPORT_LANGUAGES]; /* in a sentence */
    enum report_kind kind;
    bool on_paper; /* a column of the PDF, too */
    int64_t (*value)(const struct report_figures *f);
};
/* NULL: there are no more. */
const struct report_column *report_column(size_t nth);
/* One that there is. */
const struct report_column *report_column_named(const char *name);

/* "1 234", "87,5 %" as people of the language write it; "" for REPORT_NOTHING. */
void report_say(enum report_kind kind, int64_t value, enum report_language language,
                char out[REPORT_CELL_SIZE]);
/* The same for a spreadsheet: without spaces and signs of percent. */
void report_say_bare(enum report_kind kind, int64_t value, enum report_language language,
                     char out[REPORT_CELL_SIZE]);

/* --- words --- */

enum report_word {
    REPORT_TITLE,
    REPORT_WORD_BY,  /* "par employé": what the rows are */
    REPORT_WORD_ROW, /* "Employé": over the first column */
    REPORT_WORD_TOTAL,
    REPORT_WORD_OUTCOMES,
    REPORT_WORD_CHART,
    REPORT_WORD_RESULTS_NONE,
    REPORT_WORD_HOW, /* what the columns mean */
    REPORT_WORDS
};
/* Those that depend on what the rows are say it of `report->by`. */
const char *report_word(const struct report *report, enum report_word word);
/* What stands in the first column: "Anna Petit", "lun. 23/11/2026", "personne". */
void report_label(const struct report *report, const struct report_row *row,
                  char out[REPORT_LABEL_SIZE]);
const char *report_month(int month, enum report_language language);
/* "1er novembre 2026", "1 November 2026" */
void report_date(const struct civil *day, enum report_language language,
                 char out[REPORT_CELL_SIZE]);
/* Where tasks come from, by the number of contact_task.source; 0 and others: nowhere. */
const char *report_source_code(int64_t key);
/* "2026-11-23", "2026-W48", "2026-11": a row of time as programs name it. */
void report_time_code(enum report_by by, int64_t key, char out[REPORT_CELL_SIZE]);
/* "du 1er au 30 novembre 2026"; one day is that day. */
void report_between(const struct report *report, char out[REPORT_LINE_SIZE]);
/* "établi le 1er décembre 2026, 07:00, par eva" */
void report_made(const struct report *report, char out[REPORT_LINE_SIZE]);
/* "Les 12 sur 30 avec le plus de manqués": under a chart that has no place for all. */
void report_most_missed(const struct report *report, size_t n, char out[REPORT_LINE_SIZE]);
/* "€", "CHF": behind an amount and a blank. */
const char *report_currency_sign(const struct report *report);
/* "2 401 contacts étaient prévus, 2 227 ont été faits ..." */
void report_summary(const struct report *report, char out[REPORT_SUMMARY_SIZE]);
/* "page 2 sur 5" */
void report_page(enum report_language language, unsigned page, unsigned pages,
                 char out[REPORT_LINE_SIZE]);
/* "sous 7 jours": how long an order may follow. */
void report_order_days(const struct report *report, char out[REPORT_LINE_SIZE]);
