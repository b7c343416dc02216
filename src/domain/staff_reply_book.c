/* staff_reply_book.c - our own words first, then those of the catalogue, folded as texts are. */
#include "domain/staff_reply_book.h"

#include <string.h>

#include "base/arena.h"
#include "domain/name_words.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct phrase {
    char text[REPLY_PHRASE_SIZE];
    struct reply_meaning meaning;
    bool own;
    bool exact; /* a wrong letter makes it another word */
    bool final; /* its outcome cannot be taken back: of one word, "faux", it stands alone, too */
    bool ends;  /* only where nothing else follows: "pas la", and not "pas la bonne adresse" */
};

struct reply_book {
    struct phrase *list;
    size_t n;
};

static const struct {
    enum staff_reply_verb verb;
    const char *words;
} own_words[] = {
    { STAFF_REPLY_ACKNOWLEDGE,
      "vu, ack, seen, bien recu, pris, pris en charge, prise en charge, je m en occupe, "
      "je m en charge, je prends, je le prends, je la prends, je gere, on it, i m on it, im on it, "
      "got it, en cours, taken" },
    { STAFF_REPLY_SNOOZE,
      "pause, snooze, plus tard, later, reporter, reporte, repousser, repousse, postpone" },
    { STAFF_REPLY_HAND_OVER,
      "passe, passer, pass, transferer, transfere, transfert, transfer, hand over, handover, hand, "
      "donner, donne, give, deleguer, delegue, delegate, assign" },
};

/* What people say besides the words of the catalogue, for those of its outcomes that every house
 * begins with. A word of the catalogue goes before them. */
static const struct {
    const char *code;
    bool ends;
    const char *words;
} common_words[] = {
    { "reached", false,
      "jointe, eu au tel, eue au tel, eu au telephone, eue au telephone, joint au tel, tout ok, tt "
      "ok, "
      "tout bon, spoke to him, spoke to her, talked to him, talked to her, spoke with him, "
      "spoke with her" },
    { "no_answer", false,
      "absente, messagerie, sur messagerie, sur repondeur, boite vocale, pas de rep, nrp, ca "
      "repond pas, "
      "ca ne repond pas, il repond pas, il ne repond pas, elle repond pas, elle ne repond pas, "
      "on ne repond pas, n a pas repondu, a pas repondu, pas repondu, il n a pas repondu, "
      "elle n a pas repondu, non joignable, pas joignable, n est pas joignable, est pas joignable, "
      "il n est pas joignable, elle n est pas joignable, non joint, non jointe, sonne occupe, "
      "ca sonne occupe, ligne occupee, non abouti, appel non abouti, pas decroche, "
      "n a pas decroche, decroche pas, ne decroche pas, "
      "left voicemail, left a voicemail, no reply, not home, didn t answer, "
      "did not answer, doesn t answer, does not answer" },
    { "no_answer", true,
      "pas la, n est pas la, est pas la, etait pas la, n etait pas la, pas dispo, "
      "pas disponible, n est pas dispo, est pas dispo, non dispo, non disponible, occupe, occupee, "
      "personne, abs, not there, not in, not available, busy" },
    { "call_back", false,
      "recontacter, a recontacter, on se rappelle, je rappelle, je le rappelle, je la rappelle, "
      "je les rappelle, call him back, call her back, call them back, ring back, cb" },
    { "refused", true,
      "ne veut pas, veut pas, elle refuse, il refuse, non merci, non interesse, non interessee, "
      "pas interessee, n est pas interesse, n est pas interessee, "
      "no thanks, no thank you" },
    { "order_taken", true,
      "commande passee, a commande, elle a commande, il a commande, a passe commande, "
      "passe commande, ordered, he ordered, she ordered, has ordered, placed an order" },
    { "wrong_number", true,
      "mauvais num, mauvais n, faux num, numero pas bon, num pas bon, pas le bon numero, "
      "numero non attribue, non attribue, pas attribue, plus attribue, n est pas attribue, "
      "n est plus attribue, est pas attribue, est plus attribue, wrong no, wrong nb" },
    /* "Ne plus appeler" may leave mails: what cannot be taken back is said as it is. */
    { "do_not_contact", true,
      "plus contacter, ne veut plus etre contacte, ne veut plus etre contactee, don t contact, "
      "don t contact again, do not contact again" },
};

