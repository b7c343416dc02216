/* audience_past.c - tests that look into other tables: campaigns, replies, fields of one's own. */
#include "store/audience_compiler.h"
#include "store/audience_names.h"
#include "store/replied_sql.h"

/* --- campaigns --- */

/* One join a campaign, however often the rule asks; its place among them is `*nth`. */
static enum rc join_campaign(struct audience_compiler *c, const struct audience_node *test,
                             uint64_t id, size_t *nth)
{
    struct audience_sql *out = c->out;
    size_t i = 0;

    while (i < c->n_campaigns && c->campaigns[i] != id)
        i++;
    *nth = i;
    if (i < c->n_campaigns)
        return RC_OK;
    if (i == AUDIENCE_CAMPAIGNS_MAX)
        return audience_fault(c->rule, test->at, c->err,
                              "a rule may ask of %d campaigns who received them",
                              AUDIENCE_CAMPAIGNS_MAX);
    buffer_printf(&out->joins,
                  "  LEFT JOIN campaign_member m%zu"
                  "         ON m%zu.campaign_id = ? AND m%zu.chunk = c.id >> 12",
                  i, i, i);
    c->campaigns[c->n_campaigns++] = id;
    out->join_values[out->n_join_values++] = db_u64(id);
    return RC_OK;
}

/* Bit (id & 7) of byte ((id & 4095) >> 3). Bits behind the map's end are not set. */
enum rc audience_add_received(struct audience_compiler *c, const struct audience_node *test)
{
    struct audience_campaign campaign;
    size_t nth;
    enum rc rc = audience_campaign_find(c->db, c->rule, test, 0, &campaign, c->err);

    if (!rc)
        rc = join_campaign(c, test, campaign.id, &nth);
    if (!rc)
        buffer_printf(&c->out->text,
                      "(m%zu.bits IS NOT NULL AND"
                      " (ORD(SUBSTR(m%zu.bits, ((c.id & 4095) >> 3) + 1, 1)) >> (c.id & 7)) & 1)",
                      nth, nth);
    return rc;
}

enum rc audience_add_replied(struct audience_compiler *c, const struct audience_node *test)
{
    struct audience_campaign campaign;
    enum rc rc = audience_campaign_find(c->db, c->rule, test, 0, &campaign, c->err);

    if (c->form == AUDIENCE_FOR_ALL)
        audience_add(c, "c.id IN (SELECT m.customer_id FROM inbound_message i"
                        " JOIN message m ON m.id = i.answers_message_id"
                        " WHERE i.answers_message_id BETWEEN ? AND ? AND m.campaign_id = ?"
                        " AND m.customer_id IS NOT NULL" BY_A_PERSON ")");
    else
        audience_add(
            c,
            "EXISTS (SELECT 1 FROM message m"
            " JOIN inbound_message i ON i.answers_message_id = m.id"
            " WHERE m.customer_id = c.id AND m.id BETWEEN ? AND ? AND m.campaign_id = ?" BY_A_PERSON
            ")");
    if (!rc)
        rc = audience_bind(c, db_u64(campaign.first_message));
    if (!rc)
        rc = audience_bind(c, db_u64(campaign.last_message));
    return rc ? rc : audience_bind(c, db_u64(campaign.id));
}

/* --- fields of one's own --- */

static enum rc add_own_values(struct audience_compiler *c, const struct audience_node *test,
                              enum own_kind kind)
{
    enum rc rc = RC_OK;
    int64_t number;

    audience_add(c, kind == OWN_TEXT ? " AND f.value IN (" : " AND f.number IN (");
    for (size_t i = 0; !rc && i < test->n_values; i++) {
        audience_add(c, i ? ", ?" : "?");
        if (kind != OWN_TEXT)
            rc = audience_own_number(c->rule, test, i, kind, &number, c->err);
        if (!rc)
            rc =
                audience_bind(c, kind == OWN_TEXT ? db_text(test->values[i].text) : db_i64(number));
    }
    audience_add(c, ")");
    return rc;
}

static enum rc add_own_order(struct audience_compiler *c, const struct audience_node *test,
                             enum own_kind kind)
{
    /* What is longer ago is earlier. */
    static const enum audience_op turned[] = {
        [AUDIENCE_LT] = AUDIENCE_GT,
        [AUDIENCE_LE] = AUDIENCE_GE,
        [AUDIENCE_GT] = AUDIENCE_LT,
        [AUDIENCE_GE] = AUDIENCE_LE,
    };
    struct civil day;
    int64_t number;
    enum rc rc;

    audience_add(c, " AND f.number");
    if (!test->ago) {
        audience_add(c, audience_number_ops[test->op]);
        rc = audience_own_number(c->rule, test, 0, kind, &number, c->err);
        return rc ? rc : audience_bind(c, db_i64(number));
    }
    audience_add(c, audience_number_ops[turned[test->op]]);
    rc = audience_today(c, &day);
    if (rc)
        return rc;
    if (test->months)
        day = audience_months_before(day, test->months);
    else
        day = clock_civil(clock_from_civil(&day) - test->number * USEC_PER_SEC);
    return audience_bind(c, db_i64(audience_date_number(&day)));
}

enum rc audience_add_own(struct audience_compiler *c, const struct audience_node *test)
{
    struct audience_own own;
    enum rc rc = audience_own_find(c->db, c->rule, test, &own, c->err);

    if (rc)
        return rc;
    audience_add(c, test->op == AUDIENCE_NEVER ? "(NOT " : "(");
    audience_add(c, c->form == AUDIENCE_FOR_ALL
                        ? "c.id IN (SELECT f.customer_id FROM customer_field f WHERE f.field_id = ?"
                        : "EXISTS (SELECT 1 FROM customer_field f WHERE f.customer_id = c.id"
                          " AND f.field_id = ?");
    rc = audience_bind(c, db_u64(own.id));
    if (!rc && test->op == AUDIENCE_LIKE) {
        audience_add(c, " AND f.value LIKE ?");
        rc = audience_bind(c, db_text(test->values[0].text));
    } else if (!rc && (test->op == AUDIENCE_EQ || test->op == AUDIENCE_IN)) {
        rc = add_own_values(c, test, own.kind);
    } else if (!rc && test->op != AUDIENCE_NEVER) {
        rc = add_own_order(c, test, own.kind);
    }
    audience_add(c, "))");
    return rc;
}
