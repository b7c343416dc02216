"""Partners' files, CSV and XML, from in/ to done/: bench_import.c, built and run."""
import os
import subprocess
import sys

build = os.environ["RELAIS_BUILDDIR"]
subprocess.run(["make", "-s", "tests/bench/bench_import"], cwd=build, check=True)
sys.stdout.flush()
subprocess.run([os.path.join(build, "tests/bench/bench_import")] + sys.argv[1:], check=True)
