/* campaign_preview.c - what a start would do: how many, who is left out and why, what it costs. */
#include <string.h>

#include "base/arena.h"
#include "domain/route.h"
#include "domain/transliterate.h"
#include "store/campaign_limits.h"
#include "store/campaign_row.h"
#include "store/recipient_sql.h"

/* Recipients among whom those to try are found by looking at customer after customer. */
#define MANY 50000

/* The character that makes it UCS-2, for the author to see. */
static void note_forcing(struct campaign_preview *p, const char *text)
{
    struct sms_measure m;

    if (p->ucs2_character[0] || sms_text_measure(text, &m) || !m.forced_by ||
        m.forced_length >= sizeof(p->ucs2_character))
        return;
    memcpy(p->ucs2_character, text + m.forced_at, m.forced_length);
}

static enum rc add_sample(struct campaign_preview *p, const struct recipient *r,
                          struct arena *arena)
{
    struct campaign_sample *s = &p->samples[p->n_samples];

    s->customer_id = r->customer_id;
    s->channel = r->channel;
    s->subject = r->subject ? arena_copy(arena, r->subject, strlen(r->subject)) : NULL;
    s->parts = r->parts;
    s->ucs2 = r->encoding == SMS_UCS2;
    s->text = arena_copy(arena, r->text, strlen(r->text));
    p->n_samples += s->text != NULL;
    return s->text ? RC_OK : RC_FAIL;
}

/* How many parts it would have transliterated. */
static unsigned plain_parts(const struct recipient *r)
{
    char plain[3 * SMS_TEXT_SIZE];
    struct sms_measure m;

    if (r->encoding != SMS_UCS2 || transliterate_to_gsm7(r->text, plain, sizeof(plain)) ||
        sms_text_measure(plain, &m))
        return r->parts;
    return m.parts;
}

static size_t samples_of(const struct campaign_preview *p, enum channel channel)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n_samples; i++)
        n += p->samples[i].channel == channel;
    return n;
}

static enum rc add_text(struct campaign_preview *p, const struct recipient *r, struct arena *arena)
{
    p->rendered++;
    if (r->channel == CHANNEL_EMAIL) {
        p->mails++;
        return samples_of(p, CHANNEL_EMAIL) < CAMPAIGN_SAMPLES ? add_sample(p, r, arena) : RC_OK;
    }
    if (r->encoding == SMS_UCS2) {
        p->ucs2++;
        note_forcing(p, r->text);
    } else {
        p->gsm7++;
    }
    if (!p->parts_min || r->parts < p->parts_min)
        p->parts_min = r->parts;
    if (r->parts > p->parts_max)
        p->parts_max = r->parts;
    return samples_of(p, CHANNEL_SMS) < CAMPAIGN_SAMPLES ? add_sample(p, r, arena) : RC_OK;
}

/* --- cost: of SMS, a mail costs nothing --- */

/* What the texts that were tried say of all. */
struct reckoning {
    enum message_class class;
    const struct recipients_zones *zones;
    uint64_t *by_zone; /* recipients */
    struct recipients_page page;
    uint64_t tried[ROUTE_ZONES_MAX + 1];
    struct route_tally *tally, *plain; /* as they are, and transliterated */
};

/* How many of `all` the nth of `n` stands for, so that together they stand for all. */
static uint64_t stands_for(uint64_t all, uint64_t nth, uint64_t n)
{
    return all / n + (all % n * (nth + 1)) / n - (all % n * nth) / n;
}

static void tally_text(struct reckoning *k, const struct recipient *r, const char *address,
                       uint64_t times)
{
    const struct route_question q = { address, k->class, r->category };

    if (!times)
        return;
    route_tally_add(k->tally, &q, r->parts, times);
    route_tally_add(k->plain, &q, plain_parts(r), times);
}

static bool is_sms(const struct recipient *r)
{
    return r->reached && r->channel == CHANNEL_SMS;
}

/* Those of a zone stand for all of it; where none of a zone was tried, the others do. */
static void tally_zone(struct reckoning *k, size_t zone, uint64_t rendered)
{
    const struct recipients_zones *z = k->zones;
    bool known = k->tried[zone] != 0;
    uint64_t nth = 0, n = known ? k->tried[zone] : rendered;

    for (size_t i = 0; k->by_zone[zone] && i < k->page.n; i++) {
        const struct recipient *r = &k->page.list[i];
        if (!is_sms(r) || (known && route_zone_of(z->prefixes, z->n, r->address) != zone))
            continue;
        tally_text(k, r,
                   known         ? r->address
                   : zone < z->n ? z->prefixes[zone]
                                 : "",
                   stands_for(k->by_zone[zone], nth++, n));
    }
}

/* Recipients are counted by destination, so that only lengths and categories are taken from the
 * texts that were tried. */
static enum rc reckon(struct reckoning *k, struct campaign_preview *p, struct arena *arena)
{
    enum rc rc;

