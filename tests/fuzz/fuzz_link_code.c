/* fuzz_link_code.c - any bytes read as a short link's code are refused, or are the one code of what
 * they name. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/link_code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[LINK_CODE_KEY] = "a key for tests";
    char again[LINK_CODE_LENGTH];
    uint64_t id = 0;
    unsigned n = LINK_CODE_LINKS;

    if (!link_code_read(key, (const char *)data, size, &id, &n))
        return 0;
    if (size != LINK_CODE_LENGTH || !id || id >> 53 || n >= LINK_CODE_LINKS)
        abort();
    link_code_write(key, id, n, again);
    if (memcmp(again, data, size) != 0)
        abort();
    return 0;
}