/* What settles an alert, and does not only say that somebody is at it. */
static const char closing_words[] =
    "ok, fait, faite, done, fini, finie, finished, termine, regle, resolu, clos, fixed, solved, "
    "resolved, closed";

const char *const reply_all_words[] = { "tout",        "tous",     "toute",   "toutes",
                                        "all",         "tous les", "le tout", "toutes les",
                                        "all of them", "tt",       NULL };

/* --- making --- */

/* The next of a list with commas, folded; false: that was all. */
static bool next_phrase(const char **list, char out[REPLY_PHRASE_SIZE])
{
    struct reply_text t;
    size_t len, used = 0;

    *list += strspn(*list, ", ");
    if (!**list)
        return false;
    len = strcspn(*list, ",");
    reply_text_read(&t, *list, len);
    *list += len;
    out[0] = '\0';
    for (size_t i = 0; i < t.n; i++) {
        size_t n = strlen(t.tokens[i].word);

        if (!n || used + n + 2 > REPLY_PHRASE_SIZE) {
            out[0] = '\0'; /* such a word is never met */
            return true;
        }
        if (used)
            out[used++] = ' ';
        memcpy(out + used, t.tokens[i].word, n + 1);
        used += n;
    }
    return true;
}

/* Whose word it is: who comes first has it. */
static bool has(const struct reply_book *b, const char *text)
{
    for (size_t i = 0; i < b->n; i++) {
        if (strcmp(b->list[i].text, text) == 0)
            return true;
    }
    return false;
}

/* "Non" is what somebody said who refused; "non joignable" is not. */
static bool is_negation(const char *text)
{
    static const char *const words[] = { "non", "pas", "no", "not", "jamais", "never" };

    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcmp(words[i], text) == 0)
            return true;
    }
    return false;
}

/* Each of them, as `p` is but for its text. */
static void add_words(struct reply_book *b, const char *words, struct phrase p)
{
    const bool ends = p.ends;

    while (next_phrase(&words, p.text)) {
        if (!*p.text || (p.own && has(b, p.text)))
            continue;
        p.ends = ends || is_negation(p.text) || (p.final && !strchr(p.text, ' '));
        /* Of the catalogue the same word may be of two outcomes: then it is of none. */
        b->list[b->n++] = p;
    }
}

static size_t count_words(const char *words)
{
    size_t n = 1;

    for (; *words; words++)
        n += *words == ',';
    return n;
}

static size_t count_all(const struct staff_reply_context *context)
{
    size_t n = count_words(closing_words);

    for (size_t i = 0; i < COUNT(own_words); i++)
        n += count_words(own_words[i].words);
    for (size_t i = 0; i < COUNT(common_words); i++)
        n += count_words(common_words[i].words);
    for (size_t i = 0; i < context->n_outcomes; i++) {
        const struct staff_reply_outcome *o = &context->outcomes[i];
        if (o->words)
            n += count_words(o->words) + count_words(o->code) + count_words(o->label_fr) +
                 count_words(o->label_en);
    }
    return n;
}

static bool is_closing(const char *text)
{
    const char *words = closing_words;
    char one[REPLY_PHRASE_SIZE];

    while (next_phrase(&words, one)) {
        if (strcmp(one, text) == 0)
            return true;
    }
    return false;
}

static void add_outcome(struct reply_book *b, const struct staff_reply_outcome *o, size_t which)
{
    const struct phrase p = { .meaning = { .verb = STAFF_REPLY_RESULT, .outcome = which },
                              .final = o->final };

    if (!o->words)
        return;
    add_words(b, o->code, p);
    add_words(b, o->label_fr, p);
    add_words(b, o->label_en, p);
    add_words(b, o->words, p);
}

