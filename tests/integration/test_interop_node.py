"""Against node-smpp: its codec, its sessions, its way of writing ids, its TLS."""

import subprocess

import pytest

import orders
from harness import BUILD, wait_until
from outsider import certificate, node_smsc, send, text_of, use, wait_states
from scenes import TEXT, take

LONG = ("Je ne serai pas chez moi demain matin, ni l'après-midi : merci de laisser le colis chez ma "
        "voisine du troisième étage, porte gauche, ou de rappeler ce numéro après 18h. Le code est "
        "le 12B45.")
GREEK = "Ευχαριστώ πολύ 👍 " * 6
TEXTS = ["Livré à 10h, €5 {dû} [ok] ~|^\\", "Ça y est, l’arrêt", "a@b_c$ èéùìòÇ{}[]", LONG, GREEK,
         "x" * 160, "x" * 161]
REFUSED, VENDOR = orders.phone(901), orders.phone(902)


def knows_tls():
    known = subprocess.run([BUILD / "relaisd", "--print-config"], capture_output=True, text=True,
                           check=True).stdout
    return "#tls_ca" in known[known.index('#carrier "name"'):]


class House:
    """One relaisd and its carriers. All of them take messages, so what one test asks about them it
    asks of all."""

    def __init__(self, stage):
        refuse = {REFUSED[1:]: 0x0B, VENDOR[1:]: 0x400}
        self.stage = stage
        self.hexed = use(stage, node_smsc(stage, "hex", ids="hex", throttle=40, refuse=refuse),
                         'response_id = "hex"\n    enquire_link = "1s"')
        self.decimal = use(stage, node_smsc(stage, "decimal", refuse=refuse))
        self.pair = use(stage, node_smsc(stage, "pair", refuse=refuse), 'mode = "pair"')
        self.carriers = [self.hexed, self.decimal, self.pair]
        if knows_tls():
            cert, key = certificate(stage.dir / "mine")
            strange, _ = certificate(stage.dir / "strange")
            self.secure = node_smsc(stage, "secure", cert=str(cert), key=str(key), refuse=refuse)
            use(stage, self.secure, f'tls = true\n    tls_ca = "{cert}"')
            stage.carriers["impostor"] = (self.secure.port, f'tls = true\n    tls_ca = "{strange}"')
            self.carriers.append(self.secure)
        stage.add_profile("shop", orders.PROFILE)
        stage.start()
        for name in ("hex", "decimal", "pair"):
            wait_until(lambda: self.bound(name), what=f"{name} is bound")

    def bound(self, name):
        return next(c["bound"] for c in self.stage.ctl("status")["carriers"] if c["name"] == name)

    def submits(self):
        return [e for carrier in self.carriers for e in carrier.events("submit_sm")]


@pytest.fixture(scope="module")
def house(shared_stage):
    return House(shared_stage)


def test_the_bind_says_who_we_are(house):
    bind = house.hexed.wait_event("bind_transceiver")
    assert (bind["system_id"], bind["password"], bind["interface_version"]) == ("relais", "secret", 0x34)


def test_a_campaign_over_carriers_with_hexadecimal_and_decimal_ids_finds_its_receipts(house):
    people = 300
    take(house.stage, "a.csv", orders.many(people))
    house.stage.create_campaign("sale", "all", TEXT)
    house.stage.start_campaign("sale")
    house.stage.wait_campaign("sale", limit=120)
    assert sorted("+" + s["destination_addr"] for s in house.submits()) == [
        orders.phone(i) for i in range(1, people + 1)]
    assert {s["text"] for s in house.submits()} == {
        "Bonjour Camille, -20% samedi chez nous. STOP au 36000"}
    assert house.stage.sql.counts("SELECT state, COUNT(*) FROM message GROUP BY state") == {
        "delivered": people}
    assert house.stage.sql.one("SELECT COUNT(*) FROM stray_receipt") == 0
    assert house.hexed.events("throttled")
    assert all(carrier.events("submit_sm") for carrier in house.carriers)


