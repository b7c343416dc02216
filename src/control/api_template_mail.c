/* api_template_mail.c - templates of mails: how they look, and the files that go with them. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "control/api_template.h"
#include "control/base64.h"
#include "control/exchange.h"
#include "control/mail_as_read.h"
#include "domain/markup.h"
#include "flow/letter.h"
#include "store/campaign.h"
#include "store/message.h"
#include "store/template_file.h"
#include "store/template_preview.h"
#include "store/template_upload.h"

#define DATA_MAX   (64 << 10) /* of base64; relaisd takes no larger call by itself */
#define QUERY_HTML 5
#define DOUBTS_MAX 5 /* that are told at once */
#define TEST_MARK  "[TEST] "

/* --- how it looks --- */

void template_put_mail(struct exchange *x, json_t *item, const struct template_sample *s)
{
    static const char *const no_pictures[MARKUP_PICTURES_MAX] = { NULL };
    const struct markup_layout layout = { .language = s->language,
                                          .title = s->subject,
                                          .accent = x->house->mail_accent,
                                          .picture_ids = no_pictures };
    const char *source = mail_source_filled(x, s->text, &x->arena);
    struct buffer out;

    if (!source)
        return;
    buffer_init(&out, MARKUP_HTML_MAX);
    markup_text(&out, source);
    put_text(item, "subject", s->subject);
    put_text(item, "text", buffer_text(&out));
    if (x->query[QUERY_HTML]) {
        buffer_reset(&out);
        markup_html(&out, source, &layout);
        put_text(item, "html", buffer_text(&out));
    }
    buffer_close(&out);
}

static bool is_picture(const struct template_file *files, size_t n, const char *name, size_t len)
{
    for (size_t i = 0; i < n; i++) {
        if (files[i].is_inline && strlen(files[i].name) == len &&
            memcmp(files[i].name, name, len) == 0)
            return true;
    }
    return false;
}

/* Pictures that are shown as words, for want of them. */
static json_t *missing_json(const struct template_row *row, const struct template_file *files,
                            size_t n)
{
    json_t *list = json_array();
    const char *name;
    size_t len;

    for (size_t t = 0; t < row->n_texts; t++) {
        for (size_t i = 0; (name = markup_picture(row->texts[t].body, i, &len)) != NULL; i++) {
            if (!is_picture(files, n, name, len))
                json_array_append_new(list, json_stringn(name, len));
        }
    }
    return list;
}

static void add_doubt(void *arg, const char *words)
{
    if (json_array_size(arg) < DOUBTS_MAX)
        json_array_append_new(arg, json_string(words));
}

void template_put_doubts(struct exchange *x, const struct template_row *row)
{
    json_t *list = json_array();

    for (size_t t = 0; t < row->n_texts; t++)
        markup_doubts(row->texts[t].body, add_doubt, list);
    json_object_set_new(x->reply, "doubts", list);
}

void template_put_files(struct exchange *x, const struct template_row *row)
{
    json_t *list = json_array();
    struct template_file *files;
    size_t n = 0;
    enum rc rc = template_files_list(x->db, row->id, row->version, &x->arena, &files, &n);

    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "files", NULL);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        json_t *item = json_object();
        put_text(item, "name", files[i].name);
        put_text(item, "type", files[i].type);
        put_u64(item, "size", files[i].size);
        json_object_set_new(item, "inline", json_boolean(files[i].is_inline));
        json_array_append_new(list, item);
    }
    json_object_set_new(x->reply, "files", list);
    json_object_set_new(x->reply, "files_missing", missing_json(row, files, n));
    template_put_doubts(x, row);
}

/* --- files --- */

/* All of it is here. */
static void attach(struct exchange *x, const struct template_upload *upload, bool is_inline)
{
    struct template_file file = { .name = upload->file, .is_inline = is_inline }, put;
    struct error err = { "" };
    size_t size;
    enum rc rc = template_upload_take(x->db, upload, &x->arena, &file.bytes, &size);

    file.size = size;
    if (!rc)
        rc = template_file_put(x->db, &file, &put, &err);
    if (rc) {
        exchange_failed(x, rc, "file", &err);
        return;
    }
    template_reply(x, &(struct template_change){ .name = x->word, .who = x->who, .attach = &put });
}

static bool take_piece(struct exchange *x, struct template_upload *upload)
{
    const char *data;
    size_t n;
    void *bytes;

    if (!take_text(x, "data", DATA_MAX, NULL, &data))
        return false;
    bytes = arena_alloc(&x->arena, strlen(data) + 1);
    if (!bytes || base64_read(data, bytes, &n)) {
        exchange_refuse(x, 422, "data", "data: expected bytes in base64");
        return false;
    }
    upload->bytes = bytes;
    upload->n = n;
    return true;
}

