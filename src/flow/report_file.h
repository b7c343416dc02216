/* report_file.h - a report as a file: CSV for a spreadsheet, PDF for a person. */
#pragma once

#include <stdio.h>

#include "domain/report.h"

enum report_format { REPORT_CSV, REPORT_PDF, REPORT_FORMATS };
const char *report_format_name(enum report_format format);
enum rc report_format_parse(const char *name, enum report_format *format) MUST_CHECK;
const char *report_format_type(enum report_format format); /* "application/pdf" */

#define REPORT_FILE_NAME_SIZE 64
/* "contacts-2026-11-01-2026-11-30.pdf" */
void report_file_name(const struct report *report, enum report_format format,
                      char out[REPORT_FILE_NAME_SIZE]);

/*
 * CSV: UTF-8 with the mark that spreadsheets know it by; fields are parted, and decimals written,
 * as a spreadsheet of the report's language expects it: `;` and a comma in French, `,` and a point
 * in English. A line a row, no total: a spreadsheet adds up. RC_FAIL: no memory, or `out` is full.
 */
enum rc report_file_write(const struct report *report, enum report_format format,
                          FILE *out) MUST_CHECK;
