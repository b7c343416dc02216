/* made_up_report.h - a report whose figures are the same each time, to draw and to write. */
#pragma once

#include "domain/report.h"

struct made_up_report {
    struct report report;
    struct report_row rows[REPORT_ROWS_MAX];
    char names[REPORT_ROWS_MAX][64], codes[REPORT_ROWS_MAX][32];
};

/* `n` rows of November 2026. */
void made_up_report(struct made_up_report *out, enum report_by by, enum report_language language,
                    size_t n);
