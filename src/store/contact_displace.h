/* contact_displace.h - who gives up a place on today's list for somebody more urgent, and who would
 * get one that way when a list is made again. For the files of contact lists only. */
#pragma once

#include "domain/contact_share.h"

struct arena;
struct db;

/* Who has a place keeps it unless another one is so much more urgent: a list that changes under
 * one's hands is none. */
#define DISPLACE_BY 20

/* What gives up its place, of contact_task t: not what somebody has said to be at. */
#define DISPLACEABLE                         \
    "t.state = 'open' AND t.source = 'list'" \
    "   AND NOT EXISTS (SELECT 1"            \
    "                     FROM matter m"     \
    "                    WHERE m.kind = 'task' AND m.subject_id = t.id AND m.ack_at IS NOT NULL)"

struct contact_displacing;

/* Those of `teams` who have tasks that give way on that day, `places` being who is there. *out, in
 * `arena`, is NULL when there are none: nobody's list was made before. */
enum rc contact_displacing_begin(struct db *db, const unsigned *teams, size_t n_teams, int day,
                                 const struct contact_place *places, size_t n, struct arena *arena,
                                 struct contact_displacing **out) MUST_CHECK;
void contact_displacing_offer(struct contact_displacing *d, const struct contact_candidate *c);
/* Who is so much more urgent than somebody with a place, without those that were `given` one: in
 * `arena`, the most urgent first. Once. */
enum rc contact_displacing_settle(struct contact_displacing *d, const struct contact_given *given,
                                  size_t n_given, struct arena *arena, uint64_t **customers,
                                  size_t *n) MUST_CHECK;
/* After settling: the best score of the team's that is left out all the same. false: none is. */
bool contact_displacing_cut(const struct contact_displacing *d, unsigned team_id, int *score);
