-- 0037-occasion-mail.sql - occasions, and with them the steps of plans, go by mail, too, as
-- campaigns do.

ALTER TABLE occasion
    ADD COLUMN channels ENUM ('sms', 'email', 'sms,email', 'email,sms') COLLATE utf8mb4_bin NOT NULL DEFAULT 'sms'
        COMMENT 'by which each customer is reached: the first that there is a right and an address for',
    ADD COLUMN mail_template_id      BIGINT UNSIGNED NULL
        COMMENT 'of its mails, where some go by SMS: that is template_id. By mail alone: template_id, too',
    ADD COLUMN mail_template_version INT UNSIGNED    NULL,
    MODIFY sender VARCHAR(254) NOT NULL COMMENT 'of its SMS; by mail alone: the address that they came from when it was set';
