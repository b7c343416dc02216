/* test_spool.c - files are taken whole, once, and never written over. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "base/clock.h"
#include "channel/file/answer_file.h"
#include "channel/file/settled.h"
#include "channel/file/spool_look.h"

static char root[64];
static struct drop_box box;

/* One profile that takes everything, and a second one for the tests of two. */
static struct take_rules rules[2];
static const struct take_rules *const both[2] = { &rules[0], &rules[1] };
static size_t n_rules;
static struct spool_look *look;
static struct spool_found found;

static char star[] = "*", *everything[] = { star };

/* The next file as a fresh look sees it. */
static enum rc find(void)
{
    spool_look_free(look);
    look = spool_look_new("shop", both, n_rules);
    assert_non_null(look);
    return spool_look_next(look, &box, &found);
}

static void assert_found(const char *name)
{
    assert_int_equal(find(), RC_OK);
    assert_string_equal(found.name, name);
}

static int set_up(void **state)
{
    struct error err;

    (void)state;
    for (int i = 0; i < 2; i++)
        rules[i] = (struct take_rules){
            .patterns = { everything, 1 }, .marker = ".done", .at_once = 1, .max_bytes = 1000
        };
    n_rules = 1;
    snprintf(root, sizeof(root), "/tmp/test_spool.XXXXXX");
    return mkdtemp(root) && drop_box_open(root, "shop", &box, &err) == RC_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    spool_look_free(look);
    look = NULL;
    drop_box_close(&box);
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command);
}

