/*
 * test_bounce_mails.c - every bounce of a collection of real ones is taken, and nearly all are told
 * apart; prints how many as what. Without a collection (tests/support/mail_collection.h) it is
 * skipped.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "channel/mail/bounce.h"
#include "channel/mail/mail_read.h"
#include "tests/support/mail_collection.h"

#define MAIL_MAX     (1 << 20)
#define REASONS      40
#define AT_LEAST_PCT 97

struct tally {
    unsigned mails, kinds[BOUNCE_KINDS], by_words, no_lines, unsaid;
    struct {
        const char *name;
        unsigned n;
    } reasons[REASONS];
};

static char bytes[MAIL_MAX];

static void count_reason(struct tally *t, const char *name)
{
    for (size_t i = 0; i < REASONS; i++) {
        if (t->reasons[i].name && strcmp(t->reasons[i].name, name) != 0)
            continue;
        t->reasons[i].name = name;
        t->reasons[i].n++;
        return;
    }
    fail_msg("more than %d reasons", REASONS);
}

static void count(struct tally *t, const char *name, size_t len)
{
    const struct mail_source source = { .bytes = bytes, .fd = -1, .size = len };
    struct mail_read *mail = NULL;
    struct arena arena;
    struct error err;
    struct bounce b;

    if (!memchr(bytes, '\n', len)) {
        t->no_lines++; /* the line ends of an old Macintosh: no MTA hands these on */
        return;
    }
    t->mails++;
    arena_init(&arena);
    if (mail_read_open(&source, &arena, &mail, &err))
        fail_msg("%s: %s", name, err.text);
    if (bounce_find(mail_read_facts(mail), &b)) {
        t->by_words += b.by_words;
        count_reason(t, b.reason);
    } else {
        print_message("# no bounce: %s\n", name);
    }
    t->kinds[b.kind]++;
    mail_read_close(mail);
    arena_close(&arena);
}

static void print(const struct tally *t)
{
    print_message("# %u mails, %u by their words alone, %u not tried (no line ends)\n", t->mails,
                  t->by_words, t->no_lines);
    for (enum bounce_kind k = BOUNCE_NONE; k < BOUNCE_KINDS; k++)
        print_message("#   %-10s %u\n", *bounce_kind_name(k) ? bounce_kind_name(k) : "no bounce",
                      t->kinds[k]);
    for (size_t i = 0; i < REASONS && t->reasons[i].name; i++)
        print_message("#     %-18s %u\n", t->reasons[i].name, t->reasons[i].n);
}

static void nearly_all_real_bounces_are_told_apart(void **state)
{
    const char *root = mail_collection();
    struct tally t = { .mails = 0 };
    char dir[512], path[1024];
    struct dirent *e;
    DIR *d;

    (void)state;
    if (!root) {
        print_message("# no collection of mails: RELAIS_MAIL_DATA names none\n");
        skip();
        return;
    }
    snprintf(dir, sizeof(dir), "%s/bounces", root);
    d = opendir(dir);
    assert_non_null(d);
    while ((e = readdir(d))) {
        const char *dot = strrchr(e->d_name, '.');
        FILE *f;
        size_t len;
        if (!dot || strcmp(dot, ".eml") != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
        f = fopen(path, "rb");
        assert_non_null(f);
        len = fread(bytes, 1, sizeof(bytes), f);
        fclose(f);
        count(&t, e->d_name, len);
    }
    closedir(d);
    print(&t);
    assert_true((t.mails - t.kinds[BOUNCE_NONE]) * 100 >= t.mails * AT_LEAST_PCT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearly_all_real_bounces_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
