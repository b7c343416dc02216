"""verdict.py - holds the database against the carriers' own journals, when all is quiet: nothing lost,
no promotion twice, none after a STOP. For the torture tests and the soak."""

import collections

# What may become of a message that a carrier has, and of one that none has.
KNOWN = {"accepted", "delivered", "failed", "expired", "unknown"}
UNSENT = {"queued", "cancelled", "unknown", "failed", "expired", "held"}


class Verdict:
    """findings: a sentence each; empty is good. counts: what was looked at."""

    def __init__(self):
        self.findings = []
        self.counts = collections.Counter()

    def expect(self, fact, sentence):
        self.counts["checks"] += 1
        if not fact:
            self.findings.append(sentence)

    def line(self):
        numbers = " ".join(f"{name}={n}" for name, n in sorted(self.counts.items()))
        return f"verdict={'good' if not self.findings else 'BAD'} findings={len(self.findings)} {numbers}"


def read_journals(carriers):
    """Every line as (E.164, text, part), in order."""
    lines = []
    for carrier in carriers:
        for fields in carrier.lines():
            part = fields[5].split("/")
            lines.append(("+" + fields[3].lstrip("+"), fields[6], int(part[0]) if len(part) == 3 else 1))
    return lines


def judge(stage, carriers, is_promo, promised=(), stopped=None, unknown_max=None):
    """
    is_promo: tells a promotion by its text, in any of its parts.
    promised: {text: message id} of the service messages that the API answered with 2xx.
    stopped: {address: number of journal lines when its STOP was committed and acknowledged}.
    unknown_max: how many promotions may be unknown.
    """
    verdict = Verdict()
    lines = read_journals(carriers)
    promos, services = collections.defaultdict(collections.Counter), collections.Counter()
    for number, (to, text, part) in enumerate(lines):
        if is_promo(text):
            promos[to][part] += 1
            if stopped and to in stopped:
                verdict.expect(number < stopped[to], f"{to} got a promotion after its STOP: {text!r}")
        elif part == 1:
            services[(to, text)] += 1

    messages = [(int(i), kind, state, to, text, int(parts)) for i, kind, state, to, text, parts in
                stage.sql.rows("SELECT id, class, state, address, text, parts FROM message")]
    known = collections.defaultdict(list)
    for _, kind, state, to, _, parts in messages:
        verdict.counts[f"{kind}_{state}"] += 1
        if kind == "promo":
            known[to].append((state, parts))

    for to, parts in promos.items():
        verdict.counts["promos_on_the_wire"] += 1
        verdict.expect(max(parts.values()) == 1, f"{to} got a promotion twice: {dict(parts)}")
        verdict.expect(to in known, f"{to} got a promotion that is no row")
    for to, rows in known.items():
        verdict.expect(len(rows) == 1, f"{to} has {len(rows)} promotions")
        for state, parts in rows:
            if to in promos:
                verdict.expect(state in KNOWN, f"{to} has it on its handset, and it is {state}")
            else:
                verdict.expect(state in UNSENT, f"{to} never got what is {state}")
            if state == "delivered" and to in promos:
                verdict.expect(len(promos[to]) == parts, f"{to} got {len(promos[to])} of {parts} parts")

    rows = {i: (state, to, text) for i, kind, state, to, text, _ in messages if kind != "promo"}
    for text, message in dict(promised).items():
        verdict.counts["promised"] += 1
        verdict.expect(message in rows, f"message {message} was answered with 2xx and is nowhere")
        if message in rows:
            state, to, _ = rows[message]
            sent = services[(to, text)]
            verdict.counts["services_twice"] += sent > 1
            verdict.expect(sent > 0 or state in ("failed", "expired", "cancelled"),
                           f"message {message} was promised, is {state} and never left")
            verdict.expect(state in KNOWN, f"message {message} is {state}")

    if stopped:
        kept = {address for address, in stage.sql.rows("SELECT address FROM opt_out")}
        for address in stopped:
            verdict.expect(address in kept, f"the STOP of {address} was acknowledged and is not kept")
    unknown = verdict.counts["promo_unknown"]
    if unknown_max is not None:
        verdict.expect(unknown <= unknown_max, f"{unknown} promotions unknown, at most {unknown_max} may be")
    verdict.counts["lines"] = len(lines)
    return verdict
