/* status.h (store) - the day at a glance: what came in and what went out since midnight, in UTC. */
#pragma once

#include <stdint.h>

#include "base/clock.h"
#include "base/rc.h"

struct db;

struct day_status {
    uint64_t imports, import_rows, import_refused, imports_failed;
    uint64_t inbound, stops;
};

enum rc day_status_read(struct db *db, utc_us midnight, struct day_status *out) MUST_CHECK;
