-- 0026-mail-queue.sql - the queue that mails wait in, and who tells what became of them.

-- Of a route of short messages that had this name: relaisd asks for another one.
UPDATE queue SET name = CONCAT('sms ', LEFT(name, 76)) WHERE name = 'mail' OR name LIKE 'mail %';

-- Above all numbers that are given out: store/queue.h.
INSERT INTO queue (id, name, channel) VALUES (65535, 'mail', 'email');
INSERT IGNORE INTO carrier (id, name) VALUES (65535, 'mail');

CREATE TABLE post_run (
    node_id  SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
    run      VARCHAR(32)       NOT NULL COLLATE utf8mb4_bin COMMENT 'the name of the notes that it keeps of mails that have begun'
);
