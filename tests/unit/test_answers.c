/*
 * test_answers.c - what a partner finds in out/ after a file, and that refused rows, corrected and
 * dropped again, are taken without doubling the others. On a real database.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel/file/file_reader.h"
#include "channel/file/refused_profile.h"
#include "flow/intake_run.h"
#include "store/alert.h"
#include "store/db.h"
#include "tests/support/packer.h"
#include "tests/support/testdb.h"

static char root[64];
static struct db *db;
static struct profile *profile;
static struct intake_run run;

static int set_up(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    snprintf(root, sizeof(root), "/tmp/test_answers.XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    intake_run_close(&run);
    profile_free(profile);
    profile = NULL;
    db_close(db);
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void use(const char *text)
{
    struct error err;
    char path[128];

    snprintf(path, sizeof(path), "%s/shop.conf", root);
    write_file(path, text);
    if (profile_load(path, &profile, &err))
        fail_msg("%s", err.text);
    intake_run_init(&run, root, profile, 2);
}

static void step_until_idle(void)
{
    enum rc rc = RC_OK;

    for (int i = 0; i < 10000 && rc != RC_NOTFOUND; i++)
        rc = intake_run_step(&run, db);
    assert_int_equal(rc, RC_NOTFOUND);
}

static void drop(const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof(path), "mkdir -p %s/shop/in", root);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof(path), "%s/shop/in/%s", root, name);
    write_file(path, text);
    step_until_idle();
}

/* The newest file in out/ like the pattern; "" when there is none. */
static const char *out(const char *pattern)
{
    static char text[65536];
    char path[256];
    glob_t found = { 0 };

    text[0] = '\0';
    snprintf(path, sizeof(path), "%s/shop/out/%s", root, pattern);
    if (glob(path, 0, NULL, &found) == 0) {
        FILE *f = fopen(found.gl_pathv[found.gl_pathc - 1], "r");

        assert_non_null(f);
        text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
        fclose(f);
    }
    globfree(&found);
    return text;
}

static uint64_t count(const char *sql)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

static void assert_in(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

/* `text` with the first `what` in it become `by`. */
static const char *mended(const char *text, const char *what, const char *by)
{
    static char copy[65536];
    const char *at = strstr(text, what);

    if (!at)
        fail_msg("\"%s\" is not in \"%s\"", what, text);
    snprintf(copy, sizeof(copy), "%.*s%s%s", (int)(at - text), text, by, at + strlen(what));
    return copy;
}

#define BOM "\xEF\xBB\xBF"

/* Columns that the profile does not know, a separator of its own, French. */
#define CSV_PROFILE                                       \
    "separator = \"|\"\n"                                 \
    "receipt { language = \"fr\" format = \"json\" }\n"   \
    "field \"customer_number\" { column = \"Client\" }\n" \
    "field \"last_name\" { column = \"Nom\" }\n"          \
    "field \"phone\" { column = \"Tél\" }\n"             \
    "field \"order_number\" { column = \"Commande\" }\n"

#define CSV_FILE                                   \
    "Client|Nom|Remarque|Tél|Commande\n"          \
    "C1|Martin|\"dit \"\"Jo\"\" | 2e\"|06 12|A1\n" \
    "C2|Durand||06 12 34 56 78|A2\n"               \
    "C3|Éclair|  x|06 12 34 56 79|\n"             \
    "C4|Court\n"

static void refused_rows_keep_the_partners_own_cells(void **state)
{
    (void)state;
    use(CSV_PROFILE);
    drop("o.csv", CSV_FILE);
    assert_string_equal(out("o.csv.*.refused.csv"), BOM
                        "Client|Nom|Remarque|Tél|Commande|relais_fault|relais_reason\r\n"
                        "C1|Martin|\"dit \"\"Jo\"\" | 2e\"|\"06 12\"|A1|\"phone_too_short\"|"
                        "\"« 06 12 » a trop peu de chiffres pour un numéro de téléphone\"\r\n"
                        "C3|Éclair|x|\"06 12 34 56 79\"||\"missing\"|\"order_number manque\"\r\n"
                        "C4|Court||||\"missing_columns\"|\"2 colonnes au lieu de 5\"\r\n");
    assert_in(out("o.csv.*.receipt.json"),
              "{\"row\": 4, \"line\": 5, \"field\": \"\", \"value\": \"\", "
              "\"code\": \"missing_columns\", \"reason\": \"2 colonnes au lieu de 5\"}");
}

static void corrected_rows_are_taken_and_the_others_not_doubled(void **state)
{
    (void)state;
    use(CSV_PROFILE);
    drop("o.csv", CSV_FILE);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 1);
    drop("again.csv", mended(out("o.csv.*.refused.csv"), "06 12", "06 12 34 56 77"));
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 2);
    assert_int_equal(count("SELECT COUNT(*) FROM contact_point WHERE address = '+33612345677'"), 1);
    assert_int_equal(count("SELECT rows_taken FROM import WHERE file_name = 'again.csv'"), 1);
    /* What is still wrong comes back with one pair of columns, not two. */
    assert_string_equal(out("again.csv.*.refused.csv"), BOM
                        "Client|Nom|Remarque|Tél|Commande|relais_fault|relais_reason\r\n"
                        "C3|Éclair|x|\"06 12 34 56 79\"||\"missing\"|\"order_number manque\"\r\n"
                        "C4|Court||||\"missing\"|\"order_number manque\"\r\n");
}

