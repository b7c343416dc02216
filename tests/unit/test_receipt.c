/* test_receipt.c - receipts of all formats appear complete, say the same, and keep a hostile text a
 * text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <libxml/xmlschemas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel/file/receipt_file.h"

#define HOSTILE "<b>&\"\\=\x01\x1b\xff]]>\n\xef\xbf\xbf"

static char root[64];
static int dir;

static int set_up(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "/tmp/test_receipt.XXXXXX");
    if (!mkdtemp(root))
        return -1;
    dir = open(root, O_RDONLY | O_DIRECTORY);
    return dir < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    close(dir);
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command);
}

static const char *get(const char *name)
{
    static char text[16384];
    const int fd = openat(dir, name, O_RDONLY);
    ssize_t len;

    if (fd < 0)
        return NULL;
    len = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[len < 0 ? 0 : len] = '\0';
    return text;
}

static struct receipt_head head_of(enum receipt_result result)
{
    return (struct receipt_head){ .file_name = "orders.csv",
                                  .profile = "shop",
                                  .document = "M-17",
                                  .import_id = 12,
                                  .result = result,
                                  .reason = result == RECEIPT_REFUSED ? "line 1: " HOSTILE : "",
                                  .language = ANSWER_FR,
                                  .received_at = 1 * USEC_PER_SEC,
                                  .finished_at = 3 * USEC_PER_SEC + 500000,
                                  .rows = 3,
                                  .taken = 2,
                                  .refused = 1 };
}

static const char *write_receipt(enum receipt_format format, const struct receipt_head *head,
                                 const struct receipt_row *rows, size_t n)
{
    struct receipt_file *file = NULL;
    struct error err;
    char name[RECEIPT_NAME_SIZE];

    assert_int_equal(receipt_file_begin(dir, 12, format, head, &file, &err), RC_OK);
    for (size_t i = 0; i < n; i++)
        receipt_file_row(file, &rows[i]);
    receipt_file_name(name, head->file_name, 12, format);
    assert_null(get(name)); /* not before it is whole */
    assert_int_equal(receipt_file_end(file, &err), RC_OK);
    return get(name);
}

static const struct receipt_row rows[] = {
    { 4, 3, "phone", "06 12", "phone_too_short", "« 06 12 » a trop peu de chiffres", "" },
    { 9, 8, "", HOSTILE, "extra_columns", HOSTILE, HOSTILE },
};

static void csv_says_all_of_it(void **state)
{
    const struct receipt_head head = head_of(RECEIPT_TAKEN);

    (void)state;
    assert_string_equal(write_receipt(RECEIPT_CSV, &head, rows, 1),
                        "# receipt;1\n"
                        "# file;\"orders.csv\"\n"
                        "# profile;\"shop\"\n"
                        "# document;\"M-17\"\n"
                        "# import;12\n"
                        "# result;\"taken\"\n"
                        "# received;\"1970-01-01T00:00:01.000000Z\"\n"
                        "# finished;\"1970-01-01T00:00:03.500000Z\"\n"
                        "# seconds;2.500\n"
                        "# rows;3\n"
                        "# taken;2\n"
                        "# unchanged;0\n"
                        "# refused;1\n"
                        "line;row;field;value;code;reason;entry\n"
                        "4;3;\"phone\";\"06 12\";\"phone_too_short\";"
                        "\"« 06 12 » a trop peu de chiffres\";\"\"\n");
}

