/* contact_score.c - the table of reasons, and the sum. */
#include "domain/contact_score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/near_name.h"

#define DAY_US (SEC_PER_DAY * USEC_PER_SEC)

static const struct contact_reason_entry reasons[CONTACT_REASONS] = {
    [CONTACT_COMPLAINT] = { .name = "complaint",
                            .what = "a complaint that nobody has talked about yet",
                            .days = "not older than so many",
                            .points = 60,
                            .usual_days = 30 },
    [CONTACT_MISSED] = { .name = "missed",
                         .what = "a delivery failed",
                         .days = "not longer ago than so many",
                         .points = 50,
                         .usual_days = 14 },
    [CONTACT_REPLY] = { .name = "reply",
                        .what = "a message that nobody has talked about yet",
                        .days = "not older than so many",
                        .points = 40,
                        .usual_days = 14 },
    [CONTACT_INVOICE] = { .name = "invoice",
                          .what = "an invoice is due, or overdue",
                          .days = "so many before; spoken of again after so many",
                          .points = 30,
                          .usual_days = 7 },
    [CONTACT_DELIVERY] = { .name = "delivery",
                           .what = "a delivery is planned",
                           .days = "so many before",
                           .points = 20,
                           .usual_days = 2 },
    [CONTACT_TERMS] = { .name = "terms",
                        .what = "better terms that the customer has not heard of",
                        .points = 15 },
    [CONTACT_NEWS] = { .name = "news",
                       .what = "news of services that the customer has not heard of",
                       .points = 10 },
    [CONTACT_OVERDUE] = { .name = "overdue",
                          .what = "no contact for longer than the policy allows",
                          .points = 20 },
};

const struct contact_reason_entry *contact_reason_entry(enum contact_reason reason)
{
    return &reasons[reason];
}

static int reason_of(const char *name, size_t len)
{
    for (int i = 0; i < CONTACT_REASONS; i++) {
        if (strlen(reasons[i].name) == len && memcmp(reasons[i].name, name, len) == 0)
            return i;
    }
    return -1;
}

enum rc contact_reason_parse(const char *name, enum contact_reason *reason, struct error *err)
{
    const int found = reason_of(name, strlen(name));

    if (found < 0)
        return error_set(
            err, RC_INVALID,
            "reason: expected complaint, missed, reply, invoice, delivery, terms, news "
            "or overdue; got \"%.40s\"",
            name);
    *reason = (enum contact_reason)found;
    return RC_OK;
}

static const char *const counts_names[] = {
    [CONTACT_COUNTS_TALK] = "talk", [CONTACT_COUNTS_ANY] = "any"
};

const char *contact_counts_name(enum contact_counts counts)
{
    return counts_names[counts];
}

enum rc contact_counts_parse(const char *name, enum contact_counts *counts, struct error *err)
{
    for (int i = 0; i <= CONTACT_COUNTS_ANY; i++) {
        if (strcmp(name, counts_names[i]) == 0) {
            *counts = (enum contact_counts)i;
            return RC_OK;
        }
    }
    return error_set(err, RC_INVALID,
                     "counts: expected talk (a person of the house reached the customer) or any (a "
                     "message does, too); got \"%.40s\"",
                     name);
}

void contact_policy_usual(struct contact_policy *policy)
{
    *policy = (struct contact_policy){ .on = true,
                                       .every_days = 90,
                                       .counts = CONTACT_COUNTS_TALK,
                                       .rest_days = 1,
                                       .value_points = 2 };
    for (int i = 0; i < CONTACT_REASONS; i++)
        policy->weights[i] =
            (struct contact_weight){ .points = reasons[i].points, .days = reasons[i].usual_days };
}

enum rc contact_weight_parse(const char *text, struct contact_weight *weight, struct error *err)
{
    unsigned points, days = weight->days;
    int used = 0, more = 0;

    if (strspn(text, "0123456789/") == strlen(text) && strlen(text) <= 9 &&
        sscanf(text, "%u%n/%u%n", &points, &used, &days, &more) >= 1 &&
        (size_t)(more ? more : used) == strlen(text) && points <= CONTACT_POINTS_MAX &&
        days <= CONTACT_DAYS_MAX) {
        *weight = (struct contact_weight){ .points = points, .days = days };
        return RC_OK;
    }
    return error_set(err, RC_INVALID,
                     "expected points, or points and days such as \"50/14\", at most %d/%d; got "
                     "\"%.20s\"",
                     CONTACT_POINTS_MAX, CONTACT_DAYS_MAX, text);
}

