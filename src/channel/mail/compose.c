/* compose.c - the headers in their usual order, then the text, then what is attached. */
#include "channel/mail/compose.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "channel/mail/mime.h"

#define HEADER_BYTES 8192 /* all of them, and the borders; a subject is at most 200 characters */

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

static void add_subject(struct buffer *out, const char *subject)
{
    static const char head[] = "Subject: ";

    buffer_add_text(out, head);
    mime_add_text(out, subject, sizeof(head) - 1);
    buffer_add_text(out, "\r\n");
}

static void add_text_part(struct buffer *out, const char *text)
{
    buffer_add_text(out, "Content-Type: text/plain; charset=utf-8\r\n"
                         "Content-Transfer-Encoding: quoted-printable\r\n"
                         "\r\n");
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

static void add_file_part(struct buffer *out, const struct mail_attachment *file)
{
    buffer_printf(out, "Content-Type: %s\r\nContent-Transfer-Encoding: base64\r\n",
                  is_type(file->type) ? file->type : "application/octet-stream");
    buffer_add_text(out, "Content-Disposition: attachment");
    mime_add_parameter(out, "filename", file->name);
    buffer_add_text(out, "\r\n\r\n");
    mime_add_base64(out, file->bytes, file->size);
}

size_t mail_size_bound(const struct mail_message *m)
{
    /* Quoted-printable: three bytes for one, and a line break for 25 of them; base64: 78 for 57. */
    return HEADER_BYTES + 4 * strlen(m->text) + 4 +
           (m->file.name ? m->file.size / 57 * 78 + 80 + 12 * strlen(m->file.name) : 0);
}

void mail_compose(struct buffer *out, const struct mail_message *m)
{
    char border[40];

    add_date(out, m->date);
    add_from(out, m);
    buffer_printf(out, "To: %s\r\n", m->to);
    add_subject(out, m->subject);
    buffer_printf(out, "Message-ID: <%s>\r\n", m->message_id);
    buffer_add_text(out, "Auto-Submitted: auto-generated\r\n" /* RFC 3834, 5 */
                         "MIME-Version: 1.0\r\n");
    if (!m->file.name) {
        add_text_part(out, m->text);
        return;
    }
    /* "=_" is in no line of quoted-printable, nor of base64: no part can hold the border. */
    snprintf(border, sizeof(border), "=_%lld", (long long)m->date);
    buffer_printf(out, "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n--%s\r\n", border,
                  border);
    add_text_part(out, m->text);
    buffer_printf(out, "\r\n--%s\r\n", border);
    add_file_part(out, &m->file);
    buffer_printf(out, "\r\n--%s--\r\n", border);
}
