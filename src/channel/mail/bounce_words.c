/*
 * bounce_words.c - the tables: what the reasons are called, and who says what.
 *
 * The order within `said` matters, the first row that is found wins: what is wrong with us stands
 * before what is wrong with the address ("sender ... does not exist"), a full mailbox before an
 * unknown one ("unknown address error ... mailbox full"). No phrase is a single word, which an
 * address could have in it too; or it has a blank at one end.
 */
#include "channel/mail/bounce_words.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
    const char *name;
    enum bounce_kind kind;
} whys[WHY_COUNT] = {
    [WHY_UNSAID] = { "unsaid", BOUNCE_REFUSED },
    [WHY_NO_SUCH_USER] = { "no_such_user", BOUNCE_HARD },
    [WHY_NO_SUCH_DOMAIN] = { "no_such_domain", BOUNCE_HARD },
    [WHY_DISABLED] = { "address_disabled", BOUNCE_HARD },
    [WHY_MOVED] = { "address_moved", BOUNCE_HARD },
    [WHY_BAD_ADDRESS] = { "bad_address", BOUNCE_HARD },
    [WHY_SPAM] = { "spam", BOUNCE_REFUSED },
    [WHY_BLOCKED] = { "blocked", BOUNCE_REFUSED },
    [WHY_NOT_AUTHENTICATED] = { "not_authenticated", BOUNCE_REFUSED },
    [WHY_SENDER] = { "sender", BOUNCE_REFUSED },
    [WHY_CONTENT] = { "content", BOUNCE_REFUSED },
    [WHY_TOO_BIG] = { "too_big", BOUNCE_REFUSED },
    [WHY_RELAYING] = { "relaying", BOUNCE_REFUSED },
    [WHY_NOT_ALLOWED] = { "not_allowed", BOUNCE_REFUSED },
    [WHY_POLICY] = { "policy", BOUNCE_REFUSED },
    [WHY_PROTOCOL] = { "protocol", BOUNCE_REFUSED },
    [WHY_LOOP] = { "loop", BOUNCE_REFUSED },
    [WHY_FULL] = { "mailbox_full", BOUNCE_SOFT },
    [WHY_BUSY] = { "busy", BOUNCE_SOFT },
    [WHY_NOT_REACHED] = { "not_reached", BOUNCE_SOFT },
    [WHY_EXPIRED] = { "expired", BOUNCE_SOFT },
    [WHY_SYSTEM] = { "system", BOUNCE_SOFT },
};

struct phrase {
    const char *words;
    enum bounce_why why;
};

