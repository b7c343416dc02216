/* server.h - a private MariaDB server for a measurement: durable commits, the sizes it is shipped
 * with, an empty database with the schema. */
#pragma once

#include "base/rc.h"
#include "store/db.h"

/* Ends the measurement when something went wrong. */
void must(enum rc rc, const char *what, const char *why);

/* It is stopped, and its directory removed, when the program ends. */
void bench_server_start(void);
struct db *bench_db_open(unsigned lane); /* a connection of its own */

double seconds_since(int64_t monotonic_us);
