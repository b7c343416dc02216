/* relaisctl_show_words.c - templates, how they read, tests and links, for a person. */
#include <stdio.h>
#include <string.h>

#include "relaisctl.h"

/* --- the catalogue --- */

void show_templates(const json_t *reply)
{
    static const struct column columns[] = {
        { "NAME", "name", 't', 30 },      { "CHANNEL", "channel", 't', 0 },
        { "KIND", "kind", 't', 0 },       { "LANGUAGES", "languages", 't', 20 },
        { "VERSION", "version", 'n', 0 }, { "CHANGED (UTC)", "updated_at", 'd', 0 },
        { "TEXT", "body", 't', 60 },
    };

    show_table(json_object_get(reply, "templates"), columns, 7, "No template yet.");
}

void show_template_history(const json_t *reply)
{
    static const struct column columns[] = {
        { "VERSION", "version", 'n', 0 },
        { "MADE (UTC)", "updated_at", 'd', 0 },
        { "BY", "by", 't', 20 },
        { "KIND", "kind", 't', 0 },
        { "LANGUAGES", "languages", 't', 20 },
        { "TEXT", "body", 't', 60 },
    };

    show_table(json_object_get(reply, "versions"), columns, 6, "No version.");
}

static void show_doubts(const json_t *reply)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(reply, "doubts"), i, item)
        printf("beware: %s\n", json_string_value(item));
}

/* Of a mail. */
static void show_files(const json_t *reply)
{
    const json_t *item;
    size_t i;

    if (json_array_size(json_object_get(reply, "files")) > 0)
        puts("\nFiles");
    json_array_foreach(json_object_get(reply, "files"), i, item)
    {
        printf("  %s, %s, %lld bytes, %s\n", get_text(item, "name"), get_text(item, "type"),
               (long long)get_int(item, "size"),
               json_is_true(json_object_get(item, "inline")) ? "shown by texts" : "attached");
    }
    json_array_foreach(json_object_get(reply, "files_missing"), i, item)
    {
        printf("beware: the picture %s is not attached: its words are shown instead\n",
               json_string_value(item));
    }
    show_doubts(reply);
}

void show_template(const json_t *reply)
{
    const json_t *texts = json_object_get(reply, "texts"), *text;
    char at[20];
    size_t i;

    show_line("name", "%s%s", get_text(reply, "name"),
              json_is_true(json_object_get(reply, "deleted")) ? " (deleted)" : "");
    show_line("channel", "%s", get_text(reply, "channel"));
    show_line("kind", "%s: goes out as %s", get_text(reply, "kind"), get_text(reply, "class"));
    show_line("version", "%lld, of %s (UTC)%s%s", (long long)get_int(reply, "version"),
              get_time(reply, "updated_at", at), *get_text(reply, "by") ? " by " : "",
              get_text(reply, "by"));
    json_array_foreach(texts, i, text)
    {
        printf("\n%s%s\n", get_text(text, "language"),
               i == 0 && json_array_size(texts) > 1 ? ", and for who speaks none of the others"
                                                    : "");
        if (*get_text(text, "subject"))
            printf("Subject: %s\n\n", get_text(text, "subject"));
        printf("%s\n", get_text(text, "body"));
    }
    show_files(reply);
}

void show_template_set(const json_t *reply)
{
    printf("Template %s is stored: version %lld.\n", get_text(reply, "name"),
           (long long)get_int(reply, "version"));
    show_doubts(reply);
}

/* --- how it reads --- */

static void show_added_words(const json_t *item)
{
    const json_t *added = json_object_get(item, "added"), *words;
    size_t i;

    json_array_foreach(added, i, words) printf("    added: \"%s\"\n", json_string_value(words));
}

