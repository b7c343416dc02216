/*
 * campaign_expand.c - from an audience to messages in the queue, a page of customers at a time.
 *
 * A step writes the texts of a page without a transaction, then takes consecutive message ids, then
 * commits everything the page made together with the checkpoint. Whoever dies before the COMMIT
 * leaves nothing; whoever comes second finds the checkpoint moved and leaves nothing either. Rights
 * are looked at once more when a message is claimed, so a STOP in between is honoured.
 *
 * While one page is written the next one is read, on a second connection. It is used when the
 * checkpoint is then where it begins, and thrown away otherwise.
 */
#include <stdlib.h>
#include <string.h>

#include "base/pair.h"
#include "store/campaign_limits.h"
#include "store/campaign_page.h"
#include "store/slice.h"

#define LOG_PART "campaign"
#include "base/log.h"

#define AHEAD_MAX_US (10 * USEC_PER_SEC) /* an older page has seen too little */

/* In the first pass, or the only one: all texts. In the second: the one that won, to the rest. */
static void set_split(const struct campaign_row *row, struct recipients_spec *spec)
{
    const struct campaign_life *life = &row->life;
    struct recipients_split *s = &spec->split;

    s->campaign_id = row->campaign.id;
    s->hold_out = life->hold_out;
    recipients_set_texts(s, life->texts, life->n_variants);
    s->rest = life->winner >= 0;
    s->only = s->rest ? (unsigned)life->winner + 1 : 0;
    s->test_share = s->rest ? 0 : life->test_share;
}

static enum rc read_recipients(struct db *db, const struct campaign_row *row,
                               const struct campaign_settings *settings, struct page *p)
{
    struct recipients_spec spec = {
        .audience = row->audience,
        .sender = row->campaign.sender,
        .words = settings->words,
        .transliterate = row->transliterate,
        .now = row->campaign.started_at, /* the same question from the first page to the last */
        .timezone = settings->timezone,
        .form = AUDIENCE_FOR_PAGE,
        .consents_since = campaign_consents_since(settings, row->campaign.started_at),
    };
    size_t limit = settings->page ? settings->page : CAMPAIGN_PAGE;
    struct recipients recipients;
    struct error err = { "" };
    char reason[LOG_TEXT_SIZE];
    struct campaign_words words;
    enum rc rc = campaign_row_words(db, row, &p->arena, &words);

    if (rc)
        return rc;
    campaign_words_set(&words, row->campaign.reach, &spec);
    set_split(row, &spec);
    rc = campaign_limits_of_row(db, settings, row, &spec);
    if (rc)
        return rc;
    rc = recipients_open(db, &spec, &p->arena, &recipients, &err);
    if (rc == RC_INVALID)
        log_error("campaign=%llu expansion=refused reason=\"%s\"",
                  (unsigned long long)row->campaign.id,
                  log_text(reason, err.text, strlen(err.text)));
    if (!rc)
        rc = recipients_read(db, &recipients, row->campaign.id, p->from,
                             limit < SLICE_SPAN_MAX ? limit : SLICE_SPAN_MAX, &p->arena, &p->in);
    recipients_close(&recipients);
    return rc;
}

static enum rc read_page(struct db *db, const struct campaign_row *row,
                         const struct campaign_settings *settings, uint64_t from, struct page *p)
{
    enum rc rc;

    *p = (struct page){ .from = from, .read_at = clock_now() };
    arena_init(&p->arena);
    rc = read_recipients(db, row, settings, p);
    if (rc) {
        arena_close(&p->arena);
        return rc;
    }
    for (size_t i = 0; i < p->in.n; i++)
        p->reached += p->in.list[i].reached;
    p->next_customer = p->in.last ? CAMPAIGN_EXPANDED : p->in.list[p->in.n - 1].customer_id + 1;
    return RC_OK;
}

/* --- the page after this one --- */

struct campaign_ahead {
    uint64_t campaign_id; /* 0: there is none */
    struct page page;
};

struct campaign_ahead *campaign_ahead_new(void)
{
    return calloc(1, sizeof(struct campaign_ahead));
}

static void forget(struct campaign_ahead *ahead)
{
    if (ahead->campaign_id)
        arena_close(&ahead->page.arena);
    ahead->campaign_id = 0;
}

