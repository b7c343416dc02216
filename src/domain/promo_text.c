/* promo_text.c - the sender's name and the way to say STOP, found or added. */
#include "domain/promo_text.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_DIGITS_MIN 4
#define COUNT(a)          (sizeof(a) / sizeof((a)[0]))

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Letters of any alphabet, and digits. */
static bool in_word(char c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || (c & 0x80);
}

static bool same(const char *a, const char *b, size_t len)
{
    size_t i = 0;

    while (i < len && lower(a[i]) == lower(b[i]))
        i++;
    return i == len;
}

bool promo_text_names(const char *text, size_t len, const char *identity)
{
    size_t n = strlen(identity);

    for (size_t at = 0; n && at + n <= len; at++) {
        if (same(text + at, identity, n) && (at == 0 || !in_word(text[at - 1])) &&
            (at + n == len || !in_word(text[at + n])))
            return true;
    }
    return n == 0;
}

/* --- words --- */

struct word {
    const char *text;
    size_t len;
};

/* The word from *at on; len 0: there is none. *at moves behind it. */
static struct word next_word(const char *text, size_t len, size_t *at)
{
    struct word w;

    while (*at < len && !in_word(text[*at]))
        (*at)++;
    w.text = text + *at;
    while (*at < len && in_word(text[*at]))
        (*at)++;
    w.len = (size_t)(text + *at - w.text);
    return w;
}

static bool is(struct word w, const char *word)
{
    return w.len == strlen(word) && same(w.text, word, w.len);
}

static bool is_one_of(struct word w, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is(w, words[i]))
            return true;
    }
    return false;
}

static bool is_number(struct word w)
{
    size_t i = 0;

    while (i < w.len && w.text[i] >= '0' && w.text[i] <= '9')
        i++;
    return i == w.len && w.len >= NUMBER_DIGITS_MIN;
}

/* Where STOP goes for a sender that cannot be answered: the number in its mention, if it has one.
 */
static bool is_its_number(struct word number, const char *mention)
{
    size_t at = 0, len = strlen(mention);
    struct word w;

    while ((w = next_word(mention, len, &at)).len) {
        if (is_number(w))
            return w.len == number.len && memcmp(w.text, number.text, w.len) == 0;
    }
    return true;
}

/* STOP alone, between the words before and behind it. */
static bool stands_alone(struct word before, struct word after, bool end)
{
    static const char *const verbs[] = {
        "repondez",
        "r\xc3\xa9pondez",
        "repondre",
        "r\xc3\xa9pondre",
        "envoyez",
        "envoyer",
        "ecrivez",
        "\xc3\xa9"
        "crivez",
        "tapez",
        "avec",
        "reply",
        "send",
        "text",
        "txt",
        "write",
    };
    static const char *const goes_on[] = { "sms", "pour", "par", "to", "by" };

    if (is(before, "non"))
        return false;
    return (!after.len && end) || is_one_of(after, goes_on, COUNT(goes_on)) ||
           is_one_of(before, verbs, COUNT(verbs));
}

bool promo_text_mentions_stop(const char *text, size_t len, bool end,
                              const struct promo_rules *rules)
{
    static const char *const towards[] = { "au", "to", "at", "by", "par", "a", "\xc3\xa0" };
    struct word before = { "", 0 }, w;
    size_t at = 0;

    while ((w = next_word(text, len, &at)).len) {
        size_t ahead = at;
        struct word after = next_word(text, len, &ahead);
        struct word number = next_word(text, len, &ahead);
        if (is(w, "stop")) {
            if (is_one_of(after, towards, COUNT(towards)) && is_number(number) &&
                (rules->answerable || is_its_number(number, rules->stop)))
                return true;
            if (rules->answerable && memcmp(w.text, "STOP", 4) == 0 &&
                stands_alone(before, after, end))
                return true;
        }
        before = w;
    }
    return false;
}

void promo_text_complete(struct template *t, const struct promo_rules *rules,
                         struct promo_added *added)
{
    bool named = !*rules->identity, mentioned = !*rules->stop || template_has_stop(t), end;
    const char *words;
    char last = '\0';
    size_t len;

    for (size_t i = 0; (words = template_words(t, i, &len, &end)) != NULL; i++) {
        named = named || promo_text_names(words, len, rules->identity);
        mentioned = mentioned || promo_text_mentions_stop(words, len, end, rules);
        last = end && len ? words[len - 1] : '\0';
    }
    added->before[0] = added->after[0] = '\0';
    if (!named)
        snprintf(added->before, sizeof(added->before), "%s: ", rules->identity);
    if (!mentioned)
        snprintf(added->after, sizeof(added->after), "%s%s", last == ' ' || last == '\n' ? "" : " ",
                 rules->stop);
    template_wrap(t, added->before, added->after);
}
