"""What relaisd finds wrong by itself, who is told of it, and who tells when relaisd itself is gone."""

import email
import email.policy
import os
import re
import signal
import subprocess

import pytest

from harness import BUILD, LIMIT, Ctl, wait_until
from orders import phone
from smtp_sink import Sink

QUICK = 'alert {\n    every = "200ms"\n    carrier_down = "1s"\n    queue_age = "2s"\n    stopped = "5m"\n}\n'


@pytest.fixture(scope="module")
def house(shared_stage):
    """One relaisd with a carrier; each test leaves it with both running, and no alert open."""
    shared_stage.settings = QUICK
    shared_stage.smsc = shared_stage.add_carrier()
    shared_stage.start()
    shared_stage.sql.run(
        "INSERT INTO team (id, code, label, hours, country, created_at, updated_at)"
        " VALUES (1, 'nord', 'Nord', 'mon-sun 00:00-24:00', 'GB', NOW(), NOW()),"  # whatever the day and the hour
        "        (2, 'empty', 'Empty', 'mon-sun 00:00-24:00', 'GB', NOW(), NOW());"
        "INSERT INTO staff (id, login, name, role, team_id, phone, created_at, updated_at)"
        f" VALUES (4, 'chef', 'Chef', 'manager', 1, '{phone(499)}', NOW(), NOW())")
    shared_stage.ctl("escalation", "set", "urgent", "--steps", "after 60m employee by sms")
    return shared_stage


def alerts(house, kind):
    """The open ones of that kind, as relaisctl shows them."""
    return [a for a in house.ctl("alert", "list")["alerts"] if a["kind"] == kind]


def wait_alert(house, kind):
    return wait_until(lambda: alerts(house, kind), what=f"{kind} is open")[0]


def wait_over(house, kind):
    wait_until(lambda: not alerts(house, kind), what=f"{kind} is over")


def test_a_carrier_that_is_gone_is_an_alert_that_is_told_by_its_rule_until_it_is_back(house):
    house.ctl("alert", "rule", "set", "any", "--policy", "urgent", "--team", "nord")
    house.smsc.stop()
    down = wait_alert(house, "carrier_down")
    assert down["subject"] == "node 1: orange"
    matter = f"FROM matter WHERE kind = 'alert' AND subject_id = {down['id']}"
    assert house.sql.one(f"SELECT state {matter}") == "open"
    house.ctl("alert", "ack", str(down["id"]), "--note", "je regarde")
    assert house.sql.one(f"SELECT state {matter}") == "acknowledged"
    assert alerts(house, "carrier_down")[0]["note"] == "je regarde"

    # What goes by it waits, and that is one of its own.
    house.ctl("message", "send", "Bonjour", "--to", phone(1), "--basis", "contract")
    wait_alert(house, "queue_age")
    house.smsc = house.restart_carrier(house.smsc)
    wait_over(house, "carrier_down")
    wait_over(house, "queue_age")
    assert house.sql.one(f"SELECT state {matter}") == "settled"
    house.ctl("alert", "rule", "remove", "any")


def test_an_alert_reaches_the_telephone_of_whom_its_rule_names(house):
    house.sql.run("INSERT INTO staff (id, login, name, role, team_id, phone, created_at, updated_at)"
                  f" VALUES (5, 'bruno', 'Bruno', 'employee', 1, '{phone(500)}', NOW(), NOW());"
                  "INSERT INTO node_beat (node_id, host, started_at, beat_at)"
                  " VALUES (8, 'eight', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) - INTERVAL 1 HOUR)")
    house.ctl("escalation", "set", "quick", "--steps", "after 1m employee by sms urgent")
    house.ctl("alert", "rule", "set", "node_down", "--policy", "quick", "--staff", "bruno")
    number = wait_alert(house, "node_down")["id"]
    house.sql.run("UPDATE matter SET base_at = base_at - INTERVAL 2 MINUTE, next_at = base_at,"
                  " version = version + 1"
                  f" WHERE kind = 'alert' AND subject_id = {number}")
    told = wait_until(lambda: [text for _, _, to, text in house.smsc.accepted() if to == phone(500)],
                      what="Bruno is told")
    assert f"A{number}" in told[0], told
    house.sql.run("DELETE FROM node_beat WHERE node_id = 8")
    wait_over(house, "node_down")
    assert house.sql.one(f"SELECT state FROM matter WHERE subject_id = {number}") == "settled"
    house.ctl("alert", "rule", "remove", "node_down")


