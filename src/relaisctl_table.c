/* relaisctl_table.c - tables and lines that align, whatever alphabet is in them. */
#include "relaisctl.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/message_words.h"

#define COLUMNS_MAX 16
#define CELL_SIZE   512
#define NAME_WIDTH  16

const char *get_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

int64_t get_int(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

const char *get_time(const json_t *object, const char *name, char buf[20])
{
    snprintf(buf, 20, "%.19s", get_text(object, name));
    if (strlen(buf) == 19)
        buf[10] = ' ';
    return buf;
}

const char *plural(int64_t n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

int width_of(const char *text)
{
    int n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* Line breaks would break the table; what is over `max` characters becomes "...". */
static void tidy(char *text, int max)
{
    int n = 0;

    for (char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20)
            *c = ' ';
        n += ((unsigned char)*c & 0xc0) != 0x80;
        if (max > 3 && n > max - 3 && width_of(c) > 3) {
            memcpy(c, "...", 4);
            return;
        }
    }
}

static void format_cell(const json_t *item, const struct column *column, char out[CELL_SIZE])
{
    char at[20];

    switch (column->kind) {
    case 'n':
        snprintf(out, CELL_SIZE, "%" PRId64, get_int(item, column->field));
        return;
    case 'd':
        snprintf(out, CELL_SIZE, "%s", get_time(item, column->field, at));
        return;
    case 'r':
        snprintf(out, CELL_SIZE, "%s",
                 message_reason_words(get_text(item, column->field),
                                      strcmp(get_text(item, "channel"), "email") == 0));
        tidy(out, column->max);
        return;
    default:
        snprintf(out, CELL_SIZE, "%s", get_text(item, column->field));
        tidy(out, column->max);
    }
}

static void print_cell(const char *text, const struct column *column, int width, bool last)
{
    int pad = width - width_of(text);

    if (column->kind == 'n')
        printf("%*s%s", pad, "", text);
    else
        printf("%s%*s", text, last ? 0 : pad, "");
    fputs(last ? "\n" : "  ", stdout);
}

void show_table(const json_t *list, const struct column *columns, size_t n, const char *none)
{
    int widths[COLUMNS_MAX];
    char cell[CELL_SIZE];
    const json_t *item;
    size_t i;

    if (json_array_size(list) == 0) {
        puts(none);
        return;
    }
    for (size_t k = 0; k < n; k++) {
        widths[k] = width_of(columns[k].title);
        json_array_foreach(list, i, item)
        {
            format_cell(item, &columns[k], cell);
            if (width_of(cell) > widths[k])
                widths[k] = width_of(cell);
        }
    }
    for (size_t k = 0; k < n; k++)
        print_cell(columns[k].title, &columns[k], widths[k], k == n - 1);
    json_array_foreach(list, i, item)
    {
        for (size_t k = 0; k < n; k++) {
            format_cell(item, &columns[k], cell);
            print_cell(cell, &columns[k], widths[k], k == n - 1);
        }
    }
}

void show_line(const char *name, const char *fmt, ...)
{
    va_list ap;

    printf("%-*s", NAME_WIDTH, name);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    puts("");
}

void show_lines(const char *before, const char *indent, const char *text)
{
    size_t len;

    do {
        len = strcspn(text, "\n");
        printf("%s%.*s\n", len || before != indent ? before : "", (int)len, text);
        text += len;
        before = indent;
    } while (*text && *++text);
}

void show_passage(const char *name, const char *text)
{
    char before[NAME_WIDTH + 1], indent[NAME_WIDTH + 1];

    snprintf(before, sizeof(before), "%-*s", NAME_WIDTH, name);
    snprintf(indent, sizeof(indent), "%*s", NAME_WIDTH, "");
    show_lines(before, indent, text);
}
