-- 0034-alert-rule.sql
DO 0;
