/* test_contact_task.c - tasks are made once, end once, and belong to one person. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "tests/support/contact_rig.h"
#include "tests/support/testdb.h"

static void a_task_is_a_matter_of_its_person_from_its_due_time_on(void **state)
{
    const uint64_t id = contact_add(1, CONTACT_OF_MANAGER, DAY);

    (void)state;
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter m JOIN contact_task t"
                                    "    ON m.kind = 'task' AND m.subject_id = t.id"
                                    " WHERE m.next_at = t.due_at AND m.staff_id = t.staff_id"
                                    "   AND m.policy_id = 1 AND m.state = 'open'"),
                     1);
    assert_true(id > 0 && id < 1000); /* people write it */
}

static void who_has_just_left_gets_no_task(void **state)
{
    (void)state;
    testdb_sql("UPDATE staff SET left_on = '2026-11-21' WHERE id = 1");
    contact_add(1, CONTACT_OF_MANAGER, DAY); /* her last day */
    contact_add(2, CONTACT_OF_MANAGER, DAY + 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task t JOIN matter m"
                                    "    ON m.subject_id = t.id"
                                    " WHERE (t.customer_id = 1 AND t.staff_id = 1"
                                    "        AND m.staff_id = 1)"
                                    "    OR (t.customer_id = 2 AND t.staff_id IS NULL"
                                    "        AND m.staff_id = 0)"),
                     2);
}

static void from_the_list_a_customer_has_one_task_a_day(void **state)
{
    (void)state;
    assert_int_not_equal(contact_add(1, CONTACT_OF_LIST, DAY), 0);
    assert_int_equal(contact_add(1, CONTACT_OF_LIST, DAY), 0);
    assert_int_not_equal(contact_add(1, CONTACT_OF_LIST, DAY + 1), 0);
    assert_int_not_equal(contact_add(1, CONTACT_OF_MANAGER, DAY), 0);
    assert_int_not_equal(contact_add(1, CONTACT_OF_MANAGER, DAY), 0);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task"), 4);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter"), 4);
}

static void a_cancelled_task_of_the_list_makes_room_for_another(void **state)
{
    const uint64_t id = contact_add(1, CONTACT_OF_LIST, DAY);

    (void)state;
    assert_int_equal(contact_cancel_now(id, "made anew"), RC_OK);
    assert_int_not_equal(contact_add(1, CONTACT_OF_LIST, DAY), 0);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter WHERE state = 'settled'"), 1);
}

static void of_many_drafts_those_that_were_there_are_told_apart(void **state)
{
    enum { N = 2500 };
    static struct contact_draft drafts[N];
    static bool taken[N];
    uint64_t first;

    (void)state;
    contact_add(2, CONTACT_OF_LIST, DAY);
    assert_int_equal(contact_task_new_ids(rig_db, N, &first), RC_OK);
    for (size_t i = 0; i < N; i++)
        drafts[i] = (struct contact_draft){ .id = first + i,
                                            .customer_id = i + 1,
                                            .team_id = NORTH,
                                            .source = CONTACT_OF_LIST,
                                            .day = DAY,
                                            .due_at = TODAY_END,
                                            .title = "Appeler",
                                            .created_by = "list" };
    assert_int_equal(contact_put_now(drafts, N, taken), RC_OK);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(taken[i], i != 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task"), N);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter"), N);
}

static void what_is_too_long_is_cut_between_two_characters(void **state)
{
    char title[1000] = "", reasons[1000] = "";
    struct contact_draft d = { .customer_id = 1,
                               .team_id = NORTH,
                               .day = DAY,
                               .due_at = TODAY_END,
                               .source = CONTACT_OF_PLAN,
                               .title = title,
                               .reasons = reasons,
                               .created_by = "test" };

    (void)state;
    for (size_t i = 0; i < 300; i++) {
        strcat(title, "é");
        strcat(reasons, "é");
    }
    memmove(reasons + 1, reasons, strlen(reasons) + 1);
    reasons[0] = 'x'; /* the five-hundredth byte is within a character */
    assert_int_equal(contact_task_new_ids(rig_db, 1, &d.id), RC_OK);
    assert_int_equal(contact_put_now(&d, 1, NULL), RC_OK);
    assert_int_equal(contact_number("SELECT CHAR_LENGTH(title) FROM contact_task"), 200);
    assert_int_equal(contact_number("SELECT LENGTH(reasons) FROM contact_task"), 499);
}

