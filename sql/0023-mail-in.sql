-- 0023-mail-in.sql
DO 0;
