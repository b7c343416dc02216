/* fuzz_xml_schema.c - a partner's XML file of any bytes, checked against a schema. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "channel/file/format.h"
#include "file_format.h"

/* Whatever a partner's schema may have: choices, simple types with facets, anything of another
 * namespace, mixed content, attributes that are fixed. */
static const char schema[] =
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns='u' targetNamespace='u' "
    "elementFormDefault='qualified'><xs:element name='s'><xs:complexType><xs:sequence>"
    "<xs:element name='o' minOccurs='0' maxOccurs='unbounded' nillable='true'><xs:complexType "
    "mixed='true'><xs:choice maxOccurs='9'><xs:element name='c' type='c'/>"
    "<xs:element name='d' type='xs:dateTime'/><xs:element name='n' type='xs:decimal'/>"
    "<xs:any namespace='##other' processContents='lax'/></xs:choice>"
    "<xs:attribute name='n' type='xs:ID'/><xs:attribute name='f' fixed='x'/>"
    "<xs:anyAttribute namespace='##other' processContents='lax'/></xs:complexType></xs:element>"
    "</xs:sequence></xs:complexType></xs:element><xs:simpleType name='c'><xs:restriction "
    "base='xs:string'><xs:pattern value='[A-Z]{1,3}[0-9]*'/><xs:maxLength value='9'/>"
    "</xs:restriction></xs:simpleType></xs:schema>";

static char path[] = "/tmp/fuzz_xml_schema.XXXXXX";

static void remove_schema(void)
{
    unlink(path);
}

static const char *make_conf(void)
{
    static char conf[1000];
    const int fd = mkstemp(path);

    if (fd < 0 || write(fd, schema, sizeof(schema) - 1) != sizeof(schema) - 1)
        abort();
    close(fd);
    atexit(remove_schema);
    snprintf(conf, sizeof(conf),
             "format = \"xml\"\nrecord = \"/o:s/o:o\"\nxsd = \"%s\"\n"
             "namespace \"o\" { uri = \"u\" }\n"
             "field \"customer_number\" { path = \"o:c\" }\n"
             "field \"window_from\" { path = \"o:d\" }\n"
             "field \"order_number\" { path = \"@n\" }\n",
             path);
    return conf;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *conf;

    if (!conf)
        conf = make_conf();
    fuzz_format(&xml_format, conf, data, size);
    return 0;
}
