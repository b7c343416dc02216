/*
 * guess_place.c - which column is which of our fields, and what kind of file that makes it.
 *
 * Every column has a score for every field, by its name and by its values. For each kind of file
 * the best pairs are taken, the highest score first; the kind whose fields explain most of the
 * file wins.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "channel/file/guess_private.h"
#include "domain/value.h"

#define SCORE_OWN    130 /* the column has the field's own name */
#define SCORE_EXACT  100 /* and more: its name means just that */
#define SCORE_LOOKS  35  /* by its values alone */
#define SCORE_ENOUGH 30  /* to be proposed */
#define KEY_MISSING  150 /* what a kind loses that has no column for its key */

typedef unsigned short score_table[GUESS_COLUMNS_MAX][FIELD_CUSTOM_FIRST];

/* Who has what, for one kind. */
struct placing {
    unsigned char of[GUESS_COLUMNS_MAX];  /* field + 1; 0: none */
    unsigned char by[FIELD_CUSTOM_FIRST]; /* column + 1 */
    int total;
};
_Static_assert(FIELD_CUSTOM_FIRST < 255 && GUESS_COLUMNS_MAX < 257, "they fit");

void guess_note(struct guess *g, const char *text)
{
    if (g->n_notes < GUESS_NOTES_MAX)
        g->notes[g->n_notes++] = text;
}

/* --- scores --- */

static unsigned score_of(const struct sample_column *c, enum field f)
{
    const enum tally_fit fit = tally_fits(&c->tally, f);
    unsigned score = guess_name_score(&c->words, f);

    if (c->unusable)
        return 0;
    if (strcasecmp(c->name, field_info(f)->name) == 0)
        score = SCORE_OWN;
    if (score && f == FIELD_PHONE && guess_name_has(&c->words, "mobile"))
        score += 3; /* an SMS wants that one */
    switch (fit) {
    case FIT_YES:
        if (!score && ((f == FIELD_PHONE && tally_is(&c->tally, SHAPE_DIALLED) &&
                        !tally_is_date(&c->tally)) ||
                       f == FIELD_EMAIL))
            return SCORE_LOOKS;
        return score ? score + 10 : 0;
    case FIT_OPEN:
        return score;
    case FIT_NO:
        return score * 4 / 10;
    }
    return 0;
}

/* --- pairs --- */

static bool is_of_kind(enum field f, enum file_kind kind)
{
    return (field_info(f)->kinds & IN_KIND(kind)) != 0;
}

static bool best_pair(score_table scores, unsigned n, enum file_kind kind, const struct placing *p,
                      unsigned *column, enum field *field)
{
    unsigned best = 0;

    for (unsigned i = 0; i < n; i++) {
        for (enum field f = 0; f < FIELD_CUSTOM_FIRST; f++) {
            if (p->of[i] || p->by[f] || scores[i][f] <= best || !is_of_kind(f, kind))
                continue;
            best = scores[i][f];
            *column = i;
            *field = f;
        }
    }
    return best >= SCORE_ENOUGH;
}

static void pair(struct placing *p, unsigned column, enum field f)
{
    p->of[column] = (unsigned char)(f + 1);
    p->by[f] = (unsigned char)(column + 1);
}

/* A key that no name gives: a column that is a number of something, if there is one. */
static void find_key(const struct sample *s, enum field f, struct placing *p)
{
    for (unsigned i = 0; i < s->n_columns && !p->by[f]; i++) {
        const struct sample_column *c = &s->columns[i];

        if (!p->of[i] && c->words.n == 1 && guess_name_has(&c->words, "number") && !c->repeated &&
            !c->unusable)
            pair(p, i, f);
    }
}

/* An address of customers may stand for their number: see use_address(). */
static bool has_address_for(enum field f, const struct placing *p)
{
    return f == FIELD_CUSTOMER_NUMBER && (p->by[FIELD_EMAIL] || p->by[FIELD_PHONE]);
}

/* Where one of two fields is enough, and there is none. */
static bool lacks_either(enum file_kind kind, const struct placing *p)
{
    return (kind == KIND_SUPPRESSIONS && !p->by[FIELD_PHONE] && !p->by[FIELD_EMAIL]) ||
           (kind == KIND_INVOICES && !p->by[FIELD_CUSTOMER_NUMBER] && !p->by[FIELD_ORDER_NUMBER]);
}

