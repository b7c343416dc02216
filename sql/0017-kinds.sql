-- 0017-kinds.sql - what partners tell of besides orders and customers: statuses, products and
-- prices, invoices and payments, addresses not to be written to.

-- ---- statuses -------------------------------------------------------------------------------------

ALTER TABLE customer_order
    ADD COLUMN status_at DATETIME(6) NULL COMMENT 'when it became so, by the partner''s word; NULL: not said',
    ADD COLUMN row_status ENUM ('planned', 'out', 'delivered', 'missed', 'cancelled') NULL
               COMMENT 'what the last row of an orders file said: one that only repeats it moves nothing';

CREATE TABLE order_event (
    id          BIGINT UNSIGNED   NOT NULL PRIMARY KEY COMMENT 'carries the time',
    order_id    BIGINT UNSIGNED   NOT NULL,
    partner_id  SMALLINT UNSIGNED NOT NULL COMMENT 'whose order it is',
    at          DATETIME(6)       NOT NULL COMMENT 'when it happened',
    status      ENUM ('planned', 'out', 'delivered', 'missed', 'cancelled') NOT NULL,
    place       VARCHAR(100)      NOT NULL DEFAULT '',
    note        VARCHAR(200)      NOT NULL DEFAULT '',
    import_id   BIGINT UNSIGNED   NULL,
    import_row  INT UNSIGNED      NULL,
    recorded_at DATETIME(6)       NOT NULL,
    was         ENUM ('planned', 'out', 'delivered', 'missed', 'cancelled') NULL
                COMMENT 'what the order was before; NULL: it moved nothing, what is known is newer',
    was_at      DATETIME(6)       NULL COMMENT 'its status_at before',
    KEY by_order (order_id),
    KEY by_partner (partner_id, id),
    KEY by_import (import_id, import_row)
) COMMENT 'append-only, but for the undoing of an import: what happened to orders, as partners tell it';

-- ---- products -------------------------------------------------------------------------------------

CREATE TABLE product (
    id               BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    partner_id       SMALLINT UNSIGNED NOT NULL,
    code             VARCHAR(64)       NOT NULL COLLATE utf8mb4_bin,
    label            VARCHAR(200)      NOT NULL,
    product_range_id SMALLINT UNSIGNED NULL,
    withdrawn_at     DATETIME(6)       NULL COMMENT 'no longer sold since we heard so',
    import_id        BIGINT UNSIGNED   NOT NULL COMMENT 'the last one that changed it',
    import_row       INT UNSIGNED      NOT NULL,
    created_at       DATETIME(6)       NOT NULL,
    updated_at       DATETIME(6)       NOT NULL,
    UNIQUE KEY by_code (partner_id, code),
    KEY by_range (product_range_id)
);

CREATE TABLE product_price (
    product_id BIGINT UNSIGNED NOT NULL,
    currency   CHAR(3)         NOT NULL,
    valid_from DATE            NOT NULL COMMENT 'the day of the file when it does not say',
    valid_to   DATE            NULL     COMMENT 'the last day; NULL: until there is another',
    cents      BIGINT          NOT NULL,
    import_id  BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (product_id, currency, valid_from)
) COMMENT 'old prices stay';

-- ---- invoices and payments ------------------------------------------------------------------------

ALTER TABLE invoice
    ADD COLUMN partner_id   SMALLINT UNSIGNED NULL AFTER id,
    ADD COLUMN issued_on    DATE              NULL AFTER number,
    MODIFY COLUMN due_on    DATE              NULL COMMENT 'NULL: nobody said; no reminder',
    ADD COLUMN state        ENUM ('open', 'paid', 'cancelled') COLLATE utf8mb4_bin NOT NULL DEFAULT 'open'
                            COMMENT 'as its own rows say; payments are summed up besides',
    ADD COLUMN paid_cents   BIGINT            NOT NULL DEFAULT 0 COMMENT 'sum of its payments; may be more than is due',
    MODIFY COLUMN paid_at   DATETIME(6)       NULL COMMENT 'when we learnt that nothing is due any more',
    ADD COLUMN cancelled_at DATETIME(6)       NULL,
    ADD COLUMN import_id    BIGINT UNSIGNED   NULL COMMENT 'the last one that changed it',
    ADD COLUMN import_row   INT UNSIGNED      NULL,
    ADD COLUMN content_hash BINARY(16)        NULL COMMENT 'of its last row',
    ADD COLUMN updated_at   DATETIME(6)       NULL,
    ADD UNIQUE KEY by_number (partner_id, number);

CREATE TABLE payment (
    id           BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    partner_id   SMALLINT UNSIGNED NOT NULL,
    invoice_id   BIGINT UNSIGNED   NOT NULL,
    payment_key  VARCHAR(80)       NOT NULL COLLATE utf8mb4_bin
                 COMMENT 'r:its reference; or day:cents:nth, the nth such one of a file',
    reference    VARCHAR(64)       NOT NULL DEFAULT '' COLLATE utf8mb4_bin,
    paid_on      DATE              NOT NULL,
    amount_cents BIGINT            NOT NULL COMMENT 'below 0: taken back',
    currency     CHAR(3)           NOT NULL,
    import_id    BIGINT UNSIGNED   NOT NULL COMMENT 'the one that made it',
    seen_import_id BIGINT UNSIGNED NOT NULL COMMENT 'the last one that had it',
    seen_run     SMALLINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'and in which of its runs',
    import_row   INT UNSIGNED      NOT NULL,
    recorded_at  DATETIME(6)       NOT NULL,
    UNIQUE KEY by_key (invoice_id, payment_key)
);

-- ---- addresses that are not to be written to ------------------------------------------------------

ALTER TABLE suppression
    MODIFY COLUMN suppressed_at DATETIME(6) NULL COMMENT 'by carriers or by a list; NULL: not (yet)',
    ADD COLUMN carrier_at DATETIME(6) NULL COMMENT 'when carriers had said so often enough; NULL: they have not';
UPDATE suppression SET carrier_at = suppressed_at;

CREATE TABLE suppression_listing (
    channel        ENUM ('sms', 'email') COLLATE utf8mb4_bin NOT NULL,
    address        VARCHAR(254)      NOT NULL COLLATE utf8mb4_bin,
    partner_id     SMALLINT UNSIGNED NOT NULL,
    reason         VARCHAR(64)       NOT NULL,
    until_at       DATETIME(6)       NULL COMMENT 'NULL: for good',
    import_id      BIGINT UNSIGNED   NOT NULL COMMENT 'the one that put it there',
    seen_import_id BIGINT UNSIGNED   NOT NULL COMMENT 'the last one that had it',
    listed_at      DATETIME(6)       NOT NULL,
    PRIMARY KEY (channel, address, partner_id),
    KEY by_until (until_at)
) COMMENT 'a partner''s word that an address is not to be written to; suppression says what follows';
