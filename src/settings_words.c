/* settings_words.c - from the texts of relais.conf to senders and words. */
#include "settings_words.h"

#include <stdio.h>
#include <string.h>

#include "domain/language.h"
#include "domain/phone.h"
#include "domain/sender.h"
#include "domain/transliterate.h"
#include "settings_check.h"

#define PROMO_DEFAULT   "36000"
#define SERVICE_DEFAULT "38000"

static enum rc refuse(const char *path, const struct config_head *head, const char *section,
                      const char *key, struct error *err, const char *expected, const char *got)
{
    if (head->title)
        return error_set(err, RC_INVALID, "%s:%d: %s.%s.%s: expected %s, got '%s'", path,
                         head->line, section, head->title, key, expected, got);
    return error_set(err, RC_INVALID, "%s:%d: %s.%s: expected %s, got '%s'", path, head->line,
                     section, key, expected, got);
}

/* What is put into texts: no placeholder, no line of its own, nothing that could not be sent. */
static bool is_plain(const char *text)
{
    char out[4 * SENDER_STOP_MAX];

    if (strstr(text, "{{"))
        return false;
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < ' ')
            return false;
    }
    return transliterate_to_gsm7(text, out, sizeof(out)) == RC_OK;
}

static enum rc check_words(const char *path, const struct config_head *head, const char *section,
                           const char *key, const char *text, struct error *err)
{
    if (is_plain(text))
        return RC_OK;
    return refuse(path, head, section, key, err, "plain words in one line, without placeholders",
                  text);
}

/* --- senders --- */

static enum rc read_purposes(const char *path, const struct settings_sender *set, struct sender *s,
                             struct error *err)
{
    for (size_t i = 0; i < set->purposes.n; i++) {
        const char *purpose = set->purposes.items[i];
        if (strcmp(purpose, "promo") == 0)
            s->promo = true;
        else if (strcmp(purpose, "service") == 0)
            s->service = true;
        else
            return refuse(path, &set->head, "sender", "purposes", err, "promo or service", purpose);
    }
    if (!set->purposes.n)
        sender_guess_purposes(s);
    return RC_OK;
}

static enum sender_kind read_kind(int kind, const char *address)
{
    switch ((enum settings_sender_kind)kind) {
    case SETTINGS_SENDER_SHORT:
        return SENDER_SHORT;
    case SETTINGS_SENDER_LONG:
        return SENDER_LONG;
    case SETTINGS_SENDER_ALPHANUMERIC:
        return SENDER_ALPHANUMERIC;
    case SETTINGS_SENDER_BY_LOOK:
        break;
    }
    return sender_kind_of(address);
}

static enum rc read_sender(const char *path, const struct settings_sender *set, struct sender *s,
                           struct error *err)
{
    struct error why;
    enum rc rc;

    *s = (struct sender){
        .name = set->head.title,
        .address = *set->address ? set->address : set->head.title,
        .identity = set->identity,
        .stop = set->stop,
        .stop_en = set->stop_en,
    };
    s->kind = read_kind(set->kind, s->address);
    rc = sender_check(s->address, &why);
    if (rc)
        return error_set(err, rc, "%s:%d: sender.%s.address: %s", path, set->head.line,
                         set->head.title, why.text);
    rc = check_words(path, &set->head, "sender", "identity", s->identity, err);
    if (!rc)
        rc = check_words(path, &set->head, "sender", "stop", s->stop, err);
    if (!rc)
        rc = check_words(path, &set->head, "sender", "stop_en", s->stop_en, err);
    if (!rc)
        rc = read_purposes(path, set, s, err);
    if (rc)
        return rc;
    if (s->promo && set->purposes.n && !sender_can_be_answered(s) && !*s->stop)
        return refuse(path, &set->head, "sender", "stop", err,
                      "where to write STOP to, as in \"STOP au 36123\", since nobody can answer "
                      "letters",
                      "");
    return RC_OK;
}

/* The first section that names the purpose; one that has it by its look has it by chance. */
static const char *first_for(const struct settings_sender *set, const struct sender *senders,
                             size_t n, bool promo, const char *otherwise)
{
    for (size_t i = 0; i < n; i++) {
        if (set[i].purposes.n && (promo ? senders[i].promo : senders[i].service))
            return senders[i].name;
    }
    return otherwise;
}

/* The key's value, an address from now on. */
static enum rc settle(struct settings *s, const char *path, const char *key,
                      enum message_class class, char **value, struct error *err)
{
    struct sender sender;
    struct error why;
    enum rc rc = sender_choose(&s->words.senders, *value, class, &sender, &why);

    if (rc)
        return error_set(err, rc, "%s:%d: sms.%s: %s", path, s->sms.head.line, key, why.text);
    *value = arena_copy(&s->arena, sender.address, strlen(sender.address));
    return *value ? RC_OK : error_set(err, RC_FAIL, "no memory");
}

