"""A long queue: what relaisd needs of memory with it, and how soon it sends again after a kill -9.

RELAIS_BENCH_MESSAGES (1,000,000) sets the size. restart_seconds is from the start of the new relaisd
to the first message that the carrier accepts, with MariaDB's own recovery in between.
"""

import os
import statistics
import time

from measure import TEXT, BenchStage, note, say, wait_until, wall_us

MESSAGES = int(os.environ.get("RELAIS_BENCH_MESSAGES", "1000000"))
WINDOW = 500
ROUNDS = 3

# What relaisd says on the way to sending.
STEPS = {"database": "standalone server=ready", "ready": "main relaisd ready",
         "settled": "gateway outbox settled", "bound": "link=up"}


def seconds_to_sending(stage, carrier):
    """Killed while it sends, and started again."""
    stage.kill()
    wait_until(lambda: carrier.stats()["sessions"] == 0, what="the carrier sees it gone")
    before = carrier.stats()["accepted"]
    begin, wall = time.monotonic(), time.time_ns() // 1000
    stage.start(ready=False)
    wait_until(lambda: carrier.stats()["accepted"] > before, every=0.002, what="it sends again")
    took = time.monotonic() - begin
    said = {step: stage.relaisd.said(rf"(?m)^(\S+) +\w+ +.*{words}") for step, words in STEPS.items()}
    note(f"restart after {before} were sent: {took:.2f} s, of which " + " ".join(
        f"{step}={(wall_us(line[1]) - wall) / 1e6:.2f}" for step, line in said.items() if line))
    return took


def main():
    note(f"queue messages={MESSAGES} window={WINDOW} kills={ROUNDS}")
    with BenchStage() as stage:
        carrier = stage.add_carrier(scenario='receipt_delay = "50ms"\n',
                                    settings=f"window = {WINDOW}", log_text=False)
        relaisd = stage.start_filled(MESSAGES)
        stage.create_campaign("bench", "all", TEXT)
        stage.hold()
        stage.start_campaign("bench")
        stage.wait_expanded("bench")
        assert carrier.stats()["accepted"] == 0
        assert sum(q["waiting"]["promo"] for q in stage.ctl("queue")["queues"]) == MESSAGES
        rss = [relaisd.peak_rss_mb()]
        say("relaisd_queued_peak_rss_mb", rss[0], "MB")

        stage.release()
        took = []
        for kill in range(1, ROUNDS + 1):
            # Early in the campaign, so that nearly all of it is still in the queue.
            wait_until(lambda: carrier.stats()["accepted"] > MESSAGES * kill // 20, 600,
                       "the campaign goes on", every=0.01)
            rss.append(stage.relaisd.peak_rss_mb())
            took.append(seconds_to_sending(stage, carrier))
        wait_until(lambda: stage.campaign_state("bench") == "done", 1800,
                   "the campaign is done", every=0.5)
        wait_until(lambda: carrier.stats()["queued"] == 0, 60, "every receipt is stored")
        rss.append(stage.relaisd.peak_rss_mb())

        states = stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state")
        stats = carrier.stats()
        assert set(states) <= {"delivered", "unknown", "accepted"}, states
        assert sum(states.values()) == MESSAGES and stats["double_messages"] == 0, (states, stats)
        say("relaisd_peak_rss_mb", max(rss), "MB")
        say("restart_seconds", statistics.median(took), "s")
        say("restart_seconds_max", max(took), "s")
        say("unknown_left_per_kill", states.get("unknown", 0) / ROUNDS, "messages")


main()
