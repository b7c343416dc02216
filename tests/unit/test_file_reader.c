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

static char last_document[200]; /* the number of the file that was read last */

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
    snprintf(last_document, sizeof(last_document), "%s", file_reader_document(reader));
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

/* Of eight bits a letter windows-1252 is meant, until a byte stands for the euro of ISO-8859-15. */
static void csv_euros_tell_the_eight_bit_encodings_apart(void **state)
{
    (void)state;
    check(csv_conf, "number;name\n1;Zo\xE9\n2;5 \xA4 \xBD\n3;\x80\n",
          "1@2 1|Zo\u00e9||\n2@3 2|5 \u20ac \u0153||\n3@4 !encoding last_name\n");
    check(csv_conf, "number;name\n1;5 \x80\n2;\xA4 \xBD\n",
          "1@2 1|5 \u20ac||\n2@3 2|\u00a4 \u00bd||\n");
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
    check(
        csv_conf, "number,name,goods\n1,A,B\n",
        "fault: line 1: no column \"number\": the separator looks like \",\", and the profile says "
        "\";\"\n");
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

/* As spreadsheets write "Unicode text": UTF-16 with its byte order mark, tabs between the columns.
 */
static char *wide(const char *ascii, bool big, size_t *len)
{
    const size_t n = strlen(ascii);
    char *out = malloc(2 * n + 2);

    memcpy(out, big ? "\xFE\xFF" : "\xFF\xFE", 2);
    for (size_t i = 0; i < n; i++) {
        out[2 + 2 * i + big] = ascii[i];
        out[2 + 2 * i + !big] = '\0';
    }
    *len = 2 * n + 2;
    return out;
}

static void check_wide(const char *conf, const char *ascii, const char *expected)
{
    for (int big = 0; big <= 1; big++) {
        size_t len;
        char *bytes = wide(ascii, big, &len), *said = read_bytes(conf, bytes, len);

        assert_string_equal(said, expected);
        free(said);
        free(bytes);
    }
}

static void csv_of_two_bytes_a_letter_is_read(void **state)
{
    static const char surrogates[] = "\xFF\xFE"
                                     "n\0u\0m\0b\0e\0r\0;\0n\0a\0m\0e\0\n\0"
                                     "1\0;\0\x3C\xD8\x33\xDF\xAC\x20\n\0";
    static const char latin9[] =
        "format = \"csv\"\nkind = \"customers\"\nencoding = \"iso-8859-15\"\n"
        "field \"customer_number\" { column = \"number\" }\n";
    char *said, *bytes;
    size_t len;

    (void)state;
    check_wide(csv_conf, "number;name\r\n1;Li\r\n2;\"W\nu\"\r\n", "1@2 1|Li||\n2@3 2|W\nu||\n");
    check_wide(latin9, "number\n1\n", "1@2 1|||\n");
    said = read_bytes(csv_conf, surrogates, sizeof(surrogates) - 1);
    assert_string_equal(said, "1@2 1|\U0001F333\u20ac||\n");
    free(said);
    said = read_bytes(csv_conf, surrogates, 32); /* ends between two surrogates */
    assert_non_null(strstr(said, "fault: line 2: bytes that are no letters in UTF-16LE"));
    free(said);
    said = read_bytes(csv_conf, "\xFE\xFF\xDC\x00", 4);
    assert_non_null(strstr(said, "fault: line 1: bytes that are no letters in UTF-16BE"));
    free(said);
    bytes = wide("number\n1~", true, &len);
    bytes[len - 1] = '\0';
    said = read_bytes(csv_conf, bytes, len);
    assert_non_null(strstr(said, "a zero byte"));
    free(said);
    free(bytes);
}

static void csv_of_two_bytes_a_letter_is_the_same_wherever_a_block_ends(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, (size_t)1 << 20);
    for (int pad = 4070; pad < 4100; pad++) {
        buffer_reset(&b);
        buffer_add_text(&b, "number;name\n1;");
        for (int i = 0; i < pad; i++)
            buffer_add_text(&b, "x");
        buffer_add_text(&b, "\n2;Wu\n");
        for (int big = 0; big <= 1; big++) {
            size_t len;
            char *bytes = wide(b.data, big, &len), *said = read_bytes(csv_conf, bytes, len);

            assert_non_null(strstr(said, "\n2@3 2|Wu||\n"));
            free(said);
            free(bytes);
        }
    }
    buffer_close(&b);
}