static void an_ended_task_is_neither_cancelled_nor_handed_over(void **state)
{
    const uint64_t id = contact_add(1, CONTACT_OF_MANAGER, DAY);

    (void)state;
    assert_int_equal(contact_cancel_now(id, "no need"), RC_OK);
    assert_int_equal(contact_cancel_now(id, "no need"), RC_CONFLICT);
    assert_int_equal(contact_give_now(id, BRUNO), RC_CONFLICT);
    assert_int_equal(contact_give_now(id + 1000, BRUNO), RC_NOTFOUND);
}

static void a_task_goes_to_another_with_its_matter_and_its_team(void **state)
{
    const uint64_t id = contact_add(1, CONTACT_OF_MANAGER, DAY);

    (void)state;
    assert_int_equal(contact_give_now(id, DORA), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task t JOIN matter m"
                                    "    ON m.subject_id = t.id"
                                    " WHERE t.staff_id = 4 AND t.team_id = 2 AND m.staff_id = 4"
                                    "   AND m.base_at = t.due_at"),
                     1);
}

static void what_is_overdue_is_the_new_persons_from_now_on(void **state)
{
    const uint64_t id = contact_add(1, CONTACT_OF_MANAGER, DAY);

    (void)state;
    contact_clock(TODAY_END + 5 * HOUR);
    assert_int_equal(contact_give_now(id, BRUNO), RC_OK);
    assert_int_equal(contact_number("SELECT m.base_at >= t.due_at + INTERVAL 5 HOUR"
                                    "  FROM matter m JOIN contact_task t ON t.id = m.subject_id"),
                     1);
}

static void nobody_who_left_is_given_a_task(void **state)
{
    const uint64_t id = contact_add(1, CONTACT_OF_MANAGER, DAY);

    (void)state;
    testdb_sql("UPDATE staff SET left_on = '2026-11-20' WHERE id = 2");
    assert_int_equal(contact_give_now(id, BRUNO), RC_NOTFOUND);
    assert_int_equal(contact_number("SELECT staff_id FROM contact_task"), ANNA);
}

static void a_task_is_read_with_the_customers_name_and_number(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    struct contact_task t;
    struct arena arena;

    (void)state;
    arena_init(&arena);
    assert_int_equal(contact_task_read(rig_db, id, &arena, &t), RC_OK);
    assert_string_equal(t.customer_name, "Dupont");
    assert_string_equal(t.phone, "+33600000002");
    assert_string_equal(t.staff, "anna");
    assert_string_equal(t.team, "north");
    assert_string_equal(t.outcome, "");
    assert_int_equal(t.day, DAY);
    assert_int_equal(t.due_at, TODAY_END);
    assert_int_equal(t.source, CONTACT_OF_MANAGER);
    assert_int_equal(t.state, CONTACT_OPEN);
    assert_int_equal(contact_task_read(rig_db, id + 1, &arena, &t), RC_NOTFOUND);
    arena_close(&arena);
}

/* --- lists --- */

struct seen {
    uint64_t ids[16];
    size_t n;
};

static void see(void *arg, const struct contact_task *t)
{
    struct seen *s = arg;

    assert_true(s->n < 16);
    s->ids[s->n++] = t->id;
}

static struct seen list(struct contact_task_query q)
{
    struct seen s = { .n = 0 };

    if (!q.limit)
        q.limit = 16;
    assert_int_equal(contact_task_list(rig_db, &q, see, &s), RC_OK);
    return s;
}

