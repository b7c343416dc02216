/* bounce_report.h - the fields of a report (RFC 3464, RFC 5965), as they stand there. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "domain/types.h"

#define BOUNCE_FIELD_SIZE 1024

enum bounce_action { ACTION_UNSAID, ACTION_FAILED, ACTION_DELAYED, ACTION_DELIVERED };

/* What is said of one recipient; "" for what is not. */
struct bounce_report {
    enum bounce_action action;
    char recipient[ADDRESS_SIZE]; /* the original one if it is told */
    char status[BOUNCE_FIELD_SIZE];
    char diagnostic[BOUNCE_FIELD_SIZE]; /* without its type: "smtp;" */
};

/* The recipient who fared worst. False: it tells of none. */
bool bounce_report_read(const char *text, struct bounce_report *out);

/* The value of a header or field, unfolded, from lines up to an empty one or, with `all`, to the
 * end. False and "": it is not there. */
bool bounce_field(const char *text, const char *name, bool all, char *out, size_t size);
/* "rfc822; <anne@example.fr>" or "Anne <anne@example.fr>": its address, or "". */
void bounce_address(const char *value, char out[ADDRESS_SIZE]);
