"""People are reminded: a policy by relaisctl, a contact that is due, the SMS at the carrier, what is
done about it, and kill -9 while hundreds are told."""

import pytest
from harness import Ctl, lines, wait_until

SENDER = 'sms {\n    service_sender = "38123"\n}\n'


@pytest.fixture(scope="module")
def house(shared_stage):
    stage = shared_stage
    stage.settings = SENDER
    stage.carrier = stage.add_carrier()
    stage.start()
    stage.ctl("team", "set", "nord", "--label", "Nord", "--hours", "00:00-24:00")
    stage.ctl("escalation", "set", "usual", "--steps",
              "after 0m employee by sms urgent; after 2h manager by sms; repeat every 4h 2 times")
    stage.ctl("team", "set", "nord", "--policy", "usual")
    for login, role, manager, phone in (("carla", "manager", "", "+33612340002"),
                                        ("anna", "employee", "carla", "+33612340001"),
                                        ("bruno", "employee", "carla", "+33612340003")):
        stage.ctl("staff", "set", login, "--name", login.capitalize(), "--role", role, "--team",
                  "nord", "--manager", manager, "--phone", phone)
    stage.sql.run("INSERT INTO customer (id, last_name, created_at, updated_at)"
              " VALUES (7, 'Dupont', NOW(6), NOW(6))")
    return stage


def due_contacts(stage, first, n, login):
    """Contacts of that person that are due now; all of them in one transaction."""
    rows = ", ".join(
        f"({i}, 7, 1, @who, 'manager', CURDATE(), NOW(6), 'Tarifs', NOW(6), 'test')"
        for i in range(first, first + n))
    matters = ", ".join(f"('task', {i}, 1, 1, @who, NOW(6), NOW(6), NOW(6))"
                        for i in range(first, first + n))
    stage.sql.run(f"SET @who = (SELECT id FROM staff WHERE login = '{login}');"
              "START TRANSACTION;"
              "INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, day, due_at,"
              f" title, created_at, created_by) VALUES {rows};"
              "INSERT INTO matter (kind, subject_id, policy_id, team_id, staff_id, opened_at,"
              f" base_at, next_at) VALUES {matters};"
              "COMMIT")


def texts_to(stage, phone):
    return [line[3] for line in stage.carrier.accepted() if line[2] == phone]


def test_a_contact_without_result_is_told_by_sms_and_the_record_says_so(house):
    due_contacts(house, 1234, 1, "anna")
    wait_until(lambda: texts_to(house, "+33612340001"), what="Anna has her SMS")
    assert texts_to(house, "+33612340001") == [
        "Relais: contact sans résultat : 1234 Dupont Tarifs. Répondez OK 1234, ABSENT 1234 ou RAPPEL"
        " 1234 14h."]
    matter = house.ctl("matter", "show", "1234")
    assert matter["state"] == "open" and matter["about"] == "Dupont" and matter["step"] == 2
    assert [(h["what"], h["who"], h["step"]) for h in matter["history"]] == [("told", "anna", 1)]


def test_what_people_do_about_it_stands_and_stops_the_reminders(house):
    due_contacts(house, 1300, 3, "anna")
    assert house.ctl("matter", "ack", "1300", "--staff", "anna")["state"] == "acknowledged"
    assert house.ctl("matter", "snooze", "1301", "--for", "2h")["waits_until"]
    assert house.ctl("matter", "hand-over", "1302", "--to", "bruno")["staff"] == "bruno"
    stopped = house.ctl("matter", "stop", "1300", "--why", "moved")
    assert stopped["state"] == "settled" and stopped["why"] == "moved"
    with pytest.raises(Ctl, match="1300 is settled"):
        house.ctl("matter", "ack", "1300")
    with pytest.raises(Ctl, match="nobody is reminded of A99"):
        house.ctl("matter", "show", "A99")
    with pytest.raises(Ctl, match="expected a time ahead"):
        house.ctl("matter", "snooze", "1301", "--until", "2020-01-01 10:00")
    with pytest.raises(Ctl, match="within 90 days"):
        house.ctl("matter", "snooze", "1301", "--until", "2099-01-01 10:00")
    house.sql.run("UPDATE staff SET left_on = '2020-01-01' WHERE login = 'anna';")
    try:
        with pytest.raises(Ctl, match="anna does not work here any more"):
            house.ctl("matter", "hand-over", "1302", "--to", "anna")
    finally:
        house.sql.run("UPDATE staff SET left_on = NULL WHERE login = 'anna';")
    wait_until(lambda: any("1302" in t for t in texts_to(house, "+33612340003")),
               what="Bruno is told of his new contact")
    listed = {m["number"]: m["state"] for m in lines(house, "matter", "list", "--all")}
    assert "1300" not in listed and listed["1301"] == "open"
    first = lines(house, "matter", "list", "--limit", "1")
    assert lines(house, "matter", "list", "--all", "--after", first[0]["number"])[0]["number"] == \
        list(listed)[1]
    with pytest.raises(Ctl, match="expected the number of a contact, such as 1234, or of an alert"):
        lines(house, "matter", "list", "--after", "B12")
    assert house.sql.one("SELECT COUNT(*) FROM audit_entry WHERE subject = 'matter'") == 4