static void windows_letters_come_back_as_utf8_and_are_taken_so(void **state)
{
    (void)state;
    use("encoding = \"windows-1252\"\n" CSV_PROFILE);
    drop("o.csv", "Client|Nom|Remarque|T\xE9l|Commande\n"
                  "C1|\x8Cuvre|\xE9t\xE9|0|A1\n"
                  "C2|\x81|x||A2\n");
    assert_in(out("o.csv.*.refused.csv"), "\r\nC1|Œuvre|été|0|A1|");
    assert_in(out("o.csv.*.refused.csv"), "\r\nC2|\xEF\xBF\xBD|x||A2|\"encoding\"|");
    drop("b.csv", mended(out("o.csv.*.refused.csv"), "|0|", "||"));
    assert_int_equal(count("SELECT COUNT(*) FROM customer WHERE last_name = 'Œuvre'"), 1);
}

static void without_a_header_only_the_cells_come_back(void **state)
{
    (void)state;
    use("header = false\n"
        "field \"customer_number\" { column = \"1\" }\n"
        "field \"phone\" { column = \"2\" }\n"
        "field \"order_number\" { column = \"3\" }\n");
    drop("o.csv", "C1;0;A1\nC2;;A2\n");
    assert_string_equal(out("o.csv.*.refused.csv"), BOM "C1;0;A1\r\n");
    drop("b.csv", mended(out("o.csv.*.refused.csv"), ";0;", ";;"));
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 2);
}

static void a_formula_in_a_reason_does_not_run(void **state)
{
    (void)state;
    use("field \"customer_number\" { column = \"n\" }\n"
        "field \"order_number\" { column = \"o\" required = true }\n"
        "field \"status\" { column = \"s\" }\n");
    drop("o.csv", "n;o;s\nC1;A1;=cmd()\n");
    /* The partner's cell is as it was; our sentence begins with a quote sign. */
    assert_in(out("o.csv.*.refused.csv"), "\r\nC1;A1;=cmd();\"unknown_value\";\"\"\"=cmd()");
}

