-- 0039-customer-owner.sql
DO 0;
