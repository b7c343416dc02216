"""What people work with partners' files with: guess and test a profile, list partners, stop an import."""

import json
import zipfile

import orders
from harness import SOURCE, wait_until
from scenes import ready, take

SHOP = ("N° client;Nom;Téléphone;N° commande;Date de commande;Montant à encaisser\n"
        "C-1;Martin;06 12 34 56 78;A-1;23/11/2026;49,90\n"
        "C-2;Durand;06 12;A-2;24/11/2026;10,00\n"
        "C-3;Petit;07 61 22 33 44;A-3;25/11/2026;0,00\n")


def ctl_output(stage, *args):
    """(exit status, stdout, stderr)"""
    _, done = stage.ctl_raw(*args)
    return done.returncode, done.stdout, done.stderr


def trial(stage, *args):
    """The report of partner test, whatever its exit status."""
    return json.loads(ctl_output(stage, "--json", "partner", "test", *args)[1])


def test_a_guessed_profile_is_tried_installed_and_takes_the_file(stage):
    sample = stage.dir / "sample.csv"
    sample.write_text(SHOP)
    stage.add_profile("other", orders.PROFILE)
    stage.start()
    status, said, _ = ctl_output(stage, "partner", "guess", sample, "--as", "shop")
    assert status == 0 and str(stage.profiles / "shop.conf") in said
    status, _, error = ctl_output(stage, "partner", "guess", sample, "--as", "shop")
    assert status == 1 and "left as it is" in error, "a profile was written over"

    status, said, _ = ctl_output(stage, "partner", "test", "shop", sample)
    assert status == 1, "there is a row that would be refused"
    for fact in ("2 would be taken, 1 refused", "phone_too_short", "+33612345678", "49.90 EUR",
                 "2026-11-23", "2: 2 new, 0 changed, 0 as they are already", "Nothing was changed"):
        assert fact in said, f"{fact} is missing in:\n{said}"
    assert stage.sql.one("SELECT COUNT(*) FROM customer") == 0

    assert stage.relaisd.stop() == 0
    stage.start()
    take(stage, "sample.csv", SHOP)
    assert stage.sql.one("SELECT COUNT(*) FROM customer") == 2
    known = trial(stage, "shop", sample)["known"]
    assert known["customers"] == {"asked": 2, "new": 0, "changed": 0, "unchanged": 2, "erased": 0,
                                  "needed": False, "cut": False}
    assert known["orders"]["unchanged"] == 2
    sample.write_text(SHOP.replace("49,90", "59,90"))
    assert trial(stage, "shop", sample)["known"]["orders"]["changed"] == 1


def test_a_trial_needs_no_relaisd(stage):
    sample = stage.dir / "sample.csv"
    sample.write_text(SHOP)
    profile = stage.dir / "shop.conf"
    status, said, _ = ctl_output(stage, "partner", "guess", sample)
    assert status == 0
    profile.write_text(said)
    report = trial(stage, profile, sample, "--offline")
    assert (report["rows"], report["good"], report["refused"]) == (3, 2, 1)
    assert "known" not in report
    assert report["faults"][0]["line"] == 3
    # Asked for, and nobody there: the trial is as good, and says so.
    assert trial(stage, profile, sample)["known"]["why"]


def test_profiles_beyond_those_of_a_partner_are_not_passed_over_in_silence(stage):
    sample = stage.dir / "sample.csv"
    sample.write_text(f"{orders.HEADER}\n")
    for number in range(33):
        stage.add_profile(f"shop.{number:02}", orders.PROFILE)
    stage.start()
    status, _, error = ctl_output(stage, "partner", "test", "shop", sample)
    assert status == 1 and "partner shop has more than 32 profiles" in error
    assert ctl_output(stage, "partner", "test", "shop.32", sample)[0] == 0, "one is named, and tried"


