/* campaign_preview.c - what a start would do: how many, who is left out and why, what it costs. */
#include <string.h>

#include "base/arena.h"
#include "domain/route.h"
#include "domain/transliterate.h"
#include "store/campaign_row.h"
#include "store/recipient.h"

/* Texts tried so far: as they are, and transliterated. */
struct trial {
    enum message_class class;
    struct route_tally *tally, *plain;
};

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

static enum rc add_text(struct campaign_preview *p, const struct trial *trial,
                        const struct recipient *r, struct arena *arena)
{
    const struct route_question q = { r->address, trial->class, r->category };

    p->rendered++;
    route_tally_add(trial->tally, &q, r->parts);
    route_tally_add(trial->plain, &q, plain_parts(r));
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
    return p->n_samples < CAMPAIGN_SAMPLES ? add_sample(p, r, arena) : RC_OK;
}

/* Renders some, or all when they are few; then what only rendering shows is counted, too. */
static enum rc try_texts(struct db *db, const struct recipients *recipients,
                         const struct trial *trial, struct campaign_preview *p, struct arena *arena)
{
    uint64_t candidates = p->recipients + p->excluded[EXCLUDED_DUPLICATE_ADDRESS];
    struct recipients_page page = { .n = 0 };
    struct arena texts;
    enum rc rc;

    arena_init(&texts);
    p->exact = candidates <= CAMPAIGN_TRIAL_TEXTS;
    rc = recipients_try(db, recipients, CAMPAIGN_TRIAL_TEXTS, &texts, &page);
    for (size_t i = 0; !rc && i < page.n; i++) {
        if (page.list[i].reached)
            rc = add_text(p, trial, &page.list[i], arena);
    }
    if (!rc && p->exact) {
        p->excluded[EXCLUDED_TEMPLATE] += p->recipients - p->rendered;
        p->recipients = p->rendered;
    }
    if (!rc)
        rc = route_tally_bill(trial->tally, p->recipients, arena, &p->bill);
    if (!rc)
        rc = route_tally_bill(trial->plain, p->recipients, arena, &p->plain_bill);
    arena_close(&texts);
    return rc;
}

/* Where there are no routes, all of them cost the same. */
static enum rc reckon(struct db *db, const struct recipients *recipients,
                      const struct campaign_settings *settings, struct campaign_preview *p,
                      struct arena *arena)
{
    const struct route_carrier any = { .name = "",
                                       .millicents = settings->segment_cost_millicents };
    const struct route all = { .name = "default", .ways = { { 0, 1 } }, .n_ways = 1 };
    const struct route_table flat = { .routes = &all, .n = 1, .carriers = &any, .n_carriers = 1 };
    const struct route_table *routes = settings->routes ? settings->routes : &flat;
    struct trial trial = {
        .class = recipients->spec.class,
        .tally = route_tally_new(routes, arena),
        .plain = route_tally_new(routes, arena),
    };

    return trial.tally && trial.plain ? try_texts(db, recipients, &trial, p, arena) : RC_FAIL;
}

static enum rc preview(struct db *db, const struct recipients_spec *spec,
                       const struct campaign_settings *settings, struct arena *arena,
                       struct campaign_preview *out, struct error *err)
{
    struct campaign_preview p = { .currency = settings->currency };
    struct recipients recipients;
    struct recipients_count count;
    enum rc rc = recipients_open(db, spec, arena, &recipients, err);

    if (!rc)
        rc = recipients_count(db, &recipients, &count);
    if (!rc) {
        p.audience = count.audience;
        p.recipients = count.reached;
        memcpy(p.excluded, count.excluded, sizeof(p.excluded));
        rc = reckon(db, &recipients, settings, &p, arena);
    }
    recipients_close(&recipients);
    if (!rc)
        *out = p;
    return rc;
}

enum rc campaign_preview_plan(struct db *db, const struct campaign_plan *plan,
                              const struct campaign_settings *settings, struct arena *arena,
                              struct campaign_preview *out, struct error *err)
{
    struct recipients_spec spec = {
        .class = plan->class,
        .audience = plan->audience ? plan->audience : "",
        .transliterate = plan->transliterate,
        .now = clock_now(),
    };
    uint64_t template_id;
    enum rc rc = campaign_plan_body(db, plan, arena, &spec.body, &template_id, err);

    return rc ? rc : preview(db, &spec, settings, arena, out, err);
}

enum rc campaign_preview(struct db *db, uint64_t id, const struct campaign_settings *settings,
                         struct arena *arena, struct campaign_preview *out, struct error *err)
{
    struct campaign_row row;
    enum rc rc = campaign_row_read(db, id, arena, &row);

    if (rc == RC_NOTFOUND)
        return error_set(err, rc, "there is no campaign %llu", (unsigned long long)id);
    if (rc)
        return rc;
    return preview(db,
                   &(struct recipients_spec){ .class = row.campaign.class,
                                              .audience = row.audience,
                                              .body = row.body,
                                              .transliterate = row.transliterate,
                                              .now = clock_now() },
                   settings, arena, out, err);
}
