/*
 * staff_reply.c - a text is read command by command: a head (word and numbers, in either order),
 * what the word needs (a time, a person), and a note up to where the next command begins.
 */
#include "domain/staff_reply.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/staff_reply_amount.h"
#include "domain/staff_reply_number.h"
#include "domain/staff_reply_rest.h"

#define SHORT_NUMBER_MAX  2 /* digits: "5 palettes" */
#define SHORT_NUMBERS     100
#define SHORT_NUMBER_FROM 10 /* "2 refus" are two, "75 ok" is a contact */

struct parsing {
    const struct reply_text *t;
    const struct staff_reply_context *context;
    const struct reply_book *book;
    struct staff_reply *out;
    bool *rest; /* of each token: no command took it, or as its note alone */
};

/* The beginning of a command. */
struct head {
    bool has_word, exact, near_several;
    struct reply_meaning meaning;
    size_t word_at, word_n;
    bool numbers_known; /* the first of them is somebody's */
    size_t end;
};

static const char *const courtesy[] = { "bonjour", "bonsoir", "salut", "hello",  "hi",
                                        "svp",     "stp",     "merci", "please", "thanks",
                                        "donc",    "alors",   NULL };
/* They say nothing as long as a word or a number is missing. */
static const char *const fillers[] = {
    "n",      "no",      "nr",      "numero",  "num",        "number",  "le",       "la",
    "les",    "the",     "tache",   "task",    "contact",    "client",  "cliente",  "customer",
    "alerte", "alert",   "est",     "is",      "c",          "pour",    "for",      "mis",
    "en",     "dossier", "j",       "ai",      "l",          "appele",  "appelee",  "called",
    "rang",   "tried",   "en fait", "au fait", "finalement", "in fact", "actually", NULL
};
/* "J'ai pas joint 47", "je passe 47 à bruno". */
static const char *const openings[] = { "j", "je", "l", "ai", NULL };
/* "Et la 58 ok". */
static const char *const articles[] = { "le", "la", "les", "pour", "for", NULL };
static const char *const negations[] = { "pas", "non", "not", "jamais", "never", "no", NULL };
static const char *const exceptions[] = { "sauf", "hors", "hormis", "except", "but", NULL };
static const char *const next_contact[] = {
    "prochain", "prochaine", "prochain contact", "next", "next contact", "puis", "then", NULL
};

static bool is_word(const struct reply_text *t, size_t at, const char *word)
{
    return at < t->n && strcmp(t->tokens[at].word, word) == 0;
}

static bool is_new_line(const struct reply_text *t, size_t at)
{
    return at >= t->n || t->tokens[at].before >= REPLY_SEMICOLON;
}

/* --- numbers --- */

static bool is_known(const struct parsing *p, const struct staff_reply_number *number)
{
    return reply_number_listed(p->context->known, p->context->n_known, number);
}

static void add_number(struct parsing *p, struct staff_reply_command *c,
                       const struct staff_reply_number *number)
{
    if (reply_number_listed(c->numbers, c->n, number))
        return;
    if (c->n < STAFF_REPLY_NUMBERS_MAX)
        c->numbers[c->n++] = *number;
    else
        p->out->cut = true;
}

/* The number of a task or an alert, and no part of an amount. */
static size_t number_at(const struct parsing *p, size_t at, struct staff_reply_number *out)
{
    size_t first;

    if (reply_pair_at(p->t, at, p->context, p->book, &first) == REPLY_PAIR_AMOUNT)
        return 0;
    return reply_number_at(p->t, at, out);
}

/* "57,58" that may be an amount as well is asked about. */
static void doubt_pair(const struct parsing *p, size_t at, struct staff_reply_command *c)
{
    const struct reply_token *t = p->t->tokens;
    size_t first;

    if (reply_pair_at(p->t, at, p->context, p->book, &first) != REPLY_PAIR_EITHER)
        return;
    c->fault = STAFF_REPLY_AMOUNT;
    snprintf(c->words[0], sizeof(c->words[0]), "%.*s", (int)(t[first + 1].to - t[first].from),
             p->t->text + t[first].from);
}

/* Words between numbers: "1234 et 1235". */
static bool is_and(const struct reply_text *t, size_t at)
{
    static const char *const words[] = { "et", "and", NULL };

    return reply_word_of(t, at, words) != SIZE_MAX;
}

