/* settings_sending.h - the section sending as the rules that campaigns and the gateway go by. */
#pragma once

#include "store/send_window.h"

struct settings;

/* Checks it; RC_INVALID says file, line, key and what was expected. */
enum rc settings_sending_build(struct settings *s, const char *path, struct send_rules *out,
                               struct error *err) MUST_CHECK;

/* Reads the files of holidays into the rules: a file named by two capital letters for each country.
 * RC_INVALID says file, line and what was expected. What is read lives in the settings' arena. */
enum rc settings_holidays_read(struct settings *s, const char *path, struct error *err) MUST_CHECK;
