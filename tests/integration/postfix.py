"""postfix.py - a private Postfix: its own configuration, queue and ports, beside any that the machine
runs. It is the real one of Debian; its master process must be started by root, and drops to the user
postfix for everything that touches a mail.

It takes mail for `domains` and hands it to Relais by LMTP; it is Relais's relay; what goes out to the
addresses of `routes` ends where the test says, and all else is bounced by Postfix itself.
"""

import os
import pwd
import re
import shutil
import smtplib
import subprocess

import pytest

from harness import LIMIT, SOURCE, Program, free_port, wait_until

MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup     unix  n - n 60 1  pickup
cleanup    unix  n - n - 0   cleanup
qmgr       unix  n - n 300 1 qmgr
rewrite    unix  - - n - -   trivial-rewrite
bounce     unix  - - n - 0   bounce
defer      unix  - - n - 0   bounce
trace      unix  - - n - 0   bounce
verify     unix  - - n - 1   verify
flush      unix  n - n 1000? 0 flush
proxymap   unix  - - n - -   proxymap
smtp       unix  - - n - -   smtp
relay      unix  - - n - -   smtp
showq      unix  n - n - -   showq
error      unix  - - n - -   error
retry      unix  - - n - -   error
discard    unix  - - n - -   discard
lmtp       unix  - - n - -   lmtp
anvil      unix  - - n - 1   anvil
scache     unix  - - n - 1   scache
postlog    unix-dgram n - n - 1 postlogd
"""

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file = {dir}/postfix.log
maillog_file_prefixes = {dir}
myhostname = mx.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
local_recipient_maps =
alias_maps =
alias_database =
relay_domains = {domains}
transport_maps = texthash:{dir}/conf/transport
default_transport = error:5.1.1 there is nobody of that name
disable_dns_lookups = yes
# What is answered 4xx comes again soon: a test does not wait for five minutes.
queue_run_delay = 1s
minimal_backoff_time = 2s
maximal_backoff_time = 4s
transport_retry_time = 1s
# A broken connection is tried again, not given a rest.
default_destination_concurrency_failed_cohort_limit = 0
lmtp_destination_concurrency_failed_cohort_limit = 0
message_size_limit = {size_limit}
mailbox_size_limit = 0
{more}
"""


def needs_postfix():
    """Skips the test, and says why, where there is no Postfix to start."""
    if not shutil.which("postfix", path="/usr/sbin:/usr/bin"):
        pytest.skip("postfix is not installed: contrib/install-deps.sh")
    if os.geteuid() != 0:
        pytest.skip("the master process of Postfix must be started by root")


def needs_swaks():
    if not shutil.which("swaks"):
        pytest.skip("swaks is not installed: contrib/install-deps.sh")


def sample(name, directory):
    """A file of contrib/postfix, as who follows doc/mail.md adds it to his own."""
    text = (SOURCE / "contrib/postfix" / name).read_text()
    return text.replace("/etc/postfix/", f"{directory}/conf/")


# The shell is there to end the master when we die: that changes its user, and the kernel forgets the
# wish.
MASTER = """
trap 'kill $master' TERM
"$1" -c "$2" -s & master=$!
wait $master
wait $master
"""


def each_once(settings):
    """A main.cf that names each parameter once; the last word counts. Every process of Postfix warns
    of one that comes twice, postlogd itself too, before it reads its socket; and that socket holds ten
    messages. When the others have filled it by then, postlogd waits for itself, and all of them for it."""
    found = {}
    for line in settings.splitlines():
        if line.startswith((" ", "\t")):  # goes on with the one before
            found[name] += f"\n{line}"
        elif line and not line.startswith("#"):
            name = line.partition("=")[0].strip()
            found[name] = line
    return "\n".join(found.values()) + "\n"


class Postfix:
    """Running when its constructor returns. `lmtp` is "inet:127.0.0.1:24" or "unix:/path", `domains`
    go there, `routes` elsewhere. With `samples` it is set up as contrib/postfix says."""

    def __init__(self, directory, domains, lmtp, routes=None, size_limit=30 << 20, more="",
                 samples=False):
        needs_postfix()
        self.dir = directory
        self.conf = directory / "conf"
        self.log = directory / "postfix.log"
        self.port = free_port()
        for part in ("conf", "queue", "data"):
            (directory / part).mkdir(parents=True, exist_ok=True)
        os.chmod(directory, 0o755)
        os.chmod(directory / "queue", 0o755)
        shutil.chown(directory / "data", user=pwd.getpwnam("postfix").pw_uid)
        main, master, transport = (sample(name, directory) if samples else ""
                                   for name in ("main.cf", "master.cf", "transport"))
        (self.conf / "main.cf").write_text(each_once(MAIN_CF.format(
            dir=directory, domains=" ".join(domains), size_limit=size_limit, more=main + more)))
        (self.conf / "master.cf").write_text(MASTER_CF.format(port=self.port) + master)
        (self.conf / "transport").write_text(
            re.sub(r"relais:inet:\S+", f"relais:{lmtp}", transport) +
            "".join(f"{domain} {route}\n" for domain, route in
                    {**dict.fromkeys(domains, f"lmtp:{lmtp}"), **(routes or {})}.items()))
        self.run("postfix", "-c", self.conf, "check")
        # What `postfix start` does once all is checked, but in the foreground and under our eyes.
        daemons = self.run("postconf", "-c", self.conf, "-h", "daemon_directory").strip()
        self.master = Program(["sh", "-c", MASTER, "sh", f"{daemons}/master", self.conf],
                              directory / "master.log")
        wait_until(self.greets, what=lambda: f"Postfix runs:\n{self.tail()}")

    def greets(self):
        """Whether it takes mail; a fault in its configuration shows only when somebody connects."""
        assert "fatal: " not in self.said(), self.tail()
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=1):
                return True
        except OSError:
            return False

    def run(self, *argv):
        done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=LIMIT,
                              env={**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        assert done.returncode == 0 and "overriding earlier entry" not in done.stderr, \
            f"{argv}: {done.stdout}{done.stderr}"
        return done.stdout

    def said(self, pattern=None):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return text if pattern is None else re.search(pattern, text)

    def tail(self, lines=40):
        return "\n".join((self.said() + self.master.said()).splitlines()[-lines:])

    def wait_said(self, pattern, limit=None):
        return wait_until(lambda: self.said(pattern), limit,
                          lambda: f"Postfix says {pattern!r}:\n{self.tail()}")

    def queued(self):
        """The lines of its queue, as mailq prints them in JSON: one a mail."""
        return self.run("postqueue", "-c", self.conf, "-j").splitlines()

    def flush(self):
        """Tries again, now, what it has not got rid of."""
        self.run("postqueue", "-c", self.conf, "-f")

    def wait_empty(self, limit=None):
        def fact():
            self.flush()
            return not self.queued()
        return wait_until(fact, limit, every=0.5, what=lambda:
                          f"Postfix has got rid of all:\n{self.queued()}\n{self.tail()}")

    def stop(self):
        self.master.stop(30)


def swaks(port, *options, data=None):
    """One mail by swaks. Returns (exit status, what was said)."""
    needs_swaks()
    argv = ["swaks", "--server", f"127.0.0.1:{port}", "--timeout", str(int(LIMIT)), *map(str, options)]
    if data is not None:
        argv += ["--data", "-"]
    done = subprocess.run(argv, input=data, capture_output=True, timeout=LIMIT * 2)
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")
