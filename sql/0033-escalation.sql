-- 0033-escalation.sql
DO 0;
