"""Previews, the start of a campaign and the consent ledger: bench_expand.c, built and run."""

import sys

from measure import run_c

run_c("bench_expand", *sys.argv[1:])