static void entries_of_a_packed_file_have_their_columns_each(void **state)
{
    static const struct packed_entry entries[] = {
        { .name = "a.csv", .bytes = "n;o\nC1;A1\nC2;\n" },
        { .name = "sub/b.csv", .bytes = "o;x;n\n;y;C3\nA4;z;C4\n" },
    };
    struct buffer packed;
    char path[256];
    FILE *f;

    (void)state;
    use("field \"customer_number\" { column = \"n\" }\n"
        "field \"order_number\" { column = \"o\" }\n");
    snprintf(path, sizeof(path), "mkdir -p %s/shop/in", root);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof(path), "%s/shop/in/p.zip", root);
    buffer_init(&packed, 100000);
    pack_zip(&packed, entries, 2);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(packed.data, 1, packed.len, f), packed.len);
    assert_int_equal(fclose(f), 0);
    buffer_close(&packed);
    step_until_idle();
    assert_in(out("p.zip.*.receipt.csv"),
              "\n3;2;\"order_number\";\"\";\"missing\";\"order_number is missing\";\"a.csv\"\n"
              "2;3;\"order_number\";\"\";\"missing\";\"order_number is missing\";\"sub/b.csv\"\n");
    assert_string_equal(out("p.zip.[0-9].refused.csv"),
                        BOM "n;o;relais_fault;relais_reason\r\n"
                            "C2;;\"missing\";\"order_number is missing\"\r\n");
    assert_string_equal(out("p.zip.[0-9]-2.refused.csv"),
                        BOM "o;x;n;relais_fault;relais_reason\r\n"
                            ";y;C3;\"missing\";\"order_number is missing\"\r\n");
    drop("back.csv", mended(out("p.zip.[0-9]-2.refused.csv"), "\n;y", "\nA3;y"));
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 3);
}

static void a_name_of_ours_leads_back_to_the_file(void **state)
{
    static const struct {
        const char *name, *origin;
    } cases[] = {
        { "o.csv.12.refused.csv", "o.csv" },
        { "o.csv.12-2.refused.csv", "o.csv" },
        { "o.csv.12.refused.csv.7.refused.csv", "o.csv" },
        { "o.refused.csv", "o.refused.csv" },
        { "12.refused.csv", "12.refused.csv" },
        { ".12.refused.csv", ".12.refused.csv" },
        { "o.csv.x2.refused.csv", "o.csv.x2.refused.csv" },
        { "o.csv", "o.csv" },
        { "", "" },
    };
    char origin[100];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        refused_profile_origin(cases[i].name, origin, sizeof(origin));
        assert_string_equal(origin, cases[i].origin);
    }
}

/* --- other formats --- */

#define XML_PROFILE                                           \
    "format = \"xml\"\n"                                      \
    "record = \"/orders/order\"\n"                            \
    "dates = \"dmy\"\n"                                       \
    "receipt { format = \"xml\" }\n"                          \
    "field \"customer_number\" { path = \"customer/@id\" }\n" \
    "field \"last_name\" { path = \"customer/name\" }\n"      \
    "field \"phone\" { path = \"customer/phone\" }\n"         \
    "field \"category\" { const = \"shop\" }\n"               \
    "field \"order_number\" { path = \"@no\" }\n"             \
    "field \"ordered_at\" { path = \"date\" }\n"              \
    "field \"status\" { path = \"state\" values = { \"livre=delivered\" } }\n"

#define XML_ORDER(no, phone, date)                                                           \
    "<order no='" no "'><customer id='C" no "'><name>D&amp;\"G\" " no "</name><phone>" phone \
    "</phone></customer><date>" date "</date><state>livre</state></order>\n"

#define XML_FILE                                                 \
    "<orders>\n" XML_ORDER("A1", "06 12 34 56 78", "01/02/2026") \
        XML_ORDER("A2", "06", "02/02/2026")                      \
            XML_ORDER("A3", "06 12 34 56 79", "hier") "</orders>\n"

#define XML_REFUSED_HEAD                                                  \
    BOM "# relais refused-rows;1;shop\r\n"                                \
        "customer_number;last_name;phone;order_number;ordered_at;status;" \
        "relais_fault;relais_reason\r\n"

static void refused_rows_of_xml_become_csv_under_a_mark(void **state)
{
    (void)state;
    use(XML_PROFILE);
    drop("o.xml", XML_FILE);
    assert_string_equal(
        out("o.xml.*.refused.csv"), XML_REFUSED_HEAD
        "\"CA2\";\"D&\"\"G\"\" A2\";\"06\";\"A2\";\"02/02/2026\";\"livre\";"
        "\"phone_too_short\";\"\"\"06\"\" has too few digits for a phone number\"\r\n"
        "\"CA3\";\"D&\"\"G\"\" A3\";\"06 12 34 56 79\";\"A3\";\"hier\";\"livre\";"
        "\"bad_date\";\"\"\"hier\"\" is not a date such as 23/11/2026 or 23/11/2026 08:30\"\r\n");
}

