/* relaisctl_consent.c - consents shown to a person, the signed export fetched, and a file checked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "control/consent_check.h"
#include "domain/local_time.h"
#include "relaisctl.h"

static const json_t *list_of(const json_t *reply, const char *name)
{
    return json_object_get(reply, name);
}

static const char *given(const struct ctl *ctl, const char *name)
{
    for (size_t k = 0; ctl->command->args[k].name; k++) {
        if (strcmp(ctl->command->args[k].name, name) == 0)
            return ctl->given[k];
    }
    return NULL;
}

/* --- said --- */

void show_consent_said(const json_t *reply)
{
    puts(get_text(reply, "said"));
}

bool consent_does_not_count(const json_t *reply)
{
    return json_is_false(json_object_get(reply, "counts"));
}

/* --- a customer --- */

static const char *what_kind(const json_t *item)
{
    bool promo = strcmp(get_text(item, "purpose"), "promo") == 0;
    bool sms = strcmp(get_text(item, "channel"), "sms") == 0;

    return promo ? sms ? "promotions by SMS" : "promotions by mail"
           : sms ? "service messages by SMS"
                 : "service messages by mail";
}

static void show_now(const json_t *item, struct local_zone *zone)
{
    const char *state = get_text(item, "state");
    char since[20], ends[20];

    get_local(item, "since", zone, since);
    get_local(item, "ends_at", zone, ends);
    if (strcmp(state, "granted") == 0 && *ends)
        printf("  %s: allowed since %.10s, until %.10s if nothing comes from them before\n",
               what_kind(item), since, ends);
    else if (strcmp(state, "granted") == 0)
        printf("  %s: allowed since %.10s\n", what_kind(item), since);
    else if (strcmp(state, "expired") == 0)
        printf("  %s: NOT allowed any more: it was given on %.10s, and nothing came from them "
               "until %.10s\n",
               what_kind(item), since, ends);
    else
        printf("  %s: REFUSED on %.10s\n", what_kind(item), since);
}

static void show_addresses(const json_t *reply, struct local_zone *zone)
{
    const json_t *item;
    char at[20], until[20];
    size_t i;

    json_array_foreach(list_of(reply, "opt_outs"), i, item)
    {
        const char *sender = get_text(item, "sender");
        printf("  %s %s on %.10s: no promotion goes there%s%s\n", get_text(item, "address"),
               get_text(item, "words"), get_local(item, "at", zone, at), *sender ? " from " : "",
               sender);
    }
    json_array_foreach(list_of(reply, "requests"), i, item) printf(
        "  %s was asked for its consent on %.10s: %s%s%.10s\n", get_text(item, "address"),
        get_local(item, "asked_at", zone, at), get_text(item, "state"),
        strcmp(get_text(item, "state"), "pending") == 0 ? " until " : "",
        strcmp(get_text(item, "state"), "pending") == 0 ? get_local(item, "expires_at", zone, until)
                                                        : "");
}

static void show_event(const json_t *e, struct local_zone *zone)
{
    static const struct {
        const char *name, *field;
    } details[] = {
        { "words", "wording" },
        { "address", "address" },
        { "from", "remote_address" },
        { "noted by", "recorded_by" },
    };
    char at[20], other[20];

    printf("  %s  %s\n", get_local(e, "at", zone, at), get_text(e, "words"));
    for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
        if (*get_text(e, details[i].field))
            printf("      %-10s %s\n", details[i].name, get_text(e, details[i].field));
    }
    if (*get_text(e, "signed_at"))
        printf("      %-10s %s\n", "signed", get_local(e, "signed_at", zone, other));
    printf("      %-10s %s (event %lld)\n", "recorded", get_local(e, "recorded_at", zone, other),
           (long long)get_int(e, "id"));
}

