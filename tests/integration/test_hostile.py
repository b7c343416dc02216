"""Carriers with bad manners or worse: each costs itself its connection at most. The daemon stays up and
small, its log stays readable, and the carrier beside it notices nothing."""

import os
import socket
import struct
import threading

import pytest

import orders
from harness import SANITIZED, wait_until
from outsider import send
from rogue import (BIND_TRANSCEIVER, DELIVER, ENQUIRE, NACK, QUERY, RESPONSE, SUBMIT, UNBIND, Rogue,
                   deliver_body, pdu, receipt_body, tlv)

FLOOD = int(os.environ.get("RELAIS_FLOOD", "10000" if SANITIZED else "100000"))
SETTINGS = """window = 10
    enquire_link = "1s"
    response_timeout = "1s"
    bind_timeout = "1s"
    unbind_timeout = "1s\""""


class House:
    def __init__(self, stage):
        self.stage = stage
        self.rogue = Rogue()
        stage.reconnect = 'reconnect_min = "100ms"\n    reconnect_max = "300ms"'
        self.good = stage.add_carrier("good", "receipt_delay = 0")
        stage.carriers["rogue"] = (self.rogue.port, SETTINGS)
        stage.start()
        wait_until(lambda: self.bound("rogue") and self.bound("good"), what="both are bound")
        self.marks = 0

    def bound(self, name):
        return next(c["bound"] for c in self.stage.ctl("status")["carriers"] if c["name"] == name)

    def stray(self):
        return self.stage.metrics()['relais_smpp_stray_total{carrier="rogue"}']

    def untouched(self):
        """The daemon is up and the other carrier's handsets are heard, on the session of old."""
        assert self.stage.relaisd.running(), self.stage.relaisd.tail()
        self.marks += 1
        text = f"mark {self.marks}"
        self.good.send(orders.phone(999), "36000", text)
        wait_until(lambda: self.stage.sql.one("SELECT COUNT(*) FROM inbound_message"
                                              f" WHERE text = '{text}'") == 1, what=f"{text} is kept")
        assert self.good.stats()["binds"] == 1

    def send_by_rogue(self, text, limit=40):
        """Messages until one went out over the rogue; returns its id."""
        for i in range(limit):
            message = send(self.stage, orders.phone(i), f"{text} {i}")
            wait_until(lambda: self.state(message) not in ("queued",), what="it leaves")
            if any(text.encode() in p[3] and f"{text} {i}".encode() in p[3]
                   for p in list(self.rogue.links[-1].heard) if p[0] == SUBMIT):
                return message
        raise AssertionError("the rogue is sent nothing")

    def state(self, message):
        return self.stage.sql.one(f"SELECT state FROM message WHERE id = {message}")


@pytest.fixture(scope="module")
def shared_house(shared_stage):
    house = House(shared_stage)
    yield house
    house.rogue.close()


@pytest.fixture
def house(shared_house):
    yield shared_house
    shared_house.rogue.reads = True
    shared_house.untouched()


def test_a_bind_that_is_never_answered_is_given_up(house):
    house.rogue.fresh({BIND_TRANSCEIVER: lambda link, said: None}).wait_closed()
    house.stage.relaisd.wait_said("bind timed out")


def test_a_carrier_that_falls_silent_is_left(house):
    link = house.rogue.fresh({ENQUIRE: lambda link, said: None})
    link.wait_closed()
    house.stage.relaisd.wait_said("enquire_link not answered")


def test_a_carrier_that_speaks_byte_by_byte_is_understood(house):
    link = house.rogue.fresh()
    for byte in pdu(DELIVER, 77, deliver_body(b"slowly")):
        link.raw(bytes([byte]))
    assert link.take(DELIVER | RESPONSE)[1:3] == (0, 77)


def test_a_pdu_that_never_ends_does_not_keep_the_connection(house):
    link = house.rogue.fresh({ENQUIRE: lambda link, said: None})
    link.raw(pdu(DELIVER, 1, length=60000))
    stop = threading.Event()

    def drip():
        while not stop.wait(0.05):
            try:
                link.raw(b"\0")
            except OSError:
                return
    threading.Thread(target=drip, daemon=True).start()
    link.wait_closed()
    stop.set()


