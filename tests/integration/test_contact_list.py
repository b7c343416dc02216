"""The daily list by the real programs: files and replies come in, and are on it; kill -9 doubles nothing."""

from datetime import date, timedelta

import orders
import pytest
from harness import Ctl, wait_until
from scenes import take

PROFILE = orders.PROFILE + 'field "status"      { column = { "status" } }\n'
HEADER = orders.HEADER + ";status"


def deliveries(numbers, status):
    return "\n".join([HEADER, *(f"{orders.row(i, consent='no')};{status}" for i in numbers)]) + "\n"


@pytest.fixture(scope="module")
def house(shared_stage):
    """A team of two whose day never ends and has no holidays: each may contact three customers a day."""
    stage = shared_stage
    stage.add_profile("shop", PROFILE)
    stage.carrier = stage.add_carrier()
    stage.start()
    stage.ctl("team", "set", "nord", "--label", "Nord", "--hours", "00:00-24:00", "--country", "GB",
              "--list-at", "00:00", "--list-days", "mon-sun")
    for login in ("anna", "bruno"):
        stage.ctl("staff", "set", login, "--name", login, "--team", "nord", "--capacity", 3)
    return stage


def tasks(stage, state="open"):
    """{name of the customer: (employee, why)} of the list of today."""
    try:
        shown = stage.ctl("contact", "list", "show", "nord")
    except Ctl:
        return {}  # none was made yet
    return {t["customer"]: (t["staff"], t["reasons"]) for t in shown["tasks"] if t["state"] == state}


def wait_listed(stage, names):
    wait_until(lambda: set(tasks(stage)) == set(names), what=lambda: f"{tasks(stage)} are {names}")


def name(i):
    return f"Camille Nom{i}"


def explained(stage, i):
    return stage.ctl("contact", "explain", f"shop:C{i:06d}")


def test_without_a_policy_there_is_no_list_and_it_says_so(house):
    with pytest.raises(Ctl, match="no contact policy is on"):
        house.ctl("contact", "list", "make", "nord")
    with pytest.raises(Ctl, match="there is no category"):
        house.ctl("contact", "policy", "set", "gold", "--team", "nord")
    with pytest.raises(Ctl, match='expected points, or points and days such as "50/14"'):
        house.ctl("contact", "policy", "set", "others", "--team", "nord", "--missed", "many")
    with pytest.raises(Ctl, match="there is no team"):
        house.ctl("contact", "policy", "set", "others", "--team", "west")


def test_missed_deliveries_of_a_file_are_on_the_list_of_today(house):
    house.ctl("contact", "policy", "set", "others", "--team", "nord", "--every", 30)
    wait_until(lambda: house.ctl("contact", "lists")["lists"][0:1]
               and house.ctl("contact", "lists")["lists"][0]["state"] == "made",
               what="the list is made")
    assert tasks(house) == {}
    take(house, "a.csv", deliveries(range(1, 5), "missed"))
    wait_listed(house, [name(i) for i in range(1, 5)])
    listed = tasks(house)
    assert {why for _, why in listed.values()} == {"missed=50:0"}
    assert sorted(who for who, _ in listed.values()) == ["anna", "anna", "bruno", "bruno"]
    why = explained(house, 1)
    assert (why["verdict"], why["score"], why["team"]) == ("on_the_list", 50, "nord")
    assert why["staff"] == listed[name(1)][0]


def test_who_is_delivered_after_all_leaves_the_list(house):
    take(house, "b.csv", deliveries([1], "delivered"))
    wait_listed(house, [name(i) for i in range(2, 5)])
    assert explained(house, 1)["verdict"] == "nothing_due"


def test_a_reply_puts_its_customer_on_the_list(house):
    house.carrier.send(orders.phone(1), "36000", "Bonjour, ou est mon colis ?")
    wait_listed(house, [name(i) for i in range(1, 5)])
    assert tasks(house)[name(1)][1] == "reply=40:0"


def test_a_killed_daemon_lists_nobody_twice(house):
    house.sql.run("UPDATE contact_list SET state = 'making'")  # whoever makes it dies now
    house.kill()
    house.start()
    wait_until(lambda: house.ctl("contact", "lists")["lists"][0]["state"] == "made",
               what="the list is made again")
    assert len(tasks(house)) == 4
    assert house.sql.one("SELECT COUNT(*) FROM contact_task WHERE state = 'open'") == 4


def test_a_result_ends_it_and_a_topic_fills_the_free_places(house):
    shown = house.ctl("contact", "list", "show", "nord")["tasks"]
    task = next(t["id"] for t in shown if t["customer"] == name(2) and t["state"] == "open")
    house.ctl("task", "done", task, "reached")
    assert explained(house, 2)["verdict"] == "done_today"
    take(house, "c.csv", deliveries(range(5, 9), "delivered"))
    house.ctl("contact", "topic", "set", "hiver", "--kind", "terms", "--text", "-10 % en hiver",
              "--to", "2099-01-01")
    made = house.ctl("contact", "list", "make", "nord")["lists"][0]
    assert made["wanted_by"] and made["state"] == "made"  # it stays until the list is there
    assert len(tasks(house)) == 5
    assert house.ctl("contact", "lists")["lists"][0]["best_left_out"] == 15
    assert len(tasks(house, "done")) == 1  # what was done today has had its place
    assert sum(why.startswith("terms=15") for _, why in tasks(house).values()) == 2
    house.ctl("contact", "topic", "end", "hiver")
    left = next(i for i in range(5, 9) if name(i) not in tasks(house))
    assert explained(house, left)["verdict"] == "nothing_due"


def test_what_people_read(house):
    def said(*words):
        argv, done = house.ctl_raw(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "others" in said("contact", "policy", "list")
    assert "50 points, 14 days" in said("contact", "policy", "show")
    assert "-10 % en hiver" in said("contact", "topic", "list") and " ended " in said("contact", "topic", "list")
    assert "nord" in said("contact", "lists")
    assert name(3) in said("contact", "list", "show", "nord")
    today = house.ctl("contact", "lists", "--team", "nord")["lists"][0]["day"]
    ahead = (date.fromisoformat(today) + timedelta(days=2)).isoformat()
    assert house.ctl("contact", "list", "make", "nord", "--day", ahead)["lists"][0]["state"] == "made"
    assert house.ctl("contact", "list", "show", "nord")["lists"][0]["day"] == today
    assert "nothing; team set --policy" in said("team", "show", "nord")
    why = said("contact", "explain", "shop:C000003")
    assert "on the list of" in why and "50  delivery missed today (missed)" in why
    house.ctl("contact", "policy", "off", "others")
    left = next(i for i in range(5, 9) if name(i) not in tasks(house))
    assert "no policy is on" in said("contact", "explain", f"shop:C{left:06d}")
