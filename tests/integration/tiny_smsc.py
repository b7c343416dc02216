"""tiny_smsc.py - an SMPP 3.4 server of a few dozen lines, for the PDUs that relais-smsc would never send.

It accepts one bind at a time, takes every submit_sm, and delivers what the test hands it, byte by
byte. Its codec is its own.
"""

import socket
import struct
import threading

BIND_TRANSCEIVER, SUBMIT_SM, DELIVER_SM, UNBIND, ENQUIRE_LINK = 9, 4, 5, 6, 0x15
RESPONSE = 0x80000000

UDHI = 0x40


def udh(*elements):
    """A user data header of (identifier, bytes) elements."""
    body = b"".join(bytes([identifier, len(data)]) + data for identifier, data in elements)
    return bytes([len(body)]) + body


def concat8(ref, total, number):
    return 0, bytes([ref, total, number])


def concat16(ref, total, number):
    return 8, struct.pack(">HBB", ref, total, number)


def tlv(tag, data):
    return struct.pack(">HH", tag, len(data)) + data


def sar(ref, total, number):
    return (tlv(0x020C, struct.pack(">H", ref)) + tlv(0x020E, bytes([total])) +
            tlv(0x020F, bytes([number])))


class TinySmsc:
    """answers: {sequence: status} of our deliver_sm; submitted: [(source, destination, text)]."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.answers, self.submitted = {}, []
        self.sequence = 0
        self.peer = None
        self.bound = threading.Event()
        self.lock = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self.listener.close()
        self.drop()

    def drop(self):
        """Cuts the connection; relaisd comes again."""
        self.bound.clear()
        if self.peer:
            self.peer.close()

    def deliver(self, source, destination, text, coding=0, header=b"", tlvs=b"", source_ton=1):
        """One deliver_sm; returns its sequence number, under which its answer will be."""
        body = (b"\0" + bytes([source_ton, 1]) + source.lstrip("+").encode() + b"\0" +
                bytes([0, 1]) + destination.encode() + b"\0" + bytes([UDHI if header else 0, 0, 0]) +
                b"\0\0" + bytes([0, 0, coding, 0, len(header + text)]) + header + text + tlvs)
        with self.lock:
            self.sequence += 1
            self._send(DELIVER_SM, 0, self.sequence, body)
            return self.sequence

    def _send(self, command, status, sequence, body=b""):
        self.peer.sendall(struct.pack(">IIII", 16 + len(body), command, status, sequence) + body)

    def _serve(self):
        while True:
            try:
                self.peer = self.listener.accept()[0]
                while self._one_pdu():
                    pass
            except OSError:
                if self.listener.fileno() < 0:
                    return

    def _read(self, n):
        data = b""
        while len(data) < n:
            more = self.peer.recv(n - len(data))
            if not more:
                raise ConnectionError
            data += more
        return data

    def _one_pdu(self):
        length, command, status, sequence = struct.unpack(">IIII", self._read(16))
        body = self._read(length - 16)
        if command == DELIVER_SM | RESPONSE:
            self.answers[sequence] = status
        elif command == SUBMIT_SM:
            self.submitted.append(self._submit(body))
            self._answer(command, sequence, f"m{len(self.submitted)}".encode() + b"\0")
        elif command in (UNBIND, ENQUIRE_LINK):
            self._answer(command, sequence)
        elif command == BIND_TRANSCEIVER:
            self._answer(command, sequence, b"tiny\0")
            self.bound.set()
        return command != UNBIND

    def _answer(self, command, sequence, body=b""):
        with self.lock:
            self._send(command | RESPONSE, 0, sequence, body)

    @staticmethod
    def _submit(body):
        at = body.index(b"\0") + 1
        source, destination = [], []
        for out in (source, destination):
            end = body.index(b"\0", at + 2)
            out.append(body[at + 2:end].decode())
            at = end + 1
        at += 3
        for _ in range(2):
            at = body.index(b"\0", at) + 1
        at += 4
        return source[0], "+" + destination[0], body[at + 1:at + 1 + body[at]].decode("latin-1")
