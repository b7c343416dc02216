/* mail_review.c - the decision is a compare-and-set on the state: open, and then something else. */
#include "store/mail_review.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "store/audit.h"
#include "store/contact_return.h"
#include "store/db.h"
#include "store/mail_file.h"
#include "store/mail_in_view.h"
#include "store/standing.h"

#define MAILS_AT_ONCE 1000 /* of one sender that become a customer's */

static const char SQL_LOCK[] = "SELECT r.state, m.kind, m.from_address, m.recipient"
                               "  FROM mail_review r"
                               "  JOIN mail_in m ON m.id = r.id"
                               " WHERE r.id = ?"
                               "   FOR UPDATE";

static const char SQL_CLOSE[] = "UPDATE mail_review"
                                "   SET state = ?, closed_at = ?, closed_by = ?"
                                " WHERE id = ? AND state = 'open'";

/* Others of the same sender, on the list for the same reason. */
static const char SQL_CLOSE_LIKE[] = "UPDATE mail_review r"
                                     "  JOIN inbound_message i ON i.id = r.id"
                                     "   SET r.state = 'assigned', r.closed_at = ?, r.closed_by = ?"
                                     " WHERE r.state = 'open' AND r.why = 'unknown_sender'"
                                     "   AND i.from_address = ? AND i.channel = 'email'";

static const char SQL_CUSTOMER[] =
    "SELECT erased_at IS NOT NULL FROM customer WHERE id = ? FOR UPDATE";

/* The mail is theirs, and so is the address that it came from. */
static const char SQL_IS_THEIRS[] = "SELECT COUNT(*)"
                                    "  FROM inbound_message i"
                                    "  JOIN contact_point p ON p.customer_id = i.customer_id"
                                    "   AND p.channel = 'email' AND p.address = i.from_address"
                                    " WHERE i.id = ? AND i.customer_id = ?";

static const char SQL_CONTACT[] =
    "INSERT IGNORE INTO contact_point (customer_id, channel, address, is_primary, created_at)"
    "SELECT c.id, 'email', ?, NOT EXISTS (SELECT 1 FROM contact_point p"
    "                                      WHERE p.customer_id = c.id AND p.channel = 'email'"
    "                                        AND p.is_primary), ?"
    "  FROM customer c"
    " WHERE c.id = ?";

static const char SQL_ASSIGN[] = "UPDATE inbound_message"
                                 "   SET customer_id = ?"
                                 " WHERE id = ?";

static const char SQL_ASSIGN_LIKE[] =
    "UPDATE inbound_message"
    "   SET customer_id = ?"
    " WHERE from_address = ? AND channel = 'email' AND customer_id IS NULL"
    " LIMIT ?";

struct review {
    uint64_t id, audit_id;
    const char *who;
    utc_us now;
    struct error *err;
    uint64_t customer_id;      /* to assign */
    struct mail_assigned *out; /* the same */
    struct arena *arena;       /* to take */
    struct mail_document *documents;
    size_t n, files;

    char kind[16], from[ADDRESS_SIZE], recipient[ADDRESS_SIZE];
};

