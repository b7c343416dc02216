/* api_template.c - the catalogue of texts: versions, languages, and how they will read. */
#include <string.h>

#include "control/api_template.h"
#include "control/exchange.h"
#include "control/kick.h"
#include "control/routes.h"
#include "control/ways.h"
#include "domain/phone.h"
#include "domain/sms_text.h"
#include "domain/transliterate.h"
#include "domain/utf8.h"
#include "store/campaign.h"
#include "store/template.h"
#include "store/template_preview.h"

#define LANGUAGE_BYTES 8

/* A subject where there is one. */
static void put_words(json_t *item, enum channel channel, const char *subject, const char *body)
{
    if (channel == CHANNEL_EMAIL)
        put_text(item, "subject", subject);
    put_text(item, "body", body);
}

static void put_version(json_t *item, const struct template_row *t)
{
    put_u64(item, "version", t->version);
    put_text(item, "kind", template_kind_name(t->kind));
    put_text(item, "class", message_class_name(template_kind_class(t->kind)));
    put_text(item, "language", t->language);
    put_words(item, t->channel, t->subject, t->body);
    put_text(item, "by", t->who);
    put_time(item, "updated_at", t->updated_at);
}

static json_t *template_json(const struct template_row *t)
{
    json_t *item = json_object();

    put_u64(item, "id", t->id);
    put_text(item, "name", t->name);
    put_text(item, "channel", channel_name(t->channel));
    put_time(item, "created_at", t->created_at);
    json_object_set_new(item, "deleted", json_boolean(t->deleted));
    put_version(item, t);
    return item;
}

static void add_template(void *arg, const struct template_row *t, const char *languages)
{
    json_t *item = template_json(t);

    put_text(item, "languages", languages);
    json_array_append_new(arg, item);
}

static void list_templates(struct exchange *x)
{
    json_t *list = json_array();
    enum rc rc = template_list(x->db, add_template, list);

    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "templates", NULL);
        return;
    }
    json_object_set_new(x->reply, "templates", list);
}

static void list_versions(struct exchange *x)
{
    json_t *list = json_array();
    enum rc rc = template_history(x->db, x->word, add_template, list);

    if (!rc && json_array_size(list) == 0)
        rc = RC_NOTFOUND;
    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "template", NULL);
        return;
    }
    json_object_set_new(x->reply, "versions", list);
}

/* The version that the query asks for, by the route's nth name. */
static bool read_template(struct exchange *x, size_t nth, struct template_row *row)
{
    uint64_t version;
    enum rc rc;

    if (!take_query_u64(x, nth, UINT32_MAX, 0, &version))
        return false;
    rc = version ? template_read_version(x->db, x->word, (unsigned)version, &x->arena, row)
                 : template_read(x->db, x->word, &x->arena, row);
    if (rc)
        exchange_failed(x, rc, version ? "version of this template" : "template", NULL);
    return rc == RC_OK;
}

static void get_template(struct exchange *x)
{
    struct template_row row;
    json_t *texts;

    if (!read_template(x, 0, &row))
        return;
    json_decref(x->reply);
    x->reply = template_json(&row);
    texts = json_array();
    for (size_t i = 0; i < row.n_texts; i++) {
        json_t *item = json_object();
        put_text(item, "language", row.texts[i].language);
        put_words(item, row.channel, row.texts[i].subject, row.texts[i].body);
        json_array_append_new(texts, item);
    }
    json_object_set_new(x->reply, "texts", texts);
    if (row.channel == CHANNEL_EMAIL)
        template_put_files(x, &row);
}

/* "" becomes NULL: it was not said. */
static bool take_word(struct exchange *x, const char *name, const char **out)
{
    if (!take_text(x, name, LANGUAGE_BYTES, "", out))
        return false;
    *out = **out ? *out : NULL;
    return true;
}

static bool take_channel(struct exchange *x, struct template_change *change, enum channel *channel)
{
    const char *name;

    if (!take_text(x, "channel", 20, "", &name))
        return false;
    if (*name && channel_parse(name, channel)) {
        exchange_refuse(x, 422, "channel", "channel: expected sms or email, got '%s'", name);
        return false;
    }
    change->channel = *name ? channel : NULL;
    return true;
}

static bool take_change(struct exchange *x, struct template_change *change,
                        enum template_kind *kind, enum channel *channel)
{
    const char *name;

