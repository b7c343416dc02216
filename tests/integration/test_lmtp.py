"""What an MTA hands to the listener, and what becomes of it when one of the two does not behave: real
sockets, swaks, and a real Postfix."""

import pathlib
import signal
import smtplib
import socket
import time

import pytest

from harness import BUILD, LIMIT, SANITIZED, Program, free_port, wait_until
from postfix import Postfix, swaks

OPEN = (b"LHLO mx.example\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<good@in.example>\r\nDATA\r\n")


class Taker(Program):
    """lmtp_taker: the listener with nothing behind it."""

    def __init__(self, directory, max_bytes=25 << 20, timeout_ms=60000):
        self.box = directory / "taken"
        self.box.mkdir()
        self.port = free_port()
        self.unix = directory / "lmtp.sock"
        self.arguments = [BUILD / "tests/integration/lmtp_taker", self.box, max_bytes, timeout_ms,
                          f"127.0.0.1:{self.port}", f"unix:{self.unix}"], directory / "taker.log"
        self.start()

    def start(self):
        super().__init__(*self.arguments)
        self.wait_said(r"listening=unix:")

    def mails(self):
        """[(from, [to, ...], bytes)] in the order in which they were taken."""
        found = []
        for path in sorted(self.box.glob("mail-*"), key=lambda p: int(p.name.split("-")[1])):
            head, _, body = path.read_bytes().partition(b"\n\n")
            sender, *to = head.decode().split("\n")
            found.append((sender, to, body))
        return found

    def wait_mails(self, n):
        return wait_until(lambda: len(self.mails()) >= n and self.mails(), what=lambda:
                          f"{n} mails are taken, not {len(self.mails())}:\n{self.tail()}")

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT)
        return s


@pytest.fixture
def taker(tmp_path):
    tmp_path.chmod(0o755)
    for parent in list(tmp_path.parents)[:2]:  # the user of Postfix shall get to the socket
        parent.chmod(0o755)
    taker = Taker(tmp_path)
    yield taker
    assert taker.stop() == 0, taker.tail()


def talk(taker, *pieces):
    """Says the pieces, shuts its half, and returns all that was answered."""
    with taker.connect() as s:
        for piece in pieces:
            s.sendall(piece)
        s.shutdown(socket.SHUT_WR)
        answer = b""
        while True:
            more = s.recv(65536)
            if not more:
                return answer.decode()
            answer += more


# --- clients that we did not write ---

def test_swaks_hands_over_a_mail(taker):
    status, said = swaks(taker.port, "--protocol", "LMTP", "--from", "a@x.example",
                         "--to", "good@in.example", "--body", "hello\n.\n..\n")
    assert status == 0, said
    (sender, to, body), = taker.wait_mails(1)
    assert (sender, to) == ("a@x.example", ["good@in.example"])
    assert body.endswith(b"\r\n\r\nhello\r\n.\r\n..\r\n\r\n\r\n"), body


def test_swaks_is_answered_for_each_recipient(taker):
    status, said = swaks(taker.port, "--protocol", "LMTP", "--from", "a@x.example", "--to",
                         "good@in.example,nobody@in.example,later@in.example,refused@in.example")
    assert "550 5.1.1 nobody of that name is here" in said, said
    for word in ("250 2.1.5 taken", "451 4.3.0 not now", "550 5.7.1 it is not wanted"):
        assert word in said, said
    assert taker.wait_mails(1)[0][1] == ["good@in.example", "later@in.example", "refused@in.example"]


def test_python_hands_over_mails_in_one_session(taker):
    with smtplib.LMTP(str(taker.unix)) as client:
        for i in range(20):
            assert client.sendmail("a@x.example", ["good@in.example"], f"Subject: {i}\r\n\r\nhello") == {}
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            client.sendmail("a@x.example", ["good@in.example"], "x" * (26 << 20))
        assert refused.value.smtp_code == 552
    assert len(taker.wait_mails(20)) == 20


