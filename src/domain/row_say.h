/*
 * row_say.h - what a row of a partner's file was understood as, for a person: a phone number in
 * E.164, a time by the partner's clock, an amount with its currency. Pure.
 */
#pragma once

#include "domain/mapping.h"

struct local_zone;

#define ROW_SAY_SIZE 600

/* The field's value; "" when the row says nothing about it. */
const char *row_say(const struct partner_row *row, enum field f, struct local_zone *zone,
                    char buf[ROW_SAY_SIZE]);
