/* test_mail_in.c - the transaction of mails that come in: what follows from each, and repeats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/db.h"
#include "store/mail_in.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define ANNE    "anne@customer.example"
#define SOURCE  "From: anne\r\n\r\nbonjour\r\n"
#define MESSAGE UINT64_C(77)

static struct db *db;
static struct arena arena;
static struct mail_in_outcome outcome;
static struct mail_in_rules rules;
static struct mail_in_stock stock;
static utc_us now;

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    arena_init(&arena);
    now = clock_now();
    stock = (struct mail_in_stock){ 0 };
    rules = (struct mail_in_rules){ .stop = "Fini.",
                                    .start = "Re.",
                                    .help = "STOP ?",
                                    .yes = "Merci.",
                                    .subject = "Votre message",
                                    .sender = "bonjour@shop.example",
                                    .expires_s = 600,
                                    .answer_again_s = 86400,
                                    .suppress_after = 1 };
    return 0;
}

static int done(void **state)
{
    (void)state;
    arena_close(&arena);
    db_close(db);
    return 0;
}

/* Anne, who allowed promotions by mail, and a message of ours to her. */
static void scene(void)
{
    crowd_add(&(struct person){ .id = 1 });
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, created_at)"
               "VALUES (1, 'email', '" ANNE "', NOW())");
    testdb_sql("INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
               "VALUES (1, 'email', 'promo', 'granted', 1, '2025-06-01')");
    testdb_sql("INSERT INTO message (id, customer_id, channel, class, state, address, sender, text,"
               " encoding, parts, accepted_parts, created_at, expires_at)"
               "VALUES (77, 1, 'email', 'promo', 'accepted', '" ANNE "', 'bonjour@shop.example',"
               " 'x', 'utf8', 1, 1, NOW(), NOW())");
}

static struct mail_in_item mail(unsigned char mark, const char *text)
{
    return (struct mail_in_item){
        .mark = { mark },
        .kind = MAIL_IN_MESSAGE,
        .at = now,
        .envelope_from = ANNE,
        .recipient = "contact@shop.example",
        .from = ANNE,
        .from_name = "Anne",
        .subject = "Bonjour",
        .message_id = "m1@customer.example",
        .text = text,
        .fresh = text,
        .proof = "",
        .automatic = "",
        .may_answer = true,
        .keyword = keyword_find(NULL, text),
        .reason = "",
        .review = "",
        .size = strlen(SOURCE),
        .source = SOURCE,
    };
}

/* A mail that answers to our message by its token. */
static struct mail_in_item reply(unsigned char mark, const char *text)
{
    struct mail_in_item item = mail(mark, text);

    item.kind = MAIL_IN_REPLY;
    item.about_id = MESSAGE;
    item.proof = "token";
    item.may_order = true;
    return item;
}

static struct mail_in_item report(unsigned char mark, enum mail_report what, const char *reason)
{
    struct mail_in_item item = mail(mark, "undeliverable");

    item.kind = MAIL_IN_BOUNCE;
    item.about_id = MESSAGE;
    item.envelope_from = "";
    item.from = "mailer-daemon@mx.example";
    item.automatic = "mail";
    item.may_answer = false;
    item.keyword = (struct keyword_found){ .name = "", .answer = "" };
    item.report = what;
    item.reason = reason;
    item.code = 550;
    return item;
}

static void record(const struct mail_in_item *items, size_t n)
{
    assert_int_equal(mail_in_record(db, items, n, &rules, now, &stock, &arena, &outcome), RC_OK);
}

static void one(struct mail_in_item item)
{
    record(&item, 1);
}

#define COUNT(what) crowd_count("SELECT COUNT(*) FROM " what)

static void assert_refused(const char *address)
{
    char sql[200];

    snprintf(sql, sizeof(sql),
             "SELECT COUNT(*) FROM opt_out WHERE channel = 'email' AND address = '%s'", address);
    assert_int_equal(crowd_count(sql), 1);
}

