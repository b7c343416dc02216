/* routes.c - which route a path means. */
#include "control/routes.h"

#include <stdio.h>
#include <string.h>

#include "base/near_name.h"
#include "domain/role.h"

static const struct {
    const struct route *routes;
    const size_t *n;
} families[] = {
    { alert_routes, &n_alert_routes },
    { audience_routes, &n_audience_routes },
    { campaign_routes, &n_campaign_routes },
    { campaign_when_routes, &n_campaign_when_routes },
    { campaign_words_routes, &n_campaign_words_routes },
    { consent_routes, &n_consent_routes },
    { contact_routes, &n_contact_routes },
    { contact_result_routes, &n_contact_result_routes },
    { customer_routes, &n_customer_routes },
    { customer_edit_routes, &n_customer_edit_routes },
    { customer_merge_routes, &n_customer_merge_routes },
    { escalation_routes, &n_escalation_routes },
    { gateway_routes, &n_gateway_routes },
    { goods_routes, &n_goods_routes },
    { import_routes, &n_import_routes },
    { inbound_routes, &n_inbound_routes },
    { mail_routes, &n_mail_routes },
    { mail_in_routes, &n_mail_in_routes },
    { message_routes, &n_message_routes },
    { occasion_routes, &n_occasion_routes },
    { plan_routes, &n_plan_routes },
    { partner_routes, &n_partner_routes },
    { privacy_routes, &n_privacy_routes },
    { report_routes, &n_report_routes },
    { results_routes, &n_results_routes },
    { retention_routes, &n_retention_routes },
    { staff_routes, &n_staff_routes },
    { status_routes, &n_status_routes },
    { suppression_routes, &n_suppression_routes },
    { task_routes, &n_task_routes },
    { template_routes, &n_template_routes },
    { text_routes, &n_text_routes },
};

void route_each(void (*tell)(void *arg, const struct route *route), void *arg)
{
    for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
        for (size_t i = 0; i < *families[f].n; i++)
            tell(arg, &families[f].routes[i]);
    }
}

unsigned route_needs(const struct route *route)
{
    switch (route->right) {
    case RIGHT_ANYBODY:
        return 0;
    case RIGHT_TOKEN:
        return strcmp(route->method, "GET") == 0 ? ROLE_READ : ROLE_WRITE;
    case RIGHT_READ:
        return ROLE_READ;
    case RIGHT_APPROVE:
        return ROLE_APPROVE;
    case RIGHT_ADMIN:
        return ROLE_ADMIN;
    }
    return ROLE_ADMIN;
}

bool route_takes(const struct route *route, const char *field, const char **nearest)
{
    struct near_name near = near_name_to(field);

    for (size_t i = 0; route->body && route->body[i]; i++) {
        if (strcmp(route->body[i], field) == 0)
            return true;
        near_name_try(&near, route->body[i]);
    }
    *nearest = near.name;
    return false;
}

bool route_parse_id(const char *text, size_t len, uint64_t *id)
{
    uint64_t value = 0;

    if (len == 0 || len > 19)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *id = value;
    return true;
}

bool route_is_of_customer(const struct route *route)
{
    static const char prefix[] = "/v1/customers/{id}";

    return strncmp(route->pattern, prefix, strlen(prefix)) == 0;
}

static bool same_segment(const char *pattern, size_t pattern_len, const char *path, size_t len,
                         struct route_match *match)
{
    if (pattern_len == 4 && memcmp(pattern, "{id}", 4) == 0)
        return route_parse_id(path, len, &match->id);
    if (pattern_len == 6 && memcmp(pattern, "{name}", 6) == 0) {
        if (len == 0 || len >= sizeof(match->word))
            return false;
        snprintf(match->word, sizeof(match->word), "%.*s", (int)len, path);
        return true;
    }
    return pattern_len == len && memcmp(pattern, path, len) == 0;
}

static bool same_path(const char *pattern, const char *path, struct route_match *match)
{
    while (*pattern == '/' && *path == '/') {
        size_t a = strcspn(++pattern, "/"), b = strcspn(++path, "/");
        if (!same_segment(pattern, a, path, b, match))
            return false;
        pattern += a;
        path += b;
    }
    return !*pattern && !*path;
}

struct search {
    const char *method, *path;
    struct route_match *match;
};

static void try_route(void *arg, const struct route *route)
{
    struct search *s = arg;
    struct route_match found = { 0 };
    size_t used = strlen(s->match->allow);

    if (s->match->route || !same_path(route->pattern, s->path, &found))
        return;
    if (strcmp(route->method, s->method) == 0) {
        found.route = route;
        *s->match = found;
        return;
    }
    s->match->other_method = true;
    snprintf(s->match->allow + used, sizeof(s->match->allow) - used, "%s%s", used ? ", " : "",
             route->method);
}

void route_find(const char *method, const char *path, struct route_match *match)
{
    struct search s = { method, path, match };

    *match = (struct route_match){ 0 };
    route_each(try_route, &s);
}
