/* file_format.c - see file_format.h. */
#define _GNU_SOURCE
#include "file_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channel/file/byte_feed.h"
#include "channel/file/file_reader.h"

#define NOW INT64_C(1764000000000000)

struct outcome {
    enum rc rc;
    struct buffer said; /* every record */
};

static struct profile *load_profile(const char *conf)
{
    struct profile *profile = NULL;
    struct error err;
    char path[40];
    const int fd = memfd_create("profile", MFD_CLOEXEC);

    if (fd < 0 || write(fd, conf, strlen(conf)) != (ssize_t)strlen(conf))
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (profile_load(path, &profile, &err))
        abort();
    close(fd);
    return profile;
}

static void say_values(const struct raw_record *record, struct buffer *said)
{
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        buffer_add(said, record->values[f].text, record->values[f].len);
        buffer_add(said, "|", 1);
    }
}

static void take_record(struct mapping *mapping, const struct raw_record *record,
                        struct buffer *said)
{
    struct partner_row row;
    struct row_fault fault;
    struct arena arena;

    arena_init(&arena);
    if (mapping_row(mapping, record, NOW, &arena, &row, &fault) == RC_INVALID)
        buffer_add_text(said, fault.reason);
    arena_close(&arena);
}

static void read_all(const struct format *format, const struct profile *profile,
                     struct mapping *mapping, const uint8_t *data, size_t size, size_t piece,
                     struct outcome *out)
{
    struct byte_feed feed;
    struct record_queue queue;
    const struct row_fault *fault;
    struct error why = { "" };

    record_queue_init(&queue);
    buffer_init(&out->said, (size_t)64 << 20);
    out->rc = byte_feed_open(&feed, profile, &queue);
    if (feed.format != format)
        abort();
    for (size_t at = 0, len; !out->rc && at <= size; at += len) {
        len = at == 0 && piece < 3 ? 3 : piece;
        len = size - at < len ? size - at : len;
        out->rc = len ? byte_feed_add(&feed, (const char *)data + at, len, &why)
                      : byte_feed_end(&feed, &why);
        while (!record_queue_empty(&queue)) {
            const struct raw_record *record = record_queue_take(&queue, &fault);

            buffer_printf(&out->said, "\n%d@%d %s ", (int)record->row_no, (int)record->line,
                          fault ? fault->code : "");
            say_values(record, &out->said);
            if (!fault)
                take_record(mapping, record, &out->said);
        }
        if (!len)
            break;
    }
    if (out->rc && out->rc != RC_INVALID)
        abort(); /* the file would be tried again and again */
    if (out->rc && !*why.text)
        abort(); /* nobody would know why */
    if (!out->rc)
        buffer_printf(&out->said, "\n%s %s", byte_feed_document(&feed), byte_feed_encoding(&feed));
    byte_feed_close(&feed);
    record_queue_close(&queue);
}

void fuzz_format(const struct format *format, const char *conf, const uint8_t *data, size_t size)
{
    static struct profile *profile;
    static struct mapping *mapping;
    struct outcome whole, pieces;

    if (!profile) {
        file_reader_setup();
        profile = load_profile(conf);
        if (mapping_new(&profile->rules, &mapping, NULL))
            abort();
    }
    if (size == 0)
        return;
    read_all(format, profile, mapping, data + 1, size - 1, 8192, &whole);
    read_all(format, profile, mapping, data + 1, size - 1, 1 + data[0] % 64, &pieces);
    if (whole.rc != pieces.rc)
        abort();
    if (!whole.rc && strcmp(buffer_text(&whole.said), buffer_text(&pieces.said)) != 0)
        abort();
    buffer_close(&whole.said);
    buffer_close(&pieces.said);
}
