/*
 * colleague_may.h - may who calls do this? Whoever is of the staff by the rule of
 * domain/staff_right.h; a login that is nobody's, or that may administer, whatever its role in
 * relais.conf allows. All return false when they refused, and the reply says who may.
 */
#pragma once

#include "control/colleague.h"
#include "domain/staff_right.h"
#include "store/matter.h"

/* With a contact or an alert. What is not there is for the command itself to say. */
bool colleague_may_matter(struct exchange *x, const struct staff_book *book, enum staff_deed deed,
                          enum matter_kind kind, uint64_t id);
/* Record a result of a task. *first_only: only if nobody else has by then. */
bool colleague_may_record(struct exchange *x, const struct staff_book *book, uint64_t task_id,
                          bool *first_only);
/* Say whose customer it is. */
bool colleague_may_give_customer(struct exchange *x, const struct staff_book *book,
                                 uint64_t customer_id);
/* Do something in that person's name (NULL: in nobody's), as the field `staff` says. */
bool colleague_may_speak_for(struct exchange *x, const struct staff_book *book,
                             const struct staff_member *member);
/* Enter or take back an absence of that person. */
bool colleague_may_plan_for(struct exchange *x, const struct staff_book *book,
                            const struct staff_member *member);
