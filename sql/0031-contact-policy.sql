-- 0031-contact-policy.sql
DO 0;
