/* partner_expect.c - a deadline of the wall clock against the names of files that were taken. */
#include "flow/partner_expect.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "domain/alert_words.h"
#include "store/partner_schedule.h"

#define LOG_PART "partner"
#include "base/log.h"

#define PATIENCE_US (600 * USEC_PER_SEC) /* for a file that lies in in/ */

struct search {
    const struct expect_rules *rules;
    bool found;
};

static bool look_at(void *arg, const char *file_name)
{
    struct search *s = arg;

    s->found = expect_rules_match(s->rules, file_name);
    return !s->found;
}

static bool waits_in_box(const char *root, const struct profile *profile)
{
    struct search s = { &profile->expect, false };
    const struct dirent *entry;
    char path[512];
    DIR *dir;

    snprintf(path, sizeof(path), "%s/%s/in", root, profile->code);
    dir = opendir(path);
    if (!dir)
        return false;
    while (!s.found && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.')
            look_at(&s, entry->d_name);
    }
    closedir(dir);
    return s.found;
}

/* Did one come since the deadline before `due`? */
static enum rc has_come(struct db *db, const struct partner_watch *w, utc_us due, bool *come)
{
    const struct profile *p = w->profile;
    struct search s = { &p->expect, false };
    utc_us before = 1; /* the beginning of time */
    enum rc rc = timetable_last(&p->expect.when, w->zone, due - 1, &before);

    if (!rc || rc == RC_NOTFOUND)
        rc = schedule_files_since(db, w->partner_id, p->name, before, look_at, &s);
    if (!rc)
        *come = s.found;
    return rc;
}

static void say_missing(const struct partner_watch *w, utc_us due, char *text, size_t size)
{
    const struct civil c = local_zone_civil(w->zone, due);
    const struct profile *p = w->profile;
    const struct config_texts *files = &p->expect.files;

    char which[200], by[CLOCK_TEXT_SIZE];

    snprintf(which, sizeof(which), "%s%s%s", files->n ? " " : "", files->n ? files->items[0] : "",
             files->n > 1 ? " ..." : "");
    snprintf(text, size, ALERT_SAYS_FILE_MISSING, which, p->code,
             clock_minute(clock_from_civil(&c), by), p->rules.timezone);
}

/* The deadline has passed. */
static enum rc judge(struct db *db, const char *root, const struct partner_watch *w,
                     const struct partner_schedule *s, utc_us due, utc_us since, utc_us now)
{
    const utc_us begun = due > since ? due : since;
    bool come = false;
    char text[300];
    enum rc rc = has_come(db, w, due, &come);

    if (rc)
        return rc;
    if (!come && now < begun + PATIENCE_US && waits_in_box(root, w->profile))
        return RC_OK;
    say_missing(w, due, text, sizeof(text));
    rc = schedule_expected(db, w->profile->name, s, due, come ? NULL : text);
    if (!rc && !come)
        log_warn("profile=%s alert=file_missing reason=\"%s\"", w->profile->name, text);
    return rc == RC_CONFLICT ? RC_OK : rc; /* another node has seen to it */
}

/* The alert is open, and now it has come after all. */
static enum rc close_if_come(struct db *db, const struct partner_watch *w,
                             const struct partner_schedule *s)
{
    utc_us opened = 0;
    bool come = false;
    enum rc rc = schedule_missing_since(db, w->profile->name, &opened);

    if (rc || !opened)
        return rc;
    rc = has_come(db, w, s->done_at, &come);
    if (!rc && come) {
        rc = schedule_expected(db, w->profile->name, s, s->done_at, NULL);
        if (!rc)
            log_info("profile=%s alert=file_missing event=closed", w->profile->name);
    }
    return rc == RC_CONFLICT ? RC_OK : rc;
}

enum rc partner_expect_look(struct db *db, const char *root, struct partner_watch *watch,
                            utc_us since, utc_us now)
{
    const struct profile *p = watch->profile;
    struct partner_schedule s;
    utc_us due = 0;
    enum rc rc = timetable_last(&p->expect.when, watch->zone, now, &due);

    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    rc = schedule_get(db, p->name, SCHEDULE_EXPECT, &s);
    if (rc == RC_NOTFOUND) /* what was due before anybody expected anything is not missed */
        return schedule_begin(db, p->name, SCHEDULE_EXPECT, watch->partner_id,
                              &(struct partner_schedule){ .done_at = due });
    if (rc)
        return rc;
    return due > s.done_at ? judge(db, root, watch, &s, due, since, now)
                           : close_if_come(db, watch, &s);
}
