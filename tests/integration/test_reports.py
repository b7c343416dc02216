"""Reports of contacts: on the screen, as CSV and PDF as their readers see them, and by mail on a schedule."""

import csv
import io
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest
from harness import BUILD, LIMIT, Ctl, Stage, wait_until
from smtp_sink import Sink
from test_mail_out import mail_settings
from test_sending import Clock

needs_pdftotext = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is missing")
PEOPLE = """
INSERT INTO team (id, code, label, created_at, updated_at) VALUES (1, 'paris', 'Équipe Paris', NOW(), NOW());
INSERT INTO staff (id, login, name, role, team_id, manager_id, created_at, updated_at) VALUES
    (1, 'max', 'Max', 'manager', 1, NULL, NOW(), NOW()),
    (2, 'anna', 'Anna Petit', 'employee', 1, 1, NOW(), NOW()),
    (3, 'bruno', 'Bruno =Lefèvre;', 'employee', 1, 1, NOW(), NOW());
"""
# The week before Monday, December 7th, 2026: by when it was due, after that, and never.
DONE = [("anna", "2026-11-30", "17:00", "2026-11-30 09:00", 1),
        ("anna", "2026-12-01", "17:00", "2026-12-01 16:00", 2),
        ("bruno", "2026-12-02", "17:00", "2026-12-03 09:00", 5),
        ("bruno", "2026-12-04", "17:00", None, None)]


def tasks():
    staff = {"anna": 2, "bruno": 3}
    for n, (who, day, due, done, outcome) in enumerate(DONE, 1):
        yield (f"INSERT INTO customer (id, created_at, updated_at) VALUES ({n}, NOW(), NOW());"
               "INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, state, day, due_at, title,"
               " created_at, created_by, done_at, outcome_id) VALUES"
               f" ({n}, {n}, 1, {staff[who]}, 'list', '{'done' if done else 'open'}', '{day}', '{day} {due}', 't',"
               f" '{day} 06:00', 'list', {repr(done) if done else 'NULL'}, {outcome or 'NULL'});")


@pytest.fixture(scope="module")
def house():
    sink = Sink()
    with Stage() as stage:
        stage.settings = mail_settings(sink)
        clock = Clock(stage)
        clock.set("2026-12-07 06:00")
        stage.start()
        stage.sql.run(PEOPLE + "".join(tasks()))
        yield stage, sink, clock
    sink.stop()


def report(stage, *arguments):
    return stage.ctl("report", "contacts", "--last", "week", *arguments)


def saved(stage, path, *arguments):
    said = stage.ctl_raw("report", "contacts", "--last", "week", *arguments)[1]
    assert said.returncode == 0, said.stderr
    return path.read_bytes()


def pdf_text(data):
    return subprocess.run(["pdftotext", "-layout", "-", "-"], input=data, capture_output=True, check=True).stdout.decode()


def lines_with(text, word):
    return [" ".join(line.split()) for line in text.splitlines() if word in line]


def test_a_report_is_told_by_its_people(house):
    stage, _, _ = house
    answer = report(stage)
    rows = {row["code"]: row for row in answer["rows"]}
    assert (answer["from"], answer["to"]) == ("2026-11-30", "2026-12-06")
    assert [rows["anna"][name] for name in ("planned", "done", "on_time", "late", "missed")] == [2, 2, 2, 0, 0]
    assert [rows["bruno"][name] for name in ("planned", "done", "on_time", "late", "missed")] == [2, 1, 0, 1, 1]
    assert rows["bruno"]["difference"] == -1 and rows["bruno"]["done_percent"] == 50.0
    assert answer["total"]["outcomes"] == {"reached": 1, "no_answer": 1, "order_taken": 1}
    assert answer["columns"][0]["label"] == "Prévus"  # the house speaks French
    assert report(stage, "--by", "manager")["rows"][0]["label"] == "Max"
    assert report(stage, "--staff", "anna")["total"]["planned"] == 2
    assert report(stage, "--by", "day", "--language", "en")["rows"][0]["label"] == "Mon 30 Nov 2026"


