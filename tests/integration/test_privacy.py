"""test_privacy.py - customers' data by files and by hand, numbers that are nobody's, and being forgotten:
the whole road, also with kill -9 in its middle."""

import html.parser
import json

import pytest

import orders
from harness import SANITIZED, Ctl, wait_until
from scenes import TEXT, promotions, ready, take

PERSON = orders.PROFILE + """
field "birth_date"       { column = { "born" } }
field "minor"            { column = { "minor" } }
field "do_not_contact"   { column = { "leave" } }
field "timezone"         { column = { "zone" } }
field "product_range"    { column = { "range" } }
field "field.shoe"       { column = { "shoe" } }
field "field.since"      { column = { "since" } }
"""
HOSTILE = """Ana"'><script>alert(1)</script>&amp;"""


def customer_id(stage, number):
    return stage.sql.one(f"SELECT customer_id FROM customer_ref WHERE customer_number = '{number}'")


def person_csv(*rows):
    header = orders.HEADER + ";born;minor;leave;zone;range;shoe;since"
    return "\n".join([header, *rows]) + "\n"


def test_what_a_file_says_of_a_person_is_kept_and_faults_are_named(stage):
    stage.add_profile("shop", PERSON)
    stage.start()
    assert stage.ctl("field", "set", "shoe", "--kind", "number")["created"]
    done = take(stage, "a.csv", person_csv(
        orders.row(1) + ";1990-05-06;no;yes;Indian/Reunion;tyres;39;",
        orders.row(2) + ";;;;;;;",
        orders.row(3) + ";;;;;;many;",
        orders.row(4) + ";;;;;;;2024-01-01",
        orders.row(5) + ";1990-13-06;;;;;;"))
    assert (done["rows_taken"], done["rows_refused"]) == (2, 3), done
    rejects = {r["row"]: r for r in stage.ctl("import", "rejects", done["id"])["rejects"]}
    assert (rejects[3]["field"], rejects[3]["value"]) == ("field.shoe", "many")
    assert "whole number" in rejects[3]["reason"]
    assert (rejects[4]["field"], rejects[4]["code"]) == ("field.since", "unknown_field")
    assert rejects[5]["field"] == "birth_date"
    assert stage.sql.rows(
        "SELECT birth_date, birthday, minor, do_not_contact, timezone, v.number, r.code"
        "  FROM customer c JOIN customer_field v ON v.customer_id = c.id"
        "  JOIN customer_order o ON o.customer_id = c.id"
        "  JOIN product_range r ON r.id = o.product_range_id") == [
            ("1990-05-06", "506", "0", "1", "Indian/Reunion", "39", "tyres")]
    # A "no" of a file lifts nothing, and the same rows again change nothing.
    again = take(stage, "b.csv", person_csv(orders.row(1) + ";;;no;;;40;", orders.row(2) + ";;;;;;;"))
    assert (again["rows_taken"], again["rows_unchanged"]) == (1, 1), again
    assert stage.sql.rows("SELECT do_not_contact, v.number, birth_date FROM customer c"
                          " JOIN customer_field v ON v.customer_id = c.id") == [("1", "40", "1990-05-06")]


