/* report_summary.c - what the figures of a report say, in two or three sentences. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "domain/report.h"

/* What is said of none, of one, and of more: with the number in place of each %s. NULL: nothing. */
struct phrase {
    const char *none, *one, *more;
};

static const struct summary {
    struct phrase planned, done, on_time, missed, open, reached, orders, unplanned;
} languages[] = {
    [REPORT_FRENCH] = {
        { "Aucun contact n'était prévu", "1 contact était prévu", "%s contacts étaient prévus" },
        { ", aucun n'a été fait", ", 1 a été fait", ", %s ont été faits" },
        { " et aucun à l'heure", " et 1 à l'heure", " et %s à l'heure" },
        { "Aucun n'a été manqué", "1 a été manqué", "%s ont été manqués" },
        { NULL, ", 1 est encore en cours", ", %s sont encore en cours" },
        { "Aucun client n'a été joint", "1 fois, le client a été joint",
          "%s fois, le client a été joint" },
        { "\xc2\xa0; aucune commande n'a suivi", "\xc2\xa0; 1 commande a suivi",
          "\xc2\xa0; %s commandes ont suivi" },
        { NULL, "S'y ajoute 1 contact que personne n'avait prévu",
          "S'y ajoutent %s contacts que personne n'avait prévus" },
    },
    [REPORT_ENGLISH] = {
        { "No contact was planned", "1 contact was planned", "%s contacts were planned" },
        { ", none was done", ", 1 was done", ", %s were done" },
        { " and none on time", " and 1 on time", " and %s on time" },
        { "None was missed", "1 was missed", "%s were missed" },
        { NULL, ", 1 is still open", ", %s are still open" },
        { "No customer was reached", "Once, the customer was reached",
          "%s times, the customer was reached" },
        { "; no order followed", "; 1 order followed", "; %s orders followed" },
        { NULL, "On top of that comes 1 contact that nobody had planned",
          "On top of that come %s contacts that nobody had planned" },
    },
};

static void say(struct buffer *out, const struct report *r, const struct phrase *phrase, uint64_t n)
{
    const char *text = n == 0 ? phrase->none : n == 1 ? phrase->one : phrase->more;
    const char *mark = text ? strstr(text, "%s") : NULL;
    char number[REPORT_CELL_SIZE];

    if (!text)
        return;
    if (!mark) {
        buffer_add_text(out, text);
        return;
    }
    report_say(REPORT_COUNT, (int64_t)n, r->language, number);
    buffer_add(out, text, (size_t)(mark - text));
    buffer_printf(out, "%s%s", number, mark + 2);
}

/* " (92,8 %)"; nothing of a share of none. */
static void say_also(struct buffer *out, const struct report *r, const char *column)
{
    const struct report_column *c = report_column_named(column);
    char number[REPORT_CELL_SIZE];

    report_say(c->kind, c->value(&r->total.figures), r->language, number);
    if (*number)
        buffer_printf(out, " (%s%s%s)", number, c->kind == REPORT_MONEY ? "\xc2\xa0" : "",
                      c->kind == REPORT_MONEY ? report_currency_sign(r) : "");
}

void report_summary(const struct report *r, char out[REPORT_SUMMARY_SIZE])
{
    const struct summary *w = &languages[r->language];
    const struct report_figures *f = &r->total.figures;
    struct buffer text;

    buffer_init(&text, REPORT_SUMMARY_SIZE - 1);
    say(&text, r, &w->planned, f->planned);
    if (f->planned) {
        say(&text, r, &w->done, f->done);
        if (f->done) {
            say_also(&text, r, "done_percent");
            say(&text, r, &w->on_time, f->on_time);
            say_also(&text, r, "on_time_percent");
        }
        buffer_add_text(&text, ". ");
        say(&text, r, &w->missed, f->missed);
        say(&text, r, &w->open, f->open);
    }
    buffer_add_text(&text, ".");
    if (f->done) {
        buffer_add_text(&text, " ");
        say(&text, r, &w->reached, f->reached);
        say(&text, r, &w->orders, f->orders);
        if (f->orders)
            say_also(&text, r, "order_cents");
        buffer_add_text(&text, ".");
    }
    if (f->unplanned) {
        buffer_add_text(&text, " ");
        say(&text, r, &w->unplanned, f->unplanned);
        buffer_add_text(&text, ".");
    }
    snprintf(out, REPORT_SUMMARY_SIZE, "%s", buffer_text(&text));
    buffer_close(&text);
}
