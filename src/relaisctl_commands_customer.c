/* relaisctl_commands_customer.c - commands about customers, what they allowed, and what is known of
 * them. */
#include "relaisctl.h"

#define CUSTOMER_OPTIONS                                                 \
    { "--first-name", "TEXT", "first_name", ARG_TEXT, false },           \
        { "--last-name", "TEXT", "last_name", ARG_TEXT, false },         \
        { "--company", "TEXT", "company", ARG_TEXT, false },             \
        { "--phone", "PHONE", "phone", ARG_TEXT, false },                \
        { "--mail", "ADDRESS", "mail", ARG_TEXT, false },                \
        { "--language", "fr|en|...", "language", ARG_TEXT, false },      \
        { "--category", "CODE", "category", ARG_TEXT, false },           \
        { "--source", "CODE", "source", ARG_TEXT, false },               \
        { "--birth-date", "YYYY-MM-DD", "birth_date", ARG_TEXT, false }, \
        { "--street", "TEXT", "street", ARG_TEXT, false },               \
        { "--postcode", "TEXT", "postcode", ARG_TEXT, false },           \
        { "--city", "TEXT", "city", ARG_TEXT, false },                   \
        { "--country", "FR|...", "country", ARG_TEXT, false },           \
        { "--timezone", "ZONE", "timezone", ARG_TEXT, false },           \
        { "--field", "NAME=VALUE", "fields", ARG_PAIR, false },

#define WORDS_OF(noun, path, list, words)                                  \
    { noun " list", "GET", path, { { 0 } }, list, .help = words },         \
    {                                                                      \
        noun " set", "PUT", path "/{}",                                    \
            { { "CODE", NULL, NULL, ARG_TEXT, NEEDED },                    \
              { "--label", "TEXT", "label", ARG_TEXT, false } },           \
            show_code_set, .help = "Makes one, or gives it another label." \
    }

static const struct column renewal_columns[] = {
    { "CUSTOMER", "customer_id", 'n', 0 },
    { "FIRST NAME", "first_name", 't', 20 },
    { "NAME", "last_name", 't', 24 },
    { "COMPANY", "company", 't', 24 },
    { "PHONE", "phone", 't', 0 },
    { "GRANTED (UTC)", "granted_at", 'd', 0 },
    { "LAST CONTACT (UTC)", "last_contact_at", 'd', 0 },
    { "ENDS (UTC)", "ends_at", 'd', 0 },
};
static const struct ctl_list renewals = { .name = "renewals", .columns = renewal_columns, .n = 8 };

/* Of whom, and what shows it. */
#define CONSENT_OPTIONS                                                                            \
    { "WHO", NULL, "who", ARG_TEXT, NEEDED }, { "--wording", "TEXT", "wording", ARG_TEXT, false }, \
        { "--source", "form|staff|mail|api", "source", ARG_TEXT, false },                          \
        { "--ref", "TEXT", "source_ref", ARG_TEXT, false },                                        \
        { "--at", "TIME", "at", ARG_TEXT, false },                                                 \
        { "--signed-at", "TIME", "signed_at", ARG_TEXT, false },                                   \
        { "--form", "NAME", "form", ARG_TEXT, false },                                             \
        { "--page", "PAGE", "page", ARG_TEXT, false },                                             \
        { "--remote-address", "ADDRESS", "remote_address", ARG_TEXT, false },                      \
        { "--by", "LOGIN", "recorded_by", ARG_TEXT, false },

static const struct column suppressed_columns[] = {
    { "NUMBER OR ADDRESS", "address", 't', 0 }, { "SINCE (UTC)", "suppressed_at", 'd', 0 },
    { "UNTIL (UTC)", "until", 'd', 0 },         { "BECAUSE", "reason", 'r', 40 },
    { "CARRIER", "carrier", 't', 20 },          { "ANSWERS", "answers", 'n', 0 },
    { "LISTED BY", "lists", 't', 20 },          { "CUSTOMER", "customer_id", 'n', 0 },
};
static const struct ctl_list suppressed = {
    .name = "suppressed", .columns = suppressed_columns, .n = 8, .by_text = true
};