def test_customers_are_added_changed_and_found_by_hand(stage):
    stage.start()
    stage.ctl("category", "set", "vip", "--label", "Best")
    stage.ctl("field", "set", "shoe", "--kind", "number")
    made = stage.ctl("customer", "add", "--last-name", "Roy", "--phone", "06 12 34 56 78", "--mail",
                     "Ana@Example.org", "--category", "vip", "--field", "shoe=39", "--birth-date", "1990-05-06")
    assert made["created"]
    again = stage.ctl("customer", "add", "--last-name", "Other", "--phone", "+33612345678")
    assert (again["created"], again["id"], again["found_by"]) == (False, made["id"], "phone")
    assert stage.ctl("customer", "add", "--mail", "Ana@example.org")["found_by"] == "mail"
    stage.ctl("customer", "set", made["id"], "--city", "Lyon", "--birth-date", "", "--field", "shoe=")
    assert stage.sql.rows(f"SELECT last_name, city, birth_date, sms_standing FROM customer WHERE id = {made['id']}"
                          ) == [("Roy", "Lyon", "NULL", "no_consent")]
    assert stage.sql.one("SELECT COUNT(*) FROM customer_field") == 0
    stage.ctl("customer", "flag", made["id"], "--do-not-contact", "yes", "--minor", "yes")
    assert stage.sql.rows("SELECT do_not_contact, minor FROM customer") == [("1", "1")]
    stage.ctl("customer", "flag", made["id"], "--do-not-contact", "no")
    assert stage.sql.rows("SELECT do_not_contact, minor FROM customer") == [("0", "1")]
    acts = [row[0] for row in stage.sql.rows("SELECT verb FROM audit_entry WHERE subject = 'customer' ORDER BY id")]
    assert acts == ["add", "set", "set", "set"]
    assert stage.ctl("category", "list")["categories"] == [{"code": "vip", "label": "Best", "used": 1}]


@pytest.mark.parametrize("body, field", [
    ({"phone": "12"}, "phone"), ({"mail": "nobody"}, "mail"), ({"last_name": "x", "category": "none"}, "category"),
    ({"last_name": "x", "source": "none"}, "source"), ({"last_name": "x", "birth_date": "2090-01-01"}, "birth_date"),
    ({"last_name": "x", "minor": "maybe"}, "minor"), ({"last_name": "x", "timezone": "Paris"}, "timezone"),
    ({"last_name": "x", "country": "France"}, "country"), ({"last_name": "x", "language": "french"}, "language"),
    ({"last_name": "x", "fields": {"none": "1"}}, "field.none"), ({"last_name": "x", "fields": 3}, "fields"),
    ({"last_name": "x" * 121}, "last_name"), ({"last_name": 7}, "last_name"), ({}, "phone")])
def test_bad_fields_are_refused_by_their_name(shared_stage, body, field):
    if not shared_stage.relaisd:
        shared_stage.start()
    status, answer = shared_stage.http("POST", "/v1/customers", body)
    assert status == 422, answer
    assert json.loads(answer)["field"] == field, answer
    assert shared_stage.sql.one("SELECT COUNT(*) FROM customer") == 0


# --- numbers that are nobody's ---

def test_an_unknown_number_is_suppressed_and_a_throttle_is_not(stage):
    carrier = ready(stage, 'undelivered = "100%"\nreceipt_delay = "50ms"\n')
    take(stage, "a.csv", orders.many(3))
    stage.create_campaign("one", "all", TEXT)
    stage.start_campaign("one")
    stage.wait_campaign("one")
    suppressed = "SELECT COUNT(*) FROM contact_point WHERE state = 'suppressed'"
    wait_until(lambda: stage.sql.one(suppressed) == 3, what="all three are suppressed")
    _, listed = stage.ctl_raw("suppression", "list", "--csv")
    assert [line.split(",")[0] for line in listed.stdout.splitlines()[1:]] == [orders.phone(i) for i in (1, 2, 3)]
    stage.create_campaign("two", "all", TEXT)
    assert stage.preview("two")["excluded"]["suppressed"] == 3
    take(stage, "b.csv", orders.many(3, city="Paris"))
    assert stage.sql.one(suppressed) == 3
    number = orders.phone(1)
    assert stage.ctl("suppression", "lift", number)["state"] == "valid"
    assert stage.sql.one(suppressed) == 2
    assert stage.sql.one("SELECT COUNT(*) FROM audit_entry WHERE verb = 'lift suppression'") == 1
    with pytest.raises(Ctl, match="is not suppressed"):
        stage.ctl("suppression", "lift", number)
    assert len(carrier.accepted()) == 3


