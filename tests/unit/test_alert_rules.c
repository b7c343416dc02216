/* test_alert_rules.c - alerts that become matters, alerts that come and go with what they are
 * about, and the beats of nodes, in a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "store/alert_compare.h"
#include "store/alert_rule.h"
#include "store/db.h"
#include "store/matter_view.h"
#include "store/node_beat.h"
#include "store/retention.h"
#include "tests/support/testdb.h"

static struct db *db;
static const char *field;
static struct error err;

static uint64_t count(const char *sql)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

static enum rc set(const char *kind, const char *policy, const char *team, const char *login)
{
    const struct alert_rule_plan plan = { kind, policy, team, login, false };

    *err.text = '\0';
    return alert_rule_set(db, &plan, "admin", &field, &err);
}

static uint64_t opened(const char *kind, const char *subject)
{
    struct alert list[20];
    size_t n = 20;

    assert_int_equal(alert_open(db, kind, subject, "it is so"), RC_OK);
    assert_int_equal(alerts_list(db, false, 0, list, &n), RC_OK);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].kind, kind) == 0 && strcmp(list[i].subject, subject) == 0)
            return list[i].id;
    }
    fail_msg("%s of %s is not open", kind, subject);
    return 0;
}

/* --- rules --- */

static void an_alert_without_a_rule_is_no_matter(void **state)
{
    (void)state;
    opened(ALERT_IMPORT_FAILED, "fleurs");
    assert_int_equal(count("SELECT COUNT(*) FROM matter"), 0);
}

static void an_alert_with_a_rule_is_the_matter_of_whom_it_names(void **state)
{
    (void)state;
    assert_int_equal(set("import_failed", "urgent", "", "anna"), RC_OK);
    opened(ALERT_IMPORT_FAILED, "fleurs");
    assert_int_equal(count("SELECT COUNT(*) FROM matter m JOIN alert a ON a.id = m.subject_id"
                           " WHERE m.kind = 'alert' AND m.policy_id = 7 AND m.staff_id = 2"
                           "   AND m.team_id = 1 AND m.state = 'open' AND m.base_at = a.opened_at"),
                     1);
    opened(ALERT_CARRIER_DOWN, "orange");
    assert_int_equal(count("SELECT COUNT(*) FROM matter"), 1);
}

static void the_rule_of_a_kind_goes_before_that_of_all(void **state)
{
    (void)state;
    assert_int_equal(set("*", "urgent", "nord", ""), RC_OK);
    assert_int_equal(set("import_failed", "calm", "", "anna"), RC_OK);
    opened(ALERT_IMPORT_FAILED, "fleurs");
    opened(ALERT_CARRIER_DOWN, "orange");
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE policy_id = 8 AND staff_id = 2"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE policy_id = 7 AND staff_id = 0"
                           " AND team_id = 1"),
                     1);
}

static void what_is_found_again_is_the_same_matter(void **state)
{
    (void)state;
    assert_int_equal(set("*", "urgent", "nord", ""), RC_OK);
    assert_true(opened(ALERT_QUEUE_AGE, "mail") == opened(ALERT_QUEUE_AGE, "mail"));
    assert_int_equal(count("SELECT COUNT(*) FROM matter"), 1);
}

/* Wrong at every other look: one alert, whose policy goes on where it was. */
static void what_comes_and_goes_is_one_matter_with_its_steps_behind_it(void **state)
{
    uint64_t id;

    (void)state;
    assert_int_equal(set("*", "urgent", "nord", ""), RC_OK);
    id = opened(ALERT_QUEUE_AGE, "mail");
    assert_int_equal(db_run(db, "UPDATE matter SET step = 1", DB_NO_INPUT, NULL), RC_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(alert_close(db, ALERT_QUEUE_AGE, "mail"), RC_OK);
        assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'settled'"), 1);
        assert_true(opened(ALERT_QUEUE_AGE, "mail") == id);
    }
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'open' AND step = 1"
                           "   AND turn = 0 AND next_at IS NOT NULL AND ended_at IS NULL"),
                     1);
    assert_int_equal(alert_close(db, ALERT_QUEUE_AGE, "mail"), RC_OK);
    assert_int_equal(db_run(db, "UPDATE alert SET closed_at = closed_at - INTERVAL 20 MINUTE",
                            DB_NO_INPUT, NULL),
                     RC_OK);
    assert_true(opened(ALERT_QUEUE_AGE, "mail") != id); /* another time it is another trouble */
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'open' AND step = 0"), 1);
}

