/*
 * transliterate.h - make a text fit the GSM alphabet, so that it does not cost UCS-2.
 *
 * Characters of the GSM alphabet stay (among them e-acute, e-grave, u-grave, a-grave, C-cedilla).
 * Others lose their accent (c-cedilla becomes c, e-circumflex e, i-diaeresis i), ligatures and
 * typographic signs are spelt out (oe, ', ", -, ..., no-break spaces), invisible characters go.
 * What has no like in the alphabet (emoji, other scripts) stays too: no word is lost unseen, and
 * sms_text_measure() still names it.
 */
#pragma once

#include "domain/types.h"

/* RC_INVALID: not UTF-8, or longer than `size` allows. `out` may not be `utf8`. */
enum rc transliterate_to_gsm7(const char *utf8, char *out, size_t size) MUST_CHECK;
