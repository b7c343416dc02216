"""A partner's files by mail: from the attachment to the receipt, who may send them, and what a person
decides about the others. And what is attached to a customer's mail, in their dossier."""

import base64
import json

import pytest

import orders
from harness import Ctl, Stage, wait_until
from lmtp_client import AUTHORITY, CONTACT, DOMAIN, Lmtp, mail, vouched
from test_mail_in import ANNE, settings

EDI = "edi@partner.example"
SHOP = f"import-shop@{DOMAIN}"
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 40


@pytest.fixture(scope="module")
def house():
    with Stage() as stage:
        stage.settings = settings().replace("SOCKET", str(stage.dir / "lmtp.sock"))
        stage.add_profile("shop", f'mail_from = {{ "{EDI}", "@sure.example" }}\n{orders.PROFILE}')
        stage.add_profile("other", orders.PROFILE)
        stage.start()
        with Lmtp(stage.dir / "lmtp.sock") as mta:
            yield stage, mta


def with_files(*files, sender=EDI, to=SHOP, **headers):
    """A mail with files: (name, type, bytes)."""
    parts = "".join(
        f'--b\nContent-Type: {kind}\nContent-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(data).decode()}\n"
        for name, kind, data in files)
    text = f"--b\nContent-Type: text/plain\n\nvoici\n\n{parts}--b--\n"
    return mail(text, sender=sender, to=to,
                Content_Type='multipart/mixed; boundary="b"', **headers)


def csv(first, n=2):
    return orders.orders_csv(orders.row(i) for i in range(first, first + n)).encode()


def newest(stage):
    return stage.ctl("mail", "in", "list", "--limit", 1)["mails"][0]


def orders_of(stage, first):
    return stage.sql.one(f"SELECT COUNT(*) FROM customer_order WHERE order_number = 'O{first:06d}'")


def test_a_file_that_a_partner_sends_is_taken_as_if_it_had_been_dropped(house):
    stage, mta = house
    data = with_files(("orders.csv", "text/csv", csv(100)), ("more.csv", "text/csv", csv(110)),
                      **vouched(EDI))
    assert mta.deliver(EDI, [SHOP], data) == [250]
    wait_until(lambda: orders_of(stage, 100) and orders_of(stage, 110), what="both files are applied")
    shown = stage.ctl("mail", "in", "show", newest(stage)["id"])
    assert [(f["name"], f["state"]) for f in shown["files"]] == [("orders.csv", "placed"),
                                                                ("more.csv", "placed")]
    assert mta.deliver(EDI, [SHOP], data) == [250]
    assert stage.sql.one("SELECT COUNT(*) FROM mail_file") == 2


def test_a_whole_domain_may_be_named(house):
    stage, mta = house
    sender = "anybody@sure.example"
    assert mta.deliver(sender, [SHOP], with_files(("sure.csv", "text/csv", csv(120)), sender=sender,
                                                  **vouched(sender))) == [250]
    wait_until(lambda: orders_of(stage, 120), what="the file is applied")


@pytest.mark.parametrize("sender, proof, why", [
    (EDI, False, "unproved"), ("else@partner.example", True, "not_allowed")])
def test_a_file_of_somebody_else_waits_for_a_person(house, sender, proof, why):
    stage, mta = house
    first = 200 if proof else 210
    data = with_files((f"{why}.csv", "text/csv", csv(first)), sender=sender,
                      **(vouched(sender) if proof else {}))
    assert mta.deliver(sender, [SHOP], data) == [250]
    item = stage.ctl("mail", "review", "list")["mails"][0]
    assert (item["review"], item["kind"]) == (why, "import")
    assert not stage.ctl("mail", "in", "show", item["id"])["files"]
    stage.ctl("mail", "review", "take", item["id"])
    wait_until(lambda: orders_of(stage, first), what="the file is applied")
    with pytest.raises(Ctl, match="decided about it already"):
        stage.ctl("mail", "review", "take", item["id"])


def test_mail_for_a_partner_without_mail_from_is_put_off_and_for_nobody_refused(house):
    _, mta = house
    for address, answer in ((f"import-other@{DOMAIN}", "450"), (f"import-nobody@{DOMAIN}", "550")):
        mta.command(f"MAIL FROM:<{EDI}>")
        with pytest.raises(Exception, match=answer):
            mta.command(f"RCPT TO:<{address}>")
        mta.command("RSET")