static void put(enum box_part part, const char *name, const char *text)
{
    const int fd = openat(box.fds[part], name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static const char *get(enum box_part part, const char *name)
{
    static char text[4096];
    const int fd = openat(box.fds[part], name, O_RDONLY);
    ssize_t len;

    if (fd < 0)
        return NULL;
    len = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[len < 0 ? 0 : len] = '\0';
    return text;
}

static void a_file_goes_from_in_to_done(void **state)
{
    struct spool_copy copy;
    struct error err;
    char final[SPOOL_NAME_SIZE];
    uint64_t id = 0;
    int fd;

    (void)state;
    assert_int_equal(find(), RC_NOTFOUND);
    put(BOX_IN, "a.csv", "hello");
    assert_int_equal(find(), RC_OK);
    assert_int_equal(spool_copy(&box, found.name, TAKE_CLOSED, &copy, &err), RC_OK);
    assert_int_equal(copy.bytes, 5);
    assert_int_equal(copy.sha256[0], 0x2c); /* sha256("hello") = 2cf24d... */
    assert_int_equal(spool_next_kept(&box, 0, &id), RC_NOTFOUND);
    assert_int_equal(spool_keep(&box, 7, &err), RC_OK);
    assert_int_equal(spool_take_source(&box, &copy, &err), RC_OK);
    assert_null(get(BOX_IN, "a.csv"));
    assert_int_equal(spool_next_kept(&box, 0, &id), RC_OK);
    assert_int_equal(id, 7);
    assert_int_equal(spool_open(&box, 7, &fd), RC_OK);
    close(fd);
    put(BOX_DONE, "a.csv", "an older file of the same name");
    assert_int_equal(spool_finish(&box, 7, "a.csv", false, &err), RC_CONFLICT);
    spool_final_name(&box, 7, "a.csv", false, final);
    assert_string_equal(final, "a.csv.7");
    assert_int_equal(spool_finish(&box, 7, final, false, &err), RC_OK);
    assert_string_equal(get(BOX_DONE, "a.csv"), "an older file of the same name");
    assert_string_equal(get(BOX_DONE, "a.csv.7"), "hello");
    assert_int_equal(spool_finish(&box, 7, final, false, &err), RC_NOTFOUND);
}

static void a_file_still_being_written_waits(void **state)
{
    struct spool_copy copy;
    struct error err;
    int fd;

    (void)state;
    fd = openat(box.fds[BOX_IN], "slow.csv", O_WRONLY | O_CREAT, 0644);
    assert_int_equal(write(fd, "half", 4), 4);
    assert_int_equal(find(), RC_NOTFOUND);
    assert_int_equal(spool_copy(&box, "slow.csv", TAKE_CLOSED, &copy, &err), RC_AGAIN);
    close(fd);
    assert_int_equal(find(), RC_OK);
    assert_string_equal(found.name, "slow.csv");
}

static void hidden_and_half_written_names_are_left_alone(void **state)
{

    (void)state;
    put(BOX_IN, ".hidden", "x");
    put(BOX_IN, "a.csv.tmp", "x");
    put(BOX_IN, "a.csv.part", "x");
    assert_int_equal(mkdirat(box.fds[BOX_IN], "folder", 0755), 0);
    assert_int_equal(find(), RC_NOTFOUND);
}

static void links_and_pipes_are_set_aside_unread(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(symlinkat("/etc/passwd", box.fds[BOX_IN], "link.csv"), 0);
    assert_int_equal(mkfifoat(box.fds[BOX_IN], "pipe.csv", 0644), 0);
    assert_int_equal(find(), RC_NOTFOUND);
    assert_int_equal(fstatat(box.fds[BOX_FAILED], "link.csv", &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(fstatat(box.fds[BOX_FAILED], "pipe.csv", &st, AT_SYMLINK_NOFOLLOW), 0);
}

static void the_oldest_file_comes_first(void **state)
{
    static const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };

    (void)state;
    put(BOX_IN, "a.csv", "x");
    put(BOX_IN, "z.csv", "x");
    assert_int_equal(utimensat(box.fds[BOX_IN], "z.csv", old, 0), 0);
    assert_int_equal(find(), RC_OK);
    assert_string_equal(found.name, "z.csv");
}

static void a_file_put_in_place_of_the_copied_one_stays(void **state)
{
    struct spool_copy copy;
    struct error err;

    (void)state;
    put(BOX_IN, "a.csv", "first");
    assert_int_equal(spool_copy(&box, "a.csv", TAKE_CLOSED, &copy, &err), RC_OK);
    put(BOX_IN, "new", "second");
    assert_int_equal(renameat(box.fds[BOX_IN], "new", box.fds[BOX_IN], "a.csv"), 0);
    assert_int_equal(spool_take_source(&box, &copy, &err), RC_OK);
    assert_string_equal(get(BOX_IN, "a.csv"), "second");
}

static void the_way_back_is_for_the_same_content_only(void **state)
{
    struct spool_copy copy;
    struct error err;
    uint64_t id = 0;

    (void)state;
    put(BOX_IN, "a.csv", "hello");
    assert_int_equal(spool_copy(&box, "a.csv", TAKE_CLOSED, &copy, &err), RC_OK);
    put(BOX_DONE, "a.csv", "other");
    assert_int_equal(spool_fetch(&box, 7, "a.csv", false, copy.sha256, &err), RC_NOTFOUND);
    assert_int_equal(spool_fetch(&box, 7, "b.csv", false, copy.sha256, &err), RC_NOTFOUND);
    assert_int_equal(symlinkat("a.csv", box.fds[BOX_DONE], "l.csv"), 0);
    assert_int_equal(spool_fetch(&box, 7, "l.csv", false, copy.sha256, &err), RC_NOTFOUND);
    put(BOX_FAILED, "a.csv", "hello");
    assert_int_equal(spool_fetch(&box, 7, "a.csv", true, copy.sha256, &err), RC_OK);
    assert_null(get(BOX_FAILED, "a.csv"));
    assert_int_equal(spool_next_kept(&box, 0, &id), RC_OK);
    assert_int_equal(id, 7);
    assert_int_equal(spool_next_kept(&box, 7, &id), RC_NOTFOUND);
}

/* --- the rules --- */

static void a_renamed_file_is_taken_though_somebody_has_it_open(void **state)
{
    int fd;

    (void)state;
    rules[0].complete = TAKE_RENAME;
    fd = openat(box.fds[BOX_IN], "a.csv.part", O_WRONLY | O_CREAT, 0644);
    assert_int_equal(find(), RC_NOTFOUND);
    assert_int_equal(renameat(box.fds[BOX_IN], "a.csv.part", box.fds[BOX_IN], "a.csv"), 0);
    assert_found("a.csv");
    close(fd);
}

static void a_marked_file_is_taken_and_its_marker_leaves_with_it(void **state)
{
    struct spool_copy copy;
    struct error err;

    (void)state;
    rules[0].complete = TAKE_MARKER;
    put(BOX_IN, "a.csv", "x");
    put(BOX_IN, "b.csv", "y");
    assert_int_equal(find(), RC_NOTFOUND);
    put(BOX_IN, "b.csv.done", "");
    assert_found("b.csv");
    assert_int_equal(unlinkat(box.fds[BOX_IN], "b.csv.done", 0), 0);
    put(BOX_IN, "a.done", ""); /* instead of its ending */
    assert_found("a.csv");
    assert_int_equal(spool_copy(&box, "a.csv", TAKE_MARKER, &copy, &err), RC_OK);
    spool_look_marker(look, &box, "a.csv", copy.marker);
    assert_string_equal(copy.marker, "a.done");
    assert_int_equal(spool_take_source(&box, &copy, &err), RC_OK);
    assert_null(get(BOX_IN, "a.csv"));
    assert_null(get(BOX_IN, "a.done"));
    assert_int_equal(find(), RC_NOTFOUND);
}

static void a_marker_older_than_its_file_is_an_earlier_files(void **state)
{
    static const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };

    (void)state;
    rules[0].complete = TAKE_MARKER;
    put(BOX_IN, "a.csv.done", "");
    put(BOX_IN, "a.csv", "half");
    assert_int_equal(utimensat(box.fds[BOX_IN], "a.csv.done", old, 0), 0);
    assert_int_equal(find(), RC_NOTFOUND);
    put(BOX_IN, "a.csv.done", "x");
    assert_found("a.csv");
}

static void a_file_is_settled_when_it_was_the_same_for_a_while(void **state)
{
    struct settled s = { 0 };
    struct stat one = { .st_ino = 1, .st_size = 5 }, two = { .st_ino = 2, .st_size = 5 };

    (void)state;
    for (int64_t now = 1; now < 5; now++) { /* two grows */
        settled_begin(&s);
        assert_int_equal(settled_for_us(&s, &one, now), now - 1);
        assert_int_equal(settled_for_us(&s, &two, now), 0);
        settled_end(&s);
        two.st_size++;
    }
    settled_begin(&s); /* one is gone for a look */
    settled_end(&s);
    settled_begin(&s);
    assert_int_equal(settled_for_us(&s, &one, 9), 0);
    settled_end(&s);
    for (int i = 0; i < 2 * SETTLED_MAX; i++) { /* more than it remembers */
        one.st_ino = (ino_t)(10 + i);
        assert_int_equal(settled_for_us(&s, &one, 9), 0);
    }
    assert_int_equal(s.n_now, SETTLED_MAX);
    settled_close(&s);
}

static void a_stable_file_waits_and_says_for_how_long(void **state)
{
    (void)state;
    rules[0].complete = TAKE_STABLE;
    rules[0].stable_for_ms = 60000;
    put(BOX_IN, "a.csv", "x");
    assert_int_equal(find(), RC_NOTFOUND);
    assert_int_equal(spool_look_view(look)->waiting, 1);
    assert_int_equal(spool_look_view(look)->again_ms, 60000);
    rules[0].stable_for_ms = 0;
    assert_found("a.csv");
}

static void a_young_file_waits_until_it_has_its_age(void **state)
{
    (void)state;
    rules[0].min_age_ms = 60000;
    put(BOX_IN, "a.csv", "x");
    assert_int_equal(find(), RC_NOTFOUND);
    assert_true(spool_look_view(look)->again_ms > 50000);
    clock_shift(61 * USEC_PER_SEC);
    assert_found("a.csv");
    clock_shift(-61 * USEC_PER_SEC);
}

static void names_are_told_apart_by_patterns_and_strangers_rest_first(void **state)
{
    static char csv[] = "*.csv", txt[] = "[ab]?.txt", *patterns[] = { csv, txt };

    (void)state;
    rules[0].patterns = (struct config_texts){ patterns, 2 };
    rules[0].refuse_after_ms = 60000;
    put(BOX_IN, "A.CSV", "x");
    assert_found("A.CSV");
    assert_int_equal(found.verdict, SPOOL_TAKE);
    assert_int_equal(unlinkat(box.fds[BOX_IN], "A.CSV", 0), 0);
    put(BOX_IN, "bx.txt", "x");
    assert_found("bx.txt");
    assert_int_equal(unlinkat(box.fds[BOX_IN], "bx.txt", 0), 0);
    put(BOX_IN, "cx.txt", "x");
    assert_int_equal(find(), RC_NOTFOUND);
    clock_shift(61 * USEC_PER_SEC);
    assert_found("cx.txt");
    clock_shift(-61 * USEC_PER_SEC);
    assert_int_equal(found.verdict, SPOOL_NOBODYS);
}

static void a_file_of_two_profiles_is_complete_when_both_say_so(void **state)
{
    int fd;

    (void)state;
    n_rules = 2;
    rules[0].complete = TAKE_RENAME;
    fd = openat(box.fds[BOX_IN], "a.csv", O_WRONLY | O_CREAT, 0644);
    assert_int_equal(find(), RC_NOTFOUND); /* closed, says the second */
    rules[1].complete = TAKE_RENAME;
    assert_found("a.csv");
    close(fd);
}

static void a_file_that_is_too_large_is_not_copied(void **state)
{
    struct spool_copy copy = { 0 };
    struct error err;
    uint64_t id;

    (void)state;
    rules[0].max_bytes = 3;
    put(BOX_IN, "a.csv", "1234");
    assert_found("a.csv");
    assert_int_equal(found.verdict, SPOOL_TOO_LARGE);
    assert_int_equal(spool_describe(&box, "a.csv", &copy, &err), RC_OK);
    assert_int_equal(copy.bytes, 4);
    assert_int_equal(spool_keep_source(&box, &copy, 9, &err), RC_OK);
    assert_null(get(BOX_IN, "a.csv"));
    assert_int_equal(spool_next_kept(&box, 0, &id), RC_OK);
    assert_int_equal(id, 9);
    rules[0].max_bytes = 4;
    put(BOX_IN, "a.csv", "1234");
    assert_found("a.csv");
    assert_int_equal(found.verdict, SPOOL_TAKE);
}

static void files_come_in_the_order_of_their_numbers(void **state)
{
    static const char *const names[] = { "o-1.csv",   "o-2.csv",  "o-9.csv", "o-10.csv",
                                         "o-010.csv", "o-11.csv", "p" };
    static const size_t shuffled[] = { 3, 0, 6, 2, 1, 5, 4 };

    (void)state;
    rules[0].order = TAKE_BY_NUMBER;
    for (size_t i = 0; i < 7; i++)
        put(BOX_IN, names[shuffled[i]], "x");
    assert_int_equal(find(), RC_OK);
    assert_string_equal(found.name, names[0]);
    for (size_t i = 1; i < 7; i++) {
        static const char *const sorted[] = { "o-1.csv",  "o-2.csv",  "o-9.csv", "o-010.csv",
                                              "o-10.csv", "o-11.csv", "p" };
        assert_int_equal(spool_look_next(look, &box, &found), RC_OK);
        assert_string_equal(found.name, sorted[i]);
    }
    rules[0].order = TAKE_BY_NAME;
    assert_found("o-010.csv");
}

static void one_look_is_enough_for_many_files(void **state)
{
    char name[32], last[SPOOL_NAME_SIZE] = "";

    (void)state;
    rules[0].order = TAKE_BY_NAME;
    for (int i = 0; i < 700; i++) {
        snprintf(name, sizeof(name), "%03d", i * 391 % 700);
        put(BOX_IN, name, "x");
    }
    assert_int_equal(find(), RC_OK);
    assert_int_equal(spool_look_view(look)->waiting, 699);
    for (int i = 0; i < 700; i++) {
        assert_true(strcmp(found.name, last) > 0);
        snprintf(last, sizeof(last), "%s", found.name);
        assert_int_equal(unlinkat(box.fds[BOX_IN], found.name, 0), 0);
        assert_int_equal(spool_look_next(look, &box, &found), i < 699 ? RC_OK : RC_NOTFOUND);
    }
}

static void a_file_that_changes_after_the_look_waits_for_the_next(void **state)
{
    int fd;

    (void)state;
    rules[0].order = TAKE_BY_NAME;
    put(BOX_IN, "a", "x");
    put(BOX_IN, "b", "x");
    put(BOX_IN, "c", "x");
    put(BOX_IN, "d", "x");
    assert_found("a");
    assert_int_equal(unlinkat(box.fds[BOX_IN], "a", 0), 0);
    assert_int_equal(unlinkat(box.fds[BOX_IN], "b", 0), 0);
    fd = openat(box.fds[BOX_IN], "c", O_WRONLY | O_APPEND);
    assert_int_equal(spool_look_next(look, &box, &found), RC_OK);
    assert_string_equal(found.name, "d");
    close(fd);
}

/* --- names and places --- */

static void any_name_that_a_disk_can_hold_goes_all_the_way(void **state)
{
    char longest[256];
    const char *const names[] = { "new\nline.csv", "ctrl\x01\x1b[31m.csv", "bad\xff\xfe.csv",
                                  "-rf *", longest };
    struct spool_copy copy;
    struct error err;

    (void)state;
    memset(longest, 'n', 255);
    longest[255] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char final[SPOOL_NAME_SIZE];

        put(BOX_IN, names[i], "x");
        assert_found(names[i]);
        assert_int_equal(spool_copy(&box, names[i], TAKE_CLOSED, &copy, &err), RC_OK);
        assert_int_equal(spool_keep(&box, i + 1, &err), RC_OK);
        assert_int_equal(spool_take_source(&box, &copy, &err), RC_OK);
        assert_int_equal(find(), RC_NOTFOUND);
        put(BOX_DONE, names[i], "in the way");
        spool_final_name(&box, i + 1, names[i], false, final);
        assert_true(strlen(final) < SPOOL_NAME_SIZE);
        assert_int_equal(spool_finish(&box, i + 1, final, false, &err), RC_OK);
    }
}

static void a_hard_link_costs_only_its_name(void **state)
{
    struct spool_copy copy;
    struct error err;

    (void)state;
    put(BOX_OUT, "kept", "x");
    assert_int_equal(linkat(box.fds[BOX_OUT], "kept", box.fds[BOX_IN], "a.csv", 0), 0);
    assert_found("a.csv");
    assert_int_equal(spool_copy(&box, "a.csv", TAKE_CLOSED, &copy, &err), RC_OK);
    assert_int_equal(spool_take_source(&box, &copy, &err), RC_OK);
    assert_null(get(BOX_IN, "a.csv"));
    assert_string_equal(get(BOX_OUT, "kept"), "x");
}

/* Between the rename out of in/ and what follows it. */
static void a_source_caught_by_a_crash_gets_its_name_back(void **state)
{
    (void)state;
    assert_int_equal(mkdirat(box.fds[BOX_WORK], "source", 0700), 0);
    put(BOX_WORK, "source/a.csv", "x");
    put(BOX_WORK, "copy.part", "half");
    spool_tidy(&box);
    assert_string_equal(get(BOX_IN, "a.csv"), "x");
    assert_null(get(BOX_WORK, "copy.part"));
    assert_int_not_equal(faccessat(box.fds[BOX_WORK], "source", F_OK, 0), 0);
}

static void a_source_on_its_way_out_is_not_replaced_by_the_next_of_its_name(void **state)
{
    struct spool_copy copy;
    struct error err;

    (void)state;
    assert_int_equal(mkdirat(box.fds[BOX_WORK], "source", 0700), 0);
    put(BOX_WORK, "source/a.csv", "first");
    put(BOX_IN, "a.csv", "second");
    assert_int_equal(spool_copy(&box, "a.csv", TAKE_CLOSED, &copy, &err), RC_OK);
    assert_int_equal(spool_take_source(&box, &copy, &err), RC_AGAIN);
    spool_put_back(&box);
    assert_string_equal(get(BOX_IN, "a.csv"), "second");
    assert_string_equal(get(BOX_IN, "a.csv.1"), "first");
}

/* Without leases, as on a network disk: for a file that is not ours, and without CAP_LEASE. */
static void a_time_yet_to_come_does_not_make_a_file_complete(void **state)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct before[2], without[2];
    const struct timespec ahead[2] = { { time(NULL) + 3600, 0 }, { time(NULL) + 3600, 0 } };

    (void)state;
    put(BOX_IN, "a.csv", "half");
    assert_int_equal(utimensat(box.fds[BOX_IN], "a.csv", ahead, 0), 0);
    assert_found("a.csv"); /* a lease says more than a time */
    if (fchownat(box.fds[BOX_IN], "a.csv", 12345, (gid_t)-1, 0))
        skip(); /* only root can make the scene */
    assert_int_equal(syscall(SYS_capget, &head, before), 0);
    memcpy(without, before, sizeof(before));
    without[0].effective &= ~(1U << CAP_LEASE);
    assert_int_equal(syscall(SYS_capset, &head, without), 0);
    assert_int_equal(find(), RC_NOTFOUND);
    assert_int_equal(spool_look_view(look)->again_ms, 3000);
    assert_int_equal(syscall(SYS_capset, &head, before), 0);
}

