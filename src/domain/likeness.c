/* likeness.c - words of names against words of names; the first rule that fits says what it is. */
#include "domain/likeness.h"

#include <string.h>

#include "domain/name_words.h"

#define GLUED_SIZE ((size_t)NAME_WORDS_MAX * NAME_WORD_SIZE)
#define TYPO_MIN   4 /* letters: of shorter names, one makes another name */

static const char *const names[] = {
    [LIKENESS_SAME] = "same", [LIKENESS_ALIKE] = "alike", [LIKENESS_DIFFERENT] = "different"
};

const char *likeness_name(enum likeness l)
{
    return names[l];
}

struct known {
    struct name_words first, last, company;
};

static struct likeness_verdict verdict(enum likeness likeness, unsigned score, const char *reason)
{
    return (struct likeness_verdict){ likeness, score, reason };
}

static void know(const struct likeness_person *p, struct known *k)
{
    memset(k, 0, sizeof(*k));
    name_words_add(&k->first, p->first_name, NAME_OF_PERSON);
    name_words_add(&k->last, p->last_name, NAME_OF_PERSON);
    name_words_add(&k->company, p->company, NAME_OF_COMPANY);
}

static bool has_name(const struct known *k)
{
    return k->first.n || k->last.n;
}

/* --- words --- */

static void glue(const struct name_words *w, char out[GLUED_SIZE])
{
    size_t len = 0;

    for (size_t i = 0; i < w->n; i++) {
        memcpy(out + len, w->list[i], strlen(w->list[i]));
        len += strlen(w->list[i]);
    }
    out[len] = '\0';
}

/* "le goff" and "legoff" */
static bool glued_equal(const struct name_words *a, const struct name_words *b)
{
    char x[GLUED_SIZE], y[GLUED_SIZE];

    glue(a, x);
    glue(b, y);
    return strcmp(x, y) == 0;
}

static bool begins_with(const char *word, const char *initial)
{
    return strncmp(word, initial, strlen(initial)) == 0;
}

struct agreement {
    size_t whole, initials; /* words that agree */
    bool all_a, all_b;      /* every word of it found its like */
};

enum way { WHOLE, INITIAL };

static bool agree(const char *a, const char *b, enum way way)
{
    if (way == WHOLE)
        return strcmp(a, b) == 0;
    return (name_word_is_initial(a) && begins_with(b, a)) ||
           (name_word_is_initial(b) && begins_with(a, b));
}

/* Whole words first, so that an initial takes what is left. */
static struct agreement compare_words(const struct name_words *a, const struct name_words *b)
{
    bool taken_a[NAME_WORDS_MAX] = { false }, taken_b[NAME_WORDS_MAX] = { false };
    struct agreement found = { 0 };

    for (enum way way = WHOLE; way <= INITIAL; way++) {
        for (size_t i = 0; i < a->n; i++) {
            for (size_t j = 0; !taken_a[i] && j < b->n; j++) {
                if (taken_b[j] || !agree(a->list[i], b->list[j], way))
                    continue;
                taken_a[i] = taken_b[j] = true;
                found.whole += way == WHOLE;
                found.initials += way == INITIAL;
            }
        }
    }
    found.all_a = found.whole + found.initials == a->n;
    found.all_b = found.whole + found.initials == b->n;
    return found;
}

/* One of them has all words of the other, and there are some. */
static bool one_in_other(const struct name_words *a, const struct name_words *b)
{
    const struct agreement found = compare_words(a, b);

    return found.whole && (found.all_a || found.all_b);
}

/* One letter more, less, other, or two in each other's place. Bytes do for it: of letters beyond
 * ASCII more than one differs, and it is no typo. */
static bool is_typo(const struct name_words *a, const struct name_words *b)
{
    char x[GLUED_SIZE], y[GLUED_SIZE];
    size_t nx, ny, head = 0, tail = 0;

    glue(a, x);
    glue(b, y);
    nx = strlen(x);
    ny = strlen(y);
    if (nx < TYPO_MIN || ny < TYPO_MIN || nx > ny + 1 || ny > nx + 1)
        return false;
    while (x[head] && x[head] == y[head])
        head++;
    while (tail < nx - head && tail < ny - head && x[nx - 1 - tail] == y[ny - 1 - tail])
        tail++;
    if (nx - head - tail <= 1 && ny - head - tail <= 1)
        return true;
    return nx == ny && nx - head - tail == 2 && x[head] == y[head + 1] && x[head + 1] == y[head];
}

/* --- rules --- */

static struct name_words all_words(const struct known *k)
{
    struct name_words all = k->first;

