/*
 * file_reader.h - reads a partner's file record by record, whatever its format and whether it is
 * packed (archive.h), in bounded memory.
 *
 * Reading the same bytes twice gives the same records with the same numbers: the first pass checks,
 * the second applies, and a third after a crash skips what was applied.
 */
#pragma once

#include "channel/file/profile.h"
#include "domain/mapping.h"

enum read_result {
    READ_RECORD,     /* *record is filled, valid until the next call */
    READ_ROW_FAULT,  /* this record cannot be used: record->row_no, record->line and *fault say why
                      */
    READ_END,        /* of the file; nothing was wrong with it */
    READ_FILE_FAULT, /* nothing of this file may be used: file_reader_fault() */
    READ_NOT_YET,    /* the stretch is over (file_reader_stretch()): call again */
    READ_AGAIN, /* the disk could not be read, or no memory: close, open and read again later */
};

struct file_reader;

/* Once, before the first thread: the libraries below want it. */
void file_reader_setup(void);

/* Starts at the beginning of fd, which stays the caller's. RC_FAIL: no memory. */
enum rc file_reader_open(const struct profile *profile, int fd,
                         struct file_reader **reader) MUST_CHECK;
void file_reader_close(struct file_reader *reader);
/* Before the first record: CSV records have their whole row, too (raw_record.row). */
void file_reader_keep_rows(struct file_reader *reader);
/* Then, after the first record: the header as such a row. "": the file has none. */
const char *file_reader_header(const struct file_reader *reader);
/* file_reader_next() says READ_NOT_YET each time when it has read about so many bytes (unpacked),
 * be it before the first record. Without it, or 0: never. */
void file_reader_stretch(struct file_reader *reader, uint64_t bytes);
enum read_result file_reader_next(struct file_reader *reader, const struct raw_record **record,
                                  struct row_fault *fault);
/* After READ_FILE_FAULT: "line 12: ...". */
const char *file_reader_fault(const struct file_reader *reader);
/* After READ_END: the partner's own number of the file, where the profile says it stands; "": none.
 * At most DOCUMENT_NUMBER_MAX bytes of UTF-8. */
const char *file_reader_document(const struct file_reader *reader);
/* After READ_END: how its letters are coded, for people: "UTF-16LE", "windows-1252". */
const char *file_reader_encoding(const struct file_reader *reader);
/* The name, in a packed file, of the entry that the last record came from, whose line it has; "":
 * there are no entries. Valid until the next call. */
const char *file_reader_entry(const struct file_reader *reader);
