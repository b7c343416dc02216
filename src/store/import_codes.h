/* import_codes.h - customer categories, acquisition sources and product ranges by their code, made
 * when new. */
#pragma once

#include "domain/types.h"

struct db;

enum code_kind { CODE_CATEGORY, CODE_SOURCE, CODE_RANGE };

#define CODES_CREATED_MAX \
    100 /* by one import: a column taken for another must not fill the table */

struct code_list {
    struct known_code *known; /* by code, as written */
    size_t n, cap;
    unsigned created;
};

void code_list_close(struct code_list *list);
/*
 * Not part of a transaction: a code once made stays, whatever becomes of the chunk. *id is 0 for
 * "". RC_NOTFOUND: there is no such code, and it may not be made (`create` false, or too many
 * were).
 */
enum rc code_find(struct db *db, enum code_kind kind, struct code_list *list, const char *code,
                  bool create, uint64_t *id) MUST_CHECK;
