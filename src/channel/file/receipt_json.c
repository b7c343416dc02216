/* receipt_json.c - a receipt as one JSON object, its refused rows a list with a line each. */
#include <inttypes.h>

#include "channel/file/put_text.h"
#include "channel/file/receipt_writer.h"

static void put_text(FILE *out, const char *key, const char *text)
{
    fprintf(out, ",\n \"%s\": ", key);
    put_json_text(out, text);
}

static void put_if(FILE *out, const char *key, const char *text)
{
    if (*text)
        put_text(out, key, text);
}

static void put_count(FILE *out, const char *key, uint64_t n)
{
    fprintf(out, ",\n \"%s\": %" PRIu64, key, n);
}

static void json_head(FILE *out, const struct receipt_head *head)
{
    static const char *const results[] = {
        [RECEIPT_TAKEN] = "taken",
        [RECEIPT_REFUSED] = "refused",
        [RECEIPT_STOPPED] = "stopped",
        [RECEIPT_TAKEN_BEFORE] = "taken_before",
    };
    char time[CLOCK_TEXT_SIZE], note[RECEIPT_NOTE_SIZE];

    fputs("{\"receipt\": 1", out);
    put_text(out, "language", answer_language_name(head->language));
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
        fprintf(out, ",\n \"seconds\": %.3f", receipt_seconds(head));
    }
    put_count(out, "rows", head->rows);
    put_count(out, "taken", head->taken);
    put_count(out, "unchanged", head->unchanged);
    put_count(out, "refused", head->refused);
    fputs(",\n \"refused_rows\": [", out);
}

static void json_row(FILE *out, const struct receipt_row *row, bool first)
{
    fprintf(out,
            "%s\n  {\"row\": %" PRIu64 ", \"line\": %" PRIu64 ", \"field\": ", first ? "" : ",",
            row->row_no, row->line);
    put_json_text(out, row->field);
    fputs(", \"value\": ", out);
    put_json_text(out, row->value);
    fputs(", \"code\": ", out);
    put_json_text(out, row->code);
    fputs(", \"reason\": ", out);
    put_json_text(out, row->reason);
    if (*row->entry) {
        fputs(", \"entry\": ", out);
        put_json_text(out, row->entry);
    }
    fputc('}', out);
}

static void json_tail(FILE *out, bool any_rows)
{
    fputs(any_rows ? "\n ]\n}\n" : "]\n}\n", out);
}

const struct receipt_writer receipt_json = { json_head, json_row, json_tail };
