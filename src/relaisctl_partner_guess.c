/* relaisctl_partner_guess.c - a profile proposed for a file; of a document of a standard, the one
 * that comes with Relais. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel/file/file_reader.h"
#include "channel/file/guess.h"
#include "channel/file/sample.h"
#include "relaisctl_partner.h"
#include "settings.h"

#define LEVELS_UP 4 /* from the program to the sources: build-check/ or build-check/src/.libs/ */

/* --- where the proposal goes --- */

/* Where the proposal goes. NULL: a message was printed. */
static FILE *open_proposal(struct ctl *ctl, const char *name, char path[2 * CTL_PATH_SIZE])
{
    char dir[CTL_PATH_SIZE];
    FILE *out;

    if (!name)
        return stdout;
    if (!profile_name_is_good(name)) {
        fprintf(stderr,
                "relaisctl: --as %s: expected a name such as shop or shop.invoices, each word of "
                "a-z, 0-9, - and _ (at most 32): the first is the partner's code\n",
                name);
        return NULL;
    }
    if (!partner_profiles_dir(ctl, true, dir))
        return NULL;
    snprintf(path, 2 * CTL_PATH_SIZE, "%s/%s.conf", dir, name);
    out = fopen(path, "wxe");
    if (!out)
        fprintf(stderr, "relaisctl: %s: %s\n", path,
                errno == EEXIST ? "there is such a profile; it is left as it is" : strerror(errno));
    return out;
}

/* --- a standard document: its profile comes with Relais --- */

static FILE *open_in(const char *dir, const char *name)
{
    char path[2 * CTL_PATH_SIZE];

    snprintf(path, sizeof(path), "%s/%s.conf", dir, name);
    return fopen(path, "re");
}

/* Beside a program that was built and not installed: conf/partners of a directory above it. */
static FILE *open_in_sources(const char *name)
{
    char dir[CTL_PATH_SIZE], partners[CTL_PATH_SIZE + 16];
    const ssize_t len = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
    FILE *found = NULL;

    if (len <= 0)
        return NULL;
    dir[len] = '\0';
    for (int up = 0; up < LEVELS_UP && !found && strrchr(dir, '/'); up++) {
        *strrchr(dir, '/') = '\0';
        snprintf(partners, sizeof(partners), "%s/conf/partners", dir);
        found = open_in(partners, name);
    }
    return found;
}

/* NULL: it is not there, and a message was printed. */
static FILE *open_builtin(const struct guess *guess, const char *file)
{
    const char *told = getenv("RELAIS_PARTNERSDIR");
    const char *dir = told && *told ? told : RELAIS_PARTNERSDIR;
    FILE *found = open_in(dir, guess->builtin);

    if (!found && dir != told)
        found = open_in_sources(guess->builtin);
    if (!found)
        fprintf(stderr,
                "relaisctl: %s: it is a document of a standard, %s: its profile comes with Relais "
                "and needs no guess. %s.conf is not in %s; copy it from conf/partners/ of the "
                "sources, or name its directory in RELAIS_PARTNERSDIR\n",
                file, guess->document, guess->builtin, dir);
    return found;
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
    FILE *builtin = guess->builtin ? open_builtin(guess, file) : NULL, *out = NULL;
    bool written;

    if (builtin || !guess->builtin)
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

/* "" when no configuration says it. */
static void read_home(const struct ctl *ctl, char home[3])
{
    struct settings *s = NULL;
    struct error err;

    *home = '\0';
    if (ctl_load_settings(&ctl->where, &s, &err))
        return;
    snprintf(home, 3, "%s", s->sms.country);
    settings_free(s);
}

int ctl_partner_guess(struct ctl *ctl)
{
    const char *file = ctl_given(ctl, "FILE");
    struct sample_bytes sample = { 0 };
    struct error err = { "no memory" };
    struct guess *guess = NULL;
    const int fd = partner_open(file);
    char home[3];
    enum rc rc;
    int result;

    if (fd < 0)
        return CTL_FAILED;
    read_home(ctl, home);
    file_reader_setup();
    rc = sample_read(fd, GUESS_BYTES_MAX, &sample, &err);
    if (!rc)
        rc = guess_file(sample.data, sample.len, sample.whole, home, &guess, &err);
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
