/*
 * said_once.h - things that are looked at again and again and should be complained of once: each is
 * said when it is first met, and again only after it was gone for a look.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAID_MAX 64 /* more at a time are not said at all: somebody floods the log */

struct said_once {
    uint64_t before[SAID_MAX], now[SAID_MAX];
    size_t n_before, n_now;
};

void said_begin(struct said_once *s);
/* Whether to say it: `what` and `name` together are the thing. */
bool said_is_new(struct said_once *s, const char *what, const char *name);
void said_end(struct said_once *s);
