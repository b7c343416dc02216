/* settings_alert.h - the section alert: from when on something is one. */
#pragma once

#include "base/config.h"

struct settings_alert {
    struct config_head head;
    int64_t every_ms, carrier_down_ms, queue_age_ms, node_down_ms, stopped_ms;
    int64_t failures, stops, receipts_ms, campaign_least;
};

extern const struct config_key alert_keys[];
extern const size_t alert_n_keys;