def test_a_mail_of_25_mb_costs_the_disk_its_size_and_memory_nothing(taker):
    line = b"0123456789" * 7 + b"\r\n"
    body = b"Subject: large\r\n\r\n" + line * ((24 << 20) // len(line))
    before = taker.peak_rss_mb()
    assert talk(taker, OPEN, body, b".\r\nQUIT\r\n").endswith("250 2.1.5 taken\r\n221 2.0.0 bye\r\n")
    assert taker.wait_mails(1)[0][2] == body
    assert SANITIZED or taker.peak_rss_mb() - before < 2


# --- smuggling ---

ENDS = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\r\r\n.\r\r\n",
        b"\r\n\0.\r\n", b"\r\n.\0\r\n", b"\r\n.\r\0\n", b"\n\r.\r\n"]


@pytest.mark.parametrize("end", ENDS, ids=repr)
def test_no_other_end_of_a_mail_smuggles_a_second_one_in(taker, end):
    inner = b"MAIL FROM:<evil@x.example>\r\nRCPT TO:<good@in.example>\r\nDATA\r\nevil"
    said = talk(taker, OPEN, b"one" + end + inner, b"\r\n.\r\nQUIT\r\n")
    # One mail, one answer: taken whole or refused whole, and what is in it was no command.
    assert said.count("354 ") == 1, said
    assert said.endswith("221 2.0.0 bye\r\n"), said
    assert all(sender == "a@x.example" for sender, _, _ in taker.mails())
    assert len(taker.mails()) == (1 if end in (b"\r\n\0.\r\n", b"\r\n.\0\r\n") else 0)


def test_a_real_postfix_lets_no_smuggled_mail_through_either(taker, tmp_path):
    """What it hands on has whole line ends, whatever it was given."""
    with_postfix = Postfix(tmp_path / "postfix", ["in.example"], f"inet:127.0.0.1:{taker.port}")
    try:
        for n, end in enumerate(ENDS):
            inner = b"MAIL FROM:<evil@x.example>\r\nRCPT TO:<good@in.example>\r\nDATA\r\nevil"
            with socket.create_connection(("127.0.0.1", with_postfix.port), timeout=LIMIT) as s:
                file = s.makefile("rb")
                file.readline()
                for command in (b"HELO c\r\n", b"MAIL FROM:<a@x.example>\r\n",
                                b"RCPT TO:<good@in.example>\r\n", b"DATA\r\n"):
                    s.sendall(command)
                    file.readline()
                s.sendall(b"Subject: %d\r\n\r\none" % n + end + inner + b"\r\n.\r\nQUIT\r\n")
                file.read()
        with_postfix.wait_empty()
    finally:
        with_postfix.stop()
    # Postfix 3.7 itself takes LF . LF for an end, and says so to its own clients: what comes to us
    # then are two mails, in two transactions. None that reached us was refused for its line ends.
    assert "status=bounced" not in with_postfix.said(), with_postfix.tail()
    assert len(taker.mails()) >= len(ENDS)


# --- Postfix ---

@pytest.fixture
def postfix(taker, tmp_path):
    postfix = Postfix(tmp_path / "postfix", ["in.example", "unix.example"],
                      f"inet:127.0.0.1:{taker.port}", {"unix.example": f"lmtp:unix:{taker.unix}"})
    yield postfix
    postfix.stop()


def test_postfix_delivers_over_tcp_and_over_a_unix_socket(postfix, taker):
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=LIMIT) as client:
        for i in range(10):
            client.sendmail("a@x.example", [f"good@{'unix' if i % 2 else 'in'}.example"],
                            f"Subject: {i}\r\n\r\nhello\r\n.\r\n")
    assert len(taker.wait_mails(10)) == 10
    postfix.wait_empty()
    assert len(taker.mails()) == 10