static void corrected_rows_of_xml_are_taken_by_its_rules(void **state)
{
    (void)state;
    use(XML_PROFILE);
    drop("o.xml", XML_FILE);
    drop("back.csv", mended(out("o.xml.*.refused.csv"), "\"06\"", "\"0612345677\""));
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 2);
    /* Their dates, their words, the profile's constant. */
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order o\n"
                           "JOIN customer c ON c.id = o.customer_id\n"
                           "JOIN category k ON k.id = c.category_id\n"
                           "WHERE o.order_number = 'A2' AND o.status = 'delivered'\n"
                           "  AND o.ordered_at = '2026-02-01 23:00:00' AND k.code = 'shop'\n"
                           "  AND c.last_name = 'D&\"G\" A2'"),
                     1);
    assert_in(out("back.csv.*.refused.csv"), XML_REFUSED_HEAD "CA3;");
    drop("third.csv", mended(out("back.csv.*.refused.csv"), ";hier;", ";03/02/2026;"));
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order"), 3);
    assert_int_equal(count("SELECT SUM(order_count) FROM customer"), 3);
    assert_string_equal(out("third.csv.*.refused.csv"), "");
}

static void a_mark_that_went_through_a_spreadsheet_is_known(void **state)
{
    (void)state;
    use(XML_PROFILE);
    drop("a.csv", "\"# relais refused-rows\",1,\"shop\",,,\r\n"
                  "\"customer_number\",\"order_number\",\"phone\",\"relais_fault\"\r\n"
                  "\"C9\",\"A9\",\"0612345678\",\"x\"\r\n");
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order WHERE order_number = 'A9'"), 1);
}

static void what_only_looks_like_a_mark_is_xml_and_refused(void **state)
{
    static const char *const texts[] = { "# relais refused-rows", "# relais refused-rows;2;shop\n",
                                         "# relais refused-rows;1;\n", "# relais refused;1;shop\n",
                                         "\"# relais refused-rows;1;shop\n" };
    char name[8];

    (void)state;
    use(XML_PROFILE);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        snprintf(name, sizeof(name), "%zu.csv", i);
        drop(name, texts[i]);
    }
    assert_int_equal(count("SELECT COUNT(*) FROM import WHERE state = 'failed'"), 5);
}

/* --- when, and how often --- */

static void no_refused_file_where_none_is_wanted_or_none_was_refused(void **state)
{
    (void)state;
    use("receipt { refused_rows = false }\n"
        "field \"customer_number\" { column = \"n\" }\n"
        "field \"order_number\" { column = \"o\" }\n");
    drop("o.csv", "n;o\nC1;\n");
    assert_string_equal(out("*.refused.csv"), "");
    assert_in(out("o.csv.*.receipt.csv"), "# refused;1\n");
}

static void many_refused_rows_come_in_order_over_pages(void **state)
{
    static char text[65536];
    size_t len = (size_t)snprintf(text, sizeof(text), "n;o\n");
    const char *refused;
    unsigned lines = 0;

    (void)state;
    use("field \"customer_number\" { column = \"n\" }\n"
        "field \"order_number\" { column = \"o\" }\n");
    for (int i = 0; i < 900; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "C%d;%s\n", i, i % 2 ? "" : "A");
    snprintf(text + len, sizeof(text) - len, "C900;B\n");
    drop("o.csv", text);
    refused = out("o.csv.*.refused.csv");
    for (const char *c = refused; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 451);
    assert_in(refused, "\r\nC397;;\"missing\";\"order_number is missing\"\r\nC399;;");
}

