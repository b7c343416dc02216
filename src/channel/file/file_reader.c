/* file_reader.c - feeds a format's parser block by block and hands out what it finds. */
#include "channel/file/file_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel/file/byte_feed.h"
#include "channel/file/document_number.h"
#include "channel/file/xml_schema.h"

#define BLOCK_SIZE BYTE_FEED_MAX /* small, so that few records wait at a time */

struct file_reader {
    struct byte_feed feed;
    struct document_number document;
    struct record_queue queue;
    int fd;
    off_t offset; /* pread: the descriptor may be shared with another pass */
    bool ended;
    struct error fault;
    char block[BLOCK_SIZE];
};

void file_reader_setup(void)
{
    xml_schema_setup();
}

enum rc file_reader_open(const struct profile *profile, int fd, struct file_reader **reader)
{
    struct file_reader *r = calloc(1, sizeof(*r));

    if (!r)
        return RC_FAIL;
    r->fd = fd;
    record_queue_init(&r->queue);
    if (byte_feed_open(&r->feed, profile, &r->queue)) {
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
    byte_feed_close(&reader->feed);
    record_queue_close(&reader->queue);
    free(reader);
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
    const char *number = "";
    enum rc rc;

    if (got < 0)
        return RC_FAIL;
    if (got > 0)
        return byte_feed_add(&r->feed, r->block, (size_t)got, &r->fault);
    r->ended = true;
    rc = byte_feed_end(&r->feed, &r->fault);
    if (!rc)
        number = byte_feed_document(&r->feed);
    document_number_add(&r->document, number, strlen(number));
    return rc;
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

const char *file_reader_document(const struct file_reader *reader)
{
    return document_number_text(&reader->document);
}

const char *file_reader_encoding(const struct file_reader *reader)
{
    return byte_feed_encoding(&reader->feed);
}