/* ... and between commands: "57 absent et 58 ok". */
static bool is_join(const struct reply_text *t, size_t at)
{
    static const char *const words[] = { "et",   "and",  "mais", "but", "puis",
                                         "then", "donc", "so",   NULL };

    return reply_word_of(t, at, words) != SIZE_MAX;
}

/* Nothing but numbers from here to the end of the line. */
static bool numbers_end_line(const struct parsing *p, size_t at)
{
    const struct reply_text *t = p->t;

    while (at < t->n && !is_new_line(t, at)) {
        struct staff_reply_number number;
        size_t tokens = number_at(p, at, &number);

        if (!tokens && !is_and(t, at))
            return false;
        at += tokens ? tokens : 1;
    }
    return true;
}

static bool read_head(struct parsing *p, size_t at, struct staff_reply_command *c, struct head *h);

/* "OK 57 et 58 absent": what joins the second has a word of its own behind it, and no more. */
static bool has_own_word(struct parsing *p, size_t at, const struct head *of)
{
    struct staff_reply_command c = { .n = 0 };
    struct head h;

    return of->has_word && read_head(p, at, &c, &h) && h.has_word && h.exact && h.numbers_known &&
           (h.meaning.verb != of->meaning.verb || h.meaning.outcome != of->meaning.outcome) &&
           (h.end >= p->t->n || p->t->tokens[h.end].before > REPLY_SPACE || is_join(p->t, h.end));
}

/* "57 58 fait": a word of the book right behind. */
static bool stands_before_word(const struct parsing *p, size_t at)
{
    struct reply_meaning meaning;

    return !is_new_line(p->t, at) && reply_book_find(p->book, p->t, at, &meaning);
}

/* The first number, and those that follow it and cannot be meant otherwise. */
static size_t take_numbers(struct parsing *p, size_t at, struct staff_reply_command *c,
                           const struct head *h)
{
    const struct reply_text *t = p->t;
    struct staff_reply_number number;
    size_t tokens = number_at(p, at, &number);

    if (!tokens)
        return at;
    doubt_pair(p, at, c);
    add_number(p, c, &number);
    at += tokens;
    while (!is_new_line(t, at)) {
        const size_t joined = is_and(t, at);
        const bool listed = joined || t->tokens[at].before >= REPLY_DASH;
        bool last;

        tokens = number_at(p, at + joined, &number);
        if (!tokens)
            break;
        last = numbers_end_line(p, at) || (!h->has_word && is_known(p, &number) &&
                                           stands_before_word(p, at + joined + tokens));
        if ((!last && !is_known(p, &number)) || (joined && has_own_word(p, at + joined, h)))
            break;
        if (!last && !listed && !number.alert &&
            t->tokens[at + joined].digits <= SHORT_NUMBER_MAX) {
            c->fault = STAFF_REPLY_NUMBERS;
            snprintf(c->words[1], sizeof(c->words[1]), "%.23s", t->tokens[at + joined].word);
        }
        doubt_pair(p, at + joined, c);
        add_number(p, c, &number);
        at += joined + tokens;
    }
    return at;
}

/* --- the head --- */

/* A word that is one of the book's but for a letter stands for it only beside a number. */
static bool take_word(const struct parsing *p, size_t *at, bool may_be_near, struct head *h)
{
    size_t n = reply_book_find(p->book, p->t, *at, &h->meaning);
    bool several = false;

    h->exact = n > 0;
    if (!n && may_be_near)
        n = reply_book_find_near(p->book, p->t, *at, &h->meaning, &several);
    if (!n)
        return false;
    h->has_word = true;
    h->near_several = several;
    h->word_at = *at;
    h->word_n = n;
    *at += n;
    return true;
}

static bool take_all(const struct parsing *p, size_t *at, struct staff_reply_command *c)
{
    const size_t n = reply_phrase_of(p->t, *at, reply_all_words);

    c->all |= n > 0;
    *at += n;
    return n > 0;
}

static bool is_opening(const struct reply_text *t, size_t at)
{
    return is_join(t, at) || reply_word_of(t, at, courtesy) != SIZE_MAX ||
           reply_word_of(t, at, openings) != SIZE_MAX;
}

