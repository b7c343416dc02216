/* test_file_reader.c - what CSV and XML files of partners become, and what is refused in them. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "channel/file/file_reader.h"

#define CONF "test_file_reader.conf"

static const char csv_conf[] = "format = \"csv\"\n"
                               "field \"customer_number\" { column = \"number\" }\n"
                               "field \"last_name\" { column = { \"Nom\", \"name\" } }\n"
                               "field \"order_number\" { const = \"1\" }\n"
                               "field \"goods\" { column = \"goods\" }\n";

static const char xml_conf[] =
    "format = \"xml\"\n"
    "record = \"/o:orders/o:order\"\n"
    "namespace \"o\" { uri = \"urn:o\" }\n"
    "namespace \"p\" { uri = \"urn:p\" }\n"
    "field \"customer_number\" { path = { \"p:party/@id\", \"o:number\" } }\n"
    "field \"last_name\" { path = \"p:party/p:name\" }\n"
    "field \"goods\" { path = \"o:line/o:item\" }\n"
    "field \"order_number\" { path = \"@no\" }\n";

/* What a file became: "1@2 number|name|goods|order\n", "2@3 !code field\n", "fault: ...\n" */
static char *read_bytes(const char *conf, const char *bytes, size_t len)
{
    struct profile *profile = NULL;
    struct file_reader *reader = NULL;
    const struct raw_record *record;
    struct row_fault fault;
    struct error err = { 0 };
    struct buffer said;
    enum read_result result;
    FILE *file = fopen(CONF, "w");
    const int fd = memfd_create("partner", MFD_CLOEXEC);

    assert_non_null(file);
    fputs(conf, file);
    fclose(file);
    if (profile_load(CONF, &profile, &err))
        fail_msg("%s", err.text);
    unlink(CONF);
    assert_int_equal(write(fd, bytes, len), len);
    assert_int_equal(file_reader_open(profile, fd, &reader), RC_OK);
    buffer_init(&said, (size_t)64 << 20);
    do {
        result = file_reader_next(reader, &record, &fault);
        if (result == READ_RECORD) {
            const struct raw_value *v = record->values;

            buffer_printf(&said, "%d@%d %.*s|%.*s|%.*s|%.*s\n", (int)record->row_no,
                          (int)record->line, (int)v[FIELD_CUSTOMER_NUMBER].len,
                          v[FIELD_CUSTOMER_NUMBER].text, (int)v[FIELD_LAST_NAME].len,
                          v[FIELD_LAST_NAME].text, (int)v[FIELD_GOODS].len, v[FIELD_GOODS].text,
                          (int)v[FIELD_ORDER_NUMBER].len, v[FIELD_ORDER_NUMBER].text);
        } else if (result == READ_ROW_FAULT) {
            buffer_printf(&said, "%d@%d !%s %s\n", (int)record->row_no, (int)record->line,
                          fault.code, fault.field);
        } else if (result == READ_FILE_FAULT) {
            buffer_printf(&said, "fault: %s\n", file_reader_fault(reader));
        } else if (result == READ_AGAIN) {
            buffer_printf(&said, "again\n");
        }
    } while (result == READ_RECORD || result == READ_ROW_FAULT);
    file_reader_close(reader);
    profile_free(profile);
    close(fd);
    return said.data ? said.data : strdup("");
}

static void check(const char *conf, const char *text, const char *expected)
{
    char *said = read_bytes(conf, text, strlen(text));

    assert_string_equal(said, expected);
    free(said);
}

/* --- CSV --- */

static void csv_columns_are_found_by_their_header(void **state)
{
    (void)state;
    check(csv_conf, "goods;extra;NUMBER;name\nA;x;1;Li\nB;y;2;Wu\n", "1@2 1|Li|A|\n2@3 2|Wu|B|\n");
    check(csv_conf, "number;name;goods\r\n1; Li ;\"A; \"\"B\"\"\"\r\n", "1@2 1|Li|A; \"B\"|\n");
    check(csv_conf, "number;name;Nom;goods\n1;second;first;A\n2;second;;A\n",
          "1@2 1|first|A|\n2@3 2|second|A|\n");
}

