/* relaisctl_commands_message.c - commands about messages, and how long all of it is kept. */
#include "relaisctl.h"

#define ORDER(verb, words)                                                         \
    {                                                                              \
        "message " verb, "POST", "/v1/messages/{}/" verb,                          \
            { { "ID", NULL, NULL, ARG_NUMBER, NEEDED } }, show_said, .help = words \
    }

const struct command ctl_message_commands[] = {
    { "message show",
      "GET",
      "/v1/messages/{}",
      { { "ID", NULL, NULL, ARG_NUMBER, NEEDED } },
      show_message,
      .help = "A message's whole life: where it came from, its right to be sent, what happened to "
              "it, what comes next." },
    { "message find",
      "GET",
      "/v1/messages",
      { { "--to", "PHONE|MAIL", "to", ARG_TEXT, NEEDED },
        { "--since", "DURATION", "since_s", ARG_DURATION, false },
        { "--limit", "N", "limit", ARG_NUMBER, false } },
      show_messages,
      .help = "The newest messages to a number or mail address, of the last 31 days or of --since "
              "7d." },
    ORDER("hold", "Sets a queued message aside."),
    ORDER("release", "Puts a held message back into the queue."),
    { "message retry",
      "POST",
      "/v1/messages/{}/retry",
      { { "ID", NULL, NULL, ARG_NUMBER, NEEDED },
        { "--expires", "DURATION", "expires_s", ARG_DURATION, false } },
      show_said,
      .help = "Queues one again that failed, expired, was cancelled or put off, when no carrier "
              "can have it." },
    ORDER("cancel", "Ends a message that has not left."),
    { "message send",
      "POST",
      "/v1/messages",
      { { "TEXT", NULL, "text", ARG_TEXT, NEEDED },
        { "--basis", "WORD", "legal_basis", ARG_TEXT, NEEDED },
        { "--to", "PHONE|MAIL", "to", ARG_TEXT, false },
        { "--customer", "ID", "customer_id", ARG_NUMBER, false },
        { "--channel", "sms|email", "channel", ARG_TEXT, false },
        { "--subject", "TEXT", "subject", ARG_TEXT, false },
        { "--class", "service|alert", "class", ARG_TEXT, false },
        { "--sender", "SENDER", "sender", ARG_TEXT, false },
        { "--expires", "DURATION", "expires_s", ARG_DURATION, false } },
      show_queued,
      .help =
          "One service message or alert. --basis names the right to send it: contract ... "
          "--channel email: a mail, with a subject; its text is marked as in doc/templates.md." },

    { "inbound list",
      "GET",
      "/v1/inbound",
      { { "--from", "ADDRESS", "from", ARG_TEXT, false },
        { "--channel", "sms|email", "channel", ARG_TEXT, false },
        { "--keyword", "WORD", "keyword", ARG_TEXT, false },
        { "--since", "DURATION", "since_s", ARG_DURATION, false },
        { "--before", "ID", "before", ARG_NUMBER, false },
        { "--limit", "N", "limit", ARG_NUMBER, false } },
      show_inbound,
      .help = "What customers wrote, the newest first. --since 2h: not older than that; --before "
              "goes on where a list ended." },

    { "text check",
      "POST",
      "/v1/text/check",
      { { "TEXT", NULL, "text", ARG_TEXT, false },
        { "--file", "FILE", "text", ARG_FILE, false },
        { "--sender", "SENDER", "sender", ARG_TEXT, false },
        { "--to", "PHONE", "to", ARG_TEXT, false },
        { "--class", "promo|service|alert", "class", ARG_TEXT, false } },
      show_text,
      .help = "What a text costs as an SMS, by each carrier too, where it is cut, and what "
              "transliteration saves." },

    { "retention show",
      "GET",
      "/v1/retention",
      { { 0 } },
      show_retention,
      .help = "How long everything is kept, and what goes next. 0 days: for "
              "ever." },
};
const size_t ctl_n_message_commands =
    sizeof(ctl_message_commands) / sizeof(ctl_message_commands[0]);
