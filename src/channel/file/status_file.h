/*
 * status_file.h - what became of a partner's orders since the last such file:
 * out/<profile>.status.<due time>.csv, .xml, .json or .edi.
 */
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "channel/file/status_rules.h"
#include "domain/mapping.h"

struct status_head {
    const char *profile, *partner;
    const char *sender, *recipient; /* EDIFACT: who writes to whom; recipient "": the partner */
    utc_us due;                     /* that it is for: the file's name says it, too */
    uint64_t number;                /* of the profile's files, without a gap */
    const char *zone;               /* the partner's; times in EDIFACT are its wall clock's */
};

/* Texts are never NULL. */
struct status_line {
    bool message; /* about the order; else the order itself */
    const char *order_number, *customer_number;
    const char *status; /* planned ... cancelled; of a message: sent, delivered, failed, stop */
    utc_us at;
    const char *place, *note;
};

struct status_file;

/* `dir`: out/. RC_AGAIN: the disk will not have it now. */
enum rc status_file_begin(int dir, enum status_format format, const struct status_head *head,
                          struct status_file **file, struct error *err) MUST_CHECK;
void status_file_line(struct status_file *file, const struct status_line *line);
/* So far; lines that the format has no word for do not count. */
uint64_t status_file_lines(const struct status_file *file);
/* Frees `file` in any case. Writing the same again replaces it. */
enum rc status_file_end(struct status_file *file, struct error *err) MUST_CHECK;
void status_file_abandon(struct status_file *file); /* NULL is fine */
