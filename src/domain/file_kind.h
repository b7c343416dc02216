/* file_kind.h - what the rows of a partner's file are about: one kind a profile. */
#pragma once

#include <stdbool.h>

enum file_kind {
    KIND_ORDERS,       /* orders with their customers */
    KIND_CUSTOMERS,    /* customers without an order */
    KIND_STATUSES,     /* what became of orders */
    KIND_PRODUCTS,     /* product ranges and price lists */
    KIND_INVOICES,     /* what customers have to pay */
    KIND_PAYMENTS,     /* what they paid */
    KIND_SUPPRESSIONS, /* addresses that nobody may write to */
    KIND_COUNT
};

const char *file_kind_name(enum file_kind kind);
/* The names in the order of the enum, NULL behind the last: what a profile's `kind` may be. */
extern const char *const file_kind_names[];
