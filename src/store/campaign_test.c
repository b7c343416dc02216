/* campaign_test.c - a text as a recipient would get it, marked, to one of ours. */
#include "store/campaign_test.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "store/campaign_row.h"
#include "store/outbox.h"
#include "store/template_file.h"
#include "store/wording_example.h"

#define DAY_SIZE 11

static const char SQL_TODAY[] = "SELECT COUNT(*) FROM campaign_test WHERE day = ?";

static const char SQL_NOTE[] = "INSERT INTO campaign_test (day, n, campaign_id, message_id)"
                               "VALUES (?, ?, ?, ?)";

struct sending {
    const struct campaign_test *test;
    struct campaign_words words;
    struct outbox_draft draft;
    char day[DAY_SIZE];
    uint64_t message_id, n;
    utc_us now;
};

/* The text of whoever comes first, kept. */
struct text_taker {
    const struct wording *wording;
    struct arena *arena;
    struct buffer scratch;
    struct written written;
};

static enum rc take_text(void *arg, const struct wording_person *person, uint64_t customer_id,
                         const char *address)
{
    struct text_taker *t = arg;

    (void)customer_id;
    (void)address;
    return wording_write(t->wording, person, t->arena, &t->scratch, &t->written);
}

static enum rc write_text(struct db *db, const struct campaign_test *test,
                          const struct wording *wording, const char *language, struct arena *arena,
                          struct written *out, struct error *err)
{
    struct text_taker t = { .wording = wording, .arena = arena };
    struct wording_person person;
    enum rc rc;

    buffer_init(&t.scratch, WORDING_TEXT_MAX);
    if (test->customer_id) {
        rc = wording_customers(db, wording, test->customer_id, 1, take_text, &t);
        if (rc == RC_NOTFOUND)
            error_set(err, rc, "there is no customer %llu", (unsigned long long)test->customer_id);
    } else {
        wording_example(wording, *test->language ? test->language : language, &person);
        rc = take_text(&t, &person, 0, "");
    }
    buffer_close(&t.scratch);
    if (!rc && !t.written.text)
        rc = error_set(err, RC_INVALID, "text: %s%s",
                       *t.written.missing ? "the customer has no value for " : "it is too long",
                       t.written.missing);
    *out = t.written;
    return rc;
}

static char *marked(const char *text, struct arena *arena)
{
    size_t size = strlen(CAMPAIGN_TEST_MARK) + strlen(text) + 1;
    char *out = arena_alloc(arena, size);

    if (out)
        snprintf(out, size, CAMPAIGN_TEST_MARK "%s", text);
    return out;
}

/* Marked; so much longer than what a recipient gets. */
static enum rc mark_sms(struct written *w, struct arena *arena, struct error *err)
{
    struct sms_measure m;

    w->text = marked(w->text, arena);
    if (!w->text)
        return RC_FAIL;
    if (sms_text_measure(w->text, &m) || m.parts > SMS_PARTS_MAX)
        return error_set(err, RC_INVALID, "text: with " CAMPAIGN_TEST_MARK "it is too long");
    w->parts = m.parts;
    w->encoding = m.encoding;
    return RC_OK;
}

static enum rc mark(struct written *w, struct arena *arena, struct error *err)
{
    if (!w->subject)
        return mark_sms(w, arena, err);
    w->subject = marked(w->subject, arena);
    return w->subject ? RC_OK : RC_FAIL;
}

static enum rc queue_it(struct db *db, void *arg)
{
    const struct sending *s = arg;
    enum rc rc = db_run(
        db, SQL_NOTE,
        DB_IN(db_text(s->day), db_u64(s->n), db_u64(s->test->campaign_id), db_u64(s->message_id)),
        NULL);

    if (!rc && s->test->channel == CHANNEL_EMAIL)
        rc = template_of_message_write(db, s->message_id, s->words.mail_template_id,
                                       s->words.mail_version);
    return rc ? rc : outbox_enqueue(db, s->message_id, s->now, &s->draft);
}

static enum rc send_it(struct db *db, struct sending *s, struct error *err)
{
    char at[CLOCK_TEXT_SIZE];
    enum rc rc;

