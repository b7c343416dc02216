/* relaisctl_partner.c - profiles: where they are, and which are faulty. */
#include "relaisctl_partner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "settings.h"

/* --- where --- */

static bool ask_relaisd(struct ctl *ctl, char out[CTL_PATH_SIZE])
{
    json_t *reply = NULL;
    struct error err;
    int status = 0;
    bool found = false;

    if (ctl_find_place(ctl->where.config, ctl->where.standalone, ctl->where.token_file, &ctl->place,
                       &err) ||
        ctl_call(&ctl->place, "GET", "/v1/partners", NULL, &status, &reply, &err))
        return false;
    if (status == 200 && *get_text(reply, "profiles")) {
        snprintf(out, CTL_PATH_SIZE, "%s", get_text(reply, "profiles"));
        found = true;
    }
    json_decref(reply);
    return found;
}

bool partner_profiles_dir(struct ctl *ctl, bool ask, char out[CTL_PATH_SIZE])
{
    struct settings *s = NULL;
    struct error err;

    if (ask && ask_relaisd(ctl, out))
        return true;
    if (ctl_load_settings(&ctl->where, &s, &err)) {
        fprintf(stderr, "relaisctl: %s\n", err.text);
        return false;
    }
    snprintf(out, CTL_PATH_SIZE, "%s", s->files.profiles);
    settings_free(s);
    return true;
}

int partner_open(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;

    if (fd < 0) {
        fprintf(stderr, "relaisctl: %s: %s\n", path, strerror(errno));
        return -1;
    }
    if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        fprintf(stderr, "relaisctl: %s: expected a file\n", path);
        close(fd);
        return -1;
    }
    return fd;
}

/* --- partner keys --- */

int ctl_partner_keys(struct ctl *ctl)
{
    (void)ctl;
    profile_print_sample(stdout);
    return 0;
}

/* --- partner check --- */

/* "shop.conf" and "shop.invoices.conf" are of partner "shop". */
static bool has_partner(struct dirent **list, int n, const char *code)
{
    const size_t len = strlen(code);

    for (int i = 0; i < n; i++) {
        if (strncmp(list[i]->d_name, code, len) == 0 && list[i]->d_name[len] == '.')
            return true;
    }
    return false;
}

static json_t *check_one(const char *dir, struct dirent **list, int n, const char *file, bool *bad)
{
    char path[2 * CTL_PATH_SIZE];
    struct profile *p = NULL;
    struct error err;
    json_t *item;

    snprintf(path, sizeof(path), "%s/%s", dir, file);
    if (profile_load(path, &p, &err)) {
        *bad = true;
        return json_pack("{s:s, s:s}", "profile", file, "fault", err.text);
    }
    *err.text = '\0';
    if (p->rules.orders_of && !has_partner(list, n, p->rules.orders_of)) {
        *bad = true;
        error_set(&err, RC_INVALID, "orders_of: no profile here is of a partner \"%s\"",
                  p->rules.orders_of);
    }
    item = json_pack("{s:s, s:s, s:s, s:s}", "profile", file, "partner", p->code, "kind",
                     file_kind_name(p->rules.kind), "fault", err.text);
    profile_free(p);
    return item;
}

int ctl_partner_check(struct ctl *ctl)
{
    static const struct column columns[] = {
        { "PROFILE", "profile", 't', 0 },
        { "PARTNER", "partner", 't', 0 },
        { "KIND", "kind", 't', 0 },
        { "FAULT", "fault", 't', 0 },
    };
    struct dirent **list = NULL;
    char dir[CTL_PATH_SIZE];
    json_t *items;
    bool bad = false;
    int n;

    if (!partner_profiles_dir(ctl, true, dir))
        return CTL_BAD_CONFIG;
    n = scandir(dir, &list, profile_is_file, alphasort);
    if (n < 0) {
        fprintf(stderr, "relaisctl: %s: %s\n", dir, strerror(errno));
        return CTL_FAILED;
    }
    items = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(items, check_one(dir, list, n, list[i]->d_name, &bad));
    for (int i = 0; i < n; i++)
        free(list[i]);
    free(list);
    if (ctl->json) {
        json_dumpf(items, stdout, JSON_INDENT(2));
        puts("");
    } else {
        printf("Profiles in %s\n", dir);
        show_table(items, columns, 4, "None.");
    }
    json_decref(items);
    return bad ? CTL_FAILED : 0;
}
