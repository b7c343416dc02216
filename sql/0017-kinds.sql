-- 0017-kinds.sql
CREATE TABLE order_event (
    id          BIGINT UNSIGNED   NOT NULL PRIMARY KEY COMMENT 'carries the time',
    order_id    BIGINT UNSIGNED   NOT NULL,
    partner_id  SMALLINT UNSIGNED NOT NULL COMMENT 'whose order it is',
    at          DATETIME(6)       NOT NULL COMMENT 'when it happened',
    status      ENUM ('planned', 'out', 'delivered', 'missed', 'cancelled') NOT NULL,
    place       VARCHAR(100)      NOT NULL DEFAULT '',
    note        VARCHAR(200)      NOT NULL DEFAULT '',
    import_id   BIGINT UNSIGNED   NULL,
    recorded_at DATETIME(6)       NOT NULL,
    was         ENUM ('planned', 'out', 'delivered', 'missed', 'cancelled') NULL,
    was_at      DATETIME(6)       NULL COMMENT 'its status_at before',
    KEY by_order (order_id),
    KEY by_partner (partner_id, id),
    KEY by_import (import_id)
);
