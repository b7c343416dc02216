/* sender.c - which sender, and may it. */
#include "domain/sender.h"

#include <ctype.h>
#include <string.h>

#define SHORT_DIGITS_MAX 6

const char *sender_kind_name(enum sender_kind kind)
{
    static const char *const names[] = { "short", "long", "alphanumeric" };

    return names[kind];
}

enum sender_kind sender_kind_of(const char *address)
{
    const char *digits = address + (*address == '+');
    size_t len = strspn(digits, "0123456789");

    if (!len || digits[len])
        return SENDER_ALPHANUMERIC;
    return len > SHORT_DIGITS_MAX || *address == '+' ? SENDER_LONG : SENDER_SHORT;
}

enum rc sender_check(const char *address, struct error *err)
{
    size_t len = strlen(address), letters = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)address[i];
        if (c < ' ' || c > '~')
            return error_set(err, RC_INVALID, "sender: expected plain ASCII");
        letters += !isdigit(c) && !(c == '+' && i == 0);
    }
    if (!len || len > SENDER_MAX || (letters && len > SENDER_LETTERS_MAX))
        return error_set(err, RC_INVALID,
                         "sender: expected a number of at most %d digits or a name of at most %d "
                         "characters",
                         SENDER_MAX, SENDER_LETTERS_MAX);
    return RC_OK;
}

bool sender_can_be_answered(const struct sender *sender)
{
    return sender->kind != SENDER_ALPHANUMERIC;
}

/* "+33612345678" and "0612345678": a French mobile. */
static bool is_french_mobile(const char *address)
{
    const char *rest = strncmp(address, "+33", 3) == 0 ? address + 3
                       : *address == '0'               ? address + 1
                                                       : "";

    return (*rest == '6' || *rest == '7') && strlen(rest) == 9;
}

void sender_guess_purposes(struct sender *sender)
{
    bool short_38 = sender->kind == SENDER_SHORT && strlen(sender->address) == 5 &&
                    strncmp(sender->address, "38", 2) == 0;

    sender->service = true;
    sender->promo = !short_38 && !is_french_mobile(sender->address);
}

static bool may(const struct sender *sender, enum message_class class)
{
    return class == CLASS_PROMO ? sender->promo : sender->service;
}

/* One that may is taken before one of the same address that may not. */
static const struct sender *find(const struct sender_book *book, const char *asked,
                                 enum message_class class)
{
    const struct sender *found = NULL;

    for (size_t i = 0; i < book->n; i++) {
        const struct sender *s = &book->senders[i];
        if (strcmp(s->name, asked) != 0 && strcmp(s->address, asked) != 0)
            continue;
        if (may(s, class))
            return s;
        found = found ? found : s;
    }
    return found;
}

static enum rc refuse(const struct sender_book *book, const struct sender *sender,
                      enum message_class class, struct error *err)
{
    const char *kind = class == CLASS_PROMO ? "promotions" : "service messages";

    for (size_t i = 0; i < book->n; i++) {
        if (may(&book->senders[i], class))
            return error_set(err, RC_INVALID, "sender: %s is not for %s; %s is", sender->name, kind,
                             book->senders[i].name);
    }
    return error_set(err, RC_INVALID, "sender: %s is not for %s", sender->name, kind);
}

enum rc sender_choose(const struct sender_book *book, const char *asked, enum message_class class,
                      struct sender *out, struct error *err)
{
    const char *wanted = asked && *asked        ? asked
                         : class == CLASS_PROMO ? book->promo
                                                : book->service;
    const struct sender *found = find(book, wanted, class);
    struct sender s;
    enum rc rc;

    if (found) {
        s = *found;
    } else {
        rc = sender_check(wanted, err);
        if (rc)
            return rc;
        s = (struct sender){ .name = wanted, .address = wanted, .kind = sender_kind_of(wanted) };
        s.identity = s.stop = s.stop_en = "";
        sender_guess_purposes(&s);
    }
    if (!may(&s, class))
        return refuse(book, &s, class, err);
    if (class == CLASS_PROMO && !sender_can_be_answered(&s) && !*s.stop)
        return error_set(err, RC_INVALID,
                         "sender: nobody can answer %s, so a promotion from it must say where to "
                         "write STOP to: give it a section sender with stop = \"STOP au 36...\"",
                         s.name);
    *out = s;
    return RC_OK;
}

const char *sender_identity(const struct sender_book *book, const struct sender *sender)
{
    if (*sender->identity)
        return sender->identity;
    /* A name of letters says itself who we are. */
    return sender->kind == SENDER_ALPHANUMERIC ? "" : book->identity;
}

const char *sender_stop(const struct sender_book *book, const struct sender *sender,
                        const char *language)
{
    bool french = strcmp(language, "fr") == 0;

    if (!french && *sender->stop_en)
        return sender->stop_en;
    if (*sender->stop)
        return sender->stop;
    return french ? book->stop : book->stop_en;
}
