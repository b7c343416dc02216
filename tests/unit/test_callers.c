/* test_callers.c - who calls is told by the token alone, and may what the configuration says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/callers.h"
#include "domain/role.h"

#define HOUSE  "test_callers.house"
#define MARIE  "test_callers.marie"
#define PIERRE "test_callers.pierre"

static const struct control_user users[] = {
    { "marie", MARIE, ROLE_READ | ROLE_WRITE },
    { "pierre", PIERRE, ROLE_READ | ROLE_APPROVE },
};

static int clean(void **state)
{
    (void)state;
    unlink(HOUSE);
    unlink(MARIE);
    unlink(PIERRE);
    return 0;
}

static void write_token(const char *path, const char *token)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fprintf(f, "%s\n", token);
    fclose(f);
    assert_int_equal(chmod(path, 0600), 0);
}

static void write_all(void)
{
    write_token(HOUSE, "the-house-has-this-one");
    write_token(MARIE, "marie-has-this-other-one");
    write_token(PIERRE, "pierre-has-yet-another");
}

static void each_token_has_its_name_and_its_rights(void **state)
{
    struct callers *callers;
    const struct caller *c;

    (void)state;
    write_all();
    assert_int_equal(callers_load(HOUSE, users, 2, &callers, NULL), RC_OK);
    c = callers_find(callers, "Bearer the-house-has-this-one");
    assert_non_null(c);
    assert_string_equal(c->name, CALLER_TOKEN_HOLDER);
    assert_true(c->roles & ROLE_ADMIN && c->roles & ROLE_APPROVE && c->roles & ROLE_WRITE);
    c = callers_find(callers, "Bearer marie-has-this-other-one");
    assert_string_equal(c->name, "marie");
    assert_int_equal(c->roles, ROLE_READ | ROLE_WRITE);
    c = callers_find(callers, "Bearer pierre-has-yet-another");
    assert_string_equal(c->name, "pierre");
    callers_free(callers);
}

static void any_other_is_nobody(void **state)
{
    static const char *const given[] = {
        NULL,
        "",
        "Bearer ",
        "Bearer marie",
        "bearer marie-has-this-other-one",
        "marie-has-this-other-one",
        "Bearer marie-has-this-other-one ",
        "Bearer marie-has-this-other-onE",
        "Bearer  marie-has-this-other-one",
    };
    struct callers *callers;

    (void)state;
    write_all();
    assert_int_equal(callers_load(HOUSE, users, 2, &callers, NULL), RC_OK);
    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
        assert_null(callers_find(callers, given[i]));
    callers_free(callers);
}

static void two_with_one_token_are_refused(void **state)
{
    struct callers *callers;
    struct error err;

    (void)state;
    write_all();
    write_token(PIERRE, "marie-has-this-other-one");
    assert_int_equal(callers_load(HOUSE, users, 2, &callers, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "marie and pierre have the same token"));
}

static void a_missing_token_is_made(void **state)
{
    struct callers *callers;
    struct stat st;

    (void)state;
    assert_int_equal(callers_load(HOUSE, users, 2, &callers, NULL), RC_OK);
    assert_int_equal(stat(MARIE, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    callers_free(callers);
}

static void a_role_means_what_it_implies(void **state)
{
    unsigned roles = 0;

    (void)state;
    assert_true(role_add("read", &roles));
    assert_int_equal(roles, ROLE_READ);
    assert_true(role_add("approve", &roles));
    assert_int_equal(roles, ROLE_READ | ROLE_APPROVE);
    roles = 0;
    assert_true(role_add("write", &roles));
    assert_int_equal(roles, ROLE_READ | ROLE_WRITE);
    assert_true(role_add("admin", &roles));
    assert_int_equal(roles, ROLE_READ | ROLE_WRITE | ROLE_APPROVE | ROLE_ADMIN);
    assert_false(role_add("Admin", &roles));
    assert_false(role_add("", &roles));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_token_has_its_name_and_its_rights, clean),
        cmocka_unit_test_setup(any_other_is_nobody, clean),
        cmocka_unit_test_setup(two_with_one_token_are_refused, clean),
        cmocka_unit_test_setup(a_missing_token_is_made, clean),
        cmocka_unit_test(a_role_means_what_it_implies),
    };

    return cmocka_run_group_tests(tests, NULL, clean);
}
