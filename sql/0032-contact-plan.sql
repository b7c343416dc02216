-- 0032-contact-plan.sql - what is done for a customer over weeks, step by step.

CREATE TABLE contact_plan (
    id            BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    name          VARCHAR(24)       NOT NULL UNIQUE,
    state         ENUM ('off', 'on') COLLATE utf8mb4_bin NOT NULL DEFAULT 'off',
    version       INT UNSIGNED      NOT NULL COMMENT 'the newest: who begins, begins with it',
    enrols        ENUM ('by_hand', 'new_customer', 'first_order') COLLATE utf8mb4_bin NOT NULL,
    created_at    DATETIME(6)       NOT NULL,
    updated_at    DATETIME(6)       NOT NULL
);

CREATE TABLE contact_plan_version (
    plan_id       BIGINT UNSIGNED   NOT NULL,
    version       INT UNSIGNED      NOT NULL,
    text          MEDIUMTEXT        NOT NULL COMMENT 'as domain/contact_plan.h reads it',
    created_at    DATETIME(6)       NOT NULL,
    created_by    VARCHAR(64)       NOT NULL,
    PRIMARY KEY (plan_id, version)
) COMMENT 'never changed: who is under way goes on with the version they began with';

CREATE TABLE contact_plan_step (
    plan_id       BIGINT UNSIGNED   NOT NULL,
    version       INT UNSIGNED      NOT NULL,
    step          SMALLINT UNSIGNED NOT NULL COMMENT 'from 1',
    occasion_id   BIGINT UNSIGNED   NULL COMMENT 'what makes the messages of an automatic step',
    policy_id     BIGINT UNSIGNED   NULL COMMENT 'escalation_policy of the tasks of a step for people; NULL: that of the team',
    team_id       SMALLINT UNSIGNED NULL COMMENT 'whose task it is, of customers whom nobody looks after',
    PRIMARY KEY (plan_id, version, step),
    KEY by_occasion (occasion_id)
) COMMENT 'what the names in a version stood for when it was set';

CREATE TABLE contact_enrolment (
    id            BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    plan_id       BIGINT UNSIGNED   NOT NULL,
    customer_id   BIGINT UNSIGNED   NOT NULL,
    version       INT UNSIGNED      NOT NULL,
    step          SMALLINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'the next one',
    turn          INT UNSIGNED      NOT NULL DEFAULT 0 COMMENT 'grows with every change of the row',
    state         ENUM ('active', 'paused', 'done', 'stopped') COLLATE utf8mb4_bin NOT NULL DEFAULT 'active',
    started_at    DATETIME(6)       NOT NULL COMMENT 'days count from here; a pause moves it on',
    next_at       DATETIME(6)       NULL COMMENT 'when to look again; NULL: once task_id has a result',
    before_at     DATETIME(6)       NULL COMMENT 'when the step before was done',
    task_id       BIGINT UNSIGNED   NULL COMMENT 'of the last step for people',
    paused_at     DATETIME(6)       NULL,
    ended_at      DATETIME(6)       NULL,
    why           VARCHAR(64)       NOT NULL DEFAULT '' COMMENT 'it was stopped, or paused',
    created_at    DATETIME(6)       NOT NULL,
    created_by    VARCHAR(64)       NOT NULL,
    again         BIGINT UNSIGNED   NOT NULL DEFAULT 0 COMMENT 'its id when a person let the customer begin; who begins otherwise does so once',
    live          BOOLEAN           AS (IF(state IN ('active', 'paused'), 1, NULL)) PERSISTENT,
    UNIQUE KEY once_at_a_time (customer_id, plan_id, live),
    UNIQUE KEY once_by_itself (customer_id, plan_id, again),
    KEY by_due (plan_id, state, next_at),
    KEY by_task (task_id),
    KEY by_end (ended_at),
    KEY by_plan (plan_id, id)
) COMMENT 'a customer under way in a plan';

CREATE TABLE contact_plan_log (
    enrolment_id  BIGINT UNSIGNED   NOT NULL,
    turn          INT UNSIGNED      NOT NULL,
    version       INT UNSIGNED      NOT NULL,
    step          SMALLINT UNSIGNED NOT NULL,
    at            DATETIME(6)       NOT NULL,
    planned_at    DATETIME(6)       NOT NULL,
    what          ENUM ('message', 'task', 'skipped') COLLATE utf8mb4_bin NOT NULL,
    reason        VARCHAR(32)       NOT NULL DEFAULT '' COMMENT 'why it was skipped',
    occasion_id   BIGINT UNSIGNED   NULL COMMENT 'whose event (customer, enrolment, turn) it became',
    task_id       BIGINT UNSIGNED   NULL,
    who           VARCHAR(64)       NOT NULL DEFAULT '' COMMENT 'a person who skipped it',
    PRIMARY KEY (enrolment_id, turn)
) COMMENT 'what was done of each step; the key is why none is done twice';

CREATE TABLE contact_plan_news (
    customer_id   BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    is_new        BOOLEAN           NOT NULL DEFAULT FALSE,
    first_order   BOOLEAN           NOT NULL DEFAULT FALSE,
    at            DATETIME(6)       NOT NULL
) COMMENT 'who may begin a plan by themselves; a row goes when that was looked at';

CREATE TABLE contact_plan_walk (
    id            BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    plan_id       BIGINT UNSIGNED   NOT NULL,
    kind          ENUM ('enrol', 'move') COLLATE utf8mb4_bin NOT NULL,
    rule          TEXT              NOT NULL COMMENT 'whom to enrol; of a move: empty',
    state         ENUM ('running', 'done', 'refused') COLLATE utf8mb4_bin NOT NULL DEFAULT 'running',
    after_id      BIGINT UNSIGNED   NOT NULL DEFAULT 0 COMMENT 'customers, or enrolments, up to here are done',
    last_id       BIGINT UNSIGNED   NOT NULL COMMENT 'the last one there was when it began',
    found         BIGINT UNSIGNED   NOT NULL DEFAULT 0,
    changed       BIGINT UNSIGNED   NOT NULL DEFAULT 0,
    why           VARCHAR(400)      NOT NULL DEFAULT '' COMMENT 'it was refused',
    who           VARCHAR(64)       NOT NULL,
    created_at    DATETIME(6)       NOT NULL,
    ended_at      DATETIME(6)       NULL,
    KEY by_plan (plan_id, id),
    KEY by_state (state, id)
) COMMENT 'many customers enrolled, or moved to the newest version, a page at a time';

-- The messages of a plan are made by occasions, one for each automatic step of a version.
ALTER TABLE occasion
    MODIFY kind ENUM ('delivery_announced', 'delivery_moved', 'delivery_out', 'delivery_done',
                      'delivery_missed', 'first_order', 'inactive', 'birthday', 'invoice_due',
                      'plan_step')
           COLLATE utf8mb4_bin NOT NULL,
    ADD COLUMN class ENUM ('promo', 'service') COLLATE utf8mb4_bin NULL COMMENT 'of kind plan_step; the others have that of their kind';
