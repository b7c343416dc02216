/*
 * mail_out.c - rows of mail_out, from added to settled.
 *
 * A claim is a compare-and-set on `claims`, and so is its result. `next_at` says when a row is to
 * be looked at: when it is due or, while it is being sent, when its node is given up. So one index
 * and one condition find both.
 */
#include "store/mail_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/mail_address.h"
#include "domain/utf8.h"
#include "store/db.h"

static const char SQL_ADD[] =
    "INSERT INTO mail_out (id, kind, recipient, subject, body, created_at, next_at, notice_id,"
    "                      in_reply_to)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_ATTACH[] = "INSERT INTO mail_out_file (mail_id, n, name, type, size, bytes)"
                                 "VALUES (?, 1, ?, ?, ?, ?)";

static const char SQL_RECLAIM[] = "UPDATE mail_out"
                                  "   SET state = 'waiting', next_at = ?"
                                  " WHERE state = 'sending' AND node_id = ?";

static const char SQL_DUE[] = "SELECT id, claims, attempts, created_at, recipient"
                              "  FROM mail_out"
                              " WHERE next_at <= ?"
                              " ORDER BY next_at, id"
                              " LIMIT ?"
                              "   FOR UPDATE SKIP LOCKED";

static const char SQL_CLAIM[] =
    "UPDATE mail_out"
    "   SET state = 'sending', next_at = ?, node_id = ?, claims = claims + 1,"
    "       message_id = IF(message_id = '', ?, message_id)"
    " WHERE id = ? AND claims = ? AND state IN ('waiting', 'sending')";

static const char SQL_LOAD[] = "SELECT subject, body, message_id, in_reply_to, notice_id"
                               "  FROM mail_out"
                               " WHERE id = ? AND claims = ? AND state = 'sending'";

static const char SQL_LOAD_FILE[] = "SELECT name, type, bytes"
                                    "  FROM mail_out_file"
                                    " WHERE mail_id = ? AND bytes IS NOT NULL"
                                    " ORDER BY n"
                                    " LIMIT 1";

/* What was withdrawn meanwhile has failed already, unless a relay took it before. */
static const char SQL_RECORD[] =
    "UPDATE mail_out"
    "   SET state = ?, next_at = ?, attempts = ?, reply_code = ?, reply = ?, relay = ?,"
    "       settled_at = ?"
    " WHERE id = ? AND claims = ?"
    "   AND (state = 'sending' OR (? AND state = 'failed' AND attempts < ?))";

/* Of a mail that failed, the file is kept: it may be tried again. */
static const char SQL_DROP_FILE[] = "UPDATE mail_out_file f"
                                    "  JOIN mail_out m ON m.id = f.mail_id AND m.state = 'sent'"
                                    "   SET f.bytes = NULL"
                                    " WHERE f.mail_id = ?";

static const char SQL_DEPTH[] =
    "SELECT CAST(COALESCE(SUM(state = 'waiting'), 0) AS UNSIGNED),"
    "       CAST(COALESCE(SUM(state = 'sending'), 0) AS UNSIGNED), MIN(created_at)"
    "  FROM mail_out"
    " WHERE state IN ('waiting', 'sending')";

static const char *const state_names[] = { [MAIL_WAITING] = "waiting",
                                           [MAIL_SENDING] = "sending",
                                           [MAIL_SENT] = "sent",
                                           [MAIL_FAILED] = "failed" };

const char *mail_state_name(enum mail_state s)
{
    return state_names[s];
}

