-- 0008-audience.sql - audiences that have a name.

CREATE TABLE audience (
    id          BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    name        VARCHAR(64)     NOT NULL UNIQUE,
    rule        TEXT            NOT NULL COMMENT 'in its canonical spelling',
    created_at  DATETIME(6)     NOT NULL,
    updated_at  DATETIME(6)     NOT NULL,
    updated_by  VARCHAR(64)     NOT NULL COMMENT 'who wrote the rule'
) COMMENT 'rules with a name; a campaign gets a copy';

-- Who replied to a campaign: the replies to its messages.
ALTER TABLE inbound_message
    ADD KEY by_answered (answers_message_id);

-- All that a rule asks of orders is in the index: a million customers' are grouped without a look at
-- the orders themselves.
ALTER TABLE customer_order
    DROP KEY by_customer,
    ADD KEY by_customer (customer_id, ordered_at, status, product_range_id, collect_cents);
