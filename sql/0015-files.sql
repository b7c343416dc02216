-- 0015-files.sql - what is remembered of a partner's file: who reads it, where it is, what it is called there.

-- Columns of what is undone, or failed and dropped again, must not be in the way of another file: the
-- keys below look at derived columns that are NULL then. ('undone' comes with 0016-undo.sql.)
ALTER TABLE import
    ADD COLUMN profile          VARCHAR(80)       NOT NULL DEFAULT '' COLLATE ascii_bin
        COMMENT 'the profile that reads it; empty: from before profiles had names, or none would take it',
    ADD COLUMN document_number  VARCHAR(120)      NULL COLLATE utf8mb4_bin
        COMMENT 'the partner''s own number of the file, when its profile knows where that stands',
    ADD COLUMN same_as          BIGINT UNSIGNED   NULL
        COMMENT 'the import that took this document number before; this one was not applied',
    ADD COLUMN source_name      VARBINARY(255)    NOT NULL DEFAULT ''
        COMMENT 'the very bytes of its name in in/; file_name is that name as it can be shown',
    ADD COLUMN final_name       VARCHAR(255)      NOT NULL DEFAULT '' COLLATE utf8mb4_bin
        COMMENT 'its name in done/ or failed/, written here before it is moved there',
    ADD COLUMN dropped_at       DATETIME(6)       NULL COMMENT 'when it came to in/',
    ADD COLUMN content_key      BINARY(32)        AS (IF(state = 'undone', NULL, sha256)) VIRTUAL,
    ADD COLUMN document_key     VARCHAR(120) COLLATE utf8mb4_bin
        AS (IF(state IN ('failed', 'undone'), NULL, document_number)) VIRTUAL,
    DROP KEY by_content,
    ADD UNIQUE KEY by_content (partner_id, content_key),
    ADD UNIQUE KEY by_document (partner_id, profile, document_key);

ALTER TABLE import_reject
    ADD COLUMN entry VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'in a packed file: the entry that `line` belongs to';
