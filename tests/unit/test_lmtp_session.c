/* test_lmtp_session.c - a conversation without a socket: what is said, what is taken, and that how
 * the bytes are cut changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "channel/mail/lmtp_command.h"
#include "channel/mail/lmtp_session.h"

#define LHLO "LHLO mx\r\n"
#define MAIL "MAIL FROM:<a@x.example>\r\n"
#define RCPT "RCPT TO:<good@x.example>\r\n"
#define OPEN LHLO MAIL RCPT "DATA\r\n"
#define QUIT "QUIT\r\n"

static struct {
    bool no_room, wait;
    unsigned n;
    char from[LMTP_ENTRY_SIZE], to[LMTP_ENTRY_SIZE];
    size_t n_to, size;
    bool eight_bit, utf8, in_file;
    char bytes[1024]; /* what it begins with */
} taken;

static struct lmtp_settings settings;
static struct lmtp_session session;
static char said[64 << 10]; /* by the session, since talk() began */

static void on_recipient(void *arg, const char *address, struct lmtp_reply *reply)
{
    (void)arg;
    assert_int_equal(reply->code, 250);
    if (strncmp(address, "nobody", 6) == 0)
        *reply = (struct lmtp_reply){ 550, "5.1.1 nobody of that name" };
    else if (strncmp(address, "later", 5) == 0)
        *reply = (struct lmtp_reply){ 451, "4.3.0 the database is away" };
}

static void answer(void)
{
    static const struct lmtp_reply replies[] = { { 250, "2.1.5 taken" },
                                                 { 451, "4.3.0 not this one" },
                                                 { 550, "5.7.1 nor that one" } };

    lmtp_session_answer(&session, replies, 3);
}

static bool on_mail(void *arg, struct lmtp_mail *m)
{
    (void)arg;
    if (taken.no_room)
        return false;
    taken.n++;
    snprintf(taken.from, sizeof(taken.from), "%s", m->from);
    snprintf(taken.to, sizeof(taken.to), "%s", m->to[m->n_to - 1]);
    taken.n_to = m->n_to;
    taken.size = m->size;
    taken.eight_bit = m->eight_bit;
    taken.utf8 = m->utf8;
    taken.in_file = m->fd >= 0;
    memset(taken.bytes, 0, sizeof(taken.bytes));
    if (m->bytes)
        memcpy(taken.bytes, m->bytes, m->size < 1023 ? m->size : 1023);
    else
        assert_true(read(m->fd, taken.bytes, 1023) > 0);
    lmtp_mail_free(m);
    if (!taken.wait)
        answer();
    return true;
}

static const struct lmtp_events events = { .recipient = on_recipient, .mail = on_mail };

static void begin(void)
{
    static uint64_t ids;

    lmtp_session_init(&session, &settings, &events, &ids, "unix");
    memset(said, 0, sizeof(said));
}

static void hear(void)
{
    const size_t len = strlen(said);

    assert_in_range(len + session.out.len, 0, sizeof(said) - 1);
    memcpy(said + len, buffer_text(&session.out), session.out.len);
    buffer_reset(&session.out);
}

/* Gives it all in pieces of at most `piece` bytes; returns how many bytes were taken. */
static size_t give(const char *bytes, size_t n, size_t piece)
{
    size_t at = 0;

    while (at < n && lmtp_session_may_take(&session)) {
        at += lmtp_session_take(&session, bytes + at, n - at < piece ? n - at : piece);
        hear();
    }
    hear();
    return at;
}

static const char *talk_sized(const char *bytes, size_t n)
{
    char whole[sizeof(said)];

    begin();
    give(bytes, n, n);
    memcpy(whole, said, sizeof(whole));
    lmtp_session_close(&session);
    for (size_t piece = 1; piece < 4; piece++) {
        begin();
        give(bytes, n, piece);
        assert_string_equal(whole, said);
        if (piece < 3)
            lmtp_session_close(&session);
    }
    return said;
}

/* One conversation, several times: at once, and byte by byte. */
static const char *talk(const char *text)
{
    return talk_sized(text, strlen(text));
}

