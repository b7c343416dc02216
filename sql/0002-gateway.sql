-- 0002-gateway.sql - queues by route, events beside their message, receipts without a message, the
-- messages nobody knows about, and what each carrier was given a day.

-- ---- the queue ------------------------------------------------------------------------------------

CREATE TABLE queue (
    id      SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
    name    VARCHAR(80)       NOT NULL UNIQUE COMMENT 'a route, or "route sender" where the sender has limits of its own',
    state   ENUM ('open', 'held') NOT NULL DEFAULT 'open'
) COMMENT 'messages of one queue leave by one route, so that a slow one holds up no other';

INSERT IGNORE INTO queue (id, name) VALUES (1, 'default');
INSERT IGNORE INTO id_block (kind, next_id) VALUES ('queue', 2);

ALTER TABLE outbox_slice
    ADD COLUMN queue_id SMALLINT UNSIGNED NOT NULL DEFAULT 1 AFTER round,
    DROP KEY in_order,
    ADD KEY in_order (queue_id, state, class, due_at, id);

-- ---- messages -------------------------------------------------------------------------------------

-- Names are compared as bytes: the claim and the fold look at them for every message.
ALTER TABLE message
    ADD COLUMN queue_id SMALLINT UNSIGNED NOT NULL DEFAULT 1 AFTER customer_id,
    MODIFY channel  ENUM ('sms', 'email') COLLATE utf8mb4_bin NOT NULL,
    MODIFY class    ENUM ('alert', 'service', 'promo') COLLATE utf8mb4_bin NOT NULL,
    MODIFY state    ENUM ('queued', 'submitting', 'accepted', 'delivered', 'failed', 'expired',
                          'unknown', 'held', 'cancelled') COLLATE utf8mb4_bin NOT NULL DEFAULT 'queued',
    MODIFY encoding ENUM ('gsm7', 'ucs2') COLLATE utf8mb4_bin NOT NULL;

ALTER TABLE consent_current
    MODIFY channel ENUM ('sms', 'email') COLLATE utf8mb4_bin NOT NULL,
    MODIFY purpose ENUM ('promo', 'service') COLLATE utf8mb4_bin NOT NULL,
    MODIFY state   ENUM ('granted', 'withdrawn') COLLATE utf8mb4_bin NOT NULL;

ALTER TABLE opt_out
    MODIFY channel ENUM ('sms', 'email') COLLATE utf8mb4_bin NOT NULL;

CREATE TABLE stray_receipt (
    id               BIGINT UNSIGNED   NOT NULL PRIMARY KEY COMMENT 'in the order of their coming; carries its time, as an event''s',
    at               DATETIME(6)       NOT NULL,
    kind             ENUM ('delivered', 'failed', 'expired', 'progress') NOT NULL,
    carrier_id       SMALLINT UNSIGNED NOT NULL,
    smsc_message_id  VARCHAR(65)       NOT NULL COLLATE utf8mb4_bin,
    other_id         VARCHAR(65)       NOT NULL COLLATE utf8mb4_bin COMMENT 'another reading of it',
    address          VARCHAR(66)       NOT NULL COLLATE utf8mb4_bin COMMENT 'the handset',
    reference        SMALLINT UNSIGNED NOT NULL COMMENT 'user_message_reference, 0: it was not repeated',
    whole_text       BOOLEAN           NOT NULL COMMENT 'its carrier takes all parts of a text at once',
    code             INT UNSIGNED      NOT NULL,
    detail           VARCHAR(64)       NOT NULL
) COMMENT 'receipts whose message is not known (yet): they wait for it';

INSERT IGNORE INTO stray_receipt
SELECT id, at, kind, carrier_id, smsc_message_id, '', '', 0, FALSE, code, detail
  FROM message_event
 WHERE message_id = 0 AND smsc_message_id IS NOT NULL
   AND kind IN ('delivered', 'failed', 'expired', 'progress');

DELETE FROM message_event WHERE message_id = 0;

-- The events of a message stand together; only an acceptance carries an id to be found by.
ALTER TABLE message_event
    DROP PRIMARY KEY,
    ADD PRIMARY KEY (message_id, id),
    DROP KEY by_message,
    MODIFY kind ENUM ('accepted', 'refused', 'delivered', 'failed', 'expired', 'unknown',
                      'requeued', 'cancelled', 'held', 'progress', 'released') COLLATE utf8mb4_bin NOT NULL;

CREATE TABLE message_unknown (
    message_id  BIGINT UNSIGNED   NOT NULL,
    part        TINYINT UNSIGNED  NOT NULL,
    carrier_id  SMALLINT UNSIGNED NOT NULL COMMENT 'who may have it; 0: any, as after a crash',
    address     VARCHAR(66)       NOT NULL COLLATE utf8mb4_bin,
    reference   SMALLINT UNSIGNED NOT NULL COMMENT 'the user_message_reference that was sent with it',
    at          DATETIME(6)       NOT NULL,
    PRIMARY KEY (message_id, part),
    KEY by_reference (address, reference)
) COMMENT 'parts that may be with a carrier and were never answered: a receipt can settle them';

-- ---- carriers -------------------------------------------------------------------------------------

ALTER TABLE carrier
    ADD COLUMN state ENUM ('on', 'drained', 'stopped') NOT NULL DEFAULT 'on'
        COMMENT 'by an operator: drained takes no new messages, stopped is not connected';

CREATE TABLE traffic_day (
    day         DATE              NOT NULL COMMENT 'where sms.timezone is',
    carrier_id  SMALLINT UNSIGNED NOT NULL,
    sender      VARCHAR(20)       NOT NULL COLLATE utf8mb4_bin,
    parts       BIGINT UNSIGNED   NOT NULL,
    PRIMARY KEY (day, carrier_id, sender)
) COMMENT 'parts that carriers accepted';
