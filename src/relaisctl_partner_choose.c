/* relaisctl_partner_choose.c - with which profile a file is tried: the one that is named, or the
 * one of a partner's that the intake would take for it. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "channel/file/profile_choice.h"
#include "channel/file/sample.h"
#include "relaisctl_partner.h"

#define PROFILES_MAX 32 /* of one partner */

struct candidates {
    struct profile *list[PROFILES_MAX];
    size_t n;
};

static bool is_path(const char *name)
{
    const size_t len = strlen(name);

    return strchr(name, '/') || (len > 5 && strcmp(name + len - 5, ".conf") == 0);
}

static struct profile *load(const char *path)
{
    struct profile *profile = NULL;
    struct error err;

    if (!profile_load(path, &profile, &err))
        return profile;
    fprintf(stderr, "relaisctl: %s\n", err.text);
    return NULL;
}

/* "shop.conf" and "shop.invoices.conf" are of partner "shop", and of "shop.invoices" the last. */
static bool is_of(const struct dirent *entry, const char *name)
{
    const char *file = entry->d_name;
    const size_t len = strlen(name);

    return profile_is_file(entry) && strncmp(file, name, len) == 0 && file[len] == '.' &&
           (!strchr(name, '.') || strlen(file) == len + 5);
}

/* False: a message was printed. */
static bool add(struct candidates *c, const char *dir, const char *file, const char *name)
{
    char path[2 * CTL_PATH_SIZE];

    if (c->n == PROFILES_MAX) {
        fprintf(stderr,
                "relaisctl: partner %s has more than %d profiles: relaisd takes the first %d by "
                "name; say which is meant, such as %s.orders\n",
                name, PROFILES_MAX, PROFILES_MAX, name);
        return false;
    }
    snprintf(path, sizeof(path), "%s/%s", dir, file);
    c->list[c->n] = load(path);
    if (!c->list[c->n])
        return false;
    c->n++;
    return true;
}

/* False: a message was printed. */
static bool load_all(const char *dir, const char *name, struct candidates *c)
{
    DIR *open = opendir(dir);
    const struct dirent *entry;
    bool ok = open != NULL;

    if (!open)
        fprintf(stderr, "relaisctl: %s: %s\n", dir, strerror(errno));
    while (ok && (entry = readdir(open))) {
        if (is_of(entry, name))
            ok = add(c, dir, entry->d_name, name);
    }
    if (open)
        closedir(open);
    if (ok && c->n == 0) {
        fprintf(stderr, "relaisctl: there is no profile %s.conf in %s\n", name, dir);
        ok = false;
    }
    return ok;
}

/* Of several the one that takes the file; its place, or -1: a message was printed. */
static int choose(const struct candidates *c, const char *file, int fd)
{
    const char *slash = strrchr(file, '/');
    const struct profile *chosen = NULL;
    struct sample_bytes sample = { 0 };
    struct error err = { "no memory" };
    int found = -1;
    enum rc rc;

    if (c->n == 1)
        return 0;
    rc = sample_read(fd, PROFILE_CHOICE_HEAD, &sample, &err);
    if (!rc)
        rc = profile_choose(c->list, c->n, slash ? slash + 1 : file, sample.data, sample.len,
                            &chosen, &err);
    if (rc)
        fprintf(stderr, "relaisctl: %s: %s\n", file, err.text);
    for (size_t i = 0; !rc && i < c->n; i++) {
        if (c->list[i] == chosen)
            found = (int)i;
    }
    free(sample.data);
    return found;
}

struct profile *partner_profile(struct ctl *ctl, const char *name, const char *file, int fd)
{
    struct candidates c = { .n = 0 };
    char dir[CTL_PATH_SIZE];
    struct profile *profile = NULL;
    int chosen = -1;

    if (is_path(name))
        return load(name);
    if (partner_profiles_dir(ctl, !ctl_given(ctl, "--offline"), dir) && load_all(dir, name, &c))
        chosen = choose(&c, file, fd);
    for (size_t i = 0; i < c.n; i++) {
        if ((int)i == chosen)
            profile = c.list[i];
        else
            profile_free(c.list[i]);
    }
    return profile;
}
