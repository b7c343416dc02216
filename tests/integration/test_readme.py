"""The first campaign of README.md works as it is written there, word for word."""

import json
import os
import re
import subprocess

from harness import BUILD, SOURCE, Program, wait_until


def blocks():
    """The indented blocks of "Your first campaign", by their step."""
    text = (SOURCE / "README.md").read_text()
    part = text.split("## Your first campaign", 1)[1].split("\n## ", 1)[0]
    steps = re.split(r"^(\d)\. ", part, flags=re.M)[1:]
    return {int(n): "\n".join(line[7:] for line in body.splitlines()
                              if line.startswith(" " * 7) or not line)
            for n, body in zip(steps[::2], steps[1::2])}


def test_the_first_campaign_of_the_readme_works_as_written(stage):
    step = blocks()
    here = stage.dir
    bin_dir = here / "bin"
    bin_dir.mkdir()
    for program in ("relaisd", "relaisctl", "relais-smsc"):
        (bin_dir / program).symlink_to(BUILD / program)
    (here / "contrib").symlink_to(SOURCE / "contrib")
    (here / "conf").symlink_to(SOURCE / "conf")
    for name in stage.profiles.parent.glob("partners"):
        name.rmdir()  # the reader makes it
    environment = {**os.environ, "PATH": f"{bin_dir}:{os.environ['PATH']}",
                   "RELAIS_SQLDIR": str(SOURCE / "sql"), "RELAIS_CONTROL": str(stage.data)}

    def as_here(text):
        return text.replace("/tmp/relais", str(stage.data))

    def shell(text):
        done = subprocess.run(["sh", "-e"], input=as_here(text), capture_output=True, text=True,
                              cwd=here, env=environment, timeout=60)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    # 1. the carrier; the port of the README may be taken, so it gets a free one
    carrier = Program(["sh", "-c", f"cd {here} && exec {step[1].strip()} --listen 127.0.0.1:0"],
                      here / "smsc.log", environment)
    stage.programs.append(carrier)
    port = carrier.wait_said(r"listening=127\.0\.0\.1:(\d+)")[1]
    # 2. the configuration, and the profile beside it
    conf, profile = step[2].split("mkdir ", 1)
    (here / "relais.conf").write_text(as_here(conf).replace("2775", port))
    shell("mkdir " + profile)
    # 3. relaisd
    relaisd = Program(["sh", "-c", f"cd {here} && exec {step[3].strip()}"], here / "relaisd.log",
                      environment)
    stage.programs.append(relaisd)
    relaisd.wait_said("relaisd ready")
    relaisd.wait_said("state=bound")
    # 4. the partner, whose directories are made by the first look at them
    wait_until((stage.data / "partners/shop/in").is_dir, what="the partner's directory")
    drop, look = step[4].split("\nEND\n", 1)
    shell(drop + "\nEND\n")
    wait_until(lambda: list((stage.data / "partners/shop/out").glob("*.csv")), what="a receipt")
    assert "not a number" in shell(look)
    # 5. marketing; --watch stays until the campaign is done
    assert "Bonjour Anne" in shell(step[5])
    # 6. the dossier and the day
    def delivered():
        return "delivered" in shell(step[6])
    wait_until(delivered, what="the dossier shows the receipt", every=0.5)
    status = json.loads(shell("relaisctl --json campaign status soldes"))
    assert status["sent"] == 1 and status["excluded"] == {"withdrawn": 1}
