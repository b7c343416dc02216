/* fuzz_xml.c - a partner's XML file of any bytes. */
#include "channel/file/format.h"
#include "file_format.h"

static const char conf[] = "format = \"xml\"\n"
                           "record = \"/o:s/o:o\"\n"
                           "document = \"/o:s/o:id\"\n"
                           "namespace \"o\" { uri = \"u\" }\n"
                           "field \"customer_number\" { path = { \"o:c/@n\", \"o:c\" } }\n"
                           "field \"last_name\" { path = \"o:c/x\" }\n"
                           "field \"window_from\" { path = \"o:d+o:t\" }\n"
                           "field \"goods\" { path = \"o:l/o:g\" }\n"
                           "field \"order_number\" { path = \"@o:n\" }\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_format(&xml_format, conf, data, size);
    return 0;
}