/* Rows of this kind silence people for good, so their looks are not enough: a word must say it,
 * of a column or of an XML file's record. */
static bool speaks_of(const struct sample *s, const char *word)
{
    struct guess_name record;

    guess_name_parse(s->guess->record ? s->guess->record : "", &record);
    if (guess_name_has(&record, word))
        return true;
    for (unsigned i = 0; i < s->n_columns; i++) {
        if (guess_name_has(&s->columns[i].words, word))
            return true;
    }
    return false;
}

static void place_kind(const struct sample *s, score_table scores, enum file_kind kind,
                       struct placing *p)
{
    unsigned column;
    enum field f;

    *p = (struct placing){ .total = 0 };
    while (best_pair(scores, s->n_columns, kind, p, &column, &f)) {
        p->total += scores[column][f];
        pair(p, column, f);
    }
    if (p->total == 0)
        p->total = -2 * KEY_MISSING; /* nothing of it is of this kind */
    for (f = 0; f < FIELD_CUSTOM_FIRST; f++) {
        if (!(field_info(f)->key_of & IN_KIND(kind)) || p->by[f])
            continue;
        find_key(s, f, p);
        p->total -= p->by[f] || has_address_for(f, p) ? KEY_MISSING / 3 : KEY_MISSING;
    }
    if (lacks_either(kind, p))
        p->total -= KEY_MISSING;
    if (kind == KIND_SUPPRESSIONS && !speaks_of(s, "stop") && !speaks_of(s, "reason"))
        p->total = INT32_MIN + 1; /* less than any other */
}

/* A kind is sure only where it explains most of the file: a third of the columns left over may
 * well be those of another. */
static bool leaves_much(const struct sample *s, const struct placing *p)
{
    unsigned left = 0;

    for (unsigned i = 0; i < s->n_columns; i++)
        left += !p->of[i] && s->columns[i].tally.seen;
    return 3 * left >= s->n_columns;
}

/* --- what goes into the proposal --- */

static void take_words(struct guess_column *c, const struct tally *t)
{
    bool yes;

    for (unsigned i = 0; i < t->n_distinct; i++) {
        const char *ours = guess_word_of(c->field, t->distinct[i]);

        if (ours && *ours && !strchr(t->distinct[i], '='))
            c->words[c->n_words++] = (struct field_values){ t->distinct[i], ours };
        else if (!ours && tally_fits(t, c->field) != FIT_YES)
            c->strange[c->n_strange++] = t->distinct[i];
        else if (!ours && (c->field == FIELD_STATUS || c->field == FIELD_STATE))
            c->strange[c->n_strange++] = t->distinct[i];
        else if (!ours && c->field != FIELD_COUNTRY && c->field != FIELD_LANGUAGE &&
                 value_yes_no(t->distinct[i], &yes))
            c->strange[c->n_strange++] = t->distinct[i];
    }
}

static bool has_words(enum field f)
{
    return f == FIELD_STATUS || f == FIELD_STATE || f == FIELD_WITHDRAWN || f == FIELD_COUNTRY ||
           f == FIELD_LANGUAGE || f == FIELD_CONSENT_SMS || f == FIELD_CONSENT_EMAIL ||
           f == FIELD_DO_NOT_CONTACT || f == FIELD_MINOR;
}

/* How sure, and why. */
static void judge(struct guess_column *c, const struct sample_column *from, unsigned score)
{
    const enum tally_fit fit = tally_fits(&from->tally, c->field);
    const bool named = score >= SCORE_EXACT;

    c->mark = named && fit != FIT_NO ? GUESS_SURE : GUESS_PERHAPS;
    if (fit == FIT_NO)
        c->why = "by its name; its values do not look like it";
    else if (score <= SCORE_LOOKS)
        c->why = score ? "by its values" : "nothing else is a number of it";
    else if (fit == FIT_YES)
        c->why = "by its name and its values";
    else
        c->why = named ? "by its name" : "by a part of its name";
    if (from->repeated && c->field != FIELD_GOODS) {
        c->mark = GUESS_PERHAPS;
        c->why = "several in a record: the first that has a value counts";
    }
}

static void take_column(const struct sample *s, unsigned i, enum field f, unsigned score,
                        struct guess_column *c)
{
    const struct sample_column *from = &s->columns[i];

