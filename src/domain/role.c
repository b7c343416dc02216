/* role.c - the words, and what each implies. */
#include "domain/role.h"

#include <string.h>

static const struct {
    enum role role;
    const char *word;
    unsigned means;
} roles[] = {
    { ROLE_READ, "read", ROLE_READ },
    { ROLE_WRITE, "write", ROLE_READ | ROLE_WRITE },
    { ROLE_APPROVE, "approve", ROLE_READ | ROLE_APPROVE },
    { ROLE_ADMIN, "admin", ROLE_READ | ROLE_WRITE | ROLE_APPROVE | ROLE_ADMIN },
};

bool role_add(const char *word, unsigned *set)
{
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        if (strcmp(word, roles[i].word) == 0) {
            *set |= roles[i].means;
            return true;
        }
    }
    return false;
}

const char *role_name(enum role role)
{
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        if (roles[i].role == role)
            return roles[i].word;
    }
    return "";
}