/* More than a step of the receipt takes; the next step must go on, not begin again. */
static void a_receipt_of_many_rows_is_whole(void **state)
{
    static char text[131072];
    size_t len = (size_t)snprintf(text, sizeof(text), "n;o\n");
    char command[512];

    (void)state;
    use("receipt { refused_rows = false }\n"
        "field \"customer_number\" { column = \"n\" }\n"
        "field \"order_number\" { column = \"o\" }\n");
    intake_run_close(&run);
    intake_run_init(&run, root, profile, 1000);
    for (int i = 0; i < 12000; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "C%d;\n", i);
    drop("o.csv", text);
    snprintf(command, sizeof(command),
             "test $(grep -c '^[0-9].*\"missing\"' %s/shop/out/o.csv.*.receipt.csv) = 12000 &&\n"
             "test $(cut -d';' -f2 %s/shop/out/o.csv.*.receipt.csv | grep -x '[0-9]*' |\n"
             "  sort -n | uniq | wc -l) -ge 12000",
             root, root);
    assert_int_equal(system(command), 0);
}

static uint64_t open_alerts(const char *kind)
{
    struct alert list[10];
    size_t n = 10;
    uint64_t found = 0;

    assert_int_equal(alerts_list(db, false, 0, list, &n), RC_OK);
    for (size_t i = 0; i < n; i++)
        found += strcmp(list[i].kind, kind) == 0 && strcmp(list[i].subject, "shop") == 0;
    return found;
}

static void a_refused_file_is_an_alert_until_a_good_one_comes(void **state)
{
    struct alert alert;
    size_t n = 1;

    (void)state;
    use("receipt { language = \"fr\" }\n"
        "field \"customer_number\" { column = \"n\" }\n"
        "field \"order_number\" { column = \"o\" }\n");
    drop("bad.csv", "x;y\n1;2\n");
    assert_int_equal(open_alerts(ALERT_IMPORT_FAILED), 1);
    assert_int_equal(alerts_list(db, false, 0, &alert, &n), RC_OK);
    assert_in(alert.text, "bad.csv was refused as a whole: line 1: no column \"n\"");
    assert_in(out("bad.csv.*.receipt.csv"),
              "# reason;\"ligne 1 : il n'y a pas de colonne « n » (pour customer_number) ; "
              "l'en-tête dit : x, y\"\n");
    drop("worse.csv", "z\n1\n");
    assert_int_equal(open_alerts(ALERT_IMPORT_FAILED), 1);
    drop("good.csv", "n;o\nC1;A1\n");
    assert_int_equal(open_alerts(ALERT_IMPORT_FAILED), 0);
    drop("bad.csv", "x;y\n1;2\n"); /* once more: it failed, so it is looked at once more */
    assert_int_equal(open_alerts(ALERT_IMPORT_FAILED), 1);
}

static void a_receipt_is_mailed_once(void **state)
{
    (void)state;
    use("receipt { mail = \"ops@shop.example\" language = \"fr\" }\n"
        "field \"customer_number\" { column = \"n\" }\n"
        "field \"order_number\" { column = \"o\" }\n");
    drop("o.csv", "n;o\nC1;A1\nC2;\n");
    assert_int_equal(count("SELECT COUNT(*) FROM mail_out WHERE recipient = 'ops@shop.example'\n"
                           "  AND kind = 'receipt' AND subject = 'Accusé : o.csv, pris'\n"
                           "  AND body LIKE '%Refusées : 1%'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM mail_out_file\n"
                           "WHERE name LIKE 'o.csv.%.receipt.csv' AND type = 'text/csv'\n"
                           "  AND bytes LIKE '%\"missing\"%'"),
                     1);
    /* A crash before the copy left work/: it is answered again, not mailed again. */
    {
        char command[256];
        snprintf(command, sizeof(command), "cd %s/shop && mv done/o.csv work/1.data", root);
        assert_int_equal(system(command), 0);
    }
    testdb_sql("UPDATE import SET final_name = ''");
    step_until_idle();
    assert_int_equal(count("SELECT COUNT(*) FROM mail_out"), 1);
    assert_in(out("o.csv.*.receipt.csv"), "# refused;1\n");
}

