/* test_mail_review.c - what is attached to mails, partners' files among it, and what a person
 * decides about a mail: against a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "store/db.h"
#include "store/mail_file.h"
#include "store/mail_in.h"
#include "store/mail_in_view.h"
#include "store/mail_review.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define ANNE   "anne@customer.example"
#define SOURCE "From: anne\r\n\r\nbonjour\r\n"

static struct db *db;
static struct arena arena;
static struct mail_in_outcome outcome;
static struct mail_in_rules rules;
static struct error err;
static unsigned char mark;

static int begin(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    arena_init(&arena);
    rules = (struct mail_in_rules){
        .stop = "", .start = "", .help = "", .yes = "", .subject = "", .sender = ""
    };
    err = (struct error){ 0 };
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_close(&arena);
    db_close(db);
    return 0;
}

static uint64_t number(const char *sql)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

static struct mail_in_item mail(void)
{
    return (struct mail_in_item){ .mark = { ++mark },
                                  .kind = MAIL_IN_MESSAGE,
                                  .at = clock_now(),
                                  .envelope_from = ANNE,
                                  .recipient = "contact@shop.example",
                                  .from = ANNE,
                                  .from_name = "Anne",
                                  .subject = "Bonjour",
                                  .message_id = "m1@customer.example",
                                  .text = "bonjour",
                                  .fresh = "bonjour",
                                  .proof = "",
                                  .automatic = "",
                                  .keyword = { .name = "", .answer = "" },
                                  .reason = "",
                                  .review = "",
                                  .size = strlen(SOURCE),
                                  .source = SOURCE };
}

static struct mail_in_item partners_mail(const struct mail_document *documents, size_t n)
{
    struct mail_in_item item = mail();

    item.kind = MAIL_IN_IMPORT;
    item.recipient = "Import-Shop@mail.house.example";
    item.partner = "shop";
    item.documents = documents;
    item.n_documents = n;
    item.attachments = (unsigned)n;
    return item;
}

static enum rc record(const struct mail_in_item *item)
{
    struct mail_in_stock stock = { 0 };

    return mail_in_record(db, item, 1, &rules, clock_now(), &stock, &arena, &outcome);
}

static uint64_t last_mail(void)
{
    return number("SELECT MAX(id) FROM mail_in");
}

static struct mail_document document(const char *name, const char *declared, const char *bytes)
{
    struct mail_document d = {
        .name = name, .declared = declared, .type = "text/plain", .why = ""
    };
    struct document put;

    assert_int_equal(document_put_bytes(db, bytes, strlen(bytes), &put), RC_OK);
    d.document_id = put.id;
    d.size = put.size;
    return d;
}

/* --- attachments --- */

static void what_is_attached_is_recorded_with_the_mail(void **state)
{
    const struct mail_document list[] = {
        document("orders.csv", "text/csv", "a;b\n"),
        { .name = "virus.exe",
          .declared = "image/png",
          .type = "application/x-executable",
          .size = 99,
          .lies = true,
          .why = "program" },
    };
    struct mail_in_item item = mail();

    (void)state;
    item.documents = list;
    item.n_documents = 2;
    assert_int_equal(record(&item), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_document d JOIN mail_in m"
                            "  ON m.id = d.mail_id"),
                     2);
    assert_int_equal(number("SELECT n FROM mail_document"
                            " WHERE document_id IS NULL AND why = 'program' AND lies"),
                     2);
}

static void a_mail_whose_document_is_gone_is_not_recorded(void **state)
{
    const struct mail_document list[] = { document("orders.csv", "text/csv", "a;b\n") };
    struct mail_in_item item = mail();

    (void)state;
    item.documents = list;
    item.n_documents = 1;
    testdb_sql("DELETE FROM document");
    assert_int_equal(record(&item), RC_AGAIN);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_in"), 0);
}

/* --- partners' files --- */

