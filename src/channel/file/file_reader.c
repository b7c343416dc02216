/* file_reader.c - feeds a format's parser block by block and hands out what it finds. */
#include "channel/file/file_reader.h"

#include <errno.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel/file/format.h"
#include "channel/file/refused_profile.h"

#define BLOCK_SIZE 8192 /* small, so that few records wait at a time */

struct file_reader {
    const struct format *format;
    struct format_parser *parser;
    struct profile *refused; /* refused rows that came back are read by this one; NULL: no such */
    struct record_queue queue;
    int fd;
    off_t offset; /* pread: the descriptor may be shared with another pass */
    bool ended;
    struct error fault;
    char block[BLOCK_SIZE];
};

void file_reader_setup(void)
{
    xmlInitParser();
}

enum rc file_reader_open(const struct profile *profile, int fd, struct file_reader **reader)
{
    static const struct format *const formats[] = {
        [FORMAT_CSV] = &csv_format, [FORMAT_XML] = &xml_format
    };
    struct file_reader *r = calloc(1, sizeof(*r));

    if (!r)
        return RC_FAIL;
    record_queue_init(&r->queue);
    if (refused_profile_find(fd, profile, &r->refused)) {
        file_reader_close(r);
        return RC_FAIL;
    }
    if (r->refused)
        profile = r->refused;
    r->format = formats[profile->format];
    r->fd = fd;
    if (r->format->open(profile, &r->queue, &r->parser)) {
        file_reader_close(r);
        return RC_FAIL;
    }
    *reader = r;
    return RC_OK;
}

void file_reader_close(struct file_reader *reader)
{
    if (!reader)
        return;
    if (reader->parser)
        reader->format->close(reader->parser);
    record_queue_close(&reader->queue);
    free(reader->refused); /* its texts are the other profile's */
    free(reader);
}

void file_reader_keep_rows(struct file_reader *reader)
{
    reader->queue.keep_rows = true;
}

const char *file_reader_header(const struct file_reader *reader)
{
    return buffer_text(&reader->queue.head);
}

/* Fills the block but for the end of the file. -1: the disk could not be read. */
static ssize_t read_block(struct file_reader *r)
{
    size_t len = 0;

    while (len < sizeof(r->block)) {
        const ssize_t got =
            pread(r->fd, r->block + len, sizeof(r->block) - len, r->offset + (off_t)len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    r->offset += (off_t)len;
    return (ssize_t)len;
}

/* One block further. */
static enum rc advance(struct file_reader *r)
{
    const ssize_t got = read_block(r);

    if (got < 0)
        return RC_FAIL;
    if (got > 0)
        return r->format->feed(r->parser, r->block, (size_t)got, &r->fault);
    r->ended = true;
    return r->format->end(r->parser, &r->fault);
}

enum read_result file_reader_next(struct file_reader *reader, const struct raw_record **record,
                                  struct row_fault *fault)
{
    const struct row_fault *found;
    enum rc rc = RC_OK;

    while (!rc && record_queue_empty(&reader->queue)) {
        if (reader->ended)
            return *reader->fault.text ? READ_FILE_FAULT : READ_END;
        rc = advance(reader);
    }
    if (rc) {
        reader->ended = true;
        return rc == RC_INVALID ? READ_FILE_FAULT : READ_AGAIN;
    }
    *record = record_queue_take(&reader->queue, &found);
    if (!found)
        return READ_RECORD;
    *fault = *found;
    return READ_ROW_FAULT;
}

const char *file_reader_fault(const struct file_reader *reader)
{
    return reader->fault.text;
}
