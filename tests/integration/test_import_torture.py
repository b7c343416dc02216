"""relaisd is killed (-9) again and again while it takes a partner's files: in each step of a file's way,
in the middle of its transaction, at its end that nobody hears of, and a moment later that chance picks.
What is in the database and in the directories at the end is what one run that nobody disturbed leaves.

RELAIS_TORTURE_SEED repeats a run; RELAIS_TORTURE_KILLS makes it longer (the files grow with it).
"""

import collections
import os
import random
import re
import subprocess
import time

import pytest

import orders
from harness import Stage, Sql, wait_until

KILLS = int(os.environ.get("RELAIS_TORTURE_KILLS", "100"))
SEED = int(os.environ.get("RELAIS_TORTURE_SEED", str(random.SystemRandom().randrange(1 << 32))))
FILES = 8
ROWS = 24 * KILLS  # customers; the files have a third more rows
CHUNK = 10


class Guest(Stage):
    """A relaisd with a database of its own on another stage's server, which survives its deaths."""

    def __init__(self, host, name):
        super().__init__()
        self.standalone = (f'data_dir = "{self.data}"\n'
                           f'database {{\n    socket = "{host.sql_socket}"\n    user = "root"\n'
                           f'    name = "{name}"\n}}\n')
        self.data.mkdir()
        self.sql = Sql(host.sql_socket, name)

    def relaisd_arguments(self):
        return ["--config", self.conf]

    def __exit__(self, failed, *_):
        if failed:
            print(self.report())
        super().__exit__(failed, *_)


def prepare(stage):
    stage.files = f"chunk_rows = {CHUNK}"
    stage.add_profile("shop", orders.PROFILE + "create_categories = false\n"
                      'field "email" { column = { "email" } }\n'
                      'field "status" { column = { "status" } }\n'
                      'field "ordered_at" { column = { "ordered" } }\n')
    stage.start()
    stage.sql.run("INSERT INTO category VALUES (1, 'shop', 'Shop'), (2, 'vip', 'VIP')")
    stage.relaisd.stop()


@pytest.fixture(scope="module")
def host():
    with Stage() as stage:
        prepare(stage)
        stage.start()
        stage.sql_socket = stage.sql.argv[2].partition("=")[2]
        yield stage


# --- the files ---

HEADER = orders.HEADER + ";email;status;ordered"


def line(i, version, dice):
    """A row of customer i. Most are good."""
    values = {"customer": f"C{i}", "first_name": f"Ana{dice.randrange(3)}",
              "last_name": f"Nom{i} v{version}", "phone": orders.phone(i), "city": "Lyon",
              "category": dice.choice(["shop", "shop", "vip"]),
              "consent": dice.choice(["yes", "yes", "", "no"]), "order": f"O{i}",
              "goods": f"{dice.randrange(1, 9)} livres", "weight": "1,5",
              "collect": f"{dice.randrange(100)},{dice.randrange(10, 99)}",
              "email": dice.choice([f"c{i}@example.com", ""]),
              "status": dice.choice(["planned", "out", "delivered"]), "ordered": "2025-11-23T08:30"}
    fault = dice.randrange(40)
    if fault == 0:
        values["collect"] = "douze"
    elif fault == 1:
        values["phone"] = "06 12"
    elif fault == 2:
        values["category"] = "nobody knows it"
    elif fault == 3:
        values["order"] = f"O{max(0, i - dice.randrange(50))}"  # somebody else's from now on
    elif fault == 4:
        values["customer"] = f"C{max(0, i - dice.randrange(50))}"
    return ";".join(values[name] for name in HEADER.split(";"))