static void who_is_at_what_comes_and_goes_is_left_alone(void **state)
{
    const uint64_t id = (set("*", "urgent", "nord", ""), opened(ALERT_QUEUE_AGE, "mail"));

    (void)state;
    assert_int_equal(matter_acknowledge(db, MATTER_ALERT, id, 2, "anna"), RC_OK);
    assert_int_equal(alert_close(db, ALERT_QUEUE_AGE, "mail"), RC_OK);
    opened(ALERT_QUEUE_AGE, "mail");
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'acknowledged'"), 1);
}

/* The SMS of the step still waited when it was over, and was called back. */
static void who_was_spared_a_notice_is_told_when_it_is_not_over(void **state)
{
    const uint64_t id = (set("*", "urgent", "nord", ""), opened(ALERT_QUEUE_AGE, "mail"));

    (void)state;
    assert_int_equal(db_run(db, "UPDATE matter SET step = 1", DB_NO_INPUT, NULL), RC_OK);
    assert_int_equal(db_run(db,
                            "INSERT INTO notice (id, staff_id, channel, sent_as, at)"
                            " SELECT 77, 2, 'sms', 1, base_at FROM matter",
                            DB_NO_INPUT, NULL),
                     RC_OK);
    assert_int_equal(db_run(db,
                            "INSERT INTO notice_matter (notice_id, kind, subject_id, withdrawn)"
                            " SELECT 77, 'alert', subject_id, 'yes' FROM matter",
                            DB_NO_INPUT, NULL),
                     RC_OK);
    assert_int_equal(alert_close(db, ALERT_QUEUE_AGE, "mail"), RC_OK);
    assert_true(opened(ALERT_QUEUE_AGE, "mail") == id);
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'open' AND step = 0"
                           " AND turn = 1"),
                     1);
}

static void what_was_put_off_comes_and_goes_in_silence(void **state)
{
    const uint64_t id = (set("*", "urgent", "nord", ""), opened(ALERT_QUEUE_AGE, "mail"));

    (void)state;
    assert_int_equal(
        matter_snooze(db, MATTER_ALERT, id, clock_now() + 4 * 3600 * USEC_PER_SEC, "anna"), RC_OK);
    assert_int_equal(alert_close(db, ALERT_QUEUE_AGE, "mail"), RC_OK);
    opened(ALERT_QUEUE_AGE, "mail");
    assert_int_equal(
        count("SELECT COUNT(*) FROM matter WHERE state = 'open'"
              " AND next_at = wait_until AND next_at > UTC_TIMESTAMP() + INTERVAL 3 HOUR"),
        1);
}

/* A person has said that it is done: if it comes again, it is new. */
static void what_a_person_closed_is_not_opened_as_it_was(void **state)
{
    const uint64_t id = opened(ALERT_QUEUE_AGE, "mail");

    (void)state;
    assert_int_equal(alert_close_by(db, id, "anna"), RC_OK);
    assert_true(opened(ALERT_QUEUE_AGE, "mail") != id);
}

