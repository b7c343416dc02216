"""Contact plans: a file of lines in, messages at the carrier and tasks for people, whatever happens between."""

import json

import orders
import pytest
from harness import Ctl, wait_until

PLAN = """# What we do for a new customer
enrol new customers
for city = Lyon
team lyon

day 0: sms
    text Bienvenue {{first_name}}, colis {{order_number}}
day 0: call
    title Appel de bienvenue
    expect le client connait nos creneaux
after 0 days: sms
    text Merci de cet appel
    when outcome reached
"""


def ready(stage):
    stage.add_profile("shop", orders.PROFILE)
    carrier = stage.add_carrier(settings="window = 50")
    stage.start()
    stage.ctl("team", "set", "lyon", "--label", "Lyon", "--hours", "00:00-24:00")
    stage.ctl("staff", "set", "anna", "--name", "Anna", "--team", "lyon")
    return carrier


def set_plan(stage, text, *options, name="welcome"):
    return stage.ctl("plan", "set", name, "-", *options, text=text)


def one(stage, what):
    return stage.sql.one("SELECT COUNT(*) FROM " + what)


def texts(carrier, beginning):
    return [line[3] for line in carrier.accepted() if line[3].startswith(beginning)]


def test_a_plan_welcomes_new_customers_through_kills_and_goes_on_with_the_result(stage):
    people = 600
    carrier = ready(stage)
    text = PLAN.replace(", colis {{order_number}}", "")
    with pytest.raises(Ctl) as refused:
        set_plan(stage, PLAN)
    assert "line 6: " in refused.value.error and "order_number" in refused.value.error
    assert set_plan(stage, text)["state"] == "off"
    assert stage.ctl("plan", "on", "welcome")["state"] == "on"
    rows = [orders.row(i) for i in range(1, people + 1)] + [orders.row(people + 1, city="Paris")]
    stage.drop("shop", "a.csv", orders.orders_csv(rows))
    for part in (0.1, 0.4, 0.7):
        wait_until(lambda: one(stage, "contact_plan_log") >= 2 * people * part, every=0.005,
                   what=f"{part:.0%} of the steps are done")
        stage.kill()
        stage.start()
    wait_until(lambda: one(stage, "contact_task") == people
               and one(stage, "occasion_sent WHERE message_id IS NOT NULL") == people
               and one(stage, "message WHERE state IN ('queued', 'submitting', 'accepted')") == 0,
               limit=120, what="all were welcomed, and have a task")
    assert one(stage, "contact_enrolment") == people
    assert one(stage, "message") == people
    assert stage.sql.one("SELECT COUNT(DISTINCT customer_id) FROM contact_task") == people

    task = stage.sql.one("SELECT MIN(id) FROM contact_task")
    customer = stage.sql.one(f"SELECT customer_id FROM contact_task WHERE id = {task}")
    stage.ctl("task", "done", task, "reached")
    wait_until(lambda: texts(carrier, "Merci de cet appel"), what="the last step is done")
    wait_until(lambda: one(stage, "contact_enrolment WHERE state = 'done'") == 1, what="it is over")

    shown = stage.ctl("plan", "customer", customer)["plans"][0]
    assert shown["state"] == "done"
    assert [step["what"] for step in shown["steps"]] == ["message", "task", "message"]
    steps = stage.ctl("plan", "show", "welcome")["steps"]
    assert [(s["messages"], s["tasks"]) for s in steps] == [(people, 0), (0, people), (1, 0)]
    other = stage.sql.one("SELECT MAX(customer_id) FROM contact_enrolment")
    assert stage.ctl("plan", "pause", "welcome", other)["state"] == "paused"
    paused = stage.ctl_raw("--json", "plan", "who", "welcome", "--state", "paused")[1].stdout
    assert len(paused.splitlines()) == 1
    assert stage.ctl("plan", "resume", "welcome", other)["state"] == "active"
    assert stage.ctl("plan", "stop", "welcome", other, "--why", "moved away")["state"] == "stopped"
    assert one(stage, "contact_task WHERE state = 'cancelled'") == 1
    with pytest.raises(Ctl) as refused:
        stage.ctl("plan", "enrol", "welcome")
    assert "expected customer_id, or audience" in refused.value.error
    stage.ctl("plan", "enrol", "welcome", "--customer", other)
    assert stage.ctl("plan", "skip", "welcome", other)["state"] == "skipped"
    for command in ("list", "show welcome", f"customer {customer}", "who welcome"):
        argv, done = stage.ctl_raw("plan", *command.split())
        assert done.returncode == 0 and "welcome" in done.stdout + command, (argv, done)

    # The same as JSON says the same, and is no new version.
    plan = stage.ctl("plan", "show", "welcome")
    body = {name: plan[name] for name in ("enrol", "for", "team", "late_days")}
    body["steps"] = [{k: v for k, v in step.items() if k != "step"} for step in plan["steps"]]
    status, made = stage.http("PUT", "/v1/plans/copy", body)
    assert status == 200, made
    assert [s["kind"] for s in json.loads(made)["steps"]] == ["sms", "call", "sms"]
    body["steps"][1]["title"] = "a\nday 9: sms"
    status, made = stage.http("PUT", "/v1/plans/copy", body)
    assert status == 422 and "step 2: title: expected a text in one line" in json.loads(made)["error"]
