/* occasion_note.c - from a change of an order to rows of occasion_event. */
#include "store/occasion_note.h"

static const char SQL_WANTS[] =
    "SELECT id, kind, expires_s + GREATEST(delay_s, 0)"
    "  FROM occasion"
    " WHERE state = 'on'"
    "   AND kind IN ('delivery_announced', 'delivery_moved', 'delivery_out', 'delivery_done',"
    "                'delivery_missed', 'first_order')"
    " ORDER BY id"
    " LIMIT ?";

enum rc occasion_wants_read(struct db *db, struct occasion_wants *out)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_WANTS, DB_IN(db_u64(OCCASIONS_MAX)), &rows);

    out->n = 0;
    if (rc)
        return rc;
    while (db_next(rows) && out->n < OCCASIONS_MAX) {
        out->list[out->n].id = db_get_u64(rows, 0);
        out->list[out->n].keep_s = db_get_i64(rows, 2);
        if (!occasion_kind_parse(db_get_text(rows, 1), &out->list[out->n].kind, NULL))
            out->n++;
    }
    return db_rows_end(rows);
}

/* When it is due is reckoned by who makes the message: that needs the customer's clock. */
static enum rc note_one(uint64_t occasion_id, enum occasion_kind kind, const struct order_change *c,
                        utc_us now, struct db_bulk *bulk)
{
    const struct occasion_facts facts = { .at = now, .window_from = c->window_from };
    const bool of_customer = kind == OCCASION_FIRST_ORDER;

    return db_bulk_add(bulk, (const struct db_value[]){ db_u64(occasion_id), db_u64(c->customer_id),
                                                        db_u64(of_customer ? 0 : c->order_id),
                                                        db_u64(occasion_round(kind, &facts)),
                                                        db_time(now), db_time(now) });
}

enum rc occasion_note(const struct occasion_wants *wants, const struct order_change *change,
                      utc_us now, struct db_bulk *bulk)
{
    const unsigned news = wants->n ? order_news(change) : 0;
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && news && i < wants->n; i++) {
        const enum occasion_kind kind = wants->list[i].kind;
        if ((news & 1u << kind) && !order_news_is_old(change, kind, now, wants->list[i].keep_s))
            rc = note_one(wants->list[i].id, kind, change, now, bulk);
    }
    return rc;
}
