"""Reports of contacts over 1,000,000 tasks of twelve months, as relaisd answers them.

bench_report.py [TASKS]
"""

import statistics
import sys
import time

from measure import BenchStage, note, say

TASKS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000000
CUSTOMERS = TASKS // 5
CHUNK = 100000
TIMES = 5
# Employee 1 to 100 in 5 teams; of 365 days up to November 30th, 2026; 3 of 4 were done, 1 of 5 late.
PEOPLE = """
INSERT INTO team (id, code, label, created_at, updated_at)
SELECT seq, CONCAT('t', seq), CONCAT('Team ', seq), NOW(6), NOW(6) FROM seq_1_to_5;
INSERT INTO staff (id, login, name, role, team_id, manager_id, created_at, updated_at)
SELECT seq, CONCAT('p', seq), CONCAT('Person ', seq), IF(seq <= 5, 'manager', 'employee'), 1 + seq MOD 5,
       IF(seq <= 5, NULL, 1 + seq MOD 5), NOW(6), NOW(6) FROM seq_1_to_100;
INSERT INTO partner (id, code, label, created_at) VALUES (1, 'p', 'P', NOW(6));
INSERT INTO import (id, partner_id, file_name, sha256, bytes, state, received_at)
VALUES (1, 1, 'f', REPEAT('x', 32), 1, 'done', NOW(6));
"""
FILL = """
INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, state, day, due_at, title, created_at,
                          created_by, done_at, outcome_id)
SELECT seq, 1 + seq * 7919 MOD {customers}, 1 + seq MOD 5, 1 + seq MOD 100, 'plan', IF(seq MOD 4, 'done', 'open'),
       d, d + INTERVAL 17 HOUR, 'Call', d + INTERVAL 6 HOUR, 'list',
       IF(seq MOD 4, d + INTERVAL IF(seq MOD 5, 9, 20) HOUR, NULL), IF(seq MOD 4, 1 + seq MOD 5, NULL)
  FROM (SELECT seq, DATE('2025-12-01') + INTERVAL seq * 365 DIV {tasks} DAY AS d FROM seq_{first}_to_{last}) x;
INSERT INTO customer_order (id, partner_id, order_number, customer_id, ordered_at, collect_cents, import_id,
                            import_row, content_hash)
SELECT seq, 1, seq, 1 + seq * 104729 MOD {customers},
       DATE('2025-12-01') + INTERVAL seq * 365 DIV {tasks} DAY + INTERVAL 12 HOUR, 4990, 1, seq, REPEAT('h', 16)
  FROM seq_{first}_to_{last} WHERE seq MOD 2;
"""


def fill(stage):
    stage.sql.run(PEOPLE)
    for first in range(1, TASKS + 1, CHUNK):
        last = min(first + CHUNK - 1, TASKS)
        if first <= CUSTOMERS:
            stage.sql.run("INSERT INTO customer (id, created_at, updated_at) SELECT seq, NOW(6), NOW(6)"
                          f" FROM seq_{first}_to_{min(last, CUSTOMERS)}")
        stage.sql.run(FILL.format(first=first, last=last, customers=CUSTOMERS, tasks=TASKS))
    stage.sql.run("ANALYZE TABLE contact_task, customer_order, customer")


def ask(stage, query):
    """Milliseconds: the median of some times, after one that warms up."""
    took = []
    for _ in range(TIMES + 1):
        began = time.monotonic()
        status, answer = stage.http("GET", f"/v1/reports/contacts?{query}", limit=120)
        took.append((time.monotonic() - began) * 1000)
        assert status == 200, answer
    return statistics.median(took[1:])


with BenchStage() as stage:
    stage.start()
    fill(stage)
    note(f"tasks={TASKS} customers={CUSTOMERS} orders={TASKS // 2} employees=100 months=12")
    month = "from=2026-10-01&to=2026-10-31"
    say("contact_report_ms", ask(stage, f"by=employee&{month}"), "ms")
    say("contact_report_day_ms", ask(stage, "by=employee&from=2026-10-15&to=2026-10-15"), "ms")
    say("contact_report_pdf_ms", ask(stage, f"by=employee&format=pdf&{month}"), "ms")
    say("contact_report_year_ms", ask(stage, "by=month&from=2025-12-01&to=2026-11-30"), "ms")
