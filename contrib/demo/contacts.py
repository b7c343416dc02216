"""contacts.py - the demo's second part: who is to be called, who did it, and who is told of what nobody did.

The clock of relaisd is turned, so that a day of an office passes in a moment.
"""

import datetime
import signal

from harness import wait_until

OURS = "38012"
ANNA, BRUNO, CARLA = "+33755500101", "+33755500102", "+33755500103"
OFFICE = (ANNA, BRUNO, CARLA)
POLICY = ("after 0m employee by sms; after 30m employee by sms; after 1h manager by sms;"
          " repeat every 2h 2 times")
PLACES = 3  # contacts a day and person


class Clock:
    """What relaisd takes for now: it reads the file again when it is told to."""

    def __init__(self, stage):
        self.stage, self.file, self.shift = stage, stage.dir / "clock", 0
        stage.environment["RELAIS_CLOCK_SHIFT"] = str(self.file)
        self.file.write_text("0\n")

    def turn(self, seconds):
        self.shift += seconds
        self.file.write_text(f"{self.shift}\n")
        self.stage.relaisd.signal(signal.SIGHUP)
        self.stage.relaisd.wait_said(f"clock shift_s={self.shift} ")


def set_up(stage):
    """A team that works day and night, so that the demo is the same at any hour."""
    ctl = stage.ctl
    ctl("escalation", "set", "rappel", "--steps", POLICY)
    ctl("team", "set", "nord", "--label", "Équipe Nord", "--hours", "00:00-23:59", "--country", "GB",
        "--list-at", "00:00", "--list-days", "mon-sun", "--policy", "rappel")
    for login, name, phone, role in (("carla", "Carla Petit", CARLA, "manager"),
                                     ("anna", "Anna Morel", ANNA, "employee"),
                                     ("bruno", "Bruno Roy", BRUNO, "employee")):
        ctl("staff", "set", login, "--name", name, "--team", "nord", "--role", role, "--phone", phone,
            *(("--manager", "carla", "--capacity", PLACES) if role == "employee" else ("--capacity", 0)))
    ctl("contact", "policy", "set", "others", "--team", "nord", "--every", 60)
    ctl("contact", "policy", "set", "vip", "--team", "nord", "--every", 30, "--priority", 20)


def told(stage, phone):
    """The SMS that this handset got, whole, in their order."""
    return [row[0] for row in stage.sql.rows(
        f"SELECT text FROM message WHERE address = '{phone}'"
        " AND state NOT IN ('queued', 'submitting', 'cancelled') ORDER BY id")]


def wait_told(stage, phone, n):
    """The nth of them."""
    wait_until(lambda: len(told(stage, phone)) >= n, what=f"SMS {n} at {phone}")
    return told(stage, phone)[n - 1]


def answer(stage, carrier, phone, text):
    """The handset says it; what comes back."""
    n = len(told(stage, phone))
    carrier.send(phone.lstrip("+"), OURS, text)
    return wait_told(stage, phone, n + 1)


def today(stage, login):
    return stage.ctl("today", "--staff", login)["tasks"]


def morning(stage, say):
    """Both lists of the day, the first one in words: its numbers, and the day."""
    wait_until(lambda: len(today(stage, "anna")) == len(today(stage, "bruno")) == PLACES,
               what="the list of the day")
    say("The daily list is made. Anna's:")
    for task in today(stage, "anna"):
        say(f"    {task['id']:>4}  {task['score']:>4} points  {task['customer']:<22} {task['because']}")
    tasks = today(stage, "anna")
    return [task["id"] for task in tasks], tasks[0]["day"]


def midnight(stage, clock):
    """The day is over, and a minute more: what has no result is late."""
    due = datetime.datetime.fromisoformat(today(stage, "bruno")[0]["due_at"].replace("Z", "+00:00"))
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=clock.shift)
    clock.turn(int((due - now).total_seconds()) + 60)


def play(stage, carrier, clock, say):
    """A day of the office; which one it was."""
    set_up(stage)
    annas, day = morning(stage, say)
    say(f"Anna answers by SMS, \"ok{annas[0]} elle rappelle lundi\":")
    said = answer(stage, carrier, ANNA, f"ok{annas[0]} elle rappelle lundi")
    say(f"    \"{said}\"")
    stage.ctl("task", "done", annas[1], "order_taken", "--note", "10 colis", "--staff", "anna")
    say("The day ends; Anna has one contact left, and Bruno all of his. Each gets one SMS:")
    before = len(told(stage, ANNA))
    midnight(stage, clock)
    say(f"    Anna:  \"{wait_told(stage, ANNA, before + 1)}\"")
    say(f"    Bruno: \"{wait_told(stage, BRUNO, 1)}\"")
    say(f"Anna answers \"{annas[2]} absent\": \"{answer(stage, carrier, ANNA, f'{annas[2]} absent')}\"")
    say("Bruno does nothing. Half an hour later he is told once more, an hour later Carla is:")
    clock.turn(30 * 60)
    wait_told(stage, BRUNO, 2)
    clock.turn(60 * 60)
    say(f"    Carla: \"{wait_told(stage, CARLA, 1)}\"")
    say(f"Carla answers \"VU TOUT\": \"{answer(stage, carrier, CARLA, 'VU TOUT')}\"")
    return day


def report(stage, carrier, report, say, day):
    """What became of that day's contacts, held against SQL and the carrier's book."""
    say("Contacts")
    for row in stage.ctl("report", "contacts", "--by", "employee", "--from", day, "--to", day)["rows"]:
        of = (f"FROM contact_task t JOIN staff s ON s.id = t.staff_id WHERE t.day = '{day}'"
              f" AND t.state <> 'cancelled' AND s.name = '{row['label']}'")
        report.figure(f"{row['label']}: planned", row["planned"], f"SELECT COUNT(*) {of}")
        report.figure("  done", row["done"], f"SELECT COUNT(*) {of} AND t.state = 'done'")
    report.figure("SMS parts to the office", sum(to in OFFICE for _, _, to, _ in carrier.accepted()),
                  f"SELECT SUM(parts) FROM message WHERE address IN {OFFICE}",
                  "reminders, and what answers were answered; none came twice")
