"""How long relaisd takes to be ready on a standalone database that exists, after a stop and a kill."""

import statistics
import time

from measure import BenchStage, note, say

import orders

CUSTOMERS = 20000
ROUNDS = 5


def seconds_to_ready(stage):
    begin = time.monotonic()
    stage.start(ready=False)
    while not stage.relaisd.said("relaisd ready"):
        assert stage.relaisd.running(), stage.relaisd.tail()
        time.sleep(0.005)
    return time.monotonic() - begin


def main():
    note(f"start customers={CUSTOMERS} rounds={ROUNDS}, medians")
    with BenchStage() as stage:
        stage.add_profile("shop", orders.PROFILE)
        stage.add_carrier()
        say("first_start_seconds", seconds_to_ready(stage), "s")
        stage.drop("shop", "all.csv", orders.many(CUSTOMERS))
        stage.wait_receipt("shop", limit=120)
        after_stop, after_kill = [], []
        for _ in range(ROUNDS):
            stage.relaisd.stop(60)
            after_stop.append(seconds_to_ready(stage))
        for _ in range(ROUNDS):
            stage.kill()
            after_kill.append(seconds_to_ready(stage))
        say("start_to_ready_seconds", statistics.median(after_stop), "s")
        say("start_after_kill_seconds", statistics.median(after_kill), "s")


main()
