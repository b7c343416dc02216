"""Rounds of a campaign, service messages and replies against a rough carrier, in each of which something
is killed at a random moment. RELAIS_TORTURE_ROUNDS=50 for many, RELAIS_TORTURE_SEED to see one again."""

import contextlib
import os
import random
import signal
import threading
import time

import pytest

import orders
from harness import wait_until
from scenes import take
from verdict import judge

ROUNDS = int(os.environ.get("RELAIS_TORTURE_ROUNDS", "5"))
SEED = int(os.environ.get("RELAIS_TORTURE_SEED", "0")) or random.randrange(1, 1 << 31)
PEOPLE, WINDOW, RATE = 400, 20, 500

SETTINGS = """sms {
    retry = "200ms"
    attempts = 50
    settle = "2s"
    poll = "200ms"
}
"""
CARRIER = f"""response_id = "hex"
    window = {WINDOW}
    max_per_second = {RATE}
    response_timeout = "2s\""""
ROUGH = """
response_id = hex
receipt_id = decimal
receipt_id_width = 12
response_delay = 0
response_delay_max = 60ms
receipt_delay = 5ms
receipt_delay_max = 400ms
throttle = {throttle}
status_faults = {{ "0.3% 0x08", "0.3% 0x400" }}
error_body = true
undelivered = "3%"
expired = "1%"
no_receipt = "1%"
receipts_first = "5%"
duplicate_receipts = "5%"
duplicate_responses = "1%"
stray_responses = "1%"
lost_responses = "{lost}%"
drop_after_submits = {drop}
drop_unanswered = true
retry_delay = 300ms
seed = {seed}
"""
LONG = " Toutes nos boutiques vous attendent de neuf heures à dix-neuf heures, et le dimanche matin aussi." * 2


def is_promo(text):
    """In its second part as well."""
    return not text.startswith(("Service", "Vous "))


class Torture:
    def __init__(self, stage, seed):
        self.stage, self.random = stage, random.Random(seed)
        self.promised = {}   # text: message id
        self.stopped = {}    # address: lines of the journal when its STOP was acknowledged
        self.crashes = self.lost = self.cut = 0
        stage.settings = SETTINGS
        stage.add_profile("shop", orders.PROFILE)
        self.smsc = stage.add_carrier("orange", self.scenario(), CARRIER)
        stage.start()

    def scenario(self):
        self.asked = 0  # STOPs that this simulator was told to send
        return ROUGH.format(lost=self.random.choice(["0", "0.3"]), drop=self.random.choice([0, 700]),
                            throttle=self.random.choice([0, 0, 0, 450]),
                            seed=self.random.randrange(1, 1 << 30))

    # --- what goes on meanwhile ---

    def send_services(self, end, number):
        """A service message now and then; those that were answered with 201 must leave."""
        i = 0
        while not end.is_set():
            text = f"Service {number}.{i}: votre colis arrive"
            with contextlib.suppress(OSError, ValueError, IndexError):
                status, answer = self.stage.http("POST", "/v1/messages", {
                    "to": orders.phone(900000 + i % 50), "text": text, "legal_basis": "contract"}, 10)
                if status == 201:
                    self.promised[text] = int(answer.split(b'"id":')[1].split(b",")[0].strip(b" }\n"))
            i += 1
            end.wait(self.random.uniform(0.01, 0.06))

    def send_stops(self, end, people):
        """Recipients who write STOP, one after the other. From the acknowledgement on, nothing may be
        written to them: on one connection the carrier reads what was written before it first."""
        for to in people:
            smsc = self.smsc
            try:
                smsc.send(to, "36000", "STOP")
                self.asked += 1
                asked = self.asked
                while smsc.stats()["inbound_acked"] < asked and smsc is self.smsc and not end.is_set():
                    time.sleep(0.01)
                if smsc is self.smsc and smsc.stats()["inbound_acked"] >= asked:
                    self.stopped[to] = len(smsc.lines())
            except (OSError, ValueError):  # it was killed: whether the STOP arrived, nobody knows
                end.wait(0.2)
            if end.wait(0.05):
                return

    # --- what is done to it ---

    def kill_relaisd(self):
        self.stage.kill()
        self.stage.start()

    def kill_mariadbd(self):
        with contextlib.suppress(ProcessLookupError, AssertionError):
            os.kill(self.stage.mariadbd_pid(), signal.SIGKILL)

    def kill_smsc(self):
        with contextlib.suppress(OSError, ValueError):
            self.lost += self.smsc.stats()["responses_lost"]
        self.smsc.kill()
        self.smsc = self.stage.restart_carrier(self.smsc, self.scenario())

    def kill_both(self):
        self.kill_mariadbd()
        self.kill_relaisd()

    def round(self, number):
        kill = self.random.choice([self.kill_relaisd, self.kill_relaisd, self.kill_mariadbd,
                                   self.kill_smsc, self.kill_both])
        at = self.random.uniform(0, 1.6)
        print(f"# round={number} kill={kill.__name__} at={at:.3f}", flush=True)
        first = number * PEOPLE
        take(self.stage, f"{number}.csv", orders.many(PEOPLE, start=first, city=f"R{number}"))
        text = f"Promo {number}{LONG if number % 3 == 2 else ''} STOP au 36000"
        self.stage.create_campaign(f"r{number}", f'city = "R{number}"', text)
        people = [orders.phone(first + i) for i in range(PEOPLE)]
        end = threading.Event()
        threads = [threading.Thread(target=self.send_services, args=(end, number)),
                   threading.Thread(target=self.send_stops, args=(end, self.random.sample(people, 40)))]
        for thread in threads:
            thread.start()
        try:
            self.stage.start_campaign(f"r{number}")
            time.sleep(at)
            kill()
            self.crashes += 1
            self.settle(f"r{number}", "class = 'promo' AND state IN ('queued', 'submitting')")
        finally:
            end.set()
            for thread in threads:
                thread.join()
        self.settle(f"r{number}", "state IN ('queued', 'submitting')"
                                  " OR (state = 'unknown' AND class <> 'promo')")
        wait_until(lambda: self.smsc.stats()["queued"] == 0, what="all receipts are taken")

    def settle(self, name, under_way):
        """Until the campaign is done and no message is under way."""
        query = (f"SELECT SUM(c.state <> 'done'), (SELECT COUNT(*) FROM message WHERE {under_way})"
                 f" FROM campaign c WHERE c.name = '{name}'")
        def quiet():
            assert self.stage.relaisd.running(), self.stage.relaisd.tail()
            return self.stage.sql.alive() and self.stage.sql.rows(query) == [("0", "0")]
        def what():
            return (f"all is quiet: {self.stage.sql.rows(query)} {self.smsc.stats()} " + str(
                self.stage.sql.rows("SELECT class, state, COUNT(*) FROM message GROUP BY 1, 2")))
        wait_until(quiet, 120, what, every=0.2)

    def verdict(self):
        lost = self.lost + self.smsc.stats()["responses_lost"]
        drops = len(self.smsc.lines()) // 700 + 1
        return judge(self.stage, [self.smsc], is_promo, self.promised, self.stopped,
                     unknown_max=3 * WINDOW * self.crashes + WINDOW * drops + lost)


