/* config_value.h - one value of a configuration: from text into its field, and back. */
#pragma once

#include "base/buffer.h"
#include "base/config.h"

#define CONFIG_LIST_MAX 1024 /* items of one list */

/* The field of a key in its section's struct. */
void *config_field(const struct config_key *key, void *section);
const void *config_field_const(const struct config_key *key, const void *section);

/* Writes the value of `text` to the key's field; a list gets one item more. RC_INVALID with
 * "expected ..., got ...". `section` NULL: only checks. */
enum rc config_value_set(const struct config_key *key, const char *text, struct arena *arena,
                         void *section, struct error *err) MUST_CHECK;
/* The key's default; a list's is written "one, two". A key without default stays as it is. */
enum rc config_value_default(const struct config_key *key, struct arena *arena, void *section,
                             struct error *err) MUST_CHECK;
bool config_value_equal(const struct config_key *key, const void *a, const void *b);

/* "a whole number from 1 to 255": what a person may write there. */
void config_value_expected(const struct config_key *key, struct buffer *out);
/* The default as it is written in a file: 30s, "text", { "one", "two" }. */
void config_value_sample(const struct config_key *key, struct buffer *out);
