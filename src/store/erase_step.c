/*
 * erase_step.c - what may be much of a customer, a page a transaction.
 *
 * The row of `erasure` is the checkpoint: locked, worked on, moved on in the same COMMIT. So a
 * crash leaves whole pages, and a page done twice changes nothing.
 */
#include <stdio.h>
#include <string.h>

#include "store/consent_line.h"
#include "store/db.h"
#include "store/erase.h"
#include "store/erase_contact.h"
#include "store/erase_mail.h"
#include "store/merged_sql.h"
#include "store/pseudonym.h"

/* Longer than any transaction that read the customer before the erasure and wrote after it. */
#define LOOK_AGAIN_US (3600 * USEC_PER_SEC)

static const char SQL_DUE[] = "SELECT customer_id"
                              "  FROM erasure"
                              " WHERE step IN ('messages', 'replies', 'by_address', 'ledger',"
                              "                'waiting')"
                              "   AND due_at <= ?"
                              " ORDER BY due_at"
                              " LIMIT 1";

static const char SQL_LOCK[] = "SELECT step, next_id, finished_at"
                               "  FROM erasure"
                               " WHERE customer_id = ? AND due_at <= ? AND step <> 'done'"
                               "   FOR UPDATE";

static const char SQL_MOVE[] =
    "UPDATE erasure"
    "   SET step = ?, next_id = ?, due_at = ?, finished_at = ?,"
    "       message_n = message_n + ?, cancelled_n = cancelled_n + ?, inbound_n = inbound_n + ?"
    " WHERE customer_id = ?";

static const char SQL_MESSAGES[] = "SELECT id, channel, address, state IN ('queued', 'held')"
                                   "  FROM message"
                                   " WHERE customer_id = ? AND id >= ?"
                                   "   AND (text <> '' OR address NOT LIKE '~%')"
                                   " ORDER BY id"
                                   " LIMIT ?"
                                   "   FOR UPDATE";

/* `reason` first: it looks at the state as it was. */
static const char SQL_MESSAGE[] =
    "UPDATE message"
    "   SET text = '', subject = '', address = ?,"
    "       reason = IF(state IN ('queued', 'held'), 'erased', reason),"
    "       state = IF(state IN ('queued', 'held'), 'cancelled', state)"
    " WHERE id = ?";

static const char SQL_EVENT[] = "INSERT INTO message_event (id, message_id, part, kind, at, detail)"
                                "VALUES (?, ?, 0, 'cancelled', ?, 'erased')";

/* Reports come for days after a message is erased. */
static const char SQL_ABOUT[] = "SELECT DISTINCT m.id"
                                "  FROM message m"
                                "  JOIN mail_in a ON a.about_id = m.id"
                                " WHERE m.customer_id = ? AND m.id >= ? AND m.channel = 'email'"
                                " ORDER BY m.id"
                                " LIMIT ?";

static const char SQL_REPLIES[] = "SELECT id, channel, from_address"
                                  "  FROM inbound_message"
                                  " WHERE customer_id = ? AND id >= ?"
                                  "   AND (text <> '' OR from_address NOT LIKE '~%')"
                                  " ORDER BY id"
                                  " LIMIT ?";

static const char SQL_REPLY[] =
    "UPDATE inbound_message SET text = '', from_address = ? WHERE id = ?";

static const char SQL_ADDRESS[] = "SELECT channel, address"
                                  "  FROM erasure_address"
                                  " WHERE customer_id = ? AND NOT is_shared"
                                  " ORDER BY channel, address"
                                  " LIMIT 1 OFFSET ?";

static const char SQL_BY_ADDRESS[] = "SELECT id"
                                     "  FROM inbound_message"
                                     " WHERE from_address = ? AND channel = ?"
                                     " LIMIT ?";

static const char SQL_PARTS_GONE[] = "DELETE w, p"
                                     "  FROM inbound_whole w"
                                     "  LEFT JOIN inbound_part p ON p.whole_id = w.id"
                                     " WHERE w.from_address = ?";

