"""An MTA for tests: hands mails over by LMTP (RFC 2033), one reply for each recipient, and makes the
addresses with a token that Relais would."""

import base64
import hashlib
import itertools
import socket

DOMAIN = "relais.shop.example"
CONTACT = "contact@shop.example"
AUTHORITY = "mx.shop.example"
numbers = itertools.count(1)


class Refused(Exception):
    """What the server said to a command that it did not take."""

    def __init__(self, code, text):
        super().__init__(f"{code} {text}")
        self.code, self.text = code, text


class Lmtp:
    """One connection. `at`: a path, or (host, port)."""

    def __init__(self, at, limit=60):
        family = socket.AF_INET if isinstance(at, tuple) else socket.AF_UNIX
        self.socket = socket.socket(family)
        self.socket.settimeout(limit)
        self.socket.connect(at if isinstance(at, tuple) else str(at))
        self.lines = self.socket.makefile("rb")
        self.expect(self.answer())
        self.command("LHLO mta.shop.example")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.socket.close()

    def answer(self):
        """(code, text) of one reply, which may have several lines."""
        while True:
            line = self.lines.readline()
            if not line:
                raise ConnectionError("the server hung up")
            if line[3:4] != b"-":
                return int(line[:3]), line[4:].decode().strip()

    @staticmethod
    def expect(answer):
        if answer[0] >= 400:
            raise Refused(*answer)
        return answer

    def command(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        return self.expect(self.answer())

    def send(self, sender, recipients, data):
        """Up to the last dot; the replies are still to come."""
        self.command(f"MAIL FROM:<{sender}> SIZE={len(data)}")
        for to in recipients:
            self.command(f"RCPT TO:<{to}>")
        self.command("DATA")
        text = data if data.endswith(b"\r\n") else data + b"\r\n"
        self.socket.sendall((b"\r\n" + text).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n")

    def deliver(self, sender, recipients, data):
        """The code for each recipient."""
        self.send(sender, recipients, data)
        return [self.answer()[0] for _ in recipients]


def mail(text, sender="anne@customer.example", to=CONTACT, subject="Bonjour", **headers):
    """A plain mail as bytes. A header's name is written with _ for -; what MTAs add stands on top."""
    number = next(numbers)
    fields = {name.replace("_", "-"): headers.pop(name) for name in [*headers]
              if name == "Authentication_Results"}
    fields |= {"From": f"Anne <{sender}>", "To": to, "Subject": subject,
              "Date": "Thu, 26 Nov 2026 08:00:00 +0000",
              "Message-ID": f"<{number}.test@customer.example>", "MIME-Version": "1.0",
              "Content-Type": "text/plain; charset=utf-8"}
    fields.update({name.replace("_", "-"): value for name, value in headers.items()})
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return (head + "\r\n" + text).replace("\r\n", "\n").replace("\n", "\r\n").encode()


def vouched(sender):
    """The header in which our own MTA says that DKIM passed for the sender's domain."""
    domain = sender.partition("@")[2]
    return {"Authentication_Results": f"{AUTHORITY}; dkim=pass header.d={domain}"}


def token(stage, letter, number):
    """As domain/mail_token.c writes it, by other code."""
    key = bytes.fromhex(stage.sql.rows("SELECT HEX(bytes) FROM secret WHERE name = 'mail'")[0][0])
    number = number.to_bytes(8, "big")
    proof = hashlib.blake2b(letter.encode() + number, key=key, digest_size=16).digest()[:8]
    digits = base64.b32encode(number + proof).decode().rstrip("=").lower()
    return f"{letter}-{digits}@{DOMAIN}"
