/* relaisctl_commands_mail.c - commands about mails that came in, and what was attached. */
#include "relaisctl.h"

static int save(const struct ctl *ctl, const char *path)
{
    return ctl_save(ctl, path, ctl_given(ctl, "FILE"));
}

const struct command ctl_mail_commands[] = {
    { "mail in list",
      "GET",
      "/v1/mails/in",
      { { "--before", "ID", "before", ARG_NUMBER, false },
        { "--limit", "N", "limit", ARG_NUMBER, false } },
      show_mails_in,
      .help = "Mails that came in, the newest first, and what came of each. What customers wrote "
              "in them: inbound list --channel email." },
    { "mail in show",
      "GET",
      "/v1/mails/in/{}",
      { { "ID", NULL, NULL, ARG_NUMBER, NEEDED } },
      show_mail_in,
      .help = "One of them: its text, what came of it, what is attached." },
    { "mail in source",
      "GET",
      "/v1/mails/in/{}/source",
      { { "ID", NULL, NULL, ARG_NUMBER, NEEDED }, { "FILE", NULL, NULL, ARG_OURS, NEEDED } },
      .fetch = save,
      .help = "The mail as it came, into a new file; \"-\": to stdout." },
    { "mail review list",
      "GET",
      "/v1/mails/reviews",
      { { "--state", "STATE", "state", ARG_TEXT, false },
        { "--before", "ID", "before", ARG_NUMBER, false },
        { "--limit", "N", "limit", ARG_NUMBER, false } },
      show_reviews,
      .help = "Mails that a person has to look at: of unknown senders, of partners who may not "
              "send files, orders that nobody vouches for. --state: open (without it), assigned, "
              "dismissed or done." },
    { "mail review assign",
      "POST",
      "/v1/mails/reviews/{}/assign",
      { { "ID", NULL, NULL, ARG_NUMBER, NEEDED },
        { "CUSTOMER", NULL, "customer_id", ARG_CUSTOMER, NEEDED } },
      show_review_said,
      .help = "Its sender is this customer: the address becomes theirs, and so does what came from "
              "it." },
    { "mail review dismiss",
      "POST",
      "/v1/mails/reviews/{}/dismiss",
      { { "ID", NULL, NULL, ARG_NUMBER, NEEDED } },
      show_review_said,
      .help = "It needs nothing." },
    { "mail review take",
      "POST",
      "/v1/mails/reviews/{}/take",
      { { "ID", NULL, NULL, ARG_NUMBER, NEEDED } },
      show_review_said,
      .help = "Takes the files of a partner's mail, whoever sent it." },
    { "document show",
      "GET",
      "/v1/documents/{}",
      { { "ID", NULL, NULL, ARG_NUMBER, NEEDED } },
      show_document,
      .help = "What a document is, by its bytes." },
    { "document save",
      "GET",
      "/v1/documents/{}/content",
      { { "ID", NULL, NULL, ARG_NUMBER, NEEDED }, { "FILE", NULL, NULL, ARG_OURS, NEEDED } },
      .fetch = save,
      .help = "The document, into a new file; \"-\": to stdout." },
};
const size_t ctl_n_mail_commands = sizeof(ctl_mail_commands) / sizeof(ctl_mail_commands[0]);