static void csv_lines_count_quoted_newlines_and_blank_lines(void **state)
{
    (void)state;
    check(csv_conf, "\n\nnumber;goods\n\n1;\"two\nlines\"\n\n2;B\n",
          "1@5 1||two\nlines|\n2@8 2||B|\n");
    check(csv_conf, "number;goods\n1;A", "1@2 1||A|\n");
    check(csv_conf, "number;goods\r1;A\r\r2;B\r\n3;C\r", "1@2 1||A|\n2@4 2||B|\n3@5 3||C|\n");
}

static void csv_rows_of_empty_cells_are_no_rows(void **state)
{
    (void)state;
    check(csv_conf, "number;goods\n1;A\n;\n;;;\n2;B\n", "1@2 1||A|\n2@5 2||B|\n");
}

static void csv_rows_too_short_or_too_long_are_refused_one_by_one(void **state)
{
    (void)state;
    check(csv_conf, "number;name;goods\n1;Li;A\n2;Wu\n3;Ko;B;more\n4;Zu;C;;\n",
          "1@2 1|Li|A|\n2@3 !missing_columns \n3@4 !extra_columns \n4@5 4|Zu|C|\n");
}

static void csv_encodings_are_told_apart(void **state)
{
    (void)state;
    check(csv_conf, "\xEF\xBB\xBFnumber;name\n1;Zo\xC3\xA9\n", "1@2 1|Zo\u00e9||\n");
    check(csv_conf, "number;name\n1;Zo\xC3\xA9\n2;Zo\xE9\n",
          "1@2 1|Zo\u00e9||\n2@3 !encoding last_name\n");
    check(csv_conf, "number;name\n1;Zo\xE9 \x80\n", "1@2 1|Zo\u00e9 \u20ac||\n");
    check(csv_conf, "number;name\n1;Zo\xE9\n2;\x81\n",
          "1@2 1|Zo\u00e9||\n2@3 !encoding last_name\n");
}

static void csv_fixed_encodings_hold(void **state)
{
    static const char latin9[] = "format = \"csv\"\nencoding = \"iso-8859-15\"\nheader = false\n"
                                 "separator = \"tab\"\nkind = \"customers\"\n"
                                 "field \"customer_number\" { column = \"1\" }\n"
                                 "field \"last_name\" { column = \"2\" }\n";

    (void)state;
    check(latin9, "1\t\xBDuvre \xA4\n", "1@1 1|\u0153uvre \u20ac||\n");
}

static void csv_that_is_none_is_refused_whole(void **state)
{
    char *said, *big = malloc(400000);

    (void)state;
    check(csv_conf, "", "fault: line 1: the file is empty\n");
    check(csv_conf, "name;goods\n1;A\n",
          "fault: line 1: no column \"number\" (for customer_number); the header says: name, "
          "goods\n");
    check(csv_conf, "number;number\n1;2\n", "fault: line 1: two columns are named \"number\"\n");
    check(
        csv_conf, "number;goods\n1;A\n2;\"never closed\n3;C\n",
        "1@2 1||A|\nfault: line 3: the record that begins here has a quote that is never closed\n");
    said = read_bytes(csv_conf, "number\n1\0", 9);
    assert_non_null(strstr(said, "fault: line 1 or soon after: a zero byte"));
    free(said);
    memset(big, 'x', 400000);
    memcpy(big, "number;goods\n1;\"", 16);
    said = read_bytes(csv_conf, big, 400000);
    assert_non_null(strstr(said, "fault: line 2: the record that begins here is longer than"));
    free(said);
    free(big);
}

static void csv_values_too_long_refuse_their_row(void **state)
{
    char *big = malloc(30000), *said;

    (void)state;
    memset(big, 'x', 30000);
    memcpy(big, "number;goods\n1;", 15);
    memcpy(big + 20000, "\n2;B\n", 5);
    said = read_bytes(csv_conf, big, 20005);
    assert_string_equal(said, "1@2 !too_long goods\n2@3 2||B|\n");
    free(said);
    free(big);
}

