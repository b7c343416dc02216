/*
 * sheet.h - A4 pages of a PDF: texts, boxes and lines at places given in points from the top left,
 * and a new page when one is full. cairo draws, pango sets the texts: letters that a font does not
 * have come from another one.
 *
 * Whatever a text says is letters, never markup. Same calls, same fonts: the same bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/rc.h"

#define SHEET_WIDTH  595.28 /* A4, in points */
#define SHEET_HEIGHT 841.89
#define SHEET_MARGIN 42.0
#define SHEET_INNER  (SHEET_WIDTH - 2 * SHEET_MARGIN)

struct sheet;

/* An sRGB colour, "0x1f5f99". */
typedef unsigned sheet_colour;

enum sheet_align { SHEET_LEFT, SHEET_RIGHT, SHEET_CENTRE };

struct sheet_text {
    double size; /* points */
    bool bold;
    sheet_colour colour;
    enum sheet_align align;
    bool shrinks; /* when it is too wide, as far as it can be read; then it is cut off, too */
};

struct sheet_about {
    const char *title, *language; /* "fr" */
    const char *made_at;          /* ISO 8601; a PDF says when it was made */
};

/* `out`: where it goes; NULL: nowhere, to see how many pages it takes. NULL: no memory. */
struct sheet *sheet_new(FILE *out, const struct sheet_about *about);
/* Ends the last page. RC_FAIL: it could not be drawn or written. `sheet` is freed in any case. */
enum rc sheet_close(struct sheet *sheet) MUST_CHECK;

/* How far down the page is taken; for the caller to move. */
double *sheet_y(struct sheet *sheet);
unsigned sheet_page(const struct sheet *sheet); /* from 1 */
/* Ends the page and begins another one at its top. */
void sheet_next_page(struct sheet *sheet);

/* One line within `width` (0: as wide as it is), cut off with an ellipsis. */
void sheet_text(struct sheet *sheet, double x, double y, double width, const struct sheet_text *how,
                const char *text);
/* As many lines as it needs within `width`. Returns how high they are. */
double sheet_paragraph(struct sheet *sheet, double x, double y, double width,
                       const struct sheet_text *how, const char *text);
/* How wide it would be. */
double sheet_text_width(struct sheet *sheet, const struct sheet_text *how, const char *text);
void sheet_box(struct sheet *sheet, double x, double y, double width, double height, double radius,
               sheet_colour colour);
void sheet_line(struct sheet *sheet, double x, double y, double to_x, double to_y, double width,
                sheet_colour colour);
