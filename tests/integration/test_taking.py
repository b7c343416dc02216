"""How files are taken: by which rule, by which profile, and what hostile drops cost. One relaisd with a
partner for each rule; then what only a relaisd of its own can show."""

import gzip
import io
import os
import shutil
import socket
import stat
import subprocess
import time
import zipfile

import pytest

import orders
from harness import wait_until

PARTNERS = {
    "closed": "",
    "renamed": "take { complete = rename }",
    "marked": "take { complete = marker }",
    "stable": "take { complete = stable stable_for = 1s }",
    "aged": "take { min_age = 1s }",
    "strict": 'take { files = { "*.csv" } refuse_after = 0s max_bytes = 10k unpack_ratio = 20 '
              'unpack_bytes = 3m unpack_entries = 5 }',
    "hostile": "",
    "packed": "",
    "vanishing": "",
    "duo": 'take { files = { "orders*.csv" } }',
    "duo.german": 'separator = "|"\ntake { files = { "auftrag*" } }',
}


@pytest.fixture
def taking(shared_stage):
    if not shared_stage.relaisd:
        for name, section in PARTNERS.items():
            profile = orders.PROFILE
            if "separator" in section:
                profile = profile.replace('separator = ";"\n', "")
            shared_stage.add_profile(name, f"{profile}\n{section}\n")
        shared_stage.settings = ""
        shared_stage.add_carrier()
        shared_stage.start()
    wait_until((shared_stage.partner_dir("closed", "in")).is_dir, what="the directories are there")
    return shared_stage


def import_of(stage, partner, name):
    """The import of a file, once it has ended."""
    def fact():
        rows = stage.sql.rows("SELECT i.state, i.rows_taken, i.profile, i.reason FROM import i"
                              f" JOIN partner p ON p.id = i.partner_id WHERE p.code = '{partner}'"
                              f" AND i.file_name = '{name}' AND i.final_name <> ''")
        return rows and rows[-1]
    return wait_until(fact, what=f"{name} of {partner} has come to its end")


def inbox(stage, partner):
    path = stage.partner_dir(partner, "in")
    wait_until(path.is_dir, what=f"{path} is there")
    return path


def of_partner(stage, partner):
    return next(p for p in stage.ctl("partner", "list")["partners"] if p["partner"] == partner)


def look_passed(stage, partner):
    """A file that was dropped now is taken: whatever else is in in/ was looked at by then."""
    n = stage.sql.one("SELECT COUNT(*) FROM import")
    name = f"passed-{n}.csv"
    stage.drop(partner, name, orders.many(1, start=900000 + n))
    assert import_of(stage, partner, name)[0] == "done"


# --- rules ---

def test_a_file_that_is_still_open_waits_until_it_is_closed(taking):
    with open(inbox(taking, "closed") / "slow.csv", "w") as f:
        f.write(orders.many(3)[:100])
        f.flush()
        look_passed(taking, "closed")
        assert (inbox(taking, "closed") / "slow.csv").exists()
        f.write(orders.many(3)[100:])
    assert import_of(taking, "closed", "slow.csv")[:2] == ("done", "3")


def test_a_renamed_file_is_taken_though_it_is_open(taking):
    path = inbox(taking, "renamed") / "a.csv.part"
    with open(path, "w") as f:
        f.write(orders.many(3, start=10))
        f.flush()
        look_passed(taking, "renamed")
        assert path.exists()
        os.rename(path, path.with_suffix(""))
        assert import_of(taking, "renamed", "a.csv")[:2] == ("done", "3")


def test_a_marked_file_waits_for_its_marker_which_leaves_with_it(taking):
    where = inbox(taking, "marked")
    (where / "a.csv").write_text(orders.many(3, start=20))
    (where / "b.csv").write_text(orders.many(3, start=30))
    (where / "b.csv.done").touch()
    assert import_of(taking, "marked", "b.csv")[:2] == ("done", "3")
    assert sorted(f.name for f in where.iterdir()) == ["a.csv"]
    (where / "a.done").touch()
    assert import_of(taking, "marked", "a.csv")[:2] == ("done", "3")
    wait_until(lambda: not list(where.iterdir()), what="in/ is empty")


