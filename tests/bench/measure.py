"""measure.py - what the measurements share: the stage, and the lines they print."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from harness import Stage, wait_until  # noqa: E402, F401


def say(name, value, unit):
    """One result: `name value unit`."""
    print(f"{name} {value:.2f} {unit}" if isinstance(value, float) else f"{name} {value} {unit}",
          flush=True)


def note(text):
    print(f"# {text}", flush=True)


class BenchStage(Stage):
    """The private database with the sizes it is shipped with: durable commits, 256 MB of pages."""

    standalone = ""

    def restart(self):
        """A fresh relaisd, so that its peak memory is that of what comes next."""
        self.relaisd.stop(120)
        return self.start()
