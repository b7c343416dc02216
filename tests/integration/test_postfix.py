"""Relais and a real Postfix, set up as contrib/postfix says: mail in by LMTP, mail out by SMTP, and the
bounces that Postfix makes of what nobody wants."""

import os
import signal
import smtplib
import socket

import pytest

import mail_scene
from harness import LIMIT, Stage, free_port, wait_until
from postfix import Postfix, needs_postfix, swaks
from smtp_sink import Sink

DOMAIN = "in.shop.example"  # as in contrib/postfix
CONTACT = "contact@shop.example"
ANNE = "anne@customer.example"


class House:
    """A relaisd, its Postfix, and the world's mail server behind that."""

    def __init__(self, stage):
        self.stage, self.sink = stage, Sink()
        self.sink.rcpt = lambda address: ("550 5.1.1 user unknown" if "gone.example" in address
                                          else "250 2.1.5 ok")
        stage.dir.chmod(0o711)  # Postfix's own user looks for the unix socket in there
        self.lmtp = free_port()
        self.postfix = Postfix(
            stage.dir / "postfix", [], f"inet:127.0.0.1:{self.lmtp}",
            {"customer.example": f"smtp:[127.0.0.1]:{self.sink.port}",
             "gone.example": f"smtp:[127.0.0.1]:{self.sink.port}",
             "unix.shop.example": f"relais:unix:{stage.dir}/lmtp.sock"},
            # 127.0.0.2 is a stranger. What could not be delivered is tried again at once.
            more="mynetworks = 127.0.0.1/32\nrelay_domains = in.shop.example shop.example unix.shop.example\n",
            samples=True)
        stage.settings = (
            f'mail {{\n    relay = {{ "127.0.0.1:{self.postfix.port}" }}\n'
            f'    from = "bonjour@shop.example"\n    tls = off\n    retry = "200ms"\n}}\n'
            f'mail_in {{\n    listen = {{ "127.0.0.1:{self.lmtp}", "unix:{stage.dir}/lmtp.sock" }}\n'
            f'    domain = "{DOMAIN}"\n    authserv_id = "mx.shop.example"\n    contact = {{ "{CONTACT}", "contact@unix.shop.example" }}\n}}\n')
        stage.start()
        stage.sql.run(
            "INSERT INTO customer (id, created_at, updated_at) VALUES (1, NOW(), NOW());"
            "INSERT INTO contact_point (customer_id, channel, address, created_at)"
            f" VALUES (1, 'email', '{ANNE}', NOW());")

    def close(self):
        self.postfix.stop()
        self.sink.stop()

    def send(self, *mails, source="127.0.0.1"):
        """(to, subject) each, one connection to Postfix."""
        with smtplib.SMTP("127.0.0.1", self.postfix.port, source_address=(source, 0),
                          timeout=LIMIT) as client:
            for to, subject in mails:
                client.sendmail(ANNE, [to], f"From: Anne <{ANNE}>\r\nTo: {to}\r\n"
                                f"Message-ID: <{subject}@customer.example>\r\n"
                                f"Subject: {subject}\r\n\r\nBonjour\r\n")

    def recorded(self, subject):
        """How often a mail of that subject was taken, and is a message of the customer."""
        return self.stage.sql.one(
            "SELECT COUNT(*) FROM mail_in m JOIN inbound_message i ON i.id = m.id"
            f" WHERE m.kind = 'message' AND i.channel = 'email' AND m.subject = '{subject}'")

    def wait_recorded(self, subject, n=1):
        wait_until(lambda: self.recorded(subject) >= n,
                   what=lambda: f"'{subject}' is recorded:\n{self.postfix.tail()}")


@pytest.fixture(scope="module")
def open_house():
    needs_postfix()
    with Stage() as stage:
        house = House(stage)
        yield house
        house.close()


@pytest.fixture
def house(open_house, request):
    yield open_house
    if getattr(request.node, "failed", False):
        print(open_house.stage.report(), open_house.postfix.tail())