def test_a_stable_file_is_taken_though_it_is_open(taking):
    with open(inbox(taking, "stable") / "a.csv", "w") as f:
        f.write(orders.many(3, start=40))
        f.flush()
        assert import_of(taking, "stable", "a.csv")[:2] == ("done", "3")


def test_a_young_file_is_taken_when_it_has_its_age(taking):
    dropped = time.time()
    taking.drop("aged", "a.csv", orders.many(3, start=50))
    assert import_of(taking, "aged", "a.csv")[:2] == ("done", "3")
    assert time.time() - dropped >= 1


def test_two_profiles_in_one_directory_take_each_its_own(taking):
    taking.drop("duo", "orders-1.csv", orders.many(2, start=60))
    taking.drop("duo", "auftrag-1.csv", orders.many(2, start=70).replace(";", "|"))
    assert import_of(taking, "duo", "orders-1.csv")[:3] == ("done", "2", "duo")
    assert import_of(taking, "duo", "auftrag-1.csv")[:3] == ("done", "2", "duo.german")


def test_a_file_that_no_profile_takes_is_answered_and_set_aside(taking):
    taking.drop("strict", "orders.doc", "whatever")
    state, _, profile, reason = import_of(taking, "strict", "orders.doc")
    assert (state, profile) == ("failed", "")
    assert "expected one like *.csv" in reason
    receipt = next(taking.partner_dir("strict", "out").glob("orders.doc.*"))
    assert "expected one like *.csv" in receipt.read_text()
    assert (taking.partner_dir("strict", "failed") / "orders.doc").exists()


def test_a_file_that_is_too_large_is_answered_and_set_aside(taking):
    taking.drop("strict", "large.csv", orders.many(300))
    state, _, _, reason = import_of(taking, "strict", "large.csv")
    assert state == "failed" and "expected at most 10240" in reason
    assert (taking.partner_dir("strict", "failed") / "large.csv").exists()


# --- packed files ---

def zipped(*entries, **more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **more) as z:
        for name, content in entries:
            z.writestr(name, content)
    return out.getvalue()


def test_packed_files_are_read_entry_by_entry(taking):
    taking.drop("packed", "a.csv.gz", gzip.compress(orders.many(3, start=100).encode()))
    taking.drop("packed", "b.zip", zipped(("x/", ""), ("x/one.csv", orders.many(2, start=110)),
                                          ("x/two.csv", orders.orders_csv([orders.row(120),
                                                                           orders.row(121, number="none")]))))
    assert import_of(taking, "packed", "a.csv.gz")[:2] == ("done", "3")
    assert import_of(taking, "packed", "b.zip")[:2] == ("done", "3")
    assert taking.sql.rows("SELECT r.entry, r.line, r.row_no FROM import_reject r JOIN import i"
                           " ON i.id = r.import_id WHERE i.file_name = 'b.zip'") == [
        ("x/two.csv", "3", "4")]


@pytest.mark.parametrize("command", ["zip -q out.zip a.csv", "zip -q -0 out.zip a.csv",
                                     "cat a.csv | zip -q out.zip -", "gzip -9 -c a.csv > out.zip"])
def test_what_other_programs_pack_is_read(taking, tmp_path, command):
    if not shutil.which(command.split()[0]):
        pytest.skip(f"{command.split()[0]} is not here")
    start = 200 + 10 * taking.sql.one("SELECT COUNT(*) FROM import")
    (tmp_path / "a.csv").write_text(orders.many(4, start=start))
    subprocess.run(command, shell=True, check=True, cwd=tmp_path)
    name = f"{start}.zip"
    taking.drop("packed", name, (tmp_path / "out.zip").read_bytes())
    assert import_of(taking, "packed", name)[:2] == ("done", "4")


