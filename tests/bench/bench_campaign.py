"""Campaigns from MariaDB to the simulated carrier, every response and every receipt stored.

RELAIS_BENCH_MESSAGES (1,000,000) sets the size; the same at 200,000 comes before it, so that one sees
how the rate depends on the size. RELAIS_BENCH_WINDOWS ("500,100,1000") are the carrier's windows: the
first is that of the figures, the others are tried at up to 1,000,000 messages. At the end, what
MariaDB alone takes for such messages, and the ratio to it.

RELAIS_BENCH_PERF=FILE: perf looks at all programs while the large campaign is sent, and writes FILE.
"""

import os
import time

from measure import TEXT, BenchStage, Work, note, run_c, say, say_work, wait_until

MESSAGES = int(os.environ.get("RELAIS_BENCH_MESSAGES", "1000000"))
WINDOWS = [int(w) for w in os.environ.get("RELAIS_BENCH_WINDOWS", "500,100,1000").split(",")]
SMALL = 200000
LARGE = 1000000


def check(stage, carrier, messages):
    """Every message delivered, with its acceptance and its receipt, and none twice. Returns the
    seconds from the first acceptance to the last receipt, by the database's own book."""
    states = stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state")
    assert states == {"delivered": messages}, states
    stats = carrier.stats()
    assert stats["double_messages"] == 0 and stats["accepted"] == messages, stats
    assert stats["destinations"] == messages, stats
    events = {kind: (int(n), float(first), float(last)) for kind, n, first, last in stage.sql.rows(
        "SELECT kind, COUNT(*), UNIX_TIMESTAMP(MIN(at)), UNIX_TIMESTAMP(MAX(at))"
        "  FROM message_event GROUP BY kind")}
    assert {kind: e[0] for kind, e in events.items()} == {"accepted": messages,
                                                          "delivered": messages}, events
    return events["delivered"][2] - events["accepted"][1]


def run(messages, window, held=True, samples=None):
    """One campaign on a fresh database. Held: sending begins when all messages are in the queue."""
    with BenchStage() as stage:
        carrier = stage.add_carrier(scenario='receipt_delay = "50ms"\n',
                                    settings=f"window = {window}", log_text=False)
        relaisd = stage.start_filled(messages)
        stage.create_campaign("bench", "all", TEXT)
        if held:
            stage.hold()
        started = time.monotonic()
        stage.start_campaign("bench")
        if held:
            stage.wait_expanded("bench")
            expanded = time.monotonic()
            assert carrier.stats()["accepted"] == 0
            stage.release()
        wait_until(lambda: carrier.stats()["accepted"] > 0, every=0.01, what="the first submit")
        first = time.monotonic()
        work = Work(samples, relaisd=relaisd.pid, mariadbd=stage.mariadbd_pid(), smsc=carrier.pid)
        # A receipt is acknowledged after its commit: the last one's is the end.
        wait_until(lambda: carrier.stats()["receipts_acked"] >= messages, limit=3600, every=0.05,
                   what=lambda: f"all receipts are stored: {carrier.stats()}")
        end = time.monotonic()
        used = work.end()
        wait_until(lambda: stage.campaign_state("bench") == "done", 600, "the campaign is done")
        by_sql = check(stage, carrier, messages)
        return {"rate": messages / (end - first), "by_sql": messages / by_sql,
                "expansion": messages / (expanded - started) if held else None,
                "with_expansion": messages / (end - started),
                "first_submit": first - started, "rss": relaisd.peak_rss_mb(), "work": used}


def main():
    note(f"campaign messages={MESSAGES} window={WINDOWS[0]} carriers=1 receipts=all; customers by"
         " SQL, without the ledger behind their grants")
    small = min(SMALL, MESSAGES)
    at_small = run(small, WINDOWS[0])["rate"]
    note(f"campaign messages={small} window={WINDOWS[0]}, expanded before it is sent")
    say("campaign_sms_per_second_small", at_small, "1/s")
    overlapping = run(small, WINDOWS[0], held=False)
    note(f"campaign messages={small} window={WINDOWS[0]}, sent while it is expanded")
    say("campaign_sms_per_second_overlapping", overlapping["rate"], "1/s")
    say("campaign_sms_per_second_with_expansion", overlapping["with_expansion"], "1/s")
    say("campaign_first_submit_seconds", overlapping["first_submit"], "s")
    figures = run(MESSAGES, WINDOWS[0], samples=os.environ.get("RELAIS_BENCH_PERF"))
    note(f"campaign messages={MESSAGES} window={WINDOWS[0]}, expanded before it is sent")
    say("campaign_sms_per_second", figures["rate"], "1/s")
    say("campaign_sms_per_second_by_sql", figures["by_sql"], "1/s")
    say("campaign_size_ratio", figures["rate"] / at_small, "of the rate at the small size")
    say("campaign_expansion_per_second", figures["expansion"], "1/s")
    say("relaisd_peak_rss_mb", figures["rss"], "MB")
    say_work(figures["work"], MESSAGES)
    for window in WINDOWS[1:]:
        note(f"campaign messages={min(MESSAGES, LARGE)} window={window}")
        say(f"campaign_sms_per_second_window_{window}", run(min(MESSAGES, LARGE), window)["rate"],
            "1/s")
    raw = run_c("bench_raw", small)["store_messages_per_second_raw"]
    say("campaign_to_raw_ratio", at_small / raw, "of the raw rate")


main()
