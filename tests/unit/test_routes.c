/* test_routes.c - which route a path means, and that the table keeps its own rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "control/exchange.h"
#include "control/routes.h"

static const struct {
    const char *method, *path, *pattern; /* pattern NULL: none */
    const char *allow;
} paths[] = {
    { "GET", "/v1/status", "/v1/status", "" },
    { "GET", "/v1/campaigns/12", "/v1/campaigns/{id}", "" },
    { "POST", "/v1/campaigns/12/start", "/v1/campaigns/{id}/start", "" },
    { "POST", "/v1/campaigns/preview", "/v1/campaigns/preview", "" },
    { "PUT", "/v1/templates/soldes d'été", "/v1/templates/{name}", "" },
    { "DELETE", "/v1/campaigns", NULL, "GET, POST" },
    { "", "/v1/status", NULL, "GET" },
    { "GET", "/v1/campaigns/twelve", NULL, "" },
    { "GET", "/v1/campaigns/-1", NULL, "" },
    { "GET", "/v1/campaigns/99999999999999999999", NULL, "" },
    { "GET", "/v1/status/", NULL, "" },
    { "GET", "/v1/statusx", NULL, "" },
    { "GET", "/v1", NULL, "" },
    { "GET", "//v1/status", NULL, "" },
    { "GET", "", NULL, "" },
    { "GET", "/v1/templates/", NULL, "" },
};

static void a_path_means_one_route_or_none(void **state)
{
    struct route_match match;

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        route_find(paths[i].method, paths[i].path, &match);
        if (!paths[i].pattern != !match.route)
            fail_msg("%s %s", paths[i].method, paths[i].path);
        if (paths[i].pattern)
            assert_string_equal(match.route->pattern, paths[i].pattern);
        assert_string_equal(match.allow, paths[i].allow);
        assert_int_equal(match.other_method, paths[i].allow[0] != '\0');
    }
}

static void the_places_of_a_path_are_taken_out_of_it(void **state)
{
    struct route_match match;

    (void)state;
    route_find("GET", "/v1/imports/9007199254740993/rejects", &match);
    assert_int_equal(match.id, UINT64_C(9007199254740993));
    route_find("GET", "/v1/partners/colis/customers", &match);
    assert_string_equal(match.word, "colis");
}

static void a_name_that_is_too_long_is_no_name(void **state)
{
    char path[400] = "/v1/templates/";
    struct route_match match;
    size_t len = strlen(path);

    (void)state;
    memset(path + len, 'x', EXCHANGE_WORD_SIZE);
    path[len + EXCHANGE_WORD_SIZE] = '\0';
    route_find("GET", path, &match);
    assert_null(match.route);
    path[len + EXCHANGE_WORD_SIZE - 1] = '\0';
    route_find("GET", path, &match);
    assert_non_null(match.route);
}

static void check_route(void *arg, const struct route *route)
{
    size_t *open = arg, n = 0;

    assert_non_null(route->help);
    assert_true(strncmp(route->pattern, "/v1/", 4) == 0 || route->right == RIGHT_ANYBODY);
    assert_false(route->run && route->run_on_loop);
    while (route->query[n])
        n++;
    assert_true(n <= ROUTE_QUERY_MAX);
    *open += route->right == RIGHT_ANYBODY;
}

static void only_health_metrics_and_the_list_need_no_token(void **state)
{
    size_t open = 0;

    (void)state;
    route_each(check_route, &open);
    assert_int_equal(open, 3);
}

static void a_field_that_a_route_does_not_take_is_known_by_its_nearest(void **state)
{
    static const struct {
        const char *method, *path, *field, *nearest;
    } slips[] = {
        { "POST", "/v1/campaigns", "audiance", "audience" },
        { "POST", "/v1/campaigns", "chanel", "channel" },
        { "POST", "/v1/campaigns", "Audience", "audience" },
        { "POST", "/v1/campaigns", "banana", NULL },
        { "PUT", "/v1/templates/a", "subjekt", "subject" },
        { "PATCH", "/v1/customers/1", "fone", "phone" },
        { "POST", "/v1/campaigns/1/start", "audience", NULL },
    };
    const char *nearest;
    struct route_match match;

    (void)state;
    for (size_t i = 0; i < sizeof(slips) / sizeof(slips[0]); i++) {
        route_find(slips[i].method, slips[i].path, &match);
        assert_non_null(match.route);
        assert_false(route_takes(match.route, slips[i].field, &nearest));
        if (slips[i].nearest)
            assert_string_equal(nearest, slips[i].nearest);
        else
            assert_null(nearest);
    }
    route_find("POST", "/v1/campaigns", &match);
    assert_true(route_takes(match.route, "audience", &nearest));
}

static void check_body(void *arg, const struct route *route)
{
    (void)arg;
    for (size_t i = 0; route->body && route->body[i]; i++) {
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(route->body[i], route->body[k]);
    }
    if (route->body)
        assert_string_not_equal(route->method, "GET");
}

static void a_body_names_each_field_once(void **state)
{
    (void)state;
    route_each(check_body, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_means_one_route_or_none),
        cmocka_unit_test(the_places_of_a_path_are_taken_out_of_it),
        cmocka_unit_test(a_name_that_is_too_long_is_no_name),
        cmocka_unit_test(a_field_that_a_route_does_not_take_is_known_by_its_nearest),
        cmocka_unit_test(a_body_names_each_field_once),
        cmocka_unit_test(only_health_metrics_and_the_list_need_no_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
