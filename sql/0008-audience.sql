-- 0008-audience.sql - audiences that have a name.

CREATE TABLE audience (
    id          BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    name        VARCHAR(64)     NOT NULL UNIQUE,
    rule        TEXT            NOT NULL COMMENT 'in its canonical spelling',
    created_at  DATETIME(6)     NOT NULL,
    updated_at  DATETIME(6)     NOT NULL,
    updated_by  VARCHAR(64)     NOT NULL COMMENT 'who wrote the rule'
) COMMENT 'rules with a name; a campaign gets a copy';

-- Who replied to a campaign: the replies to its messages.
ALTER TABLE inbound_message
    ADD KEY by_answered (answers_message_id);
