/* test_own_xml.c - the schemas of our own XML say what its profiles read: by libxml2's validator.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/file_kind.h"

static const char *source_dir(void)
{
    return getenv("srcdir") ? getenv("srcdir") : ".";
}

static void be_silent(void *arg, const char *fmt, ...)
{
    (void)arg, (void)fmt;
}

static xmlSchemaPtr schema_of(const char *kind)
{
    xmlSchemaParserCtxtPtr parser;
    xmlSchemaPtr schema;
    char path[512];

    snprintf(path, sizeof(path), "%s/conf/schema/relais-%s.xsd", source_dir(), kind);
    parser = xmlSchemaNewParserCtxt(path);
    assert_non_null(parser);
    schema = xmlSchemaParse(parser);
    xmlSchemaFreeParserCtxt(parser);
    if (!schema)
        fail_msg("%s is no schema", path);
    return schema;
}

static bool is_valid(xmlSchemaPtr schema, xmlDocPtr doc)
{
    xmlSchemaValidCtxtPtr valid = xmlSchemaNewValidCtxt(schema);
    int faults;

    assert_non_null(doc);
    xmlSchemaSetValidErrors(valid, be_silent, be_silent, NULL);
    faults = xmlSchemaValidateDoc(valid, doc);
    xmlSchemaFreeValidCtxt(valid);
    xmlFreeDoc(doc);
    return faults == 0;
}

static void the_sample_of_each_kind_is_as_its_schema_says(void **state)
{
    (void)state;
    for (enum file_kind kind = 0; kind < KIND_COUNT; kind++) {
        xmlSchemaPtr schema = schema_of(file_kind_name(kind));
        char path[512];

        snprintf(path, sizeof(path), "%s/tests/data/partner/%s.xml", source_dir(),
                 file_kind_name(kind));
        if (!is_valid(schema, xmlReadFile(path, NULL, XML_PARSE_NONET)))
            fail_msg("%s is not as its schema says", path);
        xmlSchemaFree(schema);
    }
}

static void what_a_profile_would_not_read_is_not_in_the_schema(void **state)
{
    static const struct {
        const char *kind, *text;
    } cases[] = {
        { "orders", "<orders xmlns='urn:relais:orders:1'><order number='A'/></orders>" },
        { "customers", "<customers xmlns='urn:relais:customers:1'><customer/></customers>" },
        { "statuses", "<statuses xmlns='urn:relais:statuses:1'><status order='A' is='lost'/>"
                      "</statuses>" },
        { "products", "<products xmlns='urn:relais:products:1'><product code='P'>"
                      "<price>-1</price></product></products>" },
        { "invoices", "<invoices xmlns='urn:relais:invoices:1'><invoice number='F' customer='C'/>"
                      "</invoices>" },
        { "payments", "<payments xmlns='urn:relais:payments:1'><payment invoice='F'>"
                      "<amount>1,50</amount></payment></payments>" },
        { "suppressions", "<suppressions xmlns='urn:relais:suppressions:1'>"
                          "<suppression phone='1' until='never'/></suppressions>" },
        { "orders", "<orders xmlns='urn:relais:customers:1'/>" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        xmlSchemaPtr schema = schema_of(cases[i].kind);

        if (is_valid(schema, xmlReadMemory(cases[i].text, (int)strlen(cases[i].text), "x", NULL,
                                           XML_PARSE_NONET)))
            fail_msg("%s", cases[i].text);
        xmlSchemaFree(schema);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_of_each_kind_is_as_its_schema_says),
        cmocka_unit_test(what_a_profile_would_not_read_is_not_in_the_schema),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    xmlCleanupParser();
    return failed;
}
