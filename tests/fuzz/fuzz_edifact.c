/* fuzz_edifact.c - a partner's UN/EDIFACT file of any bytes. */
#include "channel/file/format.h"
#include "file_format.h"

static const char conf[] = "format = \"edifact\"\n"
                           "record = \"IFTMIN/GID\"\n"
                           "document = \"UNB/4-5\"\n"
                           "field \"customer_number\" { path = \"NAD[CN|DP]/2.1\" }\n"
                           "field \"last_name\" { path = { \"NAD[CN]/4\", \"NAD[CN]/3.1\" } }\n"
                           "field \"phone\" { path = \"NAD[CN]/COM[1.2=TE]/1.1\" }\n"
                           "field \"window_from\" { path = { \"DTM[64]\", \"DTM[2]\" } }\n"
                           "field \"window_to\" { path = \"DTM[2]/to\" }\n"
                           "field \"goods\" { path = \"GID/FTX[AAA][4.1=x]/4\" }\n"
                           "field \"order_number\" { path = \"BGM/2.1\" }\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_format(&edifact_format, conf, data, size);
    return 0;
}