/* --- XML --- */

#define ORDERS(inside) "<orders xmlns='urn:o' xmlns:q='urn:p'>\n" inside "</orders>\n"

static void xml_paths_know_namespaces(void **state)
{
    (void)state;
    check(
        xml_conf,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" ORDERS(
            "<order no='A'>\n<q:party id='7'><q:name>Li &amp; <![CDATA[<Co>]]></q:name></q:party>\n"
            "<party id='8'><name>no</name></party><line><item>x</item></line>"
            "<line>\n<item> y </item></line></order>\n"
            "<order no=\"B\"><number>9</number></order>\n"),
        "1@3 7|Li & <Co>|x, y|A\n2@7 9|||B\n");
}

static void xml_first_of_equal_elements_wins(void **state)
{
    (void)state;
    check(xml_conf,
          ORDERS("<order><q:party><q:name>first</q:name></q:party>"
                 "<q:party id='5'><q:name>second</q:name></q:party></order>"),
          "1@2 5|first||\n");
}

static void xml_encodings_on_the_list_are_read(void **state)
{
    (void)state;
    check(xml_conf,
          "<?xml version='1.0' encoding='windows-1252'?>"
          "<orders xmlns='urn:o'><order><number>\x80 \xE9</number></order></orders>",
          "1@1 \u20ac \u00e9|||\n");
    check(xml_conf,
          "<?xml version='1.0' encoding='iso-8859-15'?>"
          "<orders xmlns='urn:o'><order><number>\xA4</number></order></orders>",
          "1@1 \u20ac|||\n");
    check(xml_conf, "\xEF\xBB\xBF<orders xmlns='urn:o'/>", "");
}

static void xml_that_is_wrong_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *text, *fault;
    } cases[] = {
        { "", "line 1: " },
        { "hello", "line 1: not XML" },
        { "<orders xmlns='urn:o'>\n<order>\n</orders>", "line 3: " },
        { "<orders xmlns='urn:o'>\n<order><number>1", "line 2: " },
        { "<orders/>", "line 1: the document is not a \"orders\" in \"urn:o\"" },
        { "<?xml version='1.0' encoding='UTF-7'?><orders xmlns='urn:o'/>",
          "line 1: encoding \"UTF-7\" is not taken" },
        { "<orders xmlns='urn:o'>\n\xE9</orders>", "line 2: " },
        { "<!DOCTYPE orders [<!ENTITY a 'b'>]>\n<orders xmlns='urn:o'>&a;</orders>",
          "line 1: a DOCTYPE" },
        { "<!DOCTYPE orders SYSTEM 'file:///etc/passwd'><orders xmlns='urn:o'/>",
          "line 1: a DOCTYPE" },
        { "<orders xmlns='urn:o'>\n&nbsp;</orders>", "line 2: Entity 'nbsp' not defined" },
        { "<orders xmlns='urn:o'>\n<x:y/></orders>", "line 2: Namespace prefix x" },
        { "\x4C\x6F\xA7\x94 EBCDIC", "line 1: not XML" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *said = read_bytes(xml_conf, cases[i].text, strlen(cases[i].text));

        if (!strstr(said, "fault: ") || !strstr(said, cases[i].fault))
            fail_msg("case %zu: got \"%s\", expected \"%s\"", i, said, cases[i].fault);
        free(said);
    }
}

static void check_fault(const struct buffer *text, const char *fault)
{
    char *said = read_bytes(xml_conf, text->data, text->len);

    if (!strstr(said, fault))
        fail_msg("got \"%.300s\", expected \"%s\"", said, fault);
    free(said);
}

