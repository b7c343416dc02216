/* fuzz_mail_token.c - any bytes read as an address of ours are refused, or are the one address of
 * what they name. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#include "domain/mail_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[MAIL_TOKEN_KEY_SIZE] = "a key for tests";
    char again[MAIL_TOKEN_SIZE + 2];
    enum mail_token_kind kind = MAIL_TOKEN_KINDS;
    uint64_t id;

    if (!mail_token_read(key, (const char *)data, size, &kind, &id))
        return 0;
    if (size != sizeof(again) - 1 || kind >= MAIL_TOKEN_KINDS)
        abort();
    mail_token_local(key, kind, id, again);
    if (strncasecmp(again, (const char *)data, size) != 0)
        abort();
    return 0;
}
