/* import_joined.c - see import_joined.h. */
#include "store/import_joined.h"

#include <stdlib.h>
#include <string.h>

#include "store/db.h"
#include "store/id_list.h"

enum { FILL, OVERWRITE, CONTACT, PRIMARY, PERSON, CUSTOM, KINDS };

/* An address is filled in as a whole, or completed where it is the same as far as it goes: half of
 * one and half of another lead nowhere. Assignments are made from left to right, each sees those
 * before it. A name is never filled in: what is there agreed. */
static const struct {
    const char *sql;
    unsigned columns;
} kinds[KINDS] = {
    [FILL] = { "UPDATE customer\n"
               "   SET category_id = COALESCE(category_id, ?),\n"
               "       acquisition_source_id = COALESCE(acquisition_source_id, ?),\n"
               "       company = IF(company = '', ?, company),\n"
               "       country = IF(? AND street = '' AND postcode = '' AND city = '', ?, "
               "country),\n"
               "       city = IF(street = '' AND postcode = '' AND city = '', ?, city),\n"
               "       postcode = IF(street = '' AND postcode = '' AND city = ?, ?, postcode),\n"
               "       street = IF(street = '' AND postcode = ? AND city = ?, ?, street),\n"
               "       updated_at = ?\n"
               " WHERE id = ?",
               13 },
    [OVERWRITE] = { "UPDATE customer\n"
                    "   SET category_id = COALESCE(?, category_id),\n"
                    "       acquisition_source_id = COALESCE(?, acquisition_source_id),\n"
                    "       first_name = IF(?, ?, first_name), last_name = IF(?, ?, last_name),\n"
                    "       company = COALESCE(NULLIF(?, ''), company), language = ?,\n"
                    "       street = IF(?, ?, street), postcode = IF(?, ?, postcode),\n"
                    "       city = IF(?, ?, city), country = IF(?, ?, country), updated_at = ?\n"
                    " WHERE id = ?",
                    18 },
    [CONTACT] = { "INSERT INTO contact_point (customer_id, channel, address, is_primary,\n"
                  "                           created_at)\n"
                  "VALUES (?, ?, ?, FALSE, ?)\n"
                  "    ON DUPLICATE KEY UPDATE is_primary = is_primary",
                  4 },
    /* When there is none. One of somebody who agreed to advertising before they had any does not
     * become it, unless they agree with it. */
    [PRIMARY] = { "UPDATE contact_point p\n"
                  "  LEFT JOIN contact_point q ON q.customer_id = p.customer_id\n"
                  "   AND q.channel = p.channel AND q.is_primary\n"
                  "  LEFT JOIN consent_current k ON k.customer_id = p.customer_id\n"
                  "   AND k.channel = p.channel AND k.purpose = 'promo' AND k.state = 'granted'\n"
                  "   SET p.is_primary = TRUE\n"
                  " WHERE p.customer_id = ? AND p.channel = ? AND p.address = ?\n"
                  "   AND q.customer_id IS NULL AND (? OR k.customer_id IS NULL)",
                  4 },
    [PERSON] = { "UPDATE customer\n"
                 "   SET birth_date = COALESCE(birth_date, ?), minor = minor OR COALESCE(?, "
                 "FALSE),\n"
                 "       do_not_contact = do_not_contact OR ?,\n"
                 "       timezone = IF(timezone = '', COALESCE(?, ''), timezone)\n"
                 " WHERE id = ?",
                 PERSON_COLUMNS },
    [CUSTOM] = { "INSERT IGNORE INTO customer_field (customer_id, field_id, value, number)\n"
                 "VALUES (?, ?, ?, ?)",
                 CUSTOM_COLUMNS },
};

struct import_joined {
    struct db_bulk *bulks[KINDS];
    struct id_list grants; /* whose, each as often as there are grants */
};

struct import_joined *import_joined_new(void)
{
    struct import_joined *j = calloc(1, sizeof(*j));

    if (!j)
        return NULL;
    id_list_init(&j->grants, 2 * IMPORT_CHUNK_MAX);
    for (int i = 0; i < KINDS; i++) {
        j->bulks[i] = db_bulk_new(kinds[i].columns);
        if (!j->bulks[i]) {
            import_joined_free(j);
            return NULL;
        }
    }
    return j;
}

void import_joined_free(struct import_joined *j)
{
    if (!j)
        return;
    for (int i = 0; i < KINDS; i++)
        db_bulk_free(j->bulks[i]);
    id_list_close(&j->grants);
    free(j);
}

void import_joined_reset(struct import_joined *j)
{
    for (int i = 0; i < KINDS; i++)
        db_bulk_reset(j->bulks[i]);
}

/* --- addresses and consents --- */

static const char *said(const struct partner_row *row, enum channel channel)
{
    return channel == CHANNEL_SMS ? row->phone : row->email;
}

/* "" for none. */
static const char *primary_of(const struct customer_slot *slot, enum channel channel)
{
    if (slot->same_as)
        return slot->same_as->row ? said(slot->same_as->row, channel) : "";
    return channel == CHANNEL_SMS ? slot->phone : slot->mail;
}

bool import_joined_grants(const struct customer_slot *slot, enum channel channel,
                          const char *address)
{
    const char *primary = primary_of(slot, channel);

    return *primary ? strcmp(primary, address) == 0 : *address && !slot->crowded;
}

