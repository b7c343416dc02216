/* server.h - a private MariaDB server for a measurement: durable commits, the sizes it is shipped
 * with, an empty database with the schema. */
#pragma once

#include "base/rc.h"
#include "store/db.h"

/* Ends the measurement when something went wrong. */
void must(enum rc rc, const char *what, const char *why);

/* A connection of its own; all of them are closed before the stop. */
struct db *bench_db_open(unsigned lane);
void bench_server_start(void);
/* Stops it and removes its directory. */
void bench_server_stop(void);

double seconds_since(int64_t monotonic_us);
