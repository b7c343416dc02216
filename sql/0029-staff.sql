-- 0029-staff.sql - who works here: teams, people, when they are away and who stands in for them.

CREATE TABLE team (
    id          SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
    code        VARCHAR(32)       NOT NULL UNIQUE,
    label       VARCHAR(120)      NOT NULL,
    timezone    VARCHAR(40)       NOT NULL DEFAULT '' COMMENT 'of the tz database; empty: that of the house',
    country     CHAR(2)           NOT NULL DEFAULT 'FR' COMMENT 'whose public holidays are no working days',
    region      VARCHAR(3)        NOT NULL DEFAULT '',
    hours       VARCHAR(200)      NOT NULL DEFAULT 'mon-fri 09:00-18:00' COMMENT 'working hours, as domain/hours.h reads them',
    list_minute SMALLINT UNSIGNED NOT NULL DEFAULT 420 COMMENT 'minute of its day at which its list of contacts is made',
    list_days   VARCHAR(60)       NOT NULL DEFAULT 'mon-fri' COMMENT 'days with a list; holidays have none',
    policy_id   BIGINT UNSIGNED   NULL COMMENT 'escalation_policy of tasks that name none',
    tell        ENUM ('none', 'sms', 'mail', 'both') COLLATE utf8mb4_bin NOT NULL DEFAULT 'mail'
                COMMENT 'how each person gets the contacts of the day; who has no such address, by the other one',
    created_at  DATETIME(6)       NOT NULL,
    updated_at  DATETIME(6)       NOT NULL
);

CREATE TABLE staff (
    id          INT UNSIGNED      NOT NULL PRIMARY KEY,
    login       VARCHAR(64)       NOT NULL UNIQUE COLLATE utf8mb4_bin COMMENT 'also the user of the control port, if there is one of that name',
    name        VARCHAR(120)      NOT NULL,
    role        ENUM ('employee', 'manager', 'director') COLLATE utf8mb4_bin NOT NULL DEFAULT 'employee',
    team_id     SMALLINT UNSIGNED NOT NULL,
    manager_id  INT UNSIGNED      NULL,
    phone       VARCHAR(16)       NULL UNIQUE COLLATE utf8mb4_bin COMMENT 'E.164: where reminders go, and answers come from',
    mail        VARCHAR(254)      NULL UNIQUE COLLATE utf8mb4_bin,
    language    CHAR(2)           NOT NULL DEFAULT 'fr',
    timezone    VARCHAR(40)       NOT NULL DEFAULT '' COMMENT 'empty: that of the team',
    hours       VARCHAR(200)      NOT NULL DEFAULT '' COMMENT 'empty: those of the team',
    capacity    SMALLINT UNSIGNED NOT NULL DEFAULT 20 COMMENT 'contacts a day',
    left_on     DATE              NULL COMMENT 'works here no more from that day on',
    created_at  DATETIME(6)       NOT NULL,
    updated_at  DATETIME(6)       NOT NULL,
    KEY by_team (team_id)
);

CREATE TABLE staff_absence (
    id          BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    staff_id    INT UNSIGNED      NOT NULL,
    from_day    DATE              NOT NULL COMMENT 'the first day away, in the person''s time zone',
    to_day      DATE              NOT NULL COMMENT 'the last one',
    deputy_id   INT UNSIGNED      NULL COMMENT 'who stands in; NULL: nobody was named',
    reason      VARCHAR(120)      NOT NULL DEFAULT '',
    created_at  DATETIME(6)       NOT NULL,
    created_by  VARCHAR(64)       NOT NULL,
    KEY by_staff (staff_id, to_day),
    KEY by_deputy (deputy_id)
);

CREATE TABLE staff_turn (
    id   TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    turn BIGINT UNSIGNED  NOT NULL COMMENT 'one more with each change of teams, people and absences'
) COMMENT 'one row: whoever changes them takes a turn, so that what was checked is still true at the commit';

CREATE TABLE staff_leaving (
    staff_id    INT UNSIGNED    NOT NULL PRIMARY KEY,
    on_day      DATE            NOT NULL COMMENT 'the first day without',
    to_id       INT UNSIGNED    NOT NULL COMMENT 'who gets customers, open tasks and people',
    customers   BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'handed on so far',
    tasks       BIGINT UNSIGNED NOT NULL DEFAULT 0,
    created_at  DATETIME(6)     NOT NULL,
    created_by  VARCHAR(64)     NOT NULL,
    finished_at DATETIME(6)     NULL
);

ALTER TABLE customer
    ADD COLUMN owner_id  INT UNSIGNED NULL COMMENT 'the employee who looks after the customer',
    ADD COLUMN talked_at DATETIME(6)  NULL COMMENT 'when a person of the house last reached the customer',
    ADD KEY by_owner (owner_id);
