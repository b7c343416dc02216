"""Carriers that mean no good, or do not know better: what they cost is bounded, and the rest goes on."""

import orders
from harness import wait_until
from scenes import TEXT, promotions, ready, take

FLOOD = 100_000


def send_to(stage, people):
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    stage.wait_campaign("sale", limit=120)


def test_a_carrier_that_says_one_byte_at_a_time_is_understood(stage):
    carrier = ready(stage, 'write_pause = "1ms"\nreceipt_form = tlv\n')
    send_to(stage, 10)
    assert sorted(promotions(carrier)) == [orders.phone(i) for i in range(1, 11)]
    assert stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state") == {
        "delivered": 10}


def test_a_carrier_that_repeats_itself_and_numbers_at_random_is_left_now_and_then(stage):
    people = 400
    carrier = ready(stage, 'stray_responses = "40%"\nduplicate_responses = "40%"\n',
                    settings="strays_max = 100\n    window = 20")
    send_to(stage, people)
    got = promotions(carrier)
    assert len(got) == len(set(got)) == people
    stage.relaisd.wait_said(r"session=1 state=unbinding .*too many answers")
    assert stage.relaisd.said().count("answer=stray") <= 20  # one line in ten seconds
    assert stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state") == {
        "delivered": people}


def test_a_flood_of_replies_at_once_is_taken_to_the_last(stage):
    carrier = ready(stage, f'inbound "flood" {{\n    from = "+336200#####"\n    to = "36000"\n'
                    f'    text = "Merci"\n    every = 0\n    count = {FLOOD}\n}}\n')
    wait_until(lambda: carrier.stats()["inbound_acked"] == FLOOD, limit=300, every=0.5,
               what=lambda: f"all of {FLOOD} are taken: {carrier.stats()}")
    assert stage.sql.one("SELECT COUNT(*) FROM inbound_message") == FLOOD
    assert stage.relaisd.running()
