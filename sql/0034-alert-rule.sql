-- 0034-alert-rule.sql - who is told of which alerts, and how a node is known to be alive.

CREATE TABLE alert_rule (
    id         BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    kind       VARCHAR(32)       NOT NULL UNIQUE COLLATE utf8mb4_bin COMMENT 'of alerts; "*": those whose kind has no rule of its own',
    policy_id  BIGINT UNSIGNED   NOT NULL COMMENT 'escalation_policy: who is told when, and how',
    team_id    SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'whose work it is ...',
    staff_id   INT UNSIGNED      NOT NULL DEFAULT 0 COMMENT '... or, in particular; 0: nobody''s',
    urgent     BOOLEAN           NOT NULL DEFAULT FALSE COMMENT 'told at any hour',
    updated_at DATETIME(6)       NOT NULL,
    updated_by VARCHAR(64)       NOT NULL
);

CREATE TABLE node_beat (
    node_id    SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
    host       VARCHAR(64)       NOT NULL,
    started_at DATETIME(6)       NOT NULL,
    beat_at    DATETIME(6)       NOT NULL COMMENT 'when it was last known to be alive',
    stopped_at DATETIME(6)       NULL COMMENT 'it was stopped in order; NULL: it runs, or ended without a word'
);