/* --- recording --- */

static void a_mail_of_a_customer_is_a_message_of_theirs(void **state)
{
    (void)state;
    scene();
    one(mail(1, "Où est mon colis ?"));
    assert_int_equal(outcome.recorded, 1);
    assert_int_equal(COUNT("inbound_message WHERE channel = 'email' AND customer_id = 1 AND "
                           "text = 'Où est mon colis ?'"),
                     1);
    assert_int_equal(COUNT("mail_in WHERE kind = 'message' AND outcome = 'recorded' AND "
                           "subject = 'Bonjour' AND text IS NULL"),
                     1);
    assert_int_equal(COUNT("mail_in i JOIN inbound_message m ON m.id = i.id JOIN mail_source s ON "
                           "s.id = i.source_id"),
                     1);
    assert_int_equal(COUNT("mail_review"), 0);
}

static void what_a_mail_quotes_is_kept_beside_what_it_says(void **state)
{
    struct mail_in_item item = mail(1, "oui\n> voulez-vous ?\n");

    (void)state;
    item.fresh = "oui";
    one(item);
    assert_int_equal(COUNT("inbound_message WHERE text = 'oui'"), 1);
    assert_int_equal(COUNT("mail_in WHERE text = 'oui\n> voulez-vous ?\n'"), 1);
}

static void the_same_mail_again_has_the_effect_of_one(void **state)
{
    struct mail_in_item twins[] = { mail(1, "bonjour"), mail(2, "salut"), mail(1, "bonjour") };

    (void)state;
    scene();
    record(twins, 3);
    assert_int_equal(outcome.recorded, 2);
    assert_int_equal(outcome.repeats, 1);
    record(twins, 2);
    assert_int_equal(outcome.recorded, 0);
    assert_int_equal(COUNT("inbound_message"), 2);
    assert_int_equal(COUNT("mail_source"), 2);
}

static void all_recipients_of_a_mail_share_its_source(void **state)
{
    struct mail_in_item items[] = { mail(1, "a"), mail(2, "a"), mail(3, "b") };

    (void)state;
    items[1].source = NULL;
    record(items, 3);
    assert_int_equal(COUNT("mail_in"), 3);
    assert_int_equal(COUNT("mail_source"), 2);
    assert_int_equal(COUNT("mail_in a JOIN mail_in b ON b.source_id = a.source_id AND b.id > a.id"),
                     1);
}

static void a_recipient_who_was_not_recorded_with_the_others_has_the_source_too(void **state)
{
    struct mail_in_item items[] = { mail(1, "a"), mail(2, "a") };

    (void)state;
    record(items, 1);
    items[1].source = NULL;
    record(items, 2);
    assert_int_equal(outcome.recorded, 1);
    assert_int_equal(COUNT("mail_in i JOIN mail_source s ON s.id = i.source_id"), 2);
}

/* Bob, to whom Anne handed our message on. */
static struct mail_in_item of_bob(unsigned char mark, const char *text)
{
    struct mail_in_item item = mail(mark, text);

    item.from = "bob@b.example";
    item.about_id = MESSAGE;
    item.proof = "dkim";
    return item;
}

static void an_answer_to_a_message_handed_on_is_its_writers(void **state)
{
    (void)state;
    scene();
    crowd_add(&(struct person){ .id = 2 });
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, created_at)"
               "VALUES (2, 'email', 'bob@b.example', NOW())");
    one(of_bob(1, "bonjour"));
    assert_int_equal(crowd_count("SELECT customer_id FROM inbound_message"), 2);
    testdb_sql("DELETE FROM contact_point WHERE customer_id = 2");
    one(of_bob(2, "salut"));
    assert_int_equal(COUNT("inbound_message WHERE customer_id IS NULL"), 1);
    assert_int_equal(COUNT("mail_review WHERE why = 'unknown_sender'"), 1);
}