# --- in ---

def test_a_mail_for_customers_is_recorded(house):
    house.send((CONTACT, "tcp"), ("contact@unix.shop.example", "unix"))
    for subject in ("tcp", "unix"):
        house.wait_recorded(subject)
    house.postfix.wait_empty()
    assert house.recorded("tcp") == house.recorded("unix") == 1


@pytest.mark.parametrize("spelling", [
    "Authentication-Results: {}", "Authentication-Results : {}", "authentication-results:\r\n {}",
    "Authentication-Results: (x) {}", 'Authentication-Results: "mx.shop.example"; {}'])
def test_a_word_for_a_sender_that_comes_from_outside_is_removed(house, spelling):
    subject = f"forged {spelling[:30]} {len(spelling)}".replace("\r\n", "").replace('"', "")
    word = spelling.format(f"mx.shop.example; dkim=pass header.d={ANNE.partition('@')[2]}")
    with smtplib.SMTP("127.0.0.1", house.postfix.port, source_address=("127.0.0.2", 0),
                      timeout=LIMIT) as client:
        client.sendmail(ANNE, [CONTACT], f"{word}\r\nFrom: Anne <{ANNE}>\r\nTo: {CONTACT}\r\n"
                        f"Subject: {subject}\r\n\r\nBonjour\r\n")
    house.wait_recorded(subject)
    assert house.stage.sql.one(f"SELECT COUNT(*) FROM mail_in WHERE subject = '{subject}'"
                               " AND proof = ''") == 1
    assert house.stage.sql.one("SELECT s.bytes LIKE '%dkim=pass%' FROM mail_source s JOIN mail_in m"
                               f" ON m.source_id = s.id WHERE m.subject = '{subject}'") == 0


def test_swaks_gets_a_mail_through(house):
    status, said = swaks(house.postfix.port, "--from", ANNE, "--to", CONTACT, "--header",
                         "Subject: swaks", "--body", "Bonjour")
    assert status == 0, said
    house.wait_recorded("swaks")


def test_an_address_that_does_not_exist_is_refused_at_the_door(house):
    """Postfix asks Relais before it takes the mail, so that no stranger gets a bounce for it."""
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        house.send((f"b-madeup@{DOMAIN}", "forged"), source="127.0.0.2")
    assert refused.value.recipients[f"b-madeup@{DOMAIN}"][0] == 550
    house.send((CONTACT, "stranger"), source="127.0.0.2")
    house.wait_recorded("stranger")


def test_postfix_keeps_what_relais_cannot_take_and_brings_it_again(house):
    """The database is stopped, so nothing can be committed: the mail waits with Postfix."""
    stage = house.stage
    os.kill(stage.mariadbd_pid(), signal.SIGSTOP)
    try:
        house.send(*[(CONTACT, "waits")] * 3)
        wait_until(lambda: len(house.postfix.queued()) >= 3)
    finally:
        os.kill(stage.mariadbd_pid(), signal.SIGKILL)
    wait_until(stage.sql.alive, what="relaisd starts its database again")
    house.postfix.wait_said(r"to=<contact@shop\.example>.*status=deferred .*said: 451 4\.3\.0")
    house.postfix.wait_empty()
    assert house.recorded("waits") == 3


def test_a_relaisd_that_dies_while_mails_come_has_each_of_them_once(house):
    stage = house.stage
    names = [f"n{i}" for i in range(100)]
    house.send(*[(CONTACT, name) for name in names[:50]])
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM mail_in WHERE subject LIKE 'n%'") > 5)
    stage.kill()
    house.send(*[(CONTACT, name) for name in names[50:]])
    house.postfix.wait_said(r"status=deferred \(connect to 127\.0\.0\.1.*Connection refused")
    stage.start()
    house.postfix.wait_empty(2 * LIMIT)
    assert stage.sql.counts("SELECT subject, COUNT(*) FROM mail_in WHERE subject LIKE 'n%' "
                            "GROUP BY subject") == dict.fromkeys(names, 1)
    assert stage.sql.one("SELECT COUNT(*) FROM mail_in m JOIN inbound_message i ON i.id = m.id"
                         " WHERE m.subject LIKE 'n%'") == len(names)


