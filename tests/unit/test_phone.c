/* test_phone.c - numbers as people write them, and the short way held against the long one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/phone.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void numbers_as_people_write_them_become_e164(void **state)
{
    static const char *const rows[][3] = {
        { "06 12 34 56 78", "FR", "+33612345678" },
        { "0612345678", "FR", "+33612345678" },
        { "06.12.34.56.78", "FR", "+33612345678" },
        { "06-12-34-56-78", "FR", "+33612345678" },
        { "06/12/34/56/78", "FR", "+33612345678" },
        { " 06 12 34 56 78 ", "FR", "+33612345678" },
        { "06  12 34 56 78", "FR", "+33612345678" },
        { "06\u00a012\u00a034\u00a056\u00a078", "FR", "+33612345678" },
        { "+33612345678", "FR", "+33612345678" },
        { "+33 6 12 34 56 78", "FR", "+33612345678" },
        { "+33 (0)6 12 34 56 78", "FR", "+33612345678" },
        { "+33(0)612345678", "FR", "+33612345678" },
        { "0033612345678", "FR", "+33612345678" },
        { "0033 6 12 34 56 78", "FR", "+33612345678" },
        { "Tél. 06 12 34 56 78", "FR", "+33612345678" },
        { "07 81 23 45 67", "FR", "+33781234567" },
        { "01 42 68 53 00", "FR", "+33142685300" },
        { "+32 470 12 34 56", "FR", "+32470123456" },
        { "0470 12 34 56", "BE", "+32470123456" },
        { "+33612345678", "BE", "+33612345678" },
        { "+41 79 123 45 67", "FR", "+41791234567" },
        { "+1 201 555 0123", "FR", "+12015550123" },
        { "+262 692 12 34 56", "FR", "+262692123456" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[E164_SIZE] = "";
        enum phone_fault fault = PHONE_EMPTY;
        enum rc rc = phone_to_e164(rows[i][0], rows[i][1], out, &fault);

        if (rc || strcmp(out, rows[i][2]) != 0)
            fail_msg("\"%s\" in %s: \"%s\" (%s)", rows[i][0], rows[i][1], out,
                     rc ? phone_fault_name(fault) : "");
    }
}

static void what_is_no_number_says_why(void **state)
{
    static const struct {
        const char *text;
        enum phone_fault fault;
    } rows[] = {
        { "", PHONE_EMPTY },
        { "  \t", PHONE_EMPTY },
        { "néant", PHONE_NOT_A_NUMBER },
        { "-", PHONE_NOT_A_NUMBER },
        { "jean@example.fr", PHONE_NOT_A_NUMBER },
        { "0612ABC345", PHONE_NOT_A_NUMBER },
        { "06 12 34 56 78 poste 4", PHONE_NOT_A_NUMBER },
        { "06\xff"
          "12345678",
          PHONE_NOT_A_NUMBER },
        { "061234", PHONE_TOO_SHORT },
        { "06 12 34 56 7", PHONE_INVALID }, /* the library counts the 0: a length that France has */
        { "+33", PHONE_NOT_A_NUMBER },
        { "06 12 34 56 78 9", PHONE_TOO_LONG },
        { "06 12 34 56 78 06 98 76 54 32", PHONE_TOO_LONG },
        { "06 39 12 34 56", PHONE_INVALID }, /* a range that nobody has */
        { "00 00 00 00 00", PHONE_INVALID },
        { "+999 123456789", PHONE_INVALID },
        { "12345678901234567890123456789012345678901234567890123456789012345", PHONE_NOT_A_NUMBER },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[E164_SIZE] = "before";
        enum phone_fault fault = PHONE_EMPTY;
        enum rc rc = phone_to_e164(rows[i].text, "FR", out, &fault);

        if (rc != RC_INVALID || fault != rows[i].fault)
            fail_msg("\"%s\": %s", rows[i].text, rc ? phone_fault_name(fault) : out);
        assert_string_equal(out, "before");
        assert_non_null(phone_fault_reason(fault));
    }
}

static void a_region_that_does_not_exist_is_a_fault_and_no_crash(void **state)
{
    char out[E164_SIZE];
    enum phone_fault fault;

    (void)state;
    assert_int_equal(phone_to_e164("0612345678", "", out, &fault), RC_INVALID);
    assert_int_equal(phone_to_e164("0612345678", "ZZ", out, &fault), RC_INVALID);
    assert_int_equal(phone_to_e164("+33612345678", "ZZ", out, &fault), RC_OK);
}

/*
 * A plain number goes the short way, the same one with a space in front goes to the library. Every
 * prefix of four digits, with tails from end to end; the short way must never have another answer.
 */
static void the_short_way_answers_as_the_library_does(void **state)
{
    static const char *const tails[] = { "00000", "12345", "99999", "" };

    (void)state;
    srand(7);
    for (int prefix = 6000; prefix < 8000; prefix++) {
        for (size_t i = 0; i < COUNT(tails); i++) {
            char plain[32], spaced[40], a[E164_SIZE] = "", b[E164_SIZE] = "";
            enum phone_fault fault;
            enum rc rc;

            if (tails[i][0])
                snprintf(plain, sizeof(plain), "+33%d%s", prefix, tails[i]);
            else
                snprintf(plain, sizeof(plain), "0%d%05d", prefix, rand() % 100000);
            snprintf(spaced, sizeof(spaced), " %s", plain);
            rc = phone_to_e164(plain, "FR", a, &fault);
            assert_int_equal(phone_to_e164(spaced, "FR", b, &fault), rc);
            assert_string_equal(a, b);
        }
    }
}

static void noise_does_no_harm(void **state)
{
    static const char alphabet[] = "0123456789+() .-/;ext=x#*~\xc3\xa9\xe2\x80\x8b\xff";
    char out[E164_SIZE];
    enum phone_fault fault;

    (void)state;
    srand(3);
    for (int round = 0; round < 5000; round++) {
        char text[80];
        size_t len = (size_t)rand() % (sizeof(text) - 1);
        for (size_t i = 0; i < len; i++)
            text[i] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
        text[len] = '\0';
        if (phone_to_e164(text, "FR", out, &fault) == RC_OK) {
            assert_true(strlen(out) >= 8 && strlen(out) < E164_SIZE);
            assert_int_equal(out[0], '+');
            assert_int_equal(strspn(out + 1, "0123456789"), strlen(out + 1));
        }
    }
}

static void an_example_is_a_valid_number_of_its_country(void **state)
{
    char example[E164_SIZE], again[E164_SIZE];
    enum phone_fault fault;

    (void)state;
    assert_int_equal(phone_example("FR", example), RC_OK);
    assert_memory_equal(example, "+33", 3);
    assert_int_equal(phone_to_e164(example, "BE", again, &fault), RC_OK);
    assert_string_equal(example, again);
    assert_int_equal(phone_example("BE", example), RC_OK);
    assert_memory_equal(example, "+32", 3);
    assert_int_equal(phone_example("QQ", example), RC_NOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_as_people_write_them_become_e164),
        cmocka_unit_test(what_is_no_number_says_why),
        cmocka_unit_test(a_region_that_does_not_exist_is_a_fault_and_no_crash),
        cmocka_unit_test(the_short_way_answers_as_the_library_does),
        cmocka_unit_test(an_example_is_a_valid_number_of_its_country),
        cmocka_unit_test(noise_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