def test_a_report_on_the_screen_has_a_bar_a_row(house):
    stage, _, _ = house
    said = stage.ctl_raw("report", "contacts", "--last", "week")[1].stdout
    assert "Rapport des contacts, du 30 novembre 2026 au 6 décembre 2026" in said
    assert lines_with(said, "Anna Petit") == ["Anna Petit 2 2 100.0% 2 0 0 0 1 6.5 0 0 " + 20 * "█"]
    assert lines_with(said, "Bruno")[0].endswith(10 * "▓" + 10 * "░")
    assert "commande prise" in said
    # Below one another, whatever accents a name has.
    counts = [line for line in said[said.index("\noutcomes"):].splitlines() if " %  " in line]
    assert any("é" in line for line in counts) and len({line.index(" %  ") for line in counts}) == 1


def test_csv_is_what_a_spreadsheet_reads(house, tmp_path):
    stage, _, _ = house
    data = saved(stage, tmp_path / "a.csv", "--csv", str(tmp_path / "a.csv"))
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    assert [row["code"] for row in rows] == ["anna", "bruno"]
    assert rows[0]["Prévus"] == "2" and rows[0]["Délai (h)"] == "6,5" and rows[1]["Faits %"] == "50,0"
    assert rows[1]["Employé"] == "Bruno =Lefèvre;" and rows[1]["commande prise"] == "1"
    english = saved(stage, tmp_path / "b.csv", "--csv", str(tmp_path / "b.csv"), "--language", "en")
    rows = list(csv.DictReader(io.StringIO(english.decode("utf-8-sig"))))
    assert rows[0]["Hours"] == "6.5" and rows[0]["Planned"] == "2"
    # A spreadsheet would run what begins like a formula.
    stage.sql.run("UPDATE staff SET name = '=HYPERLINK(\"http://x\")' WHERE login = 'anna'")
    assert '"\'=HYPERLINK(""http://x"")";"anna";2;' in \
        saved(stage, tmp_path / "c.csv", "--csv", str(tmp_path / "c.csv")).decode()
    stage.sql.run("UPDATE staff SET name = 'Anna Petit' WHERE login = 'anna'")


def left_of(path, word):
    """How far from the left edge each of these words stands; what is read from the right comes letter by letter."""
    said = subprocess.run(["pdftotext", "-bbox", str(path), "-"], capture_output=True, check=True).stdout.decode()
    return [round(float(x)) for x in re.findall(rf'<word xMin="([0-9.]+)"[^>]*>{word}</word>', said)]


@needs_pdftotext
def test_a_pdf_says_the_same_figures(house, tmp_path):
    stage, _, _ = house
    text = pdf_text(saved(stage, tmp_path / "a.pdf", "--pdf", str(tmp_path / "a.pdf"), "--team", "paris"))
    assert "Rapport des contacts" in text and "du 30 novembre 2026 au 6 décembre 2026 · par employé Équipe Paris" in \
        " ".join(text.split())
    # In the chart, and in the table.
    assert lines_with(text, "Anna Petit") == ["Anna Petit 2 / 2 100,0 %", "Anna Petit 2 2 100,0 % 0 2 0 0 0 1 6,5 0 0 0"]
    assert lines_with(text, "Total") == ["Total 4 3 75,0 % −1 2 1 1 0 2 13,3 0 0 0"]
    assert "4 contacts étaient prévus, 3 ont été faits (75,0 %) et 2 à l'heure (50,0 %). 1 a été manqué." in \
        " ".join(text.split())
    assert re.search(r"établi le 7 décembre 2026, 0\d:\d\d, par \w", text)
    assert "page 1 sur 1" in text