static void directories_that_vanish_are_made_again(void **state)
{
    char command[128];
    struct error err;

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s/shop'", root);
    assert_int_equal(system(command), 0);
    drop_box_close(&box);
    assert_int_equal(drop_box_open(root, "shop", &box, &err), RC_OK);
    put(BOX_IN, "a.csv", "x");
    assert_found("a.csv");
}

static void only_in_and_out_are_for_others_to_write(void **state)
{
    struct stat st;

    (void)state;
    for (int i = 0; i < BOX_PARTS; i++) {
        const bool theirs = i == BOX_IN || i == BOX_OUT;

        assert_int_equal(fstat(box.fds[i], &st), 0);
        assert_int_equal(st.st_mode & 0777, theirs ? 0770 : 0750);
    }
}

static void a_part_that_is_a_file_is_named(void **state)
{
    struct error err;
    char command[256];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s/shop/out'; touch '%s/shop/out'", root, root);
    assert_int_equal(system(command), 0);
    drop_box_close(&box);
    assert_int_equal(drop_box_open(root, "shop", &box, &err), RC_AGAIN);
    assert_non_null(strstr(err.text, "/shop/out: Not a directory"));
}

/* Who may write in the partner's directory must not lead us to another one; root (we, here) may. */
static void a_link_of_the_partners_instead_of_a_part_is_not_followed(void **state)
{
    struct error err;
    char command[256];

    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    snprintf(command, sizeof(command), "cd '%s/shop' && rmdir out && ln -s /tmp out", root);
    assert_int_equal(system(command), 0);
    drop_box_close(&box);
    assert_int_equal(drop_box_open(root, "shop", &box, &err), RC_OK);
    snprintf(command, sizeof(command), "chown -h 65534 '%s/shop/out'", root);
    assert_int_equal(system(command), 0);
    drop_box_close(&box);
    assert_int_equal(drop_box_open(root, "shop", &box, &err), RC_AGAIN);
    assert_non_null(strstr(err.text, "/shop/out: "));
}