static void add_common(struct reply_book *b, const struct staff_reply_outcome *o, size_t which)
{
    for (size_t i = 0; i < COUNT(common_words); i++) {
        if (o->words && strcmp(common_words[i].code, o->code) == 0)
            add_words(b, common_words[i].words,
                      (struct phrase){ .meaning = { .verb = STAFF_REPLY_RESULT, .outcome = which },
                                       .own = true,
                                       .exact = true,
                                       .ends = common_words[i].ends });
    }
}

enum rc reply_book_make(const struct staff_reply_context *context, struct arena *arena,
                        struct reply_book **out)
{
    struct reply_book *b = arena_alloc(arena, sizeof(*b));
    struct phrase own = { .meaning = { .outcome = SIZE_MAX }, .own = true };

    if (b)
        b->list = arena_alloc(arena, count_all(context) * sizeof(*b->list));
    if (!b || !b->list)
        return RC_FAIL;
    for (size_t i = 0; i < COUNT(own_words); i++) {
        own.meaning.verb = own_words[i].verb;
        add_words(b, own_words[i].words, own);
    }
    for (size_t i = 0; i < context->n_outcomes; i++)
        add_outcome(b, &context->outcomes[i], i);
    for (size_t i = 0; i < context->n_outcomes; i++)
        add_common(b, &context->outcomes[i], i);
    own.meaning.verb = STAFF_REPLY_RESULT; /* of an alert: the catalogue need not have the word */
    add_words(b, closing_words, own);
    for (size_t i = 0; i < b->n; i++)
        b->list[i].meaning.closes = is_closing(b->list[i].text);
    *out = b;
    return RC_OK;
}

bool reply_book_knows(const struct reply_book *b, const char *words, char word[REPLY_PHRASE_SIZE],
                      struct reply_meaning *owner)
{
    while (next_phrase(&words, word)) {
        *owner = (struct reply_meaning){ .verb = STAFF_REPLY_RESULT, .outcome = SIZE_MAX };
        for (size_t i = 0; reply_all_words[i]; i++) {
            if (strcmp(reply_all_words[i], word) == 0)
                return true;
        }
        for (size_t i = 0; *word && i < b->n; i++) {
            const struct phrase *p = &b->list[i];

            *owner = p->meaning;
            if (strcmp(p->text, word) == 0 && (p->meaning.verb != STAFF_REPLY_RESULT || !p->own))
                return true;
        }
    }
    return false;
}

/* --- finding --- */

static bool is_same(const struct reply_meaning *a, const struct reply_meaning *b)
{
    return a->verb == b->verb && a->outcome == b->outcome;
}

static bool nothing_follows(const struct reply_text *t, size_t at)
{
    static const char *const words[] = { "et",    "and",    "mais", "but", "puis", "then",
                                         "merci", "thanks", "svp",  "stp", NULL };

    return at >= t->n || t->tokens[at].before >= REPLY_OTHER || t->tokens[at].is_number ||
           reply_word_of(t, at, words) != SIZE_MAX;
}

size_t reply_book_find(const struct reply_book *b, const struct reply_text *t, size_t at,
                       struct reply_meaning *out)
{
    const struct phrase *best = NULL;
    bool two = false;
    size_t longest = 0;

    for (size_t i = 0; i < b->n; i++) {
        const struct phrase *p = &b->list[i];
        size_t n = reply_phrase(t, at, p->text);

        if (!n || n < longest || (p->ends && !nothing_follows(t, at + n)))
            continue;
        if (n == longest) {
            two |= !best->own && !is_same(&best->meaning, &p->meaning);
            continue;
        }
        best = p;
        longest = n;
        two = false;
    }
    if (!best || two)
        return 0;
    *out = best->meaning;
    return longest;
}

