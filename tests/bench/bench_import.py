"""Partners' files, CSV and XML, from in/ to done/: bench_import.c, built and run."""

import sys

from measure import run_c

run_c("bench_import", *sys.argv[1:])
