/* relaisctl_commands.c - what relaisctl can do: one entry a command, for parsing, calling and help. */
#include "relaisctl.h"

#define NEEDED true
#define PLAN_OPTIONS                                                                               \
    { "--audience", "RULE", "audience", ARG_TEXT, false },                                         \
        { "--template", "NAME", "template", ARG_TEXT, false },                                     \
        { "--text", "TEXT", "text", ARG_TEXT, false },                                             \
        { "--file", "FILE", "text", ARG_FILE, false },                                             \
        { "--class", "promo|service", "class", ARG_TEXT, false },                                  \
        { "--sender", "SENDER", "sender", ARG_TEXT, false },                                       \
        { "--expires", "DURATION", "expires_s", ARG_DURATION, false },                             \
        { "--transliterate", NULL, "transliterate", ARG_FLAG, false },

const struct command ctl_commands[] = {
    { "status", "GET", "/v1/status", { { 0 } }, show_status, .can_watch = true,
      .help = "How Relais is: database, carriers, queue, today." },
    { "carrier list", "GET", "/v1/carriers", { { 0 } }, show_carriers, .can_watch = true,
      .help = "The carriers and their sessions." },
    { "smsc list", "GET", "/v1/carriers", { { 0 } }, show_carriers, .can_watch = true,
      .help = "The same, for those who say SMSC." },

    { "template list", "GET", "/v1/templates", { { 0 } }, show_templates,
      .help = "The texts that campaigns start from." },
    { "template show", "GET", "/v1/templates/{}", { { "NAME", NULL, NULL, ARG_TEXT, NEEDED } },
      show_template, .help = "One text." },
    { "template set", "PUT", "/v1/templates/{}",
      { { "NAME", NULL, NULL, ARG_TEXT, NEEDED },
        { "--text", "TEXT", "body", ARG_TEXT, false },
        { "--file", "FILE", "body", ARG_FILE, false } },
      show_template_set, .help = "Creates a text, or changes it. {{first_name|vous}} is filled in." },

    { "campaign list", "GET", "/v1/campaigns", { { "--limit", "N", "limit", ARG_NUMBER, false } },
      show_campaigns, .help = "The newest campaigns." },
    { "campaign create", "POST", "/v1/campaigns",
      { { "NAME", NULL, "name", ARG_TEXT, NEEDED }, PLAN_OPTIONS }, show_created,
      .help = "Creates a campaign; nothing is sent. Without --audience it is for everybody." },
    { "campaign try", "POST", "/v1/campaigns/preview",
      { { "NAME", NULL, "name", ARG_TEXT, NEEDED }, PLAN_OPTIONS }, show_preview,
      .help = "What such a campaign would do, without creating it." },
    { "campaign preview", "GET", "/v1/campaigns/{}/preview",
      { { "CAMPAIGN", NULL, NULL, ARG_CAMPAIGN, NEEDED } }, show_preview,
      .help = "Recipients, exclusions and why, cost, three texts." },
    { "campaign start", "POST", "/v1/campaigns/{}/start",
      { { "CAMPAIGN", NULL, NULL, ARG_CAMPAIGN, NEEDED } }, show_state,
      .help = "Takes the audience as it is now, and sends." },
    { "campaign status", "GET", "/v1/campaigns/{}",
      { { "CAMPAIGN", NULL, NULL, ARG_CAMPAIGN, NEEDED } }, show_campaign, .can_watch = true,
      .over = campaign_is_over, .help = "How far it is. --watch stays until it is done." },
    { "campaign excluded", "GET", "/v1/campaigns/{}/excluded",
      { { "CAMPAIGN", NULL, NULL, ARG_CAMPAIGN, NEEDED },
        { "REASON", NULL, "reason", ARG_TEXT, NEEDED },
        { "--after", "ID", "after", ARG_NUMBER, false },
        { "--limit", "N", "limit", ARG_NUMBER, false } },
      show_excluded, .help = "Who was left out for a reason: no_consent, withdrawn, opted_out ..." },
    { "campaign pause", "POST", "/v1/campaigns/{}/pause",
      { { "CAMPAIGN", NULL, NULL, ARG_CAMPAIGN, NEEDED } }, show_state,
      .help = "Holds what is not yet on the wire." },
    { "campaign resume", "POST", "/v1/campaigns/{}/resume",
      { { "CAMPAIGN", NULL, NULL, ARG_CAMPAIGN, NEEDED } }, show_state, .help = "Goes on." },
    { "campaign cancel", "POST", "/v1/campaigns/{}/cancel",
      { { "CAMPAIGN", NULL, NULL, ARG_CAMPAIGN, NEEDED } }, show_state,
      .help = "Ends it; what was not sent never is." },

    { "customer find", "GET", "/v1/customers", { { "WHO", NULL, "find", ARG_TEXT, NEEDED } },
      show_customers, .help = "By a phone number, a mail address, or the beginning of a name." },
    { "customer show", "GET", "/v1/customers/{}",
      { { "CUSTOMER", NULL, NULL, ARG_CUSTOMER, NEEDED } }, show_dossier,
      .help = "The dossier: all that is known, in the order of time. CUSTOMER is an id, or "
              "PARTNER:NUMBER." },

    { "import list", "GET", "/v1/imports",
      { { "--before", "ID", "before", ARG_NUMBER, false },
        { "--limit", "N", "limit", ARG_NUMBER, false } },
      show_imports, .help = "Files that partners dropped, the newest first." },
    { "import show", "GET", "/v1/imports/{}", { { "ID", NULL, NULL, ARG_NUMBER, NEEDED } },
      show_import, .help = "One file and its figures." },
    { "import rejects", "GET", "/v1/imports/{}/rejects",
      { { "ID", NULL, NULL, ARG_NUMBER, NEEDED },
        { "--after", "ROW", "after", ARG_NUMBER, false },
        { "--limit", "N", "limit", ARG_NUMBER, false } },
      show_rejects, .help = "Its refused rows, and why." },

    { "message show", "GET", "/v1/messages/{}", { { "ID", NULL, NULL, ARG_NUMBER, NEEDED } },
      show_message, .help = "A message, its right to be sent, and what happened to it." },
    { "message send", "POST", "/v1/messages",
      { { "TEXT", NULL, "text", ARG_TEXT, NEEDED },
        { "--basis", "WORD", "legal_basis", ARG_TEXT, NEEDED },
        { "--to", "PHONE", "to", ARG_TEXT, false },
        { "--customer", "ID", "customer_id", ARG_NUMBER, false },
        { "--class", "service|alert", "class", ARG_TEXT, false },
        { "--sender", "SENDER", "sender", ARG_TEXT, false },
        { "--expires", "DURATION", "expires_s", ARG_DURATION, false } },
      show_queued,
      .help = "One service message or alert. --basis names the right to send it: contract ..." },

    { "consent verify", "GET", "/v1/consent/verify", { { 0 } }, show_verdict,
      .bad = verdict_is_bad, .help = "Is the ledger of consents what was written, line by line?" },
    { "api list", "GET", "/v1/routes", { { 0 } }, show_routes,
      .help = "The routes of the JSON API under these commands." },
};
const size_t ctl_n_commands = sizeof(ctl_commands) / sizeof(ctl_commands[0]);
