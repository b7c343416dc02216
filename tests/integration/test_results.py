"""The life of a campaign beyond sending: two texts and a winner, a second person, a group held out."""

import csv
import io

import orders
import pytest
from harness import Ctl, wait_until
from scenes import ready, take

PEOPLE = 12000
A = "Bonjour {{first_name}}, offre A. STOP au 36000"
B = "Bonjour {{first_name}}, offre B. STOP au 36000"


def variant(carrier, letter):
    """The numbers that were sent that text."""
    return [line[2] for line in carrier.accepted() if f"offre {letter}" in line[3]]


def wait_state(stage, name, state):
    wait_until(lambda: stage.campaign(name)["state"] == state, what=lambda: f"{name} is {state}: "
               f"{stage.campaign(name)}")


def test_the_text_with_more_answers_goes_to_the_rest_though_relaisd_is_killed(stage):
    carrier = ready(stage, settings="window = 100")
    take(stage, "a.csv", orders.many(PEOPLE))
    stage.create_campaign("sale", "all", A, "--variant-b", B, "--test-share", "10%",
                          "--test-hours", 2, "--hold-out", "5%")
    preview = stage.preview("sale")
    assert [t["text"] for t in preview["texts"]] == ["A", "B"]
    assert preview["excluded"]["hold_out"] == PEOPLE // 20
    stage.start_campaign("sale")
    wait_until(lambda: stage.campaign("sale")["test_until"], what="the test's texts have left")
    assert stage.campaign("sale")["state"] == "testing"
    tried = variant(carrier, "A"), variant(carrier, "B")
    assert abs(len(tried[0]) + len(tried[1]) - PEOPLE * 0.95 * 0.1) < PEOPLE * 0.02
    for number in tried[1][:40]:
        carrier.send(number[1:], "36000", "oui")
    for number in tried[0][:5]:
        carrier.send(number[1:], "36000", "oui")
    wait_until(lambda: stage.ctl("campaign", "results", "sale")["replied"] == 45,
               what="the answers are taken")
    assert stage.ctl("campaign", "results", "sale")["waiting"] > PEOPLE * 0.8

    # Two hours later; and killed while the rest is being expanded, and once more.
    assert stage.relaisd.stop() == 0
    stage.environment["RELAIS_CLOCK_SHIFT"] = "7300"
    stage.start()
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM message") > len(tried[0]) + len(tried[1]),
               every=0.005, what="the rest is being expanded")
    stage.kill()
    stage.start()
    wait_until(lambda: stage.campaign("sale")["state"] in ("sending", "done"), what="it is expanded")
    stage.kill()
    stage.start()
    stage.wait_campaign("sale")

    status = stage.campaign("sale")
    assert status["winner"] == "B" and status["winner_by"] == "relaisd"
    assert "hardly chance" in status["winner_why"]
    got = carrier.destinations()
    assert len(got) == len(set(got)), "somebody got it twice"
    assert variant(carrier, "A") == tried[0], "the rest got the text that lost"
    held_out = {row[0] for row in stage.sql.rows(
        "SELECT p.address FROM campaign_exclusion x JOIN contact_point p USING (customer_id)"
        " WHERE x.reason = 'hold_out'")}
    everybody = {orders.phone(i) for i in range(1, PEOPLE + 1)}
    unknown = {row[0] for row in stage.sql.rows(
        "SELECT address FROM message WHERE state = 'unknown'")}
    assert not held_out & set(got), "somebody of those held out got it"
    assert everybody == set(got) | held_out | unknown, "somebody was forgotten"
    assert stage.sql.one("SELECT COUNT(*) FROM audit_entry WHERE verb = 'winner'") == 1

    results = stage.ctl("campaign", "results", "sale")
    assert results["waiting"] == 0
    assert results["audience"] == PEOPLE == results["messages"] + len(held_out)
    assert results["hold_out"]["customers"] == len(held_out)
    assert results["hold_out"]["could_be_chance"]
    rows = {row["text"]: row for row in results["rows"]}
    assert rows["A"]["messages"] == len(tried[0]) and rows["A"]["replied"] == 5
    assert rows["B"]["replied"] == 40
    assert rows["all"]["messages"] == rows["A"]["messages"] + rows["B"]["messages"]


@pytest.fixture
def two_people(stage):
    """Marie creates and starts, Pierre approves; each has a token."""
    for name in ("marie", "pierre", "luc"):
        path = stage.dir / f"{name}.token"
        path.write_text(f"the-token-of-{name}-is-this\n")
        path.chmod(0o600)
    stage.settings = "\n".join([
        "campaign {\n    approval_above = 20\n}",
        *(f'user "{name}" {{\n    token_file = "{stage.dir}/{name}.token"\n    may = {{ "{may}" }}\n}}'
          for name, may in (("marie", "write"), ("pierre", "approve"), ("luc", "read")))]) + "\n"
    return lambda name, *args: stage.ctl("--token-file", stage.dir / f"{name}.token", *args)


def refused(call, *args):
    with pytest.raises(Ctl) as no:
        call(*args)
    return no.value.error