    if (!take_channel(x, change, channel) ||
        !take_text(x, "subject", 4 * SUBJECT_MAX, "", &change->subject) ||
        !take_text(x, "body", TEMPLATE_MAIL_MAX, "", &change->body) ||
        !take_word(x, "language", &change->language) ||
        !take_word(x, "own_language", &change->own_language) ||
        !take_word(x, "without", &change->without) || !take_text(x, "kind", 20, "", &name))
        return false;
    if (*name && template_kind_parse(name, kind)) {
        exchange_refuse(x, 422, "kind",
                        "kind: expected promotional, informational or reminder, got '%s'", name);
        return false;
    }
    change->kind = *name ? kind : NULL;
    if (!*change->body && !*change->subject && !change->own_language && !change->without &&
        !change->kind) {
        exchange_refuse(x, 422, "body", "expected a text, or something else to change");
        return false;
    }
    change->body = *change->body ? change->body : NULL;
    change->subject = *change->subject ? change->subject : NULL;
    return true;
}

bool template_reply(struct exchange *x, const struct template_change *change)
{
    struct error err = { "" };
    unsigned version;
    uint64_t id;
    enum rc rc =
        template_change(x->db, change, x->house->campaign_settings->words, &id, &version, &err);

    if (rc) {
        exchange_failed(x, rc, "template", &err);
        return false;
    }
    put_u64(x->reply, "id", id);
    put_text(x->reply, "name", x->word);
    put_u64(x->reply, "version", version);
    return true;
}

static void put_template(struct exchange *x)
{
    struct template_change change = { .name = x->word, .who = x->who };
    enum template_kind kind;
    enum channel channel;
    struct template_row row;

    if (!take_change(x, &change, &kind, &channel) || !template_reply(x, &change))
        return;
    if (change.body && template_read(x->db, x->word, &x->arena, &row) == RC_OK &&
        row.channel == CHANNEL_EMAIL)
        template_put_doubts(x, &row);
}

static void delete_template(struct exchange *x)
{
    enum rc rc = template_delete(x->db, x->word, x->who);

    if (rc) {
        exchange_failed(x, rc, "template", NULL);
        return;
    }
    put_text(
        x->reply, "said",
        "It is not offered any more; its versions are kept, and campaigns that took it go on.");
}

/* --- preview --- */

struct preview {
    struct exchange *x;
    enum message_class class;
    char example[E164_SIZE]; /* whom texts without a recipient are priced for */
    json_t *languages, *customers;
};

/* The characters that make it UCS-2, each once, as they are. */
static void put_forcing(json_t *item, const char *text)
{
    struct sms_forcing list[20];
    size_t n = sms_text_forcing(text, list, 20);
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(array, json_stringn(text + list[i].at, list[i].length));
    json_object_set_new(item, "forced_by", array);
}

/* What it would be in the SMS alphabet alone. */
static void put_plain(json_t *item, const struct template_sample *s)
{
    char plain[3 * SMS_TEXT_SIZE];
    struct sms_measure m;

    if (s->encoding != SMS_UCS2 || transliterate_to_gsm7(s->text, plain, sizeof(plain)) ||
        sms_text_measure(plain, &m))
        return;
    put_text(item, "transliterated", plain);
    put_u64(item, "transliterated_parts", m.parts);
}

static void add_sample(void *arg, const struct template_sample *s)
{
    struct preview *p = arg;
    const struct control_house *house = p->x->house;
    const char *to = *s->address ? s->address : p->example;
    json_t *item = json_object(), *added = json_array();
    struct sms_measure m = { 0 };

    put_id(item, "customer_id", s->customer_id);
    put_text(item, "language", s->language);
    if (s->text && s->subject) {
        template_put_mail(p->x, item, s);
    } else if (s->text) {
        (void)!sms_text_measure(s->text, &m);
        put_text(item, "text", s->text);
        put_text(item, "encoding", sms_encoding_name(s->encoding));
        put_u64(item, "parts", s->parts);
        put_u64(item, "units", m.units);
        put_u64(item, "room", sms_text_room(&m));
        put_u64(item, "cost_millicents",
                s->parts * (uint64_t)house->campaign_settings->segment_cost_millicents);
        json_object_set_new(item, "expected_millicents",
                            ways_expected(house->routes, to, p->class, s->parts));
        put_forcing(item, s->text);
        put_plain(item, s);
    } else {
        put_text(item, "missing", s->missing);
    }
    if (s->added && s->added->before[0])
        json_array_append_new(added, json_string(s->added->before));
    if (s->added && s->added->after[0])
        json_array_append_new(added, json_string(s->added->after));
    if (s->footer)
        json_array_append_new(added, json_string(s->footer));
    json_object_set_new(item, "added", added);
    json_array_append_new(s->customer_id ? p->customers : p->languages, item);
}