/* --- out/, where the partner may write, too --- */

static void what_lies_under_an_answers_hidden_name_is_not_opened(void **state)
{
    struct answer_file *file;
    struct error err;

    (void)state;
    put(BOX_IN, "other", "another file");
    for (int i = 0; i < 4; i++) {
        const int out = box.fds[BOX_OUT];
        int made = 0;

        switch (i) {
        case 0: /* on which an open would wait for ever */
            made = mkfifoat(out, ".r.csv.part", 0666);
            break;
        case 1:
            made = linkat(box.fds[BOX_IN], "other", out, ".r.csv.part", 0);
            break;
        case 2:
            made = symlinkat("../in/other", out, ".r.csv.part");
            break;
        case 3:
            made = mkdirat(out, ".r.csv.part", 0755);
            break;
        }
        assert_int_equal(made, 0);
        if (answer_file_begin(out, "r.csv", &file, &err))
            fail_msg("%d: %s", i, err.text);
        fprintf(answer_file_out(file), "%d", i);
        assert_int_equal(answer_file_end(file, &err), RC_OK);
        assert_int_equal(get(BOX_OUT, "r.csv")[0], '0' + i);
    }
    assert_string_equal(get(BOX_IN, "other"), "another file");
}

static void a_pipe_in_place_of_a_copy_holds_nobody_up(void **state)
{
    const uint8_t sha256[32] = { 0 };
    struct error err;
    int fd;

    (void)state;
    assert_int_equal(mkfifoat(box.fds[BOX_WORK], "7.data", 0666), 0);
    assert_int_equal(spool_open(&box, 7, &fd), RC_AGAIN);
    assert_int_equal(mkfifoat(box.fds[BOX_DONE], "a.csv", 0666), 0);
    assert_int_equal(spool_fetch(&box, 7, "a.csv", false, sha256, &err), RC_NOTFOUND);
}

