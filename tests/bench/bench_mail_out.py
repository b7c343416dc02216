"""Mails: how many a second libesmtp hands over in kept sessions (bench_mail_out.c), and how many
relaisd does, from the queue in the database to the recorded result.

RELAIS_BENCH_MAILS (20,000) sets how many, of 10 KB each.
"""

import os
import time

from measure import BenchStage, built, note, run_c, say, wait_until
from harness import Program  # measure.py says where it is

MAILS = int(os.environ.get("RELAIS_BENCH_MAILS", "20000"))
CHUNK = 1000


def fill(stage):
    body = ("x" * 63 + "\n") * 160
    for first in range(1, MAILS + 1, CHUNK):
        rows = ",".join(f"({i}, 'receipt', 'p{i}@partner.example', 'Receipt', '{body}', UTC_TIMESTAMP(6))"
                        for i in range(first, min(first + CHUNK, MAILS + 1)))
        stage.sql.run("INSERT INTO mail_out (id, kind, recipient, subject, body, created_at) VALUES "
                      + rows)


def main():
    run_c("bench_mail_out")
    with BenchStage() as stage:
        sink = Program([built("bench_mail_out"), "sink"], stage.dir / "sink.log")
        stage.programs.append(sink)
        port = sink.wait_said(r"listening=(\d+)")[1]
        stage.settings = (f'mail {{\n    relay = {{ "127.0.0.1:{port}" }}\n    tls = off\n'
                          '    from = "relais@shop.example"\n    helo = "relais.example"\n}\n')
        relaisd = stage.start()
        fill(stage)
        begin = time.monotonic()
        stage.sql.run("UPDATE mail_out SET next_at = UTC_TIMESTAMP(6)")
        wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM mail_out WHERE state = 'sent'"),
                   what="the first one is sent", every=0.005)
        first, begin = stage.sql.one("SELECT COUNT(*) FROM mail_out WHERE state = 'sent'"), time.monotonic()
        wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM mail_out WHERE state <> 'sent'") == 0,
                   600, "all are sent", every=0.02)
        note(f"mail_out mails={MAILS} bytes=10240")
        say("mail_out_per_second", (MAILS - first) / (time.monotonic() - begin), "/s")
        say("mail_out_peak_rss_mb", relaisd.peak_rss_mb(), "MB")


main()
