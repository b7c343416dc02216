"""Somebody of the house answers a reminder: by SMS from the handset, by mail to the address that the
reminder came with, by a button of its page. What was said stands, once, and is confirmed."""

import base64
import hashlib
import html
import http.client
import re
import signal
import urllib.parse

import pytest

import orders
from harness import Stage, free_port, wait_until
from lmtp_client import AUTHORITY, DOMAIN, Lmtp, mail, token
from smtp_sink import Sink

ANNA, BRUNO, CARLA = orders.phone(11), orders.phone(12), orders.phone(13)
OURS = "38012"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def running():
    sink = Sink()
    with Stage() as s:
        s.port, s.sink = free_port(), sink
        s.settings = (
            f'public {{\n    listen = "127.0.0.1:{s.port}"\n    url = "https://r.test"\n}}\n'
            f'mail {{\n    relay = {{ "127.0.0.1:{sink.port}" }}\n    from = "relais@shop.example"\n'
            f'    tls = off\n}}\n'
            f'mail_in {{\n    listen = {{ "unix:{s.dir}/lmtp.sock" }}\n    domain = "{DOMAIN}"\n'
            f'    contact = {{ "contact@shop.example" }}\n    authserv_id = "{AUTHORITY}"\n}}\n')
        s.smsc = s.add_carrier()
        s.start()
        s.mta = Lmtp(s.dir / "lmtp.sock")
        yield s
    sink.stop()


@pytest.fixture
def house(running, request):
    """Anna has contacts 1234 (Dupont) and 1235 (Martin), and was told of both in notice 501, by SMS
    and by mail; 1236 is Bruno's; alert 17 is open."""
    for table in ("staff_answer", "contact_result", "contact_task", "matter", "matter_event", "matter_step",
                  "notice_matter", "notice", "staff", "team", "alert", "customer", "contact_point",
                  "mail_out", "mail_in", "inbound_message"):
        running.sql.run(f"DELETE FROM {table}")
    running.sql.run(
        "INSERT INTO escalation_policy (id, name, rules, created_at, updated_at)"
        " VALUES (1, 'usual', '', NOW(), NOW()) ON DUPLICATE KEY UPDATE id = id;"
        "INSERT INTO team (id, code, label, policy_id, created_at, updated_at)"
        " VALUES (1, 'north', 'North', 1, NOW(), NOW());"
        "INSERT INTO staff (id, login, name, role, team_id, manager_id, phone, mail, language,"
        " created_at, updated_at)"
        f" VALUES (1, 'anna', 'Anna A', 'employee', 1, 3, '{ANNA}', 'anna@shop.example', 'fr', NOW(), NOW()),"
        f" (2, 'bruno', 'Bruno B', 'employee', 1, 3, '{BRUNO}', NULL, 'en', NOW(), NOW()),"
        f" (3, 'carla', 'Carla C', 'manager', 1, NULL, '{CARLA}', NULL, 'fr', NOW(), NOW());"
        "INSERT INTO customer (id, last_name, created_at, updated_at)"
        " VALUES (1, 'Dupont', NOW(), NOW()), (2, 'Martin', NOW(), NOW()), (3, '<b>X</b>', NOW(), NOW());"
        "INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, day, due_at, title,"
        " created_at, created_by)"
        " VALUES (1234, 1, 1, 1, 'manager', CURDATE(), UTC_TIMESTAMP(), 'Appeler', NOW(), 'carla'),"
        " (1235, 2, 1, 1, 'manager', CURDATE(), UTC_TIMESTAMP(), 'Appeler', NOW(), 'carla'),"
        " (1236, 3, 1, 2, 'manager', CURDATE(), UTC_TIMESTAMP(), 'Appeler', NOW(), 'carla');"
        "INSERT INTO matter (kind, subject_id, policy_id, team_id, staff_id, opened_at, base_at)"
        " SELECT 'task', id, 1, 1, staff_id, UTC_TIMESTAMP(), UTC_TIMESTAMP() FROM contact_task;"
        "INSERT INTO alert (id, kind, subject, text, opened_at)"
        " VALUES (17, 'file_missing', 'acme orders', 'It did not come.', UTC_TIMESTAMP());"
        "INSERT INTO notice (id, staff_id, channel, sent_as, at)"
        " VALUES (501, 1, 'sms', 1, UTC_TIMESTAMP()), (502, 2, 'email', 1, UTC_TIMESTAMP());"
        "INSERT IGNORE INTO message_event (id, message_id, part, kind, at)"
        " VALUES (1, 1, 0, 'accepted', UTC_TIMESTAMP());"
        "INSERT INTO notice_matter (notice_id, kind, subject_id)"
        " VALUES (501, 'task', 1234), (501, 'task', 1235), (502, 'task', 1236);")
    running.sink.forget()
    yield running
    if getattr(request.node, "failed", False):
        print(running.report())


