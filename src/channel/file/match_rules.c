/* match_rules.c - see match_rules.h. */
#include "channel/file/match_rules.h"

#include <string.h>

static const char *const rule_names[] = {
    [MATCH_NEVER] = "never", [MATCH_REVIEW] = "review", [MATCH_SAME] = "same", NULL
};

#define AT(key) offsetof(struct match_keys, key)
const struct config_key match_table[MATCH_KEYS] = {
    { "by", CONFIG_LIST, AT(by), "phone, email", 1, 10, NULL, false,
      "What makes us look whether the person behind a new customer number is known already." },
    { "rule", CONFIG_CHOICE, AT(rule), "same", 0, 0, rule_names, false,
      "same: the number becomes that of the one customer who has the phone or the mail address,\n"
      "when the names agree; when they do not, or several have it, a new customer is made and the\n"
      "pair goes to the review list (relaisctl customer doubles). review: always a new customer\n"
      "and a pair. never: nobody is looked for, as in a profile without this section." },
    { "overwrite", CONFIG_BOOL, AT(overwrite), "false", 0, 0, NULL, false,
      "Of a customer found so: what the row says replaces what is known of name and address; "
      "false:\n"
      "it fills what is missing. Phone numbers and mail addresses are only ever added." },
};

enum rc match_rules_take(const struct match_keys *keys, const char *path, struct match_rules *rules,
                         struct error *err)
{
    *rules = (struct match_rules){ .rule = MATCH_NEVER };
    if (!keys->head.line)
        return RC_OK;
    rules->rule = (enum match_rule)keys->rule;
    rules->overwrite = keys->overwrite;
    for (size_t i = 0; i < keys->by.n; i++) {
        if (strcmp(keys->by.items[i], "phone") == 0)
            rules->by_phone = true;
        else if (strcmp(keys->by.items[i], "email") == 0)
            rules->by_mail = true;
        else
            return error_set(err, RC_INVALID,
                             "%s:%d: match.by: expected phone or email, got \"%s\"", path,
                             keys->head.line, keys->by.items[i]);
    }
    if (!rules->by_phone && !rules->by_mail)
        rules->rule = MATCH_NEVER;
    return RC_OK;
}
