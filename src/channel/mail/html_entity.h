/* html_entity.h - "&eacute;" and "&#233;". */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The character that text[0], an ampersand, begins; *used: the bytes it took. 0: it is only an
 * ampersand. */
uint32_t html_entity(const char *text, size_t len, size_t *used);