def results(house):
    """[(task, outcome, via, who, note)] in their order."""
    return [tuple(row) for row in house.sql.rows(
        "SELECT r.task_id, o.code, r.via, r.who, r.note FROM contact_result r"
        " JOIN contact_outcome o ON o.id = r.outcome_id ORDER BY r.id")]


def answers_to(house, phone):
    return [line[3] for line in house.smsc.accepted() if line[2] == phone]


def say(house, phone, text):
    """By SMS; what comes back."""
    before = len(answers_to(house, phone))
    house.smsc.send(phone.lstrip("+"), OURS, text)
    wait_until(lambda: len(answers_to(house, phone)) > before, what=f"an answer to {text}")
    return answers_to(house, phone)[before:]


def test_an_sms_from_the_handset_is_the_result(house):
    assert say(house, ANNA, "ok1234 elle rappelle lundi") == [
        '1234 Dupont : joint. Note : "elle rappelle lundi".']
    assert results(house) == [("1234", "reached", "sms", "anna", "elle rappelle lundi")]
    assert say(house, ANNA, "1235 absnt")[0].startswith("1235 Martin : pas de réponse")
    assert house.sql.one("SELECT COUNT(*) FROM matter WHERE state = 'settled'") == 2
    # It comes from the number that was written to.
    assert {line[1] for line in house.smsc.accepted() if line[2] == ANNA} == {OURS}


def test_all_of_a_reminder_are_answered_by_one_sms_and_others_contacts_are_not(house):
    assert say(house, ANNA, "OK TOUT") == ["1234, 1235 : joint."]
    assert len(results(house)) == 2
    assert say(house, ANNA, "OK 1236") == ["1236 : rien à ce numéro pour vous : Bruno B."]
    assert say(house, CARLA, "VU 1236") == ["1236 : vu, merci."]
    assert say(house, CARLA, "OK A17") == ["A17 acme orders : réglé."]
    assert house.sql.rows("SELECT closed_by FROM alert") == [("carla",)]


def remind(house, *tasks):
    """The policy falls due: the reminders as they arrive, (SMS, mail)."""
    house.sql.run("UPDATE escalation_policy SET rules = 'after 1m employee by sms and mail urgent',"
                  " version = version + 1;"
                  "UPDATE team SET hours = 'mon-sun 00:00-24:00';"
                  "UPDATE matter SET version = version + 1, base_at = UTC_TIMESTAMP() - INTERVAL 1 HOUR,"
                  f" next_at = UTC_TIMESTAMP() WHERE subject_id IN ({', '.join(map(str, tasks))})")
    wait_until(lambda: answers_to(house, ANNA) and house.sink.taken, what="the reminders")
    return answers_to(house, ANNA)[-1], house.sink.taken[-1].parsed()


def test_a_reminder_arrives_is_answered_and_reminds_no_more(house):
    sms, letter = remind(house, 1234, 1235)
    assert "1234 Dupont" in sms and "1235 Martin" in sms and "OK 1234" in sms
    assert letter["To"] == "anna@shop.example"
    assert say(house, ANNA, "OK 1234") == ["1234 Dupont : joint."]
    to = letter["Reply-To"]
    assert house.mta.deliver("anna@shop.example", [to], mail("1235 absent", "anna@shop.example", to)) == [250]
    wait_until(lambda: len(results(house)) == 2, what="both results")
    assert [r[:3] for r in results(house)] == [("1234", "reached", "sms"), ("1235", "no_answer", "mail")]
    assert house.sql.one("SELECT COUNT(*) FROM matter WHERE state = 'settled'"
                         " AND subject_id IN (1234, 1235)") == 2
    page = re.search(r"https://r\.test(/n/[a-z0-9]+)", letter.get_content())[1]
    assert fetch(house, page)[0] == 410