static void an_answer_from_where_the_message_went_is_its_readers(void **state)
{
    struct mail_in_item item = mail(1, "bonjour");

    (void)state;
    scene();
    testdb_sql("DELETE FROM contact_point WHERE channel = 'email'");
    item.about_id = MESSAGE;
    one(item);
    assert_int_equal(crowd_count("SELECT customer_id FROM inbound_message"), 1);
    assert_int_equal(COUNT("mail_review"), 0);
}

static void what_answers_to_an_erased_customer_is_not_theirs_again(void **state)
{
    (void)state;
    scene();
    testdb_sql("DELETE FROM contact_point WHERE channel = 'email'");
    testdb_sql("UPDATE message SET address = '~abc', text = '' WHERE id = 77");
    one(reply(1, "Mon numéro est le 42"));
    assert_int_equal(COUNT("inbound_message WHERE customer_id IS NOT NULL"), 0);
    assert_int_equal(COUNT("mail_review WHERE why = 'unknown_sender'"), 1);
    assert_int_equal(outcome.n_contacts, 0);
}

static void nobody_known_is_left_to_people(void **state)
{
    struct mail_in_item robot = mail(2, "absent");

    (void)state;
    one(mail(1, "bonjour"));
    assert_int_equal(COUNT("mail_review WHERE why = 'unknown_sender' AND state = 'open'"), 1);
    robot.automatic = "reply";
    one(robot);
    assert_int_equal(COUNT("mail_review"), 1);
}

/* --- orders --- */

static void a_stop_counts_whoever_sent_it(void **state)
{
    struct mail_in_item item = mail(1, "STOP");

    (void)state;
    scene();
    item.automatic = "mail";
    item.may_answer = false;
    one(item);
    assert_refused(ANNE);
    assert_int_equal(COUNT("consent_current WHERE channel = 'email' AND state = 'withdrawn'"), 1);
    assert_int_equal(COUNT("mail_in WHERE outcome = 'withdrawn'"), 1);
    assert_int_equal(outcome.n_stopped, 1);
    assert_string_equal(outcome.stopped[0], ANNE);
    assert_int_equal(outcome.answered, 0);
}

static void a_stop_that_answers_to_a_message_is_its_readers_too(void **state)
{
    struct mail_in_item item = reply(1, "stop");

    (void)state;
    scene();
    item.from = "anne.durand@work.example";
    one(item);
    assert_refused(ANNE);
    assert_refused("anne.durand@work.example");
    assert_int_equal(COUNT("inbound_message WHERE customer_id = 1 AND answers_message_id = 77"), 1);
}

static void a_stop_of_a_stranger_is_looked_at(void **state)
{
    struct mail_in_item item = mail(1, "STOP");

    (void)state;
    scene();
    item.from = "anne@elsewhere.example";
    item.automatic = "mail";
    one(item);
    assert_refused("anne@elsewhere.example");
    assert_int_equal(COUNT("mail_review WHERE why = 'unknown_sender'"), 1);
    one(reply(2, "STOP"));
    assert_int_equal(COUNT("mail_review"), 1);
}

static void a_refusal_that_names_nobody_is_not_done_and_looked_at(void **state)
{
    struct mail_in_item item = mail(1, "x");

    (void)state;
    scene();
    item.kind = MAIL_IN_UNSUBSCRIBE;
    item.from = "";
    item.keyword = keyword_find(NULL, "STOP");
    one(item);
    assert_int_equal(COUNT("opt_out"), 0);
    assert_int_equal(COUNT("mail_in WHERE outcome = 'not_done' AND reason = 'no_address'"), 1);
    assert_int_equal(COUNT("mail_review WHERE why = 'no_address' AND state = 'open'"), 1);
}

