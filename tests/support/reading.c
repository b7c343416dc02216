/* reading.c - see reading.h. */
#define _GNU_SOURCE
#include "tests/support/reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "channel/file/file_reader.h"

struct profile *reading_profile(const char *conf)
{
    struct profile *profile = NULL;
    struct error err = { 0 };
    char name[64];
    FILE *file;

    snprintf(name, sizeof(name), "reading-%d.conf", (int)getpid());
    file = fopen(name, "w");
    assert_non_null(file);
    fputs(conf, file);
    fclose(file);
    if (profile_load(name, &profile, &err))
        fail_msg("%s", err.text);
    unlink(name);
    return profile;
}

static void say_record(struct buffer *said, const struct raw_record *record,
                       const enum field *fields)
{
    buffer_printf(said, "%d@%d ", (int)record->row_no, (int)record->line);
    for (size_t i = 0; fields[i] != FIELD_COUNT; i++) {
        const struct raw_value *v = &record->values[fields[i]];

        buffer_printf(said, "%s%.*s", i ? "|" : "", (int)v->len, v->len ? v->text : "");
    }
    buffer_add_text(said, "\n");
}

static char *say_all(const struct profile *profile, const enum field *fields, int fd)
{
    struct file_reader *reader = NULL;
    const struct raw_record *record;
    struct row_fault fault;
    struct buffer said;
    enum read_result result;

    assert_int_equal(file_reader_open(profile, fd, &reader), RC_OK);
    buffer_init(&said, (size_t)64 << 20);
    do {
        result = file_reader_next(reader, &record, &fault);
        if (result == READ_RECORD)
            say_record(&said, record, fields);
        else if (result == READ_ROW_FAULT)
            buffer_printf(&said, "%d@%d !%s %s: %s\n", (int)record->row_no, (int)record->line,
                          fault.code, fault.field, fault.reason);
        else if (result == READ_FILE_FAULT)
            buffer_printf(&said, "fault: %s\n", file_reader_fault(reader));
        else if (result == READ_AGAIN)
            buffer_add_text(&said, "again\n");
    } while (result == READ_RECORD || result == READ_ROW_FAULT);
    if (result == READ_END && *file_reader_document(reader))
        buffer_printf(&said, "document: %s\n", file_reader_document(reader));
    file_reader_close(reader);
    return said.data ? said.data : strdup("");
}

char *reading_said(const struct profile *profile, const enum field *fields, const char *bytes,
                   size_t len)
{
    const int fd = memfd_create("partner", MFD_CLOEXEC);
    char *said;

    for (size_t at = 0; at < len;) {
        const ssize_t n = write(fd, bytes + at, len - at);

        assert_true(n > 0);
        at += (size_t)n;
    }
    said = say_all(profile, fields, fd);
    close(fd);
    return said;
}

char *reading_file(const struct profile *profile, const enum field *fields, const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *said;

    if (fd < 0)
        fail_msg("%s is not there", path);
    said = say_all(profile, fields, fd);
    close(fd);
    return said;
}
