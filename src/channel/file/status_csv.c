/* status_csv.c - statuses as CSV with `;`. */
#include <inttypes.h>

#include "channel/file/put_text.h"
#include "channel/file/status_writer.h"

static enum rc csv_begin(FILE *out, const struct status_head *head, void **own)
{
    char time[CLOCK_TEXT_SIZE];

    (void)own;
    fprintf(out, "# statuses;1\n# profile;%s\n# number;%" PRIu64 "\n# until;%s\n", head->profile,
            head->number, clock_format(head->due, time));
    fputs("order_number;customer_number;what;status;at;place;note\n", out);
    return RC_OK;
}

static void csv_line(FILE *out, const struct status_line *line, bool first, void *own)
{
    char time[CLOCK_TEXT_SIZE];
    const char *const cells[] = {
        line->order_number, line->customer_number,        line->message ? "message" : "order",
        line->status,       clock_format(line->at, time), line->place,
        line->note
    };

    (void)first, (void)own;
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        if (i)
            fputc(';', out);
        put_csv_text(out, cells[i]);
    }
    fputc('\n', out);
}

static void csv_end(FILE *out, bool any, void *own)
{
    (void)out, (void)any, (void)own;
}

const struct status_writer status_csv = {
    .ending = "csv",
    .begin = csv_begin,
    .line = csv_line,
    .end = csv_end,
};
