"""How fast the simulator is by itself, so that no other figure measures it: bench_smsc.c, its client."""

import os
import subprocess

from measure import note, say

from harness import BUILD, Program, Stage

MESSAGES = 1000000
WINDOW = 100


def main():
    subprocess.run(["make", "-s", "tests/bench/bench_smsc"], cwd=BUILD, check=True)
    note(f"smsc messages={MESSAGES} window={WINDOW} connections=1")
    with Stage() as stage:
        smsc = Program([BUILD / "relais-smsc", "--listen", "127.0.0.1:0", "--quiet",
                        "--log", stage.dir / "journal"], stage.dir / "smsc.log")
        stage.programs.append(smsc)
        port = smsc.wait_said(r"listening=127\.0\.0\.1:(\d+)")[1]
        subprocess.run([os.path.join(BUILD, "tests/bench/bench_smsc"), port, str(MESSAGES),
                        str(WINDOW)], check=True)
        say("smsc_peak_rss_mb", smsc.peak_rss_mb(), "MB")


main()
