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
    RIGHT_TOKEN,   /* who knows the token */
};

#define ROUTE_QUERY_MAX 6

struct route {
    const char *method;
    const char *pattern; /* "/v1/campaigns/{id}/start": {id} is a number, {name} any text */
    enum right right;
    /* On a lane, with x->db. Or, for what needs no database, on the loop. */
    void (*run)(struct exchange *x);
    void (*run_on_loop)(struct exchange *x);
    bool slow;                              /* may take seconds: has lanes of its own */
    bool gateway;                           /* x->gateway and x->rates are filled in */
    void (*then)(struct exchange *x);       /* on the loop, after a reply that changed something */
    const char *query[ROUTE_QUERY_MAX + 1]; /* names of the query; ends with NULL */
    const char *help;                       /* what it does and, for a body, its fields */
};

/* The families of the API, a file each. */
extern const struct route status_routes[], customer_routes[], campaign_routes[], template_routes[],
    import_routes[], message_routes[], gateway_routes[], inbound_routes[], text_routes[],
    retention_routes[], campaign_when_routes[], campaign_words_routes[];
extern const size_t n_status_routes, n_customer_routes, n_campaign_routes, n_template_routes,
    n_import_routes, n_message_routes, n_gateway_routes, n_inbound_routes, n_text_routes,
    n_retention_routes, n_campaign_when_routes, n_campaign_words_routes;

void message_get(struct exchange *x); /* GET /v1/messages/{id}: api_message_life.c */

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
