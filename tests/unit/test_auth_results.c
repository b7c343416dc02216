/* test_auth_results.c - who vouches for From, as our own MTA says (RFC 8601). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/auth_results.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define MX           "mx.relais.example"

static enum mail_proof judge(const char *header)
{
    return auth_results_judge(&header, 1, MX, "anne@mail.bank.example");
}

static void a_pass_that_is_aligned_counts(void **state)
{
    static const struct {
        const char *header;
        enum mail_proof proof;
    } rows[] = {
        { MX "; dkim=pass header.d=mail.bank.example", MAIL_BY_DKIM },
        { MX "; dkim=pass header.d=bank.example", MAIL_BY_DKIM },
        { MX "; dkim=pass header.i=@bank.example header.s=k header.b=abc", MAIL_BY_DKIM },
        { MX "; dkim=pass header.d=bank.example header.i=@sub.mail.bank.example", MAIL_BY_DKIM },
        { MX "; spf=pass smtp.mailfrom=bounce-1=x@bank.example", MAIL_BY_SPF },
        { MX "; spf=pass smtp.mailfrom=bank.example", MAIL_BY_SPF },
        { MX "; dmarc=pass (p=REJECT) header.from=mail.bank.example", MAIL_BY_DMARC },
        { MX ";\r\n\tspf=pass (ip 192.0.2.1) smtp.mailfrom=bank.example;\r\n\tdmarc=pass"
             " header.from=mail.bank.example; dkim=fail header.d=evil.example",
          MAIL_BY_DMARC },
        { "MX.Relais.EXAMPLE 1; DKIM / 1 = PASS reason = \"good; sig\" Header.D = Bank.Example",
          MAIL_BY_DKIM },
        { MX " (v(1)) (\\)) ; dkim (x) = (y) pass header (z) . d = bank.example", MAIL_BY_DKIM },
        { MX "; auth=pass (plain) smtp.auth=anne; x-y=pass; spf=pass smtp.mailfrom=bank.example",
          MAIL_BY_SPF },
        { MX "; spf=pass smtp.mailfrom=\"a b;c\"@bank.example", MAIL_BY_SPF },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (judge(rows[i].header) != rows[i].proof)
            fail_msg("%s: %s", rows[i].header, mail_proof_name(judge(rows[i].header)));
    }
}

static void all_else_proves_nothing(void **state)
{
    static const char *const headers[] = {
        "",
        MX,
        MX "; none",
        MX "; dkim=fail header.d=bank.example",
        MX "; dkim=passable header.d=bank.example",
        MX "; dkim=pass header.d=evil.example",
        MX "; dkim=pass header.d=notbank.example",
        MX "; dkim=pass header.d=sub.mail.bank.example", /* below From: somebody else's, maybe */
        MX "; dkim=pass header.d=example",
        MX "; dkim=pass header.d=.bank.example",
        MX "; dkim=pass header.d=",
        MX "; dkim=pass",
        MX "; dkim=pass header.i=@evil.example",
        MX "; dkim=pass header.d=evil.example header.i=@bank.example",
        MX "; dkim=pass header.d=bank.example header.d=evil.example",
        MX "; dkim=pass header.from=bank.example",
        MX "; spf=pass smtp.helo=bank.example",
        MX "; spf=softfail smtp.mailfrom=bank.example",
        MX "; dmarc=pass header.from=evil.example",
        MX "; arc=pass header.d=bank.example",
        "mx.evil.example; dkim=pass header.d=bank.example",
        MX ".evil.example; dkim=pass header.d=bank.example",
        "dkim=pass header.d=bank.example",
        "; dkim=pass header.d=bank.example",
        "(x) " MX "; dkim=pass header.d=bank.example", /* a filter in front may not know these */
        "\"" MX "\"; dkim=pass header.d=bank.example",
        " " MX "; dkim=pass header.d=bank.example",
        MX "(x); dkim=pass header.d=bank.example",
        MX "=; dkim=pass header.d=bank.example",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(headers); i++) {
        if (judge(headers[i]) != MAIL_UNPROVED)
            fail_msg("%s: %s", headers[i], mail_proof_name(judge(headers[i])));
    }
}