def test_a_file_that_would_be_refused_as_a_whole_says_why(stage):
    sample = stage.dir / "sample.csv"
    sample.write_text("a;b\n1;2\n")
    profile = stage.dir / "shop.conf"
    profile.write_text(orders.PROFILE)
    status, said, _ = ctl_output(stage, "partner", "test", profile, sample, "--offline")
    assert status == 1
    assert "refused as a whole" in said and 'no column "customer"' in said


def test_a_document_of_a_standard_gets_the_profile_that_comes_with_relais(stage):
    sample = stage.dir / "order.xml"
    sample.write_text('<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2">'
                      '<ID>1</ID></Order>')
    status, said, _ = ctl_output(stage, "partner", "guess", sample)
    assert status == 0 and "UBL Order" in said and "ubl.order.conf" in said
    assert (SOURCE / "conf/partners/ubl.order.conf").read_text() in said
    stage.environment["RELAIS_PARTNERSDIR"] = str(stage.dir)
    status, said, error = ctl_output(stage, "partner", "guess", sample)
    assert status == 1 and not said, "columns of it were guessed"
    assert "UBL Order" in error and "conf/partners/" in error and str(stage.dir) in error


def test_a_name_that_no_profile_may_have_is_refused_before_anything_is_written(stage):
    sample = stage.dir / "sample.csv"
    sample.write_text(SHOP)
    for name in ("../x", "My Shop", "a.b.c", "Élan", "", "shop."):
        status, _, error = ctl_output(stage, "partner", "guess", sample, "--as", name)
        assert status == 1 and "shop.invoices" in error, name
    assert not list(stage.dir.rglob("*x.conf")) and not list(stage.profiles.glob("*"))


def test_a_profile_that_names_a_partner_whom_nobody_knows_is_faulty(stage):
    stage.add_profile("shop", orders.PROFILE)
    stage.add_profile("carrier", 'kind = "statuses"\norders_of = "shop"\n'
                      'field "order_number" { column = "order" }\n'
                      'field "status" { column = "state" }\n')
    stage.start()
    assert ctl_output(stage, "partner", "check")[0] == 0
    (stage.profiles / "shop.conf").rename(stage.profiles / "store.conf")
    status, said, _ = ctl_output(stage, "partner", "check")
    assert status == 1 and 'orders_of: no profile here is of a partner "shop"' in said


def test_a_trial_knows_the_limit_of_faulty_rows(stage):
    sample = stage.dir / "sample.csv"
    sample.write_text(orders.orders_csv([orders.row(1), orders.row(2, number="x")]))
    profile = stage.dir / "shop.conf"
    profile.write_text(orders.PROFILE + 'limit { refuse_above = "5 %" }\n')
    status, said, _ = ctl_output(stage, "partner", "test", profile, sample, "--offline")
    assert status == 1 and "would be taken" not in said
    assert "refused as a whole" in said and "1 of 2 rows are faulty, and the limit is 5 %" in said
    profile.write_text(orders.PROFILE + 'limit { refuse_above = "50 %" }\n')
    assert "1 would be taken" in ctl_output(stage, "partner", "test", profile, sample, "--offline")[1]


INVOICES = """kind = "invoices"
format = "csv"
field "invoice_number" { column = "invoice" }
field "customer_number" { column = "customer" }
field "amount" { column = "amount" }
field "currency" { const = "EUR" }
"""
PAYMENTS = """kind = "payments"
format = "csv"
field "invoice_number" { column = "invoice" }
field "amount" { column = "amount" }
field "paid_on" { const = "2026-11-23" }
"""


