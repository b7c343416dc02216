/* sheet.c - see sheet.h. */
#include "channel/report/sheet.h"

#include <cairo-pdf.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

#include "domain/utf8.h"

/* The first of these that the machine has. */
#define FAMILIES "Liberation Sans, Arimo, Helvetica, DejaVu Sans, Sans"

#define TEXT_SIZE  2048 /* bytes of a line, and more than fit on one */
#define SHRINKS_TO 0.6
#define ASCENT     0.9 /* of a size: from the top of a line to where letters stand, about */

struct sheet {
    cairo_surface_t *surface;
    cairo_t *cr;
    PangoFontMap *fonts;
    PangoContext *context;
    PangoLayout *layout;
    double y;
    unsigned page;
};

#ifdef __SANITIZE_ADDRESS__
/* fontconfig loses 288 bytes when it reads its configuration, once in the life of a process. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig";
}
const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}
#endif

static cairo_status_t write_to(void *arg, const unsigned char *data, unsigned length)
{
    return fwrite(data, 1, length, arg) == length ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static void say_about(struct sheet *s, const struct sheet_about *about)
{
    cairo_pdf_surface_set_metadata(s->surface, CAIRO_PDF_METADATA_TITLE, about->title);
    cairo_pdf_surface_set_metadata(s->surface, CAIRO_PDF_METADATA_CREATOR, "Relais");
    cairo_pdf_surface_set_metadata(s->surface, CAIRO_PDF_METADATA_CREATE_DATE, about->made_at);
    pango_context_set_language(s->context, pango_language_from_string(about->language));
}

struct sheet *sheet_new(FILE *out, const struct sheet_about *about)
{
    struct sheet *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->surface =
        cairo_pdf_surface_create_for_stream(out ? write_to : NULL, out, SHEET_WIDTH, SHEET_HEIGHT);
    s->cr = cairo_create(s->surface);
    /* A map of its own: lanes are threads, and this one is gone with the report. */
    s->fonts = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
    s->context = pango_font_map_create_context(s->fonts);
    /* Paper has no pixels: glyphs stand where they belong, at any zoom. */
    pango_cairo_context_set_resolution(s->context, 72);
    pango_context_set_round_glyph_positions(s->context, FALSE);
    s->layout = pango_layout_new(s->context);
    say_about(s, about);
    s->y = SHEET_MARGIN;
    s->page = 1;
    return s;
}

enum rc sheet_close(struct sheet *s)
{
    cairo_status_t status;

    cairo_show_page(s->cr);
    status = cairo_status(s->cr);
    cairo_destroy(s->cr);
    cairo_surface_finish(s->surface);
    if (!status)
        status = cairo_surface_status(s->surface);
    cairo_surface_destroy(s->surface);
    g_object_unref(s->layout);
    g_object_unref(s->context);
    g_object_unref(s->fonts);
    free(s);
    return status ? RC_FAIL : RC_OK;
}

double *sheet_y(struct sheet *sheet)
{
    return &sheet->y;
}

unsigned sheet_page(const struct sheet *sheet)
{
    return sheet->page;
}

void sheet_next_page(struct sheet *s)
{
    cairo_show_page(s->cr);
    s->page++;
    s->y = SHEET_MARGIN;
}

/* --- texts --- */

/* cairo refuses all of a document for one byte that is no UTF-8; what controls terminals is no
 * letter either. What is longer than a line could show is cut off. */
static void clean(const char *text, char out[TEXT_SIZE])
{
    const size_t len = strlen(text);
    size_t n = 0;

    for (size_t at = 0; at < len && n + UTF8_CHAR_MAX < TEXT_SIZE;) {
        uint32_t c = utf8_next(text, len, &at);

        if (c == UTF8_BAD)
            at++;
        n += utf8_put(out + n, c < ' ' || c == 0x7f ? ' ' : c);
    }
    out[n] = '\0';
}

/* A name that is read from the right stands in its column as all others do: pango would turn left
 * and right around. */
static PangoAlignment alignment_of(struct sheet *s, enum sheet_align align)
{
    const bool from_right = pango_layout_get_direction(s->layout, 0) == PANGO_DIRECTION_RTL;

    if (align == SHEET_CENTRE)
        return PANGO_ALIGN_CENTER;
    return (align == SHEET_RIGHT) != from_right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT;
}

