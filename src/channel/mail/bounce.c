/*
 * bounce.c - puts together what a report says: by its fields if it has some, else by its words.
 *
 * A report's status is what the machine that gave up made of it, often a mere "5.0.0"; the words of
 * the machine that refused come first, then numbers, then whatever else stands in the mail.
 */
#include "channel/mail/bounce.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "channel/mail/bounce_report.h"
#include "channel/mail/bounce_status.h"
#include "channel/mail/bounce_words.h"
#include "channel/mail/mail_read.h"
#include "domain/mail_address.h"
#include "domain/utf8.h"

#define TEXT_SIZE \
    8192 /* of the words of a mail system; what is longer is the mail that came back */
#define SUBJECT_SIZE 512
#define BEFORE_WORDS 60 /* bytes of a diagnostic that stand before the words that counted */

/* What a mail system wrote, as it is and in lower case: the same places in both. */
struct words {
    char plain[TEXT_SIZE], folded[TEXT_SIZE];
};

struct verdict {
    enum bounce_why why;
    bool permanent, temporary; /* neither: nobody said */
};

const char *bounce_kind_name(enum bounce_kind k)
{
    static const char *const names[] = {
        [BOUNCE_NONE] = "",
        [BOUNCE_HARD] = "hard",
        [BOUNCE_REFUSED] = "refused",
        [BOUNCE_SOFT] = "soft",
        [BOUNCE_DELAYED] = "delayed",
        [BOUNCE_DELIVERED] = "delivered",
        [BOUNCE_COMPLAINT] = "complaint",
        [BOUNCE_KINDS] = "",
    };

    return names[k];
}

/* --- what it is about --- */

static bool line_begins(const char *line, const char *word)
{
    return strncasecmp(line, word, strlen(word)) == 0;
}

/* "--- Below this line is a copy of the message." and the like, or the headers themselves. */
static bool is_mail_that_came_back(const char *line, size_t len)
{
    static const char *const rules[] = { "copy of", "original message", "unsent message",
                                         "returned message", "header" };
    char text[128];

    if (line_begins(line, "Received:") || line_begins(line, "Return-Path:") ||
        line_begins(line, "Message-ID:") || line_begins(line, "MIME-Version:"))
        return true;
    if (*line != '-' && !line_begins(line, "original message:"))
        return false;
    bounce_squeeze(line, len, text, sizeof(text));
    bounce_fold(text);
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (strstr(text, rules[i]))
            return true;
    }
    return false;
}

/* How much of a text is the mail system's own. */
static size_t own_length(const char *text)
{
    const char *at = text;

    while (*at) {
        size_t len = strcspn(at, "\n");
        if (is_mail_that_came_back(at, len))
            break;
        at += len + (at[len] != '\0');
    }
    return (size_t)(at - text);
}

static void read_words(const char *text, size_t len, struct words *out)
{
    bounce_squeeze(text, len, out->plain, sizeof(out->plain));
    memcpy(out->folded, out->plain, sizeof(out->folded));
    bounce_fold(out->folded);
}

/* What stands in a header of the mail that came back, without its brackets. */
static void take_returned(const char *returned, const char *name, char out[ADDRESS_SIZE + 1])
{
    char value[BOUNCE_FIELD_SIZE];
    const char *begin;
    size_t len;

    if (!bounce_field(returned, name, true, value, sizeof(value)))
        return;
    begin = strchr(value, '<');
    begin = begin ? begin + 1 : value;
    len = strcspn(begin, "> \t");
    if (len <= ADDRESS_SIZE) {
        memcpy(out, begin, len);
        out[len] = '\0';
    }
}

static bool is_address_byte(char c)
{
    return c > ' ' && !strchr("<>()[]\"',;:", c);
}

/* The first address in a text that is not the one of who reports. */
static void take_address(const char *text, const char *reporter, char out[ADDRESS_SIZE])
{
    unsigned looked = 0;

    for (const char *at = strchr(text, '@'); at && looked < 20;
         at = strchr(at + 1, '@'), looked++) {
        const char *begin = at, *end = at;
        char found[ADDRESS_SIZE + 1];

        while (begin > text && is_address_byte(begin[-1]))
            begin--;
        while (*end && is_address_byte(*end))
            end++;
        while (end > at && end[-1] == '.')
            end--;
        if ((size_t)(end - begin) >= sizeof(found))
            continue;
        memcpy(found, begin, (size_t)(end - begin));
        found[end - begin] = '\0';
        bounce_address(found, out);
        if (*out && strcasecmp(out, reporter) != 0)
            return;
    }
    *out = '\0';
}

static void take_recipient(const struct mail_facts *facts, const char *text, struct bounce *out)
{
    char value[BOUNCE_FIELD_SIZE];

    if (!*out->recipient)
        take_address(text, facts->from.address, out->recipient);
    if (!*out->recipient && bounce_field(facts->returned, "To", true, value, sizeof(value)))
        bounce_address(value, out->recipient);
}

