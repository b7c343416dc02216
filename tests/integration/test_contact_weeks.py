"""Half a year of reminders in seconds: over both changes of the clocks, holidays, nights and absences, with
answers at random, outages, two nodes at the same moment, and a kill -9 at any statement. Who was told of
what, when, must be what a second reckoning of the same policies says (work_calendar.py), to the microsecond.
RELAIS_CONTACT_WEEKS=25 for how long, RELAIS_CONTACT_SEED to see a run again."""

import contextlib
import datetime
import os
import random
import re
import signal
import subprocess
import time

import pytest

from harness import BUILD, SOURCE, Ctl, Sql, _die_with_parent, wait_until
from work_calendar import DAY, MINUTE, House, Matter, Person, Policy, Team, easter, utc

WEEKS = int(os.environ.get("RELAIS_CONTACT_WEEKS", "25"))
SEED = int(os.environ.get("RELAIS_CONTACT_SEED", "0")) or random.randrange(1, 1 << 31)
FIRST = datetime.date(2026, 10, 12)
HOUR = 60 * MINUTE
FIRST_TASK = 5001  # no other number in a text is so large
PROGRAM = BUILD / "tests" / "integration" / "contact_weeks"
WEEK, SIX, ALL = range(0, 5), range(0, 6), range(0, 7)

NORD = Team(1, "nord", "Europe/Paris", "", [(WEEK, 540, 720), (WEEK, 840, 1080)])
SUD = Team(2, "sud", "Indian/Reunion", "974", [(SIX, 480, 960)])
NUIT = Team(3, "nuit", "Europe/Paris", "", [(ALL, 0, 360), (ALL, 1320, 1440)])
PART = Team(1, "nord", "Europe/Paris", "", [((0, 1, 3), 600, 960)])  # of who works part-time there
HOURS = {PART: "mon-tue 10:00-16:00,thu 10:00-16:00", NORD: "mon-fri 09:00-12:00,14:00-18:00", SUD: "mon-sat 08:00-16:00",
         NUIT: "00:00-06:00,22:00-24:00"}

POLICIES = [
    Policy("usual", [(60, "employee", "sms", False), (60, "employee", "sms", False),
                     (120, "manager", "both", False), (240, "director", "mail", False)],
           repeat=480, times=2),
    Policy("brisk", [(0, "employee", "sms", False), (15, "manager", "sms", True)], repeat=30, times=3,
           skip=60, again=120),
    Policy("slow", [(600, "employee", "mail", False), (1200, "eva", "sms", False)], skip=1440, again=480),
]


def people():
    eva = Person(1, "eva", "director", NORD, None, "+33612340001", "eva@example.fr")
    carla = Person(2, "carla", "manager", NORD, eva, "+33612340002", "carla@example.fr")
    anna = Person(3, "anna", "employee", NORD, carla, "+33612340003", "", PART)
    bruno = Person(4, "bruno", "employee", NORD, carla, "+33612340004", "bruno@example.fr")
    rose = Person(5, "rose", "manager", SUD, eva, "+262692340005", "")
    sami = Person(6, "sami", "employee", SUD, rose, "", "sami@example.fr")
    tom = Person(7, "tom", "employee", SUD, rose, "+262692340007", "")
    nina = Person(8, "nina", "employee", NUIT, carla, "+33612340008", "")
    otto = Person(9, "otto", "employee", NUIT, nina, "", "")  # nobody can reach him
    return [eva, carla, anna, bruno, rose, sami, tom, nina, otto]