static enum rc put_contacts(struct import_joined *j, const struct import_step *step,
                            const struct customer_slot *slot, struct contact_address *contacts,
                            size_t *n_contacts)
{
    enum rc rc = RC_OK;

    for (enum channel c = CHANNEL_SMS; !rc && c <= CHANNEL_EMAIL; c++) {
        const char *address = said(slot->row, c);
        const struct db_value id = db_u64(slot->id), channel = db_text(channel_name(c)),
                              text = db_text(address);

        if (!*address || strcmp(primary_of(slot, c), address) == 0)
            continue;
        contacts[(*n_contacts)++] = (struct contact_address){ c, address };
        rc = db_bulk_add(j->bulks[CONTACT],
                         (const struct db_value[]){ id, channel, text, db_time(step->now) });
        if (!rc)
            rc = db_bulk_add(
                j->bulks[PRIMARY],
                (const struct db_value[]){
                    id, channel, text,
                    db_u64(slot->row->consent[c] == CONSENT_GRANTED && !slot->crowded) });
    }
    return rc;
}

/* --- the customer --- */

static struct db_value id_or_null(uint64_t id)
{
    return id ? db_u64(id) : db_null();
}

static enum rc put_fill(struct import_joined *j, const struct customer_slot *slot, utc_us now)
{
    const struct partner_row *r = slot->row;
    const bool home = *r->street || *r->postcode || *r->city;

    return db_bulk_add(j->bulks[FILL],
                       (const struct db_value[]){
                           id_or_null(slot->category_id), id_or_null(slot->source_id),
                           db_text(r->company), db_u64(home), db_text(r->country), db_text(r->city),
                           db_text(r->city), db_text(r->postcode), db_text(r->postcode),
                           db_text(r->city), db_text(r->street), db_time(now), db_u64(slot->id) });
}

static enum rc put_overwrite(struct import_joined *j, const struct customer_slot *slot, utc_us now)
{
    const struct partner_row *r = slot->row;
    const struct db_value home = db_u64(*r->street || *r->postcode || *r->city),
                          name = db_u64(*r->first_name || *r->last_name);

    return db_bulk_add(j->bulks[OVERWRITE],
                       (const struct db_value[]){
                           id_or_null(slot->category_id), id_or_null(slot->source_id), name,
                           db_text(r->first_name), name, db_text(r->last_name), db_text(r->company),
                           db_text(r->language), home, db_text(r->street), home,
                           db_text(r->postcode), home, db_text(r->city), home, db_text(r->country),
                           db_time(now), db_u64(slot->id) });
}

enum rc import_joined_put(struct import_joined *j, const struct import_step *step,
                          const struct person_fields *fields, const struct customer_slot *slot,
                          struct contact_address *contacts, size_t *n_contacts)
{
    enum rc rc = step->rules->match.overwrite ? put_overwrite(j, slot, step->now)
                                              : put_fill(j, slot, step->now);

    if (!rc && slot->row->has_person)
        rc = person_put(fields, step->rules->mapping, slot->id, slot->row, j->bulks[PERSON],
                        j->bulks[CUSTOM]);
    return rc ? rc : put_contacts(j, step, slot, contacts, n_contacts);
}

enum rc import_joined_run(struct db *db, const struct import_joined *j)
{
    enum rc rc = RC_OK;

    for (int i = 0; !rc && i < KINDS; i++)
        rc = db_bulk_run(db, kinds[i].sql, j->bulks[i], NULL);
    return rc;
}

/* --- is a grant their own? --- */

/* Who is written of above is locked by it: what is the primary one now stays so till the COMMIT. */
static const char SQL_PRIMARIES[] =
    "SELECT w.n, p.channel, p.address\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY, id BIGINT UNSIGNED PATH '$')) w\n"
    "STRAIGHT_JOIN contact_point p ON p.customer_id = w.id AND p.is_primary";

struct grants {
    uint16_t at[2 * IMPORT_CHUNK_MAX]; /* in the plan's consents */
    bool own[2 * IMPORT_CHUNK_MAX];    /* by the place in the plan */
    size_t n;
};

static bool is_grant(const struct import_plan *plan, size_t i)
{
    return plan->by_joined[i] && plan->consents[i].state == CONSENT_GRANTED;
}

static enum rc ask_own(struct db *db, struct import_joined *j, const struct import_plan *plan,
                       struct grants *g)
{
    struct db_rows *rows;
    enum rc rc = id_list_text(&j->grants);

    if (!rc)
        rc = db_query(db, SQL_PRIMARIES, DB_IN(ID_LIST_IN(&j->grants)), &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const uint64_t n = db_get_u64(rows, 0);
        const struct consent_change *c;

        if (n < 1 || n > g->n)
            continue;
        c = &plan->consents[g->at[n - 1]];
        if (strcmp(channel_name(c->channel), db_get_text(rows, 1)) == 0 &&
            strcmp(c->address, db_get_text(rows, 2)) == 0)
            g->own[g->at[n - 1]] = true;
    }
    return db_rows_end(rows);
}

enum rc import_joined_keep_own(struct db *db, struct import_joined *j, struct import_plan *plan)
{
    struct grants g = { .n = 0 };
    size_t kept = 0;
    enum rc rc;

    id_list_reset(&j->grants);
    for (size_t i = 0; i < plan->n_consents; i++) {
        if (!is_grant(plan, i))
            continue;
        g.at[g.n++] = (uint16_t)i;
        id_list_add(&j->grants, plan->consents[i].customer_id);
    }
    if (!g.n)
        return RC_OK;
    rc = ask_own(db, j, plan, &g);
    if (rc)
        return rc;
    for (size_t i = 0; i < plan->n_consents; i++) {
        if (is_grant(plan, i) && !g.own[i])
            continue;
        plan->by_joined[kept] = plan->by_joined[i];
        plan->consents[kept++] = plan->consents[i];
    }
    plan->n_consents = kept;
    return RC_OK;
}
