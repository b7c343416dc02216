/* secret.h - keys that all nodes of a database share. */
#pragma once

#include <stdint.h>

#include "base/rc.h"

struct db;

#define SECRET_SIZE 32

/* The key of that name; made, at random, when nobody asked for it before. */
enum rc secret_read(struct db *db, const char *name, uint8_t out[SECRET_SIZE]) MUST_CHECK;
