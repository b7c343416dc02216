/* staff_reply_rest.c - people believe that they answered: what was not taken up is asked about. */
#include "domain/staff_reply_rest.h"

#include "domain/staff_reply_number.h"

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

static void find_numbers(const struct reply_text *t, const bool *rest,
                         const struct staff_reply_context *context, const struct staff_reply *reply,
                         struct staff_reply_command *c)
{
    struct staff_reply_number number;

    for (size_t at = 0, n; at < t->n && c->n < STAFF_REPLY_NUMBERS_MAX; at += n ? n : 1) {
        n = rest[at] ? reply_number_at(t, at, &number) : 0;
        if (n && may_be_meant(context, reply, &number) && !is_of_phone(t, at) &&
            !reply_unit_at(t, at + n) && !is_taken(reply, &number) &&
            !reply_number_listed(c->numbers, c->n, &number))
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

void staff_reply_ask_rest(const struct reply_text *t, const bool *rest,
                          const struct staff_reply_context *context, const struct reply_book *book,
                          struct staff_reply *out)
{
    struct staff_reply_command c = { .outcome = SIZE_MAX, .note = "" };

    find_numbers(t, rest, context, out, &c);
    if (c.n && doubt_all(out))
        return;
    if (!c.n && (out->n || !has_word(t, book)))
        return;
    if (out->n == STAFF_REPLY_COMMANDS_MAX) {
        out->cut = true;
        return;
    }
    c.fault = c.n ? STAFF_REPLY_NO_WORD : STAFF_REPLY_NO_NUMBER;
    out->sure |= c.n > 0;
    out->list[out->n++] = c;
}