static void a_cell_never_runs_as_a_formula(void **state)
{
    static const struct {
        const char *value, *cell;
    } cases[] = {
        { "=cmd|\"x\"", "\"'=cmd|\"\"x\"\"\"" },
        { "@sum(1)", "\"'@sum(1)\"" },
        { "+1+cmd", "\"'+1+cmd\"" },
        { "-2+3", "\"'-2+3\"" },
        { "\t=1", "\"' =1\"" },
        { "  =1", "\"'  =1\"" },
        { "\r\n@x", "\"'  @x\"" },
        { "-", "\"'-\"" },
        { "+33 6 12", "\"+33 6 12\"" },
        { "-12,50", "\"-12,50\"" },
        { "a;b", "\"a;b\"" },
        { "", "\"\"" },
    };
    const struct receipt_head head = head_of(RECEIPT_TAKEN);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct receipt_row row = { 4, 3, "phone", cases[i].value, "missing", "why", "" };
        const char *text = write_receipt(RECEIPT_CSV, &head, &row, 1);
        char expected[80];

        snprintf(expected, sizeof(expected), "\n4;3;\"phone\";%s;\"missing\";\"why\";\"\"\n",
                 cases[i].cell);
        if (!strstr(text, expected))
            fail_msg("%s is not in %s", expected, text);
        unlinkat(dir, "orders.csv.12.receipt.csv", 0);
    }
}

static void csv_keeps_a_row_on_its_line(void **state)
{
    const struct receipt_head head = head_of(RECEIPT_REFUSED);
    const char *text = write_receipt(RECEIPT_CSV, &head, rows, 2);
    unsigned lines = 0;

    (void)state;
    for (const char *c = text; *c; c++) {
        lines += *c == '\n';
        assert_true(*c == '\n' || (unsigned char)*c >= ' ');
    }
    assert_int_equal(lines, 17);
}

static void json_is_json_and_says_the_same(void **state)
{
    const struct receipt_head head = head_of(RECEIPT_REFUSED);
    const char *text = write_receipt(RECEIPT_JSON, &head, rows, 2);
    json_error_t why;
    json_t *all = json_loads(text, 0, &why);
    const json_t *row;

    (void)state;
    if (!all)
        fail_msg("%s: %s", why.text, text);
    assert_string_equal(json_string_value(json_object_get(all, "result")), "refused");
    assert_string_equal(json_string_value(json_object_get(all, "document")), "M-17");
    assert_int_equal(json_integer_value(json_object_get(all, "refused")), 1);
    assert_int_equal(json_array_size(json_object_get(all, "refused_rows")), 2);
    row = json_array_get(json_object_get(all, "refused_rows"), 1);
    assert_string_equal(json_string_value(json_object_get(row, "value")),
                        "<b>&\"\\=\x01\x1b\xef\xbf\xbd]]>\n\xef\xbf\xbf");
    json_decref(all);
}

static void json_without_refused_rows_is_json(void **state)
{
    const struct receipt_head head = head_of(RECEIPT_TAKEN_BEFORE);
    json_t *all = json_loads(write_receipt(RECEIPT_JSON, &head, NULL, 0), 0, NULL);

    (void)state;
    assert_non_null(all);
    assert_int_equal(json_array_size(json_object_get(all, "refused_rows")), 0);
    assert_string_equal(json_string_value(json_object_get(all, "note")),
                        "le même contenu a déjà été pris (import 12) ; rien n'a été refait");
    json_decref(all);
}

/* --- XML, against its schema --- */

static void forget_fault(void *arg, const char *fmt, ...)
{
    (void)arg, (void)fmt;
}

/* 0: valid. */
static int validate(const char *text)
{
    const char *srcdir = getenv("srcdir") ? getenv("srcdir") : ".";
    char path[512];
    xmlSchemaParserCtxtPtr parser;
    xmlSchemaPtr schema;
    xmlSchemaValidCtxtPtr valid;
    xmlDocPtr doc;
    int result;

    snprintf(path, sizeof(path), "%s/conf/schema/relais-receipt.xsd", srcdir);
    parser = xmlSchemaNewParserCtxt(path);
    schema = xmlSchemaParse(parser);
    assert_non_null(schema);
    doc = xmlReadMemory(text, (int)strlen(text), "receipt", NULL, XML_PARSE_NONET);
    if (!doc)
        fail_msg("no XML: %s", text);
    valid = xmlSchemaNewValidCtxt(schema);
    xmlSchemaSetValidErrors(valid, forget_fault, forget_fault, NULL);
    result = xmlSchemaValidateDoc(valid, doc);
    xmlSchemaFreeValidCtxt(valid);
    xmlFreeDoc(doc);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(parser);
    return result;
}

