/* automation.c - the signs by which robots tell that they are some, from the surest to the least
 * sure. */
#include "domain/automation.h"

#include <string.h>
#include <strings.h>

#include <unicode/uchar.h>

#include "domain/utf8.h"

const char *automation_name(enum automation a)
{
    static const char *const names[] = {
        [WRITTEN_BY_HAND] = "",
        [AUTOMATIC_REPLY] = "reply",
        [AUTOMATIC_MAIL] = "mail",
        [FROM_A_LIST] = "list",
    };

    return names[a];
}

/* In letters of either case, whatever the script. */
static bool begins_with(const char *text, const char *prefix)
{
    size_t len = strlen(text), want = strlen(prefix), at = 0, of = 0;

    while (of < want) {
        uint32_t a = at < len ? utf8_next(text, len, &at) : UTF8_BAD;
        uint32_t b = utf8_next(prefix, want, &of);
        if (a == UTF8_BAD || u_foldCase((UChar32)a, U_FOLD_CASE_DEFAULT) !=
                                 u_foldCase((UChar32)b, U_FOLD_CASE_DEFAULT))
            return false;
    }
    return true;
}

static const char *skip_blank(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

/* The first word of a header's value: "auto-replied (vacation); x=y". */
static bool is_word(const char *value, const char *word)
{
    const char *at = skip_blank(value);
    size_t len = strcspn(at, " \t\r\n;(,");

    return len == strlen(word) && strncasecmp(at, word, len) == 0;
}

/* How absences and receipts begin their subject. An answer of a person to one ("Re: Automatic
 * reply") does not begin like this. */
static bool subject_is_automatic(const char *subject)
{
    static const char *const prefixes[] = {
        "Automatic reply",        /* Exchange, by the language of the mailbox: */
        "Réponse automatique",    /* fr */
        "Automatische Antwort",   /* de */
        "Automatisch antwoord",   /* nl */
        "Automatische Nachricht", /* de */
        "Respuesta automática",
        "Risposta automatica",
        "Resposta automática",
        "Autosvar",
        "Out of office:", /* Exchange 2003 */
        "Out of office auto",
        "Out of the office:",
        "Absence du bureau", /* Outlook, GroupWise */
        "Message d'absence",
        "Message d’absence",
        "Abwesenheitsnotiz",
        "Abwesend:",
        "Afwezig:",
        "Fuera de la oficina:",
        "AUTO:", /* Notes */
        "Auto-reply",
        "Autoreply",
        "Auto reply",
        "[Auto-Reply]",
        "[Autoreply]",
        "Auto-response",
        "Autoresponse",
        "Auto response",
        "Automated response",
        "Automated reply",
        "Vacation reply",
    };
    const char *at = skip_blank(subject);

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (begins_with(at, prefixes[i]))
            return true;
    }
    return false;
}

/* Which answers a sender would not have (Exchange writes it into what it makes itself). Those
 * without "AutoReply", "OOF" or "All" speak of receipts, and people's mails may have them. */
static bool suppresses_answers(const char *value)
{
    for (const char *at = skip_blank(value); *at; at += strspn(at, " \t\r\n,;")) {
        if (is_word(at, "all") || is_word(at, "autoreply") || is_word(at, "oof"))
            return true;
        at += strcspn(at, " \t\r\n,;");
    }
    return false;
}

static bool local_is(const char *address, const char *name)
{
    size_t len = strcspn(address, "@");

    return len == strlen(name) && strncasecmp(address, name, len) == 0;
}

static bool local_ends_with(const char *address, const char *ending)
{
    size_t len = strcspn(address, "@"), want = strlen(ending);

    return len > want && strncasecmp(address + len - want, ending, want) == 0;
}

static bool address_is_robot(const char *address)
{
    static const char *const names[] = {
        "mailer-daemon", "postmaster",      "noreply",       "no-reply",     "no_reply",
        "donotreply",    "ne-pas-repondre", "nepasrepondre", "do-not-reply", "auto-reply",
        "autoreply",     "bounce",          "bounces",       "daemon",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (local_is(address, names[i]))
            return true;
    }
    return false;
}

/* RFC 3834, 2, and how Mailman and Sympa name themselves. */
static bool address_is_list(const char *address)
{
    return strncasecmp(address, "owner-", 6) == 0 || local_ends_with(address, "-request") ||
           local_ends_with(address, "-owner") || local_ends_with(address, "-bounces") ||
           local_is(address, "listserv") || local_is(address, "majordomo") ||
           local_is(address, "sympa") || local_is(address, "listmaster");
}

static bool is_report(const struct mail_signs *signs)
{
    return *signs->feedback_type || is_word(signs->content_type, "multipart/report") ||
           is_word(signs->content_type, "message/delivery-status") ||
           is_word(signs->content_type, "message/disposition-notification");
}

/* RFC 3834, 5: whatever is not "no" was not written by a person. */
static enum automation by_auto_submitted(const char *value)
{
    if (!*skip_blank(value) || is_word(value, "no"))
        return WRITTEN_BY_HAND;
    return is_word(value, "auto-replied") ? AUTOMATIC_REPLY : AUTOMATIC_MAIL;
}

/* Nobody's standard: lists and programs of absence write it, people never do. */
static enum automation by_precedence(const char *value)
{
    if (is_word(value, "auto_reply") || is_word(value, "auto-reply"))
        return AUTOMATIC_REPLY;
    return is_word(value, "bulk") || is_word(value, "list") || is_word(value, "junk")
               ? FROM_A_LIST
               : WRITTEN_BY_HAND;
}

enum automation automation_judge(const struct mail_signs *signs)
{
    enum automation a;

    if (is_report(signs))
        return AUTOMATIC_MAIL;
    a = by_auto_submitted(signs->auto_submitted);
    if (a)
        return a;
    if (subject_is_automatic(signs->subject))
        return AUTOMATIC_REPLY;
    if (*skip_blank(signs->list_id))
        return FROM_A_LIST;
    a = by_precedence(signs->precedence);
    if (a)
        return a;
    if (!*signs->envelope_from || *skip_blank(signs->x_loop) || suppresses_answers(signs->suppress))
        return AUTOMATIC_MAIL;
    if (address_is_list(signs->envelope_from) || address_is_list(signs->from))
        return FROM_A_LIST;
    return address_is_robot(signs->envelope_from) || address_is_robot(signs->from)
               ? AUTOMATIC_MAIL
               : WRITTEN_BY_HAND;
}
