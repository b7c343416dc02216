/* lmtp_command.c - verbs, paths and parameters; each a table or a short scan. */
#include "channel/mail/lmtp_command.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "domain/utf8.h"

#define BAD_PATH      "501 5.1.3 expected an address in angle brackets"
#define BAD_PARAMETER "501 5.5.4 a parameter is malformed or comes twice"

static const struct {
    const char *word;
    enum lmtp_verb verb;
} verbs[] = {
    { "LHLO", LMTP_LHLO }, { "MAIL", LMTP_MAIL }, { "RCPT", LMTP_RCPT }, { "DATA", LMTP_DATA },
    { "RSET", LMTP_RSET }, { "NOOP", LMTP_NOOP }, { "VRFY", LMTP_VRFY }, { "QUIT", LMTP_QUIT },
    { "HELO", LMTP_HELO }, { "EHLO", LMTP_HELO },
};
#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

void lmtp_command_read(const char *line, struct lmtp_command *out)
{
    const size_t len = strcspn(line, " ");

    out->verb = LMTP_UNKNOWN;
    for (size_t i = 0; i < N_VERBS && out->verb == LMTP_UNKNOWN; i++) {
        if (len == strlen(verbs[i].word) && strncasecmp(line, verbs[i].word, len) == 0)
            out->verb = verbs[i].verb;
    }
    out->rest = line + len + strspn(line + len, " ");
}

/* ---- the path ---- */

static bool is_plain(unsigned char c)
{
    return c > ' ' && c != 0x7f && !strchr("<>()[]\\,;:@\"", c);
}

/* RFC 5321 4.1.2: a Local-part, quoted or not; returns what follows it, NULL: it is none. */
static const char *skip_local(const char *p)
{
    const char *begin = p;

    if (*p == '"') {
        for (p++; *p && *p != '"'; p++) {
            if (*p == '\\' && !*++p)
                return NULL;
        }
        return *p == '"' ? p + 1 : NULL;
    }
    while (is_plain((unsigned char)*p))
        p++;
    return p > begin ? p : NULL;
}

/* A name with or without dots, or a literal: "[192.0.2.1]". */
static const char *skip_domain(const char *p)
{
    const char *begin = p;

    if (*p == '[') {
        p += strcspn(p, "]<> ");
        return *p == ']' && p > begin + 1 ? p + 1 : NULL;
    }
    while (is_plain((unsigned char)*p))
        p++;
    return p > begin ? p : NULL;
}

/* "@one,@two:" in front of the address, which nobody has used for decades. */
static const char *skip_route(const char *p)
{
    while (*p == '@') {
        p = skip_domain(p + 1);
        if (!p)
            return NULL;
        if (*p == ':')
            return p + 1;
        if (*p != ',' || *++p != '@')
            return NULL;
    }
    return p;
}

static bool put_address(const char *text, size_t len, struct lmtp_path *out)
{
    if (len >= sizeof(out->address) || !utf8_valid(text, len, NULL))
        return false;
    memcpy(out->address, text, len);
    out->address[len] = '\0';
    for (size_t i = 0; i < len; i++)
        out->is_not_ascii |= (unsigned char)text[i] > 0x7f;
    return true;
}

/* From the "<" to behind the ">". Postmaster has no need of a domain (RFC 5321, 4.5.1). */
static const char *read_path(const char *p, struct lmtp_path *out)
{
    const char *begin, *end;

    if (*p++ != '<')
        return NULL;
    if (*p == '>')
        return put_address("", 0, out) ? p + 1 : NULL;
    begin = skip_route(p);
    end = begin ? skip_local(begin) : NULL;
    if (!end)
        return NULL;
    if (*end == '@')
        end = skip_domain(end + 1);
    else if ((size_t)(end - begin) != strlen("postmaster") ||
             strncasecmp(begin, "postmaster", strlen("postmaster")) != 0)
        return NULL;
    if (!end || *end != '>' || !put_address(begin, (size_t)(end - begin), out))
        return NULL;
    return end + 1;
}

/* ---- parameters, of MAIL alone: each but once ---- */

static bool take_size(const char *value, size_t len, struct lmtp_path *out)
{
    if (out->has_size || len == 0 || len > 20 || strspn(value, "0123456789") < len)
        return false;
    out->has_size = true;
    out->size = strtoull(value, NULL, 10); /* at most UINT64_MAX: too large for anybody */
    return true;
}

static bool take_body(const char *value, size_t len, struct lmtp_path *out)
{
    const bool is_8bit = len == 8 && strncasecmp(value, "8BITMIME", 8) == 0;

    if (out->eight_bit || (!is_8bit && !(len == 4 && strncasecmp(value, "7BIT", 4) == 0)))
        return false;
    out->eight_bit = is_8bit;
    return true;
}

static bool take_utf8(const char *value, size_t len, struct lmtp_path *out)
{
    (void)value;
    if (out->utf8 || len)
        return false;
    out->utf8 = true;
    return true;
}

static const struct {
    const char *name;
    bool (*take)(const char *value, size_t len, struct lmtp_path *out);
} parameters[] = {
    { "SIZE", take_size },     /* RFC 1870 */
    { "BODY", take_body },     /* RFC 6152 */
    { "SMTPUTF8", take_utf8 }, /* RFC 6531 */
};

static const char *take_parameter(const char *word, size_t len, struct lmtp_path *out)
{
    size_t name = strcspn(word, "= ");
    const char *value = word + name;

    if (*value == '=')
        value++;
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        if (name != strlen(parameters[i].name) || strncasecmp(word, parameters[i].name, name) != 0)
            continue;
        return parameters[i].take(value, (size_t)(word + len - value), out) ? NULL : BAD_PARAMETER;
    }
    return "555 5.5.4 a parameter that was not offered";
}

static const char *read_parameters(enum lmtp_verb verb, const char *p, struct lmtp_path *out)
{
    const char *fault = NULL;

    while (*p && !fault) {
        size_t len;
        if (*p++ != ' ')
            return BAD_PATH;
        p += strspn(p, " ");
        len = strcspn(p, " ");
        if (len)
            fault = verb == LMTP_MAIL ? take_parameter(p, len, out)
                                      : "555 5.5.4 no parameter of RCPT was offered";
        p += len;
    }
    return fault;
}

const char *lmtp_path_read(enum lmtp_verb verb, const char *rest, struct lmtp_path *out)
{
    const char *word = verb == LMTP_MAIL ? "FROM:" : "TO:";

    *out = (struct lmtp_path){ 0 };
    if (strncasecmp(rest, word, strlen(word)) != 0)
        return verb == LMTP_MAIL ? "501 5.5.4 expected MAIL FROM:<address>"
                                 : "501 5.5.4 expected RCPT TO:<address>";
    rest += strlen(word);
    rest = read_path(rest + strspn(rest, " "), out);
    if (!rest || (verb == LMTP_RCPT && !*out->address))
        return BAD_PATH;
    return read_parameters(verb, rest, out);
}
