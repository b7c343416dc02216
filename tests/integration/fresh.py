"""fresh.py - to install a database and to migrate it takes seconds, and nearly every test wants a new
one. relaisd makes one once for a build, and each stage gets a copy of it: what is in the copy is what
its relaisd would have made itself. Benches and demos do without: what they show is a real first start.
"""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import harness

# What the environment may hold and the database be the same: migrations go by the machine's clock.
HARMLESS = {"RELAIS_CLOCK_SHIFT", "RELAIS_PARTNERSDIR"}


def _key():
    """Says by what the database was made, and when, for it has partitions of today: another build,
    another migration and another day make another one."""
    digest = hashlib.sha256(f"{harness.Stage.standalone}{time.strftime('%F', time.gmtime())}".encode())
    for path in [harness.BUILD / "relaisd", *sorted((harness.SOURCE / "sql").glob("*.sql")),
                 pathlib.Path(__file__)]:
        digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _make(target):
    """A first start of relaisd, and its orderly stop."""
    with harness.Stage() as stage:
        stage.install = None
        stage.start()
        # Nobody was ever here, so nobody was away since.
        harness.wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM node_beat"))
        stage.sql.run("DELETE FROM node_beat")
        if stage.relaisd.stop() != 0:
            raise AssertionError(f"relaisd could not be stopped:\n{stage.report()}")
        made = stage.data / "mariadb"
        for name in ("mariadbd.log", "mariadbd.pid", "mariadbd.sock"):
            with contextlib.suppress(FileNotFoundError):
                (made / name).unlink()
        (made / "lock").write_text("")  # it names who was there; that it is there says: Relais was
        half = pathlib.Path(tempfile.mkdtemp(prefix="half-", dir=target.parent))
        _copy(made, half / "mariadb")
        os.rename(half / "mariadb", target)
        half.rmdir()


def _copy(source, target):
    """Most of the redo log is zeros, which need no room."""
    subprocess.run(["cp", "-a", "--sparse=always", "--reflink=auto", source, target], check=True)


@contextlib.contextmanager
def database():
    """The directory to copy, made now if no test before this one did; None where there is no place.
    It stays until the caller is through with it: at midnight another test makes that of the new day."""
    place = harness.BUILD / "tests"
    if not os.access(place, os.W_OK):
        yield None
        return
    place /= "fresh"
    place.mkdir(exist_ok=True)
    target = place / _key()
    with open(place / "lock", "w") as lock:  # tests run side by side
        fcntl.flock(lock, fcntl.LOCK_SH)
        while not target.exists():
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not target.exists():
                for old in place.glob("*/"):
                    shutil.rmtree(old)
                _make(target)
            fcntl.flock(lock, fcntl.LOCK_SH)  # not in one step: another may have had it
        yield target


def install(stage):
    """Before the first start of a stage: its database, if it would make one that is like the others."""
    target = stage.data / "mariadb"
    plain = (stage.standalone == harness.Stage.standalone and not stage.environment.keys() - HARMLESS
             and "--standalone" in stage.relaisd_arguments())
    if plain and not target.exists():
        with database() as source:
            if source:
                stage.data.mkdir(mode=0o750, exist_ok=True)
                _copy(source, target)
