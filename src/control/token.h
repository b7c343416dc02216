/* token.h - the secret that opens the control port: whoever can read the file may use it. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/rc.h"

#define TOKEN_SIZE 129 /* at most 128 characters, and the NUL */

/* Reads the file's first line, or makes the file (mode 0600) with a random token. RC_INVALID: it is
 * readable by others, or holds no token. */
enum rc token_load(const char *path, char token[TOKEN_SIZE], struct error *err) MUST_CHECK;
/* Takes the same time whatever the difference. */
bool token_matches(const char token[TOKEN_SIZE], const char *given);