/* Only numbers that several customers had stand there. */
static const char SQL_GUARD_GONE[] = "DELETE FROM campaign_shared_address WHERE address = ?";

static const char SQL_REQUEST_GONE[] =
    "DELETE FROM consent_request WHERE channel = ? AND address = ?";

static const char SQL_DUE_GONE[] = "DELETE FROM consent_due WHERE channel = ? AND address = ?";

/* Lines of the versions before 3 have these texts in their hash: they stay, as the proof of what
 * was sent by their right. */
static const char SQL_LINES[] =
    "SELECT " CONSENT_LINE_COLUMNS "  FROM " AND_MERGED " who"
    "  STRAIGHT_JOIN consent_event e FORCE INDEX (by_customer) ON e.customer_id = who.id"
    " WHERE e.version >= 3"
    "   AND LENGTH(e.seal) = 16"
    " LIMIT ?";

static const char SQL_SEAL[] =
    "UPDATE consent_event"
    "   SET address = '', wording = '', page = '', remote_address = '', seal = ?"
    " WHERE id = ?";

static const char SQL_ADDRESSES_GONE[] = "DELETE FROM erasure_address WHERE customer_id = ?";

struct step {
    uint64_t customer_id, first_event_id;
    utc_us now;
    struct db_bulk *rows, *events;
    uint64_t mails[ERASE_PAGE]; /* of the page's rows, those by mail */
    size_t n_mails;

    char name[16];
    uint64_t next_id;
    utc_us due_at, finished_at;
    uint64_t messages, cancelled, inbound;
};

static enum channel channel_of(const char *name)
{
    return strcmp(name, "email") == 0 ? CHANNEL_EMAIL : CHANNEL_SMS;
}

static void go_to(struct step *s, const char *name)
{
    snprintf(s->name, sizeof(s->name), "%s", name);
    s->next_id = 0;
}

/* The pseudonym of what may be one already. */
static enum rc disguise(const struct db *db, const char *channel, const char *address,
                        char out[PSEUDONYM_SIZE])
{
    if (!pseudonym_is(address))
        return pseudonym_make(db, channel_of(channel), address, out);
    snprintf(out, PSEUDONYM_SIZE, "%s", address);
    return RC_OK;
}

static enum rc add_message(struct db *db, struct step *s, const struct db_rows *rows)
{
    const uint64_t id = db_get_u64(rows, 0);
    char pseudonym[PSEUDONYM_SIZE];
    enum rc rc = disguise(db, db_get_text(rows, 1), db_get_text(rows, 2), pseudonym);

    if (!rc)
        rc = db_bulk_add(s->rows, (const struct db_value[]){ db_text(pseudonym), db_u64(id) });
    if (!rc && db_get_u64(rows, 3))
        rc = db_bulk_add(s->events,
                         (const struct db_value[]){ db_u64(s->first_event_id + s->cancelled++),
                                                    db_u64(id), db_time(s->now) });
    if (channel_of(db_get_text(rows, 1)) == CHANNEL_EMAIL)
        s->mails[s->n_mails++] = id;
    s->messages++;
    s->next_id = id + 1;
    return rc;
}

static enum rc do_messages(struct db *db, struct step *s)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_MESSAGES,
                          DB_IN(db_u64(s->customer_id), db_u64(s->next_id), db_u64(ERASE_PAGE)),
                          &rows),
            end;

    if (rc)
        return rc;
    while (!rc && db_next(rows))
        rc = add_message(db, s, rows);
    end = db_rows_end(rows);
    rc = rc ? rc : end;
    if (!rc)
        rc = db_bulk_run(db, SQL_MESSAGE, s->rows, NULL);
    if (!rc)
        rc = db_bulk_run(db, SQL_EVENT, s->events, NULL);
    if (!rc)
        rc = erase_mails_about(db, s->mails, s->n_mails);
    if (s->messages < ERASE_PAGE)
        go_to(s, "replies");
    return rc;
}

static enum rc add_reply(struct step *s, enum channel channel, const char *pseudonym, uint64_t id)
{
    if (channel == CHANNEL_EMAIL)
        s->mails[s->n_mails++] = id;
    s->inbound++;
    return db_bulk_add(s->rows, (const struct db_value[]){ db_text(pseudonym), db_u64(id) });
}

