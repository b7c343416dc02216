/* house_code.h - the words of a house: categories, acquisition sources, product ranges, and the
 * fields of its own that it keeps of its customers. */
#pragma once

#include "domain/custom_field.h"

struct db;

enum house_code { HOUSE_CATEGORY, HOUSE_SOURCE, HOUSE_RANGE };

struct house_code_view {
    const char *code, *label;
    uint64_t n; /* customers or, of a range, orders */
};

#define HOUSE_CODE_MAX  32  /* characters */
#define HOUSE_LABEL_MAX 120 /* the same */

enum rc house_code_list(struct db *db, enum house_code kind,
                        void (*each)(void *arg, const struct house_code_view *v),
                        void *arg) MUST_CHECK;
/* Makes it, or gives it another label. */
enum rc house_code_set(struct db *db, enum house_code kind, const char *code, const char *label,
                       bool *created) MUST_CHECK;

struct house_field_view {
    const char *name, *kind;
    uint64_t n; /* customers who have a value */
};
enum rc house_field_list(struct db *db, void (*each)(void *arg, const struct house_field_view *v),
                         void *arg) MUST_CHECK;
/* RC_CONFLICT: customers have values of the kind that it has now. */
enum rc house_field_set(struct db *db, const char *name, enum custom_kind kind,
                        bool *created) MUST_CHECK;