def test_a_smuggled_mail_arrives_with_the_sender_whom_postfix_knows_or_not_at_all(house):
    for n, end in enumerate((b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r.\r")):
        with socket.create_connection(("127.0.0.1", house.postfix.port), timeout=LIMIT) as s:
            lines = s.makefile("rb")
            lines.readline()
            for command in (b"HELO x", b"MAIL FROM:<a@x.example>", b"RCPT TO:<%s>" % CONTACT.encode(),
                            b"DATA"):
                s.sendall(command + b"\r\n")
                lines.readline()
            s.sendall(b"Subject: smuggle%d\r\n\r\none" % n + end +
                      b"RSET\r\nMAIL FROM:<evil@x.example>\r\n.\r\nQUIT\r\n")
            lines.read()
        house.wait_recorded(f"smuggle{n}")
    house.postfix.wait_empty()
    assert "554 5.6.0" not in house.postfix.said()


# --- out ---

def test_a_mail_of_the_house_leaves_through_postfix(house):
    house.stage.http("POST", "/v1/mails/test", {"to": ANNE})
    wait_until(lambda: house.sink.to(ANNE), what=house.postfix.tail)
    sent = house.sink.to(ANNE)[0]
    assert sent.sender.lower().startswith("h-") and sent.sender.endswith(f"@{DOMAIN}")


def test_the_bounce_of_a_mail_of_the_house_comes_back_and_settles_it(house):
    """Postfix has taken it, so it counts as sent, until the report about it comes."""
    status, body = house.stage.http("POST", "/v1/mails/test", {"to": "nobody@gone.example"})
    assert status in (200, 201, 202), body
    house.postfix.wait_said(r"to=<nobody@gone\.example>.*status=bounced")
    wait_until(lambda: house.stage.sql.rows(
        "SELECT state, reply_code FROM mail_out WHERE recipient = 'nobody@gone.example'")
        == [("failed", "550")], what=house.postfix.tail)
    assert house.stage.sql.rows("SELECT kind, outcome FROM mail_in WHERE kind = 'house'") == [
        ("house", "bounced")]
    house.postfix.wait_empty()


def test_mails_to_customers_leave_and_what_nobody_has_comes_back_as_a_bounce(house):
    """The report comes to the address that the mail was sent from: it names the message."""
    stage = house.stage
    good = mail_scene.queue(stage, 30, domain="customer.example")
    gone = mail_scene.queue(stage, 3, domain="gone.example")

    def states(mails):
        return stage.sql.counts("SELECT state, COUNT(*) FROM message WHERE id BETWEEN "
                                f"{mails[0]} AND {mails[-1]} GROUP BY state")
    wait_until(lambda: states(good) == {"accepted": 30}, what=lambda: f"accepted: {states(good)}")
    wait_until(lambda: states(gone) == {"failed": 3}, what=lambda:
               f"bounced: {states(gone)}\n{house.postfix.tail()}")
    house.postfix.wait_empty()
    addresses = [mail_scene.address(stage, mail) for mail in good]
    assert sorted(r for m in house.sink.taken for r in m.recipients if r in addresses) == sorted(addresses)
    senders = {m.sender for m in house.sink.taken if m.recipients[0] in addresses}
    assert len(senders) == 30 and all(s.startswith("b-") and s.endswith(f"@{DOMAIN}") for s in senders)
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM contact_point WHERE state = 'suppressed'"
                                     " AND address LIKE '%@gone.example'") == 3,
               what="nobody writes to them any more")
    assert {mail_scene.reason(stage, mail) for mail in good} == {"accepted "}
