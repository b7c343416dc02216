-- 0042-rights.sql
DO 0;
