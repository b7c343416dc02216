"""test_retention.py - months come and go while messages are sent, and what is left when they are gone."""

import datetime
import re

import orders
from harness import wait_until
from scenes import TEXT, promotions, ready, take

TABLES = ("message", "message_event", "inbound_message")
EPOCH = datetime.datetime(2024, 1, 1)


def bound(year, month):
    """The lowest id of a month."""
    return int((datetime.datetime(year, month, 1) - EPOCH).total_seconds()) << 20


def months(stage, table):
    return [name for name, in stage.sql.rows(
        "SELECT partition_name FROM information_schema.partitions WHERE table_schema = DATABASE()"
        f" AND table_name = '{table}' ORDER BY partition_ordinal_position")]


def cut_old_months(stage, table):
    """Months from January 2024 on, before the first one that there is."""
    first = months(stage, table)[0]
    until = (int(first[1:5]), int(first[5:7]))
    year, month, parts = 2024, 1, []
    while (year, month) <= until:
        after = (year + month // 12, month % 12 + 1)
        parts.append(f"PARTITION p{year}{month:02d} VALUES LESS THAN ({bound(*after)})")
        year, month = after
    stage.sql.rows(f"ALTER TABLE {table} REORGANIZE PARTITION {first} INTO ({', '.join(parts)})")


def is_done(stage, table, newest):
    """Whether the newest month is there again, and those gone that end more than 31 days ago."""
    names = months(stage, table)
    ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=31)
    return newest in names and names[0] >= f"p{ago:%Y%m}"


def faults(stage):
    return [line for line in stage.relaisd.log.read_text().splitlines()
            if re.match(r"\S+ (error|warn) ", line)]


def test_months_are_made_and_dropped_in_the_middle_of_a_campaign(stage):
    people = 1500
    stage.settings = 'retention {\n    messages = "31d"\n    events = "31d"\n    inbound = "31d"\n' \
                     '    every = "200ms"\n}\n'
    carrier = ready(stage, 'receipt_delay = "100ms"\nresponse_delay = "80ms"\n', settings="window = 10")
    take(stage, "a.csv", orders.many(people))
    stage.create_campaign("sale", "all", TEXT)
    stage.start_campaign("sale")
    wait_until(lambda: carrier.stats()["accepted"] >= 20, what="the first ones are out")
    kept = {table: months(stage, table) for table in TABLES}
    for table in TABLES:
        cut_old_months(stage, table)
        stage.sql.rows(f"ALTER TABLE {table} DROP PARTITION {kept[table][-2]}")
    for table in TABLES:
        # Made again, and the old ones dropped, one a look.
        wait_until(lambda t=table: is_done(stage, t, kept[t][-2]), limit=120,
                   what=f"{table} has its months")
    assert stage.campaign("sale")["state"] == "sending", "it was to be seen under way"
    stage.wait_campaign("sale", limit=120)
    got = promotions(carrier)
    assert len(got) == len(set(got)) == people
    status = stage.campaign("sale")
    assert status["by_state"]["delivered"] == people, status
    assert faults(stage) == []
    log = stage.relaisd.log.read_text()
    for table in TABLES:
        assert len(re.findall(rf"table={table} partition=p\d+ event=dropped", log)) > 12, table
        assert re.search(rf"table={table} partition={kept[table][-2]} event=made", log), table
    stage.relaisd.stop(30)


def test_a_message_whose_month_is_gone_leaves_the_campaigns_figures_and_a_word(stage):
    stage.settings = 'retention {\n    messages = "31d"\n    recipients = "31d"\n    every = "200ms"\n}\n'
    carrier = ready(stage)
    take(stage, "a.csv", orders.many(20))
    stage.create_campaign("autumn", "all", TEXT)
    stage.start_campaign("autumn")
    stage.wait_campaign("autumn")
    before = stage.campaign("autumn")
    message = stage.sql.one("SELECT MIN(id) FROM message")
    assert stage.ctl("message", "show", message)["state"] == "delivered"
    customer = stage.sql.one("SELECT MIN(id) FROM customer")
    assert stage.ctl("customer", "show", customer)["messages_since"] is None
    stage.relaisd.stop(30)

    # A year with relaisd off, then it is started again.
    stage.environment["RELAIS_CLOCK_SHIFT"] = str(400 * 86400)
    stage.start()
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=400)
    wait_until(lambda: f"p{now:%Y%m}" in months(stage, "message"), what="this month was made")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM message") == 0, limit=120,
               what="the old messages are gone")
    wait_until(lambda: stage.sql.one("SELECT COUNT(*) FROM campaign_recipient") == 0,
               what="the old recipients are gone")
    after = stage.campaign("autumn")
    for figure in ("by_state", "excluded", "sent", "segments", "opted_out", "messages"):
        assert after[figure] == before[figure], figure
    dossier = stage.ctl("customer", "show", customer)
    assert dossier["messages_since"]
    kinds = [entry["kind"] for entry in dossier["dossier"]]
    assert "message" not in kinds
    assert "consent" in kinds  # the ledger is not pruned
    assert stage.ctl("consent", "verify")["intact"]

    # And the work goes on.
    stage.create_campaign("winter", "all", TEXT)
    stage.start_campaign("winter")
    stage.wait_campaign("winter")
    assert stage.campaign("winter")["by_state"]["delivered"] == 20
    assert len(promotions(carrier)) == 40
    assert stage.sql.one(f"SELECT COUNT(*) FROM message PARTITION (p{now:%Y%m})") == 20
    tables = {t["table"]: t for t in stage.ctl("retention", "show")["tables"]}
    assert set(tables) == set(TABLES)
    assert tables["message"]["keep_days"] == 31
    assert tables["message"]["oldest"] > "2026-11-01"
    assert tables["message"]["next_drop_at"] > f"{now:%Y-%m}"
    stage.relaisd.stop(30)
