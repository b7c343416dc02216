/* occasion_words.c - dates, windows and sums for a text message: short, and in plain letters. */
#include "domain/occasion_words.h"

#include <stdio.h>
#include <string.h>

#include "domain/local_time.h"

static void write_window(const struct order_values *o, struct local_zone *zone,
                         struct order_words *out)
{
    const struct civil from = local_zone_civil(zone, o->window_from);
    struct civil to;

    snprintf(out->window, sizeof(out->window), "%02d:%02d", from.hour, from.minute);
    if (!o->window_to || o->window_to <= o->window_from)
        return;
    to = local_zone_civil(zone, o->window_to);
    snprintf(out->window, sizeof(out->window), "%02d:%02d-%02d:%02d", from.hour, from.minute,
             to.hour, to.minute);
}

/* "49,90 €", "49.90 €"; the euro sign is in the alphabet of SMS, those of other currencies mostly
 * not. */
static void write_amount(const struct order_values *o, bool english, struct order_words *out)
{
    snprintf(out->amount, sizeof(out->amount), "%lld%c%02lld %s", (long long)(o->cents / 100),
             english ? '.' : ',', (long long)(o->cents % 100),
             strcmp(o->currency, "EUR") == 0 ? "€" : o->currency);
}

void order_words_fill(const struct order_values *o, const char *language, struct local_zone *zone,
                      struct order_words *out)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    const bool english = strcmp(language, "en") == 0;

    *out = (struct order_words){ .number = "" };
    snprintf(out->number, sizeof(out->number), "%s", o->number);
    snprintf(out->invoice, sizeof(out->invoice), "%s", o->invoice ? o->invoice : "");
    if (o->window_from) {
        const struct civil day = local_zone_civil(zone, o->window_from);
        if (english)
            snprintf(out->date, sizeof(out->date), "%d %s %d", day.day, months[day.month - 1],
                     day.year);
        else
            snprintf(out->date, sizeof(out->date), "%02d/%02d/%04d", day.day, day.month, day.year);
        write_window(o, zone, out);
    }
    if (o->cents > 0)
        write_amount(o, english, out);
}

void order_words_use(const struct order_words *words, const char *values[TEMPLATE_FIELD_COUNT])
{
    values[TEMPLATE_ORDER_NUMBER] = words->number;
    values[TEMPLATE_DELIVERY_DATE] = words->date;
    values[TEMPLATE_DELIVERY_WINDOW] = words->window;
    values[TEMPLATE_AMOUNT] = words->amount;
    values[TEMPLATE_INVOICE_NUMBER] = words->invoice;
}
