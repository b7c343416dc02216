-- 0038-matter-look.sql - what became of a notice by SMS, and the looks at matters by team and state.

ALTER TABLE notice
    ADD COLUMN fate ENUM ('open', 'over', 'mailed', 'lost') COLLATE utf8mb4_bin NOT NULL DEFAULT 'over'
        COMMENT 'open: an SMS of which it is not known yet; over: it arrived, or needs no look any more; mailed: it did not, and a mail says it; lost: nor is there a mail',
    ADD KEY by_fate (fate, id);

ALTER TABLE matter_event
    MODIFY COLUMN what ENUM ('acknowledged', 'snoozed', 'handed_over', 'reopened', 'settled', 'exhausted', 'told_by_mail', 'not_told') COLLATE utf8mb4_bin NOT NULL
        COMMENT 'told_by_mail, not_told: an SMS did not reach who';