def test_an_answer_that_was_recorded_is_done_after_a_crash_and_once(house):
    before = len(answers_to(house, ANNA))
    # As if relaisd had died between the commit of the message and that of what it says.
    house.relaisd.signal(signal.SIGSTOP)
    house.sql.run(
        "INSERT INTO staff_answer (id, at, channel, staff_id, from_address, to_address, text, next_at)"
        " VALUES ((TIMESTAMPDIFF(SECOND, '2024-01-01', UTC_TIMESTAMP()) - 3600) << 20, UTC_TIMESTAMP(), 'sms', 1,"
        f" '{ANNA}', '{OURS}', 'OK 1234', UTC_TIMESTAMP())")
    assert results(house) == []
    house.kill()
    house.start()
    house.mta = Lmtp(house.dir / "lmtp.sock")
    wait_until(lambda: house.sql.one("SELECT COUNT(*) FROM staff_answer WHERE outcome = 'done'") == 1,
               what="the answer is done")
    wait_until(lambda: "1234 Dupont : joint." in answers_to(house, ANNA)[before:], what="its confirmation")
    assert say(house, ANNA, "OK 1235")[-1] == "1235 Martin : joint."
    assert [r[0] for r in results(house)] == ["1234", "1235"]


def test_a_mail_to_the_address_of_the_reminder_is_the_result(house):
    to = token(house, "n", 501)
    text = ("Bonjour,\n\n1234 joint, contente\n1235 rappel demain 10h\n\nAnna\n\n"
            "> Ces contacts n'ont pas encore de résultat :\n>   1236  Appeler\n")
    assert house.mta.deliver("anna@home.example", [to], mail(text, "anna@home.example", to,
                                                             "Re: Contacts sans résultat")) == [250]
    wait_until(lambda: house.sink.taken, what="the confirmation")
    assert [r[:4] for r in results(house)] == [("1234", "reached", "mail", "anna"),
                                               ("1235", "call_back", "mail", "anna")]
    answer = house.sink.taken[0].parsed()
    assert answer["To"] == "anna@shop.example"  # not to whoever it was passed on to
    assert answer["Reply-To"] == to
    assert answer["Subject"] == "Re: Contacts sans résultat"
    body = answer.get_content()
    assert "1234 Dupont : joint." in body
    assert 'Note : "contente"' in body
    # By the date of the test it is a day of work or of rest.
    assert re.search(r"1235 Martin : à rappeler[,.] .*\d\d/\d\d à 10:00", body)


def test_a_mail_of_a_machine_is_no_answer(house):
    to = token(house, "n", 501)
    assert house.mta.deliver("", [to], mail("OK 1234", "anna@home.example", to, "Absence",
                                            Auto_Submitted="auto-replied")) == [250]
    assert house.sql.rows("SELECT kind, outcome, reason FROM mail_in") == [("notice", "ignored", "automatic")]
    assert results(house) == []


def ask(house, method, path, body=None, headers=None):
    """(status, headers, body) from the public listener."""
    c = http.client.HTTPConnection("127.0.0.1", house.port, timeout=60)
    c.request(method, path, body=body, headers=headers or {})
    answer = c.getresponse()
    return answer.status, answer.headers, answer.read().decode()


def fetch(house, path, fields=None):
    """(status, body): the page, or what its button with these fields does."""
    if fields is None:
        status, _, body = ask(house, "GET", path)
    else:
        status, _, body = ask(house, "POST", path, urllib.parse.urlencode(fields), FORM)
    return status, body


def link(house, number):
    return "/n/" + token(house, "n", number).partition("@")[0][2:]


def test_a_page_shows_what_waits_and_only_a_button_changes_it(house):
    page = link(house, 501)
    for _ in range(2):
        status, body = fetch(house, page)
        assert status == 200 and "1234 Dupont" in body and "1235 Martin" in body
    assert results(house) == []
    status, body = fetch(house, page, {"about": "1234", "do": "no_answer", "note": "répondeur <&>"})
    assert status == 200 and "noté" in body and "<h2>1234" not in body and "1235 Martin" in body
    assert results(house) == [("1234", "no_answer", "link", "anna", "répondeur <&>")]
    assert fetch(house, page, {"about": "1235", "do": "=seen"})[0] == 200
    assert house.sql.one("SELECT COUNT(*) FROM matter WHERE state = 'acknowledged'") == 1
    fetch(house, page, {"about": "1235", "do": "reached"})
    status, body = fetch(house, page)
    assert status == 410 and "réglé" in body  # the link ends with what it is about