def test_postfix_honours_each_recipients_answer(postfix, taker):
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=LIMIT) as client:
        client.sendmail("a@bounces.example",
                        ["good@in.example", "refused@in.example", "nobody@in.example", "later@in.example"],
                        "Subject: x\r\n\r\nhello")
    postfix.wait_said(r"to=<good@in.example>.*dsn=2.1.5, status=sent \(250 2.1.5 taken\)")
    postfix.wait_said(r"to=<refused@in.example>.*dsn=5.7.1, status=bounced")
    postfix.wait_said(r"to=<nobody@in.example>.*dsn=5.1.1, status=bounced")
    postfix.wait_said(r"to=<later@in.example>.*dsn=4.3.0, status=deferred")
    # Tried again and again, alone: those who have it do not get it twice.
    taker.wait_mails(2)
    assert [to for _, to, _ in taker.mails()[1:]] == [["later@in.example"]] * (len(taker.mails()) - 1)


def test_postfix_hands_over_letters_beyond_ascii(postfix, taker):
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=LIMIT) as client:
        client.sendmail("é@x.example", ["goodé@in.example"], "Subject: é\r\n\r\né".encode(),
                        mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    (sender, to, body), = taker.wait_mails(1)
    assert (sender, to) == ("é@x.example", ["goodé@in.example"])
    assert "Subject: é\r\n".encode() in body and body.endswith("\r\n\r\né\r\n".encode())


def test_a_connection_lost_after_the_dot_brings_the_same_mail_again(postfix, taker):
    """That is why whoever takes mails must know them by their bytes."""
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=LIMIT) as client:
        client.sendmail("a@x.example", ["never@in.example"], "Subject: x\r\n\r\nhello")
    (first,) = taker.wait_mails(1)
    taker.kill()
    postfix.wait_said(r"to=<never@in.example>.*status=deferred")
    for path in taker.box.glob("mail-*"):
        path.unlink()
    taker.start()
    assert taker.wait_mails(1)[0] == first

    def settled():
        taker.signal(signal.SIGUSR1)  # now they are answered
        return not postfix.queued()
    wait_until(settled, what=postfix.tail)


# --- slow, many, rude ---

def test_slow_clients_are_let_go_and_others_served(tmp_path):
    taker = Taker(tmp_path, timeout_ms=1000)
    slow = [taker.connect() for _ in range(20)]
    for n, s in enumerate(slow):
        s.sendall(OPEN if n % 2 else b"LHLO mx")
    with smtplib.LMTP("127.0.0.1", taker.port) as client:
        assert client.sendmail("a@x.example", ["good@in.example"], "Subject: x\r\n\r\nhello") == {}
    ended = time.monotonic() + LIMIT
    for s in slow:
        answer = b""
        s.settimeout(1)
        while b"421 4.4.2" not in answer:
            assert time.monotonic() < ended
            try:
                s.sendall(b"x")  # a byte now and then is none
                more = s.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                break
            if not more:
                break
            answer += more
        s.close()
    assert len(taker.mails()) == 1
    assert taker.stop() == 0, taker.tail()


def test_more_connections_than_allowed_are_told_to_come_back(taker):
    held = [taker.connect() for _ in range(50)]
    for s in held:
        assert s.recv(4) == b"220 "
    with taker.connect() as s:
        assert s.makefile("rb").read().startswith(b"421 4.3.2 ")
    for s in held:
        s.close()

    def served():
        with taker.connect() as s:
            return s.recv(4) == b"220 "
    wait_until(served)


def test_a_browser_that_is_made_to_talk_to_it_gets_nowhere(taker):
    said = talk(taker, b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 200\r\n\r\n", OPEN,
                b"evil\r\n.\r\n")
    assert said.splitlines()[1:] == ["500 5.5.2 no such command, and no LHLO before it"]
    assert taker.mails() == []


@pytest.mark.parametrize("corpus", sorted(
    (pathlib.Path(__file__).parents[1] / "fuzz/corpus/lmtp").glob("*")), ids=lambda p: p.name)
def test_whatever_was_said_the_next_client_is_served(taker, corpus):
    try:
        talk(taker, corpus.read_bytes()[2:])
    except OSError:
        pass  # it hung up while we were talking
    with smtplib.LMTP("127.0.0.1", taker.port) as client:
        assert client.sendmail("a@x.example", ["good@in.example"], "Subject: last\r\n\r\nhello") == {}
    assert b"Subject: last" in taker.mails()[-1][2]
