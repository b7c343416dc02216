/* contact_return.c - suppressions and objections that outlive whom they were about. */
#include "store/contact_return.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "store/db.h"
#include "store/pseudonym.h"
#include "store/standing.h"

#define KEYS_MAX ((size_t)2 << 20) /* of JSON: an import's chunk of mail addresses fits */

static const char SQL_ANY[] = "SELECT EXISTS (SELECT 1 FROM suppression)"
                              "       + 2 * EXISTS (SELECT 1 FROM opt_out_erased)";
enum { ANY_SUPPRESSED = 1, ANY_ERASED = 2 };

#define WANTED                                                                               \
    "  FROM JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY, channel VARCHAR(5) PATH '$[0]'," \
    "                                     address VARCHAR(254) PATH '$[1]',"                 \
    "                                     pseudonym VARCHAR(33) PATH '$[2]')) wanted"

static const char SQL_SUPPRESSED[] =
    "SELECT wanted.n - 1" WANTED
    "  STRAIGHT_JOIN suppression s ON s.channel = wanted.channel COLLATE utf8mb4_bin"
    "    AND s.address = wanted.address COLLATE utf8mb4_bin"
    " WHERE s.suppressed_at IS NOT NULL";

static const char SQL_SUPPRESS[] = "UPDATE contact_point"
                                   "   SET state = 'suppressed'"
                                   " WHERE address = ? AND channel = ? AND state = 'valid'";

static const char SQL_OBJECT[] =
    "INSERT IGNORE INTO opt_out (channel, address, sender, at)"
    "SELECT e.channel, wanted.address, e.sender, e.at" WANTED
    " STRAIGHT_JOIN opt_out_erased e ON e.channel = wanted.channel COLLATE utf8mb4_bin"
    "   AND e.pseudonym = wanted.pseudonym COLLATE utf8mb4_bin";

static const char SQL_KEEP[] =
    "INSERT INTO opt_out_erased (channel, pseudonym, sender, at) VALUES (?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE at = LEAST(at, VALUE(at))";

static const char SQL_LIFT[] =
    "DELETE FROM opt_out_erased"
    " WHERE channel = ? AND pseudonym = ? AND (? = '' OR sender IN ('', ?))";

static enum rc write_wanted(struct db *db, const struct contact_address *list, size_t n,
                            bool pseudonyms, struct buffer *out)
{
    char pseudonym[PSEUDONYM_SIZE] = "";
    enum rc rc = RC_OK;

    buffer_add_text(out, "[");
    for (size_t i = 0; !rc && i < n; i++) {
        if (pseudonyms)
            rc = pseudonym_make(db, list[i].channel, list[i].address, pseudonym);
        buffer_printf(out, "%s[\"%s\",\"", i ? "," : "", channel_name(list[i].channel));
        for (const char *c = list[i].address; *c; c++)
            buffer_printf(out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
        buffer_printf(out, "\",\"%s\"]", pseudonym);
    }
    buffer_add_text(out, "]");
    return rc ? rc : out->full ? RC_FAIL : RC_OK;
}

static enum rc suppress(struct db *db, const struct buffer *wanted,
                        const struct contact_address *list, size_t n)
{
    size_t *which = calloc(n, sizeof(*which)), found = 0;
    struct db_rows *rows;
    enum rc rc = RC_FAIL;

    if (!which)
        return rc;
    rc = db_query(db, SQL_SUPPRESSED, DB_IN(db_bytes(wanted->data, wanted->len)), &rows);
    if (rc)
        goto out;
    while (db_next(rows) && found < n)
        which[found++] = db_get_u64(rows, 0);
    rc = db_rows_end(rows);
    for (size_t i = 0; !rc && i < found; i++) {
        const struct contact_address *a = &list[which[i]];

        rc = db_run(db, SQL_SUPPRESS, DB_IN(db_text(a->address), db_text(channel_name(a->channel))),
                    NULL);
        if (!rc)
            rc = standing_refresh_address(db, a->channel, a->address);
    }
out:
    free(which);
    return rc;
}

enum rc contact_return(struct db *db, const struct contact_address *list, size_t n)
{
    struct buffer wanted;
    uint64_t any = 0;
    enum rc rc = n ? db_query_u64(db, SQL_ANY, DB_NO_INPUT, &any) : RC_OK;

    if (rc || !any)
        return rc;
    buffer_init(&wanted, KEYS_MAX);
    rc = write_wanted(db, list, n, any & ANY_ERASED, &wanted);
    if (!rc && any & ANY_SUPPRESSED)
        rc = suppress(db, &wanted, list, n);
    if (!rc && any & ANY_ERASED)
        rc = db_run(db, SQL_OBJECT, DB_IN(db_bytes(wanted.data, wanted.len)), NULL);
    buffer_close(&wanted);
    return rc;
}

enum rc objection_keep(struct db *db, const struct contact_address *a, const char *sender,
                       utc_us at)
{
    char pseudonym[PSEUDONYM_SIZE];
    enum rc rc = pseudonym_make(db, a->channel, a->address, pseudonym);

    return rc ? rc
              : db_run(db, SQL_KEEP,
                       DB_IN(db_text(channel_name(a->channel)), db_text(pseudonym), db_text(sender),
                             db_time(at)),
                       NULL);
}

enum rc objection_lift(struct db *db, const struct contact_address *a, const char *sender)
{
    char pseudonym[PSEUDONYM_SIZE];
    enum rc rc = pseudonym_make(db, a->channel, a->address, pseudonym);

    return rc ? rc
              : db_run(db, SQL_LIFT,
                       DB_IN(db_text(channel_name(a->channel)), db_text(pseudonym), db_text(sender),
                             db_text(sender)),
                       NULL);
}
