/*
 * export.h - everything that is kept of one customer, for the customer (GDPR art. 15 and 20).
 *
 * Read page by page, in the memory of one page, however much there is. Sections and the names in
 * them are part of the API.
 */
#pragma once

#include "domain/types.h"

struct db;

#define EXPORT_COLUMNS_MAX 20

struct export_value {
    const char *name;
    const char *text; /* UTF-8; a number and a time, too */
    bool is_number;
};

struct export_sink {
    /* Before the rows of a section, of which there may be none. */
    void (*section)(void *arg, const char *name);
    /* One row; what has no value is not among them. Lives during the call. */
    void (*row)(void *arg, const struct export_value *values, size_t n);
    void *arg;
};

/* RC_NOTFOUND: no such customer; the sink was not called. */
enum rc export_read(struct db *db, uint64_t customer_id, const struct export_sink *sink) MUST_CHECK;
