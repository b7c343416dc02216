-- 0026-mail-queue.sql
DO 0;