def test_an_sms_that_does_not_arrive_is_not_told_and_the_next_step_follows(house):
    due_contacts(house, 1500, 1, "bruno")
    wait_until(lambda: any("1500" in t for t in texts_to(house, "+33612340003")), what="Bruno's SMS")
    before = house.metrics()["relais_escalation_not_told_total"]
    sent = ("notice n JOIN notice_matter w ON w.notice_id = n.id AND w.subject_id = 1500"
            " JOIN message m ON m.id = n.sent_as")
    # As if its receipt, after which no other comes, had said so.
    wait_until(lambda: house.sql.one(f"SELECT m.state FROM {sent}") == "delivered",
               what="the receipt")
    house.sql.run(f"UPDATE {sent} SET m.state = 'failed', m.reason = 'absent', n.fate = 'open'")
    wait_until(lambda: any("1500" in t for t in texts_to(house, "+33612340002")),
               what="Carla is told, two hours before her time")
    history = house.ctl("matter", "show", "1500")["history"]
    assert [(h["what"], h["who"]) for h in history] == [
        ("told", "bruno"), ("not_told", "bruno"), ("told", "carla")]
    assert history[1]["detail"] == "SMS failed: absent"
    assert house.metrics()["relais_escalation_not_told_total"] == before + 1


def test_open_contacts_of_a_team_that_gets_a_policy_are_reminded_of(house):
    house.ctl("team", "set", "nord", "--policy", "")
    house.sql.run("INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, day, due_at,"
                  " title, created_at, created_by) VALUES (1600, 7, 1, (SELECT id FROM staff WHERE"
                  " login = 'bruno'), 'manager', CURDATE(), NOW(6) - INTERVAL 3 DAY, 'Tarifs',"
                  " NOW(6), 'test')")
    house.ctl("team", "set", "nord", "--policy", "usual")
    wait_until(lambda: any("1600" in t for t in texts_to(house, "+33612340003")),
               what="Bruno is told of a contact that was open before")
    assert house.ctl("matter", "show", "1600")["step"] == 2


def test_a_policy_is_tried_and_refused_with_its_reason(house):
    steps = house.ctl("escalation", "try", "usual", "--staff", "anna")["steps"]
    assert [(s["step"], s["round"], s["whom"]) for s in steps] == [
        (1, 0, "anna"), (2, 0, "carla"), (2, 1, "carla"), (2, 2, "carla")]
    for wrong, why in (("after 1h employee by sms; repeat every 4h", "a policy without end"),
                       ("after 1h person nobody by sms", "nobody here has the login"),
                       ("after 1h manger by sms", "did you mean manager")):
        with pytest.raises(Ctl, match=why):
            house.ctl("escalation", "set", "wrong", "--steps", wrong)
    assert [p["name"] for p in house.ctl("escalation", "list")["policies"]] == ["usual"]


def test_killed_at_any_moment_everybody_is_told_once(house):
    before = house.sql.one("SELECT COUNT(*) FROM matter_step")
    due_contacts(house, 10000, 1000, "anna")
    due_contacts(house, 12000, 1000, "bruno")
    wait_until(lambda: house.sql.one("SELECT COUNT(*) FROM matter_step") > before,
               what="the run is under way", every=0.001)
    house.kill()
    house.start()
    wait_until(lambda: house.sql.one("SELECT COUNT(*) FROM matter_step") == before + 2000,
               what="all are told")
    told = house.sql.run("SELECT w.subject_id, COUNT(*) FROM notice_matter w"
                     " WHERE w.subject_id >= 10000 GROUP BY w.subject_id HAVING COUNT(*) <> 1")
    assert not told
    assert house.sql.one("SELECT COUNT(*) FROM notice n LEFT JOIN message m ON m.id = n.sent_as"
                         " WHERE m.id IS NULL") == 0
