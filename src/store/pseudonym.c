/* pseudonym.c - BLAKE2b with the key of the house. */
#include "store/pseudonym.h"

#include <sodium.h>
#include <string.h>

#include "store/db.h"

#define MARK       '~' /* neither a telephone number nor a mail address begins with it here */
#define HASH_SIZE  16
#define PRINT_SIZE 16

static const char SQL_KNOWN[] = "SELECT fingerprint = ? FROM pseudonym_key WHERE id = 1";

static const char SQL_USED[] = "SELECT EXISTS (SELECT 1 FROM opt_out_erased)"
                               "       OR EXISTS (SELECT 1 FROM erasure)";

static const char SQL_SET[] = "REPLACE INTO pseudonym_key (id, fingerprint) VALUES (1, ?)";

bool pseudonym_is(const char *address)
{
    return *address == MARK;
}

enum rc pseudonym_make(const struct db *db, enum channel channel, const char *address,
                       char out[PSEUDONYM_SIZE])
{
    const unsigned char *key = db_pseudonym_key(db);
    const unsigned char kind = (unsigned char)channel;
    unsigned char hash[HASH_SIZE];
    crypto_generichash_state state;

    if (!key || sodium_init() < 0)
        return RC_FAIL;
    crypto_generichash_init(&state, key, PSEUDONYM_KEY_SIZE, sizeof(hash));
    crypto_generichash_update(&state, &kind, 1);
    crypto_generichash_update(&state, (const unsigned char *)address, strlen(address));
    crypto_generichash_final(&state, hash, sizeof(hash));
    out[0] = MARK;
    sodium_bin2hex(out + 1, PSEUDONYM_SIZE - 1, hash, sizeof(hash));
    return RC_OK;
}

void pseudonym_key_from(const char *secret, unsigned char key[PSEUDONYM_KEY_SIZE])
{
    crypto_generichash(key, PSEUDONYM_KEY_SIZE, (const unsigned char *)secret, strlen(secret), NULL,
                       0);
}

enum rc pseudonym_key_check(struct db *db, struct error *err)
{
    static const unsigned char what[] = "fingerprint";
    unsigned char print[PRINT_SIZE];
    uint64_t same = 0, used = 0;
    enum rc rc;

    if (!db_pseudonym_key(db) || sodium_init() < 0)
        return error_set(err, RC_FAIL, "there is no key for pseudonyms");
    crypto_generichash(print, sizeof(print), what, sizeof(what), db_pseudonym_key(db),
                       PSEUDONYM_KEY_SIZE);
    rc = db_query_u64(db, SQL_KNOWN, DB_IN(db_bytes(print, sizeof(print))), &same);
    if (!rc && same)
        return RC_OK;
    if (!rc || rc == RC_NOTFOUND)
        rc = db_query_u64(db, SQL_USED, DB_NO_INPUT, &used);
    if (!rc && used)
        return error_set(err, RC_INVALID,
                         "it is not the key that erased customers' addresses were replaced with: "
                         "their objections would not be known again. Copy the file from the node "
                         "or the backup that has it");
    if (!rc)
        rc = db_run(db, SQL_SET, DB_IN(db_bytes(print, sizeof(print))), NULL);
    return rc ? error_set(err, rc, "the database does not answer") : RC_OK;
}