static void take_diagnostic(const char *plain, const char *folded, const char *at,
                            struct bounce *out)
{
    size_t begin = at && at >= folded ? (size_t)(at - folded) : 0, len;

    /* Of a long text the neighbourhood of what counted, from the beginning of a word. */
    begin =
        begin > BEFORE_WORDS && strlen(plain) >= sizeof(out->diagnostic) ? begin - BEFORE_WORDS : 0;
    while (begin > 0 && plain[begin] && plain[begin - 1] != ' ')
        begin++;
    len = utf8_cut(plain + begin, strlen(plain + begin), sizeof(out->diagnostic) - 1);
    memcpy(out->diagnostic, plain + begin, len);
    out->diagnostic[len] = '\0';
}

/* --- why --- */

/* "5.0.0" is what systems say that know of no number. */
static bool is_vague(const char *status)
{
    return !*status || strcmp(status + 1, ".0.0") == 0;
}

static enum bounce_why by_code(unsigned code)
{
    if (code == 552)
        return WHY_FULL; /* RFC 5321, 4.2.3: exceeded storage allocation */
    return code == 421 || code == 450 || code == 451 || code == 452 ? WHY_BUSY : WHY_UNSAID;
}

/* Who refused knows best whether it is for good; then who gave up. */
static void judge_class(const struct bounce *b, struct verdict *v)
{
    const char class = b->code               ? (char)('0' + b->code / 100)
                       : is_vague(b->status) ? '\0'
                                             : *b->status;

    v->permanent = class == '5';
    v->temporary = class == '4';
}

static enum bounce_kind kind_of(const struct verdict *v)
{
    if (v->temporary || (v->why == WHY_UNSAID && !v->permanent))
        return BOUNCE_SOFT;
    return bounce_why_kind(v->why);
}

/* `diagnostic`: of the machine that refused; `text`: all that the mail says. */
static void judge(const struct words *diagnostic, const struct words *text, struct bounce *out)
{
    const char *at = NULL;
    const struct words *where = diagnostic;
    struct verdict v = { .why = bounce_words_find(diagnostic->folded, &at) };

    judge_class(out, &v);
    if (!v.why)
        v.why = bounce_status_find(out->status);
    if (!v.why && (v.why = bounce_words_find(text->folded, &at)))
        where = text;
    if (!v.why)
        v.why = bounce_words_guess(diagnostic->folded, &at);
    if (!v.why)
        v.why = by_code(out->code);
    if (!v.why && (v.why = bounce_words_guess(text->folded, &at)))
        where = text;
    out->kind = kind_of(&v);
    out->reason = bounce_why_name(v.why);
    take_diagnostic(where->plain, where->folded, at, out);
}

/* The field's status, unless the words of the other side have a better one. */
static void take_numbers(const char *field, const struct words *diagnostic, struct bounce *out)
{
    char said[BOUNCE_STATUS_SIZE];
    unsigned none;

    bounce_numbers(field, out->status, &none);
    bounce_numbers(diagnostic->folded, said, &out->code);
    if (*said && is_vague(out->status))
        memcpy(out->status, said, sizeof(said));
}

/* --- the ways to tell --- */

static bool find_by_fields(const struct mail_facts *facts, struct bounce *out)
{
    struct bounce_report r;
    struct words diagnostic, text;
    const struct words *words;

    if (!*facts->report || !bounce_report_read(facts->report, &r) || r.action == ACTION_UNSAID)
        return false;
    read_words(r.diagnostic, strlen(r.diagnostic), &diagnostic);
    read_words(facts->text, own_length(facts->text), &text);
    words = *diagnostic.plain ? &diagnostic : &text;
    take_numbers(r.status, words, out);
    judge(words, &text, out);
    memcpy(out->recipient, r.recipient, sizeof(out->recipient));
    take_recipient(facts, text.plain, out);
    if (r.action == ACTION_DELAYED)
        out->kind = BOUNCE_DELAYED;
    if (r.action == ACTION_DELIVERED) {
        out->kind = BOUNCE_DELIVERED;
        out->reason = "delivered";
    }
    return true;
}

static bool is_from_a_mail_system(const struct mail_person *from)
{
    static const char *const names[] = { "mailer-daemon",        "postmaster",
                                         "post_master",          "mail-daemon",
                                         "mailerdaemon",         "mailer daemon",
                                         "mail delivery system", "mail delivery subsystem" };
    /* DragonFly and others: "From: MAILER-DAEMON <>". */
    const char *who = *from->address ? from->address : from->name;
    size_t len = strcspn(who, "@");

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (len == strlen(names[i]) && strncasecmp(who, names[i], len) == 0)
            return true;
    }
    return false;
}

/* Nobody can be answered there: no person's mail, at least. */
static bool is_from_nobody(const struct mail_facts *facts)
{
    return !*facts->from.address || line_begins(facts->return_path, "<>") ||
           line_begins(facts->from.address, "no-reply@") ||
           line_begins(facts->from.address, "noreply@");
}

