/* expect_rules.c - the keys of section `expect`. */
#include "channel/file/expect_rules.h"

#include <fnmatch.h>

#define AT(key) offsetof(struct expect_rules, key)
const struct config_key expect_keys[EXPECT_KEYS] = {
    { "by", CONFIG_TEXT, AT(by), NULL, 1, 60, NULL, false,
      "The time of the day, by the profile's timezone: \"08:00\", or several with commas: each\n"
      "time a file must have come since the time before." },
    { "days", CONFIG_TEXT, AT(days), "", 0, 60, NULL, false,
      "On which days: \"mon-fri\", \"mon, wed, sat\"; empty: every day." },
    { "files", CONFIG_LIST, AT(files), "*", 1, 200, NULL, false,
      "Names that count, such as \"orders*.csv\"." },
    { "holidays", CONFIG_BOOL, AT(holidays), "false", 0, 0, NULL, false,
      "Public holidays of the profile's country are days like others." },
};

static enum rc at_key(enum rc rc, const char *key, struct error *err)
{
    error_prefix(err, "%s", key);
    return rc;
}

enum rc expect_rules_check(struct expect_rules *rules, const char *country, struct error *err)
{
    enum rc rc;

    if (rules->head.line == 0)
        return RC_OK;
    rc = timetable_set_times(&rules->when, rules->by, err);
    if (rc)
        return at_key(rc, "expect.by", err);
    rc = timetable_set_days(&rules->when, rules->days, err);
    if (rc)
        return at_key(rc, "expect.days", err);
    rules->when.country = rules->holidays ? NULL : country;
    return RC_OK;
}

bool expect_rules_match(const struct expect_rules *rules, const char *file_name)
{
    for (size_t i = 0; i < rules->files.n; i++) {
        if (fnmatch(rules->files.items[i], file_name, 0) == 0)
            return true;
    }
    return false;
}