static void set_text(struct sheet *s, const struct sheet_text *how, double width, const char *text)
{
    PangoFontDescription *font = pango_font_description_new();
    char letters[TEXT_SIZE];

    pango_font_description_set_family_static(font, FAMILIES);
    pango_font_description_set_absolute_size(font, how->size * PANGO_SCALE);
    pango_font_description_set_weight(font, how->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(s->layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(s->layout, width > 0 ? (int)(width * PANGO_SCALE) : -1);
    pango_layout_set_single_paragraph_mode(s->layout, TRUE);
    pango_layout_set_ellipsize(s->layout, PANGO_ELLIPSIZE_END);
    clean(text, letters);
    pango_layout_set_text(s->layout, letters, -1);
    pango_layout_set_alignment(s->layout, alignment_of(s, how->align));
}

static void set_colour(struct sheet *s, sheet_colour c)
{
    cairo_set_source_rgb(s->cr, (c >> 16 & 0xff) / 255.0, (c >> 8 & 0xff) / 255.0,
                         (c & 0xff) / 255.0);
}

double sheet_text_width(struct sheet *s, const struct sheet_text *how, const char *text)
{
    PangoRectangle logical;

    set_text(s, how, 0, text);
    pango_layout_get_extents(s->layout, NULL, &logical);
    return (double)logical.width / PANGO_SCALE;
}

/* The size at which it fits, or the smallest one. */
static double fitting_size(struct sheet *s, double width, const struct sheet_text *how,
                           const char *text)
{
    const double natural = sheet_text_width(s, how, text);

    if (!how->shrinks || width <= 0 || natural <= width)
        return how->size;
    return fmax(how->size * width / natural * 0.98, how->size * SHRINKS_TO);
}

void sheet_text(struct sheet *s, double x, double y, double width, const struct sheet_text *how,
                const char *text)
{
    struct sheet_text fitting = *how;

    fitting.size = fitting_size(s, width, how, text);
    set_text(s, &fitting, width, text);
    set_colour(s, how->colour);
    /* What is smaller stands on the same line. */
    cairo_move_to(s->cr, x, y + (how->size - fitting.size) * ASCENT);
    pango_cairo_show_layout(s->cr, s->layout);
}

double sheet_paragraph(struct sheet *s, double x, double y, double width,
                       const struct sheet_text *how, const char *text)
{
    PangoRectangle logical;

    set_text(s, how, width, text);
    pango_layout_set_ellipsize(s->layout, PANGO_ELLIPSIZE_NONE);
    pango_layout_set_wrap(s->layout, PANGO_WRAP_WORD_CHAR);
    set_colour(s, how->colour);
    cairo_move_to(s->cr, x, y);
    pango_cairo_show_layout(s->cr, s->layout);
    pango_layout_get_extents(s->layout, NULL, &logical);
    return (double)logical.height / PANGO_SCALE;
}

/* --- shapes --- */

void sheet_box(struct sheet *s, double x, double y, double width, double height, double radius,
               sheet_colour colour)
{
    const double r = fmin(radius, fmin(width, height) / 2);

    if (width <= 0 || height <= 0)
        return;
    set_colour(s, colour);
    if (r > 0) {
        cairo_new_sub_path(s->cr);
        cairo_arc(s->cr, x + width - r, y + r, r, -M_PI / 2, 0);
        cairo_arc(s->cr, x + width - r, y + height - r, r, 0, M_PI / 2);
        cairo_arc(s->cr, x + r, y + height - r, r, M_PI / 2, M_PI);
        cairo_arc(s->cr, x + r, y + r, r, M_PI, 3 * M_PI / 2);
        cairo_close_path(s->cr);
    } else {
        cairo_rectangle(s->cr, x, y, width, height);
    }
    cairo_fill(s->cr);
}

void sheet_line(struct sheet *s, double x, double y, double to_x, double to_y, double width,
                sheet_colour colour)
{
    set_colour(s, colour);
    cairo_set_line_width(s->cr, width);
    cairo_move_to(s->cr, x, y);
    cairo_line_to(s->cr, to_x, to_y);
    cairo_stroke(s->cr);
}