static void a_rule_made_later_takes_up_what_is_open(void **state)
{
    (void)state;
    for (int i = 0; i < 205; i++) {
        char subject[20];

        snprintf(subject, sizeof(subject), "profile %d", i);
        assert_int_equal(alert_open(db, ALERT_IMPORT_FAILED, subject, "t"), RC_OK);
    }
    opened(ALERT_QUEUE_AGE, "mail");
    assert_int_equal(alert_close(db, ALERT_IMPORT_FAILED, "profile 3"), RC_OK);
    assert_int_equal(set("import_failed", "urgent", "nord", ""), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM matter"), 204);
    assert_int_equal(set("*", "calm", "nord", ""), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE policy_id = 8"), 1);
    assert_int_equal(set("*", "calm", "nord", ""), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM matter"), 205);
}

static void an_alert_that_is_over_settles_its_matter(void **state)
{
    uint64_t id;

    (void)state;
    assert_int_equal(set("*", "urgent", "nord", ""), RC_OK);
    opened(ALERT_QUEUE_AGE, "mail");
    assert_int_equal(alert_close(db, ALERT_QUEUE_AGE, "mail"), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'settled'"), 1);
    id = opened(ALERT_QUEUE_AGE, "sms");
    assert_int_equal(alert_close_by(db, id, "anna"), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'settled'"), 2);
}

static void who_is_at_an_alert_is_at_its_matter_too(void **state)
{
    uint64_t id;

    (void)state;
    assert_int_equal(set("*", "urgent", "nord", ""), RC_OK);
    id = opened(ALERT_QUEUE_AGE, "mail");
    assert_int_equal(alert_acknowledge(db, id, "anna", "j'y suis"), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'acknowledged'"
                           " AND ack_by = 'anna'"),
                     1);
    assert_int_equal(alert_acknowledge(db, id, "bruno", ""), RC_OK);
    assert_int_equal(
        count("SELECT COUNT(*) FROM alert WHERE seen_by = 'anna' AND note = 'j''y suis'"), 1);
    assert_int_equal(alert_close_by(db, id, "anna"), RC_OK);
    assert_int_equal(alert_acknowledge(db, id, "anna", ""), RC_CONFLICT);
    assert_int_equal(alert_acknowledge(db, id + 1000, "anna", ""), RC_NOTFOUND);
    assert_int_equal(count("SELECT COUNT(*) FROM audit_entry WHERE subject = 'alert'"
                           " AND verb = 'acknowledge' AND who IN ('anna', 'bruno')"),
                     2);
    assert_int_equal(count("SELECT COUNT(*) FROM audit_entry WHERE subject = 'alert'"
                           " AND verb = 'close'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM matter_event WHERE what = 'settled'"
                           " AND who = 'anna'"),
                     1);
}

static void a_rule_that_is_removed_tells_nobody_any_more(void **state)
{
    (void)state;
    assert_int_equal(set("import_failed", "urgent", "nord", ""), RC_OK);
    opened(ALERT_IMPORT_FAILED, "fleurs");
    assert_int_equal(alert_rule_remove(db, "import_failed", "admin"), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'settled'"), 1);
    opened(ALERT_IMPORT_FAILED, "colis");
    assert_int_equal(count("SELECT COUNT(*) FROM matter"), 1);
    assert_int_equal(alert_rule_remove(db, "import_failed", "admin"), RC_NOTFOUND);
    assert_int_equal(count("SELECT COUNT(*) FROM audit_entry WHERE subject = 'alert_rule'"), 2);
}

static void a_rule_that_is_made_again_takes_up_what_the_former_one_let_go(void **state)
{
    (void)state;
    assert_int_equal(set("import_failed", "urgent", "nord", ""), RC_OK);
    opened(ALERT_IMPORT_FAILED, "fleurs");
    assert_int_equal(alert_rule_remove(db, "import_failed", "admin"), RC_OK);
    assert_int_equal(set("import_failed", "calm", "", "anna"), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'open' AND turn = 1"
                           " AND policy_id = 8 AND staff_id = 2 AND why = ''"
                           " AND ended_at IS NULL AND base_at > opened_at AND next_at = base_at"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM matter_event WHERE what = 'reopened'"), 1);
}

static void what_a_removed_rule_let_go_is_told_by_the_rule_of_all(void **state)
{
    (void)state;
    assert_int_equal(set("*", "calm", "", "anna"), RC_OK);
    assert_int_equal(set("import_failed", "urgent", "nord", ""), RC_OK);
    opened(ALERT_IMPORT_FAILED, "fleurs");
    assert_int_equal(alert_rule_remove(db, "import_failed", "admin"), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'open' AND policy_id = 8"
                           " AND staff_id = 2"),
                     1);
}

static void a_changed_rule_counts_for_what_is_open_and_the_same_one_changes_nothing(void **state)
{
    uint64_t id;

    (void)state;
    assert_int_equal(set("*", "urgent", "nord", ""), RC_OK);
    opened(ALERT_QUEUE_AGE, "mail");
    id = opened(ALERT_QUEUE_AGE, "sms");
    assert_int_equal(alert_acknowledge(db, id, "anna", ""), RC_OK);
    assert_int_equal(set("*", "urgent", "nord", ""), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE turn = 0"), 2);
    assert_int_equal(set("*", "calm", "", "anna"), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE turn = 1 AND step = 0"
                           " AND policy_id = 8 AND staff_id = 2"),
                     2);
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'acknowledged'"
                           " AND ack_by = 'anna'"),
                     1);
}

static void what_a_person_stopped_is_not_begun_again_by_a_rule(void **state)
{
    (void)state;
    assert_int_equal(set("*", "urgent", "nord", ""), RC_OK);
    opened(ALERT_QUEUE_AGE, "mail");
    testdb_sql("UPDATE matter SET state = 'settled', why = 'enough', next_at = NULL");
    assert_int_equal(set("*", "calm", "nord", ""), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'settled'"), 1);
}

static void an_event_that_happens_again_is_told_again_to_who_was_at_the_first(void **state)
{
    static const char *const kinds[] = { ALERT_STOPPED, ALERT_IMPORT_FAILED, ALERT_FILE_MISSING };

    (void)state;
    assert_int_equal(set("*", "urgent", "nord", ""), RC_OK);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const uint64_t id = opened(kinds[i], "one");

        assert_int_equal(alert_acknowledge(db, id, "anna", "je regarde"), RC_OK);
        assert_true(opened(kinds[i], "one") == id);
        assert_int_equal(count("SELECT COUNT(*) FROM alert WHERE seen_at IS NULL"), i + 1);
        assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'open' AND turn = 1"
                               " AND ack_by = '' AND next_at IS NOT NULL"),
                         i + 1);
    }
    /* What people are being told of goes on, and no word of it is lost. */
    opened(ALERT_STOPPED, "one");
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE turn = 1"), 3);
}

static void what_nobody_answered_is_told_again_when_it_happens_again(void **state)
{
    (void)state;
    assert_int_equal(set("*", "urgent", "nord", ""), RC_OK);
    opened(ALERT_STOPPED, "one");
    testdb_sql("UPDATE matter SET state = 'exhausted', next_at = NULL, ended_at = NOW()");
    opened(ALERT_STOPPED, "one");
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'open'"), 1);
}

static void what_lasts_is_not_told_again_by_its_new_text(void **state)
{
    uint64_t id;

    (void)state;
    assert_int_equal(set("*", "urgent", "nord", ""), RC_OK);
    id = opened(ALERT_QUEUE_AGE, "mail");
    assert_int_equal(alert_acknowledge(db, id, "anna", ""), RC_OK);
    assert_int_equal(alert_open(db, ALERT_QUEUE_AGE, "mail", "since 11:00"), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE state = 'acknowledged'"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM alert WHERE seen_by = 'anna'"), 1);
}

