/* settings_words.h - the sections sender and public, and what the section sms says of texts, as
 * those who write messages want them. */
#pragma once

#include "settings.h"

/*
 * Checks them and fills in s->words; everything lives in the settings' arena. promo_sender and
 * service_sender become addresses, and test_numbers E.164. RC_INVALID says file, line, key and what
 * was expected.
 */
enum rc settings_words_build(struct settings *s, const char *path, struct error *err) MUST_CHECK;