void show_consents(const json_t *reply)
{
    struct local_zone *zone = house_zone(reply);
    const json_t *item;
    size_t i;

    printf("Customer %lld: what counts now (times of %s)\n", (long long)get_int(reply, "id"),
           house_zone_name(reply, zone));
    if (json_array_size(list_of(reply, "now")) == 0)
        puts("  nothing was ever said: no promotion may be sent");
    json_array_foreach(list_of(reply, "now"), i, item) show_now(item, zone);
    show_addresses(reply, zone);
    if (json_array_size(list_of(reply, "events")) > 0)
        puts("\nWhat was said");
    json_array_foreach(list_of(reply, "events"), i, item) show_event(item, zone);
    if (json_is_true(json_object_get(reply, "cut")))
        puts("\nOnly the newest are shown; consent export has them all.");
    local_zone_close(zone);
}

/* --- the proof of a message --- */

void show_proof(const json_t *reply)
{
    const json_t *m = json_object_get(reply, "message"), *l = json_object_get(reply, "ledger");
    const json_t *item;
    char at[20];
    size_t i;

    printf("Message %lld to %s, from %s, %s\n", (long long)get_int(m, "id"), get_text(m, "to"),
           get_text(m, "sender"), get_text(m, "state"));
    show_line("customer", "%lld", (long long)get_int(m, "customer_id"));
    show_passage("text", get_text(m, "text"));
    show_line("its SHA-256", "%s", get_text(m, "text_sha256"));
    show_line("sent", *get_time(m, "sent_at", at) ? "%s UTC" : "not%s", at);
    if (*get_text(reply, "missing"))
        printf("\n%s\n", get_text(reply, "missing"));
    else if (!l)
        printf("\nIt names no consent: it is of class %s, sent by this right: %s\n",
               get_text(m, "class"), get_text(m, "legal_basis"));
    if (l) {
        puts("\nThe consent that allowed it (UTC)");
        show_event(json_object_get(reply, "consent"), NULL);
        puts("\nIts place in the ledger");
        show_line("chain, line", "%lld, %lld", (long long)get_int(l, "chain"),
                  (long long)get_int(l, "line"));
        show_line("hash", "%s", get_text(l, "hash"));
        show_line("line before", "%s", get_text(l, "previous_hash"));
        if (json_is_true(json_object_get(l, "intact")))
            show_line("verified", "%s UTC: the whole chain is what was written",
                      get_time(l, "verified_at", at));
        else
            show_line("verified", "THE CHAIN IS NOT WHAT WAS WRITTEN: %s", get_text(l, "reason"));
    }
    puts("\nRefused since it was sent (UTC)");
    if (json_array_size(list_of(reply, "refused_since")) == 0)
        puts("  nothing");
    json_array_foreach(list_of(reply, "refused_since"), i, item)
        printf("  %s  %s%s%s\n", get_time(item, "at", at),
               json_object_get(item, "id") ? "" : get_text(item, "address"),
               json_object_get(item, "id") ? "" : " ", get_text(item, "words"));
}

bool proof_is_bad(const json_t *reply)
{
    return *get_text(reply, "missing") ||
           json_is_false(json_object_get(json_object_get(reply, "ledger"), "intact"));
}

void show_public_key(const json_t *reply)
{
    printf("%s\n", get_text(reply, "public_key"));
}

/* --- the export --- */

/* Writes the page's lines. Returns the exit status, and in `path` the next page's; "": it was the
 * last one. */
static int export_page(const struct ctl *ctl, const char *query, struct buffer *path)
{
    const json_t *lines, *next;
    json_t *reply = NULL;
    struct error err;
    int status = 0, result = 0;

    if (ctl_call(&ctl->place, "GET", buffer_text(path), NULL, &status, &reply, &err)) {
        fprintf(stderr, "relaisctl: %s\n", err.text);
        return CTL_UNREACHED;
    }
    lines = json_object_get(reply, "lines");
    if (status != 200 || !json_is_string(lines)) {
        fprintf(stderr, "relaisctl: %s\n",
                *get_text(reply, "error") ? get_text(reply, "error") : "relaisd refused the call");
        result = CTL_FAILED;
    } else if (fwrite(json_string_value(lines), 1, json_string_length(lines), stdout) !=
                   json_string_length(lines) ||
               fflush(stdout)) {
        fprintf(stderr, "relaisctl: cannot be written: %s\n", strerror(errno));
        result = CTL_FAILED;
    }
    next = json_object_get(reply, "next");
    buffer_reset(path);
    if (next)
        buffer_printf(path, "%s%cafter=%s&page=%lld&previous=%s", query,
                      strchr(query, '?') ? '&' : '?', get_text(next, "after"),
                      (long long)get_int(next, "page"), get_text(next, "previous"));
    json_decref(reply);
    return result;
}