static void a_rule_that_makes_no_sense_is_refused_with_its_reason(void **state)
{
    (void)state;
    assert_int_equal(set("import_faild", "urgent", "nord", ""), RC_INVALID);
    assert_string_equal(field, "kind");
    assert_non_null(strstr(err.text, "did you mean \"import_failed\"?"));
    assert_int_equal(set("*", "nope", "nord", ""), RC_INVALID);
    assert_string_equal(field, "policy");
    assert_int_equal(set("*", "urgent", "sud", ""), RC_INVALID);
    assert_string_equal(field, "team");
    assert_int_equal(set("*", "urgent", "", "zoe"), RC_INVALID);
    assert_string_equal(field, "staff");
    assert_int_equal(set("*", "urgent", "nord", "anna"), RC_INVALID);
    assert_int_equal(set("*", "", "nord", ""), RC_INVALID);
    assert_int_equal(count("SELECT COUNT(*) FROM alert_rule"), 0);
}

static void note_rule(void *arg, const struct alert_rule *rule)
{
    char **at = arg;

    *at += sprintf(*at, "%s %s %s %s;", rule->kind, rule->policy, rule->team, rule->login);
}

static void rules_are_read_with_their_names(void **state)
{
    char said[1000] = "", *at = said;

    (void)state;
    assert_int_equal(set("stopped", "calm", "", "anna"), RC_OK);
    assert_int_equal(set("*", "urgent", "nord", ""), RC_OK);
    assert_int_equal(alert_rules_list(db, note_rule, &at), RC_OK);
    assert_string_equal(said, "* urgent nord ;stopped calm  anna;");
}

