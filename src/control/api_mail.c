/* api_mail.c - mails of the house's own: looking at them, trying one again, a test. */
#include <stdio.h>

#include "control/exchange.h"
#include "control/routes.h"
#include "flow/mailer.h"
#include "store/audit.h"
#include "store/mail_out_view.h"

#define LIST_DEFAULT 50
#define LIST_MAX     1000

static json_t *mail_json(const struct mail_view *v)
{
    json_t *item = json_object();

    put_u64(item, "id", v->id);
    put_text(item, "kind", v->kind);
    put_text(item, "to", v->to);
    put_text(item, "subject", v->subject);
    put_text(item, "state", v->state);
    put_time(item, "created_at", v->created_at);
    put_time(item, "next_at", v->next_at);
    put_time(item, "settled_at", v->settled_at);
    put_u64(item, "attempts", v->attempts);
    put_u64(item, "reply_code", v->reply_code);
    put_text(item, "reply", v->reply);
    put_text(item, "relay", v->relay);
    put_u64(item, "node", v->node);
    put_text(item, "message_id", v->message_id);
    put_text(item, "file", v->file_name);
    put_u64(item, "file_bytes", v->file_size);
    return item;
}

static void add_one(void *arg, const struct mail_view *v)
{
    json_array_append_new(arg, mail_json(v));
}

static void list_mails(struct exchange *x)
{
    enum mail_state state;
    uint64_t before, limit, last;
    json_t *list;
    enum rc rc;

    if (!take_query_u64(x, 1, UINT64_MAX, 0, &before) ||
        !take_query_u64(x, 2, LIST_MAX, LIST_DEFAULT, &limit))
        return;
    if (x->query[0] && mail_state_parse(x->query[0], &state)) {
        exchange_refuse(x, 422, "state",
                        "state: expected waiting, sending, sent or failed, got '%s'", x->query[0]);
        return;
    }
    list = json_array();
    rc = mail_out_list(x->db, x->query[0] ? &state : NULL, before, limit, add_one, list);
    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "mail", NULL);
        return;
    }
    last = (uint64_t)json_integer_value(
        json_object_get(json_array_get(list, json_array_size(list) - 1), "id"));
    put_id(x->reply, "next", json_array_size(list) == limit ? last : 0);
    json_object_set_new(x->reply, "mails", list);
}

static void fill_one(void *arg, const struct mail_view *v)
{
    json_t *item = mail_json(v);

    put_text(item, "text", v->text);
    json_object_update(arg, item);
    json_decref(item);
}

static void add_command(void *arg, const struct audit_entry *entry)
{
    json_t *item = json_object();

    put_time(item, "at", entry->at);
    put_text(item, "who", entry->who);
    put_text(item, "command", entry->verb);
    json_array_append_new(arg, item);
}

static void get_mail(struct exchange *x)
{
    json_t *commands = json_array();
    enum rc rc = mail_out_get(x->db, x->id, fill_one, x->reply);

    if (!rc)
        rc = audit_read(x->db, AUDIT_MAIL, x->id, add_command, commands);
    json_object_set_new(x->reply, "commands", commands);
    if (rc)
        exchange_failed(x, rc, "mail", NULL);
}

/* --- commands --- */

static void kick(struct exchange *x)
{
    mailer_kick(x->house->mailer);
}

static void say_queued(struct exchange *x, uint64_t id)
{
    x->changed = true;
    put_u64(x->reply, "id", id);
    put_text(x->reply, "state", mail_state_name(MAIL_WAITING));
    json_object_set_new(x->reply, "relay", json_boolean(x->house->sends_mail));
}

static void retry_mail(struct exchange *x)
{
    enum rc rc = mail_out_retry(x->db, x->id, x->who);

    if (rc == RC_CONFLICT)
        exchange_refuse(x, 409, NULL, "it was sent, or is being sent");
    else if (rc)
        exchange_failed(x, rc, "mail", NULL);
    else
        say_queued(x, x->id);
}

struct testing {
    struct mail_new mail;
    struct audit_entry audit;
};

static enum rc test_body(struct db *db, void *arg)
{
    const struct testing *t = arg;
    enum rc rc = mail_out_add(db, &t->mail);

    return rc ? rc : audit_write(db, &t->audit);
}

static void test_mail(struct exchange *x)
{
    const char *to;
    char address[ADDRESS_SIZE], text[400], at[CLOCK_TEXT_SIZE];
    struct testing t;
    enum rc rc;

    if (!take_text(x, "to", ADDRESS_SIZE - 1, NULL, &to))
        return;
    if (!as_mail_address(x, "to", to, address))
        return;
    snprintf(text, sizeof(text),
             "This is a test of Relais (node %u, %s), asked for by %s.\n"
             "When you read it, its mails arrive. \xc3\xa9\xc3\xa0\xc3\xa7 \xe2\x82\xac\n",
             x->house->node_id, clock_format(clock_now(), at), x->who);
    t = (struct testing){
        .mail = { .kind = "test", .to = address, .subject = "Relais: a test mail", .text = text },
        .audit = { .at = clock_now(), .who = x->who, .verb = "test", .subject = AUDIT_MAIL },
    };
    rc = mail_out_new_ids(x->db, 1, &t.mail.id);
    if (!rc)
        rc = audit_new_id(x->db, &t.audit.id);
    t.audit.subject_id = t.mail.id;
    if (!rc)
        rc = db_transaction(x->db, test_body, &t);
    if (rc)
        exchange_failed(x, rc, "mail", NULL);
    else
        say_queued(x, t.mail.id);
}

const struct route mail_routes[] = {
    { .method = "GET",
      .pattern = "/v1/mails",
      .right = RIGHT_TOKEN,
      .run = list_mails,
      .query = { "state", "before", "limit" },
      .help = "Mails of the house's own, the newest first; state: waiting, sending, sent, failed. "
              "The next page is before=<next>." },
    { .method = "POST",
      .pattern = "/v1/mails/test",
      .right = RIGHT_ADMIN, /* to whatever address, as often as one likes */
      .run = test_mail,
      .then = kick,
      .body = BODY("to"),
      .help = "Queues a test mail. to." },
    { .method = "GET",
      .pattern = "/v1/mails/{id}",
      .right = RIGHT_TOKEN,
      .run = get_mail,
      .help = "One mail: its text, its state, the relay's words, who did what with it." },
    { .method = "POST",
      .pattern = "/v1/mails/{id}/retry",
      .right = RIGHT_TOKEN,
      .run = retry_mail,
      .then = kick,
      .help = "Makes one that failed or waits due at once." },
};
const size_t n_mail_routes = sizeof(mail_routes) / sizeof(mail_routes[0]);