def test_a_rule_that_makes_no_sense_is_refused(house):
    with pytest.raises(Ctl, match='did you mean "carrier_down"'):
        house.ctl("alert", "rule", "set", "carrier_dow", "--policy", "urgent", "--team", "nord")
    with pytest.raises(Ctl, match='nobody of login "nobody" works here'):
        house.ctl("alert", "rule", "set", "any", "--policy", "urgent", "--staff", "nobody")
    with pytest.raises(Ctl, match=r"nobody would be told \(manager by sms: nobody\): say whose work"):
        house.ctl("escalation", "set", "led", "--steps", "after 0m manager by sms")
        house.ctl("alert", "rule", "set", "any", "--policy", "led")
    with pytest.raises(Ctl, match="none of them works here today"):
        house.ctl("alert", "rule", "set", "any", "--policy", "led", "--team", "empty")
    assert house.ctl("alert", "rule", "list")["rules"] == []


def test_a_rule_says_whom_it_reaches(house):
    house.ctl("staff", "set", "rita", "--name", "Rita", "--team", "nord", "--phone", phone(501))
    house.ctl("escalation", "set", "both", "--steps",
              "after 0m employee by sms; after 1h manager by mail; after 1h person rita by sms")
    assert house.ctl("alert", "rule", "set", "node_down", "--policy", "both", "--staff", "rita")[
        "said"] == ("Told from now on, of what is open, too: employee by sms: rita; manager by mail: "
                    "nobody; person rita by sms: rita.")
    # A person whom the policy itself names needs nobody whose work it is.
    assert "person rita by sms: rita" in house.ctl("alert", "rule", "set", "node_down", "--policy",
                                                   "both")["said"]
    house.ctl("alert", "rule", "remove", "node_down")


def test_a_rule_says_that_a_carrier_is_no_way_to_tell_that_it_is_down(house):
    def said(kind, policy):
        return house.ctl("alert", "rule", "set", kind, "--policy", policy, "--staff", "ruth")["said"]
    house.ctl("staff", "set", "ruth", "--name", "Ruth", "--team", "nord", "--phone", phone(502))
    house.ctl("escalation", "set", "sms", "--steps", "after 0m employee by sms; after 1h person ruth by sms")
    assert "SMS alone" not in said("carrier_down", "sms")  # there is no other way here
    house.ctl("staff", "set", "ruth", "--mail", "ruth@shop.example")
    for kind in ("carrier_down", "any"):
        assert "SMS alone" in said(kind, "sms") and '"by both"' in said(kind, "sms")
    assert "SMS alone" not in said("node_down", "sms")
    house.ctl("escalation", "set", "ways", "--steps", "after 0m employee by sms; after 1h employee by both")
    assert said("carrier_down", "ways").endswith(": ruth.")
    shown = house.ctl_raw("alert", "rule", "list")[1].stdout
    assert "any " in shown and "* " not in shown  # as it is typed
    for kind in ("any", "carrier_down", "node_down"):
        house.ctl("alert", "rule", "remove", kind)


def test_who_closes_an_alert_is_not_told_of_the_same_trouble_again(house):
    house.sql.run("INSERT INTO node_beat (node_id, host, started_at, beat_at)"
                  " VALUES (7, 'seven', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) - INTERVAL 1 HOUR)")
    house.ctl("alert", "close", str(wait_alert(house, "node_down")["id"]))
    before = house.metrics()["relais_beat_timestamp_seconds"]
    wait_until(lambda: house.metrics()["relais_beat_timestamp_seconds"] > before + 1,
               what="it has looked again")
    assert not alerts(house, "node_down")


@pytest.mark.parametrize("ends", ["stopped in order", "ended without a word"])
def test_a_relaisd_that_was_not_running_for_long_says_so_at_its_next_start(house, ends):
    """That it was away is told by the clock: ten minutes pass between the two runs."""
    if ends == "stopped in order":
        assert house.relaisd.stop() == 0
    else:
        wait_until(lambda: house.sql.one("SELECT stopped_at IS NULL FROM node_beat WHERE node_id = 1"))
        house.kill()
    shift = int(house.environment.get("RELAIS_CLOCK_SHIFT", 0)) + 600
    house.environment["RELAIS_CLOCK_SHIFT"] = str(shift)
    house.start()
    stopped = wait_alert(house, "stopped")
    assert ends in stopped["text"]
    house.ctl("alert", "close", str(stopped["id"]))


# --- relaisctl heartbeat ---

class Heart:
    """relaisctl heartbeat, run as its timer does, with a mail server to tell it to."""

    def __init__(self, house, sink):
        self.house, self.sink, self.state = house, sink, house.dir / "heartbeat.state"
        self.conf = house.dir / "heartbeat.conf"
        self.conf.write_text(house.conf.read_text() + 'mail {\n    from = "relais@shop.example"\n'
                             f'    tls = off\n    relay = {{ "127.0.0.1:{sink.port}" }}\n}}\n')

    def beat(self, *more, conf=None):
        return subprocess.run(
            [BUILD / "relaisctl", "--config", conf or self.conf, "--standalone", self.house.data,
             "heartbeat", "--mail", "admin@shop.example", "--after", "5m", "--state", self.state, *more],
            capture_output=True, text=True, timeout=LIMIT)

    def minutes_pass(self, n):
        """In the file where the heartbeat keeps since when it is so."""
        since = int(re.search(r"\d+", self.state.read_text())[0])
        self.state.write_text(self.state.read_text().replace(str(since), str(since - n * 60_000_000)))

    def subjects(self):
        return [mail.parsed()["Subject"].partition(" /")[0] for mail in self.sink.to("admin@shop.example")]