static void preview_template(struct exchange *x)
{
    struct template_row row;
    struct template_trial trial = { .template = &row,
                                    .words = x->house->campaign_settings->words,
                                    .sender = x->query[3] ? x->query[3] : "" };
    struct preview p = { .x = x };
    struct error err = { "" };
    uint64_t samples;
    enum rc rc;

    if (!read_template(x, 0, &row) || !take_query_u64(x, 1, INT64_MAX, 0, &trial.customer_id) ||
        !take_query_u64(x, 2, TEMPLATE_SAMPLES_MAX, 0, &samples))
        return;
    trial.samples = (size_t)samples;
    trial.transliterate = x->query[4] != NULL;
    p.class = template_kind_class(row.kind);
    if (phone_example(x->house->country, p.example))
        p.example[0] = '\0';
    p.languages = json_array();
    p.customers = json_array();
    json_object_set_new(x->reply, "languages", p.languages);
    json_object_set_new(x->reply, "customers", p.customers);
    put_text(x->reply, "name", row.name);
    put_u64(x->reply, "version", row.version);
    put_text(x->reply, "channel", channel_name(row.channel));
    put_text(x->reply, "kind", template_kind_name(row.kind));
    put_text(x->reply, "currency", x->house->campaign_settings->currency);
    rc = template_preview(x->db, &trial, &x->arena, add_sample, &p, &err);
    if (rc)
        exchange_failed(x, rc, "customer", &err);
    else if (row.channel == CHANNEL_EMAIL)
        template_put_files(x, &row);
}

static void template_kick(struct exchange *x)
{
    kick_senders(x->house);
}

const struct route template_routes[] = {
    { .method = "GET",
      .pattern = "/v1/templates",
      .right = RIGHT_TOKEN,
      .run = list_templates,
      .help = "All templates: their newest version, its own language's text." },
    { .method = "GET",
      .pattern = "/v1/templates/{name}",
      .right = RIGHT_TOKEN,
      .run = get_template,
      .query = { "version" },
      .help = "One template with its texts, in its newest version or the one asked for." },
    { .method = "PUT",
      .pattern = "/v1/templates/{name}",
      .right = RIGHT_TOKEN,
      .run = put_template,
      .body = BODY("body", "subject", "language", "kind", "own_language", "without", "channel"),
      .help = "Creates a template or makes its next version. Body: body, the text with its "
              "{{placeholders}}; language of the text; kind (promotional, informational, "
              "reminder); own_language, of who speaks none of the others; without, a language to "
              "drop; channel of a new one (sms, email); subject, of a mail." },
    { .method = "DELETE",
      .pattern = "/v1/templates/{name}",
      .right = RIGHT_TOKEN,
      .run = delete_template,
      .help = "Takes it out of the catalogue; its versions are kept." },
    { .method = "GET",
      .pattern = "/v1/templates/{name}/history",
      .right = RIGHT_TOKEN,
      .run = list_versions,
      .help = "Its versions, the newest first." },
    { .method = "GET",
      .pattern = "/v1/templates/{name}/preview",
      .right = RIGHT_TOKEN,
      .run = preview_template,
      .slow = true,
      .query = { "version", "customer_id", "sample", "sender", "transliterate", "html" },
      .help = "How it reads in each language, with parts, price and what is added to it; and for a "
              "customer, or for some (sample, at most 20). Of a mail: as text and, with html, as "
              "HTML." },
    { .method = "POST",
      .pattern = "/v1/templates/{name}/files",
      .right = RIGHT_TOKEN,
      .run = template_take_file,
      .body = BODY("file", "size", "at", "data", "inline"),
      .help = "A file that goes with its mails, in pieces, one call behind the other; the last "
              "makes the next version. Body: file, its name; size of the whole; at, where the "
              "piece begins; data, the piece in base64; inline, a picture that texts show with "
              "![...](name)." },
    { .method = "POST",
      .pattern = "/v1/templates/{name}/files/drop",
      .right = RIGHT_TOKEN,
      .run = template_drop_file,
      .body = BODY("file"),
      .help = "The next version goes without a file. Body: file, its name." },
    { .method = "POST",
      .pattern = "/v1/templates/{name}/test",
      .right = RIGHT_ADMIN, /* to whatever address, as often as one likes */
      .run = template_test,
      .then = template_kick,
      .body = BODY("to", "customer_id", "language"),
      .help =
          "Queues its mail, marked as a test, to an address of your own. Body: to; customer_id, "
          "whose values are in it, or language, of the example." },
};
const size_t n_template_routes = sizeof(template_routes) / sizeof(template_routes[0]);