    *c = (struct guess_column){ .name = from->name, .field = f };
    c->example = from->tally.n_distinct ? from->tally.distinct[0] : "";
    if (f == FIELD_COUNT) {
        c->why = tally_says(&from->tally);
        return;
    }
    judge(c, from, score);
    if (has_words(f))
        take_words(c, &from->tally);
}

/* A second telephone or mail column is looked at where the first is empty. */
static bool is_spare(score_table scores, unsigned i, const struct placing *p, enum field *f)
{
    static const enum field spare[] = { FIELD_PHONE, FIELD_EMAIL };

    for (size_t k = 0; k < sizeof(spare) / sizeof(spare[0]); k++) {
        if (p->by[spare[k]] && scores[i][spare[k]] >= SCORE_EXACT - 30) {
            *f = spare[k];
            return true;
        }
    }
    return false;
}

/* Nothing numbers the customers: an address of theirs may stand for a number. */
static void use_address(const struct sample *s, struct placing *p, struct guess *g)
{
    const enum field f = p->by[FIELD_EMAIL] ? FIELD_EMAIL : FIELD_PHONE;
    struct guess_column *c = &g->columns[g->n_columns];

    if (p->by[FIELD_CUSTOMER_NUMBER] || !p->by[f] ||
        !(field_info(FIELD_CUSTOMER_NUMBER)->key_of & IN_KIND(g->kind)))
        return;
    take_column(s, (unsigned)p->by[f] - 1, FIELD_CUSTOMER_NUMBER, 0, c);
    c->why = "no column numbers the customers: their address stands for it";
    c->mark = GUESS_PERHAPS;
    p->by[FIELD_CUSTOMER_NUMBER] = p->by[f];
    g->n_columns++;
}

static void note_keys(const struct guess *g, const struct placing *p, struct guess *out)
{
    if (lacks_either(g->kind, p))
        out->lacks =
            g->kind == KIND_SUPPRESSIONS ? "phone or email" : "customer_number or order_number";
    for (enum field f = 0; f < FIELD_CUSTOM_FIRST; f++) {
        if ((field_info(f)->key_of & IN_KIND(g->kind)) && !p->by[f]) {
            guess_note(out, "A field that such files must have was found nowhere: see below.");
            return;
        }
    }
}

/* --- what all columns say together --- */

static void settle_dates(struct sample *s, const struct placing *p)
{
    unsigned iso = 0, dmy = 0, mdy = 0, seen = 0;
    struct guess *g = s->guess;

    for (unsigned i = 0; i < s->n_columns; i++) {
        const struct tally *t = &s->columns[i].tally;

        if (!tally_is_date(t) || (!p->of[i] && tally_is(t, SHAPE_INTEGER)))
            continue;
        iso += t->of[SHAPE_ISO];
        dmy += t->of[SHAPE_DMY];
        mdy += t->of[SHAPE_MDY];
        seen += t->seen;
    }
    g->dates = iso >= dmy && iso >= mdy ? DATE_ISO : dmy >= mdy ? DATE_DMY : DATE_MDY;
    g->dates_mark = !seen ? GUESS_NOT : iso < dmy && dmy == mdy ? GUESS_PERHAPS : GUESS_SURE;
    if (g->dates_mark == GUESS_PERHAPS)
        guess_note(g, "No date of the sample tells whether the day or the month is first.");
}

static void settle_decimals(struct sample *s, const struct placing *p)
{
    unsigned commas = 0, dots = 0;

    for (unsigned i = 0; i < s->n_columns; i++) {
        if (!p->of[i] || tally_is_date(&s->columns[i].tally))
            continue;
        commas += s->columns[i].tally.of[SHAPE_COMMA];
        dots += s->columns[i].tally.of[SHAPE_DOT];
    }
    s->guess->decimals = commas && !dots   ? DECIMAL_COMMA
                         : dots && !commas ? DECIMAL_DOT
                                           : DECIMAL_AUTO;
}

static bool is_country(const char *text, const char *code)
{
    const char *ours = guess_word_of(FIELD_COUNTRY, text);

    return strcasecmp(ours && *ours ? ours : text, code) == 0;
}

static unsigned most_of(const unsigned of[GUESS_REGIONS])
{
    unsigned best = 0;

    for (unsigned r = 1; r < GUESS_REGIONS; r++) {
        if (of[r] > of[best])
            best = r;
    }
    return best;
}

