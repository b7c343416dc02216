/* relaisctl_partner.c - profiles: where they are, which are faulty, and one proposed for a file. */
#include "relaisctl_partner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel/file/file_reader.h"
#include "channel/file/guess.h"
#include "channel/file/sample.h"
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

static json_t *check_one(const char *dir, const char *file, bool *bad)
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
    item = json_pack("{s:s, s:s, s:s, s:s}", "profile", file, "partner", p->code, "kind",
                     file_kind_name(p->rules.kind), "fault", "");
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
    for (int i = 0; i < n; i++) {
        json_array_append_new(items, check_one(dir, list[i]->d_name, &bad));
        free(list[i]);
    }
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

/* --- partner guess --- */

/* Where the proposal goes. NULL: a message was printed. */
static FILE *open_proposal(struct ctl *ctl, const char *name, char path[2 * CTL_PATH_SIZE])
{
    char dir[CTL_PATH_SIZE];
    FILE *out;

    if (!name)
        return stdout;
    if (!partner_profiles_dir(ctl, true, dir))
        return NULL;
    snprintf(path, 2 * CTL_PATH_SIZE, "%s/%s.conf", dir, name);
    out = fopen(path, "wxe");
    if (!out)
        fprintf(stderr, "relaisctl: %s: %s\n", path,
                errno == EEXIST ? "there is such a profile; it is left as it is" : strerror(errno));
    return out;
}

/* The profile of a standard document, as it comes with Relais; NULL: it is not installed. */
static FILE *open_builtin(const char *name)
{
    const char *dir = getenv("RELAIS_PARTNERSDIR");
    char path[CTL_PATH_SIZE];

    snprintf(path, sizeof(path), "%s/%s.conf", dir && *dir ? dir : RELAIS_PARTNERSDIR, name);
    return fopen(path, "re");
}

static void copy_builtin(const struct guess *guess, FILE *builtin, FILE *out)
{
    char block[4096];
    size_t n;

    fprintf(out,
            "# relaisctl partner guess: the sample is a document of a standard, %s.\n"
            "# This is the profile %s.conf that comes with Relais.\n\n",
            guess->document, guess->builtin);
    while ((n = fread(block, 1, sizeof(block), builtin)) > 0)
        fwrite(block, 1, n, out);
}

static int print_proposal(struct ctl *ctl, const struct guess *guess, const char *file)
{
    const char *as = ctl_given(ctl, "--as"), *slash = strrchr(file, '/');
    char path[2 * CTL_PATH_SIZE];
    FILE *builtin = guess->builtin ? open_builtin(guess->builtin) : NULL, *out = NULL;
    bool written;

    if (guess->builtin && !builtin && guess->n_columns == 0)
        fprintf(stderr, "relaisctl: %s: %s: the profile %s.conf for it is not installed\n", file,
                guess->document, guess->builtin);
    else
        out = open_proposal(ctl, as, path);
    if (out && builtin)
        copy_builtin(guess, builtin, out);
    else if (out)
        guess_print(guess, slash ? slash + 1 : file, out);
    if (builtin)
        fclose(builtin);
    if (!out)
        return CTL_FAILED;
    written = fflush(out) == 0 && !ferror(out);
    if (out != stdout)
        written &= fclose(out) == 0;
    if (!written) {
        fprintf(stderr, "relaisctl: the proposal could not be written: %s\n", strerror(errno));
        return CTL_FAILED;
    }
    if (as)
        printf("Wrote %s. Look at what it marks as a guess, then try it:\n"
               "  relaisctl partner test %s %s\n",
               path, as, file);
    return 0;
}

int ctl_partner_guess(struct ctl *ctl)
{
    const char *file = ctl_given(ctl, "FILE");
    struct sample_bytes sample = { 0 };
    struct error err = { "no memory" };
    struct guess *guess = NULL;
    const int fd = partner_open(file);
    enum rc rc;
    int result;

    if (fd < 0)
        return CTL_FAILED;
    file_reader_setup();
    rc = sample_read(fd, GUESS_BYTES_MAX, &sample, &err);
    if (!rc)
        rc = guess_file(sample.data, sample.len, sample.whole, &guess, &err);
    if (rc) {
        fprintf(stderr, "relaisctl: %s: %s\n", file, err.text);
        result = CTL_FAILED;
    } else {
        result = print_proposal(ctl, guess, file);
    }
    guess_free(guess);
    free(sample.data);
    close(fd);
    return result;
}
