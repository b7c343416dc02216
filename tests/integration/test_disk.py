"""A full disk costs time and nothing else. Needs the right to mount a small disk of its own."""

import contextlib
import os
import subprocess

import pytest

import orders
from harness import wait_until
from scenes import TEXT, promotions, ready, take


@pytest.fixture
def small_disk(stage):
    """stage.data on a disk of 260 MB, of which a database takes a little more than half."""
    stage.data.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=260m", "tmpfs", stage.data],
                          capture_output=True, text=True)
    if done.returncode:
        pytest.skip("may not mount a disk here")
    yield stage.data
    stage.close()
    subprocess.run(["umount", stage.data], check=True)


def fill(path):
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as ballast:
        while True:
            ballast.write(b"x" * 65536)
    assert os.statvfs(path).f_bavail == 0


def test_a_disk_that_is_full_for_a_while_loses_nothing_and_the_daemon_stays_up(stage, small_disk):
    people = 3000
    carrier = ready(stage, settings="window = 50\n    max_per_second = 500")
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: carrier.stats()["accepted"] >= people / 6, what="a part is out")
    fill(small_disk / "ballast")
    stage.relaisd.wait_said(r"(?s)(record failed.*){3}")
    assert stage.relaisd.running()
    os.unlink(small_disk / "ballast")
    stage.wait_campaign("sale", limit=120)
    assert sorted(promotions(carrier)) == [orders.phone(i) for i in range(1, people + 1)]
    assert stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state") == {
        "delivered": people}
    imported = take(stage, "b.csv", orders.many(100, start=people + 1))
    assert imported["rows_taken"] == 100
