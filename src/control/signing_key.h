/* signing_key.h - the Ed25519 key that exports of the ledger are signed with. */
#pragma once

#include "base/error.h"
#include "base/rc.h"

#define SIGNING_PUBLIC_SIZE    32
#define SIGNING_SECRET_SIZE    64
#define SIGNING_SIGNATURE_SIZE 64

struct signing_key {
    unsigned char public_key[SIGNING_PUBLIC_SIZE];
    unsigned char secret_key[SIGNING_SECRET_SIZE];
};

/* Reads the key, or makes the file (mode 0600) with a new one. RC_INVALID says in err what is wrong
 * with it: others may read it, or it holds no key. */
enum rc signing_key_load(const char *path, struct signing_key *key, struct error *err) MUST_CHECK;
void signing_key_wipe(struct signing_key *key);
