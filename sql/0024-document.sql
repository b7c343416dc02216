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
) COMMENT 'kept as long as something refers to it: inbound_file, template_file';

CREATE TABLE document_piece (
    document_id BIGINT UNSIGNED NOT NULL,
    n           INT UNSIGNED    NOT NULL COMMENT 'from 0',
    bytes       MEDIUMBLOB      NOT NULL COMMENT '512 KB, but for the last one',
    PRIMARY KEY (document_id, n)
);
