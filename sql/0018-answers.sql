-- 0018-answers.sql - what partners are told, by when they are to have come, and what a person must hear of.

ALTER TABLE import
    ADD COLUMN answered_at DATETIME(6) NULL COMMENT 'its receipt is in out/, and who must hear of it does',
    ADD KEY by_partner (partner_id, received_at);

CREATE TABLE alert (
    id         BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    kind       VARCHAR(32)     NOT NULL COLLATE utf8mb4_bin,
    subject    VARCHAR(120)    NOT NULL COLLATE utf8mb4_bin COMMENT 'what it is about: a profile ...',
    text       VARCHAR(300)    NOT NULL,
    opened_at  DATETIME(6)     NOT NULL,
    closed_at  DATETIME(6)     NULL,
    closed_by  VARCHAR(64)     NOT NULL DEFAULT '' COMMENT 'a user; "": what it was about is settled',
    open_key   BIGINT UNSIGNED AS (IF(closed_at IS NULL, 0, id)) PERSISTENT,
    UNIQUE KEY one_open (kind, subject, open_key),
    KEY by_open (open_key, id)
) COMMENT 'something a person must look at; of a kind and subject at most one is open';

CREATE TABLE partner_schedule (
    profile     VARCHAR(65)       NOT NULL COLLATE utf8mb4_bin,
    what        ENUM ('status_file', 'expect') COLLATE utf8mb4_bin NOT NULL,
    partner_id  SMALLINT UNSIGNED NOT NULL,
    done_at     DATETIME(6)       NOT NULL COMMENT 'the last due time that was dealt with',
    last_id      BIGINT UNSIGNED  NOT NULL DEFAULT 0 COMMENT 'status_file: changes of orders up to this id are told',
    last_message BIGINT UNSIGNED  NOT NULL DEFAULT 0 COMMENT '... and of messages',
    files       INT UNSIGNED      NOT NULL DEFAULT 0 COMMENT 'status files written: the number of the last one',
    -- A file under way: written again as it was, should it not have come to its end.
    making_at   DATETIME(6)       NULL COMMENT 'the due time that it is for',
    making_to   BIGINT UNSIGNED   NOT NULL DEFAULT 0 COMMENT 'changes of orders up to this id are in it',
    making_to_message BIGINT UNSIGNED NOT NULL DEFAULT 0,
    PRIMARY KEY (profile, what)
) COMMENT 'what is done by the clock for partners, and how far it got';
