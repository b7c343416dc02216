"""Carriers that refuse, go away, come back and misbehave."""

import orders
from harness import wait_until
from scenes import TEXT, promotions, ready, take


def carrier_state(stage, name="orange"):
    return next(c for c in stage.ctl("status")["carriers"] if c["name"] == name)


def test_a_wrong_password_is_said_and_tried_again_and_the_daemon_stays_up(stage):
    carrier = ready(stage, 'password = "other"\n')
    wait_until(lambda: carrier.stats()["binds_refused"] >= 1, what="the bind is refused")
    stage.relaisd.wait_said(r"error smpp .*bind")
    assert carrier_state(stage)["bound"] == 0
    assert stage.relaisd.running()
    take(stage, "a.csv", orders.many(5))
    carrier.command("set password secret")
    wait_until(lambda: carrier_state(stage)["bound"] == 1, what="it binds once the password is right")


def test_a_carrier_that_is_restarted_gets_the_rest_of_the_campaign(stage):
    people = 3000
    carrier = ready(stage, settings="window = 20\n    max_per_second = 1000")
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: carrier.stats()["accepted"] >= people / 3, what="a third is out")
    carrier.stop()
    again = stage.restart_carrier(carrier)
    stage.wait_campaign("sale", limit=120, settled=False)
    got = promotions(again)  # both wrote to one journal
    assert len(got) == len(set(got)) and len(got) >= people - 20
    states = stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state")
    assert sum(states.values()) == people
    assert states.get("unknown", 0) + len(got) >= people, states


def test_connections_that_are_cut_again_and_again_double_nothing(stage):
    people = 2000
    carrier = ready(stage, 'drop_after_submits = 300\ndrop_unanswered = true\nreceipt_delay = "20ms"\n',
                    settings="window = 20")
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    stage.wait_campaign("sale", limit=120)
    wait_until(lambda: carrier.stats()["queued"] == 0, what="all receipts are taken")
    got = promotions(carrier)
    assert len(got) == len(set(got))
    states = stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state")
    assert sum(states.values()) == people
    assert states.get("unknown", 0) + len(got) >= people, states


def test_a_carrier_that_throttles_gets_everything_in_the_end(stage):
    people = 1500
    carrier = ready(stage, "throttle = 300\n", settings="window = 100")
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    stage.wait_campaign("sale", limit=180)
    assert carrier.stats()["refused"] > 0
    assert sorted(promotions(carrier)) == [orders.phone(i) for i in range(1, people + 1)]


def test_receipts_that_come_first_twice_or_in_another_form_find_their_message(stage):
    people = 800
    carrier = ready(stage, 'receipts_first = "30%"\nduplicate_receipts = "30%"\nresponse_id = hex\n'
                    'receipt_id = decimal\nundelivered = "10%"\nstray_responses = "5%"\n',
                    settings="response_id = hex")
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    stage.wait_campaign("sale", limit=120)
    stats = carrier.stats()
    states = stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state")
    assert states == {"delivered": stats["delivered"], "failed": stats["undelivered"]}


def test_garbage_on_the_wire_costs_the_connection_and_nothing_else(stage):
    people = 500
    carrier = ready(stage, 'garbage = "1%"\n', settings="window = 10")
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    stage.wait_campaign("sale", limit=120)
    assert stage.relaisd.running()
    got = promotions(carrier)
    assert len(got) == len(set(got))
