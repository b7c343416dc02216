/* guess_print.c - the proposal as a profile that a person can read, mend and keep. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "channel/file/guess_private.h"

#define NAME_WIDTH 44

/* A text of a profile in its quotes. */
static void put_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (strchr("\"\\$", *text))
            fputc('\\', out);
        fputc((unsigned char)*text < ' ' || *text == 0x7F ? ' ' : *text, out);
    }
    fputc('"', out);
}

/* A value in a comment: on one line, whatever is in it. */
static void put_plain(FILE *out, const char *text)
{
    for (; *text; text++)
        fputc((unsigned char)*text < ' ' || *text == 0x7F ? ' ' : *text, out);
}

static const char *mark_text(enum guess_mark mark)
{
    return mark == GUESS_SURE ? "sure" : "guess";
}

static void put_key(FILE *out, const char *key, const char *value, enum guess_mark mark)
{
    fprintf(out, "%s = ", key);
    put_quoted(out, value);
    fprintf(out, "  # %s\n", mark_text(mark));
}

/* --- the head --- */

static void print_head(const struct guess *g, const char *source, FILE *out)
{
    fputs("# Proposed by relaisctl partner guess from ", out);
    put_plain(out, source);
    fprintf(out,
            ",\n# %" PRIu64 " %s of it. Look at every line that says \"guess\", then try it:\n"
            "#   relaisctl partner test PROFILE FILE\n",
            g->rows, g->rows == 1 ? "record" : "records");
    for (unsigned i = 0; i < g->n_notes; i++)
        fprintf(out, "# NOTE %s\n", g->notes[i]);
    fputs("\n", out);
}

static const char *encoding_text(enum file_encoding encoding)
{
    return encoding == ENCODING_CP1252 ? "windows-1252" : "iso-8859-15";
}

static void print_encoding(const struct guess *g, FILE *out)
{
    if (g->encoding == ENCODING_LATIN9) /* which only a person can tell from windows-1252 */
        put_key(out, "encoding", encoding_text(g->encoding), GUESS_PERHAPS);
    else if (!g->encoding_seen)
        fputs("encoding = \"auto\"  # guess: the sample has no letter beyond ASCII\n", out);
    else
        fprintf(out, "encoding = \"auto\"  # sure: the sample is %s\n",
                g->format == FORMAT_XML        ? "as its declaration says"
                : g->encoding == ENCODING_UTF8 ? "UTF-8"
                                               : encoding_text(g->encoding));
}

static void print_csv_keys(const struct guess *g, FILE *out)
{
    const char separator[2] = { g->separator, '\0' };

    put_key(out, "separator", g->separator == '\t' ? "tab" : separator,
            g->n_columns > 1 ? GUESS_SURE : GUESS_PERHAPS);
    fprintf(out, "header = %s  # %s\n", g->header ? "true" : "false",
            g->header ? "sure" : "guess: columns are numbered");
}

static void print_xml_keys(const struct guess *g, FILE *out)
{
    put_key(out, "record", g->record, g->rows > 1 ? GUESS_SURE : GUESS_PERHAPS);
}

/* Sections stand behind the keys of the top. */
static void print_namespaces(const struct guess *g, FILE *out)
{
    for (unsigned i = 0; i < g->n_namespaces; i++) {
        fputs(i ? "namespace " : "\nnamespace ", out);
        put_quoted(out, g->namespaces[i].prefix);
        fputs(" { uri = ", out);
        put_quoted(out, g->namespaces[i].uri);
        fputs(" }\n", out);
    }
}

static void print_values_keys(const struct guess *g, FILE *out)
{
    static const char *const dates[] = { "iso", "dmy", "mdy" };
    static const char *const decimals[] = { "auto", "comma", "dot" };

    fputs("# Phone numbers without a country code are of this country.\n", out);
    put_key(out, "country", g->country, g->country_mark);
    if (g->dates_mark != GUESS_NOT)
        put_key(out, "dates", dates[g->dates], g->dates_mark);
    put_key(out, "decimals", decimals[g->decimals],
            g->decimals == DECIMAL_AUTO ? GUESS_PERHAPS : GUESS_SURE);
}

