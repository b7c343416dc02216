/* fuzz_mail_read.c - whatever comes as a mail: it is refused, or every text of it is clean UTF-8
 * and every part can be read to its end, from memory and from a file alike. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "channel/mail/mail_read.h"
#include "domain/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool it_is)
{
    if (!it_is)
        abort();
}

static void check(const char *text, bool lines)
{
    size_t len;

    must(text != NULL);
    len = strlen(text);
    must(utf8_valid(text, len, NULL));
    for (size_t i = 0; i < len; i++)
        must((unsigned char)text[i] >= ' ' || (lines && text[i] == '\n'));
}

static enum rc count(void *arg, const void *bytes, size_t n)
{
    size_t *size = arg;

    (void)bytes;
    must(n > 0 && n <= 64 << 10);
    *size += n;
    return RC_OK;
}

static void check_facts(struct mail_read *m)
{
    const struct mail_facts *f = mail_read_facts(m);

    check(f->from.address, false);
    check(f->from.name, false);
    check(f->sender.address, false);
    check(f->reply_to.address, false);
    check(f->reply_to.name, false);
    check(f->to, false);
    check(f->subject, false);
    check(f->message_id, false);
    check(f->content_type, false);
    check(f->report_type, false);
    check(f->text, true);
    check(f->fresh, true);
    check(f->report, true);
    check(f->returned, true);
    check(f->odd, false);
    must(strlen(f->text) <= MAIL_READ_TEXT_MAX && strlen(f->fresh) <= strlen(f->text));
    must(strlen(f->returned) <= MAIL_READ_REPORT_MAX);
    for (size_t i = 0; i < f->n_references; i++)
        check(f->references[i], false);
    must(f->auto_submitted && f->precedence && f->list_id && f->list_unsubscribe);
    must(f->suppress && f->return_path && f->x_loop && f->feedback_type);
    for (size_t i = 0; i < f->n_parts; i++) {
        size_t decoded = 0;
        check(f->parts[i].name, false);
        check(f->parts[i].type, false);
        check(f->parts[i].content_id, false);
        must(!strchr(f->parts[i].name, '/'));
        must(mail_read_part(m, i, count, &decoded) == RC_OK);
        must(decoded == f->parts[i].size);
    }
}

/* Returns the length of the text, as a sign of what was read. */
static size_t read_it(const struct mail_source *source)
{
    struct mail_read *m = NULL;
    struct arena arena;
    struct error err = { .text = "" };
    size_t sign = SIZE_MAX;
    enum rc rc;

    arena_init(&arena);
    rc = mail_read_open(source, &arena, &m, &err);
    must(rc == RC_OK || (rc == RC_INVALID && *err.text));
    if (m) {
        check_facts(m);
        sign = strlen(mail_read_facts(m)->text) + mail_read_facts(m)->n_parts;
    }
    mail_read_close(m);
    arena_close(&arena);
    return sign;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char none[] = "";
    const struct mail_source memory = { .bytes = size ? (const char *)data : none,
                                        .fd = -1,
                                        .size = size };
    struct mail_source file = { .fd = memfd_create("mail", MFD_CLOEXEC), .size = size };

    must(file.fd >= 0 && write(file.fd, data, size) == (ssize_t)size);
    must(read_it(&memory) == read_it(&file));
    close(file.fd);
    return 0;
}
