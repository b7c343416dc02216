-- 0040-report-days.sql - a report of each manager, and the days of a year read from one index.

ALTER TABLE report_schedule
    ADD for_each ENUM ('', 'manager') COLLATE utf8mb4_bin NOT NULL DEFAULT ''
        COMMENT 'each of these gets a report of his or her people; empty: the recipients get one' AFTER category;

ALTER TABLE report_sent
    ADD staff_id INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'the manager whose people it is about; 0: it is not one of each manager' AFTER first_day,
    DROP PRIMARY KEY,
    ADD PRIMARY KEY (schedule_id, first_day, last_day, staff_id);

-- A report reads its days from the index alone: what its figures are made of stands behind the key.
ALTER TABLE contact_task
    DROP KEY by_day,
    ADD KEY by_day (day, team_id, state, outcome_id, staff_id, source, customer_id, due_at, done_at, created_at);
