/* take_rules.c - the keys of take { }, what they must say together, and file names. */
#define _GNU_SOURCE
#include "channel/file/take_rules.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "channel/file/refused_profile.h"
#include "domain/file_name.h"

#define SECOND INT64_C(1000)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)
#define KB     INT64_C(1024)
#define TB     (KB * KB * KB * KB)

static const char *const completes[] = { "closed", "rename", "marker", "stable", NULL };
static const char *const orders[] = { "oldest", "name", "number", NULL };

#define AT(key) offsetof(struct take_keys, key)
const struct config_key take_table[TAKE_KEYS_N] = {
    { "files", CONFIG_LIST, AT(files), "*", 1, 200, NULL, false,
      "Names of this profile's files: * stands for any letters, ? for one, [abc] for one of them;\n"
      "capital or small letters are the same." },
    { "complete", CONFIG_CHOICE, AT(complete), "closed", 0, 0, completes, false,
      "When a file is complete.\n"
      "closed: nobody has it open for writing (on disks that can tell; on others it rested for 3 "
      "s).\n"
      "rename: as soon as it is there; the partner writes it under a name that ends in .tmp, .part "
      "or\n"
      "another sign of being unfinished, then renames it.\n"
      "marker: a second file says so, see marker.\n"
      "stable: its size and time did not change for stable_for; for network disks." },
    { "marker", CONFIG_TEXT, AT(marker), ".done", 2, TAKE_MARKER_SIZE - 1, NULL, false,
      "For complete = \"marker\": orders.csv is taken once orders.csv.done or orders.done is "
      "there;\n"
      "the marker leaves in/ with it." },
    { "stable_for", CONFIG_DURATION, AT(stable_for_ms), "10s", 1 * SECOND, 1 * DAY, NULL, false,
      "For complete = \"stable\"." },
    { "min_age", CONFIG_DURATION, AT(min_age_ms), "0s", 0, 1 * DAY, NULL, false,
      "Besides: how long ago a file must have come or been changed last." },
    { "refuse_after", CONFIG_DURATION, AT(refuse_after_ms), "5m", 0, 7 * DAY, NULL, false,
      "A file that is no profile's goes to failed/, with a receipt that says so, once it has "
      "rested\n"
      "for so long: it may be one that is about to be renamed. Of several profiles of a partner "
      "the\n"
      "longest time counts." },
    { "order", CONFIG_CHOICE, AT(order), "oldest", 0, 0, orders, false,
      "Which file comes first. number: by name, where digits are read as numbers: orders-9 before\n"
      "orders-10. Of several profiles of a partner the first one's order counts." },
    { "at_once", CONFIG_INT, AT(at_once), "1", 1, TAKE_AT_ONCE_MAX, NULL, false,
      "How many of the partner's files are read side by side. More than 1 only where a file does "
      "not\n"
      "rely on the one before it. Of several profiles of a partner the smallest number counts." },
    { "max_bytes", CONFIG_SIZE, AT(max_bytes), "16g", 1, 1 * TB, NULL, false,
      "A larger file is refused unread." },
    { "unpack_ratio", CONFIG_INT, AT(unpack_ratio), "200", 2, 1100, NULL, false,
      "A .gz or .zip file that becomes so many times as large (and more than 1m) is refused." },
    { "unpack_bytes", CONFIG_SIZE, AT(unpack_bytes), "16g", 1, 1 * TB, NULL, false,
      "One that becomes larger than this is refused." },
    { "unpack_entries", CONFIG_INT, AT(unpack_entries), "1000", 1, 10000, NULL, false,
      "A .zip file with more entries is refused." },
};
#undef AT

/* --- what the keys say together --- */

static bool ends_with(const char *name, const char *end)
{
    const size_t len = strlen(name), n = strlen(end);

    return len >= n && strcasecmp(name + len - n, end) == 0;
}

struct reading {
    const struct take_keys *keys;
    const char *path;
    struct error *err;
};

static enum rc fault(const struct reading *r, const char *key, const char *text,
                     const char *expected)
{
    const int line = r->keys->head.line;

    if (!*text)
        return error_set(r->err, RC_INVALID, "%s:%d: take.%s: expected %s", r->path, line, key,
                         expected);
    return error_set(r->err, RC_INVALID, "%s:%d: take.%s: \"%s\": expected %s", r->path, line, key,
                     text, expected);
}

