/* staff_reply_number.c - which of the numbers of a text may be one of a task, or of an alert. */
#include "domain/staff_reply_number.h"

#include <string.h>

#define DIGITS_MAX 18

static bool is_of_date(enum reply_sign sign)
{
    return sign == REPLY_SLASH || sign == REPLY_DASH || sign == REPLY_COLON || sign == REPLY_DOT;
}

bool reply_unit_at(const struct reply_text *t, size_t at)
{
    static const char *const units[] = { "h",   "h00", "heure", "heures", "min",
                                         "mn",  "am",  "pm",    "er",     "e",
                                         "eme", "j",   "jours", "hours",  "days",
                                         "d",   "kg",  "eur",   "euros",  NULL };

    return reply_word_of(t, at, units) != SIZE_MAX;
}

/* "3/12", "14.30", and "12:75", which is none. */
static bool is_date_or_hour(const struct reply_token *a, const struct reply_token *b)
{
    const bool may_be_date = a->number <= 31 && b->number <= 31;
    const bool may_be_hour = a->number <= 24 && b->number <= 59;

    if (b->before == REPLY_SLASH)
        return may_be_date;
    return b->before != REPLY_DOT || may_be_date || may_be_hour;
}

static bool is_year(const struct reply_token *t)
{
    return t->number >= 2000 && t->number <= 2999;
}

/* "14h", "12/12", "14:30", "3pm" are none of ours. "57,58" may be: staff_reply_amount.h. */
static bool is_of_another(const struct reply_text *t, size_t at)
{
    const struct reply_token *me = &t->tokens[at];
    const struct reply_token *last = at ? &t->tokens[at - 1] : NULL;
    const struct reply_token *next = at + 1 < t->n ? &t->tokens[at + 1] : NULL;

    if (last && last->is_number && me->digits <= 2 && is_of_date(me->before))
        return last->digits > 2 ? is_year(last) : is_date_or_hour(last, me);
    if (!next)
        return false;
    if (next->is_number && is_of_date(next->before))
        return next->digits <= 2 && (me->digits <= 2 ? is_date_or_hour(me, next)
                                                     : is_year(me) && next->before == REPLY_DASH);
    return next->before == REPLY_GLUED && me->digits <= 4 && reply_unit_at(t, at + 1);
}

size_t reply_number_at(const struct reply_text *t, size_t at, struct staff_reply_number *out)
{
    const bool alert = at + 1 < t->n && strcmp(t->tokens[at].word, "a") == 0 &&
                       t->tokens[at + 1].is_number && t->tokens[at + 1].before == REPLY_GLUED;
    const size_t i = at + alert;

    if (i >= t->n || !t->tokens[i].is_number || t->tokens[i].digits > DIGITS_MAX ||
        t->tokens[i].number == 0 || is_of_another(t, i))
        return 0;
    *out = (struct staff_reply_number){ alert, t->tokens[i].number };
    return 1 + alert;
}

size_t staff_reply_numbers(const char *text, struct staff_reply_number *out, size_t max)
{
    struct reply_text t;
    size_t n = 0;

    reply_text_read(&t, text, strlen(text));
    for (size_t at = 0; at < t.n && n < max;) {
        size_t tokens = reply_number_at(&t, at, &out[n]);

        n += tokens > 0;
        at += tokens ? tokens : 1;
    }
    return n;
}

bool reply_number_listed(const struct staff_reply_number *list, size_t n,
                         const struct staff_reply_number *number)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i].alert == number->alert && list[i].id == number->id)
            return true;
    }
    return false;
}
