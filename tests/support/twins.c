/* twins.c - see twins.h. */
#include "tests/support/twins.h"

#include <stddef.h>

#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

void twins_add(void)
{
    static const char *const rows[] = {
        "INSERT INTO partner VALUES (1, 'acme', 'Acme', '2025-01-01'),"
        " (2, 'shop', 'Shop', '2025-01-01')",
        "INSERT INTO customer_ref (partner_id, customer_number, customer_id, content_hash) VALUES"
        " (1, 'A-1', 1, REPEAT('x', 16)), (2, 'S-1', 2, REPEAT('x', 16)),"
        " (2, 'S-2', 2, REPEAT('x', 16))",
        "INSERT INTO contact_point (customer_id, channel, address, created_at) VALUES"
        " (2, 'email', 'helene@example.org', '2025-06-01')",
        "INSERT INTO custom_field VALUES (1, 'shoe', 'number'), (2, 'club', 'text')",
        "INSERT INTO customer_field VALUES (1, 1, '39', 39), (2, 1, '38', 38), (2, 2, 'A', NULL)",
        "INSERT INTO customer_order (id, partner_id, order_number, customer_id, collect_cents,"
        " ordered_at, import_id, import_row, content_hash) VALUES"
        " (5, 1, 'A-1', 1, 1000, '2026-02-02', 7, 1, REPEAT('x', 16)),"
        " (6, 2, 'S-1', 2, 500, '2026-03-02', 7, 1, REPEAT('x', 16)),"
        " (7, 2, 'S-2', 2, 700, '2026-01-02', 7, 1, REPEAT('x', 16))",
        "UPDATE customer SET order_count = 1, order_cents = 1000, last_order_at = '2026-02-02'"
        " WHERE id = 1",
        "UPDATE customer SET order_count = 2, order_cents = 1200, last_order_at = '2026-03-02'"
        " WHERE id = 2",
        "INSERT INTO invoice (id, customer_id, number, due_on, amount_cents, created_at) VALUES"
        " (3, 2, 'F-3', '2026-04-01', 1200, '2026-03-02')",
        "INSERT INTO message (id, customer_id, channel, class, state, address, sender, text,"
        " encoding, parts, created_at, expires_at, accepted_parts) VALUES"
        " (10, 1, 'sms', 'promo', 'delivered', '+33600000001', '36123', 'Bonjour', 'gsm7', 1,"
        "  '2026-02-03', '2026-02-04', 1),"
        " (11, 2, 'sms', 'promo', 'delivered', '+33600000002', '36123', 'Encore', 'gsm7', 1,"
        "  '2026-02-03', '2026-02-04', 1)",
        "INSERT INTO inbound_message (id, at, channel, from_address, to_address, text, customer_id)"
        "VALUES (20, '2026-02-03', 'sms', '+33600000002', '36123', 'Merci', 2)",
        "INSERT INTO occasion (id, name, kind, audience, template_id, template_version, body,"
        " sender, expires_s, created_at, updated_at)"
        " VALUES (1, 'b', 'birthday', '', 1, 1, 'x', '', 1, '2026-01-01', '2026-01-01')",
        "INSERT INTO occasion_sent (occasion_id, customer_id, subject_id, round, at, id) VALUES"
        " (1, 2, 0, 2026, '2026-01-01', 1)",
        "INSERT INTO occasion_event (occasion_id, customer_id, subject_id, round, at, due_at)"
        " VALUES (1, 1, 0, 2027, '2026-01-01', '2026-01-01'),"
        "  (1, 2, 0, 2027, '2026-01-01', '2026-01-01'), (1, 2, 6, 1, '2026-01-01', '2026-01-01')",
    };

    crowd_add(&(struct person){ .id = 1,
                                "+33600000001",
                                "granted",
                                .more = "first_name = 'Hélène', last_name = 'Roy', city = 'Lyon',"
                                        "promo_times = UNHEX('6500000064000000')" });
    crowd_add(&(struct person){
        2, "+33600000002", "granted",
        .more = "first_name = 'H.', last_name = 'Roy', company = 'Roy SARL', city = 'Paris',"
                "category_id = 1, birth_date = '1980-01-01', last_contact_at = '2026-05-01',"
                "promo_times = UNHEX('6580000063000000')" });
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        testdb_sql(rows[i]);
}

uint64_t twins_everything(void)
{
    static const char *const tables[] = {
        "SELECT CRC32(GROUP_CONCAT(CONCAT_WS('|', id, first_name, last_name, company, city,"
        " category_id, birth_date, order_count, order_cents, last_order_at, sms_standing,"
        " sms_prefix, consent_at) ORDER BY id)) FROM customer",
        "SELECT CRC32(GROUP_CONCAT(CONCAT_WS('|', customer_id, channel, address, is_primary, state)"
        " ORDER BY customer_id, channel, address)) FROM contact_point",
        "SELECT CRC32(GROUP_CONCAT(CONCAT_WS('|', customer_id, field_id, value)"
        " ORDER BY customer_id, field_id)) FROM customer_field",
        "SELECT CRC32(GROUP_CONCAT(CONCAT_WS('|', partner_id, customer_number, customer_id, joined)"
        " ORDER BY partner_id, customer_number)) FROM customer_ref",
        "SELECT CRC32(GROUP_CONCAT(CONCAT_WS('|', id, customer_id) ORDER BY id)) FROM "
        "customer_order",
        "SELECT CRC32(GROUP_CONCAT(CONCAT_WS('|', id, customer_id) ORDER BY id)) FROM message",
        "SELECT CRC32(GROUP_CONCAT(CONCAT_WS('|', id, customer_id) ORDER BY id)) FROM "
        "inbound_message",
        "SELECT CRC32(GROUP_CONCAT(CONCAT_WS('|', customer_id, channel, state, event_id, at)"
        " ORDER BY customer_id, channel)) FROM consent_current",
        "SELECT CRC32(GROUP_CONCAT(CONCAT_WS('|', campaign_id, customer_id, message_id)"
        " ORDER BY campaign_id, customer_id)) FROM campaign_recipient",
    };
    uint64_t sum = 0;

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        sum = sum * 31 + crowd_count(tables[i]);
    return sum;
}
