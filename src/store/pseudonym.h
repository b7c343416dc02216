/*
 * pseudonym.h - what stands in the place of an erased customer's address.
 *
 * A keyed hash: the same address always has the same pseudonym, so that an objection is known again
 * when the address comes back; without the key nobody can tell which address it was, nor try all
 * telephone numbers until one fits.
 */
#pragma once

#include "domain/types.h"

struct db;

#define PSEUDONYM_KEY_SIZE 32
#define PSEUDONYM_SIZE     34 /* "~", 32 hexadecimal digits and NUL */

bool pseudonym_is(const char *address);
/* RC_FAIL: this program has no key. */
enum rc pseudonym_make(const struct db *db, enum channel channel, const char *address,
                       char out[PSEUDONYM_SIZE]) MUST_CHECK;

/* The key that a secret text stands for. */
void pseudonym_key_from(const char *secret, unsigned char key[PSEUDONYM_KEY_SIZE]);
/* Whether this program's key is the one that made the pseudonyms in the database; where there are
 * none it becomes that. RC_INVALID: it is another; err says what to do. */
enum rc pseudonym_key_check(struct db *db, struct error *err) MUST_CHECK;
