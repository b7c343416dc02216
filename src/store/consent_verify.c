/*
 * consent_verify.c - is the ledger still what was written?
 *
 * A chain is checked up to the length its row had when the check began, so that writing may go on.
 * What a chain cannot show is a rewrite of the whole of it: for that its head is noted elsewhere.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "store/consent.h"
#include "store/consent_line.h"
#include "store/db.h"

#define LINES_A_PAGE 10000
#define CHAINS_MAX   65536

/* Chains with an end, and chains that have lines and lost their end. */
static const char SQL_NEXT_CHAIN[] =
    "SELECT c.id, k.length, k.head"
    "  FROM (SELECT MIN(id) AS id"
    "          FROM (SELECT MIN(id) AS id FROM consent_chain WHERE id >= ?"
    "                 UNION ALL"
    "                SELECT MIN(chain) FROM consent_event WHERE chain >= ?) ends) c"
    "  LEFT JOIN consent_chain k ON k.id = c.id"
    " WHERE c.id IS NOT NULL";

static const char SQL_LINES[] = "SELECT " CONSENT_LINE_COLUMNS "  FROM consent_event e"
                                " WHERE e.chain = ? AND e.seq > ? AND e.seq <= ?"
                                " ORDER BY e.seq"
                                " LIMIT ?";

/* One statement, so one snapshot: lines and end are of the same moment. */
static const char SQL_BEYOND[] = "SELECT MIN(e.seq)"
                                 "  FROM consent_chain k"
                                 "  JOIN consent_event e ON e.chain = k.id AND e.seq > k.length"
                                 " WHERE k.id = ?"
                                 " HAVING MIN(e.seq) IS NOT NULL";

static const char SQL_UNPROVED[] =
    "SELECT COUNT(*)"
    "  FROM consent_current k"
    "  LEFT JOIN consent_event e"
    "         ON e.id = k.event_id AND e.customer_id = k.customer_id AND e.channel = k.channel"
    "        AND e.purpose = k.purpose AND e.state = k.state AND e.sender = ''"
    "        AND (e.at = k.at OR (e.state = 'withdrawn' AND e.at < k.at))"
    " WHERE e.id IS NULL";

struct walk {
    struct consent_head chain; /* its hash: what the end says */
    bool has_end;
    uint64_t seq;                          /* lines found good */
    unsigned char hash[CONSENT_HASH_SIZE]; /* of the last of them */
    struct consent_verdict *out;
};

static void broken(struct walk *w, uint64_t seq, const char *reason)
{
    w->out->intact = false;
    w->out->broken_chain = w->chain.chain;
    w->out->broken_seq = seq;
    snprintf(w->out->reason, sizeof(w->out->reason), "%s", reason);
}

/* *found false: there is none from `from` on. */
static enum rc next_chain(struct db *db, unsigned from, struct walk *w, bool *found)
{
    struct db_rows *rows;
    const void *head;
    size_t len;
    enum rc rc = db_query(db, SQL_NEXT_CHAIN, DB_IN(db_u64(from), db_u64(from)), &rows);

    if (rc)
        return rc;
    *found = db_next(rows);
    if (*found) {
        w->chain.chain = (unsigned)db_get_u64(rows, 0);
        w->has_end = !db_is_null(rows, 1);
        w->chain.length = db_get_u64(rows, 1);
        head = db_get_bytes(rows, 2, &len);
        if (len == CONSENT_HASH_SIZE)
            memcpy(w->chain.hash, head, len);
    }
    return db_rows_end(rows);
}

/* Says false at the first fault. */
static bool check_line(struct walk *w, const struct db_rows *rows)
{
    unsigned char stored[CONSENT_HASH_SIZE];
    struct consent_line line;

    consent_line_read(rows, 0, &line, stored);
    if (line.seq != w->seq + 1) {
        broken(w, w->seq + 1, "a line is missing");
        return false;
    }
    if (consent_line_is_odd(&line)) {
        broken(w, line.seq, "the line has something that lines of its version do not have");
        return false;
    }
    consent_line_hash(w->hash, &line, w->hash);
    if (memcmp(stored, w->hash, CONSENT_HASH_SIZE) != 0) {
        broken(w, line.seq, "the line or the one before it was changed");
        return false;
    }
    w->seq = line.seq;
    w->out->events++;
    return true;
}

