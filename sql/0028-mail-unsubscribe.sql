-- 0028-mail-unsubscribe.sql - how an address came to refuse, and after which message: the proof of a
-- refusal, and the count of those that a campaign brought.

ALTER TABLE opt_out
    ADD COLUMN source      ENUM ('', 'import', 'inbound', 'staff', 'api', 'form', 'mail', 'double_opt_in', 'merge')
                           COLLATE utf8mb4_bin NOT NULL DEFAULT '' COMMENT 'as in consent_event; empty: not known any more',
    ADD COLUMN form        VARCHAR(64)     NOT NULL DEFAULT '' COMMENT 'as in consent_event',
    ADD COLUMN message_id  BIGINT UNSIGNED NULL COMMENT 'of ours, that it answers to: its token or its header says so',
    ADD KEY by_message (message_id);

UPDATE opt_out SET source = 'inbound' WHERE inbound_id IS NOT NULL;
