/*
 * import_suppressions.c - addresses that are not to be written to, as a partner lists them.
 *
 * A row puts its addresses on the partner's list, or changes what is said of them there; one whose
 * end has passed takes them off it. What follows is store/suppression_listing.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/db.h"
#include "store/import_keys.h"
#include "store/import_kind.h"
#include "store/import_note.h"
#include "store/suppression_listing.h"

#define ADDRESSES_MAX (2 * IMPORT_CHUNK_MAX) /* a row has a number, a mail address, or both */

static const char SQL_LISTED[] =
    "SELECT l.address, l.reason, l.until_at\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (address VARCHAR(254) PATH '$')) wanted\n"
    "STRAIGHT_JOIN suppression_listing l\n"
    "  ON l.channel = IF(wanted.address LIKE '+%', 'sms', 'email') COLLATE utf8mb4_bin\n"
    "  AND l.address = wanted.address COLLATE utf8mb4_bin AND l.partner_id = ?";

static const char SQL_LIST[] =
    "INSERT INTO suppression_listing (channel, address, partner_id, reason, until_at, import_id,\n"
    "  seen_import_id, listed_at)\n"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)\n"
    "ON DUPLICATE KEY UPDATE reason = VALUE(reason), until_at = VALUE(until_at),\n"
    "  seen_import_id = VALUE(seen_import_id)";

static const char SQL_UNLIST[] = "DELETE FROM suppression_listing\n"
                                 "WHERE channel = ? AND address = ? AND partner_id = ?";

/* For undoing: a listing as it is before, or its address alone. */
static const char SQL_BEFORE[] =
    "INSERT INTO import_before (import_id, run, first_row, kind, subject_id, was)\n"
    "SELECT ?, ?, ?, 'other', w.n,\n"
    "  JSON_OBJECT('channel', w.channel, 'address', w.address, 'reason', l.reason,\n"
    "    'until', l.until_at, 'import', l.import_id, 'seen', l.seen_import_id,\n"
    "    'listed', l.listed_at)\n"
    "FROM (SELECT n, address, IF(address LIKE '+%', 'sms', 'email') AS channel\n"
    "      FROM JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY,\n"
    "        address VARCHAR(254) PATH '$')) a) w\n"
    "LEFT JOIN suppression_listing l ON l.channel = w.channel COLLATE utf8mb4_bin\n"
    "  AND l.address = w.address COLLATE utf8mb4_bin AND l.partner_id = ?";

enum { BULK_LIST, BULK_UNLIST, BULK_COUNT };
static const struct {
    const char *sql;
    unsigned columns;
} bulks[BULK_COUNT] = { { SQL_LIST, 8 }, { SQL_UNLIST, 3 } };

struct listing {
    enum channel channel;
    bool was_listed, is_listed, touched;
    char reason[257]; /* 64 characters */
    utc_us until;
};

struct suppressions {
    struct db_bulk *bulks[BULK_COUNT];
    struct buffer keys;
    /* one chunk */
    struct key_map addresses;
    struct listing listings[ADDRESSES_MAX];
    struct contact_address added[ADDRESSES_MAX];
    const char *reasons[ADDRESSES_MAX];
    size_t n_added;
};

static void suppressions_close(void *kind)
{
    struct suppressions *s = kind;

    for (int i = 0; i < BULK_COUNT; i++)
        db_bulk_free(s->bulks[i]);
    buffer_close(&s->keys);
    free(s);
}

static void *suppressions_open(const struct import_rules *rules)
{
    struct suppressions *s = calloc(1, sizeof(*s));
    bool good = true;

    (void)rules;
    if (!s)
        return NULL;
    buffer_init(&s->keys, KEYS_JSON_MAX);
    for (int i = 0; i < BULK_COUNT; i++) {
        s->bulks[i] = db_bulk_new(bulks[i].columns);
        good = good && s->bulks[i];
    }
    if (good)
        return s;
    suppressions_close(s);
    return NULL;
}

static enum rc suppressions_prepare(struct db *db, void *kind, const struct import_step *step)
{
    (void)db, (void)kind, (void)step;
    return RC_OK;
}

/* --- what the database has --- */

static enum rc look_up(struct db *db, struct suppressions *s, unsigned partner_id)
{
    struct db_rows *rows;
    enum rc rc = keys_json(&s->keys, &s->addresses);

    if (!rc)
        rc = db_query(db, SQL_LISTED,
                      DB_IN(db_bytes(s->keys.data, s->keys.len), db_u64(partner_id)), &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const size_t at = key_map_find(&s->addresses, db_get_text(rows, 0));

        if (at == KEY_NONE)
            continue;
        s->listings[at].was_listed = s->listings[at].is_listed = true;
        snprintf(s->listings[at].reason, sizeof(s->listings[at].reason), "%s",
                 db_get_text(rows, 1));
        s->listings[at].until = db_get_time(rows, 2);
    }
    return db_rows_end(rows);
}

/* --- a row --- */

