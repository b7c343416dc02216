/*
 * report_pdf.h - a report as a PDF to print, to read and to send: what counts in large figures, the
 * charts, and the table, over as many A4 pages as it takes.
 */
#pragma once

#include <stdio.h>

#include "domain/report.h"

/* RC_FAIL: no memory, or `out` takes no more. */
enum rc report_pdf(const struct report *report, FILE *out) MUST_CHECK;
