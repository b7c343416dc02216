-- 0031-contact-policy.sql - whom to contact, and why: a policy for each category of customers, what
-- there is to tell them, the lists that were made, and news that change who is on one.

CREATE TABLE contact_policy (
    category_id  SMALLINT UNSIGNED NOT NULL PRIMARY KEY COMMENT '0: customers whose category has none of its own',
    is_on        BOOLEAN           NOT NULL DEFAULT TRUE,
    team_id      SMALLINT UNSIGNED NOT NULL COMMENT 'looks after those who are nobody''s',
    every_days   SMALLINT UNSIGNED NOT NULL DEFAULT 90 COMMENT 'a contact at least so often; 0: not by the calendar',
    counts       ENUM ('talk', 'any') COLLATE utf8mb4_bin NOT NULL DEFAULT 'talk'
                 COMMENT 'any: a message, in whichever direction, is a contact, too',
    rest_days    SMALLINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'who was spoken to is left alone so long, whatever there is',
    priority     SMALLINT          NOT NULL DEFAULT 0 COMMENT 'points for whoever is due',
    value_points SMALLINT UNSIGNED NOT NULL DEFAULT 2 COMMENT 'points for each 100.00 ordered, ten times at most',
    created_at   DATETIME(6)       NOT NULL,
    updated_at   DATETIME(6)       NOT NULL
);

CREATE TABLE contact_reason (
    category_id  SMALLINT UNSIGNED NOT NULL COMMENT 'of the policy',
    reason       ENUM ('overdue', 'reply', 'complaint', 'missed', 'delivery', 'invoice', 'terms', 'news')
                 COLLATE utf8mb4_bin NOT NULL,
    points       SMALLINT UNSIGNED NOT NULL COMMENT '0: no reason',
    days         SMALLINT UNSIGNED NOT NULL COMMENT 'for so long, or so long before; see domain/contact_score.h',
    PRIMARY KEY (category_id, reason)
) COMMENT 'what the reasons weigh, where a policy says other than usual';

CREATE TABLE contact_topic (
    id           INT UNSIGNED      NOT NULL PRIMARY KEY,
    name         VARCHAR(40)       NOT NULL UNIQUE,
    kind         ENUM ('terms', 'news') COLLATE utf8mb4_bin NOT NULL,
    category_id  SMALLINT UNSIGNED NOT NULL COMMENT '0: every category',
    text         VARCHAR(160)      NOT NULL COMMENT 'what the employee is to tell',
    from_day     DATE              NOT NULL,
    to_day       DATE              NOT NULL COMMENT 'the last one',
    created_at   DATETIME(6)       NOT NULL,
    created_by   VARCHAR(64)       NOT NULL,
    KEY by_day (to_day)
) COMMENT 'better terms, news of services: who was spoken to since from_day has heard of them';

CREATE TABLE contact_list (
    team_id      SMALLINT UNSIGNED NOT NULL,
    day          DATE              NOT NULL COMMENT 'in the team''s calendar',
    state        ENUM ('wanted', 'making', 'made') COLLATE utf8mb4_bin NOT NULL,
    wanted_at    DATETIME(6)       NOT NULL,
    wanted_by    VARCHAR(64)       NOT NULL COMMENT 'a login; empty: the clock',
    fence        BIGINT UNSIGNED   NOT NULL DEFAULT 0 COMMENT 'of the lease of whoever makes it',
    made_at      DATETIME(6)       NULL COMMENT 'of the last time',
    seen_n       INT UNSIGNED      NOT NULL DEFAULT 0 COMMENT 'customers of the team',
    due_n        INT UNSIGNED      NOT NULL DEFAULT 0 COMMENT '... of whom so many are due',
    listed_n     INT UNSIGNED      NOT NULL DEFAULT 0 COMMENT '... and so many were put on it, all times together',
    cut_score    INT               NULL COMMENT 'the best score that found no place; NULL: there was room for all',
    PRIMARY KEY (team_id, day),
    KEY by_state (state)
) COMMENT 'made once a team and day, unless somebody wants it again';

CREATE TABLE contact_news (
    customer_id  BIGINT UNSIGNED   NOT NULL PRIMARY KEY,
    at           DATETIME(6)       NOT NULL
) COMMENT 'something changed: is the customer on a list, or to be? Written only while a policy is on';

-- The walk over all customers reads these by ranges of customers, and what is long past not at all.
ALTER TABLE invoice
    ADD KEY by_customer_due (customer_id, due_on),
    DROP KEY by_customer;
ALTER TABLE contact_task
    ADD KEY by_open (state, customer_id);
