/* report.c - what the rows and columns of a report are, and its numbers as text. */
#include "domain/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain/hours.h"
#include "domain/local_time.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NBSP         "\xc2\xa0"
#define MINUS        "\xe2\x88\x92"

enum report_language report_language_of(const char *code)
{
    return strcmp(code, "fr") == 0 ? REPORT_FRENCH : REPORT_ENGLISH;
}

/* --- rows --- */

static const struct {
    const char *name;
    bool time;
} bys[] = {
    [REPORT_BY_MANAGER] = { "manager", false }, [REPORT_BY_EMPLOYEE] = { "employee", false },
    [REPORT_BY_TEAM] = { "team", false },       [REPORT_BY_CATEGORY] = { "category", false },
    [REPORT_BY_SOURCE] = { "source", false },   [REPORT_BY_DAY] = { "day", true },
    [REPORT_BY_WEEK] = { "week", true },        [REPORT_BY_MONTH] = { "month", true },
};
_Static_assert(COUNT(bys) == REPORT_BYS, "a line each");

const char *report_by_name(enum report_by by)
{
    return bys[by].name;
}

const char *report_by_names(void)
{
    return "manager, employee, team, category, source, day, week or month";
}

bool report_by_time(enum report_by by)
{
    return bys[by].time;
}