def test_a_trial_says_what_a_file_names_that_nobody_knows(stage):
    ready(stage)
    take(stage, "a.csv", orders.many(1))
    customer = stage.sql.one("SELECT customer_number FROM customer_ref")
    invoices, profile = stage.dir / "invoices.csv", stage.dir / "shop.invoices.conf"
    profile.write_text(INVOICES)
    invoices.write_text(f"invoice;customer;amount\nF-1;{customer};1.00\nF-2;nobody;2.00\n")
    status, said, _ = ctl_output(stage, "partner", "test", profile, invoices)
    assert status == 1 and "would be taken" not in said, said
    assert "2: 1 of them not known here: such rows would be refused" in said
    payments, paid = stage.dir / "payments.csv", stage.dir / "shop.payments.conf"
    paid.write_text(PAYMENTS)
    payments.write_text("invoice;amount\nF-1;1.00\n")
    status, said, _ = ctl_output(stage, "partner", "test", paid, payments)
    assert status == 1 and "1: 1 of them not known here" in said, said

    stage.sql.run("UPDATE customer SET erased_at = NOW(6)")
    report = trial(stage, profile, invoices)
    assert report["known"]["customers"]["erased"] == 1 and report["known"]["refused"] == 2


def test_partners_their_files_and_their_faults_are_listed(stage):
    stage.add_profile("bad", 'field "phone" { colunm = "tel" }\n')
    ready(stage)
    take(stage, "a.csv", orders.many(5))
    listed = {p["partner"]: p for p in stage.ctl("partner", "list")["partners"]}
    assert sorted(listed) == ["bad", "shop"]
    shop = listed["shop"]
    assert (shop["today_files"], shop["today_rows_taken"], shop["last_file"]) == (1, 5, "a.csv")
    assert shop["waiting"] == 0 and shop["reachable"] and shop["answers"] >= 1
    fault = listed["bad"]["profiles"][0]["fault"]
    assert "bad.conf:1" in fault and "colunm" in fault
    assert fault in stage.relaisd.said().replace('\\"', '"'), "the log says it in other words"
    status, said, _ = ctl_output(stage, "partner", "check")
    assert status == 1 and fault in said
    assert stage.ctl("partner", "show", "shop")["last"]["rows_taken"] == 5
    status, _, error = ctl_output(stage, "partner", "show", "nobody")
    assert status == 1 and "nobody.conf" in error
    assert "FAULTY" in ctl_output(stage, "partner", "list")[1]
    assert listed["bad"]["trouble"] and not shop["trouble"]


def test_files_that_are_still_written_and_markers_do_not_wait(stage):
    stage.add_profile("shop", orders.PROFILE + 'take { complete = marker }\n')
    stage.start()
    in_dir = stage.partner_dir("shop", "in")
    wait_until(in_dir.is_dir, what="in/ is there")
    for name in ("x.csv.part", "orders9.csv.tmp", "old.done", "y.csv"):
        (in_dir / name).write_text("a;b\n")
    listed = stage.ctl("partner", "list")["partners"][0]
    assert listed["waiting"] == 1, "only y.csv, whose marker has not come"


def test_what_is_due_for_a_partner_is_shown(stage):
    stage.add_profile("shop", orders.PROFILE + 'status_file { every = "1h" }\n'
                      'expect { by = "00:00, 12:00" }\n')
    stage.start()
    profile = stage.ctl("partner", "show", "shop")["profiles"][0]
    assert profile["next_status_file_at"][14:19] == "00:00", "on the hour"
    # Of Paris, which is one or two hours ahead.
    assert profile["next_expected_at"][11:16] in ("11:00", "23:00", "10:00", "22:00")
    assert "NEXT EXPECTED BY" in ctl_output(stage, "partner", "show", "shop")[1]


