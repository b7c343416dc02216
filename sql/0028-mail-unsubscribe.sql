-- 0028-mail-unsubscribe.sql
DO 0;
