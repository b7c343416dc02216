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

/* --- EDIFACT --- */

/* "UNH+1+IFTMIN:D:96A:UN'": where the type begins. NULL: there is no such segment. */
static const char *find_message(const char *data, const char *end)
{
    const char element = begins(data, end, "UNA") && end - data > 9 ? data[4] : '+';

    for (; end - data > 4; data++) {
        if (memcmp(data, "UNH", 3) != 0 || data[3] != element)
            continue;
        data = memchr(data + 4, element, (size_t)(end - data - 4));
        return data ? data + 1 : NULL;
    }
    return NULL;
}

/* No profile is proposed for it, but one that comes with Relais. */
static enum rc look_at_edifact(struct guess *g, const char *data, const char *end,
                               struct error *err)
{
    const char *type = find_message(data, end);

    if (!type)
        return error_set(err, RC_INVALID, "it begins like EDIFACT and has no message (no UNH)");
    if (begins(type, end, "IFTMIN")) {
        g->document = "EDIFACT IFTMIN";
        g->builtin = "edifact";
    } else if (begins(type, end, "IFTSTA")) {
        g->document = "EDIFACT IFTSTA";
        g->builtin = "edifact.statuses";
    } else {
        return error_set(err, RC_INVALID,
                         "its EDIFACT message is none of IFTMIN and IFTSTA, for which there are "
                         "profiles");
    }
    return RC_OK;
}

static enum rc look(struct sample *s, const char *data, size_t len, bool whole, struct error *err)
{
    const char *end = data + len, *first = skip_blanks(data, end);
    enum rc rc;

    if (first == end)
        return error_set(err, RC_INVALID, "it is empty");
    if (begins(first, end, "UNA") || begins(first, end, "UNB+"))
        return look_at_edifact(s->guess, first, end, err);
    rc = *first == '<' ? guess_xml(s, data, len, whole, err) : guess_csv(s, data, len, whole, err);
    return rc ? rc : guess_place(s);
}

enum rc guess_file(const char *data, size_t len, bool whole, const char *home, struct guess **guess,
                   struct error *err)
{
    struct guess *g = calloc(1, sizeof(*g));
    struct sample s = { .guess = g, .home = home };
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
