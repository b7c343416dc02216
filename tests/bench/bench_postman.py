"""Mails to customers: how many a second leave through the whole outbox - claim, consent looked at
twice, text and HTML composed, sessions to a local sink, results recorded - and what memory it takes.

RELAIS_BENCH_MAILS (20,000) sets how many promotions there are.
"""

import os
import time

from measure import BenchStage, Work, built, note, say, say_work, wait_until
from harness import Program  # measure.py says where it is
from mail_scene import QUEUE_MAIL, queue

MAILS = int(os.environ.get("RELAIS_BENCH_MAILS", "20000"))
SLICE = 5000
SESSIONS = int(os.environ.get("RELAIS_BENCH_SESSIONS", "4"))
TEXT = ("# Soldes\n\nBonjour **{n}**, voici *nos* offres.\n\n" + "- une offre de plus pour vous\n" * 40
        + "\n[[ Voir tout | https://shop.example/soldes ]]\n")


def main():
    with BenchStage() as stage:
        sink = Program([built("bench_mail_out"), "sink"], stage.dir / "sink.log")
        stage.programs.append(sink)
        port = sink.wait_said(r"listening=(\d+)")[1]
        stage.settings = (f'mail {{\n    relay = {{ "127.0.0.1:{port}" }}\n    tls = off\n'
                          f'    sessions = {SESSIONS}\n'
                          '    from = "boutique@shop.example"\n    helo = "relais.example"\n}\n')
        relaisd = stage.start()
        stage.sql.run(f"UPDATE queue SET state = 'held' WHERE id = {QUEUE_MAIL}")
        time.sleep(6)  # the postman looks at its queues every five seconds
        for _ in range(MAILS // SLICE):
            queue(stage, SLICE, text=TEXT)
        work = Work(os.environ.get("RELAIS_BENCH_PERF"), relaisd=relaisd.pid, mariadbd=stage.mariadbd_pid())
        stage.sql.run(f"UPDATE queue SET state = 'open' WHERE id = {QUEUE_MAIL}")

        def settled():
            return MAILS - stage.sql.one("SELECT COALESCE(SUM(last_id + 1 - next_id), 0) FROM outbox_slice")
        wait_until(settled, what="the first ones leave", every=0.01)
        first, begin = settled(), time.monotonic()
        wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM outbox_slice") == 0, 600,
                   "all are settled", every=0.05)
        took = time.monotonic() - begin
        used = work.end()
        assert stage.sql.one("SELECT COUNT(*) FROM message WHERE state = 'accepted'") == MAILS
        note(f"postman mails={MAILS} sessions={SESSIONS}")
        say_work(used, MAILS)
        say("mail_out_per_second", (MAILS - first) / took, "/s")
        say("mail_out_rss_mb", relaisd.peak_rss_mb(), "MB")


main()
