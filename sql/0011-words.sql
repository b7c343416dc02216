-- 0011-words.sql - what is said: versions and languages of templates, links in texts and who followed
-- them, and tests of a campaign on one's own phone.

ALTER TABLE template
    ADD COLUMN version    INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'the newest one',
    ADD COLUMN deleted_at DATETIME(6)  NULL COMMENT 'not offered any more; its versions are kept',
    ADD COLUMN deleted_by VARCHAR(64)  NOT NULL DEFAULT '';

CREATE TABLE template_version (
    template_id  BIGINT UNSIGNED NOT NULL,
    version      INT UNSIGNED    NOT NULL,
    kind         ENUM ('promotional', 'informational', 'reminder') NOT NULL DEFAULT 'promotional',
    language     CHAR(2)         NOT NULL COMMENT 'of those whose own language it does not have',
    who          VARCHAR(64)     NOT NULL,
    created_at   DATETIME(6)     NOT NULL,
    PRIMARY KEY (template_id, version)
) COMMENT 'a version is never changed: campaigns name the one they took';

CREATE TABLE template_text (
    template_id  BIGINT UNSIGNED NOT NULL,
    version      INT UNSIGNED    NOT NULL,
    language     CHAR(2)         NOT NULL,
    body         TEXT            NOT NULL,
    PRIMARY KEY (template_id, version, language)
);

INSERT INTO template_version (template_id, version, language, who, created_at)
SELECT id, 1, 'fr', '', updated_at FROM template;

INSERT INTO template_text (template_id, version, language, body)
SELECT id, 1, 'fr', body FROM template;

ALTER TABLE template DROP COLUMN body;

ALTER TABLE campaign
    ADD COLUMN template_version INT UNSIGNED NOT NULL DEFAULT 1;

CREATE TABLE secret (
    name   VARCHAR(32) NOT NULL PRIMARY KEY,
    bytes  BINARY(32)  NOT NULL
) COMMENT 'keys that all nodes share, made at their first use';

CREATE TABLE campaign_link (
    campaign_id  BIGINT UNSIGNED  NOT NULL,
    n            TINYINT UNSIGNED NOT NULL COMMENT 'as the codes in its messages name it',
    url          VARCHAR(500)     NOT NULL COLLATE utf8mb4_bin,
    PRIMARY KEY (campaign_id, n)
) COMMENT 'where the short links of a campaign lead: nowhere but here';

CREATE TABLE link_visit (
    message_id   BIGINT UNSIGNED  NOT NULL,
    n            TINYINT UNSIGNED NOT NULL,
    at           DATETIME(6)      NOT NULL,
    visitor      BINARY(8)        NOT NULL COMMENT 'keyed hash of the address and the day: tells visits of a day apart, no person',
    class        ENUM ('human', 'bot') NOT NULL COMMENT 'bot: previews and crawlers as well',
    campaign_id  BIGINT UNSIGNED  NOT NULL,
    PRIMARY KEY (message_id, n, at, visitor),
    KEY by_campaign (campaign_id, n, class, message_id)
);

CREATE TABLE campaign_test (
    day          DATE              NOT NULL,
    n            SMALLINT UNSIGNED NOT NULL COMMENT '1, 2, 3 ... of the day: the key keeps its bound',
    campaign_id  BIGINT UNSIGNED   NOT NULL,
    message_id   BIGINT UNSIGNED   NOT NULL UNIQUE,
    PRIMARY KEY (day, n)
) COMMENT 'texts of campaigns that went to phones of our own';
