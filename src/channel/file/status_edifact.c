/* status_edifact.c - statuses as IFTSTA; it has no word for our messages, so these are left out. */
#include <stdlib.h>
#include <string.h>

#include "channel/file/edifact_writer.h"
#include "channel/file/status_writer.h"
#include "domain/local_time.h"

#define BUFFER_MAX ((size_t)1 << 20) /* one line at a time is in it */

struct own {
    struct edifact_writer writer;
    struct buffer text;
    struct local_zone *zone;
};

static void forget(void *arg)
{
    struct own *own = arg;

    local_zone_close(own->zone);
    buffer_close(&own->text);
    free(own);
}

static void flush(struct own *own, FILE *out)
{
    fwrite(buffer_text(&own->text), 1, own->text.len, out);
    buffer_reset(&own->text);
}

static enum rc edifact_begin(FILE *out, const struct status_head *head, void **arg)
{
    const struct edifact_envelope envelope = {
        .sender = head->sender,
        .recipient = *head->recipient ? head->recipient : head->partner,
        .sender_qualifier = "",
        .recipient_qualifier = "",
        .reference = head->number,
        .written_at = head->due,
    };
    struct own *own = calloc(1, sizeof(*own));
    struct error ignored;

    if (!own)
        return RC_FAIL;
    buffer_init(&own->text, BUFFER_MAX);
    if (local_zone_open(head->zone, &own->zone, &ignored)) {
        forget(own);
        return RC_FAIL;
    }
    edifact_writer_begin(&own->writer, &own->text, own->zone, &envelope);
    flush(own, out);
    *arg = own;
    return RC_OK;
}

static void edifact_line(FILE *out, const struct status_line *line, bool first, void *arg)
{
    struct own *own = arg;
    struct edifact_status status = { .order_number = line->order_number,
                                     .customer_number = line->customer_number,
                                     .status = ORDER_PLANNED,
                                     .at = line->at,
                                     .place = line->place,
                                     .note = line->note };

    (void)first;
    while (status.status < ORDER_CANCELLED &&
           strcmp(order_status_name(status.status), line->status) != 0)
        status.status++;
    edifact_writer_status(&own->writer, &status);
    flush(own, out);
}

static void edifact_end(FILE *out, bool any, void *arg)
{
    struct own *own = arg;

    (void)any;
    edifact_writer_end(&own->writer);
    flush(own, out);
    forget(own);
}

const struct status_writer status_edifact = {
    .ending = "edi",
    .begin = edifact_begin,
    .line = edifact_line,
    .end = edifact_end,
    .forget = forget,
    .orders_only = true,
};
