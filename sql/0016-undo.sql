-- 0016-undo.sql - what an import's chunks were, so that two of them can be applied at a time, and so
-- that what they did can be taken back.

ALTER TABLE import
    MODIFY state ENUM ('checking', 'applying', 'done', 'failed', 'undoing', 'undone') NOT NULL,
    ADD COLUMN run       SMALLINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'grows when the file is taken again (import replay)',
    ADD COLUMN turn      INT UNSIGNED NOT NULL DEFAULT 0
               COMMENT 'grows when somebody goes on with it: a chunk of an older turn is not committed',
    ADD COLUMN can_undo  BOOLEAN      NOT NULL DEFAULT FALSE COMMENT 'import_chunk and import_before have all of it',
    ADD COLUMN undone_to ENUM ('undone', 'failed') NOT NULL DEFAULT 'undone' COMMENT 'what it is once it is undone';

CREATE TABLE import_chunk (
    import_id       BIGINT UNSIGNED NOT NULL,
    run             SMALLINT UNSIGNED NOT NULL,
    first_row       BIGINT UNSIGNED NOT NULL,
    kind            VARCHAR(16)     NOT NULL COLLATE utf8mb4_bin COMMENT 'of its rows, as a profile calls it',
    next_row        BIGINT UNSIGNED NOT NULL,
    at              DATETIME(6)     NOT NULL COMMENT 'what it changed bears this time',
    first_customer  BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'the customers that it made have ids from here ...',
    end_customer    BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT '... to before here',
    first_order     BIGINT UNSIGNED NOT NULL DEFAULT 0,
    end_order       BIGINT UNSIGNED NOT NULL DEFAULT 0,
    PRIMARY KEY (import_id, run, first_row)
) COMMENT 'the chunks that were applied; one that begins at next_row or behind was applied ahead';

CREATE TABLE import_before (
    import_id   BIGINT UNSIGNED NOT NULL,
    run         SMALLINT UNSIGNED NOT NULL,
    first_row   BIGINT UNSIGNED NOT NULL COMMENT 'of the chunk that changed it',
    kind        ENUM ('customer', 'order', 'other') NOT NULL,
    subject_id  BIGINT UNSIGNED NOT NULL,
    was         LONGTEXT        NOT NULL COMMENT 'JSON: its columns before',
    PRIMARY KEY (import_id, run, first_row, kind, subject_id),
    KEY by_subject (kind, subject_id)
) COMMENT 'what an import changed, as it was before: for undoing it, and no longer than that is kept';

CREATE TABLE import_undo_count (
    import_id  BIGINT UNSIGNED NOT NULL,
    what       VARCHAR(32)     NOT NULL COLLATE utf8mb4_bin,
    n          BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (import_id, what)
) COMMENT 'what undoing did, and what it left';
