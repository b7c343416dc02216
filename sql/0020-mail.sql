-- 0020-mail.sql - mail of the house's own: receipts to partners, and what else Relais has to say by
-- itself.

CREATE TABLE mail_out (
    id          BIGINT UNSIGNED   NOT NULL PRIMARY KEY COMMENT 'carries the time',
    kind        VARCHAR(32)       NOT NULL COLLATE utf8mb4_bin COMMENT 'what for: receipt, test ...',
    recipient   VARCHAR(254)      NOT NULL COLLATE utf8mb4_bin,
    subject     VARCHAR(200)      NOT NULL,
    body        MEDIUMTEXT        NOT NULL,
    state       ENUM ('waiting', 'sending', 'sent', 'failed') COLLATE utf8mb4_bin NOT NULL DEFAULT 'waiting',
    created_at  DATETIME(6)       NOT NULL COMMENT 'the Date that it says, however often it is tried',
    next_at     DATETIME(6)       NULL COMMENT 'waiting: when it is due; sending: when its node is given up; else NULL',
    message_id  VARCHAR(255)      NOT NULL DEFAULT '' COLLATE utf8mb4_bin COMMENT 'of the first attempt, kept for all',
    node_id     TINYINT UNSIGNED  NOT NULL DEFAULT 0 COMMENT 'whose attempt it is, or was',
    claims      INT UNSIGNED      NOT NULL DEFAULT 0 COMMENT 'grows with each attempt: a result of an older one is not taken',
    attempts    INT UNSIGNED      NOT NULL DEFAULT 0 COMMENT 'those that a relay said something about',
    reply_code  SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'of SMTP; 0: no relay has answered',
    reply       VARCHAR(200)      NOT NULL DEFAULT '' COMMENT 'the words of the relay, or why there are none',
    relay       VARCHAR(261)      NOT NULL DEFAULT '' COMMENT 'host:port',
    settled_at  DATETIME(6)       NULL COMMENT 'since when it is sent, or failed',
    KEY by_next (next_at, id),
    KEY by_state (state, id)
) COMMENT 'one recipient each';

CREATE TABLE mail_out_file (
    mail_id     BIGINT UNSIGNED   NOT NULL,
    n           TINYINT UNSIGNED  NOT NULL,
    name        VARCHAR(200)      NOT NULL,
    type        VARCHAR(100)      NOT NULL,
    size        INT UNSIGNED      NOT NULL,
    bytes       LONGBLOB          NULL COMMENT 'NULL: sent, and not needed any more',
    PRIMARY KEY (mail_id, n)
) COMMENT 'what is attached';