int main(void)
{
#define SPOOL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        SPOOL_TEST(a_file_goes_from_in_to_done),
        SPOOL_TEST(a_file_still_being_written_waits),
        SPOOL_TEST(hidden_and_half_written_names_are_left_alone),
        SPOOL_TEST(links_and_pipes_are_set_aside_unread),
        SPOOL_TEST(the_oldest_file_comes_first),
        SPOOL_TEST(a_file_put_in_place_of_the_copied_one_stays),
        SPOOL_TEST(the_way_back_is_for_the_same_content_only),
        SPOOL_TEST(a_renamed_file_is_taken_though_somebody_has_it_open),
        SPOOL_TEST(a_marked_file_is_taken_and_its_marker_leaves_with_it),
        SPOOL_TEST(a_marker_older_than_its_file_is_an_earlier_files),
        SPOOL_TEST(a_file_is_settled_when_it_was_the_same_for_a_while),
        SPOOL_TEST(a_stable_file_waits_and_says_for_how_long),
        SPOOL_TEST(a_young_file_waits_until_it_has_its_age),
        SPOOL_TEST(names_are_told_apart_by_patterns_and_strangers_rest_first),
        SPOOL_TEST(a_file_of_two_profiles_is_complete_when_both_say_so),
        SPOOL_TEST(a_file_that_is_too_large_is_not_copied),
        SPOOL_TEST(files_come_in_the_order_of_their_numbers),
        SPOOL_TEST(one_look_is_enough_for_many_files),
        SPOOL_TEST(a_file_that_changes_after_the_look_waits_for_the_next),
        SPOOL_TEST(any_name_that_a_disk_can_hold_goes_all_the_way),
        SPOOL_TEST(a_hard_link_costs_only_its_name),
        SPOOL_TEST(a_source_caught_by_a_crash_gets_its_name_back),
        SPOOL_TEST(a_source_on_its_way_out_is_not_replaced_by_the_next_of_its_name),
        SPOOL_TEST(a_time_yet_to_come_does_not_make_a_file_complete),
        SPOOL_TEST(directories_that_vanish_are_made_again),
        SPOOL_TEST(only_in_and_out_are_for_others_to_write),
        SPOOL_TEST(a_part_that_is_a_file_is_named),
        SPOOL_TEST(a_link_of_the_partners_instead_of_a_part_is_not_followed),
        SPOOL_TEST(what_lies_under_an_answers_hidden_name_is_not_opened),
        SPOOL_TEST(a_pipe_in_place_of_a_copy_holds_nobody_up),
    };

    umask(0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
