/* staff_reply_amount.c - what stands around two numbers, and whose they are, says what they are. */
#include "domain/staff_reply_amount.h"

#include <string.h>

#include "domain/staff_reply_number.h"

#define CENTS_DIGITS  2 /* behind the sign, at most */
#define AMOUNT_DIGITS 3 /* before it, where nothing says that it is an amount */
#define PHRASE_WORDS  4

static const struct reply_token *token(const struct reply_text *t, size_t at)
{
    static const struct reply_token none = { .before = REPLY_BLANK };

    return at < t->n ? &t->tokens[at] : &none;
}

/* "57,58" and, as long as it can be no date and no hour, "57/58" and "57.58". */
static bool are_together(const struct reply_text *t, size_t at)
{
    const struct reply_token *a = token(t, at), *b = token(t, at + 1);

    return a->is_number && b->is_number && b->from == a->to + 1 && b->digits <= CENTS_DIGITS &&
           strchr(",./", t->text[a->to]);
}

/* More than two of them are a list. */
static bool find_pair(const struct reply_text *t, size_t at, size_t *first)
{
    if (are_together(t, at))
        *first = at;
    else if (at && are_together(t, at - 1))
        *first = at - 1;
    else
        return false;
    return !are_together(t, *first + 1) && !(*first && are_together(t, *first - 1));
}

/* "57,58€", "$57,58", "57,58 euros". */
static bool has_currency(const struct reply_text *t, size_t first)
{
    static const char *const signs[] = { "€", "$", "£", "%", NULL };
    const size_t from = t->tokens[first].from, to = t->tokens[first + 1].to;
    size_t end = to;

    if (token(t, first + 2)->before <= REPLY_SPACE && reply_unit_at(t, first + 2))
        return true;
    while (end < t->len && t->text[end] == ' ')
        end++;
    for (size_t i = 0; signs[i]; i++) {
        const size_t n = strlen(signs[i]);

        if (t->len - end >= n && memcmp(t->text + end, signs[i], n) == 0)
            return true;
        if (from >= n && memcmp(t->text + from - n, signs[i], n) == 0)
            return true;
    }
    return false;
}

/* Its last word stands before `at`: "commande prise", "total". */
static bool is_word_of_order(const struct reply_text *t, size_t at,
                             const struct staff_reply_context *context,
                             const struct reply_book *book)
{
    static const char *const words[] = { "commande", "order", "total",   "montant", "facture",
                                         "devis",    "prix",  "solde",   "amount",  "invoice",
                                         "price",    "quote", "balance", NULL };
    struct reply_meaning meaning;

    if (!at)
        return false;
    if (reply_word_of(t, at - 1, words) != SIZE_MAX)
        return true;
    for (size_t n = 1; n <= PHRASE_WORDS && n <= at; n++) {
        if (reply_book_find(book, t, at - n, &meaning) == n)
            return meaning.verb == STAFF_REPLY_RESULT && meaning.outcome != SIZE_MAX &&
                   context->outcomes[meaning.outcome].order;
    }
    return false;
}

static bool is_known(const struct staff_reply_context *context, const struct reply_token *t)
{
    const struct staff_reply_number number = { .id = t->number };

    return reply_number_listed(context->known, context->n_known, &number);
}

static bool waits(const struct staff_reply_context *context, const struct reply_token *t)
{
    const struct staff_reply_number number = { .id = t->number };

    return reply_number_listed(context->waiting, context->n_waiting, &number);
}

enum reply_pair reply_pair_at(const struct reply_text *t, size_t at,
                              const struct staff_reply_context *context,
                              const struct reply_book *book, size_t *first)
{
    const struct reply_token *a, *b;
    size_t before;
    bool mine, both, behind_number;

    if (!find_pair(t, at, first))
        return REPLY_PAIR_NONE;
    before = *first;
    a = token(t, before);
    b = token(t, before + 1);
    mine = is_known(context, a) || is_known(context, b);
    both = is_known(context, a) && is_known(context, b);
    behind_number = before && t->tokens[before - 1].is_number && a->before < REPLY_COMMA;
    if (has_currency(t, before))
        return REPLY_PAIR_AMOUNT;
    if (!mine)
        return a->digits <= AMOUNT_DIGITS ? REPLY_PAIR_AMOUNT : REPLY_PAIR_NUMBERS;
    if (behind_number && is_word_of_order(t, before - 1, context, book))
        return REPLY_PAIR_AMOUNT; /* "commande 1234 57,58" */
    if (is_word_of_order(t, before, context, book))
        return before > 1 && t->tokens[before - 2].is_number ? REPLY_PAIR_AMOUNT
                                                             : REPLY_PAIR_EITHER;
    if (both)
        return REPLY_PAIR_NUMBERS;
    if (behind_number && !waits(context, a) && !waits(context, b))
        return REPLY_PAIR_AMOUNT;
    return behind_number || t->text[a->to] != ',' ? REPLY_PAIR_EITHER : REPLY_PAIR_NUMBERS;
}