/* The last line said. */
static const char *last(const char *text)
{
    const char *end = text + strlen(text) - 2;

    while (end > text && end[-1] != '\n')
        end--;
    return end;
}

static bool left(void)
{
    return session.state == LMTP_LEAVING;
}

static int set_up(void **state)
{
    (void)state;
    log_set_level(NULL, LOG_LEVEL_ERROR);
    memset(&taken, 0, sizeof(taken));
    settings = (struct lmtp_settings){
        .name = "relais.example", .spool = "/tmp", .max_bytes = 1 << 20, .max_recipients = 3
    };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lmtp_session_close(&session);
    return 0;
}

/* ---- the ordinary ---- */

static void a_mail_is_taken_and_its_recipient_answered(void **state)
{
    (void)state;
    assert_string_equal(talk(OPEN "Subject: x\r\n\r\nhello\r\n.\r\n" QUIT),
                        "220 relais.example LMTP Relais\r\n"
                        "250-relais.example\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n"
                        "250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 1048576\r\n"
                        "250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go on, end with a dot\r\n"
                        "250 2.1.5 taken\r\n221 2.0.0 bye\r\n");
    assert_string_equal(taken.bytes, "Subject: x\r\n\r\nhello\r\n");
    assert_string_equal(taken.from, "a@x.example");
    assert_string_equal(taken.to, "good@x.example");
    assert_true(left());
}

static void each_recipient_has_an_answer_of_his_own(void **state)
{
    (void)state;
    assert_non_null(strstr(talk(LHLO MAIL RCPT RCPT RCPT "DATA\r\nx\r\n.\r\n"),
                           "250 2.1.5 taken\r\n451 4.3.0 not this one\r\n550 5.7.1 nor that one"));
    assert_int_equal(taken.n_to, 3);
}

static void who_does_not_exist_is_told_so_and_the_others_get_it(void **state)
{
    (void)state;
    assert_non_null(strstr(talk(LHLO MAIL "RCPT TO:<nobody@x.example>\r\n" RCPT
                                          "RCPT TO:<later@x.example>\r\nDATA\r\nx\r\n.\r\n"),
                           "550 5.1.1 nobody of that name\r\n250 2.1.5 ok\r\n"
                           "451 4.3.0 the database is away\r\n354"));
    assert_int_equal(taken.n_to, 1);
    assert_string_equal(taken.to, "good@x.example");
}

static void without_a_recipient_there_is_no_mail(void **state)
{
    (void)state;
    assert_string_equal(last(talk(LHLO MAIL "RCPT TO:<nobody@x.example>\r\nDATA\r\n")),
                        "503 5.5.1 no recipient was taken\r\n");
}

static void the_null_sender_and_verbs_in_any_case_are_taken(void **state)
{
    (void)state;
    talk("lhlo mx\r\nmail from:<> body=8bitmime smtputf8\r\n"
         "rcpt to: <\xc3\xa9t\xc3\xa9@x.example>\r\ndata\r\n.\r\n");
    assert_int_equal(taken.n, 4);
    assert_string_equal(taken.from, "");
    assert_string_equal(taken.to, "\xc3\xa9t\xc3\xa9@x.example");
    assert_true(taken.eight_bit && taken.utf8);
    assert_int_equal(taken.size, 0);
}

static void several_mails_follow_each_other(void **state)
{
    (void)state;
    talk(OPEN "one\r\n.\r\n" MAIL RCPT "DATA\r\ntwo\r\n.\r\n" MAIL RCPT "RSET\r\n" MAIL RCPT
              "DATA\r\nthree\r\n.\r\n" QUIT);
    assert_int_equal(taken.n, 12);
    assert_string_equal(taken.bytes, "three\r\n");
}

