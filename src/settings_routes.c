/* settings_routes.c - from the texts of relais.conf to routes, tariffs, hours and limits. */
#include "settings_routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/mail_route.h"
#include "flow/postman.h"
#include "settings.h"

#define DEFAULT_ROUTE "default"
#define WEIGHT_MAX    1000
#define COST_MAX      100000000

/* Where a fault is told: "relais.conf:12: route.fr.prefixes". */
struct key_place {
    const char *path, *section, *title, *key;
    int line;
};

static enum rc refuse(const struct key_place *p, struct error *err, const char *expected,
                      const char *got)
{
    return error_set(err, RC_INVALID, "%s:%d: %s.%s.%s: expected %s, got '%s'", p->path, p->line,
                     p->section, p->title, p->key, expected, got);
}

static bool is_prefix(const char *text)
{
    size_t digits = text[0] == '+' ? strspn(text + 1, "0123456789") : 0;

    return digits > 0 && digits <= 15 && !text[1 + digits];
}

static bool read_number(const char *text, int64_t max, int64_t *out)
{
    char *end;
    long long n = strtoll(text, &end, 10);

    if (end == text || *end || n < 0 || n > max)
        return false;
    *out = n;
    return true;
}

/* "name rest" in two; *rest is "" when there is no space. */
static char *cut_word(struct arena *arena, const char *text, const char **rest)
{
    size_t len = strcspn(text, " ");

    *rest = text + len + strspn(text + len, " ");
    return arena_copy(arena, text, len);
}

/* --- hours --- */

static enum rc read_hours(const struct key_place *p, const struct config_texts *texts,
                          struct hours *hours, struct error *err)
{
    for (size_t i = 0; i < texts->n; i++) {
        struct error why;
        if (hours_add(hours, texts->items[i], &why))
            return error_set(err, RC_INVALID, "%s:%d: %s.%s.hours: %s", p->path, p->line,
                             p->section, p->title, why.text);
    }
    return RC_OK;
}

/* --- carriers: costs and limits --- */

static enum rc read_costs(struct settings *s, const struct key_place *p,
                          const struct config_texts *texts, struct route_carrier *c,
                          struct error *err)
{
    static const char expected[] =
        "thousandths of a cent, alone or behind a prefix: \"4500\", \"+32 6000\"";
    struct route_tariff *tariffs = arena_alloc(&s->arena, (texts->n + 1) * sizeof(*tariffs));

    if (!tariffs)
        return error_set(err, RC_FAIL, "no memory");
    c->millicents = s->sms.segment_cost_millicents;
    c->tariffs = tariffs;
    for (size_t i = 0; i < texts->n; i++) {
        const char *text = texts->items[i], *rest;
        const char *prefix = cut_word(&s->arena, text, &rest);
        if (!prefix)
            return error_set(err, RC_FAIL, "no memory");
        if (!*rest) {
            if (!read_number(text, COST_MAX, &c->millicents))
                return refuse(p, err, expected, text);
            continue;
        }
        if (!is_prefix(prefix) || !read_number(rest, COST_MAX, &tariffs[c->n_tariffs].millicents))
            return refuse(p, err, expected, text);
        tariffs[c->n_tariffs++].prefix = prefix;
    }
    return RC_OK;
}

static enum rc read_carriers(struct settings *s, const char *path, struct settings_routes *out,
                             struct error *err)
{
    const struct smpp_carrier_settings *set = s->carriers.items;
    size_t n = s->carriers.n;
    struct route_carrier *carriers = arena_alloc(&s->arena, (n + 1) * sizeof(*carriers));
    enum rc rc = RC_OK;

    out->carrier_bounds = arena_alloc(&s->arena, (n + 1) * sizeof(*out->carrier_bounds));
    if (!carriers || !out->carrier_bounds)
        return error_set(err, RC_FAIL, "no memory");
    for (size_t i = 0; !rc && i < n; i++) {
        struct key_place p = { path, "carrier", set[i].head.title, "costs", set[i].head.line };
        carriers[i] = (struct route_carrier){ .name = set[i].head.title };
        out->carrier_bounds[i] = (struct gateway_bounds){ .daily_cap = set[i].daily_cap };
        rc = read_costs(s, &p, &set[i].costs, &carriers[i], err);
        if (!rc)
            rc = read_hours(&p, &set[i].hours, &out->carrier_bounds[i].hours, err);
    }
    out->table.carriers = carriers;
    out->table.n_carriers = n;
    return rc;
}

/* --- senders --- */

static enum rc read_senders(struct settings *s, const char *path, struct settings_routes *out,
                            struct error *err)
{
    const struct settings_sender *set = s->senders.items;
    size_t n = s->senders.n;
    const char **names = arena_alloc(&s->arena, (n + 1) * sizeof(*names));
    enum rc rc = RC_OK;