enum rc mail_state_parse(const char *name, enum mail_state *s)
{
    for (size_t i = 0; i < sizeof(state_names) / sizeof(state_names[0]); i++) {
        if (strcmp(name, state_names[i]) == 0) {
            *s = (enum mail_state)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

/* --- adding --- */

/* Valid UTF-8 without control characters, whatever came: a column that refuses a byte would take
 * the caller's transaction with it. */
static void add_clean(struct buffer *out, const char *text, bool lines)
{
    const size_t len = strlen(text);
    char bytes[UTF8_CHAR_MAX];
    size_t at = 0;

    while (at < len) {
        uint32_t c = utf8_next(text, len, &at);
        if (c == UTF8_BAD)
            at++;
        else if (c == '\r' && lines)
            continue;
        else if ((c < ' ' && !(lines && (c == '\n' || c == '\t'))) || c == 0x7f)
            c = ' ';
        buffer_add(out, bytes, utf8_put(bytes, c));
    }
}

static void cut_characters(struct buffer *b, size_t max)
{
    size_t at = 0;

    for (size_t n = 0; n < max && at < b->len; n++)
        utf8_next(b->data, b->len, &at);
    if (b->data) {
        b->data[at] = '\0';
        b->len = at;
    }
}

static void add_text(struct buffer *text, const struct mail_new *mail, bool fits)
{
    static const char cut[] = "\n[...]\n";

    add_clean(text, mail->text, true);
    if (text->len > MAIL_TEXT_MAX) {
        text->len = utf8_cut(text->data, text->len, MAIL_TEXT_MAX);
        buffer_add_text(text, cut);
    }
    if (!mail->file_name || fits)
        return;
    buffer_add_text(text, "\n");
    if (mail->too_large) {
        add_clean(text, mail->too_large, true);
    } else {
        add_clean(text, mail->file_name, false);
        buffer_printf(text, " (%zu bytes) is too large to be sent by mail.", mail->file_size);
    }
    buffer_add_text(text, "\n");
}

static enum rc attach(struct db *db, const struct mail_new *mail)
{
    struct buffer name;
    enum rc rc = RC_FAIL;

    buffer_init(&name, UTF8_CHAR_MAX * strlen(mail->file_name) + 1);
    add_clean(&name, mail->file_name, false);
    cut_characters(&name, MAIL_SUBJECT_MAX);
    if (!name.full)
        rc = db_run(db, SQL_ATTACH,
                    DB_IN(db_u64(mail->id), db_text(buffer_text(&name)),
                          db_text(mail->file_type ? mail->file_type : "application/octet-stream"),
                          db_u64(mail->file_size), db_bytes(mail->file, mail->file_size)),
                    NULL);
    buffer_close(&name);
    return rc;
}

enum rc mail_out_new_ids(struct db *db, uint64_t n, uint64_t *first)
{
    return db_new_timed_ids(db, "mail_out", n, first);
}

enum rc mail_out_add(struct db *db, const struct mail_new *mail)
{
    const size_t file_max = mail->file_max ? mail->file_max : MAIL_FILE_MAX;
    const bool fits = mail->file_size <= file_max;
    const utc_us now = clock_now();
    char to[ADDRESS_SIZE];
    struct buffer subject, text;
    enum mail_fault fault;
    enum rc rc;

    if (mail_address_normalise(mail->to, to, &fault))
        return RC_INVALID;
    buffer_init(&subject, UTF8_CHAR_MAX * strlen(mail->subject) + 1);
    buffer_init(&text, UTF8_CHAR_MAX * strlen(mail->text) + 4096);
    add_clean(&subject, mail->subject, false);
    cut_characters(&subject, MAIL_SUBJECT_MAX);
    add_text(&text, mail, fits);
    rc = subject.full || text.full ? RC_FAIL : RC_OK;
    if (!rc)
        rc = db_run(db, SQL_ADD,
                    DB_IN(db_u64(mail->id), db_text(mail->kind), db_text(to),
                          db_text(buffer_text(&subject)), db_text(buffer_text(&text)), db_time(now),
                          db_time(now), mail->notice_id ? db_u64(mail->notice_id) : db_null(),
                          db_text(mail->in_reply_to ? mail->in_reply_to : "")),
                    NULL);
    if (!rc && mail->file_name && fits)
        rc = attach(db, mail);
    buffer_close(&text);
    buffer_close(&subject);
    return rc;
}

/* --- claiming --- */

enum rc mail_out_reclaim(struct db *db, utc_us now)
{
    return db_run(db, SQL_RECLAIM, DB_IN(db_time(now), db_u64(db_node(db))), NULL);
}

struct claiming {
    utc_us now, until;
    const char *domain;
    struct mail_due *out;
    size_t max, n;
};

static enum rc read_due(struct db *db, struct claiming *c)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_DUE, DB_IN(db_time(c->now), db_u64(c->max)), &rows);

    c->n = 0;
    if (rc)
        return rc;
    while (c->n < c->max && db_next(rows)) {
        struct mail_due *m = &c->out[c->n++];
        m->id = db_get_u64(rows, 0);
        m->claims = (unsigned)db_get_u64(rows, 1);
        m->attempts = (unsigned)db_get_u64(rows, 2);
        m->created_at = db_get_time(rows, 3);
        snprintf(m->to, sizeof(m->to), "%s", db_get_text(rows, 4));
    }
    return db_rows_end(rows);
}

static enum rc mark_claimed(struct db *db, const struct claiming *c)
{
    struct db_bulk *bulk = db_bulk_new(5);
    enum rc rc = bulk ? RC_OK : RC_FAIL;
    uint64_t changed = 0;
    char id[MAIL_ID_SIZE];