    for (size_t i = 0; i < k->last.n; i++) {
        if (all.n < NAME_WORDS_MAX)
            memcpy(all.list[all.n++], k->last.list[i], NAME_WORD_SIZE);
        else
            all.cut = true;
    }
    all.cut |= k->last.cut;
    return all;
}

static struct likeness_verdict same_last_name(const struct known *a, const struct known *b)
{
    if (!a->first.n || !b->first.n)
        return verdict(LIKENESS_ALIKE, 55, "the same last name, and no first name of one of them");
    if (one_in_other(&a->first, &b->first))
        return verdict(LIKENESS_ALIKE, 75, "the same last name, one with more first names");
    if (is_typo(&a->first, &b->first))
        return verdict(LIKENESS_ALIKE, 70, "the same last name, first names that are nearly alike");
    return verdict(LIKENESS_DIFFERENT, 20, "the same last name, another first name");
}

static struct likeness_verdict same_first_name(const struct known *a, const struct known *b)
{
    if (!a->last.n || !b->last.n)
        return verdict(LIKENESS_ALIKE, 50, "the same first name, and no last name of one of them");
    if (one_in_other(&a->last, &b->last))
        return verdict(LIKENESS_ALIKE, 75, "the same first name, one with a further last name");
    if (is_typo(&a->last, &b->last))
        return verdict(LIKENESS_ALIKE, 80, "the same first name, last names that are nearly alike");
    return verdict(LIKENESS_DIFFERENT, 25, "the same first name, another last name");
}

static struct likeness_verdict compare_names(const struct known *a, const struct known *b)
{
    const struct name_words x = all_words(a), y = all_words(b);
    const struct agreement found = compare_words(&x, &y);
    const bool first = a->first.n && b->first.n && glued_equal(&a->first, &b->first),
               last = a->last.n && b->last.n && glued_equal(&a->last, &b->last);

    if (x.cut || y.cut)
        return verdict(LIKENESS_ALIKE, 50, "a name that is too long to be compared");
    if (first && last)
        return verdict(LIKENESS_SAME, 100, "the same name");
    if (found.all_a && found.all_b && found.whole && x.n > 1) {
        if (found.initials)
            return verdict(LIKENESS_SAME, 85, "the same name, one with an initial");
        return verdict(LIKENESS_SAME, 95, "the same name, its words in another order");
    }
    if (last || (a->last.n && one_in_other(&a->last, &b->last) && !first))
        return same_last_name(a, b);
    if (first)
        return same_first_name(a, b);
    if (found.whole && (found.all_a || found.all_b))
        return verdict(LIKENESS_ALIKE, 60, "one name has all words of the other");
    return verdict(LIKENESS_DIFFERENT, 0, "other names");
}

static struct likeness_verdict compare_companies(const struct known *a, const struct known *b)
{
    const struct agreement found = compare_words(&a->company, &b->company);
    const bool equal =
        (found.all_a && found.all_b && !found.initials) || glued_equal(&a->company, &b->company);

    if (a->company.cut || b->company.cut)
        return verdict(LIKENESS_ALIKE, 50, "a name that is too long to be compared");
    if (equal && has_name(a) == has_name(b))
        return verdict(LIKENESS_SAME, 95, "the same company");
    if (equal)
        return verdict(LIKENESS_ALIKE, 70, "the same company, one with a person's name");
    if (one_in_other(&a->company, &b->company) || is_typo(&a->company, &b->company))
        return verdict(LIKENESS_ALIKE, 65, "companies whose names are nearly alike");
    return verdict(LIKENESS_DIFFERENT, 10, "other companies");
}

static struct likeness_verdict compare(const struct known *a, const struct known *b)
{
    struct likeness_verdict v;

    if ((!has_name(a) && !a->company.n) || (!has_name(b) && !b->company.n))
        return verdict(LIKENESS_ALIKE, 40, "no name of one of them");
    if (!has_name(a) || !has_name(b)) {
        if (a->company.n && b->company.n)
            return compare_companies(a, b);
        return verdict(LIKENESS_ALIKE, 30, "a company and a person");
    }
    v = compare_names(a, b);
    if (v.likeness == LIKENESS_SAME && a->company.n && b->company.n &&
        compare_companies(a, b).likeness != LIKENESS_SAME)
        return verdict(LIKENESS_ALIKE, 60, "the same name at another company");
    return v;
}

struct likeness_verdict likeness_of(const struct likeness_person *a,
                                    const struct likeness_person *b)
{
    struct known x, y;

    if (*a->birth_date && *b->birth_date && strcmp(a->birth_date, b->birth_date) != 0)
        return verdict(LIKENESS_DIFFERENT, 5, "other birth dates");
    know(a, &x);
    know(b, &y);
    return compare(&x, &y);
}
