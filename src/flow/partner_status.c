/* partner_status.c - from ranges of ids to a file. */
#include "flow/partner_status.h"

#include <inttypes.h>
#include <string.h>

#include "channel/file/spool.h"
#include "channel/file/status_file.h"
#include "store/partner_schedule.h"
#include "store/partner_status.h"

#define LOG_PART "partner"
#include "base/log.h"

static void put_change(void *arg, const struct status_change *c)
{
    const struct status_line line = { .message = c->source != STATUS_OF_ORDER,
                                      .order_number = c->order_number,
                                      .customer_number = c->customer_number,
                                      .status = c->status,
                                      .at = c->at,
                                      .place = c->place,
                                      .note = c->note };

    status_file_line(arg, &line);
}

static enum rc put_all(struct db *db, const struct partner_watch *w,
                       const struct partner_schedule *s, struct status_file *file)
{
    const bool messages = w->profile->status.messages;
    enum rc rc = RC_OK;

    for (enum status_source source = 0; !rc && source < STATUS_SOURCES; source++) {
        const bool orders = source == STATUS_OF_ORDER;
        const uint64_t to = orders ? s->making_to : s->making_to_message;
        uint64_t at = orders ? s->last_id : s->last_message;

        if (!orders && !messages)
            break;
        while (!rc && at < to)
            rc = status_tell(db, source, w->partner_id, &at, to, put_change, file);
    }
    return rc;
}

/* *written: whether there is a file; for no lines there is none, unless that is wished. */
static enum rc write_to(struct db *db, int dir, const struct partner_watch *w,
                        const struct partner_schedule *s, bool *written, struct error *err)
{
    const struct profile *p = w->profile;
    const struct status_head head = { .profile = p->name,
                                      .partner = p->code,
                                      .sender = p->status.sender,
                                      .recipient = p->status.recipient,
                                      .due = s->making_at,
                                      .number = s->files + 1,
                                      .zone = p->rules.timezone };
    struct status_file *file = NULL;
    enum rc rc = status_file_begin(dir, (enum status_format)p->status.format, &head, &file, err);

    if (rc)
        return rc;
    rc = put_all(db, w, s, file);
    if (rc || (!status_file_lines(file) && !p->status.empty)) {
        status_file_abandon(file);
        return rc;
    }
    rc = status_file_end(file, err);
    *written = !rc;
    return rc;
}

static enum rc make_file(struct db *db, const char *root, const struct partner_watch *w,
                         const struct partner_schedule *s)
{
    char reason[LOG_TEXT_SIZE];
    struct error err = { 0 };
    struct drop_box box;
    bool written = false;
    enum rc rc = drop_box_open(root, w->profile->code, &box, &err);

    if (!rc) {
        rc = write_to(db, box.fds[BOX_OUT], w, s, &written, &err);
        drop_box_close(&box);
    }
    if (rc && *err.text)
        log_warn("profile=%s file=status reason=\"%s\" effect=\"tried again\"", w->profile->name,
                 log_text(reason, err.text, strlen(err.text)));
    if (rc)
        return rc;
    rc = schedule_made(db, w->profile->name, s, written);
    if (!rc && written)
        log_info("profile=%s file=status number=%" PRIu64, w->profile->name, s->files + 1);
    return rc == RC_CONFLICT ? RC_OK : rc; /* another node has written it, too: the same file */
}

/* From here on; what happened before anybody wished to hear of it is not told. */
static enum rc begin(struct db *db, const struct partner_watch *w, utc_us due, utc_us now)
{
    struct partner_schedule s = { .done_at = due };
    enum rc rc = status_safe_id(db, now, &s.last_id, &s.last_message);

    return rc ? rc : schedule_begin(db, w->profile->name, SCHEDULE_STATUS_FILE, w->partner_id, &s);
}

enum rc partner_status_look(struct db *db, const char *root, struct partner_watch *watch,
                            utc_us now)
{
    const struct profile *p = watch->profile;
    struct partner_schedule s;
    uint64_t orders = 0, messages = 0;
    utc_us due = 0;
    enum rc rc = timetable_last(&p->status.when, watch->zone, now, &due);

    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    rc = schedule_get(db, p->name, SCHEDULE_STATUS_FILE, &s);
    if (rc == RC_NOTFOUND)
        return begin(db, watch, due, now);
    if (rc)
        return rc;
    if (!s.making_at) {
        if (due <= s.done_at)
            return RC_OK;
        rc = status_safe_id(db, now, &orders, &messages);
        if (rc)
            return rc;
        s.making_at = due;
        s.making_to = orders > s.last_id ? orders : s.last_id;
        s.making_to_message = messages > s.last_message ? messages : s.last_message;
        rc = schedule_making(db, p->name, &s);
        if (rc)
            return rc == RC_CONFLICT ? RC_OK : rc;
    }
    return make_file(db, root, watch, &s);
}
