/*
 * fuzz_refused.c - a partner's CSV of any bytes: all its rows, given back as refused, are read
 * again as they were. And any bytes are looked at for the mark of refused rows without harm.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channel/file/file_reader.h"
#include "channel/file/refused_file.h"
#include "channel/file/refused_profile.h"

#define INPUT_MAX 50000 /* quotes may double it; a record has a bound */

static const char conf[] = "field \"customer_number\" { column = \"a\" }\n"
                           "field \"last_name\" { column = { \"b\", \"d\" } }\n"
                           "field \"order_number\" { column = \"c\" }\n";

static char root[] = "/dev/shm/fuzz_refused.XXXXXX"; /* where a sync costs nothing */
static int dir = -1;
static struct profile *profile;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int memory_file(const void *data, size_t size)
{
    const int fd = memfd_create("file", MFD_CLOEXEC);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    return fd;
}

static void clean_up(void)
{
    unlinkat(dir, "f.1.refused.csv", 0);
    rmdir(root);
    profile_free(profile);
}

static void set_up(void)
{
    const int fd = memory_file(conf, strlen(conf));
    struct error err;
    char path[40];

    file_reader_setup();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (!mkdtemp(root) || profile_load(path, &profile, &err))
        abort();
    close(fd);
    dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        abort();
    atexit(clean_up);
}

static void say(struct buffer *said, const struct raw_record *record)
{
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        if (!profile->n_places[f])
            continue;
        buffer_add(said, record->values[f].text, record->values[f].len);
        buffer_add(said, "|", 1);
    }
    buffer_add(said, "\n", 1);
}

/* What its good records say. `refused` (may be NULL) gets them. Returns how many there were. */
static unsigned read_file(int fd, struct refused_file *refused, struct buffer *said)
{
    struct file_reader *reader = NULL;
    const struct raw_record *record;
    struct row_fault fault;
    struct error err;
    unsigned good = 0;
    enum read_result result;

    if (file_reader_open(profile, fd, &reader))
        abort();
    if (refused)
        file_reader_keep_rows(reader);
    while ((result = file_reader_next(reader, &record, &fault)) == READ_RECORD ||
           result == READ_ROW_FAULT) {
        if (result == READ_ROW_FAULT)
            continue;
        good++;
        say(said, record);
        if (refused && refused_file_row(refused, record, file_reader_header(reader), "missing",
                                        "=why; \"not\"", &err))
            abort();
    }
    if (!refused && result != READ_END) {
        fprintf(stderr, "%s\n", file_reader_fault(reader));
        abort();
    }
    file_reader_close(reader);
    return good;
}

static void look_for_mark(const uint8_t *data, size_t size)
{
    char name[PROFILE_NAME_SIZE], text[300], origin[300];

    if (refused_profile_marked((const char *)data, size, name) && !*name)
        abort();
    snprintf(text, sizeof(text), "%.*s", size < 250 ? (int)size : 250, (const char *)data);
    refused_profile_origin(text, origin, sizeof(origin));
    if (strncmp(text, origin, strlen(origin)) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer first, again;
    struct refused_file *refused = NULL;
    struct error err;
    unsigned rows;
    int fd;

    if (dir < 0)
        set_up();
    if (size > INPUT_MAX)
        return 0;
    look_for_mark(data, size);
    buffer_init(&first, (size_t)8 << 20);
    buffer_init(&again, (size_t)8 << 20);
    fd = memory_file(data, size);
    if (refused_file_begin(dir, "f", 1, profile, &refused, &err))
        abort();
    rows = read_file(fd, refused, &first);
    if (refused_file_end(refused, &err))
        abort();
    close(fd);
    if (rows) {
        fd = openat(dir, "f.1.refused.csv", O_RDONLY | O_CLOEXEC);
        if (fd < 0 || read_file(fd, NULL, &again) != rows ||
            strcmp(buffer_text(&first), buffer_text(&again)) != 0)
            abort();
        close(fd);
    }
    buffer_close(&first);
    buffer_close(&again);
    return 0;
}
