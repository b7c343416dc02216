-- 0021-hold.sql - a person stops an import, or lets it go on.

CREATE TABLE import_wish (
    import_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    wish      ENUM ('pause', 'cancel') COLLATE utf8mb4_bin NOT NULL,
    at        DATETIME(6) NOT NULL COMMENT 'one from before the import was begun again counts no more',
    who       VARCHAR(64) NOT NULL
) COMMENT 'looked at before each chunk; no row: go on';
