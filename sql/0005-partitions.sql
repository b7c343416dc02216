-- Months.
--
-- The three busy tables are cut by month on the message's or the reply's id, whose upper bits are
-- the time: a month that is no longer kept is dropped in milliseconds, whatever it holds. The
-- cut is made from the first month with rows to three months ahead; relaisd makes further ones. What is
-- newer than the last month goes to p_future, so an insert never fails for want of a partition.
-- Ids lower than the first month's go into the first partition.
--
-- Each cut copies its table once: doc/operations.md says how long that takes. Should it be
-- stopped half way, the four statements of a table can be run again together.

SET @last = DATE_FORMAT(UTC_TIMESTAMP() + INTERVAL 3 MONTH, '%Y-%m-01');

SET @first = (SELECT DATE_FORMAT(LEAST(UTC_TIMESTAMP(), COALESCE('2024-01-01' + INTERVAL (MIN(id) >> 20) SECOND, UTC_TIMESTAMP())), '%Y-%m-01') FROM message);
SET @cut = (WITH RECURSIVE m (month) AS (SELECT CAST(@first AS DATE) UNION ALL SELECT month + INTERVAL 1 MONTH FROM m WHERE month < @last) SELECT CONCAT('ALTER TABLE message PARTITION BY RANGE (id) (', GROUP_CONCAT('PARTITION p', DATE_FORMAT(month, '%Y%m'), ' VALUES LESS THAN (', TIMESTAMPDIFF(SECOND, '2024-01-01', month + INTERVAL 1 MONTH) << 20, ')' ORDER BY month SEPARATOR ', '), ', PARTITION p_future VALUES LESS THAN MAXVALUE)') FROM m);
PREPARE cut FROM @cut;
EXECUTE cut;

-- The events of a message stand with those of its month.
SET @first = (SELECT DATE_FORMAT(LEAST(UTC_TIMESTAMP(), COALESCE('2024-01-01' + INTERVAL (MIN(message_id) >> 20) SECOND, UTC_TIMESTAMP())), '%Y-%m-01') FROM message_event);
SET @cut = (WITH RECURSIVE m (month) AS (SELECT CAST(@first AS DATE) UNION ALL SELECT month + INTERVAL 1 MONTH FROM m WHERE month < @last) SELECT CONCAT('ALTER TABLE message_event PARTITION BY RANGE (message_id) (', GROUP_CONCAT('PARTITION p', DATE_FORMAT(month, '%Y%m'), ' VALUES LESS THAN (', TIMESTAMPDIFF(SECOND, '2024-01-01', month + INTERVAL 1 MONTH) << 20, ')' ORDER BY month SEPARATOR ', '), ', PARTITION p_future VALUES LESS THAN MAXVALUE)') FROM m);
PREPARE cut FROM @cut;
EXECUTE cut;

SET @first = (SELECT DATE_FORMAT(LEAST(UTC_TIMESTAMP(), COALESCE('2024-01-01' + INTERVAL (MIN(id) >> 20) SECOND, UTC_TIMESTAMP())), '%Y-%m-01') FROM inbound_message);
SET @cut = (WITH RECURSIVE m (month) AS (SELECT CAST(@first AS DATE) UNION ALL SELECT month + INTERVAL 1 MONTH FROM m WHERE month < @last) SELECT CONCAT('ALTER TABLE inbound_message PARTITION BY RANGE (id) (', GROUP_CONCAT('PARTITION p', DATE_FORMAT(month, '%Y%m'), ' VALUES LESS THAN (', TIMESTAMPDIFF(SECOND, '2024-01-01', month + INTERVAL 1 MONTH) << 20, ')' ORDER BY month SEPARATOR ', '), ', PARTITION p_future VALUES LESS THAN MAXVALUE)') FROM m);
PREPARE cut FROM @cut;
EXECUTE cut;
DEALLOCATE PREPARE cut;

CREATE TABLE partition_drop (
    table_name  VARCHAR(64)      NOT NULL,
    before_id   BIGINT UNSIGNED  NOT NULL COMMENT 'rows with ids from here on were kept',
    dropped_at  DATETIME(6)      NULL COMMENT 'NULL: about to be dropped',
    PRIMARY KEY (table_name, before_id)
) COMMENT 'which months are no longer kept, and since when';

-- What a campaign came to, kept when its messages are not any more.
CREATE TABLE campaign_figure (
    campaign_id  BIGINT UNSIGNED NOT NULL,
    kind         ENUM ('state', 'excluded', 'total') NOT NULL,
    name         VARCHAR(32)     NOT NULL COMMENT 'of the message state, the exclusion, or what was counted',
    n            BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (campaign_id, kind, name)
);

ALTER TABLE campaign
    ADD COLUMN figures_at DATETIME(6) NULL COMMENT 'its final figures are in campaign_figure since then';

ALTER TABLE import
    ADD COLUMN node_id SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'which relaisd has its copy; 0: taken before this was noted',
    ADD KEY by_received (received_at);