static const struct phrase said[] = {
    /* Who sends: Postfix access and restriction maps, Sendmail check_mail, Exim verify = sender */
    { "sender address", WHY_SENDER },
    { "sender rejected", WHY_SENDER },
    { "sender denied", WHY_SENDER },
    { "sender verify failed", WHY_SENDER },
    { "sender verification", WHY_SENDER },
    { "sender domain", WHY_SENDER },
    { "invalid sender", WHY_SENDER },
    { "domain of sender", WHY_SENDER },
    { "senders not allowed", WHY_SENDER },
    { "verification failed for <", WHY_SENDER },
    { "not allowed to send mail from", WHY_SENDER },

    /* DMARC, SPF, DKIM (RFC 7372 texts, Gmail, Mail.Ru, Apple, Tencent), names of our machines */
    { "dmarc policy", WHY_NOT_AUTHENTICATED },
    { "dmarc check", WHY_NOT_AUTHENTICATED },
    { "dmarc fail", WHY_NOT_AUTHENTICATED },
    { "dmarc verification", WHY_NOT_AUTHENTICATED },
    { "failed dmarc", WHY_NOT_AUTHENTICATED },
    { "spf record", WHY_NOT_AUTHENTICATED },
    { "spf check", WHY_NOT_AUTHENTICATED },
    { "spf fail", WHY_NOT_AUTHENTICATED },
    { "spf validation", WHY_NOT_AUTHENTICATED },
    { "spf: ", WHY_NOT_AUTHENTICATED },
    { "(spf)", WHY_NOT_AUTHENTICATED },
    { "dkim fail", WHY_NOT_AUTHENTICATED },
    { "dkim validation", WHY_NOT_AUTHENTICATED },
    { "sender is unauthenticated", WHY_NOT_AUTHENTICATED },
    { "unauthenticated email", WHY_NOT_AUTHENTICATED },
    { "authentication information", WHY_NOT_AUTHENTICATED },
    { "ptr record", WHY_NOT_AUTHENTICATED },
    { "ptr resource record", WHY_NOT_AUTHENTICATED },
    { "reverse dns", WHY_NOT_AUTHENTICATED },
    { "reverse hostname", WHY_NOT_AUTHENTICATED },
    { "reverse lookup", WHY_NOT_AUTHENTICATED },
    { "cannot find your hostname", WHY_NOT_AUTHENTICATED },
    { "cannot resolve your", WHY_NOT_AUTHENTICATED },
    { "may not be mail exchanger", WHY_NOT_AUTHENTICATED },
    { "helo command rejected", WHY_NOT_AUTHENTICATED },
    { "dns ptr", WHY_NOT_AUTHENTICATED },
    { "my name was rejected", WHY_NOT_AUTHENTICATED },
    { "authentication checks failed", WHY_NOT_AUTHENTICATED },
    { "invalid ip for sending", WHY_NOT_AUTHENTICATED }, /* Yahoo */
    { "mismatches client ip", WHY_NOT_AUTHENTICATED },

    /* Exchange transport (RESOLVER.RST, "restricted to members"), preferences of one recipient */
    { "resolver.rst.", WHY_NOT_ALLOWED },
    { "recipient preferences", WHY_NOT_ALLOWED },
    { "not permitted to send to this", WHY_NOT_ALLOWED },
    { "permission to send to", WHY_NOT_ALLOWED },
    { "permission to post", WHY_NOT_ALLOWED },
    { "not authorized to send", WHY_NOT_ALLOWED },
    { "only accepts", WHY_NOT_ALLOWED },
    { "accepting mail from specific", WHY_NOT_ALLOWED },
    { "by the domain filter", WHY_NOT_ALLOWED },
    { "authentication required", WHY_NOT_ALLOWED },
    { "turn on smtp authentication", WHY_NOT_ALLOWED }, /* MessageLabs */

    { "user not listed in", WHY_NO_SUCH_USER },       /* Notes */
    { "recipient account is blocked", WHY_DISABLED }, /* Orange 426 */

    /* Lists of addresses: "blocked using dnsbl.sorbs.net", Microsoft S3140, IronPort, GMX */
    { "blocked using", WHY_BLOCKED },
    { "blocked by", WHY_BLOCKED },
    { "blocked for", WHY_BLOCKED },
    { "blocked due", WHY_BLOCKED },
    { "blocked because", WHY_BLOCKED },
    { "has been blocked", WHY_BLOCKED },
    { "have been blocked", WHY_BLOCKED },
    { "host blocked", WHY_BLOCKED },
    { "is blocked.", WHY_BLOCKED },
    { "on our block list", WHY_BLOCKED },
    { "blacklist", WHY_BLOCKED },
    { "black list", WHY_BLOCKED },
    { "blocklist", WHY_BLOCKED },
    { "spamhaus", WHY_BLOCKED },
    { "spamcop", WHY_BLOCKED },
    { "dnsbl", WHY_BLOCKED },
    { "poor reputation", WHY_BLOCKED },
    { "ip reputation", WHY_BLOCKED },
    { "reputation of", WHY_BLOCKED },
    { "banned sending ip", WHY_BLOCKED },
    { "listed in ", WHY_BLOCKED },
    { "client host rejected", WHY_BLOCKED },
    { "mail from your", WHY_BLOCKED },
    { "from your ip", WHY_BLOCKED },
    { "from ip address", WHY_BLOCKED },
    { "your ip address", WHY_BLOCKED },
    { "your network", WHY_BLOCKED },
    { "no smtp service", WHY_BLOCKED },
    { "network not allowed", WHY_BLOCKED }, /* Mimecast */
    { "not accepting connections", WHY_BLOCKED },
    { "not accepting mail from", WHY_BLOCKED },

    /* Filters of content */
    { " spam", WHY_SPAM },
    { "-spam", WHY_SPAM },
    { "spam ", WHY_SPAM },
    { "spamsignature", WHY_SPAM },
    { "unsolicited", WHY_SPAM },
    { "junk mail", WHY_SPAM },
    { "rejected, ube", WHY_SPAM },
    { "bulk email filter", WHY_SPAM },
    { "bulk mail", WHY_SPAM },
    { "a virus", WHY_CONTENT },
    { "virus found", WHY_CONTENT },
    { "virus detected", WHY_CONTENT },
    { "infected", WHY_CONTENT },
    { "malware", WHY_CONTENT },
    { "illegal attachment", WHY_CONTENT },
    { "attachment type", WHY_CONTENT },
    { "banned attachment", WHY_CONTENT },
    { "attachments are not", WHY_CONTENT },
    { "content rejected", WHY_CONTENT },
    { "message content", WHY_CONTENT },
    { "content restrictions", WHY_CONTENT },

    { "relay access denied", WHY_RELAYING }, /* Postfix */
    { "relaying denied", WHY_RELAYING },     /* Sendmail */
    { "relay not permitted", WHY_RELAYING }, /* Exim */
    { "unable to relay", WHY_RELAYING },     /* Exchange */
    { "not permitted to relay", WHY_RELAYING },
    { "do not relay", WHY_RELAYING },
    { "relay denied", WHY_RELAYING },
    { "allowed rcpthosts", WHY_RELAYING }, /* qmail */

    { "hop count", WHY_LOOP }, /* Notes, Exchange */
    { "too many hops", WHY_LOOP },
    { "mail loop", WHY_LOOP },
    { "forwarding loop", WHY_LOOP },
    { "routing loop", WHY_LOOP },
    { "loops back to", WHY_LOOP },
    { "mail is looping", WHY_LOOP },
    { "message looping", WHY_LOOP },

    /* Dovecot, Courier, Cyrus, Gmail (4.2.2, 5.2.2), Notes, docomo ("too much mail data") */
    { "mailbox full", WHY_FULL },
    { "mailbox is full", WHY_FULL },
    { "mailbox for user is full", WHY_FULL },
    { "mailbox has exceeded", WHY_FULL },
    { "mailbox exceeds", WHY_FULL },
    { "mailbox size limit", WHY_FULL },
    { "mailfolder is full", WHY_FULL },
    { "folder is full", WHY_FULL },
    { "inbox is full", WHY_FULL },
    { "account is full", WHY_FULL },
    { "user is full", WHY_FULL },
    { "over quota", WHY_FULL },
    { "over-quota", WHY_FULL },
    { "overquota", WHY_FULL },
    { "over disk quota", WHY_FULL },
    { "over its quota", WHY_FULL },
    { "over the quota", WHY_FULL },
    { "out of storage space", WHY_FULL },
    { "quota exceeded", WHY_FULL },
    { "quota exceed", WHY_FULL },
    { "exceeded quota", WHY_FULL },
    { "exceeded its quota", WHY_FULL },
    { "exceeds quota", WHY_FULL },
    { "exceeded storage", WHY_FULL },
    { "exceeded email quota", WHY_FULL },
    { "storage quota", WHY_FULL },
    { "quota violation", WHY_FULL },
    { "disk quota", WHY_FULL },
    { "mailbox quota", WHY_FULL },
    { "not enough storage", WHY_FULL },
    { "not enough space", WHY_FULL },
    { "insufficient storage", WHY_FULL },
    { "insufficient disk", WHY_FULL },
    { "no space left", WHY_FULL },
    { "too much mail data", WHY_FULL },
    { "exceeded the local limit", WHY_FULL }, /* Biglobe */

    { "message size", WHY_TOO_BIG },
    { "message too large", WHY_TOO_BIG },
    { "message too big", WHY_TOO_BIG },
    { "message is too large", WHY_TOO_BIG },
    { "message is too big", WHY_TOO_BIG },
    { "message larger than", WHY_TOO_BIG },
    { "message length exceeds", WHY_TOO_BIG },
    { "message exceeds", WHY_TOO_BIG },
    { "size limit", WHY_TOO_BIG },
    { "exceeds size", WHY_TOO_BIG },
    { "exceeded maximum", WHY_TOO_BIG },
    { "maximum size", WHY_TOO_BIG },
    { "too large (", WHY_TOO_BIG },
    { "headers too large", WHY_TOO_BIG },

    /* It may go better another time: greylists, Yahoo TSS, Gmail 4.2.1, Microsoft 4.7.650 */
    { "rate limit", WHY_BUSY },
    { "greylist", WHY_BUSY },
    { "grey-list", WHY_BUSY },
    { "graylist", WHY_BUSY },
    { "too quickly", WHY_BUSY },
    { "receiving mail at a rate", WHY_BUSY },
    { "too many messages", WHY_BUSY },
    { "too many recipients", WHY_BUSY },
    { "too many connections", WHY_BUSY },
    { "too many errors", WHY_BUSY },
    { "frequency limited", WHY_BUSY }, /* Tencent */
    { "temporary locked", WHY_BUSY },
    { "temporarily locked", WHY_BUSY },
    { "temporarily deferred", WHY_BUSY },
    { "temporarily unavailable", WHY_BUSY },
    { "temporarily rejected", WHY_BUSY },
    { "temporarily suspended", WHY_BUSY },
    { "try again later", WHY_BUSY },
    { "try later", WHY_BUSY },
    { "system resources", WHY_BUSY },
    { "insufficient system", WHY_BUSY },

    /* Refused before the recipient was named: whatever is unknown, it is not the recipient */
    { "after mail from:", WHY_SENDER },      /* Exim */
    { "in reply to mail from", WHY_SENDER }, /* Postfix */

    /* Resolvers: what is not found for sure, and what only did not answer */
    { "not found, try again", WHY_NOT_REACHED },
    { "cname lookup failed", WHY_NOT_REACHED }, /* qmail */
    { "lookup failure", WHY_NOT_REACHED },
    { "temporary dns", WHY_NOT_REACHED },
    { "host unknown", WHY_NO_SUCH_DOMAIN }, /* Sendmail */
    { "unknown host", WHY_NO_SUCH_DOMAIN },
    { "host not found", WHY_NO_SUCH_DOMAIN }, /* Postfix */
    { "domain not found", WHY_NO_SUCH_DOMAIN },
    { "domain name not found", WHY_NO_SUCH_DOMAIN }, /* Gmail */
    { "had no relevant answers", WHY_NO_SUCH_DOMAIN },
    { "null mx", WHY_NO_SUCH_DOMAIN }, /* RFC 7505 */
    { "nullmx", WHY_NO_SUCH_DOMAIN },
    { "no such domain", WHY_NO_SUCH_DOMAIN },
    { "unknown domain", WHY_NO_SUCH_DOMAIN },
    { "domain unknown", WHY_NO_SUCH_DOMAIN },
    { "domain does not exist", WHY_NO_SUCH_DOMAIN },
    { "domain doesn't exist", WHY_NO_SUCH_DOMAIN },
    { "unrouteable mail domain", WHY_NO_SUCH_DOMAIN }, /* Exim */
    { "point to non-existent hosts", WHY_NO_SUCH_DOMAIN },
    { "couldn't find any host named", WHY_NO_SUCH_DOMAIN }, /* qmail */
    { "couldn't find any host by that name", WHY_NO_SUCH_DOMAIN },
    { "couldn't find a mail exchanger", WHY_NO_SUCH_DOMAIN },
    { "no mx record", WHY_NO_SUCH_DOMAIN },
    { "no mx found", WHY_NO_SUCH_DOMAIN },
    { "name or service not known", WHY_NO_SUCH_DOMAIN },
    { "bad destination host", WHY_NO_SUCH_DOMAIN },
    { "bad destination system", WHY_NO_SUCH_DOMAIN },
    { "invalid domain", WHY_NO_SUCH_DOMAIN },
    { "domain is not reachable", WHY_NO_SUCH_DOMAIN },

    /* Gmail 5.2.1, Yahoo 5.5.0 */
    { "account is disabled", WHY_DISABLED },
    { "account disabled", WHY_DISABLED },
    { "account that you tried to reach is disabled", WHY_DISABLED },
    { "account that you tried to reach is inactive", WHY_DISABLED },
    { "account has been disabled", WHY_DISABLED },
    { "mailbox disabled", WHY_DISABLED },
    { "mailbox is disabled", WHY_DISABLED },
    { "mailbox currently suspended", WHY_DISABLED },
    { "disabled recipient", WHY_DISABLED },
    { "account is suspended", WHY_DISABLED },
    { "account suspended", WHY_DISABLED },
    { "account has been suspended", WHY_DISABLED },
    { "user suspended", WHY_DISABLED },
    { "is inactive", WHY_DISABLED },
    { "account inactive", WHY_DISABLED },
    { "inactive user", WHY_DISABLED },
    { "mailbox is frozen", WHY_DISABLED },
    { "user is not active", WHY_DISABLED },
    { "account closed", WHY_DISABLED },
    { "account has been closed", WHY_DISABLED },
    { "account expired", WHY_DISABLED },
    { "account has expired", WHY_DISABLED },
    { "deactivated", WHY_DISABLED },
    { "no longer active", WHY_DISABLED },
    { "no longer in use", WHY_DISABLED },
    { "no longer available", WHY_DISABLED },
    { "no longer valid", WHY_DISABLED },
    { "has moved", WHY_MOVED }, /* Sendmail .REDIRECT, RFC 5321 551 */
    { "no longer on server", WHY_MOVED },
    { "not our customer", WHY_MOVED },

    /* Sendmail, Postfix, Exim, qmail and vpopmail, Exchange, Notes, Yahoo, Orange, IronPort ... */
    { "user unknown", WHY_NO_SUCH_USER },
    { "unknown user", WHY_NO_SUCH_USER },
    { "user is unknown", WHY_NO_SUCH_USER },
    { "no such user", WHY_NO_SUCH_USER },
    { "no such recipient", WHY_NO_SUCH_USER },
    { "no such address", WHY_NO_SUCH_USER },
    { "no such mailbox", WHY_NO_SUCH_USER },
    { "no such account", WHY_NO_SUCH_USER },
    { "no such person", WHY_NO_SUCH_USER },
    { "no such local", WHY_NO_SUCH_USER },
    { "no user by that name", WHY_NO_SUCH_USER },
    { "no mailbox here by that name", WHY_NO_SUCH_USER },
    { "no account by that name", WHY_NO_SUCH_USER },
    { "no mail box available", WHY_NO_SUCH_USER },
    { "no mailbox ", WHY_NO_SUCH_USER },
    { "no valid recipients", WHY_NO_SUCH_USER },
    { "user not found", WHY_NO_SUCH_USER },
    { "recipient not found", WHY_NO_SUCH_USER },
    { "mailbox not found", WHY_NO_SUCH_USER },
    { "address not found", WHY_NO_SUCH_USER },
    { "account not found", WHY_NO_SUCH_USER },
    { "recipnotfound", WHY_NO_SUCH_USER },
    { "wasn't found at", WHY_NO_SUCH_USER },
    { "couldn't be found", WHY_NO_SUCH_USER },
    { "unknown recipient", WHY_NO_SUCH_USER },
    { "recipient unknown", WHY_NO_SUCH_USER },
    { "address unknown", WHY_NO_SUCH_USER },
    { "addresses were unknown", WHY_NO_SUCH_USER },
    { "unknown mailbox", WHY_NO_SUCH_USER },
    { "unknown local", WHY_NO_SUCH_USER },
    { "unknown or illegal alias", WHY_NO_SUCH_USER },
    { "unknown account", WHY_NO_SUCH_USER },
    { "unknown alias", WHY_NO_SUCH_USER },
    { "receiver unknown", WHY_NO_SUCH_USER },
    { "user does not exist", WHY_NO_SUCH_USER },
    { "does not exist", WHY_NO_SUCH_USER },
    { "doesn't exist", WHY_NO_SUCH_USER },
    { "do not exist", WHY_NO_SUCH_USER },
    { "not exist", WHY_NO_SUCH_USER },
    { "this user doesn't have a", WHY_NO_SUCH_USER },
    { "invalid recipient", WHY_NO_SUCH_USER },
    { "recipient is invalid", WHY_NO_SUCH_USER },
    { "recipient invalid", WHY_NO_SUCH_USER },
    { "invalid mailbox", WHY_NO_SUCH_USER },
    { "invalid user", WHY_NO_SUCH_USER },
    { "invalid address", WHY_NO_SUCH_USER },
    { "user invalid", WHY_NO_SUCH_USER },
    { "not a valid mailbox", WHY_NO_SUCH_USER },
    { "not a valid user", WHY_NO_SUCH_USER },
    { "not a valid address", WHY_NO_SUCH_USER },
    { "not a valid recipient", WHY_NO_SUCH_USER },
    { "not a known user", WHY_NO_SUCH_USER },
    { "is not known", WHY_NO_SUCH_USER },
    { "unrouteable address", WHY_NO_SUCH_USER },
    { "undeliverable address", WHY_NO_SUCH_USER },
    { "recipient address rejected: access denied", WHY_NO_SUCH_USER }, /* Exchange Online */
    { "all recipient addresses rejected : access denied", WHY_NO_SUCH_USER },
    { "invalid final delivery userid", WHY_NO_SUCH_USER },
    { "adresse destinataire invalide", WHY_NO_SUCH_USER },
    { "destinataire inconnu", WHY_NO_SUCH_USER },
    { "utilisateur inconnu", WHY_NO_SUCH_USER },
    { "mailbox unavailable", WHY_NO_SUCH_USER }, /* RFC 5321's own words for 550 */
    { "bad address syntax", WHY_BAD_ADDRESS },
    { "bad recipient address", WHY_BAD_ADDRESS },
    { "bad destination mailbox address syntax", WHY_BAD_ADDRESS },

    /* Postfix, Exim, qmail, Exchange: it was tried */
    { "in the queue too long", WHY_EXPIRED }, /* qmail */
    { "on queue too long", WHY_EXPIRED },
    { "retry timeout exceeded", WHY_EXPIRED }, /* Exim */
    { "retry time not reached", WHY_EXPIRED },
    { "message expired", WHY_EXPIRED }, /* Exchange */
    { "envelope expired", WHY_EXPIRED },
    { "could not deliver for the last", WHY_EXPIRED }, /* DragonFly */
    { "after multiple retries", WHY_EXPIRED },         /* Yahoo */
    { "delivery time expired", WHY_EXPIRED },
    { "delivery expired", WHY_EXPIRED },
    { "could not be delivered for", WHY_EXPIRED },
    { "could not send message for past", WHY_EXPIRED }, /* Sendmail */
    { "timed out", WHY_NOT_REACHED },
    { "connection refused", WHY_NOT_REACHED },
    { "connection reset", WHY_NOT_REACHED },
    { "connection dropped", WHY_NOT_REACHED },
    { "connection closed", WHY_NOT_REACHED },
    { "lost connection", WHY_NOT_REACHED },
    { "no route to host", WHY_NOT_REACHED },
    { "network is unreachable", WHY_NOT_REACHED },
    { "network unreachable", WHY_NOT_REACHED },
    { "host is unreachable", WHY_NOT_REACHED },
    { "host is down", WHY_NOT_REACHED },
    { "could not connect", WHY_NOT_REACHED },
    { "unable to connect", WHY_NOT_REACHED },
    { "establish an smtp connection", WHY_NOT_REACHED }, /* qmail */
    { "requests to connect", WHY_NOT_REACHED },          /* Gmail */
    { "did not respond", WHY_NOT_REACHED },
    { "not responding", WHY_NOT_REACHED },
    { "dns query failed", WHY_NOT_REACHED },
    { "name service error", WHY_NOT_REACHED }, /* Postfix */
};