class Worker:
    """A node: the store functions behind a pipe; killed, it is started again."""

    def __init__(self, where, lane):
        self.argv = [PROGRAM, "work", *where, str(lane)]
        self.killed = 0
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, preexec_fn=_die_with_parent)

    def tell(self, *words):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write("|".join(map(str, words)) + "\n")
            self.process.stdin.flush()

    def hear(self):
        """What it answered; None: it was killed."""
        line = self.process.stdout.readline()
        if not line:
            assert self.process.wait() == -9, f"it ended with {self.process.returncode}"
            self.killed += 1
            return None
        assert line.startswith("ok"), line
        return line[3:].strip()

    def do(self, *words):
        self.tell(*words)
        return self.hear()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Weeks:
    def __init__(self, where, seed):
        self.random = random.Random(seed)
        self.workers = [Worker(where, 1), Worker(where, 2)]
        self.people = people()
        self.house = House(self.people)
        self.matters, self.dues = {}, {}
        self.steps = []    # (task, turn, step, round, what, planned, at, who)
        self.notices = []  # {who, channel, at, tasks, said, state}: said: of these, in the end
        self.now = self.changes = 0
        self.set_clock(NORD.instant(FIRST, 0))
        self.set_up()

    # --- the scene ---

    def set_up(self):
        do = self.workers[0].do
        for team in (NORD, SUD, NUIT):
            do("team", team.code, team.zone.key, team.region, HOURS[team], "")
        for p in self.people:
            number = do("staff", p.login, p.role, p.team.code, p.manager.login if p.manager else "",
                        p.phone, p.mail, HOURS[p.work] if p.work is not p.team else "")
            assert int(number) == p.id
        for policy in POLICIES:
            do("policy", policy.name, policy.sentences())
        do("sql", "INSERT INTO customer (id, created_at, updated_at, country)"
                  " VALUES (1, NOW(6), NOW(6), 'FR')")
        self.set_absences()

    def away(self, login, first, days, deputy=None):
        person = self.house.by_login(login)
        last = first + (days - 1) * DAY
        number = self.workers[0].do("away", login, first, last, deputy or "")
        person.absences.append((first, last, self.house.by_login(deputy) if deputy else None, number))

    def set_absences(self):
        date = datetime.date
        self.away("anna", date(2026, 10, 22), 6, "bruno")    # over the end of summer time
        self.away("bruno", date(2026, 10, 26), 1, "carla")   # a deputy is away, too
        self.away("carla", date(2026, 11, 2), 5)             # nobody stands in: the director is told
        self.away("eva", date(2026, 11, 4), 2)               # ... and is away as well
        self.away("tom", date(2026, 12, 18), 4, "sami")      # over a holiday of Réunion
        self.away("nina", date(2026, 12, 24), 3)
        self.away("eva", date(2026, 12, 28), 4, "carla")
        self.away("rose", date(2027, 1, 11), 5)
        self.away("anna", date(2027, 3, 26), 5, "bruno")     # over summer time and Easter Monday
        self.away("nina", date(2027, 3, 28), 1, "otto")      # the short night; he has no address
        for login, deputy in (("anna", "bruno"), ("tom", "sami"), ("nina", None)):
            for week in range(6, 22, 4):
                first = FIRST + (7 * week + self.random.randrange(20)) * DAY
                person = self.house.by_login(login)
                if not any(person.away(first + n * DAY) for n in range(3)):
                    self.away(login, first, self.random.randrange(1, 4), deputy)

    def change_absences(self):
        """Somebody falls ill, or is back before the day; all is reckoned again from this moment on."""
        person = self.random.choice(self.people[1:8])
        today = person.team.day(self.now)
        begun = [a for a in person.absences if a[1] >= today]
        first = today + self.random.randrange(4) * DAY
        last = first + self.random.randrange(4) * DAY
        is_there = [p for p in self.people if p.team is person.team and p is not person and not any(
            a[0] <= last and a[1] >= first for a in p.absences)]
        if begun and self.random.random() < 0.5:
            absence = self.random.choice(begun)
            self.workers[0].do("back", absence[3])
            person.absences.remove(absence)
        elif not any(a[0] <= last and a[1] >= first for a in person.absences):
            deputy = self.random.choice(is_there).login if is_there and self.random.random() < 0.7 else None
            self.away(person.login, first, (last - first).days + 1, deputy)
        else:
            return
        self.changes += 1
        self.house.add.cache_clear()
        for m in self.matters.values():
            if m.look is not None and m.look > self.now:
                m.look = self.now

    # --- what happens ---

    def set_clock(self, now):
        self.now = max(now, self.now)
        for worker in self.workers:
            worker.do("at", self.now)

    def do(self, *words):
        """By one of the nodes, which may be killed over it as often as it likes: said again, it is done."""
        worker = self.random.choice(self.workers)
        while True:
            if self.random.random() < 0.3:
                worker.tell("die", self.random.randrange(1, 60))
                worker.hear()
            if worker.do(*words) is not None:
                return
            worker.start()
            worker.do("at", self.now)

    def run(self):
        """Both at the same moment, now and then; or one, which may be killed."""
        if self.random.random() < 0.2:
            for worker in self.workers:
                worker.tell("run")
            for worker in self.workers:
                worker.hear()
        else:
            self.do("run")
        while self.expect_pass():
            pass

    def expect_pass(self):
        """What is due at this moment, by our own reckoning. False: nothing was."""
        due = [m for m in self.matters.values() if m.look is not None and m.look <= self.now]
        told = {}
        for m in sorted(due, key=lambda m: m.id):
            turn, ways = m.turn, m.policy.steps[m.step][2] if m.step < len(m.policy.steps) else ""
            done = m.decide(self.now)
            if not done:
                continue
            step, round_, what, planned, who = done
            self.steps.append((m.id, turn, step, round_, what, planned, self.now, who.id if who else 0))
            if what == "told":
                sms = bool(who.phone and (ways in ("sms", "both") or not who.mail))
                mail = bool(who.mail and (ways in ("mail", "both") or not who.phone))
                for channel in ["sms"] * sms + ["email"] * mail:
                    told.setdefault((who.id, channel), []).append(m.id)
        for (who, channel), tasks in told.items():
            self.notices.append({"who": who, "channel": channel, "at": self.now, "tasks": tasks,
                                 "said": tasks, "state": "waits"})
        return bool(due)

    def leave(self):
        """The carrier took what waits: nothing of it can be withdrawn any more."""
        self.workers[0].do("sql", "UPDATE message SET state = 'accepted' WHERE state = 'queued'")
        self.workers[0].do("sql", "UPDATE mail_out SET state = 'sent' WHERE state = 'waiting'")
        for notice in self.notices:
            if notice["state"] == "waits":
                notice["state"] = "left"

    def withdraw(self, matter):
        """What waits says no more of what was settled, acknowledged, put off or handed over, whatever
        becomes of that later; or is not sent at all."""
        for notice in self.notices:
            if notice["state"] == "waits" and matter.id in notice["said"]:
                notice["said"] = [t for t in notice["said"] if t != matter.id]
                if not notice["said"]:
                    notice["state"] = "withdrawn"

    # --- what people do ---

    def new_task(self):
        owner, policy = self.random.choice(self.people[2:]), self.random.choice(POLICIES)
        task = FIRST_TASK + len(self.matters)
        due = self.now + self.random.choice([0, 0, self.random.randrange(0, 30 * HOUR)])
        self.do("task", task, owner.id, owner.team.id, due, policy.name)
        self.matters[task] = Matter(task, self.house, policy, owner, owner.team, due)
        self.dues[task] = due

    def answer(self):
        alive = [m for m in self.matters.values() if m.state != "settled"]
        if not alive:
            return
        m = self.random.choice(alive)
        what = self.random.choice(["result"] * 4 + ["ack", "ack", "snooze", "over"])
        if what == "result":
            self.do("result", m.id)
            m.settle()
        elif what == "ack":
            self.do("ack", m.id, m.owner.id)
            if m.state == "acknowledged":
                return
            m.acknowledge(self.now)
        elif what == "snooze":
            until = self.now + self.random.randrange(HOUR, 30 * HOUR)
            self.once("snooze", m.id, until)
            m.snooze(until)
        else:
            owner = self.random.choice([p for p in self.people[2:8] if p.team is m.owner.team])
            self.once("over", m.id, owner.id)
            m.hand_over(owner, max(self.now, self.dues[m.id]))
        self.withdraw(m)

    def once(self, *words):
        """Said twice, it would be done twice: nobody is killed over it."""
        self.workers[0].do(*words)

    # --- weeks ---

    def live(self, weeks):
        end, arrival = NORD.instant(FIRST + 7 * weeks * DAY, 0), self.now
        while self.now < end:
            due = min((m.look for m in self.matters.values() if m.look is not None), default=arrival)
            due = max(due, self.now)
            moment = self.random.choices(
                [due, due + self.random.randrange(5 * MINUTE), due + self.random.randrange(40 * HOUR),
                 self.random.randint(self.now, due)], [9, 5, 2, 3])[0]
            self.set_clock(min(moment, max(arrival, self.now)))
            if self.now >= arrival:
                for _ in range(self.random.choice([1, 1, 2, 4])):
                    self.new_task()
                arrival = self.now + self.random.randrange(140 * HOUR)
            if self.random.random() < 0.05:
                self.change_absences()
            for chance in (0.15, 0.15):
                if self.random.random() < chance:
                    self.answer()
                self.run()
            if self.random.random() < 0.7:
                self.leave()

    def close(self):
        for worker in self.workers:
            worker.close()