/* Numbers that are none here and good elsewhere are rather wrong than foreign. False: it has some
 * of the house's, or a column says the other country. */
static bool stays_home(struct sample *s, const unsigned of[GUESS_REGIONS],
                       const unsigned said[GUESS_REGIONS], unsigned best)
{
    struct guess *g = s->guess;
    unsigned home = 0;
    char note[160];
    const char *text;

    while (home < GUESS_REGIONS && (!s->home || strcmp(guess_regions[home], s->home) != 0))
        home++;
    if (home == GUESS_REGIONS || of[home] || !of[best] || said[best])
        return false;
    memcpy(g->country, guess_regions[home], sizeof(g->country));
    g->country_mark = GUESS_PERHAPS;
    snprintf(note, sizeof(note),
             "No phone number of the sample is one of %s, where this house is; %u could be of %s.",
             guess_regions[home], of[best], guess_regions[best]);
    text = arena_copy(&g->arena, note, strlen(note));
    if (text)
        guess_note(g, text);
    return true;
}

static void settle_country(struct sample *s, const struct placing *p)
{
    unsigned of[GUESS_REGIONS] = { 0 }, said[GUESS_REGIONS] = { 0 }, best;
    struct guess *g = s->guess;

    for (unsigned i = 0; i < s->n_columns; i++) {
        const struct tally *t = &s->columns[i].tally;

        for (unsigned r = 0; r < GUESS_REGIONS; r++) {
            if (p->of[i] == FIELD_PHONE + 1)
                of[r] += t->phones_of[r];
            if (p->of[i] == FIELD_COUNTRY + 1 && t->n_distinct)
                said[r] += is_country(t->distinct[0], guess_regions[r]); /* among equals */
        }
    }
    for (unsigned r = 0; r < GUESS_REGIONS; r++)
        of[r] += said[r];
    best = most_of(of);
    if (stays_home(s, of, said, best))
        return;
    memcpy(g->country, guess_regions[best], sizeof(g->country));
    g->country_mark = of[best] ? GUESS_SURE : GUESS_NOT;
    for (unsigned r = 0; r < GUESS_REGIONS; r++) {
        if (r != best && of[r] && of[r] == of[best])
            g->country_mark = GUESS_PERHAPS;
    }
}

enum rc guess_place(struct sample *s)
{
    struct guess *g = s->guess;
    score_table *scores = arena_alloc(&g->arena, sizeof(*scores));
    struct placing best = { .total = INT32_MIN }, p;
    int second = INT32_MIN;

    g->columns = arena_alloc(&g->arena, (s->n_columns + 1) * sizeof(*g->columns));
    if (!scores || !g->columns)
        return RC_FAIL;
    for (unsigned i = 0; i < s->n_columns; i++) {
        for (enum field f = 0; f < FIELD_CUSTOM_FIRST; f++)
            (*scores)[i][f] = (unsigned short)score_of(&s->columns[i], f);
    }
    for (enum file_kind k = 0; k < KIND_COUNT; k++) {
        place_kind(s, *scores, k, &p);
        if (p.total <= best.total) {
            second = p.total > second ? p.total : second;
            continue;
        }
        second = best.total;
        g->kind = k;
        best = p;
    }
    g->kind_mark = best.total > second + KEY_MISSING / 3 ? GUESS_SURE : GUESS_PERHAPS;
    if (best.total < SCORE_EXACT + SCORE_EXACT / 2 || leaves_much(s, &best))
        g->kind_mark = GUESS_PERHAPS; /* too little speaks for it */
    for (unsigned i = 0; i < s->n_columns; i++) {
        enum field f = best.of[i] ? (enum field)(best.of[i] - 1) : FIELD_COUNT;

        if (f == FIELD_COUNT && is_spare(*scores, i, &best, &f))
            best.of[i] = (unsigned char)(f + 1);
        take_column(s, i, f, f < FIELD_COUNT ? (*scores)[i][f] : 0, &g->columns[g->n_columns++]);
    }
    if (g->kind == KIND_SUPPRESSIONS)
        guess_note(g, "Nobody writes again to the addresses that such a file lists.");
    use_address(s, &best, g);
    note_keys(g, &best, g);
    settle_dates(s, &best);
    settle_decimals(s, &best);
    settle_country(s, &best);
    return RC_OK;
}
