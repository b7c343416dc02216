/* settings_alert.c - see settings_alert.h. */
#include "settings_alert.h"

#define LIVE    true
#define RESTART false

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

#define AT(field) offsetof(struct settings_alert, field)
const struct config_key alert_keys[] = {
    { "every", CONFIG_DURATION, AT(every_ms), "10s", 100, 1 * MINUTE, NULL, RESTART,
      "How often relaisd looks for what is below, and says in the database that it is alive." },
    { "carrier_down", CONFIG_DURATION, AT(carrier_down_ms), "5m", 0, 7 * DAY, NULL, LIVE,
      "A carrier has no session for this long: carrier_down. Not one that an operator drained or\n"
      "stopped. 0, here and below: not watched." },
    { "queue_age", CONFIG_DURATION, AT(queue_age_ms), "15m", 0, 7 * DAY, NULL, LIVE,
      "A service message or an alert waits for this long after it was due: queue_age.\n"
      "Promotions have hours and rates, and are not watched; nor is a queue that an operator\n"
      "holds." },
    { "failures", CONFIG_INT, AT(failures), "10", 0, 100, NULL, LIVE,
      "More than so many percent of a campaign's messages fail: campaign_anomaly." },
    { "stops", CONFIG_INT, AT(stops), "3", 0, 100, NULL, LIVE,
      "More than so many percent of its recipients answer STOP or unsubscribe: campaign_anomaly." },
    { "receipts", CONFIG_DURATION, AT(receipts_ms), "1h", 0, 7 * DAY, NULL, LIVE,
      "No receipt for any SMS of a campaign this long after enough of them were taken:\n"
      "campaign_anomaly." },
    { "campaign_least", CONFIG_INT, AT(campaign_least), "100", 1, 1000000, NULL, LIVE,
      "Of a campaign with fewer messages nothing is said." },
    { "node_down", CONFIG_DURATION, AT(node_down_ms), "2m", 0, 7 * DAY, NULL, LIVE,
      "Another relaisd of the same database gives no sign of life for this long: node_down." },
    { "stopped", CONFIG_DURATION, AT(stopped_ms), "5m", 0, 7 * DAY, NULL, LIVE,
      "At its start: this relaisd was not running for this long: stopped. Who must know while it\n"
      "is so has relaisctl heartbeat." },
};
#undef AT
const size_t alert_n_keys = sizeof(alert_keys) / sizeof(alert_keys[0]);
