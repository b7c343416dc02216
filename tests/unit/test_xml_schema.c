/* test_xml_schema.c - a record that does not keep to its schema is refused alone, and schemas that
 * cannot be used are refused with their reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "channel/file/file_reader.h"
#include "tests/support/reading.h"

#define DIR "xml_schema.tmp"

#define HEAD                                                                \
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns='urn:o' " \
    "targetNamespace='urn:o' elementFormDefault='qualified'>\n"

static const char orders_xsd[] =
    HEAD "<xs:element name='orders'><xs:complexType><xs:sequence>\n"
         "<xs:element name='order' type='order' minOccurs='0' maxOccurs='unbounded'/>\n"
         "</xs:sequence></xs:complexType></xs:element>\n"
         "<xs:complexType name='order'><xs:sequence>\n"
         "<xs:element name='customer' type='xs:string'/>\n"
         "<xs:element name='weight' type='xs:decimal' minOccurs='0'/>\n"
         "</xs:sequence><xs:attribute name='no' use='required'>\n"
         "<xs:simpleType><xs:restriction base='xs:string'><xs:maxLength value='5'/>"
         "</xs:restriction></xs:simpleType></xs:attribute></xs:complexType></xs:schema>\n";

static const char conf[] = "format = \"xml\"\nrecord = \"/o:orders/o:order\"\n"
                           "xsd = \"" DIR "/orders.xsd\"\n"
                           "namespace \"o\" { uri = \"urn:o\" }\n"
                           "field \"customer_number\" { path = \"o:customer\" }\n"
                           "field \"weight\" { path = \"o:weight\" }\n"
                           "field \"order_number\" { path = \"@no\" }\n";

static const enum field fields[] = { FIELD_ORDER_NUMBER, FIELD_CUSTOMER_NUMBER, FIELD_WEIGHT,
                                     FIELD_COUNT };

static void put(const char *name, const char *text)
{
    char path[200];
    FILE *f;

    mkdir(DIR, 0777);
    snprintf(path, sizeof(path), DIR "/%s", name);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void check(const char *text, const char *expected)
{
    struct profile *profile = reading_profile(conf);
    char *said = reading_said(profile, fields, text, strlen(text));

    assert_string_equal(said, expected);
    free(said);
    profile_free(profile);
}

static void records_are_refused_one_by_one(void **state)
{
    (void)state;
    put("orders.xsd", orders_xsd);
    check("<orders xmlns='urn:o'>\n"
          "<order no='1'><customer>a</customer><weight>1.5</weight></order>\n"
          "<order no='2'>\n<customer>b</customer>\n<weight>heavy</weight></order>\n"
          "<order no='3'></order>\n"
          "<order><customer>d</customer></order>\n"
          "<order no='toolong'><customer>e</customer></order>\n"
          "<order no='6'><customer>f</customer><colour/></order>\n"
          "<order no='7'><customer>g</customer></order>\n"
          "</orders>",
          "1@2 1|a|1.5\n"
          "2@3 !schema weight: line 5: element 'weight': 'heavy' is not a valid value of the type "
          "'xs:decimal'.\n"
          "3@6 !schema : line 6: element 'order': Missing child element(s). Expected "
          "is ( customer ).\n"
          "4@7 !schema order_number: line 7: element 'order': The attribute 'no' is required but "
          "missing.\n"
          "5@8 !schema order_number: line 8: element 'order', attribute 'no': The value 'toolong' "
          "has a "
          "length of '7'; this exceeds the allowed maximum length of '5'.\n"
          "6@9 !schema : line 9: element 'colour': This element is not expected. Expected is ( "
          "weight ).\n"
          "7@10 7|g|\n");
}

static void what_is_wrong_outside_of_records_refuses_the_file(void **state)
{
    (void)state;
    put("orders.xsd", orders_xsd);
    check("<orders xmlns='urn:o'>\n<order no='1'><customer>a</customer></order>\n<thing/></orders>",
          "fault: line 3: against the schema: element 'thing': This element is not "
          "expected. Expected is ( order ).\n");
    check("<other xmlns='urn:o'/>",
          "fault: line 1: against the schema: element 'other': No matching global declaration "
          "available for the validation root.\n");
}

static void check_load_with(const char *profile_text, const char *expected)
{
    struct profile *profile = NULL;
    struct error err = { 0 };
    FILE *f = fopen("xsd-test.conf", "w");

    assert_non_null(f);
    fputs(profile_text, f);
    fclose(f);
    assert_int_equal(profile_load("xsd-test.conf", &profile, &err), RC_INVALID);
    if (!strstr(err.text, expected))
        fail_msg("got \"%s\", expected \"%s\"", err.text, expected);
    unlink("xsd-test.conf");
}

static void check_schema(const char *schema, const char *expected)
{
    put("orders.xsd", schema);
    check_load_with(conf, expected);
}

static void a_schema_that_cannot_be_used_is_refused(void **state)
{
    (void)state;
    check_schema("<xs:schema", "xsd-test.conf: xsd: orders.xsd:1: ");
    check_schema(HEAD "<xs:element name='a' type='nowhere'/></xs:schema>",
                 "xsd-test.conf: xsd: orders.xsd:2: ");
    check_schema("<hello/>", "xsd-test.conf: xsd: The XML document");
    check_schema(HEAD "<xs:element name='a'><xs:complexType><xs:sequence>"
                      "<xs:element name='b' maxOccurs='9' type='xs:string'/></xs:sequence>"
                      "</xs:complexType>\n<xs:unique name='u'><xs:selector xpath='b'/>"
                      "<xs:field xpath='.'/></xs:unique></xs:element></xs:schema>",
                 "orders.xsd:3: xs:unique is not taken: to check it, every row of a file would "
                 "have to be remembered");
    unlink(DIR "/orders.xsd");
    check_load_with(conf, "orders.xsd: no such file");
    check_load_with("xsd = \"a.xsd\"\n", "xsd: expected nothing");
}

static void a_schema_may_include_what_lies_beside_it_and_nothing_else(void **state)
{
    static const char part[] = HEAD
        "<xs:complexType name='order'><xs:sequence><xs:element name='customer' type='xs:string'/>"
        "</xs:sequence><xs:attribute name='no'/></xs:complexType></xs:schema>";
    static const char whole[] =
        HEAD "<xs:include schemaLocation='part.xsd'/>\n<xs:element name='orders'><xs:complexType>"
             "<xs:sequence><xs:element name='order' type='order' maxOccurs='unbounded'/>"
             "</xs:sequence></xs:complexType></xs:element></xs:schema>";
    struct profile *inner = NULL;
    struct error err = { 0 };

    (void)state;
    put("orders.xsd", whole);
    put("part.xsd", part);
    check("<orders xmlns='urn:o'><order no='1'><customer>a</customer></order></orders>",
          "1@1 1|a|\n");
    put("part.xsd", HEAD "<xs:complexType name='order'/>\n<xs:element name='a'>"
                         "<xs:key name='k'><xs:selector xpath='b'/><xs:field xpath='.'/></xs:key>"
                         "</xs:element></xs:schema>");
    check_load_with(conf, "part.xsd:3: xs:key is not taken");
    unlink(DIR "/part.xsd");
    check_load_with(conf, "part.xsd: not there, larger than 4 MiB, or outside of");
    check_schema(HEAD "<xs:include schemaLocation='http://127.0.0.1:9/x.xsd'/></xs:schema>",
                 "http://127.0.0.1:9/x.xsd: not there");
    put("../xml_schema_beside.xsd", part); /* in the profile's directory, as UBL does it */
    put("orders.xsd",
        HEAD "<xs:include schemaLocation='../xml_schema_beside.xsd'/>\n<xs:element name='orders'>"
             "<xs:complexType><xs:sequence><xs:element name='order' type='order'/></xs:sequence>"
             "</xs:complexType></xs:element></xs:schema>");
    check("<orders xmlns='urn:o'><order no='1'><customer>a</customer></order></orders>",
          "1@1 1|a|\n");
    /* of a profile that lies with the schema it is outside */
    put("inner.conf", "format = \"xml\"\nrecord = \"/a\"\nxsd = \"orders.xsd\"\n");
    assert_int_equal(profile_load(DIR "/inner.conf", &inner, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "xml_schema_beside.xsd: not there, larger than 4 MiB, or "
                                     "outside of "));
    unlink(DIR "/inner.conf");
    unlink("xml_schema_beside.xsd");
}