def test_throttles_and_other_refusals_suppress_nobody(stage):
    ready(stage, 'throttle = 30\nrejected = "30%"\nexpired = "30%"\nreceipt_delay = "50ms"\n')
    take(stage, "a.csv", orders.many(60))
    stage.create_campaign("one", "all", TEXT)
    stage.start_campaign("one")
    stage.wait_campaign("one")
    by_state = stage.campaign("one")["by_state"]
    assert by_state["failed"] > 0 and by_state["expired"] > 0, by_state
    assert stage.sql.one("SELECT COUNT(*) FROM suppression") == 0


# --- being forgotten ---

def start_campaign_of(stage, people, scenario='response_delay = "60ms"\nreceipt_delay = "100ms"\n'):
    carrier = ready(stage, scenario, settings="window = 10")
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    return carrier


def test_who_is_erased_in_the_middle_of_a_campaign_is_not_written_to(stage):
    carrier = start_campaign_of(stage, 600)
    wait_until(lambda: carrier.stats()["accepted"] >= 20, what="the first ones are out")
    last = stage.sql.rows("SELECT m.customer_id, m.address FROM message m WHERE m.state = 'queued'"
                          " ORDER BY m.id DESC LIMIT 5")
    for who, _ in last:
        stage.ctl("customer", "erase", who, "--reason", "asked", "--yes")
    stage.wait_campaign("sale", limit=120)
    got = promotions(carrier)
    assert not {number for _, number in last} & set(got)
    assert len(got) == len(set(got)) == 595
    for who, number in last:
        wait_until(lambda w=who: stage.ctl("customer", "erasure", w)["state"] == "erased", what="it is done")
        assert stage.sql.rows(f"SELECT state, reason, text, LEFT(address, 1) FROM message WHERE customer_id = {who}"
                              ) == [("cancelled", "erased", "", "~")]
    assert stage.ctl("consent", "verify")["intact"]


def test_an_erasure_that_is_killed_goes_on(stage):
    ready(stage)
    take(stage, "a.csv", orders.many(2))
    who = customer_id(stage, "C000001")
    n = 20000
    stage.sql.rows(
        "INSERT INTO message (id, customer_id, channel, class, state, address, sender, text, encoding, parts,"
        f" created_at, expires_at) SELECT (90000000 << 20) + seq, {who}, 'sms', 'promo', 'delivered',"
        f" '{orders.phone(1)}', '36000', 'Bonjour Camille', 'gsm7', 1, NOW(), NOW() FROM seq_1_to_{n}")
    plan = stage.ctl("customer", "erase", who, "--reason", "asked")
    assert (plan["state"], plan["messages"]) == ("untouched", n)
    assert stage.sql.one(f"SELECT erased_at IS NULL FROM customer WHERE id = {who}") == 1
    stage.ctl("customer", "erase", who, "--reason", "asked", "--yes")
    wait_until(lambda: stage.ctl("customer", "erasure", who)["messages"] >= 500, every=0.001,
               what="the first page is done")
    stage.kill()
    stage.start()
    left = stage.sql.one("SELECT COUNT(*) FROM message WHERE text <> ''")
    done = wait_until(lambda: (p := stage.ctl("customer", "erasure", who))["state"] == "erased" and p,
                      what="it is done")
    assert done["messages"] == n
    assert left < n
    assert stage.sql.one("SELECT COUNT(*) FROM message WHERE text <> ''") == 0
    with pytest.raises(Ctl, match="erased already"):
        stage.ctl("customer", "erase", who, "--reason", "asked", "--yes")
    stage.relaisd.stop(30)


