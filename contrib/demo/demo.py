"""demo.py [--batch] - the demo itself; contrib/demo.sh builds what it needs and starts it.

Everything it reports comes from relaisctl, as a user would ask; everything it checks comes from SQL.
"""

import csv
import pathlib
import shutil
import signal
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "integration"))
sys.path.insert(0, str(HERE))

import contacts  # noqa: E402
import make_orders  # noqa: E402
from harness import Stage, free_port, wait_until  # noqa: E402

CAMPAIGN = "soldes-samedi"
RULE = "category in (particulier, vip) and last_order < 80d ago"
TEXT = "Bonjour {{first_name}}, -20% samedi dans votre magasin de {{city}}. STOP au 36000"
PARTNERS = (("colis", "colis.csv", "Colis Express, CSV"), ("fleurs", "fleurs.xml", "Fleurs, XML"))
CORRECTED, UBL = "colis-corrigees.csv", "order-ubl.xml"
PROFILES = HERE.parents[1] / "conf" / "partners"


def say(text=""):
    print(text, flush=True)


def number(n):
    return f"{n:,}".replace(",", " ")


class Report:
    """Lines for people, each figure held against what SQL says."""

    def __init__(self, sql):
        self.sql = sql
        self.wrong = []

    def figure(self, label, value, query, note=""):
        true = self.sql.one(query)
        if value != true:
            self.wrong.append(f"{label}: relaisctl says {value}, SQL says {true}")
        self.line(label, number(value), note if value == true else f"WRONG, SQL says {true}")

    def line(self, label, value, note=""):
        say(f"  {label:<34}{value:>10}  {note}".rstrip())


def import_of(stage, file_name):
    return next(i for i in stage.ctl("import", "list")["imports"] if i["file"] == file_name)


def take_files(stage, orders):
    for partner, name, _ in PARTNERS:
        stage.drop(partner, name, orders / name)
    # The same content under another name: a partner's mistake, without effect.
    stage.wait_receipt("colis")
    stage.drop("colis", "colis-again.csv", orders / "colis.csv")
    stage.wait_receipt("fleurs")
    answer(stage, "colis", "colis-again.csv.*.receipt.csv")
    correct(stage, orders)
    stage.drop("ubl", UBL, HERE / UBL)
    answer(stage, "ubl", UBL + ".*.receipt.csv")


def answer(stage, partner, pattern):
    """The one answer of that name, once it is there."""
    out = stage.partner_dir(partner, "out")
    return wait_until(lambda: next(iter(out.glob(pattern)), None), what=f"{partner} gets {pattern}")


def correct(stage, orders):
    """The partner takes the rows that came back, mends their telephone numbers, and drops them."""
    receipt = answer(stage, "colis", "colis.csv.*.receipt.csv").read_text()
    say("The receipt of colis.csv says what was refused. Its first line of that:")
    say("    " + next(line for line in receipt.splitlines() if "phone" in line))
    with open(orders / "colis.csv", encoding="utf-8", newline="") as f:
        known = {row["numero_client"]: row["telephone"] for row in csv.DictReader(f, delimiter=";")
                 if " AB " not in row["telephone"]}
    with open(answer(stage, "colis", "colis.csv.*.refused.csv"), encoding="utf-8-sig", newline="") as f:
        rows = list(csv.DictReader(f, delimiter=";"))
    mended = [{**row, "telephone": known[row["numero_client"]]} for row in rows
              if row["relais_fault"].startswith("phone")]
    with open(orders / CORRECTED, "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, rows[0].keys(), delimiter=";")
        out.writeheader()
        out.writerows(mended)
    say(f"{number(len(rows))} rows came back as a file; {len(mended)} of them are mended and dropped"
        " again, and another partner drops a UBL order.")
    stage.drop("colis", CORRECTED, orders / CORRECTED)
    answer(stage, "colis", CORRECTED + ".*.receipt.csv")


def run_campaign(stage, carrier):
    stage.ctl("template", "set", "soldes", "--text", TEXT)
    stage.ctl("campaign", "create", CAMPAIGN, "--audience", RULE, "--template", "soldes")
    preview = stage.preview(CAMPAIGN)
    say(f"  The audience has {number(preview['audience'])} customers; "
        f"{number(preview['recipients'])} would get an SMS: "
        f"{'' if preview['exact'] else 'about '}{number(preview['segments'])} parts, "
        f"{preview['cost_cents'] / 100:.2f} {preview['currency']}.")
    for sample in preview["samples"]:
        say(f"    \"{sample['text']}\" ({sample['encoding']}, {sample['parts']}"
            f" part{'s' if sample['parts'] > 1 else ''})")
    say("Starting it.")
    stage.start_campaign(CAMPAIGN)
    stage.wait_campaign(CAMPAIGN)
    # Some recipients answer STOP within two seconds; each gets one confirmation.
    wait_until(lambda: settled(carrier.stats()), what="all receipts and replies are taken")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM message WHERE state IN"
                                     " ('queued', 'submitting', 'accepted')") == 0,
               what="the confirmations are delivered")
    return preview


