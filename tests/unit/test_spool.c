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
#include <unistd.h>

#include "channel/file/spool.h"

static char root[64];
static struct drop_box box;

static int set_up(void **state)
{
    struct error err;

    (void)state;
    snprintf(root, sizeof(root), "/tmp/test_spool.XXXXXX");
    return mkdtemp(root) && drop_box_open(root, "shop", &box, &err) == RC_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
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
    char name[SPOOL_NAME_SIZE];
    uint64_t id = 0;
    int fd;

    (void)state;
    assert_int_equal(spool_find(&box, name), RC_NOTFOUND);
    put(BOX_IN, "a.csv", "hello");
    assert_int_equal(spool_find(&box, name), RC_OK);
    assert_int_equal(spool_copy(&box, name, &copy, &err), RC_OK);
    assert_int_equal(copy.bytes, 5);
    assert_int_equal(copy.sha256[0], 0x2c); /* sha256("hello") = 2cf24d... */
    assert_int_equal(spool_first_kept(&box, &id), RC_NOTFOUND);
    assert_int_equal(spool_keep(&box, 7, &err), RC_OK);
    assert_int_equal(spool_take_source(&box, &copy, &err), RC_OK);
    assert_null(get(BOX_IN, "a.csv"));
    assert_int_equal(spool_first_kept(&box, &id), RC_OK);
    assert_int_equal(id, 7);
    assert_int_equal(spool_open(&box, 7, &fd), RC_OK);
    close(fd);
    put(BOX_DONE, "a.csv", "an older file of the same name");
    assert_int_equal(spool_finish(&box, 7, "a.csv", false, &err), RC_OK);
    assert_string_equal(get(BOX_DONE, "a.csv"), "an older file of the same name");
    assert_string_equal(get(BOX_DONE, "a.csv.1"), "hello");
    assert_int_equal(spool_finish(&box, 7, "a.csv", false, &err), RC_NOTFOUND);
}

static void a_file_still_being_written_waits(void **state)
{
    struct spool_copy copy;
    struct error err;
    char name[SPOOL_NAME_SIZE];
    int fd;

    (void)state;
    fd = openat(box.fds[BOX_IN], "slow.csv", O_WRONLY | O_CREAT, 0644);
    assert_int_equal(write(fd, "half", 4), 4);
    assert_int_equal(spool_find(&box, name), RC_NOTFOUND);
    assert_int_equal(spool_copy(&box, "slow.csv", &copy, &err), RC_AGAIN);
    close(fd);
    assert_int_equal(spool_find(&box, name), RC_OK);
    assert_string_equal(name, "slow.csv");
}

static void hidden_and_half_written_names_are_left_alone(void **state)
{
    char name[SPOOL_NAME_SIZE];

    (void)state;
    put(BOX_IN, ".hidden", "x");
    put(BOX_IN, "a.csv.tmp", "x");
    put(BOX_IN, "a.csv.part", "x");
    assert_int_equal(mkdirat(box.fds[BOX_IN], "folder", 0755), 0);
    assert_int_equal(spool_find(&box, name), RC_NOTFOUND);
}

static void links_and_pipes_are_set_aside_unread(void **state)
{
    char name[SPOOL_NAME_SIZE];
    struct stat st;

    (void)state;
    assert_int_equal(symlinkat("/etc/passwd", box.fds[BOX_IN], "link.csv"), 0);
    assert_int_equal(mkfifoat(box.fds[BOX_IN], "pipe.csv", 0644), 0);
    assert_int_equal(spool_find(&box, name), RC_NOTFOUND);
    assert_int_equal(fstatat(box.fds[BOX_FAILED], "link.csv", &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(fstatat(box.fds[BOX_FAILED], "pipe.csv", &st, AT_SYMLINK_NOFOLLOW), 0);
}

static void the_oldest_file_comes_first(void **state)
{
    static const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
    char name[SPOOL_NAME_SIZE];

    (void)state;
    put(BOX_IN, "a.csv", "x");
    put(BOX_IN, "z.csv", "x");
    assert_int_equal(utimensat(box.fds[BOX_IN], "z.csv", old, 0), 0);
    assert_int_equal(spool_find(&box, name), RC_OK);
    assert_string_equal(name, "z.csv");
}

static void a_file_put_in_place_of_the_copied_one_stays(void **state)
{
    struct spool_copy copy;
    struct error err;

    (void)state;
    put(BOX_IN, "a.csv", "first");
    assert_int_equal(spool_copy(&box, "a.csv", &copy, &err), RC_OK);
    put(BOX_IN, "new", "second");
    assert_int_equal(renameat(box.fds[BOX_IN], "new", box.fds[BOX_IN], "a.csv"), 0);
    assert_int_equal(spool_take_source(&box, &copy, &err), RC_OK);
    assert_string_equal(get(BOX_IN, "a.csv"), "second");
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