# --- the verdict ---

TASKS = ("(SELECT GROUP_CONCAT(w.subject_id ORDER BY w.subject_id) FROM notice_matter w"
         " WHERE w.notice_id = n.id)")


def micro(column):
    return f"TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {column})"


def steps_done(sql):
    return [tuple(int(f) if f.lstrip("-").isdigit() else f for f in row) for row in sql.rows(
        f"SELECT subject_id, turn, step, round, what, {micro('planned_at')}, {micro('at')}, staff_id"
        " FROM matter_step ORDER BY 1, 2, 3, 4")]


def notices_sent(sql):
    """[(who, channel, at, tasks, address, how it ended)]"""
    rows = sql.rows(
        f"SELECT n.staff_id, n.channel, {micro('n.at')},"
        f" {TASKS}, IF(n.channel = 'sms', m.address, o.recipient),"
        " IF(n.channel = 'sms', m.state = 'cancelled', o.state = 'failed')"
        " FROM notice n LEFT JOIN message m ON n.channel = 'sms' AND m.id = n.sent_as"
        " LEFT JOIN mail_out o ON n.channel = 'email' AND o.id = n.sent_as")
    return sorted((int(who), channel, int(at), tuple(map(int, tasks.split(","))), to, gone == "1")
                  for who, channel, at, tasks, to, gone in rows)