/* What a document says of its schema is its sender's word, and nothing is opened for it. */
static void a_document_cannot_name_a_schema(void **state)
{
    (void)state;
    put("orders.xsd", orders_xsd);
    check("<orders xmlns='urn:o' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
          "xsi:schemaLocation='urn:o http://127.0.0.1:9/evil.xsd'>"
          "<order no='1'><customer>a</customer></order></orders>",
          "1@1 1|a|\n");
}

/* The validator keeps nothing of a record that is through. */
static void memory_does_not_grow_with_the_rows(void **state)
{
    struct profile *profile;
    struct buffer b;
    const char *at;
    char *said;
    int refused = 0;

    (void)state;
    put("orders.xsd", orders_xsd);
    profile = reading_profile(conf);
    buffer_init(&b, (size_t)64 << 20);
    buffer_add_text(&b, "<orders xmlns='urn:o'>");
    for (int i = 0; i < 20000; i++)
        buffer_printf(&b, "<order no='%d'><customer>c</customer><weight>%s</weight></order>\n", i,
                      i % 2 ? "1" : "x");
    buffer_add_text(&b, "</orders>");
    said = reading_said(profile, fields, b.data, b.len);
    for (at = said; (at = strstr(at, "!schema")) != NULL; at++)
        refused++;
    assert_int_equal(refused, 10000);
    free(said);
    buffer_close(&b);
    profile_free(profile);
}

