-- 0024-document.sql
DO 0;