def test_a_large_campaign_is_approved_by_a_second_person(stage, two_people):
    carrier = ready(stage)
    take(stage, "a.csv", orders.many(30))
    assert "luc may not do this: it needs the right to write" in refused(
        two_people, "luc", "campaign", "create", "sale", "--text", A)
    two_people("marie", "campaign", "create", "sale", "--text", A)
    assert two_people("luc", "campaign", "list")["campaigns"][0]["name"] == "sale"
    answer = two_people("marie", "campaign", "start", "sale")
    assert answer["state"] == "waiting approval" and "needs approval" in answer["said"]
    assert "it needs the right to approve" in refused(two_people, "marie", "campaign", "approve",
                                                      "sale")
    assert stage.ctl("campaign", "status", "sale")["approval"]["recipients"] == 30
    two_people("pierre", "campaign", "refuse", "sale", "--why", "prix faux")
    assert stage.campaign("sale")["approval"]["why"] == "prix faux"
    assert carrier.accepted() == []

    two_people("marie", "campaign", "start", "sale")
    take(stage, "b.csv", orders.many(10, start=31))
    assert "grown from 30 to 40 recipients" in refused(two_people, "pierre", "campaign", "approve",
                                                       "sale")
    assert two_people("pierre", "campaign", "approve", "sale")["state"] == "expanding"
    stage.wait_campaign("sale")
    assert len(carrier.destinations()) == 40
    assert stage.sql.rows("SELECT who, verb FROM audit_entry WHERE subject = 'campaign' ORDER BY id") \
        == [("marie", "ask approval"), ("pierre", "refuse"), ("marie", "ask approval"),
            ("pierre", "ask approval"), ("pierre", "approve")]


def test_who_created_it_may_not_approve_it_and_a_small_one_needs_nobody(stage, two_people):
    carrier = ready(stage)
    take(stage, "a.csv", orders.many(30))
    stage.ctl("campaign", "create", "sale", "--text", A)
    two_people("marie", "campaign", "start", "sale")
    assert "created by token holder: somebody else" in refused(stage.ctl, "campaign", "approve",
                                                               "sale")
    stage.ctl("campaign", "create", "small", "--text", B, "--audience", "all", "--hold-out", "50%")
    assert stage.ctl("campaign", "start", "small")["state"] == "expanding"
    stage.wait_campaign("small")
    assert variant(carrier, "A") == []
    results = stage.ctl("campaign", "results", "small")
    assert len(variant(carrier, "B")) == results["sent"] == 30 - results["excluded"]["hold_out"]


def test_nobody_is_let_in_by_a_wrong_token(stage, two_people):
    ready(stage)
    (stage.dir / "luc.token").write_text("the-token-of-luc-was-this\n")
    assert "the token is missing or wrong" in refused(two_people, "luc", "campaign", "list")
    assert "luc may not" not in refused(two_people, "luc", "smsc", "stop", "orange")
    assert "it needs the right to admin" in refused(two_people, "marie", "smsc", "stop", "orange")


def test_a_test_mail_to_whatever_address_is_for_those_who_may_admin(stage, two_people):
    ready(stage)
    assert "it needs the right to admin" in refused(two_people, "marie", "mail", "test",
                                                    "bob@partner.example")
    assert stage.sql.one("SELECT COUNT(*) FROM mail_out") == 0
    stage.ctl("mail", "test", "bob@partner.example")


def test_an_approval_that_nobody_could_give_is_a_fault_of_the_configuration(stage):
    stage.settings = "campaign {\n    approval_above = 20\n}\n"
    relaisd = stage.start(ready=False)
    assert relaisd.wait_exit() == 78
    assert "expected 0, or a section user that may approve: nobody else could" in relaisd.said()


def test_results_are_drawn_listed_and_compared(stage):
    carrier = ready(stage)
    take(stage, "a.csv", orders.many(40))
    for name, text in (("one", A), ("two", B)):
        stage.create_campaign(name, "all", text)
        argv, done = stage.ctl_raw("campaign", "start", name, "--watch")
        assert done.returncode == 0 and "100.0 %  40 of 40" in done.stdout, (argv, done)
        stage.wait_campaign(name)
    carrier.send(orders.phone(7)[1:], "36000", "oui")
    carrier.send(orders.phone(8)[1:], "36000", "STOP")
    wait_until(lambda: stage.ctl("campaign", "results", "two")["opted_out"] == 1, what="the STOP")
    take(stage, "b.csv", orders.orders_csv(orders.row(i, order=f"N{i}") for i in range(1, 6)))

    _, shown = stage.ctl_raw("campaign", "results", "two")
    assert "delivered" in shown.stdout and "5 of 5 customers within 7 days" in shown.stdout
    _, shown = stage.ctl_raw("campaign", "results", "two", "--csv")
    row = next(csv.DictReader(io.StringIO(shown.stdout)))
    assert (row["text"], row["sent"], row["replied"], row["opted_out"], row["orders"],
            row["revenue_cents"]) == ("all", "40", "1", "1", "5", "6250")
    compared = stage.ctl("campaign", "compare", "one", "two")["campaigns"]
    assert [c["name"] for c in compared] == ["one", "two"]
    assert [c["replied"] for c in compared] == [0, 1]
    _, shown = stage.ctl_raw("campaign", "compare", "one", "two")
    assert "1 (2.50 %)" in shown.stdout
    _, shown = stage.ctl_raw("campaign", "compare", "one", "two", "--csv")
    assert [r["name"] for r in csv.DictReader(io.StringIO(shown.stdout))] == ["one", "two"]

    _, listed = stage.ctl_raw("campaign", "recipients", "two", "--all", "--csv", "--watch")
    rows = list(csv.DictReader(io.StringIO(listed.stdout)))
    assert len(rows) == 40 and "100.0 %  40 of 40" in listed.stderr
    assert [r["to"] for r in rows if r["replied"] == "1"] == [orders.phone(7)]
    assert sum(int(r["orders"]) for r in rows) == 5
    assert {r["variant"] for r in rows} == {"A"}