static const struct phrase hinted[] = {
    { "recipient address rejected", WHY_POLICY }, /* Postfix: whatever its policy server said */
    { "address rejected", WHY_NO_SUCH_USER },     /* IronPort: its whole answer */
    { "unknown address", WHY_NO_SUCH_USER },      /* IronPort, with better words behind it or not */
    { "rejected address", WHY_NO_SUCH_USER },
    { "local policy", WHY_POLICY },
    { "policy reasons", WHY_POLICY },
    { "policy violation", WHY_POLICY },
    { "by policy", WHY_POLICY },
    { "security polic", WHY_POLICY },
    { "administrative prohibition", WHY_POLICY },
    { "access denied", WHY_POLICY },
    { "prohibited", WHY_POLICY },
    { "not accepted", WHY_POLICY },
    { "permission denied", WHY_POLICY },
    { "syntax error", WHY_PROTOCOL },
    { "sequence of commands", WHY_PROTOCOL },
    { "command not", WHY_PROTOCOL },
    { "command unrecognized", WHY_PROTOCOL },
    { "not implemented", WHY_PROTOCOL },
    { "protocol violation", WHY_PROTOCOL },
    { "header error", WHY_PROTOCOL },
    { "duplicate header", WHY_PROTOCOL },
    { "local configuration error", WHY_SYSTEM },
    { "configuration error", WHY_SYSTEM },
    { "internal error", WHY_SYSTEM },
    { "system error", WHY_SYSTEM },
    { "mailer error", WHY_SYSTEM },
    { "temporary failure", WHY_SYSTEM },
    { "local problem", WHY_SYSTEM },
    { "service unavailable", WHY_SYSTEM },
    { "service currently unavailable", WHY_SYSTEM },
    { "i/o error", WHY_SYSTEM },
    { "rejected", WHY_POLICY },
    { "refused", WHY_POLICY },
    { "denied", WHY_POLICY },
};

