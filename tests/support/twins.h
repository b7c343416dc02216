/* twins.h - for tests of merges: Hélène, who is customer 1 of one partner and customer 2 of
 * another. */
#pragma once

#include <stdint.h>

void twins_add(void);
/* All that is known of all customers, as one number: the same, when it is as it was. */
uint64_t twins_everything(void);