/* --- what people do to the matters --- */

static enum rc command(enum matter_order order, uint64_t id)
{
    const struct matter_command c = { .order = order,
                                      .kind = MATTER_ALERT,
                                      .subject_id = id,
                                      .staff_id = 2,
                                      .until = clock_now() + USEC_PER_SEC,
                                      .why = "enough",
                                      .who = "admin" };

    return matter_command(db, &c);
}

static void what_is_no_matter_takes_no_orders_and_leaves_nothing_in_the_audit(void **state)
{
    static const enum matter_order orders[] = { MATTER_TAKE, MATTER_PUT_OFF, MATTER_PASS,
                                                MATTER_STOP };
    uint64_t id;

    (void)state;
    id = opened(ALERT_QUEUE_AGE, "mail"); /* nobody is told of it */
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        assert_int_equal(command(orders[i], id), RC_NOTFOUND);
        assert_int_equal(command(orders[i], 99999), RC_NOTFOUND);
    }
    assert_int_equal(count("SELECT COUNT(*) FROM audit_entry"), 0);
    assert_int_equal(set("*", "urgent", "nord", ""), RC_OK);
    assert_int_equal(command(MATTER_PASS, id), RC_OK);
    assert_int_equal(command(MATTER_STOP, id), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM audit_entry WHERE subject = 'matter'"), 2);
}

static void note_subject(void *arg, const struct matter_row *m)
{
    *(uint64_t *)arg = *(uint64_t *)arg * 100 + m->subject_id % 100;
}

/* The last two digits of each, in their order. */
static uint64_t listed(struct matter_query q)
{
    uint64_t ids = 0;

    q.kind = MATTER_ALERT;
    q.limit = 10;
    assert_int_equal(matter_list(db, &q, note_subject, &ids), RC_OK);
    return ids;
}

static void matters_are_listed_of_a_person_or_all(void **state)
{
    (void)state;
    testdb_sql("INSERT INTO matter (kind, subject_id, policy_id, team_id, staff_id, state,"
               "                    opened_at, base_at)"
               " VALUES ('alert', 11, 7, 1, 2, 'exhausted', NOW(), NOW()),"
               "        ('alert', 12, 7, 1, 3, 'open', NOW(), NOW()),"
               "        ('alert', 13, 7, 9, 2, 'open', NOW(), NOW()),"
               "        ('alert', 14, 7, 1, 2, 'settled', NOW(), NOW()),"
               "        ('task', 15, 7, 1, 2, 'open', NOW(), NOW())");
    assert_int_equal(listed((struct matter_query){ .staff_id = 0 }), 111213);
    assert_int_equal(listed((struct matter_query){ .ended_too = true }), 11121314);
    assert_int_equal(listed((struct matter_query){ .staff_id = 2 }), 1113);
    assert_int_equal(listed((struct matter_query){ .staff_id = 2, .ended_too = true }), 111314);
    assert_int_equal(listed((struct matter_query){ .staff_id = 2, .after = 11 }), 13);
    assert_int_equal(listed((struct matter_query){ .staff_id = 4 }), 0);
}

