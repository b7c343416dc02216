/* status_writer.h - what status_file asks of a format. channel/file's own. */
#pragma once

#include <stdio.h>

#include "channel/file/status_file.h"

struct status_writer {
    const char *ending; /* of the file's name */
    bool orders_only;   /* it has no word for our messages: they are left out */
    /* *own: what the writer keeps from call to call; NULL: nothing. RC_FAIL: no memory. */
    enum rc (*begin)(FILE *out, const struct status_head *head, void **own);
    void (*line)(FILE *out, const struct status_line *line, bool first, void *own);
    void (*end)(FILE *out, bool any, void *own); /* frees `own` */
    void (*forget)(void *own);                   /* the file is given up; NULL: nothing to do */
};

extern const struct status_writer status_csv, status_xml, status_json, status_edifact;
