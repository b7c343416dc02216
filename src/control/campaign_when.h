/* campaign_when.h - when a campaign is sent: its fields in a body, and why nothing of it moves now.
 */
#pragma once

#include "control/exchange.h"

struct campaign;
struct campaign_plan;

/* "window", "rate", "budget" of the body. false: refused. */
bool take_when(struct exchange *x, struct campaign_plan *plan);
/* Rate, budget, start and, in `waiting`, sentences. */
enum rc put_when(struct exchange *x, const struct campaign *c);
