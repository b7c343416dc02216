/* rule.h - an audience's rule in the body of a call: a text, or an object of JSON. */
#pragma once

#include "control/exchange.h"

/* *out is the rule as audience_parse() takes it, "" when none was given. false: refused. */
bool take_rule(struct exchange *x, const char *name, const char **out);
/* RC_INVALID with the character that the sentence points at, beside it. */
void rule_failed(struct exchange *x, enum rc rc, const char *what, const struct error *err);
