"""Who may do what over the API: an employee, her manager, and a login that is nobody of the staff."""

import pytest

from harness import Ctl, wait_until

LOGINS = "anna", "bruno", "carla", "desk"
MAY = "act on", "speak for", "cancel or stop", "enter or take back", "say whose", "correct the result"


@pytest.fixture(scope="module")
def house(shared_stage):
    """Anna and Bruno work for Carla, and Carla for Eva; the desk has a token and is none of them."""
    stage = shared_stage
    for name in LOGINS:
        path = stage.dir / f"{name}.token"
        path.write_text(f"the-token-of-{name}-is-this\n")
        path.chmod(0o600)
    stage.settings = "".join(
        f'user "{name}" {{\n    token_file = "{stage.dir}/{name}.token"\n    may = {{ "write" }}\n}}\n'
        for name in LOGINS)
    stage.start()
    stage.ctl("team", "set", "nord", "--hours", "00:00-24:00")
    stage.ctl("escalation", "set", "usual", "--steps", "after 9h manager by sms")
    stage.ctl("team", "set", "nord", "--policy", "usual")
    for login, role, manager in (("eva", "director", ""), ("carla", "manager", "eva"),
                                 ("anna", "employee", "carla"), ("bruno", "employee", "carla")):
        stage.ctl("staff", "set", login, "--team", "nord", "--role", role, "--manager", manager)
    stage.customer = stage.ctl("customer", "add", "--last-name", "Dupont")["id"]
    return stage


def as_(stage, login, *words):
    return stage.ctl("--token-file", stage.dir / f"{login}.token", *words)


def task_of(stage, login):
    return stage.ctl("task", "add", stage.customer, "--title", "Tarifs", "--staff", login)["id"]


def refusal(stage, login, *words):
    with pytest.raises(Ctl) as no:
        as_(stage, login, *words)
    assert any(f"{login} may not {verb}" in no.value.error for verb in MAY), no.value.error
    return no.value.error


def test_an_employee_does_her_own_contacts_and_nobody_elses(house):
    own, other = task_of(house, "anna"), task_of(house, "bruno")
    as_(house, "anna", "matter", "ack", own)
    as_(house, "anna", "matter", "snooze", own, "--for", "2h")
    for words in (("task", "done", other, "reached"), ("task", "hand-over", other, "anna"),
                  ("matter", "ack", other), ("matter", "snooze", other, "--for", "2h"),
                  ("matter", "hand-over", other, "--to", "anna")):
        assert refusal(house, "anna", *words).endswith(
            f"anna may not act on contact {other} of bruno; who may: eva, carla, bruno")
    assert "speak for bruno" in refusal(house, "anna", "task", "done", own, "reached", "--staff", "bruno")
    assert as_(house, "anna", "task", "done", own, "reached")["said"] == "Noted."
    assert house.ctl("task", "show", other)["state"] == "open"


def test_nobody_switches_off_the_watching_of_her_own_work(house):
    own = task_of(house, "anna")
    for words in (("task", "cancel", own), ("matter", "stop", own)):
        assert refusal(house, "anna", *words).endswith(
            f"anna may not cancel or stop contact {own} of anna; who may: eva, carla")
    assert house.ctl("matter", "show", own)["state"] == "open"
    assert as_(house, "carla", "matter", "stop", own)["state"] == "settled"
    assert as_(house, "carla", "task", "cancel", own)["state"] == "cancelled"
    assert "who may: eva" in refusal(house, "carla", "task", "cancel", task_of(house, "carla"))


def test_a_result_is_corrected_by_whose_it_is_and_by_who_leads(house):
    task = task_of(house, "bruno")
    as_(house, "bruno", "task", "done", task, "no_answer")
    assert "correct the result" in refusal(house, "anna", "task", "done", task, "reached")
    assert as_(house, "carla", "task", "done", task, "refused")["corrected"]


def test_who_stands_in_does_the_contacts_of_who_is_away(house):
    task = task_of(house, "anna")
    refusal(house, "bruno", "task", "done", task, "reached")
    assert "absences of anna; who may: eva, carla, anna" in refusal(
        house, "bruno", "staff", "away", "anna", "--from", "2026-01-01", "--to", "2099-01-01", "--deputy", "bruno")
    away = as_(house, "anna", "staff", "away", "anna", "--from", "2026-01-01", "--to", "2099-01-01",
               "--deputy", "bruno")["absences"][0]["id"]
    refusal(house, "bruno", "staff", "back", away)
    refusal(house, "bruno", "task", "cancel", task)
    assert as_(house, "bruno", "task", "done", task, "reached")["said"] == "Noted."
    as_(house, "carla", "staff", "back", away)
    assert house.ctl("staff", "show", "anna")["absences"] == []


def test_whose_customer_it_is_says_who_leads(house):
    as_(house, "carla", "customer", "owner", house.customer, "anna")
    assert "who may: eva, carla" in refusal(house, "anna", "customer", "owner", house.customer, "bruno")
    as_(house, "carla", "customer", "owner", house.customer, "")


def test_alerts_are_for_those_who_lead(house):
    house.sql.run("INSERT INTO alert (id, kind, subject, text, opened_at)"
                  " VALUES (17, 'carrier_down', 'north', 'it is down', NOW(6))")
    assert "who may: eva, carla" in refusal(house, "anna", "alert", "close", 17)
    refusal(house, "anna", "alert", "ack", 17)
    as_(house, "carla", "alert", "ack", 17)
    as_(house, "carla", "alert", "close", 17)


def test_an_open_call_of_a_plan_is_not_ended_by_whose_it_is(house):
    text = house.dir / "plan.txt"
    text.write_text("team nord\n\nday 0: call\n    title Bienvenue\n")
    house.ctl("plan", "set", "bienvenue", text)
    house.ctl("plan", "on", "bienvenue")
    house.ctl("customer", "owner", house.customer, "anna")
    house.ctl("plan", "enrol", "bienvenue", "--customer", house.customer)
    wait_until(lambda: house.sql.one("SELECT COUNT(*) FROM contact_task WHERE title = 'Bienvenue'") == 1)
    refusal(house, "anna", "plan", "stop", "bienvenue", house.customer)
    assert as_(house, "carla", "plan", "stop", "bienvenue", house.customer)["state"] == "stopped"


def test_a_login_that_is_nobody_of_the_staff_may_all_that_its_right_allows(house):
    own = task_of(house, "anna")
    as_(house, "desk", "task", "done", task_of(house, "bruno"), "reached", "--staff", "bruno")
    as_(house, "desk", "matter", "stop", own)
    as_(house, "desk", "task", "cancel", own)
    as_(house, "desk", "customer", "owner", house.customer, "anna")


def test_who_left_may_nothing_with_the_old_token(house):
    task = task_of(house, "bruno")
    house.ctl("staff", "set", "bruno", "--left-on", "2026-01-01")
    assert "who may: eva, carla" in refusal(house, "bruno", "task", "hand-over", task, "anna")