static void a_stop_with_a_message_id_of_any_length_counts(void **state)
{
    struct mail_in_item item = mail(1, "STOP");
    char id[301];

    (void)state;
    scene();
    memset(id, 'x', 300);
    id[300] = '\0';
    item.message_id = id;
    one(item);
    assert_refused(ANNE);
    assert_int_equal(outcome.answered, 1);
    assert_int_equal(COUNT("message_reply"), 0);
}

static void a_stop_is_answered_once_and_says_what_it_answers(void **state)
{
    (void)state;
    scene();
    one(mail(1, "STOP"));
    assert_int_equal(outcome.answered, 1);
    assert_int_equal(COUNT("message m JOIN message_reply r ON r.message_id = m.id "
                           "WHERE m.class = 'service' AND m.channel = 'email' AND "
                           "m.address = '" ANNE "' AND m.subject = 'Re: Bonjour' AND "
                           "m.text = 'Fini.' AND r.in_reply_to = 'm1@customer.example'"),
                     1);
    one(mail(2, "STOP"));
    assert_int_equal(outcome.answered, 0);
    assert_int_equal(COUNT("message WHERE class = 'service'"), 1);
}

static void strangers_whom_nobody_vouches_for_are_not_answered(void **state)
{
    struct mail_in_item item = mail(1, "STOP");

    (void)state;
    one(item);
    assert_refused(ANNE);
    assert_int_equal(outcome.answered, 0);
    assert_int_equal(outcome.reviews, 1);
    one(mail(3, "oui"));
    assert_int_equal(outcome.reviews, 1);
    item = mail(2, "aide");
    item.proof = "spf"; /* many share a server */
    one(item);
    assert_int_equal(outcome.answered, 0);
    item = mail(4, "aide");
    item.proof = "dkim";
    item.may_order = true;
    one(item);
    assert_int_equal(outcome.answered, 1);
}

static void help_is_given_once_a_window(void **state)
{
    struct mail_in_item twice[] = { mail(1, "aide"), mail(2, "help") };

    (void)state;
    scene();
    record(twice, 2);
    assert_int_equal(outcome.answered, 1);
    one(mail(3, "aide"));
    assert_int_equal(outcome.answered, 0);
}

static void a_start_counts_only_when_somebody_vouches_for_its_sender(void **state)
{
    struct mail_in_item item;

    (void)state;
    scene();
    one(mail(1, "STOP"));
    one(mail(2, "START"));
    assert_refused(ANNE);
    assert_int_equal(COUNT("mail_in WHERE outcome = 'not_done' AND reason = 'unproved'"), 1);
    assert_int_equal(COUNT("mail_review WHERE why = 'unproved'"), 1);
    item = mail(3, "START");
    item.proof = "dmarc";
    item.may_order = true;
    one(item);
    assert_int_equal(COUNT("opt_out"), 0);
    assert_int_equal(COUNT("consent_current WHERE channel = 'email' AND state = 'granted'"), 1);
    assert_int_equal(outcome.answered, 1);
}

static void a_start_with_a_token_is_the_readers(void **state)
{
    struct mail_in_item item = reply(2, "start");

    (void)state;
    scene();
    one(mail(1, "STOP"));
    item.from = "other@customer.example";
    one(item);
    assert_int_equal(COUNT("opt_out"), 0);
    assert_int_equal(COUNT("message WHERE text = 'Re.' AND address = '" ANNE "'"), 1);
}