static void nothing_is_taken_while_a_mail_waits(void **state)
{
    static const char first[] = OPEN "one\r\n.\r\n", next[] = MAIL RCPT "DATA\r\ntwo\r\n.\r\n";
    char both[sizeof(first) + sizeof(next)];

    (void)state;
    taken.wait = true;
    snprintf(both, sizeof(both), "%s%s", first, next);
    begin();
    assert_int_equal(give(both, strlen(both), 7), strlen(first));
    assert_string_equal(last(said), "354 go on, end with a dot\r\n");
    assert_int_equal(session.state, LMTP_WAITING);
    answer();
    assert_int_equal(give(next, strlen(next), 7), strlen(next));
    assert_int_equal(taken.n, 2);
    answer();
}

static void who_does_not_listen_is_not_talked_to_for_ever(void **state)
{
    size_t at = 0;

    (void)state;
    begin();
    while (lmtp_session_may_take(&session) && at < 100000) {
        lmtp_session_take(&session, "LHLO x\r\n", 8);
        at++;
    }
    assert_in_range(at, 1, 1000);
    assert_in_range(session.out.len, 1, 64 << 10);
}

static void no_room_is_a_reason_to_come_back(void **state)
{
    (void)state;
    taken.no_room = true;
    assert_string_equal(last(talk(OPEN "x\r\n.\r\n")), "452 4.3.1 there is no room for it now\r\n");
}

/* ---- where a mail ends ---- */

static void a_doubled_dot_is_a_dot(void **state)
{
    (void)state;
    talk(OPEN "..\r\n..x\r\n.y\r\nz.\r\n. \r\n.\r\n");
    assert_string_equal(taken.bytes, ".\r\n.x\r\ny\r\nz.\r\n \r\n");
}

static void only_a_dot_between_whole_line_ends_is_the_end(void **state)
{
    static const char *const not_ends[] = { "a\n.\n",   "a\n.\r\n", "a\r\n.\n",      "a\r.\r",
                                            "a\r.\r\n", "a\r\n.\r", "a\r\r\n.\r\r\n" };

    (void)state;
    for (size_t i = 0; i < sizeof(not_ends) / sizeof(not_ends[0]); i++) {
        char text[512];
        snprintf(text, sizeof(text),
                 OPEN "%sMAIL FROM:<evil@x.example>\r\n" RCPT "DATA\r\nevil\r\n.\r\n" QUIT,
                 not_ends[i]);
        talk(text);
        /* All of it was one mail, which was refused; nothing of it was a command. */
        assert_int_equal(taken.n, 0);
        assert_non_null(strstr(said, "354 go on, end with a dot\r\n"
                                     "554 5.6.0 a CR or LF stands alone in it: lines end with "
                                     "both\r\n221 2.0.0 bye\r\n"));
        lmtp_session_close(&session);
    }
    begin();
}

static void a_nul_is_a_byte_like_others_in_a_mail(void **state)
{
    static const char text[] = OPEN "a\0b\r\n.\r\n";

    (void)state;
    talk_sized(text, sizeof(text) - 1);
    assert_int_equal(taken.size, 5);
    assert_memory_equal(taken.bytes, "a\0b\r\n", 5);
}

static void a_line_of_a_mail_may_have_any_length(void **state)
{
    static char text[100000];
    size_t at = strlen(OPEN);

    (void)state;
    memcpy(text, OPEN, at);
    memset(text + at, 'x', 60000);
    memcpy(text + at + 60000, "\r\n.\r\n", 6);
    talk(text);
    assert_int_equal(taken.size, 60002);
}

static void a_mail_that_is_too_large_is_refused_at_its_end(void **state)
{
    static char text[4096];

    (void)state;
    settings.max_bytes = 100;
    snprintf(text, sizeof(text), LHLO MAIL RCPT RCPT "DATA\r\n%0120d\r\n.\r\n" QUIT, 0);
    talk(text);
    assert_int_equal(taken.n, 0);
    assert_non_null(strstr(said, "552 5.3.4 the mail is larger than we take\r\n"
                                 "552 5.3.4 the mail is larger than we take\r\n221"));
}

