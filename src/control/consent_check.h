/*
 * consent_check.h - is a signed export of the ledger what was exported? Needs nothing but the file:
 * no database, no relaisd. Reads the file line by line, in the memory of one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONSENT_CHECK_LINE_MAX ((size_t)64 << 10) /* bytes; no line of ours is as long */

struct consent_check;

struct consent_report {
    bool sound;
    uint64_t line; /* of the first fault */
    char reason[240];
    bool whole; /* it is of the whole ledger: then no line of a chain is missing either */
    uint64_t customer_id, events, pages, chains;
    char made_at[32], since[32];
    char public_key[65]; /* that it is signed with, in hex: compare it with the one you noted */
};

struct consent_check *consent_check_new(void); /* NULL: no memory */
void consent_check_free(struct consent_check *c);
/* The next line, without its newline. False after the first fault: the rest need not be read. */
bool consent_check_line(struct consent_check *c, const char *line, size_t len);
/* After the last line. */
void consent_check_end(struct consent_check *c, struct consent_report *report);