def test_a_fault_in_a_packed_file_names_the_file_in_it(stage):
    sample, profile = stage.dir / "two.zip", stage.dir / "shop.conf"
    profile.write_text(orders.PROFILE)
    with zipfile.ZipFile(sample, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("good.csv", orders.many(2))
        z.writestr("bad.csv", orders.orders_csv([orders.row(9, number="x")]))
    report = trial(stage, profile, sample, "--offline")
    assert (report["good"], report["refused"]) == (2, 1)
    assert (report["faults"][0]["entry"], report["faults"][0]["line"]) == ("bad.csv", 2)
    assert "bad.csv" in ctl_output(stage, "partner", "test", profile, sample, "--offline")[1]
    status, said, _ = ctl_output(stage, "partner", "guess", sample)
    assert status == 0 and 'field "order_number" { column = "order"' in said


def test_status_and_metrics_tell_of_files_by_partner(stage):
    stage.add_profile("bad", 'field "phone" { colunm = "tel" }\n')
    ready(stage)
    take(stage, "a.csv", orders.orders_csv([orders.row(1), orders.row(2, number="x")]))
    take(stage, "b.csv", "nothing of ours\n1\n")

    def counted(name, result):
        return stage.metrics()[f'relais_import_partner_{name}_total{{partner="shop",result="{result}"}}']

    wait_until(lambda: counted("files", "failed") == 1, what="both files are counted")
    assert counted("files", "done") == 1
    assert (counted("rows", "taken"), counted("rows", "refused")) == (1, 1)
    assert stage.metrics()['relais_import_partner_last_file_timestamp_seconds{partner="shop"}'] > 1.7e9
    files = stage.ctl("status")["files"]
    assert (files["partners"], files["waiting"], files["hindered"]) == (2, 0, 1)
    assert "IN THE WAY of 1 partner" in ctl_output(stage, "status")[1]


def test_imports_are_found_by_partner_state_and_time(stage):
    ready(stage)
    take(stage, "a.csv", orders.many(3))
    take(stage, "b.csv", orders.orders_csv([orders.row(9, number="x")]))
    take(stage, "c.csv", "nothing of ours\n1\n")

    def files(*options):
        return [i["file"] for i in stage.ctl("import", "list", *options)["imports"]]

    assert files() == ["c.csv", "b.csv", "a.csv"]
    assert "There are older ones" not in ctl_output(stage, "import", "list")[1]
    cut = stage.ctl("import", "list", "--limit", "2")
    assert f"--before {cut['next']} " in ctl_output(stage, "import", "list", "--limit", "2")[1]
    assert files("--before", cut["next"]) == ["a.csv"]
    assert files("--state", "failed") == ["c.csv"]
    assert files("--partner", "nobody") == []
    assert files("--partner", "shop", "--since", "1h", "--limit", "2") == ["c.csv", "b.csv"]
    status, _, error = ctl_output(stage, "import", "list", "--state", "lost")
    assert status == 1 and "no state" in error
    rejected = next(i for i in stage.ctl("import", "list")["imports"] if i["file"] == "b.csv")
    status, said, _ = ctl_output(stage, "import", "rejects", rejected["id"], "--csv")
    assert status == 0 and said.splitlines()[0] == "line,row,field,value,reason,code,entry"
    assert said.splitlines()[1].startswith("2,1,phone,x,")


def running_import(stage):
    """The import under way, once some of its rows are applied."""
    def fact():
        found = [i for i in stage.ctl("import", "list", "--state", "applying")["imports"]
                 if i["rows_done"] > 0]
        return found[0] if found else None
    return wait_until(fact, what="rows are being applied", every=0.01)


def slow_import(stage, rows):
    """One in many small chunks."""
    stage.files = "chunk_rows = 2"
    ready(stage)
    stage.drop("shop", "long.csv", orders.many(rows))
    return running_import(stage)


def test_an_import_is_paused_at_a_chunk_survives_a_crash_and_goes_on(stage):
    rows = 3000
    imported = slow_import(stage, rows)
    assert "go on" not in stage.ctl("import", "pause", imported["id"])["said"]
    stage.relaisd.wait_said(rf"import={imported['id']} event=paused")
    shown = stage.ctl("import", "show", imported["id"])
    assert shown["state"] == "applying" and shown["wish"] == "paused" and shown["wish_by"]
    assert 0 < shown["rows_done"] == shown["rows_taken"] < rows
    assert "paused by" in ctl_output(stage, "import", "show", imported["id"])[1]
    status, _, error = ctl_output(stage, "import", "pause", imported["id"])
    assert status == 1 and "paused already" in error

    stage.kill()
    stage.start()
    stage.relaisd.wait_said(rf"import={imported['id']} event=paused")
    assert stage.ctl("import", "show", imported["id"])["rows_done"] == shown["rows_done"]
    assert stage.sql.one("SELECT COUNT(*) FROM customer") == shown["rows_done"], "it went on"

    stage.ctl("import", "resume", imported["id"])
    stage.wait_receipt("shop", limit=240)
    done = stage.ctl("import", "show", imported["id"])
    assert (done["state"], done["rows_taken"]) == ("done", rows)
    assert stage.sql.one("SELECT COUNT(*) FROM customer_order") == rows


def test_a_cancelled_import_ends_with_its_reason_and_keeps_what_it_applied(stage):
    imported = slow_import(stage, 3000)
    stage.ctl("import", "cancel", imported["id"])
    receipt = stage.wait_receipt("shop", limit=120).read_text()
    assert "cancelled by" in receipt
    done = stage.ctl("import", "show", imported["id"])
    assert f"{done['rows_taken']} rows had been applied" in done["reason"]
    assert done["state"] == "failed" and '# result;"stopped"' in receipt
    assert stage.sql.one("SELECT COUNT(*) FROM customer") == done["rows_taken"] > 0
    assert list(stage.partner_dir("shop", "failed").glob("long.csv*"))
    status, _, error = ctl_output(stage, "import", "resume", imported["id"])
    assert status == 1 and "is failed" in error


def wait_state(stage, import_id, state):
    return wait_until(lambda: (i := stage.ctl("import", "show", import_id))["state"] == state and i,
                      what=f"import {import_id} is {state}")


def test_an_import_is_undone_after_a_dry_run_and_taken_once_more(stage):
    ready(stage)
    imported = take(stage, "a.csv", orders.many(20))
    before = stage.sql.one("SELECT COUNT(*) FROM consent_event")

    dry = stage.ctl("import", "undo", imported["id"], "--dry-run")
    would = {c["what"]: c["n"] for c in dry["undone"]}
    assert dry["dry_run"] and not dry["cut"]
    assert (would["orders_removed"], would["customers_removed"]) == (20, 20)
    assert "Nothing was changed" in ctl_output(stage, "import", "undo", imported["id"], "--dry-run")[1]
    assert stage.ctl("import", "show", imported["id"])["state"] == "done"
    assert stage.sql.one("SELECT COUNT(*) FROM customer_order") == 20
    assert stage.sql.one("SELECT COUNT(*) FROM consent_event") == before
    assert stage.ctl("consent", "verify")["intact"] is True

    stage.ctl("import", "undo", imported["id"])
    undone = wait_state(stage, imported["id"], "undone")
    assert {c["what"]: c["n"] for c in undone["undone"]} == would, "the dry run said otherwise"
    assert stage.sql.one("SELECT COUNT(*) FROM customer_order") == 0
    assert stage.ctl("consent", "verify")["intact"] is True

    stage.ctl("import", "replay", imported["id"])
    again = wait_state(stage, imported["id"], "done")
    assert again["rows_taken"] == 20
    assert stage.sql.one("SELECT COUNT(*) FROM customer_order") == 20
    assert stage.sql.counts("SELECT verb, COUNT(*) FROM audit_entry WHERE subject = 'import'"
                            " GROUP BY verb") == {"undo": 1, "replay": 1}


def test_a_cancelled_import_can_be_taken_once_more(stage):
    imported = slow_import(stage, 400)
    stage.ctl("import", "cancel", imported["id"])
    wait_state(stage, imported["id"], "failed")
    wait_until(lambda: list(stage.partner_dir("shop", "failed").glob("long.csv*")),
               what="the file is in failed/")
    stage.ctl("import", "replay", imported["id"])
    again = wait_state(stage, imported["id"], "done")
    assert again["rows_taken"] + again["rows_unchanged"] == 400
    assert stage.sql.one("SELECT COUNT(*) FROM customer_order") == 400
