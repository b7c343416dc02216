/* test_visitor.c - humans and programs that follow a link, and what is left of their address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "control/visitor.h"

#define IPHONE "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Safari"
#define PIXEL  "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0 Mobile"

static void a_phones_browser_is_a_human(void **state)
{
    (void)state;
    assert_false(visitor_is_bot("GET", IPHONE, NULL));
    assert_false(visitor_is_bot("GET", PIXEL, NULL));
}

static void previews_crawlers_and_who_does_not_say_are_programs(void **state)
{
    static const char *const agents[] = { "WhatsApp/2.23.20 A",
                                          "facebookexternalhit/1.1",
                                          "Mozilla/5.0 (compatible; Googlebot/2.1)",
                                          "TelegramBot (like TwitterBot)",
                                          "curl/8.5.0",
                                          "" };

    (void)state;
    for (size_t i = 0; i < sizeof(agents) / sizeof(agents[0]); i++)
        assert_true(visitor_is_bot("GET", agents[i], NULL));
    assert_true(visitor_is_bot("GET", NULL, NULL));
    assert_true(visitor_is_bot("HEAD", IPHONE, NULL));
    assert_true(visitor_is_bot("GET", PIXEL, "prefetch;prerender"));
}

static void another_machines_word_for_an_address_does_not_count(void **state)
{
    (void)state;
    assert_string_equal(visitor_address("192.0.2.1", "203.0.113.9"), "192.0.2.1");
    assert_string_equal(visitor_address("127.0.0.1", "10.0.0.1, 203.0.113.9"), "203.0.113.9");
    assert_string_equal(visitor_address("::1", "203.0.113.9"), "203.0.113.9");
    assert_string_equal(visitor_address("127.0.0.1", NULL), "127.0.0.1");
}

static void a_hash_is_the_same_for_a_day_and_another_the_next(void **state)
{
    static const uint8_t key[VISITOR_KEY] = "a key", other[VISITOR_KEY] = "another";
    uint8_t a[8], b[8];

    (void)state;
    visitor_hash(key, 20000, "192.0.2.1", a);
    visitor_hash(key, 20000, "192.0.2.1", b);
    assert_memory_equal(a, b, 8);
    visitor_hash(key, 20001, "192.0.2.1", b);
    assert_memory_not_equal(a, b, 8);
    visitor_hash(key, 20000, "192.0.2.2", b);
    assert_memory_not_equal(a, b, 8);
    visitor_hash(other, 20000, "192.0.2.1", b);
    assert_memory_not_equal(a, b, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_phones_browser_is_a_human),
        cmocka_unit_test(previews_crawlers_and_who_does_not_say_are_programs),
        cmocka_unit_test(another_machines_word_for_an_address_does_not_count),
        cmocka_unit_test(a_hash_is_the_same_for_a_day_and_another_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
