/* test_link_code.c - codes of short links: there and back, and nobody else's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "store/link.h"

static const uint8_t key[LINK_CODE_KEY] = "a key for tests";
#define ID UINT64_C(95420416000123)

static void a_code_leads_back_to_its_message_and_link(void **state)
{
    static const uint64_t ids[] = { 1, 2, ID, ID + 1, (UINT64_C(1) << 53) - 1 };

    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        for (unsigned n = 0; n < LINK_CODE_LINKS; n++) {
            char code[LINK_CODE_LENGTH];
            uint64_t id = 0;
            unsigned link = 99;
            link_code_write(key, ids[i], n, code);
            assert_true(link_code_read(key, code, sizeof(code), &id, &link));
            assert_true(id == ids[i] && link == n);
        }
    }
}

static void neighbours_have_nothing_in_common(void **state)
{
    char a[LINK_CODE_LENGTH], b[LINK_CODE_LENGTH], c[LINK_CODE_LENGTH];
    unsigned same = 0;

    (void)state;
    link_code_write(key, ID, 0, a);
    link_code_write(key, ID + 1, 0, b);
    link_code_write(key, ID, 1, c);
    for (size_t i = 0; i < sizeof(a); i++)
        same += (a[i] == b[i]) + (a[i] == c[i]);
    assert_in_range(same, 0, 5); /* of twenty; by chance a third of one */
}

static void another_key_makes_other_codes(void **state)
{
    static const uint8_t other[LINK_CODE_KEY] = "another key here";
    char code[LINK_CODE_LENGTH];
    uint64_t id = 0;
    unsigned n;

    (void)state;
    link_code_write(key, ID, 0, code);
    assert_false(link_code_read(other, code, sizeof(code), &id, &n) && id == ID);
}

/* A code made up names an id that is scattered over 2^53. Few are of the past at all: here those up
 * to the present of the tests. */
static void codes_made_up_rarely_even_name_the_past(void **state)
{
    char code[LINK_CODE_LENGTH];
    unsigned past = 0;

    (void)state;
    link_code_write(key, ID, 0, code);
    for (unsigned i = 0; i < 10000; i++) {
        char forged[LINK_CODE_LENGTH];
        uint64_t id;
        unsigned n;
        memcpy(forged, code, sizeof(code));
        forged[6] = "0123456789"[i % 10];
        forged[7] = "0123456789"[i / 10 % 10];
        forged[8] = "0123456789"[i / 100 % 10];
        forged[9] = "0123456789"[i / 1000 % 10];
        if (memcmp(forged, code, sizeof(code)) != 0 &&
            link_code_read(key, forged, sizeof(forged), &id, &n))
            past += id <= ID;
    }
    assert_in_range(past, 0, 150); /* 1 % of ids, and half of them fail the bit that must be 0 */
}

static void what_is_no_code_is_refused(void **state)
{
    static const char *const texts[] = { "",
                                         "123456789",
                                         "12345678901",
                                         "zzzzzzzzzz",
                                         "12345678-0",
                                         "\xc3\xa9"
                                         "12345678",
                                         "123456789\n" };
    uint64_t id;
    unsigned n;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(link_code_read(key, texts[i], strlen(texts[i]), &id, &n));
    assert_false(link_code_read(key,
                                "12345\0"
                                "7890",
                                10, &id, &n));
}

static void a_marker_is_as_long_as_the_link_that_takes_its_place(void **state)
{
    struct link_settings links = { .base = "https://r.ex" };
    struct arena arena;
    const char *mark;
    char text[100], *code;
    uint64_t id;
    unsigned n;

    (void)state;
    memcpy(links.secret, key, sizeof(key));
    arena_init(&arena);
    mark = link_marker(&links, 15, &arena);
    assert_int_equal(strlen(mark), strlen("https://r.ex/") + LINK_CODE_LENGTH);
    strcpy(text, "Ici ");
    strcat(text, mark);
    strcat(text, "!");
    link_fill(&links, ID, text);
    code = text + strlen("Ici https://r.ex/");
    assert_string_equal(code + LINK_CODE_LENGTH, "!");
    assert_true(link_code_read(links.secret, code, LINK_CODE_LENGTH, &id, &n));
    assert_true(id == ID && n == 15);
    strcpy(text, "rien /######### ici");
    link_fill(&links, ID, text);
    assert_string_equal(text, "rien /######### ici");
    arena_close(&arena);
}

static void the_same_address_is_one_link_and_there_is_a_bound(void **state)
{
    static const char urls[] = "abcdefghijklmnopq";
    struct link_list list = { .n = 0 };
    unsigned n;

    (void)state;
    for (unsigned i = 0; i < LINK_CODE_LINKS; i++) {
        assert_int_equal(link_list_add(&list, urls + i, &n), RC_OK);
        assert_int_equal(n, i);
    }
    assert_int_equal(link_list_add(&list, "cdefghijklmnopq", &n), RC_OK);
    assert_int_equal(n, 2);
    assert_int_equal(link_list_add(&list, "another", &n), RC_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_leads_back_to_its_message_and_link),
        cmocka_unit_test(neighbours_have_nothing_in_common),
        cmocka_unit_test(another_key_makes_other_codes),
        cmocka_unit_test(codes_made_up_rarely_even_name_the_past),
        cmocka_unit_test(what_is_no_code_is_refused),
        cmocka_unit_test(a_marker_is_as_long_as_the_link_that_takes_its_place),
        cmocka_unit_test(the_same_address_is_one_link_and_there_is_a_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
