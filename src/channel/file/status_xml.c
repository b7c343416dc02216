/* status_xml.c - statuses as XML; conf/schema/relais-status-file.xsd says what it looks like. */
#include <inttypes.h>

#include "channel/file/put_text.h"
#include "channel/file/status_writer.h"

static void put_attribute(FILE *out, const char *name, const char *text)
{
    fprintf(out, " %s=\"", name);
    put_xml_text(out, text);
    fputc('"', out);
}

static void put_element(FILE *out, const char *name, const char *text)
{
    if (!*text)
        return;
    fprintf(out, "<%s>", name);
    put_xml_text(out, text);
    fprintf(out, "</%s>", name);
}

static enum rc xml_begin(FILE *out, const struct status_head *head, void **own)
{
    char time[CLOCK_TEXT_SIZE];

    (void)own;
    fputs(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<statuses xmlns=\"urn:relais:status-file:1\"",
        out);
    put_attribute(out, "profile", head->profile);
    fprintf(out, " number=\"%" PRIu64 "\" until=\"%s\">\n", head->number,
            clock_format(head->due, time));
    return RC_OK;
}

static void xml_line(FILE *out, const struct status_line *line, bool first, void *own)
{
    char time[CLOCK_TEXT_SIZE];

    (void)first, (void)own;
    fprintf(out, "  <%s", line->message ? "message" : "order");
    put_attribute(out, "number", line->order_number);
    if (*line->customer_number)
        put_attribute(out, "customer", line->customer_number);
    put_attribute(out, "status", line->status);
    put_attribute(out, "at", clock_format(line->at, time));
    fputc('>', out);
    put_element(out, "place", line->place);
    put_element(out, "note", line->note);
    fprintf(out, "</%s>\n", line->message ? "message" : "order");
}

static void xml_end(FILE *out, bool any, void *own)
{
    (void)any, (void)own;
    fputs("</statuses>\n", out);
}

const struct status_writer status_xml = {
    .ending = "xml",
    .begin = xml_begin,
    .line = xml_line,
    .end = xml_end,
};
