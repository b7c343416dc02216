-- 0027-mail-reach.sql
DO 0;
