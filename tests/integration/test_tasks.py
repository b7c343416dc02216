"""Contacts to be made, by the commands of an employee and of a manager."""

import csv
import datetime
import json
import zoneinfo

import pytest

from harness import Ctl, lines


@pytest.fixture(scope="module")
def house(shared_stage):
    """A team whose day never ends and has no holidays, with a manager and two employees."""
    stage = shared_stage
    stage.start()
    stage.ctl("team", "set", "nord", "--label", "Nord", "--hours", "00:00-24:00", "--country", "GB")
    stage.ctl("staff", "set", "carla", "--name", "Carla Petit", "--team", "nord", "--role", "manager")
    stage.ctl("staff", "set", "anna", "--name", "Anna Morel", "--team", "nord", "--manager", "carla")
    stage.ctl("staff", "set", "bruno", "--name", "Bruno Leroy", "--team", "nord", "--manager", "carla")
    return stage


def customer(stage, n):
    added = stage.ctl("customer", "add", "--first-name", "Zoé", "--last-name", f"Client{n}",
                      "--phone", f"06123400{n:02}")
    return added["id"]


def add(stage, who, *options):
    return stage.ctl("task", "add", who, "--title", "Expliquer les tarifs", *options)


def today(stage, login):
    return [t["id"] for t in stage.ctl("today", "--staff", login)["tasks"]]


def a_september_day(weekday):
    """Of next year, 0 is Monday: France has no holiday in September."""
    day = datetime.date(datetime.date.today().year + 1, 9, 10)
    return (day + datetime.timedelta((weekday - day.weekday()) % 7)).isoformat()


