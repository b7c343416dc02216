"""The first campaign, file and contacts of README.md work as they are written there, word for word."""

import json
import os
import re
import subprocess

from harness import BUILD, FIRST_START, LIMIT, SOURCE, Program, wait_until


def blocks(title="## Your first campaign"):
    """The indented blocks of a part of the README, by their step."""
    text = (SOURCE / "README.md").read_text()
    part = text.split(title, 1)[1].split("\n## ", 1)[0]
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
                              cwd=here, env=environment, timeout=LIMIT * 2)
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
    relaisd.wait_said("relaisd ready", FIRST_START)
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
    # the office, with the customers of this campaign
    step = blocks("## Nobody forgotten")
    shell(step[1])
    assert "Anne Martin" in shell(step[2])
    # "task done 1": the number that `today` shows in front of the first one
    first = json.loads(shell("relaisctl --json today --staff anna"))["tasks"][0]
    assert "task done 1 call_back" in step[3]
    said = shell(step[3].replace("task done 1 ", f"task done {first['id']} ") +
                 f"\nrelaisctl customer contacts {first['customer_id']}")
    assert "after the holidays" in said
    shell(step[4])
    assert (here / "report.pdf").read_bytes().startswith(b"%PDF")


def test_the_partners_first_file_of_the_readme_works_as_written(stage):
    step = blocks("## A partner's first file")
    bin_dir = stage.dir / "bin"
    bin_dir.mkdir()
    for program in ("relaisd", "relaisctl"):
        (bin_dir / program).symlink_to(BUILD / program)
    environment = {**os.environ, "PATH": f"{bin_dir}:{os.environ['PATH']}",
                   "RELAIS_SQLDIR": str(SOURCE / "sql"), "RELAIS_CONTROL": str(stage.data)}

    def shell(text, status=0):
        done = subprocess.run(["sh", "-e"], input=text.replace("/tmp/relais-files", str(stage.data)),
                              capture_output=True, text=True, env=environment, timeout=LIMIT * 2,
                              cwd=stage.data if stage.data.is_dir() else stage.dir)
        assert done.returncode == status, f"{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def answers(pattern):
        return list((stage.data / "partners/boutique/out").glob(pattern))

    shell(step[1])
    said = shell(step[2], status=1)  # a row would be refused
    assert "orders of partner boutique" in said
    assert "2 would be taken, 1 refused" in said
    assert "+32470123456" in said and "310.00 EUR" in said and "guess: by" not in said
    relaisd = Program(["sh", "-c", f"exec {step[3].strip()}".replace("/tmp/relais-files",
                                                                    str(stage.data))],
                      stage.dir / "relaisd.log", environment)
    stage.programs.append(relaisd)
    relaisd.wait_said("relaisd ready", FIRST_START)
    wait_until((stage.data / "partners/boutique/in").is_dir, what="the partner's directory")
    drop, look = step[4].split("sleep 2", 1)
    shell(drop)
    wait_until(lambda: answers("commandes.csv.*.receipt.csv"), what="a receipt")
    assert "phone_too_short" in shell("true " + look)
    drop, look = step[5].split("sleep 2", 1)
    shell(drop)
    wait_until(lambda: answers("corrigees.csv.*.receipt.csv"), what="the second receipt")
    assert "Petit" in shell("true " + look)
    assert "+33612345679" in shell("relaisctl customer find Petit")
