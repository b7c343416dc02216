-- 0038-matter-look.sql - what became of a notice by SMS, and the looks at matters by team and state.

ALTER TABLE notice
    ADD COLUMN fate ENUM ('open', 'over', 'mailed', 'lost') COLLATE utf8mb4_bin NOT NULL DEFAULT 'over'
        COMMENT 'open: an SMS of which it is not known yet; over: it arrived, or needs no look any more; mailed: it did not, and a mail says it; lost: nor is there a mail',
    ADD KEY by_fate (fate, id);

ALTER TABLE matter_event
    MODIFY COLUMN n INT UNSIGNED NOT NULL,
    MODIFY COLUMN what ENUM ('acknowledged', 'snoozed', 'handed_over', 'reopened', 'settled', 'exhausted', 'told_by_mail', 'not_told') COLLATE utf8mb4_bin NOT NULL
        COMMENT 'told_by_mail, not_told: an SMS did not reach who';

ALTER TABLE matter
    MODIFY COLUMN events INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'the number of its last matter_event; an alert may come and go for long',
    ADD KEY by_policy (policy_id, state);

ALTER TABLE contact_handed ADD KEY by_time (at);

CREATE TABLE matter_look (
    what        ENUM ('staff', 'team', 'policy', 'tasks') COLLATE utf8mb4_bin NOT NULL
                COMMENT 'the matters of that person, those of nobody in that team, those of that policy: they may be due earlier; tasks: those open in that team, which has a policy now',
    subject_id  BIGINT UNSIGNED   NOT NULL,
    at          DATETIME(6)       NOT NULL COMMENT 'when it was asked for',
    stage       TINYINT UNSIGNED  NOT NULL DEFAULT 0 COMMENT 'which state and kind is next',
    after_id    BIGINT UNSIGNED   NOT NULL DEFAULT 0 COMMENT '... behind that matter or task',
    PRIMARY KEY (what, subject_id),
    KEY by_time (at)
) COMMENT 'matters that are to be looked at again, a page at a time';
