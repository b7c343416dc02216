/* receipt_writer.h - what receipt_file asks of a format. channel/file's own. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "channel/file/receipt_file.h"

/* One after the other, to one stream; whether it took all is asked at the end. */
struct receipt_writer {
    void (*head)(FILE *out, const struct receipt_head *head);
    /* `first`: no row was written before. */
    void (*row)(FILE *out, const struct receipt_row *row, bool first);
    void (*tail)(FILE *out, bool any_rows);
};

extern const struct receipt_writer receipt_csv, receipt_xml, receipt_json;

#define RECEIPT_NOTE_SIZE 700
/* Of RECEIPT_TAKEN_BEFORE: that nothing was done again. "" for the others. Returns `note`. */
const char *receipt_note(const struct receipt_head *head, char note[RECEIPT_NOTE_SIZE]);
/* From the file's coming to its end; 0 when that is not known. */
double receipt_seconds(const struct receipt_head *head);
