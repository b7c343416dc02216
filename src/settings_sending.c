/* settings_sending.c - from the texts of relais.conf to hours, holidays and caps. */
#include "settings_sending.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings.h"

#define EARLIEST      (8 * 60) /* the charter's bounds, minutes of the day */
#define LATEST        (22 * 60)
#define SUNDAY        0x40
#define LINE_BYTES    500
#define FILE_LINES    10000
#define PATH_SIZE     4500
#define DEFAULT_FILES "holidays"

static enum rc check_charter(const struct settings *s, const char *path,
                             const struct hours_span *span, const char *text, struct error *err)
{
    if (s->sending.beyond_charter ||
        (span->from >= EARLIEST && span->to <= LATEST && !(span->days & SUNDAY)))
        return RC_OK;
    return error_set(err, RC_INVALID,
                     "%s:%d: sending.hours: expected working days from 08:00 to 22:00 at most, or "
                     "beyond_charter = true, got '%s'",
                     path, s->sending.head.line, text);
}

enum rc settings_sending_build(struct settings *s, const char *path, struct send_rules *out,
                               struct error *err)
{
    const struct config_texts *hours = &s->sending.hours;
    struct error why;
    enum rc rc = RC_OK;

    path = path ? path : "(defaults)";
    *out = (struct send_rules){
        .promo = { .on_holidays = s->sending.on_holidays,
                   .regional = s->sending.regional_holidays },
        .timezone = s->sms.timezone,
        .country = s->sms.country,
        .cap = (unsigned)s->sending.cap,
        .cap_period_s = s->sending.cap_period_ms / 1000,
    };
    if (hours->n == 0)
        return error_set(err, RC_INVALID,
                         "%s:%d: sending.hours: expected days and times such as "
                         "\"mon-sat 08:00-20:00\", got none",
                         path, s->sending.head.line);
    for (size_t i = 0; !rc && i < hours->n; i++) {
        if (hours_add(&out->promo.hours, hours->items[i], &why))
            return error_set(err, RC_INVALID, "%s:%d: sending.hours: %s", path,
                             s->sending.head.line, why.text);
        rc = check_charter(s, path, &out->promo.hours.spans[i], hours->items[i], err);
    }
    if (!rc && s->sending.on_holidays && !s->sending.beyond_charter)
        rc = error_set(err, RC_INVALID,
                       "%s:%d: sending.on_holidays: expected false, or beyond_charter = true", path,
                       s->sending.head.line);
    return rc;
}

/* --- holidays --- */

static enum rc read_country(struct holiday_book *book, const char *path, const char *country,
                            struct error *err)
{
    FILE *file = fopen(path, "re");
    char line[LINE_BYTES];
    struct error why;
    enum rc rc = RC_OK;
    int n = 0;

    if (!file)
        return error_set(err, RC_INVALID, "%s: cannot be read: %s", path, strerror(errno));
    while (!rc && n < FILE_LINES && fgets(line, sizeof(line), file)) {
        n++;
        if (!strchr(line, '\n') && strlen(line) == sizeof(line) - 1)
            rc = error_set(&why, RC_INVALID, "expected at most %d bytes", LINE_BYTES - 1);
        else
            rc = holiday_book_add(book, country, line, &why);
    }
    if (rc)
        error_set(err, rc, "%s:%d: %s", path, n, why.text);
    else if (ferror(file) || !feof(file))
        rc = error_set(err, RC_INVALID, "%s: cannot be read, or has over %d lines", path,
                       FILE_LINES);
    fclose(file);
    return rc;
}

/* Whatever has another name, an editor's copy for example, is none of ours. */
static bool is_country(const char *name)
{
    return name[0] >= 'A' && name[0] <= 'Z' && name[1] >= 'A' && name[1] <= 'Z' && !name[2];
}

static enum rc read_files(struct settings *s, const char *dir_path, bool asked, struct error *err)
{
    struct holiday_book *book = s->rules.promo.book;
    DIR *dir = opendir(dir_path);
    const struct dirent *entry;
    char path[PATH_SIZE];
    enum rc rc = RC_OK;

    if (!dir && errno == ENOENT && !asked)
        return RC_OK;
    if (!dir)
        return error_set(err, RC_INVALID, "sending.holiday_files: %s: cannot be read: %s", dir_path,
                         strerror(errno));
    while (!rc && (entry = readdir(dir))) {
        if (!is_country(entry->d_name))
            continue;
        snprintf(path, sizeof(path), "%s/%s", dir_path, entry->d_name);
        rc = read_country(book, path, entry->d_name, err);
    }
    closedir(dir);
    return rc;
}

enum rc settings_holidays_read(struct settings *s, const char *path, struct error *err)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    char beside[PATH_SIZE] = "";

    s->rules.promo.book = arena_alloc(&s->arena, sizeof(*s->rules.promo.book));
    if (!s->rules.promo.book)
        return error_set(err, RC_FAIL, "no memory");
    memset(s->rules.promo.book, 0, sizeof(*s->rules.promo.book));
    if (*s->sending.holiday_files)
        return read_files(s, s->sending.holiday_files, true, err);
    if (!path)
        return RC_OK;
    snprintf(beside, sizeof(beside), "%.*s" DEFAULT_FILES, slash ? (int)(slash - path + 1) : 0,
             path);
    return read_files(s, beside, false, err);
}
