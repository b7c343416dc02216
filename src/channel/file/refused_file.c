/* refused_file.c - a line for each refused row, as it came. */
#include "channel/file/refused_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "channel/file/answer_file.h"
#include "channel/file/put_text.h"
#include "channel/file/refused_profile.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

struct refused_file {
    const struct profile *profile;
    struct answer_file *file;
    int dir;
    uint64_t id;
    char file_name[201];
    unsigned parts; /* files begun: one for each header in a row */
    char *header;   /* of the one that is open; NULL: it has no line yet */
};

static enum rc begin_part(struct refused_file *f, struct error *err)
{
    char name[256], part[16] = "";

    if (++f->parts > 1)
        snprintf(part, sizeof(part), "-%u", f->parts);
    snprintf(name, sizeof(name), "%s.%" PRIu64 "%s.refused.csv", f->file_name, f->id, part);
    return answer_file_begin(f->dir, name, &f->file, err);
}

enum rc refused_file_begin(int dir, const char *file_name, uint64_t id,
                           const struct profile *profile, struct refused_file **file,
                           struct error *err)
{
    struct refused_file *f = calloc(1, sizeof(*f));
    enum rc rc;

    if (!f)
        return error_set(err, RC_AGAIN, "no memory");
    f->profile = profile;
    f->dir = dir;
    f->id = id;
    snprintf(f->file_name, sizeof(f->file_name), "%s", file_name);
    rc = begin_part(f, err);
    if (rc) {
        free(f);
        return rc;
    }
    *file = f;
    return RC_OK;
}

static char separator_of(const struct profile *profile)
{
    return profile->format == FORMAT_CSV ? profile->separator : REFUSED_SEPARATOR;
}

/* As it stands in the partner's file: no apostrophe in front of anything, it comes back. */
static void put_value(FILE *out, const struct raw_value *value)
{
    fputc('"', out);
    for (size_t i = 0; i < value->len; i++) {
        if (value->text[i] == '"')
            fputc('"', out);
        fputc(value->text[i], out);
    }
    fputc('"', out);
}

static void put_values(FILE *out, const struct profile *profile, const struct raw_record *record)
{
    bool first = true;

    for (enum field f = 0; f < FIELD_COUNT; f++) {
        if (!refused_profile_has(profile, f))
            continue;
        if (!first)
            fputc(REFUSED_SEPARATOR, out);
        first = false;
        if (record)
            put_value(out, &record->values[f]);
        else
            fputs(mapping_field_name(&profile->rules, f), out);
    }
}

static void put_head(struct refused_file *f, const char *header)
{
    const struct profile *profile = f->profile;
    FILE *out = answer_file_out(f->file);
    const bool csv = profile->format == FORMAT_CSV;
    const char separator = separator_of(profile);

    fputs(BYTE_ORDER_MARK, out);
    if (csv && !profile->header)
        return;
    if (!csv)
        refused_profile_put_mark(out, profile);
    if (*header)
        fputs(header, out);
    else
        put_values(out, profile, NULL);
    fprintf(out, "%c" REFUSED_FAULT_COLUMN "%c" REFUSED_REASON_COLUMN "\r\n", separator, separator);
}

/* The file that is open has this header from here on. */
static enum rc turn_to(struct refused_file *f, const char *header, struct error *err)
{
    struct answer_file *whole = f->file;
    enum rc rc = RC_OK;

    if (f->header && strcmp(f->header, header) == 0)
        return RC_OK;
    if (f->header) {
        free(f->header);
        f->header = NULL;
        f->file = NULL;
        rc = answer_file_end(whole, err);
        if (!rc)
            rc = begin_part(f, err);
    }
    if (rc)
        return rc;
    f->header = strdup(header);
    if (!f->header)
        return error_set(err, RC_AGAIN, "no memory");
    put_head(f, header);
    return RC_OK;
}

/* Of a message of another type nothing is read: there is nothing in it to be corrected. */
static bool has_anything(const struct profile *profile, const struct raw_record *record)
{
    bool found = record->row.len > 0;

    for (enum field f = 0; f < FIELD_COUNT; f++)
        found |= record->values[f].len && refused_profile_has(profile, f);
    return found;
}

enum rc refused_file_row(struct refused_file *file, const struct raw_record *record,
                         const char *header, const char *fault, const char *reason,
                         struct error *err)
{
    const struct profile *profile = file->profile;
    const char separator = separator_of(profile);
    FILE *out;
    enum rc rc;

    if (!has_anything(profile, record))
        return RC_OK;
    rc = turn_to(file, header, err);
    if (rc)
        return rc;
    out = answer_file_out(file->file);
    if (record->row.len)
        fwrite(record->row.text, 1, record->row.len, out);
    else
        put_values(out, profile, record);
    /* Without a header, two columns more would be two too many. */
    if (profile->format != FORMAT_CSV || profile->header) {
        fputc(separator, out);
        put_csv_text(out, fault);
        fputc(separator, out);
        put_csv_text(out, reason);
    }
    fputs("\r\n", out);
    return RC_OK;
}

void refused_file_abandon(struct refused_file *file)
{
    if (!file)
        return;
    answer_file_abandon(file->file);
    free(file->header);
    free(file);
}

enum rc refused_file_end(struct refused_file *file, struct error *err)
{
    enum rc rc = RC_OK;

    if (file->header)
        rc = answer_file_end(file->file, err);
    else
        answer_file_abandon(file->file);
    free(file->header);
    free(file);
    return rc;
}
