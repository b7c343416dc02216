/* mail_route.c - see mail_route.h. */
#include "domain/mail_route.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void mail_queue_name(const struct route_table *t, const char *address, char *out)
{
    const char *at = strrchr(address, '@');

    for (size_t i = 0; t && at && i < t->n_mail_domains; i++) {
        if (strcasecmp(t->mail_domains[i], at + 1) == 0) {
            snprintf(out, QUEUE_NAME_MAX + 1, MAIL_QUEUE " %s", t->mail_domains[i]);
            return;
        }
    }
    snprintf(out, QUEUE_NAME_MAX + 1, MAIL_QUEUE);
}

const char *mail_queue_domain(const char *queue)
{
    const size_t len = sizeof(MAIL_QUEUE) - 1;

    return strncmp(queue, MAIL_QUEUE " ", len + 1) == 0 ? queue + len + 1 : NULL;
}
