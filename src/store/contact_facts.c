/*
 * contact_facts.c - streams of facts, each by customer, laid side by side.
 *
 * A million customers are read in pages. Each statement reads a range of an index that begins with
 * the customer, and looks at no row behind it that is longer ago than anybody asks for: orders of a
 * year are in the index, and not touched.
 */
#include "store/contact_facts.h"

#include <string.h>

#include "domain/staff.h"
#include "domain/value.h"
#include "store/db.h"
#include "store/replied_sql.h"
#include "store/timed_id.h"

#define DAY_US (SEC_PER_DAY * USEC_PER_SEC)
/* Orders that are older than this are delivered, or forgotten by their partner. */
#define ORDER_DAYS 90
/* Who owes something for longer than this is no matter of friendly calls any more. */
#define INVOICE_DAYS 180
/* Who is to be contacted so soon anyway need not be on the list. */
#define SOON_DAYS 2

/* The standing is that of the number that campaigns use. Where that one is dead, another number can
 * still be called: asked only then, and as a value, so that no plan reads all numbers first. */
static const char SQL_CUSTOMERS[] =
    "SELECT c.id, COALESCE(c.category_id, 0), COALESCE(c.owner_id, 0), c.do_not_contact,"
    "       c.erased_at IS NOT NULL,"
    "       IF(c.sms_standing IN ('no_contact_point', 'invalid_address', 'suppressed'),"
    "          (SELECT 1"
    "             FROM contact_point p"
    "            WHERE p.customer_id = c.id AND p.channel = 'sms' AND p.state = 'valid'"
    "            LIMIT 1) IS NULL,"
    "          FALSE),"
    "       c.created_at, c.talked_at, c.last_contact_at, c.order_cents"
    "  FROM customer c"
    " WHERE c.id BETWEEN ? AND ?"
    " ORDER BY c.id"
    " LIMIT ?";

static const char SQL_ORDERS[] =
    "SELECT customer_id, status = 'missed', IF(status = 'missed', missed_at, window_from)"
    "  FROM customer_order FORCE INDEX (by_customer)"
    " WHERE customer_id BETWEEN ? AND ?"
    "   AND ordered_at >= ?"
    "   AND (status = 'missed' AND missed_at >= ?"
    "        OR status IN ('planned', 'out') AND window_from BETWEEN ? AND ?)"
    " ORDER BY customer_id";

static const char SQL_INVOICES[] = "SELECT customer_id, due_on"
                                   "  FROM invoice FORCE INDEX (by_customer_due)"
                                   " WHERE customer_id BETWEEN ? AND ?"
                                   "   AND due_on BETWEEN ? AND ?"
                                   "   AND paid_at IS NULL AND cancelled_at IS NULL"
                                   " ORDER BY customer_id";

static const char SQL_REPLIES[] = "SELECT i.customer_id, i.keyword <> '', i.at"
                                  "  FROM inbound_message i FORCE INDEX (by_customer)"
                                  " WHERE i.customer_id BETWEEN ? AND ?"
                                  "   AND i.id >= ?"
                                  "   AND i.keyword IN ('', '" CONTACT_KEYWORD_COMPLAINT
                                  "')" BY_A_PERSON " ORDER BY i.customer_id";

static const char SQL_LIST_TASKS[] = "SELECT customer_id, id, state = 'open', score,"
                                     "       COALESCE(staff_id, 0), team_id"
                                     "  FROM contact_task FORCE INDEX (once_a_day)"
                                     " WHERE customer_id BETWEEN ? AND ?"
                                     "   AND day = ? AND once = 1"
                                     " ORDER BY customer_id";

/* Those of lists that were not done stay on the list: the oldest comes first. */
static const char SQL_OPEN_TASKS[] =
    "SELECT customer_id, id, TRUE, score, COALESCE(staff_id, 0), team_id,"
    "       source = 'list' AND day <= ?, day <= ?"
    "  FROM contact_task FORCE INDEX (by_open)"
    " WHERE state = 'open'"
    "   AND customer_id BETWEEN ? AND ?"
    "   AND day <= ? + INTERVAL ? DAY"
    " ORDER BY customer_id, id";

void contact_reach_of(const struct contact_book *book, utc_us now, int day,
                      struct contact_reach *out)
{
    *out = (struct contact_reach){ .now = now, .day = day };
    for (size_t i = 0; i < book->n_policies; i++) {
        for (int r = 0; r < CONTACT_REASONS; r++) {
            const struct contact_weight *w = &book->policies[i].weights[r];

            if (w->points && w->days > out->days[r])
                out->days[r] = w->days;
        }
    }
}

static enum rc read_customers(struct db *db, uint64_t first, uint64_t last, size_t max,
                              struct contact_facts *list, size_t *n)
{
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_CUSTOMERS, DB_IN(db_u64(first), db_u64(last), db_u64(max)), &rows);

    *n = 0;
    if (rc)
        return rc;
    while (*n < max && db_next(rows))
        list[(*n)++] = (struct contact_facts){ .customer_id = db_get_u64(rows, 0),
                                               .category_id = (unsigned)db_get_u64(rows, 1),
                                               .owner_id = (unsigned)db_get_u64(rows, 2),
                                               .do_not_contact = db_get_u64(rows, 3) != 0,
                                               .erased = db_get_u64(rows, 4) != 0,
                                               .no_phone = db_get_u64(rows, 5) != 0,
                                               .created_at = db_get_time(rows, 6),
                                               .talked_at = db_get_time(rows, 7),
                                               .last_contact_at = db_get_time(rows, 8),
                                               .order_cents = db_get_i64(rows, 9) };
    return db_rows_end(rows);
}

