-- 0019-merge.sql - one person under several customers: the list of pairs that a person decides, and
-- customers who were put together.

CREATE TABLE customer_double (
    id          BIGINT UNSIGNED  NOT NULL PRIMARY KEY,
    low_id      BIGINT UNSIGNED  NOT NULL COMMENT 'the smaller customer id of the two',
    high_id     BIGINT UNSIGNED  NOT NULL,
    state       ENUM ('open', 'same', 'different') COLLATE utf8mb4_bin NOT NULL DEFAULT 'open'
                COMMENT 'different: never asked again',
    shared      SET ('phone', 'mail') NOT NULL COMMENT 'what both have',
    likeness    ENUM ('same', 'alike', 'different') COLLATE utf8mb4_bin NOT NULL COMMENT 'by their names',
    score       TINYINT UNSIGNED NOT NULL COMMENT '0 to 100',
    reason      VARCHAR(80)      NOT NULL COMMENT 'a sentence that names nobody',
    source      VARCHAR(48)      NOT NULL COMMENT 'import and row, or search',
    found_at    DATETIME(6)      NOT NULL,
    decided_at  DATETIME(6)      NULL,
    decided_by  VARCHAR(64)      NOT NULL DEFAULT '',
    UNIQUE KEY by_pair (low_id, high_id),
    KEY by_high (high_id),
    KEY by_state (state, id)
) COMMENT 'customers who share a phone or a mail address, and may be one person';

CREATE TABLE double_search (
    id          TINYINT UNSIGNED NOT NULL PRIMARY KEY COMMENT '1',
    next_id     BIGINT UNSIGNED  NOT NULL COMMENT 'customers below this one were looked at',
    found_n     BIGINT UNSIGNED  NOT NULL COMMENT 'pairs, by this round',
    started_at  DATETIME(6)      NOT NULL,
    finished_at DATETIME(6)      NULL
) COMMENT 'one row: how far the last look through all customers is';

CREATE TABLE customer_merged (
    customer_id  BIGINT UNSIGNED NOT NULL PRIMARY KEY COMMENT 'whose row is gone',
    into_id      BIGINT UNSIGNED NOT NULL COMMENT 'who has all that was theirs',
    at           DATETIME(6)     NOT NULL,
    who          VARCHAR(64)     NOT NULL,
    step         ENUM ('moving', 'waiting', 'done', 'undone') COLLATE utf8mb4_bin NOT NULL
                 COMMENT 'waiting: what was being written at that moment is looked for once more',
    due_at       DATETIME(6)     NOT NULL COMMENT 'not to be gone on with before',
    undo_until   DATETIME(6)     NULL COMMENT 'NULL: it cannot be undone any more, and `kept` is gone',
    kept         MEDIUMTEXT      NULL COMMENT 'JSON: the rows that went, as they were',
    KEY by_step (step, due_at),
    KEY by_into (into_id),
    KEY by_undo (undo_until)
) COMMENT 'customers who were found to be somebody else: look-ups by their id follow';

CREATE TABLE customer_moved (
    customer_id  BIGINT UNSIGNED NOT NULL COMMENT 'as in customer_merged',
    what         ENUM ('order', 'invoice', 'message', 'reply', 'recipient', 'exclusion', 'news', 'sent', 'consent')
                 COLLATE utf8mb4_bin NOT NULL,
    a            BIGINT UNSIGNED NOT NULL COMMENT 'the row''s own key',
    b            BIGINT UNSIGNED NOT NULL DEFAULT 0,
    c            INT UNSIGNED    NOT NULL DEFAULT 0,
    PRIMARY KEY (customer_id, what, a, b, c)
) COMMENT 'what a merge moved, for its undoing';

-- A partner whose customer was found by a phone or a mail address adds what is missing; it does not
-- overwrite what others said before.
ALTER TABLE customer_ref
    ADD COLUMN joined BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'the customer was known before this number came';

ALTER TABLE consent_event
    MODIFY COLUMN source ENUM ('import', 'inbound', 'staff', 'api', 'form', 'mail', 'double_opt_in', 'merge') NOT NULL;
