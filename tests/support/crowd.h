/* crowd.h - customers for a test, put into the test database as the import would leave them. */
#pragma once

#include <stdint.h>

struct person {
    uint64_t id;
    const char *phone; /* NULL: none */
    const char *sms;   /* consent for promo by SMS: "granted", "withdrawn", NULL: never asked */
    const char *state; /* of the number; NULL: valid */
    const char *more;  /* "city = 'Lyon', category_id = 1": further columns; NULL: none */
};

/* A grant or refusal gets the id of its customer as its event id, and a line in the ledger is not
 * made: tests of the ledger make their own. */
void crowd_add(const struct person *person);
/* A mail address of a customer who is there; `consent` as `sms` above, `state` NULL: valid. */
void crowd_add_mail(uint64_t id, const char *address, const char *consent, const char *state);
/* Customers first_id to first_id + n - 1, each with a number of its own and a grant. */
void crowd_fill(uint64_t first_id, uint64_t n);
/* After changes by SQL: what the customers are counted by is as it should be again. */
void crowd_settle(void);
/* Categories vip (1), shop (2), sources web (1), fair (2). */
void crowd_codes(void);

/* One number from the database; aborts when there is none. */
uint64_t crowd_count(const char *sql);
