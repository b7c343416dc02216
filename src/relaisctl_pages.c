/*
 * relaisctl_pages.c - long lists: page after page, as a table, as CSV or as JSON, in the memory of
 * one page.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "channel/file/put_text.h"
#include "domain/local_time.h"
#include "relaisctl.h"

#define PAGE_DEFAULT 100
#define PAGE_MAX     1000
#define CURSOR_SIZE  256

/* What the options of a list say: every list has these, by these names. */
struct pages {
    bool all, csv;
    char after[CURSOR_SIZE]; /* an id, of some lists a text; "": there are no more */
    uint64_t left;
    bool first;
    int64_t shown;
};

const char *ctl_given(const struct ctl *ctl, const char *name)
{
    for (size_t k = 0; ctl->command->args[k].name; k++) {
        if (strcmp(ctl->command->args[k].name, name) == 0)
            return ctl->given[k];
    }
    return NULL;
}

static bool take_number(const struct ctl *ctl, const char *name, uint64_t def, uint64_t *out)
{
    const char *text = ctl_given(ctl, name);

    *out = def;
    if (!text)
        return true;
    if (!*text || strlen(text) > 18 || text[strspn(text, "0123456789")]) {
        fprintf(stderr, "relaisctl: %s: expected a number, got '%s'\n", name, text);
        return false;
    }
    *out = strtoull(text, NULL, 10);
    return true;
}

/* Where the first page begins. */
static bool take_after(const struct ctl *ctl, struct pages *p)
{
    const char *text = ctl_given(ctl, "--after");
    uint64_t number;

    if (!ctl->command->list->by_text) {
        if (!take_number(ctl, "--after", 0, &number))
            return false;
        snprintf(p->after, CURSOR_SIZE, "%llu", (unsigned long long)number);
        return true;
    }
    if (text && strlen(text) >= CURSOR_SIZE) {
        fputs("relaisctl: --after: expected what the page before ended with\n", stderr);
        return false;
    }
    snprintf(p->after, CURSOR_SIZE, "%s", text ? text : "");
    return true;
}

static void take_next(struct pages *p, const json_t *reply)
{
    const long long id = (long long)get_int(reply, "next");

    if (id)
        snprintf(p->after, CURSOR_SIZE, "%lld", id);
    else
        snprintf(p->after, CURSOR_SIZE, "%s", get_text(reply, "next"));
}

/* RFC 4180. A note or a name comes from outside: it is a text in a spreadsheet, too. */
static void print_csv_cell(const json_t *value, char separator)
{
    const char *text = json_string_value(value);

    if (json_is_integer(value))
        printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (text && csv_text_is_plain(text) && !strchr(text, separator))
        fputs(text, stdout);
    else if (text)
        put_csv_text(stdout, text);
}

/* A list that has heads in French is for a spreadsheet, as a report is: its heads are
 * words, its times those of the house, and in French the separator is another. */
struct csv {
    bool office, french;
    char separator;
    struct local_zone *zone;
};

static const char *csv_head(const struct csv *csv, const struct ctl_list *list, size_t k)
{
    return !csv->office  ? list->columns[k].field
           : csv->french ? list->french[k]
                         : list->columns[k].title;
}

static void print_csv_row(const struct csv *csv, const struct ctl_list *list, const json_t *item)
{
    char at[20];

    for (size_t k = 0; k < list->n; k++) {
        const struct column *c = &list->columns[k];

        if (k)
            putchar(csv->separator);
        if (!item)
            fputs(csv_head(csv, list, k), stdout);
        else if (csv->office && c->kind == 'd')
            printf("%.16s", get_local(item, c->field, csv->zone, at));
        else
            print_csv_cell(json_object_get(item, c->field), csv->separator);
    }
    fputs("\r\n", stdout);
}