    for (size_t i = 0; i < k->page.n; i++) {
        const struct recipient *r = &k->page.list[i];
        if (is_sms(r))
            k->tried[route_zone_of(k->zones->prefixes, k->zones->n, r->address)]++;
    }
    if (p->exact)
        k->by_zone = k->tried;
    for (size_t zone = 0; zone <= k->zones->n; zone++)
        tally_zone(k, zone, p->rendered - p->mails);
    rc = route_tally_bill(k->tally, arena, &p->bill);
    return rc ? rc : route_tally_bill(k->plain, arena, &p->plain_bill);
}

/* When all were tried, they say themselves who is left out and why. */
static void count_tried(struct campaign_preview *p, const struct recipients_page *page)
{
    p->excluded[EXCLUDED_DUPLICATE_ADDRESS] = 0;
    p->excluded[EXCLUDED_HOLD_OUT] = 0;
    for (size_t i = 0; i < page->n; i++) {
        if (!page->list[i].reached)
            p->excluded[page->list[i].why]++;
    }
    p->recipients = p->rendered;
    p->by_channel[CHANNEL_EMAIL] = p->mails;
    p->by_channel[CHANNEL_SMS] = p->rendered - p->mails;
}

/* Renders some, or all when they are few; then what only rendering shows is counted, too. */
static enum rc try_texts(struct db *db, const struct recipients *recipients, struct reckoning *k,
                         struct campaign_preview *p, struct arena *arena)
{
    uint64_t candidates =
        p->recipients + p->excluded[EXCLUDED_DUPLICATE_ADDRESS] + p->excluded[EXCLUDED_HOLD_OUT];
    struct arena texts;
    enum rc rc;

    arena_init(&texts);
    p->exact = candidates <= CAMPAIGN_TRIAL_TEXTS;
    rc = recipients_try(db, recipients, candidates > MANY ? AUDIENCE_FOR_PAGE : AUDIENCE_FOR_ALL,
                        CAMPAIGN_TRIAL_TEXTS, &texts, &k->page);
    for (size_t i = 0; !rc && i < k->page.n; i++) {
        if (k->page.list[i].reached)
            rc = add_text(p, &k->page.list[i], arena);
    }
    if (!rc && p->exact)
        count_tried(p, &k->page);
    if (!rc)
        rc = reckon(k, p, arena);
    arena_close(&texts);
    return rc;
}

static enum rc count_and_try(struct db *db, const struct recipients *recipients,
                             const struct route_table *routes, struct campaign_preview *p,
                             struct arena *arena)
{
    struct recipients_zones zones;
    struct recipients_count count;
    struct reckoning k = {
        .class = recipients->spec.class,
        .zones = &zones,
        .by_zone = count.by_zone,
        .tally = route_tally_new(routes, arena),
        .plain = route_tally_new(routes, arena),
    };
    enum rc rc;

    if (!k.tally || !k.plain)
        return RC_FAIL;
    zones.n = route_zones(routes, zones.prefixes);
    rc = recipients_count(db, recipients, &zones, arena, &count);
    if (rc)
        return rc;
    p->audience = count.audience;
    p->recipients = count.reached;
    memcpy(p->by_channel, count.by_channel, sizeof(p->by_channel));
    memcpy(p->excluded, count.excluded, sizeof(p->excluded));
    p->categories = count.categories;
    p->n_categories = count.n_categories;
    p->cities = count.cities;
    p->n_cities = count.n_cities;
    p->other_cities = count.other_cities;
    p->n_other_cities = count.n_other_cities;
    return try_texts(db, recipients, &k, p, arena);
}

static enum rc preview(struct db *db, const struct recipients_spec *spec,
                       const struct campaign_settings *settings, struct arena *arena,
                       struct campaign_preview *out, struct error *err)
{
    /* Where there are no routes, all of them cost the same. */
    const struct route_carrier any = { .name = "",
                                       .millicents = settings->segment_cost_millicents };
    const struct route all = { .name = "default", .ways = { { 0, 1 } }, .n_ways = 1 };
    const struct route_table flat = { .routes = &all, .n = 1, .carriers = &any, .n_carriers = 1 };
    struct campaign_preview p = { .currency = settings->currency, .reach = spec->reach };
    struct recipients recipients;
    enum rc rc = recipients_open(db, spec, arena, &recipients, err);

    if (!rc) {
        p.added = wording_added(recipients.wording, 0);
        p.footer = reach_has(spec->reach, CHANNEL_EMAIL)
                       ? wording_footer(recipients_words(&recipients, CHANNEL_EMAIL, 0), 0)
                       : NULL;
        rc = count_and_try(db, &recipients, settings->routes ? settings->routes : &flat, &p, arena);
    }
    recipients_close(&recipients);
    if (!rc)
        *out = p;
    return rc;
}

