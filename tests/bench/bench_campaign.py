"""A campaign from MariaDB to the simulated carrier, every response and every receipt stored.

RELAIS_BENCH_MESSAGES (200,000) sets the size, RELAIS_BENCH_WINDOW (500) the carrier's window.
"""

import os
import time

from measure import BenchStage, note, say, wait_until

import orders

MESSAGES = int(os.environ.get("RELAIS_BENCH_MESSAGES", "200000"))
WINDOW = int(os.environ.get("RELAIS_BENCH_WINDOW", "500"))
TEXT = "Bonjour {{first_name}}, -20% samedi dans votre magasin de {{city}}. STOP au 36000"


def main():
    note(f"campaign messages={MESSAGES} window={WINDOW} carriers=1 receipts=all")
    with BenchStage() as stage:
        stage.add_profile("shop", orders.PROFILE)
        carrier = stage.add_carrier(scenario='receipt_delay = "50ms"\n',
                                    settings=f"window = {WINDOW}", log_text=False)
        stage.start()
        content = orders.many(MESSAGES)
        begin = time.monotonic()
        stage.drop("shop", "all.csv", content)
        stage.wait_receipt("shop", limit=600)
        say("import_by_relaisd_rows_per_second", MESSAGES / (time.monotonic() - begin), "1/s")
        say("import_by_relaisd_peak_rss_mb", stage.relaisd.peak_rss_mb(), "MB")
        assert stage.sql.one("SELECT COUNT(*) FROM customer") == MESSAGES
        relaisd = stage.restart()
        wait_until(lambda: carrier.stats()["sessions"] == 1, what="the carrier is bound")

        stage.create_campaign("bench", "all", TEXT)
        begin = time.monotonic()
        stage.start_campaign("bench")
        wait_until(lambda: carrier.stats()["accepted"] > 0, every=0.01, what="the first submit")
        first = time.monotonic()
        # A receipt is acknowledged after its commit: the last one's is the end.
        wait_until(lambda: carrier.stats()["receipts_acked"] >= MESSAGES, limit=900, every=0.1,
                   what=lambda: f"all receipts are stored: {carrier.stats()}")
        end = time.monotonic()
        stage.wait_campaign("bench", limit=120)

        stats = carrier.stats()
        states = stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state")
        assert states == {"delivered": MESSAGES}, states
        assert stats["double_messages"] == 0 and stats["accepted"] == MESSAGES, stats
        by_sql = float(stage.sql.rows(
            "SELECT TIMESTAMPDIFF(MICROSECOND,"
            " MIN(IF(kind = 'accepted', at, NULL)), MAX(IF(kind = 'delivered', at, NULL))) / 1e6"
            " FROM message_event")[0][0])
        say("campaign_sms_per_second", MESSAGES / (end - first), "1/s")
        say("campaign_sms_per_second_by_sql", MESSAGES / by_sql, "1/s")
        say("campaign_sms_per_second_with_expansion", MESSAGES / (end - begin), "1/s")
        say("campaign_first_submit_seconds", first - begin, "s")
        say("relaisd_peak_rss_mb", relaisd.peak_rss_mb(), "MB")


main()
