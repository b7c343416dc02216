-- 0039-plan-most.sql - how many customers begin a plan by themselves in a day, at most.

ALTER TABLE contact_plan
    ADD COLUMN most_a_day INT UNSIGNED NOT NULL DEFAULT 1000 COMMENT 'more than these are an import of customers whom the house had before: it switches itself off',
    ADD COLUMN begun_on   DATE         NULL COMMENT 'the last day (UTC) on which some began by themselves ...',
    ADD COLUMN begun_n    INT UNSIGNED NOT NULL DEFAULT 0 COMMENT '... and how many did, since it was switched on',
    ADD COLUMN why        VARCHAR(400) NOT NULL DEFAULT '' COMMENT 'it switched itself off';

-- Those that there are go on as they did.
UPDATE contact_plan SET most_a_day = 0;

-- Is anybody still in this version?
ALTER TABLE contact_enrolment ADD KEY by_version (plan_id, version);
