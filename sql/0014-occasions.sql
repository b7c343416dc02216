-- 0014-occasions.sql - messages that run by themselves.

CREATE TABLE occasion (
    id            BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    name          VARCHAR(40)       NOT NULL UNIQUE,
    kind          ENUM ('delivery_announced', 'delivery_moved', 'delivery_out', 'delivery_done',
                        'delivery_missed', 'first_order', 'inactive', 'birthday', 'invoice_due')
                  COLLATE utf8mb4_bin NOT NULL,
    state         ENUM ('off', 'on') COLLATE utf8mb4_bin NOT NULL DEFAULT 'off',
    version       INT UNSIGNED      NOT NULL DEFAULT 1 COMMENT 'grows with every change by a person',
    audience      TEXT              NOT NULL COMMENT 'the rule as written: a further condition',
    template_id   BIGINT UNSIGNED   NOT NULL,
    template_version INT UNSIGNED   NOT NULL COMMENT 'the newest one when the occasion was set',
    body          TEXT              NOT NULL COMMENT 'its first text',
    sender        VARCHAR(20)       NOT NULL,
    transliterate BOOLEAN           NOT NULL DEFAULT FALSE,
    delay_s       INT               NOT NULL DEFAULT 0 COMMENT 'below 0: before the window, or the day',
    at_minute     SMALLINT          NOT NULL DEFAULT -1 COMMENT 'of the customer''s day; -1: whenever it comes',
    days          SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'of kind inactive: without an order',
    expires_s     INT UNSIGNED      NOT NULL,
    cap           SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'messages a customer at most; 0: no cap',
    cap_days      SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT '... in so many days',
    since         DATETIME(6)       NULL COMMENT 'on since then: nothing older is an occasion',
    created_at    DATETIME(6)       NOT NULL,
    updated_at    DATETIME(6)       NOT NULL,
    -- The campaign that its messages belong to now: one a month and wording.
    campaign_id   BIGINT UNSIGNED   NULL,
    campaign_to   DATETIME(6)       NULL COMMENT 'the first moment that is not its month''s',
    -- Those that the clock brings are looked for in passes, a page at a time.
    pass_at       DATETIME(6)       NULL COMMENT 'when the next pass begins; NULL: it needs none',
    pass_key      BIGINT            NOT NULL DEFAULT 0 COMMENT 'the day (since 1970), or the last order (microseconds), at hand',
    pass_id       BIGINT UNSIGNED   NOT NULL DEFAULT 0 COMMENT 'of that key, the customers or invoices up to this one are done'
);

CREATE TABLE occasion_event (
    occasion_id   BIGINT UNSIGNED   NOT NULL,
    customer_id   BIGINT UNSIGNED   NOT NULL,
    subject_id    BIGINT UNSIGNED   NOT NULL COMMENT 'the order, or invoice; 0: the customer alone',
    round         INT UNSIGNED      NOT NULL COMMENT 'which of several: the year of a birthday, the window of a delivery ...',
    at            DATETIME(6)       NOT NULL COMMENT 'when we heard of it',
    due_at        DATETIME(6)       NOT NULL COMMENT 'when to look at it again',
    PRIMARY KEY (occasion_id, customer_id, subject_id, round),
    KEY by_due (occasion_id, due_at)
) COMMENT 'news that an occasion waits for; a row goes when its message is made, or is not to be';

CREATE TABLE occasion_sent (
    occasion_id   BIGINT UNSIGNED   NOT NULL,
    customer_id   BIGINT UNSIGNED   NOT NULL,
    subject_id    BIGINT UNSIGNED   NOT NULL,
    round         INT UNSIGNED      NOT NULL,
    at            DATETIME(6)       NOT NULL,
    message_id    BIGINT UNSIGNED   NULL COMMENT 'NULL: left out',
    reason        VARCHAR(32)       NOT NULL DEFAULT '' COMMENT 'why left out: an exclusion, expired, overtaken',
    id            BIGINT UNSIGNED   NOT NULL COMMENT 'carries the time: the log''s order',
    PRIMARY KEY (occasion_id, customer_id, subject_id, round),
    KEY by_id (occasion_id, id)
) COMMENT 'what became of each event; the key is why nothing is sent twice';

ALTER TABLE campaign
    ADD COLUMN occasion_id BIGINT UNSIGNED NULL COMMENT 'whose messages it holds',
    ADD KEY by_occasion (occasion_id, id);

-- When an order turned, as far as we know: rehearsals of a past day ask for it.
ALTER TABLE customer_order
    ADD COLUMN heard_at     DATETIME(6) NULL COMMENT 'when it first came',
    ADD COLUMN planned_at   DATETIME(6) NULL COMMENT 'when it was planned with the window that it has',
    ADD COLUMN moved_at     DATETIME(6) NULL COMMENT 'when its window became another one',
    ADD COLUMN out_at       DATETIME(6) NULL,
    ADD COLUMN delivered_at DATETIME(6) NULL,
    ADD COLUMN missed_at    DATETIME(6) NULL,
    ADD COLUMN cancelled_at DATETIME(6) NULL;

ALTER TABLE customer
    ADD KEY by_last_order (last_order_at);

CREATE TABLE invoice (
    id            BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    customer_id   BIGINT UNSIGNED   NOT NULL,
    order_id      BIGINT UNSIGNED   NULL,
    number        VARCHAR(64)       NOT NULL COLLATE utf8mb4_bin,
    due_on        DATE              NOT NULL,
    amount_cents  BIGINT            NOT NULL,
    currency      CHAR(3)           NOT NULL DEFAULT 'EUR',
    created_at    DATETIME(6)       NOT NULL,
    paid_at       DATETIME(6)       NULL,
    KEY by_customer (customer_id),
    KEY by_due (due_on)
) COMMENT 'what customers have to pay, as far as occasions need to know it';
