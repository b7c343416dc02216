/* template_preview.c - texts filled in for show. */
#include "store/template_preview.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "store/wording_example.h"

struct showing {
    const struct template_trial *trial;
    const struct wording *wording;
    struct arena *arena;
    struct buffer scratch;
    void (*tell)(void *arg, const struct template_sample *sample);
    void *arg;
};

static enum rc show(struct showing *s, const struct wording_person *person, uint64_t customer_id,
                    const char *address)
{
    struct written written;
    enum rc rc = wording_write(s->wording, person, s->arena, &s->scratch, &written);

    if (rc)
        return rc;
    s->tell(s->arg, &(struct template_sample){
                        .customer_id = customer_id,
                        .address = address,
                        .language = s->trial->template->texts[written.nth].language,
                        .subject = written.subject,
                        .text = written.text,
                        .missing = written.missing,
                        .encoding = written.encoding,
                        .parts = written.parts,
                        .added = wording_added(s->wording, written.nth),
                        .footer = wording_footer(s->wording, written.nth),
                    });
    return RC_OK;
}

static enum rc show_languages(struct showing *s)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < s->trial->template->n_texts; i++) {
        struct wording_person person;
        wording_example(s->wording, s->trial->template->texts[i].language, &person);
        rc = show(s, &person, 0, "");
    }
    return rc;
}

static enum rc show_customer(void *arg, const struct wording_person *person, uint64_t customer_id,
                             const char *address)
{
    return show(arg, person, customer_id, address);
}

enum rc template_preview(struct db *db, const struct template_trial *trial, struct arena *arena,
                         void (*tell)(void *arg, const struct template_sample *sample), void *arg,
                         struct error *err)
{
    const struct wording_spec spec = {
        .channel = trial->template->channel,
        .class = template_kind_class(trial->template->kind),
        .texts = trial->template->texts,
        .n_texts = trial->template->n_texts,
        .sender = trial->sender,
        .transliterate = trial->transliterate,
        .order = true,
        .settings = trial->words,
    };
    struct showing s = { .trial = trial, .arena = arena, .tell = tell, .arg = arg };
    struct wording *wording;
    enum rc rc = wording_open(db, &spec, arena, &wording, err);

    if (rc)
        return rc;
    s.wording = wording;
    buffer_init(&s.scratch, WORDING_TEXT_MAX);
    rc = show_languages(&s);
    if (!rc && (trial->customer_id || trial->samples))
        rc = wording_customers(db, wording, trial->customer_id, trial->samples, show_customer, &s);
    buffer_close(&s.scratch);
    return rc;
}
