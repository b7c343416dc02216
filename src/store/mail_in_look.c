/*
 * mail_in_look.c - what the database knows of a batch of mails: a statement for all of them, by
 * lists of a fixed length whose last value is repeated.
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/mail_in_private.h"
#include "store/pseudonym.h"

#define Q8   "?, ?, ?, ?, ?, ?, ?, ?"
#define Q64  Q8 ", " Q8 ", " Q8 ", " Q8 ", " Q8 ", " Q8 ", " Q8 ", " Q8
#define LIST 64 /* as many as Q64 has */

static const char SQL_REPEATS[] = "SELECT mark FROM mail_in WHERE mark IN (" Q64 ")";

static const char SQL_CUSTOMERS[] = "SELECT address, MIN(customer_id)"
                                    "  FROM contact_point"
                                    " WHERE address IN (" Q64 ") AND channel = 'email'"
                                    " GROUP BY address";

static const char SQL_MESSAGES[] = "SELECT id, COALESCE(customer_id, 0), address"
                                   "  FROM message"
                                   " WHERE id IN (" Q64 ") AND channel = 'email'";

struct list {
    struct db_value values[LIST];
    size_t n;
};

static void fill_up(struct list *l)
{
    for (size_t i = l->n; i < LIST; i++)
        l->values[i] = l->values[l->n - 1];
}

/* --- what was recorded before --- */

static void mark_known(struct mail_batch *b, const void *mark, size_t len)
{
    for (size_t i = 0; i < b->n && len == MAIL_MARK_SIZE; i++) {
        if (memcmp(b->works[i].item->mark, mark, len) == 0)
            b->works[i].repeat = true;
    }
}

static void mark_twins(struct mail_batch *b)
{
    for (size_t i = 1; i < b->n; i++) {
        for (size_t k = 0; k < i && !b->works[i].repeat; k++)
            b->works[i].repeat =
                memcmp(b->works[i].item->mark, b->works[k].item->mark, MAIL_MARK_SIZE) == 0;
    }
}

static enum rc read_marks(struct db *db, struct mail_batch *b, struct list *l)
{
    struct db_rows *rows;
    const void *mark;
    size_t len;
    enum rc rc;

    if (!l->n)
        return RC_OK;
    fill_up(l);
    rc = db_query(db, SQL_REPEATS, l->values, LIST, &rows);
    l->n = 0;
    if (rc)
        return rc;
    while (db_next(rows)) {
        mark = db_get_bytes(rows, 0, &len);
        mark_known(b, mark, len);
    }
    return db_rows_end(rows);
}

enum rc mail_look_repeats(struct db *db, struct mail_batch *b)
{
    struct list l = { .n = 0 };
    enum rc rc = RC_OK;

    for (size_t i = 0; i < b->n; i++)
        b->works[i].repeat = false;
    mark_twins(b);
    for (size_t i = 0; !rc && i < b->n; i++) {
        l.values[l.n++] = db_bytes(b->works[i].item->mark, MAIL_MARK_SIZE);
        if (l.n == LIST)
            rc = read_marks(db, b, &l);
    }
    return rc ? rc : read_marks(db, b, &l);
}

/* --- whose address it is --- */

static void is_of(struct mail_batch *b, const char *address, uint64_t customer_id)
{
    for (size_t i = 0; i < b->n; i++) {
        if (strcmp(b->works[i].item->from, address) == 0)
            b->works[i].customer_id = customer_id;
    }
}

static enum rc look_up(struct db *db, struct mail_batch *b, struct list *l)
{
    struct db_rows *rows;
    enum rc rc;

    if (!l->n)
        return RC_OK;
    fill_up(l);
    rc = db_query(db, SQL_CUSTOMERS, l->values, LIST, &rows);
    l->n = 0;
    if (rc)
        return rc;
    while (db_next(rows))
        is_of(b, db_get_text(rows, 0), db_get_u64(rows, 1));
    return db_rows_end(rows);
}

static enum rc find_senders(struct db *db, struct mail_batch *b)
{
    struct list l = { .n = 0 };
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < b->n; i++) {
        if (b->works[i].repeat || !*b->works[i].item->from)
            continue;
        l.values[l.n++] = db_text(b->works[i].item->from);
        if (l.n == LIST)
            rc = look_up(db, b, &l);
    }
    return rc ? rc : look_up(db, b, &l);
}

/* --- which message of ours it is about --- */

static bool about_message(const struct mail_in_item *item)
{
    return item->about_id && item->kind != MAIL_IN_ALERT && item->kind != MAIL_IN_HOUSE &&
           item->kind != MAIL_IN_NOTICE;
}

static enum rc is_about(struct mail_batch *b, uint64_t id, uint64_t customer_id,
                        const char *address)
{
    const char *copy = arena_copy(b->arena, address, strlen(address));
    const bool erased = pseudonym_is(address); /* nothing is to be known of them again */

    for (size_t i = 0; copy && i < b->n; i++) {
        struct mail_work *w = &b->works[i];

        if (!about_message(w->item) || w->item->about_id != id)
            continue;
        w->about_known = true;
        w->about_erased = erased;
        w->about_customer = erased ? 0 : customer_id;
        w->about_address = erased ? "" : copy;
    }
    return copy ? RC_OK : RC_FAIL;
}

static enum rc read_messages(struct db *db, struct mail_batch *b, struct list *l)
{
    struct db_rows *rows;
    enum rc rc, end;

    if (!l->n)
        return RC_OK;
    fill_up(l);
    rc = db_query(db, SQL_MESSAGES, l->values, LIST, &rows);
    l->n = 0;
    if (rc)
        return rc;
    while (!rc && db_next(rows))
        rc = is_about(b, db_get_u64(rows, 0), db_get_u64(rows, 1), db_get_text(rows, 2));
    end = db_rows_end(rows);
    return rc ? rc : end;
}

static enum rc find_messages(struct db *db, struct mail_batch *b)
{
    struct list l = { .n = 0 };
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < b->n; i++) {
        if (!about_message(b->works[i].item) || b->works[i].repeat)
            continue;
        l.values[l.n++] = db_u64(b->works[i].item->about_id);
        if (l.n == LIST)
            rc = read_messages(db, b, &l);
    }
    return rc ? rc : read_messages(db, b, &l);
}

/* Who answers to the address that only the reader of a message was given is its reader, from
 * whichever address. A message that is merely referred to may have been handed on: it says whose
 * mail it is only when that comes from where the message went. */
static uint64_t customer_of(const struct mail_work *w)
{
    const struct mail_in_item *item = w->item;

    if (w->about_customer &&
        (strcmp(item->proof, "token") == 0 || strcmp(item->from, w->about_address) == 0))
        return w->about_customer;
    return w->customer_id;
}

enum rc mail_look_people(struct db *db, struct mail_batch *b)
{
    enum rc rc = find_senders(db, b);

    if (!rc)
        rc = find_messages(db, b);
    for (size_t i = 0; !rc && i < b->n; i++)
        b->works[i].customer_id = customer_of(&b->works[i]);
    return rc;
}
