/* api_mail_in.c - mails that came in: looking at them, what is attached, and what a person decides
 * about those on the review list. */
#include <stdio.h>

#include "control/exchange.h"
#include "control/routes.h"
#include "flow/mail_files.h"
#include "store/audit.h"
#include "store/mail_file.h"
#include "store/mail_in.h"
#include "store/mail_in_view.h"
#include "store/mail_review.h"

#define LIST_DEFAULT 50
#define LIST_MAX     500

/* Bytes from outside are never shown by a browser under our name, whatever they say they are. */
#define AS_BYTES "application/octet-stream"

/* --- looking --- */

static json_t *mail_json(const struct mail_in_view *v)
{
    json_t *item = json_object();

    put_u64(item, "id", v->id);
    put_time(item, "at", v->at);
    put_text(item, "kind", v->kind);
    put_text(item, "from", v->from);
    put_text(item, "from_name", v->from_name);
    put_text(item, "to", v->recipient);
    put_text(item, "subject", v->subject);
    put_text(item, "outcome", v->outcome);
    put_text(item, "reason", v->reason);
    put_text(item, "proof", v->proof);
    put_text(item, "automatic", v->automatic);
    put_id(item, "about_id", v->about_id);
    put_id(item, "customer_id", v->customer_id);
    put_id(item, "answer_id", v->answer_id);
    put_u64(item, "bytes", v->size);
    put_u64(item, "attachments", v->attachments);
    if (*v->review_why) {
        put_text(item, "review", v->review_why);
        put_text(item, "review_state", v->review_state);
        put_text(item, "decided_by", v->closed_by);
        put_time(item, "decided_at", v->closed_at);
    }
    return item;
}

static void add_one(void *arg, const struct mail_in_view *v)
{
    json_array_append_new(arg, mail_json(v));
}

/* What is in the list, and where the next page begins. */
static void reply_list(struct exchange *x, enum rc rc, json_t *list, uint64_t limit)
{
    const size_t n = json_array_size(list);

    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "mail", NULL);
        return;
    }
    put_id(x->reply, "next",
           n == limit
               ? (uint64_t)json_integer_value(json_object_get(json_array_get(list, n - 1), "id"))
               : 0);
    json_object_set_new(x->reply, "mails", list);
}

static void list_mails(struct exchange *x)
{
    uint64_t before, limit;
    json_t *list;

    if (!take_query_u64(x, 0, INT64_MAX, 0, &before) ||
        !take_query_u64(x, 1, LIST_MAX, LIST_DEFAULT, &limit))
        return;
    list = json_array();
    reply_list(x, mail_in_list(x->db, before, limit, add_one, list), list, limit);
}

static void list_reviews(struct exchange *x)
{
    enum mail_review_state state = REVIEW_OPEN;
    uint64_t before, limit, open = 0;
    utc_us oldest = 0;
    json_t *list;
    enum rc rc;

    if (!take_query_u64(x, 1, INT64_MAX, 0, &before) ||
        !take_query_u64(x, 2, LIST_MAX, LIST_DEFAULT, &limit))
        return;
    if (x->query[0] && mail_review_state_parse(x->query[0], &state)) {
        exchange_refuse(x, 422, "state",
                        "state: expected open, assigned, dismissed or done, got '%s'", x->query[0]);
        return;
    }
    list = json_array();
    rc = mail_review_list(x->db, state, before, limit, add_one, list);
    if (!rc)
        rc = mail_review_count(x->db, &open, &oldest);
    reply_list(x, rc, list, limit);
    if (rc)
        return;
    put_u64(x->reply, "open", open);
    put_time(x->reply, "oldest", oldest);
}

static void fill_one(void *arg, const struct mail_in_view *v)
{
    json_t *item = mail_json(v);

    put_text(item, "envelope_from", v->envelope_from);
    put_text(item, "message_id", v->message_id);
    put_text(item, "text", v->text);
    json_object_set_new(item, "source", json_boolean(v->has_source));
    json_object_update(arg, item);
    json_decref(item);
}