/* --- the book --- */

static int by_category(const void *key, const void *element)
{
    const unsigned a = *(const unsigned *)key;
    const unsigned b = ((const struct contact_policy *)element)->category_id;

    return (a > b) - (a < b);
}

static const struct contact_policy *find_policy(const struct contact_book *book, unsigned category)
{
    return book->n_policies ? bsearch(&category, book->policies, book->n_policies,
                                      sizeof(book->policies[0]), by_category)
                            : NULL;
}

const struct contact_policy *contact_book_policy(const struct contact_book *book,
                                                 unsigned category_id)
{
    const struct contact_policy *found = find_policy(book, category_id);

    if (!found && category_id)
        found = find_policy(book, 0);
    return found && found->on ? found : NULL;
}

bool contact_book_is_on(const struct contact_book *book)
{
    for (size_t i = 0; i < book->n_policies; i++) {
        if (book->policies[i].on)
            return true;
    }
    return false;
}

/* --- the sum --- */

struct scoring {
    const struct contact_facts *facts;
    const struct contact_policy *policy;
    const struct contact_book *book;
    const struct contact_calendar *calendar;
    int today;
    struct contact_score *out;
};

/* By the calendar: yesterday evening is a day ago in the morning. */
static int days_since(const struct scoring *s, utc_us at)
{
    return s->today - contact_calendar_day(s->calendar, at);
}

/* Of what is a day, and no instant: an invoice's, a topic's. */
static int date_day(utc_us date)
{
    return (int)(date / DAY_US);
}

static void count(struct scoring *s, enum contact_reason reason, int points, int number)
{
    s->out->points[reason] = points;
    s->out->numbers[reason] = number;
}

/* Something that happened, and that nobody has talked to the customer about since. */
static void happened(struct scoring *s, enum contact_reason reason, utc_us at)
{
    const struct contact_weight *w = &s->policy->weights[reason];
    const int ago = at > s->facts->talked_at ? days_since(s, at) : 0;

    if (at > s->facts->talked_at && ago <= (int)w->days)
        count(s, reason, (int)w->points, ago);
}

static void score_overdue(struct scoring *s)
{
    const struct contact_weight *w = &s->policy->weights[CONTACT_OVERDUE];
    const struct contact_facts *f = s->facts;
    const int every = (int)s->policy->every_days;
    utc_us last = f->talked_at;

    if (s->policy->counts == CONTACT_COUNTS_ANY && f->last_contact_at > last)
        last = f->last_contact_at;
    s->out->days_since = days_since(s, last ? last : f->created_at);
    if (every && s->out->days_since >= every) {
        const int most = CONTACT_OVERDUE_TIMES * every;
        const int days = s->out->days_since < most ? s->out->days_since : most;

        count(s, CONTACT_OVERDUE, (int)w->points * days / every, s->out->days_since);
    }
}

/* A reminder before, and again every so many days as long as it is not paid. */
static void score_invoice(struct scoring *s)
{
    const struct contact_weight *w = &s->policy->weights[CONTACT_INVOICE];
    const int until = date_day(s->facts->invoice_due) - s->today;

    if (s->facts->invoice_due && until <= (int)w->days &&
        (!s->facts->talked_at || days_since(s, s->facts->talked_at) >= (int)w->days))
        count(s, CONTACT_INVOICE, (int)w->points, until);
}

static void score_delivery(struct scoring *s)
{
    const struct contact_weight *w = &s->policy->weights[CONTACT_DELIVERY];
    const utc_us at = s->facts->delivery_at;
    const utc_us talked_at = s->facts->talked_at;
    int until;

    if (at <= s->calendar->now)
        return;
    until = -days_since(s, at);
    if (until <= (int)w->days && (!talked_at || until + days_since(s, talked_at) > (int)w->days))
        count(s, CONTACT_DELIVERY, (int)w->points, until);
}

