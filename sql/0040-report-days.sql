-- 0040-report-days.sql
DO 0;