static void what_was_told_of_closed_alerts_goes_with_the_contacts_of_that_time(void **state)
{
    uint64_t n = 0;

    (void)state;
    assert_int_equal(set("*", "urgent", "nord", ""), RC_OK);
    opened(ALERT_QUEUE_AGE, "mail");
    assert_int_equal(alert_close(db, ALERT_QUEUE_AGE, "mail"), RC_OK);
    assert_int_equal(command(MATTER_STOP, opened(ALERT_QUEUE_AGE, "sms")), RC_OK);
    assert_int_equal(retention_prune_contacts(db, clock_now() - USEC_PER_SEC * 60, &n), RC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(retention_prune_contacts(db, clock_now() + USEC_PER_SEC * 60, &n), RC_OK);
    assert_int_equal(n, 1);
    /* One that a person stopped while its alert is open stays stopped. */
    assert_int_equal(count("SELECT COUNT(*) FROM matter WHERE why = 'enough'"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM matter"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM matter_event"), 1);
}

/* --- what is wrong now --- */

static struct alert_changes compare(const char *scope, const struct alert_trouble *t, size_t n)
{
    struct alert_changes changes;

    assert_int_equal(alert_compare(db, ALERT_CARRIER_DOWN, scope, t, n, &changes), RC_OK);
    return changes;
}

static void what_is_wrong_is_open_once_and_closed_when_it_is_over(void **state)
{
    const struct alert_trouble t[] = { { "orange", "down since 10:00", 1 },
                                       { "sfr", "down since 11:00", 1 } };
    struct alert_changes c;

    (void)state;
    c = compare("", t, 2);
    assert_int_equal(c.opened, 2);
    c = compare("", t, 2);
    assert_int_equal(c.opened + c.closed, 0);
    c = compare("", &t[1], 1);
    assert_int_equal(c.closed, 1);
    assert_int_equal(count("SELECT COUNT(*) FROM alert WHERE subject = 'orange'"
                           " AND closed_at IS NOT NULL AND closed_by = ''"),
                     1);
    c = compare("", t, 2);
    assert_int_equal(c.opened, 1);
}

static void only_what_is_in_the_scope_is_closed(void **state)
{
    const struct alert_trouble one = { "node 1: orange", "t", 1 },
                               two = { "node 2: orange", "t", 1 };

    (void)state;
    compare("node 1: ", &one, 1);
    compare("node 2: ", &two, 1);
    assert_int_equal(compare("node 1: ", NULL, 0).closed, 1);
    assert_int_equal(count("SELECT COUNT(*) FROM alert WHERE closed_at IS NULL"), 1);
}

static void what_a_person_closed_is_opened_again_only_by_a_new_trouble(void **state)
{
    struct alert_trouble t = { "orange", "t", 0 };

    (void)state;
    t.since = clock_now() - USEC_PER_SEC;
    compare("", &t, 1);
    assert_int_equal(alert_close_by(db, opened(ALERT_CARRIER_DOWN, "orange"), "anna"), RC_OK);
    assert_int_equal(compare("", &t, 1).opened, 0);
    t.since = clock_now() + USEC_PER_SEC;
    assert_int_equal(compare("", &t, 1).opened, 1);
}

static void an_alert_says_what_is_wrong_now(void **state)
{
    struct alert_trouble t = { "orange", "one", 1 };

    (void)state;
    compare("", &t, 1);
    snprintf(t.text, sizeof(t.text), "two");
    assert_int_equal(compare("", &t, 1).opened, 0);
    assert_int_equal(count("SELECT COUNT(*) FROM alert WHERE text = 'two'"), 1);
}

/* --- beats --- */

static void a_node_knows_when_it_was_last_alive_and_how_it_ended(void **state)
{
    struct node_beat last, list[NODES_MAX];
    size_t n;

    (void)state;
    assert_int_equal(node_beat_read(db, &last), RC_NOTFOUND);
    assert_int_equal(node_beat_start(db, "one"), RC_OK);
    assert_int_equal(node_beat_again(db), RC_OK);
    assert_int_equal(node_beat_read(db, &last), RC_OK);
    assert_true(last.beat_at > 0 && last.stopped_at == 0);
    assert_int_equal(node_beat_stop(db), RC_OK);
    assert_int_equal(node_beat_read(db, &last), RC_OK);
    assert_true(last.stopped_at > 0);
    assert_int_equal(node_beat_start(db, "one"), RC_OK);
    assert_int_equal(node_beats_read(db, list, &n), RC_OK);
    assert_int_equal(n, 1);
    assert_string_equal(list[0].host, "one");
    assert_int_equal(list[0].stopped_at, 0);
}

/* --- the scene --- */

static int setup(void **state)
{
    (void)state;
    testdb_reset();
    testdb_sql("INSERT INTO escalation_policy (id, name, rules, created_at, updated_at)"
               " VALUES (7, 'urgent', '', NOW(), NOW()), (8, 'calm', '', NOW(), NOW())");
    testdb_sql("INSERT INTO team (id, code, label, created_at, updated_at)"
               " VALUES (1, 'nord', 'Nord', NOW(), NOW())");
    testdb_sql("INSERT INTO staff (id, login, name, team_id, created_at, updated_at)"
               " VALUES (2, 'anna', 'Anna', 1, NOW(), NOW())");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_alert_without_a_rule_is_no_matter, setup),
        cmocka_unit_test_setup(an_alert_with_a_rule_is_the_matter_of_whom_it_names, setup),
        cmocka_unit_test_setup(the_rule_of_a_kind_goes_before_that_of_all, setup),
        cmocka_unit_test_setup(what_is_found_again_is_the_same_matter, setup),
        cmocka_unit_test_setup(what_comes_and_goes_is_one_matter_with_its_steps_behind_it, setup),
        cmocka_unit_test_setup(who_is_at_what_comes_and_goes_is_left_alone, setup),
        cmocka_unit_test_setup(who_was_spared_a_notice_is_told_when_it_is_not_over, setup),
        cmocka_unit_test_setup(what_was_put_off_comes_and_goes_in_silence, setup),
        cmocka_unit_test_setup(what_a_person_closed_is_not_opened_as_it_was, setup),
        cmocka_unit_test_setup(a_rule_made_later_takes_up_what_is_open, setup),
        cmocka_unit_test_setup(an_alert_that_is_over_settles_its_matter, setup),
        cmocka_unit_test_setup(who_is_at_an_alert_is_at_its_matter_too, setup),
        cmocka_unit_test_setup(a_rule_that_is_removed_tells_nobody_any_more, setup),
        cmocka_unit_test_setup(a_rule_that_is_made_again_takes_up_what_the_former_one_let_go,
                               setup),
        cmocka_unit_test_setup(what_a_removed_rule_let_go_is_told_by_the_rule_of_all, setup),
        cmocka_unit_test_setup(
            a_changed_rule_counts_for_what_is_open_and_the_same_one_changes_nothing, setup),
        cmocka_unit_test_setup(what_a_person_stopped_is_not_begun_again_by_a_rule, setup),
        cmocka_unit_test_setup(an_event_that_happens_again_is_told_again_to_who_was_at_the_first,
                               setup),
        cmocka_unit_test_setup(what_nobody_answered_is_told_again_when_it_happens_again, setup),
        cmocka_unit_test_setup(what_lasts_is_not_told_again_by_its_new_text, setup),
        cmocka_unit_test_setup(a_rule_that_makes_no_sense_is_refused_with_its_reason, setup),
        cmocka_unit_test_setup(rules_are_read_with_their_names, setup),
        cmocka_unit_test_setup(what_is_no_matter_takes_no_orders_and_leaves_nothing_in_the_audit,
                               setup),
        cmocka_unit_test_setup(matters_are_listed_of_a_person_or_all, setup),
        cmocka_unit_test_setup(what_was_told_of_closed_alerts_goes_with_the_contacts_of_that_time,
                               setup),
        cmocka_unit_test_setup(what_is_wrong_is_open_once_and_closed_when_it_is_over, setup),
        cmocka_unit_test_setup(only_what_is_in_the_scope_is_closed, setup),
        cmocka_unit_test_setup(what_a_person_closed_is_opened_again_only_by_a_new_trouble, setup),
        cmocka_unit_test_setup(an_alert_says_what_is_wrong_now, setup),
        cmocka_unit_test_setup(a_node_knows_when_it_was_last_alive_and_how_it_ended, setup),
    };
    int failed;

    db = testdb_open();
    failed = cmocka_run_group_tests_name("alert rules", tests, NULL, NULL);
    db_close(db);
    return failed;
}
