/* spool_look.c - one walk through in/, and the best of what it met. */
#define _GNU_SOURCE
#include "channel/file/spool_look.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "channel/file/said_once.h"
#include "channel/file/settled.h"
#include "channel/file/spool_private.h"
#include "domain/file_name.h"

#define LOG_PART "intake"
#include "base/log.h"

#define BATCH    256                /* files that one look finds */
#define BATCH_US (5 * USEC_PER_SEC) /* and for how long that is news */
#define QUIET_MS 3000               /* see ask_whether_closed() in spool.c */

#define LATE    16 /* files that come last, and for how long */
#define LATE_US (600 * USEC_PER_SEC)

struct candidate {
    struct spool_found found;
    struct timespec mtime;
    bool rested; /* it was the same at an earlier look, QUIET_MS before */
};

struct spool_look {
    const char *partner;
    const struct take_rules *const *rules;
    size_t n_rules;
    struct spool_view view, seen; /* of the last look; of the one under way */
    struct settled settled;
    struct said_once said;
    struct candidate batch[BATCH];
    uint16_t order[BATCH]; /* of the batch: its first is the next file */
    size_t n, next;
    struct {
        char name[SPOOL_NAME_SIZE];
        int64_t until_us; /* monotonic */
    } late[LATE];
    size_t next_late;
    int64_t looked_us, took_us; /* monotonic: when the last look was, and how long it took */
};

struct spool_look *spool_look_new(const char *partner, const struct take_rules *const *rules,
                                  size_t n)
{
    struct spool_look *look = calloc(1, sizeof(*look));

    if (!look)
        return NULL;
    look->partner = partner;
    look->rules = rules;
    look->n_rules = n;
    return look;
}

void spool_look_free(struct spool_look *look)
{
    if (!look)
        return;
    settled_close(&look->settled);
    free(look);
}

const struct spool_view *spool_look_view(const struct spool_look *look)
{
    return &look->view;
}

static void say(struct spool_look *look, const char *name, const char *reason, const char *effect)
{
    char safe[LOG_TEXT_SIZE];

    if (said_is_new(&look->said, reason, name))
        log_warn("partner=%s file=\"%s\" reason=\"%s\" effect=\"%s\"", look->partner,
                 log_text(safe, name, strlen(name)), reason, effect);
}

static void set_aside(struct spool_look *look, const struct drop_box *box, const char *name)
{
    char safe[LOG_TEXT_SIZE];

    if (spool_move_unique(box->fds[BOX_IN], name, box->fds[BOX_FAILED], name))
        say(look, name, "neither a file nor a folder", "stays in in/: it cannot be moved");
    else
        log_warn("partner=%s file=\"%s\" moved=failed reason=\"neither a file nor a folder\"",
                 look->partner, log_text(safe, name, strlen(name)));
}

/* --- markers --- */

static bool ends_with(const char *name, const char *end)
{
    const size_t len = strlen(name), n = strlen(end);

    return len > n && strcmp(name + len - n, end) == 0;
}

static bool is_marker(const struct spool_look *look, const char *name)
{
    for (size_t i = 0; i < look->n_rules; i++) {
        if (look->rules[i]->complete == TAKE_MARKER && ends_with(name, look->rules[i]->marker))
            return true;
    }
    return false;
}

/*
 * orders.csv.done, or orders.done. One that is older than the file belongs to an earlier file of
 * that name; by whole seconds, as some programs write no finer ones.
 */
static bool find_marker(const struct take_rules *rules, const struct drop_box *box,
                        const char *name, time_t changed, char marker[SPOOL_NAME_SIZE])
{
    const char *dot = strrchr(name, '.');
    const int lengths[] = { (int)strlen(name), dot && dot > name ? (int)(dot - name) : 0 };

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct stat st;
        const int len =
            snprintf(marker, SPOOL_NAME_SIZE, "%.*s%s", lengths[i], name, rules->marker);

        if (lengths[i] && len < SPOOL_NAME_SIZE &&
            fstatat(box->fds[BOX_IN], marker, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(st.st_mode) && st.st_mtim.tv_sec >= changed)
            return true;
    }
    *marker = '\0';
    return false;
}

void spool_look_marker(const struct spool_look *look, const struct drop_box *box, const char *name,
                       char marker[SPOOL_NAME_SIZE])
{
    *marker = '\0';
    for (size_t i = 0; i < look->n_rules && !*marker; i++) {
        const struct take_rules *rules = look->rules[i];

        if (rules->complete == TAKE_MARKER && take_rules_match(rules, name))
            (void)find_marker(rules, box, name, 0, marker);
    }
}

