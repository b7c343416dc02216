/* test_mail_token.c - addresses that name what they are about: there and back, and nobody else's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/mail_token.h"

#define ID UINT64_C(95420416000123)

static const uint8_t key[MAIL_TOKEN_KEY_SIZE] = "a key for tests";

static void an_address_leads_back_to_its_kind_and_id(void **state)
{
    static const uint64_t ids[] = { 1, 2, ID, ID + 1, (UINT64_C(1) << 53) - 1, UINT64_MAX };
    static const char letters[] = "bruahn";

    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        for (enum mail_token_kind k = 0; k < MAIL_TOKEN_KINDS; k++) {
            char local[MAIL_TOKEN_SIZE + 2];
            enum mail_token_kind kind = MAIL_TOKEN_KINDS;
            uint64_t id = 0;

            mail_token_local(key, k, ids[i], local);
            assert_int_equal(local[0], letters[k]);
            assert_int_equal(local[1], '-');
            assert_int_equal(strlen(local), MAIL_TOKEN_SIZE + 1);
            assert_true(mail_token_read(key, local, strlen(local), &kind, &id));
            assert_true(kind == k && id == ids[i]);
        }
    }
}

static void upper_case_and_lower_case_are_the_same(void **state)
{
    char local[MAIL_TOKEN_SIZE + 2];
    enum mail_token_kind kind;
    uint64_t id = 0;

    (void)state;
    mail_token_local(key, MAIL_TOKEN_REPLY, ID, local);
    for (size_t i = 0; local[i]; i++) {
        assert_false(local[i] >= 'A' && local[i] <= 'Z');
        if (local[i] >= 'a' && local[i] <= 'z' && i % 3)
            local[i] = (char)(local[i] - 'a' + 'A');
    }
    assert_true(mail_token_read(key, local, strlen(local), &kind, &id));
    assert_int_equal(kind, MAIL_TOKEN_REPLY);
    assert_true(id == ID);
    local[0] = 'R';
    assert_true(mail_token_read(key, local, strlen(local), &kind, &id));
}

static void a_token_of_one_kind_is_none_of_another(void **state)
{
    char local[MAIL_TOKEN_SIZE + 2];
    enum mail_token_kind kind;
    uint64_t id;

    (void)state;
    mail_token_local(key, MAIL_TOKEN_BOUNCE, ID, local);
    local[0] = 'u';
    assert_false(mail_token_read(key, local, strlen(local), &kind, &id));
    assert_false(
        mail_token_read_as(key, MAIL_TOKEN_UNSUBSCRIBE, local + 2, MAIL_TOKEN_SIZE - 1, &id));
    assert_true(mail_token_read_as(key, MAIL_TOKEN_BOUNCE, local + 2, MAIL_TOKEN_SIZE - 1, &id));
    assert_true(id == ID);
}

static void a_token_of_another_key_is_none_of_ours(void **state)
{
    static const uint8_t other[MAIL_TOKEN_KEY_SIZE] = "another key for tests";
    char local[MAIL_TOKEN_SIZE + 2];
    enum mail_token_kind kind;
    uint64_t id;

    (void)state;
    mail_token_local(other, MAIL_TOKEN_REPLY, ID, local);
    assert_false(mail_token_read(key, local, strlen(local), &kind, &id));
}

/* Each digit stands for itself, the two bits that are too many among them. */
static void one_digit_changed_makes_it_nothing(void **state)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    char token[MAIL_TOKEN_SIZE];
    uint64_t id;

    (void)state;
    mail_token_write(key, MAIL_TOKEN_ALERT, ID, token);
    for (size_t i = 0; i < MAIL_TOKEN_SIZE - 1; i++) {
        const char was = token[i];
        for (const char *d = digits; *d; d++) {
            token[i] = *d;
            assert_int_equal(mail_token_read_as(key, MAIL_TOKEN_ALERT, token, strlen(token), &id),
                             *d == was);
        }
        token[i] = was;
    }
}

static void what_is_no_token_is_refused(void **state)
{
    static const char *const locals[] = {
        "",
        "r",
        "r-",
        "contact",
        "r-aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "r-aaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "r-0000000000000000000000000 ",
        "x-aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "r+aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "r-\xc3\xa9"
        "aaaaaaaaaaaaaaaaaaaaaaaa",
    };
    enum mail_token_kind kind;
    char local[MAIL_TOKEN_SIZE + 2];
    uint64_t id;

    (void)state;
    for (size_t i = 0; i < sizeof(locals) / sizeof(locals[0]); i++)
        assert_false(mail_token_read(key, locals[i], strlen(locals[i]), &kind, &id));
    mail_token_local(key, MAIL_TOKEN_REPLY, ID, local);
    for (size_t i = 0; i < sizeof(local) - 1; i++) {
        const char was = local[i];
        local[i] = '\0';
        assert_false(mail_token_read(key, local, sizeof(local) - 1, &kind, &id));
        local[i] = was;
        assert_false(mail_token_read(key, local, i, &kind, &id));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_leads_back_to_its_kind_and_id),
        cmocka_unit_test(upper_case_and_lower_case_are_the_same),
        cmocka_unit_test(a_token_of_one_kind_is_none_of_another),
        cmocka_unit_test(a_token_of_another_key_is_none_of_ours),
        cmocka_unit_test(one_digit_changed_makes_it_nothing),
        cmocka_unit_test(what_is_no_token_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