static void csv_of_ten_megabytes_in_one_field_is_refused(void **state)
{
    char *big = malloc(10000000), *said;

    (void)state;
    memset(big, 'x', 10000000);
    memcpy(big, "number;goods\n1;", 15);
    said = read_bytes(csv_conf, big, 10000000);
    assert_non_null(strstr(said, "fault: line 2: the record that begins here is longer than"));
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

static void xml_of_two_bytes_a_letter_is_read(void **state)
{
    static const char latin1[] = "format = \"xml\"\nrecord = \"/a\"\nencoding = \"iso-8859-1\"\n"
                                 "field \"customer_number\" { path = \"@n\" }\n"
                                 "field \"order_number\" { path = \"@o\" }\n";

    (void)state;
    check_wide(xml_conf,
               "<?xml version='1.0' encoding='UTF-16'?>\n"
               "<orders xmlns='urn:o'><order no='A'><number>7</number></order></orders>",
               "1@2 7|||A\n");
    check_wide(latin1, "<a n='1' o='2'/>", "1@1 1|||2\n");
    check(latin1, "<?xml version='1.0' encoding='UTF-8'?><a n='\xE9' o='2'/>", "1@1 \u00e9|||2\n");
    check(latin1, "\xEF\xBB\xBF<a n='\u00e9' o='2'/>", "1@1 \u00e9|||2\n");
}

static void xml_times_go_behind_the_dates_beside_them(void **state)
{
    static const char timed[] = "format = \"xml\"\nrecord = \"/a/o\"\n"
                                "field \"customer_number\" { path = { \"x/d+t\", \"d+t\" } }\n"
                                "field \"order_number\" { path = \"@n\" }\n";

    (void)state;
    check(timed,
          "<a><o n='1'><x><d>2026-11-23</d><t> 08:30:00 </t></x></o>\n"
          "<o n='2'><d>2026-11-23+01:00</d><t>08:30:00</t></o>\n"
          "<o n='3'><d>2026-11-23+01:00</d><t>08:30:00Z</t></o>\n"
          "<o n='4'><x><d>2026-11-23</d></x><x><d>2026-11-24</d><t>08:30:00</t></x></o>\n"
          "<o n='5'><t>08:30:00</t><d>2026-11-23</d><t>09:00</t><t>10:00</t></o>\n"
          "<o n='6'><d>yesterday</d><t>08:30:00</t></o></a>",
          "1@1 2026-11-23T08:30:00|||1\n2@2 2026-11-23T08:30:00+01:00|||2\n"
          "3@3 2026-11-23T08:30:00Z|||3\n4@4 2026-11-23|||4\n5@5 2026-11-23T09:00|||5\n"
          "6@6 yesterday|||6\n");
}

static void xml_has_its_own_number(void **state)
{
    static const struct {
        const char *path, *text, *number;
    } cases[] = {
        { "/a/h/id", "<a><h><id> 47\n11 </id></h><o n='1'/></a>", "47\n11" },
        { "/a/@no", "<a no='4711'><o n='1'/></a>", "4711" },
        { "/a/o/@n", "<a><o n='1'/><o n='1'/><o n='2'/></a>", "1, 2" },
        { "/a/id", "<a><o n='1'/><b><id>no</id></b><id>yes</id></a>", "yes" },
        { "/a/id", "<a><o n='1'/></a>", "" },
        { "/a/id", "<a><id/><o n='1'/></a>", "" },
        { "/a/id",
          "<a><id>0123456789012345678901234567890123456789012345678901234567890123456789012345678"
          "901234567890123456789012345</id><o n='1'/></a>",
          "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char conf[300], *said;

        snprintf(conf, sizeof(conf),
                 "format = \"xml\"\nrecord = \"/a/o\"\ndocument = \"%s\"\n"
                 "field \"customer_number\" { path = \"@n\" }\n"
                 "field \"order_number\" { path = \"@n\" }\n",
                 cases[i].path);
        said = read_bytes(conf, cases[i].text, strlen(cases[i].text));
        assert_string_equal(last_document, cases[i].number);
        free(said);
    }
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

/* libxml2 forgets no name. At its own limit it says that there is no memory, which would be tried
 * again and again. */
static void xml_of_too_many_names_costs_its_sender_the_file(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, (size_t)64 << 20);
    buffer_add_text(&b, "<orders xmlns='urn:o'>\n");
    for (int i = 0; i < 1800000; i++)
        buffer_printf(&b, "<n%07d/>\n", i);
    buffer_add_text(&b, "</orders>");
    check_fault(&b, ": too many different names of elements and attributes\n");

    buffer_reset(&b); /* few, but long */
    buffer_add_text(&b, "<orders xmlns='urn:o'>\n");
    for (int i = 0; i < 4000; i++)
        buffer_printf(&b, "<n%08000d/>\n", i);
    buffer_add_text(&b, "</orders>");
    check_fault(&b, ": too many different names of elements and attributes\n");
    buffer_close(&b);
}

/* Each of these was a way to make an XML parser eat the machine, or tell what lies on its disk. */
static void xml_tricks_cost_their_sender_the_file(void **state)
{
    struct buffer b;

    (void)state;
    buffer_init(&b, (size_t)64 << 20);
    buffer_add_text(&b, "<?xml version='1.0'?>\n<!DOCTYPE lolz [\n<!ENTITY lol 'lol'>\n");
    for (int i = 1; i < 10; i++)
        buffer_printf(&b, "<!ENTITY lol%d '&lol%d;&lol%d;&lol%d;'>\n", i, i - 1, i - 1, i - 1);
    buffer_add_text(&b, "]>\n<orders xmlns='urn:o'>&lol9;</orders>");
    check_fault(&b, "line 2: a DOCTYPE");

    buffer_reset(&b);
    buffer_add_text(&b, "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
                        "<orders xmlns='urn:o'><order><number>&x;</number></order></orders>");
    check_fault(&b, "line 1: a DOCTYPE");

    buffer_reset(&b); /* an attribute of 10 MB; of 1 GB it would be the same after 8 KiB */
    buffer_add_text(&b, "<orders xmlns='urn:o'><order no='");
    for (int i = 0; i < 1000000; i++)
        buffer_add_text(&b, "0123456789");
    buffer_add_text(&b, "'/></orders>");
    check_fault(&b, "line 1: a tag longer than 8 KiB");

    buffer_reset(&b);
    buffer_add_text(&b, "<orders xmlns='urn:o'>");
    for (int i = 0; i < 100000; i++)
        buffer_printf(&b, "<order no='%d'>", i);
    check_fault(&b, "line 1: more than 64 elements inside one another");

    buffer_reset(&b);
    buffer_add_text(&b, "<orders xmlns='urn:o'><order no='1'></orders></order>");
    check_fault(&b, "line 1: Opening and ending tag mismatch");

    buffer_reset(&b);
    buffer_add(&b, "<orders xmlns='urn:o'>\n<order no='1\0'/></orders>", 46);
    check_fault(&b, "a zero byte");

    buffer_reset(&b);
    buffer_add_text(&b, "<orders xmlns='urn:o'>");
    for (int i = 0; i < 2000000; i++)
        buffer_add_text(&b, "</x>");
    check_fault(&b, "line 1: Opening and ending tag mismatch");
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
        cmocka_unit_test(csv_euros_tell_the_eight_bit_encodings_apart),
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
        cmocka_unit_test(csv_of_two_bytes_a_letter_is_read),
        cmocka_unit_test(csv_of_two_bytes_a_letter_is_the_same_wherever_a_block_ends),
        cmocka_unit_test(csv_of_ten_megabytes_in_one_field_is_refused),
        cmocka_unit_test(xml_of_two_bytes_a_letter_is_read),
        cmocka_unit_test(xml_times_go_behind_the_dates_beside_them),
        cmocka_unit_test(xml_has_its_own_number),
        cmocka_unit_test(xml_of_too_many_names_costs_its_sender_the_file),
        cmocka_unit_test(xml_tricks_cost_their_sender_the_file),
    };

    file_reader_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
