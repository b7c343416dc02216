/*
 * file_format.h - what fuzz_csv and fuzz_xml share: any bytes, fed in one piece and in small ones,
 * do no harm, and a file that is good is good and says the same however it was cut.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct format;

/* `conf`: the profile's text. The first byte of `data` is the size of the pieces. */
void fuzz_format(const struct format *format, const char *conf, const uint8_t *data, size_t size);