/* "OK OK 57". */
static size_t again(const struct parsing *p, size_t at, const struct head *h)
{
    struct reply_meaning meaning;
    const size_t n = h->exact ? reply_book_find(p->book, p->t, at, &meaning) : 0;

    return n && meaning.verb == h->meaning.verb && meaning.outcome == h->meaning.outcome ? n : 0;
}

static size_t filler_at(const struct reply_text *t, size_t at)
{
    if (is_word(t, at, "no") && (at + 1 >= t->n || !t->tokens[at + 1].is_number))
        return 0; /* "no order" */
    return reply_phrase_of(t, at, fillers);
}

/* Word and numbers, in either order. False: there is neither. */
static bool read_head(struct parsing *p, size_t at, struct staff_reply_command *c, struct head *h)
{
    const struct reply_text *t = p->t;
    size_t first;

    *h = (struct head){ .end = at };
    while (at < t->n && is_opening(t, at) && !reply_book_find(p->book, t, at, &h->meaning))
        at++;
    first = at;
    while (at < t->n && (at == first || !is_new_line(t, at))) {
        const bool about = c->n > 0 || c->all;
        const size_t from = at;

        if (!about) {
            at = take_numbers(p, at, c, h);
            if (at == from && take_all(p, &at, c) && h->has_word)
                break;
        }
        if (at == from && !h->has_word)
            take_word(p, &at, true, h);
        else if (at == from && !about)
            at += again(p, at, h);
        if (at == from && !(about && h->has_word))
            at += filler_at(t, at);
        if (at == from || (h->has_word && (c->n || c->all)))
            break;
        if (at > from && !filler_at(t, from))
            h->end = at;
    }
    if (h->has_word && (c->n || c->all))
        h->end = at;
    h->numbers_known = c->n && is_known(p, &c->numbers[0]);
    return h->has_word || c->n || c->all;
}

static bool begins_command(struct parsing *p, size_t at, bool needs_known);

/* "57 absent et 9999 ok": a number that is nobody's here, and nothing behind that would be a note.
 * Short ones are counted things: "2 refus". */
static bool is_slip(struct parsing *p, const struct staff_reply_command *c, size_t end)
{
    if (!c->numbers[0].alert && c->numbers[0].id < SHORT_NUMBERS)
        return false;
    while (!is_new_line(p->t, end) && reply_word_of(p->t, end, courtesy) != SIZE_MAX)
        end++;
    return is_new_line(p->t, end) || begins_command(p, end, true);
}

/* Whether a whole command begins there, so that what stands before it is over. */
static bool begins_command(struct parsing *p, size_t at, bool needs_known)
{
    struct staff_reply_command c = { .n = 0 };
    struct staff_reply_number number;
    struct head h;

    at += is_join(p->t, at);
    if (reply_word_of(p->t, at, articles) != SIZE_MAX && number_at(p, at + 1, &number) &&
        is_known(p, &number))
        at++;
    if (!read_head(p, at, &c, &h) || !h.has_word || !h.exact || !(c.n || c.all))
        return false;
    /* It begins with what makes it one. */
    if (!number_at(p, at, &number) && h.word_at != at)
        return false;
    return !needs_known || (c.n && (h.numbers_known || is_slip(p, &c, h.end)));
}

/* --- what a word needs --- */

static void set_fault(struct staff_reply_command *c, enum staff_reply_fault fault)
{
    if (!c->fault)
        c->fault = fault;
}

static bool is_over(const struct reply_text *t, size_t at)
{
    while (!is_new_line(t, at) && reply_word_of(t, at, courtesy) != SIZE_MAX)
        at++;
    return is_new_line(t, at);
}

/* "demain 9", and nothing behind: an hour, or what? */
static bool is_bare_number(const struct parsing *p, size_t at)
{
    struct staff_reply_number number;

    return !is_new_line(p->t, at) && p->t->tokens[at].is_number &&
           p->t->tokens[at].digits <= SHORT_NUMBER_MAX && is_over(p->t, at + 1) &&
           !(number_at(p, at, &number) && is_known(p, &number));
}

