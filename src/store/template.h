/* template.h (store) - the texts that campaigns start from, by name. */
#pragma once

#include "domain/template.h"

struct arena;
struct db;

#define TEMPLATE_NAME_MAX 64 /* characters */

struct template_row {
    uint64_t id;
    const char *name, *body;
    utc_us created_at, updated_at;
};

/* Creates the template, or gives the one of that name a new body; campaigns already created keep
 * theirs. RC_INVALID: the body does not parse (the place is in err) or the name will not do. */
enum rc template_put(struct db *db, const char *name, const char *body, uint64_t *id,
                     struct error *err) MUST_CHECK;
/* Strings live in `arena`. RC_NOTFOUND: no such name. */
enum rc template_read(struct db *db, const char *name, struct arena *arena,
                      struct template_row *out) MUST_CHECK;
/* All of them by name (at most 1,000). The row lives during the call. */
enum rc template_list(struct db *db, void (*each)(void *arg, const struct template_row *t),
                      void *arg) MUST_CHECK;

/* Will it do as a name of a template or a campaign? `what` begins the sentence. */
enum rc template_name_check(const char *what, const char *name, struct error *err) MUST_CHECK;
