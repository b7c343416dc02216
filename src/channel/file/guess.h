/*
 * guess.h - proposes a profile for files that nobody has described yet, from a sample of one.
 *
 * Looks at the first GUESS_BYTES_MAX bytes, at most GUESS_ROWS_MAX rows of them. No I/O, no clock.
 * What it finds is a proposal for a person: each line of it says how sure it is, and what could not
 * be placed is listed.
 */
#pragma once

#include <stdio.h>

#include "channel/file/profile.h"
#include "domain/file_kind.h"

#define GUESS_BYTES_MAX   ((size_t)1 << 20)
#define GUESS_ROWS_MAX    2000
#define GUESS_COLUMNS_MAX 256
#define GUESS_WORDS_MAX   16 /* of a table of values */
#define GUESS_NOTES_MAX   12

enum guess_mark {
    GUESS_NOT,     /* no field of ours */
    GUESS_PERHAPS, /* a person should look */
    GUESS_SURE,    /* name and values agree */
};

/* A column of a CSV file, or a path below an XML file's record. */
struct guess_column {
    const char *name;    /* "Téléphone", "2", "customer/@id" */
    const char *example; /* a value of it, "" when all are empty */
    const char *why;     /* what speaks for the field, or what the values look like; a constant */
    enum field field;    /* FIELD_COUNT with GUESS_NOT */
    enum guess_mark mark;
    /* The partner's words and ours, for a field with words of its own; `strange` have none. */
    struct field_values words[GUESS_WORDS_MAX];
    const char *strange[GUESS_WORDS_MAX];
    unsigned n_words, n_strange;
};

struct guess_namespace {
    const char *prefix, *uri;
};

struct guess {
    struct arena arena; /* all texts live here */
    enum file_format format;
    /* A standard document, whose profile comes with Relais: "UBL Order", "ubl.order". NULL: it is
     * none. Of EDIFACT nothing else is found out. */
    const char *document, *builtin;
    enum file_encoding encoding;
    bool encoding_seen; /* it has letters beyond ASCII, or says it */
    enum file_kind kind;
    enum guess_mark kind_mark;
    const char *lacks; /* "phone or email": such files need one of them; NULL: nothing */
    char country[3];
    enum guess_mark country_mark;
    enum date_form dates;
    enum guess_mark dates_mark; /* GUESS_NOT: it has no dates */
    enum decimal_form decimals;

    char separator; /* CSV */
    bool header, quoted;
    const char *record; /* XML: the path */
    struct guess_namespace namespaces[16];
    unsigned n_namespaces;

    struct guess_column *columns;
    unsigned n_columns;
    uint64_t rows;                      /* looked at */
    bool cut;                           /* there were more */
    const char *notes[GUESS_NOTES_MAX]; /* what a person should know */
    unsigned n_notes;
};

/*
 * `whole`: `data` is all of the file. `home`: the country of the house, which numbers that are good
 * elsewhere alone do not change; NULL: not known. RC_INVALID: it is no file that can be read, *err
 * says why. RC_FAIL: no memory.
 */
enum rc guess_file(const char *data, size_t len, bool whole, const char *home, struct guess **guess,
                   struct error *err) MUST_CHECK;
void guess_free(struct guess *guess); /* NULL is fine */

/* A profile, with comments, that profile_load() takes. `source`: the sample's name, for the first
 * line. */
void guess_print(const struct guess *guess, const char *source, FILE *out);
