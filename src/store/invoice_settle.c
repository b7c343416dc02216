/* invoice_settle.c - see invoice_settle.h. */
#include "store/invoice_settle.h"

const char invoice_sum_sql[] =
    "UPDATE invoice\n"
    "SET paid_cents = (SELECT COALESCE(SUM(p.amount_cents), 0)\n"
    "                  FROM payment p\n"
    "                  WHERE p.invoice_id = invoice.id),\n" INVOICE_SETTLE "WHERE id = ?";
