-- 0030-contact-task.sql - whom an employee is to contact, and what came of it.

CREATE TABLE contact_outcome (
    id         SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
    code       VARCHAR(32)       NOT NULL UNIQUE COLLATE utf8mb4_bin,
    label_fr   VARCHAR(60)       NOT NULL,
    label_en   VARCHAR(60)       NOT NULL,
    reached    BOOLEAN           NOT NULL COMMENT 'the customer was spoken to: it counts as a contact',
    effect     ENUM ('none', 'call_back', 'wrong_number', 'do_not_contact', 'order') COLLATE utf8mb4_bin NOT NULL DEFAULT 'none',
    next_days  SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'a new task after so many days unless another date is given; 0: none',
    words      VARCHAR(300)      NOT NULL DEFAULT '' COMMENT 'how it is said in an answer by SMS or mail, besides code and labels: words with commas between them',
    is_on      BOOLEAN           NOT NULL DEFAULT TRUE COMMENT 'may be chosen'
);

INSERT INTO contact_outcome (id, code, label_fr, label_en, reached, effect, next_days, words) VALUES
    (1, 'reached',        'joint',                 'reached',        TRUE,  'none',           0, 'ok, fait, joint, done, reached, vu'),
    (2, 'no_answer',      'pas de réponse',        'no answer',      FALSE, 'none',           1, 'absent, nr, pas de reponse, no answer, repondeur, voicemail'),
    (3, 'call_back',      'à rappeler',            'call back',      TRUE,  'call_back',      1, 'rappel, rappeler, rdv, callback, call back'),
    (4, 'refused',        'pas intéressé',         'not interested', TRUE,  'none',           0, 'refus, refuse, non, pas interesse, refused'),
    (5, 'order_taken',    'commande prise',        'order taken',    TRUE,  'order',          0, 'commande, cde, vendu, order, sold'),
    (6, 'wrong_number',   'mauvais numéro',        'wrong number',   FALSE, 'wrong_number',   0, 'faux, faux numero, mauvais numero, wrong, wrong number'),
    (7, 'do_not_contact', 'ne plus contacter',     'do not contact', TRUE,  'do_not_contact', 0, 'ne plus contacter, stop contact, do not contact');

CREATE TABLE contact_task (
    id            BIGINT UNSIGNED   NOT NULL PRIMARY KEY COMMENT 'the number that people answer with: OK 1234',
    customer_id   BIGINT UNSIGNED   NOT NULL,
    team_id       SMALLINT UNSIGNED NOT NULL,
    staff_id      INT UNSIGNED      NULL COMMENT 'who is to do it; NULL: nobody could take it yet',
    source        ENUM ('list', 'plan', 'manager', 'call_back') COLLATE utf8mb4_bin NOT NULL,
    state         ENUM ('open', 'done', 'cancelled') COLLATE utf8mb4_bin NOT NULL DEFAULT 'open',
    day           DATE              NOT NULL COMMENT 'on whose list it stands, in the team''s calendar',
    due_at        DATETIME(6)       NOT NULL COMMENT 'a result after this is late',
    title         VARCHAR(200)      NOT NULL COMMENT 'what to do',
    expected      VARCHAR(200)      NOT NULL DEFAULT '' COMMENT 'the result that is hoped for',
    reasons       VARCHAR(500)      NOT NULL DEFAULT '' COLLATE utf8mb4_bin COMMENT 'why, as domain/contact_score.h writes it',
    score         INT               NOT NULL DEFAULT 0,
    plan_id       BIGINT UNSIGNED   NULL COMMENT 'contact_plan, of source plan',
    plan_step     SMALLINT UNSIGNED NOT NULL DEFAULT 0,
    policy_id     BIGINT UNSIGNED   NULL COMMENT 'escalation_policy; NULL: that of its team',
    created_at    DATETIME(6)       NOT NULL,
    created_by    VARCHAR(64)       NOT NULL COMMENT 'a login, or what made it',
    -- What came of it.
    result_id     BIGINT UNSIGNED   NULL COMMENT 'the last contact_result',
    outcome_id    SMALLINT UNSIGNED NULL,
    done_at       DATETIME(6)       NULL,
    done_by       INT UNSIGNED      NULL,
    why           VARCHAR(64)       NOT NULL DEFAULT '' COMMENT 'of a cancelled one',
    withdrawn     BOOLEAN           NOT NULL DEFAULT FALSE COMMENT 'cancelled by a person: it can have no result any more',
    is_twin       BOOLEAN           NOT NULL DEFAULT FALSE COMMENT 'its customer has another one of the list of that day: two who are one, or it was cancelled and yet done',
    once          BOOLEAN           AS (IF(source = 'list' AND state <> 'cancelled' AND NOT is_twin, 1, NULL)) PERSISTENT,
    UNIQUE KEY once_a_day (customer_id, day, once),
    KEY by_staff (staff_id, state, day),
    KEY by_day (day, team_id),
    KEY by_plan (plan_id)
) COMMENT 'one contact to be made; from source list a customer has one a day';

CREATE TABLE contact_result (
    id            BIGINT UNSIGNED   NOT NULL PRIMARY KEY COMMENT 'carries the time',
    task_id       BIGINT UNSIGNED   NULL COMMENT 'NULL: a contact that nobody had planned',
    customer_id   BIGINT UNSIGNED   NOT NULL,
    staff_id      INT UNSIGNED      NULL COMMENT 'who made the contact',
    outcome_id    SMALLINT UNSIGNED NOT NULL,
    note          VARCHAR(1000)     NOT NULL DEFAULT '',
    next_at       DATETIME(6)       NULL COMMENT 'the next contact that was agreed',
    next_task_id  BIGINT UNSIGNED   NULL COMMENT '... and its task',
    at            DATETIME(6)       NOT NULL,
    via           ENUM ('console', 'api', 'sms', 'mail', 'link') COLLATE utf8mb4_bin NOT NULL,
    via_id        BIGINT UNSIGNED   NULL COMMENT 'the inbound_message, of sms and mail',
    who           VARCHAR(64)       NOT NULL COMMENT 'whoever recorded it',
    spoiled       VARCHAR(16)       NOT NULL DEFAULT '' COLLATE utf8mb4_bin COMMENT 'the number that it made invalid',
    KEY by_task (task_id),
    KEY by_customer (customer_id),
    KEY by_staff (staff_id, id)
) COMMENT 'append-only: a correction is another row, and the last one counts';

CREATE TABLE contact_note (
    id            BIGINT UNSIGNED   NOT NULL PRIMARY KEY COMMENT 'carries the time',
    task_id       BIGINT UNSIGNED   NOT NULL,
    customer_id   BIGINT UNSIGNED   NOT NULL,
    at            DATETIME(6)       NOT NULL,
    who           VARCHAR(64)       NOT NULL,
    note          VARCHAR(1000)     NOT NULL,
    KEY by_task (task_id),
    KEY by_customer (customer_id)
) COMMENT 'append-only: what people say to one another about a task, besides its result';

-- Tasks, results and notes follow, too: a name says it as well as a place in a list.
ALTER TABLE customer_moved
    MODIFY what VARCHAR(16) COLLATE utf8mb4_bin NOT NULL;
