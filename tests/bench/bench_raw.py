"""What MariaDB alone takes for a campaign's messages, without a gateway: bench_raw.c."""

from measure import run_c

run_c("bench_raw")
