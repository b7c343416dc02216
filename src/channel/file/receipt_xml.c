/* receipt_xml.c - a receipt as XML; conf/schema/relais-receipt.xsd says what it looks like. */
#include <inttypes.h>

#include "channel/file/put_text.h"
#include "channel/file/receipt_writer.h"

static void put_text(FILE *out, const char *name, const char *text)
{
    fprintf(out, "  <%s>", name);
    put_xml_text(out, text);
    fprintf(out, "</%s>\n", name);
}

static void put_if(FILE *out, const char *name, const char *text)
{
    if (*text)
        put_text(out, name, text);
}

static void put_count(FILE *out, const char *name, uint64_t n)
{
    fprintf(out, "  <%s>%" PRIu64 "</%s>\n", name, n, name);
}

static void xml_head(FILE *out, const struct receipt_head *head)
{
    static const char *const results[] = {
        [RECEIPT_TAKEN] = "taken",
        [RECEIPT_REFUSED] = "refused",
        [RECEIPT_STOPPED] = "stopped",
        [RECEIPT_TAKEN_BEFORE] = "taken_before",
    };
    char time[CLOCK_TEXT_SIZE], note[RECEIPT_NOTE_SIZE];

    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<receipt xmlns=\"urn:relais:receipt:1\" xml:lang=\"%s\">\n",
            answer_language_name(head->language));
    put_text(out, "file", head->file_name);
    put_if(out, "profile", head->profile);
    put_if(out, "document", head->document);
    put_count(out, "import", head->import_id);
    put_text(out, "result", results[head->result]);
    put_if(out, "note", receipt_note(head, note));
    if (head->result == RECEIPT_REFUSED || head->result == RECEIPT_STOPPED)
        put_text(out, "reason", head->reason);
    put_text(out, "received", clock_format(head->received_at, time));
    if (head->finished_at) {
        put_text(out, "finished", clock_format(head->finished_at, time));
        fprintf(out, "  <seconds>%.3f</seconds>\n", receipt_seconds(head));
    }
    put_count(out, "rows", head->rows);
    put_count(out, "taken", head->taken);
    put_count(out, "unchanged", head->unchanged);
    put_count(out, "refused", head->refused);
}

static void xml_row(FILE *out, const struct receipt_row *row, bool first)
{
    if (first)
        fputs("  <refused_rows>\n", out);
    fprintf(out, "    <row number=\"%" PRIu64 "\" line=\"%" PRIu64 "\" code=\"", row->row_no,
            row->line);
    put_xml_text(out, row->code);
    if (*row->field) {
        fputs("\" field=\"", out);
        put_xml_text(out, row->field);
    }
    if (*row->entry) {
        fputs("\" entry=\"", out);
        put_xml_text(out, row->entry);
    }
    fputs("\"><value>", out);
    put_xml_text(out, row->value);
    fputs("</value><reason>", out);
    put_xml_text(out, row->reason);
    fputs("</reason></row>\n", out);
}

static void xml_tail(FILE *out, bool any_rows)
{
    if (any_rows)
        fputs("  </refused_rows>\n", out);
    fputs("</receipt>\n", out);
}

const struct receipt_writer receipt_xml = { xml_head, xml_row, xml_tail };
