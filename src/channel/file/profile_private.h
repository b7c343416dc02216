/*
 * profile_private.h - what the files that read a profile share: how it is written, and where what
 * it means goes. profile.c's own.
 */
#pragma once

#include "base/config.h"
#include "channel/file/match_rules.h"
#include "channel/file/profile.h"

/* --- the file as it is written --- */

struct top_keys {
    struct config_head head;
    char *label, *separator, *record, *document, *xsd, *country, *language, *currency, *timezone,
        *orders_of;
    int kind, format, encoding, dates, decimals;
    bool header, create_categories, create_sources, create_ranges, mail_proof;
    struct config_texts mail_from;
};

struct namespace_keys {
    struct config_head head;
    char *uri;
};

struct field_keys {
    struct config_head head;
    struct config_texts columns, paths, values;
    char *constant, *fallback, *pattern;
    bool required;
    int faulty;
};

struct written {
    struct top_keys top;
    struct take_keys take;
    struct config_array namespaces, fields;
    struct receipt_rules receipt;
    struct status_rules status;
    struct expect_rules expect;
    struct match_keys match;
    struct limit_keys limit;
};

/* --- from what is written to what is meant --- */

/* What the functions below need to put a fault in its place. */
struct making {
    struct profile *p;
    const struct written *w;
    const char *path;
    struct error *err;
};

/* A copy that lives as long as the profile; NULL: no memory. */
char *profile_keep(struct making *m, const char *text, size_t len);
/* "shop.conf: key: expected ..." */
enum rc profile_top_fault(struct making *m, const char *key, const char *expected);

/* profile_path.c: where a value stands, below the record for XML, in a message for EDIFACT. */
enum rc profile_path(struct making *m, const char *text, struct field_place *place,
                     struct error *why) MUST_CHECK;
/* What `record` and `document` say. */
enum rc profile_take_record(struct making *m) MUST_CHECK;
enum rc profile_take_document(struct making *m) MUST_CHECK;

/* profile_fields.c: one section "field". */
enum rc profile_take_field(struct making *m, const struct field_keys *written) MUST_CHECK;
