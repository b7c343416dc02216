/* test_mail_template.c - texts of mails on a real database: subjects, what a customer reads, the
 * files of a version. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "store/template.h"
#include "store/template_file.h"
#include "store/wording_example.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define PNG "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"

static struct db *db;
static struct arena arena;
static struct error err;

static struct link_settings links = { .base = "https://r.ex", .secret = { 1, 2, 3 } };
static const struct mail_words mail = { .from = "bonjour@shop.example",
                                        .identity = "Ma Boite (SARL)",
                                        .can_send = true,
                                        .can_unsubscribe = true };
static const struct words_settings words = {
    .senders = { .promo = "36123", .service = "38123", .stop = "STOP SMS", .stop_en = "SMS STOP" },
    .language = "fr",
    .links = &links,
    .mail = &mail,
};

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    arena_init(&arena);
    return 0;
}

static int close_db(void **state)
{
    (void)state;
    arena_close(&arena);
    db_close(db);
    return 0;
}

static enum rc change(struct template_change c)
{
    static const enum channel channel = CHANNEL_EMAIL;
    unsigned version;
    uint64_t id;

    c.name = c.name ? c.name : "t";
    c.who = "test";
    if (!c.channel)
        c.channel = &channel;
    return template_change(db, &c, &words, &id, &version, &err);
}

static enum rc set(const char *subject, const char *body)
{
    return change((struct template_change){ .language = "fr", .subject = subject, .body = body });
}

static struct template_row read_template(unsigned version)
{
    struct template_row row;

    assert_int_equal(template_read_version(db, "t", version, &arena, &row), RC_OK);
    return row;
}

/* What somebody of these names would get. */
static struct written written(const char *first_name, const char *language)
{
    const struct template_row row = read_template(0);
    const struct wording_spec spec = { .channel = row.channel,
                                       .class = template_kind_class(row.kind),
                                       .texts = row.texts,
                                       .n_texts = row.n_texts,
                                       .settings = &words };
    struct wording_person person = { .language = language };
    struct wording *w;
    struct written out;
    struct buffer scratch;

    person.value[TEMPLATE_FIRST_NAME] = first_name;
    buffer_init(&scratch, WORDING_TEXT_MAX);
    if (wording_open(db, &spec, &arena, &w, &err))
        fail_msg("%s", err.text);
    assert_int_equal(wording_write(w, &person, &arena, &scratch, &out), RC_OK);
    buffer_close(&scratch);
    return out;
}

static void a_customer_reads_their_language_with_a_subject_and_a_foot(void **state)
{
    struct written w;

    (void)state;
    assert_int_equal(set("Soldes, {{first_name|vous}}", "Bonjour **{{first_name}}**"), RC_OK);
    assert_int_equal(change((struct template_change){ .language = "en",
                                                      .subject = "Sale",
                                                      .body = "[Go]({{link:https://s.ex}})" }),
                     RC_OK);
    w = written("Ana", "fr");
    assert_string_equal(w.subject, "Soldes, Ana");
    assert_string_equal(w.text, "Bonjour **Ana**\n\n---\n~ Ma Boite \\(SARL\\)\n"
                                "~ [Se d\xc3\xa9sinscrire]({{unsubscribe}})");
    assert_int_equal(w.parts, 1);
    w = written("Ana", "en");
    assert_string_equal(w.subject, "Sale");
    assert_non_null(strstr(w.text, "[Go](https://r.ex/#########A)\n"));
    assert_non_null(strstr(w.text, "~ [Unsubscribe]({{unsubscribe}})"));
}

static void a_name_brings_neither_marks_nor_headers_nor_addresses(void **state)
{
    struct written w;

    (void)state;
    assert_int_equal(set("{{first_name}}", "{{first_name}}\n\n[Non]({{unsubscribe}})"), RC_OK);
    w = written("A\r\nBcc: x [y](https://evil.ex) {{unsubscribe}}", "fr");
    assert_string_equal(w.subject, "A  Bcc: x [y](https://evil.ex) {{unsubscribe}}");
    assert_non_null(
        strstr(w.text, "A  Bcc: x \\[y\\]\\(https\\://evil.ex\\) \\{\\{unsubscribe}}\n"));
    /* It says itself how to refuse. */
    assert_null(strstr(w.text, "sinscrire"));
    assert_non_null(strstr(w.text, "~ Ma Boite"));
}

