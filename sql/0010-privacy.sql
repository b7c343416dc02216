-- 0010-privacy.sql - numbers that carriers say are nobody's, and the erasure of a customer.

-- Further subjects come with further commands; a name says it as well as a place in a list.
ALTER TABLE audit_entry
    MODIFY subject VARCHAR(20) COLLATE utf8mb4_bin NOT NULL;

-- ---- numbers that are nobody's ------------------------------------------------------------------

CREATE TABLE suppression (
    channel         ENUM ('sms', 'email') COLLATE utf8mb4_bin NOT NULL,
    address         VARCHAR(254)      NOT NULL COLLATE utf8mb4_bin,
    strikes         SMALLINT UNSIGNED NOT NULL COMMENT 'messages in a row of which a carrier said so',
    last_message_id BIGINT UNSIGNED   NOT NULL COMMENT 'the newest of them',
    carrier_id      SMALLINT UNSIGNED NOT NULL COMMENT 'which said so of it ...',
    reason          VARCHAR(64)       NOT NULL COMMENT '... in these words',
    at              DATETIME(6)       NOT NULL,
    suppressed_at   DATETIME(6)       NULL COMMENT 'NULL: not often enough yet',
    pending         BOOLEAN           NOT NULL DEFAULT FALSE COMMENT 'suppressed, and the contact points do not say so yet',
    PRIMARY KEY (channel, address),
    KEY by_pending (pending),
    KEY by_time (suppressed_at)
) COMMENT 'addresses whose subscriber is unknown to a carrier, whoever they belong to now or later';

ALTER TABLE stray_receipt
    ADD COLUMN suppress_after SMALLINT UNSIGNED NOT NULL DEFAULT 0
        COMMENT 'so many answers like this one suppress the address; 0: it says nothing of it';

-- ---- erasure --------------------------------------------------------------------------------------

-- A line of version 3 has in its hash not who it was and what was said, but a seal of it.
ALTER TABLE consent_event
    ADD COLUMN seal VARBINARY(32) NOT NULL DEFAULT ''
        COMMENT '16 bytes: the salt of the seal of address, wording, page and remote_address; 32: the seal itself, of what was erased'
        AFTER signed_at;

CREATE TABLE erasure (
    customer_id   BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    who           VARCHAR(64)     NOT NULL,
    reason        VARCHAR(200)    NOT NULL,
    asked_at      DATETIME(6)     NOT NULL,
    step          ENUM ('messages', 'replies', 'by_address', 'ledger', 'waiting', 'done') COLLATE utf8mb4_bin NOT NULL
                  COMMENT 'waiting: finished; what was on its way meanwhile is looked for once more',
    next_id       BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'of messages or replies: those below were dealt with',
    due_at        DATETIME(6)     NOT NULL COMMENT 'not to be gone on with before',
    message_total BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'when it was asked for',
    message_n     BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'messages whose text and address are gone',
    cancelled_n   BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'of them, those that had not been sent',
    inbound_n     BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'the same of messages from the customer',
    finished_at   DATETIME(6)     NULL,
    KEY by_step (step, due_at)
) COMMENT 'customers who are being, or were, erased';

CREATE TABLE erasure_address (
    customer_id  BIGINT UNSIGNED       NOT NULL,
    channel      ENUM ('sms', 'email') NOT NULL,
    address      VARCHAR(254)          NOT NULL COLLATE utf8mb4_bin,
    is_shared    BOOLEAN               NOT NULL COMMENT 'another customer has it, too',
    PRIMARY KEY (customer_id, channel, address)
) COMMENT 'what an erasure under way has to look for; empty once it is done';

CREATE TABLE opt_out_erased (
    channel    ENUM ('sms', 'email') COLLATE utf8mb4_bin NOT NULL,
    pseudonym  CHAR(33)              NOT NULL COLLATE utf8mb4_bin,
    sender     VARCHAR(20)           NOT NULL COLLATE utf8mb4_bin COMMENT 'as in opt_out',
    at         DATETIME(6)           NOT NULL,
    PRIMARY KEY (channel, pseudonym, sender)
) COMMENT 'objections of erased customers: should the address come again, it is on opt_out again';

CREATE TABLE pseudonym_key (
    id           TINYINT UNSIGNED NOT NULL PRIMARY KEY COMMENT '1',
    fingerprint  BINARY(16)       NOT NULL
) COMMENT 'which key makes the pseudonyms: every node needs the same';

-- An erasure goes by the number.
ALTER TABLE campaign_shared_address
    ADD KEY by_address (address);
