"""test_doubles.py - one person known to several partners: found by their files, decided by a person, put
together and taken apart, with the real programs and with kill -9 in the middle."""

import json

import pytest

import orders
from harness import Ctl, wait_until
from scenes import promotions, take

MAIL = 'field "email" { column = { "mail" } }\nfield "company" { column = { "company" } }\n'
SHOP = orders.PROFILE + MAIL
MARKET = SHOP + 'match { rule = "same" }\n'


def line(number, first, last, phone, mail="", consent="", company="", order=None):
    row = orders.row(0, consent=consent, first_name=first, number=phone, order=order or f"O-{number}",
                     customer=number, last_name=last)
    return f"{row};{mail};{company}"


def people(*rows):
    return "\n".join([orders.HEADER + ";mail;company", *rows]) + "\n"


def customer_of(stage, partner, number):
    return stage.sql.one("SELECT customer_id FROM customer_ref r JOIN partner p ON p.id = r.partner_id"
                         f" WHERE p.code = '{partner}' AND customer_number = '{number}'")


def doubles(stage, **query):
    path = "/v1/customers/doubles" + "".join(f"{'&' if i else '?'}{k}={v}"
                                             for i, (k, v) in enumerate(query.items()))
    status, body = stage.http("GET", path)
    assert status == 200, body
    return json.loads(body)["doubles"]


def two_partners(stage):
    stage.add_profile("shop", SHOP)
    stage.add_profile("market", MARKET)
    stage.start()
    take(stage, "a.csv", people(
        line("S-1", "Hélène", "Roy", "0612345678", "helene@example.org", consent="yes"),
        line("S-2", "Paul", "Petit", "0612345679", consent="yes")))


def test_a_second_partners_file_finds_who_is_known(stage):
    two_partners(stage)
    done = take(stage, "b.csv", people(
        line("M-1", "HELENE", "ROY", "06 12 34 56 78", company="Roy SARL"),       # the same
        line("M-2", "Petit", "P.", "+33612345679"),                              # an initial, swapped
        line("M-3", "Anne", "Petit", "0612345679"),                              # the family
        line("M-4", "Luc", "Durand", "0612345670"),                              # nobody's
        line("M-5", "Luc", "DURAND", "0612345670", "luc@example.org")), "market")  # the one before
    assert (done["rows_taken"], done["rows_refused"]) == (5, 0), done
    for number, known in (("M-1", "S-1"), ("M-2", "S-2")):
        assert customer_of(stage, "market", number) == customer_of(stage, "shop", known)
    assert customer_of(stage, "market", "M-4") == customer_of(stage, "market", "M-5")
    assert stage.sql.one("SELECT COUNT(*) FROM customer") == 4
    # What is known stays, what is missing comes; orders add up.
    assert stage.sql.rows("SELECT first_name, company, order_count FROM customer WHERE id ="
                          f" {customer_of(stage, 'shop', 'S-1')}") == [("Hélène", "Roy SARL", "2")]
    # Anne is on the list.
    [pair] = doubles(stage)
    assert (pair["a_name"], pair["b_name"]) == ("Paul Petit", "Anne Petit")
    assert (pair["shared"], pair["likeness"]) == ("phone", "different")
    assert pair["reason"] == "the same last name, another first name"
    assert "1 pair of customers may be one person" in stage.ctl_raw("status")[1].stdout
    _, shown = stage.ctl_raw("customer", "doubles")
    assert "Anne Petit" in shown.stdout and "import" in shown.stdout
    # And goes from it for good.
    stage.ctl("customer", "different", pair["b"], pair["a"])
    assert doubles(stage) == []
    stage.ctl("customer", "doubles", "find")
    assert wait_until(lambda: (s := stage.ctl("customer", "doubles", "search"))["state"] == "done" and s)["found"] == 0
    assert doubles(stage) == []