static void one_that_says_so_is_refused_before_it_comes(void **state)
{
    (void)state;
    settings.max_bytes = 100;
    assert_string_equal(last(talk(LHLO "MAIL FROM:<a@x.example> SIZE=101\r\n")),
                        "552 5.3.4 the mail is larger than we take\r\n");
    lmtp_session_close(&session);
    assert_string_equal(last(talk(LHLO "MAIL FROM:<a@x.example> SIZE=100\r\n")),
                        "250 2.1.0 ok\r\n");
    lmtp_session_close(&session);
    assert_string_equal(last(talk(LHLO "MAIL FROM:<a@x.example> SIZE=99999999999999999999\r\n")),
                        "552 5.3.4 the mail is larger than we take\r\n");
}

static void one_without_end_costs_the_connection(void **state)
{
    static char line[1000];
    size_t sent = 0;

    (void)state;
    settings.max_bytes = 10000;
    memset(line, 'x', sizeof(line));
    begin();
    give(OPEN, strlen(OPEN), 100);
    while (lmtp_session_may_take(&session) && sent < 1000000)
        sent += give(line, sizeof(line), sizeof(line));
    assert_in_range(sent, 20000, 30000);
    assert_true(left());
    assert_int_equal(strncmp(last(said), "421 4.3.4 ", 10), 0);
}

static void a_large_mail_goes_to_a_file(void **state)
{
    static char line[1002];

    (void)state;
    memset(line, 'x', 1000);
    memcpy(line + 1000, "\r\n", 2);
    begin();
    give(OPEN, strlen(OPEN), 100);
    for (unsigned i = 0; i < 900; i++)
        give(line, sizeof(line), 700);
    give(".\r\n", 3, 3);
    assert_int_equal(taken.n, 1);
    assert_int_equal(taken.size, 900 * sizeof(line));
    assert_true(taken.in_file);
    assert_memory_equal(taken.bytes, line, 1002);
}

static void where_there_is_no_disk_the_mta_keeps_it(void **state)
{
    static char line[1002];

    (void)state;
    log_set_level("lmtp", LOG_LEVEL_ERROR);
    settings.spool = "/proc/none";
    memset(line, 'x', 1000);
    memcpy(line + 1000, "\r\n", 2);
    begin();
    give(OPEN, strlen(OPEN), 100);
    for (unsigned i = 0; i < 300; i++)
        give(line, sizeof(line), 700);
    give(".\r\n", 3, 3);
    assert_int_equal(taken.n, 0);
    assert_string_equal(last(said), "452 4.3.1 there is no room for it now\r\n");
}

/* ---- the hostile and the clumsy ---- */

static void a_broken_line_costs_the_connection(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } broken[] = {
#define BROKEN(text) { text, sizeof(text) - 1 }
        BROKEN(LHLO "NOOP\nNOOP\r\n"),     BROKEN(LHLO "NOOP\rNOOP\r\n"),
        BROKEN(LHLO "NO\0OP\r\nNOOP\r\n"), BROKEN(LHLO "MAIL\tFROM:<a@x.example>\r\nNOOP\r\n"),
        BROKEN(LHLO "\r\r\nNOOP\r\n"),     BROKEN("\n"),
        BROKEN("LHLO \x7f\r\n"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        assert_int_equal(strncmp(last(talk_sized(broken[i].bytes, broken[i].n)), "500 5.5.2 ", 10),
                         0);
        assert_true(left());
        lmtp_session_close(&session);
    }
    begin();
}

static void a_command_is_at_most_4096_bytes(void **state)
{
    char text[5000];

    (void)state;
    snprintf(text, sizeof(text), LHLO "NOOP %04089d\r\n", 0);
    assert_string_equal(last(talk(text)), "250 2.0.0 ok\r\n");
    lmtp_session_close(&session);
    snprintf(text, sizeof(text), LHLO "NOOP %04090d\r\n", 0);
    assert_string_equal(last(talk(text)), "500 5.5.2 a command of more than 4096 bytes\r\n");
    assert_true(left());
    lmtp_session_close(&session);
    memset(text, 'x', sizeof(text));
    talk_sized(text, sizeof(text)); /* no end at all */
    assert_true(left());
}

