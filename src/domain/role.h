/* role.h - what a user of the control port may do. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A set of these, each with what it implies. */
enum role {
    ROLE_READ = 1,
    ROLE_WRITE = 2,   /* change things: campaigns, templates, messages */
    ROLE_APPROVE = 4, /* say yes or no to a campaign that waits for it */
    ROLE_ADMIN = 8,   /* carriers and routes */
};

/* "read", "write", "approve", "admin"; adds to *roles what it means. False: no such word. */
bool role_add(const char *word, unsigned *roles);
const char *role_name(enum role role);