static void add_document(void *arg, unsigned n, const struct mail_document *d)
{
    json_t *item = json_object();

    put_u64(item, "n", n);
    put_id(item, "document_id", d->document_id);
    put_text(item, "name", d->name);
    put_text(item, "declared", d->declared);
    put_text(item, "type", d->type);
    put_u64(item, "bytes", d->size);
    json_object_set_new(item, "inline", json_boolean(d->is_inline));
    json_object_set_new(item, "lies", json_boolean(d->lies));
    put_text(item, "not_kept", d->why);
    json_array_append_new(arg, item);
}

static void add_file(void *arg, const struct mail_file_view *v)
{
    json_t *item = json_object();

    put_u64(item, "n", v->n);
    put_text(item, "partner", v->partner);
    put_text(item, "name", v->name);
    put_text(item, "state", v->state);
    put_text(item, "reason", v->reason);
    put_id(item, "document_id", v->document_id);
    put_time(item, "settled_at", v->settled_at);
    json_array_append_new(arg, item);
}

static void add_command(void *arg, const struct audit_entry *entry)
{
    json_t *item = json_object();

    put_time(item, "at", entry->at);
    put_text(item, "who", entry->who);
    put_text(item, "command", entry->verb);
    put_text(item, "detail", entry->detail);
    json_array_append_new(arg, item);
}

static void get_mail(struct exchange *x)
{
    json_t *documents = json_array(), *files = json_array(), *commands = json_array();
    enum rc rc = mail_in_get(x->db, x->id, fill_one, x->reply);

    if (!rc)
        rc = mail_documents_each(x->db, x->id, add_document, documents);
    if (!rc)
        rc = mail_files_each(x->db, x->id, add_file, files);
    if (!rc)
        rc = audit_read(x->db, AUDIT_MAIL_IN, x->id, add_command, commands);
    json_object_set_new(x->reply, "documents", documents);
    json_object_set_new(x->reply, "files", files);
    json_object_set_new(x->reply, "commands", commands);
    if (rc)
        exchange_failed(x, rc, "mail", NULL);
}

/* --- bytes --- */

static enum rc write_piece(void *arg, const void *bytes, size_t n)
{
    return fwrite(bytes, 1, n, arg) == n ? RC_OK : RC_FAIL;
}

static void answer_bytes(struct exchange *x,
                         enum rc (*read)(struct db *db, uint64_t id, document_take *take,
                                         void *arg),
                         const char *what)
{
    FILE *file = exchange_open_file(x);
    enum rc rc = file ? read(x->db, x->id, write_piece, file) : RC_FAIL;

    if (!rc && (fflush(file) || ferror(file)))
        rc = RC_FAIL;
    if (rc) {
        if (file)
            fclose(file);
        exchange_failed(x, rc, what, NULL);
        return;
    }
    x->file = file;
    x->file_type = AS_BYTES;
}

static void get_source(struct exchange *x)
{
    answer_bytes(x, mail_source_read, "mail, or its source is not kept any more");
}

static void get_document_bytes(struct exchange *x)
{
    answer_bytes(x, document_read, "document");
}

static void get_document(struct exchange *x)
{
    char sha256[2 * DOCUMENT_HASH_SIZE + 1];
    struct document d;
    const enum rc rc = document_get(x->db, x->id, &d);

    if (rc) {
        exchange_failed(x, rc, "document", NULL);
        return;
    }
    for (size_t i = 0; i < DOCUMENT_HASH_SIZE; i++)
        snprintf(sha256 + 2 * i, 3, "%02x", d.sha256[i]);
    put_u64(x->reply, "id", d.id);
    put_text(x->reply, "type", d.type);
    put_u64(x->reply, "bytes", d.size);
    put_text(x->reply, "sha256", sha256);
    put_time(x->reply, "created_at", d.created_at);
}

/* --- deciding --- */

static void reply_decided(struct exchange *x, enum rc rc, const char *state,
                          const struct error *err)
{
    if (rc == RC_CONFLICT) {
        exchange_refuse(x, 409, NULL, "somebody has decided about it already");
        return;
    }
    if (rc) {
        exchange_failed(x, rc, "mail on the review list", err);
        return;
    }
    x->changed = true;
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "review_state", state);
}

