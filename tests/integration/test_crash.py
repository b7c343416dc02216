"""What a kill -9 leaves behind, counted at the carrier and by SQL: nothing lost, no promotion twice."""

import os
import signal

import orders
from harness import wait_until
from scenes import TEXT, promotions, ready, take

WINDOW = 50


def check_nothing_lost_nothing_doubled(stage, carrier, people, crashes=1):
    """Each of the people got one message, or is one of the few whose message nobody knows about."""
    got = promotions(carrier)
    assert len(got) == len(set(got)), "a promotion was sent twice"
    states = stage.sql.counts("SELECT state, COUNT(*) FROM message WHERE class = 'promo'"
                              " GROUP BY state")
    assert sum(states.values()) == people
    assert set(states) <= {"delivered", "unknown"}, states
    unknown = states.get("unknown", 0)
    # What was on the wire. Answers that had come and were not yet committed are in the journal.
    assert unknown <= WINDOW * crashes, states
    # What the carrier took is known to be delivered: its receipts came, if only after the restart.
    # What it never saw is one of the unknown, and shown as such.
    missing = people - len(got)
    assert missing <= unknown, f"{missing} never reached the carrier, {unknown} unknown"
    assert stage.campaign("sale")["by_state"]["unknown"] == unknown
    return unknown


def test_kill_9_in_the_middle_of_a_campaign_loses_nothing_and_doubles_nothing(stage):
    people = 4000
    carrier = ready(stage, 'receipt_delay = "200ms"\n',
                    settings=f"window = {WINDOW}\n    max_per_second = 1500")
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    for part in (0.2, 0.5, 0.8):
        wait_until(lambda: carrier.stats()["accepted"] >= people * part, what=f"{part:.0%} are out")
        stage.kill()
        stage.start()
    stage.wait_campaign("sale", limit=120)
    wait_until(lambda: carrier.stats()["queued"] == 0, what="all receipts are taken")
    check_nothing_lost_nothing_doubled(stage, carrier, people, crashes=3)


def test_kill_9_while_a_campaign_is_being_expanded_makes_nobody_two_messages(stage):
    people = 12000
    carrier = ready(stage, settings=f"window = {WINDOW}")
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM message") > 0, every=0.005,
               what="some are expanded")
    stage.kill()
    stage.start()
    stage.wait_campaign("sale", limit=180)
    wait_until(lambda: carrier.stats()["queued"] == 0, what="all receipts are taken")
    check_nothing_lost_nothing_doubled(stage, carrier, people)


def test_kill_9_in_the_middle_of_an_import_and_a_restart_have_the_effect_of_one_run(stage):
    rows = 20000
    stage.settings = 'log { levels = { "intake=debug" } }\n'
    ready(stage)
    stage.drop("shop", "big.csv", orders.many(rows))
    for part in (0.1, 0.5):
        wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM customer_order") >= rows * part,
                   what=f"{part:.0%} are applied")
        stage.kill()
        stage.start()
    stage.wait_receipt("shop", limit=180)
    assert stage.sql.one("SELECT COUNT(*) FROM import") == 1
    assert stage.sql.rows("SELECT state, rows_total, rows_taken + rows_unchanged, rows_refused"
                          " FROM import") == [("done", str(rows), str(rows), "0")]
    assert stage.sql.one("SELECT COUNT(*) FROM customer") == rows
    assert stage.sql.one("SELECT COUNT(*) FROM customer_order") == rows
    assert stage.sql.one("SELECT SUM(order_count) FROM customer") == rows
    assert stage.sql.one("SELECT COUNT(*) FROM consent_event") == rows
    assert stage.ctl("consent", "verify")["intact"] is True


def test_a_mariadbd_that_dies_is_started_again_and_the_campaign_goes_on(stage):
    people = 4000
    carrier = ready(stage, settings=f"window = {WINDOW}\n    max_per_second = 1000")
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: carrier.stats()["accepted"] >= people * 0.3, what="a part is out")
    os.kill(stage.mariadbd_pid(), signal.SIGKILL)
    stage.wait_campaign("sale", limit=180)
    wait_until(lambda: carrier.stats()["queued"] == 0, what="all receipts are taken")
    assert stage.relaisd.running()
    unknown = check_nothing_lost_nothing_doubled(stage, carrier, people)
    assert unknown == 0, "relaisd lived on: it knows every answer"


def test_a_relaisd_that_is_told_to_stop_finishes_what_is_on_the_wire(stage):
    people = 3000
    carrier = ready(stage, 'response_delay = "200ms"\n', settings="window = 100")
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: carrier.stats()["accepted"] >= 500, what="a part is out")
    assert stage.relaisd.stop() == 0
    assert not stage.strays() or wait_until(lambda: len(stage.strays()) <= 1, what="mariadbd is gone")
    stage.start()
    stage.wait_campaign("sale", limit=120)
    got = promotions(carrier)
    assert sorted(got) == [orders.phone(i) for i in range(1, people + 1)]
    assert stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state") == {
        "delivered": people}