static void what_a_person_says_of_an_alert_can_be_read(void **state)
{
    struct alert alert;
    size_t n = 1;

    (void)state;
    assert_int_equal(alert_open(db, "k", "s", "first"), RC_OK);
    assert_int_equal(alerts_list(db, false, 0, &alert, &n), RC_OK);
    assert_int_equal(alert.seen_at, 0);
    assert_string_equal(alert.note, "");
    assert_int_equal(
        alert_answer(db, alert.id, &(struct alert_reply){ 1, "mail 7", "j'y suis", false }), RC_OK);
    assert_int_equal(
        alert_answer(db, alert.id, &(struct alert_reply){ 2, "mail 8", "fait, redémarré", true }),
        RC_OK);
    n = 1;
    assert_int_equal(alerts_list(db, true, 0, &alert, &n), RC_OK);
    assert_true(alert.seen_at > 0);
    assert_string_equal(alert.seen_by, "mail 7");
    assert_string_equal(alert.closed_by, "mail 8");
    assert_int_equal(count("SELECT COUNT(*) FROM audit_entry WHERE subject = 'alert'\n"
                           "  AND who IN ('mail 7', 'mail 8')"),
                     2);
    assert_string_equal(alert.note, "fait, redémarré");
}

static void an_alert_closed_by_hand_stays_closed(void **state)
{
    struct alert alert;
    size_t n = 1;

    (void)state;
    assert_int_equal(alert_open(db, "k", "s", "first"), RC_OK);
    assert_int_equal(alert_open(db, "k", "s", "second"), RC_OK);
    assert_int_equal(alerts_list(db, false, 0, &alert, &n), RC_OK);
    assert_int_equal(n, 1);
    assert_string_equal(alert.text, "second");
    assert_int_equal(alert_close_by(db, alert.id, "anna"), RC_OK);
    assert_int_equal(alert_close_by(db, alert.id, "anna"), RC_CONFLICT);
    assert_int_equal(alert_close_by(db, alert.id + 1000, "anna"), RC_NOTFOUND);
    assert_int_equal(alerts_list(db, true, 0, &alert, &n), RC_OK);
    assert_string_equal(alert.closed_by, "anna");
    assert_int_equal(alert_open(db, "k", "s", "third"), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM alert WHERE closed_at IS NULL"), 1);
    assert_int_equal(alert_close(db, "k", "s"), RC_OK);
    assert_int_equal(alert_close(db, "k", "s"), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM alert WHERE closed_at IS NULL"), 0);
}

int main(void)
{
#define ANSWER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ANSWER_TEST(refused_rows_keep_the_partners_own_cells),
        ANSWER_TEST(corrected_rows_are_taken_and_the_others_not_doubled),
        ANSWER_TEST(windows_letters_come_back_as_utf8_and_are_taken_so),
        ANSWER_TEST(without_a_header_only_the_cells_come_back),
        ANSWER_TEST(a_formula_in_a_reason_does_not_run),
        ANSWER_TEST(entries_of_a_packed_file_have_their_columns_each),
        ANSWER_TEST(a_name_of_ours_leads_back_to_the_file),
        ANSWER_TEST(refused_rows_of_xml_become_csv_under_a_mark),
        ANSWER_TEST(corrected_rows_of_xml_are_taken_by_its_rules),
        ANSWER_TEST(a_mark_that_went_through_a_spreadsheet_is_known),
        ANSWER_TEST(what_only_looks_like_a_mark_is_xml_and_refused),
        ANSWER_TEST(no_refused_file_where_none_is_wanted_or_none_was_refused),
        ANSWER_TEST(many_refused_rows_come_in_order_over_pages),
        ANSWER_TEST(a_receipt_of_many_rows_is_whole),
        ANSWER_TEST(a_refused_file_is_an_alert_until_a_good_one_comes),
        ANSWER_TEST(a_receipt_is_mailed_once),
        ANSWER_TEST(what_a_person_says_of_an_alert_can_be_read),
        ANSWER_TEST(an_alert_closed_by_hand_stays_closed),
    };

    file_reader_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