    out->senders = arena_alloc(&s->arena, (n + 1) * sizeof(*out->senders));
    if (!names || !out->senders)
        return error_set(err, RC_FAIL, "no memory");
    if (n > GATEWAY_SENDERS_MAX)
        return error_set(err, RC_INVALID, "%s: sender: expected at most %d of them, got %zu", path,
                         GATEWAY_SENDERS_MAX, n);
    for (size_t i = 0; !rc && i < n; i++) {
        struct key_place p = { path, "sender", set[i].head.title, "", set[i].head.line };
        const char *address = *set[i].address ? set[i].address : set[i].head.title;
        size_t len = strlen(address);
        if (len == 0 || len > 20 || strpbrk(address, " \t"))
            return refuse(&p, err,
                          "a sender of 1 to 20 characters without spaces as its title or address",
                          address);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(names[k], address) == 0)
                return refuse(&p, err, "each address in one section", address);
        }
        names[i] = address;
        out->senders[i] = (struct gateway_sender_settings){
            .name = address,
            .per_second = set[i].per_second,
            .bounds = { .daily_cap = set[i].daily_cap },
        };
        rc = read_hours(&p, &set[i].hours, &out->senders[i].bounds.hours, err);
    }
    out->n_senders = n;
    out->table.senders = names;
    out->table.n_senders = n;
    return rc;
}

/* --- routes --- */

/* Says which there are: mostly it is a letter too many. */
static enum rc refuse_carrier(const struct key_place *p, const struct route_table *t,
                              const char *text, struct error *err)
{
    char expected[200] = "a carrier that this file has";

    for (size_t i = 0; i < t->n_carriers; i++) {
        size_t len = strlen(expected);
        snprintf(expected + len, sizeof(expected) - len, "%s%s", i ? ", " : " (",
                 t->carriers[i].name);
    }
    if (t->n_carriers && strlen(expected) + 1 < sizeof(expected))
        strcat(expected, ")");
    return refuse(p, err, expected, text);
}

static enum rc add_way(struct settings *s, struct key_place *p, const struct route_table *t,
                       const char *text, struct route *r, struct error *err)
{
    const char *rest, *name = cut_word(&s->arena, text, &rest);
    int64_t weight = 1;

    p->key = "carriers";
    if (!name)
        return error_set(err, RC_FAIL, "no memory");
    if (*rest && (!read_number(rest, WEIGHT_MAX, &weight) || weight == 0))
        return refuse(p, err, "a weight from 1 to 1000", text);
    if (r->n_ways == ROUTE_WAYS_MAX)
        return refuse(p, err, "at most 8 carriers", text);
    for (size_t i = 0; i < r->n_ways; i++) {
        if (strcmp(t->carriers[r->ways[i].carrier].name, name) == 0)
            return refuse(p, err, "each carrier once", text);
    }
    for (unsigned i = 0; i < t->n_carriers; i++) {
        if (strcmp(t->carriers[i].name, name) == 0) {
            r->ways[r->n_ways++] = (struct route_way){ i, (unsigned)weight };
            return RC_OK;
        }
    }
    return refuse_carrier(p, t, text, err);
}

static enum rc read_route(struct settings *s, const char *path, const struct settings_route *set,
                          const struct route_table *t, struct route *r, struct error *err)
{
    struct key_place p = { path, "route", set->head.title, "", set->head.line };
    enum message_class class;
    enum rc rc = RC_OK;

    *r = (struct route){
        .name = set->head.title,
        .prefixes = (const char *const *)set->prefixes.items,
        .n_prefixes = set->prefixes.n,
        .categories = (const char *const *)set->categories.items,
        .n_categories = set->categories.n,
        .choice = (enum route_choice)set->choose,
    };
    if (!*r->name || strlen(r->name) >= ROUTE_NAME_SIZE || strpbrk(r->name, " \t"))
        return refuse(&p, err, "a name of 1 to 48 characters without spaces as its title", r->name);
    p.key = "prefixes";
    for (size_t i = 0; i < r->n_prefixes; i++) {
        if (!is_prefix(r->prefixes[i]))
            return refuse(&p, err, "a plus and the first digits of a number, as in \"+33\"",
                          r->prefixes[i]);
    }
    p.key = "classes";
    for (size_t i = 0; i < set->classes.n; i++) {
        if (message_class_parse(set->classes.items[i], &class))
            return refuse(&p, err, "promo, service or alert", set->classes.items[i]);
        r->classes |= 1u << class;
    }
    for (size_t i = 0; !rc && i < set->carriers.n; i++)
        rc = add_way(s, &p, t, set->carriers.items[i], r, err);
    return rc;
}

static enum rc check_unique(const char *path, const struct settings_route *set, size_t i,
                            struct error *err)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(set[k].head.title, set[i].head.title) == 0)
            return error_set(err, RC_INVALID,
                             "%s:%d: route.%s: there is one of that name in line %d", path,
                             set[i].head.line, set[i].head.title, set[k].head.line);
    }
    return RC_OK;
}