static void a_browser_is_not_listened_to(void **state)
{
    (void)state;
    talk("POST / HTTP/1.1\r\nHost: x\r\n\r\n" OPEN "x\r\n.\r\n");
    assert_int_equal(taken.n, 0);
    assert_true(left());
    assert_null(strstr(said, "250"));
}

static void commands_at_the_wrong_time_are_refused(void **state)
{
    static const char *const untimely[] = { MAIL,           RCPT,      LHLO RCPT, LHLO "DATA\r\n",
                                            LHLO MAIL MAIL, "DATA\r\n" };

    (void)state;
    for (size_t i = 0; i < sizeof(untimely) / sizeof(untimely[0]); i++) {
        assert_string_equal(last(talk(untimely[i])), "503 5.5.1 not now\r\n");
        lmtp_session_close(&session);
    }
    begin();
}

static void too_many_recipients_are_for_another_mail(void **state)
{
    (void)state;
    talk(LHLO MAIL RCPT RCPT RCPT RCPT "DATA\r\nx\r\n.\r\n");
    assert_non_null(strstr(said, "452 4.5.3 too many recipients for one mail\r\n354"));
    assert_int_equal(taken.n_to, 3);
}

static void who_only_talks_is_let_go(void **state)
{
    unsigned n = 0;

    (void)state;
    begin();
    for (; n < 2000 && !left(); n++) {
        give("RSET\r\n", 6, 6);
        memset(said, 0, sizeof(said));
    }
    assert_in_range(n, 100, 1100);
    lmtp_session_close(&session);
    begin();
    give(LHLO, strlen(LHLO), 100);
    for (n = 0; n < 100 && !left(); n++)
        give("WHAT\r\n", 6, 6);
    assert_in_range(n, 5, 20);
}

static void an_smtp_client_is_told_what_is_expected(void **state)
{
    (void)state;
    assert_string_equal(last(talk("EHLO mx\r\n")), "500 5.5.1 this is LMTP: expected LHLO\r\n");
}

static void an_answer_of_several_lines_becomes_one(void **state)
{
    static const struct lmtp_reply odd[] = { { 250, "2.1.5 ok\r\n250 2.1.5 more" },
                                             { 354, "go on" },
                                             { 999, "what" } };

    (void)state;
    taken.wait = true;
    begin();
    give(LHLO MAIL RCPT RCPT RCPT "DATA\r\nx\r\n.\r\n",
         strlen(LHLO MAIL RCPT RCPT RCPT "DATA\r\nx\r\n.\r\n"), 50);
    lmtp_session_answer(&session, odd, 3);
    hear();
    assert_non_null(strstr(said, "250 2.1.5 ok??250 2.1.5 more\r\n451 4.3.0 later\r\n"
                                 "451 4.3.0 later\r\n"));
}

/* ---- paths ---- */

static void an_address_keeps_the_spelling_in_which_it_came(void **state)
{
    static const char *const paths[][2] = {
        { "FROM:<a@x.example>", "a@x.example" },
        { "from:  <A.b+c=d@X.example>", "A.b+c=d@X.example" },
        { "FROM:<\"a b>\\\"\"@x.example>", "\"a b>\\\"\"@x.example" },
        { "FROM:<a@[192.0.2.1]>", "a@[192.0.2.1]" },
        { "FROM:<@one.example,@two.example:a@x.example>", "a@x.example" },
        { "FROM:<>", "" },
        { "FROM:<Postmaster>", "Postmaster" },
        { "FROM:<a@x.example> SIZE=10 BODY=7BIT", "a@x.example" },
    };
    struct lmtp_path path;

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_null(lmtp_path_read(LMTP_MAIL, paths[i][0], &path));
        assert_string_equal(path.address, paths[i][1]);
    }
}

