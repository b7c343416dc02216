"""Against Net::SMPP, with a codec that nobody else has: ids of letters, receipts with TLVs and ahead of
their response, refusals with a body."""

import pytest

import orders
from harness import wait_until
from outsider import net_smpp_smsc, send, text_of, use, wait_states
from scenes import TEXT, take
from test_interop_node import TEXTS

REFUSED, BUSY, UNREACHED = orders.phone(901), orders.phone(902), orders.phone(903)


class House:
    def __init__(self, stage):
        self.stage = stage
        self.carrier = use(stage, net_smpp_smsc(
            stage, prefix="Msg-00", receipt_first=True, refuse={REFUSED[1:]: 0x0B, BUSY[1:]: 0x08},
            fail={UNREACHED[1:]: 27}), 'enquire_link = "1s"')
        stage.add_profile("shop", orders.PROFILE)
        stage.start()
        self.carrier.wait_event("bind_transceiver")


@pytest.fixture(scope="module")
def house(shared_stage):
    return House(shared_stage)


def test_a_campaign_with_receipts_ahead_of_their_responses(house):
    people = 200
    take(house.stage, "a.csv", orders.many(people))
    house.stage.create_campaign("sale", "all", TEXT)
    house.stage.start_campaign("sale")
    house.stage.wait_campaign("sale", limit=120)
    submits = house.carrier.events("submit_sm")
    assert sorted("+" + s["destination_addr"] for s in submits) == [
        orders.phone(i) for i in range(1, people + 1)]
    assert house.stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state") == {
        "delivered": people}


def test_every_kind_of_text_arrives_as_it_was_written(house):
    to = [orders.phone(500 + i) for i in range(len(TEXTS))]
    ids = [send(house.stage, number, text, sender="Colis24") for number, text in zip(to, TEXTS)]
    wait_states(house.stage, ids, delivered=len(ids))
    submits = [s for s in house.carrier.events("submit_sm") if s["source_addr"] == "Colis24"]
    assert text_of(submits) == [(number[1:], text) for number, text in zip(to, TEXTS)]
    references = {(s["destination_addr"], s["user_message_reference"]) for s in submits}
    assert len(references) == len(submits)  # each part of a message has its own


def test_refusals_and_failures_tell_their_reason(house):
    ids = [send(house.stage, number, "Bonjour") for number in (REFUSED, BUSY, UNREACHED)]
    wait_states(house.stage, ids, failed=2, queued=1)
    assert house.stage.ctl("message", "show", ids[0])["reason"] == "ESME_RINVDSTADR"
    events = house.stage.ctl("message", "show", ids[2])["events"]
    assert [e["code"] for e in events if e["kind"] == "failed"] == [27]


def test_what_handsets_write_is_kept(house):
    carrier = house.carrier
    carrier.mo(orders.phone(1), "36000", "Où êtes-vous ?", data_coding=3)
    carrier.mo(orders.phone(2), "36000", "Ευχαριστώ 👍", data_coding=8)
    carrier.mo(orders.phone(3), "36000", "première partie, ", "la seconde {€}")
    carrier.do("payload", **{"from": orders.phone(4)[1:], "to": "36000", "text": "é" * 500})

    def kept():
        return {row[0] for row in house.stage.sql.rows(
            "SELECT GROUP_CONCAT(text ORDER BY id SEPARATOR '') FROM inbound_message"
            " GROUP BY from_address")}
    wait_until(lambda: len(kept()) == 4, what=lambda: f"four messages are kept: {kept()}")
    assert kept() == {"Où êtes-vous ?", "Ευχαριστώ 👍", "première partie, la seconde {€}", "é" * 500}


def test_what_we_do_not_take_is_refused_and_the_session_stays(house):
    house.carrier.do("data")
    house.carrier.wait_event("generic_nack")
    house.carrier.do("enquire")
    assert house.carrier.wait_event("enquire_link_resp")["status"] == 0
    house.carrier.wait_event("enquire_link")
    assert len(house.carrier.events("bind_transceiver")) == 1


def test_the_farewell_is_answered(house):
    house.carrier.do("unbind")
    house.carrier.wait_event("unbind_resp")
    house.carrier.wait_event("bind_transceiver", n=2)
    assert house.stage.relaisd.stop() == 0
    house.carrier.wait_event("unbind")
