/* status_file.c - a status file of any format, as a file in out/. */
#include "channel/file/status_file.h"

#include <stdlib.h>

#include "channel/file/answer_file.h"
#include "channel/file/status_writer.h"

struct status_file {
    const struct status_writer *writer;
    struct answer_file *file;
    void *own;
    uint64_t lines;
};

static const struct status_writer *const writers[] = {
    [STATUS_CSV] = &status_csv,
    [STATUS_XML] = &status_xml,
    [STATUS_JSON] = &status_json,
    [STATUS_EDIFACT] = &status_edifact,
};

static void name_file(char name[256], const struct status_head *head, const char *ending)
{
    const struct civil c = clock_civil(head->due);

    snprintf(name, 256, "%.100s.status.%04d%02d%02dT%02d%02d%02dZ.%s", head->profile, c.year,
             c.month, c.day, c.hour, c.minute, c.second, ending);
}

enum rc status_file_begin(int dir, enum status_format format, const struct status_head *head,
                          struct status_file **file, struct error *err)
{
    struct status_file *f = calloc(1, sizeof(*f));
    char name[256];
    enum rc rc;

    if (!f)
        return error_set(err, RC_AGAIN, "no memory");
    f->writer = writers[format];
    name_file(name, head, f->writer->ending);
    rc = answer_file_begin(dir, name, &f->file, err);
    if (!rc && f->writer->begin(answer_file_out(f->file), head, &f->own))
        rc = error_set(err, RC_AGAIN, "no memory");
    if (rc) {
        status_file_abandon(f);
        return rc;
    }
    *file = f;
    return RC_OK;
}

void status_file_line(struct status_file *file, const struct status_line *line)
{
    if (line->message && file->writer->orders_only)
        return;
    file->writer->line(answer_file_out(file->file), line, file->lines == 0, file->own);
    file->lines++;
}

uint64_t status_file_lines(const struct status_file *file)
{
    return file->lines;
}

void status_file_abandon(struct status_file *file)
{
    if (!file)
        return;
    if (file->own)
        file->writer->forget(file->own);
    answer_file_abandon(file->file);
    free(file);
}

enum rc status_file_end(struct status_file *file, struct error *err)
{
    enum rc rc;

    file->writer->end(answer_file_out(file->file), file->lines > 0, file->own);
    rc = answer_file_end(file->file, err);
    free(file);
    return rc;
}
