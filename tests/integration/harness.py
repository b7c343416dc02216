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

# Whether the programs are slow and large because they look after themselves.
SANITIZED = b"__asan_init" in (BUILD / "relaisd").read_bytes() if (BUILD / "relaisd").exists() else False

# A sanitized build on a busy machine is slow; a fact that will never come costs this long.
LIMIT = float(os.environ.get("RELAIS_TEST_LIMIT", "60"))

# To make a database is two thousand syncs: minutes on a slow disk.
FIRST_START = LIMIT * 8


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
                env={**os.environ, **(env or {})}, preexec_fn=_die_with_parent,
                start_new_session=True)  # a Ctrl-C is for us; we stop them in order

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
        done = subprocess.run(argv, input=text, capture_output=True, text=True, errors="replace",
                              timeout=LIMIT * 2)
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


def lines(stage, *words):
    """What relaisctl --json prints of a long list: a line each."""
    argv, done = stage.ctl_raw("--json", *words)
    if done.returncode:
        raise Ctl(argv, done)
    return [json.loads(line) for line in done.stdout.splitlines()]


class Ctl(Exception):
    """relaisctl said no."""

    def __init__(self, argv, done):
        self.status, self.output, self.error = done.returncode, done.stdout, done.stderr.strip()
        super().__init__(f"{' '.join(argv)}: status {done.returncode}: {self.error or self.output}")


