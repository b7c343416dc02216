/* partner_view.c - the directory of profiles, read as the intake reads it, and a look into boxes.
 */
#include "flow/partner_view.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel/file/profile.h"
#include "domain/file_name.h"
#include "domain/local_time.h"

#define DAYS_AHEAD 8

static const char *const format_names[] = {
    [FORMAT_CSV] = "csv", [FORMAT_XML] = "xml", [FORMAT_EDIFACT] = "edifact"
};

static const char *keep(struct arena *arena, const char *text)
{
    return arena_copy(arena, text, strlen(text));
}

/* The partner of a profile whose file cannot even be read: what its name says. */
static const char *code_of(struct arena *arena, const char *file)
{
    return arena_copy(arena, file, strcspn(file, "."));
}

/* The last one, or a new one: files come sorted, so a partner's profiles stand together. */
static struct partner_view *partner_of(struct arena *arena, const char *file,
                                       struct profile_view *next, struct partner_view *list,
                                       size_t *n)
{
    const char *code = code_of(arena, file);

    if (!code)
        return NULL;
    if (*n && strcmp(list[*n - 1].code, code) == 0)
        return &list[*n - 1];
    list[*n] = (struct partner_view){ .code = code, .label = code, .profiles = next };
    return &list[(*n)++];
}

/* The first time behind `now` within about a week; 0: none. What is due is only ever asked
 * backwards, so this walks forwards, first by hours. */
static utc_us next_due(const struct timetable *t, struct local_zone *zone, utc_us now)
{
    const utc_us hour = 3600 * USEC_PER_SEC, minute = 60 * USEC_PER_SEC;
    utc_us due = 0, at = now;

    for (int i = 0; i < DAYS_AHEAD * 24 && due <= now; i++) {
        at += hour;
        if (timetable_last(t, zone, at, &due))
            due = 0;
    }
    if (due <= now)
        return 0;
    for (at -= hour, due = 0; due <= now; at += minute) {
        if (timetable_last(t, zone, at, &due))
            due = 0;
    }
    return due;
}

static void see_clock(const struct profile *p, struct profile_view *v)
{
    struct local_zone *zone = NULL;
    const utc_us now = clock_now();

    if (local_zone_open(p->rules.timezone, &zone, NULL))
        return;
    if (p->status.head.line)
        v->next_status_at = next_due(&p->status.when, zone, now);
    if (p->expect.head.line)
        v->next_expected_at = next_due(&p->expect.when, zone, now);
    local_zone_close(zone);
}

/* The label of shop.conf is the shop's; without one, what all of its profiles say, if they agree.
 */
static void take_label(struct arena *arena, const struct profile *p, struct partner_view *partner)
{
    const bool own = strcmp(p->name, p->code) == 0;

    if (own || partner->n_profiles == 1)
        partner->label = keep(arena, p->label);
    else if (!partner->label_is_own && partner->label && strcmp(partner->label, p->label) != 0)
        partner->label = partner->code;
    partner->label_is_own |= own;
}

static enum rc add_profile(struct arena *arena, const char *dir, const char *file,
                           struct partner_view *partner)
{
    struct profile_view *v = &partner->profiles[partner->n_profiles++];
    struct profile *p = NULL;
    struct error err;
    char path[512];

    *v = (struct profile_view){
        .file = keep(arena, file), .kind = "", .format = "", .fault = "", .marker = ""
    };
    snprintf(path, sizeof(path), "%s/%s", dir, file);
    if (profile_load(path, &p, &err)) {
        v->fault = keep(arena, err.text);
        return v->file && v->fault ? RC_OK : RC_FAIL;
    }
    v->kind = file_kind_name(p->rules.kind);
    v->format = format_names[p->format];
    if (p->take.complete == TAKE_MARKER)
        v->marker = keep(arena, p->take.marker);
    see_clock(p, v);
    take_label(arena, p, partner);
    profile_free(p);
    return v->file && v->marker && partner->label ? RC_OK : RC_FAIL;
}

/* --- what lies in its directories --- */

struct look {
    size_t n;
    utc_us oldest;
};

static utc_us written_at(const struct stat *st)
{
    return (utc_us)st->st_mtim.tv_sec * USEC_PER_SEC + st->st_mtim.tv_nsec / 1000;
}

/* As the intake sees it: a file that is still written is not waiting, nor is what marks one. */
static bool is_waiting(const struct partner_view *p, const char *name)
{
    const size_t len = strlen(name);

    if (file_name_is_unfinished(name))
        return false;
    for (size_t i = 0; i < p->n_profiles; i++) {
        const size_t n = strlen(p->profiles[i].marker);

        if (n && len > n && strcmp(name + len - n, p->profiles[i].marker) == 0)
            return false;
    }
    return true;
}

/* False: there is no such directory. `waiting_of`: only what waits there for that partner's
 * profiles is counted; NULL: every file. */
static bool look_into(int partner, const char *part, const struct partner_view *waiting_of,
                      struct look *look)
{
    const int fd = openat(partner, part, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    struct stat st;

    *look = (struct look){ 0 };
    if (!dir)
        return false;
    while (look->n < PARTNER_FILES_MAX && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.' || (waiting_of && !is_waiting(waiting_of, entry->d_name)) ||
            fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
            continue;
        look->n++;
        if (!look->oldest || written_at(&st) < look->oldest)
            look->oldest = written_at(&st);
    }
    closedir(dir);
    return true;
}

static enum rc look_at(struct arena *arena, const char *root, struct partner_view *p)
{
    struct look in, failed, out;
    char path[512];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", root, p->code);
    p->directory = keep(arena, path);
    if (!p->directory)
        return RC_FAIL;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return RC_OK;
    p->reachable = look_into(fd, "in", p, &in) && look_into(fd, "failed", NULL, &failed) &&
                   look_into(fd, "out", NULL, &out);
    close(fd);
    if (p->reachable) {
        p->waiting = in.n;
        p->oldest = in.oldest;
        p->failed = failed.n;
        p->answers = out.n;
    }
    return RC_OK;
}

enum rc partner_views(const char *root, const char *profiles, struct arena *arena,
                      struct partner_view **list, size_t *n)
{
    struct dirent **files = NULL;
    const int all = scandir(profiles, &files, profile_is_file, alphasort);
    struct partner_view *found = NULL, *partner;
    struct profile_view *views = NULL;
    size_t room = all < 0 ? 0 : (size_t)all, count = 0;
    enum rc rc = RC_OK;

    if (all < 0)
        return RC_NOTFOUND;
    room = room < PARTNER_VIEWS_MAX ? room : PARTNER_VIEWS_MAX;
    found = arena_alloc(arena, (room + 1) * sizeof(*found));
    views = arena_alloc(arena, (room + 1) * sizeof(*views));
    if (!found || !views)
        rc = RC_FAIL;
    for (size_t i = 0; !rc && i < room; i++) {
        partner = partner_of(arena, files[i]->d_name, &views[i], found, &count);
        rc = partner ? add_profile(arena, profiles, files[i]->d_name, partner) : RC_FAIL;
    }
    for (int i = 0; i < all; i++)
        free(files[i]);
    free(files);
    for (size_t i = 0; !rc && i < count; i++)
        rc = look_at(arena, root, &found[i]);
    *list = found;
    *n = count;
    return rc;
}