def link_entry():
    info = zipfile.ZipInfo("link.csv")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize("name, content, reason", [
    ("dots.csv", lambda: zipped(("../../etc/cron.d/x", "x")), "leads out of its folder"),
    ("root.csv", lambda: zipped(("/etc/passwd", "x")), "absolute name"),
    ("link.csv", lambda: zipped((link_entry(), "/etc/passwd")), "is a link"),
    ("many.csv", lambda: zipped(*((f"{i}.csv", "x") for i in range(6))), "more than 5 entries"),
    ("bomb.csv", lambda: gzip.compress(b"\n" * 2_000_000), "is it a zip bomb"),
    ("bomb2.csv", lambda: zipped(("b", bytes(4_000_000))), "larger than 3145728 bytes"),
    ("nested.csv", lambda: zipped(("n.zip", zipped(("a", "a")))), "inside the packed one"),
    ("broken.csv", lambda: gzip.compress(b"a;b\n")[:-4], "ends too early"),
    ("sheet.csv", lambda: zipped(("[Content_Types].xml", "<x/>")), "an office document"),
    ("xz.csv", lambda: b"\xfd7zXZ\0rest", "packed by xz; expected .gz, .zip or unpacked"),
])
def test_a_hostile_packed_file_costs_its_sender_the_file(taking, name, content, reason):
    taking.drop("strict", name, content())
    state, taken, _, why = import_of(taking, "strict", name)
    assert (state, taken) == ("failed", "0")
    assert reason in why


# --- hostile drops ---

def test_whatever_lies_in_in_the_good_file_beside_it_is_taken(taking):
    where = inbox(taking, "hostile")
    failed = taking.partner_dir("hostile", "failed")
    os.symlink("/etc/passwd", where / "symlink.csv")
    os.symlink(where, where / "loop")
    os.mkfifo(where / "fifo.csv")
    os.mkdir(where / "folder.csv")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(where / "socket.csv"))
    elsewhere = taking.dir / "elsewhere.csv"
    elsewhere.write_text(orders.many(1, start=300))
    os.link(elsewhere, where / "hardlink.csv")
    (where / "empty.csv").touch()
    taking.drop("hostile", "good.csv", orders.many(2, start=310))
    assert import_of(taking, "hostile", "good.csv")[:2] == ("done", "2")
    assert import_of(taking, "hostile", "hardlink.csv")[:2] == ("done", "1")
    assert import_of(taking, "hostile", "empty.csv")[0] == "failed"
    assert elsewhere.read_text() == orders.many(1, start=300)
    wait_until(lambda: [f.name for f in where.iterdir()] == ["folder.csv"], what="in/ has the folder only")
    for name in ("symlink.csv", "loop", "fifo.csv", "socket.csv"):
        assert os.path.lexists(failed / name), name
    assert taking.relaisd.said(r'file="folder.csv" reason="a folder"')
    assert len([line for line in taking.relaisd.said().splitlines() if 'file="folder.csv"' in line]) == 1


NAMES = ["new\nline.csv", "tab\tand\x1b[31m.csv", "quote\"'`$(id).csv", "-rf", "n" * 251 + ".csv",
         "bad\udcff\udcfe.csv", "élève ☃.csv", " ", "a;b,c|d.csv", "%s%n.csv"]


@pytest.mark.parametrize("nth", range(len(NAMES)))
def test_any_name_is_taken_answered_and_kept(taking, nth):
    before = {part: set(os.listdir(taking.partner_dir("hostile", part))) for part in ("out", "done")}
    path = inbox(taking, "hostile") / NAMES[nth]
    path.write_text(orders.many(1, start=400 + nth))
    wait_until(lambda: not path.exists(), what="it left in/")
    for part, had in before.items():
        wait_until(lambda part=part, had=had: len(set(os.listdir(taking.partner_dir("hostile", part)))
                                                  - had) == 1, what=f"{part}/ has it")
    assert taking.sql.one(f"SELECT COUNT(*) FROM customer_order WHERE order_number = 'O{400 + nth:06d}'") == 1
    for name in os.listdir(taking.partner_dir("hostile", "done")):
        assert not any(ord(c) < 32 for c in name), repr(name)


def test_a_directory_that_vanishes_is_made_again(taking):
    taking.drop("vanishing", "a.csv", orders.many(2, start=500))
    assert import_of(taking, "vanishing", "a.csv")[:2] == ("done", "2")
    os.rename(taking.data / "partners" / "vanishing", taking.dir / "vanished")
    taking.drop("vanishing", "b.csv", orders.many(2, start=510))
    assert import_of(taking, "vanishing", "b.csv")[:2] == ("done", "2")
    os.rename(inbox(taking, "vanishing"), taking.partner_dir("vanishing", "old"))
    taking.drop("vanishing", "c.csv", orders.many(2, start=520))
    assert import_of(taking, "vanishing", "c.csv")[:2] == ("done", "2")


