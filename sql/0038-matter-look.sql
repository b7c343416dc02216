-- 0038-matter-look.sql
DO 0;