static const struct column price_columns[] = {
    { "PARTNER", "partner", 't', 20 }, { "CODE", "code", 't', 24 },
    { "LABEL", "label", 't', 40 },     { "RANGE", "range", 't', 20 },
    { "PRICES", "prices", 't', 60 },   { "WITHDRAWN (UTC)", "withdrawn_at", 'd', 0 },
};
static const struct ctl_list prices = { .name = "prices", .columns = price_columns, .n = 6 };

static const struct column invoice_columns[] = {
    { "PARTNER", "partner", 't', 20 },
    { "NUMBER", "number", 't', 24 },
    { "CUSTOMER", "customer_id", 'n', 0 },
    { "ISSUED", "issued_on", 't', 0 },
    { "DUE", "due_on", 't', 0 },
    { "AMOUNT", "amount", 't', 0 },
    { "PAID", "paid", 't', 0 },
    { "CURRENCY", "currency", 't', 0 },
    { "STATE", "state", 't', 0 },
};
static const struct ctl_list invoices = { .name = "invoices", .columns = invoice_columns, .n = 9 };

static const struct column double_columns[] = {
    { "CUSTOMER", "a", 'n', 0 },      { "NAME", "a_name", 't', 28 },
    { "CUSTOMER", "b", 'n', 0 },      { "NAME", "b_name", 't', 28 },
    { "SHARE", "shared", 't', 0 },    { "SCORE", "score", 'n', 0 },
    { "BECAUSE", "reason", 't', 48 }, { "FOUND BY", "source", 't', 24 },
};
static const struct ctl_list doubles = { .name = "doubles", .columns = double_columns, .n = 8 };

