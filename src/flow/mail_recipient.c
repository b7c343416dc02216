/* mail_recipient.c - see mail_recipient.h. */
#include "flow/mail_recipient.h"

#include <stdio.h>
#include <string.h>

#include "domain/mail_token.h"
#include "flow/mail_partners.h"

#define IMPORT     "import-"
#define POSTMASTER "postmaster" /* RFC 5321, 4.5.1: of any domain, or without one */

static const enum mail_in_kind kinds[MAIL_TOKEN_KINDS] = {
    [MAIL_TOKEN_BOUNCE] = MAIL_IN_BOUNCE,
    [MAIL_TOKEN_REPLY] = MAIL_IN_REPLY,
    [MAIL_TOKEN_UNSUBSCRIBE] = MAIL_IN_UNSUBSCRIBE,
    [MAIL_TOKEN_ALERT] = MAIL_IN_ALERT,
    [MAIL_TOKEN_HOUSE] = MAIL_IN_HOUSE,
    [MAIL_TOKEN_NOTICE] = MAIL_IN_NOTICE,
};

static bool answer(struct lmtp_reply *reply, unsigned code, const char *text)
{
    reply->code = code;
    snprintf(reply->text, sizeof(reply->text), "%s", text);
    return code == 250;
}

static bool is_among(const char *address, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcasecmp(address, list[i]) == 0)
            return true;
    }
    return false;
}

static bool find_partner(const struct mail_house *house, const char *code, size_t len,
                         struct mail_recipient *out, struct lmtp_reply *reply)
{
    switch (mail_partner_find(house->partners, house->n_partners, code, len, &out->partner)) {
    case MAIL_PARTNER_TAKES:
        out->kind = MAIL_IN_IMPORT;
        return answer(reply, 250, "2.1.5 recipient ok");
    case MAIL_PARTNER_FAULTY:
        return answer(reply, 450, "4.3.5 this partner's profile is being mended, try later");
    case MAIL_PARTNER_CLOSED: /* as long as somebody is setting it up, nothing is lost */
        return answer(reply, 450, "4.2.1 this partner's profile has no mail_from, try later");
    case MAIL_PARTNER_NONE:
        break;
    }
    return answer(reply, 550, "5.1.1 no files are taken by mail at this address");
}

/* Of the domain of the tokens: what stands before the @. */
static bool find_local(const struct mail_house *house, const char *local, size_t len,
                       struct mail_recipient *out, struct lmtp_reply *reply)
{
    enum mail_token_kind token;

    if (mail_token_read(house->key, local, len, &token, &out->about_id)) {
        out->kind = kinds[token];
        out->by_token = true;
        return answer(reply, 250, "2.1.5 recipient ok");
    }
    if (len > strlen(IMPORT) && strncasecmp(local, IMPORT, strlen(IMPORT)) == 0)
        return find_partner(house, local + strlen(IMPORT), len - strlen(IMPORT), out, reply);
    if (len == strlen(POSTMASTER) && strncasecmp(local, POSTMASTER, len) == 0) {
        out->kind = MAIL_IN_MESSAGE;
        return answer(reply, 250, "2.1.5 recipient ok");
    }
    return answer(reply, 550, "5.1.1 nobody has this address");
}

bool mail_recipient_find(const struct mail_house *house, const char *address,
                         struct mail_recipient *out, struct lmtp_reply *reply)
{
    const char *at = strrchr(address, '@');

    *out = (struct mail_recipient){ .kind = MAIL_IN_MESSAGE };
    if (is_among(address, house->contacts, house->n_contacts) || !strcasecmp(address, POSTMASTER))
        return answer(reply, 250, "2.1.5 recipient ok");
    if (is_among(address, house->unsubscribes, house->n_unsubscribes)) {
        out->kind = MAIL_IN_UNSUBSCRIBE;
        return answer(reply, 250, "2.1.5 recipient ok");
    }
    if (!at || !*house->domain || strcasecmp(at + 1, house->domain) != 0)
        return answer(reply, 550, "5.1.2 this is no address of ours");
    return find_local(house, address, (size_t)(at - address), out, reply);
}

/* --- tokens within a text --- */

static bool is_of_token(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

uint64_t mail_recipient_message(const struct mail_house *house, const char *text)
{
    for (const char *at = strchr(text, '@'); at; at = strchr(at + 1, '@')) {
        const size_t longest = MAIL_TOKEN_SIZE + 1;
        const char *local = at;
        enum mail_token_kind kind;
        uint64_t id;

        while (local > text && (size_t)(at - local) < longest && is_of_token(local[-1]))
            local--;
        if (!mail_token_read(house->key, local, (size_t)(at - local), &kind, &id))
            continue;
        if (kind == MAIL_TOKEN_BOUNCE || kind == MAIL_TOKEN_REPLY || kind == MAIL_TOKEN_UNSUBSCRIBE)
            return id;
    }
    return 0;
}
