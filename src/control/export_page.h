/*
 * export_page.h - a customer's export as JSON, or as a page to read: without scripts, links or
 * anything from elsewhere, and with every letter of the data escaped.
 */
#pragma once

#include <stdio.h>

#include "store/export.h"

enum export_form { EXPORT_JSON, EXPORT_HTML };
enum export_language { EXPORT_ENGLISH, EXPORT_FRENCH };

struct export_page {
    FILE *out;
    enum export_form form;
    enum export_language language;
    bool open;   /* a section is */
    size_t rows; /* in it */
};

void export_page_begin(struct export_page *p, uint64_t customer_id, utc_us now);
/* To be given to export_read(), with the page as its arg. */
void export_page_section(void *arg, const char *name);
void export_page_row(void *arg, const struct export_value *values, size_t n);
void export_page_end(struct export_page *p);