/* It keeps an element's text, and measured all of it at each piece: 64 MB would take a day. */
static void an_element_with_much_text_costs_its_sender_the_row(void **state)
{
    struct profile *profile;
    struct buffer b;
    char *said;

    (void)state;
    put("orders.xsd", orders_xsd);
    profile = reading_profile(conf);
    buffer_init(&b, (size_t)64 << 20);
    buffer_add_text(&b, "<orders xmlns='urn:o'><order no='1'><customer>");
    for (int i = 0; i < 1000000; i++)
        buffer_add_text(&b, "123456789 123456789\n");
    buffer_add_text(&b, "</customer></order><order no='2'><customer>b</customer></order></orders>");
    said = reading_said(profile, fields, b.data, b.len);
    assert_string_equal(said, "1@1 !too_long customer_number: more than 64 KiB of text in one "
                              "element\n2@1000001 2|b|\n");
    free(said);
    buffer_close(&b);
    profile_free(profile);
}

/* Between the rows stands more white space than in any element, and that is no reason to refuse. */
static void white_space_between_rows_is_not_counted(void **state)
{
    struct profile *profile;
    struct buffer b;
    char *said;

    (void)state;
    put("orders.xsd", orders_xsd);
    profile = reading_profile(conf);
    buffer_init(&b, (size_t)64 << 20);
    buffer_add_text(&b, "<orders xmlns='urn:o'>");
    for (int i = 0; i < 1000000; i++)
        buffer_add_text(&b, "       \t      \r\n");
    buffer_add_text(&b, "<order no='1'><customer>a</customer></order>\n</orders>");
    said = reading_said(profile, fields, b.data, b.len);
    assert_string_equal(said, "1@1000001 1|a|\n");
    free(said);
    buffer_close(&b);
    profile_free(profile);
}

static void much_text_outside_of_records_refuses_the_file(void **state)
{
    static const char with_head[] =
        HEAD "<xs:element name='orders'><xs:complexType><xs:sequence>\n"
             "<xs:element name='sender' type='xs:string'/>"
             "<xs:element name='order' type='xs:string' maxOccurs='unbounded'/>\n"
             "</xs:sequence></xs:complexType></xs:element></xs:schema>\n";
    struct profile *profile;
    struct buffer b;
    char *said;

    (void)state;
    put("orders.xsd", with_head);
    profile = reading_profile(conf);
    buffer_init(&b, (size_t)64 << 20);
    buffer_add_text(&b, "<orders xmlns='urn:o'><sender>");
    for (int i = 0; i < 10000; i++)
        buffer_add_text(&b, "1234567890");
    buffer_add_text(&b, "</sender><order/></orders>");
    said = reading_said(profile, fields, b.data, b.len);
    assert_string_equal(said, "fault: line 1: more than 64 KiB of text in one element outside of "
                              "the records\n");
    free(said);
    buffer_close(&b);
    profile_free(profile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_refused_one_by_one),
        cmocka_unit_test(what_is_wrong_outside_of_records_refuses_the_file),
        cmocka_unit_test(a_schema_that_cannot_be_used_is_refused),
        cmocka_unit_test(a_schema_may_include_what_lies_beside_it_and_nothing_else),
        cmocka_unit_test(a_document_cannot_name_a_schema),
        cmocka_unit_test(memory_does_not_grow_with_the_rows),
        cmocka_unit_test(an_element_with_much_text_costs_its_sender_the_row),
        cmocka_unit_test(white_space_between_rows_is_not_counted),
        cmocka_unit_test(much_text_outside_of_records_refuses_the_file),
    };
    int failed;

    file_reader_setup();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(DIR "/orders.xsd");
    unlink(DIR "/part.xsd");
    rmdir(DIR);
    return failed;
}
