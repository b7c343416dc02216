-- 0041-report-period.sql
DO 0;