@needs_pdftotext
def test_a_pdf_of_many_shows_those_who_missed_most(house, tmp_path):
    stage, _, _ = house
    stage.sql.run("INSERT INTO staff (id, login, name, role, team_id, created_at, updated_at)"
                  " SELECT 300 + seq, CONCAT('many', seq), CONCAT('Many ', seq), 'employee', 1, NOW(), NOW() FROM seq_1_to_40;"
                  "INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, state, day, due_at, title,"
                  " created_at, created_by) SELECT 300 + seq, 1, 1, 300 + seq, 'plan', 'open', '2026-06-01',"
                  " IF(seq = 37, '2026-06-01 17:00', '2027-12-01'), 't', '2026-06-01', 'x' FROM seq_1_to_40;")
    stage.sql.run("UPDATE staff SET name = 'דוד' WHERE login = 'many37'")
    path = tmp_path / "many.pdf"
    stage.ctl_raw("report", "contacts", "--from", "2026-06-01", "--to", "2026-06-30", "--pdf", str(path))
    text = pdf_text(path.read_bytes())
    assert "Les 12 sur 40 avec le plus de manqués" in text
    assert len(lines_with(text, "Many ")) == 11 + 39 and "דוד" in lines_with(text, "0 / 1")[0]
    # A name that is read from the right begins where all others do.
    letters, others = left_of(path, "[דו]"), left_of(path, "Many")
    assert min(letters[:3]) == others[0] and min(letters[3:]) == others[-1]  # in the chart, and in the table
    assert "page 1 sur 2" in text and "page 2 sur 2" in text
    stage.sql.run("DELETE FROM contact_task WHERE id > 300; DELETE FROM staff WHERE id > 300")


def waits_for_an_answer(pid):
    """It sleeps, and has a socket open."""
    proc = pathlib.Path(f"/proc/{pid}")
    return proc.joinpath("stat").read_text().rsplit(")", 1)[1].split()[0] == "S" and any(
        os.readlink(fd).startswith("socket:") for fd in proc.joinpath("fd").iterdir())


def test_who_stops_relaisctl_and_lets_it_go_on_gets_the_file_all_the_same(house, tmp_path):
    stage, _, _ = house
    stage.relaisd.signal(signal.SIGSTOP)
    try:
        asking = subprocess.Popen([BUILD / "relaisctl", "report", "contacts", "--csv", tmp_path / "a.csv"],
                                  env={**os.environ, "RELAIS_CONTROL": str(stage.data)})
        wait_until(lambda: waits_for_an_answer(asking.pid), what="relaisctl has asked")
        asking.send_signal(signal.SIGSTOP)
        wait_until(lambda: b"T (stopped)" in pathlib.Path(f"/proc/{asking.pid}/status").read_bytes(),
                   what="relaisctl is stopped")
        asking.send_signal(signal.SIGCONT)
    finally:
        stage.relaisd.signal(signal.SIGCONT)
    assert asking.wait(LIMIT) == 0 and (tmp_path / "a.csv").read_bytes()


def test_the_same_question_is_answered_by_the_same_bytes(house, tmp_path):
    stage, _, _ = house
    for name in ("a.csv", "b.csv"):
        saved(stage, tmp_path / name, "--csv", str(tmp_path / name), "--by", "day")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


@pytest.mark.parametrize("arguments, words", [
    (["--by", "planet"], "by: expected manager, employee"),
    (["--team", "lyon"], 'team: there is none named "lyon"'),
    (["--from", "2026-13-01"], "from: expected a day such as"),
    (["--from", "2025-01-01"], "at most 400 days"),
    (["--to", "2026-11-01"], "before the first"),
])
def test_a_report_of_what_is_not_there_is_refused(house, arguments, words):
    stage, _, _ = house
    with pytest.raises(Ctl, match=words):
        report(stage, *arguments)


def schedule(stage, *arguments):
    return stage.ctl("report", "schedule", "set", "monday", *arguments)


@pytest.mark.parametrize("arguments, words", [
    ([], "recipients: expected 1 to 20 mail addresses"),
    (["--to", "nobody"], '"nobody" is no mail address'),
    (["--to", "a@b.example", "--at", "25:00"], "at: "),
    (["--to", "a@b.example", "--period", "year"], "period: expected day, week or month"),
    (["--to", "a@b.example", "--manager", "zoe"], 'manager: there is none named "zoe"'),
])
def test_a_schedule_that_cannot_be_is_refused(house, arguments, words):
    stage, _, _ = house
    with pytest.raises(Ctl, match=words):
        schedule(stage, *arguments)
    assert stage.ctl("report", "schedule", "list")["schedules"] == []


