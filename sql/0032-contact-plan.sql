-- 0032-contact-plan.sql
DO 0;
