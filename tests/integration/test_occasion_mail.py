"""Occasions and the steps of plans by mail: a partner's file in, one mail or one SMS each, whatever
happens between."""

import urllib.request

import harness
import mail_scene
import orders
import pytest
import scenes
from harness import Stage, wait_until
from smtp_sink import Sink
from test_occasions import HEADER, in_days

PROFILE = orders.PROFILE.replace('field "consent_wording"', """
field "email"           { column = { "email" } }
field "consent_email"   { column = { "by_mail" } }
field "status"          { column = { "status" } }
field "window_from"     { column = { "from" } }
field "window_to"       { column = { "to" } }
field "consent_wording\"""") + 'timezone = "Europe/Paris"\n'


@pytest.fixture
def house():
    sink = Sink()
    with Stage() as stage:
        stage.public_port = harness.free_port()
        stage.settings = mail_scene.settings(
            sink, around='mail_in {\n    domain = "in.shop.example"\n}\n'
            f'public {{\n    listen = "127.0.0.1:{stage.public_port}"\n'
            '    url = "https://r.example"\n}')
        stage.add_profile("shop", PROFILE)
        carrier = stage.add_carrier(settings="window = 50")
        stage.start()
        stage.ctl("template", "set", "annonce", "--channel", "email", "--kind", "informational",
                  "--subject", "Colis {{order_number}}", "--text",
                  "# Bonjour {{first_name}}\n\nLe {{delivery_date}}, **{{delivery_window}}**.")
        stage.ctl("template", "set", "bienvenue", "--channel", "email", "--subject",
                  "Bienvenue {{first_name}}", "--text", "# Bienvenue\n\n**-10 %** la prochaine fois.")
        yield stage, carrier, sink
    sink.stop()


def mail(i):
    return f"c{i}@example.com"


def a_file(numbers, by_mail="yes", by_sms="yes", has_mail=lambda i: True, status="planned"):
    rows = [f"{orders.row(i, consent=by_sms)};{status};{in_days(2)} 09:00;{in_days(2)} 11:00;"
            f"{mail(i) if has_mail(i) else ''};{by_mail if has_mail(i) else ''}" for i in numbers]
    return "\n".join([HEADER + ";email;by_mail", *rows]) + "\n"


def occasion(stage, name, kind, *options):
    stage.ctl("occasion", "set", name, "--kind", kind, *options)
    return stage.ctl("occasion", "on", name)


def addresses(sink):
    return sorted(m.recipients[0] for m in sink.taken)


def one(stage, what):
    return stage.sql.one("SELECT COUNT(*) FROM " + what)


def test_each_is_told_by_mail_or_else_by_sms(house):
    stage, carrier, sink = house
    occasion(stage, "announce", "delivery_announced", "--channel", "email,sms", "--text",
             "Colis {{order_number}}", "--mail-template", "annonce")
    scenes.take(stage, "a.csv", a_file(range(1, 7), by_mail="no", by_sms="no",
                                       has_mail=lambda i: i <= 4))
    wait_until(lambda: len(sink.taken) == 4 and len(carrier.accepted()) == 2,
               what=lambda: f"four mails, two SMS: {addresses(sink)} {carrier.accepted()}")
    assert addresses(sink) == [mail(i) for i in range(1, 5)]
    letter = sink.to(mail(3))[0].parsed()
    assert letter["Subject"] == "Colis O000003"
    assert "09:00-11:00" in letter.get_body(("html",)).get_content()
    assert "List-Unsubscribe" not in letter  # it promotes nothing
    assert letter["Reply-To"].startswith("r-")
    assert sorted(line[3] for line in carrier.accepted()) == ["Colis O000005", "Colis O000006"]

    shown = stage.ctl("occasion", "show", "announce")
    assert (shown["channel"], shown["mail_template"]) == ("email,sms", "annonce")
    log = stage.ctl_raw("--json", "occasion", "log", "announce", "--reason", "sent")[1].stdout
    assert log.count('"email"') == 4 and log.count('"sms"') == 2
    campaign = stage.campaign(stage.ctl("occasion", "results", "announce")["campaigns"][0]["id"])
    assert campaign["channel"] == "email,sms"
    assert campaign["by_channel"]["email"]["messages"] == 4
    assert campaign["by_channel"]["sms"]["messages"] == 2
    # Paris's calendar may be a day ahead of ours.
    days = [in_days(0), in_days(1)]
    trials = [stage.ctl("occasion", "try", "announce", "--day", day) for day in days]
    assert {c: sum(t["by_channel"][c] for t in trials) for c in ("sms", "email")} == {
        "sms": 2, "email": 4}
    rows = {row["subject"]: row for t in trials for row in t["rows"]}
    assert "Bonjour Camille" in rows["Colis O000001"]["text"]
    assert "**" not in rows["Colis O000001"]["text"] and "**" in rows["Colis O000001"]["source"]
    words = stage.ctl_raw("occasion", "show", "announce")[1].stdout
    assert "mail, or SMS where no mail may be sent" in words and "Colis {{order_number}}" in words


