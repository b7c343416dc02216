"""outsider.py - carriers that Relais did not write, as programs that say what they see in JSON lines."""

import json
import pathlib
import shutil
import socket
import subprocess

import pytest

from harness import LIMIT, SOURCE, Program, wait_until

INTEROP = SOURCE / "tests/interop"


class Outsider(Program):
    """A carrier made with somebody else's SMPP library. Its log is one JSON object a line."""

    def __init__(self, stage, name, argv, **options):
        self.control = stage.dir / f"{name}.sock"
        self.name = name
        super().__init__([*argv, self.control, json.dumps(options)], stage.dir / f"{name}.log")
        stage.programs.append(self)
        self.port = self.wait_event("listening")["port"]

    def events(self, kind=None):
        found = []
        for line in self.said().splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue  # a warning, or a line that is still being written
            if kind is None or event["event"] == kind:
                found.append(event)
        return found

    def wait_event(self, kind, n=1, limit=None):
        """The n-th event of its kind."""
        def fact():
            found = self.events(kind)
            if len(found) < n and not self.running():
                raise AssertionError(f"{self.name} ended:\n{self.tail()}")
            return found[n - 1] if len(found) >= n else None
        return wait_until(fact, limit, lambda: f"{kind} number {n} in:\n{self.tail()}")

    def do(self, command, **fields):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(LIMIT)
            s.connect(str(self.control))
            s.sendall(json.dumps({"do": command, **fields}).encode() + b"\n")
            assert s.makefile().readline() == "ok\n", f"{command}:\n{self.tail()}"

    def mo(self, sender, to, *texts, **fields):
        self.do("mo", **{"from": sender.lstrip("+"), "to": to, "texts": texts, **fields})


def node_smsc(stage, name="node", **options):
    """node-smpp, from the npm registry; the test is skipped where it cannot be had."""
    done = subprocess.run([INTEROP / "npm.sh"], capture_output=True, text=True, timeout=150)
    if done.returncode == 77:
        pytest.skip(f"no node-smpp: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return Outsider(stage, name, ["node", INTEROP / "node_smsc.js", done.stdout.strip()], **options)


def net_smpp_smsc(stage, name="perl", **options):
    """Net::SMPP, from Debian's libnet-smpp-perl."""
    done = subprocess.run(["perl", "-MNet::SMPP", "-MJSON::PP", "-e", "1"], capture_output=True)
    if done.returncode:
        pytest.skip("libnet-smpp-perl is not installed")
    return Outsider(stage, name, ["perl", INTEROP / "net_smpp_smsc.pl"], **options)


def certificate(directory):
    """(certificate, key) of 127.0.0.1 that signs itself, made by openssl."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    directory = pathlib.Path(directory)
    directory.mkdir()
    cert, key = directory / "smsc.crt", directory / "smsc.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    return cert, key


def use(stage, outsider, settings=""):
    """Writes it into the configuration of the relaisd to come."""
    stage.carriers[outsider.name] = (outsider.port, settings)
    return outsider


def send(stage, to, text, **options):
    """One service message; returns its id."""
    words = [word for key, value in options.items() for word in (f"--{key}", value)]
    return stage.ctl("message", "send", text, "--to", to, "--basis", "contract", *words)["id"]


def states_of(stage, ids):
    return stage.sql.counts("SELECT state, COUNT(*) FROM message"
                            f" WHERE id IN ({', '.join(map(str, ids))}) GROUP BY state")


def wait_states(stage, ids, **wanted):
    wait_until(lambda: states_of(stage, ids) == wanted,
               what=lambda: f"{wanted} of the messages: {states_of(stage, ids)}")


def text_of(submits):
    """The text of each message, its parts put together by the reference in their user data header:
    {(destination, reference or sequence): text}."""
    parts = {}
    for s in submits:
        headers = [bytes.fromhex(h) for h in s["udh"]]
        concat = next((h for h in headers if h[0] in (0, 8)), None)
        if concat:
            *reference, n, i = concat[2:]
            parts.setdefault((s["destination_addr"], bytes(reference), n), {})[i] = s["text"]
        else:
            parts[(s["destination_addr"], s["sequence_number"], 1)] = {1: s["text"]}
    for key, found in parts.items():
        assert sorted(found) == list(range(1, key[2] + 1)), f"parts missing: {found}"
    return sorted((key[0], "".join(found[i] for i in sorted(found))) for key, found in parts.items())