static void a_yes_counts_for_who_was_asked(void **state)
{
    struct mail_in_item yes = mail(1, "oui");

    (void)state;
    scene();
    testdb_sql("UPDATE consent_current SET state = 'withdrawn' WHERE channel = 'email'");
    yes.keyword = (struct keyword_found){ .action = KEYWORD_YES, .name = "yes", .answer = "" };
    yes.may_order = true;
    yes.proof = "dkim";
    one(yes); /* nobody asked */
    assert_int_equal(COUNT("inbound_message WHERE keyword = ''"), 1);
    assert_int_equal(COUNT("mail_review"), 0);
    testdb_sql("INSERT INTO consent_request (channel, address, purpose, state, message_id, wording,"
               " asked_at, expires_at, source, source_ref, form, page, remote_address, recorded_by)"
               "VALUES ('email', '" ANNE "', 'promo', 'pending', 5, 'Voulez-vous ?', NOW(),"
               " NOW() + INTERVAL 1 DAY, 'form', '', '', '', '', '')");
    yes.mark[0] = 2;
    yes.may_order = false;
    one(yes);
    assert_int_equal(COUNT("mail_in WHERE outcome = 'not_done'"), 1);
    yes.mark[0] = 3;
    yes.may_order = true;
    one(yes);
    assert_int_equal(COUNT("mail_in WHERE outcome = 'confirmed'"), 1);
    assert_int_equal(COUNT("consent_current WHERE channel = 'email' AND state = 'granted'"), 1);
    assert_int_equal(COUNT("consent_request WHERE state = 'granted'"), 1);
}

/* --- reports --- */

static void a_hard_bounce_fails_the_message_and_suppresses_the_address(void **state)
{
    bool more;

    (void)state;
    scene();
    one(report(1, MAIL_REPORT_HARD, "no_such_user"));
    assert_int_equal(
        COUNT("message WHERE id = 77 AND state = 'failed' AND reason = 'no_such_user'"), 1);
    assert_int_equal(
        COUNT("message_event WHERE message_id = 77 AND kind = 'failed' AND code = 550"), 1);
    assert_int_equal(COUNT("suppression WHERE channel = 'email' AND address = '" ANNE "' AND "
                           "suppressed_at IS NOT NULL"),
                     1);
    assert_int_equal(mail_in_follow(db, &more), RC_OK);
    assert_int_equal(COUNT("contact_point WHERE state = 'suppressed'"), 1);
    assert_int_equal(COUNT("inbound_message"), 0);
    assert_int_equal(
        COUNT("mail_in WHERE kind = 'bounce' AND outcome = 'bounced' AND about_id = 77"), 1);
}

static void a_bounce_that_does_not_blame_the_address_leaves_it(void **state)
{
    (void)state;
    scene();
    one(report(1, MAIL_REPORT_FAILED, "mailbox_full"));
    assert_int_equal(COUNT("message WHERE id = 77 AND state = 'failed'"), 1);
    assert_int_equal(COUNT("suppression"), 0);
}

static void a_delay_is_noted_and_a_delivery_is_the_last_word(void **state)
{
    (void)state;
    scene();
    one(report(1, MAIL_REPORT_DELAYED, "delayed"));
    assert_int_equal(COUNT("message WHERE id = 77 AND state = 'accepted'"), 1);
    assert_int_equal(COUNT("message_event WHERE message_id = 77 AND kind = 'progress'"), 1);
    one(report(2, MAIL_REPORT_DELIVERED, ""));
    assert_int_equal(COUNT("message WHERE id = 77 AND state = 'delivered'"), 1);
}

static void a_complaint_is_a_refusal_of_the_reader_and_not_of_who_reports_it(void **state)
{
    (void)state;
    scene();
    one(report(1, MAIL_REPORT_COMPLAINT, "spam"));
    assert_refused(ANNE);
    assert_int_equal(COUNT("opt_out"), 1);
    assert_int_equal(COUNT("mail_in WHERE outcome = 'complained'"), 1);
    assert_int_equal(COUNT("message WHERE id = 77 AND state = 'accepted'"), 1);
}

static void a_bounce_of_a_message_that_is_gone_is_recorded(void **state)
{
    struct mail_in_item item = report(1, MAIL_REPORT_HARD, "no_such_user");

    (void)state;
    scene();
    item.about_id = 78;
    one(item);
    assert_int_equal(COUNT("mail_in WHERE reason = 'no_such_message'"), 1);
    assert_int_equal(COUNT("suppression"), 0);
}

