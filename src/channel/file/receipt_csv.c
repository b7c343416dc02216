/* receipt_csv.c - a receipt as CSV with `;`: lines that begin with # say what became of the file,
 * then there is a line for each refused row. Names and results are the same in all languages. */
#include <inttypes.h>

#include "channel/file/put_text.h"
#include "channel/file/receipt_writer.h"

static void put_text(FILE *out, const char *key, const char *text)
{
    fprintf(out, "# %s;", key);
    put_csv_text(out, text);
    fputc('\n', out);
}

static void put_if(FILE *out, const char *key, const char *text)
{
    if (*text)
        put_text(out, key, text);
}

static void put_count(FILE *out, const char *key, uint64_t n)
{
    fprintf(out, "# %s;%" PRIu64 "\n", key, n);
}

static void csv_head(FILE *out, const struct receipt_head *head)
{
    static const char *const results[] = {
        [RECEIPT_TAKEN] = "taken",
        [RECEIPT_REFUSED] = "refused",
        [RECEIPT_STOPPED] = "stopped",
        [RECEIPT_TAKEN_BEFORE] = "taken before",
    };
    char time[CLOCK_TEXT_SIZE], note[RECEIPT_NOTE_SIZE];

    fputs("# receipt;1\n", out);
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
        fprintf(out, "# seconds;%.3f\n", receipt_seconds(head));
    }
    put_count(out, "rows", head->rows);
    put_count(out, "taken", head->taken);
    put_count(out, "unchanged", head->unchanged);
    put_count(out, "refused", head->refused);
    fputs("line;row;field;value;code;reason;entry\n", out);
}

static void csv_row(FILE *out, const struct receipt_row *row, bool first)
{
    const char *const cells[] = { row->field, row->value, row->code, row->reason, row->entry };

    (void)first;
    fprintf(out, "%" PRIu64 ";%" PRIu64, row->line, row->row_no);
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        fputc(';', out);
        put_csv_text(out, cells[i]);
    }
    fputc('\n', out);
}

static void csv_tail(FILE *out, bool any_rows)
{
    (void)out, (void)any_rows;
}

const struct receipt_writer receipt_csv = { csv_head, csv_row, csv_tail };
