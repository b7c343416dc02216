/*
 * profile.h - how a partner writes one kind of file: conf/partners/<partner code>.conf, or
 * <partner code>.<name>.conf when a partner drops several kinds in its directory.
 *
 * The tables in profile.c are the only list of keys; doc/partners.md shows them in words.
 */
#pragma once

#include <stdio.h>

#include "base/arena.h"
#include "channel/file/limit_rules.h"
#include "domain/mapping.h"

enum file_format { FORMAT_CSV, FORMAT_XML };
enum file_encoding { ENCODING_AUTO, ENCODING_UTF8, ENCODING_CP1252, ENCODING_LATIN9 };

#define PATH_STEPS 16 /* elements in a path */
#define FIELD_PLACES                                                             \
    4 /* columns or paths a field may be taken from: the first with a value wins \
       */
#define PARTNER_CODE_SIZE 33
#define PROFILE_NAME_SIZE 66 /* code, dot, 32 more */

struct xml_step {
    const char *uri; /* "" : no namespace */
    const char *name;
};

struct xml_path {
    struct xml_step steps[PATH_STEPS];
    unsigned n;
    const char *attribute_uri; /* with attribute: of "@o:id"; "" without a prefix */
    const char *attribute;     /* NULL: the element's text */
};

struct field_place {
    const char *column;   /* CSV: the header's text, or a number when the file has no header */
    struct xml_path path; /* XML: below the record */
};

struct profile {
    struct arena arena;           /* all texts live here */
    char name[PROFILE_NAME_SIZE]; /* of the file, without ".conf" */
    char code[PARTNER_CODE_SIZE]; /* the partner's, which is its directory: `name` up to a dot */
    const char *label;
    enum file_format format;
    enum file_encoding encoding;
    char separator;
    bool header;
    bool create_categories, create_sources, create_ranges;
    struct xml_path record;
    struct field_place places[FIELD_COUNT][FIELD_PLACES];
    unsigned n_places[FIELD_COUNT];
    struct mapping_rules rules;
    struct limit_rules limit;
};

/* Code and name are of a-z, 0-9, '-' and '_', at most 32 each. */
enum rc profile_load(const char *path, struct profile **profile, struct error *err) MUST_CHECK;
void profile_free(struct profile *profile);
void profile_print_sample(FILE *out);
