/* fuzz_csv.c - a partner's CSV file of any bytes. */
#include "channel/file/format.h"
#include "file_format.h"

static const char conf[] = "dates = \"dmy\"\n"
                           "field \"customer_number\" { column = { \"a\", \"b\" } }\n"
                           "field \"order_number\" { const = \"1\" }\n"
                           "field \"phone\" { column = \"p\" }\n"
                           "field \"ordered_at\" { column = \"d\" }\n"
                           "field \"weight\" { column = \"w\" }\n"
                           "field \"goods\" { column = \"g\" }\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_format(&csv_format, conf, data, size);
    return 0;
}
