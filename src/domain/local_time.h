/* local_time.h - what a wall clock somewhere shows, as UTC. Uses ICU's tz data. */
#pragma once

#include <stdbool.h>

#include "base/clock.h"
#include "base/error.h"

struct local_zone; /* used by one thread at a time */

/* `name`: "Europe/Paris". RC_INVALID: the tz data does not know it. */
enum rc local_zone_open(const char *name, struct local_zone **zone, struct error *err) MUST_CHECK;
void local_zone_close(struct local_zone *zone);
/* An hour that summer time skips is moved on by an hour; of one that comes twice, the first. */
utc_us local_zone_to_utc(struct local_zone *zone, const struct civil *wall);
/* The way back: what the clock on the wall shows at `at`. */
struct civil local_zone_civil(struct local_zone *zone, utc_us at);
/* Wall time less UTC at `at`; *until: the first instant after it for which this may not hold. */
utc_us local_zone_offset(struct local_zone *zone, utc_us at, utc_us *until);
/* Whether local_zone_open() would know it. */
bool local_zone_is_known(const char *name);