const char *bounce_why_name(enum bounce_why w)
{
    return whys[w].name;
}

enum bounce_kind bounce_why_kind(enum bounce_why w)
{
    return whys[w].kind;
}

void bounce_squeeze(const char *text, size_t len, char *out, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < len && n + 1 < size; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c > ' ' && c != 0x7f)
            out[n++] = (char)c;
        else if (n > 0 && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    out[n] = '\0';
}

void bounce_fold(char *text)
{
    for (; *text; text++) {
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
    }
}

static enum bounce_why find(const struct phrase *phrases, size_t n, const char *folded,
                            const char **at)
{
    for (size_t i = 0; i < n; i++) {
        const char *found = strstr(folded, phrases[i].words);
        if (found) {
            *at = found;
            return phrases[i].why;
        }
    }
    return WHY_UNSAID;
}

enum bounce_why bounce_words_find(const char *folded, const char **at)
{
    return find(said, COUNT(said), folded, at);
}

enum bounce_why bounce_words_guess(const char *folded, const char **at)
{
    return find(hinted, COUNT(hinted), folded, at);
}

static bool any_of(const char *const *phrases, size_t n, const char *folded)
{
    for (size_t i = 0; i < n; i++) {
        if (strstr(folded, phrases[i]))
            return true;
    }
    return false;
}