def test_responses_to_what_was_never_asked_are_counted_and_leave_the_rest_alone(house):
    before = house.stray()
    link = house.rogue.fresh()
    lines = len(house.stage.relaisd.said().splitlines())
    for sequence in range(5000, 8000):
        link.send(SUBMIT | RESPONSE, b"x\0", sequence)
    link.send(BIND_TRANSCEIVER | RESPONSE, b"again\0", 1)
    link.send(UNBIND | RESPONSE, b"", 9)
    link.send(NACK, b"", 10, status=8)
    wait_until(lambda: house.stray() - before >= 3003, what="all are counted")
    link.send(ENQUIRE, b"", 4)
    link.take(ENQUIRE | RESPONSE)
    assert len(house.stage.relaisd.said().splitlines()) - lines < 50


def test_a_response_that_comes_three_times_counts_once_and_one_in_advance_for_nothing(house):
    def thrice(link, said):
        link.send(SUBMIT | RESPONSE, b"early\0", said[2] + 1)
        for _ in range(3):
            link.send(SUBMIT | RESPONSE, b"id%d\0" % said[2], said[2])
    link = house.rogue.fresh({SUBMIT: thrice})
    first = house.send_by_rogue("first")
    second = house.send_by_rogue("second")
    for message in (first, second):
        wait_until(lambda: house.state(message) == "accepted", what="it is accepted")
        ids = house.stage.sql.rows("SELECT smsc_message_id FROM message_event"
                                   f" WHERE message_id = {message} AND kind = 'accepted'")
        assert len(ids) == 1 and ids[0][0].startswith("id")
    assert link.open