static void assign_mail(struct exchange *x)
{
    struct mail_assigned assigned;
    struct error err = { 0 };
    int64_t customer_id;
    enum rc rc;

    if (!take_int(x, "customer_id", 1, INT64_MAX, 0, &customer_id))
        return;
    if (!customer_id) {
        exchange_refuse(x, 422, "customer_id", "customer_id must be given: whose mail it is");
        return;
    }
    rc = mail_review_assign(x->db, x->id, (uint64_t)customer_id, x->who, &assigned, &err);
    reply_decided(x, rc, mail_review_state_name(REVIEW_ASSIGNED), &err);
    if (rc)
        return;
    put_u64(x->reply, "customer_id", (uint64_t)customer_id);
    put_u64(x->reply, "mails", assigned.mails);
    json_object_set_new(x->reply, "address_added", json_boolean(assigned.address));
}

static void dismiss_mail(struct exchange *x)
{
    const enum rc rc = mail_review_dismiss(x->db, x->id, x->who);

    reply_decided(x, rc, mail_review_state_name(REVIEW_DISMISSED), NULL);
}

static void take_files(struct exchange *x)
{
    struct error err = { 0 };
    size_t files = 0;
    const enum rc rc = mail_review_take(x->db, x->id, x->who, &files, &err);

    reply_decided(x, rc, mail_review_state_name(REVIEW_DONE), &err);
    if (!rc)
        put_u64(x->reply, "files", files);
}

static void kick_files(struct exchange *x)
{
    if (x->house->mail_files)
        mail_files_kick(*x->house->mail_files);
}

const struct route mail_in_routes[] = {
    { .method = "GET",
      .pattern = "/v1/mails/in",
      .right = RIGHT_TOKEN,
      .run = list_mails,
      .query = { "before", "limit" },
      .help = "Mails that came in, the newest first. The next page is before=<next>." },
    { .method = "GET",
      .pattern = "/v1/mails/in/{id}",
      .right = RIGHT_TOKEN,
      .run = get_mail,
      .help = "One of them: its text, what came of it, what is attached, a partner's files on "
              "their way, who decided what." },
    { .method = "GET",
      .pattern = "/v1/mails/in/{id}/source",
      .right = RIGHT_TOKEN,
      .run = get_source,
      .slow = true,
      .help = "The mail as it came, byte by byte, as long as it is kept (mail_in.keep_source)." },
    { .method = "GET",
      .pattern = "/v1/mails/reviews",
      .right = RIGHT_TOKEN,
      .run = list_reviews,
      .query = { "state", "before", "limit" },
      .help = "Mails that a person has to look at, the newest first; state: open, assigned, "
              "dismissed, done. open: how many wait, since when the oldest does." },
    { .method = "POST",
      .pattern = "/v1/mails/reviews/{id}/assign",
      .right = RIGHT_TOKEN,
      .run = assign_mail,
      .body = BODY("customer_id"),
      .help = "Its sender is this customer: the address becomes a contact point of theirs, and "
              "what came from it is theirs. customer_id." },
    { .method = "POST",
      .pattern = "/v1/mails/reviews/{id}/dismiss",
      .right = RIGHT_TOKEN,
      .run = dismiss_mail,
      .help = "It needs nothing." },
    { .method = "POST",
      .pattern = "/v1/mails/reviews/{id}/take",
      .right = RIGHT_TOKEN,
      .run = take_files,
      .then = kick_files,
      .help = "The files of a partner's mail are taken, whoever sent it." },
    { .method = "GET",
      .pattern = "/v1/documents/{id}",
      .right = RIGHT_TOKEN,
      .run = get_document,
      .help = "What a document is: type by its bytes, size, SHA-256." },
    { .method = "GET",
      .pattern = "/v1/documents/{id}/content",
      .right = RIGHT_TOKEN,
      .run = get_document_bytes,
      .slow = true,
      .help = "Its bytes." },
};
const size_t n_mail_in_routes = sizeof(mail_in_routes) / sizeof(mail_in_routes[0]);
