/* bounce_status.c - what the numbers mean, and where they stand in a text. */
#include "channel/mail/bounce_status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RFC 3463 and the IANA registry; "x.1.10" is RFC 7505, 7.20 to 7.27 are RFC 7372 and 7505. */
enum bounce_why bounce_status_find(const char *status)
{
    static const struct {
        unsigned subject, detail;
        enum bounce_why why;
    } rows[] = {
        { 1, 1, WHY_NO_SUCH_USER },
        { 1, 2, WHY_NO_SUCH_DOMAIN },
        { 1, 3, WHY_BAD_ADDRESS },
        { 1, 6, WHY_MOVED },
        { 1, 7, WHY_SENDER },
        { 1, 8, WHY_SENDER },
        { 1, 10, WHY_NO_SUCH_DOMAIN },
        { 2, 1, WHY_DISABLED },
        { 2, 2, WHY_FULL },
        { 2, 3, WHY_TOO_BIG },
        { 3, 1, WHY_SYSTEM },
        { 3, 2, WHY_SYSTEM },
        { 3, 3, WHY_SYSTEM },
        { 3, 4, WHY_TOO_BIG },
        { 3, 5, WHY_SYSTEM },
        { 4, 1, WHY_NOT_REACHED },
        { 4, 2, WHY_NOT_REACHED },
        { 4, 3, WHY_NOT_REACHED },
        { 4, 4, WHY_NO_SUCH_DOMAIN },
        { 4, 5, WHY_BUSY },
        { 4, 6, WHY_LOOP },
        { 4, 7, WHY_EXPIRED },
        { 5, 1, WHY_PROTOCOL },
        { 5, 2, WHY_PROTOCOL },
        { 5, 3, WHY_BUSY },
        { 5, 4, WHY_PROTOCOL },
        { 6, 0, WHY_CONTENT },
        { 6, 1, WHY_CONTENT },
        { 6, 2, WHY_CONTENT },
        { 6, 3, WHY_CONTENT },
        { 7, 0, WHY_POLICY },
        { 7, 1, WHY_POLICY },
        { 7, 2, WHY_NOT_ALLOWED },
        { 7, 13, WHY_DISABLED },
        { 7, 17, WHY_MOVED },
        { 7, 18, WHY_MOVED },
        { 7, 20, WHY_NOT_AUTHENTICATED },
        { 7, 21, WHY_NOT_AUTHENTICATED },
        { 7, 22, WHY_NOT_AUTHENTICATED },
        { 7, 23, WHY_NOT_AUTHENTICATED },
        { 7, 24, WHY_NOT_AUTHENTICATED },
        { 7, 25, WHY_NOT_AUTHENTICATED },
        { 7, 26, WHY_NOT_AUTHENTICATED },
        { 7, 27, WHY_SENDER },
        { 7, 28, WHY_BUSY },
    };
    unsigned class, subject, detail;

    if (sscanf(status, "%1u.%3u.%3u", &class, &subject, &detail) != 3)
        return WHY_UNSAID;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].subject == subject && rows[i].detail == detail)
            return rows[i].why;
    }
    return subject == 7 ? WHY_POLICY : WHY_UNSAID;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_at(const char *s)
{
    size_t n = 0;

    while (is_digit(s[n]))
        n++;
    return n;
}

/* "5.1.1" there, and no part of an address ("5.1.1.7") or a version: its length, or 0. */
static size_t status_at(const char *begin, const char *s)
{
    size_t subject, detail, len;

    if ((*s != '4' && *s != '5') || s[1] != '.')
        return 0;
    if (s > begin && (is_digit(s[-1]) || s[-1] == '.'))
        return 0;
    subject = digits_at(s + 2);
    if (subject < 1 || subject > 3 || s[2 + subject] != '.')
        return 0;
    detail = digits_at(s + 3 + subject);
    len = 3 + subject + detail;
    if (detail < 1 || detail > 3 || (s[len] == '.' && is_digit(s[len + 1])))
        return 0;
    return len;
}

/* "550 " or "550-" as a word of its own. */
static bool code_at(const char *begin, const char *s)
{
    return (*s == '4' || *s == '5') && s[1] >= '0' && s[1] <= '5' && is_digit(s[2]) && s[3] &&
           strchr(" -,:", s[3]) && (s == begin || strchr(" :;[('\"=", s[-1]));
}

void bounce_numbers(const char *folded, char status[BOUNCE_STATUS_SIZE], unsigned *code)
{
    bool told = false;

    *status = '\0';
    *code = 0;
    for (const char *s = folded; *s; s++) {
        size_t len = status_at(folded, s);
        if (len && !told) {
            char found[BOUNCE_STATUS_SIZE] = "";
            memcpy(found, s, len);
            told = bounce_status_find(found) != WHY_UNSAID;
            if (told || !*status)
                memcpy(status, found, sizeof(found));
        }
        if (!*code && code_at(folded, s))
            *code = (unsigned)strtoul(s, NULL, 10);
    }
}