/* What a stranger may choose: the envelope's local part, the reason that a server gives. */
static void results_within_quotes_and_comments_are_none(void **state)
{
    static const char *const headers[] = {
        MX "; spf=pass smtp.mailfrom=\"x; dkim=pass header.d=bank.example\"@evil.example",
        MX "; spf=pass smtp.mailfrom=\"x\\\"; dkim=pass header.d=bank.example; \"@evil.example",
        MX "; spf=pass smtp.mailfrom=\"bank.example\"@evil.example",
        MX "; spf=none (x; dkim=pass header.d=bank.example)",
        MX "; spf=none (x\\); dkim=pass header.d=bank.example",
        MX "; spf=none ((x); dkim=pass header.d=bank.example",
        MX "; spf=none reason=\"; dkim=pass header.d=bank.example",
        MX "; spf=none reason=\"; dkim=pass header.d=bank.example\"",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(headers); i++) {
        if (judge(headers[i]) != MAIL_UNPROVED)
            fail_msg("%s: %s", headers[i], mail_proof_name(judge(headers[i])));
    }
}

static void the_strongest_of_our_own_headers_holds(void **state)
{
    static const char *const headers[] = {
        "mx.evil.example; dmarc=pass header.from=bank.example",
        MX "; spf=pass smtp.mailfrom=bank.example",
        MX "; dkim=pass header.d=bank.example",
        MX "; spf=fail smtp.mailfrom=bank.example",
    };

    (void)state;
    assert_int_equal(auth_results_judge(headers, 4, MX, "anne@bank.example"), MAIL_BY_DKIM);
    assert_int_equal(auth_results_judge(headers, 2, MX, "anne@bank.example"), MAIL_BY_SPF);
    assert_int_equal(auth_results_judge(headers, 1, MX, "anne@bank.example"), MAIL_UNPROVED);
    assert_int_equal(auth_results_judge(headers, 0, MX, "anne@bank.example"), MAIL_UNPROVED);
}

static void what_the_topmost_says_about_a_method_is_not_made_good_below(void **state)
{
    static const char *const headers[] = {
        MX "; dkim=fail header.d=bank.example; spf=none",
        MX "; dkim=pass header.d=bank.example; spf=pass smtp.mailfrom=bank.example",
    };
    static const char *const broken[] = {
        MX "; dkim fail; dmarc=fail header.from=bank.example",
        MX "; dkim=pass header.d=bank.example; dmarc=pass header.from=bank.example",
    };

    (void)state;
    assert_int_equal(auth_results_judge(headers, 2, MX, "anne@bank.example"), MAIL_UNPROVED);
    assert_int_equal(auth_results_judge(headers + 1, 1, MX, "anne@bank.example"), MAIL_BY_DKIM);
    assert_int_equal(auth_results_judge(broken, 2, MX, "anne@bank.example"), MAIL_UNPROVED);
}

static void of_two_signatures_one_that_is_good_is_enough(void **state)
{
    (void)state;
    assert_int_equal(judge(MX "; dkim=fail header.d=list.example; dkim=pass header.d=bank.example"),
                     MAIL_BY_DKIM);
    assert_int_equal(judge(MX "; dkim=pass header.d=bank.example; dkim=fail header.d=list.example"),
                     MAIL_BY_DKIM);
}

static void nobody_is_trusted_until_a_name_is_configured(void **state)
{
    static const char *const headers[] = { "; dkim=pass header.d=bank.example" };
    static const char *const ours[] = { MX "; dkim=pass header.d=bank.example" };

    (void)state;
    assert_int_equal(auth_results_judge(headers, 1, "", "anne@bank.example"), MAIL_UNPROVED);
    assert_int_equal(auth_results_judge(ours, 1, MX, "anne"), MAIL_UNPROVED);
    assert_int_equal(auth_results_judge(ours, 1, MX, "anne@"), MAIL_UNPROVED);
    assert_int_equal(auth_results_judge(ours, 1, MX, ""), MAIL_UNPROVED);
}

static void a_word_without_end_is_nobody(void **state)
{
    char header[4000] = MX "; dkim=pass header.d=";
    size_t len = strlen(header);

    (void)state;
    memset(header + len, 'x', 3000);
    strcpy(header + len + 3000, ".bank.example");
    assert_int_equal(judge(header), MAIL_UNPROVED);
    strcpy(header + len + 3000, "; spf=pass smtp.mailfrom=bank.example");
    assert_int_equal(judge(header), MAIL_BY_SPF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pass_that_is_aligned_counts),
        cmocka_unit_test(all_else_proves_nothing),
        cmocka_unit_test(results_within_quotes_and_comments_are_none),
        cmocka_unit_test(the_strongest_of_our_own_headers_holds),
        cmocka_unit_test(what_the_topmost_says_about_a_method_is_not_made_good_below),
        cmocka_unit_test(of_two_signatures_one_that_is_good_is_enough),
        cmocka_unit_test(nobody_is_trusted_until_a_name_is_configured),
        cmocka_unit_test(a_word_without_end_is_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
