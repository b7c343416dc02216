-- 0004-operate.sql - what an operator does to messages and campaigns, and the book of who did it.

CREATE TABLE audit_entry (
    id          BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    at          DATETIME(6)     NOT NULL,
    who         VARCHAR(64)     NOT NULL,
    verb        VARCHAR(32)     NOT NULL,
    subject     ENUM ('message', 'campaign') NOT NULL,
    subject_id  BIGINT UNSIGNED NOT NULL,
    detail      VARCHAR(200)    NOT NULL DEFAULT '',
    KEY by_subject (subject, subject_id)
) COMMENT 'append-only: one row a command that changed something; ids carry their time';

ALTER TABLE message_event
    MODIFY kind ENUM ('accepted', 'refused', 'delivered', 'failed', 'expired', 'unknown',
                      'requeued', 'cancelled', 'held', 'progress', 'released', 'retried')
           COLLATE utf8mb4_bin NOT NULL;

-- The gateway numbers rounds 0 to 250, by attempts. What an operator queues again takes a free one
-- from 256 on, so that the two can never be the same row.
ALTER TABLE outbox_slice
    MODIFY round SMALLINT UNSIGNED NOT NULL DEFAULT 0
           COMMENT 'how often these messages were tried before; from 256: queued by an operator';

ALTER TABLE campaign
    ADD clear_next BIGINT UNSIGNED NOT NULL DEFAULT 0
        COMMENT 'of a cancelled campaign: its messages below this id are settled' AFTER last_message;

CREATE TABLE campaign_retry (
    campaign_id  BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    states       SET ('failed', 'expired', 'cancelled', 'unknown') NOT NULL,
    reason       VARCHAR(64)     NOT NULL DEFAULT '' COMMENT 'empty: whatever it is',
    expires_s    INT UNSIGNED    NOT NULL DEFAULT 0 COMMENT 'so much time from now on; 0: what the campaign gives, when time is over',
    next_id      BIGINT UNSIGNED NOT NULL COMMENT 'messages below this id were looked at',
    last_id      BIGINT UNSIGNED NOT NULL,
    wanted_n     BIGINT UNSIGNED NOT NULL COMMENT 'to be queued again, as counted when it was asked for',
    queued_n     BIGINT UNSIGNED NOT NULL DEFAULT 0,
    asked_at     DATETIME(6)     NOT NULL,
    finished_at  DATETIME(6)     NULL,
    KEY by_end (finished_at)
) COMMENT 'the last time that a campaign''s messages were queued again';