@pytest.fixture
def heart(house):
    heart = Heart(house, Sink())
    yield heart
    heart.sink.stop()
    heart.state.unlink(missing_ok=True)


def test_a_relaisd_that_is_gone_is_told_once_and_that_it_is_back_once(house, heart):
    assert heart.beat().returncode == 0 and not heart.state.exists()
    house.kill()
    try:
        for _ in range(2):
            assert heart.beat().returncode == 69
        assert heart.subjects() == []  # it may only be started again
        heart.minutes_pass(5)
        for _ in range(3):
            assert heart.beat().returncode == 69
        assert heart.subjects() == ["Relais ne répond plus"]
    finally:
        house.start()
    for _ in range(2):
        assert heart.beat().returncode == 0
    assert heart.subjects() == [
        "Relais ne répond plus", "Relais répond à nouveau"]
    assert not heart.state.exists()


def test_a_relaisd_without_its_database_is_not_well(house, heart):
    database = house.mariadbd_pid()
    os.kill(database, signal.SIGSTOP)
    try:
        done = heart.beat()
    finally:
        os.kill(database, signal.SIGCONT)
    assert done.returncode == 69 and "its database is" in done.stderr, done.stderr
    wait_until(lambda: heart.beat().returncode == 0, what="it is well again")


def test_what_no_relay_takes_is_told_by_sendmail_or_else_the_next_time(house, heart):
    taken = house.dir / "taken"
    script = house.dir / "sendmail"
    script.write_text(f'#!/bin/sh\n[ -e {house.dir}/open ] || exit 75\necho "$@" > {taken}\ncat >> {taken}\n')
    script.chmod(0o755)
    alone = house.dir / "alone.conf"
    alone.write_text(house.conf.read_text() + 'control {\n    socket = "/nowhere/relais.sock"\n}\n')
    done = heart.beat("--sendmail", script, conf=alone)
    assert done.returncode == 69 and "there is no /nowhere/relais.sock" in done.stderr, done.stderr
    heart.minutes_pass(5)
    assert heart.beat("--sendmail", script, conf=alone).returncode == 1 and not taken.exists()
    (house.dir / "open").touch()
    assert heart.beat("--sendmail", script, conf=alone).returncode == 69
    assert taken.read_text().startswith("-i -f relais@") and "-- admin@shop.example\n" in taken.read_text()
    taken.unlink()
    assert heart.beat("--sendmail", script, conf=alone).returncode == 69 and not taken.exists()


def test_where_nothing_can_be_noted_it_is_told_at_once(house, heart):
    alone = house.dir / "alone.conf"
    alone.write_text(heart.conf.read_text() + 'control {\n    socket = "/nowhere/relais.sock"\n}\n')
    done = heart.beat("--state", house.dir / "nowhere" / "state", conf=alone)
    assert done.returncode == 1 and "cannot be written" in done.stderr, done.stderr
    assert heart.subjects() == ["Relais ne répond plus"]
    [mail] = heart.sink.to("admin@shop.example")
    assert "this mail comes with" in mail.parsed().get_content()


def test_a_configuration_that_is_refused_is_told_by_sendmail(house, heart):
    taken, script, broken = (house.dir / name for name in ("taken", "sendmail", "broken.conf"))
    script.write_text(f'#!/bin/sh\ncat > {taken}\n')
    script.chmod(0o755)
    broken.write_text(heart.conf.read_text() + "control {\n    sokcet = 1\n}\n")
    taken.unlink(missing_ok=True)
    done = heart.beat("--sendmail", script, conf=broken)
    assert done.returncode == 78 and "sokcet" in done.stderr and not taken.exists(), done.stderr
    heart.minutes_pass(5)
    for _ in range(2):
        assert heart.beat("--sendmail", script, conf=broken).returncode == 78
    mail = email.message_from_bytes(taken.read_bytes(), policy=email.policy.default)
    assert mail["Subject"].startswith("Configuration de Relais refusée / refused")
    assert "sokcet" in mail.get_content() and "relaisd --check-config" in mail.get_content()
    taken.unlink()
    assert heart.beat("--sendmail", script).returncode == 0 and heart.subjects() == ["Relais répond à nouveau"]


@pytest.mark.parametrize("what, reason", [
    (("--mail", "nobody"), "expected a mail address"), (("--after", "soon"), "expected a duration")])
def test_a_heartbeat_that_cannot_work_says_why(heart, what, reason):
    done = heart.beat(*what)
    assert done.returncode == 2 and reason in done.stderr, done.stderr