static void take_time(struct parsing *p, struct staff_reply_command *c, size_t *at, bool span,
                      bool needed)
{
    const struct reply_clock *clock = &p->context->clock;
    enum reply_when when = span ? reply_when_until(p->t, at, clock, &c->at)
                                : reply_when_moment(p->t, at, clock, &c->at);

    switch (when) {
    case REPLY_WHEN_GIVEN:
        if (c->n && is_bare_number(p, *at))
            set_fault(c, STAFF_REPLY_TIME);
        return;
    case REPLY_WHEN_NONE:
        if (needed)
            set_fault(c, STAFF_REPLY_NO_TIME);
        return;
    case REPLY_WHEN_UNCLEAR:
        set_fault(c, STAFF_REPLY_TIME);
        return;
    case REPLY_WHEN_PAST:
        set_fault(c, STAFF_REPLY_PAST);
        return;
    }
}

static void take_person(struct parsing *p, struct staff_reply_command *c, size_t *at)
{
    static const char *const to[] = {
        "a", "to", "vers", "au", "chez", "over to", "la main a", NULL
    };
    bool several = false;
    size_t n;

    *at += reply_phrase_of(p->t, *at, to);
    if (is_new_line(p->t, *at)) {
        set_fault(c, STAFF_REPLY_NO_PERSON);
        return;
    }
    n = reply_person_find(p->context, p->t, *at, &c->staff_id, &several);
    if (!n || several) {
        set_fault(c, several ? STAFF_REPLY_TWO_PERSONS : STAFF_REPLY_NO_PERSON);
        snprintf(c->words[0], sizeof(c->words[0]), "%.23s", p->t->tokens[*at].word);
    }
    *at += n;
}

static void set_two_words(const struct parsing *p, struct staff_reply_command *c, size_t first,
                          size_t second)
{
    if (c->fault)
        return;
    c->fault = STAFF_REPLY_TWO_WORDS;
    snprintf(c->words[0], sizeof(c->words[0]), "%.23s", p->t->tokens[first].word);
    snprintf(c->words[1], sizeof(c->words[1]), "%.23s", p->t->tokens[second].word);
}

/* A word is said once: another one behind it, or a "not", may turn it round. */
static void check_contradiction(struct parsing *p, struct staff_reply_command *c,
                                const struct head *h, size_t at)
{
    struct reply_meaning other;
    size_t n;

    if (is_new_line(p->t, at))
        return;
    n = reply_book_find(p->book, p->t, at, &other);
    if (c->all && reply_word_of(p->t, at, exceptions) != SIZE_MAX)
        set_fault(c, STAFF_REPLY_NO_NUMBER);
    else if (n && other.verb == STAFF_REPLY_RESULT && other.outcome != h->meaning.outcome) {
        set_two_words(p, c, h->word_at, at);
    } else if (!n && c->verb == STAFF_REPLY_RESULT &&
               reply_word_of(p->t, at, negations) != SIZE_MAX && !is_word(p->t, at + 1, "de")) {
        set_fault(c, STAFF_REPLY_NOT);
    }
}

/* "En fait" says nothing of what was done, "sa commande" nothing of what came of the call. */
static bool is_aside(const struct parsing *p, size_t at, const struct staff_reply_outcome *o)
{
    static const char *const before_fait[] = { "en", "au", NULL };
    static const char *const before_noun[] = { "la",   "sa",  "ma",   "cette", "votre", "notre",
                                               "leur", "de",  "the",  "her",   "his",   "their",
                                               "your", "our", "this", NULL };

    return at && !is_new_line(p->t, at) &&
           (o->order ? reply_word_of(p->t, at - 1, before_noun) != SIZE_MAX
                     : is_word(p->t, at, "fait") &&
                           reply_word_of(p->t, at - 1, before_fait) != SIZE_MAX);
}

/* "57 absent et 9999 ok": the word stands with a number of its own. */
static bool is_of_number(const struct parsing *p, size_t at)
{
    return at && p->t->tokens[at - 1].is_number && p->t->tokens[at - 1].number >= SHORT_NUMBER_FROM;
}