static enum rc walk_page(struct db *db, struct walk *w, bool *more)
{
    struct db_rows *rows;
    size_t n = 0;
    enum rc rc = db_query(db, SQL_LINES,
                          DB_IN(db_u64(w->chain.chain), db_u64(w->seq), db_u64(w->chain.length),
                                db_u64(LINES_A_PAGE)),
                          &rows);

    if (rc)
        return rc;
    while (w->out->intact && db_next(rows)) {
        n++;
        check_line(w, rows);
    }
    *more = w->out->intact && n == LINES_A_PAGE;
    return db_rows_end(rows);
}

static enum rc check_end(struct db *db, struct walk *w)
{
    uint64_t beyond;
    enum rc rc;

    if (w->seq < w->chain.length) {
        broken(w, w->seq + 1, "lines are missing at the end");
    } else if (memcmp(w->hash, w->chain.hash, CONSENT_HASH_SIZE) != 0) {
        broken(w, w->seq, "the chain's end has another hash");
    } else {
        rc = db_query_u64(db, SQL_BEYOND, DB_IN(db_u64(w->chain.chain)), &beyond);
        if (rc == RC_NOTFOUND)
            return RC_OK;
        if (rc)
            return rc;
        broken(w, beyond, "a line stands beyond the chain's end");
    }
    return RC_OK;
}

static enum rc walk_chain(struct db *db, struct walk *w, const struct consent_verify_ops *ops)
{
    bool more = true;
    enum rc rc = RC_OK;

    if (!w->has_end) {
        broken(w, 1, "the chain has lines and no end");
        return RC_OK;
    }
    while (!rc && more) {
        rc = walk_page(db, w, &more);
        if (!rc && ops->progress)
            ops->progress(ops->arg, w->out->events);
    }
    if (!rc && w->out->intact)
        rc = check_end(db, w);
    if (!rc && w->out->intact && ops->head)
        ops->head(ops->arg, &w->chain);
    return rc;
}

enum rc consent_verify(struct db *db, const struct consent_verify_ops *ops,
                       struct consent_verdict *out)
{
    struct consent_verdict verdict = { .intact = true };
    unsigned from = 0;
    enum rc rc = sodium_init() < 0 ? RC_FAIL : RC_OK;

    while (!rc && verdict.intact && from < CHAINS_MAX) {
        struct walk w = { .out = &verdict };
        bool found;
        rc = next_chain(db, from, &w, &found);
        if (rc || !found)
            break;
        verdict.chains++;
        from = w.chain.chain + 1;
        rc = walk_chain(db, &w, ops);
    }
    if (!rc)
        rc = db_query_u64(db, SQL_UNPROVED, DB_NO_INPUT, &verdict.unproved);
    if (rc)
        return rc;
    if (verdict.intact && verdict.unproved) {
        verdict.intact = false;
        snprintf(verdict.reason, sizeof(verdict.reason),
                 "%llu last words are not backed by the ledger",
                 (unsigned long long)verdict.unproved);
    }
    *out = verdict;
    return RC_OK;
}

enum rc consent_verify_chain(struct db *db, unsigned chain, struct consent_verdict *out)
{
    const struct consent_verify_ops silent = { 0 };
    struct consent_verdict verdict = { .intact = true };
    struct walk w = { .out = &verdict };
    bool found;
    enum rc rc = sodium_init() < 0 ? RC_FAIL : next_chain(db, chain, &w, &found);

    if (!rc && (!found || w.chain.chain != chain))
        return RC_NOTFOUND;
    if (!rc)
        rc = walk_chain(db, &w, &silent);
    verdict.chains = 1;
    if (!rc)
        *out = verdict;
    return rc;
}
