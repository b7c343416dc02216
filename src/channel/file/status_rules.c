/* status_rules.c - the keys of section `status_file`. */
#include "channel/file/status_rules.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS    (SEC_PER_DAY * 1000)

static const char *const formats[] = { [STATUS_CSV] = "csv",
                                       [STATUS_XML] = "xml",
                                       [STATUS_JSON] = "json",
                                       [STATUS_EDIFACT] = "edifact",
                                       NULL };

#define AT(key) offsetof(struct status_rules, key)
const struct config_key status_keys[STATUS_KEYS] = {
    { "every", CONFIG_DURATION, AT(every_ms), "0s", 0, DAY_MS, NULL, false,
      "Every so often: \"15m\", \"1h\"; or" },
    { "at", CONFIG_TEXT, AT(at), "", 0, 200, NULL, false,
      "at these times of the day, by the profile's timezone: \"06:00\", \"06:00, 18:00\"." },
    { "days", CONFIG_TEXT, AT(days), "", 0, 60, NULL, false,
      "On which days: \"mon-fri\"; empty: every day." },
    { "format", CONFIG_CHOICE, AT(format), "csv", 0, 0, formats, false,
      "What the file is; edifact: UN/EDIFACT IFTSTA." },
    { "sender", CONFIG_TEXT, AT(sender), "RELAIS", 1, 35, NULL, false,
      "EDIFACT: who we are in the interchange's header." },
    { "recipient", CONFIG_TEXT, AT(recipient), "", 0, 35, NULL, false,
      "EDIFACT: who the partner is there; empty: its code." },
    { "messages", CONFIG_BOOL, AT(messages), "true", 0, 0, NULL, false,
      "Tell of the messages about an order, too: sent, delivered, failed." },
    { "empty", CONFIG_BOOL, AT(empty), "false", 0, 0, NULL, false,
      "Write a file when there is nothing to tell, too." },
};

enum rc status_rules_check(struct status_rules *rules, struct error *err)
{
    enum rc rc = RC_OK;

    if (rules->head.line == 0)
        return RC_OK;
    if ((rules->every_ms != 0) == (*rules->at != '\0'))
        return error_set(err, RC_INVALID, "status_file: expected one of every and at");
    if (rules->every_ms && rules->every_ms < MINUTE_MS)
        return error_set(err, RC_INVALID, "status_file.every: expected a minute or more");
    rules->when.every_us = rules->every_ms * USEC_PER_MSEC;
    if (*rules->at)
        rc = timetable_set_times(&rules->when, rules->at, err);
    if (rc) {
        error_prefix(err, "status_file.at");
        return rc;
    }
    rc = timetable_set_days(&rules->when, rules->days, err);
    if (rc)
        error_prefix(err, "status_file.days");
    return rc;
}
