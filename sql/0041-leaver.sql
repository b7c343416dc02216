-- 0041-leaver.sql - who takes over may be gone; others do not wait for that.
ALTER TABLE staff_leaving
    ADD COLUMN stuck_at DATETIME(6) NULL COMMENT 'when there was last nobody to take it over';
