-- 0023-mail-in.sql - mail that comes in: a row for each mail and recipient, its source for a while,
-- and what a person has to look at.

CREATE TABLE mail_in (
    id             BIGINT UNSIGNED   NOT NULL PRIMARY KEY COMMENT 'carries the time; of the inbound_message, if there is one, too',
    mark           BINARY(16)        NOT NULL COMMENT 'of its bytes and its recipient: what comes again is known',
    source_id      BIGINT UNSIGNED   NOT NULL COMMENT 'mail_source; one for all recipients of a mail',
    at             DATETIME(6)       NOT NULL,
    kind           ENUM ('message', 'reply', 'unsubscribe', 'bounce', 'alert', 'house', 'import') COLLATE utf8mb4_bin NOT NULL
                   COMMENT 'by the address that it came to',
    about_id       BIGINT UNSIGNED   NULL COMMENT 'what the address names: a message, an alert, a mail_out',
    outcome        VARCHAR(32)       NOT NULL COLLATE utf8mb4_bin COMMENT 'what came of it: recorded, withdrawn, granted, bounced ...',
    reason         VARCHAR(64)       NOT NULL DEFAULT '' COMMENT 'why, as of a bounce',
    proof          ENUM ('', 'token', 'spf', 'dkim', 'dmarc') COLLATE utf8mb4_bin NOT NULL DEFAULT ''
                   COMMENT 'who vouches for its sender',
    automatic      ENUM ('', 'reply', 'mail', 'list') COLLATE utf8mb4_bin NOT NULL DEFAULT '' COMMENT 'no person wrote it',
    envelope_from  VARCHAR(254)      NOT NULL COLLATE utf8mb4_bin COMMENT 'empty: the null path',
    recipient      VARCHAR(254)      NOT NULL COLLATE utf8mb4_bin,
    from_address   VARCHAR(254)      NOT NULL COLLATE utf8mb4_bin,
    from_name      VARCHAR(120)      NOT NULL DEFAULT '',
    subject        VARCHAR(250)      NOT NULL DEFAULT '',
    message_id     VARCHAR(250)      NOT NULL DEFAULT '' COLLATE utf8mb4_bin COMMENT 'of its header, without brackets',
    text           MEDIUMTEXT        NULL COMMENT 'the whole text, where it quotes or signs: more than inbound_message.text',
    size           INT UNSIGNED      NOT NULL COMMENT 'bytes of its source',
    attachments    SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'as it came; those that were kept are documents',
    UNIQUE KEY by_mark (mark),
    KEY by_about (about_id)
) COMMENT 'a mail that came in, once for each of its recipients';

CREATE TABLE mail_source (
    id     BIGINT UNSIGNED   NOT NULL,
    n      SMALLINT UNSIGNED NOT NULL COMMENT 'from 0',
    bytes  MEDIUMBLOB        NOT NULL,
    PRIMARY KEY (id, n)
) COMMENT 'a mail as it came, in pieces of at most 512 KB, for mail_in.keep_source';

CREATE TABLE mail_source_open (
    id     BIGINT UNSIGNED   NOT NULL PRIMARY KEY COMMENT 'mail_source; carries the time'
) COMMENT 'large sources that are put before their mail: what is left here after a day is of none';

CREATE TABLE mail_review (
    id         BIGINT UNSIGNED NOT NULL PRIMARY KEY COMMENT 'of the mail_in',
    why        VARCHAR(32)     NOT NULL COLLATE utf8mb4_bin COMMENT 'unknown_sender, unproved, not_allowed ...',
    state      ENUM ('open', 'assigned', 'dismissed', 'done') COLLATE utf8mb4_bin NOT NULL DEFAULT 'open',
    opened_at  DATETIME(6)     NOT NULL,
    closed_at  DATETIME(6)     NULL,
    closed_by  VARCHAR(64)     NOT NULL DEFAULT '',
    KEY by_state (state, id)
) COMMENT 'mails that a person has to look at: nobody known sent them, or nobody vouches for it';

CREATE TABLE message_reply (
    message_id   BIGINT UNSIGNED NOT NULL PRIMARY KEY COMMENT 'a message of ours, by mail ...',
    in_reply_to  VARCHAR(250)    NOT NULL COLLATE utf8mb4_bin COMMENT '... which answers this Message-ID, without brackets'
);

-- A person may say that they are at it, and in which words.
ALTER TABLE alert
    ADD COLUMN seen_at DATETIME(6)  NULL COMMENT 'somebody acknowledged it',
    ADD COLUMN seen_by VARCHAR(64)  NOT NULL DEFAULT '',
    ADD COLUMN note    VARCHAR(300) NOT NULL DEFAULT '' COMMENT 'the last word of a person about it';