/* --- a stream beside them --- */

typedef void take_fact(struct contact_facts *f, const struct db_rows *rows);

static void newest(utc_us *at, utc_us other)
{
    if (other > *at)
        *at = other;
}

static void oldest(utc_us *at, utc_us other)
{
    if (other && (!*at || other < *at))
        *at = other;
}

static void take_order(struct contact_facts *f, const struct db_rows *rows)
{
    if (db_get_u64(rows, 1))
        newest(&f->missed_at, db_get_time(rows, 2));
    else
        oldest(&f->delivery_at, db_get_time(rows, 2));
}

static void take_invoice(struct contact_facts *f, const struct db_rows *rows)
{
    oldest(&f->invoice_due, db_get_time(rows, 1));
}

static void take_reply(struct contact_facts *f, const struct db_rows *rows)
{
    newest(db_get_u64(rows, 1) ? &f->complaint_at : &f->reply_at, db_get_time(rows, 2));
}

static void take_list_task(struct contact_facts *f, const struct db_rows *rows)
{
    f->list_task = db_get_u64(rows, 1);
    f->list_open = db_get_u64(rows, 2) != 0;
    f->list_score = (int)db_get_i64(rows, 3);
    f->list_staff = (unsigned)db_get_u64(rows, 4);
    f->list_team = (unsigned)db_get_u64(rows, 5);
}

static void take_open_task(struct contact_facts *f, const struct db_rows *rows)
{
    if (!db_get_u64(rows, 6)) {
        f->other_task = db_get_u64(rows, 1);
        f->other_today |= db_get_u64(rows, 7) != 0;
    } else if (!f->list_open || db_get_u64(rows, 1) < f->list_task) {
        take_list_task(f, rows);
    }
}

/* Both are by customer. */
static enum rc lay_beside(struct db *db, const char *sql, const struct db_value *in, size_t n_in,
                          take_fact *take, struct contact_facts *list, size_t n)
{
    struct db_rows *rows;
    size_t at = 0;
    enum rc rc = db_query(db, sql, in, n_in, &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const uint64_t id = db_get_u64(rows, 0);

        while (at < n && list[at].customer_id < id)
            at++;
        if (at < n && list[at].customer_id == id)
            take(&list[at], rows);
    }
    return db_rows_end(rows);
}

static void day_text(utc_us at, char out[DATE_TEXT_SIZE])
{
    const struct civil day = clock_civil(at);

    value_date_text(&day, out);
}

static enum rc read_business(struct db *db, const struct contact_reach *reach,
                             struct contact_facts *list, size_t n)
{
    const struct db_value from = db_u64(list[0].customer_id), to = db_u64(list[n - 1].customer_id);
    const utc_us now = reach->now;
    const unsigned *days = reach->days;
    const unsigned reply_days = days[CONTACT_REPLY] > days[CONTACT_COMPLAINT]
                                    ? days[CONTACT_REPLY]
                                    : days[CONTACT_COMPLAINT];
    char oldest_day[DATE_TEXT_SIZE], newest_day[DATE_TEXT_SIZE];
    enum rc rc =
        lay_beside(db, SQL_ORDERS,
                   DB_IN(from, to, db_time(now - (ORDER_DAYS + days[CONTACT_MISSED]) * DAY_US),
                         db_time(now - (days[CONTACT_MISSED] + 1) * DAY_US), db_time(now),
                         db_time(now + (days[CONTACT_DELIVERY] + 2) * DAY_US)),
                   take_order, list, n);

    day_text(now - INVOICE_DAYS * DAY_US, oldest_day);
    day_text(now + (days[CONTACT_INVOICE] + 2) * DAY_US, newest_day);
    if (!rc)
        rc = lay_beside(db, SQL_INVOICES, DB_IN(from, to, db_text(oldest_day), db_text(newest_day)),
                        take_invoice, list, n);
    if (!rc)
        rc = lay_beside(db, SQL_REPLIES,
                        DB_IN(from, to, db_u64(timed_id_at(now - (reply_days + 1) * DAY_US))),
                        take_reply, list, n);
    return rc;
}

static enum rc read_tasks(struct db *db, int day, struct contact_facts *list, size_t n)
{
    const struct db_value from = db_u64(list[0].customer_id), to = db_u64(list[n - 1].customer_id);
    char text[STAFF_DAY_SIZE];
    enum rc rc;

    staff_day_text(day, text);
    rc = lay_beside(db, SQL_LIST_TASKS, DB_IN(from, to, db_text(text)), take_list_task, list, n);
    if (!rc)
        rc = lay_beside(
            db, SQL_OPEN_TASKS,
            DB_IN(db_text(text), db_text(text), from, to, db_text(text), db_u64(SOON_DAYS)),
            take_open_task, list, n);
    return rc;
}

enum rc contact_facts_read(struct db *db, const struct contact_reach *reach, uint64_t first,
                           uint64_t last, size_t max, struct contact_facts *list, size_t *n)
{
    size_t got = 0;
    enum rc rc = read_customers(db, first, last, max, list, &got);

    if (!rc && got)
        rc = read_business(db, reach, list, got);
    if (!rc && got)
        rc = read_tasks(db, reach->day, list, got);
    if (!rc)
        *n = got;
    return rc;
}