def test_an_objection_outlives_the_erasure_and_the_ledger_its_words(stage):
    carrier = ready(stage)
    take(stage, "a.csv", orders.many(2))
    who = customer_id(stage, "C000001")
    carrier.send(orders.phone(1).lstrip("+"), "36000", "STOP")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM opt_out") == 1, what="the STOP is known")
    assert stage.ctl("customer", "erase", who, "--reason", "asked")["objections_kept"] == 1
    stage.ctl("customer", "erase", who, "--reason", "asked", "--yes")
    wait_until(lambda: stage.ctl("customer", "erasure", who)["state"] == "erased", what="it is done")
    assert stage.sql.one("SELECT COUNT(*) FROM opt_out") == 0
    assert stage.sql.one(f"SELECT COUNT(*) FROM consent_event WHERE address = '{orders.phone(1)}'") == 0
    assert stage.ctl("consent", "verify")["intact"]
    # The same number comes again, from another customer of a partner.
    take(stage, "b.csv", orders.orders_csv([orders.row(77, number=orders.phone(1))]))
    assert stage.sql.one(f"SELECT COUNT(*) FROM opt_out WHERE address = '{orders.phone(1)}'") == 1
    assert stage.sql.one("SELECT sms_standing FROM customer WHERE id = "
                         f"{customer_id(stage, 'C000077')}") == "opted_out"
    refused = take(stage, "c.csv", orders.orders_csv([orders.row(1, city="Nice")]))
    assert refused["rows_refused"] == 1


def test_a_key_that_is_another_is_noticed_at_the_start(stage):
    ready(stage)
    take(stage, "a.csv", orders.many(1))
    stage.ctl("customer", "erase", customer_id(stage, "C000001"), "--reason", "x", "--yes")
    stage.relaisd.stop(30)
    key = stage.data / "pseudonym.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.unlink()
    stage.start(ready=False)
    stage.relaisd.wait_said("it is not the key that erased customers")
    assert stage.relaisd.wait_exit(30) != 0


# --- all that is known ---

class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs), attrs

    def handle_data(self, data):
        self.text.append(data)


def test_an_export_has_everything_and_no_name_can_break_it(stage):
    carrier = ready(stage)
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    take(stage, "a.csv", orders.orders_csv([orders.row(1, first_name=quoted, goods=quoted)]))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    stage.wait_campaign("sale")
    carrier.send(orders.phone(1).lstrip("+"), "36000", "</td><script>x</script>")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM inbound_message") == 1, what="the reply is here")
    who = customer_id(stage, "C000001")
    data = stage.ctl("customer", "export", who, "--format", "json")
    assert data["identity"][0]["first_name"] == HOSTILE
    assert data["contact_points"][0]["address"] == orders.phone(1)
    assert data["consents"][0]["wording"].startswith("J'accepte")
    assert data["orders"][0]["goods"] == HOSTILE
    assert data["messages"][0]["text"] == f"Bonjour {HOSTILE}, -20% samedi chez nous. STOP au 36000"
    assert data["messages"][0]["campaign"] == "sale"
    assert data["replies"][0]["text"] == "</td><script>x</script>"
    for lang, word in (("fr", "Vos données"), ("en", "Your data")):
        _, done = stage.ctl_raw("customer", "export", who, "--format", "html", "--lang", lang)
        page = Page()
        page.feed(done.stdout)
        text = "".join(page.text)
        assert page.tags == {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "tr", "th",
                             "td"}
        assert HOSTILE in text and "</td><script>x</script>" in text and word in text
    with pytest.raises(Ctl, match="expected json or html"):
        stage.ctl("customer", "export", who, "--format", "pdf")
    with pytest.raises(Ctl, match="no such customer"):
        stage.ctl("customer", "export", 999)


def test_an_export_of_many_messages_takes_no_more_memory(stage):
    ready(stage)
    take(stage, "a.csv", orders.many(1))
    who = customer_id(stage, "C000001")
    stage.ctl("customer", "export", who)
    before, n = stage.relaisd.peak_rss_mb(), 100000
    stage.sql.rows(
        "INSERT INTO message (id, customer_id, channel, class, state, address, sender, text, encoding, parts,"
        f" created_at, expires_at) SELECT (90000000 << 20) + seq, {who}, 'sms', 'promo', 'delivered',"
        f" '{orders.phone(1)}', '36000', REPEAT('Bonjour ', 20), 'gsm7', 1, NOW(), NOW() FROM seq_1_to_{n}")
    data = stage.ctl("customer", "export", who)
    assert len(data["messages"]) == n
    # The sanitizer's quarantine keeps what was freed; a plain build has the memory of a page of rows.
    assert stage.relaisd.peak_rss_mb() < before + (100 if SANITIZED else 8)
