/* campaign_life.h - who made a campaign and who agreed, and how it is tried out: a part of its
 * reply.
 */
#pragma once

#include "control/exchange.h"

enum rc put_campaign_life(struct exchange *x) MUST_CHECK; /* of x->id */
