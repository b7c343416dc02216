/* campaign_rest.h - who of an audience waits for the text that wins: as bits, 4,096 customers a
 * row. For the files of campaigns only. */
#pragma once

#include "store/recipient.h"

/* Those of the page who wait. Part of the transaction that expands it. */
enum rc campaign_rest_write(struct db *db, uint64_t campaign_id,
                            const struct recipients_page *page) MUST_CHECK;
/* Part of the transaction that expands the last of them. */
enum rc campaign_rest_forget(struct db *db, uint64_t campaign_id) MUST_CHECK;