/* It came to where anybody may write, and says of which message it is. */
static void a_report_that_names_somebody_else_fails_nothing(void **state)
{
    struct mail_in_item item = report(1, MAIL_REPORT_HARD, "no_such_user");

    (void)state;
    scene();
    item.report_names = "bob@elsewhere.example";
    one(item);
    assert_int_equal(COUNT("message WHERE id = 77 AND state = 'accepted'"), 1);
    assert_int_equal(COUNT("suppression"), 0);
    assert_int_equal(COUNT("mail_in WHERE outcome = 'ignored' AND reason = 'other_address'"), 1);
    item = report(2, MAIL_REPORT_HARD, "no_such_user");
    item.report_names = "Anne@Customer.example";
    one(item);
    assert_int_equal(COUNT("message WHERE id = 77 AND state = 'failed'"), 1);
    assert_int_equal(COUNT("suppression WHERE suppressed_at IS NOT NULL"), 1);
}

static void a_report_that_names_nobody_blames_no_address(void **state)
{
    struct mail_in_item item = report(1, MAIL_REPORT_HARD, "no_such_user");

    (void)state;
    scene();
    item.report_names = "";
    one(item);
    assert_int_equal(COUNT("message WHERE id = 77 AND state = 'failed'"), 1);
    assert_int_equal(COUNT("suppression"), 0);
}

static void a_report_about_an_erased_customer_leaves_nothing_of_them(void **state)
{
    struct mail_in_item item = report(1, MAIL_REPORT_HARD, "no_such_user");

    (void)state;
    scene();
    testdb_sql("UPDATE message SET address = '~abc', text = '' WHERE id = 77");
    item.subject = "Undelivered: " ANNE;
    one(item);
    assert_int_equal(COUNT("mail_in WHERE outcome = 'bounced' AND subject = ''"), 1);
    assert_int_equal(COUNT("mail_source"), 0);
}

static void reports_come_once_however_often_they_are_sent(void **state)
{
    struct mail_in_item twice[] = { report(1, MAIL_REPORT_HARD, "no_such_user"),
                                    report(1, MAIL_REPORT_HARD, "no_such_user") };

    (void)state;
    scene();
    record(twice, 2);
    record(twice, 2);
    assert_int_equal(COUNT("message_event"), 1);
}

/* --- alerts, and the house's own mail --- */

static struct mail_in_item alert_reply(unsigned char mark, const char *text, bool settles)
{
    struct mail_in_item item = mail(mark, text);

    item.kind = MAIL_IN_ALERT;
    item.about_id = 5;
    item.keyword = (struct keyword_found){ .name = "", .answer = "" };
    item.proof = "token";
    item.may_order = true;
    item.settles = settles;
    return item;
}

static void an_alert_is_acknowledged_and_then_closed_with_its_result(void **state)
{
    (void)state;
    testdb_sql("INSERT INTO alert (id, kind, subject, text, opened_at)"
               "VALUES (5, 'file_missing', 'acme', 'x', NOW())");
    one(alert_reply(1, "Je m'en occupe", false));
    assert_int_equal(COUNT("alert WHERE seen_at IS NOT NULL AND closed_at IS NULL AND "
                           "note = 'Je m\\'en occupe'"),
                     1);
    one(alert_reply(2, "Fait: le fichier est arrivé", true));
    assert_int_equal(COUNT("alert WHERE closed_at IS NOT NULL AND closed_by LIKE 'mail %'"), 1);
    assert_int_equal(COUNT("mail_in WHERE outcome = 'closed'"), 1);
    one(alert_reply(3, "Fait", true));
    assert_int_equal(COUNT("mail_in WHERE reason = 'closed_before'"), 1);
}