def texts_sent(sql):
    """{(who, at, tasks): the numbers in its text} of SMS that were not withdrawn."""
    return {(int(who), int(at), tasks): {int(n) for n in re.findall(r"\b\d{4}\b", text)}
            for who, at, tasks, text in sql.rows(
                f"SELECT n.staff_id, {micro('n.at')}, {TASKS}, m.text"
                "  FROM notice n JOIN message m ON m.id = n.sent_as"
                " WHERE n.channel = 'sms' AND m.state <> 'cancelled'")}


def say(step):
    task, turn, number, round_, what, planned, at, who = step
    return (f"task {task} turn {turn} step {number} round {round_}: {what} {who},"
            f" planned {utc(planned)}, at {utc(at)}")


def compare(what, found, expected, words=str):
    """The first of what should not be there, and of what should."""
    more, less = sorted(set(found) - set(expected)), sorted(set(expected) - set(found))
    assert not more and not less, (
        f"{what}: {len(more)} that should not be: {[words(x) for x in more[:3]]};"
        f" {len(less)} that should: {[words(x) for x in less[:3]]}")
    assert len(found) == len(expected), f"{what}: one is there twice"


@pytest.fixture(scope="module")
def server():
    process = subprocess.Popen([PROGRAM, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True, preexec_fn=_die_with_parent,
                               env={**os.environ, "RELAIS_SQLDIR": str(SOURCE / "sql")})
    yield process.stdout.readline().split()
    process.stdin.close()
    process.wait()


def test_easter_is_when_the_almanac_says():
    # US Naval Observatory, "The Date of Easter".
    assert [easter(y).strftime("%m-%d") for y in (1818, 1943, 1954, 2026, 2027, 2038, 2049)] == [
        "03-22", "04-25", "04-18", "04-05", "03-28", "04-25", "04-18"]


def test_whoever_is_told_of_what_is_what_the_policy_says_and_once_whatever_is_killed(server):
    print(f"# RELAIS_CONTACT_SEED={SEED} RELAIS_CONTACT_WEEKS={WEEKS}", flush=True)
    weeks = Weeks(server, SEED)
    sql = Sql(server[0], server[2], server[1])
    try:
        weeks.live(WEEKS)
    finally:
        weeks.close()
    print(f"# tasks={len(weeks.matters)} steps={len(weeks.steps)} notices={len(weeks.notices)}"
          f" withdrawn={sum(n['state'] == 'withdrawn' for n in weeks.notices)}"
          f" absences={weeks.changes} killed={sum(w.killed for w in weeks.workers)}", flush=True)
    compare("steps", steps_done(sql), weeks.steps, say)
    people = {p.id: p for p in weeks.people}
    compare("notices", notices_sent(sql), [
        (n["who"], n["channel"], n["at"], tuple(n["tasks"]),
         people[n["who"]].phone if n["channel"] == "sms" else people[n["who"]].mail,
         n["state"] == "withdrawn") for n in weeks.notices])
    texts = texts_sent(sql)
    for n in weeks.notices:
        if n["channel"] == "sms" and n["state"] != "withdrawn":
            found = texts[n["who"], n["at"], ",".join(map(str, n["tasks"]))]
            assert found == set(n["said"]) or len(found) > 2 and found < set(n["said"]), (n, found)
    assert sql.counts("SELECT class, COUNT(*) FROM message GROUP BY 1") == {
        "alert": sum(n["channel"] == "sms" for n in weeks.notices)}
    assert sql.counts("SELECT CONCAT(subject_id, ' ', state), 1 FROM matter") == {
        f"{m.id} {m.state}": 1 for m in weeks.matters.values()}
    assert sum(w.killed for w in weeks.workers) > WEEKS


class Days:
    """The real daemon, and days that pass by turning its clock."""

    def __init__(self, stage):
        self.stage, self.file = stage, stage.dir / "shift"
        stage.environment["RELAIS_CLOCK_SHIFT"] = str(self.file)

    def turn(self, at):
        self.file.write_text(f"{at // 1_000_000 - int(time.time())}\n")

    def reach(self, at, how):
        """By a reload alone; killed at once after it; or dead while the clock went on."""
        if how == "was down":
            self.stage.kill()
        self.turn(at)
        if how != "was down":
            self.stage.relaisd.signal(signal.SIGHUP)
        if how == "is killed":
            self.stage.kill()
        if how != "runs":
            self.stage.start()


def test_each_reminder_is_sent_once_over_easter_whatever_the_daemon_lives_through(stage):
    policy = Policy("easter", [(60, "employee", "sms", False), (60, "employee", "sms", False),
                               (120, "manager", "sms", False)], repeat=480, times=1)
    eva, carla, anna, bruno = people()[:4]
    anna.work = NORD
    days, friday = Days(stage), datetime.date(2027, 3, 26)
    carrier = stage.add_carrier()
    days.turn(NORD.instant(friday, 15 * 60))
    stage.start()
    stage.sql.run("INSERT INTO escalation_policy (id, name, rules, created_at, updated_at)"
                  f" VALUES (1, 'easter', '{policy.sentences()}', NOW(), NOW());"
                  "INSERT INTO customer (id, last_name, created_at, updated_at)"
                  " VALUES (1, 'Dupont', NOW(), NOW());")
    # This is of reminders: that she was given a task is not told.
    stage.ctl("team", "set", "nord", "--hours", HOURS[NORD], "--policy", "easter", "--tell", "none")
    for p in (eva, carla, anna, bruno):
        stage.ctl("staff", "set", p.login, "--role", p.role, "--phone", p.phone,
                  *(["--manager", p.manager.login] if p.manager else []))
    with pytest.raises(Ctl, match="a loop: eva -> anna -> carla -> eva"):
        stage.ctl("staff", "set", "eva", "--manager", "anna")
    # Away on Tuesday, so that her hours are Bruno's then.
    away = stage.ctl("staff", "away", "anna", "--from", "2027-03-30", "--deputy", "bruno")
    anna.absences.append((datetime.date(2027, 3, 30), datetime.date(2027, 3, 30), bruno))
    assert away["absences"][0]["deputy"] == "bruno"
    with pytest.raises(Ctl, match="each stands in for another: bruno -> anna -> bruno"):
        stage.ctl("staff", "away", "bruno", "--from", "2027-03-30", "--deputy", "anna")

    due = NORD.instant(friday, 15 * 60 + 30)
    matter = Matter(stage.ctl("task", "add", 1, "--title", "Appeler", "--staff", "anna",
                              "--due", "2027-03-26 15:30")["id"],
                    House([eva, carla, anna, bruno]), policy, anna, NORD, due)
    expected = []
    for how in ("was down", "is killed", "runs", "is killed"):
        planned = matter.planned()[1]
        step, round_, what, when, who = matter.decide(planned)
        expected.append((0, step, round_, what, when, who.id))
        days.reach(planned + 2_000_000, how)
        wait_until(lambda: stage.sql.alive() and stage.sql.one("SELECT COUNT(*) FROM notice") == len(expected),
                   what=f"step {step} round {round_}, when the daemon {how}")
    done = [row[:-2] + row[-1:] for row in (r[1:] for r in steps_done(stage.sql))]
    assert done == expected, "\n".join(utc(e[4]) for e in expected)
    wait_until(lambda: len(set(carrier.destinations())) == len({e[5] for e in expected}),
               what="all are with the carrier")
    assert matter.state == stage.sql.one("SELECT state FROM matter") == "exhausted"


def test_a_wrong_verdict_would_be_seen():
    """The comparison can fail: one too many, one too few, one twice."""
    for found in ([(1,), (2,)], [], [(1,), (1,)]):
        with pytest.raises(AssertionError):
            compare("things", found, [(1,)])
