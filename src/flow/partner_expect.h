/*
 * partner_expect.h - did the file come that was to come? Asked again and again; each hour is
 * answered once, whoever asks, and also when nobody could ask at the hour. Lane threads.
 */
#pragma once

#include "channel/file/profile.h"

struct db;

struct partner_watch { /* one profile whose clock is looked at */
    struct profile *profile;
    struct local_zone *zone;
    unsigned partner_id; /* 0: not known yet */
};

/* `root`: the partners' directories; `since`: when this relaisd began to take files. A file that
 * waits in in/ counts for a while: it is about to be taken. */
enum rc partner_expect_look(struct db *db, const char *root, struct partner_watch *watch,
                            utc_us since, utc_us now) MUST_CHECK;