/* True: it says something new of the address. */
static bool take_address(struct suppressions *s, const struct import_step *step,
                         const struct partner_row *row, const char *address)
{
    struct listing *l = &s->listings[key_map_find(&s->addresses, address)];
    const char *reason = *row->reason ? row->reason : "listed";
    const bool over = row->until && row->until <= step->now;
    const bool same =
        over ? !l->is_listed
             : l->is_listed && l->until == row->until && strcmp(l->reason, reason) == 0;

    l->touched = true;
    l->is_listed = !over;
    l->until = row->until;
    snprintf(l->reason, sizeof(l->reason), "%s", reason);
    return !same;
}

static void take_row(struct suppressions *s, struct import_step *step,
                     const struct partner_row *row)
{
    bool news = false;

    if (*row->phone)
        news = take_address(s, step, row, row->phone);
    if (*row->email && take_address(s, step, row, row->email))
        news = true;
    step->taken += news;
    step->unchanged += !news;
}

/* --- the chunk --- */

static void add_address(struct suppressions *s, enum channel channel, const char *address)
{
    if (*address)
        s->listings[key_map_add(&s->addresses, address)].channel = channel;
}

static void reset(struct suppressions *s, const struct import_chunk *chunk)
{
    key_map_reset(&s->addresses);
    s->n_added = 0;
    for (int i = 0; i < BULK_COUNT; i++)
        db_bulk_reset(s->bulks[i]);
    memset(s->listings, 0, sizeof(s->listings));
    for (size_t i = 0; i < chunk->n_rows; i++) {
        add_address(s, CHANNEL_SMS, chunk->rows[i].phone);
        add_address(s, CHANNEL_EMAIL, chunk->rows[i].email);
    }
}

static enum rc put(struct suppressions *s, const struct import_step *step, size_t at)
{
    const struct listing *l = &s->listings[at];
    const struct db_value channel = db_text(channel_name(l->channel)),
                          address = db_text(s->addresses.keys[at]),
                          partner = db_u64(step->imp->partner_id), import = db_u64(step->imp->id);

    if (!l->is_listed)
        return db_bulk_add(s->bulks[BULK_UNLIST],
                           (const struct db_value[]){ channel, address, partner });
    if (!l->was_listed) {
        s->reasons[s->n_added] = l->reason;
        s->added[s->n_added++] = (struct contact_address){ l->channel, s->addresses.keys[at] };
    }
    return db_bulk_add(s->bulks[BULK_LIST],
                       (const struct db_value[]){ channel, address, partner, db_text(l->reason),
                                                  db_time(l->until), import, import,
                                                  db_time(step->now) });
}

static enum rc note_before(struct db *db, struct suppressions *s, const struct import_step *step)
{
    const enum rc rc = keys_json(&s->keys, &s->addresses);

    return rc ? rc
              : db_run(db, SQL_BEFORE,
                       DB_IN(db_u64(step->imp->id), db_u64(step->imp->run), db_u64(step->first_row),
                             db_bytes(s->keys.data, s->keys.len), db_u64(step->imp->partner_id)),
                       NULL);
}

static enum rc settle_ended(struct db *db, const struct suppressions *s)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < s->addresses.n; i++) {
        const struct listing *l = &s->listings[i];

        if (l->was_listed && !l->is_listed)
            rc = suppression_settle(db,
                                    &(struct contact_address){ l->channel, s->addresses.keys[i] });
    }
    return rc;
}

static enum rc suppressions_apply(struct db *db, void *kind, struct import_step *step)
{
    struct suppressions *s = kind;
    enum rc rc;

    reset(s, step->chunk);
    rc = look_up(db, s, step->imp->partner_id);
    for (size_t i = 0; !rc && i < step->chunk->n_rows; i++)
        take_row(s, step, &step->chunk->rows[i]);
    for (size_t i = 0; !rc && i < s->addresses.n; i++) {
        if (s->listings[i].touched && (s->listings[i].is_listed || s->listings[i].was_listed))
            rc = put(s, step, i);
    }
    if (!rc)
        rc = note_before(db, s, step);
    for (int i = 0; !rc && i < BULK_COUNT; i++)
        rc = db_bulk_run(db, bulks[i].sql, s->bulks[i], NULL);
    if (!rc)
        rc = suppression_listed(db, s->added, s->reasons, s->n_added, step->now);
    return rc ? rc : settle_ended(db, s);
}

static void suppressions_committed(void *kind)
{
    (void)kind;
}

static void suppressions_withdrawn(const void *kind, void (*each)(void *arg, const char *number),
                                   void *arg)
{
    const struct suppressions *s = kind;

    for (size_t i = 0; i < s->n_added; i++) {
        if (s->added[i].channel == CHANNEL_SMS)
            each(arg, s->added[i].address);
    }
}

const struct import_kind_ops import_suppressions = { .open = suppressions_open,
                                                     .close = suppressions_close,
                                                     .prepare = suppressions_prepare,
                                                     .apply = suppressions_apply,
                                                     .committed = suppressions_committed,
                                                     .withdrawn = suppressions_withdrawn,
                                                     .undo = import_suppressions_undo };