def test_what_is_attached_is_in_the_dossier_as_it_was(house, tmp_path):
    stage, mta = house
    customer = stage.sql.one("SELECT MIN(id) FROM customer")
    stage.sql.run("INSERT INTO contact_point (customer_id, channel, address, created_at)"
                  f" VALUES ({customer}, 'email', '{ANNE}', NOW())")
    data = with_files(("facture.pdf", "application/pdf", PDF), ("photo.png", "image/png", PDF),
                      ("outil.exe", "application/octet-stream", b"MZ" + bytes(200)),
                      sender=ANNE, to=CONTACT)
    assert mta.deliver(ANNE, [CONTACT], data) == [250]
    shown = stage.ctl("mail", "in", "show", newest(stage)["id"])
    pdf, liar, program = shown["documents"]
    assert (pdf["type"], pdf["lies"], pdf["bytes"]) == ("application/pdf", False, len(PDF))
    assert liar["lies"] and liar["document_id"] == pdf["document_id"]
    assert (program["document_id"], program["not_kept"]) == (None, "program")
    target = tmp_path / "facture.pdf"
    stage.ctl("document", "save", pdf["document_id"], target)
    assert target.read_bytes() == PDF
    source = tmp_path / "mail.eml"
    stage.ctl("mail", "in", "source", shown["id"], source)
    assert source.read_bytes() == data
    entries = [e for e in stage.ctl("customer", "show", customer)["dossier"]
               if e["kind"] == "document"]
    assert {e["title"] for e in entries} == {"facture.pdf", "photo.png", "outil.exe"}


def test_a_saved_document_never_takes_the_place_of_a_file(house, tmp_path):
    stage, _ = house
    target = tmp_path / "there"
    target.write_text("mine")
    with pytest.raises(Ctl, match="exists"):
        stage.ctl("document", "save", 1, target)
    with pytest.raises(Ctl, match="no such"):
        stage.ctl("document", "save", 99999, tmp_path / "new")
    assert target.read_text() == "mine" and not (tmp_path / "new").exists()


def test_a_stranger_is_assigned_and_known_from_then_on(house):
    stage, mta = house
    customer = stage.sql.one("SELECT MAX(id) FROM customer")
    zoe = "zoe@stranger.example"
    assert mta.deliver(zoe, [CONTACT], mail("bonjour", sender=zoe)) == [250]
    item = stage.ctl("mail", "review", "list")["mails"][0]
    assert (item["review"], item["from"]) == ("unknown_sender", zoe)
    answer = stage.ctl("mail", "review", "assign", item["id"], customer)
    assert answer["address_added"] and answer["mails"] == 1
    assert mta.deliver(zoe, [CONTACT], mail("encore", sender=zoe)) == [250]
    inbound = stage.ctl("inbound", "list", "--channel", "email", "--from", zoe)["inbound"]
    assert [(m["text"], m["customer_id"], m["subject"]) for m in inbound] == [
        ("encore", customer, "Bonjour"), ("bonjour", customer, "Bonjour")]
    assert not stage.ctl("mail", "review", "list")["mails"]


def test_a_file_that_is_not_kept_is_told_beside_those_that_are(house):
    stage, mta = house
    data = with_files(("kept.csv", "text/csv", csv(400)),
                      ("tool.exe", "application/octet-stream", b"MZ" + bytes(200)), **vouched(EDI))
    assert mta.deliver(EDI, [SHOP], data) == [250]
    wait_until(lambda: orders_of(stage, 400), what="the other file is applied")
    item = stage.ctl("mail", "review", "list")["mails"][0]
    assert (item["review"], item["outcome"]) == ("not_kept", "files")
    stage.ctl("mail", "review", "dismiss", item["id"])


def test_a_file_whose_name_is_taken_waits_until_the_other_is_gone(house):
    """And a crash between the file and its row harms nothing: the content is known."""
    stage, mta = house
    aside = stage.partner_dir("shop", "in") / "busy.csv"
    with aside.open("wb") as held:  # somebody has it open for writing: it is not taken
        held.write(b"unfinished")
        held.flush()
        assert mta.deliver(EDI, [SHOP], with_files(("busy.csv", "text/csv", csv(300)),
                                                   **vouched(EDI))) == [250]
        wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM mail_file WHERE name = 'busy.csv'"
                                         " AND reason LIKE '%another file%'"), what="it waits")
        aside.unlink()
    stage.kill()
    stage.start()
    wait_until(lambda: orders_of(stage, 300), what="the file is applied")
    reviews = json.loads(stage.http("GET", "/v1/mails/reviews")[1])
    assert (reviews["mails"], reviews["open"], reviews["oldest"]) == ([], 0, None)


def test_a_file_on_the_review_list_is_taken_while_no_mail_is(house):
    """mail_in was switched off since: what waits for a person is still theirs to decide."""
    stage, _ = house
    with Lmtp(stage.dir / "lmtp.sock") as mta:
        assert mta.deliver(EDI, [SHOP], with_files(("late.csv", "text/csv", csv(500)))) == [250]
    item = stage.ctl("mail", "review", "list")["mails"][0]
    stage.relaisd.stop()
    stage.settings = ""
    stage.start()
    stage.ctl("mail", "review", "take", item["id"])
    wait_until(lambda: orders_of(stage, 500), what="the file is applied")
