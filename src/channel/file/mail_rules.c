/* mail_rules.c - addresses, or all of a domain. */
#include "channel/file/mail_rules.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "domain/mail_address.h"

enum rc mail_rules_check(const struct mail_rules *rules, struct error *err)
{
    for (size_t i = 0; i < rules->from.n; i++) {
        const char *item = rules->from.items[i];
        char full[300], address[ADDRESS_SIZE];
        enum mail_fault why;

        snprintf(full, sizeof(full), "%s%s", *item == '@' ? "any" : "", item);
        if (mail_address_normalise(full, address, &why))
            return error_set(err, RC_INVALID,
                             "mail_from: expected addresses or \"@\" and a domain, and \"%s\" %s",
                             item, mail_fault_reason(why));
    }
    return RC_OK;
}

bool mail_rules_name(const struct mail_rules *rules, const char *address)
{
    const char *at = strrchr(address, '@');

    for (size_t i = 0; at && i < rules->from.n; i++) {
        const char *item = rules->from.items[i];

        if (strcasecmp(*item == '@' ? at : address, item) == 0)
            return true;
    }
    return false;
}