def files(sink):
    return [(mail.recipients, part.get_filename(), part.get_content())
            for mail in sink.taken for part in mail.parsed().iter_attachments()]


def next_of(stage):
    return stage.ctl("report", "schedule", "list")["schedules"][0]["next_at"][:16]


def test_a_week_is_mailed_once_when_it_is_over_whatever_happens(house):
    stage, sink, clock = house
    sink.forget()
    said = schedule(stage, "--to", "Max@shop.example, dir@shop.example", "--manager", "max", "--at", "07:00")
    assert said["next_at"].startswith("2026-12-07T06:00")  # by the clock of Paris
    clock.turn("2026-12-07 07:00:10")
    wait_until(lambda: len(sink.taken) == 2, what="both have it")
    first, second = sink.taken
    assert sorted(mail.recipients[0] for mail in sink.taken) == ["dir@shop.example", "max@shop.example"]
    assert first.parsed()["Subject"] == "Rapport des contacts du 30 novembre 2026 au 6 décembre 2026, Max"
    assert "Prévus : 4" in first.parsed().get_body().get_content().replace("\xa0", " ")
    (_, name, data), (_, _, other) = files(sink)
    assert name == "contacts-2026-11-30-2026-12-06.pdf" and data == other and data.startswith(b"%PDF-")
    assert next_of(stage) == "2026-12-14T06:00"

    # Set anew for a later hour of the same day: the week went out already.
    schedule(stage, "--at", "08:00")
    clock.turn("2026-12-07 08:00:10")
    wait_until(lambda: next_of(stage) == "2026-12-14T07:00", what="it was looked at")
    stage.kill()
    # Three weeks later: the last of them goes out, once.
    clock.set("2026-12-28 12:00")
    stage.start()
    wait_until(lambda: len(sink.taken) == 4, what="the last week is sent")
    assert files(sink)[3][1] == "contacts-2026-12-21-2026-12-27.pdf"
    assert next_of(stage) == "2027-01-04T07:00"
    assert stage.sql.rows("SELECT first_day, mails FROM report_sent ORDER BY 1") == \
        [("2026-11-30", "2"), ("2026-12-21", "2")]
    assert stage.sql.one("SELECT COUNT(*) FROM mail_out WHERE kind = 'report'") == 4
    # A day that went out is not the week that begins with it.
    schedule(stage, "--period", "day")
    clock.turn("2026-12-29 08:00:10")
    wait_until(lambda: len(sink.taken) == 6, what="the day is sent")
    schedule(stage, "--period", "week")
    clock.turn("2027-01-04 08:00:10")
    wait_until(lambda: len(sink.taken) == 8, what="the week is sent, too")
    assert files(sink)[7][1] == "contacts-2026-12-28-2027-01-03.pdf"


def test_one_that_cannot_be_made_says_why_and_is_tried_again(house):
    stage, sink, clock = house
    schedule(stage, "--to", "a@shop.example", "--manager", "", "--team", "paris", "--format", "csv")
    stage.sql.run("UPDATE team SET code = 'lutece'")
    clock.turn("2027-01-11 08:00:10")
    wait_until(lambda: stage.ctl("report", "schedule", "list")["schedules"][0]["problem"], what="the problem")
    assert 'team: there is none named "paris"' in stage.ctl_raw("report", "schedule", "list")[1].stdout
    sink.forget()
    stage.sql.run("UPDATE team SET code = 'paris'")
    clock.turn("2027-01-11 08:20")
    wait_until(lambda: len(sink.taken) == 1, what="it is sent")
    assert files(sink)[0][1] == "contacts-2027-01-04-2027-01-10.csv"
    assert stage.ctl("report", "schedule", "list")["schedules"][0]["problem"] == ""


