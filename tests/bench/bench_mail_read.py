"""Mails read on one lane, without a database: how many a second, and what a large one costs."""

from measure import run_c

run_c("bench_mail_read")