static void xml_is_as_its_schema_says(void **state)
{
    static const enum receipt_result results[] = { RECEIPT_TAKEN, RECEIPT_REFUSED, RECEIPT_STOPPED,
                                                   RECEIPT_TAKEN_BEFORE };

    (void)state;
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
        struct receipt_head head = head_of(results[i]);

        for (size_t n = 0; n <= 2; n++) {
            assert_int_equal(validate(write_receipt(RECEIPT_XML, &head, rows, n)), 0);
            unlinkat(dir, "orders.csv.12.receipt.xml", 0);
        }
        head.finished_at = 0;
        head.document = head.profile = "";
        assert_int_equal(validate(write_receipt(RECEIPT_XML, &head, rows, 1)), 0);
        unlinkat(dir, "orders.csv.12.receipt.xml", 0);
    }
}

static void the_schema_refuses_what_is_no_receipt(void **state)
{
    (void)state;
    assert_int_not_equal(validate("<receipt xmlns=\"urn:relais:receipt:1\"/>"), 0);
    assert_int_not_equal(validate("<receipt/>"), 0);
}

static void xml_keeps_a_text_a_text(void **state)
{
    const struct receipt_head head = head_of(RECEIPT_TAKEN);
    const char *text = write_receipt(RECEIPT_XML, &head, &rows[1], 1);

    (void)state;
    assert_non_null(strstr(text, "><value>&lt;b&gt;&amp;&quot;\\=\xef\xbf\xbd"
                                 "\xef\xbf\xbd\xef\xbf\xbd]]&gt;&#10;\xef\xbf\xbd</value>"));
}

/* --- the file --- */

static void an_abandoned_receipt_leaves_nothing(void **state)
{
    const struct receipt_head head = head_of(RECEIPT_TAKEN);
    struct receipt_file *file = NULL;
    struct error err;

    (void)state;
    assert_int_equal(receipt_file_begin(dir, 13, RECEIPT_CSV, &head, &file, &err), RC_OK);
    assert_non_null(get(".orders.csv.13.receipt.csv.part"));
    receipt_file_abandon(file);
    assert_null(get(".orders.csv.13.receipt.csv.part"));
    assert_null(get("orders.csv.13.receipt.csv"));
}

static void a_name_stays_in_its_directory(void **state)
{
    struct receipt_head head = head_of(RECEIPT_TAKEN);
    struct receipt_file *file = NULL;
    struct error err;

    (void)state;
    head.file_name = "../../etc/passwd";
    assert_int_equal(receipt_file_begin(dir, 14, RECEIPT_JSON, &head, &file, &err), RC_OK);
    assert_int_equal(receipt_file_end(file, &err), RC_OK);
    assert_non_null(get(".._.._etc_passwd.14.receipt.json"));
}

int main(void)
{
#define RECEIPT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        RECEIPT_TEST(csv_says_all_of_it),
        RECEIPT_TEST(a_cell_never_runs_as_a_formula),
        RECEIPT_TEST(csv_keeps_a_row_on_its_line),
        RECEIPT_TEST(json_is_json_and_says_the_same),
        RECEIPT_TEST(json_without_refused_rows_is_json),
        RECEIPT_TEST(xml_is_as_its_schema_says),
        RECEIPT_TEST(the_schema_refuses_what_is_no_receipt),
        RECEIPT_TEST(xml_keeps_a_text_a_text),
        RECEIPT_TEST(an_abandoned_receipt_leaves_nothing),
        RECEIPT_TEST(a_name_stays_in_its_directory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
