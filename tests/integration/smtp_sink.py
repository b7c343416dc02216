"""smtp_sink.py - a mail relay of our own for tests: takes mails, refuses them, hangs, hangs up.

Written from RFC 5321, 3207 and 4954, without a library on this side: it shares no fault with ours.
"""

import base64
import email
import email.policy
import socket
import ssl
import threading

import harness


class Drop(Exception):
    """The connection ends here, without a word."""


class Mail:
    def __init__(self, session, sender, recipients, data):
        self.session, self.sender, self.recipients, self.data = session, sender, recipients, data

    def parsed(self):
        return email.message_from_bytes(self.data, policy=email.policy.default)

    @property
    def message_id(self):
        return self.parsed()["Message-ID"]


class Sink:
    """A relay. What it answers is up to its attributes, which a test replaces:

    greeting, mail, rcpt, data: functions of what came, that return a reply line, or raise Drop
    offers: lines of the answer to EHLO; certificate: (certificate, key) files, for STARTTLS
    injected: bytes that follow the answer to STARTTLS in clear
    password: (user, password) that AUTH must bring before MAIL
    """

    def __init__(self, certificate=None, password=None):
        self.certificate, self.password = certificate, password
        self.offers = ["PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME"]
        self.injected = b""
        self.forget()
        self.lock = threading.Lock()
        self.open = []
        self.listener = None
        self.port = harness.free_port()
        self.start()

    def forget(self):
        """As it was at first: takes everything, and has seen nothing."""
        self.greeting = lambda: "220 sink.example ESMTP"
        self.mail = lambda address: "250 2.1.0 ok"
        self.rcpt = lambda address: "250 2.1.5 ok"
        self.data = lambda mail: "250 2.0.0 taken"
        self.seen, self.taken, self.commands, self.names, self.tls = [], [], [], [], []
        self.sessions = 0

    def start(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def stop(self):
        """Nobody is there any more; connections end."""
        listener, self.listener = self.listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self.lock:
            for connection in self.open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def to(self, address):
        """What was taken for one recipient."""
        return [mail for mail in self.taken if address in mail.recipients]

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                self.open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        conversation = Conversation(self, connection)
        try:
            conversation.run()
        except (Drop, OSError, ValueError):
            pass
        finally:
            conversation.close()


class Conversation:
    def __init__(self, sink, connection):
        self.sink, self.socket = sink, connection
        self.file = connection.makefile("rb")
        self.number = None
        self.sender, self.recipients = None, []
        self.encrypted, self.known = False, not sink.password

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.file.close()
        self.socket.close()

    def say(self, line):
        self.socket.sendall(line.encode("utf-8", "surrogateescape") + b"\r\n")

    def run(self):
        self.say(self.sink.greeting())
        while True:
            line = self.file.readline()
            if not line:
                return
            assert line.endswith(b"\r\n"), line
            words = line.decode()[:-2]
            self.sink.commands.append(words.split(" ")[0] if words.startswith("AUTH") else words)
            verb = words[:4].upper()
            if verb == "QUIT":
                self.say("221 2.0.0 bye")
                return
            handle = getattr(self, f"on_{verb.lower()}", None)
            if handle is None:
                self.say("502 5.5.1 what?")
            else:
                handle(words)

    def on_ehlo(self, words):
        if self.number is None:
            with self.sink.lock:
                self.sink.sessions += 1
                self.number = self.sink.sessions
            self.sink.names.append(words[5:])
        offers = list(self.sink.offers)
        if self.sink.certificate and not self.encrypted:
            offers.append("STARTTLS")
        if self.sink.password and self.encrypted:
            offers.append("AUTH PLAIN LOGIN")
        lines = ["sink.example", *offers]
        for line in lines[:-1]:
            self.say(f"250-{line}")
        self.say(f"250 {lines[-1]}")

    def on_star(self, _):
        self.socket.sendall(b"220 2.0.0 go\r\n" + self.sink.injected)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.sink.certificate)
        names = []
        context.sni_callback = lambda _, name, __: names.append(name)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.sink.tls.append(names[0] if names else None)
        self.file = self.socket.makefile("rb")
        self.encrypted = True

    def on_auth(self, words):
        _, mechanism, *first = words.split(" ")
        if mechanism != "PLAIN":
            self.say("504 5.5.4 no such mechanism")
            return
        if not first:
            self.say("334 ")
            first = [self.file.readline().decode().strip()]
        _, user, password = base64.b64decode(first[0]).decode().split("\0")
        self.known = (user, password) == self.sink.password
        self.say("235 2.7.0 welcome" if self.known else "535 5.7.8 wrong password")

    def on_mail(self, words):
        self.sender, self.recipients = words[words.index("<") + 1:words.index(">")], []
        self.say(self.sink.mail(self.sender) if self.known else "530 5.7.0 who are you?")

    def on_rcpt(self, words):
        address = words[words.index("<") + 1:words.index(">")]
        reply = self.sink.rcpt(address)
        if reply.startswith("2"):
            self.recipients.append(address)
        self.say(reply)

    def on_data(self, _):
        if not self.recipients:
            self.say("503 5.5.1 for whom?")
            return
        self.say("354 go on")
        lines = []
        while True:
            line = self.file.readline()
            if not line:
                raise Drop
            assert line.endswith(b"\r\n") and line.count(b"\r") == 1, line
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        mail = Mail(self.number, self.sender, self.recipients, b"".join(lines))
        self.sink.seen.append(mail)
        reply = self.sink.data(mail)
        if reply.startswith("2"):
            self.sink.taken.append(mail)
        self.say(reply)
        self.sender, self.recipients = None, []

    def on_rset(self, _):
        self.sender, self.recipients = None, []
        self.say("250 2.0.0 ok")
