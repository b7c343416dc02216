/* report_look.h - what report_pdf.c and its charts share: colours, and the charts. */
#pragma once

#include "channel/report/sheet.h"
#include "domain/report.h"

#define LOOK_INK     0x1d2733
#define LOOK_SOFT    0x66727f
#define LOOK_LINE    0xd5dce3
#define LOOK_STRIPE  0xf4f6f9
#define LOOK_ACCENT  0x1f5f99
#define LOOK_ON_TIME 0x2e9e72
#define LOOK_LATE    0xe8a838
#define LOOK_MISSED  0xcf4a52
#define LOOK_OPEN    0xc2cbd5
#define LOOK_WHITE   0xffffff

/* What is done, and what is not, of each row, as a bar as long as what was planned. */
void chart_rows(struct sheet *sheet, const struct report *report);
/* The same over time: a column a day, week or month. */
void chart_time(struct sheet *sheet, const struct report *report);
/* How the contacts that were made ended. */
void chart_outcomes(struct sheet *sheet, const struct report *report);
