/* mail_attachments.c - see mail_attachments.h. */
#include "flow/mail_attachments.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "channel/mail/mail_read.h"

/* The beginning of a part says what it is; that is enough to refuse it unwritten. */
struct peeking {
    char head[FILE_TYPE_HEAD];
    size_t n;
};

static enum rc peek_take(void *arg, const void *bytes, size_t n)
{
    struct peeking *p = arg;
    const size_t room = sizeof(p->head) - p->n;

    memcpy(p->head + p->n, bytes, n < room ? n : room);
    p->n += n < room ? n : room;
    return p->n == sizeof(p->head) ? RC_CONFLICT : RC_OK;
}

struct part_source {
    struct mail_read *mail;
    size_t which;
    bool broken; /* it could not be decoded: the mail's fault, not the database's */
};

struct handing {
    document_take *take;
    void *arg;
    enum rc rc; /* of take(), to tell its errors from those of the reading */
};

static enum rc hand_on(void *arg, const void *bytes, size_t n)
{
    struct handing *h = arg;

    h->rc = h->take(h->arg, bytes, n);
    return h->rc;
}

static enum rc part_read(void *arg, document_take *take, void *take_arg)
{
    struct part_source *s = arg;
    struct handing h = { take, take_arg, RC_OK };
    const enum rc rc = mail_read_part(s->mail, s->which, hand_on, &h);

    s->broken = rc && !h.rc;
    return rc;
}

static bool is_refused(const struct mail_attachment_rules *rules, const char *type)
{
    for (size_t i = 0; i < rules->n_refused; i++) {
        const char *r = rules->refused[i];
        const size_t len = strlen(r);

        if (strcasecmp(type, r) == 0 || (len && r[len - 1] == '/' && !strncasecmp(type, r, len)))
            return true;
    }
    return false;
}

/* "": it may be kept. */
static const char *why_not(const struct mail_attachment_rules *rules, const struct mail_document *d,
                           uint64_t total, unsigned kept)
{
    if (file_type_is_program(d->type, d->name))
        return "program";
    if (is_refused(rules, d->type) || is_refused(rules, d->declared))
        return "refused_type";
    if (d->size > rules->size_max || d->size > rules->total_max - total)
        return "too_large";
    return kept == rules->count_max ? "too_many" : "";
}

static enum rc put(struct db *db, struct mail_read *mail, size_t which, uint64_t size_max,
                   struct mail_document *d)
{
    struct part_source from = { .mail = mail, .which = which };
    struct document document;
    enum rc rc =
        document_put(db, &(struct document_source){ part_read, &from }, size_max, &document);

    if (!rc) {
        d->document_id = document.id;
        d->size = document.size;
        return RC_OK;
    }
    if (rc != RC_INVALID && !from.broken)
        return rc;
    d->why = from.broken ? "unreadable" : "too_large";
    return RC_OK;
}

enum rc mail_attachments_put(struct db *db, struct mail_read *mail,
                             const struct mail_attachment_rules *rules, struct arena *arena,
                             const struct mail_document **out, size_t *n)
{
    const struct mail_facts *facts = mail_read_facts(mail);
    struct mail_document *list = arena_alloc(arena, (facts->n_parts + 1) * sizeof(*list));
    uint64_t total = 0;
    unsigned kept = 0;
    enum rc rc = list ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < facts->n_parts; i++) {
        const struct mail_part *part = &facts->parts[i];
        struct mail_document *d = &list[i];
        struct peeking peek = { .n = 0 };
        const enum rc read = mail_read_part(mail, i, peek_take, &peek);

        *d = (struct mail_document){ .name = part->name,
                                     .declared = part->type,
                                     .type = file_type_of(peek.head, peek.n),
                                     .size = part->size,
                                     .is_inline = part->is_inline };
        d->lies = !file_type_agrees(d->declared, d->type);
        d->why = read && read != RC_CONFLICT ? "unreadable" : why_not(rules, d, total, kept);
        if (*d->why)
            continue;
        rc = put(db, mail, i,
                 rules->size_max < rules->total_max - total ? rules->size_max
                                                            : rules->total_max - total,
                 d);
        if (!d->document_id)
            continue;
        total += d->size;
        kept++;
    }
    if (rc)
        return rc;
    *out = list;
    *n = facts->n_parts;
    return RC_OK;
}