    for (size_t i = 0; !rc && i < c->n; i++) {
        const struct mail_due *m = &c->out[i];
        /* The time as well: ids are unique in one database, this is in the world. */
        snprintf(id, sizeof(id), "%" PRIx64 ".%" PRIx64 "@%s", m->id, (uint64_t)m->created_at,
                 c->domain);
        const struct db_value row[] = { db_time(c->until), db_u64(db_node(db)), db_text(id),
                                        db_u64(m->id), db_u64(m->claims) };
        rc = db_bulk_add(bulk, row);
    }
    if (!rc)
        rc = db_bulk_run(db, SQL_CLAIM, bulk, &changed);
    if (!rc && changed != c->n)
        rc = RC_CONFLICT; /* they are locked: a broken promise of ours */
    db_bulk_free(bulk);
    return rc;
}

static enum rc claim_body(struct db *db, void *arg)
{
    struct claiming *c = arg;
    enum rc rc = read_due(db, c);

    return rc || !c->n ? rc : mark_claimed(db, c);
}

enum rc mail_out_claim(struct db *db, utc_us now, int64_t lease_us, const char *domain,
                       struct mail_due *out, size_t max, size_t *n)
{
    struct claiming c = {
        .now = now, .until = now + lease_us, .domain = domain, .out = out, .max = max
    };
    enum rc rc = db_transaction(db, claim_body, &c);

    if (rc)
        return rc;
    for (size_t i = 0; i < c.n; i++)
        out[i].claims++;
    *n = c.n;
    return RC_OK;
}

/* --- what it says --- */

static enum rc load_file(struct db *db, uint64_t id, struct arena *arena, struct mail_file *out)
{
    struct db_rows *rows;
    size_t len = 0;
    enum rc rc = db_query(db, SQL_LOAD_FILE, DB_IN(db_u64(id)), &rows);

    *out = (struct mail_file){ .name = NULL };
    if (rc)
        return rc;
    if (db_next(rows)) {
        const void *bytes = db_get_bytes(rows, 2, &len);
        out->name = arena_copy(arena, db_get_text(rows, 0), strlen(db_get_text(rows, 0)));
        out->type = arena_copy(arena, db_get_text(rows, 1), strlen(db_get_text(rows, 1)));
        out->bytes = arena_copy(arena, bytes, len);
        out->size = len;
        if (!out->name || !out->type || !out->bytes)
            rc = RC_FAIL;
    }
    return db_rows_end(rows) ? RC_AGAIN : rc;
}

enum rc mail_out_load(struct db *db, const struct mail_due *mail, struct arena *arena,
                      struct mail_content *out)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_LOAD, DB_IN(db_u64(mail->id), db_u64(mail->claims)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        out->subject = arena_copy(arena, db_get_text(rows, 0), strlen(db_get_text(rows, 0)));
        out->text = arena_copy(arena, db_get_text(rows, 1), strlen(db_get_text(rows, 1)));
        out->message_id = arena_copy(arena, db_get_text(rows, 2), strlen(db_get_text(rows, 2)));
        out->in_reply_to = arena_copy(arena, db_get_text(rows, 3), strlen(db_get_text(rows, 3)));
        out->notice_id = db_get_u64(rows, 4);
    }
    rc = db_rows_end(rows);
    if (rc || !found)
        return rc ? rc : RC_CONFLICT;
    if (!out->subject || !out->text || !out->message_id || !out->in_reply_to)
        return RC_FAIL;
    return load_file(db, mail->id, arena, &out->file);
}

/* --- what became of it --- */

struct recording {
    const struct mail_result *results;
    size_t n;
    utc_us at;
};