void template_take_file(struct exchange *x)
{
    struct template_upload upload = { .template = x->word };
    struct template_row row;
    int64_t at, size;
    bool is_inline, whole;
    enum rc rc;

    if (!take_text(x, "file", TEMPLATE_FILE_NAME_MAX, NULL, &upload.file) ||
        !take_int(x, "size", 1, TEMPLATE_FILE_BYTES_MAX, 0, &size) ||
        !take_int(x, "at", 0, TEMPLATE_FILE_BYTES_MAX, 0, &at) ||
        !take_bool(x, "inline", false, &is_inline) || !take_piece(x, &upload))
        return;
    upload.at = (uint64_t)at;
    upload.size = (uint64_t)size;
    rc = template_read(x->db, x->word, &x->arena, &row);
    if (!rc)
        rc = template_upload_add(x->db, &upload, &whole);
    if (rc == RC_CONFLICT)
        exchange_refuse(x, 409, "at", "at: expected the piece behind the last one; begin again");
    else if (rc)
        exchange_failed(x, rc, "template", NULL);
    else if (whole)
        attach(x, &upload, is_inline);
}

void template_drop_file(struct exchange *x)
{
    const char *name;

    if (!take_text(x, "file", TEMPLATE_FILE_NAME_MAX, NULL, &name))
        return;
    template_reply(x, &(struct template_change){ .name = x->word, .who = x->who, .detach = name });
}

/* --- a test --- */

struct taking {
    const char *language; /* of the example; NULL: a customer's is wanted */
    const char *subject, *text, *missing;
    bool found;
};

static void take_sample(void *arg, const struct template_sample *s)
{
    struct taking *t = arg;

    if (t->found ||
        (t->language ? *t->language && strcmp(s->language, t->language) != 0 : !s->customer_id))
        return;
    t->found = true;
    t->subject = s->subject;
    t->text = s->text;
    t->missing = s->missing;
}

/* What the customer, or an example, would read; links are the addresses that they lead to. */
static bool take_reading(struct exchange *x, const struct template_row *row, struct taking *t)
{
    struct words_settings words = *x->house->campaign_settings->words;
    struct template_trial trial = { .template = row, .words = &words, .sender = "" };
    struct error err = { "" };
    int64_t customer;
    enum rc rc;

    if (!take_text(x, "language", 8, "", &t->language) ||
        !take_int(x, "customer_id", 1, INT64_MAX, 0, &customer))
        return false;
    words.links = NULL;
    trial.customer_id = (uint64_t)customer;
    if (customer)
        t->language = NULL;
    rc = template_preview(x->db, &trial, &x->arena, take_sample, t, &err);
    if (rc)
        exchange_failed(x, rc, "customer", &err);
    else if (!t->found)
        exchange_refuse(x, 422, "language", "language: there is no text in '%s'", t->language);
    else if (!t->text)
        exchange_refuse(x, 422, "customer_id", "customer_id: there is no value for %s", t->missing);
    return !rc && t->text;
}

static void send_test(struct exchange *x, const struct template_row *row, const struct taking *t,
                      const char *address)
{
    const size_t size = strlen(t->subject) + sizeof(TEST_MARK);
    char *subject = arena_alloc(&x->arena, size);
    const struct message_draft draft = {
        .channel = CHANNEL_EMAIL,
        .class = CLASS_SERVICE,
        .address = address,
        .sender = x->house->campaign_settings->words->mail->from,
        .text = t->text,
        .subject = subject,
        .template_id = row->id,
        .template_version = row->version,
        .legal_basis = "test",
        .expires_s = x->house->service_expires_s,
        .routes = x->house->routes,
    };

    if (!subject) {
        exchange_failed(x, RC_FAIL, "message", NULL);
        return;
    }
    snprintf(subject, size, TEST_MARK "%s", t->subject);
    (void)message_reply(x, &draft);
}

void template_test(struct exchange *x)
{
    const struct words_settings *words = x->house->campaign_settings->words;
    char address[ADDRESS_SIZE];
    struct taking reading = { .found = false };
    struct template_row row;
    const char *to;
    enum rc rc;

    if (!take_text(x, "to", ADDRESS_SIZE - 1, NULL, &to))
        return;
    if (!as_mail_address(x, "to", to, address))
        return;
    rc = template_read(x->db, x->word, &x->arena, &row);
    if (rc)
        exchange_failed(x, rc, "template", NULL);
    else if (row.channel != CHANNEL_EMAIL || !wording_can_mail(words))
        exchange_refuse(x, 422, NULL,
                        row.channel == CHANNEL_EMAIL
                            ? WORDING_NO_MAIL
                            : "it is a text for SMS: test it by a campaign");
    else if (take_reading(x, &row, &reading))
        send_test(x, &row, &reading, address);
}
