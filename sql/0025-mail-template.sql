-- 0025-mail-template.sql - texts of mails: their subjects, and the files that go with them.

ALTER TABLE template
    ADD COLUMN channel ENUM ('sms', 'email') COLLATE utf8mb4_bin NOT NULL DEFAULT 'sms' AFTER name;

ALTER TABLE template_text
    ADD COLUMN subject VARCHAR(250) NOT NULL DEFAULT '' COMMENT 'of a mail' AFTER language;

CREATE TABLE template_file (
    template_id  BIGINT UNSIGNED  NOT NULL,
    version      INT UNSIGNED     NOT NULL,
    name         VARCHAR(100)     NOT NULL COLLATE utf8mb4_bin,
    document_id  BIGINT UNSIGNED  NOT NULL,
    is_inline    TINYINT UNSIGNED NOT NULL COMMENT '1: a picture that the text may show; 0: attached',
    PRIMARY KEY (template_id, version, name),
    KEY by_document (document_id)
) COMMENT 'what goes with the mails of a version, in every language';

CREATE TABLE message_template (
    message_id        BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    template_id       BIGINT UNSIGNED NOT NULL,
    template_version  INT UNSIGNED    NOT NULL
) COMMENT 'whose files go with a single mail; those of a campaign have their campaign''s';

CREATE TABLE template_upload (
    template  VARCHAR(64)  NOT NULL,
    file      VARCHAR(100) NOT NULL COLLATE utf8mb4_bin,
    begins    INT UNSIGNED NOT NULL COMMENT 'the place of its first byte in the file',
    at        DATETIME(6)  NOT NULL,
    bytes     MEDIUMBLOB   NOT NULL,
    PRIMARY KEY (template, file, begins)
) COMMENT 'files on their way to a template';