static void files_of_a_partner_wait_for_their_way_to_in(void **state)
{
    const struct mail_document list[] = {
        document("../orders.csv", "text/csv", "a;b\n"),
        document("smime.p7s", "application/pkcs7-signature", "x"),
        document("", "text/plain", "a footer"),
    };
    const struct mail_in_item item = partners_mail(list, 3);
    struct partner_file f;

    (void)state;
    assert_int_equal(record(&item), RC_OK);
    assert_int_equal(outcome.files, 1);
    assert_int_equal(mail_file_next(db, 0, 0, &f), RC_OK);
    assert_string_equal(f.partner, "shop");
    assert_string_equal(f.name, "orders.csv");
    assert_int_equal(mail_file_next(db, f.mail_id, f.n, &f), RC_NOTFOUND);
    assert_int_equal(mail_file_placed(db, &f, clock_now()), RC_OK);
    assert_int_equal(mail_file_next(db, 0, 0, &f), RC_NOTFOUND);
}

static void a_partners_mail_without_a_file_needs_a_person(void **state)
{
    const struct mail_in_item item = partners_mail(NULL, 0);

    (void)state;
    assert_int_equal(record(&item), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_review WHERE why = 'no_file'"), 1);
}

static void what_a_partner_sent_and_was_not_kept_is_told(void **state)
{
    const struct mail_document kept = document("notes.csv", "text/csv", "a;b\n");
    const struct mail_document lost[] = {
        { .name = "orders.csv", .declared = "text/csv", .type = "", .why = "too_large" },
        { .name = "tool.exe", .declared = "image/png", .type = "", .why = "program" },
        document("", "text/csv", "c;d\n"),
        document("winmail.dat", "application/ms-tnef", "e"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
        const struct mail_document list[] = { kept, lost[i] };
        const struct mail_in_item both = partners_mail(list, 2), alone = partners_mail(list + 1, 1);

        assert_int_equal(record(&both), RC_OK);
        assert_int_equal(outcome.files, 1);
        assert_int_equal(record(&alone), RC_OK);
        assert_int_equal(outcome.files, 0);
        assert_int_equal(number("SELECT COUNT(*) FROM mail_review WHERE why = 'not_kept'"),
                         2 * (i + 1));
    }
    assert_int_equal(number("SELECT COUNT(*) FROM mail_in"
                            " WHERE outcome = 'files' AND reason = 'not_kept'"),
                     4);
}

static void attachments_beyond_those_that_are_told_of_are_not_lost_silently(void **state)
{
    const struct mail_document list[] = { document("orders.csv", "text/csv", "a;b\n") };
    struct mail_in_item item = partners_mail(list, 1);

    (void)state;
    item.attachments = 2;
    assert_int_equal(record(&item), RC_OK);
    assert_int_equal(outcome.files, 1);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_review WHERE why = 'not_kept'"), 1);
}

static void signatures_pictures_and_footers_are_not_missed(void **state)
{
    const struct mail_document list[] = {
        document("orders.csv", "text/csv", "a;b\n"),
        document("smime.p7s", "application/pkcs7-signature", "x"),
        document("", "text/html", "a footer"),
        document("", "message/rfc822", "a mail"),
        { .name = "logo.png",
          .declared = "image/png",
          .type = "",
          .is_inline = true,
          .why = "too_many" },
    };
    const struct mail_in_item item = partners_mail(list, 5);

    (void)state;
    assert_int_equal(record(&item), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_review"), 0);
}

/* In in/ it would be taken for one that is still written, for ever. */
static void a_file_that_is_named_like_an_unfinished_one_gets_another_name(void **state)
{
    const struct mail_document list[] = { document("orders.csv.tmp", "text/csv", "a;b\n"),
                                          document("orders~", "text/csv", "c;d\n") };
    const struct mail_in_item item = partners_mail(list, 2);
    struct partner_file f;

    (void)state;
    assert_int_equal(record(&item), RC_OK);
    assert_int_equal(mail_file_next(db, 0, 0, &f), RC_OK);
    assert_string_equal(f.name, "orders.csv.tmp_");
    assert_int_equal(mail_file_next(db, f.mail_id, f.n, &f), RC_OK);
    assert_string_equal(f.name, "orders~_");
}

static void a_file_that_cannot_be_placed_needs_a_person_and_may_be_tried_again(void **state)
{
    const struct mail_document list[] = { document("orders.csv", "text/csv", "a;b\n") };
    const struct mail_in_item item = partners_mail(list, 1);
    struct partner_file f;
    size_t files = 0;

    (void)state;
    assert_int_equal(record(&item), RC_OK);
    assert_int_equal(mail_file_next(db, 0, 0, &f), RC_OK);
    assert_int_equal(mail_file_failed(db, &f, "its document is gone", clock_now()), RC_OK);
    assert_int_equal(
        number("SELECT COUNT(*) FROM mail_review WHERE why = 'not_placed' AND state = 'open'"), 1);
    assert_int_equal(mail_file_next(db, 0, 0, &f), RC_NOTFOUND);
    assert_int_equal(mail_review_take(db, last_mail(), "bob", &files, &err), RC_OK);
    assert_int_equal(mail_file_next(db, 0, 0, &f), RC_OK);
    assert_int_equal(mail_file_failed(db, &f, "again", clock_now()), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_review WHERE state = 'open'"), 1);
}

static void files_of_a_sender_who_may_not_are_taken_when_a_person_says_so(void **state)
{
    const struct mail_document list[] = { document("orders.csv", "text/csv", "a;b\n") };
    struct mail_in_item item = partners_mail(list, 1);
    size_t files = 0;

    (void)state;
    item.review = "not_allowed";
    assert_int_equal(record(&item), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_file"), 0);
    assert_int_equal(mail_review_take(db, last_mail(), "bob", &files, &err), RC_OK);
    assert_int_equal(files, 1);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_file WHERE partner = 'shop'"), 1);
    assert_int_equal(mail_review_take(db, last_mail(), "bob", &files, &err), RC_CONFLICT);
    assert_int_equal(number("SELECT COUNT(*) FROM audit_entry WHERE verb = 'take'"), 1);
}

static void what_has_no_file_cannot_be_taken(void **state)
{
    const struct mail_in_item item = partners_mail(NULL, 0);
    size_t files = 0;

    (void)state;
    assert_int_equal(record(&item), RC_OK);
    assert_int_equal(mail_review_take(db, last_mail(), "bob", &files, &err), RC_INVALID);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_review WHERE state = 'open'"), 1);
}

/* --- senders --- */

static void two_mails_of_anne(void)
{
    struct mail_in_item item = mail();

    assert_int_equal(record(&item), RC_OK);
    item = mail();
    assert_int_equal(record(&item), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_review WHERE why = 'unknown_sender'"), 2);
}

static void a_sender_who_is_assigned_is_the_customer_from_then_on(void **state)
{
    struct mail_assigned assigned;
    struct mail_in_item again;

    (void)state;
    crowd_add(&(struct person){ .id = 1 });
    two_mails_of_anne();
    assert_int_equal(mail_review_assign(db, last_mail(), 1, "bob", &assigned, &err), RC_OK);
    assert_true(assigned.address);
    assert_int_equal(assigned.mails, 2);
    assert_int_equal(number("SELECT COUNT(*) FROM inbound_message WHERE customer_id = 1"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_review WHERE state = 'assigned'"), 2);
    assert_int_equal(number("SELECT COUNT(*) FROM contact_point"
                            " WHERE customer_id = 1 AND address = '" ANNE "' AND is_primary"),
                     1);
    again = mail();
    assert_int_equal(record(&again), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM inbound_message WHERE customer_id = 1"), 3);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_review WHERE state = 'open'"), 0);
}

static void to_assign_a_customers_own_mail_decides_nothing_and_is_refused(void **state)
{
    struct mail_assigned assigned;
    struct mail_in_item start = mail();

    (void)state;
    crowd_add(&(struct person){ .id = 1 });
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, created_at)"
               "VALUES (1, 'email', '" ANNE "', NOW())");
    start.review = "unproved";
    assert_int_equal(record(&start), RC_OK);
    assert_int_equal(mail_review_assign(db, last_mail(), 1, "bob", &assigned, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "consent grant"));
    assert_int_equal(number("SELECT COUNT(*) FROM mail_review WHERE state = 'open'"), 1);
    assert_int_equal(mail_review_dismiss(db, last_mail(), "bob"), RC_OK);
}

static void an_address_that_is_assigned_does_not_take_the_first_ones_place(void **state)
{
    struct mail_assigned assigned;

    (void)state;
    crowd_add(&(struct person){ .id = 1 });
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, created_at)"
               "VALUES (1, 'email', 'first@customer.example', NOW())");
    two_mails_of_anne();
    assert_int_equal(mail_review_assign(db, last_mail(), 1, "bob", &assigned, &err), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM contact_point"
                            " WHERE address = '" ANNE "' AND NOT is_primary"),
                     1);
}

static void nobody_is_assigned_who_is_not_there(void **state)
{
    struct mail_assigned assigned;

    (void)state;
    two_mails_of_anne();
    assert_int_equal(mail_review_assign(db, last_mail(), 77, "bob", &assigned, &err), RC_INVALID);
    assert_int_equal(mail_review_assign(db, 5, 77, "bob", &assigned, &err), RC_NOTFOUND);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_review WHERE state = 'open'"), 2);
}

static void what_is_dismissed_is_off_the_list(void **state)
{
    uint64_t open = 0;
    utc_us oldest = 0;

    (void)state;
    two_mails_of_anne();
    assert_int_equal(mail_review_dismiss(db, last_mail(), "bob"), RC_OK);
    assert_int_equal(mail_review_dismiss(db, last_mail(), "bob"), RC_CONFLICT);
    assert_int_equal(mail_review_count(db, &open, &oldest), RC_OK);
    assert_int_equal(open, 1);
    assert_true(oldest > 0);
}

/* --- looking --- */

static void count_one(void *arg, const struct mail_in_view *v)
{
    size_t *n = arg;

    assert_string_equal(v->from, ANNE);
    assert_string_equal(v->subject, "Bonjour");
    ++*n;
}

static void look_at(void *arg, const struct mail_in_view *v)
{
    bool *seen = arg;

    assert_string_equal(v->text, "bonjour");
    assert_string_equal(v->review_why, "unknown_sender");
    assert_true(v->has_source);
    *seen = true;
}

static void mails_are_listed_the_newest_first_and_shown_whole(void **state)
{
    bool seen = false;
    size_t n = 0;

    (void)state;
    two_mails_of_anne();
    assert_int_equal(mail_in_list(db, 0, 10, count_one, &n), RC_OK);
    assert_int_equal(mail_in_list(db, last_mail(), 10, count_one, &n), RC_OK);
    assert_int_equal(mail_review_list(db, REVIEW_OPEN, 0, 10, count_one, &n), RC_OK);
    assert_int_equal(n, 5);
    assert_int_equal(mail_in_get(db, last_mail(), look_at, &seen), RC_OK);
    assert_true(seen);
    assert_int_equal(mail_in_get(db, 4, look_at, &seen), RC_NOTFOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static void an_answer_is_in_the_customers_language(void **state)
{
    struct mail_in_item first = mail(), second = mail();

    (void)state;
    crowd_add(&(struct person){ .id = 1 });
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, created_at)"
               "VALUES (1, 'email', '" ANNE "', NOW())");
    testdb_sql("UPDATE customer SET language = 'en' WHERE id = 1");
    rules.sender = "bonjour@shop.example";
    rules.help = "Aide.";
    rules.english.help = "Help.";
    rules.expires_s = rules.answer_again_s = 600;
    first.keyword = second.keyword = keyword_find(NULL, "HELP");
    first.may_answer = second.may_answer = true;
    assert_int_equal(record(&first), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE text = 'Help.'"), 1);
    rules.help = ""; /* what is not answered in the one language is in none */
    rules.answer_again_s = 0;
    assert_int_equal(record(&second), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM message"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_is_in_the_customers_language),
        TEST(what_is_attached_is_recorded_with_the_mail),
        TEST(a_mail_whose_document_is_gone_is_not_recorded),
        TEST(files_of_a_partner_wait_for_their_way_to_in),
        TEST(a_partners_mail_without_a_file_needs_a_person),
        TEST(what_a_partner_sent_and_was_not_kept_is_told),
        TEST(attachments_beyond_those_that_are_told_of_are_not_lost_silently),
        TEST(signatures_pictures_and_footers_are_not_missed),
        TEST(a_file_that_is_named_like_an_unfinished_one_gets_another_name),
        TEST(a_file_that_cannot_be_placed_needs_a_person_and_may_be_tried_again),
        TEST(files_of_a_sender_who_may_not_are_taken_when_a_person_says_so),
        TEST(what_has_no_file_cannot_be_taken),
        TEST(a_sender_who_is_assigned_is_the_customer_from_then_on),
        TEST(to_assign_a_customers_own_mail_decides_nothing_and_is_refused),
        TEST(an_address_that_is_assigned_does_not_take_the_first_ones_place),
        TEST(nobody_is_assigned_who_is_not_there),
        TEST(what_is_dismissed_is_off_the_list),
        TEST(mails_are_listed_the_newest_first_and_shown_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
