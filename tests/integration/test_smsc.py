"""test_smsc.py - the simulator as a program, over real sockets, with a tiny SMPP client of its own."""

import json
import pathlib
import signal
import socket
import struct
import subprocess

import pytest

from harness import BUILD, SOURCE, Program, wait_until

SUBMIT, DELIVER, UNBIND, TRANSCEIVER, ENQUIRE = 4, 5, 6, 9, 0x15
RESPONSE = 0x80000000


class Client:
    """One connection. Reads with a limit; says nothing by itself."""

    def __init__(self, port, system_id=b"me", password=b"secret", bind=TRANSCEIVER):
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.sequence = 0
        self.kept = []
        if bind:
            self.send(bind, system_id + b"\0" + password + b"\0\0\x34\0\0\0")
            self.bound = self.take(bind | RESPONSE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, command, body=b"", sequence=None, status=0):
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        self.socket.sendall(struct.pack(">IIII", 16 + len(body), command, status, sequence) + body)
        return sequence

    def submit(self, destination, text=b"hello", esm_class=0, reference=None):
        tlv = b"" if reference is None else struct.pack(">HHH", 0x204, 2, reference)
        return self.send(SUBMIT, b"\0\0\x01" + b"36105\0" + b"\x01\x01" + destination + b"\0" +
                         bytes([esm_class, 0, 0, 0, 0, 1, 0, 0, 0, len(text)]) + text + tlv)

    def exactly(self, n):
        data = b""
        while len(data) < n:
            piece = self.socket.recv(n - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def read(self):
        """(command, status, sequence, body) of the next PDU."""
        length, command, status, sequence = struct.unpack(">IIII", self.exactly(16))
        return command, status, sequence, self.exactly(length - 16)

    def take(self, command):
        """The next PDU of this command; others are kept for later calls."""
        for pdu in self.kept:
            if pdu[0] == command:
                self.kept.remove(pdu)
                return pdu
        while True:
            pdu = self.read()
            if pdu[0] == command:
                return pdu
            self.kept.append(pdu)

    def ack(self, deliver, status=0):
        self.send(DELIVER | RESPONSE, b"\0", deliver[2], status)

    def at_end(self):
        try:
            while True:
                self.read()
        except (EOFError, ConnectionResetError):
            return True


class Smsc(Program):
    def __init__(self, stage, scenario="", *options):
        self.stage = stage
        self.journal = stage.dir / "messages.log"
        self.path = stage.dir / "control.sock"
        argv = [BUILD / "relais-smsc", "--listen", "127.0.0.1:0", "--control", self.path, *options]
        if scenario:
            (stage.dir / "scenario.conf").write_text(scenario)
            argv += ["--scenario", stage.dir / "scenario.conf"]
        super().__init__(argv, stage.dir / "smsc.log")
        stage.programs.append(self)
        self.port = int(self.wait_said(r"listening=127\.0\.0\.1:(\d+)")[1])

    def control(self, line):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(str(self.path))
            s.sendall(line.encode() + b"\n")
            return json.loads(s.makefile().readline())

    def stats(self):
        return self.control("stats")["stats"]

    def wait_stats(self, **wanted):
        def fact():
            stats = self.stats()
            return all(stats[k] == v for k, v in wanted.items()) and stats
        return wait_until(fact, 20, lambda: f"{wanted} in {self.stats()}")


def test_a_message_gets_its_response_its_receipt_and_a_line_in_the_log(stage):
    smsc = Smsc(stage, "receipt_delay = 10ms", "--log", stage.dir / "messages.log", "--log-text")
    with Client(smsc.port) as client:
        sequence = client.submit(b"33612345678", b"D\x05j\x07 livr\x05", reference=770)
        response = client.take(SUBMIT | RESPONSE)
        assert response[1:3] == (0, sequence)
        message_id = response[3].rstrip(b"\0")
        receipt = client.take(DELIVER)
        client.ack(receipt)
        assert b"id:" + message_id + b" sub:001" in receipt[3] and b"stat:DELIVRD" in receipt[3]
        assert b"\x00\x1e" + struct.pack(">H", len(message_id) + 1) + message_id in receipt[3]
        assert struct.pack(">HHH", 0x204, 2, 770) in receipt[3]
        smsc.wait_stats(receipts_acked=1, queued=0)
    fields = smsc.journal.read_text().rstrip("\n").split("\t")
    assert fields[1:] == [message_id.decode(), "36105", "33612345678", "770", "-", "Déjì livré"]


def test_the_counts_are_the_last_line_and_doubles_are_found(stage):
    smsc = Smsc(stage, "", "--quiet")
    with Client(smsc.port) as client:
        for number in (1, 2, 3, 2):
            client.submit(b"3361234567%d" % number)
            client.take(SUBMIT | RESPONSE)
        for part in (1, 2):
            client.submit(b"33600000000", b"\5\0\3\x2a\2" + bytes([part]) + b"x", esm_class=0x40)
        smsc.wait_stats(accepted=6, destinations=4, doubled_destinations=1, double_messages=1)
        assert smsc.control("doubles")["destinations"] == ["33612345672"]
        smsc.signal(signal.SIGUSR1)
        smsc.wait_said(r'"accepted":6,')
        smsc.signal(signal.SIGTERM)
        unbind = client.take(UNBIND)
        client.send(UNBIND | RESPONSE, b"", unbind[2])
        assert client.at_end()
    assert smsc.wait_exit() == 0
    assert json.loads(smsc.said().splitlines()[-1])["destinations"] == 4
    assert not smsc.path.exists()


def test_a_receipt_left_unanswered_comes_again_on_the_next_connection(stage):
    smsc = Smsc(stage, "receipt_delay = 0")
    with Client(smsc.port) as client:
        client.submit(b"33612345678")
        first = client.take(DELIVER)
    smsc.wait_stats(sessions=0, queued=1)
    with Client(smsc.port) as client:
        again = client.take(DELIVER)
        assert again[3] == first[3]
        client.ack(again)
        smsc.wait_stats(queued=0, retried=1, receipts_sent=1, receipts_acked=1)


def test_a_cut_before_the_answers_leaves_messages_accepted_and_unknown(stage):
    smsc = Smsc(stage, "drop_after_submits = 10\ndrop_unanswered = true\nresponse_delay = 1s")
    with Client(smsc.port) as client:
        for i in range(10):
            client.submit(b"336000000%02d" % i)
        assert client.at_end()
    stats = smsc.wait_stats(accepted=10, sessions=0)
    assert stats["drops"] == 1


def test_pause_keeps_the_socket_and_resume_answers_what_came_meanwhile(stage):
    smsc = Smsc(stage)
    with Client(smsc.port) as client:
        assert smsc.control("pause")["ok"]
        client.submit(b"33612345678")
        client.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.read()
        client.socket.settimeout(20)
        assert smsc.control("resume")["ok"]
        assert client.take(SUBMIT | RESPONSE)[1] == 0


def test_handsets_write_by_script_and_by_hand(stage):
    smsc = Smsc(stage, """
        inbound "stop" { from = "+3361200000#" to = "36105" text = "STOP" count = 2 every = 10ms
                         after_submits = 1 }
    """)
    with Client(smsc.port) as client:
        assert smsc.stats()["inbound_planned"] == 0
        client.submit(b"33612345678")
        bodies = [client.take(DELIVER)[3] for _ in range(2)]
        assert smsc.control("send +33699999999 36105 arrêt 🚫") == {"ok": True, "parts": 1}
        bodies.append(client.take(DELIVER)[3])
        bodies = [b for b in bodies if b"id:" not in b] + [client.take(DELIVER)[3]]
        assert sum(b"\4STOP" in b for b in bodies) == 2
        assert any(b"33612000001\0" in b for b in bodies)
        assert any("arrêt 🚫".encode("utf-16-be") in b for b in bodies)


def test_recipients_answer_stop_in_their_share_and_only_once(stage):
    smsc = Smsc(stage, 'reply_stop = "10%"\nreply_delay = 0\nreceipt_delay = 0\nno_receipt = "100%"')
    with Client(smsc.port) as client:
        for _ in range(2):
            for i in range(1000):
                client.submit(b"336%08d" % i)
        smsc.wait_stats(accepted=2000)
        stats = smsc.stats()
        assert 70 <= stats["inbound_planned"] <= 130 and stats["receipts_planned"] == 0


def test_a_wrong_password_is_refused_and_the_carrier_stays(stage):
    smsc = Smsc(stage, 'system_id = "me"\npassword = "right"')
    with Client(smsc.port, password=b"wrong") as client:
        assert client.bound[1] == 0x0E and client.at_end()
    with Client(smsc.port, system_id=b"you") as client:
        assert client.bound[1] == 0x0F
    with Client(smsc.port, password=b"right") as client:
        assert client.bound[1] == 0


@pytest.mark.parametrize("rubbish", [b"GET / HTTP/1.1\r\n\r\n", b"\0" * 64, b"\xff" * 70000,
                                     struct.pack(">IIII", 16 + 5, 4, 0, 1) + b"\xff" * 5],
                         ids=["another_protocol", "zeros", "ones", "a_submit_of_rubbish"])
def test_rubbish_costs_its_sender_the_connection_and_nobody_else(stage, rubbish):
    smsc = Smsc(stage)
    with Client(smsc.port) as other:
        with Client(smsc.port, bind=None) as client:
            client.socket.sendall(rubbish + struct.pack(">IIII", 16, UNBIND, 0, 2))
            assert client.at_end()
        other.send(ENQUIRE)
        assert other.take(ENQUIRE | RESPONSE)[1] == 0


def test_a_client_that_does_not_read_is_not_read_from_and_costs_little(stage):
    smsc = Smsc(stage, "", "--quiet")
    before = smsc.peak_rss_mb()
    with Client(smsc.port) as client:
        client.socket.settimeout(2)
        burst = struct.pack(">IIII", 16, ENQUIRE, 0, 7) * 4096
        with pytest.raises(TimeoutError):
            for _ in range(4000):
                client.socket.sendall(burst)
        with Client(smsc.port) as other:
            other.send(ENQUIRE)
            assert other.take(ENQUIRE | RESPONSE)[1] == 0
    assert smsc.peak_rss_mb() - before < 30


def test_a_slow_reader_takes_what_its_rate_allows(stage):
    smsc = Smsc(stage, "read_rate = 2000")
    with Client(smsc.port) as client:
        for i in range(100):
            client.submit(b"336%08d" % i)
        assert smsc.stats()["submits"] < 60
        smsc.wait_stats(submits=100)


def test_a_receipt_without_an_answer_in_time_is_sent_again_on_the_same_connection(stage):
    smsc = Smsc(stage, "receipt_delay = 0\ndeliver_timeout = 200ms")
    with Client(smsc.port) as client:
        client.submit(b"33612345678")
        first, again = client.take(DELIVER), client.take(DELIVER)
        assert first[2] != again[2] and first[3] == again[3]
        client.ack(again)
        smsc.wait_stats(queued=0, receipts_acked=1)


def test_the_scenario_is_read_again_on_sighup_and_a_fault_changes_nothing(stage):
    smsc = Smsc(stage, 'status_faults = { "100% 0x400" }')
    with Client(smsc.port) as client:
        def status():
            client.submit(b"33612345678")
            return client.take(SUBMIT | RESPONSE)[1]
        assert status() == 0x400
        (stage.dir / "scenario.conf").write_text('undelivered = "200%"\n')
        smsc.signal(signal.SIGHUP)
        smsc.wait_said("scenario=refused .*undelivered: expected a share")
        assert status() == 0x400
        (stage.dir / "scenario.conf").write_text('status_faults = { "100% 0x401" }\n')
        smsc.signal(signal.SIGHUP)
        smsc.wait_said("reloaded=yes")
        assert status() == 0x401
        assert smsc.control("set status_faults 100% 0x402")["ok"]
        assert status() == 0x402
        assert smsc.stats()["refused_by_status"]["0x00000402"] == 1


def test_the_same_seed_refuses_the_same_messages(stage):
    def statuses():
        smsc = Smsc(stage, 'status_faults = { "20% 0x400" }\nseed = 5', "--quiet")
        with Client(smsc.port) as client:
            for i in range(200):
                client.submit(b"336%08d" % i)
            found = [client.take(SUBMIT | RESPONSE)[1:3] for _ in range(200)]
        assert smsc.stop() == 0
        return found
    first = statuses()
    assert 15 < sum(status != 0 for status, _ in first) < 70
    assert statuses() == first


@pytest.mark.parametrize("name", sorted(p.name for p in (SOURCE / "contrib/scenarios").iterdir()))
def test_the_scenario_is_taken(stage, name):
    smsc = Smsc(stage, (SOURCE / "contrib/scenarios" / name).read_text())
    assert smsc.stop() == 0


@pytest.mark.parametrize("argv, complaint", [
    (["--listen", "carrier.example"], "expected ADDRESS:PORT"),
    (["--scenario", "/nonexistent"], "/nonexistent: No such file"),
    (["--duration", "soon"], "expected seconds"),
    (["--log", "/nonexistent/log"], "cannot be written"),
    (["--lisen"], "--help tells"),
    (["extra"], "unexpected 'extra'"),
])
def test_a_wrong_option_is_told(argv, complaint):
    done = subprocess.run([BUILD / "relais-smsc", *argv], capture_output=True, text=True, timeout=20)
    assert done.returncode in (1, 2) and complaint in done.stderr


def test_a_second_carrier_on_the_same_port_says_so(stage):
    smsc = Smsc(stage)
    done = subprocess.run([BUILD / "relais-smsc", "--listen", str(smsc.port)], capture_output=True,
                          text=True, timeout=20)
    assert done.returncode == 1 and "Address already in use" in done.stderr


def test_the_manual_page_has_every_key_as_the_program_knows_it():
    done = subprocess.run([BUILD / "relais-smsc", "--print-manual"], capture_output=True, text=True,
                          check=True)
    page = pathlib.Path(SOURCE / "doc/relais-smsc.1").read_text(encoding="utf-8")
    assert " ".join(done.stdout.split()) in " ".join(page.split())


def test_the_manual_page_has_every_option_of_the_help():
    done = subprocess.run([BUILD / "relais-smsc", "--help"], capture_output=True, text=True, check=True)
    page = pathlib.Path(SOURCE / "doc/relais-smsc.1").read_text(encoding="utf-8")
    options = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  --")]
    assert len(options) > 8
    for option in options:
        assert option.replace("--", "-", 1) in page, option