/* A person who quotes "user unknown" is no report, nor is the absence of one. */
static bool is_report_by_words(const struct mail_facts *facts, const struct words *text,
                               const struct bounce *b)
{
    char subject[SUBJECT_SIZE];
    bool says_so;

    if (is_from_a_mail_system(&facts->from))
        return true;
    bounce_squeeze(facts->subject, strlen(facts->subject), subject, sizeof(subject));
    bounce_fold(subject);
    says_so = bounce_words_of_report(subject) || bounce_words_of_delay(subject) ||
              bounce_words_of_success(subject);
    if (bounce_words_of_report(text->folded))
        return says_so || is_from_nobody(facts);
    return says_so && (*b->status || b->code);
}

/* "Returned mail: User unknown": when nothing else says why. Only
 * in Sendmail's form: others have the subject of the mail that came back there. */
static void judge_subject(const struct mail_facts *facts, struct bounce *out)
{
    const char *at;
    char subject[SUBJECT_SIZE];
    struct verdict v = { .why = WHY_UNSAID };

    if (strcmp(out->reason, bounce_why_name(WHY_UNSAID)) != 0 ||
        !line_begins(facts->subject, "returned mail:"))
        return;
    bounce_squeeze(facts->subject, strlen(facts->subject), subject, sizeof(subject));
    bounce_fold(subject);
    judge_class(out, &v);
    v.why = bounce_words_find(subject, &at);
    out->kind = kind_of(&v);
    out->reason = bounce_why_name(v.why);
}

static bool find_by_words(const struct mail_facts *facts, struct bounce *out)
{
    struct words text;

    read_words(facts->text, own_length(facts->text), &text);
    bounce_numbers(text.folded, out->status, &out->code);
    if (!is_report_by_words(facts, &text, out)) {
        *out = (struct bounce){ .kind = BOUNCE_NONE, .reason = "" };
        return false;
    }
    out->by_words = true;
    judge(&text, &text, out);
    judge_subject(facts, out);
    take_recipient(facts, text.plain, out);
    if (bounce_words_of_delay(text.folded))
        out->kind = BOUNCE_DELAYED;
    if (bounce_words_of_success(text.folded)) {
        out->kind = BOUNCE_DELIVERED;
        out->reason = "delivered";
    }
    return true;
}

/* Microsoft's own form (JMRP): the mail, with its reader's address, and nothing else. A person may
 * choose the same words for a subject. */
static bool is_complaint_of_microsoft(const struct mail_facts *facts)
{
    char reader[BOUNCE_FIELD_SIZE];

    return line_begins(facts->subject, "complaint about message from") &&
           strcasecmp(facts->from.address, "staff@hotmail.com") == 0 &&
           bounce_field(facts->returned, "X-HmXmrOriginalRecipient", true, reader, sizeof(reader));
}

/* RFC 5965 and its registry. That a signature failed, or that it is no spam, is no complaint. */
static bool is_complaint(const struct mail_facts *facts)
{
    static const char *const types[] = { "abuse",     "fraud",   "virus",       "other",
                                         "complaint", "opt-out", "opt-out-list" };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcasecmp(facts->feedback_type, types[i]) == 0)
            return true;
    }
    return is_complaint_of_microsoft(facts);
}

static bool find_complaint(const struct mail_facts *facts, struct bounce *out)
{
    char value[BOUNCE_FIELD_SIZE];

    if (!is_complaint(facts))
        return false;
    out->kind = BOUNCE_COMPLAINT;
    out->reason = line_begins(facts->feedback_type, "opt-out") ? "opt_out" : "complaint";
    if (bounce_field(facts->report, "Original-Rcpt-To", true, value, sizeof(value)) ||
        bounce_field(facts->returned, "X-HmXmrOriginalRecipient", true, value, sizeof(value)))
        bounce_address(value, out->recipient);
    take_recipient(facts, "", out);
    return true;
}

static bool find(const struct mail_facts *facts, bool by_words, struct bounce *out)
{
    bool found;

    *out = (struct bounce){ .kind = BOUNCE_NONE, .reason = "" };
    if (*facts->feedback_type || is_complaint(facts))
        found = find_complaint(facts, out);
    else if (strcasecmp(facts->report_type, "disposition-notification") == 0)
        found = false; /* it was read: RFC 8098 */
    else
        found = find_by_fields(facts, out) || (by_words && find_by_words(facts, out));
    if (found) {
        take_returned(facts->returned, "Message-ID", out->message_id);
        take_returned(facts->returned, "Return-Path", out->return_path);
    }
    return found;
}

bool bounce_find_fields(const struct mail_facts *facts, struct bounce *out)
{
    return find(facts, false, out);
}

bool bounce_find(const struct mail_facts *facts, struct bounce *out)
{
    return find(facts, true, out);
}
