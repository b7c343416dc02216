/* wording_sql.c - what a wording wants to know of customers, in SQL and out of its rows. */
#include <inttypes.h>

#include "base/buffer.h"
#include "store/wording_private.h"

/* Whose text it is; the first one is that of all others, too. */
static void add_speakers(const struct wording *w, size_t nth, struct buffer *sql)
{
    if (w->n == 1)
        return;
    if (nth) {
        buffer_printf(sql, "c.language = '%s' AND ", w->texts[nth].language);
        return;
    }
    for (size_t i = 1; i < w->n; i++)
        buffer_printf(sql, "%s'%s'", i == 1 ? "c.language NOT IN (" : ", ", w->texts[i].language);
    buffer_add_text(sql, ") AND ");
}

static void add_own(const struct wording *w, size_t i, struct buffer *sql)
{
    buffer_printf(sql,
                  "COALESCE((SELECT f.value FROM customer_field f"
                  " WHERE f.customer_id = c.id AND f.field_id = %" PRIu64 "), '')",
                  w->own[i].id);
}

/* A mail's subject needs values as its text does. */
static bool any_needs(const struct text *t, enum template_field f)
{
    return template_needs(t->template, f) || (t->subject && template_needs(t->subject, f));
}

/* The reasons of a text's, or a subject's, fields of one's own. */
static void add_own_reasons(const struct wording *w, size_t nth, const struct template *template,
                            const unsigned *own, unsigned code, struct buffer *sql)
{
    for (size_t k = 0; template_own(template, k); k++) {
        if (!template_needs_own(template, k))
            continue;
        buffer_add_text(sql, "  WHEN ");
        add_speakers(w, nth, sql);
        buffer_add_text(sql, "CHAR_LENGTH(");
        add_own(w, own[k], sql);
        buffer_printf(sql, ") = 0 THEN %u", code);
    }
}

void wording_add_reasons(const struct wording *w, unsigned code, struct buffer *sql)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct text *t = &w->texts[i];
        for (int f = 0; f < TEMPLATE_CUSTOMER_FIELDS; f++) {
            if (!any_needs(t, (enum template_field)f))
                continue;
            buffer_add_text(sql, "  WHEN ");
            add_speakers(w, i, sql);
            buffer_printf(sql, "CHAR_LENGTH(c.%s) = 0 THEN %u",
                          template_field_name((enum template_field)f), code);
        }
        add_own_reasons(w, i, t->template, t->own, code, sql);
        if (t->subject)
            add_own_reasons(w, i, t->subject, t->subject_own, code, sql);
    }
}

static bool any_uses(const struct wording *w, enum template_field f)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct text *t = &w->texts[i];
        if (template_uses(t->template, f) || (t->subject && template_uses(t->subject, f)))
            return true;
    }
    return f == TEMPLATE_LANGUAGE && w->n > 1;
}

void wording_add_columns(const struct wording *w, struct buffer *sql)
{
    for (int f = 0; f < TEMPLATE_CUSTOMER_FIELDS; f++) {
        if (any_uses(w, (enum template_field)f))
            buffer_printf(sql, ", c.%s", template_field_name((enum template_field)f));
    }
    for (size_t i = 0; i < w->n_own; i++) {
        buffer_add_text(sql, ", ");
        add_own(w, i, sql);
    }
}

unsigned wording_columns(const struct wording *w)
{
    unsigned n = (unsigned)w->n_own;

    for (int f = 0; f < TEMPLATE_CUSTOMER_FIELDS; f++)
        n += any_uses(w, (enum template_field)f);
    return n;
}

void wording_read(const struct wording *w, const struct db_rows *rows, unsigned col,
                  struct wording_person *person)
{
    *person = (struct wording_person){ .language = NULL };
    for (int f = 0; f < TEMPLATE_CUSTOMER_FIELDS; f++) {
        if (any_uses(w, (enum template_field)f))
            person->value[f] = db_get_text(rows, col++);
    }
    for (size_t i = 0; i < w->n_own; i++)
        person->own[i] = db_get_text(rows, col++);
    person->language = person->value[TEMPLATE_LANGUAGE];
}
