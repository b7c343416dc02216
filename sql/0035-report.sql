-- 0035-report.sql - reports that go out by mail on a schedule.

CREATE TABLE report_schedule (
    id          BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    name        VARCHAR(64)       NOT NULL UNIQUE COLLATE utf8mb4_bin,
    row_kind    ENUM ('manager', 'employee', 'team', 'category', 'source', 'day', 'week', 'month') COLLATE utf8mb4_bin NOT NULL
                COMMENT 'what the rows of the report are',
    period      ENUM ('day', 'week', 'month') COLLATE utf8mb4_bin NOT NULL COMMENT 'the last whole one, when it is over',
    at_minute   SMALLINT UNSIGNED NOT NULL COMMENT 'of the day after the period, by the clock of the house',
    team        VARCHAR(64)       NULL COMMENT 'a code; NULL: all',
    manager     VARCHAR(64)       NULL COLLATE utf8mb4_bin COMMENT 'a login; NULL: all',
    category    VARCHAR(64)       NULL COMMENT 'a code; NULL: all',
    format      ENUM ('csv', 'pdf') COLLATE utf8mb4_bin NOT NULL,
    language    CHAR(2)           NOT NULL,
    recipients  VARCHAR(2000)     NOT NULL COLLATE utf8mb4_bin COMMENT 'mail addresses with commas between them',
    next_at     DATETIME(6)       NOT NULL COMMENT 'when it is due, or is tried again',
    problem     VARCHAR(500)      NOT NULL DEFAULT '' COMMENT 'why the last one could not be made',
    created_at  DATETIME(6)       NOT NULL,
    updated_at  DATETIME(6)       NOT NULL,
    KEY by_next (next_at)
);

CREATE TABLE report_sent (
    schedule_id BIGINT UNSIGNED   NOT NULL,
    first_day   DATE              NOT NULL COMMENT 'of the period',
    last_day    DATE              NOT NULL,
    at          DATETIME(6)       NOT NULL,
    mails       SMALLINT UNSIGNED NOT NULL,
    mail_id     BIGINT UNSIGNED   NOT NULL COMMENT 'the first of them, in mail_out',
    PRIMARY KEY (schedule_id, first_day)
) COMMENT 'the key is why a period goes out once';
