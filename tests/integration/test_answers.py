"""Answering partners: receipts of all formats, refused rows that come back, status files, expected files."""

import json
import subprocess
import xml.etree.ElementTree as ET

import orders
from harness import SOURCE, wait_until

RECEIPT = "{urn:relais:receipt:1}"

XML_PROFILE = """
format = "xml"
record = "/orders/order"
take { files = { "*.xml" } }
receipt { format = "xml" language = "fr" }
field "customer_number" { path = "@customer" }
field "last_name" { path = "name" }
field "phone" { path = "phone" }
field "order_number" { path = "@number" }
field "status" { path = "state" values = { "livre=delivered" } }
"""

STATUSES_PROFILE = """
kind = "statuses"
take { files = { "statuses*" } }
field "order_number" { column = "order" }
field "status" { column = "status" }
field "at" { column = "at" }
field "place" { column = "place" }
"""


def out(stage, pattern, partner="shop"):
    """The newest file in out/ of that pattern, once it is there."""
    def fact():
        files = sorted(stage.partner_dir(partner, "out").glob(f"[!.]{pattern}"))
        return files[-1] if files else None
    return wait_until(fact, what=f"{pattern} in out/ of {partner}")


def csv_orders(*numbers):
    return orders.orders_csv(orders.row(i, number=number) for i, number in enumerate(numbers, 1))


def xml_orders(*phones):
    rows = "".join(
        f'<order customer="C{i}" number="A{i}"><name>L\'Éclair &amp; "fils"; {i}</name>'
        f"<phone>{phone}</phone><state>livre</state></order>\n"
        for i, phone in enumerate(phones, 1))
    return f"<orders>\n{rows}</orders>\n"


def test_a_receipt_is_what_the_partner_likes(stage):
    for code, receipt in (("one", ""), ("two", 'receipt { format = "xml" language = "fr" }'),
                          ("three", 'receipt { format = "json" language = "fr" }')):
        stage.add_profile(code, orders.PROFILE + receipt)
    stage.start()
    for code in ("one", "two", "three"):
        stage.drop(code, "o.csv", csv_orders("06 12 34 56 78", "06 12", "06 12 34 56 79"))

    text = out(stage, ".csv.*.receipt.csv", "one").read_text()
    assert '# result;"taken"\n' in text and "# refused;1\n" in text
    assert ('3;2;"phone";"06 12";"phone_too_short";'
            '"""06 12"" has too few digits for a phone number";""\n') in text

    file = out(stage, ".csv.*.receipt.xml", "two")
    root = ET.parse(file).getroot()
    assert root.findtext(f"{RECEIPT}result") == "taken"
    assert root.findtext(f"{RECEIPT}rows") == "3" and root.findtext(f"{RECEIPT}taken") == "2"
    row = root.find(f"{RECEIPT}refused_rows/{RECEIPT}row")
    assert (row.get("line"), row.get("field"), row.get("code")) == ("3", "phone", "phone_too_short")
    assert row.findtext(f"{RECEIPT}reason") == (
        "« 06 12 » a trop peu de chiffres pour un numéro de téléphone")

    receipt = json.loads(out(stage, ".csv.*.receipt.json", "three").read_text())
    assert (receipt["profile"], receipt["result"], receipt["refused"]) == ("three", "taken", 1)
    assert receipt["seconds"] >= 0
    assert receipt["refused_rows"][0]["value"] == "06 12"

    stage.drop("three", "again.csv", csv_orders("06 12 34 56 78", "06 12", "06 12 34 56 79"))
    again = json.loads(out(stage, "gain.csv.*.receipt.json", "three").read_text())
    assert (again["result"], again["import"]) == ("taken_before", receipt["import"])
    assert again["note"].startswith("le même contenu a déjà été pris")


def test_corrected_rows_of_csv_are_taken_and_the_others_not_doubled(stage):
    stage.add_profile("shop", orders.PROFILE + 'take { files = { "o*.csv" } }')
    stage.start()
    stage.drop("shop", "o.csv", csv_orders("06 12 34 56 78", "06 12", "06 12 34 56 79"))
    refused = out(stage, ".csv.*.refused.csv")
    text = refused.read_text("utf-8-sig")
    assert text.splitlines()[0] == orders.HEADER + ";relais_fault;relais_reason"
    assert len(text.splitlines()) == 2
    # By its own name, and by any that the profile takes.
    stage.drop("shop", refused.name, text.replace("06 12", "06 12 34 56 77"))
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM customer_order") == 3,
               what="the corrected row is taken")
    assert stage.sql.one("SELECT COUNT(*) FROM customer") == 3
    assert stage.sql.one("SELECT SUM(order_count) FROM customer") == 3
    assert stage.sql.one("SELECT COUNT(*) FROM import WHERE rows_refused = 0") == 1


