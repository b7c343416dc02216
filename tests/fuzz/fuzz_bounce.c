/* fuzz_bounce.c - whatever a report says, what is made of it is short, printable and one of ours.
 * The input stands for the subject, the text, the fields and the mail that came back at once; its
 * first byte chooses who sent it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "channel/mail/bounce.h"
#include "channel/mail/mail_read.h"
#include "domain/mail_address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const char *text, size_t size)
{
    const size_t len = strnlen(text, size);

    if (len == size)
        abort();
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            abort();
    }
}

static void check(const struct bounce *b, bool found)
{
    char again[ADDRESS_SIZE];
    enum mail_fault fault;

    if (found != (b->kind != BOUNCE_NONE) || (found && !*b->reason) || b->code > 599 ||
        b->kind >= BOUNCE_KINDS)
        abort();
    check_line(b->status, sizeof(b->status));
    check_line(b->diagnostic, sizeof(b->diagnostic));
    if (strnlen(b->message_id, sizeof(b->message_id)) == sizeof(b->message_id))
        abort();
    if (*b->recipient && (mail_address_normalise(b->recipient, again, &fault) != RC_OK ||
                          strcmp(again, b->recipient) != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const from[] = { "MAILER-DAEMON@mx.example", "", "anne@b.example" };
    static const char *const feedback[] = { "", "abuse", "not-spam" };
    char *text = malloc(size + 1);
    const unsigned choice = size ? data[0] : 0;
    struct mail_facts f = { .report_type = "", .content_type = "" };
    struct bounce b;

    memcpy(text, data, size);
    text[size] = '\0';
    f.from.address = from[choice % 3];
    f.from.name = text;
    f.feedback_type = choice < 0xf0 ? "" : feedback[choice % 3];
    f.return_path = choice & 1 ? "<>" : text;
    f.subject = f.text = f.returned = text;
    f.report = choice & 2 ? text : "";
    check(&b, bounce_find(&f, &b));
    free(text);
    return 0;
}
