/*
 * intake_desk.h - what all runs over one partner's files share: its profiles, and what is seen of
 * its directories.
 *
 * One run at a time has the desk, in INTAKE_START and INTAKE_CLAIM: the loop gives these turns
 * (intake.c). So two runs never want the same file, and nothing here needs a lock.
 */
#pragma once

#include "channel/file/profile.h"
#include "channel/file/said_once.h"
#include "channel/file/spool_look.h"

struct intake_desk {
    const char *root, *partner; /* the partner's code */
    struct profile *const *profiles;
    size_t n_profiles;
    unsigned chunk_rows;
    const atomic_bool *stop; /* see struct drop_box; the desk's owner sets it */

    /* of the run that has the desk */
    const struct take_rules **rules; /* of the profiles; NULL: not ready */
    struct spool_look *look;
    unsigned partner_id; /* 0: not known yet */
    bool tidied;         /* work/ was looked through after the start */
    uint64_t source_of;  /* the import whose source was last looked for in in/, to its end */
    struct said_once said;
};

/* Profiles (at least one, of one partner, in the order of their names) and texts must outlive it.
 */
void intake_desk_init(struct intake_desk *desk, const char *root, struct profile *const *profiles,
                      size_t n, unsigned chunk_rows);
/* Before it is used. RC_FAIL: no memory now. */
enum rc intake_desk_ready(struct intake_desk *desk) MUST_CHECK;
void intake_desk_close(struct intake_desk *desk);
/* NULL: there is none of this name (any more). "" is that of imports from before profiles had
 * names: the first one. */
const struct profile *intake_desk_profile(const struct intake_desk *desk, const char *name);
/* How many files may be read side by side: what the most careful profile says. */
unsigned intake_desk_at_once(const struct intake_desk *desk);
/*
 * Which profile takes the file, by its name and by what our copy of it, `fd`, begins with.
 * RC_NOTFOUND: none, or not one alone; *why says it for the receipt. RC_AGAIN: the copy cannot be
 * read now.
 */
enum rc intake_desk_choose(const struct intake_desk *desk, int fd, const char *name,
                           const struct profile **chosen, struct error *why) MUST_CHECK;
/* Why a file of this name is no profile's. */
void intake_desk_say_nobodys(const struct intake_desk *desk, struct error *why);
