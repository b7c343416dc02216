/* file_kind.c - the kinds' names. */
#include "domain/file_kind.h"

#include <stddef.h>

const char *const file_kind_names[] = {
    [KIND_ORDERS] = "orders",
    [KIND_CUSTOMERS] = "customers",
    [KIND_STATUSES] = "statuses",
    [KIND_PRODUCTS] = "products",
    [KIND_INVOICES] = "invoices",
    [KIND_PAYMENTS] = "payments",
    [KIND_SUPPRESSIONS] = "suppressions",
    [KIND_COUNT] = NULL,
};

const char *file_kind_name(enum file_kind kind)
{
    return file_kind_names[kind];
}
