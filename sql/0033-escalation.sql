-- 0033-escalation.sql - who is told what, and when, until a contact has its result or an alert is
-- settled.

CREATE TABLE escalation_policy (
    id          BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    name        VARCHAR(40)       NOT NULL UNIQUE,
    rules       TEXT              NOT NULL COMMENT 'a sentence a line, as domain/escalation.h prints them',
    ack_minutes INT UNSIGNED      NOT NULL DEFAULT 0 COMMENT 'of the rules: what was acknowledged goes on after so much working time; 0: never',
    version     INT UNSIGNED      NOT NULL DEFAULT 1,
    created_at  DATETIME(6)       NOT NULL,
    updated_at  DATETIME(6)       NOT NULL
);

CREATE TABLE matter (
    kind        ENUM ('task', 'alert') COLLATE utf8mb4_bin NOT NULL,
    subject_id  BIGINT UNSIGNED   NOT NULL COMMENT 'the contact_task, or the alert',
    policy_id   BIGINT UNSIGNED   NOT NULL,
    team_id     SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT '0: none',
    staff_id    INT UNSIGNED      NOT NULL DEFAULT 0 COMMENT 'whose it is; 0: nobody''s yet',
    urgent      BOOLEAN           NOT NULL DEFAULT FALSE COMMENT 'may be sent in quiet hours',
    state       ENUM ('open', 'acknowledged', 'settled', 'exhausted') COLLATE utf8mb4_bin NOT NULL DEFAULT 'open'
                COMMENT 'exhausted: every step was done, and nobody answered',
    opened_at   DATETIME(6)       NOT NULL,
    -- How far its policy is.
    turn        SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'grows when the policy begins anew',
    step        SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'which step is next, from 0',
    round       SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'how often the last step was repeated',
    base_at     DATETIME(6)       NOT NULL COMMENT 'the time of the next step is counted from here',
    at_once     BOOLEAN           NOT NULL DEFAULT FALSE COMMENT 'the next step is due then: the one before found nobody',
    next_at     DATETIME(6)       NULL COMMENT 'when to look at it again; NULL: not by itself',
    wait_until  DATETIME(6)       NULL COMMENT 'nothing is sent before: snoozed, or acknowledged until then',
    -- What people did.
    ack_at      DATETIME(6)       NULL,
    ack_by      VARCHAR(64)       NOT NULL DEFAULT '',
    ended_at    DATETIME(6)       NULL COMMENT 'settled, or exhausted',
    why         VARCHAR(64)       NOT NULL DEFAULT '' COMMENT 'of a settled one',
    events      SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'the number of its last matter_event',
    version     INT UNSIGNED      NOT NULL DEFAULT 1 COMMENT 'grows with each change: compare and set',
    PRIMARY KEY (kind, subject_id),
    KEY by_next (next_at),
    KEY by_staff (staff_id, state),
    KEY by_state (state)
) COMMENT 'what people are reminded of until it is settled';

CREATE TABLE matter_step (
    kind        ENUM ('task', 'alert') COLLATE utf8mb4_bin NOT NULL,
    subject_id  BIGINT UNSIGNED   NOT NULL,
    turn        SMALLINT UNSIGNED NOT NULL,
    step        SMALLINT UNSIGNED NOT NULL,
    round       SMALLINT UNSIGNED NOT NULL,
    what        ENUM ('told', 'skipped', 'nobody') COLLATE utf8mb4_bin NOT NULL
                COMMENT 'skipped: it was too late for it; nobody: there was nobody to tell',
    planned_at  DATETIME(6)       NOT NULL,
    at          DATETIME(6)       NOT NULL,
    staff_id    INT UNSIGNED      NOT NULL DEFAULT 0 COMMENT 'who was told',
    PRIMARY KEY (kind, subject_id, turn, step, round),
    KEY by_time (at)
) COMMENT 'append-only; its key is why a step happens once';

CREATE TABLE matter_event (
    kind        ENUM ('task', 'alert') COLLATE utf8mb4_bin NOT NULL,
    subject_id  BIGINT UNSIGNED   NOT NULL,
    n           SMALLINT UNSIGNED NOT NULL,
    at          DATETIME(6)       NOT NULL,
    what        ENUM ('acknowledged', 'snoozed', 'handed_over', 'reopened', 'settled', 'exhausted') COLLATE utf8mb4_bin NOT NULL,
    who         VARCHAR(64)       NOT NULL DEFAULT '',
    detail      VARCHAR(200)      NOT NULL DEFAULT '',
    PRIMARY KEY (kind, subject_id, n)
) COMMENT 'append-only: what happened to a matter besides its steps';

CREATE TABLE notice (
    id          BIGINT UNSIGNED   NOT NULL PRIMARY KEY COMMENT 'carries the time; what an answer by mail and a link name',
    staff_id    INT UNSIGNED      NOT NULL,
    channel     ENUM ('sms', 'email') COLLATE utf8mb4_bin NOT NULL,
    sent_as     BIGINT UNSIGNED   NOT NULL COMMENT 'the message, or of email the mail_out',
    at          DATETIME(6)       NOT NULL,
    about       ENUM ('reminder', 'day', 'handed') COLLATE utf8mb4_bin NOT NULL DEFAULT 'reminder'
                COMMENT 'what has no result; the contacts of the day; what was another person''s before',
    KEY by_staff (staff_id, id),
    KEY by_message (sent_as)
) COMMENT 'one SMS or mail that told a person of one or more matters';

CREATE TABLE notice_matter (
    notice_id   BIGINT UNSIGNED   NOT NULL,
    kind        ENUM ('task', 'alert') COLLATE utf8mb4_bin NOT NULL,
    subject_id  BIGINT UNSIGNED   NOT NULL,
    withdrawn   ENUM ('no', 'yes', 'perhaps') COLLATE utf8mb4_bin NOT NULL DEFAULT 'no'
                COMMENT 'its text says it no more; perhaps: a carrier may have had it before',
    PRIMARY KEY (notice_id, kind, subject_id),
    KEY by_matter (kind, subject_id)
);

-- Whoever works by telephone alone gets the contacts of the day, and what is handed over.
CREATE TABLE contact_told (
    staff_id    INT UNSIGNED      NOT NULL,
    day         DATE              NOT NULL COMMENT 'in the person''s calendar',
    at          DATETIME(6)       NOT NULL,
    PRIMARY KEY (staff_id, day)
) COMMENT 'its key is why the contacts of a day are told once';

CREATE TABLE contact_handed (
    task_id     BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    staff_id    INT UNSIGNED      NOT NULL COMMENT 'whose it is now',
    at          DATETIME(6)       NOT NULL,
    KEY by_staff (staff_id)
) COMMENT 'that person is to be told of it, when he or she works';
