/* intake_profiles.c - shop.conf and shop.invoices.conf are both the shop's. */
#define _GNU_SOURCE
#include "flow/intake_profiles.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_PART "intake"
#include "base/log.h"

/* Without their endings, so that "shop" comes before "shop.invoices" and "shop-2". */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    char names[2][sizeof((*a)->d_name)];

    snprintf(names[0], sizeof(names[0]), "%.*s", (int)strlen((*a)->d_name) - 5, (*a)->d_name);
    snprintf(names[1], sizeof(names[1]), "%.*s", (int)strlen((*b)->d_name) - 5, (*b)->d_name);
    return strcmp(names[0], names[1]);
}

/* The partner that a file's profile belongs to, whether it can be read or not. */
static struct partner_profiles *partner_of(struct partner_profiles *list, unsigned *n,
                                           const char *file)
{
    char code[PARTNER_CODE_SIZE];

    snprintf(code, sizeof(code), "%.*s", (int)strcspn(file, "."), file);
    for (unsigned i = 0; i < *n; i++) {
        if (strcmp(list[i].code, code) == 0)
            return &list[i];
    }
    memcpy(list[*n].code, code, sizeof(code));
    return &list[(*n)++];
}

static void add(struct partner_profiles *partner, const char *dir, const char *file)
{
    struct profile *profile = NULL;
    struct error err = { 0 };
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", dir, file);
    if (partner->n == INTAKE_PROFILES_MAX)
        error_set(&err, RC_INVALID, "expected at most %d profiles of one partner",
                  INTAKE_PROFILES_MAX);
    else if (profile_load(path, &profile, &err) == RC_OK)
        partner->profiles[partner->n++] = profile;
    if (!*err.text)
        return;
    log_error("profile=%s refused reason=\"%s\" effect=\"files of %s stay in in/\"", path, err.text,
              partner->code);
    if (!*partner->faulty)
        snprintf(partner->faulty, sizeof(partner->faulty), "profile %s: %.150s", file, err.text);
}

enum rc partner_profiles_load(const char *dir, struct partner_profiles **list, unsigned *n)
{
    struct dirent **files = NULL;
    const int found = scandir(dir, &files, profile_is_file, by_name);
    struct partner_profiles *made;

    if (found < 0)
        log_error("profiles=%s reason=\"cannot be read\" effect=\"no partner files are taken\"",
                  dir);
    made = calloc((size_t)(found > 0 ? found : 0) + 1, sizeof(*made));
    *n = 0;
    for (int i = 0; i < found; i++) {
        if (made)
            add(partner_of(made, n, files[i]->d_name), dir, files[i]->d_name);
        free(files[i]);
    }
    free(files);
    if (!made)
        return RC_FAIL;
    *list = made;
    return RC_OK;
}

void partner_profiles_free(struct partner_profiles *list, unsigned n)
{
    for (unsigned i = 0; list && i < n; i++) {
        for (size_t k = 0; k < list[i].n; k++)
            profile_free(list[i].profiles[k]);
    }
    free(list);
}
