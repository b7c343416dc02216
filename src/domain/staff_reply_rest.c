/* staff_reply_rest.c - people believe that they answered: what was not taken up is asked about. */
#include "domain/staff_reply_rest.h"

#include "domain/staff_reply_amount.h"
#include "domain/staff_reply_number.h"

#define PHRASE_WORDS  4
#define PHONE_NUMBERS 4 /* so many numbers in a row, "06 11 22 33 44", are none of ours */

static bool is_taken(const struct staff_reply *reply, const struct staff_reply_number *number)
{
    for (size_t i = 0; i < reply->n; i++) {
        if (reply_number_listed(reply->list[i].numbers, reply->list[i].n, number))
            return true;
    }
    return false;
}

static bool is_of_phone(const struct reply_text *t, size_t at)
{
    size_t first = at, last = at;

    while (first > 0 && t->tokens[first - 1].is_number)
        first--;
    while (last + 1 < t->n && t->tokens[last + 1].is_number)
        last++;
    return last - first + 1 >= PHONE_NUMBERS;
}

/* Where there is no command, a number that is settled may be meant as well. */
static bool may_be_meant(const struct staff_reply_context *context, const struct staff_reply *reply,
                         const struct staff_reply_number *number)
{
    return reply->n ? reply_number_listed(context->waiting, context->n_waiting, number)
                    : reply_number_listed(context->known, context->n_known, number);
}

/* What no command took. */
struct left {
    const struct reply_text *t;
    const bool *rest;
    const struct staff_reply_context *context;
    const struct reply_book *book;
    const struct staff_reply *reply;
};

static bool waits(const struct left *l, size_t at)
{
    const struct staff_reply_number number = { .id = l->t->tokens[at].number };

    return reply_number_listed(l->context->waiting, l->context->n_waiting, &number);
}

/* "elle doit 57,58" is an amount, unless both are asked about anyway. */
static bool is_of_amount(const struct left *l, size_t at)
{
    size_t first;

    switch (reply_pair_at(l->t, at, l->context, l->book, &first)) {
    case REPLY_PAIR_NONE:
        return false;
    case REPLY_PAIR_NUMBERS:
        return !waits(l, first) || !waits(l, first + 1);
    case REPLY_PAIR_AMOUNT:
    case REPLY_PAIR_EITHER:
        break;
    }
    return true;
}

/* The word that ends before `at`; returns its first token, `at`: there is none. */
static size_t word_before(const struct left *l, size_t at, struct reply_meaning *out)
{
    for (size_t n = 1; n <= PHRASE_WORDS && n <= at; n++) {
        if (reply_book_find(l->book, l->t, at - n, out) == n)
            return at - n;
    }
    return at;
}

/* "et 75 ok", ", absent 75": as a command would be written, but for the number. */
static bool is_beside_word(const struct left *l, size_t at, size_t n)
{
    static const char *const joins[] = { "et", "and", "mais", "but", NULL };
    const struct reply_text *t = l->t;
    const bool ends = at + n == t->n || t->tokens[at + n].before >= REPLY_DOT;
    struct reply_meaning meaning;
    size_t begin = at;

    if (ends ? (begin = word_before(l, at, &meaning)) == at
             : !reply_book_find(l->book, t, at + n, &meaning))
        return false;
    return meaning.verb == STAFF_REPLY_RESULT &&
           (t->tokens[begin].before >= REPLY_COMMA ||
            (begin && reply_word_of(t, begin - 1, joins) != SIZE_MAX));
}

/* Numbers that were meant, or `strange` ones: nobody's here, and yet meant as it seems. */
static void find_numbers(const struct left *l, bool strange, struct staff_reply_command *c)
{
    struct staff_reply_number number;

    for (size_t at = 0, n; at < l->t->n && c->n < STAFF_REPLY_NUMBERS_MAX; at += n ? n : 1) {
        n = l->rest[at] && !is_of_amount(l, at) ? reply_number_at(l->t, at, &number) : 0;
        if (!n || is_of_phone(l->t, at) || reply_unit_at(l->t, at + n) ||
            is_taken(l->reply, &number) || reply_number_listed(c->numbers, c->n, &number))
            continue;
        if (strange ? !reply_number_listed(l->context->known, l->context->n_known, &number) &&
                          is_beside_word(l, at, n)
                    : may_be_meant(l->context, l->reply, &number))
            c->numbers[c->n++] = number;
    }
}

/* One that is but for a letter only where it has the line to itself: elsewhere it is any word. */
static bool is_near_word(const struct reply_text *t, size_t at, const struct reply_book *book)
{
    struct reply_meaning meaning;
    bool several;
    size_t n;

    if (t->tokens[at].before < REPLY_LINE)
        return false;
    n = reply_book_find_near(book, t, at, &meaning, &several);
    return n && (at + n == t->n || t->tokens[at + n].before >= REPLY_LINE);
}

static bool has_word(const struct reply_text *t, const struct reply_book *book)
{
    struct reply_meaning meaning;

    for (size_t at = 0; at < t->n; at++) {
        if (reply_book_find(book, t, at, &meaning) || is_near_word(t, at, book))
            return true;
    }
    return false;
}

/* "OK TOUT sauf 58": all of what? */
static bool doubt_all(struct staff_reply *reply)
{
    bool doubted = false;

    for (size_t i = 0; i < reply->n; i++) {
        struct staff_reply_command *c = &reply->list[i];
        if (c->all && !c->fault)
            c->fault = STAFF_REPLY_NO_NUMBER;
        doubted |= c->all;
    }
    return doubted;
}

static void add(struct staff_reply *out, struct staff_reply_command *c,
                enum staff_reply_fault fault)
{
    if (out->n == STAFF_REPLY_COMMANDS_MAX) {
        out->cut = true;
        return;
    }
    c->fault = fault;
    out->list[out->n++] = *c;
}

void staff_reply_ask_rest(const struct reply_text *t, const bool *rest,
                          const struct staff_reply_context *context, const struct reply_book *book,
                          struct staff_reply *out)
{
    const struct left l = { t, rest, context, book, out };
    struct staff_reply_command c = { .outcome = SIZE_MAX, .note = "" }, strange = c;

    find_numbers(&l, false, &c);
    if (out->n)
        find_numbers(&l, true, &strange);
    if (c.n && doubt_all(out))
        return;
    out->sure |= c.n > 0;
    if (c.n)
        add(out, &c, STAFF_REPLY_NO_WORD);
    else if (!out->n && has_word(t, book))
        add(out, &c, STAFF_REPLY_NO_NUMBER);
    if (strange.n)
        add(out, &strange, STAFF_REPLY_STRANGE);
}
