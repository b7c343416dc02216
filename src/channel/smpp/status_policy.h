/* status_policy.h - what a carrier's settings say of a command_status, over the table of status.c.
 */
#pragma once

#include "base/config.h"
#include "channel/smpp/smpp.h"

#define STATUS_POLICIES_MAX 64

struct status_policies {
    size_t n;
    struct {
        uint32_t status;
        struct smpp_status_policy policy;
    } item[STATUS_POLICIES_MAX];
};

/* Reads the key `statuses`. RC_INVALID: `err` names the item and what was expected. */
enum rc status_policies_read(const struct config_texts *texts, struct status_policies *out,
                             struct error *err) MUST_CHECK;
struct smpp_status_policy status_policies_find(const struct status_policies *policies,
                                               uint32_t status);

/* "ESME_RTHROTTLED", in any case. (status.c) */
bool status_from_name(const char *name, uint32_t *status);