static void an_absence_settles_no_alert(void **state)
{
    struct mail_in_item item = alert_reply(1, "fait", true);

    (void)state;
    testdb_sql("INSERT INTO alert (id, kind, subject, text, opened_at)"
               "VALUES (5, 'file_missing', 'acme', 'x', NOW())");
    item.automatic = "reply";
    item.may_order = false;
    one(item);
    assert_int_equal(COUNT("alert WHERE seen_at IS NULL AND closed_at IS NULL"), 1);
}

static void a_mail_of_the_house_that_comes_back_has_failed(void **state)
{
    struct mail_in_item item = report(1, MAIL_REPORT_FAILED, "no_such_domain");

    (void)state;
    testdb_sql("INSERT INTO mail_out (id, kind, recipient, subject, body, state, created_at)"
               "VALUES (9, 'receipt', 'edi@partner.example', 's', 'b', 'sent', NOW())");
    item.kind = MAIL_IN_HOUSE;
    item.about_id = 9;
    one(item);
    assert_int_equal(COUNT("mail_out WHERE state = 'failed' AND reply = 'came back: "
                           "no_such_domain' AND reply_code = 550"),
                     1);
}

/* --- sources --- */

struct seen {
    size_t n;
    char bytes[64];
};

static enum rc see(void *arg, const void *bytes, size_t n)
{
    struct seen *s = arg;

    memcpy(s->bytes + s->n, bytes, n);
    s->n += n;
    return RC_OK;
}

static void a_large_source_is_put_in_pieces_before_its_mail(void **state)
{
    struct mail_in_item item = mail(1, "bonjour");
    struct seen seen = { 0 };
    uint64_t dropped, mail_id;

    (void)state;
    assert_int_equal(mail_source_put(db, &item.source_id, 0, "abc", 3), RC_OK);
    assert_int_equal(mail_source_put(db, &item.source_id, 1, "def", 3), RC_OK);
    item.source = NULL;
    one(item);
    mail_id = crowd_count("SELECT id FROM mail_in");
    assert_int_equal(mail_source_read(db, mail_id, see, &seen), RC_OK);
    assert_string_equal(seen.bytes, "abcdef");
    assert_int_equal(mail_source_drop(db, now - 60 * USEC_PER_SEC, &dropped), RC_OK);
    assert_int_equal(dropped, 0);
    assert_int_equal(mail_source_drop(db, now + 60 * USEC_PER_SEC, &dropped), RC_OK);
    assert_int_equal(dropped, 2);
    assert_int_equal(mail_source_read(db, mail_id, see, &seen), RC_NOTFOUND);
}

static void a_source_whose_mail_was_not_recorded_is_forgotten(void **state)
{
    struct mail_in_item item = mail(1, "bonjour");
    uint64_t lost = 0, dropped;

    (void)state;
    assert_int_equal(mail_source_put(db, &lost, 0, "abc", 3), RC_OK);
    assert_int_equal(mail_source_forget(db, lost), RC_OK);
    assert_int_equal(COUNT("mail_source"), 0);
    lost = 0;
    assert_int_equal(mail_source_put(db, &lost, 0, "abc", 3), RC_OK);
    assert_int_equal(mail_source_put(db, &item.source_id, 0, "def", 3), RC_OK);
    item.source = NULL;
    one(item);
    assert_int_equal(mail_source_forget(db, item.source_id), RC_OK); /* it is of a mail */
    assert_int_equal(COUNT("mail_source"), 2);
    assert_int_equal(mail_source_forget_old(db, now - 60 * USEC_PER_SEC, &dropped), RC_OK);
    assert_int_equal(dropped, 0);
    assert_int_equal(mail_source_forget_old(db, now + 60 * USEC_PER_SEC, &dropped), RC_OK);
    assert_int_equal(dropped, 1);
    assert_int_equal(COUNT("mail_source WHERE bytes = 'def'"), 1);
    assert_int_equal(COUNT("mail_source"), 1);
    assert_int_equal(COUNT("mail_source_open"), 0);
}