    snprintf(s->day, sizeof(s->day), "%.10s", clock_format(s->now, at));
    rc = db_query_u64(db, SQL_TODAY, DB_IN(db_text(s->day)), &s->n);
    if (rc)
        return rc;
    if (++s->n > (uint64_t)s->test->per_day)
        return error_set(err, RC_INVALID,
                         "today %lld tests were sent already, and no more are allowed "
                         "(sms.tests_per_day)",
                         (long long)s->test->per_day);
    rc = db_transaction(db, queue_it, s);
    if (rc == RC_CONFLICT)
        error_set(err, rc, "somebody else sent a test at the same moment; try again");
    return rc;
}

static enum rc open_words(struct db *db, const struct campaign_row *row,
                          const struct campaign_words *words, enum channel channel,
                          const struct campaign_settings *settings, struct arena *arena,
                          struct wording **out, struct error *err)
{
    const bool mail = channel == CHANNEL_EMAIL;
    const struct wording_spec spec = {
        .channel = channel,
        .class = row->campaign.class,
        .texts = mail ? words->mail_texts : words->texts,
        .n_texts = mail ? words->n_mail_texts : words->n_texts,
        .sender = mail ? NULL : row->campaign.sender,
        .transliterate = row->transliterate,
        .settings = settings->words,
    };

    if (!reach_has(row->campaign.reach, channel))
        return error_set(err, RC_INVALID, "to: the campaign has no text for %s",
                         mail ? "mails" : "phones");
    if (mail && !wording_can_mail(settings->words))
        return error_set(err, RC_INVALID, "to: " WORDING_NO_MAIL);
    return wording_open(db, &spec, arena, out, err);
}

/* The text as it goes out, marked. */
static enum rc prepare(struct db *db, struct sending *s, const struct campaign_row *row,
                       const struct campaign_settings *settings, struct arena *arena,
                       struct written *out, struct error *err)
{
    const struct campaign_test *test = s->test;
    struct wording *wording;
    enum rc rc = campaign_row_words(db, row, arena, &s->words);

    if (!rc)
        rc = open_words(db, row, &s->words, test->channel, settings, arena, &wording, err);
    if (!rc)
        rc = write_text(db, test, wording,
                        test->channel == CHANNEL_EMAIL ? s->words.mail_texts[0].language
                                                       : s->words.texts[0].language,
                        arena, out, err);
    if (!rc)
        rc = mark(out, arena, err);
    if (!rc)
        rc = db_new_timed_ids(db, "message", 1, &s->message_id);
    if (!rc && settings->words && settings->words->links)
        link_fill(settings->words->links, s->message_id, out->text);
    return rc;
}

static const char *sender_of(const struct campaign_test *test, const struct campaign_row *row,
                             const struct campaign_settings *settings)
{
    return test->channel == CHANNEL_EMAIL ? settings->words->mail->from : row->campaign.sender;
}

enum rc campaign_test_send(struct db *db, const struct campaign_test *test,
                           const struct campaign_settings *settings, struct arena *arena,
                           struct campaign_tested *out, struct error *err)
{
    struct sending s = { .test = test, .now = clock_now() };
    const char *sender;
    struct campaign_row row;
    struct written written;
    enum rc rc = campaign_row_read(db, test->campaign_id, arena, &row);

    if (!rc)
        rc = prepare(db, &s, &row, settings, arena, &written, err);
    if (rc)
        return rc;
    sender = sender_of(test, &row, settings);
    s.draft = (struct outbox_draft){
        .channel = test->channel,
        .class = CLASS_SERVICE,
        .address = test->to,
        .sender = sender,
        .subject = written.subject,
        .text = written.text,
        .encoding = written.subject ? "utf8" : sms_encoding_name(written.encoding),
        .parts = written.parts,
        .legal_basis = "test",
        .routes = settings->routes,
        .due_at = s.now,
        .expires_at = s.now + test->expires_s * USEC_PER_SEC,
    };
    rc = send_it(db, &s, err);
    if (rc)
        return rc;
    *out = (struct campaign_tested){ .message_id = s.message_id,
                                     .text = written.text,
                                     .subject = written.subject,
                                     .sender = arena_copy(arena, sender, strlen(sender)),
                                     .parts = written.parts,
                                     .left = (unsigned)((uint64_t)test->per_day - s.n) };
    return out->sender ? RC_OK : RC_FAIL;
}
