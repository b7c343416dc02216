/* test_mail_waiting.c - which mails go next: large ones never take all lanes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/mail_waiting.h"

#define MAILS 100

static struct lmtp_mail mails[MAILS];
static struct mail_taken taken[MAILS];
static struct mail_taken *batch[MAIL_BATCH_MAILS];
static struct mail_waiting waiting;
static size_t n;

static int fresh(void **state)
{
    (void)state;
    n = 0;
    return 0;
}

static struct mail_taken *add(const char *bytes, size_t size)
{
    struct mail_taken *t = &taken[n];

    mails[n] = (struct lmtp_mail){ .bytes = bytes, .size = size, .n_to = 1 };
    t->mail = &mails[n];
    t->at = (utc_us)++n;
    mail_waiting_add(&waiting, t);
    return t;
}

static struct mail_taken *small(void)
{
    return add("x", 1);
}

static struct mail_taken *large(void)
{
    return add(NULL, 1 << 20);
}

static size_t take(void)
{
    return mail_waiting_take(&waiting, batch);
}

static void small_ones_go_together_and_a_large_one_alone(void **state)
{
    (void)state;
    mail_waiting_init(&waiting, 2);
    small();
    struct mail_taken *big = large();
    small();
    assert_int_equal(take(), 2);
    assert_int_equal(take(), 1);
    assert_ptr_equal(batch[0], big);
    assert_int_equal(waiting.n, 0);
    assert_false(mail_waiting_ready(&waiting));
}

static void a_lane_is_left_for_the_small_ones(void **state)
{
    (void)state;
    mail_waiting_init(&waiting, 2);
    struct mail_taken *first = large(), *second = large();
    assert_int_equal(take(), 1);
    assert_false(mail_waiting_ready(&waiting)); /* though a lane is idle */
    assert_int_equal(take(), 0);
    struct mail_taken *little = small();
    assert_true(mail_waiting_ready(&waiting));
    assert_int_equal(take(), 1);
    assert_ptr_equal(batch[0], little);
    mail_waiting_done(&waiting, little);
    assert_false(mail_waiting_ready(&waiting));
    mail_waiting_done(&waiting, first);
    assert_int_equal(take(), 1);
    assert_ptr_equal(batch[0], second);
}

static void with_one_lane_they_take_turns(void **state)
{
    (void)state;
    mail_waiting_init(&waiting, 1);
    struct mail_taken *first = large(), *second = large();
    struct mail_taken *little = small();
    assert_int_equal(take(), 1);
    assert_ptr_equal(batch[0], first);
    mail_waiting_done(&waiting, first);
    assert_int_equal(take(), 1);
    assert_ptr_equal(batch[0], little);
    assert_int_equal(take(), 1);
    assert_ptr_equal(batch[0], second);
    mail_waiting_done(&waiting, second);
    large();
    assert_int_equal(take(), 1); /* nobody small waits */
}

static void a_batch_has_its_bounds(void **state)
{
    (void)state;
    mail_waiting_init(&waiting, 2);
    for (size_t i = 0; i < MAIL_BATCH_MAILS + 1; i++)
        small();
    assert_int_equal(take(), MAIL_BATCH_MAILS);
    assert_int_equal(take(), 1);
    add("x", MAIL_BATCH_BYTES + 1);
    add("x", 1);
    assert_int_equal(take(), 1);
    assert_int_equal(take(), 1);
    assert_int_equal(waiting.bytes, 0);
}

static void what_cannot_go_is_where_it_was(void **state)
{
    (void)state;
    mail_waiting_init(&waiting, 2);
    struct mail_taken *first = small(), *second = small();
    assert_int_equal(take(), 2);
    mail_waiting_put_back(&waiting, batch, 2);
    assert_int_equal(waiting.n, 2);
    assert_int_equal(waiting.bytes, 2);
    assert_int_equal(take(), 2);
    assert_ptr_equal(batch[0], first);
    assert_ptr_equal(batch[1], second);
    large();
    assert_int_equal(take(), 1);
    mail_waiting_put_back(&waiting, batch, 1);
    assert_true(mail_waiting_ready(&waiting));
    assert_int_equal(take(), 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, fresh)
    const struct CMUnitTest tests[] = {
        TEST(small_ones_go_together_and_a_large_one_alone),
        TEST(a_lane_is_left_for_the_small_ones),
        TEST(with_one_lane_they_take_turns),
        TEST(a_batch_has_its_bounds),
        TEST(what_cannot_go_is_where_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