static void show_forced(const json_t *item)
{
    const json_t *list = json_object_get(item, "forced_by"), *character;
    size_t i;

    if (json_array_size(list) == 0)
        return;
    fputs("    beware: not in the SMS alphabet:", stdout);
    json_array_foreach(list, i, character) printf(" %s", json_string_value(character));
    puts("");
    if (*get_text(item, "transliterated"))
        printf("    transliterated, %lld %s: %s\n",
               (long long)get_int(item, "transliterated_parts"),
               plural(get_int(item, "transliterated_parts"), "part", "parts"),
               get_text(item, "transliterated"));
}

/* As its plain text reads, a little to the right. */
static void show_mail_reading(const json_t *item)
{
    printf("\n    Subject: %s\n\n", get_text(item, "subject"));
    show_lines("    ", "    ", get_text(item, "text"));
}

static void show_reading(const json_t *item, const char *currency)
{
    int64_t parts = get_int(item, "parts");
    const json_t *cost = json_object_get(item, "expected_millicents");

    if (!json_is_string(json_object_get(item, "text"))) {
        printf(", not sent: %s%s\n",
               *get_text(item, "missing") ? "there is no value for " : "it is too long",
               get_text(item, "missing"));
        return;
    }
    if (json_is_string(json_object_get(item, "subject"))) {
        show_mail_reading(item);
        return;
    }
    if (!json_is_integer(cost))
        cost = json_object_get(item, "cost_millicents");
    printf(", %lld %s, %s, %lld of %lld units, %lld.%05lld %s\n    %s\n", (long long)parts,
           plural(parts, "part", "parts"), get_text(item, "encoding"),
           (long long)get_int(item, "units"), (long long)get_int(item, "room"),
           (long long)(json_integer_value(cost) / 100000),
           (long long)(json_integer_value(cost) % 100000), currency, get_text(item, "text"));
    show_added_words(item);
    show_forced(item);
}

void show_template_preview(const json_t *reply)
{
    const char *currency = get_text(reply, "currency");
    const json_t *item;
    size_t i;

    printf("%s, version %lld, %s\n", get_text(reply, "name"), (long long)get_int(reply, "version"),
           get_text(reply, "kind"));
    json_array_foreach(json_object_get(reply, "languages"), i, item)
    {
        printf("\n%s, for example", get_text(item, "language"));
        show_reading(item, currency);
    }
    json_array_foreach(json_object_get(reply, "customers"), i, item)
    {
        printf("\ncustomer %lld, %s", (long long)get_int(item, "customer_id"),
               get_text(item, "language"));
        show_reading(item, currency);
    }
    show_files(reply);
}

void show_test(const json_t *reply)
{
    if (*get_text(reply, "subject")) {
        printf("Mail %lld to %s from %s: %s\n\n%s\n\n%lld more may be sent today.\n",
               (long long)get_int(reply, "id"), get_text(reply, "to"), get_text(reply, "sender"),
               get_text(reply, "subject"), get_text(reply, "text"),
               (long long)get_int(reply, "left_today"));
        return;
    }
    printf("Message %lld to %s from %s, %lld %s:\n    %s\n%lld more may be sent today.\n",
           (long long)get_int(reply, "id"), get_text(reply, "to"), get_text(reply, "sender"),
           (long long)get_int(reply, "parts"), plural(get_int(reply, "parts"), "part", "parts"),
           get_text(reply, "text"), (long long)get_int(reply, "left_today"));
}

/* --- links --- */

void show_links(const json_t *reply)
{
    static const struct column columns[] = {
        { "LINK", "n", 'n', 0 },
        { "RECIPIENTS", "recipients", 'n', 0 },
        { "VISITS", "visits", 'n', 0 },
        { "PROGRAMS", "bots", 'n', 0 },
        { "LAST (UTC)", "last_at", 'd', 0 },
        { "LEADS TO", "url", 't', 80 },
    };
    const json_t *list = json_object_get(reply, "links");

    show_table(list, columns, 6, "There is no {{link:...}} in its texts.");
    if (json_array_size(list) > 0)
        printf("\n%lld of %lld who got it followed a link.\n",
               (long long)get_int(reply, "recipients"), (long long)get_int(reply, "messages"));
}
