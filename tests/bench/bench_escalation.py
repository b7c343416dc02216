"""10,000 steps due in the same minute (bench_escalation.c), and what 100,000 open tasks with due
times cost while nothing is due: processor time of relaisd and mariadbd over a quiet minute, beside
a minute without any."""

import time

from measure import BenchStage, note, processor_us, run_c, say

QUIET_S = 60


def cpu_share(stage):
    """Percent of one core that both programs take while nothing happens."""
    pids = (stage.relaisd.pid, stage.mariadbd_pid())
    time.sleep(5)  # whatever the start left to do
    before = sum(sum(processor_us(pid).values()) for pid in pids)
    time.sleep(QUIET_S)
    after = sum(sum(processor_us(pid).values()) for pid in pids)
    return (after - before) / QUIET_S / 10000


def main():
    run_c("bench_escalation")
    with BenchStage() as stage:
        stage.start()
        without = cpu_share(stage)
        stage.sql.run("INSERT INTO escalation_policy (id, name, rules, created_at, updated_at)"
                  " VALUES (1, 'usual', 'after 0m employee by sms', NOW(6), NOW(6))")
        stage.sql.run("INSERT INTO matter (kind, subject_id, policy_id, staff_id, opened_at, base_at,"
                  "                    next_at)"
                  "SELECT 'task', seq, 1, 1, NOW(6), NOW(6) + INTERVAL 1 DAY + INTERVAL seq SECOND,"
                  "       NOW(6) + INTERVAL 1 DAY + INTERVAL seq SECOND"
                  "  FROM seq_1_to_100000")
        with_them = cpu_share(stage)
    say("escalation_idle_cpu", with_them, "%")
    note(f"of one core; without any matter {without:.2f} %")


main()
