"""harness.py - the real programs, started, watched and stopped: for the tests, the bench and the demo.

Everything happens in one directory (a Stage) and on loopback. Nothing waits for luck: wait_until()
waits for a fact, with a limit, and says what it was waiting for when the limit is met. Leaving a
Stage stops every program it started, and any mariadbd that one of them left behind.
"""

import contextlib
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("RELAIS_BUILDDIR", ".")).resolve()

# A sanitized build on a busy machine is slow; a fact that will never come costs this long.
LIMIT = float(os.environ.get("RELAIS_TEST_LIMIT", "60"))


class Timeout(AssertionError):
    pass


def wait_until(fact, limit=None, what=None, every=0.05):
    """The first true value of fact(), or Timeout. `what` is a sentence, or a function that makes one."""
    end = time.monotonic() + (limit or LIMIT)
    while True:
        value = fact()
        if value:
            return value
        if time.monotonic() > end:
            text = what() if callable(what) else what or getattr(fact, "__name__", "fact")
            raise Timeout(f"waited {limit or LIMIT:g} s in vain: {text}")
        time.sleep(every)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def can_connect(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _die_with_parent():
    """In the child: the kernel stops it when whoever started it is gone, however that came."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


class Program:
    """One running program; everything it says goes to its log file."""

    def __init__(self, argv, log, env=None):
        self.argv = [str(a) for a in argv]
        self.log = pathlib.Path(log)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env={**os.environ, **(env or {})}, preexec_fn=_die_with_parent)

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process.poll() is None

    def said(self, pattern=None):
        """What this process wrote so far, or the first match of a regular expression in it."""
        with open(self.log, "rb") as f:
            f.seek(self.log_start)
            text = f.read().decode("utf-8", "replace")
        return text if pattern is None else re.search(pattern, text)

    def tail(self, lines=40):
        return "\n".join(self.said().splitlines()[-lines:])

    def wait_said(self, pattern, limit=None):
        def fact():
            found = self.said(pattern)
            if not found and not self.running():
                raise AssertionError(f"{self.argv[0]} ended with status {self.process.returncode} "
                                     f"before it said {pattern!r}:\n{self.tail()}")
            return found
        return wait_until(fact, limit, lambda: f"{pattern!r} in:\n{self.tail()}")

    def signal(self, number):
        if self.running():
            self.process.send_signal(number)

    def stop(self, limit=None):
        """SIGTERM; returns the exit status. One that does not go in time is killed: Timeout."""
        self.signal(signal.SIGTERM)
        return self.wait_exit(limit)

    def wait_exit(self, limit=None):
        try:
            return self.process.wait(limit or LIMIT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Timeout(f"{self.argv[0]} does not end:\n{self.tail()}") from None

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def peak_rss_mb(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) / 1024


class Sql:
    """Asks a database by the mariadb command line client, so that it owes Relais nothing."""

    def __init__(self, sock, database="relais", user="root"):
        self.argv = ["mariadb", "--no-defaults", f"--socket={sock}", f"--user={user}",
                     "--default-character-set=utf8mb4", "--batch", "--raw", "--skip-column-names"]
        self.database = database

    def run(self, text, database=True):
        argv = self.argv + ([self.database] if database else [])
        done = subprocess.run(argv, input=text, capture_output=True, text=True, timeout=LIMIT * 2)
        if done.returncode:
            raise AssertionError(f"SQL failed: {done.stderr.strip()}\n{text}")
        return [tuple(line.split("\t")) for line in done.stdout.splitlines()]

    def rows(self, text):
        return self.run(text)

    def one(self, text):
        """The one value of the one row; a number when it looks like one."""
        rows = self.rows(text)
        assert len(rows) == 1 and len(rows[0]) == 1, f"not one value but {rows}: {text}"
        value = rows[0][0]
        return int(value) if re.fullmatch(r"-?\d+", value) else value

    def counts(self, text):
        """{name: number} of a query with two columns."""
        return {name: int(n) for name, n in self.rows(text)}

    def alive(self):
        done = subprocess.run(self.argv + ["-e", "SELECT 1"], capture_output=True, timeout=LIMIT)
        return done.returncode == 0