/* Its words, one of them but for a letter. */
static size_t near_length(const struct reply_text *t, size_t at, const char *phrase)
{
    bool near = false;

    for (size_t i = at; i < t->n; i++) {
        const size_t n = strcspn(phrase, " ");
        char word[REPLY_PHRASE_SIZE];

        memcpy(word, phrase, n);
        word[n] = '\0';
        if (strcmp(word, t->tokens[i].word) != 0) {
            if (near || !reply_word_is_near(t->tokens[i].word, word))
                return 0;
            near = true;
        }
        if (!phrase[n])
            return near ? i + 1 - at : 0;
        phrase += n + 1;
    }
    return 0;
}

size_t reply_book_find_near(const struct reply_book *b, const struct reply_text *t, size_t at,
                            struct reply_meaning *out, bool *several)
{
    const struct phrase *first = NULL;
    size_t longest = 0;

    *several = false;
    for (size_t i = 0; at < t->n && i < b->n; i++) {
        const struct phrase *p = &b->list[i];

        const size_t n = p->exact ? 0 : near_length(t, at, p->text);

        if (!n)
            continue;
        *several |= first && !is_same(&first->meaning, &p->meaning);
        first = first ? first : p;
        longest = n > longest ? n : longest;
    }
    if (first)
        *out = first->meaning;
    return longest;
}

/* --- people --- */

/* How many words of the text are of the name, from the first on; all of a name in either order. */
static size_t name_length(const struct reply_text *t, size_t at, const char *name)
{
    struct name_words words = { .n = 0 };
    size_t n = 0;

    name_words_add(&words, name, NAME_OF_PERSON);
    for (size_t i = at; i < t->n && (i == at || t->tokens[i].before < REPLY_COMMA); i++) {
        bool is_one = false;

        for (size_t j = 0; j < words.n && !is_one; j++)
            is_one = *t->tokens[i].word && strcmp(words.list[j], t->tokens[i].word) == 0;
        if (!is_one)
            break;
        n++;
    }
    return n;
}

/* "a.bruno" is two tokens, "bruno2" as well. */
static size_t login_length(const struct reply_text *t, size_t at, const char *login)
{
    const size_t len = strlen(login);
    struct reply_text l;

    reply_text_read(&l, login, len);
    for (size_t i = 0; i < l.n; i++) {
        if (at + i >= t->n || !*l.tokens[i].word ||
            strcmp(l.tokens[i].word, t->tokens[at + i].word) != 0 ||
            (i && t->tokens[at + i].before != l.tokens[i].before))
            return 0;
    }
    return l.n;
}

static bool is_near_person(const struct staff_reply_person *p, const char *word)
{
    struct name_words words = { .n = 0 };

    if (reply_word_is_near(word, p->login))
        return true;
    name_words_add(&words, p->name, NAME_OF_PERSON);
    for (size_t i = 0; i < words.n; i++) {
        if (reply_word_is_near(word, words.list[i]))
            return true;
    }
    return false;
}

static size_t near_person(const struct staff_reply_context *context, const char *word, unsigned *id,
                          bool *several)
{
    size_t found = 0;

    for (size_t i = 0; i < context->n_people; i++) {
        if (!is_near_person(&context->people[i], word))
            continue;
        *id = context->people[i].id;
        found++;
    }
    *several = found > 1;
    return found ? 1 : 0;
}

size_t reply_person_find(const struct staff_reply_context *context, const struct reply_text *t,
                         size_t at, unsigned *id, bool *several)
{
    size_t longest = 0, found = 0;
    bool by_login = false; /* a login is one person's, whoever else has it for a name */

    *several = false;
    if (at >= t->n)
        return 0;
    for (size_t i = 0; i < context->n_people; i++) {
        const struct staff_reply_person *p = &context->people[i];
        const size_t login = login_length(t, at, p->login), name = name_length(t, at, p->name);
        const size_t n = login > name ? login : name;

        if (!n || n < longest || (n == longest && by_login))
            continue;
        found = n > longest || login == n ? 1 : found + 1;
        by_login = login == n;
        longest = n;
        *id = p->id;
    }
    *several = found > 1;
    return found ? longest : near_person(context, t->tokens[at].word, id, several);
}
