/* relaisctl_show_mail_in.c - mails that came in, for people. */
#include <stdio.h>
#include <string.h>

#include "domain/message_words.h"
#include "relaisctl.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

void show_mails_in(const json_t *reply)
{
    static const struct column columns[] = {
        { "ID", "id", 'n', 0 },
        { "AT (UTC)", "at", 'd', 0 },
        { "KIND", "kind", 't', 0 },
        { "FROM", "from", 't', 32 },
        { "OUTCOME", "outcome", 't', 0 },
        { "REVIEW", "review", 't', 0 },
        { "FILES", "attachments", 'n', 0 },
        { "SUBJECT", "subject", 't', 50 },
    };

    show_table(json_object_get(reply, "mails"), columns, COUNT(columns), "No mail.");
}

void show_reviews(const json_t *reply)
{
    static const struct column columns[] = {
        { "ID", "id", 'n', 0 },
        { "AT (UTC)", "at", 'd', 0 },
        { "WHY", "review", 't', 0 },
        { "KIND", "kind", 't', 0 },
        { "FROM", "from", 't', 32 },
        { "TO", "to", 't', 32 },
        { "FILES", "attachments", 'n', 0 },
        { "SUBJECT", "subject", 't', 50 },
        { "STATE", "review_state", 't', 0 },
        { "BY", "decided_by", 't', 16 },
    };

    show_table(json_object_get(reply, "mails"), columns, COUNT(columns),
               "No mail that a person has to look at.");
}

/* A code and what it means. */
struct word {
    const char *code, *words;
};

/* What is not there is as it is called. */
static const char *find_words(const struct word *list, size_t n, const char *code)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(code, list[i].code) == 0)
            return list[i].words;
    }
    return code;
}

static const char *why_not_kept(const char *why)
{
    static const struct word words[] = {
        { "program", "not kept: it is a program" },
        { "refused_type", "not kept: its type is refused" },
        { "too_large", "not kept: it is too large" },
        { "too_many", "not kept: there are too many" },
        { "unreadable", "not kept: it cannot be decoded" },
    };

    return find_words(words, COUNT(words), why);
}

static const char *kind_words(const char *kind)
{
    static const struct word words[] = {
        { "message", "a mail to one of our addresses" },
        { "reply", "a reply to a mail of ours" },
        { "unsubscribe", "a request to get no more promotions" },
        { "bounce", "a mail server's report about a mail to a customer" },
        { "alert", "a reply to an alert" },
        { "house", "a mail server's report about a mail of the house's own" },
        { "import", "a partner's file" },
    };

    return find_words(words, COUNT(words), kind);
}

static const char *proof_words(const char *proof)
{
    static const struct word words[] = {
        { "", "nobody vouches for the sender" },
        { "token", "the secret address it came to, which only the recipient of our mail has" },
        { "spf", "the sender's network only (SPF), which is not enough for orders" },
        { "dkim", "the signature of the sender's domain (DKIM)" },
        { "dmarc", "the rules of the sender's domain (DMARC)" },
    };

    return find_words(words, COUNT(words), proof);
}

static const char *automatic_words(const char *automatic)
{
    static const struct word words[] = {
        { "reply", "an automatic answer, such as of somebody who is away" },
        { "mail", "written by a program" },
        { "list", "of a mailing list, or to many" },
    };

    return find_words(words, COUNT(words), automatic);
}

static const char *outcome_words(const char *outcome)
{
    static const struct word words[] = {
        { "recorded", "kept" },
        { "ignored", "kept, and nothing followed from it" },
        { "not_done", "nothing was done, a person has to decide" },
        { "withdrawn", "promotions to this address have ended" },
        { "granted", "promotions to this address are allowed again" },
        { "confirmed", "the consent that was asked for is confirmed" },
        { "bounced", "our mail was not delivered" },
        { "delayed", "our mail is not delivered yet, it is still being tried" },
        { "delivered", "our mail was delivered" },
        { "complained", "the recipient called our mail spam" },
        { "acknowledged", "the alert is acknowledged" },
        { "closed", "the alert is closed" },
        { "files", "its files were taken for the import" },
    };

    return find_words(words, COUNT(words), outcome);
}

/* Why nothing was done, or a person has to look: else why a mail came back. */
static const char *reason_words(const char *reason)
{
    static const struct word words[] = {
        { "unproved", "nobody vouches for its sender" },
        { "unknown_sender", "no customer has this address" },
        { "not_allowed", "the partner's profile does not name this sender (mail_from)" },
        { "no_file", "there is no file in it" },
        { "other_address", "it is about another address than the mail went to" },
        { "no_address", "it does not say which address it is about" },
        { "not_kept", "something attached to it was not kept, and may be a file" },
        { "not_placed", "its file could not be put into the partner's in/" },
        { "reply_to_house", "it answers a mail of the house's own" },
        { "no_such_message", "the mail that it is about is not known any more" },
        { "automatic", "it was written by a program" },
        { "closed_before", "the alert was closed before" },
        { "no_such_alert", "there is no such alert" },
    };
    const char *found = find_words(words, COUNT(words), reason);

    return found == reason ? message_reason_words(reason, true) : found;
}