static void xml_bombs_cost_their_sender_the_file(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, (size_t)64 << 20);
    buffer_add_text(&b, "<orders xmlns='urn:o'>\n<order ");
    for (int i = 0; i < 100000; i++)
        buffer_printf(&b, "a%d='%d' ", i, i);
    buffer_add_text(&b, "/></orders>");
    check_fault(&b, "line 2: a tag");

    buffer_reset(&b);
    buffer_add_text(&b, "<orders xmlns='urn:o'>\n<order ");
    for (int i = 0; i < 300; i++)
        buffer_printf(&b, "a%d='' ", i);
    buffer_add_text(&b, "/></orders>");
    check_fault(&b, "line 2: a tag with more than 256 attributes");

    buffer_reset(&b);
    for (int i = 0; i < 1000; i++)
        buffer_add_text(&b, "<a>");
    check_fault(&b, "line 1: more than 64 elements inside one another");

    buffer_reset(&b);
    buffer_add_text(&b, "<orders xmlns='urn:o'><!--");
    for (int i = 0; i < 10000; i++)
        buffer_add_text(&b, "a comment ");
    check_fault(&b, "line 1: a comment longer than 64 KiB");

    buffer_reset(&b);
    buffer_add(&b, "<orders\0>", 9);
    check_fault(&b, "line 1: a zero byte");
    buffer_close(&b);
}

static void xml_text_of_any_length_passes_and_a_long_value_refuses_its_row(void **state)
{
    struct buffer b;
    char *said;

    (void)state;
    buffer_init(&b, (size_t)64 << 20);
    buffer_add_text(&b, "<orders xmlns='urn:o'><order><number>1</number><pdf>");
    for (int i = 0; i < 500000; i++)
        buffer_add_text(&b, "UjBsR09EbGhjZ0dTQUxN");
    buffer_add_text(&b, "</pdf></order>\n<order><number>");
    for (int i = 0; i < 2000; i++)
        buffer_add_text(&b, "123456789 ");
    buffer_add_text(&b, "</number></order><order><number>3</number></order></orders>");
    said = read_bytes(xml_conf, b.data, b.len);
    assert_string_equal(said, "1@1 1|||\n2@2 !too_long customer_number\n3@2 3|||\n");
    free(said);
    buffer_close(&b);
}

/* libxml2's push parser can take a '>' in a value for the end of a tag cut by a block's border. */
static void xml_is_the_same_wherever_a_block_ends(void **state)
{
    struct buffer b;
    char *said;

    (void)state;
    buffer_init(&b, (size_t)1 << 20);
    for (int pad = 8100; pad < 8260; pad++) {
        buffer_reset(&b);
        buffer_add_text(&b, "<orders xmlns='urn:o'>");
        for (int i = 0; i < pad; i++)
            buffer_add_text(&b, " ");
        buffer_add_text(&b,
                        "<order no='a>b>\"c' ><!-- > <x> --><number><![CDATA[1]]></number></order>"
                        "<?pi <?x> ?></orders>");
        said = read_bytes(xml_conf, b.data, b.len);
        assert_string_equal(said, "1@1 1|||a>b>\"c\n");
        free(said);
    }
    buffer_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_columns_are_found_by_their_header),
        cmocka_unit_test(csv_lines_count_quoted_newlines_and_blank_lines),
        cmocka_unit_test(csv_rows_of_empty_cells_are_no_rows),
        cmocka_unit_test(csv_rows_too_short_or_too_long_are_refused_one_by_one),
        cmocka_unit_test(csv_encodings_are_told_apart),
        cmocka_unit_test(csv_fixed_encodings_hold),
        cmocka_unit_test(csv_that_is_none_is_refused_whole),
        cmocka_unit_test(csv_values_too_long_refuse_their_row),
        cmocka_unit_test(xml_paths_know_namespaces),
        cmocka_unit_test(xml_first_of_equal_elements_wins),
        cmocka_unit_test(xml_encodings_on_the_list_are_read),
        cmocka_unit_test(xml_that_is_wrong_is_refused_with_its_line),
        cmocka_unit_test(xml_bombs_cost_their_sender_the_file),
        cmocka_unit_test(xml_text_of_any_length_passes_and_a_long_value_refuses_its_row),
        cmocka_unit_test(xml_is_the_same_wherever_a_block_ends),
    };

    file_reader_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
