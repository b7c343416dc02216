/* calling_sql.h - SQL: by which numbers a customer is called. What is shown, what a reminder tells,
 * and what "wrong number" spoils is the same. */
#pragma once

/* A column or a parameter stands between the two. */
#define NUMBERS_TO_CALL                                 \
    "SELECT p.address"                                  \
    "  FROM contact_point p"                            \
    " WHERE p.channel = 'sms' AND p.state <> 'invalid'" \
    "   AND p.customer_id = "
#define BEST_NUMBER_FIRST " ORDER BY p.is_primary DESC, p.address"

/* Of customer `c`. */
#define NUMBER_TO_CALL " (" NUMBERS_TO_CALL "c.id" BEST_NUMBER_FIRST " LIMIT 1)"