def by_clock(moment, zone):
    at = datetime.datetime.fromisoformat(moment.replace("Z", "+00:00"))
    return at.astimezone(zoneinfo.ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def said(stage, *words):
    argv, done = stage.ctl_raw(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_late_stands_first_however_urgent_the_rest(house):
    rest, late = [add(house, customer(house, n), "--staff", "anna")["id"] for n in (91, 92)]
    house.sql.run(f"UPDATE contact_task SET score = 90 WHERE id = {rest}")
    house.sql.run(f"UPDATE contact_task SET due_at = due_at - INTERVAL 9 DAY WHERE id = {late}")
    assert today(house, "anna").index(late) < today(house, "anna").index(rest)
    answer = house.ctl("today", "--staff", "anna")
    due = next(t["due_at"] for t in answer["tasks"] if t["id"] == late)
    assert f"! {by_clock(due, answer['timezone'])}" in said(house, "today", "--staff", "anna")
    for task in rest, late:
        house.ctl("task", "cancel", task, "--why", "test")


def test_a_manager_adds_a_task_and_the_employee_records_its_result(house):
    who = customer(house, 1)
    task = add(house, who, "--staff", "anna", "--expected", "une commande")
    assert (task["staff"], task["state"], task["source"]) == ("anna", "open", "manager")
    assert task["id"] in today(house, "anna")
    assert task["id"] not in today(house, "bruno")
    words = said(house, "today", "--staff", "anna")
    assert "Anna Morel" in words and "Zoé Client1" in words and "+33612340001" in words
    assert "Expliquer les tarifs" in words

    result = house.ctl("task", "done", task["id"], "reached", "--note", "elle y pense")
    assert result["said"] == "Noted." and not result["late"]
    assert task["id"] not in today(house, "anna")
    shown = house.ctl("task", "show", task["id"])
    assert (shown["state"], shown["outcome"], shown["note"]) == ("done", "reached", "elle y pense")
    assert [line["what"] for line in shown["history"]] == ["add", "result"]
    words = said(house, "task", "show", task["id"])
    assert "in time" in words and "elle y pense" in words and "une commande" in words


def test_a_task_is_for_whoever_looks_after_the_customer(house):
    who = customer(house, 2)
    with pytest.raises(Ctl, match="say who is to do it"):
        add(house, who)
    house.ctl("customer", "owner", who, "bruno")
    assert add(house, who)["staff"] == "bruno"


def test_a_next_date_is_read_by_the_persons_clock(house):
    task = add(house, customer(house, 4), "--staff", "anna")
    day = a_september_day(2)
    done = house.ctl("task", "done", task["id"], "call_back", "--next", f"{day} 09:30", "--staff", "anna")
    assert done["next_at"][:16] == f"{day}T07:30"
    nxt = house.ctl("task", "show", done["next_task_id"])
    assert (nxt["source"], nxt["day"], nxt["staff"]) == ("call_back", day, "anna")
    with pytest.raises(Ctl, match="that is past"):
        house.ctl("task", "done", nxt["id"], "call_back", "--next", "2020-01-01")
    with pytest.raises(Ctl, match="more than two years"):
        house.ctl("task", "done", nxt["id"], "call_back", "--next", "2037-01-02 09:30")
    with pytest.raises(Ctl, match="expected a day"):
        house.ctl("task", "done", nxt["id"], "call_back", "--next", "bientôt")


def test_the_command_line_takes_the_words_of_an_sms(house):
    task = add(house, customer(house, 43), "--staff", "anna")["id"]
    day = datetime.date.today() + datetime.timedelta(40)
    for said_as, outcome in (("joint", "reached"), ("Pas de réponse", "no_answer"), ("absent", "no_answer"),
                             ("not interested", "refused"), ("order_taken", "order_taken")):
        assert house.ctl("task", "done", task, said_as, "--staff", "anna")["outcome"] == outcome
    for said_as, hour in (("{:%d/%m/%Y} 10h30", "10:30"), ("{:%d/%m/%Y}", "09:00"), ("{:%d/%m} à 14h", "14:00")):
        done = house.ctl("task", "done", task, "rappel", "--next", said_as.format(day), "--staff", "anna")
        assert by_clock(done["next_at"], done["timezone"]) == f"{day:%Y-%m-%d} {hour}"
    assert house.ctl("task", "done", task, "rappel", "--next", "lundi 10h", "--staff", "anna")["next_task_id"]
    with pytest.raises(Ctl, match="is past"):
        house.ctl("task", "done", task, "rappel", "--next", "24/12/2020", "--staff", "anna")
    with pytest.raises(Ctl, match="expected a day"):
        house.ctl("task", "done", task, "rappel", "--next", "lundi ou mardi", "--staff", "anna")


def test_a_call_back_on_a_day_of_rest_says_when_it_is_due_and_how_to_change_it(house):
    house.ctl("staff", "set", "anna", "--hours", "mon-sat 09:00-18:00")
    task = add(house, customer(house, 41), "--staff", "anna")
    sunday = a_september_day(6)
    done = house.ctl("task", "done", task["id"], "call_back", "--next", f"{sunday} 10:00", "--staff", "anna")
    assert (done["agreed"], done["rest"]) == (f"{sunday} 10:00", "day")
    nxt = house.ctl("task", "show", done["next_task_id"])
    assert nxt["day"] == done["next_at"][:10] > sunday and "convenu pour le" in nxt["title"]
    words = said(house, "task", "done", task["id"], "call_back", "--next", f"{sunday} 11:00", "--staff", "anna")
    assert f"{sunday} 11:00 is a day of rest" in words
    assert f"relaisctl task done {task['id']} call_back --next WHEN" in words
    house.ctl("staff", "set", "anna", "--hours", "")
    again = house.ctl("task", "done", task["id"], "call_back", "--next", f"{sunday} 10:00", "--staff", "anna")
    assert (again["agreed"], again["rest"], again["next_at"][:10]) == ("", "", sunday)


def test_open_tasks_of_others_for_the_customer_are_named(house):
    who = customer(house, 42)
    mine, his = add(house, who, "--staff", "anna")["id"], add(house, who, "--staff", "bruno")["id"]
    done = house.ctl("task", "done", mine, "reached", "--staff", "anna")
    assert done["others"] == [{"task_id": his, "staff": "bruno", "name": "Bruno Leroy"}]
    assert done["others_open"] == 1
    words = said(house, "task", "done", mine, "refused", "--staff", "anna")
    assert f"Also open for this customer: task {his} (Bruno Leroy)." in words
    assert house.ctl("task", "done", his, "reached", "--staff", "bruno")["others"] == []


def test_a_task_goes_to_another_and_its_history_says_so(house):
    task = add(house, customer(house, 5), "--staff", "anna")
    house.ctl("task", "note", task["id"], "elle préfère le matin")
    assert house.ctl("task", "hand-over", task["id"], "bruno")["staff"] == "bruno"
    with pytest.raises(Ctl, match="of bruno already"):
        house.ctl("task", "hand-over", task["id"], "bruno")
    with pytest.raises(Ctl, match="nobody with the login"):
        house.ctl("task", "hand-over", task["id"], "nobody")
    assert house.ctl("task", "cancel", task["id"], "--why", "déménagé")["why"] == "déménagé"
    with pytest.raises(Ctl, match="is cancelled already"):
        house.ctl("task", "cancel", task["id"])
    with pytest.raises(Ctl, match="was cancelled: déménagé"):
        house.ctl("task", "done", task["id"], "reached")
    lines = house.ctl("task", "show", task["id"])["history"]
    assert [(line["what"], line["text"]) for line in lines] == [
        ("add", ""), ("note", "elle préfère le matin"), ("give", "bruno"), ("cancel", "déménagé")]


def test_a_list_says_how_each_contact_went(house):
    who = customer(house, 6)
    first, second = add(house, who, "--staff", "anna"), add(house, who, "--staff", "bruno")
    house.sql.run(f"UPDATE contact_task SET due_at = due_at - INTERVAL 3 DAY WHERE id = {second['id']}")
    house.ctl("task", "done", first["id"], "order_taken")

    def timings(*options):
        return {t["id"]: t["timing"]
                for t in lines(house, "task", "list", "--customer", who, *options)}

    assert timings() == {first["id"]: "done in time", second["id"]: "overdue"}
    assert timings("--state", "late") == {second["id"]: "overdue"}
    assert timings("--staff", "anna") == {first["id"]: "done in time"}
    assert timings("--team", "nord", "--from", first["day"], "--limit", 1) == {first["id"]: "done in time"}
    house.ctl("task", "done", second["id"], "refused")
    assert timings("--state", "done")[second["id"]] == "done late"
    with pytest.raises(Ctl, match="open, late, done or cancelled"):
        timings("--state", "lost")


def test_a_list_of_everybody_goes_back_a_month(house):
    task = add(house, customer(house, 17), "--staff", "anna")["id"]
    house.sql.run(f"UPDATE contact_task SET day = day - INTERVAL 40 DAY WHERE id = {task}")

    def shown(*options):
        return task in [t["id"] for t in lines(house, "task", "list", "--all", *options)]

    assert shown("--state", "open") and shown("--staff", "anna") and shown("--from", "2000-01-01")
    assert not shown() and not shown("--team", "nord")
    house.ctl("task", "cancel", task)
    assert not shown("--state", "cancelled")


def test_a_spreadsheet_runs_nothing_that_a_note_says(house):
    who = customer(house, 16)
    house.ctl("customer", "contacted", who, "reached", "--staff", "anna",
              "--note", '=HYPERLINK("http://x";"y")')
    house.ctl("customer", "contacted", who, "refused", "--staff", "anna", "--note", "non, merci")
    house.ctl("customer", "contacted", who, "refused", "--staff", "anna", "--note", "@SUM(A1)")
    text = said(house, "customer", "contacts", who, "--csv")
    assert text.startswith("\ufeffLe;Résultat;Personne;Note;")  # the house speaks French
    assert said(house, "task", "list", "--customer", who, "--csv").startswith("\ufeffNuméro;Jour;À faire avant;")
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    at = house.ctl_raw("--json", "customer", "contacts", who)[1].stdout.splitlines()[0]
    assert rows[0]["\ufeffLe"] == by_clock(json.loads(at)["at"], "Europe/Paris")
    assert [row["Note"] for row in rows] == [
        "'@SUM(A1)", "non, merci", "'=HYPERLINK(\"http://x\";\"y\")"]


def test_who_stands_in_sees_the_tasks_of_who_is_away(house):
    task = add(house, customer(house, 7), "--staff", "anna")
    day = house.ctl("today", "--staff", "anna")["day"]
    house.ctl("staff", "away", "anna", "--from", day, "--to", day, "--deputy", "bruno")
    seen = {t["id"]: t["instead_of"] for t in house.ctl("today", "--staff", "bruno")["tasks"]}
    assert seen[task["id"]] == "anna"
    assert "INSTEAD OF" in said(house, "today", "--staff", "bruno")
    assert house.ctl("today", "--staff", "anna")["away"]
    house.sql.run("DELETE FROM staff_absence")


def test_what_is_nobodys_stands_on_the_managers_list(house):
    task = add(house, customer(house, 20), "--staff", "anna")
    day = house.ctl("today", "--staff", "anna")["day"]
    for login in ("anna", "bruno", "carla"):
        house.ctl("staff", "away", login, "--from", day, "--to", day)
    house.sql.run(f"UPDATE contact_task SET staff_id = NULL WHERE id = {task['id']}")
    assert task["id"] in today(house, "carla")
    assert task["id"] not in today(house, "bruno")
    house.ctl("task", "cancel", task["id"], "--why", "said")
    house.sql.run("DELETE FROM staff_absence")


def test_a_contact_that_nobody_planned_is_in_the_customers_contacts_and_dossier(house):
    who = customer(house, 8)
    house.ctl("customer", "contacted", who, "reached", "--note", "a rappelé", "--staff", "bruno")
    contacts = lines(house, "customer", "contacts", who)
    assert [(c["outcome"], c["staff"], c["note"]) for c in contacts] == [("reached", "bruno", "a rappelé")]
    assert "a rappelé" in said(house, "customer", "show", who)


def test_who_wants_no_contact_is_flagged_and_gets_no_task(house):
    who = customer(house, 9)
    house.ctl("consent", "grant", who, "--source", "staff", "--wording", "oui aux SMS")
    task = add(house, who, "--staff", "anna")
    assert "not contacted any more" in house.ctl("task", "done", task["id"], "do_not_contact")["said"]
    assert house.sql.one(f"SELECT do_not_contact FROM customer WHERE id = {who}") == 1
    assert house.sql.one("SELECT COUNT(*) FROM consent_current WHERE state = 'withdrawn'"
                         f" AND customer_id = {who}") == 4
    with pytest.raises(Ctl, match="does not want to be contacted"):
        add(house, who, "--staff", "anna")
    assert house.ctl("consent", "verify")["intact"]


def test_whoever_is_flagged_is_on_nobodys_list_any_more(house):
    who = customer(house, 12)
    task = add(house, who, "--staff", "anna")
    house.ctl("customer", "flag", who, "--do-not-contact", "yes")
    shown = house.ctl("task", "show", task["id"])
    assert (shown["state"], shown["why"]) == ("cancelled", "do_not_contact")


def test_a_number_that_was_set_again_is_right_again(house):
    who = customer(house, 10)
    task = add(house, who, "--staff", "anna")
    house.ctl("task", "done", task["id"], "wrong_number")
    state = f"SELECT state FROM contact_point WHERE customer_id = {who}"
    assert house.sql.one(state) == "invalid"
    house.ctl("customer", "set", who, "--phone", "0612340010")
    assert house.sql.one(state) == "valid"


def test_what_is_refused_of_people_says_which_field_it_is(house):
    for words, field in ((("team", "set", "nor"), "code"), (("team", "set", "nord", "--hours", "25:00-26:00"), "hours"),
                         (("staff", "set", "anna", "--manager", "nobody"), "manager"),
                         (("staff", "away", "anna", "--from", "soon"), "from"),
                         (("staff", "leave", "anna", "--on", "2031-12-31", "--to", "nobody"), "to")):
        refused = house.ctl_raw("--json", *words)[1]
        assert refused.returncode and json.loads(refused.stdout)["field"] == field, refused.stdout


def test_the_catalogue_grows_by_the_houses_own_outcomes(house):
    made = house.ctl("outcome", "set", "voice_mail", "--label-fr", "message laissé", "--next-days", 2,
                     "--words", "message, message laissé au fils")
    assert made["created"] and made["state"] == "on" and not made["reached"]
    house.ctl("outcome", "set", "voice_mail", "--state", "off", "--reached", "yes")
    listed = {o["code"]: o for o in house.ctl("outcome", "list")["outcomes"]}
    assert (listed["voice_mail"]["state"], listed["voice_mail"]["reached"]) == ("off", True)
    task = add(house, customer(house, 11), "--staff", "anna")
    with pytest.raises(Ctl, match="not used any more"):
        house.ctl("task", "done", task["id"], "voice_mail")
    with pytest.raises(Ctl, match="relaisctl outcome list"):
        house.ctl("task", "done", task["id"], "jointe hier")
    for field, words, owner in (("words", "bip, ok", "reached"), ("words", "injoignable", "no_answer"),
                                ("words", "pris", "VU, ACK"), ("label-fr", "Absent", "no_answer"),
                                ("words", "tout", "TOUT, ALL")):
        with pytest.raises(Ctl, match=f"(?s){field.replace('-', '_')}: .*{owner}"):
            house.ctl("outcome", "set", "voice_mail", f"--{field}", words)
    # The words of one that is off are free.
    house.ctl("outcome", "set", "machine", "--label-fr", "message", "--words", "message laissé")
    # All words are shown, and that those of before are gone.
    words = said(house, "outcome", "set", "voice_mail", "--words", "bip, " + "m" * 80)
    assert "They replace: message, message laissé au fils." in words
    assert "m" * 80 in said(house, "outcome", "list")
    with pytest.raises(Ctl, match="effect"):
        house.ctl("outcome", "set", "voice_mail", "--effect", "boom")


def test_all_that_people_look_at_shows_the_clock_of_the_house(house):
    task = add(house, customer(house, 77), "--staff", "anna")["id"]
    house.sql.run(
        f"UPDATE contact_task SET due_at = '2031-07-01 12:07:00' WHERE id = {task};"
        "INSERT INTO alert (id, kind, subject, text, opened_at)"
        " VALUES (4077, 'file_missing', 'acme orders', 'It did not come.', '2031-07-01 12:08:00');"
        "INSERT INTO matter (kind, subject_id, policy_id, opened_at, base_at)"
        " VALUES ('alert', 4077, 1, '2031-07-01 12:08:00', '2031-07-01 12:08:00');"
        "INSERT INTO matter_event (kind, subject_id, n, at, what, who, detail)"
        " VALUES ('alert', 4077, 1, '2031-07-01 12:09:00', 'snoozed', 'anna', 'until 2031-07-01T12:10:00.000000Z')")
    clock = "Times are those of the clock in Europe/Paris."
    for words, shown in ((("task", "list", "--staff", "anna", "--all"), ["2031-07-01 14:07"]),
                         (("alert", "list"), ["2031-07-01 14:08"]),
                         (("matter", "show", "A4077"), ["2031-07-01 14:09", "until 2031-07-01 14:10"])):
        text = said(house, *words)
        assert clock in text and "(UTC)" not in text
        for part in shown:
            assert part in text
    listed = house.ctl_raw("--json", "task", "list", "--staff", "anna", "--all")[1].stdout
    assert "2031-07-01T12:07:00" in listed
    house.sql.run("DELETE FROM alert WHERE id = 4077; DELETE FROM matter WHERE subject_id = 4077 AND kind = 'alert'")


def test_the_column_of_whom_one_stands_in_for_is_there_when_one_does(house):
    assert "INSTEAD OF" not in said(house, "today", "--staff", "carla")


def test_a_hand_over_and_who_is_at_it_are_shown_by_login(house):
    task = add(house, customer(house, 78), "--staff", "anna")["id"]
    house.sql.run(
        "INSERT INTO matter (kind, subject_id, policy_id, opened_at, base_at)"
        f" VALUES ('task', {task}, 1, UTC_TIMESTAMP(), UTC_TIMESTAMP())"
        " ON DUPLICATE KEY UPDATE policy_id = 1;"
        "INSERT INTO matter_event (kind, subject_id, n, at, what, who, detail)"
        f" SELECT 'task', {task}, 90, UTC_TIMESTAMP(), 'handed_over', 'carla', id FROM staff WHERE login = 'bruno'")
    assert house.ctl("matter", "show", task)["history"][-1]["detail"] == "bruno"
    house.sql.run(f"DELETE FROM matter WHERE kind = 'task' AND subject_id = {task}")
