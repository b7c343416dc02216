/* fuzz_file_type.c - any bytes have a type that fits its column, agrees with itself, and is a
 * program or not whatever stands before the end of the name. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "domain/file_type.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *exact = malloc(size ? size : 1), name[64];
    const char *type;

    if (!exact)
        return 0;
    memcpy(exact, data, size);
    type = file_type_of(exact, size);
    if (!*type || strlen(type) >= FILE_TYPE_SIZE)
        abort();
    if (!file_type_is_program(type, "") && !file_type_agrees(type, type))
        abort();
    memcpy(name, exact, size < sizeof(name) - 1 ? size : sizeof(name) - 1);
    name[size < sizeof(name) - 1 ? size : sizeof(name) - 1] = '\0';
    if (file_type_is_program(type, "") && !file_type_is_program(type, name))
        abort();
    (void)file_type_agrees(name, type);
    free(exact);
    return 0;
}
