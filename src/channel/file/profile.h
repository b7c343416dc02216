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
#include "channel/file/edifact_path.h"
#include "channel/file/expect_rules.h"
#include "channel/file/mail_rules.h"
#include "channel/file/receipt_rules.h"
#include "channel/file/status_rules.h"
#include "channel/file/take_rules.h"
#include "domain/mapping.h"
#include "domain/match.h"

enum file_format { FORMAT_CSV, FORMAT_XML, FORMAT_EDIFACT };
enum file_encoding {
    ENCODING_AUTO,
    ENCODING_UTF8,
    ENCODING_CP1252,
    ENCODING_LATIN9,
    ENCODING_LATIN1
};

#define PATH_STEPS 16 /* elements in a path */
/* Columns or paths a field may be taken from: the first with a value wins. */
#define FIELD_PLACES      4
#define RECORD_SEGMENTS   2 /* EDIFACT: segments that begin a record, one inside the other */
#define PARTNER_CODE_SIZE 33
#define PROFILE_NAME_SIZE 66 /* code, dot, 32 more */

struct xml_schema;

struct xml_step {
    const char *uri; /* "" : no namespace */
    const char *name;
};

struct xml_path {
    struct xml_step steps[PATH_STEPS];
    unsigned n;
    const char *attribute_uri; /* with attribute: of "@o:id"; "" without a prefix */
    const char *attribute;     /* NULL: the element's text */
    struct xml_step time;      /* "cbc:IssueDate+cbc:IssueTime": the element beside the last one
                                  whose text goes behind it; name NULL: none */
};

struct field_place {
    const char *column;   /* CSV: the header's text, or a number when the file has no header */
    struct xml_path path; /* XML: below the record */
    const struct edifact_path *edifact;
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
    struct xml_path record;                   /* XML */
    const char *message;                      /* EDIFACT: the type, such as "IFTMIN" */
    char record_segments[RECORD_SEGMENTS][4]; /* "CNI", "STS" */
    unsigned n_record_segments;
    struct field_place document; /* the file's own number; its XML path begins at the root, and has
                                    no steps if there is none */
    struct xml_schema *schema;   /* NULL: none */
    struct field_place places[FIELD_COUNT][FIELD_PLACES];
    unsigned n_places[FIELD_COUNT];
    struct mapping_rules rules;
    struct limit_rules limit;
    struct take_rules take;
    struct match_rules match;
    struct receipt_rules receipt;
    struct status_rules status;
    struct expect_rules expect;
    struct mail_rules mail;
    bool marker; /* CSV: the first line is a mark of ours (refused_profile.h) */
};

/* "shop" or "shop.invoices": code and name are of a-z, 0-9, '-' and '_', at most 32 each. */
bool profile_name_is_good(const char *name);
struct dirent;
/* For scandir(): may the file be a profile? Hidden ones are only being written. */
int profile_is_file(const struct dirent *entry);
enum rc profile_load(const char *path, struct profile **profile, struct error *err) MUST_CHECK;
void profile_free(struct profile *profile);
void profile_print_sample(FILE *out);
