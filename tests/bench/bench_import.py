"""Partners' files, CSV and XML, from in/ to done/: bench_import.c, built and run; and what others feel of it.

bench_import.py [ROWS] - of each file; `large` in their place: one file of 2 GB, for the peak memory.
"""

import pathlib
import subprocess
import sys
import time

from measure import BUILD, BenchStage, note, quantile, run_c, say

PROFILE = pathlib.Path(__file__).resolve().parents[2] / "conf/partners/csv.conf"

EVERY = 0.02  # seconds between two questions
LARGE = 2500000  # rows of XML: 2 GB
WATCHED = 300000


def watch(rows=WATCHED):
    """How long the control port takes to answer while a file is taken."""
    took = []
    with BenchStage() as stage:
        stage.add_profile("csv", PROFILE.read_text())
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
    say("http_ms_p50_during_import", quantile(took, 0.5), "ms")
    say("http_ms_p99_during_import", quantile(took, 0.99), "ms")


if sys.argv[1:] == ["large"]:
    run_c("bench_import", "peak", "xml", LARGE)
else:
    run_c("bench_import", *sys.argv[1:])
    watch()