/* Each text as if all were to get it. */
static enum rc preview_texts(struct db *db, const struct recipients_spec *spec,
                             const struct campaign_settings *settings, struct arena *arena,
                             struct campaign_preview *out, struct error *err)
{
    struct campaign_preview p = { .audience = 0 };
    struct recipients_spec one = *spec;
    enum rc rc = RC_OK;

    for (unsigned i = 0; !rc && i <= spec->split.n_others; i++) {
        struct campaign_preview *to = i ? arena_alloc(arena, sizeof(*to)) : &p;
        one.split.only = i + 1;
        rc = to ? preview(db, &one, settings, arena, to, err) : RC_FAIL;
        if (!rc && i)
            p.others[p.n_others++] = to;
    }
    if (!rc)
        *out = p;
    return rc;
}

enum rc campaign_preview_plan(struct db *db, const struct campaign_plan *plan,
                              const struct campaign_settings *settings, struct arena *arena,
                              struct campaign_preview *out, struct error *err)
{
    struct recipients_spec spec = {
        .transliterate = plan->transliterate,
        .words = settings->words,
        .now = clock_now(),
        .timezone = settings->timezone,
    };
    struct campaign_words words;
    struct campaign_texts texts;
    enum rc rc = campaign_plan_words(db, plan, settings, arena, &words, err);

    if (!rc)
        rc = campaign_plan_sender(plan, words.class, settings, arena, &spec.sender, err);
    if (!rc)
        rc = campaign_life_check(db, plan, &words, settings, arena, &texts, err);
    if (!rc)
        rc = campaign_plan_audience(db, plan, arena, &spec.audience, err);
    if (rc)
        return rc;
    spec.consents_since = campaign_consents_since(settings, spec.now);
    campaign_words_set(&words, plan->reach, &spec);
    spec.split.hold_out = plan->hold_out;
    recipients_set_texts(&spec.split, texts.list, texts.n);
    rc = campaign_limits_of_plan(db, settings, plan, &texts, &spec);
    if (rc)
        return rc;
    return preview_texts(db, &spec, settings, arena, out, err);
}

/* What a stored campaign asks, now; all of it in `arena`. */
static enum rc spec_of(struct db *db, uint64_t id, const struct campaign_settings *settings,
                       struct arena *arena, struct recipients_spec *spec, struct error *err)
{
    const utc_us now = clock_now();
    struct campaign_words words;
    struct campaign_row row;
    const char *sender;
    enum rc rc = campaign_row_read(db, id, arena, &row);

    if (rc == RC_NOTFOUND)
        return error_set(err, rc, "there is no campaign %llu", (unsigned long long)id);
    if (!rc)
        rc = campaign_row_words(db, &row, arena, &words);
    if (rc)
        return rc;
    sender = arena_copy(arena, row.campaign.sender, strlen(row.campaign.sender));
    if (!sender)
        return RC_FAIL;
    *spec = (struct recipients_spec){
        .audience = row.audience,
        .timezone = settings->timezone,
        .sender = sender,
        .words = settings->words,
        .transliterate = row.transliterate,
        .consents_since = campaign_consents_since(settings, now),
        .now = now,
        .split = { .campaign_id = id, .hold_out = row.life.hold_out },
    };
    campaign_words_set(&words, row.campaign.reach, spec);
    recipients_set_texts(&spec->split, row.life.texts, row.life.n_variants);
    return campaign_limits_of_row(db, settings, &row, spec);
}

enum rc campaign_preview(struct db *db, uint64_t id, const struct campaign_settings *settings,
                         struct arena *arena, struct campaign_preview *out, struct error *err)
{
    struct recipients_spec spec;
    enum rc rc = spec_of(db, id, settings, arena, &spec, err);

    return rc ? rc : preview_texts(db, &spec, settings, arena, out, err);
}

/* --- one customer --- */

enum rc campaign_explain(struct db *db, uint64_t id, const struct campaign_settings *settings,
                         uint64_t customer_id, struct arena *arena, bool *reached,
                         enum exclusion *why, struct error *err)
{
    const utc_us now = clock_now();
    struct recipients_spec spec = {
        .class = CLASS_PROMO,
        .audience = "",
        .body = "-",
        .sender = settings->promo_sender,
        .timezone = settings->timezone,
        .now = now,
        .consents_since = campaign_consents_since(settings, now),
    };
    const struct campaign_own_limits none = { .rest_s = CAMPAIGN_REST_OF_HOUSE,
                                              .may_repeat = true };
    struct recipients recipients;
    enum rc rc = id ? spec_of(db, id, settings, arena, &spec, err)
                    : campaign_limits_set(db, settings, &none, &spec);

    if (rc)
        return rc;
    rc = recipients_open(db, &spec, arena, &recipients, err);
    if (!rc)
        rc = recipients_explain(db, &recipients, customer_id, reached, why);
    recipients_close(&recipients);
    return rc;
}
