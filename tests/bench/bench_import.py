"""Partners' files, CSV and XML, from in/ to done/: bench_import.c, built and run; and what others feel of it.

bench_import.py [ROWS] - of each file; `large` in their place: one file of 2 GB, for the peak memory.
"""

import subprocess
import sys
import time

from harness import BUILD, SOURCE
from measure import BenchStage, note, run_c, say_quantiles

EVERY = 0.02  # seconds between two questions
LARGE = 2500000  # rows of XML: 2 GB
WATCHED = 300000


def watch(rows=WATCHED):
    """How long the control port takes to answer while a file is taken."""
    took = []
    with BenchStage() as stage:
        stage.add_profile("csv", (SOURCE / "conf/partners/csv.conf").read_text())
        stage.start()
        path = stage.dir / "orders.csv"
        subprocess.run([BUILD / "tests/bench/bench_import", "make", "csv", str(rows), path], check=True)
        stage.drop("csv", "orders.csv", path)
        began = time.monotonic()
        while not any(stage.partner_dir("csv", "out").glob("[!.]*")):
            asked = time.monotonic()
            status, _ = stage.http("GET", "/v1/status")
            took.append((time.monotonic() - asked) * 1000)
            assert status == 200
            time.sleep(max(0, EVERY - (time.monotonic() - asked)))
        note(f"csv through relaisd while asked {len(took)} times:"
             f" {rows / (time.monotonic() - began):.0f} rows/s")
    say_quantiles("http_during_import", took)


if sys.argv[1:] == ["large"]:
    run_c("bench_import", "peak", "xml", LARGE)
else:
    run_c("bench_import", *sys.argv[1:])
    watch()