@pytest.mark.parametrize("length", [0, 15, 0x10001, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_length_that_cannot_be_ends_the_connection_with_a_word(house, length):
    link = house.rogue.fresh()
    link.raw(pdu(DELIVER, 5, length=length))
    link.wait_closed()
    assert link.take(NACK)[1] == 2  # ESME_RINVCMDLEN


def test_a_connection_that_ends_inside_a_pdu_leaves_nothing_behind(house):
    whole = pdu(DELIVER, 6, deliver_body(b"never complete"))
    link = house.rogue.fresh()
    link.raw(whole[:-3])
    link.close()
    link = house.rogue.fresh()
    link.raw(whole[:20])
    link.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.socket.close()  # a reset
    house.rogue.fresh()
    assert house.stage.sql.one("SELECT COUNT(*) FROM inbound_message WHERE text LIKE 'never%'") == 0


ABSURD = {
    "empty": b"",
    "one octet": b"\0",
    "long addresses": deliver_body(b"a", source=b"9" * 64, destination=b"8" * 64),
    "an endless address": deliver_body(b"a", source=b"9" * 5000),
    "types of number that nobody knows": deliver_body(b"a", source_ton=255, source_npi=255, dest_ton=254),
    "eight-bit addresses": deliver_body(b"a", source=b"\xff\xfe\x01\n\t'\"", destination=b"\x80;--"),
    "a text longer than it is": deliver_body(b"abc", sm_length=254),
    "a coding that nobody knows": deliver_body(bytes(range(256))[:200], data_coding=0xF7),
    "every flag": deliver_body(b"abc", esm_class=0xFF),
    "a header longer than the text": deliver_body(b"\xf0\0\3\1\2\1x", esm_class=0x40),
    "part 7 of 3": deliver_body(b"\5\0\3\1\3\7x", esm_class=0x40),
    "odd UCS-2": deliver_body(b"\xd8\x3d\xd8", data_coding=8),
    "times": deliver_body(b"a", schedule=b"990101000000000+", validity=b"x" * 16),
    "28 empty optional parameters": deliver_body(b"a", tlvs=tlv(0x1400, b"") * 28),
    "500 of them": deliver_body(b"a", tlvs=tlv(0x1401, b"x" * 100) * 500),
    "a long payload": deliver_body(b"", data_coding=8, tlvs=tlv(0x424, b"\0a" * 30000)),
    "a parameter past the end": deliver_body(b"a", tlvs=struct.pack(">HH", 0x424, 9999) + b"x"),
    "a receipt without an id": deliver_body(b"stat:DELIVRD", esm_class=4),
    "a receipt of nothing": deliver_body(b"", esm_class=4),
    "a receipt with an endless id": receipt_body(b"7" * 150),
    "a receipt with a state that nobody knows": receipt_body(b"1", b"PERHAPS"),
}


def test_absurd_deliveries_are_all_answered_on_one_connection(house):
    link = house.rogue.fresh()
    for sequence, body in enumerate(ABSURD.values(), 100):
        link.send(DELIVER, body, sequence)
    for sequence in (0, 0x80000000, 0xFFFFFFFF):
        link.send(DELIVER, deliver_body(b"odd sequence"), sequence)
    link.take(DELIVER | RESPONSE, n=len(ABSURD) + 3)
    answered = {p[2] for p in link.heard if p[0] == DELIVER | RESPONSE}
    assert answered == {*range(100, 100 + len(ABSURD)), 0, 0x80000000, 0xFFFFFFFF}
    link.send(QUERY, b"1\0\0\0\0", 5)
    assert link.take(NACK)[1:3] == (3, 5)
    link.send(ENQUIRE, b"", 4)
    link.take(ENQUIRE | RESPONSE)
    assert link.open


def test_receipts_by_the_thousand_for_messages_that_nobody_sent_are_kept_and_acknowledged(house):
    n = FLOOD // 10
    link = house.rogue.fresh()
    link.raw(b"".join(pdu(DELIVER, i + 1, receipt_body(b"no%d" % i)) for i in range(n)))
    link.take(DELIVER | RESPONSE, n=n, limit=120)
    assert {p[1] for p in link.heard if p[0] == DELIVER | RESPONSE} == {0}
    assert house.stage.sql.one("SELECT COUNT(*) FROM stray_receipt"
                               " WHERE smsc_message_id LIKE 'no%'") == n


def test_a_flood_of_messages_from_handsets_is_taken_in_bounded_memory(house):
    link = house.rogue.fresh()
    before = house.stage.sql.one("SELECT COUNT(*) FROM inbound_message")

    def pour():
        for i in range(0, FLOOD, 500):
            link.raw(b"".join(pdu(DELIVER, k + 1, deliver_body(b"flood")) for k in range(i, i + 500)))
    threading.Thread(target=pour, daemon=True).start()
    most, done = 0, 0
    while done < FLOOD and link.open:
        done = sum(1 for p in list(link.heard) if p[0] == DELIVER | RESPONSE)
        state = next(c for c in house.stage.ctl("status")["carriers"] if c["name"] == "rogue")
        most = max(most, state["unacked"])
    assert done == FLOOD and {p[1] for p in link.heard if p[0] == DELIVER | RESPONSE} == {0}
    assert house.stage.sql.one("SELECT COUNT(*) FROM inbound_message") - before == FLOOD
    assert most <= 1000
    if not SANITIZED:
        assert house.stage.relaisd.peak_rss_mb() < 64


def test_a_carrier_that_asks_and_never_reads_is_left_in_the_end(house):
    """Its answers pile up in our output until we stop reading it; it must not stay so for ever."""
    house.rogue.reads = False
    link = house.rogue.fresh(bound=False)
    link.socket.settimeout(1)
    link.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    assert link._exactly(16)
    link.raw(pdu(BIND_TRANSCEIVER | RESPONSE, 1, b"rogue\0"))
    sent = 0
    try:
        while sent < 64 << 20:
            link.raw(pdu(ENQUIRE, 7) * 4096)
            sent += 16 * 4096
    except OSError:
        pass
    assert sent < 64 << 20, "relaisd reads for ever what it cannot answer"
    n = len(house.rogue.links)
    wait_until(lambda: len(house.rogue.links) > n, what="relaisd gives it up and connects again")
    link.open = False
    link.close()
