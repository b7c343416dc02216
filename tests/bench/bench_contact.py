"""The daily list of contacts over a million customers: bench_contact.c, built and run."""

import sys

from measure import run_c

run_c("bench_contact", *sys.argv[1:])
