/* receipt_file.c - a receipt of any format, as a file in out/. */
#include "channel/file/receipt_file.h"

#include <inttypes.h>
#include <stdlib.h>

#include "channel/file/answer_file.h"
#include "channel/file/receipt_writer.h"

struct receipt_file {
    const struct receipt_writer *writer;
    struct answer_file *file;
    bool any_rows;
};

static const struct {
    const char *name;
    const struct receipt_writer *writer;
} formats[] = {
    [RECEIPT_CSV] = { "csv", &receipt_csv },
    [RECEIPT_XML] = { "xml", &receipt_xml },
    [RECEIPT_JSON] = { "json", &receipt_json },
};

const char *receipt_format_name(enum receipt_format f)
{
    return formats[f].name;
}

const char *receipt_note(const struct receipt_head *head, char note[RECEIPT_NOTE_SIZE])
{
    const bool french = head->language == ANSWER_FR;

    note[0] = '\0';
    if (head->result == RECEIPT_TAKEN_BEFORE && head->same_as)
        return head->reason;
    if (head->result == RECEIPT_TAKEN_BEFORE)
        snprintf(note, RECEIPT_NOTE_SIZE,
                 french
                     ? "le même contenu a déjà été pris (import %" PRIu64 ") ; rien n'a été refait"
                     : "the same content was taken as import %" PRIu64 "; nothing was done again",
                 head->import_id);
    return note;
}

double receipt_seconds(const struct receipt_head *head)
{
    const utc_us took = head->finished_at - head->received_at;

    return head->finished_at && took > 0 ? (double)took / (double)USEC_PER_SEC : 0;
}

void receipt_file_name(char name[RECEIPT_NAME_SIZE], const char *file_name, uint64_t id,
                       enum receipt_format format)
{
    snprintf(name, RECEIPT_NAME_SIZE, "%.200s.%" PRIu64 ".receipt.%s", file_name, id,
             formats[format].name);
}

enum rc receipt_file_begin(int dir, uint64_t id, enum receipt_format format,
                           const struct receipt_head *head, struct receipt_file **file,
                           struct error *err)
{
    struct receipt_file *f = calloc(1, sizeof(*f));
    char name[RECEIPT_NAME_SIZE];
    enum rc rc;

    if (!f)
        return error_set(err, RC_AGAIN, "no memory");
    receipt_file_name(name, head->file_name, id, format);
    rc = answer_file_begin(dir, name, &f->file, err);
    if (rc) {
        free(f);
        return rc;
    }
    f->writer = formats[format].writer;
    f->writer->head(answer_file_out(f->file), head);
    *file = f;
    return RC_OK;
}

void receipt_file_row(struct receipt_file *file, const struct receipt_row *row)
{
    file->writer->row(answer_file_out(file->file), row, !file->any_rows);
    file->any_rows = true;
}

void receipt_file_abandon(struct receipt_file *file)
{
    if (!file)
        return;
    answer_file_abandon(file->file);
    free(file);
}

enum rc receipt_file_end(struct receipt_file *file, struct error *err)
{
    enum rc rc;

    file->writer->tail(answer_file_out(file->file), file->any_rows);
    rc = answer_file_end(file->file, err);
    free(file);
    return rc;
}
