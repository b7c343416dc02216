-- 0012-when.sql - when messages leave: windows by the recipient's clock, campaigns with a rate or a
-- budget, scheduled starts, later ends.

CREATE TABLE send_window (
    id       INT UNSIGNED NOT NULL PRIMARY KEY,
    zone     VARCHAR(40)  NOT NULL COLLATE utf8mb4_bin COMMENT 'of the tz database',
    country  CHAR(2)      NOT NULL COMMENT 'whose holidays count',
    region   VARCHAR(3)   NOT NULL COMMENT 'of France, with holidays of its own',
    promo    BOOLEAN      NOT NULL COMMENT 'the hours of promotions hold, too',
    hours    VARCHAR(200) NOT NULL COMMENT 'of the campaign; empty: none',
    UNIQUE KEY by_place (zone, country, region, promo, hours)
) COMMENT 'by whose clock messages may leave: one a place, and campaign with hours of its own';

-- 0: a promotion goes by the house's own place, anything else goes at any time.
ALTER TABLE message
    ADD COLUMN window_id INT UNSIGNED NOT NULL DEFAULT 0;

ALTER TABLE outbox_slice
    ADD COLUMN window_id INT UNSIGNED NOT NULL DEFAULT 0,
    MODIFY state ENUM ('ready', 'held', 'waiting', 'paced') NOT NULL DEFAULT 'ready'
           COMMENT 'waiting: all are claimed, not all are answered; paced: given out piece by piece';

ALTER TABLE campaign
    MODIFY state ENUM ('draft', 'expanding', 'sending', 'paused', 'done', 'cancelled', 'scheduled')
           NOT NULL,
    ADD COLUMN send_hours       VARCHAR(200)    NOT NULL DEFAULT '' COMMENT 'narrower than those of promotions',
    ADD COLUMN rate_per_hour    INT UNSIGNED    NOT NULL DEFAULT 0 COMMENT '0: as fast as it goes',
    ADD COLUMN paced_at         DATETIME(6)     NULL COMMENT 'by its rate, the next message may leave from here on',
    ADD COLUMN budget_cents     BIGINT UNSIGNED NULL,
    ADD COLUMN spent_millicents BIGINT UNSIGNED NULL DEFAULT 0 COMMENT 'what has been given out costs; NULL: to be counted',
    ADD COLUMN start_at         DATETIME(6)     NULL,
    ADD COLUMN start_within_s   INT UNSIGNED    NOT NULL DEFAULT 14400 COMMENT 'a start missed by more is left to a person',
    ADD COLUMN pause_reason     VARCHAR(32)     NOT NULL DEFAULT '' COMMENT 'when Relais paused it: budget, missed_start',
    ADD COLUMN expires_until    DATETIME(6)     NULL COMMENT 'extended: none of its messages expires before',
    ADD COLUMN extend_next      BIGINT UNSIGNED NULL COMMENT 'messages below this id were told so; NULL: all were';

CREATE TABLE promo_turn (
    id    TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    turn  BIGINT UNSIGNED  NOT NULL
) COMMENT 'one row: where promotions are capped, claims of several nodes come one after the other';
