-- 0009-consent.sql - consent with proof: what was shown and by whom, opt-outs of one sender, requests that
-- wait for their yes.

-- A line of version 1 has none of the new columns in its hash, and they must be empty in it.
ALTER TABLE consent_event
    MODIFY COLUMN source  ENUM ('import', 'inbound', 'staff', 'api', 'form', 'mail', 'double_opt_in') NOT NULL,
    ADD COLUMN version        TINYINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'of the line that was hashed',
    ADD COLUMN sender         VARCHAR(20)  NOT NULL DEFAULT '' COMMENT 'a refusal of this sender alone; empty: of all',
    ADD COLUMN form           VARCHAR(64)  NOT NULL DEFAULT '' COMMENT 'the form''s name',
    ADD COLUMN page           VARCHAR(200) NOT NULL DEFAULT '' COMMENT 'where it was shown',
    ADD COLUMN remote_address VARCHAR(64)  NOT NULL DEFAULT '' COMMENT 'from where it was sent, as given to us',
    ADD COLUMN signed_at      DATETIME(6)  NULL     COMMENT 'the date that the person put on it',
    ADD COLUMN recorded_by    VARCHAR(64)  NOT NULL DEFAULT '' COMMENT 'who gave the command',
    ADD COLUMN request_ref    VARCHAR(64)  NOT NULL DEFAULT '' COMMENT 'double opt-in: the message that asked';

ALTER TABLE opt_out
    ADD COLUMN sender VARCHAR(20) COLLATE utf8mb4_bin NOT NULL DEFAULT ''
        COMMENT 'the sender, without a +, whose promotions are refused; empty: of all',
    DROP PRIMARY KEY,
    ADD PRIMARY KEY (channel, address, sender);

ALTER TABLE consent_due
    ADD COLUMN sender      VARCHAR(20) COLLATE utf8mb4_bin NOT NULL DEFAULT '',
    ADD COLUMN source      ENUM ('inbound', 'staff', 'api', 'form', 'mail', 'double_opt_in') NOT NULL DEFAULT 'inbound',
    ADD COLUMN source_ref  VARCHAR(64) NOT NULL DEFAULT '',
    ADD COLUMN form           VARCHAR(64)  NOT NULL DEFAULT '',
    ADD COLUMN page           VARCHAR(200) NOT NULL DEFAULT '',
    ADD COLUMN remote_address VARCHAR(64)  NOT NULL DEFAULT '',
    ADD COLUMN signed_at      DATETIME(6)  NULL,
    ADD COLUMN recorded_by    VARCHAR(64)  NOT NULL DEFAULT '',
    ADD COLUMN request_ref    VARCHAR(64)  NOT NULL DEFAULT '',
    ADD COLUMN anew           BOOLEAN      NOT NULL DEFAULT FALSE COMMENT 'also for those whose last word says so already',
    DROP PRIMARY KEY,
    ADD PRIMARY KEY (channel, address, sender);

UPDATE consent_due SET source_ref = inbound_id;

CREATE TABLE consent_request (
    channel        ENUM ('sms', 'email') COLLATE utf8mb4_bin     NOT NULL,
    address        VARCHAR(254)          COLLATE utf8mb4_bin     NOT NULL,
    purpose        ENUM ('promo', 'service') COLLATE utf8mb4_bin NOT NULL,
    state          ENUM ('pending', 'granted', 'refused') COLLATE utf8mb4_bin NOT NULL,
    message_id     BIGINT UNSIGNED NOT NULL COMMENT 'the message that asked',
    wording        VARCHAR(500)    NOT NULL COMMENT 'its text',
    asked_at       DATETIME(6)     NOT NULL,
    expires_at     DATETIME(6)     NOT NULL COMMENT 'a yes that comes later does not count, and one may ask again',
    source         ENUM ('form', 'staff', 'api', 'mail') NOT NULL,
    source_ref     VARCHAR(64)     NOT NULL DEFAULT '',
    form           VARCHAR(64)     NOT NULL DEFAULT '',
    page           VARCHAR(200)    NOT NULL DEFAULT '',
    remote_address VARCHAR(64)     NOT NULL DEFAULT '',
    recorded_by    VARCHAR(64)     NOT NULL DEFAULT '',
    answered_at    DATETIME(6)     NULL,
    answer_ref     VARCHAR(64)     NOT NULL DEFAULT '' COMMENT 'the inbound message that said yes or no',
    PRIMARY KEY (channel, address, purpose)
) COMMENT 'double opt-in: the last request to each address; older ones are among the messages';

ALTER TABLE campaign_exclusion
    MODIFY reason ENUM ('no_consent', 'withdrawn', 'opted_out', 'no_contact_point', 'invalid_address',
                        'suppressed', 'duplicate_address', 'frequency_cap', 'contacted_recently',
                        'minor', 'do_not_contact', 'erased', 'in_flight', 'same_text', 'hold_out',
                        'template', 'consent_expired') COLLATE utf8mb4_bin NOT NULL;
