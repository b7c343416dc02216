"""conftest.py - what every integration test is given: a stage of its own, its logs when it fails, and
a TAP line a test for `make check` (tests/driver.sh)."""

import os
import sys

import pytest

import fresh
from harness import Stage

TAP = os.environ.get("RELAIS_TAP") == "1"
_count = 0

Stage.install = fresh.install


@pytest.fixture
def stage(request, tmp_path_factory):
    """A directory with nothing running in it yet; whatever a test starts there is stopped after it."""
    with Stage() as stage:
        yield stage
        failed = getattr(request.node, "failed", False)
        if failed:
            print(stage.report())
        stage.keep = failed and os.environ.get("RELAIS_KEEP") == "1"


@pytest.fixture(scope="module")
def shared_stage(request):
    """One stage for all tests of a file, where each would only start the same programs again."""
    with Stage() as stage:
        yield stage
        failed = getattr(request.node, "failed", False)
        if failed:
            print(stage.report())
        stage.keep = failed and os.environ.get("RELAIS_KEEP") == "1"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.failed = outcome.get_result().failed
        if item.failed:
            item.parent.failed = True


def _sentence(nodeid):
    return nodeid.split("::", 1)[-1].removeprefix("test_").replace("_", " ")


def _tap(verdict, report, note=""):
    global _count
    _count += 1
    sys.__stdout__.write(f"\n{verdict} {_count} - {_sentence(report.nodeid)}{note}\n")
    sys.__stdout__.flush()


def pytest_runtest_logreport(report):
    if not TAP:
        return
    if report.skipped:
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else "skipped"
        _tap("ok", report, f" # SKIP {why}")
    elif report.failed:
        _tap("not ok", report, "" if report.when == "call" else f" ({report.when})")
    elif report.when == "call":
        _tap("ok", report)


def pytest_collectreport(report):
    if TAP and report.failed:
        _tap("not ok", report, " (cannot be read)")
