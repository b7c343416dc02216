/* callers.h - who calls: each user's token, and what it may do. */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/rc.h"

/* Who has the token of control.token_file; it may do everything. */
#define CALLER_TOKEN_HOLDER "token holder"

struct control_user {
    const char *name, *token_file;
    unsigned roles; /* domain/role.h */
};

struct caller {
    const char *name;
    unsigned roles;
};

struct callers;

/* Reads the tokens, or makes them where a file is missing. RC_INVALID: a file cannot be taken, or
 * two users have the same token. The names must outlive it. */
enum rc callers_load(const char *token_file, const struct control_user *users, size_t n,
                     struct callers **out, struct error *err) MUST_CHECK;
/* `authorization`: the header, NULL when there was none. NULL: nobody of ours. Takes the same time
 * whoever it is and whatever the difference. */
const struct caller *callers_find(const struct callers *callers, const char *authorization);
void callers_free(struct callers *callers); /* NULL is fine */