def test_a_button_ends_the_promotions_and_the_log_says_why_nothing_came(house):
    stage, carrier, sink = house
    occasion(stage, "welcome", "first_order", "--channel", "email", "--template", "bienvenue")
    scenes.take(stage, "a.csv", a_file([1, 2, 3], has_mail=lambda i: i != 3))
    wait_until(lambda: len(sink.taken) == 2, what="two were welcomed")
    letter = sink.to(mail(1))[0].parsed()
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = letter["List-Unsubscribe"].split("<https://r.example")[1].split(">")[0]
    request = urllib.request.Request(f"http://127.0.0.1:{stage.public_port}{link}",
                                     data=b"List-Unsubscribe=One-Click")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    wait_until(lambda: one(stage, "opt_out WHERE channel = 'email'") == 1, what="it is noted")

    stage.ctl("team", "set", "lyon", "--label", "Lyon", "--hours", "00:00-24:00")
    stage.ctl("plan", "set", "suite", "-", text="day 0: email\n  template bienvenue\n")
    stage.ctl("plan", "on", "suite")
    who = dict(stage.sql.rows("SELECT customer_number, customer_id FROM customer_ref"
                              " WHERE customer_number LIKE 'C%'"))
    for customer in who.values():
        stage.ctl("plan", "enrol", "suite", "--customer", customer)
    wait_until(lambda: one(stage, "contact_enrolment WHERE state = 'done'") == 3
               and one(stage, "occasion_event") == 0 and len(sink.taken) == 3, what="all are through")
    assert addresses(sink) == [mail(1), mail(2), mail(2)]
    whys = {number: stage.ctl("plan", "customer", customer)["plans"][0]["steps"][0]
            for number, customer in who.items()}
    assert whys["C000001"]["reason"] in ("opted_out", "withdrawn")
    assert whys["C000002"]["message_id"] and whys["C000003"]["reason"] == "no_contact_point"
    assert not carrier.accepted()


def test_kill_9_at_any_time_makes_nobody_two_mails_and_forgets_nobody(house):
    people, kills = 1000, (0.1, 0.3, 0.5, 0.7, 0.9)
    stage, carrier, sink = house
    occasion(stage, "welcome", "first_order", "--channel", "sms,email", "--text",
             "Bienvenue {{order_number}}", "--mail-template", "bienvenue")
    stage.ctl("team", "set", "lyon", "--label", "Lyon", "--hours", "00:00-24:00")
    stage.ctl("plan", "set", "suite", "-",
              text="enrol new customers\nday 0: email\n  template bienvenue\n")
    stage.ctl("plan", "on", "suite")
    stage.drop("shop", "a.csv", a_file(range(1, people + 1), by_sms=""))
    for part in kills:
        wait_until(lambda: one(stage, "occasion_sent") >= 2 * people * part, every=0.005,
                   what=f"{part:.0%} are dealt with")
        stage.kill()
        stage.start()
    wait_until(lambda: one(stage, "occasion_sent WHERE message_id IS NOT NULL") == 2 * people
               and one(stage, "message WHERE state IN ('queued', 'submitting')") == 0,
               limit=120, what=lambda: f"all is sent, but {mail_scene.states(stage)}")
    assert one(stage, "message WHERE channel = 'email'") == one(stage, "message") == 2 * people
    ids = [m.message_id for m in sink.taken]
    assert len(ids) == len(set(ids)), "a mail was sent twice"
    each = [addresses(sink).count(address) for address in set(addresses(sink))]
    assert max(each) <= 2, "somebody had the mail of an occasion or of a step twice"
    unknown = one(stage, "message WHERE state = 'unknown'")
    assert 2 * people - len(ids) <= unknown <= 4 * len(kills)
    assert not carrier.accepted()
