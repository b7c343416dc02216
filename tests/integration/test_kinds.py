"""One file of each kind, ours in CSV and in XML, dropped into a running relaisd: each is taken by the
profile of its kind, and what it says is there for whoever looks at the customer."""

import json
import re

import pytest

from harness import SOURCE, wait_until
from scenes import take

SAMPLES = SOURCE / "tests/data/partner"
KINDS = ("customers", "orders", "statuses", "products", "invoices", "payments", "suppressions")


def with_our_profiles(stage, form, kept_to_schema=False):
    for path in (SOURCE / "conf/partners").glob(f"{form}*.conf"):
        text = path.read_text()
        if kept_to_schema:
            text = re.sub(r'# xsd = "\.\./schema', f'xsd = "{SOURCE}/conf/schema', text)
        stage.add_profile(path.stem, text)


def take_sample(stage, form, kind):
    name = f"{kind}.{form}"
    return take(stage, name, (SAMPLES / name).read_text(), partner=form)


@pytest.mark.parametrize("form", ("csv", "xml"))
def test_each_kind_of_file_is_taken_by_its_profile(stage, form):
    with_our_profiles(stage, form, kept_to_schema=form == "xml")
    stage.add_carrier()
    stage.start()
    for kind in KINDS:
        imported = take_sample(stage, form, kind)
        assert (imported["state"], imported["rows_refused"]) == ("done", 0), imported
        assert imported["rows_taken"] == imported["rows_total"] > 0, imported
    # Customers, orders and listed addresses of another name: a second drop changes nothing.
    for kind in ("statuses", "invoices", "payments", "suppressions"):
        text = (SAMPLES / f"{kind}.{form}").read_text() + "\n"
        again = take(stage, f"{kind}-2.{form}", text, partner=form)
        assert again["rows_unchanged"] == again["rows_total"] > 0, again

    customer = stage.sql.one("SELECT customer_id FROM customer_ref WHERE customer_number = 'C-1001'")
    dossier = str(stage.ctl("customer", "show", customer))
    for fact in ("A-55", "delivered", "remis au voisin", "F-2025-17", "VIR 8812", "partner"):
        assert fact in dossier, f"{fact} is missing in {dossier}"
    export = stage.ctl_raw("customer", "export", str(customer))[1].stdout
    for fact in ('"statuses"', '"invoices"', '"payments"', "VIR 8812", "remis au voisin"):
        assert fact in export, f"{fact} is missing in {export}"
    assert stage.sql.one("SELECT COUNT(*) FROM invoice WHERE number = 'F-2025-17'"
                         " AND paid_cents = 4990 AND paid_at IS NOT NULL") == 1
    assert stage.sql.one("SELECT COUNT(*) FROM product WHERE withdrawn_at IS NOT NULL") == 1
    priced = stage.ctl_raw("price", "list", "--all")[1].stdout
    assert "from" in priced and "EUR" in priced, priced
    invoiced = stage.ctl_raw("--json", "invoice", "list", "--all")[1].stdout
    paid = [json.loads(line) for line in invoiced.splitlines() if "F-2025-17" in line]
    assert [(i["amount"], i["paid"], i["state"]) for i in paid] == [("49.90", "49.90", "paid")]
    listed = listed_addresses(stage)
    assert [(one["address"], one["reason"], one["lists"]) for one in listed] == [
        ("+33699887766", "contentieux", form), ("jean@example.com", "décédé", form)]
    assert listed[0]["until"].startswith("2099-12-31") and listed[1]["until"] is None
    second = listed_addresses(stage, "--limit", "1", "--after", "33699887766")
    assert [one["address"] for one in second] == ["jean@example.com"]
    assert stage.ctl("suppression", "lift", "jean@EXAMPLE.com")["address"] == "jean@example.com"
    assert [one["address"] for one in listed_addresses(stage, "--all")] == ["+33699887766"]


def listed_addresses(stage, *args):
    """What relaisctl says of them, a line each."""
    done = stage.ctl_raw("--json", "suppression", "list", *args)[1]
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_status_file_sends_the_message_of_its_occasion_and_an_old_one_none(stage):
    with_our_profiles(stage, "csv")
    carrier = stage.add_carrier()
    stage.start()
    take_sample(stage, "csv", "orders")
    stage.ctl("occasion", "set", "thanks", "--kind", "delivery_done",
              "--text", "Colis {{order_number}} livre")
    stage.ctl("occasion", "on", "thanks")
    take(stage, "statuses-old.csv", "order_number;status;at\nA-56;livrée;25/11/2020 10:00\n", "csv")
    take(stage, "statuses.csv", "order_number;status\nA-55;livrée\n", "csv")
    wait_until(lambda: "Colis A-55 livre" in str(carrier.accepted()), what="the message is sent")
    assert "A-56" not in str(carrier.accepted())


def test_a_refused_status_names_its_line_and_what_to_do(stage):
    with_our_profiles(stage, "csv")
    stage.add_carrier()
    stage.start()
    text = "order_number;status;at\nA-1;livrée;25/11/2025 10:00\n"
    assert take(stage, "statuses.csv", text, "csv")["rows_refused"] == 1
    receipt = stage.wait_receipt("csv").read_text()
    assert '2;1;"order_number";"A-1";"unknown_order";"there is no order of that number"' in receipt
