/* status_json.c - statuses as one JSON object, a line each. */
#include <inttypes.h>

#include "channel/file/put_text.h"
#include "channel/file/status_writer.h"

static void put_member(FILE *out, const char *name, const char *text)
{
    fprintf(out, ", \"%s\": ", name);
    put_json_text(out, text);
}

static enum rc json_begin(FILE *out, const struct status_head *head, void **own)
{
    char time[CLOCK_TEXT_SIZE];

    (void)own;
    fprintf(out, "{\"statuses\": 1, \"number\": %" PRIu64, head->number);
    put_member(out, "profile", head->profile);
    put_member(out, "until", clock_format(head->due, time));
    fputs(", \"changes\": [", out);
    return RC_OK;
}

static void json_line(FILE *out, const struct status_line *line, bool first, void *own)
{
    char time[CLOCK_TEXT_SIZE];

    (void)own;
    fprintf(out, "%s\n {\"what\": \"%s\"", first ? "" : ",", line->message ? "message" : "order");
    put_member(out, "order_number", line->order_number);
    put_member(out, "customer_number", line->customer_number);
    put_member(out, "status", line->status);
    put_member(out, "at", clock_format(line->at, time));
    put_member(out, "place", line->place);
    put_member(out, "note", line->note);
    fputc('}', out);
}

static void json_end(FILE *out, bool any, void *own)
{
    (void)any, (void)own;
    fputs("\n]}\n", out);
}

const struct status_writer status_json = {
    .ending = "json",
    .begin = json_begin,
    .line = json_line,
    .end = json_end,
};