def test_whatever_is_killed_nothing_is_lost_and_no_promotion_doubled(stage):
    print(f"# RELAIS_TORTURE_SEED={SEED} RELAIS_TORTURE_ROUNDS={ROUNDS}", flush=True)
    torture = Torture(stage, SEED)
    for number in range(1, ROUNDS + 1):
        torture.round(number)
        verdict = torture.verdict()
        print(f"# {verdict.line()}", flush=True)
        assert not verdict.findings, "\n".join(verdict.findings[:20])
    assert torture.promised and torture.stopped
    assert stage.sql.one("SELECT (SELECT COUNT(*) FROM message WHERE class = 'promo')"
                         " + (SELECT COUNT(*) FROM campaign_exclusion)") == ROUNDS * PEOPLE
    assert stage.ctl("consent", "verify")["intact"] is True


class Told:
    """A database and a carrier that say what a test wants them to say."""

    def __init__(self, messages, journal, opt_outs=()):
        self.sql, self.messages, self.journal, self.opt_outs = self, messages, journal, opt_outs

    def rows(self, query):
        return [(to,) for to in self.opt_outs] if "opt_out" in query else self.messages

    def lines(self):
        return [["", "1", "36000", to, "-", part, text] for to, part, text in self.journal]


def promo(i, to, state, parts="1"):
    return str(i), "promo", state, to, "Promo", parts


@pytest.mark.parametrize("told, word", [
    (Told([promo(1, "+331", "delivered")], [("331", "-", "Promo")]), None),
    (Told([promo(1, "+331", "delivered")], [("331", "-", "Promo")] * 2), "twice"),
    (Told([], [("331", "-", "Promo")]), "no row"),
    (Told([promo(1, "+331", "delivered")], []), "never got"),
    (Told([promo(1, "+331", "accepted")], []), "never got"),
    (Told([promo(1, "+331", "queued")], [("331", "-", "Promo")]), "on its handset"),
    (Told([promo(1, "+331", "submitting")], []), "never got"),
    (Told([promo(1, "+331", "delivered", "2")], [("331", "1/2/7", "Promo")]), "1 of 2 parts"),
    (Told([promo(1, "+331", "queued"), promo(2, "+331", "queued")], []), "2 promotions"),
    (Told([promo(1, "+331", "delivered")], [("339", "-", "Service 9"), ("331", "-", "Promo")],
          ["+331"]), None),
    (Told([promo(1, "+332", "unknown")], []), "unknown"),
])
def test_the_verdict_finds_what_it_looks_for(told, word):
    verdict = judge(told, [told], is_promo, stopped={"+331": 2} if told.opt_outs else None, unknown_max=0)
    assert [word in finding for finding in verdict.findings] == ([True] if word else [])


def test_the_verdict_knows_promises_and_stops():
    told = Told([("5", "service", "delivered", "+331", "Service 1", "1"),
                 ("6", "service", "accepted", "+331", "Service 2", "1")],
                [("331", "-", "Service 1"), ("331", "-", "Promo late")])
    verdict = judge(told, [told], is_promo, {"Service 1": 5, "Service 2": 6, "Service 3": 7},
                    {"+331": 1})
    assert sorted(word for finding in verdict.findings
                  for word in ("after its STOP", "no row", "never left", "nowhere", "not kept")
                  if word in finding) == ["after its STOP", "never left", "no row", "not kept", "nowhere"]
