/* partner_metrics.c - see partner_metrics.h. */
#include "flow/partner_metrics.h"

#include <stddef.h>
#include <stdio.h>

#define AT(member) offsetof(struct partner_metrics, member)
static const struct {
    size_t offset;
    const char *name, *result, *help;
    enum metric_kind kind;
} table[] = {
    { AT(done), "relais_import_partner_files_total", "done",
      "A partner's files that were taken, and "
      "that were refused as a whole.",
      METRIC_KIND_COUNTER },
    { AT(failed), "relais_import_partner_files_total", "failed",
      "A partner's files that were taken, "
      "and that were refused as a whole.",
      METRIC_KIND_COUNTER },
    { AT(taken), "relais_import_partner_rows_total", "taken", "Rows of a partner's files.",
      METRIC_KIND_COUNTER },
    { AT(unchanged), "relais_import_partner_rows_total", "unchanged", "Rows of a partner's files.",
      METRIC_KIND_COUNTER },
    { AT(refused), "relais_import_partner_rows_total", "refused", "Rows of a partner's files.",
      METRIC_KIND_COUNTER },
    { AT(ms), "relais_import_partner_milliseconds_total", NULL,
      "Time from the taking of a partner's files to their end.", METRIC_KIND_COUNTER },
    { AT(last), "relais_import_partner_last_file_timestamp_seconds", NULL,
      "When the last file of a partner came to its end; 0: none has since the start.",
      METRIC_KIND_GAUGE },
};
#undef AT

static struct metric *nth(struct partner_metrics *m, size_t i)
{
    return (struct metric *)((char *)m + table[i].offset);
}

void partner_metrics_init(struct partner_metrics *m, const char *partner)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct metric *one = nth(m, i);

        *one =
            (struct metric){ .name = table[i].name, .help = table[i].help, .kind = table[i].kind };
        snprintf(one->labels, sizeof(one->labels), "partner=\"%s\"%s%s%s", partner,
                 table[i].result ? ",result=\"" : "", table[i].result ? table[i].result : "",
                 table[i].result ? "\"" : "");
        metric_register(one);
    }
}

void partner_metrics_close(struct partner_metrics *m)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        metric_remove(nth(m, i));
}

void partner_metrics_end(struct partner_metrics *m, const struct import *imp)
{
    metric_add(imp->state == IMPORT_FAILED ? &m->failed : &m->done, 1);
    metric_add(&m->taken, (int64_t)imp->rows_taken);
    metric_add(&m->unchanged, (int64_t)imp->rows_unchanged);
    metric_add(&m->refused, (int64_t)imp->rows_refused);
    if (imp->finished_at > imp->received_at)
        metric_add(&m->ms, (imp->finished_at - imp->received_at) / 1000);
    metric_set(&m->last, clock_now() / USEC_PER_SEC);
}
