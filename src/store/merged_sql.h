/* merged_sql.h - a piece of SQL for all who read what stays where it is when two customers are put
 * together (store/customer_merge.h): the lines of the ledger, and the book of commands. */
#pragma once

/* A table of one column, `id`: a customer (one parameter) and those who were found to be them. */
#define AND_MERGED                                 \
    "(SELECT IF(n.n, g.customer_id, w.id) AS id"   \
    "   FROM (SELECT CAST(? AS UNSIGNED) AS id) w" \
    "   JOIN (SELECT 0 AS n UNION ALL SELECT 1) n" \
    "   LEFT JOIN customer_merged g"               \
    "          ON n.n = 1 AND g.into_id = w.id AND g.step <> 'undone')"
