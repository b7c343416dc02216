/* mail_judge.c - see mail_judge.h. */
#include "flow/mail_judge.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "channel/mail/bounce.h"
#include "domain/auth_results.h"
#include "domain/automation.h"
#include "domain/mail_address.h"
#include "flow/mail_partners.h"

static const struct keyword_found no_keyword = { .action = KEYWORD_NONE, .name = "", .answer = "" };
static const struct keyword_found a_stop = { .action = KEYWORD_STOP, .name = "stop", .answer = "" };

/* --- what it orders --- */

#define GREETINGS_MAX 2 /* lines before the one that matters */

/* The first line that is more than a greeting; NULL: there is none. */
static const char *first_line(const char *text, struct arena *arena)
{
    for (int greetings = 0; greetings <= GREETINGS_MAX; greetings++) {
        char *line;

        text += strspn(text, "\n \t");
        line = arena_copy(arena, text, strcspn(text, "\n"));
        if (!line || !*line || !keyword_is_courtesy(line))
            return line;
        text += strcspn(text, "\n");
    }
    return NULL;
}

/* "Bonjour", "STOP", an empty line and a name: the name is no part of the order. Not so for what is
 * merely answered, which may begin like that by chance. */
static struct keyword_found order_of_first_line(const struct mail_house *house, const char *text,
                                                struct arena *arena)
{
    struct keyword_found k = no_keyword;
    const char *line = first_line(text, arena);

    if (line && *line)
        k = keyword_find(house->keywords, line);
    return k.action == KEYWORD_STOP || k.action == KEYWORD_START || k.action == KEYWORD_YES
               ? k
               : no_keyword;
}

static struct keyword_found order_of(const struct mail_house *house, const struct mail_facts *facts,
                                     struct arena *arena)
{
    struct keyword_found k = keyword_find(house->keywords, facts->fresh), subject;

    if (k.action == KEYWORD_NONE)
        k = order_of_first_line(house, facts->fresh, arena);
    if (k.action != KEYWORD_NONE)
        return k;
    subject = keyword_find(house->keywords, facts->subject);
    /* With a text of its own the subject is but its title, unless it refuses. */
    return subject.action == KEYWORD_STOP || !facts->fresh[strspn(facts->fresh, "\n \t")]
               ? subject
               : no_keyword;
}

/* --- what it is --- */

static const enum mail_report reports[BOUNCE_KINDS] = {
    [BOUNCE_NONE] = MAIL_REPORT_NONE,           [BOUNCE_HARD] = MAIL_REPORT_HARD,
    [BOUNCE_REFUSED] = MAIL_REPORT_FAILED,      [BOUNCE_SOFT] = MAIL_REPORT_FAILED,
    [BOUNCE_DELAYED] = MAIL_REPORT_DELAYED,     [BOUNCE_DELIVERED] = MAIL_REPORT_DELIVERED,
    [BOUNCE_COMPLAINT] = MAIL_REPORT_COMPLAINT,
};

static uint64_t message_in_references(const struct mail_house *house,
                                      const struct mail_facts *facts)
{
    uint64_t id = 0;

    for (size_t i = 0; !id && i < facts->n_references; i++)
        id = mail_recipient_message(house, facts->references[i]);
    return id;
}

/* The message that came back, when the report did not come to the address made for that. Not one
 * that is merely named there: a mail of somebody else may stand in the thread of ours. */
static uint64_t message_in_report(const struct mail_house *house, const struct bounce *b)
{
    const uint64_t id = mail_recipient_message(house, b->message_id);

    return id ? id : mail_recipient_message(house, b->return_path);
}

static bool take_report(const struct mail_house *house, const struct mail_facts *facts,
                        struct arena *arena, struct mail_in_item *item)
{
    /* Words like those of a report are somebody's own there: a mail like any other. */
    const bool is_written = item->kind == MAIL_IN_MESSAGE || item->kind == MAIL_IN_REPLY;
    struct bounce b;
    uint64_t id = item->about_id;

    if (item->kind == MAIL_IN_UNSUBSCRIBE || item->kind == MAIL_IN_ALERT ||
        item->kind == MAIL_IN_IMPORT || item->kind == MAIL_IN_NOTICE ||
        !(is_written ? bounce_find_fields : bounce_find)(facts, &b))
        return true;
    if (is_written) {
        id = id ? id : message_in_report(house, &b);
        if (!id) /* of something that is not ours */
            return true;
        item->kind = MAIL_IN_BOUNCE;
        item->report_names = arena_copy(arena, b.recipient, strlen(b.recipient));
        if (!item->report_names)
            return false;
    }
    item->about_id = id;
    item->report = reports[b.kind];
    item->reason = b.reason;
    item->code = b.code;
    return true;
}

/* A person writes to where reports go: some mail programs answer there. */
static void take_for_reply(struct mail_in_item *item)
{
    if (item->report || *item->automatic)
        return;
    if (item->kind == MAIL_IN_BOUNCE)
        item->kind = MAIL_IN_REPLY;
    if (item->kind == MAIL_IN_HOUSE) {
        item->kind = MAIL_IN_MESSAGE;
        item->about_id = 0;
        item->review = "reply_to_house";
    }
}

