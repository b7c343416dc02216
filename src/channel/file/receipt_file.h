/*
 * receipt_file.h - the answer to a partner: out/<file>.<import id>.receipt.csv, .xml or .json.
 *
 * First what became of the file, then each refused row. Written row by row: a million of them cost
 * no memory.
 */
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "domain/fault_words.h"

enum receipt_format { RECEIPT_CSV, RECEIPT_XML, RECEIPT_JSON };
const char *receipt_format_name(enum receipt_format f); /* "csv": also the end of the file's name */

enum receipt_result {
    RECEIPT_TAKEN,
    RECEIPT_REFUSED, /* nothing of it was applied */
    RECEIPT_STOPPED, /* half-way, by a person or a fault: what is counted as taken was applied */
    RECEIPT_TAKEN_BEFORE
};

/* Texts are never NULL. */
struct receipt_head {
    const char *file_name;
    const char *profile;
    const char *document; /* the partner's own number of the file; "": it has none */
    uint64_t import_id;   /* of the import that the counts belong to */
    uint64_t same_as;     /* of RECEIPT_TAKEN_BEFORE: the import that took the same document; 0: the
                           * same content was taken, by `import_id` */
    enum receipt_result result;
    const char
        *reason; /* of the two that failed, and where `same_as` says something; in `language` */
    enum answer_language language;
    utc_us received_at, finished_at; /* finished_at 0: not known */
    uint64_t rows, taken, unchanged, refused;
};

struct receipt_row {
    uint64_t line, row_no;
    const char *field, *value, *code, *reason; /* reason in the head's language */
    const char *entry; /* of a packed file, whose line it is; "": there are none */
};

struct receipt_file;

#define RECEIPT_NAME_SIZE 256
/* The file's name in out/; `id` makes it unique. */
void receipt_file_name(char name[RECEIPT_NAME_SIZE], const char *file_name, uint64_t id,
                       enum receipt_format format);

/* `dir`: out/. RC_AGAIN: the disk will not have it now. */
enum rc receipt_file_begin(int dir, uint64_t id, enum receipt_format format,
                           const struct receipt_head *head, struct receipt_file **file,
                           struct error *err) MUST_CHECK;
void receipt_file_row(struct receipt_file *file, const struct receipt_row *row);
/* Frees `file` in any case. Writing the same receipt again replaces it. */
enum rc receipt_file_end(struct receipt_file *file, struct error *err) MUST_CHECK;
void receipt_file_abandon(struct receipt_file *file); /* NULL is fine */
