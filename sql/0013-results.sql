-- 0013-results.sql - the life of a campaign beyond sending: approval, several texts, a hold-out
-- group, and what it brought.

ALTER TABLE campaign
    MODIFY state ENUM ('draft', 'expanding', 'sending', 'paused', 'done', 'cancelled', 'scheduled', 'waiting approval',
                       'testing') NOT NULL,
    ADD COLUMN created_by   VARCHAR(64)       NOT NULL DEFAULT '' COMMENT 'a user of the control port',
    ADD COLUMN body_hash    BIGINT UNSIGNED   NOT NULL DEFAULT 0 COMMENT 'of the text without regard to case, spaces and accents',
    ADD COLUMN may_repeat   BOOLEAN           NOT NULL DEFAULT FALSE COMMENT 'also to who had the same text lately',
    ADD COLUMN hold_out     SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'share of the recipients that is not sent it, in 1/10,000',
    ADD COLUMN variant_n    TINYINT UNSIGNED  NOT NULL DEFAULT 1 COMMENT 'texts; more than one: campaign_variant has them',
    ADD COLUMN test_share   SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'share that tries the texts, in 1/10,000; 0: all have their share of each text',
    ADD COLUMN test_s       INT UNSIGNED      NOT NULL DEFAULT 0 COMMENT 'how long the test waits, once its texts have left',
    ADD COLUMN test_by      ENUM ('replies', 'visits', 'orders') NOT NULL DEFAULT 'replies',
    ADD COLUMN test_until   DATETIME(6)       NULL COMMENT 'the winner is decided then; NULL: its texts have not all left',
    ADD COLUMN winner       TINYINT UNSIGNED  NULL COMMENT 'the text that the rest gets',
    ADD COLUMN winner_at    DATETIME(6)       NULL,
    ADD COLUMN winner_by    VARCHAR(64)       NOT NULL DEFAULT '' COMMENT 'relaisd, or the user who chose',
    ADD COLUMN winner_why   VARCHAR(300)      NOT NULL DEFAULT '',
    ADD KEY by_body (body_hash, started_at);

CREATE TABLE campaign_variant (
    campaign_id  BIGINT UNSIGNED  NOT NULL,
    n            TINYINT UNSIGNED NOT NULL COMMENT '0 is text A, and campaign.body',
    template_id  BIGINT UNSIGNED  NOT NULL COMMENT '0: the body is its own',
    template_version INT UNSIGNED NOT NULL,
    body         TEXT             NOT NULL COMMENT 'the first one, of a template in several languages',
    body_hash    BIGINT UNSIGNED  NOT NULL,
    PRIMARY KEY (campaign_id, n),
    KEY by_body (body_hash)
) COMMENT 'the texts of a campaign that has more than one';

CREATE TABLE campaign_rest (
    campaign_id  BIGINT UNSIGNED NOT NULL,
    chunk        BIGINT UNSIGNED NOT NULL COMMENT 'customer id >> 12',
    first_id     BIGINT UNSIGNED NOT NULL COMMENT 'the first of them: a chunk may be written by several steps',
    bits         VARBINARY(512)  NOT NULL COMMENT 'bit (id & 7) of byte ((id & 4095) >> 3)',
    PRIMARY KEY (campaign_id, chunk, first_id)
) COMMENT 'the audience as it was at the start, less those who tried the texts: they wait for the winner';

CREATE TABLE campaign_approval (
    campaign_id  BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    asked_by     VARCHAR(64)     NOT NULL,
    asked_at     DATETIME(6)     NOT NULL,
    audience_n   BIGINT UNSIGNED NOT NULL COMMENT 'what the preview said when it was asked for ...',
    recipient_n  BIGINT UNSIGNED NOT NULL,
    segment_n    BIGINT UNSIGNED NOT NULL,
    cost_cents   BIGINT          NOT NULL,
    currency     CHAR(3)         NOT NULL,
    verdict      ENUM ('', 'approved', 'refused') NOT NULL DEFAULT '',
    decided_by   VARCHAR(64)     NOT NULL DEFAULT '',
    decided_at   DATETIME(6)     NULL,
    why          VARCHAR(200)    NOT NULL DEFAULT ''
) COMMENT 'the last time that somebody else was asked whether a campaign may start';

-- Orders come in the order of time: each is the last of this index.
ALTER TABLE customer_order
    ADD KEY by_time (ordered_at, customer_id);

-- What came of it, too. Of a text: its number, a colon, and what was counted.
ALTER TABLE campaign_figure
    MODIFY kind ENUM ('state', 'excluded', 'total', 'result', 'failed') NOT NULL,
    MODIFY name VARCHAR(64) NOT NULL COMMENT 'of the message state, the exclusion, the reason, or what was counted',
    MODIFY n    BIGINT      NOT NULL;