/* Of each kind the newest that the customer has not heard of. */
static void score_topics(struct scoring *s)
{
    for (size_t i = 0; i < s->book->n_topics; i++) {
        const struct contact_topic *t = &s->book->topics[i];

        if (!s->out->points[t->kind] && date_day(t->from) <= s->today &&
            s->today < date_day(t->to) &&
            contact_calendar_day(s->calendar, s->facts->talked_at) < date_day(t->from) &&
            (!t->category_id || t->category_id == s->facts->category_id))
            count(s, t->kind, (int)s->policy->weights[t->kind].points, (int)t->id);
    }
}

static void add_up(struct scoring *s)
{
    struct contact_score *out = s->out;
    const int64_t times = s->facts->order_cents / CONTACT_VALUE_CENTS;

    for (int i = 0; i < CONTACT_REASONS; i++)
        out->total += out->points[i];
    if (!out->total)
        return;
    out->priority = s->policy->priority;
    out->value = times > 0 ? (int)s->policy->value_points *
                                 (int)(times < CONTACT_VALUE_TIMES ? times : CONTACT_VALUE_TIMES)
                           : 0;
    out->total += out->value + out->priority;
}

static enum contact_verdict judge(const struct scoring *s)
{
    const struct contact_facts *f = s->facts;

    if (f->erased || f->do_not_contact)
        return CONTACT_UNWANTED;
    if (f->no_phone)
        return CONTACT_NO_PHONE;
    if (contact_score_first(s->out) == CONTACT_REASONS)
        return CONTACT_NO_REASON;
    if (f->talked_at && days_since(s, f->talked_at) < (int)s->policy->rest_days)
        return CONTACT_RESTING;
    return CONTACT_DUE;
}

void contact_score_of(const struct contact_facts *facts, const struct contact_book *book,
                      const struct contact_calendar *calendar, struct contact_score *out)
{
    struct scoring s = { .facts = facts,
                         .policy = contact_book_policy(book, facts->category_id),
                         .book = book,
                         .calendar = calendar,
                         .today = contact_calendar_day(calendar, calendar->now),
                         .out = out };

    *out = (struct contact_score){ .verdict = CONTACT_NO_POLICY };
    if (!s.policy)
        return;
    score_overdue(&s);
    happened(&s, CONTACT_COMPLAINT, facts->complaint_at);
    happened(&s, CONTACT_MISSED, facts->missed_at);
    happened(&s, CONTACT_REPLY, facts->reply_at);
    score_invoice(&s);
    score_delivery(&s);
    score_topics(&s);
    add_up(&s);
    out->verdict = judge(&s);
}

/* --- as text --- */

enum contact_reason contact_score_first(const struct contact_score *score)
{
    int best = CONTACT_REASONS;

    for (int i = 0; i < CONTACT_REASONS; i++) {
        if (score->points[i] > (best < CONTACT_REASONS ? score->points[best] : 0))
            best = i;
    }
    return (enum contact_reason)best;
}

void contact_score_write(const struct contact_score *score, char out[CONTACT_REASONS_SIZE])
{
    size_t used = 0;

    out[0] = '\0';
    for (int i = 0; i < CONTACT_REASONS; i++) {
        if (score->points[i])
            used += (size_t)snprintf(out + used, CONTACT_REASONS_SIZE - used, "%s%s=%d:%d",
                                     used ? " " : "", reasons[i].name, score->points[i],
                                     score->numbers[i]);
    }
    if (score->value)
        used +=
            (size_t)snprintf(out + used, CONTACT_REASONS_SIZE - used, " value=%d", score->value);
    if (score->priority)
        snprintf(out + used, CONTACT_REASONS_SIZE - used, " priority=%d", score->priority);
}

static void read_word(const char *word, size_t len, struct contact_score *out)
{
    const char *equals = memchr(word, '=', len);
    const size_t name = equals ? (size_t)(equals - word) : len;
    const int reason = reason_of(word, name);
    int points = 0, number = 0;

    if (!equals || sscanf(equals + 1, "%7d:%9d", &points, &number) < 1)
        return;
    if (reason >= 0) {
        out->points[reason] = points;
        out->numbers[reason] = number;
    } else if (name == 5 && memcmp(word, "value", 5) == 0) {
        out->value = points;
    } else if (name == 8 && memcmp(word, "priority", 8) == 0) {
        out->priority = points;
    }
}