def test_every_kind_of_text_arrives_as_it_was_written(house):
    to = [orders.phone(500 + i) for i in range(len(TEXTS))]
    ids = [send(house.stage, number, text, sender="Colis24") for number, text in zip(to, TEXTS)]
    wait_states(house.stage, ids, delivered=len(ids))
    submits = [s for s in house.submits() if s["source_addr"] == "Colis24"]
    assert text_of(submits) == [(number[1:], text) for number, text in zip(to, TEXTS)]
    for s in submits:
        assert (s["source_addr_ton"], s["source_addr_npi"]) == (5, 0)
        assert (s["dest_addr_ton"], s["dest_addr_npi"]) == (1, 1)
        assert s["registered_delivery"] == 1 and s["validity_period"]
        assert s["esm_class"] == (0x40 if s["udh"] else 0)


def test_what_handsets_write_is_kept_and_a_stop_is_answered(house):
    long = LONG.replace("€", "E")
    house.decimal.mo(orders.phone(1), "36000", "Où êtes-vous ? €")
    house.decimal.mo(orders.phone(2), "36000", "Ευχαριστώ 👍")
    house.hexed.mo(orders.phone(3), "36000", long[:150], long[150:], data_coding=0)
    house.pair.mo(orders.phone(4), "36000", "Merci", data_coding=3)
    house.hexed.mo(orders.phone(1), "36000", "STOP")
    wait_until(lambda: house.stage.sql.one("SELECT COUNT(*) FROM opt_out") == 1,
               what="the STOP is kept")

    def kept():
        return {row[0] for row in house.stage.sql.rows(
            "SELECT GROUP_CONCAT(text ORDER BY id SEPARATOR '') FROM inbound_message"
            " WHERE keyword = '' GROUP BY from_address")}
    wait_until(lambda: len(kept()) == 4, what=lambda: f"four messages are kept: {kept()}")
    assert kept() == {"Où êtes-vous ? €", "Ευχαριστώ 👍", long, "Merci"}

    def answers():
        return [s for s in house.submits() if s["destination_addr"] == orders.phone(1)[1:]
                and "START" in s["text"]]
    wait_until(answers, what="the STOP is answered")
    for carrier in house.carriers:
        assert {a["command_status"] for a in carrier.events("deliver_sm_resp")} <= {0}


def test_refusals_without_a_body_are_understood(house):
    ids = [send(house.stage, number, "Bonjour") for number in (REFUSED, VENDOR, orders.phone(903))]
    wait_states(house.stage, ids, failed=1, queued=1, delivered=1)
    assert house.stage.ctl("message", "show", ids[0])["reason"] == "ESME_RINVDSTADR"


def test_tls_needs_a_certificate_of_the_authority_that_we_know(house):
    if not knows_tls():
        pytest.skip("this relaisd has no TLS towards carriers")
    wait_until(lambda: house.bound("secure"), what="a bind over TLS")
    assert house.secure.events("submit_sm")
    wait_until(lambda: house.secure.events("tls_error"), what="the wrong authority is refused")
    assert house.bound("impostor") == 0
    assert len(house.secure.events("bind_transceiver")) == 1


def test_both_sides_ask_whether_the_other_is_there_and_say_goodbye(house):
    house.hexed.wait_event("enquire_link", n=2)
    house.hexed.do("enquire")
    assert house.hexed.wait_event("enquire_link_resp")["command_status"] == 0
    house.hexed.do("query")
    assert house.hexed.wait_event("generic_nack")["command_status"] == 3  # ESME_RINVCMDID
    house.hexed.do("unbind")
    assert house.hexed.wait_event("unbind_resp")["command_status"] == 0
    house.hexed.wait_event("bind_transceiver", n=2)  # it comes back
    assert house.stage.relaisd.stop() == 0
    house.decimal.wait_event("unbind")
    house.pair.wait_event("unbind", n=2)