void spool_look_tidy_marker(const struct spool_look *look, const struct drop_box *box,
                            const char *name, utc_us taken_at)
{
    const int in = box->fds[BOX_IN];
    char marker[SPOOL_NAME_SIZE];
    struct stat st;

    if (fstatat(in, name, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
        return; /* it may be the marker of this one */
    spool_look_marker(look, box, name, marker);
    if (*marker && fstatat(in, marker, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        (utc_us)st.st_mtim.tv_sec * USEC_PER_SEC <= taken_at)
        unlinkat(in, marker, 0);
}

enum take_complete spool_look_complete(const struct spool_look *look, const char *name)
{
    enum take_complete complete = TAKE_CLOSED;
    bool other = false;

    for (size_t i = 0; i < look->n_rules; i++) {
        if (!take_rules_match(look->rules[i], name))
            continue;
        if (look->rules[i]->complete == TAKE_CLOSED)
            return TAKE_CLOSED; /* the lease is asked for if one profile wants it */
        complete = look->rules[i]->complete;
        other = true;
    }
    return other ? complete : TAKE_CLOSED;
}

/* --- is it complete? --- */

static int64_t age_ms(const struct stat *st)
{
    /* The change time: a program may set the other one to when the file was made at the partner's.
     */
    const utc_us at = (utc_us)st->st_ctim.tv_sec * USEC_PER_SEC + st->st_ctim.tv_nsec / 1000;

    const int64_t age = (clock_now() - at) / 1000;

    return age > 0 ? age : 0; /* the clock was set back: it came just now */
}

/* Notes when to look again for a file that lacks so much; returns whether it lacks anything. */
static bool must_wait(struct spool_look *look, int64_t lacks_ms)
{
    int64_t *again = &look->seen.again_ms;

    if (lacks_ms <= 0)
        return false;
    if (*again == 0 || lacks_ms < *again)
        *again = lacks_ms;
    return true;
}

static bool is_ready_for(struct spool_look *look, const struct take_rules *rules,
                         const struct drop_box *box, const char *name, const struct stat *st)
{
    char marker[SPOOL_NAME_SIZE];
    int64_t rested_ms;

    if (must_wait(look, rules->min_age_ms - age_ms(st)))
        return false;
    switch (rules->complete) {
    case TAKE_CLOSED: /* the file itself is asked, later */
    case TAKE_RENAME:
        return true;
    case TAKE_MARKER:
        return find_marker(rules, box, name, st->st_mtim.tv_sec, marker);
    case TAKE_STABLE:
        rested_ms = settled_for_us(&look->settled, st, clock_monotonic_us()) / 1000;
        return !must_wait(look, rules->stable_for_ms - rested_ms);
    }
    return false;
}

/* By the rules of all profiles that take files of this name. False: it is not ready. */
static bool judge(struct spool_look *look, const struct drop_box *box, const char *name,
                  const struct stat *st, enum spool_verdict *verdict)
{
    int64_t refuse_after_ms = 0;
    uint64_t max_bytes = 0;
    bool taken = false, ready = true;

    for (size_t i = 0; i < look->n_rules; i++) {
        const struct take_rules *rules = look->rules[i];
        const bool matches = take_rules_match(rules, name);

        taken |= matches;
        max_bytes = rules->max_bytes > max_bytes ? rules->max_bytes : max_bytes;
        refuse_after_ms =
            rules->refuse_after_ms > refuse_after_ms ? rules->refuse_after_ms : refuse_after_ms;
        /* All of them are asked, so that each sees whether the file is at rest. */
        ready &= !matches || is_ready_for(look, rules, box, name, st);
    }
    if (!taken)
        ready = !must_wait(look, refuse_after_ms - age_ms(st));
    *verdict = (uint64_t)st->st_size > max_bytes ? SPOOL_TOO_LARGE
               : taken                           ? SPOOL_TAKE
                                                 : SPOOL_NOBODYS;
    return ready;
}

/* Asks the file itself. */
static bool is_complete(struct spool_look *look, const struct drop_box *box,
                        const struct candidate *c)
{
    const char *name = c->found.name;
    enum spool_closed closed;
    struct stat st;
    const int fd = spool_open_complete(box, name, spool_look_complete(look, name), &st, &closed);

    if (fd >= 0) {
        close(fd);
        return closed == SPOOL_CLOSED || c->rested || !must_wait(look, QUIET_MS);
    }
    if (errno == EACCES)
        say(look, name, "may not be read", "stays in in/");
    else if (errno == EAGAIN)
        (void)must_wait(look, QUIET_MS);
    return false;
}

/* --- the order --- */

void spool_look_put_last(struct spool_look *look, const char *name)
{
    size_t at = look->next_late;

    for (size_t i = 0; i < LATE; i++)
        at = strcmp(look->late[i].name, name) == 0 ? i : at;
    if (at == look->next_late)
        look->next_late = (at + 1) % LATE;
    snprintf(look->late[at].name, sizeof(look->late[at].name), "%s", name);
    look->late[at].until_us = clock_monotonic_us() + LATE_US;
}

static bool is_late(const struct spool_look *look, const char *name)
{
    for (size_t i = 0; i < LATE; i++) {
        if (*look->late[i].name && strcmp(look->late[i].name, name) == 0)
            return clock_monotonic_us() < look->late[i].until_us;
    }
    return false;
}

static int compare_times(const struct timespec *a, const struct timespec *b)
{
    if (a->tv_sec != b->tv_sec)
        return a->tv_sec < b->tv_sec ? -1 : 1;
    return a->tv_nsec == b->tv_nsec ? 0 : a->tv_nsec < b->tv_nsec ? -1 : 1;
}

static bool is_before(const struct spool_look *look, const struct candidate *a,
                      const struct candidate *b)
{
    int order = 0;

    if (a->found.late != b->found.late)
        return b->found.late;
    switch (look->rules[0]->order) {
    case TAKE_OLDEST:
        order = compare_times(&a->mtime, &b->mtime);
        break;
    case TAKE_BY_NAME:
        break;
    case TAKE_BY_NUMBER:
        order = take_compare_numbers(a->found.name, b->found.name);
        break;
    }
    return order ? order < 0 : strcmp(a->found.name, b->found.name) < 0;
}

/* Where the candidate belongs among those found so far. */
static size_t place_of(const struct spool_look *look, const struct candidate *c)
{
    size_t low = 0, high = look->n;

    while (low < high) {
        const size_t middle = (low + high) / 2;

        if (is_before(look, c, &look->batch[look->order[middle]]))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void add(struct spool_look *look, const struct drop_box *box, const struct candidate *c)
{
    const size_t at = place_of(look, c);
    uint16_t slot;

    if (at == BATCH || !is_complete(look, box, c))
        return;
    slot = look->n < BATCH ? (uint16_t)look->n++ : look->order[BATCH - 1];
    memmove(&look->order[at + 1], &look->order[at], (look->n - 1 - at) * sizeof(look->order[0]));
    look->order[at] = slot;
    look->batch[slot] = *c;
}

/* --- a look --- */

static void see(struct spool_look *look, const struct drop_box *box, const char *name)
{
    struct candidate c = { 0 };
    struct stat st;

    if (file_name_is_unfinished(name) || is_marker(look, name) ||
        fstatat(box->fds[BOX_IN], name, &st, AT_SYMLINK_NOFOLLOW))
        return;
    if (S_ISDIR(st.st_mode)) {
        say(look, name, "a folder", "stays in in/ and is not looked into");
        return;
    }
    if (!S_ISREG(st.st_mode)) {
        set_aside(look, box, name);
        return;
    }
    c.mtime = st.st_mtim;
    c.found.bytes = (uint64_t)st.st_size;
    c.found.came_at = (utc_us)st.st_ctim.tv_sec * USEC_PER_SEC + st.st_ctim.tv_nsec / 1000;
    look->seen.waiting++;
    if (look->seen.oldest_at == 0 || c.found.came_at < look->seen.oldest_at)
        look->seen.oldest_at = c.found.came_at;
    /* Its time is yet to come: only by looking twice is it known whether it is at rest. */
    c.rested = c.mtime.tv_sec > clock_now() / USEC_PER_SEC &&
               settled_for_us(&look->settled, &st, clock_monotonic_us()) >= QUIET_MS * 1000;
    if (!judge(look, box, name, &st, &c.found.verdict))
        return;
    snprintf(c.found.name, sizeof(c.found.name), "%s", name);
    c.found.late = is_late(look, name);
    add(look, box, &c);
}

static enum rc look_around(struct spool_look *look, const struct drop_box *box)
{
    const int64_t began_us = clock_monotonic_us();
    DIR *dir = spool_open_listing(box->fds[BOX_IN]);
    const struct dirent *entry;

    look->n = look->next = 0;
    look->seen = (struct spool_view){ 0 };
    if (!dir)
        return RC_AGAIN;
    settled_begin(&look->settled);
    said_begin(&look->said);
    while ((entry = readdir(dir)) != NULL)
        see(look, box, entry->d_name);
    closedir(dir);
    said_end(&look->said);
    settled_end(&look->settled);
    look->view = look->seen;
    look->looked_us = clock_monotonic_us();
    look->took_us = look->looked_us - began_us;
    return RC_OK;
}

/* Whether the next of the batch is still as it was seen. */
static bool is_still_there(struct spool_look *look, const struct drop_box *box,
                           const struct candidate *c)
{
    struct stat st;

    return fstatat(box->fds[BOX_IN], c->found.name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(st.st_mode) && (uint64_t)st.st_size == c->found.bytes &&
           compare_times(&st.st_mtim, &c->mtime) == 0 && is_complete(look, box, c);
}

static bool take_next(struct spool_look *look, const struct drop_box *box,
                      struct spool_found *found)
{
    while (look->next < look->n) {
        const struct candidate *c = &look->batch[look->order[look->next++]];

        if (!is_still_there(look, box, c))
            continue;
        *found = c->found;
        look->view.waiting -= look->view.waiting > 0;
        return true;
    }
    return false;
}

enum rc spool_look_next(struct spool_look *look, const struct drop_box *box,
                        struct spool_found *found)
{
    /* A look that took long, at a full directory, is news for longer. */
    const int64_t good_us = 20 * look->took_us > BATCH_US ? 20 * look->took_us : BATCH_US;
    enum rc rc;

    if (clock_monotonic_us() - look->looked_us < good_us && take_next(look, box, found))
        return RC_OK;
    rc = look_around(look, box);
    if (rc)
        return rc;
    return take_next(look, box, found) ? RC_OK : RC_NOTFOUND;
}
