-- 0022-mail-channel.sql - messages to customers go by mail, too, through the same queue and book.

ALTER TABLE message
    ADD COLUMN subject VARCHAR(250) NOT NULL DEFAULT '' COMMENT 'of a mail; its text is the source that text and HTML are made of (domain/markup.h)',
    ADD COLUMN claims INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'how often it was taken to be sent: unlike attempts, no number comes twice',
    MODIFY sender   VARCHAR(254) NOT NULL COMMENT 'of a mail: the address in From',
    MODIFY encoding ENUM ('gsm7', 'ucs2', 'utf8') COLLATE utf8mb4_bin NOT NULL COMMENT 'utf8: a mail';

ALTER TABLE campaign
    MODIFY sender VARCHAR(254) NOT NULL;

ALTER TABLE queue
    ADD COLUMN channel ENUM ('sms', 'email') COLLATE utf8mb4_bin NOT NULL DEFAULT 'sms'
        COMMENT 'who empties it: flow/gateway, or flow/postman';
