"""relaisd is killed (-9) again and again while it takes a partner's files, at moments that chance picks.
What is in the database and in the directories at the end is what one run that nobody disturbed leaves.

RELAIS_TORTURE_SEED repeats a run; RELAIS_TORTURE_KILLS makes it longer (the files grow with it).
"""

import collections
import os
import random
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
        self.add_profile("shop", orders.PROFILE + "create_categories = false\n"
                         'field "email" { column = { "email" } }\n'
                         'field "status" { column = { "status" } }\n'
                         'field "ordered_at" { column = { "ordered" } }\n')

    def relaisd_arguments(self):
        return ["--config", self.conf]

    def __exit__(self, failed, *_):
        if failed:
            print(self.report())
        super().__exit__(failed, *_)

    def write_conf(self):
        super().write_conf()
        text = self.conf.read_text()
        self.conf.write_text(text.replace('rescan = "500ms"\n',
                                          f'rescan = "500ms"\n    chunk_rows = {CHUNK}\n'))


@pytest.fixture(scope="module")
def host():
    with Stage() as stage:
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
               c.order_cents, c.last_order_at, c.sms_standing, c.sms_prefix, c.email_standing,
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

def prepared(host, name):
    stage = Guest(host, name)
    stage.start()
    stage.sql.run("INSERT INTO category VALUES (1, 'shop', 'Shop'), (2, 'vip', 'VIP')")
    stage.relaisd.stop()
    return stage


def finished(stage, n):
    """`n` files were taken and answered: what answers them is there before they leave work/."""
    return (stage.sql.one("SELECT COUNT(*) FROM import WHERE state IN ('done', 'failed')") >= n
            and not any(stage.partner_dir("shop", "work").glob("[!.]*")))


def undisturbed(host, dropped):
    with prepared(host, "calm") as stage:
        stage.start()
        for n, file in enumerate(dropped, 1):
            stage.drop("shop", *file)
            wait_until(lambda n=n: finished(stage, n), what=f"file {n} is taken")
        stage.relaisd.stop()
        return database(stage), directories(stage)


def state(stage):
    """What the newest import is at."""
    return "".join(row[0] for row in stage.sql.rows("SELECT state FROM import ORDER BY id DESC LIMIT 1"))


def test_files_that_are_killed_at_a_hundred_moments_have_the_effect_of_one_run(host):
    print(f"RELAIS_TORTURE_SEED={SEED} RELAIS_TORTURE_KILLS={KILLS}")
    dropped = files(SEED)
    expected = undisturbed(host, dropped)
    dice = random.Random(SEED)
    seen = collections.Counter()
    with prepared(host, "torn") as stage:
        # However fast the machine is, there is time for so many deaths; and most of them are met in
        # the middle of a transaction.
        stage.sql.run("CREATE TRIGGER slow BEFORE INSERT ON import_chunk FOR EACH ROW DO SLEEP(0.02)")
        stage.start()
        n = 0
        while n < FILES or not finished(stage, n):
            if n == 0 or (n < FILES and finished(stage, n)):
                stage.drop("shop", *dropped[n])
                n += 1
            if sum(seen.values()) < KILLS:
                time.sleep(dice.random() * 0.1)  # the moment is chance's: that is the test
                stage.kill()
                seen[state(stage)] += 1
                stage.start()
            else:
                wait_until(lambda: finished(stage, n), what=f"file {n} is taken")
        print("killed in the states", dict(seen))
        assert sum(seen.values()) == KILLS, "the files were too small for so many kills"
        assert seen["applying"] >= KILLS / 4
        stage.relaisd.stop()
        stage.sql.run("DROP TRIGGER slow")
        assert not "".join(differences(database(stage), expected[0]))
        assert directories(stage) == expected[1]
        stage.start()
        assert stage.ctl("consent", "verify")["intact"] is True
        stage.relaisd.stop()
