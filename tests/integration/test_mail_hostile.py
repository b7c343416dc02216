"""Mails made to do harm, to relaisd by LMTP: each is taken or refused for good with a reason, on a
connection that goes on, and the next customer is heard."""

import base64

import pytest

from harness import Stage
from lmtp_client import CONTACT, Lmtp, mail
from test_mail_in import ANNE, scene, start

REFUSED = (554, "5.6.0 ")
TAKEN = (250, "2.")
MB = 1 << 20


def nested(levels, inner="text"):
    """Multiparts within one another."""
    return "".join(f"Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n"
                   for i in range(levels)) + f"\r\n{inner}\r\n"


def parts(count, head, body):
    return ("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + f"--b\r\n{head}\r\n\r\n{body}\r\n" * count
            + "--b--\r\n")


def encoded(data):
    return base64.encodebytes(data).decode().replace("\n", "\r\n")


HOSTILE = {
    "ten thousand parts": (parts(10000, "X: y", "z"), REFUSED),
    "four hundred attachments": (parts(400, "Content-Type: application/pdf; name=a.pdf", "%PDF-1.4"), TAKEN),
    "a thousand levels": (nested(1000), REFUSED),
    "mails within mails": ("Content-Type: message/rfc822\r\n\r\n" * 1000, REFUSED),
    "a header of 2 MB": (f"X: {'a ' * MB}\r\n\r\ntext\r\n", REFUSED),
    "a header in 100,000 lines": ("X: a\r\n" + " b\r\n" * 100000 + "\r\ntext\r\n", REFUSED),
    "ten thousand headers": ("X: a\r\n" * 10000 + "\r\ntext\r\n", REFUSED),
    "groups within groups": (f"From: {'g:' * 30000}\r\n\r\ntext\r\n", TAKEN),
    "comments within comments": (f"From: {'(' * 30000}\r\nSender: {'<' * 30000}\r\n\r\ntext\r\n", TAKEN),
    "words without an end": (f"Subject: {'=?x?Q?a' * 9000}\r\n\r\ntext\r\n", TAKEN),
    "base64 that is none": ("Content-Type: application/pdf; name=a.pdf\r\n"
                            f"Content-Transfer-Encoding: base64\r\n\r\n{'!=?A' * 15}\r\n", TAKEN),
    "HTML that never ends": ("Content-Type: text/html\r\n\r\n" + "<blockquote><a b=\"\r\n" * 100000, TAKEN),
    "a charset that is none": ("Content-Type: text/plain; charset=\"../../x\"\r\n\r\n\xe9\r\n", TAKEN),
    "names of files elsewhere": (parts(3, "Content-Type: application/pdf; name=../../../etc/cron.d/x",
                                       "%PDF-1.4"), TAKEN),
}


@pytest.fixture(scope="module")
def running():
    with Stage() as stage:
        relaisd = start(stage, "attachment_max = 20m")
        scene(stage)
        with Lmtp(stage.dir / "lmtp.sock") as mta:
            yield stage, mta, relaisd


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_answered_and_the_connection_goes_on(running, name):
    stage, mta, relaisd = running
    text, (expected, begin) = HOSTILE[name]
    mta.send("x@hostile.example", [CONTACT], text.encode("latin-1"))
    code, words = mta.answer()
    assert (code, words[:len(begin)]) == (expected, begin), words
    assert mta.deliver(ANNE, [CONTACT], mail(f"bonjour, {name}")) == [250]
    assert relaisd.running()


def test_a_mail_of_20_mb_leaves_its_attachment_whole(running):
    stage, mta, _ = running
    head = "Content-Type: application/pdf; name=large.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    assert mta.deliver(ANNE, [CONTACT], (head + encoded(b"%PDF-1.4\n" + b"\0" * 14 * MB)).encode()) == [250]
    assert stage.sql.one("SELECT MAX(size) FROM document") == 14 * MB + 9