def settled(stats):
    return (stats["queued"] == 0 and stats["receipts_acked"] >= stats["receipts_planned"]
            and stats["inbound_acked"] >= stats["inbound_planned"] > 0)


def report_files(stage, report):
    say("Files")
    for partner, name, label in PARTNERS:
        i = import_of(stage, name)
        of = f"FROM import WHERE file_name = '{name}'"
        say(f" {label} ({name})")
        report.figure("rows taken", i["rows_taken"], "SELECT rows_taken " + of)
        report.figure("rows that came before", i["rows_unchanged"], "SELECT rows_unchanged " + of)
        report.figure("rows refused", i["rows_refused"], "SELECT COUNT(*) FROM import_reject"
                      f" WHERE import_id = {i['id']}", refusals(stage, i["id"]))
    for name, label in ((CORRECTED, "rows mended and dropped again"), (UBL, "orders of a UBL file")):
        report.figure(label, import_of(stage, name)["rows_taken"],
                      f"SELECT rows_taken FROM import WHERE file_name = '{name}'")
    report.figure("orders stored", sum(i["rows_taken"] for i in stage.ctl("import", "list")["imports"]),
                  "SELECT COUNT(*) FROM customer_order", "the file that came twice changed nothing")


def refusals(stage, import_id):
    count = {}
    for reject in stage.ctl("import", "rejects", import_id)["rejects"]:
        key = f"{reject['field']} {reject['code']}"
        count[key] = count.get(key, 0) + 1
    return ", ".join(f"{n} {key}" for key, n in sorted(count.items(), key=lambda kv: -kv[1]))


def report_campaign(stage, report, preview, carrier):
    status = stage.campaign(CAMPAIGN)
    mine = f"campaign_id = {status['id']}"
    say(f"Campaign {CAMPAIGN}: {RULE}")
    report.figure("audience", status["audience"],
                  "SELECT COUNT(*) FROM customer c JOIN category g ON g.id = c.category_id"
                  " WHERE g.code IN ('particulier', 'vip')"
                  " AND c.last_order_at > (SELECT started_at FROM campaign"
                  f" WHERE id = {status['id']}) - INTERVAL 80 DAY")
    for reason, n in sorted(status["excluded"].items(), key=lambda kv: -kv[1]):
        report.figure(f"  left out: {reason.replace('_', ' ')}", n,
                      f"SELECT COUNT(*) FROM campaign_exclusion WHERE {mine} AND reason = '{reason}'")
    report.figure("messages", status["messages"], f"SELECT COUNT(*) FROM message WHERE {mine}",
                  "as the preview said" if status["messages"] == preview["recipients"] else
                  f"the preview said {preview['recipients']}")
    report.figure("sent", status["sent"], "SELECT COUNT(DISTINCT e.message_id) FROM message_event e"
                  f" JOIN message m ON m.id = e.message_id WHERE m.{mine} AND e.kind = 'accepted'")
    for state, n in status["by_state"].items():
        if n:
            report.figure(f"  {state}", n,
                          f"SELECT COUNT(*) FROM message WHERE {mine} AND state = '{state}'")
    report.figure("opted out by STOP", status["opted_out"],
                  "SELECT COUNT(DISTINCT o.address) FROM opt_out o"
                  " JOIN contact_point p ON p.address = o.address"
                  f" JOIN campaign_recipient r ON r.customer_id = p.customer_id WHERE r.{mine}", "each was answered once")
    report.figure("SMS a second", round(status["per_second"]),
                  f"SELECT ROUND({status['sent']} / (TIMESTAMPDIFF(MICROSECOND, started_at,"
                  f" finished_at) / 1e6)) FROM campaign WHERE id = {status['id']}",
                  "from the start to the last result")
    # The carrier's own book: each part that it accepted, with number and words.
    parts = [(to, text) for _, _, to, text in carrier.accepted()]
    # (The office is reminded in the same words as often as the policy says.)
    customers = [part for part in parts if part[0] not in contacts.OFFICE]
    doubles = len(customers) - len(set(customers))
    report.figure("parts that the carrier counted", len(parts),
                  "SELECT COUNT(*) FROM message_event WHERE kind = 'accepted'",
                  "the confirmations too; none came twice" if not doubles else
                  f"{doubles} CAME TWICE")
    if doubles:
        report.wrong.append(f"{doubles} parts came twice to the carrier")