void contact_score_read(const char *text, struct contact_score *out)
{
    *out = (struct contact_score){ .verdict = CONTACT_DUE };
    while (*text) {
        const size_t len = strcspn(text, " ");

        read_word(text, len, out);
        text += len + (text[len] == ' ');
    }
    for (int i = 0; i < CONTACT_REASONS; i++)
        out->total += out->points[i];
    out->total += out->value + out->priority;
}

/* --- in words --- */

/* Written for today, for one day and for several; of what is past and of what is to come. */
struct day_words {
    const char *today, *past_one, *past, *next_one, *next;
};
#define TO_COME_ONLY NULL, NULL
#define PAST_ONLY    NULL, NULL

static const struct {
    struct day_words fr, en;
} words[CONTACT_REASONS] = {
    [CONTACT_COMPLAINT] = { { "réclamation d'aujourd'hui", "réclamation d'hier",
                              "réclamation d'il y a %d jours", PAST_ONLY },
                            { "complaint of today", "complaint of yesterday",
                              "complaint of %d days ago", PAST_ONLY } },
    [CONTACT_MISSED] = { { "livraison manquée aujourd'hui", "livraison manquée hier",
                           "livraison manquée il y a %d jours", PAST_ONLY },
                         { "delivery missed today", "delivery missed yesterday",
                           "delivery missed %d days ago", PAST_ONLY } },
    [CONTACT_REPLY] = { { "message d'aujourd'hui sans réponse", "message d'hier sans réponse",
                          "message sans réponse depuis %d jours", PAST_ONLY },
                        { "message of today to be answered", "message of yesterday to be answered",
                          "message of %d days ago to be answered", PAST_ONLY } },
    [CONTACT_INVOICE] = { { "facture à payer aujourd'hui", "facture échue depuis hier",
                            "facture échue depuis %d jours", "facture à payer demain",
                            "facture à payer dans %d jours" },
                          { "invoice due today", "invoice overdue since yesterday",
                            "invoice overdue by %d days", "invoice due tomorrow",
                            "invoice due in %d days" } },
    [CONTACT_DELIVERY] = { { "livraison prévue aujourd'hui", TO_COME_ONLY,
                             "livraison prévue demain", "livraison prévue dans %d jours" },
                           { "delivery planned today", TO_COME_ONLY, "delivery planned tomorrow",
                             "delivery planned in %d days" } },
    [CONTACT_OVERDUE] = { { "à contacter", "sans contact depuis hier",
                            "sans contact depuis %d jours", PAST_ONLY },
                          { "to be contacted", "no contact since yesterday",
                            "no contact for %d days", PAST_ONLY } },
    [CONTACT_TERMS] = { { .today = "meilleures conditions à proposer" },
                        { .today = "better terms to offer" } },
    [CONTACT_NEWS] = { { .today = "nouveautés à présenter" }, { .today = "news to tell" } },
};

/* `ago`: above 0 past, below 0 to come. */
static const char *word_for(const struct day_words *w, int ago)
{
    const char *found = ago == 0    ? w->today
                        : ago == 1  ? w->past_one
                        : ago > 1   ? w->past
                        : ago == -1 ? w->next_one
                                    : w->next;

    return found ? found : w->today;
}

void contact_reason_words(enum contact_reason reason, int number, const char *topic,
                          const char *language, char out[CONTACT_WORDS_SIZE])
{
    const struct day_words *w = strcmp(language, "fr") == 0 ? &words[reason].fr : &words[reason].en;
    const bool is_topic = reason == CONTACT_TERMS || reason == CONTACT_NEWS;
    const bool ahead = reason == CONTACT_INVOICE || reason == CONTACT_DELIVERY;
    const int ago = is_topic ? 0 : ahead ? -number : number;
    const char *text = word_for(w, ago);
    const char *digits = strstr(text, "%d");

    if (is_topic && topic && *topic)
        snprintf(out, CONTACT_WORDS_SIZE, "%s: %s", text, topic);
    else if (digits)
        snprintf(out, CONTACT_WORDS_SIZE, "%.*s%d%s", (int)(digits - text), text,
                 ago < 0 ? -ago : ago, digits + 2);
    else
        snprintf(out, CONTACT_WORDS_SIZE, "%s", text);
}
