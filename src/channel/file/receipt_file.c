/* receipt_file.c - the answer to a partner, as CSV with `;`. */
#include "channel/file/receipt_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct receipt_file {
    FILE *out;
    int dir;
    char name[256], hidden[64];
};

/*
 * A cell, quoted. A spreadsheet would run one that begins like a formula, so an apostrophe goes in
 * front; numbers with a sign (phone numbers) are left alone.
 */
static void put_cell(FILE *out, const char *text)
{
    const bool is_number = text[0] && strspn(text + 1, "0123456789 .,()-") == strlen(text + 1);
    const bool is_formula = (text[0] == '=' || text[0] == '@' || text[0] == '\t') ||
                            ((text[0] == '+' || text[0] == '-') && !is_number);

    fputc('"', out);
    if (is_formula)
        fputc('\'', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text == '\n' || *text == '\r' ? ' ' : *text, out);
    }
    fputc('"', out);
}

static void put_text(FILE *out, const char *key, const char *text)
{
    fprintf(out, "# %s;", key);
    put_cell(out, text);
    fputc('\n', out);
}

static void put_count(FILE *out, const char *key, uint64_t n)
{
    fprintf(out, "# %s;%" PRIu64 "\n", key, n);
}

static void put_head(FILE *out, const struct receipt_head *head)
{
    static const char *const results[] = { "taken", "refused", "taken before" };
    char time[CLOCK_TEXT_SIZE];

    fputs("# receipt;1\n", out);
    put_text(out, "file", head->file_name);
    put_count(out, "import", head->import_id);
    put_text(out, "result", results[head->result]);
    if (head->result == RECEIPT_TAKEN_BEFORE)
        fprintf(out,
                "# note;\"the same content was taken as import %" PRIu64
                "; nothing was done again\"\n",
                head->import_id);
    if (head->result == RECEIPT_REFUSED)
        put_text(out, "reason", head->reason);
    put_text(out, "received", clock_format(head->received_at, time));
    if (head->finished_at)
        put_text(out, "finished", clock_format(head->finished_at, time));
    put_count(out, "rows", head->rows);
    put_count(out, "taken", head->taken);
    put_count(out, "unchanged", head->unchanged);
    put_count(out, "refused", head->refused);
    fputs("line;row;field;value;code;reason\n", out);
}

enum rc receipt_file_begin(int dir, uint64_t id, const struct receipt_head *head,
                           struct receipt_file **file, struct error *err)
{
    struct receipt_file *f = calloc(1, sizeof(*f));
    int fd;

    if (!f)
        return error_set(err, RC_AGAIN, "no memory");
    f->dir = dir;
    snprintf(f->name, sizeof(f->name), "%.200s.%" PRIu64 ".receipt.csv", head->file_name, id);
    snprintf(f->hidden, sizeof(f->hidden), ".%" PRIu64 ".receipt.part", id);
    for (char *c = f->name; *c; c++) {
        if (*c == '/')
            *c = '_';
    }
    fd = openat(dir, f->hidden, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    f->out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f->out) {
        error_set(err, RC_AGAIN, "receipt %s: %s", f->name, strerror(errno));
        if (fd >= 0)
            close(fd);
        free(f);
        return RC_AGAIN;
    }
    put_head(f->out, head);
    *file = f;
    return RC_OK;
}

void receipt_file_row(struct receipt_file *file, const struct receipt_row *row)
{
    const char *const cells[] = { row->field, row->value, row->code, row->reason };

    fprintf(file->out, "%" PRIu64 ";%" PRIu64, row->line, row->row_no);
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        fputc(';', file->out);
        put_cell(file->out, cells[i]);
    }
    fputc('\n', file->out);
}

void receipt_file_abandon(struct receipt_file *file)
{
    if (!file)
        return;
    if (file->out)
        fclose(file->out);
    unlinkat(file->dir, file->hidden, 0);
    free(file);
}

enum rc receipt_file_end(struct receipt_file *file, struct error *err)
{
    const bool written =
        fflush(file->out) == 0 && !ferror(file->out) && fsync(fileno(file->out)) == 0;
    const bool closed = fclose(file->out) == 0;

    file->out = NULL;
    if (!written || !closed || renameat(file->dir, file->hidden, file->dir, file->name) ||
        fsync(file->dir)) {
        error_set(err, RC_AGAIN, "receipt %s: %s", file->name, strerror(errno));
        receipt_file_abandon(file);
        return RC_AGAIN;
    }
    free(file);
    return RC_OK;
}