/* "Commande annulée" is none; and what somebody wants no more of must not be lost in a note. */
static void check_wish(const struct parsing *p, struct staff_reply_command *c, const struct head *h,
                       size_t at)
{
    static const char *const undone[] = { "annule",    "annulee",  "annules", "annulees", "annuler",
                                          "cancelled", "canceled", "cancels", "cancel",   NULL };
    static const char *const no_more[] = {
        "ne plus", "plus etre", "plus appeler", "plus contacter", "veut plus", "stop", NULL
    };
    const struct staff_reply_outcome *o = &p->context->outcomes[c->outcome];

    if ((o->order || o->needs_time) && reply_word_of(p->t, at, undone) != SIZE_MAX) {
        set_fault(c, STAFF_REPLY_NOT);
    } else if (!o->final && reply_phrase_of(p->t, at, no_more)) {
        set_two_words(p, c, h->word_at, at);
        snprintf(c->words[1], sizeof(c->words[1]), "%s",
                 p->context->clock.english ? "do not contact" : "ne plus contacter");
    }
}

/* Another result in what stands behind: "ok mais absent", "commande, finalement refus". Which of
 * the two counts is for the sender to say. */
static void check_note(const struct parsing *p, struct staff_reply_command *c, const struct head *h,
                       size_t from, size_t to)
{
    static const char *const turns[] = { "mais", "but", "fait", "finalement", "actually", NULL };
    struct reply_meaning other;
    bool several;

    if (c->verb != STAFF_REPLY_RESULT || c->outcome == SIZE_MAX || (c->n && c->numbers[0].alert))
        return;
    for (size_t at = from, n; at < to && !c->fault; at += n ? n : 1) {
        check_wish(p, c, h, at);
        n = reply_book_find(p->book, p->t, at, &other);
        if (!n && at && reply_word_of(p->t, at - 1, turns) != SIZE_MAX)
            n = reply_book_find_near(p->book, p->t, at, &other, &several);
        if (!n || other.verb != STAFF_REPLY_RESULT || other.outcome == SIZE_MAX ||
            other.outcome == c->outcome || is_of_number(p, at) ||
            is_aside(p, at, &p->context->outcomes[other.outcome]))
            continue;
        set_two_words(p, c, h->word_at, at);
    }
}

/* "57 absent, rappel demain 10h": what came of it, and when the next one is. */
static bool take_call_back(struct parsing *p, struct staff_reply_command *c, size_t *at)
{
    size_t next = *at + is_join(p->t, *at), n;
    struct reply_meaning other;
    struct staff_reply_command later = { .n = c->n };

    n = is_new_line(p->t, next) ? 0 : reply_book_find(p->book, p->t, next, &other);
    if (!n || other.verb != STAFF_REPLY_RESULT || other.outcome == SIZE_MAX ||
        !p->context->outcomes[other.outcome].needs_time)
        return false;
    next += n;
    take_time(p, &later, &next, false, false);
    if (!later.at && !later.fault)
        return false;
    c->at = later.at;
    set_fault(c, later.fault);
    *at = next;
    return true;
}

/* "57 ok demain" may be what will be done, or that she is there tomorrow. */
static bool is_time_alone(struct parsing *p, size_t at)
{
    utc_us moment;

    return !is_new_line(p->t, at) &&
           reply_when_moment(p->t, &at, &p->context->clock, &moment) == REPLY_WHEN_GIVEN &&
           is_over(p->t, at);
}

/* "ne plus contacter avant lundi", "le matin", "par SMS": that is not for ever. */
static bool is_limited(struct parsing *p, size_t at)
{
    static const char *const words[] = { "avant",  "jusqu", "jusqua", "pendant", "tant",
                                         "en",     "par",   "before", "until",   "till",
                                         "during", "in",    "by",     NULL };
    utc_us moment;

    return !is_new_line(p->t, at) &&
           (reply_word_of(p->t, at, words) != SIZE_MAX ||
            reply_when_moment(p->t, &at, &p->context->clock, &moment) != REPLY_WHEN_NONE);
}

