/* mail_address.c - one look at each side of the @ (RFC 5321, 4.1.2 and 4.5.3.1). */
#define _GNU_SOURCE /* memrchr */
#include "domain/mail_address.h"

#include <string.h>

#define LOCAL_MAX 64
#define LABEL_MAX 63

static const struct {
    const char *name, *reason;
} faults[] = {
    [MAIL_EMPTY] = { "mail_empty", "is empty" },
    [MAIL_TOO_LONG] = { "mail_too_long", "is longer than 254 bytes" },
    [MAIL_NO_AT] = { "mail_no_at", "has no @" },
    [MAIL_BAD_LOCAL] = { "mail_bad_local",
                         "has something before the @ that no mail address may have there" },
    [MAIL_BAD_DOMAIN] = { "mail_bad_domain", "has no domain name behind the @" },
};

const char *mail_fault_name(enum mail_fault f)
{
    return faults[f].name;
}

const char *mail_fault_reason(enum mail_fault f)
{
    return faults[f].reason;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_local(const char *s, size_t len)
{
    char before = '.';

    if (len == 0 || len > LOCAL_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '.' ? before == '.' : !is_alnum(s[i]) && !strchr("!#$%&'*+-/=?^_`{|}~", s[i]))
            return false;
        before = s[i];
    }
    return before != '.';
}

/* Labels of letters, digits and hyphens, at least two, the last not a number (RFC 1123, 2.1). */
static bool is_domain(const char *s, size_t len)
{
    size_t label = 0, labels = 1;
    bool letter = false;

    for (size_t i = 0; i < len; i++) {
        if (s[i] == '.') {
            if (label == 0 || s[i - 1] == '-')
                return false;
            labels++;
            label = 0;
            letter = false;
            continue;
        }
        if (!is_alnum(s[i]) && (s[i] != '-' || label == 0))
            return false;
        if (++label > LABEL_MAX)
            return false;
        letter |= s[i] > '9';
    }
    return labels >= 2 && label >= 2 && letter && s[len - 1] != '-';
}

enum rc mail_address_normalise(const char *text, char out[ADDRESS_SIZE], enum mail_fault *fault)
{
    const char *at;
    size_t len = strnlen(text, 4096), local;

    while (len > 0 && is_blank(text[0])) {
        text++;
        len--;
    }
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    at = memrchr(text, '@', len);
    local = at ? (size_t)(at - text) : 0;
    if (len == 0)
        *fault = MAIL_EMPTY;
    else if (len >= ADDRESS_SIZE)
        *fault = MAIL_TOO_LONG;
    else if (!at)
        *fault = MAIL_NO_AT;
    else if (!is_local(text, local))
        *fault = MAIL_BAD_LOCAL;
    else if (!is_domain(at + 1, len - local - 1))
        *fault = MAIL_BAD_DOMAIN;
    else {
        memcpy(out, text, len);
        out[len] = '\0';
        for (char *c = out; *c; c++) {
            if (*c >= 'A' && *c <= 'Z')
                *c = (char)(*c - 'A' + 'a');
        }
        return RC_OK;
    }
    return RC_INVALID;
}
