/* api_privacy.c - a customer's rights over what is kept of them: to have all of it, and to be
 * forgotten. */
#include <string.h>

#include "base/arena.h"
#include "control/exchange.h"
#include "control/mail_as_read.h"
#include "control/export_page.h"
#include "control/routes.h"
#include "flow/eraser.h"
#include "store/erase.h"

#define REASON_BYTES 200

static void put_count(struct exchange *x, const struct erase_count *c)
{
    put_u64(x->reply, "contact_points", c->contact_points);
    put_u64(x->reply, "fields", c->fields);
    put_u64(x->reply, "orders", c->orders);
    put_u64(x->reply, "consents", c->consents);
    put_u64(x->reply, "messages", c->messages);
    put_u64(x->reply, "queued", c->queued);
    put_u64(x->reply, "inbound", c->inbound);
    put_u64(x->reply, "numbers_kept", c->numbers);
    put_u64(x->reply, "objections_kept", c->objections);
}

static void erase_customer(struct exchange *x)
{
    struct erase_count count;
    const char *reason;
    bool yes;
    enum rc rc;

    if (!take_text(x, "reason", REASON_BYTES, NULL, &reason) || !take_bool(x, "yes", false, &yes))
        return;
    if (!*reason) {
        exchange_refuse(x, 422, "reason", "reason must be given: it goes into the audit");
        return;
    }
    rc = erase_count(x->db, x->id, &count);
    if (!rc && yes)
        rc = erase_begin(x->db, x->id, x->who, reason);
    if (rc == RC_CONFLICT) {
        exchange_refuse(x, 409, NULL, "customer %llu was erased already",
                        (unsigned long long)x->id);
        return;
    }
    if (rc) {
        exchange_failed(x, rc, "customer", NULL);
        return;
    }
    x->changed = yes;
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "name", count.name);
    put_text(x->reply, "state", yes ? "erasing" : "untouched");
    put_count(x, &count);
}

static void kick_eraser(struct exchange *x)
{
    eraser_kick(x->house->eraser);
}

static void get_erasure(struct exchange *x)
{
    struct erase_progress p;
    enum rc rc = erase_progress(x->db, x->id, &p);

    if (rc) {
        exchange_failed(x, rc, "erasure: the customer is unknown, or was not erased", NULL);
        return;
    }
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "state", p.finished_at ? "erased" : "erasing");
    put_u64(x->reply, "message_total", p.message_total);
    put_u64(x->reply, "messages", p.messages);
    put_u64(x->reply, "cancelled", p.cancelled);
    put_u64(x->reply, "inbound", p.inbound);
    put_text(x->reply, "who", p.who);
    put_text(x->reply, "reason", p.reason);
    put_time(x->reply, "asked_at", p.asked_at);
    put_time(x->reply, "finished_at", p.finished_at);
}

/* --- all that is known --- */

static bool take_form(struct exchange *x, struct export_page *page)
{
    const char *form = x->query[0] ? x->query[0] : "json", *lang = x->query[1] ? x->query[1] : "en";

    page->form = strcmp(form, "html") == 0 ? EXPORT_HTML : EXPORT_JSON;
    page->language = strcmp(lang, "fr") == 0 ? EXPORT_FRENCH : EXPORT_ENGLISH;
    if (page->form == EXPORT_JSON && strcmp(form, "json") != 0)
        exchange_refuse(x, 422, "format", "format: expected json or html");
    else if (page->language == EXPORT_ENGLISH && strcmp(lang, "en") != 0)
        exchange_refuse(x, 422, "lang", "lang: expected fr or en");
    return x->status == 200;
}

struct exporting {
    struct exchange *x;
    struct export_page page;
    bool of_messages; /* the section that is written */
};

static void export_section(void *arg, const char *name)
{
    struct exporting *e = arg;

    e->of_messages = strcmp(name, "messages") == 0;
    export_page_section(&e->page, name);
}

static bool is_mail(const struct export_value *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(values[i].name, "channel") == 0)
            return strcmp(values[i].text, channel_name(CHANNEL_EMAIL)) == 0;
    }
    return false;
}

/* Mails of ours in the words that the customer read. */
static void export_row(void *arg, const struct export_value *values, size_t n)
{
    struct exporting *e = arg;
    struct export_value read[EXPORT_COLUMNS_MAX];
    struct arena scratch;

    if (!e->of_messages || !is_mail(values, n)) {
        export_page_row(&e->page, values, n);
        return;
    }
    arena_init(&scratch);
    for (size_t i = 0; i < n; i++) {
        read[i] = values[i];
        if (strcmp(values[i].name, "text") == 0)
            read[i].text = mail_as_read(e->x, values[i].text, &scratch);
    }
    export_page_row(&e->page, read, n);
    arena_close(&scratch);
}

static void export_customer(struct exchange *x)
{
    struct exporting e = { .x = x };
    const struct export_sink sink = { export_section, export_row, &e };
    enum rc rc = RC_FAIL;

    if (!take_form(x, &e.page))
        return;
    x->file = e.page.out = exchange_open_file(x);
    if (x->file) {
        export_page_begin(&e.page, x->id, clock_now());
        rc = export_read(x->db, x->id, &sink);
        export_page_end(&e.page);
        if (!rc && (fflush(x->file) || ferror(x->file)))
            rc = RC_FAIL;
    }
    if (rc) {
        if (x->file)
            fclose(x->file);
        x->file = NULL;
        exchange_failed(x, rc, "customer", NULL);
        return;
    }
    x->file_type =
        e.page.form == EXPORT_HTML ? "text/html; charset=utf-8" : "application/json; charset=utf-8";
}

const struct route privacy_routes[] = {
    { .method = "GET",
      .pattern = "/v1/customers/{id}/export",
      .right = RIGHT_TOKEN,
      .run = export_customer,
      .slow = true,
      .query = { "format", "lang" },
      .help = "All that is kept of a customer, for the customer. format: json, or html to read; "
              "lang: fr or en." },
    { .method = "POST",
      .pattern = "/v1/customers/{id}/erase",
      .right = RIGHT_ADMIN,
      .run = erase_customer,
      .then = kick_eraser,
      .body = BODY("reason", "yes"),
      .help = "What an erasure of the customer would take, and with yes: the erasure itself, which "
              "cannot be undone. reason, yes." },
    { .method = "GET",
      .pattern = "/v1/customers/{id}/erasure",
      .right = RIGHT_TOKEN,
      .run = get_erasure,
      .help = "How far the erasure of a customer is." },
};
const size_t n_privacy_routes = sizeof(privacy_routes) / sizeof(privacy_routes[0]);