static enum rc read_senders(struct settings *s, const char *path, struct error *err)
{
    const struct settings_sender *set = s->senders.items;
    size_t n = s->senders.n;
    struct sender *senders = arena_alloc(&s->arena, (n + 1) * sizeof(*senders));
    struct sender_book *book = &s->words.senders;
    enum rc rc = senders ? RC_OK : error_set(err, RC_FAIL, "no memory");

    for (size_t i = 0; !rc && i < n; i++)
        rc = read_sender(path, &set[i], &senders[i], err);
    if (rc)
        return rc;
    *book = (struct sender_book){
        .senders = senders,
        .n = n,
        .identity = s->sms.identity,
        .stop = s->sms.stop_mention,
        .stop_en = s->sms.stop_mention_en,
        .promo = *s->sms.promo_sender ? s->sms.promo_sender
                                      : first_for(set, senders, n, true, PROMO_DEFAULT),
        .service = *s->sms.service_sender ? s->sms.service_sender
                                          : first_for(set, senders, n, false, SERVICE_DEFAULT),
    };
    rc = settle(s, path, "promo_sender", CLASS_PROMO, &s->sms.promo_sender, err);
    if (!rc)
        rc = settle(s, path, "service_sender", CLASS_SERVICE, &s->sms.service_sender, err);
    return rc;
}

/* --- the rest --- */

static enum rc read_test_numbers(struct settings *s, const char *path, struct error *err)
{
    struct config_texts *numbers = &s->sms.test_numbers;

    for (size_t i = 0; i < numbers->n; i++) {
        char e164[E164_SIZE];
        enum phone_fault fault;
        if (phone_to_e164(numbers->items[i], s->sms.country, e164, &fault))
            return error_set(err, RC_INVALID, "%s:%d: sms.test_numbers: '%s': the number %s", path,
                             s->sms.head.line, numbers->items[i], phone_fault_reason(fault));
        numbers->items[i] = arena_copy(&s->arena, e164, strlen(e164));
        if (!numbers->items[i])
            return error_set(err, RC_FAIL, "no memory");
    }
    return RC_OK;
}

/* Scheme, host and perhaps a port; a slash at its end goes. */
static bool is_base(char *url)
{
    size_t scheme = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;
    size_t len = strlen(url);

    if (len > scheme && url[len - 1] == '/')
        url[--len] = '\0';
    return scheme && len > scheme &&
           strspn(url + scheme,
                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:") ==
               len - scheme;
}

static enum rc check_public(struct settings *s, const char *path, struct error *err)
{
    const struct settings_public *p = &s->public;
    char host[64];
    unsigned port;

    if (*p->listen && settings_parse_address(p->listen, host, sizeof(host), &port))
        return refuse(path, &p->head, "public", "listen", err,
                      "an address and a port such as 0.0.0.0:8080", p->listen);
    if (*p->url && !is_base(p->url))
        return refuse(path, &p->head, "public", "url", err,
                      "the beginning of an address such as https://r.example, without a path",
                      p->url);
    if (*p->listen && !*p->url)
        return refuse(path, &p->head, "public", "url", err,
                      "the address by which the world reaches public.listen", p->url);
    return RC_OK;
}

static bool is_colour(const char *text)
{
    return text[0] == '#' && strlen(text) == 7 && strspn(text + 1, "0123456789abcdefABCDEF") == 6;
}

static enum rc check_mail(struct settings *s, const char *path, struct error *err)
{
    const struct settings_mail *m = &s->mail;

    if (!is_colour(m->accent))
        return refuse(path, &m->head, "mail", "accent", err, "a colour such as #0b5fff", m->accent);
    s->mail_words = (struct mail_words){
        .from = m->from,
        .identity = *m->identity ? m->identity : s->sms.identity,
        .can_send = s->mail.relays.n > 0,
        .can_unsubscribe = *s->public.url || *s->mail_in.domain,
    };
    return RC_OK;
}

enum rc settings_words_build(struct settings *s, const char *path, struct error *err)
{
    const struct config_head *head = &s->sms.head;
    enum rc rc;

    path = path ? path : "(defaults)";
    rc = check_words(path, head, "sms", "identity", s->sms.identity, err);
    if (!rc)
        rc = check_words(path, head, "sms", "stop_mention", s->sms.stop_mention, err);
    if (!rc)
        rc = check_words(path, head, "sms", "stop_mention_en", s->sms.stop_mention_en, err);
    if (!rc)
        rc = read_senders(s, path, err);
    if (!rc)
        rc = read_test_numbers(s, path, err);
    if (!rc && !language_code(s->sms.language))
        rc = refuse(path, head, "sms", "language", err, "two small letters such as fr or en",
                    s->sms.language);
    if (!rc)
        rc = check_public(s, path, err);
    if (!rc)
        rc = check_mail(s, path, err);
    if (*s->mail.from)
        s->words.mail = &s->mail_words;
    s->words.max_parts = (unsigned)s->sms.max_parts;
    s->words.language = s->sms.language;
    return rc;
}
