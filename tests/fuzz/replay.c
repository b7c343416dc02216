/*
 * replay.c - feeds a fuzz target every file of its corpus, without a fuzzer: what once did harm, or
 * looks as if it could, is tried again by every `make check`.
 *
 * Arguments are files or directories; none means $srcdir/tests/fuzz/corpus/NAME for a program
 * called fuzz_NAME. An empty corpus is a failure: a check that looked at nothing has not passed.
 * Built with -DRELAIS_LIBFUZZER this file is empty, because libFuzzer brings its own main().
 */
#ifndef RELAIS_LIBFUZZER
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (64L << 20)
#define PATH_SIZE 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned inputs;

/* The copy has exactly the file's size, so that ASan sees a read of one byte past the end. */
static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    long size = -1;
    int bad = 1;

    if (!file)
        goto out;
    if (fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 || size > INPUT_MAX)
        goto out;
    rewind(file);
    data = malloc(size ? (size_t)size : 1);
    if (!data || fread(data, 1, (size_t)size, file) != (size_t)size)
        goto out;
    /* If the target stops the program, this line says which input did it. */
    printf("# %s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, (size_t)size);
    inputs++;
    bad = 0;
out:
    if (bad)
        printf("# %s: cannot be read: %s\n", path, strerror(errno));
    free(data);
    if (file)
        fclose(file);
    return bad;
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int replay(const char *path)
{
    struct dirent **entries = NULL;
    struct stat st;
    char child[PATH_SIZE];
    int n, bad = 0;

    if (stat(path, &st) != 0) {
        printf("# %s: %s\n", path, strerror(errno));
        return 1;
    }
    if (!S_ISDIR(st.st_mode))
        return replay_file(path);
    n = scandir(path, &entries, is_input, alphasort);
    for (int i = 0; i < n; i++) {
        if (snprintf(child, sizeof(child), "%s/%s", path, entries[i]->d_name) < (int)sizeof(child))
            bad |= replay_file(child);
        free(entries[i]);
    }
    free(entries);
    return bad || n < 0;
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    const char *program = slash ? slash + 1 : argv[0];
    const char *prefix = strstr(program, "fuzz_");
    const char *name = prefix ? prefix + strlen("fuzz_") : program;
    const char *srcdir = getenv("srcdir");
    char corpus[PATH_SIZE];
    int bad = 0;

    for (int i = 1; i < argc; i++)
        bad |= replay(argv[i]);
    if (argc < 2) {
        snprintf(corpus, sizeof(corpus), "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".", name);
        bad = replay(corpus);
    }
    bad |= inputs == 0;
    printf("1..1\n%s 1 - %s survives its corpus of %u inputs\n", bad ? "not ok" : "ok", name,
           inputs);
    return bad;
}
#endif
