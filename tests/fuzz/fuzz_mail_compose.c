/* fuzz_mail_compose.c - whatever the texts, a mail has the headers that we gave it and no other,
 * lines that fit and nothing but CRLF between them. Input: subject, name, file name, type, text,
 * file, with NULs between. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "channel/mail/compose.h"
#include "channel/mail/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(int fact)
{
    if (!fact)
        abort();
}

static void check_lines(const struct buffer *b)
{
    size_t column = 0;

    for (size_t i = 0; i < b->len; i++) {
        const unsigned char c = (unsigned char)b->data[i];
        hold(c == '\r' || c == '\n' || c == '\t' || (c >= ' ' && c < 0x7f));
        hold((c == '\n') == (i > 0 && b->data[i - 1] == '\r'));
        column = c == '\n' ? 0 : column + 1;
        hold(column <= MIME_LINE_MAX + 1);
    }
    hold(column == 0);
}

static void check_headers(const char *text)
{
    static const char *const names[] = { "Date: ",       "From: ",         "To: ",
                                         "Subject: ",    "Message-ID: ",   "Auto-Submitted: ",
                                         "MIME-Version", "Content-Type: ", "Content-Transfer-" };
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
    enum { SUBJECT, NAME, FILE_NAME, TYPE, TEXT, FIELDS };
    struct mail_message m = { .from = "relais@shop.example",
                              .to = "bob@partner.example",
                              .message_id = "1f.2a@shop.example",
                              .date = INT64_C(1795657570000000) };
    char *copy = malloc(size + 1), *at = copy, *end = copy + size;
    const char *field[FIELDS] = { "", "", "", "", "" };
    struct buffer out;

    memcpy(copy, data, size);
    *end = '\0';
    for (size_t i = 0; i < FIELDS && at <= end; i++) {
        field[i] = at;
        at += strlen(at) + 1;
    }
    /* As store/mail_out.c and the configuration bound them. */
    if (strlen(field[SUBJECT]) > 800 || strlen(field[NAME]) > 200 || strlen(field[FILE_NAME]) > 800)
        goto out;
    m.subject = field[SUBJECT];
    m.from_name = field[NAME];
    m.text = field[TEXT];
    if (*field[FILE_NAME])
        m.file = (struct mail_attachment){ .name = field[FILE_NAME],
                                           .type = field[TYPE],
                                           .bytes = at <= end ? at : "",
                                           .size = at <= end ? (size_t)(end - at) : 0 };
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
