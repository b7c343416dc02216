/*
 * contact_share.h - whom of those who are due to contact today, and who does it. An employee's own
 * customers go to that person, the most urgent first, as many as there is room for; customers who
 * are nobody's, and those for whom their employee has no room, go to whoever of the team has the
 * most room left. Pure.
 *
 * Everybody who is due is offered, one after the other; what is kept is never more than a few times
 * what there is room for.
 */
#pragma once

#include "domain/contact_score.h"

struct arena;
struct contact_share;

/* An employee. */
struct contact_place {
    unsigned staff_id, team_id;
    unsigned room; /* contacts that the person takes today, besides those that there are */
};
#define CONTACT_ROOM_MAX 500 /* of one person; more is not made */

struct contact_candidate {
    uint64_t customer_id;
    unsigned team_id, owner_id; /* owner: whose place it is; 0, or without a place: nobody's */
    struct contact_score score;
};
struct contact_given {
    struct contact_candidate candidate;
    unsigned staff_id;
};

/* In `arena`, with a copy of the places. NULL: no memory. */
struct contact_share *contact_share_new(const struct contact_place *places, size_t n,
                                        struct arena *arena);
/* Is somebody of the team there? */
bool contact_share_has_team(const struct contact_share *share, unsigned team_id);
/* Passed over when nobody of the team is there, and nobody in the owner's place. */
void contact_share_offer(struct contact_share *share, const struct contact_candidate *candidate);

/* Who gets whom, in `arena`: by person, the most urgent first. Once. RC_FAIL: no memory. */
enum rc contact_share_settle(struct contact_share *share, struct arena *arena,
                             struct contact_given **list, size_t *n) MUST_CHECK;
/* After settling: the best score of the team's that found no place. false: all did. */
bool contact_share_cut(const struct contact_share *share, unsigned team_id, int *score);
/* After settling: who has room left for one more, and takes it; 0: nobody. `owner_id` first. */
unsigned contact_share_room(struct contact_share *share, unsigned team_id, unsigned owner_id);
