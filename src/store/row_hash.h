/* row_hash.h - is what a row says about a customer or an order what it said before? Pure. */
#pragma once

#include "domain/mapping.h"

#define HASH_SIZE 16

void row_customer_hash(const struct partner_row *row, uint8_t out[HASH_SIZE]);
void row_order_hash(const struct partner_row *row, uint8_t out[HASH_SIZE]);