bool bounce_words_of_delay(const char *folded)
{
    static const char *const phrases[] = {
        "still being retried",                /* Postfix */
        "do not need to resend",              /* Postfix, Sendmail, Exchange */
        "this is a warning message only",     /* Sendmail */
        "no action is required on your part", /* Exim */
        "delivery attempts will continue",
        "will keep trying",
        "will continue trying",
        "will be retried",
        "gmail will retry",
        "not yet been delivered",
        "has been delayed",
        "delivery is delayed",
        "(delay)",
    };

    return any_of(phrases, COUNT(phrases), folded);
}

bool bounce_words_of_success(const char *folded)
{
    static const char *const phrases[] = {
        "was successfully delivered", "been successfully delivered", "successfully delivered to",
        "successful mail delivery report", /* Postfix */
    };

    return any_of(phrases, COUNT(phrases), folded);
}

bool bounce_words_of_report(const char *folded)
{
    static const char *const phrases[] = {
        "could not be delivered",
        "couldn't be delivered",
        "cannot be delivered",
        "can't be delivered",
        "not be delivered to",
        "was not delivered",
        "wasn't delivered",
        "not delivered to",
        "unable to deliver",
        "able to deliver your message", /* qmail: "wasn't able to" */
        "undeliverable",
        "undelivered",
        "delivery failed",
        "delivery has failed",
        "delivery failure",
        "delivery error",
        "delivery to the following",
        "delivery status notification",
        "failure notice",
        "failed permanently",
        "failure reasons",
        "returned mail",
        "returned to sender",
        "transcript of session",                           /* Sendmail */
        "created automatically by mail delivery software", /* Exim */
        "did not reach the following recipient",
        "rejected by a remote mail server",
        "trouble delivering your message",
        "message you sent blocked",
        "permanent error",
        "attempting to deliver a message", /* OpenSMTPD */
        "error delivering your mail",      /* DragonFly */
        "permanent fatal errors",
    };

    return any_of(phrases, COUNT(phrases), folded);
}
