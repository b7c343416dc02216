/* relaisctl_show_mail.c - mails for people. */
#include <stdio.h>

#include "relaisctl.h"

void show_mails(const json_t *reply)
{
    static const struct column columns[] = {
        { "ID", "id", 'n', 0 },        { "CREATED", "created_at", 'd', 0 },
        { "KIND", "kind", 't', 16 },   { "TO", "to", 't', 32 },
        { "STATE", "state", 't', 0 },  { "TRIES", "attempts", 'n', 0 },
        { "NEXT", "next_at", 'd', 0 }, { "SUBJECT", "subject", 't', 40 },
        { "REPLY", "reply", 't', 50 },
    };

    show_table(json_object_get(reply, "mails"), columns, sizeof(columns) / sizeof(columns[0]),
               "No mail.");
}

static void show_reply(const json_t *reply)
{
    const long long code = (long long)get_int(reply, "reply_code");

    if (!*get_text(reply, "relay"))
        show_line("relay", "none was asked yet");
    else if (code)
        show_line("relay", "%s: %lld %s", get_text(reply, "relay"), code, get_text(reply, "reply"));
    else
        show_line("relay", "%s: %s", get_text(reply, "relay"), get_text(reply, "reply"));
}

void show_mail(const json_t *reply)
{
    const json_t *command;
    char at[20];
    size_t i;

    printf("Mail %lld: %s\n", (long long)get_int(reply, "id"), get_text(reply, "state"));
    show_line("kind", "%s", get_text(reply, "kind"));
    show_line("to", "%s", get_text(reply, "to"));
    show_line("subject", "%s", get_text(reply, "subject"));
    show_line("created", "%s UTC", get_time(reply, "created_at", at));
    if (*get_time(reply, "next_at", at))
        show_line("next try", "%s UTC", at);
    if (*get_time(reply, "settled_at", at))
        show_line("settled", "%s UTC", at);
    show_line("attempts", "%lld", (long long)get_int(reply, "attempts"));
    show_reply(reply);
    if (*get_text(reply, "message_id"))
        show_line("message-id", "<%s>", get_text(reply, "message_id"));
    if (*get_text(reply, "file"))
        show_line("attached", "%s, %lld bytes", get_text(reply, "file"),
                  (long long)get_int(reply, "file_bytes"));
    json_array_foreach(json_object_get(reply, "commands"), i, command)
        show_line(i ? "" : "commands", "%s %s by %s", get_time(command, "at", at),
                  get_text(command, "command"), get_text(command, "who"));
    printf("\n%s", get_text(reply, "text"));
}

void show_mail_state(const json_t *reply)
{
    const long long id = (long long)get_int(reply, "id");

    if (json_is_true(json_object_get(reply, "relay")))
        printf("Mail %lld is due. What becomes of it: relaisctl mail show %lld\n", id, id);
    else
        printf("Mail %lld waits: there is no relay (mail.relay in relais.conf).\n", id);
}

void show_postman(const json_t *mail)
{
    const long long n = (long long)get_int(mail, "leaving");

    if (json_is_true(json_object_get(mail, "paused")))
        show_line("postman", "%s, but no relay takes mails now: they wait",
                  get_text(mail, "postman"));
    else if (n)
        show_line("postman", "%s, %lld %s on %s way", get_text(mail, "postman"), n,
                  plural(n, "mail", "mails"), plural(n, "its", "their"));
    else
        show_line("postman", "%s", get_text(mail, "postman"));
}

void show_waiting_mail(const json_t *mail)
{
    const long long n = (long long)get_int(mail, "waiting");
    char at[20];

    if (!n)
        return;
    show_line("mail", "%lld %s since %s UTC%s", n, plural(n, "waits", "wait"),
              get_time(mail, "oldest", at),
              json_is_true(json_object_get(mail, "relay"))
                  ? ""
                  : ": there is no relay (mail.relay in relais.conf)");
}