/* A [ that is never closed matches nothing, ever. */
static bool brackets_are_closed(const char *pattern)
{
    const char *open;

    while ((open = strchr(pattern, '[')) != NULL) {
        const char *first = open + 1 + (open[1] == '!' || open[1] == '^');
        const char *close = *first ? strchr(first + 1, ']') : NULL; /* the first may be ] itself */

        if (!close)
            return false;
        pattern = close + 1;
    }
    return true;
}

static enum rc check_patterns(const struct reading *r)
{
    const struct config_texts *files = &r->keys->files;

    if (files->n == 0 || files->n > TAKE_PATTERNS_MAX)
        return fault(r, "files", "", "1 to 32 names or patterns, such as { \"orders-*.csv\" }");
    for (size_t i = 0; i < files->n; i++) {
        const char *pattern = files->items[i];

        if (strchr(pattern, '/'))
            return fault(r, "files", pattern, "a name without /: only in/ itself is looked at");
        if (!brackets_are_closed(pattern))
            return fault(r, "files", pattern, "a ] behind the [");
        if (file_name_is_unfinished(pattern))
            return fault(r, "files", pattern,
                         "a name that is not hidden and does not end like one of a file still "
                         "being written (.tmp, .part, ~ and the like): those are never taken");
    }
    return RC_OK;
}

static enum rc check_marker(const struct reading *r)
{
    const char *marker = r->keys->marker;
    char example[TAKE_MARKER_SIZE + 1];

    if (marker[0] != '.' || strchr(marker, '/'))
        return fault(r, "marker", marker, "an ending such as \".done\"");
    snprintf(example, sizeof(example), "a%s", marker);
    if (file_name_is_unfinished(example))
        return fault(r, "marker", marker,
                     "another ending: names like this one are those of files still being written");
    for (size_t i = 0; r->keys->complete == TAKE_MARKER && i < r->keys->files.n; i++) {
        if (ends_with(r->keys->files.items[i], marker))
            return fault(r, "files", r->keys->files.items[i],
                         "names of files; this is one of markers");
    }
    return RC_OK;
}

enum rc take_rules_read(const struct take_keys *keys, const char *path, struct take_rules *rules,
                        struct error *err)
{
    const struct reading r = { keys, path, err };
    struct take_rules made = {
        .patterns = keys->files,
        .complete = (enum take_complete)keys->complete,
        .stable_for_ms = keys->stable_for_ms,
        .min_age_ms = keys->min_age_ms,
        .refuse_after_ms = keys->refuse_after_ms,
        .order = (enum take_order)keys->order,
        .at_once = (unsigned)keys->at_once,
        .max_bytes = (uint64_t)keys->max_bytes,
        .archive = { .bytes = (uint64_t)keys->unpack_bytes,
                     .ratio = (unsigned)keys->unpack_ratio,
                     .entries = (unsigned)keys->unpack_entries },
    };
    enum rc rc = check_patterns(&r);

    if (!rc)
        rc = check_marker(&r);
    if (rc)
        return rc;
    memcpy(made.marker, keys->marker, strlen(keys->marker) + 1); /* config.c bounds it */
    *rules = made;
    return RC_OK;
}

/* --- names --- */

/* Refused rows that come back under our name for them go where their file went. */
bool take_rules_match(const struct take_rules *rules, const char *name)
{
    char origin[NAME_MAX + 1];

    refused_profile_origin(name, origin, sizeof(origin));
    for (size_t i = 0; i < rules->patterns.n; i++) {
        if (fnmatch(rules->patterns.items[i], name, FNM_CASEFOLD | FNM_NOESCAPE) == 0 ||
            fnmatch(rules->patterns.items[i], origin, FNM_CASEFOLD | FNM_NOESCAPE) == 0)
            return true;
    }
    return false;
}

bool take_rules_any(const struct take_rules *rules)
{
    return rules->patterns.n == 0 ||
           (rules->patterns.n == 1 && strcmp(rules->patterns.items[0], "*") == 0);
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

int take_compare_numbers(const char *a, const char *b)
{
    const char *const a_whole = a, *const b_whole = b;

    while (*a && *b) {
        size_t a_len, b_len;
        int order;

        if (!digits(a) || !digits(b)) {
            if (*a != *b)
                return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
            a++;
            b++;
            continue;
        }
        a += strspn(a, "0");
        b += strspn(b, "0");
        a_len = digits(a);
        b_len = digits(b);
        if (a_len != b_len)
            return a_len < b_len ? -1 : 1;
        order = strncmp(a, b, a_len);
        if (order)
            return order;
        a += a_len;
        b += b_len;
    }
    if (*a || *b)
        return *a ? 1 : -1;
    return strcmp(a_whole, b_whole); /* "07" and "7": some order, always the same */
}
