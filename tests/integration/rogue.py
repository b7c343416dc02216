"""rogue.py - a carrier that does what the test says, PDU by PDU or byte by byte, with a codec of its own."""

import contextlib
import socket
import struct
import threading

from harness import LIMIT, wait_until

RESPONSE, NACK = 0x80000000, 0x80000000
BIND_RECEIVER, BIND_TRANSMITTER, QUERY, SUBMIT, DELIVER, UNBIND, BIND_TRANSCEIVER, ENQUIRE = (
    1, 2, 3, 4, 5, 6, 9, 0x15)
BINDS = (BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER)


def pdu(command, sequence=1, body=b"", status=0, length=None):
    return struct.pack(">IIII", 16 + len(body) if length is None else length, command, status,
                       sequence) + body


def tlv(tag, value):
    return struct.pack(">HH", tag, len(value)) + value


def deliver_body(text=b"", source=b"33612345678", destination=b"36000", esm_class=0, data_coding=0,
                 tlvs=b"", source_ton=1, source_npi=1, dest_ton=0, dest_npi=0, schedule=b"", validity=b"",
                 sm_length=None):
    return (b"\0" + bytes([source_ton, source_npi]) + source + b"\0" + bytes([dest_ton, dest_npi]) +
            destination + b"\0" + bytes([esm_class, 0, 0]) + schedule + b"\0" + validity + b"\0" +
            bytes([0, 0, data_coding, 0, len(text) if sm_length is None else sm_length]) + text + tlvs)


def receipt_body(message_id, state=b"DELIVRD"):
    return deliver_body(b"id:" + message_id + b" sub:001 dlvrd:001 submit date:2601010000 done "
                        b"date:2601010000 stat:" + state + b" err:000 text:", esm_class=4)


class Link:
    """One connection of relaisd's. What it says is read by our thread and kept in `heard`."""

    def __init__(self, sock, number):
        self.socket, self.number = sock, number
        self.heard = []  # (command, status, sequence, body)
        self.open = True

    def send(self, command, body=b"", sequence=1, status=0):
        self.socket.sendall(pdu(command, sequence, body, status))

    def raw(self, data):
        self.socket.sendall(data)

    def _exactly(self, n):
        data = b""
        while len(data) < n:
            piece = self.socket.recv(min(65536, n - len(data)))
            if not piece:
                raise EOFError
            data += piece
        return data

    def read(self):
        length, command, status, sequence = struct.unpack(">IIII", self._exactly(16))
        found = command, status, sequence, self._exactly(length - 16)
        self.heard.append(found)
        return found

    def take(self, command, n=1, limit=None):
        """The n-th PDU of this command that relaisd said."""
        def fact():
            found = [p for p in list(self.heard) if p[0] == command]
            return found[n - 1] if len(found) >= n else None
        return wait_until(fact, limit, lambda: f"{n} of {command:#x} on connection {self.number}, heard "
                                               f"{[(hex(p[0]), p[1]) for p in self.heard[-20:]]}")

    def wait_closed(self, limit=None):
        wait_until(lambda: not self.open, limit, f"connection {self.number} is closed")

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class Rogue:
    """Answers as a carrier should, unless a handler says otherwise: handlers[command](link, pdu) is
    called instead of the answer; `reads` False: nothing is ever read from new connections."""

    def __init__(self):
        self.handlers = {}
        self.reads = True
        self.links = []
        self.ids = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.server.close()
        for link in self.links:
            link.close()

    def _accept(self):
        while True:
            try:
                sock, _ = self.server.accept()
            except OSError:
                return
            link = Link(sock, len(self.links) + 1)
            self.links.append(link)
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link):
        while not self.reads:
            if not link.open:
                return
            threading.Event().wait(0.05)
        with contextlib.suppress(OSError, EOFError, ValueError):
            while True:
                self._answer(link, link.read())
        link.open = False
        link.close()

    def _answer(self, link, said):
        command, _, sequence, _ = said
        if command in self.handlers:
            self.handlers[command](link, said)
        elif command in BINDS:
            link.send(command | RESPONSE, b"rogue\0", sequence)
        elif command == SUBMIT:
            self.ids += 1
            link.send(SUBMIT | RESPONSE, b"%d\0" % self.ids, sequence)
        elif command in (ENQUIRE, UNBIND):
            link.send(command | RESPONSE, b"", sequence)

    def fresh(self, handlers=None, bound=True):
        """A new connection, under these handlers; bound unless a handler prevents it."""
        self.handlers = handlers or {}
        n = len(self.links)
        if n and self.links[-1].open:
            self.links[-1].close()
        wait_until(lambda: len(self.links) > n, what="relaisd connects again", every=0.01)
        link = self.links[-1]
        if bound:
            wait_until(lambda: link.heard, what="a bind", every=0.01)
        return link