static void whether_a_mail_is_known_can_be_asked(void **state)
{
    struct mail_in_item items[] = { mail(1, "a"), mail(2, "b") };
    bool known;

    (void)state;
    record(items, 1);
    assert_int_equal(mail_in_known(db, items, 1, &known), RC_OK);
    assert_true(known);
    assert_int_equal(mail_in_known(db, items, 2, &known), RC_OK);
    assert_false(known);
}

static void only_a_person_whom_somebody_vouches_for_was_in_contact(void **state)
{
    struct mail_in_item item = mail(1, "bonjour");

    (void)state;
    scene();
    one(item);
    assert_int_equal(outcome.n_contacts, 0);
    item.mark[0] = 2;
    item.proof = "spf";
    one(item);
    assert_int_equal(outcome.n_contacts, 1);
    item.mark[0] = 3;
    item.automatic = "reply";
    one(item);
    assert_int_equal(outcome.n_contacts, 0);
}

static void who_wrote_was_in_contact(void **state)
{
    uint64_t ids[] = { 1, 1 };

    (void)state;
    scene();
    assert_int_equal(mail_in_contacted(db, ids, 2, now), RC_OK);
    assert_int_equal(COUNT("customer WHERE last_reply_at IS NOT NULL"), 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, done)
    const struct CMUnitTest tests[] = {
        TEST(a_mail_of_a_customer_is_a_message_of_theirs),
        TEST(what_a_mail_quotes_is_kept_beside_what_it_says),
        TEST(the_same_mail_again_has_the_effect_of_one),
        TEST(all_recipients_of_a_mail_share_its_source),
        TEST(a_recipient_who_was_not_recorded_with_the_others_has_the_source_too),
        TEST(an_answer_to_a_message_handed_on_is_its_writers),
        TEST(an_answer_from_where_the_message_went_is_its_readers),
        TEST(what_answers_to_an_erased_customer_is_not_theirs_again),
        TEST(nobody_known_is_left_to_people),
        TEST(a_stop_counts_whoever_sent_it),
        TEST(a_stop_that_answers_to_a_message_is_its_readers_too),
        TEST(a_stop_of_a_stranger_is_looked_at),
        TEST(a_refusal_that_names_nobody_is_not_done_and_looked_at),
        TEST(a_stop_with_a_message_id_of_any_length_counts),
        TEST(a_stop_is_answered_once_and_says_what_it_answers),
        TEST(strangers_whom_nobody_vouches_for_are_not_answered),
        TEST(help_is_given_once_a_window),
        TEST(a_start_counts_only_when_somebody_vouches_for_its_sender),
        TEST(a_start_with_a_token_is_the_readers),
        TEST(a_yes_counts_for_who_was_asked),
        TEST(a_hard_bounce_fails_the_message_and_suppresses_the_address),
        TEST(a_bounce_that_does_not_blame_the_address_leaves_it),
        TEST(a_delay_is_noted_and_a_delivery_is_the_last_word),
        TEST(a_complaint_is_a_refusal_of_the_reader_and_not_of_who_reports_it),
        TEST(a_bounce_of_a_message_that_is_gone_is_recorded),
        TEST(a_report_that_names_somebody_else_fails_nothing),
        TEST(a_report_that_names_nobody_blames_no_address),
        TEST(a_report_about_an_erased_customer_leaves_nothing_of_them),
        TEST(reports_come_once_however_often_they_are_sent),
        TEST(an_alert_is_acknowledged_and_then_closed_with_its_result),
        TEST(an_absence_settles_no_alert),
        TEST(a_mail_of_the_house_that_comes_back_has_failed),
        TEST(a_large_source_is_put_in_pieces_before_its_mail),
        TEST(a_source_whose_mail_was_not_recorded_is_forgotten),
        TEST(whether_a_mail_is_known_can_be_asked),
        TEST(only_a_person_whom_somebody_vouches_for_was_in_contact),
        TEST(who_wrote_was_in_contact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
