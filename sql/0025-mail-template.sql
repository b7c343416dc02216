-- 0025-mail-template.sql
DO 0;
