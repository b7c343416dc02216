/*
 * alert_compare.h - what is wrong now against the alerts that are open: who looks at something
 * every so often says only what is wrong.
 */
#pragma once

#include "store/alert.h"

struct alert_trouble {
    char subject[ALERT_SUBJECT_SIZE];
    char text[300]; /* the same at each look, so with a moment rather than a duration in it */
    utc_us since;   /* when this began */
};

struct alert_changes {
    unsigned opened, closed;
};

/* At most so many of a kind are looked at. */
#define ALERT_TROUBLES_MAX 200

/* Of this kind, and of subjects that begin with `scope` ("": all of them): what is wrong is open,
 * and what is wrong no more is closed, if there is room for all that is wrong: of a full list
 * nobody knows what else is. What a person has closed since it began stays closed. */
enum rc alert_compare(struct db *db, const char *kind, const char *scope,
                      const struct alert_trouble *troubles, size_t n,
                      struct alert_changes *changes) MUST_CHECK;
