/* receipt_rules.c - the keys of section `receipt`. */
#include "channel/file/receipt_rules.h"

#include "domain/mail_address.h"

static const char *const formats[] = {
    [RECEIPT_CSV] = "csv", [RECEIPT_XML] = "xml", [RECEIPT_JSON] = "json", NULL
};
static const char *const languages[] = { [ANSWER_EN] = "en", [ANSWER_FR] = "fr", NULL };

#define AT(key) offsetof(struct receipt_rules, key)
const struct config_key receipt_keys[RECEIPT_KEYS] = {
    { "format", CONFIG_CHOICE, AT(format), "csv", 0, 0, formats, false,
      "What a receipt is: out/<file>.<import>.receipt.csv, .xml or .json." },
    { "language", CONFIG_CHOICE, AT(language), "en", 0, 0, languages, false,
      "The language of its sentences." },
    { "refused_rows", CONFIG_BOOL, AT(refused_rows), "true", 0, 0, NULL, false,
      "Write the refused rows to out/<file>.<import>.refused.csv, too: corrected and dropped into\n"
      "in/ it is taken as any file." },
    { "mail", CONFIG_TEXT, AT(mail), "", 0, 254, NULL, false,
      "The address that gets every receipt as well; empty: nobody." },
};

enum rc receipt_rules_check(const struct receipt_rules *rules, struct error *err)
{
    char address[ADDRESS_SIZE];
    enum mail_fault why;

    if (*rules->mail && mail_address_normalise(rules->mail, address, &why))
        return error_set(err, RC_INVALID, "receipt.mail: \"%s\" %s", rules->mail,
                         mail_fault_reason(why));
    return RC_OK;
}
