/* edifact_path.c - reads a path as a profile writes it. */
#include "channel/file/edifact_path.h"

#include <stdlib.h>
#include <string.h>

static const char *const expected =
    "expected segments and a position such as NAD[CN]/3.1, RFF[ON]/1.2 or DTM[137]";

unsigned edifact_group_rank(const char *tag)
{
    static const struct {
        const char *tags;
        unsigned rank;
    } ranks[] = {
        { "UNB", 0 },
        { "UNH", 1 },
        { "CNI", 2 },
        { "STS", 3 },
        { "NAD TDT GID EQD LIN CPS UNS", 4 },
        { "LOC RFF CTA DOC PCI SGP DGS TOD CPI TCC GOR", 5 },
    };

    for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++) {
        if (strstr(ranks[i].tags, tag))
            return ranks[i].rank;
    }
    return EDIFACT_NO_GROUP;
}

/* "4" or "4.1"; *len is what it took, 0: no position stands here. */
static enum rc take_position(const char *text, uint16_t *element, uint16_t *component, size_t *len,
                             struct error *why)
{
    char *end;
    unsigned long n, k = 0;

    *len = 0;
    if (*text < '0' || *text > '9')
        return RC_OK;
    n = strtoul(text, &end, 10);
    if (*end == '.') {
        const char *digits = end + 1;

        k = strtoul(digits, &end, 10);
        if (end == digits || k == 0)
            return error_set(why, RC_INVALID, "expected a component such as .1 behind the point");
    }
    if (n == 0 || n > EDIFACT_PARTS_MAX || k > EDIFACT_PARTS_MAX)
        return error_set(why, RC_INVALID, "expected an element from 1 to %d", EDIFACT_PARTS_MAX);
    *element = (uint16_t)n;
    *component = (uint16_t)k;
    *len = (size_t)(end - text);
    return RC_OK;
}

/* What stands in brackets: "CN", "DP|CN" or "1.2=TE". */
static enum rc take_condition(const char *text, size_t len, struct arena *arena,
                              struct edifact_condition *condition, struct error *why)
{
    const char *equal = memchr(text, '=', len);
    size_t used = 0;

    condition->element = condition->component = 1;
    if (equal) {
        enum rc rc = take_position(text, &condition->element, &condition->component, &used, why);

        if (rc)
            return rc;
        if (used == 0 || text + used != equal)
            return error_set(why, RC_INVALID, "expected a position before '=', such as [1.2=TE]");
        if (condition->component == 0)
            condition->component = 1;
        len -= used + 1;
        text = equal + 1;
    }
    if (len == 0)
        return error_set(why, RC_INVALID, "expected a value in the brackets, such as [CN]");
    condition->values = arena_copy(arena, text, len);
    return condition->values ? RC_OK : RC_FAIL;
}

/* "NAD[CN][3.1=X]"; *len is what it took. */
static enum rc take_step(const char *text, struct arena *arena, struct edifact_step *step,
                         size_t *len, struct error *why)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t at = 3;
    enum rc rc = RC_OK;

    if (strspn(text, letters) != 3 || (*text >= '0' && *text <= '9'))
        return error_set(why, RC_INVALID, "%s", expected);
    memcpy(step->tag, text, 3);
    while (!rc && text[at] == '[') {
        const size_t inside = strcspn(text + at + 1, "[]/");

        if (text[at + 1 + inside] != ']')
            return error_set(why, RC_INVALID, "expected ']' behind '['");
        if (step->n_conditions == EDIFACT_PATH_CONDITIONS)
            return error_set(why, RC_INVALID, "expected at most %d conditions",
                             EDIFACT_PATH_CONDITIONS);
        rc = take_condition(text + at + 1, inside, arena, &step->conditions[step->n_conditions++],
                            why);
        at += inside + 2;
    }
    *len = at;
    return rc;
}

/* "4", "4.1" or "4-5" */
static enum rc take_place(const char *text, struct edifact_path *path, size_t *len,
                          struct error *why)
{
    uint16_t component = 0;
    size_t more = 0;
    enum rc rc = take_position(text, &path->element, &path->component, len, why);

    path->last = path->element;
    if (rc || *len == 0 || path->component || text[*len] != '-')
        return rc;
    rc = take_position(text + *len + 1, &path->last, &component, &more, why);
    if (!rc && (more == 0 || component || path->last < path->element))
        rc = error_set(why, RC_INVALID, "expected a range of elements such as 4-5");
    *len += more + 1;
    return rc;
}

/* What stands behind the last segment: a position; for DTM nothing, "/from" or "/to". */
static enum rc take_end(const char *text, struct edifact_path *path, struct error *why)
{
    const bool date = strcmp(path->steps[path->n - 1].tag, "DTM") == 0;
    size_t len = 0;
    enum rc rc = RC_OK;

    if (date && (!*text || strcmp(text, "/from") == 0 || strcmp(text, "/to") == 0)) {
        path->want = strcmp(text, "/to") == 0 ? EDIFACT_DATE_TO : EDIFACT_DATE;
        return RC_OK;
    }
    if (*text == '/')
        rc = take_place(text + 1, path, &len, why);
    if (!rc && (len == 0 || text[1 + len]))
        rc = error_set(why, RC_INVALID, "%s", expected);
    path->want = EDIFACT_VALUE;
    return rc;
}

static bool is_step(const char *text)
{
    return *text >= 'A' && *text <= 'Z';
}

enum rc edifact_path_parse(const char *text, struct arena *arena, struct edifact_path *path,
                           struct error *why)
{
    *path = (struct edifact_path){ 0 };
    do {
        size_t len = 0;
        enum rc rc;

        if (path->n == EDIFACT_PATH_STEPS)
            return error_set(why, RC_INVALID, "expected at most %d segments", EDIFACT_PATH_STEPS);
        rc = take_step(text, arena, &path->steps[path->n++], &len, why);
        if (rc)
            return rc;
        text += len;
        if (*text == '/' && is_step(text + 1))
            text++;
    } while (is_step(text));
    return take_end(text, path, why);
}
