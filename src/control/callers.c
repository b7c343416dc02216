/* callers.c - a table of tokens. */
#include "control/callers.h"

#include <stdlib.h>
#include <string.h>

#include "control/token.h"
#include "domain/role.h"

struct entry {
    struct caller caller;
    char token[TOKEN_SIZE];
};

struct callers {
    size_t n;
    struct entry list[];
};

static enum rc add(struct callers *c, const char *name, const char *token_file, unsigned roles,
                   struct error *err)
{
    struct entry *e = &c->list[c->n];
    enum rc rc = token_load(token_file, e->token, err);

    if (rc)
        return rc;
    for (size_t i = 0; i < c->n; i++) {
        if (token_matches(c->list[i].token, e->token))
            return error_set(err, RC_INVALID, "%s: %s and %s have the same token", token_file,
                             c->list[i].caller.name, name);
    }
    e->caller = (struct caller){ name, roles };
    c->n++;
    return RC_OK;
}

enum rc callers_load(const char *token_file, const struct control_user *users, size_t n,
                     struct callers **out, struct error *err)
{
    struct callers *c = calloc(1, sizeof(*c) + (n + 1) * sizeof(c->list[0]));
    unsigned all = 0;
    enum rc rc;

    if (!c)
        return error_set(err, RC_FAIL, "no memory");
    role_add(role_name(ROLE_ADMIN), &all);
    rc = add(c, CALLER_TOKEN_HOLDER, token_file, all, err);
    for (size_t i = 0; !rc && i < n; i++)
        rc = add(c, users[i].name, users[i].token_file, users[i].roles, err);
    if (rc)
        callers_free(c);
    else
        *out = c;
    return rc;
}

const struct caller *callers_find(const struct callers *c, const char *authorization)
{
    static const char scheme[] = "Bearer ";
    const struct caller *found = NULL;

    if (!authorization || strncmp(authorization, scheme, strlen(scheme)) != 0)
        return NULL;
    for (size_t i = 0; i < c->n; i++) {
        if (token_matches(c->list[i].token, authorization + strlen(scheme)))
            found = &c->list[i].caller;
    }
    return found;
}

void callers_free(struct callers *c)
{
    free(c);
}