static enum rc lock(struct db *db, struct review *r)
{
    struct db_rows *rows;
    bool found, open = false;
    enum rc rc = db_query(db, SQL_LOCK, DB_IN(db_u64(r->id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        open = strcmp(db_get_text(rows, 0), mail_review_state_name(REVIEW_OPEN)) == 0;
        snprintf(r->kind, sizeof(r->kind), "%s", db_get_text(rows, 1));
        snprintf(r->from, sizeof(r->from), "%s", db_get_text(rows, 2));
        snprintf(r->recipient, sizeof(r->recipient), "%s", db_get_text(rows, 3));
    }
    rc = db_rows_end(rows);
    return rc ? rc : !found ? RC_NOTFOUND : open ? RC_OK : RC_CONFLICT;
}

static enum rc close_it(struct db *db, const struct review *r, enum mail_review_state state,
                        const char *verb, const char *detail)
{
    enum rc rc = db_run(db, SQL_CLOSE,
                        DB_IN(db_text(mail_review_state_name(state)), db_time(r->now),
                              db_text(r->who), db_u64(r->id)),
                        NULL);

    return rc ? rc
              : audit_write(db, &(struct audit_entry){ .id = r->audit_id,
                                                       .at = r->now,
                                                       .who = r->who,
                                                       .verb = verb,
                                                       .subject = AUDIT_MAIL_IN,
                                                       .subject_id = r->id,
                                                       .detail = detail });
}

static enum rc decide(struct db *db, struct review *r, db_body *body)
{
    const enum rc rc = audit_new_id(db, &r->audit_id);

    r->now = clock_now();
    return rc ? rc : db_transaction(db, body, r);
}

/* --- dismissing --- */

static enum rc dismiss_body(struct db *db, void *arg)
{
    struct review *r = arg;
    const enum rc rc = lock(db, r);

    return rc ? rc : close_it(db, r, REVIEW_DISMISSED, "dismiss", NULL);
}

enum rc mail_review_dismiss(struct db *db, uint64_t id, const char *who)
{
    struct review r = { .id = id, .who = who };

    return decide(db, &r, dismiss_body);
}

/* --- assigning --- */

static enum rc lock_customer(struct db *db, const struct review *r)
{
    uint64_t erased = 0;
    const enum rc rc = db_query_u64(db, SQL_CUSTOMER, DB_IN(db_u64(r->customer_id)), &erased);

    if (rc == RC_NOTFOUND || (!rc && erased))
        return error_set(r->err, RC_INVALID,
                         erased ? "this customer is erased" : "there is no such customer");
    return rc;
}

/* What is theirs already is on the list for another reason: a START that nobody vouches for. */
static enum rc check_decides(struct db *db, const struct review *r)
{
    uint64_t theirs = 0;
    const enum rc rc =
        db_query_u64(db, SQL_IS_THEIRS, DB_IN(db_u64(r->id), db_u64(r->customer_id)), &theirs);

    if (!rc && theirs)
        return error_set(r->err, RC_INVALID,
                         "it is this customer's already, and so is its address: to assign it would "
                         "decide nothing. Note a consent with consent grant, or dismiss it");
    return rc;
}

static enum rc add_address(struct db *db, const struct review *r)
{
    const struct contact_address address = { CHANNEL_EMAIL, r->from };
    uint64_t added = 0;
    enum rc rc = db_run(db, SQL_CONTACT,
                        DB_IN(db_text(r->from), db_time(r->now), db_u64(r->customer_id)), &added);

    r->out->address = added > 0;
    if (!rc && added)
        rc = contact_return(db, &address, 1);
    return rc ? rc : standing_refresh(db, &r->customer_id, 1);
}

static enum rc assign_mails(struct db *db, const struct review *r)
{
    uint64_t like = 0;
    enum rc rc = db_run(db, SQL_ASSIGN, DB_IN(db_u64(r->customer_id), db_u64(r->id)), NULL);

    if (!rc && *r->from)
        rc = db_run(db, SQL_ASSIGN_LIKE,
                    DB_IN(db_u64(r->customer_id), db_text(r->from), db_u64(MAILS_AT_ONCE)), &like);
    if (!rc && *r->from)
        rc = db_run(db, SQL_CLOSE_LIKE, DB_IN(db_time(r->now), db_text(r->who), db_text(r->from)),
                    NULL);
    r->out->mails = 1 + like;
    return rc;
}

static enum rc assign_body(struct db *db, void *arg)
{
    struct review *r = arg;
    char detail[48];
    enum rc rc = lock(db, r);

    *r->out = (struct mail_assigned){ 0 };
    if (rc)
        return rc;
    if (strcmp(r->kind, "message") != 0 && strcmp(r->kind, "reply") != 0 &&
        strcmp(r->kind, "unsubscribe") != 0)
        return error_set(r->err, RC_INVALID, "it is no customer's mail: its kind is %s", r->kind);
    rc = lock_customer(db, r);
    if (!rc)
        rc = check_decides(db, r);
    if (!rc && *r->from)
        rc = add_address(db, r);
    if (!rc)
        rc = assign_mails(db, r);
    snprintf(detail, sizeof(detail), "customer %llu", (unsigned long long)r->customer_id);
    return rc ? rc : close_it(db, r, REVIEW_ASSIGNED, "assign", detail);
}

enum rc mail_review_assign(struct db *db, uint64_t id, uint64_t customer_id, const char *who,
                           struct mail_assigned *out, struct error *err)
{
    struct review r = { .id = id, .who = who, .customer_id = customer_id, .out = out, .err = err };

    return decide(db, &r, assign_body);
}

/* --- taking a partner's files --- */

static void keep_document(void *arg, unsigned n, const struct mail_document *d)
{
    struct review *r = arg;
    struct mail_document *to;

    if (n == 0 || n > MAIL_DOCUMENTS_MAX)
        return;
    to = &r->documents[n - 1];
    *to = *d;
    to->name = arena_copy(r->arena, d->name, strlen(d->name));
    to->declared = arena_copy(r->arena, d->declared, strlen(d->declared));
    to->type = to->why = "";
    r->n = n;
    if (!to->name || !to->declared)
        to->document_id = 0;
}

/* "shop" of import-shop@mail.house.example, as codes are written. */
static bool partner_of(const char *recipient, char code[33])
{
    static const char begins[] = "import-";
    const char *at = strrchr(recipient, '@'), *from = recipient + sizeof(begins) - 1;
    size_t n = 0;

    if (!at || strncasecmp(recipient, begins, sizeof(begins) - 1) != 0 || at - from > 32)
        return false;
    for (; from < at; from++)
        code[n++] = (char)(*from >= 'A' && *from <= 'Z' ? *from - 'A' + 'a' : *from);
    code[n] = '\0';
    return n > 0;
}

static enum rc take_body(struct db *db, void *arg)
{
    struct review *r = arg;
    char partner[33];
    enum rc rc = lock(db, r);

    if (rc)
        return rc;
    if (strcmp(r->kind, "import") != 0 || !partner_of(r->recipient, partner))
        return error_set(r->err, RC_INVALID, "it is no partner's mail: its kind is %s", r->kind);
    r->n = 0;
    rc = mail_documents_each(db, r->id, keep_document, r);
    if (!rc)
        rc = mail_files_add(db, r->id, partner, r->documents, r->n, &r->files);
    if (!rc && !r->files)
        return error_set(r->err, RC_INVALID, "there is no file in it that was kept");
    return rc ? rc : close_it(db, r, REVIEW_DONE, "take", partner);
}

enum rc mail_review_take(struct db *db, uint64_t id, const char *who, size_t *files,
                         struct error *err)
{
    struct arena arena;
    struct review r = { .id = id, .who = who, .err = err, .arena = &arena };
    enum rc rc;

    arena_init(&arena);
    r.documents = arena_alloc(&arena, MAIL_DOCUMENTS_MAX * sizeof(*r.documents));
    rc = r.documents ? decide(db, &r, take_body) : RC_FAIL;
    if (!rc)
        *files = r.files;
    arena_close(&arena);
    return rc;
}
