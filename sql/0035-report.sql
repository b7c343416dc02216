-- 0035-report.sql
DO 0;
