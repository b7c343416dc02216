/* plan_json.h - a contact plan's steps as JSON, out and in. */
#pragma once

#include "control/exchange.h"
#include "domain/contact_plan.h"

struct buffer;

/* {"enrol", "for", "team", "late_days", "steps": [...]}: added to `object`. */
void put_plan_text(json_t *object, const struct contact_plan_text *plan);
/* The body's fields of the same names as the lines of a plan. False: it was refused. */
bool take_plan_text(struct exchange *x, struct buffer *lines);