/* Ids are given in the order of the calls. */
static uint64_t four_tasks(void)
{
    const uint64_t first = contact_add(1, CONTACT_OF_LIST, DAY + 3); /* Monday */
    char sql[200];

    contact_add(2, CONTACT_OF_LIST, DAY);
    contact_add(3, CONTACT_OF_LIST, DAY);
    contact_add(3, CONTACT_OF_MANAGER, DAY);
    snprintf(sql, sizeof(sql), "UPDATE contact_task SET score = 90 WHERE id = %llu",
             (unsigned long long)first + 2);
    testdb_sql(sql);
    return first;
}

static void a_list_goes_by_day_and_then_by_score(void **state)
{
    const uint64_t first = four_tasks();
    const struct seen s = list((struct contact_task_query){ .staff_id = ANNA });
    const uint64_t order[] = { first + 2, first + 1, first + 3, first };

    (void)state;
    assert_int_equal(s.n, 4);
    assert_memory_equal(s.ids, order, sizeof(order));
}

static void a_list_in_pages_is_the_same_list(void **state)
{
    const uint64_t first = four_tasks();
    const uint64_t order[] = { first + 2, first + 1, first + 3, first };
    uint64_t after = 0;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const struct seen s =
            list((struct contact_task_query){ .team_id = NORTH, .after = after, .limit = 1 });

        assert_int_equal(s.n, 1);
        assert_int_equal(s.ids[0], order[i]);
        after = s.ids[0];
    }
    assert_int_equal(list((struct contact_task_query){ .after = after }).n, 0);
}

static void a_list_takes_what_was_asked_for_alone(void **state)
{
    const uint64_t first = four_tasks();

    (void)state;
    assert_int_equal(contact_cancel_now(first + 1, "no need"), RC_OK);
    assert_int_equal(list((struct contact_task_query){ .staff_id = BRUNO }).n, 0);
    assert_int_equal(list((struct contact_task_query){ .team_id = SOUTH }).n, 0);
    assert_int_equal(list((struct contact_task_query){ .open_only = true }).n, 3);
    assert_int_equal(list((struct contact_task_query){ .state = "cancelled" }).n, 1);
    assert_int_equal(list((struct contact_task_query){ .customer_id = 3 }).n, 2);
    assert_int_equal(list((struct contact_task_query){ .to_day = DAY }).n, 3);
    assert_int_equal(list((struct contact_task_query){ .from_day = DAY + 1 }).n, 1);
    assert_int_equal(list((struct contact_task_query){ .late_at = TODAY_END }).n, 0);
    assert_int_equal(list((struct contact_task_query){ .late_at = TODAY_END + 1 }).n, 3);
}

#define CONTACT_TEST(name) cmocka_unit_test_setup_teardown(name, contact_set_up, contact_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTACT_TEST(a_task_is_a_matter_of_its_person_from_its_due_time_on),
        CONTACT_TEST(who_has_just_left_gets_no_task),
        CONTACT_TEST(from_the_list_a_customer_has_one_task_a_day),
        CONTACT_TEST(a_cancelled_task_of_the_list_makes_room_for_another),
        CONTACT_TEST(of_many_drafts_those_that_were_there_are_told_apart),
        CONTACT_TEST(what_is_too_long_is_cut_between_two_characters),
        CONTACT_TEST(an_ended_task_is_neither_cancelled_nor_handed_over),
        CONTACT_TEST(a_task_goes_to_another_with_its_matter_and_its_team),
        CONTACT_TEST(what_is_overdue_is_the_new_persons_from_now_on),
        CONTACT_TEST(nobody_who_left_is_given_a_task),
        CONTACT_TEST(a_task_is_read_with_the_customers_name_and_number),
        CONTACT_TEST(a_list_goes_by_day_and_then_by_score),
        CONTACT_TEST(a_list_in_pages_is_the_same_list),
        CONTACT_TEST(a_list_takes_what_was_asked_for_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
