/* import_note.c - see import_note.h. */
#include "store/import_note.h"

#include <inttypes.h>

#include "store/db.h"

#define IDS_MAX ((size_t)256 << 10) /* of a chunk */

static const char SQL_MADE[] = IMPORT_NOTE "w.id, '{}'\n" IMPORT_NOTED;

void import_notes_init(struct import_notes *notes)
{
    buffer_init(&notes->changed, IDS_MAX);
    buffer_init(&notes->made, IDS_MAX);
}

void import_notes_close(struct import_notes *notes)
{
    buffer_close(&notes->changed);
    buffer_close(&notes->made);
}

void import_notes_reset(struct import_notes *notes)
{
    buffer_reset(&notes->changed);
    buffer_reset(&notes->made);
}

void import_note_changed(struct import_notes *notes, uint64_t id)
{
    buffer_printf(&notes->changed, "%s%" PRIu64, notes->changed.len ? "," : "[", id);
}

void import_note_made(struct import_notes *notes, uint64_t id)
{
    buffer_printf(&notes->made, "%s%" PRIu64, notes->made.len ? "," : "[", id);
}

static enum rc write_ids(struct db *db, const struct import_step *step, const char *sql,
                         struct buffer *ids)
{
    if (!ids->len)
        return RC_OK;
    buffer_add_text(ids, "]");
    if (ids->full)
        return RC_FAIL;
    return db_run(db, sql,
                  DB_IN(db_u64(step->imp->id), db_u64(step->imp->run), db_u64(step->first_row),
                        db_bytes(ids->data, ids->len)),
                  NULL);
}

enum rc import_notes_write(struct db *db, const struct import_step *step, const char *before,
                           struct import_notes *notes)
{
    const enum rc rc = write_ids(db, step, SQL_MADE, &notes->made);

    return rc || !before ? rc : write_ids(db, step, before, &notes->changed);
}
