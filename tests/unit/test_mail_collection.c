/*
 * test_mail_collection.c - every mail of a collection of real ones is read, or refused with a
 * reason.
 *
 * Without a collection (tests/support/mail_collection.h) this test says so and is skipped.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/arena.h"
#include "channel/mail/mail_read.h"
#include "domain/utf8.h"
#include "tests/support/mail_collection.h"

static struct {
    unsigned mails, read, with_text, from_html, with_parts, with_report, with_returned, odd, from;
} counts;

static void count_facts(const char *name, const struct mail_facts *f)
{
    const char *texts[] = { f->text, f->fresh, f->subject, f->from.name, f->from.address, f->odd };

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        assert_true(utf8_valid(texts[i], strlen(texts[i]), NULL));
    counts.read++;
    counts.with_text += *f->text != '\0';
    counts.from_html += f->from_html;
    counts.with_parts += f->n_parts > 0;
    counts.with_report += *f->report != '\0';
    counts.with_returned += *f->returned != '\0';
    counts.from += *f->from.address != '\0';
    counts.odd += *f->odd != '\0';
    if (*f->odd)
        print_message("# %s: %s\n", name, f->odd);
}

static void read_mail(int fd, const char *name)
{
    struct mail_source source = { .fd = fd };
    struct mail_read *m = NULL;
    struct arena arena;
    struct stat st;
    struct error err = { .text = "" };
    enum rc rc;

    assert_int_equal(fstat(fd, &st), 0);
    source.size = (size_t)st.st_size;
    arena_init(&arena);
    rc = mail_read_open(&source, &arena, &m, &err);
    counts.mails++;
    if (rc) {
        print_message("# %s: refused: %s\n", name, err.text);
        assert_int_equal(rc, RC_INVALID);
        assert_true(*err.text);
    } else {
        count_facts(name, mail_read_facts(m));
    }
    mail_read_close(m);
    arena_close(&arena);
}

static bool is_mail(const char *name)
{
    const size_t len = strlen(name);

    return len > 4 && !strcmp(name + len - 4, ".eml");
}

static void every_mail_is_read_or_refused_with_a_reason(void **state)
{
    static const char *const kinds[] = { "bounces", "odd" };
    const char *root = mail_collection();

    (void)state;
    if (!root) {
        print_message("# no collection of mails: RELAIS_MAIL_DATA names none\n");
        skip();
        return;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        char path[PATH_MAX];
        struct dirent *entry;
        DIR *dir;
        snprintf(path, sizeof(path), "%s/%s", root, kinds[i]);
        dir = opendir(path);
        assert_non_null(dir);
        while ((entry = readdir(dir)) != NULL) {
            int fd = is_mail(entry->d_name) ? openat(dirfd(dir), entry->d_name, O_RDONLY) : -1;
            if (fd < 0)
                continue;
            read_mail(fd, entry->d_name);
            close(fd);
        }
        closedir(dir);
    }
    print_message("# mails=%u read=%u sender=%u text=%u html=%u parts=%u report=%u returned=%u "
                  "odd=%u\n",
                  counts.mails, counts.read, counts.from, counts.with_text, counts.from_html,
                  counts.with_parts, counts.with_report, counts.with_returned, counts.odd);
    assert_true(counts.mails > 0);
    /* None of them is beyond the bounds, and nearly all say something. */
    assert_int_equal(counts.read, counts.mails);
    assert_true(counts.with_text * 100 >= counts.mails * 90);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mail_is_read_or_refused_with_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
