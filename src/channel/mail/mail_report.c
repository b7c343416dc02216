/* mail_report.c - RFC 3464, RFC 5965 and RFC 6522, and what older systems do instead. */
#include "channel/mail/mail_report.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "channel/mail/mail_bytes.h"
#include "channel/mail/mail_read.h"
#include "channel/mail/mail_scan.h"
#include "channel/mail/mail_text.h"
#include "domain/utf8.h"

static bool is_type(const struct mail_entity *e, const char *const *types)
{
    for (; *types; types++) {
        if (!strcmp(e->type, *types))
            return true;
    }
    return false;
}

static bool is_report(const struct mail_entity *e)
{
    static const char *const types[] = { "message/delivery-status", "message/feedback-report",
                                         "message/global-delivery-status", NULL };

    return is_type(e, types);
}

/* The headers of a mail as a part of their own. */
static bool is_headers(const struct mail_entity *e)
{
    static const char *const types[] = { "text/rfc822-headers", "text/rfc822-header",
                                         "message/global-headers", NULL };

    return is_type(e, types);
}

bool mail_report_is_of_it(const struct mail_entity *e)
{
    return is_report(e) || is_headers(e);
}

static const char *keep_part(struct mail_bytes *bytes, const struct mail_entity *e,
                             struct arena *arena)
{
    struct mail_text_odd odd = { 0 };
    struct buffer text;
    const char *out;

    buffer_init(&text, MAIL_READ_REPORT_MAX);
    mail_text_part(bytes, e, &text, &odd);
    out = arena_copy(arena, buffer_text(&text), text.len);
    buffer_close(&text);
    return out ? out : "";
}

/* The headers of a mail within, as they stand there. */
static const char *keep_headers(struct mail_bytes *bytes, const struct mail_entity *mail,
                                struct arena *arena)
{
    struct mail_entity headers = *mail;

    headers.encoding = MAIL_AS_IT_IS;
    headers.charset = "";
    headers.type = "text/plain";
    headers.is_flowed = false;
    headers.body = mail->begin;
    headers.end = mail->body;
    return keep_part(bytes, &headers, arena);
}

/* --- in the text --- */

static bool begins_with(const char *line, const char *name)
{
    return !strncasecmp(line, name, strlen(name));
}

/* "Name: value" */
static bool is_header_line(const char *line)
{
    size_t n = 0;

    while (line[n] > ' ' && line[n] < 0x7f && line[n] != ':')
        n++;
    return n && line[n] == ':';
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');

    return end ? end + 1 : line + strlen(line);
}

/* Do headers begin here that only a mail has, not a sentence with a colon? */
static bool begins_mail(const char *line)
{
    unsigned headers = 0;
    bool sure = false;

    for (; *line && headers < 40; line = next_line(line)) {
        if (*line == ' ' || *line == '\t')
            continue;
        if (!is_header_line(line))
            break;
        headers++;
        sure |= begins_with(line, "Received:") || begins_with(line, "Message-ID:") ||
                begins_with(line, "Return-Path:") || begins_with(line, "MIME-Version:");
    }
    return headers >= 3 && sure;
}

/* Systems without MIME put the mail that comes back below their words. */
static const char *find_in_text(const char *text)
{
    bool before = false; /* the line before was a header: its block was looked at */

    for (const char *line = text; *line; line = next_line(line)) {
        const bool header = is_header_line(line);
        if (header && !before && begins_mail(line))
            return line;
        before = header || (before && (*line == ' ' || *line == '\t'));
    }
    return "";
}

/* --- both --- */

static const char *cut(const char *text, struct arena *arena)
{
    const char *out = text;

    if (strlen(text) > MAIL_READ_REPORT_MAX)
        out = arena_copy(arena, text, utf8_cut(text, strlen(text), MAIL_READ_REPORT_MAX));
    return out ? out : "";
}

/* "Feedback-Type: abuse": its value. */
static const char *feedback_type(const char *report, struct arena *arena)
{
    static const char name[] = "Feedback-Type:";

    for (const char *line = report; *line; line = next_line(line)) {
        const char *out;
        if (!begins_with(line, name))
            continue;
        line += sizeof(name) - 1;
        line += strspn(line, " \t");
        out = arena_copy(arena, line, strcspn(line, " \t;\n"));
        return out ? out : "";
    }
    return "";
}

void mail_report_read(struct mail_bytes *bytes, const struct mail_skeleton *k, struct arena *arena,
                      struct mail_facts *facts)
{
    facts->report = facts->returned = facts->feedback_type = "";
    for (size_t i = 0; i < k->n; i++) {
        const struct mail_entity *e = &k->entities[i];
        if (e->message > 1)
            continue;
        if (is_report(e) && !e->message && !*facts->report)
            facts->report = keep_part(bytes, e, arena);
        else if (is_headers(e) && !e->message && !*facts->returned)
            facts->returned = keep_part(bytes, e, arena);
        else if (e->message == 1 && !*facts->returned && k->entities[e->parent].is_message)
            facts->returned = keep_headers(bytes, e, arena);
    }
    if (!*facts->returned)
        facts->returned = cut(find_in_text(facts->text), arena);
    if (*facts->report)
        facts->feedback_type = feedback_type(facts->report, arena);
}