const struct command ctl_customer_commands[] = {
    { "customer find",
      "GET",
      "/v1/customers",
      { { "WHO", NULL, "find", ARG_TEXT, NEEDED } },
      show_customers,
      .help = "By a phone number, a mail address, or the beginning of a name." },
    { "customer show",
      "GET",
      "/v1/customers/{}",
      { { "CUSTOMER", NULL, NULL, ARG_CUSTOMER, NEEDED } },
      show_dossier,
      .help = "The dossier: all that is known, in the order of time. CUSTOMER is an id, or "
              "PARTNER:NUMBER." },
    { "customer add",
      "POST",
      "/v1/customers",
      { CUSTOMER_OPTIONS },
      show_added,
      .help = "A new customer. One who has the phone or the mail already is found, and left as "
              "they are." },
    { "customer set",
      "PATCH",
      "/v1/customers/{}",
      { { "CUSTOMER", NULL, NULL, ARG_CUSTOMER, NEEDED }, CUSTOMER_OPTIONS },
      show_changed,
      .help = "Changes what is given; \"\" takes a value away. --field shoe_size=39: one of your "
              "own fields." },
    { "customer flag",
      "PATCH",
      "/v1/customers/{}",
      { { "CUSTOMER", NULL, NULL, ARG_CUSTOMER, NEEDED },
        { "--do-not-contact", "yes|no", "do_not_contact", ARG_TEXT, false },
        { "--minor", "yes|no", "minor", ARG_TEXT, false } },
      show_changed,
      .help = "No advertising to this customer, or again; under age, or not." },
    { "customer export",
      "GET",
      "/v1/customers/{}/export",
      { { "CUSTOMER", NULL, NULL, ARG_CUSTOMER, NEEDED },
        { "--format", "json|html", "format", ARG_TEXT, false },
        { "--lang", "fr|en", "lang", ARG_TEXT, false } },
      .raw = true,
      .help = "All that is kept of a customer, for the customer: as JSON, or as a page to read." },
    { "customer erase",
      "POST",
      "/v1/customers/{}/erase",
      { { "CUSTOMER", NULL, NULL, ARG_CUSTOMER, NEEDED },
        { "--reason", "TEXT", "reason", ARG_TEXT, NEEDED },
        { "--yes", NULL, "yes", ARG_FLAG, false } },
      show_erase,
      .help = "Forgets a customer: what would go, and with --yes it goes, for ever." },
    { "customer erasure",
      "GET",
      "/v1/customers/{}/erasure",
      { { "CUSTOMER", NULL, NULL, ARG_CUSTOMER, NEEDED } },
      show_erasure,
      .can_watch = true,
      .over = erasure_is_over,
      .help = "How far it is. --watch stays until it is done." },

    { "customer doubles find",
      "POST",
      "/v1/customers/doubles/find",
      { { 0 } },
      show_double_search,
      .help = "Looks through all customers for such pairs, in the background." },
    { "customer doubles search",
      "GET",
      "/v1/customers/doubles/find",
      { { 0 } },
      show_double_search,
      .can_watch = true,
      .over = double_search_is_over,
      .help = "How far that is. --watch stays until it is done." },
    { "customer doubles",
      "GET",
      "/v1/customers/doubles",
      { { "--state", "open|same|different", "state", ARG_TEXT, false },
        { "--score", "N", "score", ARG_NUMBER, false },
        { "--after", "ID", NULL, ARG_OURS, false },
        { "--limit", "N", NULL, ARG_OURS, false },
        { "--all", NULL, NULL, ARG_OURS_FLAG, false },
        { "--csv", NULL, NULL, ARG_OURS_FLAG, false } },
      .list = &doubles,
      .help = "Customers who share a phone or a mail address and may be one person: yours to "
              "decide. --score 80: the likely ones." },
    { "customer same",
      "POST",
      "/v1/customers/doubles/same",
      { { "STAYS", NULL, "keep", ARG_CUSTOMER, NEEDED },
        { "GOES", NULL, "gone", ARG_CUSTOMER, NEEDED },
        { "--dry-run", NULL, "dry_run", ARG_FLAG, false } },
      show_same,
      .help = "They are one person: all that is of the second becomes that of the first. A refusal "
              "of either holds. --dry-run: only says what would be." },
    { "customer different",
      "POST",
      "/v1/customers/doubles/different",
      { { "CUSTOMER", NULL, "a", ARG_CUSTOMER, NEEDED },
        { "OTHER", NULL, "b", ARG_CUSTOMER, NEEDED } },
      show_different,
      .help = "They are two people, and nobody is asked again." },
    { "customer not-same",
      "POST",
      "/v1/customers/doubles/undo",
      { { "GONE", NULL, "customer", ARG_NUMBER, NEEDED } },
      show_not_same,
      .help = "Undoes customer same, within 30 days, by the id that went." },

    WORDS_OF("category", "/v1/categories", show_categories,
             "The categories of customers, and how many each has."),
    WORDS_OF("source", "/v1/sources", show_sources, "How customers were won."),
    WORDS_OF("product", "/v1/products", show_products, "The product ranges of orders."),
    { "price list",
      "GET",
      "/v1/prices",
      { { "--after", "ID", NULL, ARG_OURS, false },
        { "--limit", "N", NULL, ARG_OURS, false },
        { "--all", NULL, NULL, ARG_OURS_FLAG, false },
        { "--csv", NULL, NULL, ARG_OURS_FLAG, false } },
      .list = &prices,
      .help = "The products of partners, with the prices that hold and those to come." },
    { "invoice list",
      "GET",
      "/v1/invoices",
      { { "--after", "ID", NULL, ARG_OURS, false },
        { "--limit", "N", NULL, ARG_OURS, false },
        { "--all", NULL, NULL, ARG_OURS_FLAG, false },
        { "--csv", NULL, NULL, ARG_OURS_FLAG, false } },
      .list = &invoices,
      .help = "Invoices, and what of them was paid; those of one customer: customer show." },
    { "field list",
      "GET",
      "/v1/fields",
      { { 0 } },
      show_fields,
      .help = "Your own fields, for rules and templates: field.NAME." },
    { "field set",
      "PUT",
      "/v1/fields/{}",
      { { "NAME", NULL, NULL, ARG_TEXT, NEEDED },
        { "--kind", "text|number|date", "kind", ARG_TEXT, NEEDED } },
      show_code_set,
      .help = "Makes one." },
    { "suppression list",
      "GET",
      "/v1/suppressions",
      { { "--after", "ADDRESS", NULL, ARG_OURS, false },
        { "--limit", "N", NULL, ARG_OURS, false },
        { "--all", NULL, NULL, ARG_OURS_FLAG, false },
        { "--csv", NULL, NULL, ARG_OURS_FLAG, false } },
      .list = &suppressed,
      .help = "Numbers and mail addresses that get no promotions: carriers say that they are "
              "nobody's, or a partner lists them." },
    { "suppression lift",
      "POST",
      "/v1/suppressions/lift",
      { { "ADDRESS", NULL, "address", ARG_TEXT, NEEDED } },
      show_lifted,
      .help = "Lets promotions go to one of them, a phone number or a mail address, again." },

    { "consent grant",
      "POST",
      "/v1/consents/grant",
      { CONSENT_OPTIONS{ "--purpose", "promo|service", "purpose", ARG_TEXT, false },
        { "--channel", "sms|email", "channel", ARG_TEXT, false },
        { "--double-opt-in", NULL, "double_opt_in", ARG_FLAG, false } },
      show_consent_said,
      .bad = consent_does_not_count,
      .help =
          "Notes a consent: the words agreed to, where, when. WHO is a customer's id, "
          "PARTNER:NUMBER, a phone number or a mail address. It does not lift a refusal, unless "
          "it is an act of the person: a form with --signed-at, or their word to staff." },
    { "consent withdraw",
      "POST",
      "/v1/consents/withdraw",
      { CONSENT_OPTIONS{ "--purpose", "promo|service", "purpose", ARG_TEXT, false },
        { "--channel", "sms|email", "channel", ARG_TEXT, false } },
      show_consent_said,
      .help =
          "Notes a refusal. It counts at once, in campaigns under way too. By a phone number it "
          "is a STOP of that number." },
    { "consent ask",
      "POST",
      "/v1/consents/ask",
      { CONSENT_OPTIONS{ "--channel", "sms|email", "channel", ARG_TEXT, false } },
      show_consent_said,
      .help = "Asks a person by SMS, or by mail; their OUI or YES is the consent to promotions by "
              "the same way (double opt-in). Nobody is asked twice within consent.ask_expires." },
    { "consent show",
      "GET",
      "/v1/customers/{}/consents",
      { { "CUSTOMER", NULL, NULL, ARG_CUSTOMER, NEEDED } },
      show_consents,
      .help = "What a customer allowed and refused, and what counts now." },
    { "consent proof",
      "GET",
      "/v1/messages/{}/proof",
      { { "MESSAGE", NULL, NULL, ARG_NUMBER, NEEDED } },
      show_proof,
      .bad = proof_is_bad,
      .help = "What shows that a message was allowed: its text, the consent, its place in the "
              "ledger, verified now, and what was refused since." },
    { "consent renewals",
      "GET",
      "/v1/consents/renewals",
      { { "--within", "DURATION", "within_s", ARG_DURATION, false },
        { "--after", "ID", NULL, ARG_OURS, false },
        { "--limit", "N", NULL, ARG_OURS, false },
        { "--all", NULL, NULL, ARG_OURS_FLAG, false },
        { "--csv", NULL, NULL, ARG_OURS_FLAG, false } },
      .list = &renewals,
      .help = "Whose consent ends within 90d (or --within) for want of a contact." },
    { "consent export",
      "GET",
      "/v1/consents/export",
      { { "CUSTOMER", NULL, "customer", ARG_CUSTOMER, false },
        { "--all", NULL, NULL, ARG_OURS_FLAG, false },
        { "--since", "DURATION", "since", ARG_AGO, false } },
      .fetch = ctl_export_consents,
      .help = "The ledger, or a customer's part of it, as signed lines of JSON on stdout: consent "
              "export --all > ledger.jsonl. --since 30d: what was recorded since." },
    { "consent check",
      "",
      "",
      { { "FILE", NULL, NULL, ARG_OURS, NEEDED }, { "--key", "KEY", NULL, ARG_OURS, false } },
      .offline = ctl_check_consents,
      .help = "Is such a file what was exported? Needs no relaisd. --key: and by this key." },
    { "consent key",
      "GET",
      "/v1/consents/key",
      { { 0 } },
      show_public_key,
      .help = "The public key of the exports. Note it elsewhere." },
    { "consent verify",
      "GET",
      "/v1/consent/verify",
      { { 0 } },
      show_verdict,
      .bad = verdict_is_bad,
      .help = "Is the ledger of consents what was written, line by line?" },
};
const size_t ctl_n_customer_commands =
    sizeof(ctl_customer_commands) / sizeof(ctl_customer_commands[0]);