int ctl_export_consents(const struct ctl *ctl, const char *query)
{
    struct buffer path;
    int result = 0;

    if (!given(ctl, "CUSTOMER") == !given(ctl, "--all")) {
        fputs("relaisctl: consent export needs a customer, or --all for the whole ledger\n",
              stderr);
        return CTL_MISUSE;
    }
    buffer_init(&path, CTL_PATH_SIZE);
    buffer_add_text(&path, query);
    while (result == 0 && path.len > 0)
        result = export_page(ctl, query, &path);
    buffer_close(&path);
    return result;
}

/* --- a file checked --- */

static int print_report(const struct ctl *ctl, const struct consent_report *r, bool known_key)
{
    const char *key = given(ctl, "--key");
    bool good = r->sound && known_key;

    if (ctl->json) {
        json_t *out =
            json_pack("{s:b, s:I, s:s, s:b, s:I, s:I, s:I, s:I, s:s, s:s}", "sound", good, "line",
                      (json_int_t)r->line, "reason",
                      r->sound && !known_key ? "it is signed with another key" : r->reason, "whole",
                      r->whole, "customer_id", (json_int_t)r->customer_id, "events",
                      (json_int_t)r->events, "chains", (json_int_t)r->chains, "pages",
                      (json_int_t)r->pages, "made_at", r->made_at, "public_key", r->public_key);
        json_dumpf(out, stdout, JSON_INDENT(2));
        puts("");
        json_decref(out);
    } else if (!r->sound) {
        printf("THE FILE IS NOT WHAT WAS EXPORTED: line %llu: %s\n", (unsigned long long)r->line,
               r->reason);
    } else if (!known_key) {
        printf("THE FILE IS SIGNED WITH ANOTHER KEY: %s\n", r->public_key);
    } else {
        printf("The file is what was exported on %.19s UTC: %llu events in %llu chains, every line "
               "signed and linked.\n",
               r->made_at, (unsigned long long)r->events, (unsigned long long)r->chains);
        if (!key)
            printf("It is signed with the key %s: compare it with the one you noted (consent "
                   "key).\n",
                   r->public_key);
    }
    return good ? 0 : CTL_FAILED;
}

static void check_lines(struct consent_check *c, FILE *file)
{
    char *line = malloc(CONSENT_CHECK_LINE_MAX + 2);
    size_t len = 0;
    bool good = line;
    int byte;

    /* A line that is too long is cut where it is: then it is a fault anyway. */
    while (good && (byte = getc_unlocked(file)) != EOF) {
        if (byte == '\n' || len > CONSENT_CHECK_LINE_MAX) {
            good = consent_check_line(c, line, len);
            len = 0;
        } else {
            line[len++] = (char)byte;
        }
    }
    if (good && len)
        consent_check_line(c, line, len);
    free(line);
}

int ctl_check_consents(struct ctl *ctl)
{
    const char *path = given(ctl, "FILE"), *key = given(ctl, "--key");
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    struct consent_check *check = file ? consent_check_new() : NULL;
    struct consent_report report;
    int result = CTL_FAILED;

    if (!file)
        fprintf(stderr, "relaisctl: %s: cannot be read: %s\n", path, strerror(errno));
    if (check) {
        check_lines(check, file);
        if (ferror(file)) {
            fprintf(stderr, "relaisctl: %s: cannot be read: %s\n", path, strerror(errno));
        } else {
            consent_check_end(check, &report);
            result = print_report(ctl, &report, !key || strcmp(key, report.public_key) == 0);
        }
    }
    consent_check_free(check);
    if (file && file != stdin)
        fclose(file);
    return result;
}