enum rc report_by_parse(const char *name, enum report_by *by)
{
    for (size_t i = 0; i < COUNT(bys); i++) {
        if (strcmp(name, bys[i].name) == 0) {
            *by = (enum report_by)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

/* --- periods --- */

static const char *const periods[] = {
    [REPORT_DAY] = "day", [REPORT_WEEK] = "week", [REPORT_MONTH] = "month"
};

const char *report_period_name(enum report_period period)
{
    return periods[period];
}

enum rc report_period_parse(const char *name, enum report_period *period)
{
    for (size_t i = 0; i < COUNT(periods); i++) {
        if (strcmp(name, periods[i]) == 0) {
            *period = (enum report_period)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

struct civil report_day_after(const struct civil *day, int days)
{
    const struct civil midnight = { .year = day->year, .month = day->month, .day = day->day };

    return clock_civil(clock_from_civil(&midnight) + days * SEC_PER_DAY * USEC_PER_SEC);
}

void report_period_before(enum report_period period, const struct civil *day, struct civil *from,
                          struct civil *to)
{
    struct civil first;

    switch (period) {
    case REPORT_DAY:
        *from = *to = report_day_after(day, -1);
        return;
    case REPORT_WEEK:
        *to = report_day_after(day, -1 - (int)hours_weekday(day));
        *from = report_day_after(to, -6);
        return;
    case REPORT_MONTH:
        first = report_day_after(day, 1 - day->day);
        *to = report_day_after(&first, -1);
        *from = report_day_after(to, 1 - to->day);
        return;
    case REPORT_PERIODS:
        break;
    }
}

/* The day after `day` with which a period begins: `day` itself, if one does. */
static struct civil period_begins(enum report_period period, const struct civil *day)
{
    struct civil at = report_day_after(day, 0);

    while ((period == REPORT_WEEK && hours_weekday(&at) != 0) ||
           (period == REPORT_MONTH && at.day != 1))
        at = report_day_after(&at, 1);
    return at;
}

void report_moments(enum report_period period, unsigned minute, struct local_zone *zone, utc_us now,
                    struct report_moments *out)
{
    const struct civil today = local_zone_civil(zone, now);
    /* Two periods ago and a day: one of the moments since then is the last one. */
    struct civil day = report_day_after(&today, -63);
    struct civil begins = period_begins(period, &day);

    *out = (struct report_moments){ .last = 0 };
    for (;;) {
        struct civil wall = begins, after = report_day_after(&begins, 1);
        utc_us at;

        wall.hour = (int)minute / 60;
        wall.minute = (int)minute % 60;
        at = local_zone_to_utc(zone, &wall);
        if (at > now) {
            out->next = at;
            return;
        }
        out->last = at;
        report_period_before(period, &begins, &out->from, &out->to);
        begins = period_begins(period, &after);
    }
}

/* --- columns --- */

void report_figures_add(struct report_figures *to, const struct report_figures *more)
{
    to->planned += more->planned;
    to->done += more->done;
    to->on_time += more->on_time;
    to->late += more->late;
    to->missed += more->missed;
    to->open += more->open;
    to->reached += more->reached;
    to->answer_s += more->answer_s;
    to->unplanned += more->unplanned;
    to->orders += more->orders;
    to->order_cents += more->order_cents;
}

/* Rounded to the nearest. */
static int64_t share(uint64_t part, uint64_t whole, int64_t scale)
{
    if (!whole)
        return REPORT_NOTHING;
    return ((int64_t)part * scale + (int64_t)whole / 2) / (int64_t)whole;
}

#define VALUE(name, expression)                                 \
    static int64_t value_##name(const struct report_figures *f) \
    {                                                           \
        return expression;                                      \
    }
VALUE(planned, (int64_t)f->planned)
VALUE(done, (int64_t)f->done)
VALUE(difference, (int64_t)f->done - (int64_t)f->planned)
VALUE(done_percent, share(f->done, f->planned, 1000))
VALUE(on_time, (int64_t)f->on_time)
VALUE(on_time_percent, share(f->on_time, f->planned, 1000))
VALUE(late, (int64_t)f->late)
VALUE(missed, (int64_t)f->missed)
VALUE(open, (int64_t)f->open)
VALUE(reached, (int64_t)f->reached)
VALUE(hours, share(f->answer_s, f->done * 360, 1))
VALUE(unplanned, (int64_t)f->unplanned)
VALUE(orders, (int64_t)f->orders)
VALUE(order_cents, f->order_cents)

static const struct report_column columns[] = {
    { "planned",
      { "Prévus", "Planned" },
      { "contacts prévus ces jours-là, sans les annulés",
        "contacts planned for these days, without cancelled ones" },
      REPORT_COUNT,
      true,
      value_planned },
    { "done",
      { "Faits", "Done" },
      { "contacts prévus dont le résultat est saisi", "planned contacts with a result" },
      REPORT_COUNT,
      true,
      value_done },
    { "done_percent",
      { "Faits", "Done" },
      { "part des contacts prévus qui ont été faits", "share of the planned that were done" },
      REPORT_PERCENT,
      true,
      value_done_percent },
    { "difference",
      { "Écart", "Diff." },
      { "contacts faits moins contacts prévus", "done less planned" },
      REPORT_COUNT,
      true,
      value_difference },
    { "on_time",
      { "À l'heure", "On time" },
      { "résultat saisi à l'échéance au plus tard", "result by when it was due" },
      REPORT_COUNT,
      true,
      value_on_time },
    { "on_time_percent",
      { "À l'heure", "On time" },
      { "part des contacts prévus qui ont été faits à l'heure",
        "share of the planned that were done on time" },
      REPORT_PERCENT,
      false,
      value_on_time_percent },
    { "late",
      { "Retard", "Late" },
      { "résultat saisi après l'échéance", "result after it was due" },
      REPORT_COUNT,
      true,
      value_late },
    { "missed",
      { "Manqués", "Missed" },
      { "sans résultat alors que l'échéance est passée", "due, and without a result" },
      REPORT_COUNT,
      true,
      value_missed },
    { "open",
      { "En cours", "Open" },
      { "sans résultat, échéance à venir", "without a result, and not due yet" },
      REPORT_COUNT,
      true,
      value_open },
    { "reached",
      { "Joints", "Reached" },
      { "contacts faits où le client a été joint", "done, and the customer was spoken to" },
      REPORT_COUNT,
      true,
      value_reached },
    { "hours",
      { "Délai (h)", "Hours" },
      { "heures de l'arrivée dans la liste au résultat, en moyenne",
        "hours from getting on the list to the result, on average" },
      REPORT_TENTHS,
      true,
      value_hours },
    { "unplanned",
      { "Hors plan", "Extra" },
      { "contacts que personne n'avait prévus", "contacts that nobody had planned" },
      REPORT_COUNT,
      true,
      value_unplanned },
    { "orders",
      { "Cdes", "Orders" },
      { "commandes d'un client joint", "orders of a customer who was reached" },
      REPORT_COUNT,
      true,
      value_orders },
    { "order_cents",
      { "Montant", "Value" },
      { "montant de ces commandes", "what these orders are worth" },
      REPORT_MONEY,
      true,
      value_order_cents },
};

const struct report_column *report_column(size_t nth)
{
    return nth < COUNT(columns) ? &columns[nth] : NULL;
}

const struct report_column *report_column_named(const char *name)
{
    size_t i = 0;

    while (i + 1 < COUNT(columns) && strcmp(columns[i].name, name) != 0)
        i++;
    return &columns[i];
}

/* --- numbers --- */

/* "1234567" with `gap` between each three digits from the right. */
static void group_digits(uint64_t value, const char *gap, char *out, size_t size)
{
    char digits[24];
    const int n = snprintf(digits, sizeof(digits), "%" PRIu64, value);
    size_t at = 0;

    out[0] = '\0';
    for (int i = 0; i < n && at + 4 < size; i++) {
        const bool ends = i && (n - i) % 3 == 0;

        at += (size_t)snprintf(out + at, size - at, "%s%c", ends ? gap : "", digits[i]);
    }
}

void report_say(enum report_kind kind, int64_t value, enum report_language language,
                char out[REPORT_CELL_SIZE])
{
    const bool french = language == REPORT_FRENCH;
    const char *sign = value < 0 ? MINUS : "";
    const uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char number[REPORT_CELL_SIZE / 2];

    out[0] = '\0';
    if (value == REPORT_NOTHING)
        return;
    switch (kind) {
    case REPORT_COUNT:
        group_digits(size, french ? NBSP : ",", number, sizeof(number));
        snprintf(out, REPORT_CELL_SIZE, "%s%s", sign, number);
        return;
    case REPORT_TENTHS:
    case REPORT_PERCENT:
        group_digits(size / 10, french ? NBSP : ",", number, sizeof(number));
        snprintf(out, REPORT_CELL_SIZE, "%s%s%c%c%s", sign, number, french ? ',' : '.',
                 (char)('0' + size % 10),
                 kind == REPORT_TENTHS ? ""
                 : french              ? NBSP "%"
                                       : "%");
        return;
    case REPORT_MONEY: /* whole euros: a report is no invoice */
        group_digits((size + 50) / 100, french ? NBSP : ",", number, sizeof(number));
        snprintf(out, REPORT_CELL_SIZE, "%s%s", sign, number);
        return;
    }
}

void report_say_bare(enum report_kind kind, int64_t value, enum report_language language,
                     char out[REPORT_CELL_SIZE])
{
    const char point = language == REPORT_FRENCH ? ',' : '.';
    const char *sign = value < 0 ? "-" : "";
    const uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    out[0] = '\0';
    if (value == REPORT_NOTHING)
        return;
    switch (kind) {
    case REPORT_COUNT:
        snprintf(out, REPORT_CELL_SIZE, "%s%" PRIu64, sign, size);
        return;
    case REPORT_TENTHS:
    case REPORT_PERCENT:
        snprintf(out, REPORT_CELL_SIZE, "%s%" PRIu64 "%c%" PRIu64, sign, size / 10, point,
                 size % 10);
        return;
    case REPORT_MONEY:
        snprintf(out, REPORT_CELL_SIZE, "%s%" PRIu64 "%c%02" PRIu64, sign, size / 100, point,
                 size % 100);
        return;
    }
}