def report_consent(stage, report):
    ledger = stage.ctl("consent", "verify")
    say("Consent ledger")
    report.figure("events", ledger["events"], "SELECT COUNT(*) FROM consent_event",
                  "the chain is intact" if ledger["intact"] else "THE CHAIN IS BROKEN")
    if not ledger["intact"]:
        report.wrong.append(f"consent ledger: {ledger['reason']}")
    again = stage.ctl("campaign", "create", CAMPAIGN + "-2", "--audience", RULE, "--template",
                      "soldes") and stage.preview(CAMPAIGN + "-2")
    out = again["excluded"].get("opted_out", 0) + again["excluded"].get("withdrawn", 0)
    say(f"  Were it sent again, {number(again['recipients'])} would get it;"
        f" {number(out)} have refused.")


def where_to_look(stage, port):
    ctl = f"build-demo/relaisctl --standalone {stage.data}"
    customer = stage.sql.one("SELECT MIN(customer_id) FROM inbound_message WHERE keyword = 'stop'")
    say("Where to look")
    say(f"  {ctl} status")
    say(f"  {ctl} customer show {customer}      a customer who said STOP")
    say(f"  {ctl} campaign status {CAMPAIGN}")
    say(f"  http://127.0.0.1:{port}/metrics   http://127.0.0.1:{port}/healthz")
    say(f"  {ctl} partner list")
    say(f"  {stage.data}/partners/colis/out/    what the partner is told")
    say(f"  {stage.dir}/relaisd.log   (all of {stage.dir} is removed at the end)")


class DemoStage(Stage):
    standalone = ""  # the private database with the sizes it is shipped with


def play(stage, port):
    orders = stage.dir / "orders"
    made = make_orders.main(orders)
    for partner, _, _ in PARTNERS:
        shutil.copy(HERE / f"{partner}.conf", stage.profiles)
    shutil.copy(PROFILES / "ubl.order.conf", stage.profiles)
    stage.settings = f'control {{\n    listen = "127.0.0.1:{port}"\n}}\n'
    say(f"Starting a simulated carrier, and relaisd with a database of its own in {stage.dir}.")
    carrier = stage.add_carrier(scenario=HERE.parent / "scenarios" / "demo.conf")
    clock = contacts.Clock(stage)
    stage.start()
    say(f"Two partners drop their files: {', '.join(f'{n} ({number(r)} rows)' for n, r in made.items())}.")
    take_files(stage, orders)
    say("An operator writes a campaign and looks at its preview.")
    preview = run_campaign(stage, carrier)
    say("The office: a team of two and their manager. The clock of this relaisd is turned by a day.")
    day = contacts.play(stage, carrier, clock, say)
    say()
    say("What happened")
    say("-------------")
    report = Report(stage.sql)
    report_files(stage, report)
    report_campaign(stage, report, preview, carrier)
    report_consent(stage, report)
    contacts.report(stage, carrier, report, say, day)
    say()
    return report


def main():
    batch = "--batch" in sys.argv[1:]
    done = threading.Event()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    port = free_port()
    try:
        with DemoStage() as stage:
            try:
                report = play(stage, port)
            except AssertionError as failure:
                say(f"The demo failed: {failure}\n{stage.report()}")
                return 1
            for wrong in report.wrong:
                say(f"WRONG: {wrong}")
            if not report.wrong:
                say("Every figure above is what the database says.")
            if batch:
                return 1 if report.wrong else 0
            where_to_look(stage, port)
            say("Press Ctrl-C to stop everything.")
            done.wait()
    except KeyboardInterrupt:
        say("\nStopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
