/* value.h - numbers, dates and yes/no as people write them in files. Pure. */
#pragma once

#include "domain/mapping.h"

struct local_zone;

/*
 * "1 234,5 kg" -> 1234500 with scale 3. Spaces are thousands; with DECIMAL_AUTO a single comma or
 * point is the decimal sign, and of both the last one is. More decimals than `scale`: RC_INVALID,
 * unless they are zeros. `unit` ("kg", "EUR") may stand behind; NULL: none may.
 */
enum rc value_decimal(const char *text, enum decimal_form form, unsigned scale, const char *unit,
                      int64_t *value) MUST_CHECK;

/* "2026-11-23", "2026-11-23T08:30:00Z", "23/11/2026 08:30" ... A time without offset is the zone's.
 */
enum rc value_time(const char *text, enum date_form form, struct local_zone *zone,
                   utc_us *at) MUST_CHECK;

/* A day, without a time: "2026-11-23", "23/11/2026". Only year, month and day are set. */
struct civil;
enum rc value_date(const char *text, enum date_form form, struct civil *date) MUST_CHECK;

#define DATE_TEXT_SIZE 11
/* "1990-05-01" */
void value_date_text(const struct civil *date, char out[DATE_TEXT_SIZE]);

enum rc value_yes_no(const char *text, bool *yes) MUST_CHECK;

/* The bytes that the first `max` characters of valid UTF-8 take. */
size_t text_prefix(const char *text, size_t len, size_t max);
