"""What we put on the wire, as tshark reads it: every PDU that we can send, without a complaint, and with
the fields that were meant."""

import struct

import pytest

from harness import wait_until
from outsider import send, wait_states
from wiretap import Wiretap

# SMPP 3.4, 5.1.2.1
NAMES = {0x1: "bind_receiver", 0x2: "bind_transmitter", 0x4: "submit_sm", 0x6: "unbind",
         0x9: "bind_transceiver", 0x15: "enquire_link", 0x80000000: "generic_nack",
         0x80000005: "deliver_sm_resp", 0x80000006: "unbind_resp", 0x80000015: "enquire_link_resp"}
FIELDS = ["smpp.source_addr", "smpp.source_addr_ton", "smpp.source_addr_npi", "smpp.destination_addr",
          "smpp.dest_addr_ton", "smpp.dest_addr_npi", "smpp.esm.submit.msg_mode",
          "smpp.esm.submit.features", "smpp.data_coding", "smpp.regdel.receipt",
          "smpp.validity_period_r", "smpp.sm_length", "smpp.user_message_reference", "smpp.system_id",
          "smpp.password", "smpp.interface_version", "smpp.command_status", "gsm_sms.udh.mm.msg_parts",
          "gsm_sms.udh.mm.msg_part", "smpp.priority_flag", "smpp.schedule_delivery_time_r"]
SHORT, LONG, GREEK = "Livré : 10 €", "mot " * 60, "Ευχαριστώ"


def pdu(command, sequence, body=b"", status=0):
    return struct.pack(">IIII", 16 + len(body), command, status, sequence) + body


class Taped:
    def __init__(self, stage, tmp_path_factory):
        self.stage = stage
        directory = tmp_path_factory.mktemp("wire")
        (directory / "pair").mkdir()
        smsc = stage.add_carrier("orange", "receipt_delay = 0")
        self.tap = Wiretap(directory, smsc.port)
        self.pair_tap = Wiretap(directory / "pair", stage.add_carrier("pair").port)
        stage.carriers = {
            "orange": (self.tap.port, 'enquire_link = "1s"'),
            "pair": (self.pair_tap.port, 'mode = "pair"\n    max_per_second = 1'),
        }
        stage.start()
        wait_until(lambda: all(c["bound"] == c["sessions"] for c in stage.ctl("status")["carriers"]),
                   what="all sessions are bound")
        self.ids = [send(stage, "+33612345678", SHORT), send(stage, "+33612345679", LONG),
                    send(stage, "+33612345680", GREEK), send(stage, "+33612345681", SHORT, sender="Colis24"),
                    send(stage, "+33612345682", SHORT, sender="+33600000001", expires="1h")]
        wait_states(stage, self.ids, delivered=len(self.ids))
        smsc.send("+33612345678", "38000", "Merci beaucoup")
        self.tap.inject(pdu(0x15, 1))                        # enquire_link
        self.tap.inject(pdu(0x3, 2, b"1\0\0\0\0"))           # query_sm: not for us
        self.tap.inject(pdu(0x5, 3, b"\0"))                  # a deliver_sm that ends too soon
        self.wait_said("generic_nack", "enquire_link_resp", "enquire_link", "deliver_sm_resp")
        self.tap.inject(pdu(0x6, 4))                         # unbind
        self.wait_said("unbind_resp")
        stage.relaisd.stop()
        self.all = self.packets()
        self.tap.close()
        self.pair_tap.close()

    def wait_said(self, *names):
        wait_until(lambda: set(names) <= {NAMES[command] for command in self.tap.said},
                   what=f"{names} of {self.tap.said}")

    def packets(self):
        found = self.tap.decode(*FIELDS) + self.pair_tap.decode(*FIELDS)
        for packet in found:
            packet["name"] = NAMES.get(int(packet["smpp.command_id"] or "0", 0), packet["smpp.command_id"])
        return found

    def ours(self, name):
        return [p for p in self.all if p["ours"] and p["name"] == name]


@pytest.fixture(scope="module")
def taped(shared_stage, tmp_path_factory):
    return Taped(shared_stage, tmp_path_factory)


def test_tshark_reads_every_pdu_that_we_can_send_without_a_complaint(taped):
    assert {p["name"] for p in taped.all if p["ours"]} == set(NAMES.values())
    complaints = [p for p in taped.all if p["ours"] and (p["_ws.malformed"] or p["_ws.expert.message"])]
    assert not complaints


def test_the_same_eye_sees_a_malformed_pdu(taped):
    """The red case: what was injected cut short is complained about."""
    assert [p for p in taped.all if not p["ours"] and (p["_ws.malformed"] or p["_ws.expert.message"])]


def test_the_binds_say_who_we_are_and_speak_version_3_4(taped):
    binds = [p for name in ("bind_transceiver", "bind_transmitter", "bind_receiver")
             for p in taped.ours(name)]
    assert len(binds) >= 3
    for bind in binds:
        assert (bind["smpp.system_id"], bind["smpp.password"]) == ("relais", "secret")
        assert int(bind["smpp.interface_version"], 0) == 0x34


def submits_to(taped, number):
    return [p for p in taped.ours("submit_sm") if p["smpp.destination_addr"] == number]


def numbers(packet, *fields):
    return tuple(int(packet[f"smpp.{field}"], 0) for field in fields)


def test_the_fields_of_a_submit_are_what_was_meant(taped):
    assert len(taped.ours("submit_sm")) == 6
    for p in taped.ours("submit_sm"):
        assert numbers(p, "dest_addr_ton", "dest_addr_npi", "regdel.receipt") == (1, 1, 1)
        assert numbers(p, "user_message_reference")[0] > 0
        assert numbers(p, "esm.submit.msg_mode") == (0,) or numbers(p, "esm.submit.msg_mode") == (3,)
        assert float(p["smpp.schedule_delivery_time_r"] or 0) == 0
    sources = {number: numbers(submits_to(taped, number)[0], "source_addr_ton", "source_addr_npi")
               for number in ("33612345678", "33612345681", "33612345682")}
    # a short code, a name, a number: network specific, alphanumeric, international of E.164
    assert sources == {"33612345678": (3, 0), "33612345681": (5, 0), "33612345682": (1, 1)}
    assert submits_to(taped, "33612345682")[0]["smpp.source_addr"] == "33600000001"


def test_gsm_texts_have_the_default_alphabet_and_others_ucs2(taped):
    gsm, greek = submits_to(taped, "33612345678")[0], submits_to(taped, "33612345680")[0]
    assert numbers(gsm, "data_coding", "sm_length") == (0, len(SHORT) + 1)  # the euro counts double
    assert numbers(greek, "data_coding", "sm_length") == (8, 2 * len(GREEK))


def test_the_validity_is_the_time_that_is_left(taped):
    """A relative time: 5.2.23 of SMPP 3.4 calls it validity_period; tshark shows seconds."""
    hour = float(submits_to(taped, "33612345682")[0]["smpp.validity_period_r"])
    day = float(submits_to(taped, "33612345678")[0]["smpp.validity_period_r"])
    assert 3500 <= hour <= 3600 and 86300 <= day <= 86400


def test_parts_carry_a_header_that_tshark_puts_together(taped):
    parts = submits_to(taped, "33612345679")
    assert len(parts) == 2
    for p in parts:
        assert numbers(p, "esm.submit.features") == (1,)
        assert p["gsm_sms.udh.mm.msg_parts"] in ("2", "0x02")
    assert sorted(int(p["gsm_sms.udh.mm.msg_part"], 0) for p in parts) == [1, 2]