/* What fits no other route must find one. */
static enum rc check_default(const char *path, const struct settings_route *set, bool last,
                             struct error *err)
{
    if (last && !set->prefixes.n && !set->classes.n && !set->categories.n)
        return RC_OK;
    return error_set(err, RC_INVALID,
                     "%s:%d: route.default: expected it behind all other routes, without prefixes, "
                     "classes and categories",
                     path, set->head.line);
}

/* All carriers; more than a route can have are left to routes that the file names. */
static void fill_default(const struct route_table *t, struct route *r)
{
    *r = (struct route){ .name = DEFAULT_ROUTE, .choice = ROUTE_BY_WEIGHT };
    for (unsigned i = 0; i < t->n_carriers && r->n_ways < ROUTE_WAYS_MAX; i++)
        r->ways[r->n_ways++] = (struct route_way){ i, 1 };
}

static enum rc read_routes(struct settings *s, const char *path, struct settings_routes *out,
                           struct error *err)
{
    const struct settings_route *set = s->routes.items;
    size_t n = s->routes.n;
    struct route *routes = arena_alloc(&s->arena, (n + 1) * sizeof(*routes));
    bool has_default = false;
    enum rc rc = RC_OK;

    if (!routes)
        return error_set(err, RC_FAIL, "no memory");
    if ((n + 1) * (out->table.n_senders + 1) > GATEWAY_QUEUES_MAX)
        return error_set(err, RC_INVALID,
                         "%s: sender: with %zu routes expected at most %zu of them, got %zu", path,
                         n, GATEWAY_QUEUES_MAX / (n + 1) - 1, out->table.n_senders);
    if (n >= ROUTES_MAX)
        return error_set(err, RC_INVALID, "%s: route: expected at most %d of them, got %zu", path,
                         ROUTES_MAX - 1, n);
    for (size_t i = 0; !rc && i < n; i++) {
        rc = check_unique(path, set, i, err);
        if (!rc && strcmp(set[i].head.title, MAIL_QUEUE) == 0)
            rc = error_set(
                err, RC_INVALID,
                "%s:%d: route.%s: expected another name, this is that of the queue of mails", path,
                set[i].head.line, set[i].head.title);
        if (!rc)
            rc = read_route(s, path, &set[i], &out->table, &routes[i], err);
        if (!rc && strcmp(set[i].head.title, DEFAULT_ROUTE) == 0) {
            has_default = true;
            rc = check_default(path, &set[i], i + 1 == n, err);
        }
    }
    if (!has_default)
        fill_default(&out->table, &routes[n++]);
    out->table.routes = routes;
    out->table.n = n;
    return rc;
}

/* --- mails --- */

static bool is_domain(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    const size_t len = strlen(text);

    return len && len <= MAIL_DOMAIN_MAX && strspn(text, letters) == len && strchr(text, '.') &&
           text[0] != '.' && text[len - 1] != '.';
}

static enum rc read_mail_domains(struct settings *s, const char *path, struct route_table *t,
                                 struct error *err)
{
    const struct settings_mail_domain *set = s->mail_domains.items;
    const size_t n = s->mail_domains.n;
    const char **names = arena_alloc(&s->arena, (n + 1) * sizeof(*names));

    if (!names)
        return error_set(err, RC_FAIL, "no memory");
    if (n > POSTMAN_QUEUES_MAX / 2)
        return error_set(err, RC_INVALID, "%s: mail_domain: expected at most %d of them, got %zu",
                         path, POSTMAN_QUEUES_MAX / 2, n);
    for (size_t i = 0; i < n; i++) {
        names[i] = set[i].head.title;
        if (!is_domain(names[i]))
            return error_set(err, RC_INVALID,
                             "%s:%d: mail_domain: expected a domain in small letters such as "
                             "gmail.com, got '%s'",
                             path, set[i].head.line, names[i]);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(names[k], names[i]) == 0)
                return error_set(err, RC_INVALID, "%s:%d: mail_domain.%s: it is in line %d, too",
                                 path, set[i].head.line, names[i], set[k].head.line);
        }
    }
    t->mail_domains = names;
    t->n_mail_domains = n;
    return RC_OK;
}

enum rc settings_routes_build(struct settings *s, const char *path, struct settings_routes *out,
                              struct error *err)
{
    enum rc rc;

    *out = (struct settings_routes){ .n_senders = 0 };
    path = path ? path : "(defaults)";
    rc = read_carriers(s, path, out, err);
    if (!rc)
        rc = read_senders(s, path, out, err);
    if (!rc)
        rc = read_mail_domains(s, path, &out->table, err);
    return rc ? rc : read_routes(s, path, out, err);
}
