-- 0003-inbound.sql - messages from customers: in parts, with keywords of one's own, as replies.

ALTER TABLE inbound_message
    MODIFY keyword VARCHAR(32) NOT NULL DEFAULT ''
        COMMENT 'stop, start, help, or the name of a keyword section' COLLATE utf8mb4_bin,
    ADD answers_message_id BIGINT UNSIGNED NULL COMMENT 'the message of ours that it replies to',
    ADD parts              TINYINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'as the sender counted them',
    ADD incomplete         BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'parts were missing: [...] in the text',
    ADD KEY by_keyword (keyword);

CREATE TABLE inbound_whole (
    id            BIGINT UNSIGNED   NOT NULL PRIMARY KEY COMMENT 'of the first of its parts to arrive',
    carrier_id    SMALLINT UNSIGNED NOT NULL,
    from_address  VARCHAR(80)       NOT NULL COLLATE utf8mb4_bin,
    to_address    VARCHAR(80)       NOT NULL COLLATE utf8mb4_bin,
    ref           SMALLINT UNSIGNED NOT NULL,
    total         TINYINT UNSIGNED  NOT NULL COMMENT 'parts in all',
    turn          INT UNSIGNED      NOT NULL COMMENT 'the same reference again: 0, 1, 2 ...',
    have          TINYINT UNSIGNED  NOT NULL COMMENT 'parts that are here',
    first_at      DATETIME(6)       NOT NULL,
    UNIQUE KEY by_reference (from_address, ref, total, carrier_id, to_address, turn),
    KEY by_age (first_at)
) COMMENT 'messages that come in parts; complete ones stay a while, to know a part that comes twice';

CREATE TABLE inbound_part (
    whole_id      BIGINT UNSIGNED   NOT NULL,
    part          TINYINT UNSIGNED  NOT NULL COMMENT 'from 1',
    data_coding   TINYINT UNSIGNED  NOT NULL,
    header        VARBINARY(255)    NOT NULL COMMENT 'the user data header, with its length',
    data          VARBINARY(255)    NOT NULL COMMENT 'the text as it came',
    PRIMARY KEY (whole_id, part)
);

CREATE TABLE consent_due (
    channel        ENUM ('sms', 'email')          NOT NULL,
    address        VARCHAR(254)                   NOT NULL COLLATE utf8mb4_bin,
    state          ENUM ('granted', 'withdrawn')  NOT NULL,
    next_customer  BIGINT UNSIGNED NOT NULL COMMENT 'customers below this one have their event',
    inbound_id     BIGINT UNSIGNED NOT NULL,
    at             DATETIME(6)     NOT NULL,
    wording        VARCHAR(500)    NOT NULL,
    PRIMARY KEY (channel, address)
) COMMENT 'a STOP or START for an address of very many customers: what of the ledger is still to be written';