static void take_result(struct parsing *p, struct staff_reply_command *c, const struct head *h,
                        size_t *at)
{
    const struct staff_reply_outcome *o =
        c->outcome == SIZE_MAX ? NULL : &p->context->outcomes[c->outcome];
    size_t next;

    if (o && o->needs_time) {
        take_time(p, c, at, false, true);
        return;
    }
    if (!begins_command(p, *at, true)) {
        if (o && !o->final && take_call_back(p, c, at))
            return;
        check_contradiction(p, c, h, *at);
    }
    next = is_new_line(p->t, *at) ? 0 : reply_phrase_of(p->t, *at, next_contact);
    if (next) {
        size_t end = *at + next;
        take_time(p, c, &end, false, false);
        *at = c->at || c->fault ? end : *at;
    }
    if (!c->at && (o && o->final ? is_limited(p, *at) : is_time_alone(p, *at)))
        set_fault(c, o && o->final ? STAFF_REPLY_NO_WORD : STAFF_REPLY_TIME);
}

static void take_needs(struct parsing *p, struct staff_reply_command *c, const struct head *h,
                       size_t *at)
{
    switch (c->verb) {
    case STAFF_REPLY_RESULT:
        take_result(p, c, h, at);
        break;
    case STAFF_REPLY_SNOOZE:
        take_time(p, c, at, true, true);
        break;
    case STAFF_REPLY_HAND_OVER:
        take_person(p, c, at);
        break;
    case STAFF_REPLY_ACKNOWLEDGE:
        if (!begins_command(p, *at, true))
            check_contradiction(p, c, h, *at);
        break;
    }
}

/* --- the note --- */

static bool ends_note(struct parsing *p, size_t at, bool at_once)
{
    switch (p->t->tokens[at].before) {
    case REPLY_BLANK:
        return true;
    case REPLY_LINE:
    case REPLY_SEMICOLON:
        return begins_command(p, at, false);
    case REPLY_COMMA:
    case REPLY_DOT:
        return begins_command(p, at, true);
    case REPLY_GLUED:
        return false;
    case REPLY_SPACE:
    case REPLY_OTHER:
    case REPLY_COLON:
    case REPLY_DASH:
    case REPLY_SLASH:
        break;
    }
    return (at_once || is_join(p->t, at)) && begins_command(p, at, true);
}

static bool is_courtesy(const struct reply_text *t, size_t from, size_t to)
{
    while (from < to && reply_word_of(t, from, courtesy) != SIZE_MAX)
        from++;
    return from == to;
}

/* From the first word to the last sign before what comes next. Returns the token that does. */
static size_t take_note(struct parsing *p, struct staff_reply_command *c, size_t at)
{
    const struct reply_text *t = p->t;
    const size_t first = at;
    size_t from, to;

    while (at < t->n && !ends_note(p, at, at == first))
        p->rest[at++] = true;
    if (is_courtesy(t, first, at))
        return at;
    from = t->tokens[first].from;
    to = at < t->n ? t->tokens[at - 1].to : t->len;
    while (to > from && strchr(" \t\r\n,;", t->text[to - 1]))
        to--;
    c->note = t->text + from;
    c->note_len = to - from;
    return at;
}

/* --- a command --- */

/* The text is the word alone. "Non" is not enough to say that somebody refused. */
static void imply(const struct parsing *p, struct staff_reply_command *c, const struct head *h,
                  size_t at)
{
    static const char *const yes_and_no[] = { "oui", "non", "yes", "no", NULL };

    c->implied = h->exact && is_courtesy(p->t, at, p->t->n) &&
                 reply_word_of(p->t, h->word_at, yes_and_no) == SIZE_MAX;
}

/* "RAPPEL 14h 1234": the numbers may come last. */
static void take_late_numbers(struct parsing *p, struct staff_reply_command *c,
                              const struct head *h, size_t *at)
{
    static const char *const of[] = { "pour", "for", "le", "la", "numero", "n", NULL };
    size_t next = *at;

    if (c->n || c->all || is_new_line(p->t, next))
        return;
    if (reply_word_of(p->t, next, of) != SIZE_MAX)
        next++;
    if (!is_new_line(p->t, next) && take_all(p, &next, c))
        *at = next;
    else if (!is_new_line(p->t, next))
        next = take_numbers(p, next, c, h);
    *at = c->n ? next : *at;
}

