/*
 * routes.h - the API as a table: one line a route, for dispatch, rights, GET /v1/routes and the
 * manual.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct exchange;

enum right {
    RIGHT_ANYBODY, /* who can connect at all */
    RIGHT_TOKEN,   /* who may read, for a GET; who may write, for anything else */
    RIGHT_READ,    /* a POST that changes nothing */
    RIGHT_APPROVE,
    RIGHT_ADMIN,
};

#define ROUTE_QUERY_MAX 12

struct route {
    const char *method;
    const char *pattern; /* "/v1/campaigns/{id}/start": {id} is a number, {name} any text */
    enum right right;
    /* On a lane, with x->db. Or, for what needs no database, on the loop. */
    void (*run)(struct exchange *x);
    void (*run_on_loop)(struct exchange *x);
    /* It says how the database is. It has a lane of its own, and when the database keeps that one
     * waiting, this answers in its place, on the loop, without it. */
    void (*run_late)(struct exchange *x);
    bool slow;                              /* may take seconds: has lanes of its own */
    bool gateway;                           /* x->gateway and x->rates are filled in */
    bool files;                             /* x->partners, too */
    void (*then)(struct exchange *x);       /* on the loop, after a reply that changed something */
    const char *query[ROUTE_QUERY_MAX + 1]; /* names of the query; ends with NULL */
    const char *const *body; /* BODY(): the fields that a body may have; NULL: none may be sent */
    const char *help;        /* what it does, and what its fields mean */
};

#define BODY(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* The families of the API, a file each. */
#define ROUTE_FAMILY(name)            \
    extern const struct route name[]; \
    extern const size_t n_##name
ROUTE_FAMILY(alert_routes);
ROUTE_FAMILY(audience_routes);
ROUTE_FAMILY(campaign_routes);
ROUTE_FAMILY(campaign_when_routes);
ROUTE_FAMILY(campaign_words_routes);
ROUTE_FAMILY(consent_routes);
ROUTE_FAMILY(contact_routes);
ROUTE_FAMILY(contact_result_routes);
ROUTE_FAMILY(customer_routes);
ROUTE_FAMILY(customer_edit_routes);
ROUTE_FAMILY(customer_merge_routes);
ROUTE_FAMILY(escalation_routes);
ROUTE_FAMILY(gateway_routes);
ROUTE_FAMILY(goods_routes);
ROUTE_FAMILY(import_routes);
ROUTE_FAMILY(inbound_routes);
ROUTE_FAMILY(mail_routes);
ROUTE_FAMILY(mail_in_routes);
ROUTE_FAMILY(message_routes);
ROUTE_FAMILY(occasion_routes);
ROUTE_FAMILY(partner_routes);
ROUTE_FAMILY(plan_routes);
ROUTE_FAMILY(privacy_routes);
ROUTE_FAMILY(report_routes);
ROUTE_FAMILY(results_routes);
ROUTE_FAMILY(retention_routes);
ROUTE_FAMILY(staff_routes);
ROUTE_FAMILY(status_routes);
ROUTE_FAMILY(suppression_routes);
ROUTE_FAMILY(task_routes);
ROUTE_FAMILY(template_routes);
ROUTE_FAMILY(text_routes);
#undef ROUTE_FAMILY

void message_get(struct exchange *x); /* GET /v1/messages/{id}: api_message_life.c */
/* Of api_consent.c's table: */
void consent_show(struct exchange *x);          /* api_consent_show.c */
void consent_proof(struct exchange *x);         /* the same */
void consent_list_renewals(struct exchange *x); /* the same */
void consent_verify_all(struct exchange *x);    /* the same */
void consent_export_page(struct exchange *x);   /* consent_export.c */
void consent_public_key(struct exchange *x);    /* the same */

/* Whether a body of it may have such a field; else *nearest is the one that may be meant, or NULL.
 */
bool route_takes(const struct route *route, const char *field, const char **nearest);

/* The role that a call of it needs (domain/role.h); 0: none. */
unsigned route_needs(const struct route *route);

/* Its {id} is a customer: one who was found to be somebody else is looked up there. */
bool route_is_of_customer(const struct route *route);

struct route_match {
    const struct route *route; /* NULL: none */
    bool other_method;         /* the path is there, not with this method */
    char allow[64];            /* "GET, POST": the methods it has */
    uint64_t id;
    char word[200]; /* EXCHANGE_WORD_SIZE */
};

void route_find(const char *method, const char *path, struct route_match *match);
/* All routes, one call each. */
void route_each(void (*tell)(void *arg, const struct route *route), void *arg);
bool route_parse_id(const char *text, size_t len, uint64_t *id);