/* --- who it is from --- */

static bool is_ours(const struct mail_house *house, const struct mail_facts *facts,
                    const char *from)
{
    struct mail_recipient recipient;
    struct lmtp_reply reply;

    return mail_recipient_message(house, facts->message_id) ||
           (*house->own && strcasecmp(from, house->own) == 0) ||
           mail_recipient_find(house, from, &recipient, &reply);
}

static const char *automatic_of(const struct mail_facts *f, const struct mail_arrival *a)
{
    return automation_name(automation_judge(&(struct mail_signs){
        .envelope_from = a->envelope_from,
        .auto_submitted = f->auto_submitted,
        .precedence = f->precedence,
        .list_id = f->list_id,
        .suppress = f->suppress,
        .x_loop = f->x_loop,
        .feedback_type = f->feedback_type,
        .content_type = f->content_type,
        .subject = f->subject,
        .from = f->from.address,
    }));
}

static bool is_word_of_orders(enum mail_in_kind kind)
{
    return kind == MAIL_IN_REPLY || kind == MAIL_IN_UNSUBSCRIBE || kind == MAIL_IN_ALERT ||
           kind == MAIL_IN_NOTICE;
}

/* *vouched: somebody does. SPF alone shows only through which door it came. */
static const char *proof_of(const struct mail_house *house, const struct mail_facts *f,
                            const struct mail_recipient *r, const char *from, bool *vouched)
{
    enum mail_proof proof = auth_results_judge(
        f->authentication_results, f->n_authentication_results, house->authserv_id, from);

    *vouched = proof == MAIL_BY_DKIM || proof == MAIL_BY_DMARC;
    if (!r->by_token || !is_word_of_orders(r->kind))
        return mail_proof_name(proof);
    *vouched = true;
    return "token";
}

/* --- alerts --- */

/* The first word of an answer to an alert says whether it is dealt with, or only seen. */
static bool says_done(const char *text)
{
    static const char *const words[] = { "fait",     "fini",   "terminé", "termine",  "réglé",
                                         "regle",    "résolu", "resolu",  "clos",     "done",
                                         "finished", "fixed",  "solved",  "resolved", "closed" };
    size_t len;

    text += strspn(text, " \t\n");
    len = strcspn(text, " \t\n.,;:!");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i]) == len && strncasecmp(text, words[i], len) == 0)
            return true;
    }
    return false;
}

/* --- the whole --- */

static bool is_message(enum mail_in_kind kind)
{
    return kind == MAIL_IN_MESSAGE || kind == MAIL_IN_REPLY || kind == MAIL_IN_UNSUBSCRIBE;
}

static void take_orders(const struct mail_house *house, const struct mail_arrival *a,
                        const struct mail_recipient *r, struct arena *arena,
                        struct mail_in_item *item)
{
    const struct mail_facts *facts = a->facts;

    if (item->kind == MAIL_IN_UNSUBSCRIBE)
        item->keyword = a_stop;
    else if (is_message(item->kind))
        item->keyword = order_of(house, facts, arena);
    if (item->kind == MAIL_IN_ALERT)
        item->settles = says_done(facts->fresh);
    if (item->kind == MAIL_IN_MESSAGE && !item->about_id)
        item->about_id = message_in_references(house, facts);
    /* A mail program that unsubscribes by the header's address waits for no answer. */
    item->may_answer = !*item->automatic && *a->envelope_from && *item->from &&
                       !(r->kind == MAIL_IN_UNSUBSCRIBE && r->by_token) &&
                       !is_ours(house, facts, item->from);
}

bool mail_judge(const struct mail_house *house, const struct mail_arrival *a,
                const struct mail_recipient *r, const char *address, struct arena *arena,
                struct mail_in_item *out)
{
    const struct mail_facts *f = a->facts;
    char *from = arena_alloc(arena, ADDRESS_SIZE);
    enum mail_fault fault;
    bool vouched;

    if (!from)
        return false;
    if (mail_address_normalise(f->from.address, from, &fault))
        *from = '\0';
    *out = (struct mail_in_item){
        .kind = r->kind,
        .about_id = r->about_id,
        .at = a->at,
        .envelope_from = a->envelope_from,
        .recipient = address,
        .from = from,
        .from_name = f->from.name,
        .subject = f->subject,
        .message_id = f->message_id,
        .text = f->text,
        .fresh = f->fresh,
        .automatic = automatic_of(f, a),
        .proof = proof_of(house, f, r, from, &vouched),
        .keyword = no_keyword,
        .reason = "",
        .review = "",
        .size = a->size,
        .attachments = (unsigned)(f->n_parts + f->parts_untold),
        .partner = r->partner,
    };
    mail_mark_of(a->digest, address, out->mark);
    out->may_order = vouched && !*out->automatic;
    if (!take_report(house, f, arena, out))
        return false;
    take_for_reply(out);
    take_orders(house, a, r, arena, out);
    if (out->kind == MAIL_IN_IMPORT)
        out->review =
            mail_partner_refuses(house->partners, house->n_partners, r->partner, from, vouched);
    return true;
}