/* --- fields --- */

static void print_words(const struct guess_column *c, FILE *out)
{
    char pair[160];

    fputs("\n    values = { ", out);
    for (unsigned i = 0; i < c->n_words; i++) {
        fputs(i ? ", " : "", out);
        snprintf(pair, sizeof(pair), "%s=%s", c->words[i].from, c->words[i].to);
        put_quoted(out, pair);
    }
    fputs(" }\n", out);
}

static void print_strange(const struct guess_column *c, FILE *out)
{
    for (unsigned i = 0; i < c->n_strange; i++) {
        fputs(i ? ", " : "# guess: what does this mean? ", out);
        put_plain(out, c->strange[i]);
    }
    fputs(c->n_strange ? "\n" : "", out);
}

/* All columns of one field: the first that has a value counts. */
static void print_field(const struct guess *g, enum field f, FILE *out)
{
    const struct guess_column *of[FIELD_PLACES], *best;
    unsigned n = 0;
    const bool key = (field_info(f)->key_of & IN_KIND(g->kind)) != 0;

    for (unsigned i = 0; i < g->n_columns && n < FIELD_PLACES; i++) {
        if (g->columns[i].mark == GUESS_NOT || g->columns[i].field != f)
            continue;
        of[n++] = &g->columns[i];
    }
    if (!n && key)
        fprintf(out,
                "# MISSING Such files need this; say where it is, or const = ...\n"
                "# field \"%s\" { %s = \"\" required = true }\n",
                field_info(f)->name, g->format == FORMAT_CSV ? "column" : "path");
    if (!n)
        return;
    best = of[0];
    print_strange(best, out);
    fprintf(out, "field \"%s\" { %s = %s", field_info(f)->name,
            g->format == FORMAT_CSV ? "column" : "path", n > 1 ? "{ " : "");
    for (unsigned i = 0; i < n; i++) {
        fputs(i ? ", " : "", out);
        put_quoted(out, of[i]->name);
    }
    fprintf(out, "%s%s", n > 1 ? " }" : "", key ? " required = true" : "");
    if (best->n_words)
        print_words(best, out);
    fprintf(out, "%s}  # %s: %s", best->n_words ? "" : " ", mark_text(best->mark), best->why);
    if (*best->example) {
        fputs(", such as ", out);
        put_plain(out, best->example);
    }
    fputs("\n", out);
}

static void print_unplaced(const struct guess *g, FILE *out)
{
    bool any = false;

    for (unsigned i = 0; i < g->n_columns; i++) {
        const struct guess_column *c = &g->columns[i];

        if (c->mark != GUESS_NOT || !*c->name)
            continue;
        if (!any)
            fprintf(out,
                    "\n# What could not be placed. One of your own fields (relaisctl field "
                    "set) would be\n# field \"field.NAME\" { %s = ... }\n",
                    g->format == FORMAT_CSV ? "column" : "path");
        any = true;
        fputs("#   ", out);
        put_plain(out, c->name);
        fprintf(out, "%*s%s",
                (int)(strlen(c->name) < NAME_WIDTH ? NAME_WIDTH - strlen(c->name) : 1), "", c->why);
        if (*c->example) {
            fputs(", such as ", out);
            put_plain(out, c->example);
        }
        fputs("\n", out);
    }
}

void guess_print(const struct guess *g, const char *source, FILE *out)
{
    print_head(g, source, out);
    put_key(out, "kind", file_kind_name(g->kind), g->kind_mark);
    put_key(out, "format", g->format == FORMAT_CSV ? "csv" : "xml", GUESS_SURE);
    print_encoding(g, out);
    if (g->format == FORMAT_CSV)
        print_csv_keys(g, out);
    else
        print_xml_keys(g, out);
    print_values_keys(g, out);
    print_namespaces(g, out);
    fputs("\n", out);
    if (g->lacks)
        fprintf(out, "# MISSING Such files need one of the fields %s.\n", g->lacks);
    for (enum field f = 0; f < FIELD_CUSTOM_FIRST; f++)
        print_field(g, f, out);
    print_unplaced(g, out);
}