def test_a_person_may_have_it_sent_again_or_no_more(house):
    stage, sink, _ = house
    sink.forget()
    assert stage.ctl("report", "schedule", "run", "monday")["mails"] == 1
    wait_until(lambda: len(sink.taken) == 1, what="it is sent again")
    with pytest.raises(Ctl, match='no schedule named "tuesday"'):
        stage.ctl("report", "schedule", "run", "tuesday")
    stage.ctl("report", "schedule", "remove", "monday")
    with pytest.raises(Ctl, match="no schedule"):
        stage.ctl("report", "schedule", "remove", "monday")
    assert stage.ctl("report", "schedule", "list")["schedules"] == []
    assert stage.sql.rows("SELECT verb FROM audit_entry WHERE subject = 'report' ORDER BY id")[-2:] == [("run",), ("remove",)]


# --- each manager ---

# Of Max (1), Anna and Bruno; above Max, Dora, who reads English. Zoé has nobody, and no mail address.
MANAGERS = """
INSERT INTO staff (id, login, name, role, team_id, manager_id, mail, language, created_at, updated_at) VALUES
    (4, 'dora', 'Dora Smith', 'director', 1, NULL, 'dora@shop.example', 'en', NOW(), NOW()),
    (5, 'zoe', 'Zoé Roux', 'manager', 1, NULL, NULL, 'fr', NOW(), NOW());
UPDATE staff SET manager_id = 4, mail = 'max@shop.example' WHERE login = 'max';
UPDATE staff SET mail = 'anna@shop.example' WHERE login = 'anna';
"""


def subjects(sink):
    return sorted((mail.recipients[0].partition("@")[0], mail.parsed()["Subject"]) for mail in sink.taken)


def file_of(sink, who):
    return next(data.decode() for to, _, data in files(sink) if to[0].startswith(who))


def words_to(sink, who):
    return next(mail.parsed().get_body().get_content() for mail in sink.taken if mail.recipients[0].startswith(who))


def next_day(house, day, mails):
    """The clock is turned to that morning; subjects of what goes out."""
    stage, sink, clock = house
    sink.forget()
    clock.turn(f"{day} 07:00:10")
    wait_until(lambda: len(sink.taken) == mails and next_of(stage) > f"{day}T06:00", what=f"{mails} mails of {day}")
    return subjects(sink)


@pytest.mark.parametrize("arguments, words", [
    (["--for-each", "team"], 'for_each: expected manager, or nothing, got "team"'),
    (["--for-each", "manager", "--to", "a@b.example"], "recipients: expected none, since each manager gets one"),
    (["--for-each", "manager", "--language", "en"], "language: expected none"),
])
def test_one_for_each_manager_has_no_readers_of_its_own(house, arguments, words):
    with pytest.raises(Ctl, match=words):
        house[0].ctl("report", "schedule", "set", "each", *arguments)


def test_each_manager_gets_that_of_his_or_her_people(house):
    stage, sink, clock = house
    clock.turn("2027-02-01 12:00")
    stage.sql.run(MANAGERS)
    said = stage.ctl_raw("report", "schedule", "set", "each", "--for-each", "manager", "--period", "day", "--format", "csv")[1]
    assert "each manager, about his or her people" in said.stdout
    assert "each manager" in stage.ctl_raw("report", "schedule", "list")[1].stdout
    stage.sql.run("UPDATE contact_task SET day = '2027-02-01' WHERE id = 1")
    assert next_day(house, "2027-02-02", 2) == [
        ("dora", "Contact report 1 February 2027, Dora Smith"),
        ("max", "Rapport des contacts le 1er février 2027, Max")]
    assert '"Planned","Done"' in file_of(sink, "dora") and '"Prévus";"Faits"' in file_of(sink, "max")
    assert "à la place de" not in words_to(sink, "max")

    # A new manager is in by herself; who is away has a deputy; who left has nobody any more.
    stage.sql.run("UPDATE staff SET manager_id = 5 WHERE login = 'bruno';"
                  "UPDATE staff SET mail = 'zoe@shop.example' WHERE login = 'zoe'")
    stage.ctl("staff", "away", "max", "--from", "2027-02-03", "--deputy", "anna")
    assert next_day(house, "2027-02-03", 3) == [
        ("anna", "Rapport des contacts le 2 février 2027, Max"),
        ("dora", "Contact report 2 February 2027, Dora Smith"),
        ("zoe", "Rapport des contacts le 2 février 2027, Zoé Roux")]
    assert "Vous le recevez à la place de Max." in words_to(sink, "anna")
    stage.sql.run("UPDATE staff SET left_on = '2027-02-04' WHERE login = 'zoe'")
    assert [who for who, _ in next_day(house, "2027-02-04", 2)] == ["dora", "max"]