def test_an_import_that_found_somebody_can_be_undone(stage):
    two_partners(stage)
    known = customer_of(stage, "shop", "S-1")
    before = stage.sql.rows(f"SELECT first_name, company, order_count, sms_standing FROM customer WHERE id = {known}")
    done = take(stage, "b.csv", people(
        line("M-1", "HELENE", "ROY", "0612345670", "helene@example.org", consent="no", company="Roy SARL")), "market")
    assert customer_of(stage, "market", "M-1") == known
    assert stage.sql.one(f"SELECT COUNT(*) FROM contact_point WHERE customer_id = {known}") == 3
    stage.ctl("import", "undo", done["id"])
    wait_until(lambda: stage.ctl("import", "show", done["id"])["state"] == "undone")
    assert stage.sql.one("SELECT COUNT(*) FROM customer_ref WHERE customer_number = 'M-1'") == 0
    assert stage.sql.one(f"SELECT COUNT(*) FROM contact_point WHERE customer_id = {known}") == 2
    [(name, company, orders_n, standing)] = stage.sql.rows(
        f"SELECT first_name, company, order_count, sms_standing FROM customer WHERE id = {known}")
    assert (name, company, orders_n) == before[0][:3]
    assert standing == "withdrawn"  # a refusal that was heard is not unheard


def test_a_profile_says_so_or_is_refused(stage):
    stage.add_profile("shop", SHOP)
    stage.add_profile("market", SHOP + 'match { by = { "phone", "fax" } }\n')
    stage.start()
    stage.relaisd.wait_said(r"match\.by: expected phone or email, got .*fax")
    take(stage, "a.csv", people(line("S-1", "Ana", "Roy", "0612345678"), line("S-2", "Ana", "Roy", "0612345678")))
    assert stage.sql.one("SELECT COUNT(*) FROM customer") == 2
    assert doubles(stage) == []


def test_a_search_finds_them_and_a_person_decides(stage):
    stage.add_profile("shop", SHOP)
    stage.start()
    take(stage, "a.csv", people(
        line("S-1", "Hélène", "Roy", "0612345678", consent="yes"),
        line("S-2", "H.", "Roy", "0612345678", "helene@example.org", consent="no")))
    a, b = (customer_of(stage, "shop", n) for n in ("S-1", "S-2"))
    assert stage.ctl("customer", "doubles", "search")["state"] == "never"
    stage.ctl("customer", "doubles", "find")
    wait_until(lambda: stage.ctl("customer", "doubles", "search")["state"] == "done")
    [pair] = doubles(stage, score=80)
    assert {pair["a"], pair["b"]} == {a, b}
    assert doubles(stage, score=90) == []

    look = stage.ctl("customer", "same", a, b, "--dry-run")
    assert (look["state"], look["orders"], look["contact_points"]) == ("untouched", 1, 2), look
    assert look["consents"] == [{"channel": "sms", "purpose": "promo", "keep": "granted",
                                 "gone": "withdrawn", "after": "withdrawn"}]
    assert stage.sql.one("SELECT COUNT(*) FROM customer") == 2
    assert stage.ctl("customer", "same", "shop:S-1", "shop:S-2")["state"] == "same"
    # By either number and either id, it is one dossier.
    for who in (a, b, "shop:S-1", "shop:S-2"):
        entries = stage.ctl("customer", "show", who)["dossier"]
        assert sum(e["kind"] == "order" for e in entries) == 2, entries
        assert sum(e["kind"] == "consent" for e in entries) == 3, entries
    assert stage.ctl("consent", "verify")["intact"]
    [consent] = [c for c in stage.ctl("consent", "show", a)["now"] if c["channel"] == "sms"]
    assert consent["state"] == "withdrawn", consent
    assert doubles(stage) == []
    assert doubles(stage, state="same")[0]["decided_by"]

    # What is said by the old id is said of her.
    stage.ctl("consent", "withdraw", b, "--channel", "email", "--wording", "non")
    assert stage.sql.one(f"SELECT COUNT(*) FROM consent_event WHERE customer_id = {a} AND channel = 'email'") == 1

    # The partner's next file is still about her, and lifts nothing.
    take(stage, "b.csv", people(line("S-2", "Hélène", "ROY", "0612345678", "helene@example.org", consent="yes",
                                     order="O-9")))
    assert stage.sql.rows("SELECT id, order_count, sms_standing FROM customer") == [(str(a), "3", "withdrawn")]

    with pytest.raises(Ctl, match="expected two customers"):
        stage.ctl("customer", "same", a, a)
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM customer_merged WHERE step = 'moving'") == 0)
    assert stage.ctl("customer", "not-same", b)["from"] == a
    assert stage.sql.one("SELECT COUNT(*) FROM customer") == 2
    assert doubles(stage, state="different")[0]["b"] == max(a, b)
    with pytest.raises(Ctl, match="was not put together"):
        stage.ctl("customer", "not-same", b)