def test_trouble_is_said_once_and_shown_until_it_is_over(taking):
    out = taking.partner_dir("closed", "out")
    shutil.rmtree(out)
    out.write_text("in the way")
    (inbox(taking, "closed") / "z.csv").write_text(orders.many(1, start=600))
    metric = 'relais_import_blocked{partner="closed"}'
    wait_until(lambda: taking.metrics()[metric] == 1, what="the trouble is shown")
    assert "/closed/out: Not a directory" in of_partner(taking, "closed")["trouble"]
    assert "in the way of 1 partner".upper() in taking.ctl_raw("status")[1].stdout.upper()
    rescans = [line for line in taking.relaisd.said().splitlines() if "/closed/out: " in line]
    assert len(rescans) == 1, rescans
    os.unlink(out)
    assert import_of(taking, "closed", "z.csv")[:2] == ("done", "1")
    wait_until(lambda: taking.metrics()[metric] == 0, what="it is over")
    shown = of_partner(taking, "closed")
    assert (shown["trouble"], shown["last_file"], shown["last_state"]) == ("", "z.csv", "done")
    assert len([line for line in taking.relaisd.said().splitlines() if "/closed/out: " in line]) == 1


def test_what_waits_is_counted(taking):
    path = inbox(taking, "renamed") / "later.csv.part"
    path.write_text("x")
    with open(inbox(taking, "closed") / "open.csv", "w") as f:
        f.write("x")
        f.flush()
        wait_until(lambda: taking.metrics()['relais_import_waiting_files{partner="closed"}'] == 1,
                   what="the open file counts")
        assert taking.metrics()['relais_import_waiting_files{partner="renamed"}'] == 0
        os.unlink(f.name)
    wait_until(lambda: taking.metrics()['relais_import_waiting_files{partner="closed"}'] == 0,
               what="it is gone")
    path.unlink()


# --- a relaisd of one's own ---

def test_a_disk_without_room_is_waited_for_and_nothing_is_lost(stage):
    where = stage.data / "partners" / "shop"
    where.mkdir(parents=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", where],
                      capture_output=True).returncode:
        pytest.skip("may not mount a disk here")
    try:
        stage.add_profile("shop", orders.PROFILE)
        stage.add_profile("other", orders.PROFILE)
        stage.add_carrier()
        stage.start()
        content = orders.many(8000)
        assert 550_000 < len(content) < 900_000
        stage.drop("shop", "large.csv", content)
        stage.relaisd.wait_said("no room on the disk")
        stage.drop("other", "a.csv", orders.many(3, start=9000))
        assert import_of(stage, "other", "a.csv")[:2] == ("done", "3")
        subprocess.run(["mount", "-o", "remount,size=8m", where], check=True)
        assert import_of(stage, "shop", "large.csv")[:2] == ("done", "8000")
        assert len([line for line in stage.relaisd.said().splitlines()
                    if "no room on the disk" in line]) == 1
    finally:
        stage.relaisd.stop()
        subprocess.run(["umount", "-l", where], check=True)


def test_files_read_side_by_side_are_each_taken_once_whatever_is_killed(stage):
    stage.add_profile("shop", f"{orders.PROFILE}\ntake {{ at_once = 4 }}\n")
    stage.add_carrier()
    stage.start()
    files = 24
    for i in range(files):
        stage.drop("shop", f"{i}.csv", orders.many(40, start=1 + 40 * i))
        if i % 8 == 7:
            wait_until(lambda i=i: stage.sql.one("SELECT COUNT(*) FROM import") > i / 2, what="some are taken")
            stage.kill()
            stage.start()
    wait_until(lambda: stage.sql.counts("SELECT state, COUNT(*) FROM import GROUP BY state") ==
               {"done": files}, what="all files are done")
    wait_until(lambda: len(list(stage.partner_dir("shop", "done").iterdir())) == files, what="and put away")
    assert not list(stage.partner_dir("shop", "in").iterdir())
    assert not list(stage.partner_dir("shop", "work").iterdir())
    assert len(list(stage.partner_dir("shop", "out").glob("[!.]*"))) == files
    assert stage.sql.one("SELECT COUNT(*) FROM customer_order") == 40 * files
    assert stage.sql.one("SELECT COUNT(*) FROM consent_event") == 40 * files
    assert stage.sql.one("SELECT COUNT(*) FROM import WHERE final_name <> file_name") == 0
