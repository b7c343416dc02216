/* config_print.c - the sample file and the manual's list of keys, from the tables. */
#include <string.h>

#include "base/config.h"
#include "base/config_value.h"

#define TEXT_MAX 4096

static void print_comment(FILE *out, const char *indent, const char *text)
{
    while (text && *text) {
        size_t len = strcspn(text, "\n");
        fprintf(out, "%s# %.*s\n", indent, (int)len, text);
        text += len + (text[len] == '\n');
    }
}

/* Whether a section's mere presence means something: it then stands there as a comment. */
static bool is_optional(const struct config_section *section)
{
    for (size_t i = 0; i < section->n_keys; i++) {
        if (!section->keys[i].def)
            return true;
    }
    return section->many;
}

static void print_key(FILE *out, const char *indent, const struct config_key *key)
{
    struct buffer value;

    print_comment(out, indent, key->help);
    buffer_init(&value, TEXT_MAX);
    if (key->def) {
        config_value_sample(key, &value);
        fprintf(out, "%s#%s = %s\n", indent, key->name, buffer_text(&value));
    } else {
        config_value_expected(key, &value);
        fprintf(out, "%s# Must be given: %s.\n%s#%s = \n", indent, buffer_text(&value), indent,
                key->name);
    }
    buffer_close(&value);
}

void config_print_sample(const struct config_schema *schema, FILE *out)
{
    fprintf(out,
            "# %s - every key with its default. Remove the # before what you change.\n"
            "# Texts stand in quotes; in double quotes ${NAME} is taken from the environment.\n",
            schema->what);
    for (size_t i = 0; i < schema->n_sections; i++) {
        const struct config_section *s = &schema->sections[i];
        bool inside = *s->name != '\0', optional = inside && is_optional(s);

        fputs("\n", out);
        print_comment(out, "", s->help);
        if (inside)
            fprintf(out, "%s%s%s {\n", optional ? "#" : "", s->name, s->many ? " \"name\"" : "");
        for (size_t k = 0; k < s->n_keys; k++) {
            if (k)
                fputs("\n", out);
            print_key(out, inside ? "    " : "", &s->keys[k]);
        }
        if (inside)
            fprintf(out, "%s}\n", optional ? "#" : "");
    }
}

/* mdoc reads a dot or an apostrophe at the start of a line as a request, a backslash as an escape.
 */
static void print_roff(FILE *out, const char *text)
{
    bool starts = true; /* a line */

    for (; *text; text++) {
        /* A sentence begins a line, as mdoc wants it. */
        if (*text == ' ' && !starts && strchr(".:?", text[-1]) && text[1] >= 'A' &&
            text[1] <= 'Z') {
            fputc('\n', out);
            starts = true;
            continue;
        }
        if (starts && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '\\')
            fputs("\\e", out);
        else
            fputc(*text, out);
        starts = *text == '\n';
    }
    if (!starts)
        fputc('\n', out);
}

static void print_manual_key(FILE *out, const struct config_key *key)
{
    struct buffer say;

    fprintf(out, ".It Ic %s\n", key->name);
    print_roff(out, key->help);
    buffer_init(&say, TEXT_MAX);
    buffer_add_text(&say, "Takes ");
    config_value_expected(key, &say);
    if (key->def) {
        buffer_add_text(&say, "; default: ");
        config_value_sample(key, &say);
    } else {
        buffer_add_text(&say, "; must be given");
    }
    buffer_printf(&say, ". %s",
                  key->live ? "Taken over by a reload." : "A change needs a restart.");
    print_roff(out, buffer_text(&say));
    buffer_close(&say);
}

void config_print_manual(const struct config_schema *schema, FILE *out)
{
    for (size_t i = 0; i < schema->n_sections; i++) {
        const struct config_section *s = &schema->sections[i];

        if (*s->name)
            fprintf(out, ".Ss %s%s\n", s->name, s->many ? " \\(dqname\\(dq" : "");
        else
            fputs(".Ss Keys outside any section\n", out);
        print_roff(out, s->help);
        fputs(".Bl -tag -width Ds\n", out);
        for (size_t k = 0; k < s->n_keys; k++)
            print_manual_key(out, &s->keys[k]);
        fputs(".El\n", out);
    }
}
