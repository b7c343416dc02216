-- 0037-occasion-mail.sql
DO 0;