def test_a_page_is_safe_from_what_stands_in_it_and_in_a_request(house):
    status, body = fetch(house, link(house, 502))
    assert status == 200 and "<b>X" not in body and "&#60;b&#62;X" in body
    assert "I am at it" in body  # in the person's language
    page = link(house, 501)
    assert fetch(house, page[:-1] + ("a" if page[-1] != "a" else "b"))[0] == 404
    assert fetch(house, link(house, 999))[0] == 404
    assert fetch(house, page, {"about": "1236", "do": "reached"})[0] == 200  # not of this notice
    for fields in ({}, {"about": "x", "do": "reached"}, {"about": "1234"},
                   {"about": "1234", "do": "x" * 100}):
        assert fetch(house, page, fields)[0] == 400
    assert ask(house, "HEAD", page)[0] == 200
    for method in ("PUT", "DELETE"):
        status, headers, body = ask(house, method, page, "about=1234&do=reached", FORM)
        assert (status, headers["Allow"]) == (405, "GET, HEAD, POST") and "utilisez les boutons" in body
    assert results(house) == []


def test_a_page_has_what_one_needs_to_call_and_the_most_urgent_first(house):
    house.sql.run("UPDATE customer SET first_name = 'Luc', company = 'Dupont & Fils' WHERE id = 1;"
                  "UPDATE contact_task SET score = IF(id = 1235, 80, 10),"
                  " due_at = UTC_DATE() WHERE id IN (1234, 1235);"
                  "INSERT INTO contact_point (customer_id, channel, address, is_primary, created_at)"
                  f" VALUES (1, 'sms', '{orders.phone(77)}', 1, NOW())")
    status, body = fetch(house, link(house, 501))
    assert status == 200 and body.index("1235 Martin") < body.index("1234 Luc Dupont")
    assert f'<a href="tel:{orders.phone(77)}">{orders.phone(77)}</a>' in body
    assert "Dupont &#38; Fils" in body
    # A return key in a field presses the first button of its form, which must do no harm.
    for form in body.split("<form")[1:]:
        assert re.search(r'<button name="do" value="([^"]*)"', form)[1] == "=seen"


def test_the_style_of_a_page_is_the_one_that_its_policy_lets_in(house):
    _, headers, body = ask(house, "GET", link(house, 501))
    style = re.search("<style>(.*)</style>", body)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


def said(body):
    return html.unescape(re.search(r'<p role="status">(.*?)</p>', body)[1])


def test_a_page_calls_back_at_a_day_and_an_hour_and_says_what_it_noted_of_whom(house):
    page, back = link(house, 501), {"about": "1234", "do": "call_back"}
    for day, hour in (("2020-01-01", "10:00"), ("2099-13-01", ""), ("", "25:00"), ("2099-01-01", "10:00x")):
        status, body = fetch(house, page, {**back, "day": day, "hour": hour})
        assert status == 200 and "n'a pas pu être noté" in said(body) and "1234 Dupont" in said(body)
        assert ("passée" if day.startswith("2020") else "pas claire") in said(body)
        assert "Exemple" not in body  # of how to write what one presses
    assert results(house) == []
    day = house.sql.one("SELECT UTC_DATE() + INTERVAL 9 DAY")
    status, body = fetch(house, page, {**back, "day": str(day), "hour": "10:45", "note": "après sa réunion"})
    assert "1234 Dupont : à rappeler" in said(body) and "10:45" in said(body)
    assert "après sa réunion" in said(body) and "RAPPEL" not in body
    assert results(house) == [("1234", "call_back", "link", "anna", "après sa réunion")]
    assert "1234 Dupont" in said(fetch(house, page, {"about": "1234", "do": "=seen"})[1])
    assert "déjà réglé" in said(fetch(house, page, {"about": "1234", "do": "=seen"})[1])
    assert "pas de ce rappel" in said(fetch(house, page, {"about": "1236", "do": "reached"})[1])


@pytest.mark.parametrize("outcome", ["do_not_contact", "wrong_number"])
def test_what_cannot_be_taken_back_is_asked_on_a_second_page(house, outcome):
    page = link(house, 501)
    press = {"about": "1234", "do": outcome, "note": 'dit "non" <b>'}
    status, body = fetch(house, page, press)
    assert status == 200 and "1234 Dupont" in body and "Oui, noter" in body and '<a href="">' in body
    assert "1235" not in body and results(house) == []
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', body))
    assert fields == {"about": "1234", "sure": "1", "note": "dit &#34;non&#34; &#60;b&#62;", "do": outcome}
    status, body = fetch(house, page, {name: html.unescape(value) for name, value in fields.items()})
    assert status == 200 and "1234 Dupont : " in said(body)
    assert results(house) == [("1234", outcome, "link", "anna", press["note"])]
