/* compose.c - the headers in their usual order, then the text, then what is attached. */
#include "channel/mail/compose.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "channel/mail/mime.h"

#define HEADER_BYTES 8192 /* all of them, and the borders; a subject is at most 250 characters */
#define PART_BYTES   512  /* the headers of a part, but for the name of its file */
#define ID_MAX       250  /* a message id, or an address to click on: far below a line's 998 */

static void add_date(struct buffer *out, utc_us at)
{
    static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const struct civil c = clock_civil(at);
    const int64_t day = at / USEC_PER_SEC / SEC_PER_DAY;

    buffer_printf(out, "Date: %.3s, %d %.3s %04d %02d:%02d:%02d +0000\r\n", days + 3 * (day % 7),
                  c.day, months + 3 * (c.month - 1), c.year, c.hour, c.minute, c.second);
}

static void add_from(struct buffer *out, const struct mail_message *m)
{
    static const char head[] = "From: ";

    buffer_add_text(out, head);
    if (m->from_name && *m->from_name) {
        mime_add_phrase(out, m->from_name, sizeof(head) - 1);
        /* On a line of its own, so that no name makes the line too long. */
        buffer_printf(out, "\r\n <%s>\r\n", m->from);
    } else {
        buffer_printf(out, "%s\r\n", m->from);
    }
}

static void add_text_header(struct buffer *out, const char *head, const char *text)
{
    buffer_add_text(out, head);
    mime_add_text(out, text, strlen(head));
    buffer_add_text(out, "\r\n");
}

/* What somebody else gave stays whole on its line, or is left out. */
static bool is_id(const char *id)
{
    size_t len = 0;

    for (; id && id[len]; len++) {
        if (id[len] <= ' ' || id[len] > '~' || id[len] == '<' || id[len] == '>')
            return false;
    }
    return len && len <= ID_MAX;
}

static void add_answered(struct buffer *out, const struct mail_message *m)
{
    if (is_id(m->in_reply_to))
        buffer_printf(out, "In-Reply-To: <%s>\r\nReferences: <%s>\r\n", m->in_reply_to,
                      m->in_reply_to);
}

/* RFC 2369 and 8058; Feedback-ID is what large mailbox providers group complaints by. */
static void add_list_headers(struct buffer *out, const struct mail_message *m)
{
    const char *click = m->list_unsubscribe[0], *mail = m->list_unsubscribe[1];
    const bool can_click = is_id(click), can_mail = is_id(mail);

    if (can_click)
        buffer_printf(out, "List-Unsubscribe: <%s>%s", click, can_mail ? ",\r\n " : "\r\n");
    else if (can_mail)
        buffer_add_text(out, "List-Unsubscribe: ");
    if (can_mail)
        buffer_printf(out, "<mailto:%s>\r\n", mail);
    if (can_click)
        buffer_add_text(out, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
    if (m->feedback_id && *m->feedback_id)
        add_text_header(out, "Feedback-ID: ", m->feedback_id);
}

/* --- parts --- */

static void add_text_part(struct buffer *out, const char *kind, const char *text)
{
    buffer_printf(out,
                  "Content-Type: text/%s; charset=utf-8\r\n"
                  "Content-Transfer-Encoding: quoted-printable\r\n"
                  "\r\n",
                  kind);
    mime_add_quoted_printable(out, text, strlen(text));
}

/* type "/" subtype, each a token of at most 64 characters (RFC 2045, 5.1). */
static bool is_type(const char *type)
{
    static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&"
                                "^_.+-";
    size_t first = type ? strspn(type, token) : 0, second;

    if (!first || first > 64 || type[first] != '/')
        return false;
    second = strspn(type + first + 1, token);
    return second && second <= 64 && !type[first + 1 + second];
}

static void add_file_part(struct buffer *out, const struct mail_attachment *file, bool shown)
{
    buffer_printf(out, "Content-Type: %s\r\nContent-Transfer-Encoding: base64\r\n",
                  is_type(file->type) ? file->type : "application/octet-stream");
    if (shown)
        buffer_printf(out, "Content-ID: <%s>\r\n", file->content_id);
    buffer_printf(out, "Content-Disposition: %s", shown ? "inline" : "attachment");
    mime_add_parameter(out, "filename", file->name);
    buffer_add_text(out, "\r\n\r\n");
    mime_add_base64(out, file->bytes, file->size);
}

/* --- parts within parts --- */

/* "=_" is in no line of quoted-printable, nor of base64: no part can hold a border. None of them
 * begins with another one. */
struct border {
    char text[40];
};

static struct border begin_parts(struct buffer *out, const char *kind, const char *mark,
                                 const struct mail_message *m)
{
    struct border b;

    snprintf(b.text, sizeof(b.text), "=_%s%lld", mark, (long long)m->date);
    buffer_printf(out, "Content-Type: multipart/%s; boundary=\"%s\"\r\n", kind, b.text);
    return b;
}

static void next_part(struct buffer *out, const struct border *b)
{
    buffer_printf(out, "\r\n--%s\r\n", b->text);
}

static void end_parts(struct buffer *out, const struct border *b)
{
    buffer_printf(out, "\r\n--%s--\r\n", b->text);
}

/* Pictures are shown by the HTML; without one they are files like others. */
static bool is_shown(const struct mail_message *m, const struct mail_attachment *file)
{
    return m->html && file->content_id;
}

static size_t count_files(const struct mail_message *m, bool shown)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_files; i++)
        n += is_shown(m, &m->files[i]) == shown;
    return n;
}

