/*
 * auth_results.c - RFC 8601, 2.2, read from left to right without looking back.
 *
 * What stands in quotes or in comments comes from the sender ("reason", addresses of the envelope):
 * it is skipped or taken as a value, and never read as a result. What cannot be read proves
 * nothing.
 */
#include "domain/auth_results.h"

#include <string.h>
#include <strings.h>

#define WORD_SIZE 320 /* an address may be 254, in quotes */

struct scan {
    const char *at;
};

const char *mail_proof_name(enum mail_proof p)
{
    static const char *const names[] = {
        [MAIL_UNPROVED] = "",
        [MAIL_BY_SPF] = "spf",
        [MAIL_BY_DKIM] = "dkim",
        [MAIL_BY_DMARC] = "dmarc",
    };

    return names[p];
}

/* White space and comments, which nest. One that never ends goes to the end. */
static void skip_blank(struct scan *s)
{
    unsigned depth = 0;

    for (; *s->at; s->at++) {
        if (*s->at == '(')
            depth++;
        else if (*s->at == ')' && depth)
            depth--;
        else if (*s->at == '\\' && depth && s->at[1])
            s->at++;
        else if (!depth && !strchr(" \t\r\n", *s->at))
            return;
    }
}

/* Takes what is in quotes without them. False: they never end. */
static bool take_quoted(struct scan *s, char out[WORD_SIZE], size_t *n)
{
    for (s->at++; *s->at && *s->at != '"'; s->at++) {
        if (*s->at == '\\' && s->at[1])
            s->at++;
        if (*n < WORD_SIZE - 1)
            out[(*n)++] = *s->at;
    }
    if (!*s->at)
        return false;
    s->at++;
    return true;
}

/* A word up to a blank, a comment, ';' or one of `stops`. One that is too long is emptied: it is
 * none of those that matter. */
static void take_word(struct scan *s, const char *stops, char out[WORD_SIZE])
{
    size_t n = 0;

    skip_blank(s);
    while (*s->at && !strchr(" \t\r\n(;", *s->at) && !strchr(stops, *s->at)) {
        if (*s->at == '"') {
            if (!take_quoted(s, out, &n))
                n = WORD_SIZE - 1;
            continue;
        }
        if (n < WORD_SIZE - 1)
            out[n++] = *s->at;
        s->at++;
    }
    out[n < WORD_SIZE - 1 ? n : 0] = '\0';
}

static bool take_sign(struct scan *s, char sign)
{
    skip_blank(s);
    if (*s->at != sign)
        return false;
    s->at++;
    return true;
}

/* "header . d = example.fr" or "dkim / 1 = pass": the name, without a version, and the value.
 * False: it is none, or the end of this result. */
static bool take_property(struct scan *s, char name[WORD_SIZE], char value[WORD_SIZE])
{
    char rest[WORD_SIZE];

    take_word(s, "./=", name);
    if (take_sign(s, '/')) {
        take_word(s, "=", rest);
    } else if (take_sign(s, '.')) {
        take_word(s, "=", rest);
        if (strlen(name) + 1 + strlen(rest) >= WORD_SIZE)
            *name = '\0';
        else
            strcat(strcat(name, "."), rest);
    }
    if (!take_sign(s, '='))
        return false;
    take_word(s, "", value);
    return true;
}

static const char *domain_of(const char *address)
{
    const char *at = strrchr(address, '@');

    return at ? at + 1 : address;
}

/* Is it the domain of From, or one above it? A name without a dot is nobody's. */
static bool vouches_for(const char *value, const char *from_domain)
{
    const char *domain = domain_of(value);
    size_t len = strlen(domain), whole = strlen(from_domain);

    if (!strchr(domain, '.') || *domain == '.' || len > whole)
        return false;
    return strcasecmp(from_domain + whole - len, domain) == 0 &&
           (len == whole || from_domain[whole - len - 1] == '.');
}