static void who_has_no_value_for_the_subject_is_left_out(void **state)
{
    struct written w;

    (void)state;
    assert_int_equal(set("Pour {{first_name}}", "Bonjour"), RC_OK);
    w = written("", "fr");
    assert_null(w.text);
    assert_string_equal(w.missing, "first_name");
}

static void a_long_subject_is_cut_between_characters(void **state)
{
    char name[2 * 190 + 1] = "";

    (void)state;
    assert_int_equal(set("{{first_name}}{{first_name}}", "x"), RC_OK);
    for (size_t i = 0; i < 190; i++)
        strcat(name, "\xc3\xa9");
    assert_int_equal(strlen(written(name, "fr").subject), 2 * SUBJECT_MAX);
}

static void what_is_wrong_is_told_and_nothing_is_written(void **state)
{
    static const char *const rows[][3] = {
        { NULL, "x", "subject: a mail needs one" },
        { "a\nb", "x", "subject: expected one line" },
        { "{{link:https://a.ex}}", "x",
          "subject: {{link...}} and {{stop}} can only stand in the text" },
        { "{{unsubscribe}}", "x", "subject: at character 1: unknown placeholder \"unsubscribe\"" },
        { "{{order_number}} {{field.no}}", "x", "subject: at character 18: unknown field \"no\"" },
        { "s", "[x](shop)", "text: at character 5: expected an address that begins with" },
        { "s", "{{nom}}", "text: at character 1: unknown placeholder \"nom\"" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(set(rows[i][0], rows[i][1]), RC_INVALID);
        assert_memory_equal(err.text, rows[i][2], strlen(rows[i][2]));
    }
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM template"), 0);
}

static void nothing_is_promoted_where_nobody_could_refuse(void **state)
{
    const struct mail_words deaf = { .from = "a@b.example", .identity = "" };
    const struct words_settings none = { .language = "fr", .mail = &deaf };
    const enum channel channel = CHANNEL_EMAIL;
    struct template_change c = {
        .name = "p", .who = "", .channel = &channel, .subject = "s", .body = "x"
    };
    const enum template_kind kind = TEMPLATE_REMINDER;
    unsigned version;
    uint64_t id;

    (void)state;
    assert_int_equal(template_change(db, &c, &none, &id, &version, &err), RC_INVALID);
    assert_string_equal(err.text, "promotions by mail need an address and a way to unsubscribe: "
                                  "set mail.from, and public.url or mail_in.domain");
    c.kind = &kind;
    assert_int_equal(template_change(db, &c, &none, &id, &version, &err), RC_OK);
}

static void a_template_stays_on_its_channel(void **state)
{
    const enum channel sms = CHANNEL_SMS;

    (void)state;
    assert_int_equal(set("s", "x"), RC_OK);
    assert_int_equal(change((struct template_change){ .channel = &sms, .body = "y" }), RC_INVALID);
    assert_string_equal(err.text,
                        "channel: \"t\" is for channel email and stays so; take another name");
    assert_int_equal(change((struct template_change){
                         .name = "s", .channel = &sms, .subject = "x", .body = "y" }),
                     RC_INVALID);
    assert_string_equal(err.text, "subject: \"s\" is a text for SMS");
}

static void a_subject_alone_can_be_changed(void **state)
{
    (void)state;
    assert_int_equal(set("s", "x"), RC_OK);
    assert_int_equal(set("other", NULL), RC_OK);
    assert_string_equal(read_template(0).subject, "other");
    assert_string_equal(read_template(0).body, "x");
    assert_string_equal(read_template(1).subject, "s");
}

static enum rc attach(const char *name, const char *bytes, size_t size, bool is_inline)
{
    const struct template_file given = {
        .name = name, .is_inline = is_inline, .bytes = bytes, .size = size
    };
    struct template_file put;
    enum rc rc = template_file_put(db, &given, &put, &err);

    return rc ? rc : change((struct template_change){ .attach = &put });
}

static void files_belong_to_a_version(void **state)
{
    struct template_row row;
    struct template_file *files;
    size_t n;

    (void)state;
    assert_int_equal(set("s", "![x](logo.png)"), RC_OK);
    assert_int_equal(attach("logo.png", PNG, sizeof(PNG), true), RC_OK);
    assert_int_equal(attach("cgv.txt", "conditions", 10, false), RC_OK);
    assert_int_equal(attach("cgv.txt", "others", 6, false), RC_OK); /* instead of the first */
    assert_int_equal(set("s2", NULL), RC_OK);
    row = read_template(0);
    assert_int_equal(row.version, 5);
    assert_int_equal(template_files_read(db, row.id, 5, &arena, &files, &n), RC_OK);
    assert_int_equal(n, 2);
    assert_string_equal(files[0].name, "cgv.txt");
    assert_memory_equal(files[0].bytes, "others", 6);
    assert_false(files[0].is_inline);
    assert_string_equal(files[1].type, "image/png");
    assert_true(files[1].is_inline);
    assert_int_equal(change((struct template_change){ .detach = "logo.png" }), RC_OK);
    assert_int_equal(template_files_list(db, row.id, 6, &arena, &files, &n), RC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(template_files_list(db, row.id, 3, &arena, &files, &n), RC_OK);
    assert_int_equal(n, 2);
    assert_int_equal(files[0].size, 10);
}

static void a_file_that_will_not_do_is_refused(void **state)
{
    static char large[TEMPLATE_FILE_BYTES_MAX - 5];

    (void)state;
    assert_int_equal(set("s", "x"), RC_OK);
    assert_int_equal(attach("../x", "y", 1, false), RC_INVALID);
    assert_int_equal(attach("a.png", "no picture", 10, true), RC_INVALID);
    assert_string_equal(err.text, "file: expected a picture (PNG, JPEG or GIF) for a text to show, "
                                  "got text/plain");
    assert_int_equal(attach("a.exe", "MZ\x90\0", 4, false), RC_INVALID);
    assert_int_equal(attach("empty", "", 0, false), RC_INVALID);
    memset(large, 'x', sizeof(large));
    assert_int_equal(attach("large.txt", large, sizeof(large), false), RC_OK);
    assert_int_equal(attach("more.txt", "123456", 6, false), RC_INVALID);
    assert_memory_equal(err.text, "attach: expected at most 16 files", 33);
    assert_int_equal(change((struct template_change){ .detach = "none" }), RC_INVALID);
    assert_string_equal(err.text, "detach: it has no file named \"none\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_customer_reads_their_language_with_a_subject_and_a_foot,
                                        fresh, close_db),
        cmocka_unit_test_setup_teardown(a_name_brings_neither_marks_nor_headers_nor_addresses,
                                        fresh, close_db),
        cmocka_unit_test_setup_teardown(who_has_no_value_for_the_subject_is_left_out, fresh,
                                        close_db),
        cmocka_unit_test_setup_teardown(a_long_subject_is_cut_between_characters, fresh, close_db),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_told_and_nothing_is_written, fresh,
                                        close_db),
        cmocka_unit_test_setup_teardown(nothing_is_promoted_where_nobody_could_refuse, fresh,
                                        close_db),
        cmocka_unit_test_setup_teardown(a_template_stays_on_its_channel, fresh, close_db),
        cmocka_unit_test_setup_teardown(a_subject_alone_can_be_changed, fresh, close_db),
        cmocka_unit_test_setup_teardown(files_belong_to_a_version, fresh, close_db),
        cmocka_unit_test_setup_teardown(a_file_that_will_not_do_is_refused, fresh, close_db),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
