"""Previews, the start of a campaign and the consent ledger: bench_expand.c, built and run."""
import os
import subprocess
import sys

build = os.environ["RELAIS_BUILDDIR"]
subprocess.run(["make", "-s", "tests/bench/bench_expand"], cwd=build, check=True)
sys.stdout.flush()
subprocess.run([os.path.join(build, "tests/bench/bench_expand")] + sys.argv[1:], check=True)
