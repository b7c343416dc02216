"""wiretap.py - stands between relaisd and a carrier, writes what passes into a capture file, and may
say a word itself. No rights are needed, and each PDU is a packet of its own, so that tshark's verdict
is about the PDU and not about the luck of TCP."""

import shutil
import socket
import struct
import subprocess
import threading
import time

import pytest

from harness import LIMIT

PCAP_HEADER = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, 101)  # LINKTYPE_RAW: IP packets
IP_SIZE, TCP_SIZE = 20, 20


class Wiretap:
    def __init__(self, directory, carrier_port):
        self.path = directory / "wire.pcap"
        self.carrier_port = carrier_port
        self.file = open(self.path, "wb")
        self.file.write(PCAP_HEADER)
        self.lock = threading.Lock()
        self.links = []  # (relaisd's socket, its port, the next TCP sequence numbers)
        self.said = []   # command_id of everything that relaisd said
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.server.close()
        for client, *_ in self.links:
            client.close()
        with self.lock:
            self.file.close()

    def inject(self, pdu):
        """Says this to relaisd in the carrier's name, on the newest connection."""
        client, port, sequences = self.links[-1]
        self._write(pdu, False, port, sequences)
        client.sendall(pdu)

    def _accept(self):
        while True:
            try:
                client, (_, port) = self.server.accept()
                carrier = socket.create_connection(("127.0.0.1", self.carrier_port))
            except OSError:
                return
            sequences = {True: 1, False: 1}
            self.links.append((client, port, sequences))
            for source, target, ours in ((client, carrier, True), (carrier, client, False)):
                threading.Thread(target=self._relay, args=(source, target, ours, port, sequences),
                                 daemon=True).start()

    def _relay(self, source, target, ours, port, sequences):
        waiting = b""
        try:
            while data := source.recv(65536):
                waiting += data
                while len(waiting) >= 4 and len(waiting) >= struct.unpack_from(">I", waiting)[0]:
                    length = struct.unpack_from(">I", waiting)[0]
                    self._write(waiting[:length], ours, port, sequences)
                    waiting = waiting[length:]
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _write(self, pdu, ours, port, sequences):
        source, target = (port, self.carrier_port) if ours else (self.carrier_port, port)
        if ours:
            self.said.append(struct.unpack_from(">I", pdu, 4)[0])
        tcp = struct.pack(">HHIIBBHHH", source, target, sequences[ours], sequences[not ours], 0x50, 0x18,
                          65535, 0, 0)
        sequences[ours] += len(pdu)
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, IP_SIZE + TCP_SIZE + len(pdu), 0, 0x4000, 64, 6, 0,
                         bytes([127, 0, 0, 2 - ours]), bytes([127, 0, 0, 1 + ours]))
        packet = ip + tcp + pdu
        now = time.time()
        with self.lock:
            if not self.file.closed:
                self.file.write(struct.pack("=IIII", int(now), int(now % 1 * 1e6), len(packet),
                                            len(packet)) + packet)
                self.file.flush()

    def decode(self, *fields):
        """What tshark reads: [{field: text}], a packet each, ours marked by `ours`; and its complaints."""
        if not shutil.which("tshark"):
            pytest.skip("tshark is not installed")
        names = ["tcp.dstport", "smpp.command_id", "_ws.expert.message", "_ws.malformed", *fields]
        argv = ["tshark", "-n", "-r", self.path, "-d", f"tcp.port=={self.carrier_port},smpp",
                "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a",
                *[word for name in names for word in ("-e", name)]]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=2 * LIMIT)
        assert done.returncode == 0, done.stderr
        packets = [dict(zip(names, line.split("\t"))) for line in done.stdout.splitlines()]
        for packet in packets:
            packet["ours"] = packet["tcp.dstport"] == str(self.carrier_port)
        return packets
