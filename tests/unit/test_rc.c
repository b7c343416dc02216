/* test_rc.c - every code has a name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rc.h"

static void every_code_has_a_name_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(rc_name(RC_OK), "ok");
    for (int a = RC_OK; a <= RC_FAIL; a++) {
        assert_string_not_equal(rc_name((enum rc)a), "?");
        for (int b = RC_OK; b < a; b++)
            assert_string_not_equal(rc_name((enum rc)a), rc_name((enum rc)b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_name_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
