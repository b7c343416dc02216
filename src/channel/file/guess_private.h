/* guess_private.h - what the files guess*.c share. */
#pragma once

#include "channel/file/guess.h"

struct local_zone;

/* --- guess_words.c: what a column's name says --- */

#define GUESS_NAME_WORDS 12

/* A name as a list of words of ours: "N° de téléphone" is "number phone". */
struct guess_name {
    unsigned char words[GUESS_NAME_WORDS]; /* numbers of words, see guess_words.c */
    unsigned n, unknown;                   /* unknown: words that it does not know */
};

void guess_name_parse(const char *text, struct guess_name *name);
/* Appends the words of `text` to what is there. */
void guess_name_add(struct guess_name *name, const char *text);
/* How well it names a field of a kind of file: 0 not at all, 100 and more: exactly. */
unsigned guess_name_score(const struct guess_name *name, enum field f);
bool guess_name_has(const struct guess_name *name, const char *word);
/* "livrée" of FIELD_STATUS is "delivered". NULL: it is not known; "" : it is ours already. */
const char *guess_word_of(enum field f, const char *text);

/* --- guess_values.c: what a column's values look like --- */

enum value_shape {
    SHAPE_PHONE,   /* in some country */
    SHAPE_DIALLED, /* of these: written with + or a 0 in front, as nothing but a number is */
    SHAPE_MAIL,
    SHAPE_ISO, /* a date, in each of the three forms that may be right */
    SHAPE_DMY,
    SHAPE_MDY,
    SHAPE_INTEGER,
    SHAPE_COMMA, /* a number with a decimal comma; with a point */
    SHAPE_DOT,
    SHAPE_ANSWER,   /* yes or no */
    SHAPE_LETTERS2, /* two letters, as countries and languages have; three, as currencies */
    SHAPE_LETTERS3,
    SHAPE_POSTCODE,
    SHAPE_COUNT
};

#define GUESS_REGIONS 12
extern const char guess_regions[GUESS_REGIONS][3];

struct tally {
    unsigned seen;  /* values that are not empty */
    unsigned tried; /* of these: as telephone numbers */
    unsigned of[SHAPE_COUNT];
    unsigned phones_of[GUESS_REGIONS];
    const char *distinct[GUESS_WORDS_MAX]; /* the first ones */
    unsigned n_distinct, repeats;          /* values that are one of `distinct` again */
    bool more_distinct;
};

/* What the values of one sample share. */
struct value_taster {
    struct arena *arena;
    struct local_zone *zone;
};

/* RC_FAIL: no memory. `text` is UTF-8. */
enum rc tally_add(struct tally *t, struct value_taster *taster, const char *text,
                  size_t len) MUST_CHECK;
/* At least nine in ten have the shape. */
bool tally_is(const struct tally *t, enum value_shape shape);
bool tally_is_date(const struct tally *t);
/* In words: "dates", "telephone numbers". */
const char *tally_says(const struct tally *t);
/* Could these be values of the field? */
enum tally_fit { FIT_NO, FIT_OPEN, FIT_YES };
enum tally_fit tally_fits(const struct tally *t, enum field f);

/* --- the sample, from whatever format --- */

struct sample_column {
    const char *name;
    struct guess_name words;
    struct tally tally;
    bool repeated; /* XML: several in a record */
    bool unusable; /* CSV: a profile cannot name it */
};

struct sample {
    struct guess *guess;
    struct value_taster taster;
    struct sample_column *columns; /* GUESS_COLUMNS_MAX */
    unsigned n_columns;
    const char *home; /* NULL: not known */
};

/* Fills sample and guess. As guess_file(). */
enum rc guess_csv(struct sample *s, const char *data, size_t len, bool whole, struct error *err);
enum rc guess_xml(struct sample *s, const char *data, size_t len, bool whole, struct error *err);

/* guess_place.c: which column is which field, and what kind of file that makes. */
enum rc guess_place(struct sample *s);

void guess_note(struct guess *g, const char *text); /* a constant */
