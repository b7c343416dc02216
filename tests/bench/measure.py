"""measure.py - what the measurements share: the stage, the crowd on it, and the lines they print."""

import collections
import contextlib
import datetime
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from harness import BUILD, Stage, wait_until  # noqa: E402

TEXT = "Bonjour {{first_name}}, -20% samedi dans votre magasin de {{city}}. STOP au 36000"
CHUNK = 100000  # customers of a transaction


def say(name, value, unit):
    """One result: `name value unit`."""
    print(f"{name} {value:.2f} {unit}" if isinstance(value, float) else f"{name} {value} {unit}",
          flush=True)


def note(text):
    print(f"# {text}", flush=True)


def quantile(values, share):
    """What that share of the values does not exceed."""
    return sorted(values)[max(0, -int(-len(values) * share // 1) - 1)]


def say_quantiles(name, values):
    """The three figures of times in milliseconds."""
    for label, share in (("p50", 0.5), ("p99", 0.99), ("max", 1)):
        say(f"{name}_ms_{label}", float(quantile(values, share)), "ms")


def wall_us(stamp):
    """Microseconds since the epoch of "2026-11-25T12:00:00.000000Z"."""
    at = datetime.datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%f%z")
    return round(at.timestamp() * 1e6)


def built(name):
    """The path of a measurement in C; it is made when it is asked for."""
    subprocess.run(["make", "-s", f"tests/bench/{name}"], cwd=BUILD, check=True)
    return BUILD / "tests/bench" / name


def run_c(name, *arguments):
    """Runs a measurement in C, and passes on what it says. Returns {name: value}."""
    figures = {}
    with subprocess.Popen([built(name), *map(str, arguments)],
                          stdout=subprocess.PIPE, text=True) as program:
        for line in program.stdout:
            print(line, end="", flush=True)
            words = line.split()
            if not line.startswith("#"):
                figures[words[0]] = float(words[1])
    if program.returncode:
        sys.exit(f"{name} ended with status {program.returncode}")
    return figures


def processor_us(pid):
    """{thread name: microseconds of processor time so far}."""
    used = collections.Counter()
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            name, _, rest = (task / "stat").read_text().partition("(")[2].rpartition(")")
            user, system = rest.split()[11:13]
            used[name] += (int(user) + int(system)) * 1000000 // os.sysconf("SC_CLK_TCK")
    return used


class Work:
    """What programs do meanwhile: their processor time, and where in their code, which perf writes
    into `samples` if that is given."""

    def __init__(self, samples, **pids):
        self.pids = pids
        self.before = {name: processor_us(pid) for name, pid in pids.items()}
        self.perf = None
        if samples:
            self.perf = subprocess.Popen(
                ["perf", "record", "-q", "-e", "cpu-clock", "-F", "499",
                 "-p", ",".join(map(str, pids.values())), "-o", samples])

    def end(self):
        """{program: {thread: microseconds}} since the beginning."""
        used = {name: processor_us(pid) - self.before[name] for name, pid in self.pids.items()}
        if self.perf:
            self.perf.send_signal(signal.SIGINT)
            self.perf.wait()
        return used


def say_work(used, messages):
    """Microseconds of processor time a message, of each program and of each of its threads."""
    for name, threads in used.items():
        say(f"{name}_us_per_message", sum(threads.values()) / messages, "us")
        note(f"of which {name}: " + " ".join(f"{thread}={us / messages:.2f}" for thread, us in
                                             threads.most_common(6)))


def phone(i):
    """The E.164 number of customer i: not in the customers' order, as in life."""
    return f"+336{i * 7919 % 99999989:08d}"


FILL = """
INSERT INTO customer (id, category_id, first_name, last_name, street, postcode, city, created_at,
                      updated_at, sms_standing, sms_prefix, consent_at)
SELECT seq, 1, CONCAT('Camille', seq MOD 997), CONCAT('Durand', seq),
       CONCAT(seq MOD 200, ' rue de la Gare'), LPAD(seq MOD 95000, 5, '0'),
       ELT(1 + seq MOD 7, 'Lyon', 'Paris', 'Lille', 'Brest', 'Nantes', 'Nice', 'Metz'),
       NOW(6), NOW(6), '', CONCAT('336', LPAD(seq * 7919 MOD 99999989 DIV 10000, 4, '0')), NOW(6)
  FROM seq_{first}_to_{last};
INSERT INTO contact_point (customer_id, channel, address, created_at)
SELECT seq, 'sms', CONCAT('+336', LPAD(seq * 7919 MOD 99999989, 8, '0')), NOW(6)
  FROM seq_{first}_to_{last};
INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)
SELECT seq, 'sms', 'promo', 'granted', seq, NOW(6)
  FROM seq_{first}_to_{last};
"""


class BenchStage(Stage):
    """The private database with the sizes it is shipped with: durable commits, a quarter of the memory for pages."""

    standalone = ""

    def restart(self):
        """A fresh relaisd, so that its peak memory is that of what comes next."""
        self.relaisd.stop(120)
        return self.start()

    def fill(self, customers):
        """Customers 1 to `customers`, each with a number and a grant: written by SQL, as an import
        would leave them, but for the ledger behind the grants, which no campaign reads."""
        self.sql.run("INSERT INTO category VALUES (1, 'shop', 'Shop')")
        for first in range(1, customers + 1, CHUNK):
            self.sql.run(FILL.format(first=first, last=min(first + CHUNK - 1, customers)))
        self.sql.run("".join(
            f"INSERT INTO id_block VALUES ('{kind}', {customers} + 1) ON DUPLICATE KEY UPDATE"
            " next_id = GREATEST(next_id, VALUES(next_id));"
            for kind in ("customer", "consent_event")))
        self.sql.run("ANALYZE TABLE customer, contact_point, consent_current")

    def start_filled(self, customers):
        """Started on customers that are all on disk already; the carrier is bound."""
        self.start()
        self.fill(customers)
        relaisd = self.restart()
        carrier = self.programs[0]
        wait_until(lambda: carrier.stats()["sessions"] == 1, what="the carrier is bound")
        return relaisd

    def hold(self):
        self.ctl("route", "hold", "default")

    def release(self):
        self.ctl("route", "release", "default")

    def campaign_state(self, name):
        return self.sql.one(f"SELECT state FROM campaign WHERE name = '{name}'")

    def wait_expanded(self, name, limit=1800):
        """Until every message of the campaign is in the queue."""
        wait_until(lambda: self.campaign_state(name) != "expanding", limit, every=0.1,
                   what=f"{name} is expanded")
