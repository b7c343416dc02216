/* made_up_report.h - a report whose figures are the same each time, to draw and to write. */
#pragma once

#include "domain/contact_report.h"

struct made_up_report {
    struct contact_report report;
    struct contact_report_row rows[CONTACT_REPORT_ROWS_MAX];
    char names[CONTACT_REPORT_ROWS_MAX][64], codes[CONTACT_REPORT_ROWS_MAX][32];
};

/* `n` rows of November 2026. */
void made_up_report(struct made_up_report *out, enum report_by by, enum report_language language,
                    size_t n);