def test_corrected_rows_of_xml_come_back_as_csv(stage):
    stage.add_profile("shop.xml", XML_PROFILE)
    stage.add_profile("shop.csv", orders.PROFILE + 'take { files = { "*.csv" } }')
    stage.start()
    stage.drop("shop", "o.xml", xml_orders("0612345678", "06", "0612345679"))
    refused = out(stage, ".xml.*.refused.csv")
    text = refused.read_text("utf-8-sig")
    assert text.startswith("# relais refused-rows;1;shop.xml\n")
    assert '"L\'Éclair & ""fils""; 2";"06";"A2";"livre";"phone_too_short"' in text
    # Its name ends in .csv, and still it is the other profile's.
    stage.drop("shop", "mended.csv", text.replace('"06"', '"0612345677"'))
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM customer_order") == 3,
               what="the corrected row is taken")
    assert stage.sql.one("SELECT last_name FROM customer c JOIN contact_point p"
                         " ON p.customer_id = c.id WHERE address = '+33612345677'") == (
        "L'Éclair & \"fils\"; 2")
    assert stage.sql.one("SELECT COUNT(*) FROM customer_order WHERE status = 'delivered'") == 3
    assert stage.sql.one("SELECT SUM(order_count) FROM customer") == 3


def test_a_status_file_tells_each_change_once(stage):
    stage.add_profile("shop", orders.PROFILE + 'take { files = { "o*" } }\n'
                      'status_file { every = "1m" format = "xml" }')
    stage.add_profile("shop.statuses", STATUSES_PROFILE)
    stage.start()
    stage.drop("shop", "o.csv", orders.many(2))
    stage.wait_receipt("shop")
    due = "SELECT COUNT(*) FROM partner_schedule WHERE what = 'status_file'"
    wait_until(lambda: stage.sql.one(due) == 1, what="the first look")
    stage.drop("shop", "statuses.csv", "order;status;at;place\n"
               "O000001;out;2026-01-05 08:00;Lyon\nO000002;delivered;2026-01-05 09:00;\n")
    stage.wait_receipt("shop", n=2)
    assert stage.sql.one("SELECT COUNT(*) FROM order_event") == 2
    # What two nodes' clocks may be apart has to pass before they are told.
    fresh = ("SELECT COUNT(*) FROM order_event"
             " WHERE recorded_at > UTC_TIMESTAMP(6) - INTERVAL 3 SECOND")
    wait_until(lambda: stage.sql.one(fresh) == 0, what="the events are a moment old")
    # The next minute comes at once: what was told last is put back by a while.
    back = ("UPDATE partner_schedule SET done_at = done_at - INTERVAL 1 HOUR,"
            " last_id = last_id - (3600 << 20)")
    stage.sql.run(back)
    file = out(stage, "hop.status.*.xml")
    changes = [(e.get("number"), e.get("customer"), e.get("status"), e.findtext("{*}place"))
               for e in ET.parse(file).getroot()]
    assert changes == [("O000001", "C000001", "out", "Lyon"),
                       ("O000002", "C000002", "delivered", None)]
    # A crash after the file and before its checkpoint: the same file again, and nothing twice.
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM partner_schedule"
                                     " WHERE making_at IS NULL") == 1, what="the checkpoint")
    before = file.read_bytes()
    stage.sql.run("UPDATE partner_schedule SET making_at = done_at, making_to = last_id, files = 0,"
                  " last_id = last_id - (3600 << 20)")
    file.unlink()
    stage.kill()
    stage.start()
    assert out(stage, "hop.status.*.xml").read_bytes() == before
    assert len(list(file.parent.glob("shop.status.*"))) == 1
    subprocess.run(["xmllint", "--noout", "--nonet", "--schema",
                    SOURCE / "conf/schema/relais-status-file.xsd", file], check=True)


def test_an_expected_file_that_does_not_come_is_an_alert_until_it_comes(stage):
    stage.add_profile("shop", orders.PROFILE +
                      'expect { by = "00:01" files = { "orders*" } holidays = true }')
    stage.start()
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM partner_schedule") == 1,
               what="the first look")
    assert stage.ctl("alert", "list")["alerts"] == []
    # Down at the hour: as if the last look was two days ago.
    stage.sql.run("UPDATE partner_schedule SET done_at = done_at - INTERVAL 2 DAY")
    alerts = wait_until(lambda: stage.ctl("alert", "list")["alerts"], what="the alert")
    assert [(a["kind"], a["subject"]) for a in alerts] == [("file_missing", "shop")]
    assert "no file orders* of partner shop had come by " in alerts[0]["text"]
    wait_until(lambda: stage.metrics().get('relais_alerts_open{kind="file_missing"}') == 1,
               what="the metric")
    assert stage.ctl("status")["alerts"] == {"file_missing": 1}
    stage.relaisd.stop()
    stage.start()
    stage.drop("shop", "prices.csv", orders.many(1))
    stage.wait_receipt("shop")
    assert len(stage.ctl("alert", "list")["alerts"]) == 1
    stage.drop("shop", "orders.csv", orders.many(2))
    wait_until(lambda: not stage.ctl("alert", "list")["alerts"], what="the alert is closed")
    assert stage.sql.one("SELECT COUNT(*) FROM alert") == 1
    assert len(stage.ctl("alert", "list", "--closed", 1)["alerts"]) == 1


def test_a_refused_file_is_an_alert_that_a_person_can_close(stage):
    stage.add_profile("shop", orders.PROFILE)
    stage.start()
    stage.drop("shop", "bad.csv", "a;b\n1;2\n")
    stage.wait_receipt("shop")
    alert = wait_until(lambda: stage.ctl("alert", "list")["alerts"], what="the alert")[0]
    assert alert["kind"] == "import_failed" and "bad.csv was refused as a whole" in alert["text"]
    assert "closed" in stage.ctl("alert", "close", alert["id"])["said"]
    assert stage.ctl("alert", "list")["alerts"] == []
    assert "import_failed" not in stage.ctl("status")["alerts"]