static enum rc write_replies(struct db *db, struct step *s)
{
    const enum rc rc = db_bulk_run(db, SQL_REPLY, s->rows, NULL);

    return rc ? rc : erase_mails(db, s->mails, s->n_mails);
}

static enum rc do_replies(struct db *db, struct step *s)
{
    char pseudonym[PSEUDONYM_SIZE];
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_REPLIES,
                          DB_IN(db_u64(s->customer_id), db_u64(s->next_id), db_u64(ERASE_PAGE)),
                          &rows),
            end;

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        const uint64_t id = db_get_u64(rows, 0);

        rc = disguise(db, db_get_text(rows, 1), db_get_text(rows, 2), pseudonym);
        if (!rc)
            rc = add_reply(s, channel_of(db_get_text(rows, 1)), pseudonym, id);
        s->next_id = id + 1;
    }
    end = db_rows_end(rows);
    rc = rc ? rc : end;
    if (!rc)
        rc = write_replies(db, s);
    if (s->inbound < ERASE_PAGE)
        go_to(s, "by_address");
    return rc;
}

/* What came from a number that nobody else has was this customer's, too, known or not then. One
 * address a step: next_id counts them. */
static enum rc read_address(struct db *db, const struct step *s, char channel[6],
                            char address[ADDRESS_SIZE])
{
    struct db_rows *rows;
    bool found;
    enum rc rc =
        db_query(db, SQL_ADDRESS, DB_IN(db_u64(s->customer_id), db_u64(s->next_id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        snprintf(channel, 6, "%s", db_get_text(rows, 0));
        snprintf(address, ADDRESS_SIZE, "%s", db_get_text(rows, 1));
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

static enum rc replies_of(struct db *db, struct step *s, const char *channel, const char *address,
                          const char *pseudonym)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_BY_ADDRESS,
                          DB_IN(db_text(address), db_text(channel), db_u64(ERASE_PAGE)), &rows),
            end;

    if (rc)
        return rc;
    while (!rc && db_next(rows))
        rc = add_reply(s, channel_of(channel), pseudonym, db_get_u64(rows, 0));
    end = db_rows_end(rows);
    rc = rc ? rc : end;
    return rc ? rc : write_replies(db, s);
}

static enum rc do_by_address(struct db *db, struct step *s)
{
    char channel[6], address[ADDRESS_SIZE], pseudonym[PSEUDONYM_SIZE];
    enum rc rc = read_address(db, s, channel, address);

    if (rc == RC_NOTFOUND) {
        go_to(s, "ledger");
        return RC_OK;
    }
    if (!rc)
        rc = pseudonym_make(db, channel_of(channel), address, pseudonym);
    if (!rc)
        rc = replies_of(db, s, channel, address, pseudonym);
    if (!rc)
        rc = db_run(db, SQL_PARTS_GONE, DB_IN(db_text(address)), NULL);
    if (!rc)
        rc = db_run(db, SQL_GUARD_GONE, DB_IN(db_text(address)), NULL);
    if (!rc)
        rc = db_run(db, SQL_REQUEST_GONE, DB_IN(db_text(channel), db_text(address)), NULL);
    if (!rc)
        rc = db_run(db, SQL_DUE_GONE, DB_IN(db_text(channel), db_text(address)), NULL);
    s->next_id += s->inbound < ERASE_PAGE;
    return rc;
}

/* The seal takes the place of its salt and of what it sealed; the chain is as it was. */
static enum rc seal_lines(struct db *db, struct step *s, size_t *n)
{
    unsigned char seal[CONSENT_SEAL_SIZE], hash[CONSENT_HASH_SIZE];
    struct consent_line line;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LINES, DB_IN(db_u64(s->customer_id), db_u64(ERASE_PAGE)), &rows),
            end;

    if (rc)
        return rc;
    for (*n = 0; !rc && db_next(rows); ++*n) {
        consent_line_read(rows, 0, &line, hash);
        consent_line_seal(&line, seal);
        rc = db_bulk_add(
            s->rows, (const struct db_value[]){ db_bytes(seal, sizeof(seal)), db_u64(line.id) });
    }
    end = db_rows_end(rows);
    rc = rc ? rc : end;
    return rc ? rc : db_bulk_run(db, SQL_SEAL, s->rows, NULL);
}

/* And then the end, of the first round or of the second. */
static enum rc do_ledger(struct db *db, struct step *s)
{
    size_t n = 0;
    enum rc rc = seal_lines(db, s, &n);

    if (rc || n == ERASE_PAGE)
        return rc;
    if (!s->finished_at) {
        s->finished_at = s->now;
        s->due_at = s->now + LOOK_AGAIN_US;
        go_to(s, "waiting");
        return RC_OK;
    }
    go_to(s, "done");
    return db_run(db, SQL_ADDRESSES_GONE, DB_IN(db_u64(s->customer_id)), NULL);
}

/* The second round finds only messages that say something again: what came about the others since
 * is looked for first. */
static enum rc do_again(struct db *db, struct step *s)
{
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_ABOUT,
                 DB_IN(db_u64(s->customer_id), db_u64(s->next_id), db_u64(ERASE_PAGE)), &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        s->mails[s->n_mails++] = db_get_u64(rows, 0);
    rc = db_rows_end(rows);
    if (!rc)
        rc = erase_mails_about(db, s->mails, s->n_mails);
    if (!rc)
        rc = erase_contacts(db, s->customer_id);
    if (s->n_mails < ERASE_PAGE)
        go_to(s, "messages");
    else
        s->next_id = s->mails[s->n_mails - 1] + 1;
    return rc;
}

static const struct {
    const char *name;
    enum rc (*run)(struct db *db, struct step *s);
} steps[] = {
    { "messages", do_messages }, { "replies", do_replies }, { "by_address", do_by_address },
    { "ledger", do_ledger },     { "waiting", do_again },
};

/* --- the transaction --- */

/* RC_NOTFOUND: another node was faster. */
static enum rc lock(struct db *db, struct step *s)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_LOCK, DB_IN(db_u64(s->customer_id), db_time(s->now)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        snprintf(s->name, sizeof(s->name), "%s", db_get_text(rows, 0));
        s->next_id = db_get_u64(rows, 1);
        s->finished_at = db_get_time(rows, 2);
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

static enum rc step_body(struct db *db, void *arg)
{
    struct step *s = arg;
    enum rc rc = lock(db, s);

    if (rc)
        return rc;
    s->messages = s->cancelled = s->inbound = 0;
    s->due_at = s->now;
    db_bulk_reset(s->rows);
    db_bulk_reset(s->events);
    s->n_mails = 0;
    rc = RC_FAIL;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (strcmp(steps[i].name, s->name) == 0) {
            rc = steps[i].run(db, s);
            break;
        }
    }
    return rc ? rc
              : db_run(db, SQL_MOVE,
                       DB_IN(db_text(s->name), db_u64(s->next_id), db_time(s->due_at),
                             db_time(s->finished_at), db_u64(s->messages), db_u64(s->cancelled),
                             db_u64(s->inbound), db_u64(s->customer_id)),
                       NULL);
}

enum rc erase_step(struct db *db, utc_us now, struct erase_done *done)
{
    struct step s = { .now = now };
    enum rc rc = db_query_u64(db, SQL_DUE, DB_IN(db_time(now)), &s.customer_id);

    *done = (struct erase_done){ 0 };
    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    s.rows = db_bulk_new(2);
    s.events = db_bulk_new(3);
    rc = s.rows && s.events ? RC_OK : RC_FAIL;
    if (!rc)
        rc = db_new_timed_ids(db, "message_event", ERASE_PAGE, &s.first_event_id);
    if (!rc)
        rc = db_transaction(db, step_body, &s);
    db_bulk_free(s.rows);
    db_bulk_free(s.events);
    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    done->customer_id = s.customer_id;
    done->finished = strcmp(s.name, "waiting") == 0 && s.finished_at == now;
    return RC_OK;
}