/* Of each method: the proof that it is, and the properties that name who vouches; the second where
 * the first is not told. */
static const struct method {
    const char *name;
    enum mail_proof proof;
    const char *properties[2];
} methods[] = {
    { "spf", MAIL_BY_SPF, { "smtp.mailfrom", "" } },
    { "dkim", MAIL_BY_DKIM, { "header.d", "header.i" } },
    { "dmarc", MAIL_BY_DMARC, { "header.from", "" } },
};

static const struct method *method_of(const char *name)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcasecmp(methods[i].name, name) == 0)
            return &methods[i];
    }
    return NULL;
}

enum said { NOT_SAID, VOUCHED, STRANGE };

/* Named twice, both have to be the right ones. */
static void note(const struct method *m, const char *name, const char *value,
                 const char *from_domain, enum said said[2])
{
    for (size_t i = 0; m && i < 2; i++) {
        if (*m->properties[i] && strcasecmp(name, m->properties[i]) == 0 && said[i] != STRANGE)
            said[i] = vouches_for(value, from_domain) ? VOUCHED : STRANGE;
    }
}

/* Reads one result to its end: what it speaks of, NULL for nothing that matters, and whether it
 * vouches. */
static const struct method *judge_result(struct scan *s, const char *from_domain, bool *vouches)
{
    char name[WORD_SIZE], value[WORD_SIZE];
    const struct method *m;
    enum said said[2] = { NOT_SAID, NOT_SAID };
    bool passed;

    *vouches = false;
    if (!take_property(s, name, value))
        return method_of(name);
    m = method_of(name);
    passed = strcasecmp(value, "pass") == 0;
    for (skip_blank(s); *s->at && *s->at != ';'; skip_blank(s)) {
        const char *before = s->at;
        if (take_property(s, name, value))
            note(m, name, value, from_domain, said);
        else if (s->at == before)
            return m; /* it cannot be read any further */
    }
    *vouches = m && passed && said[said[0] == NOT_SAID] == VOUCHED;
    return m;
}

/* Goes behind the next ';', past what could not be read: quotes and comments are still what they
 * are. */
static bool next_result(struct scan *s)
{
    char word[WORD_SIZE];

    while (*s->at && !take_sign(s, ';')) {
        const char *before = s->at;
        take_word(s, "", word);
        if (s->at == before && *s->at)
            s->at++;
    }
    return *s->at != '\0';
}

/* An MTA begins with its name as it is. In comments or quotes it is an attempt to pass by a filter
 * that looks for it there. */
static bool is_by(const char *header, const char *authserv_id)
{
    const size_t len = strlen(authserv_id);

    return strncasecmp(header, authserv_id, len) == 0 && strchr(" \t\r\n;", header[len]);
}

struct verdict {
    enum mail_proof best;
    bool spoken_of[MAIL_BY_DMARC + 1]; /* in a header above */
};

/* Of several results of one method in a header, as of two signatures, the best one counts. */
static void judge(const char *header, const char *from_domain, struct verdict *v)
{
    struct scan s = { .at = header };
    struct verdict above = *v;
    char id[WORD_SIZE];

    take_word(&s, "", id);
    while (next_result(&s)) {
        bool vouches;
        const struct method *m = judge_result(&s, from_domain, &vouches);
        if (!m || above.spoken_of[m->proof])
            continue;
        v->spoken_of[m->proof] = true;
        if (vouches && m->proof > v->best)
            v->best = m->proof;
    }
}

enum mail_proof auth_results_judge(const char *const *headers, size_t n, const char *authserv_id,
                                   const char *from_address)
{
    const char *at = strrchr(from_address, '@');
    struct verdict v = { .best = MAIL_UNPROVED };

    if (!*authserv_id || !at || !at[1])
        return MAIL_UNPROVED;
    for (size_t i = 0; i < n; i++) {
        if (is_by(headers[i], authserv_id))
            judge(headers[i], at + 1, &v);
    }
    return v.best;
}
