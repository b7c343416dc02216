/*
 * put_text.h - a text from outside into a file that we write, in such a way that it stays a text
 * there. What is no valid UTF-8 becomes U+FFFD.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* A cell in double quotes, on one line. A spreadsheet would run one that begins like a formula, so
 * an apostrophe goes in front; numbers with a sign (phone numbers) are left alone. */
void put_csv_text(FILE *out, const char *text);
/* Whether it needs none of that: a comma, a quote or a control character is not in it, either. */
bool csv_text_is_plain(const char *text);
/* Between tags or in a quoted attribute. XML 1.0 has no way to write most control characters: they
 * become U+FFFD. */
void put_xml_text(FILE *out, const char *text);
/* With its quotes; RFC 8259, section 7. */
void put_json_text(FILE *out, const char *text);
