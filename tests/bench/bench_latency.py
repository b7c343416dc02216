"""What people wait for while a campaign runs at full rate: a STOP until it is committed, and a single
service message from the API to the wire.

RELAIS_BENCH_MESSAGES (1,000,000) sets the campaign's size; it is measured for as long as that sends.
The STOPs come from customers of the campaign, on the session that carries its receipts: the carrier
counts from each deliver_sm to its deliver_sm_resp, which relaisd sends after the COMMIT. A service
message counts from before its POST to the line that the carrier writes when it accepts it.
"""

import http.client
import json
import os
import socket
import threading
import time

from measure import TEXT, BenchStage, note, phone, say, say_quantiles, wait_until, wall_us

MESSAGES = int(os.environ.get("RELAIS_BENCH_MESSAGES", "1000000"))
WINDOW = 500
STOPS_A_SECOND = 15
SERVICE_A_SECOND = 10
SENDER = "36000"
SERVICE = "+33700"  # handsets of service messages: no campaign writes to these
STOPS_WANTED, SERVICE_WANTED = 300, 200


class Api:
    """One connection to the control socket, kept open."""

    def __init__(self, stage):
        self.token = (stage.data / "token").read_text().strip()
        self.connection = http.client.HTTPConnection("localhost", timeout=60)
        self.connection.sock = socket.socket(socket.AF_UNIX)
        self.connection.sock.connect(str(stage.data / "control.sock"))

    def post(self, path, body):
        self.connection.request("POST", path, json.dumps(body),
                                {"Authorization": f"Bearer {self.token}",
                                 "Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status == 201, text
        assert self.connection.sock, "the connection was not kept"


class Steady(threading.Thread):
    """Does one thing so often a second until it is told to stop."""

    def __init__(self, a_second, do):
        super().__init__()
        self.gap, self.do, self.over, self.done = 1 / a_second, do, threading.Event(), 0
        self.failure = None

    def run(self):
        due = time.monotonic()
        while not self.over.wait(max(0, due - time.monotonic())):
            try:
                self.do(self.done)
            except Exception as failure:  # pylint: disable=broad-exception-caught
                self.failure = failure
                return
            self.done += 1
            due += self.gap

    def end(self):
        self.over.set()
        self.join()
        if self.failure:
            raise self.failure


def submitted(journal):
    """{handset: when} of the service messages."""
    found = {}
    with open(journal, encoding="utf-8") as lines:
        for line in lines:
            fields = line.split("\t", 4)
            if fields[3].startswith(SERVICE[1:]):
                found["+" + fields[3]] = wall_us(fields[0])
    return found


def measure(stage, carrier):
    """For as long as the campaign sends. Returns {handset: when its message was posted}, and how long
    each POST took, in milliseconds."""
    api, posted, answered = Api(stage), {}, []

    def stop(i):
        # From the end of the campaign: the customer's message is not on the wire yet.
        carrier.send(phone(MESSAGES - i), SENDER, "STOP")

    def service(i):
        number = f"{SERVICE}{i:06d}"
        posted[number] = time.time_ns() // 1000
        api.post("/v1/messages", {"to": number, "text": "Votre colis est arrive.",
                                  "legal_basis": "contract"})
        answered.append((time.time_ns() // 1000 - posted[number]) / 1000)

    wait_until(lambda: carrier.stats()["accepted"] > MESSAGES // 50, 600, "it sends", every=0.01)
    begin, before = time.monotonic(), carrier.stats()["accepted"]
    steady = [Steady(STOPS_A_SECOND, stop), Steady(SERVICE_A_SECOND, service)]
    for thread in steady:
        thread.start()
    wait_until(lambda: carrier.stats()["accepted"] > MESSAGES * 0.97, 3600, "most is sent")
    for thread in steady:
        thread.end()
    rate = (carrier.stats()["accepted"] - before) / (time.monotonic() - begin)
    note(f"meanwhile: stops={steady[0].done} service={steady[1].done}")
    say("latency_campaign_sms_per_second", rate, "1/s")
    return steady[0].done, posted, answered


def main():
    note(f"latency campaign={MESSAGES} window={WINDOW} stops={STOPS_A_SECOND}/s"
         f" service={SERVICE_A_SECOND}/s")
    with BenchStage() as stage:
        journal = stage.dir / "journal"
        carrier = stage.add_carrier(scenario='receipt_delay = "50ms"\n', log_text=False,
                                    settings=f"window = {WINDOW}", arguments=("--log", journal))
        stage.start_filled(MESSAGES)
        stage.create_campaign("bench", "all", TEXT)
        stage.hold()
        stage.start_campaign("bench")
        stage.wait_expanded("bench")
        stage.release()
        stops, posted, answered = measure(stage, carrier)
        wait_until(lambda: stage.campaign_state("bench") == "done", 600, "the campaign is done")
        wait_until(lambda: carrier.stats()["queued"] == 0, 60, "everything is acknowledged")
        stats = carrier.stats()
        # Whose STOP came after the campaign's message got its confirmation as a second one.
        assert stats["inbound_acked"] == stops >= stats["double_messages"], stats
        assert stage.sql.one("SELECT COUNT(*) FROM opt_out") == stops
        wire = submitted(journal)
        assert set(wire) == set(posted), f"{len(wire)} of {len(posted)} were sent"
        if stops < STOPS_WANTED or len(posted) < SERVICE_WANTED:
            note(f"too short for its quantiles: expected {STOPS_WANTED} stops and {SERVICE_WANTED}"
                 " service messages")
        for label in ("p50", "p99", "max"):
            say(f"mo_to_commit_ms_{label}", stats[f"inbound_ms_{label}"], "ms")
        say_quantiles("service_answered", answered)
        say_quantiles("service_to_wire", [(wire[n] - posted[n]) / 1000 for n in posted])


main()