def files(seed):
    """(name, content) of files that each bring new customers, and change a part of those of the one before."""
    dice = random.Random(seed)
    known, dropped = [], []
    for n in range(FILES):
        fresh = range(n * ROWS // FILES, (n + 1) * ROWS // FILES)
        again = sorted(dice.sample(known, len(known) // 3))
        rows = [line(i, n if dice.randrange(2) else n - 1, dice) for i in again]
        rows += [line(i, n, dice) for i in fresh]
        known = list(fresh)
        dropped.append((f"orders-{n}.csv", "\n".join([HEADER, *rows]) + "\n"))
    return dropped


# --- what is there in the end, without any id that a crash may have used up ---

PICTURE = {
    "customers": """
        SELECT r.customer_number, g.code, c.first_name, c.last_name, c.city, c.order_count,
               c.order_cents, c.last_order_at, c.sms_standing, c.sms_prefix,
               HEX(r.content_hash), k.state
          FROM customer c JOIN customer_ref r ON r.customer_id = c.id
          LEFT JOIN category g ON g.id = c.category_id
          LEFT JOIN consent_current k ON k.customer_id = c.id AND k.channel = 'sms'""",
    "contact points": """
        SELECT r.customer_number, p.channel, p.address, p.is_primary, p.state
          FROM contact_point p JOIN customer_ref r ON r.customer_id = p.customer_id""",
    "orders": """
        SELECT o.order_number, r.customer_number, o.status, o.goods, o.weight_g, o.collect_cents,
               o.ordered_at, i.file_name, o.import_row, HEX(o.content_hash),
               o.planned_at IS NULL, o.out_at IS NULL, o.delivered_at IS NULL
          FROM customer_order o JOIN customer_ref r ON r.customer_id = o.customer_id
          JOIN import i ON i.id = o.import_id""",
    "news of orders": """
        SELECT o.order_number, e.status, e.was, i.file_name
          FROM order_event e JOIN customer_order o ON o.id = e.order_id
          JOIN import i ON i.id = e.import_id""",
    "consents": """
        SELECT r.customer_number, e.channel, e.purpose, e.state, e.address, e.source, e.wording,
               SUBSTRING_INDEX(e.source_ref, ':', -1), i.file_name
          FROM consent_event e JOIN customer_ref r ON r.customer_id = e.customer_id
          JOIN import i ON i.id = SUBSTRING_INDEX(e.source_ref, ':', 1)""",
    "rejects": """
        SELECT i.file_name, j.row_no, j.line, j.field, j.code, j.value, j.reason
          FROM import_reject j JOIN import i ON i.id = j.import_id""",
    "imports": """
        SELECT file_name, state, reason, next_row, rows_total, rows_taken, rows_unchanged,
               rows_refused, HEX(sha256) FROM import""",
    "chunks": """
        SELECT i.file_name, c.first_row, c.next_row, c.end_customer - c.first_customer,
               c.end_order - c.first_order
          FROM import_chunk c JOIN import i ON i.id = c.import_id""",
    "former states": """
        SELECT i.file_name, b.first_row, b.kind, JSON_VALUE(b.was, '$.last_name'),
               JSON_VALUE(b.was, '$.goods')
          FROM import_before b JOIN import i ON i.id = b.import_id""",
    # It may say so too long, never too late (store/standing.h).
    "numbers of two people that are not marked": """
        SELECT r.customer_number
          FROM customer c JOIN customer_ref r ON r.customer_id = c.id
          JOIN contact_point p ON p.customer_id = c.id AND p.channel = 'sms' AND p.is_primary
          JOIN contact_point q ON q.address = p.address AND q.channel = 'sms' AND q.is_primary
           AND q.customer_id <> c.id
         WHERE NOT c.sms_shared""",
    "chains": "SELECT SUM(length) FROM consent_chain",
}


def database(stage):
    return {name: sorted(stage.sql.rows(query)) for name, query in PICTURE.items()}


def directories(stage):
    """{directory: contents of its files}; of receipts, what does not name an import or a time."""
    def told(path):
        ours = ("# import;", "# received;", "# finished;", "# seconds;")
        return "\n".join(row for row in path.read_text().splitlines() if not row.startswith(ours))
    return {part: sorted(told(p) for p in stage.partner_dir("shop", part).glob("[!.]*"))
            for part in ("in", "work", "done", "failed", "out")}


def differences(here, there):
    for name, expected in there.items():
        missing = [row for row in expected if row not in here[name]]
        strange = [row for row in here[name] if row not in expected]
        if missing or strange or len(here[name]) != len(expected):
            yield (f"{name}: {len(here[name])} for {len(expected)}\nmissing {missing[:3]}\n"
                   f"too many {strange[:3]}")


# --- the runs ---

def finished(stage, n):
    """`n` files were taken and answered: what answers them is there before they leave work/."""
    return (stage.sql.one("SELECT COUNT(*) FROM import WHERE state IN ('done', 'failed')") >= n
            and not any(stage.partner_dir("shop", "work").glob("[!.]*")))


def undisturbed(stage, dropped):
    for n, file in enumerate(dropped, 1):
        stage.drop("shop", *file)
        wait_until(lambda n=n: finished(stage, n), what=f"file {n} is taken")
    return database(stage), directories(stage)


# --- where relaisd is killed ---

# What a file comes to, one after the other, and how it is known that it passed: by its row of import.
# Nothing of the row is there before it is claimed; its receipt is there before it is put away.
GATES = {"claim": "TRUE", "checked": "state <> 'checking'", "apply": "finished_at IS NOT NULL",
         "finish": "finished_at IS NOT NULL", "put away": "final_name <> ''"}
# Of so many kills of a file, these are their places.
SHARES = ("claim", "checked", "apply", "apply", "apply", "finish", "put away")

# At each of them relaisd's statement waits for a lock of that name, which the test holds if it likes.
TRIGGERS = """
CREATE TRIGGER gate_claim BEFORE INSERT ON import FOR EACH ROW
    DO GET_LOCK('claim', 60), RELEASE_LOCK('claim');
CREATE TRIGGER gate_apply BEFORE INSERT ON import_chunk FOR EACH ROW
    DO GET_LOCK('apply', 60), RELEASE_LOCK('apply');
DELIMITER //
CREATE TRIGGER gate_import BEFORE UPDATE ON import FOR EACH ROW
    IF OLD.state = 'checking' AND NEW.state = 'applying' THEN
        DO GET_LOCK('checked', 60), RELEASE_LOCK('checked');
    ELSEIF OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL THEN
        DO GET_LOCK('finish', 60), RELEASE_LOCK('finish');
    ELSEIF OLD.final_name = '' AND NEW.final_name <> '' THEN
        DO GET_LOCK('put away', 60), RELEASE_LOCK('put away');
    END IF//
DELIMITER ;
"""


class Watch:
    """A connection to relaisd's database that stays: it holds locks, and answers at once."""

    OTHERS = "FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"

    def __init__(self, sql):
        self.client = subprocess.Popen([*sql.argv, "--unbuffered", sql.database], text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stdin.close()
        self.client.wait()

    def ask(self, query):
        """The first column of the answer."""
        print(f"{query}; SELECT 'end of the answer';", file=self.client.stdin, flush=True)
        answer = []
        while (row := self.client.stdout.readline()) != "end of the answer\n":
            assert row, f"no answer: {query}"
            answer.append(row.rstrip("\n").split("\t")[0])
        return answer

    def hold(self, gate):
        assert self.ask(f"SELECT GET_LOCK('{gate}', 60)") == ["1"], gate

    def let_go(self, gate):
        assert self.ask(f"SELECT RELEASE_LOCK('{gate}')") == ["1"], gate

    def waiting(self):
        """relaisd's connections that wait at the gate that is held."""
        return self.ask(f"SELECT id {self.OTHERS} AND state = 'User lock'")

    def passed(self, gate, n):
        """Whether file n has passed a gate for good."""
        rows = self.ask(f"SELECT {GATES[gate]} FROM import ORDER BY id LIMIT {n - 1}, 1")
        return rows == ["1"]

    def next_row(self, n):
        return int(self.ask(f"SELECT next_row FROM import ORDER BY id LIMIT {n - 1}, 1")[0])

    def rows_left(self, n):
        return self.ask(f"SELECT next_row <= rows_total FROM import ORDER BY id LIMIT {n - 1}, 1") == ["1"]

    def wait_alone(self):
        wait_until(lambda: self.ask(f"SELECT COUNT(*) {self.OTHERS}") == ["0"], every=0.01,
                   what="the connections of the dead are gone")


class Executioner:
    def __init__(self, stage, watch, dice):
        self.stage, self.watch, self.dice = stage, watch, dice
        self.seen = collections.Counter()

    def kill_at(self, gate, n, last):
        """Kills relaisd at a gate that is held for file n; `last`: then the file may pass it. False: it
        has already."""
        if not self.stage.relaisd.running():
            self.stage.start(ready=False)
        self.arrive(gate, n)
        if gate == "apply" and self.watch.waiting() and self.watch.rows_left(n):
            self.advance(n)
        if not self.watch.waiting():
            self.watch.let_go(gate)
            return False
        ends = [self.unheard, self.later] if last else [self.undone]
        if gate == "apply" and not last:
            ends = [self.undone, self.unheard, self.later, self.later]
        self.dice.choice(ends)(gate)
        self.watch.wait_alone()
        self.seen[gate] += 1
        return True

    def arrive(self, gate, n):
        wait_until(lambda: self.watch.waiting() or self.watch.passed(gate, n), every=0.01,
                   what=f"file {n} comes to {gate}")

    def advance(self, n):
        """A chunk or more is applied: each kill finds another part of the file there."""
        rows = self.watch.next_row(n)
        self.watch.let_go("apply")
        wait_until(lambda: self.watch.next_row(n) > rows or self.watch.passed("apply", n), every=0.01,
                   what=f"rows of file {n} are applied")
        self.watch.hold("apply")
        self.arrive("apply", n)

    def undone(self, gate):
        """The server learns of the death in the middle of the transaction."""
        self.stage.kill()
        for connection in self.watch.waiting():
            self.watch.ask(f"KILL {connection}")
        self.watch.wait_alone()
        self.watch.let_go(gate)

    def unheard(self, gate):
        """The statement comes to its end, and nobody is there to hear of it."""
        self.stage.kill()
        self.watch.let_go(gate)

    def later(self, gate):
        """The moment is chance's; it is not behind the next gate."""
        following = list(GATES)[list(GATES).index(gate) + 1:]
        if following:
            self.watch.hold(following[0])
        self.watch.let_go(gate)
        time.sleep(self.dice.random() * 0.03)
        if following:
            self.undone(following[0])
        else:
            self.stage.kill()


def tear(stage, dropped):
    """Drops the files one after the other, and kills relaisd KILLS times meanwhile."""
    with Watch(stage.sql) as watch:
        stage.start()
        executioner = Executioner(stage, watch, random.Random(SEED))
        for n, file in enumerate(dropped, 1):
            share = n * KILLS // FILES - (n - 1) * KILLS // FILES
            kills = collections.Counter(SHARES[i % len(SHARES)] for i in range(share))
            due = 0
            for gate in GATES:
                due += kills[gate]
                if gate == "apply":  # whatever it applies between two deaths, it does not come to its end
                    watch.hold("finish")
                while due:
                    watch.hold(gate)
                    if due == kills[gate] and gate == "claim":
                        stage.drop("shop", *file)
                    assert executioner.kill_at(gate, n, due == 1), f"file {n} passed {gate}"
                    due -= 1
                if gate == "apply":
                    watch.let_go("finish")
            if not stage.relaisd.running():
                stage.start()
            wait_until(lambda n=n: finished(stage, n), what=f"file {n} is taken")
        print("killed at", dict(executioner.seen))
        assert sum(executioner.seen.values()) == KILLS
        assert all(executioner.seen[gate] >= FILES for gate in GATES)
        resumed = re.findall(r"event=resumed state=applying next_row=(\d+)", stage.relaisd.log.read_text())
        assert len(set(resumed)) > FILES, "they were killed at one row only"


def test_files_that_are_killed_at_a_hundred_moments_have_the_effect_of_one_run(host):
    print(f"RELAIS_TORTURE_SEED={SEED} RELAIS_TORTURE_KILLS={KILLS}")
    assert KILLS >= FILES * len(SHARES), "at least one at each place of each file"
    dropped = files(SEED)
    expected = undisturbed(host, dropped)
    with Guest(host, "torn") as stage:
        prepare(stage)
        stage.sql.run(TRIGGERS)
        tear(stage, dropped)
        stage.relaisd.stop()
        stage.sql.run("DROP TRIGGER gate_claim; DROP TRIGGER gate_apply; DROP TRIGGER gate_import")
        assert not "".join(differences(database(stage), expected[0]))
        assert directories(stage) == expected[1]
        stage.start()
        assert stage.ctl("consent", "verify")["intact"] is True
        stage.relaisd.stop()
