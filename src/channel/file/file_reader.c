/* file_reader.c - feeds a format's parser block by block and hands out what it finds. Each entry of
 * a packed file has a parser of its own; the records' numbers run on. */
#include "channel/file/file_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/file/archive.h"
#include "channel/file/byte_feed.h"
#include "channel/file/document_number.h"
#include "channel/file/refused_profile.h"
#include "channel/file/xml_schema.h"

#define BLOCK_SIZE BYTE_FEED_MAX /* small, so that few records wait at a time */

struct file_reader {
    struct profile *refused; /* refused rows that came back are read by this one; NULL: no such */
    const struct profile *profile;
    struct archive *archive;
    struct byte_feed feed; /* of the entry at hand */
    bool in_entry;
    struct document_number document;
    char encoding[64]; /* of the last entry that was read to its end */
    struct record_queue queue;
    int fd;
    bool entry_read; /* to its last byte */
    bool ended;
    uint64_t stretch, stretched; /* bytes: how many are a stretch, how many of this one were read */
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
    if (refused_profile_find(fd, profile, &r->refused)) {
        file_reader_close(r);
        return RC_FAIL;
    }
    r->profile = r->refused ? r->refused : profile;
    *reader = r;
    return RC_OK;
}

static void close_entry(struct file_reader *r)
{
    if (r->in_entry)
        byte_feed_close(&r->feed);
    r->in_entry = false;
}

void file_reader_close(struct file_reader *reader)
{
    if (!reader)
        return;
    close_entry(reader);
    archive_close(reader->archive);
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

/* RC_NOTFOUND: there are no more. */
static enum rc next_entry(struct file_reader *r)
{
    enum rc rc = RC_OK;

    if (!r->archive)
        rc = archive_open(r->fd, &r->profile->take.archive, &r->archive, &r->fault);
    if (!rc)
        rc = archive_next(r->archive, &r->fault);
    if (rc)
        return rc;
    r->entry_read = false;
    rc = byte_feed_open(&r->feed, r->profile, &r->queue);
    r->in_entry = !rc;
    return rc;
}

/* The format knows a line, not in which entry it is. */
static enum rc name_entry(struct file_reader *r, enum rc rc)
{
    const struct error why = r->fault;
    const char *entry = archive_entry(r->archive);

    if (rc != RC_INVALID || !*entry)
        return rc;
    return error_set(&r->fault, rc, "entry \"%.120s\": %.300s", entry, why.text);
}

static enum rc end_entry(struct file_reader *r)
{
    const enum rc rc = byte_feed_end(&r->feed, &r->fault);

    if (!rc) {
        const char *number = byte_feed_document(&r->feed);

        document_number_add(&r->document, number, strlen(number));
        snprintf(r->encoding, sizeof(r->encoding), "%s", byte_feed_encoding(&r->feed));
    }
    close_entry(r);
    return name_entry(r, rc);
}

/* One block further, or to the next entry. */
static enum rc advance(struct file_reader *r)
{
    size_t got = 0;
    enum rc rc;

    if (!r->in_entry) {
        rc = next_entry(r);
        r->ended = rc == RC_NOTFOUND;
        return r->ended ? RC_OK : rc;
    }
    if (r->entry_read)
        return end_entry(r);
    rc = archive_read(r->archive, r->block, sizeof(r->block), &got, &r->fault);
    if (rc)
        return rc;
    r->entry_read = got < sizeof(r->block);
    return got ? name_entry(r, byte_feed_add(&r->feed, r->block, got, &r->fault)) : RC_OK;
}

void file_reader_stretch(struct file_reader *reader, uint64_t bytes)
{
    reader->stretch = bytes;
    reader->stretched = 0;
}

/* True once for each stretch. An entry without a byte counts, too. */
static bool is_stretch_over(struct file_reader *r)
{
    if (!r->stretch || r->stretched < r->stretch)
        return false;
    r->stretched = 0;
    return true;
}

enum read_result file_reader_next(struct file_reader *reader, const struct raw_record **record,
                                  struct row_fault *fault)
{
    const struct row_fault *found;
    enum rc rc = RC_OK;

    while (!rc && record_queue_empty(&reader->queue)) {
        if (reader->ended)
            return *reader->fault.text ? READ_FILE_FAULT : READ_END;
        if (is_stretch_over(reader))
            return READ_NOT_YET;
        reader->stretched += BLOCK_SIZE;
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

const char *file_reader_entry(const struct file_reader *reader)
{
    return reader->archive ? archive_entry(reader->archive) : "";
}

const char *file_reader_document(const struct file_reader *reader)
{
    return document_number_text(&reader->document);
}

const char *file_reader_encoding(const struct file_reader *reader)
{
    return reader->encoding;
}
