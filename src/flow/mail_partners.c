/* mail_partners.c - any profile of a partner may name a sender; files choose their profile later.
 */
#include "flow/mail_partners.h"

#include <string.h>
#include <strings.h>

#include "flow/intake_profiles.h"

static const struct partner_profiles *find(const struct partner_profiles *list, unsigned n,
                                           const char *text, size_t len)
{
    for (unsigned i = 0; i < n; i++) {
        if (strlen(list[i].code) == len && strncasecmp(list[i].code, text, len) == 0)
            return &list[i];
    }
    return NULL;
}

enum mail_partner mail_partner_find(const struct partner_profiles *list, unsigned n,
                                    const char *text, size_t len, const char **code)
{
    const struct partner_profiles *p = find(list, n, text, len);

    if (!p)
        return MAIL_PARTNER_NONE;
    if (*p->faulty)
        return MAIL_PARTNER_FAULTY;
    for (size_t i = 0; i < p->n; i++) {
        if (p->profiles[i]->mail.from.n) {
            *code = p->code;
            return MAIL_PARTNER_TAKES;
        }
    }
    return MAIL_PARTNER_CLOSED;
}

const char *mail_partner_refuses(const struct partner_profiles *list, unsigned n, const char *code,
                                 const char *from, bool proved)
{
    const struct partner_profiles *p = find(list, n, code, strlen(code));
    const char *why = "not_allowed";

    for (size_t i = 0; p && i < p->n; i++) {
        const struct mail_rules *rules = &p->profiles[i]->mail;

        if (!mail_rules_name(rules, from))
            continue;
        if (proved || !rules->proof)
            return "";
        why = "unproved";
    }
    return why;
}
