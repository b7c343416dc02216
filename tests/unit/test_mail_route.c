/* test_mail_route.c - which queue a mail waits in. */
#include "domain/mail_route.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static const char *const domains[] = { "gmail.com", "orange.fr" };
static const struct route_table table = { .mail_domains = domains, .n_mail_domains = 2 };

static void a_domain_with_limits_has_a_queue_of_its_own(void **state)
{
    char name[QUEUE_NAME_MAX + 1];

    (void)state;
    mail_queue_name(&table, "ana@gmail.com", name);
    assert_string_equal(name, "mail gmail.com");
    mail_queue_name(&table, "ana@GMail.COM", name);
    assert_string_equal(name, "mail gmail.com");
    mail_queue_name(&table, "\"a@b\"@orange.fr", name);
    assert_string_equal(name, "mail orange.fr");
}

static void all_others_have_one(void **state)
{
    char name[QUEUE_NAME_MAX + 1];

    (void)state;
    mail_queue_name(&table, "ana@notgmail.com", name);
    assert_string_equal(name, "mail");
    mail_queue_name(&table, "gmail.com", name);
    assert_string_equal(name, "mail");
    mail_queue_name(NULL, "ana@gmail.com", name);
    assert_string_equal(name, "mail");
}

static void a_queue_says_its_domain(void **state)
{
    (void)state;
    assert_string_equal(mail_queue_domain("mail gmail.com"), "gmail.com");
    assert_null(mail_queue_domain("mail"));
    assert_null(mail_queue_domain("mailing gmail.com"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_domain_with_limits_has_a_queue_of_its_own),
        cmocka_unit_test(all_others_have_one),
        cmocka_unit_test(a_queue_says_its_domain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
