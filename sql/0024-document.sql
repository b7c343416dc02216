-- 0024-document.sql - files that people sent, or that go out with mails.

CREATE TABLE document (
    id          BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    sha256      BINARY(32)      NOT NULL UNIQUE COMMENT 'of its bytes: the same content is the same document, whoever has it',
    size        BIGINT UNSIGNED NOT NULL,
    type        VARCHAR(100)    NOT NULL COLLATE ascii_bin COMMENT 'by its bytes, whatever was said of it',
    created_at  DATETIME(6)     NOT NULL,
    used_at     DATETIME(6)     NOT NULL COMMENT 'when it was last put, or referred to: nothing refers to it and this is a day ago: dropped',
    complete    BOOLEAN         NOT NULL COMMENT 'all its pieces are there',
    KEY by_use (used_at)
) COMMENT 'kept as long as something refers to it: mail_document, mail_file, template_file';

CREATE TABLE document_piece (
    document_id BIGINT UNSIGNED NOT NULL,
    n           INT UNSIGNED    NOT NULL COMMENT 'from 0',
    bytes       MEDIUMBLOB      NOT NULL COMMENT '512 KB, but for the last one',
    PRIMARY KEY (document_id, n)
);

CREATE TABLE mail_document (
    mail_id     BIGINT UNSIGNED   NOT NULL COMMENT 'mail_in',
    n           SMALLINT UNSIGNED NOT NULL COMMENT 'from 1, as they stand in the mail',
    document_id BIGINT UNSIGNED   NULL COMMENT 'NULL: it was not kept (why), or is erased',
    name        VARCHAR(200)      NOT NULL COMMENT 'as its sender calls it; empty: no name',
    declared    VARCHAR(100)      NOT NULL COLLATE utf8mb4_bin COMMENT 'the type that the mail says',
    type        VARCHAR(100)      NOT NULL COLLATE ascii_bin COMMENT 'and that its bytes say',
    size        BIGINT UNSIGNED   NOT NULL,
    is_inline   BOOLEAN           NOT NULL COMMENT 'shown within the text, as the logo of a signature',
    lies        BOOLEAN           NOT NULL COMMENT 'it is not what it is declared as',
    why         VARCHAR(32)       NOT NULL DEFAULT '' COLLATE utf8mb4_bin COMMENT 'it was not kept: program, refused_type, too_large, too_many, unreadable',
    PRIMARY KEY (mail_id, n),
    KEY by_document (document_id)
) COMMENT 'what is attached to mails that came in: in the dossier of whose mail it is';

CREATE TABLE mail_file (
    mail_id     BIGINT UNSIGNED   NOT NULL,
    n           SMALLINT UNSIGNED NOT NULL COMMENT 'of mail_document',
    partner     VARCHAR(32)       NOT NULL COLLATE utf8mb4_bin COMMENT 'whose file it is',
    name        VARCHAR(200)      NOT NULL COLLATE utf8mb4_bin COMMENT 'that it gets in in/',
    document_id BIGINT UNSIGNED   NOT NULL,
    state       ENUM ('pending', 'placed', 'failed') COLLATE utf8mb4_bin NOT NULL DEFAULT 'pending',
    reason      VARCHAR(200)      NOT NULL DEFAULT '' COMMENT 'failed, or what keeps it from being placed',
    settled_at  DATETIME(6)       NULL COMMENT 'since when it is placed, or failed',
    PRIMARY KEY (mail_id, n),
    KEY by_state (state, mail_id),
    KEY by_document (document_id)
) COMMENT 'a partner''s files that came by mail, on their way to its in/';