def test_one_whom_it_cannot_reach_keeps_nobody_from_theirs(house):
    stage, sink, clock = house
    stage.sql.run("UPDATE staff SET left_on = NULL, mail = NULL WHERE login = 'zoe'")
    assert [who for who, _ in next_day(house, "2027-02-05", 2)] == ["dora", "max"]
    problem = stage.ctl("report", "schedule", "list")["schedules"][0]["problem"]
    assert problem == "nobody who is there and has a mail address gets the report of Zoé Roux (zoe)"
    sink.forget()
    stage.sql.run("UPDATE staff SET mail = 'zoe@shop.example' WHERE login = 'zoe'")
    clock.turn("2027-02-05 07:20")
    wait_until(lambda: next_of(stage) == "2027-02-06T06:00", what="it is done")
    assert [who for who, _ in subjects(sink)] == ["zoe"]


def test_each_manager_gets_it_again_when_somebody_asks(house):
    stage, sink, _ = house
    sink.forget()
    stage.ctl("report", "schedule", "set", "each", "--manager", "dora")
    assert "2 managers get it" in stage.ctl_raw("report", "schedule", "run", "each")[1].stdout
    wait_until(lambda: len(sink.taken) == 2, what="both have it again")
    assert [who for who, _ in subjects(sink)] == ["dora", "max"]  # Zoé is not one of Dora's
    stage.ctl("report", "schedule", "set", "each", "--manager", "zoe")
    stage.sql.run("UPDATE staff SET manager_id = 1 WHERE login = 'bruno'")
    with pytest.raises(Ctl, match="no manager with people"):
        stage.ctl("report", "schedule", "run", "each")


def test_each_manager_gets_it_once_whatever_is_killed(house):
    stage, sink, clock = house
    stage.sql.run("INSERT INTO staff (id, login, name, role, team_id, manager_id, mail, created_at, updated_at)"
                  " SELECT 100 + seq, CONCAT('m', seq), CONCAT('M ', seq), 'manager', 1, NULL, CONCAT('m', seq, '@shop.example'),"
                  " NOW(), NOW() FROM seq_1_to_8;"
                  "INSERT INTO staff (id, login, name, role, team_id, manager_id, created_at, updated_at)"
                  " SELECT 200 + seq, CONCAT('e', seq), CONCAT('E ', seq), 'employee', 1, 100 + seq, NOW(), NOW() FROM seq_1_to_8;")
    stage.ctl("report", "schedule", "set", "each", "--manager", "")
    sent = "SELECT COUNT(*) FROM report_sent WHERE first_day = '2027-02-07'"
    clock.turn("2027-02-08 07:00:10")
    for enough in (1, 5):
        wait_until(lambda: stage.sql.one(sent) >= enough, every=0.001, what=f"{enough} have theirs")
        stage.kill()
        stage.start()
    wait_until(lambda: next_of(stage) == "2027-02-09T06:00", what="all have theirs")
    assert stage.sql.one(sent) == 10
    assert stage.sql.rows("SELECT COUNT(*), COUNT(DISTINCT recipient) FROM mail_out WHERE kind = 'report'"
                          " AND subject LIKE '%7 f_vrier 2027%' OR subject LIKE '%7 February 2027%'") == [("10", "10")]