void campaign_ahead_free(struct campaign_ahead *ahead)
{
    if (!ahead)
        return;
    forget(ahead);
    free(ahead);
}

static bool take_ahead(struct campaign_ahead *ahead, const struct campaign_row *row,
                       struct page *page)
{
    const utc_us age = clock_now() - ahead->page.read_at;

    if (ahead->campaign_id != row->campaign.id || ahead->page.from != row->next_customer ||
        age < 0 || age > AHEAD_MAX_US) {
        forget(ahead);
        return false;
    }
    *page = ahead->page;
    ahead->campaign_id = 0;
    return true;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What was not committed yet when the next page was read: its shared numbers. */
static enum rc drop_doubles(const struct page *before, struct page *page)
{
    const char **taken = arena_alloc(&page->arena, (before->in.n + 1) * sizeof(*taken));
    size_t n = 0;

    if (!taken)
        return RC_FAIL;
    for (size_t i = 0; i < before->in.n; i++) {
        if (before->in.list[i].reached && before->in.list[i].shared)
            taken[n++] = before->in.list[i].address;
    }
    if (n)
        qsort(taken, n, sizeof(*taken), compare_texts);
    for (size_t i = 0; n && i < page->in.n; i++) {
        struct recipient *r = &page->in.list[i];
        if (r->reached && r->shared &&
            bsearch(&r->address, taken, n, sizeof(*taken), compare_texts)) {
            r->reached = false;
            r->why = EXCLUDED_DUPLICATE_ADDRESS;
            page->reached--;
        }
    }
    return RC_OK;
}

/* --- a step --- */

struct half {
    struct db *db;
    const struct campaign_row *row;
    const struct campaign_settings *settings;
    struct page *page;
    bool reads;
    uint64_t from; /* when it reads */
    enum rc rc;
};

static void run_half(void *arg)
{
    struct half *h = arg;

    h->rc = h->reads ? read_page(h->db, h->row, h->settings, h->from, h->page)
                     : campaign_page_write(h->db, h->page, h->row, h->settings);
}

/* Writes the page and, if there is one, reads the next. */
static enum rc write_and_read(struct db *db, const struct campaign_row *row,
                              const struct campaign_settings *settings, struct page *page,
                              struct campaign_ahead *ahead)
{
    struct half write = { .db = db, .row = row, .settings = settings, .page = page };
    struct half read = write;

    if (!ahead || page->in.last || !(read.db = db_second(db))) {
        run_half(&write);
        return write.rc;
    }
    read.reads = true;
    read.page = &ahead->page;
    read.from = page->next_customer;
    pair_run(run_half, &write, &read);
    if (read.rc)
        return write.rc; /* it is read again, and then whatever is wrong is heard of */
    ahead->campaign_id = row->campaign.id;
    if (write.rc || drop_doubles(page, &ahead->page))
        forget(ahead);
    return write.rc;
}

enum rc campaign_expand_next(struct db *db, uint64_t id, const struct campaign_settings *settings,
                             struct campaign_ahead *ahead, struct campaign_step *out)
{
    struct campaign_row row;
    struct arena arena;
    struct page page;
    enum rc rc;

    arena_init(&arena);
    rc = campaign_row_read(db, id, &arena, &row);
    if (!rc && row.campaign.state != CAMPAIGN_EXPANDING)
        rc = RC_CONFLICT;
    if (rc)
        goto out;
    if (!ahead || !take_ahead(ahead, &row, &page))
        rc = read_page(db, &row, settings, row.next_customer, &page);
    if (rc)
        goto out;
    rc = write_and_read(db, &row, settings, &page, ahead);
    if (!rc)
        *out = (struct campaign_step){
            .customers = page.in.n,
            .messages = page.reached,
            .complete = page.next_customer == CAMPAIGN_EXPANDED,
        };
    arena_close(&page.arena);
out:
    arena_close(&arena);
    return rc;
}

enum rc campaign_expand_step(struct db *db, uint64_t id, const struct campaign_settings *settings,
                             struct campaign_step *out)
{
    return campaign_expand_next(db, id, settings, NULL, out);
}
