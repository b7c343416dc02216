"""soak.py MINUTES - the simulator's rough.conf, every fault at once, under load for so long; then the
database is held against its journal. The last line is the verdict. Started by tests/soak.sh."""

import contextlib
import sys
import time

import orders
from harness import SANITIZED, SOURCE, Stage, wait_until
from scenes import take
from verdict import judge

WINDOW = 100
BATCH = 2000 if SANITIZED else 20000
SETTINGS = """sms {
    retry = "2s"
    attempts = 20
    settle = "5s"
}
log { levels = { "inbox=warn" } }
"""
CARRIER = f"""response_id = "hex"
    window = {WINDOW}
    response_timeout = "5s\""""
UNDER_WAY = "state IN ('queued', 'submitting') OR (state = 'unknown' AND class <> 'promo')"


def is_promo(text):
    return text.startswith("Promo")


def services(stage, promised, number):
    for i in range(20):
        text = f"Service {number}.{i}: votre colis arrive"
        with contextlib.suppress(OSError):
            status, answer = stage.http("POST", "/v1/messages", {
                "to": orders.phone(9000000 + i), "text": text, "legal_basis": "contract"})
            if status == 201:
                promised[text] = int(answer.split(b'"id":')[1].split(b",")[0])


def main(minutes):
    promised, number = {}, 0
    with Stage() as stage:
        stage.settings = SETTINGS
        stage.add_profile("shop", orders.PROFILE)
        smsc = stage.add_carrier("rough", SOURCE / "contrib/scenarios/rough.conf", CARRIER)
        stage.start()
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end:
            number += 1
            take(stage, f"{number}.csv", orders.many(BATCH, start=number * BATCH, city=f"R{number}"))
            stage.create_campaign(f"s{number}", f'city = "R{number}"', f"Promo {number} STOP au 36000")
            stage.start_campaign(f"s{number}")
            services(stage, promised, number)

            def sent():
                assert stage.relaisd.running(), stage.relaisd.tail()
                return (time.monotonic() > end or stage.campaign(f"s{number}")["state"] == "done")
            wait_until(sent, 60 * minutes + 600, f"campaign {number} is out", every=0.5)
            print(f"# campaign={number} accepted={smsc.stats()['accepted']}"
                  f" rss_mb={stage.relaisd.peak_rss_mb():.0f}", flush=True)
        if stage.campaign(f"s{number}")["state"] != "done":
            stage.ctl("campaign", "cancel", f"s{number}")
        query = f"SELECT COUNT(*) FROM message WHERE {UNDER_WAY}"
        wait_until(lambda: stage.sql.one(query) == 0 and smsc.stats()["queued"] == 0, 900,
                   lambda: f"all is quiet: {stage.sql.one(query)} under way, {smsc.stats()}", every=1)
        stats = smsc.stats()
        verdict = judge(stage, [smsc], is_promo, promised,
                        unknown_max=stats["responses_lost"] + WINDOW * stats["sessions_lost"])
        verdict.expect(stage.ctl("consent", "verify")["intact"] is True, "the ledger is broken")
        if not SANITIZED:
            verdict.expect(stage.relaisd.peak_rss_mb() < 64, "relaisd grew beyond 64 MB")
        for finding in verdict.findings[:20]:
            print(f"# {finding}")
        print(f"# drops={stats['drops']} lost_responses={stats['responses_lost']} "
              f"refused={stats['refused']} stop={stage.sql.one('SELECT COUNT(*) FROM opt_out')}"
              f" strays={stage.sql.one('SELECT COUNT(*) FROM stray_receipt')}"
              f" peak_rss_mb={stage.relaisd.peak_rss_mb():.0f}")
        print(verdict.line(), flush=True)
        return 1 if verdict.findings else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