static void show_attachments(const json_t *list)
{
    const json_t *d;
    size_t i;

    json_array_foreach(list, i, d)
    {
        printf("  %lld. %s  %s, %lld bytes%s", (long long)get_int(d, "n"),
               *get_text(d, "name") ? get_text(d, "name") : "(no name)",
               *get_text(d, "type") ? get_text(d, "type") : get_text(d, "declared"),
               (long long)get_int(d, "bytes"),
               json_is_true(json_object_get(d, "inline")) ? ", in the text" : "");
        if (json_is_true(json_object_get(d, "lies")))
            printf(", NOT what it says it is (%s)", get_text(d, "declared"));
        if (get_int(d, "document_id"))
            printf("\n     relaisctl document save %lld FILE\n",
                   (long long)get_int(d, "document_id"));
        else
            printf("\n     %s\n",
                   *get_text(d, "not_kept") ? why_not_kept(get_text(d, "not_kept")) : "erased");
    }
}

static void show_files(const json_t *list)
{
    const json_t *f;
    char at[20];
    size_t i;

    json_array_foreach(list, i, f)
    {
        show_line(i ? "" : "files", "%s of %s: %s%s%s%s%s", get_text(f, "name"),
                  get_text(f, "partner"), get_text(f, "state"),
                  *get_text(f, "settled_at") ? " " : "", get_time(f, "settled_at", at),
                  *get_text(f, "reason") ? ", " : "", get_text(f, "reason"));
    }
}

static void show_decisions(const json_t *reply)
{
    const json_t *command;
    char at[20];
    size_t i;

    if (*get_text(reply, "review"))
        show_line("review", "%s: %s", get_text(reply, "review_state"),
                  reason_words(get_text(reply, "review")));
    json_array_foreach(json_object_get(reply, "commands"), i, command)
        show_line(i ? "" : "decided", "%s %s by %s%s%s", get_time(command, "at", at),
                  get_text(command, "command"), get_text(command, "who"),
                  *get_text(command, "detail") ? ": " : "", get_text(command, "detail"));
}

void show_mail_in(const json_t *reply)
{
    const json_t *documents = json_object_get(reply, "documents");
    const char *name = get_text(reply, "from_name");
    char at[20];

    printf("Mail %lld of %s UTC: %s\n", (long long)get_int(reply, "id"), get_time(reply, "at", at),
           get_text(reply, "subject"));
    show_line("from", "%s%s%s%s", name, *name ? " <" : "", get_text(reply, "from"),
              *name ? ">" : "");
    show_line("vouched by", "%s", proof_words(get_text(reply, "proof")));
    show_line("to", "%s", get_text(reply, "to"));
    show_line("kind", "%s%s%s", kind_words(get_text(reply, "kind")),
              *get_text(reply, "automatic") ? "; " : "",
              automatic_words(get_text(reply, "automatic")));
    show_line("outcome", "%s%s%s", outcome_words(get_text(reply, "outcome")),
              *get_text(reply, "reason") ? ": " : "", reason_words(get_text(reply, "reason")));
    if (get_int(reply, "customer_id"))
        show_line("customer", "%lld", (long long)get_int(reply, "customer_id"));
    if (get_int(reply, "about_id"))
        show_line("about", "%lld", (long long)get_int(reply, "about_id"));
    if (get_int(reply, "answer_id"))
        show_line("answered by", "message %lld", (long long)get_int(reply, "answer_id"));
    show_decisions(reply);
    show_files(json_object_get(reply, "files"));
    show_line("source", "%lld bytes%s", (long long)get_int(reply, "bytes"),
              json_is_true(json_object_get(reply, "source")) ? "" : ", not kept any more");
    if (json_array_size(documents)) {
        puts("\nAttached:");
        show_attachments(documents);
    }
    if (*get_text(reply, "text"))
        printf("\n%s\n", get_text(reply, "text"));
    else if (json_is_true(json_object_get(reply, "source")))
        printf("\nThe mail as it came: relaisctl mail in source %lld\n",
               (long long)get_int(reply, "id"));
}

void show_review_said(const json_t *reply)
{
    const long long id = (long long)get_int(reply, "id"),
                    mails = (long long)get_int(reply, "mails");

    if (mails)
        printf("Mail %lld is customer %lld's%s%s.\n", id, (long long)get_int(reply, "customer_id"),
               mails > 1 ? ", and so are others of its sender" : "",
               json_is_true(json_object_get(reply, "address_added"))
                   ? "; the address is theirs from now on"
                   : "");
    else if (get_int(reply, "files"))
        printf("%lld %s of mail %lld %s taken: relaisctl mail in show %lld\n",
               (long long)get_int(reply, "files"), plural(get_int(reply, "files"), "file", "files"),
               id, plural(get_int(reply, "files"), "is", "are"), id);
    else
        printf("Mail %lld is off the list.\n", id);
}

void show_document(const json_t *reply)
{
    char at[20];

    printf("Document %lld: %s\n", (long long)get_int(reply, "id"), get_text(reply, "type"));
    show_line("size", "%lld bytes", (long long)get_int(reply, "bytes"));
    show_line("SHA-256", "%s", get_text(reply, "sha256"));
    show_line("since", "%s UTC", get_time(reply, "created_at", at));
}
