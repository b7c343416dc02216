/* made_up_report.c - see made_up_report.h. */
#include "tests/support/made_up_report.h"

#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const people[] = {
    "Anna Petit",     "Bruno Lefèvre",   "Chloé Martin", "David N'Guyen", "Élise Dubois",
    "François Morel", "Gaëlle Rousseau", "Hugo Bernard", "Inès Garcia",   "Jérôme Fontaine",
};
static const char *const outcomes[][3] = {
    { "reached", "joint", "reached" },
    { "no_answer", "pas de réponse", "no answer" },
    { "call_back", "à rappeler", "call back" },
    { "refused", "pas intéressé", "not interested" },
    { "order_taken", "commande prise", "order taken" },
    { "wrong_number", "mauvais numéro", "wrong number" },
};

static void fill(struct made_up_report *m, size_t i, enum report_by by)
{
    struct report_row *row = &m->rows[i];
    struct report_figures *f = &row->figures;
    const struct civil first = { .year = 2026, .month = 11, .day = 2 };
    const struct civil day = report_day_after(&first, (int)i);

    row->key = by == REPORT_BY_DAY    ? day.year * 10000 + day.month * 100 + day.day
               : by == REPORT_BY_WEEK ? 202640 + (int64_t)i
                                      : (int64_t)i + 1;
    snprintf(m->names[i], sizeof(m->names[i]), i < COUNT(people) ? "%s" : "%s (%zu)",
             people[i % COUNT(people)], i);
    snprintf(m->codes[i], sizeof(m->codes[i]), "code%zu", i);
    row->name = m->names[i];
    row->code = m->codes[i];
    f->on_time = 40 + i * 37 % 60;
    f->late = i * 7 % 13;
    f->missed = i * 11 % 9;
    f->open = i * 3 % 5;
    f->done = f->on_time + f->late;
    f->planned = f->done + f->missed + f->open;
    f->answer_s = f->done * (5400 + i * 977 % 9000);
    f->unplanned = i % 4;
    f->orders = f->on_time / 5;
    f->order_cents = (int64_t)f->orders * 4990;
    row->outcomes[0] = f->done * 45 / 100;
    row->outcomes[1] = f->done * 25 / 100;
    row->outcomes[2] = f->done / 10;
    row->outcomes[3] = f->done / 20;
    row->outcomes[5] = i % 3 == 0;
    row->outcomes[4] = f->done - row->outcomes[0] - row->outcomes[1] - row->outcomes[2] -
                       row->outcomes[3] - row->outcomes[5];
    f->reached = f->done - row->outcomes[1] - row->outcomes[5];
    report_figures_add(&m->report.total.figures, f);
    for (size_t k = 0; k < COUNT(outcomes); k++)
        m->report.total.outcomes[k] += row->outcomes[k];
}

void made_up_report(struct made_up_report *m, enum report_by by, enum report_language language,
                    size_t n)
{
    memset(m, 0, sizeof(*m));
    m->report = (struct report){
        .by = by,
        .language = language,
        .from = { .year = 2026, .month = 11, .day = 1 },
        .to = { .year = 2026, .month = 11, .day = 30 },
        .made_at = { .year = 2026, .month = 12, .day = 1, .hour = 7, .minute = 0 },
        .order_days = 7,
        .currency = "EUR",
        .rows = m->rows,
        .n = n,
        .n_outcomes = COUNT(outcomes),
    };
    for (size_t k = 0; k < COUNT(outcomes); k++) {
        m->report.outcomes[k].id = (unsigned)k + 1;
        m->report.outcomes[k].code = outcomes[k][0];
        m->report.outcomes[k].label = outcomes[k][1 + language];
    }
    for (size_t i = 0; i < n; i++)
        fill(m, i, by);
}