static void judge_word(struct staff_reply_command *c, const struct parsing *p, const struct head *h)
{
    if (!h->has_word) {
        set_fault(c, STAFF_REPLY_NO_WORD);
        return;
    }
    c->verb = h->meaning.verb;
    c->outcome = h->meaning.outcome;
    c->closes = h->meaning.closes;
    if (h->near_several) {
        c->fault = STAFF_REPLY_NEAR_WORDS;
        snprintf(c->words[0], sizeof(c->words[0]), "%.23s", p->t->tokens[h->word_at].word);
    }
}

/* Returns the token behind it; false in *found: there is none that is worth an answer. */
static size_t read_command(struct parsing *p, size_t at, bool *found)
{
    struct staff_reply_command c = { .outcome = SIZE_MAX, .note = "" };
    const bool first = p->out->n == 0;
    struct head h;
    size_t end;

    *found = read_head(p, at, &c, &h);
    if (!*found)
        return at;
    at = h.end;
    judge_word(&c, p, &h);
    if (h.has_word && !c.fault) {
        take_needs(p, &c, &h, &at);
        take_late_numbers(p, &c, &h, &at);
    }
    if (h.has_word && !c.n && !c.all && first)
        imply(p, &c, &h, at);
    *found = c.n || c.all || c.implied;
    if (!*found)
        return at;
    end = take_note(p, &c, at);
    check_note(p, &c, &h, at, end);
    p->out->sure |= (c.n && is_known(p, &c.numbers[0])) || (h.has_word && h.exact && !c.implied);
    p->out->list[p->out->n++] = c;
    return end;
}

/* "Ok merci", "d'accord". */
static bool is_thanks(const struct reply_text *t)
{
    static const char *const words[] = { "ok",       "okay",    "oki",       "okey",
                                         "d accord", "daccord", "dac",       "parfait",
                                         "super",    "top",     "nickel",    "thank you",
                                         "thx",      "great",   "perfect",   "c est note",
                                         "note",     "entendu", "bien recu", "beaucoup",
                                         "a toi",    "a vous",  NULL };
    size_t at = 0, n = 1;

    for (; at < t->n && n; at += n) {
        n = reply_phrase_of(t, at, words);
        if (!n)
            n = reply_word_of(t, at, courtesy) != SIZE_MAX;
    }
    return t->n && n;
}

/* Words of greeting have a line of their own. */
static size_t skip_line(struct parsing *p, size_t at)
{
    do
        p->rest[at++] = true;
    while (at < p->t->n && p->t->tokens[at].before < REPLY_LINE);
    return at;
}

enum rc staff_reply_outcome_of(const char *text, const struct staff_reply_outcome *outcomes,
                               size_t n, struct arena *arena, size_t *out)
{
    const struct staff_reply_context context = { .outcomes = outcomes, .n_outcomes = n };
    struct reply_text *t = arena_alloc(arena, sizeof(*t));
    struct reply_meaning meaning;
    struct reply_book *book;
    enum rc rc = t ? reply_book_make(&context, arena, &book) : RC_FAIL;

    *out = SIZE_MAX;
    if (rc)
        return rc;
    reply_text_read(t, text, strlen(text));
    if (t->n && reply_book_find(book, t, 0, &meaning) == t->n && meaning.verb == STAFF_REPLY_RESULT)
        *out = meaning.outcome;
    return RC_OK;
}

enum rc staff_reply_parse(const char *text, const struct staff_reply_context *context,
                          struct arena *arena, struct staff_reply *out)
{
    struct reply_text *t = arena_alloc(arena, sizeof(*t));
    bool rest[REPLY_TOKENS_MAX] = { false };
    struct parsing p = { .t = t, .context = context, .out = out, .rest = rest };
    struct reply_book *book;
    enum rc rc;

    *out = (struct staff_reply){ .n = 0 };
    if (!t)
        return RC_FAIL;
    rc = reply_book_make(context, arena, &book);
    if (rc)
        return rc;
    p.book = book;
    reply_text_read(t, text, strlen(text));
    for (size_t at = 0; at < t->n;) {
        bool found;
        size_t end;

        if (out->n == STAFF_REPLY_COMMANDS_MAX) {
            out->cut = true;
            break;
        }
        end = read_command(&p, at, &found);
        at = found && end > at ? end : skip_line(&p, at);
    }
    staff_reply_ask_rest(t, rest, context, book, out);
    out->thanks = is_thanks(t);
    return RC_OK;
}
