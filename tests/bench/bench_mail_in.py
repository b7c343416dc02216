"""Mail that comes in: how many mails of 10 KB a second relaisd takes by LMTP (bench_mail_in.c), each
answered after its commit; and what a mail of 25 MB costs in memory.

RELAIS_BENCH_MAILS (20,000) sets how many, RELAIS_BENCH_CONNECTIONS (50) over how many connections.
"""

import os

from measure import BenchStage, Work, note, run_c, say, say_work

MAILS = int(os.environ.get("RELAIS_BENCH_MAILS", "20000"))
CONNECTIONS = int(os.environ.get("RELAIS_BENCH_CONNECTIONS", "50"))
LANES = int(os.environ.get("RELAIS_BENCH_LANES", "2"))
LARGE = 25_000_000

PEOPLE = """
INSERT INTO customer (id, created_at, updated_at) SELECT seq, NOW(6), NOW(6) FROM seq_1_to_10000;
INSERT INTO contact_point (customer_id, channel, address, created_at)
SELECT seq, 'email', CONCAT('c', seq, '@customer.example'), NOW(6) FROM seq_1_to_10000;
"""


def count(stage, what):
    return stage.sql.one(f"SELECT COUNT(*) FROM {what}")


def main():
    with BenchStage() as stage:
        path = stage.dir / "lmtp.sock"
        stage.settings = ('mail {\n    from = "bonjour@shop.example"\n}\n'
                          f'mail_in {{\n    listen = {{ "unix:{path}" }}\n'
                          '    domain = "relais.shop.example"\n'
                          '    contact = { "contact@shop.example" }\n'
                          '    authserv_id = "mx.shop.example"\n'
                          f'    max_connections = {CONNECTIONS + 1}\n    lanes = {LANES}\n}}\n'
                          'log {\n    levels = { "mail=warn" }\n}\n')
        relaisd = stage.start()
        stage.sql.run(PEOPLE)
        run_c("bench_mail_in", path, MAILS // 10, CONNECTIONS, 1)  # warm
        before = count(stage, "mail_in")
        work = Work(os.environ.get("RELAIS_BENCH_PERF"), relaisd=relaisd.pid,
                    mariadbd=stage.mariadbd_pid())
        run_c("bench_mail_in", path, MAILS, CONNECTIONS, MAILS + 1)
        used = work.end()
        taken = count(stage, "mail_in") - before
        assert taken == MAILS // CONNECTIONS * CONNECTIONS, taken
        assert count(stage, "inbound_message WHERE customer_id IS NULL") == 0
        assert count(stage, "mail_source") == count(stage, "mail_in")
        note(f"mails={taken} bytes=10240 connections={CONNECTIONS}")
        say_work(used, taken)
        say("mail_in_rss_mb", relaisd.peak_rss_mb(), "MB")
        run_c("bench_mail_in", path, "large", LARGE)
        assert count(stage, "mail_document") == 1
        say("mail_in_25mb_rss_mb", relaisd.peak_rss_mb(), "MB")
    run_c("bench_mail_store")


main()