def test_two_who_become_one_get_a_campaign_once(stage):
    stage.add_profile("shop", SHOP)
    stage.start()  # no carrier yet: what is queued stays queued
    take(stage, "a.csv", people(
        line("S-1", "Hélène", "Roy", "0612345678", consent="yes"),
        line("S-2", "Hélène", "Roy", "0612345679", consent="yes"),
        line("S-3", "Luc", "Petit", "0612345670", consent="yes")))
    stage.create_campaign("k", "all", "Bonjour. STOP au 36000")
    stage.ctl("campaign", "start", "k")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM message") == 3)
    wait_until(lambda: stage.campaign("k")["state"] == "sending")
    a, b = (customer_of(stage, "shop", n) for n in ("S-1", "S-2"))
    stage.ctl("customer", "same", a, b)
    stage.relaisd.stop()
    carrier = stage.add_carrier()
    stage.start()
    stage.wait_campaign("k")
    assert sorted(promotions(carrier)) == ["+33612345670", "+33612345678"]
    [gone] = [m for m in stage.ctl("customer", "show", a)["dossier"]
              if m["kind"] == "message" and m["details"]["state"] == "cancelled"]
    assert (gone["details"]["reason"], gone["details"]["address"]) == ("same_person", "+33612345679"), gone

def test_a_kill_in_the_middle_of_a_merge_loses_and_doubles_nothing(stage):
    n = 6000
    stage.add_profile("shop", SHOP)
    stage.start()
    take(stage, "a.csv", people(line("S-1", "Ana", "Roy", "0612345678"), line("S-2", "Ana", "Roy", "0612345678")))
    a, b = (customer_of(stage, "shop", number) for number in ("S-1", "S-2"))
    stage.sql.run(
        "INSERT INTO customer_order (id, partner_id, order_number, customer_id, collect_cents, ordered_at,"
        " import_id, import_row, content_hash)"
        f" SELECT 100000 + seq, 1, CONCAT('X', seq), {b}, 1, NOW(), 1, 1, REPEAT('x', 16) FROM seq_1_to_{n}")
    stage.sql.run(
        "INSERT INTO message (id, customer_id, channel, class, state, address, sender, text, encoding, parts,"
        f" created_at, expires_at) SELECT 100000 + seq, {b}, 'sms', 'service', 'delivered', '+33612345678',"
        f" '38000', 'x', 'gsm7', 1, NOW(), NOW() FROM seq_1_to_{n}")
    stage.ctl("customer", "same", a, b)
    for _ in range(3):
        stage.kill()
        stage.start()
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM customer_merged WHERE step = 'waiting'") == 1)
    assert stage.sql.rows("SELECT id, order_count FROM customer") == [(str(a), str(n + 2))]
    for table in ("customer_order", "message"):
        assert stage.sql.rows(f"SELECT customer_id, COUNT(*) FROM {table} GROUP BY 1") == [
            (str(a), str(n + 2 * (table == "customer_order")))]
    # Taken apart, all is where it was.
    stage.ctl("customer", "not-same", b)
    assert stage.sql.rows("SELECT id, order_count FROM customer ORDER BY id") == sorted(
        [(str(a), "1"), (str(b), str(n + 1))], key=lambda r: int(r[0]))
    assert stage.sql.rows("SELECT customer_id, COUNT(*) FROM message GROUP BY 1") == [(str(b), str(n))]
