/* refused_profile.c - the mark, and the profile that is made of another for what is under it. */
#include "channel/file/refused_profile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MARK      "# relais refused-rows"
#define MARK_SIZE 200 /* bytes of a file that are looked at */

struct mark {
    char name[PROFILE_NAME_SIZE];
    char separator;
};

bool refused_profile_has(const struct profile *profile, enum field f)
{
    return profile->rules.fields[f].mapped && !profile->rules.fields[f].constant;
}

void refused_profile_put_mark(FILE *out, const struct profile *profile)
{
    fprintf(out, MARK "%c1%c%s\r\n", REFUSED_SEPARATOR, REFUSED_SEPARATOR, profile->name);
}

static bool skip(const char **at, const char *text)
{
    const size_t len = strlen(text);

    if (strncmp(*at, text, len) != 0)
        return false;
    *at += len;
    return true;
}

/* One cell that says `text`, with or without quotes. */
static bool skip_cell(const char **at, const char *text)
{
    const bool quoted = skip(at, "\"");

    return skip(at, text) && (!quoted || skip(at, "\""));
}

static bool read_mark(const char *head, size_t size, struct mark *mark)
{
    char text[MARK_SIZE + 1];
    const char *at = text;
    char between[2] = { 0 };
    size_t len;

    snprintf(text, sizeof(text), "%.*s", size < MARK_SIZE ? (int)size : MARK_SIZE, head);
    skip(&at, "\xEF\xBB\xBF");
    if (!skip_cell(&at, MARK) || !*at || !strchr(";,\t", *at))
        return false;
    mark->separator = between[0] = *at;
    if (!skip(&at, between) || !skip_cell(&at, "1") || !skip(&at, between))
        return false;
    skip(&at, "\"");
    len = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789-_.");
    if (len == 0 || len >= PROFILE_NAME_SIZE)
        return false;
    memcpy(mark->name, at, len);
    mark->name[len] = '\0';
    return true;
}

bool refused_profile_marked(const char *head, size_t len, char name[PROFILE_NAME_SIZE])
{
    struct mark mark;

    if (!read_mark(head, len, &mark))
        return false;
    memcpy(name, mark.name, sizeof(mark.name));
    return true;
}

#define REFUSED_ENDING ".refused.csv"

void refused_profile_origin(const char *file_name, char *origin, size_t size)
{
    size_t len = strlen(file_name), at;

    for (;;) {
        at = len;
        if (at < strlen(REFUSED_ENDING) || memcmp(file_name + at - strlen(REFUSED_ENDING),
                                                  REFUSED_ENDING, strlen(REFUSED_ENDING)) != 0)
            break;
        at -= strlen(REFUSED_ENDING);
        while (at > 0 && strchr("0123456789-", file_name[at - 1]))
            at--;
        if (at < 2 || file_name[at - 1] != '.' || at + strlen(REFUSED_ENDING) == len)
            break;
        len = at - 1;
    }
    snprintf(origin, size, "%.*s", (int)len, file_name);
}

enum rc refused_profile_find(int fd, const struct profile *profile, struct profile **found)
{
    char head[MARK_SIZE];
    struct mark mark;
    struct profile *p;
    ssize_t len;

    *found = NULL;
    if (profile->format == FORMAT_CSV)
        return RC_OK;
    len = pread(fd, head, sizeof(head), 0);
    if (len <= 0 || !read_mark(head, (size_t)len, &mark))
        return RC_OK;
    p = malloc(sizeof(*p));
    if (!p)
        return RC_FAIL;
    *p = *profile;
    p->format = FORMAT_CSV;
    p->encoding = ENCODING_AUTO;
    p->separator = mark.separator;
    p->header = p->marker = true;
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        p->n_places[f] = refused_profile_has(profile, f);
        if (p->n_places[f])
            p->places[f][0].column = mapping_field_name(&profile->rules, f);
    }
    *found = p;
    return RC_OK;
}