static void print_csv(const struct ctl_list *list, const json_t *reply, const json_t *items,
                      bool first)
{
    struct csv csv = { .office = list->french != NULL,
                       .french = list->french && strcmp(get_text(reply, "language"), "fr") == 0,
                       .zone = house_zone(reply) };
    const json_t *item;
    size_t i;

    csv.separator = csv.french ? ';' : ',';
    if (first && csv.office)
        fputs("\xef\xbb\xbf", stdout);
    if (first)
        print_csv_row(&csv, list, NULL);
    json_array_foreach(items, i, item) print_csv_row(&csv, list, item);
    local_zone_close(csv.zone);
}

static void print_json_lines(const json_t *items)
{
    const json_t *item;
    size_t i;

    json_array_foreach(items, i, item)
    {
        json_dumpf(item, stdout, JSON_COMPACT);
        putchar('\n');
    }
}

static void print_page(const struct ctl *ctl, struct pages *p, const json_t *reply)
{
    const struct ctl_list *list = ctl->command->list;
    const json_t *items = json_object_get(reply, list->name);

    if (ctl->json)
        print_json_lines(items);
    else if (p->csv)
        print_csv(list, reply, items, p->first);
    else if (json_array_size(items) > 0 && list->show)
        list->show(reply);
    else if (json_array_size(items) > 0 && *get_text(reply, "timezone"))
        show_house_table(reply, items, list->columns, list->n, "");
    else if (json_array_size(items) > 0)
        show_table(items, list->columns, list->n, "");
    p->first &= json_array_size(items) == 0;
    fflush(stdout);
}

/* One page; *more: there is another, and it is wanted. */
static int one_page(const struct ctl *ctl, const char *path, struct pages *p, bool *more)
{
    uint64_t n = p->left < PAGE_MAX ? p->left : PAGE_MAX;
    const char *query = path + strcspn(path, "?");
    struct buffer full;
    json_t *reply = NULL;
    const json_t *items;
    struct error err;
    int status = 0, result = 0;

    *more = false;
    buffer_init(&full, 16 * CTL_PATH_SIZE);
    /* In front of what the command line said of them: of two values the first counts. */
    buffer_printf(&full, "%.*s?after=", (int)strcspn(path, "?"), path);
    ctl_add_escaped(&full, p->after);
    buffer_printf(&full, "&limit=%llu%s%s", (unsigned long long)n, *query ? "&" : "",
                  *query ? query + 1 : "");
    if (ctl_call(&ctl->place, "GET", buffer_text(&full), NULL, &status, &reply, &err)) {
        fprintf(stderr, "relaisctl: %s\n", err.text);
        result = CTL_UNREACHED;
    } else if (status != 200) {
        fprintf(stderr, "relaisctl: %s\n",
                *get_text(reply, "error") ? get_text(reply, "error") : "relaisd refused the call");
        result = CTL_FAILED;
    } else {
        items = json_object_get(reply, ctl->command->list->name);
        print_page(ctl, p, reply);
        p->shown += (int64_t)json_array_size(items);
        if (ctl->watch) /* what is listed goes elsewhere, usually into a file */
            show_progress(stderr, "rows", p->shown, get_int(reply, "of"));
        if (!p->all)
            p->left -= json_array_size(items);
        take_next(p, reply);
        *more = *p->after && p->left && !ferror(stdout);
    }
    json_decref(reply);
    buffer_close(&full);
    return result;
}

int ctl_run_pages(const struct ctl *ctl, const char *path)
{
    struct pages p = { .all = ctl_given(ctl, "--all") != NULL,
                       .csv = ctl_given(ctl, "--csv") != NULL,
                       .first = true };
    bool more = true;
    int result = 0;

    if (!take_after(ctl, &p) || !take_number(ctl, "--limit", PAGE_DEFAULT, &p.left))
        return CTL_MISUSE;
    if (p.all)
        p.left = PAGE_MAX;
    while (result == 0 && more && p.left)
        result = one_page(ctl, path, &p, &more);
    if (ctl->watch)
        end_progress(stderr);
    if (result == 0 && p.first && !ctl->json && !p.csv)
        puts(ctl->command->list->none ? ctl->command->list->none : "Nobody.");
    if (result == 0 && *p.after && !p.all)
        fprintf(stderr, "There are more: --after %s goes on, --all shows all.\n", p.after);
    return result;
}
