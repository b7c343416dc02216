"""work_calendar.py - when people work and what reminders are due, reckoned a second time: with Python's
zoneinfo, an Easter of its own, and nothing of Relais. Times are microseconds since the epoch."""

import datetime
import functools
import zoneinfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = datetime.timedelta(days=1)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
PUNCTUAL = 5 * MINUTE


def utc(at):
    """For messages to people."""
    return str(EPOCH + datetime.timedelta(microseconds=at))[:19] if at is not None else "never"


def easter(year):
    """Gauss's rule, as he mended it (1816)."""
    a, b, c = year % 19, year % 4, year % 7
    k = year // 100
    m = (15 - (13 + 8 * k) // 25 + k - k // 4) % 30
    d = (19 * a + m) % 30
    e = (2 * b + 4 * c + 6 * d + (4 + k - k // 4) % 7) % 7
    sunday = datetime.date(year, 3, 22) + (d + e) * DAY
    if d == 29 and e == 6 or d == 28 and e == 6 and (11 * m + 11) % 30 < 19:
        sunday -= 7 * DAY
    return sunday


@functools.lru_cache
def holidays(year, region):
    days = {datetime.date(year, m, d) for m, d in
            [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]}
    days |= {easter(year) + n * DAY for n in (1, 39, 50)}
    if region == "974":
        days.add(datetime.date(year, 12, 20))
    return days


class Team:
    def __init__(self, number, code, zone, region, spans):
        """spans: [(weekdays, from minute, to minute)], Monday is 0."""
        self.id, self.code, self.region, self.spans = number, code, region, spans
        self.zone = zoneinfo.ZoneInfo(zone)

    def instant(self, day, minute):
        day += minute // 1440 * DAY
        wall = datetime.datetime(day.year, day.month, day.day, minute // 60 % 24, minute % 60,
                                 tzinfo=self.zone)
        return (wall - EPOCH) // datetime.timedelta(microseconds=1)

    def day(self, at):
        return (EPOCH + datetime.timedelta(microseconds=at)).astimezone(self.zone).date()

    @functools.lru_cache(maxsize=None)
    def hours(self, day):
        """[(from, to)] of that day."""
        if day in holidays(day.year, self.region):
            return []
        return [(self.instant(day, a), self.instant(day, b)) for days, a, b in self.spans
                if day.weekday() in days]


class Person:
    def __init__(self, number, login, role, team, manager, phone, mail, work=None):
        """work: hours of one's own, else those of the team."""
        self.id, self.login, self.role, self.team, self.manager = number, login, role, team, manager
        self.phone, self.mail, self.work = phone, mail, work or team
        self.absences = []  # [(first day, last day, deputy or None ...)]

    def away(self, day):
        return next((a for a in self.absences if a[0] <= day <= a[1]), None)

    def stand_in(self, day):
        """Who does this person's work on that day; None: nobody."""
        person = self
        for _ in range(17):
            absence = person.away(day)
            if not absence:
                return person
            person = absence[2]
            if not person:
                return None
        return None


class House:
    """Who works here; and from there on, what a policy says of a matter at a moment."""

    def __init__(self, people):
        self.people = people
        self.add = functools.lru_cache(maxsize=None)(self._add)

    def _add(self, owner, team, start, us):
        """When so much working time has passed of whoever the matter is with; None: never."""
        if not us:
            return start
        day = owner.team.day(start)
        for _ in range(400):
            holder = owner.stand_in(day)
            for begin, end in (holder.work if holder else team).hours(day):
                begin = max(begin, start)
                if begin >= end:
                    continue
                if end - begin >= us:
                    return begin + us
                us -= end - begin
            day += DAY
        return None

    def addressee(self, whom, owner, at):
        """Who is to be told at that moment: the one whom the step names, or who stands in; or else of
        those above."""
        named = {"employee": lambda: owner, "manager": lambda: owner.manager,
                 "director": lambda: self.director(owner)}.get(whom, lambda: self.by_login(whom))()
        while named:
            there = named.stand_in(named.team.day(at))
            if there and (there.phone or there.mail):
                return there
            named = named.manager
        return None

    def by_login(self, login):
        return next(p for p in self.people if p.login == login)

    @staticmethod
    def director(person):
        while person and person.role != "director":
            person = person.manager
        return person

    def reach(self, whom, owner, urgent, at):
        """(who, when): the first moment from `at` on at which the addressee works."""
        moment = at
        for _ in range(400):
            person = self.addressee(whom, owner, moment)
            if not person:
                return None, at
            if urgent:
                return person, moment
            day = person.team.day(moment)
            for begin, end in person.work.hours(day):
                if moment < end:
                    return person, max(moment, begin)
            moment = person.team.instant(day, 1440)
        return None, at


class Policy:
    def __init__(self, name, steps, repeat=None, times=0, skip=0, again=0):
        """steps: [(after minutes, whom, ways, urgent)]; the other times in minutes, too."""
        self.name, self.steps = name, steps
        self.repeat, self.times, self.skip, self.again = repeat, times, skip, again

    def sentences(self):
        lines = [f"after {after}m {whom if whom in ('employee', 'manager', 'director') else 'person ' + whom}"
                 f" by {ways}{' urgent' if urgent else ''}" for after, whom, ways, urgent in self.steps]
        if self.times:
            lines.append(f"repeat every {self.repeat}m {self.times} times")
        if self.skip:
            lines.append(f"late skip {self.skip}m")
        if self.again:
            lines.append(f"acknowledged again after {self.again}m")
        return ";".join(lines)

    def has(self, step, round_):
        return step < len(self.steps) and (not round_ or
                                           step + 1 == len(self.steps) and round_ <= self.times)


class Matter:
    def __init__(self, number, house, policy, owner, team, start):
        self.id, self.house, self.policy, self.owner, self.team = number, house, policy, owner, team
        self.turn, self.state, self.look = 0, "open", start
        self.ack_at = None
        self.restart(start)

    def restart(self, start):
        self.step = self.round = 0
        self.base, self.at_once, self.wait = start, False, None

    # --- what people do ---

    def settle(self):
        self.state, self.look, self.wait = "settled", None, None

    def acknowledge(self, now):
        if self.state not in ("open", "exhausted"):
            return
        self.look = now if self.policy.again and self.state == "open" else None
        self.state, self.ack_at, self.wait = "acknowledged", now, None

    def snooze(self, until):
        if not self.policy.has(self.step, self.round):  # its steps are over: they begin anew
            self.turn += 1
            self.restart(until)
        self.state, self.wait, self.look = "open", until, until

    def hand_over(self, owner, start):
        self.turn += 1
        self.restart(start)
        self.owner, self.state, self.look = owner, "open", start

    # --- what the clock does ---

    def planned(self):
        """(who, when) of the next step; when None: never."""
        after, whom, _, urgent = self.policy.steps[self.step]
        at = self.base
        if not self.at_once:
            minutes = self.policy.repeat if self.round else after
            at = self.house.add(self.owner, self.team, self.base, minutes * MINUTE)
        if at is None:
            return None, None
        if self.wait is not None:
            at = max(at, self.wait)
        return self.house.reach(whom, self.owner, urgent, at)

    def decide(self, now):
        """What is done at `now`: None, or (step, round, what, planned, who)."""
        if self.state == "acknowledged":
            if self.wait is None:
                self.wait = self.house.add(self.owner, self.team, self.ack_at,
                                           self.policy.again * MINUTE)
            self.look = self.wait
            if self.wait > now:
                return None
            self.state = "open"
        who, when = self.planned()
        if when is None or when > now:
            self.look = when
            return None
        later = now
        if who and now - when > PUNCTUAL:  # made up: for whoever can be told by now
            _, whom, _, urgent = self.policy.steps[self.step]
            who, later = self.house.reach(whom, self.owner, urgent, now)
        too_late = bool(self.policy.skip) and later - when > self.policy.skip * MINUTE
        if who and later > now and not too_late:
            self.look = later
            return None
        what = "nobody" if not who else "skipped" if too_late else "told"
        done = (self.step, self.round, what, when, who)
        last = self.step + 1 == len(self.policy.steps)
        self.at_once = what == "nobody" and not last
        self.base = now if what == "told" and now - when > PUNCTUAL else when
        self.wait = None
        if last:
            self.round += 1
        else:
            self.step += 1
        if self.policy.has(self.step, self.round):
            self.look = self.planned()[1]
        else:
            self.state, self.look = "exhausted", None
        return done
