/* settings_routes.h - the sections route and sender, and what carriers cost and may do, as the
 * route table and the gateway want them. */
#pragma once

#include "domain/hours.h"
#include "domain/route.h"
#include "flow/gateway.h"

struct settings;

struct settings_routes {
    struct route_table table;
    struct gateway_bounds *carrier_bounds; /* one a carrier, in their order */
    struct gateway_sender_settings *senders;
    size_t n_senders;
};

/*
 * Checks them and puts them together; everything lives in the settings' arena. The table ends with
 * the route "default", which has all carriers, unless the file has one of that name. RC_INVALID
 * says file, line, key and what was expected.
 */
enum rc settings_routes_build(struct settings *s, const char *path, struct settings_routes *out,
                              struct error *err) MUST_CHECK;
