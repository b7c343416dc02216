/* relaisctl_lists.c - the columns of long lists: as tables and, by their fields, as CSV. */
#include "relaisctl.h"

static const struct column recipient_columns[] = {
    { "CUSTOMER", "customer_id", 'n', 0 },
    { "NUMBER", "to", 't', 0 },
    { "MESSAGE", "message_id", 'n', 0 },
    { "STATE", "state", 't', 0 },
    { "BECAUSE", "reason", 't', 30 },
    { "ATTEMPTS", "attempts", 'n', 0 },
    { "LAST (UTC)", "last_event_at", 'd', 0 },
    { "TEXT", "variant", 't', 0 },
    { "REPLIED", "replied", 'n', 0 },
    { "VISITED", "visited", 'n', 0 },
    { "ORDERS", "orders", 'n', 0 },
};
const struct ctl_list ctl_recipients = { "recipients", recipient_columns, 11 };

#define OUTCOME_COLUMNS                                                                   \
    { "", "messages", 'n', 0 }, { "", "sent", 'n', 0 }, { "", "delivered", 'n', 0 },      \
        { "", "failed", 'n', 0 }, { "", "segments", 'n', 0 }, { "", "replied", 'n', 0 },  \
        { "", "visited", 'n', 0 }, { "", "opted_out", 'n', 0 }, { "", "buyers", 'n', 0 }, \
        { "", "orders", 'n', 0 }, { "", "revenue_cents", 'n', 0 },                        \
    {                                                                                     \
        "", "cost_cents", 'n', 0                                                          \
    }
static const struct column result_columns[] = { { "", "text", 't', 0 }, OUTCOME_COLUMNS };
const struct ctl_list ctl_result_rows = { "rows", result_columns, 13 };
static const struct column comparison_columns[] = {
    { "", "id", 'n', 0 },
    { "", "name", 't', 0 },
    { "", "started_at", 'd', 0 },
    { "", "audience", 'n', 0 },
    OUTCOME_COLUMNS,
    { "", "held_out", 'n', 0 },
    { "", "held_out_buyers", 'n', 0 },
};
const struct ctl_list ctl_comparison_rows = { "campaigns", comparison_columns, 18 };

static const struct column renewal_columns[] = {
    { "CUSTOMER", "customer_id", 'n', 0 },
    { "FIRST NAME", "first_name", 't', 20 },
    { "NAME", "last_name", 't', 24 },
    { "COMPANY", "company", 't', 24 },
    { "PHONE", "phone", 't', 0 },
    { "GRANTED (UTC)", "granted_at", 'd', 0 },
    { "LAST CONTACT (UTC)", "last_contact_at", 'd', 0 },
    { "ENDS (UTC)", "ends_at", 'd', 0 },
};
const struct ctl_list ctl_renewals = { "renewals", renewal_columns, 8 };

static const struct column suppressed_columns[] = {
    { "NUMBER", "address", 't', 0 },  { "SINCE (UTC)", "suppressed_at", 'd', 0 },
    { "BECAUSE", "reason", 't', 30 }, { "CARRIER", "carrier", 't', 20 },
    { "ANSWERS", "answers", 'n', 0 }, { "CUSTOMER", "customer_id", 'n', 0 },
};
const struct ctl_list ctl_suppressed = { "suppressed", suppressed_columns, 6 };
static const struct column occasion_log_columns[] = {
    { "AT (UTC)", "at", 'd', 0 },    { "CUSTOMER", "customer_id", 'n', 0 },
    { "NUMBER", "number", 't', 24 }, { "MESSAGE", "message_id", 'n', 0 },
    { "STATE", "state", 't', 0 },    { "BECAUSE", "reason", 't', 30 },
};
const struct ctl_list ctl_occasion_log = { "entries", occasion_log_columns, 6 };