static void add_files(struct buffer *out, const struct mail_message *m, bool shown,
                      const struct border *b)
{
    for (size_t i = 0; i < m->n_files; i++) {
        if (is_shown(m, &m->files[i]) != shown)
            continue;
        next_part(out, b);
        add_file_part(out, &m->files[i], shown);
    }
}

/* The HTML with its pictures (RFC 2387). */
static void add_document(struct buffer *out, const struct mail_message *m)
{
    struct border related;

    if (!count_files(m, true)) {
        add_text_part(out, "html", m->html);
        return;
    }
    related = begin_parts(out, "related", "r", m);
    next_part(out, &related);
    add_text_part(out, "html", m->html);
    add_files(out, m, true, &related);
    end_parts(out, &related);
}

/* What can be read: the best of the alternatives comes last (RFC 2046, 5.1.4). */
static void add_content(struct buffer *out, const struct mail_message *m)
{
    struct border alternative;

    if (!m->html) {
        add_text_part(out, "plain", m->text);
        return;
    }
    alternative = begin_parts(out, "alternative", "a", m);
    next_part(out, &alternative);
    add_text_part(out, "plain", m->text);
    next_part(out, &alternative);
    add_document(out, m);
    end_parts(out, &alternative);
}

static void add_body(struct buffer *out, const struct mail_message *m)
{
    struct border mixed;

    if (!count_files(m, false)) {
        add_content(out, m);
        return;
    }
    mixed = begin_parts(out, "mixed", "", m);
    next_part(out, &mixed);
    add_content(out, m);
    add_files(out, m, false, &mixed);
    end_parts(out, &mixed);
}

/* --- the whole --- */

/* Quoted-printable: three bytes for one, and a line break for 25 of them. */
static size_t text_bound(const char *text)
{
    return text ? 4 * strlen(text) + 4 : 0;
}

size_t mail_size_bound(const struct mail_message *m)
{
    size_t bound = HEADER_BYTES + text_bound(m->text) + text_bound(m->html);

    for (size_t i = 0; i < m->n_files; i++) /* base64: 78 bytes for 57 */
        bound += PART_BYTES + m->files[i].size / 57 * 78 + 80 + 12 * strlen(m->files[i].name);
    return bound;
}

void mail_compose(struct buffer *out, const struct mail_message *m)
{
    add_date(out, m->date);
    add_from(out, m);
    if (m->reply_to && *m->reply_to)
        buffer_printf(out, "Reply-To: %s\r\n", m->reply_to);
    buffer_printf(out, "To: %s\r\n", m->to);
    add_text_header(out, "Subject: ", m->subject);
    buffer_printf(out, "Message-ID: <%s>\r\n", m->message_id);
    add_answered(out, m);
    add_list_headers(out, m);
    if (m->automatic) /* RFC 3834, 5 */
        buffer_printf(out, "Auto-Submitted: auto-%s\r\n",
                      is_id(m->in_reply_to) ? "replied" : "generated");
    buffer_add_text(out, "MIME-Version: 1.0\r\n");
    add_body(out, m);
}
