/* fuzz_mail_compose.c - whatever the texts, a mail has the headers that we gave it and no other,
 * lines that fit and nothing but CRLF between them. Input: subject, name, file name, type, text,
 * HTML, what it answers, an address to click on, a feedback id, file, with NULs between. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "channel/mail/compose.h"
#include "channel/mail/mime.h"

#define LONG_LINE (250 + 32) /* with an address in it that cannot be folded */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(int fact)
{
    if (!fact)
        abort();
}

static int is_whole(const char *line)
{
    return strncmp(line, "In-Reply-To: <", 14) == 0 || strncmp(line, "References: <", 13) == 0 ||
           strncmp(line, "List-Unsubscribe: <", 19) == 0;
}

static void check_lines(const struct buffer *b)
{
    size_t column = 0;
    int whole = 0;

    for (size_t i = 0; i < b->len; i++) {
        const unsigned char c = (unsigned char)b->data[i];
        hold(c == '\r' || c == '\n' || c == '\t' || (c >= ' ' && c < 0x7f));
        hold((c == '\n') == (i > 0 && b->data[i - 1] == '\r'));
        if (column == 0)
            whole = is_whole(b->data + i);
        column = c == '\n' ? 0 : column + 1;
        hold(column <= (whole ? LONG_LINE : MIME_LINE_MAX + 1));
    }
    hold(column == 0);
}

static void check_headers(const char *text)
{
    static const char *const names[] = { "Date: ",
                                         "From: ",
                                         "To: ",
                                         "Subject: ",
                                         "Message-ID: ",
                                         "Auto-Submitted: ",
                                         "MIME-Version",
                                         "Content-Type: ",
                                         "Content-Transfer-",
                                         "In-Reply-To: ",
                                         "References: ",
                                         "List-Unsubscribe: ",
                                         "List-Unsubscribe-Post: ",
                                         "Feedback-ID: " };
    size_t seen[sizeof(names) / sizeof(names[0])] = { 0 };

    for (; strncmp(text, "\r\n", 2) != 0; text = strstr(text, "\r\n") + 2) {
        size_t i = 0;
        if (*text == ' ')
            continue;
        while (strncmp(text, names[i], strlen(names[i])) != 0)
            hold(++i < sizeof(names) / sizeof(names[0]));
        hold(++seen[i] == 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { SUBJECT, NAME, FILE_NAME, TYPE, TEXT, HTML, ANSWERED, CLICK, FEEDBACK, FIELDS };
    struct mail_attachment files[2];
    struct mail_message m = { .from = "relais@shop.example",
                              .to = "bob@partner.example",
                              .message_id = "1f.2a@shop.example",
                              .date = INT64_C(1795657570000000) };
    char *copy = malloc(size + 1), *at = copy, *end = copy + size;
    const char *field[FIELDS];
    struct buffer out;

    memcpy(copy, data, size);
    *end = '\0';
    for (size_t i = 0; i < FIELDS; i++) {
        field[i] = at <= end ? at : "";
        at += at <= end ? strlen(at) + 1 : 0;
    }
    /* As store/mail_out.c and the configuration bound them. */
    if (strlen(field[SUBJECT]) > 800 || strlen(field[NAME]) > 200 ||
        strlen(field[FILE_NAME]) > 800 || strlen(field[FEEDBACK]) > 100)
        goto out;
    m.subject = field[SUBJECT];
    m.from_name = field[NAME];
    m.text = field[TEXT];
    if (*field[HTML])
        m.html = field[HTML];
    m.in_reply_to = field[ANSWERED];
    m.list_unsubscribe[0] = field[CLICK];
    m.feedback_id = field[FEEDBACK];
    files[0] = (struct mail_attachment){ .name = field[FILE_NAME],
                                         .type = field[TYPE],
                                         .bytes = at <= end ? at : "",
                                         .size = at <= end ? (size_t)(end - at) : 0 };
    files[1] = files[0];
    files[1].content_id = "1.2@shop.example";
    m.files = files;
    m.n_files = *field[FILE_NAME] ? 2 : 0;
    buffer_init(&out, mail_size_bound(&m));
    mail_compose(&out, &m);
    hold(!out.full);
    check_lines(&out);
    check_headers(buffer_text(&out));
    buffer_close(&out);
out:
    free(copy);
    return 0;
}
