/* guess.c - what a sample is, and the profile that is proposed for it. */
#include "channel/file/guess.h"

#include <stdlib.h>
#include <string.h>

#include "channel/file/guess_private.h"
#include "domain/local_time.h"

/* --- finding out --- */

static const char *skip_blanks(const char *data, const char *end)
{
    if (end - data >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0)
        data += 3;
    while (data < end && memchr(" \t\r\n", *data, 4))
        data++;
    return data;
}

static bool begins(const char *data, const char *end, const char *with)
{
    return (size_t)(end - data) >= strlen(with) && memcmp(data, with, strlen(with)) == 0;
}

static enum rc look(struct sample *s, const char *data, size_t len, bool whole, struct error *err)
{
    const char *end = data + len, *first = skip_blanks(data, end);
    enum rc rc;

    if (first == end)
        return error_set(err, RC_INVALID, "it is empty");
    if (begins(first, end, "UNA") || begins(first, end, "UNB+")) {
        s->guess->document = "EDIFACT";
        s->guess->builtin = "edifact";
        return RC_OK;
    }
    rc = *first == '<' ? guess_xml(s, data, len, whole, err) : guess_csv(s, data, len, whole, err);
    return rc ? rc : guess_place(s);
}

enum rc guess_file(const char *data, size_t len, bool whole, struct guess **guess,
                   struct error *err)
{
    struct guess *g = calloc(1, sizeof(*g));
    struct sample s = { .guess = g };
    enum rc rc = RC_FAIL;

    if (!g)
        return RC_FAIL;
    arena_init(&g->arena);
    g->cut = !whole || len > GUESS_BYTES_MAX;
    len = len < GUESS_BYTES_MAX ? len : GUESS_BYTES_MAX;
    s.taster.arena = &g->arena;
    s.columns = calloc(GUESS_COLUMNS_MAX, sizeof(*s.columns));
    if (s.columns)
        rc = local_zone_open("UTC", &s.taster.zone, err);
    if (!rc)
        rc = look(&s, data, len, !g->cut, err);
    local_zone_close(s.taster.zone);
    free(s.columns);
    if (rc) {
        guess_free(g);
        return rc;
    }
    *guess = g;
    return RC_OK;
}

void guess_free(struct guess *guess)
{
    if (!guess)
        return;
    arena_close(&guess->arena);
    free(guess);
}
