/* api_retention.c - how the busy tables are cut by month, what the others keep, and what goes next.
 */
#include <stdlib.h>

#include "control/exchange.h"
#include "control/routes.h"
#include "store/partition.h"
#include "store/retention.h"
#include "store/timed_id.h"

static void put_months(json_t *item, const struct partitions *p, int64_t keep_us)
{
    const struct partition *first = &p->list[0];
    uint64_t rows = 0, bytes = 0;

    for (size_t i = 0; i < p->n; i++) {
        rows += p->list[i].rows;
        bytes += p->list[i].bytes;
    }
    put_u64(item, "partitions", p->n);
    put_u64(item, "rows_estimate", rows);
    put_u64(item, "bytes", bytes);
    if (!partition_list_ours(p->list, p->n))
        return;
    put_time(item, "oldest", month_begin(timed_id_time(first->below), -1));
    put_time(item, "newest", month_begin(timed_id_time(p->list[p->n - 2].below), -1));
    put_u64(item, "ahead_rows_estimate", p->list[p->n - 1].rows);
    put_time(item, "next_drop_at", keep_us ? timed_id_time(first->below) + keep_us : 0);
}

static void add_rule(void *arg, const struct retention_view *v)
{
    json_t *item = json_object();

    put_text(item, "table", v->table);
    put_u64(item, "keep_days", (uint64_t)(v->keep_ms / 1000 / SEC_PER_DAY));
    put_u64(item, "due", v->due);
    json_array_append_new(arg, item);
}

static void get_retention(struct exchange *x)
{
    struct partitions *p = malloc(sizeof(*p));
    json_t *list = json_array(), *rules = json_array();
    enum rc rc = p ? RC_OK : RC_FAIL;

    for (int t = 0; !rc && t < PARTITION_TABLE_COUNT; t++) {
        const enum partition_table table = (enum partition_table)t;
        const int64_t keep_us = partition_keep_us(x->house->retention, table);
        json_t *item = json_object();
        utc_us since = 0;

        json_array_append_new(list, item);
        rc = partition_read(x->db, table, p);
        if (!rc)
            rc = partition_kept_since(x->db, table, &since);
        if (rc)
            break;
        put_text(item, "table", partition_table_name(table));
        put_u64(item, "keep_days", (uint64_t)(keep_us / USEC_PER_SEC / SEC_PER_DAY));
        put_months(item, p, keep_us);
        put_time(item, "dropped_before", since);
    }
    free(p);
    if (!rc)
        rc = retention_each(x->db, x->house->retention, clock_now(), add_rule, rules);
    if (rc) {
        json_decref(list);
        json_decref(rules);
        exchange_failed(x, rc, "retention", NULL);
        return;
    }
    json_object_set_new(x->reply, "tables", list);
    json_object_set_new(x->reply, "rules", rules);
    put_time(x->reply, "next_look_at", x->next_look_at);
}

const struct route retention_routes[] = {
    { .method = "GET",
      .pattern = "/v1/retention",
      .right = RIGHT_TOKEN,
      .run = get_retention,
      .slow = true,
      .help = "How the busy tables are cut by month, how large they are, what is dropped next; how "
              "long the others keep, and how many rows are due." },
};
const size_t n_retention_routes = sizeof(retention_routes) / sizeof(retention_routes[0]);