static void what_is_no_path_is_refused_with_a_code(void **state)
{
    static const char *const bad[] = {
        "",
        "FROM",
        "FROM:",
        "FROM:a@x.example",
        "FROM:<a@x.example",
        "FROM:<a@x.example>SIZE=1",
        "FROM:<a@>",
        "FROM:<@x.example>",
        "FROM:<a>",
        "FROM:<a@x@y>",
        "FROM:<a b@x.example>",
        "FROM:<\"a@x.example>",
        "FROM:<\"a\\",
        "FROM:<a@[192.0.2.1>",
        "FROM:<@one.example>",
        "FROM:<@one.example,a@x.example>",
        "FROM:<a@x.example> SIZE",
        "FROM:<a@x.example> SIZE=",
        "FROM:<a@x.example> SIZE=1x",
        "FROM:<a@x.example> SIZE=-1",
        "FROM:<a@x.example> SIZE=1 SIZE=1",
        "FROM:<a@x.example> BODY=BINARYMIME",
        "FROM:<a@x.example> SMTPUTF8=yes",
        "FROM:<a@x.example> RET=FULL",
        "FROM:<a@x.example> AUTH=<>",
        "FROM:<\xff@x.example>",
        "TO:<a@x.example>",
    };
    char text[LMTP_ENTRY_SIZE + 32];
    struct lmtp_path path;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *reply = lmtp_path_read(LMTP_MAIL, bad[i], &path);
        assert_non_null(reply);
        assert_int_equal(reply[0], '5');
        assert_memory_equal(reply + 3, " 5.", 3);
    }
    snprintf(text, sizeof(text), "FROM:<%0*d@x.example>", LMTP_ENTRY_SIZE - 10, 0);
    assert_non_null(lmtp_path_read(LMTP_MAIL, text, &path));
    assert_non_null(lmtp_path_read(LMTP_RCPT, "TO:<>", &path));
    assert_non_null(lmtp_path_read(LMTP_RCPT, "TO:<a@x.example> NOTIFY=NEVER", &path));
}

static void letters_beyond_ascii_need_smtputf8(void **state)
{
    (void)state;
    assert_non_null(strstr(talk(LHLO "MAIL FROM:<\xc3\xa9@x.example>\r\n"), "553 5.6.7"));
    lmtp_session_close(&session);
    assert_non_null(strstr(talk(LHLO MAIL "RCPT TO:<\xc3\xa9@x.example>\r\n"), "553 5.6.7"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_mail_is_taken_and_its_recipient_answered),
        TEST(each_recipient_has_an_answer_of_his_own),
        TEST(who_does_not_exist_is_told_so_and_the_others_get_it),
        TEST(without_a_recipient_there_is_no_mail),
        TEST(the_null_sender_and_verbs_in_any_case_are_taken),
        TEST(several_mails_follow_each_other),
        TEST(nothing_is_taken_while_a_mail_waits),
        TEST(who_does_not_listen_is_not_talked_to_for_ever),
        TEST(no_room_is_a_reason_to_come_back),
        TEST(a_doubled_dot_is_a_dot),
        TEST(only_a_dot_between_whole_line_ends_is_the_end),
        TEST(a_nul_is_a_byte_like_others_in_a_mail),
        TEST(a_line_of_a_mail_may_have_any_length),
        TEST(a_mail_that_is_too_large_is_refused_at_its_end),
        TEST(one_that_says_so_is_refused_before_it_comes),
        TEST(one_without_end_costs_the_connection),
        TEST(a_large_mail_goes_to_a_file),
        TEST(where_there_is_no_disk_the_mta_keeps_it),
        TEST(a_broken_line_costs_the_connection),
        TEST(a_command_is_at_most_4096_bytes),
        TEST(a_browser_is_not_listened_to),
        TEST(commands_at_the_wrong_time_are_refused),
        TEST(too_many_recipients_are_for_another_mail),
        TEST(who_only_talks_is_let_go),
        TEST(an_smtp_client_is_told_what_is_expected),
        TEST(an_answer_of_several_lines_becomes_one),
        TEST(an_address_keeps_the_spelling_in_which_it_came),
        TEST(what_is_no_path_is_refused_with_a_code),
        TEST(letters_beyond_ascii_need_smtputf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