class Smsc(Program):
    """relais-smsc: a carrier. Its journal has one line for each message that it accepted."""

    def __init__(self, stage, name, scenario="", port=0, log_text=True, arguments=()):
        self.name = name
        self.journal = stage.dir / f"{name}.journal"
        self.control = stage.dir / f"{name}.sock"
        argv = [BUILD / "relais-smsc", "--listen", f"127.0.0.1:{port}", "--control", self.control,
                *arguments]
        if log_text:
            argv += ["--log", self.journal, "--log-text"]
        if isinstance(scenario, pathlib.Path):
            argv += ["--scenario", scenario]
        elif scenario:
            path = stage.dir / f"{name}.scenario"
            path.write_text(scenario)
            argv += ["--scenario", path]
        super().__init__(argv, stage.dir / f"{name}.log")
        self.port = int(self.wait_said(r"listening=127\.0\.0\.1:(\d+)")[1])

    def command(self, line):
        """One command of its control socket, and its answer."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(LIMIT)
            s.connect(str(self.control))
            s.sendall(line.encode() + b"\n")
            answer = json.loads(s.makefile(encoding="utf-8").readline())
        assert answer["ok"], f"{line}: {answer}"
        return answer

    def stats(self):
        return self.command("stats")["stats"]

    def send(self, sender, to, text):
        """A handset sends us a message."""
        self.command(f"send {sender} {to} {text}")

    def accepted(self):
        """[(message id, source, destination as E.164, text)] of the journal, in its order."""
        if self.running():
            self.stats()  # writes what is still in its buffer
        return [(f[1], f[2], "+" + f[3].lstrip("+"), f[6]) for f in self.lines()
                if f[1] != "deliver_sm"]

    def lines(self):
        """The fields of every line of the journal; one that is still being written is none yet."""
        if not self.journal.exists():
            return []
        text = self.journal.read_text(encoding="utf-8")
        return [line.split("\t") for line in text[:text.rfind("\n") + 1].splitlines()]

    def destinations(self):
        return [line[2] for line in self.accepted()]


class Relaisd(Program):
    def __init__(self, stage):
        super().__init__([BUILD / "relaisd", *stage.relaisd_arguments()], stage.dir / "relaisd.log",
                         {"RELAIS_SQLDIR": str(SOURCE / "sql"), **stage.environment})


class Stage:
    """One directory with a relaisd, its private database and its carriers in it."""

    # Small, so that many of them fit on a machine.
    standalone = 'standalone {\n    buffer_pool = "64m"\n    log_file = "64m"\n}\n'
    # Whatever the day and the hour; tests of the hours have their own.
    sending = ('sending {\n    hours = { "00:00-24:00" }\n    on_holidays = true\n'
               '    beyond_charter = true\n}\n')
    files = ""  # more of the section files
    install = None  # gives a stage its database before its first start (fresh.py); None: relaisd does
    reconnect = 'reconnect_min = "200ms"\n    reconnect_max = "2s"'

    def __init__(self, directory=None):
        self.dir = pathlib.Path(directory or tempfile.mkdtemp(prefix="relais-"))
        self.dir.mkdir(parents=True, exist_ok=True)
        self.data = self.dir / "data"
        self.profiles = self.dir / "partners"
        self.conf = self.dir / "relais.conf"
        self.profiles.mkdir(exist_ok=True)
        self.carriers = {}
        self.settings = ""
        self.environment = {}
        self.programs = []
        self.relaisd = None
        self.keep = directory is not None
        self.sql = Sql(self.data / "mariadb" / "mariadbd.sock")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for program in reversed(self.programs):
            with contextlib.suppress(Timeout):
                program.stop(30)
        for pid in self.strays():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not self.keep:
            shutil.rmtree(self.dir, ignore_errors=True)

    def strays(self):
        """Processes that still name this directory in their arguments: a mariadbd left behind."""
        mark = f"{self.dir}/".encode()
        found = []
        for cmdline in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if mark in cmdline.read_bytes() and int(cmdline.parent.name) != os.getpid():
                    found.append(int(cmdline.parent.name))
        return found

    def report(self):
        """For a test that failed: the ends of all logs, and where they are."""
        logs = sorted(self.dir.glob("*.log")) + sorted(self.data.glob("mariadb/*.log"))
        parts = [f"---- {log}\n" + "\n".join(
            log.read_text(errors="replace").splitlines()[-(15 if log.name.startswith("mariadbd")
                                                                else 60):]) for log in logs]
        return "\n".join(parts)

    # --- carriers ---

    def add_carrier(self, name="orange", scenario="", settings="", **more):
        """Starts a relais-smsc and writes it into the configuration of the relaisd to come."""
        smsc = Smsc(self, name, scenario, **more)
        self.programs.append(smsc)
        self.carriers[name] = (smsc.port, settings)
        return smsc

    def restart_carrier(self, smsc, scenario=""):
        again = Smsc(self, smsc.name, scenario, smsc.port)
        self.programs.append(again)
        return again

    # --- relaisd ---

    def add_profile(self, code, text):
        (self.profiles / f"{code}.conf").write_text(text)

    def write_conf(self):
        carriers = "".join(
            f'carrier "{name}" {{\n    host = "127.0.0.1"\n    port = {port}\n'
            f'    system_id = "relais"\n    password = "secret"\n    {self.reconnect}\n'
            f'    {settings}\n}}\n'
            for name, (port, settings) in self.carriers.items())
        self.conf.write_text(
            f'{self.standalone}files {{\n    profiles = "{self.profiles}"\n    rescan = "500ms"\n'
            f'    {self.files}\n}}\n'
            f'{self.sending}{self.settings}\n{carriers}')

    def relaisd_arguments(self):
        return ["--config", self.conf, "--standalone", self.data]

    def start(self, ready=True):
        self.write_conf()
        if not self.relaisd and self.install:
            self.install()
        limit = None if (self.data / "mariadb").exists() else FIRST_START
        self.relaisd = Relaisd(self)
        self.programs.append(self.relaisd)
        if ready:
            self.wait_ready(limit)
        return self.relaisd

    def wait_ready(self, limit=None):
        self.relaisd.wait_said(r"relaisd ready", limit)

    def kill(self):
        """As a power cut would end it. Its mariadbd is the kernel's and the next start's business."""
        self.relaisd.kill()

    def mariadbd_pid(self):
        """The private server's, by its own pid in the process table."""
        mark = f"{self.data}/".encode()
        for cmdline in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = cmdline.read_bytes()
                if b"mariadbd\0" in words and mark in words:
                    return int(cmdline.parent.name)
        raise AssertionError("no mariadbd is running")

    def ctl_raw(self, *args, text=None):
        argv = [str(BUILD / "relaisctl"), *map(str, args)]
        return argv, subprocess.run(argv, input=text, capture_output=True, text=True,
                                    timeout=LIMIT * 2, env={**os.environ, **self.environment,
                                         "RELAIS_CONTROL": str(self.data)})

    def ctl(self, *args, text=None):
        """What relaisctl --json answers. Raises Ctl when it fails."""
        argv, done = self.ctl_raw("--json", *args, text=text)
        if done.returncode:
            raise Ctl(argv, done)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def http(self, method, path, body=None, limit=None):
        """(status, body) from the control socket; OSError when nobody answers."""
        text = b"" if body is None else json.dumps(body).encode()
        token = (self.data / "token").read_text().strip()
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(limit or LIMIT)
            s.connect(str(self.data / "control.sock"))
            s.sendall(f"{method} {path} HTTP/1.0\r\nAuthorization: Bearer {token}\r\n"
                      f"Content-Length: {len(text)}\r\n\r\n".encode() + text)
            head, _, answer = s.makefile("rb").read().partition(b"\r\n\r\n")
        if not head:
            raise ConnectionError("the control port hung up")
        return int(head.split()[1]), answer

    def metrics(self):
        """{name with labels: value} of /metrics."""
        status, body = self.http("GET", "/metrics")
        assert status == 200, body
        return {name: float(value) for name, value in
                (line.rsplit(" ", 1) for line in body.decode().splitlines() if line[:1] not in "#")}

    # --- files ---

    def partner_dir(self, partner, part):
        return self.data / "partners" / partner / part

    def drop(self, partner, name, content):
        """Puts a file into a partner's in/ as a careful partner does: under a dot, then renamed."""
        target = self.partner_dir(partner, "in") / name
        wait_until(target.parent.is_dir, what=f"{target.parent} is there")
        aside = target.with_name(f".{name}")
        if isinstance(content, pathlib.Path):
            shutil.copyfile(content, aside)
        else:
            aside.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.rename(aside, target)

    def wait_receipt(self, partner, limit=None, n=1):
        """The n-th receipt file of a partner, once it is there."""
        def fact():
            files = sorted(self.partner_dir(partner, "out").glob("[!.]*.receipt.*"))
            return files[n - 1] if len(files) >= n else None
        return wait_until(fact, limit, f"receipt file {n} of {partner}")

    # --- campaigns ---

    def create_campaign(self, name, audience, text, *options):
        return self.ctl("campaign", "create", name, "--audience", audience, "--text", text,
                        *options)

    def preview(self, name):
        return self.ctl("campaign", "preview", name)

    def start_campaign(self, name):
        return self.ctl("campaign", "start", name)

    def campaign(self, name):
        return self.ctl("campaign", "status", name)

    def wait_campaign(self, name, limit=None, settled=True):
        """Until a campaign is done and, with `settled`, no message of it waits for a receipt."""
        busy = "'queued', 'submitting'" + (", 'accepted'" if settled else "")
        query = ("SELECT c.state, (SELECT COUNT(*) FROM message m WHERE m.campaign_id = c.id"
                 f" AND m.state IN ({busy})) FROM campaign c WHERE c.name = '{name}'")
        return wait_until(lambda: self.sql.alive() and self.sql.rows(query) == [("done", "0")], limit,
                          lambda: f"campaign {name} is done: {self.sql.rows(query)}", every=0.2)