static enum rc add_results(struct db_bulk *settled, struct db_bulk *sent, const struct recording *r)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < r->n; i++) {
        const struct mail_result *m = &r->results[i];
        const bool waits = m->state == MAIL_WAITING;
        const struct db_value row[] = {
            db_text(state_names[m->state]),
            db_time(waits ? m->next_at : 0),
            db_u64(m->attempts),
            db_u64(m->reply_code),
            db_text(m->reply),
            db_text(m->relay),
            db_time(waits ? 0 : r->at),
            db_u64(m->id),
            db_u64(m->claims),
            db_u64(m->state == MAIL_SENT),
            db_u64(m->attempts),
        };
        const struct db_value id[] = { db_u64(m->id) };
        rc = db_bulk_add(settled, row);
        if (!rc && m->state == MAIL_SENT)
            rc = db_bulk_add(sent, id);
    }
    return rc;
}

static enum rc record_body(struct db *db, void *arg)
{
    struct db_bulk *settled = db_bulk_new(11), *sent = db_bulk_new(1);
    enum rc rc = settled && sent ? add_results(settled, sent, arg) : RC_FAIL;

    if (!rc)
        rc = db_bulk_run(db, SQL_RECORD, settled, NULL);
    if (!rc)
        rc = db_bulk_run(db, SQL_DROP_FILE, sent, NULL);
    db_bulk_free(settled);
    db_bulk_free(sent);
    return rc;
}

enum rc mail_out_record(struct db *db, const struct mail_result *results, size_t n, utc_us at)
{
    struct recording r = { .results = results, .n = n, .at = at };

    return n ? db_transaction(db, record_body, &r) : RC_OK;
}

enum rc mail_out_depth(struct db *db, struct mail_depth *out)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_DEPTH, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    if (db_next(rows))
        *out = (struct mail_depth){ .waiting = db_get_u64(rows, 0),
                                    .sending = db_get_u64(rows, 1),
                                    .oldest = db_get_time(rows, 2) };
    return db_rows_end(rows);
}

static const char SQL_BOUNCED[] =
    "UPDATE mail_out"
    "   SET state = 'failed', reply_code = ?, reply = CONCAT('came back: ', ?), settled_at = ?"
    " WHERE id = ? AND state = 'sent'";

enum rc mail_out_bounced(struct db *db, uint64_t id, unsigned code, const char *reason, utc_us at)
{
    return db_run(db, SQL_BOUNCED, DB_IN(db_u64(code), db_text(reason), db_time(at), db_u64(id)),
                  NULL);
}

#define UNSETTLED "state IN ('waiting', 'sending')"

static const char SQL_LOCK[] = "SELECT " UNSETTLED ", state = 'sending'"
                               "  FROM mail_out"
                               " WHERE id = ?"
                               "   FOR UPDATE";

enum rc mail_out_lock(struct db *db, uint64_t id, bool *unsettled, bool *sending)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_LOCK, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    *unsettled = found && db_get_u64(rows, 0);
    *sending = found && db_get_u64(rows, 1);
    return db_rows_end(rows);
}

static const char SQL_WITHDRAW[] =
    "UPDATE mail_out"
    "   SET state = 'failed', next_at = NULL, reply = ?, settled_at = ?"
    " WHERE id = ? AND " UNSETTLED;

enum rc mail_out_withdraw(struct db *db, uint64_t id, const char *why)
{
    return db_run(db, SQL_WITHDRAW, DB_IN(db_text(why), db_time(clock_now()), db_u64(id)), NULL);
}

static const char SQL_TEXT[] = "SELECT body FROM mail_out WHERE id = ? AND " UNSETTLED;

enum rc mail_out_text(struct db *db, uint64_t id, struct arena *arena, const char **text)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_TEXT, DB_IN(db_u64(id)), &rows);

    *text = "";
    if (rc)
        return rc;
    if (db_next(rows))
        *text = arena_copy(arena, db_get_text(rows, 0), strlen(db_get_text(rows, 0)));
    rc = db_rows_end(rows);
    return rc ? rc : *text ? RC_OK : RC_FAIL;
}

static const char SQL_REWRITE[] = "UPDATE mail_out"
                                  "   SET body = ?"
                                  " WHERE id = ? AND " UNSETTLED;

enum rc mail_out_rewrite(struct db *db, uint64_t id, const char *text)
{
    return db_run(db, SQL_REWRITE, DB_IN(db_text(text), db_u64(id)), NULL);
}
