/* answer_journal.c - a ring of entries in a mapped file; each proves itself by number and sum. */
#include "flow/answer_journal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "flow/journal_map.h"

#define MAGIC UINT64_C(0x314a4e4153494c52) /* "RLISANJ1": another layout has another number */

struct entry {
    uint64_t number; /* 1, 2, 3 ...; 0: never used */
    uint64_t message_id;
    int64_t at;
    uint32_t code;
    uint16_t carrier_id;
    uint8_t kind, part, single;
    char smsc_message_id[SMSC_MESSAGE_ID_SIZE];
    char detail[32];
    uint64_t sum; /* of all before it */
};

struct file {
    uint64_t magic;
    uint64_t recorded; /* numbers up to this one are in the database */
    struct entry entries[ANSWER_JOURNAL_CAPACITY];
};

struct answer_journal {
    struct file *file;
    uint64_t next; /* number of the next entry */
};

static struct entry *entry_at(const struct answer_journal *j, uint64_t number)
{
    return &j->file->entries[number % ANSWER_JOURNAL_CAPACITY];
}

/* FNV-1a: against halves and leftovers, not against anybody. */
static uint64_t sum_of(const struct entry *e)
{
    const unsigned char *bytes = (const unsigned char *)e;
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < offsetof(struct entry, sum); i++)
        h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
    return h;
}

enum rc answer_journal_open(const char *path, struct answer_journal **out, struct error *err)
{
    struct answer_journal *j = calloc(1, sizeof(*j));
    void *map;
    enum rc rc = j ? journal_map(path, sizeof(struct file), &map, err)
                   : error_set(err, RC_FAIL, "no memory");

    if (rc) {
        free(j);
        return rc;
    }
    j->file = map;
    if (j->file->magic != MAGIC) {
        memset(j->file, 0, sizeof(*j->file));
        j->file->magic = MAGIC;
    }
    j->next = j->file->recorded + 1;
    *out = j;
    return RC_OK;
}

void answer_journal_close(struct answer_journal *j)
{
    if (!j)
        return;
    munmap(j->file, sizeof(*j->file));
    free(j);
}

static void read_entry(const struct entry *e, struct outbox_event *event)
{
    *event = (struct outbox_event){
        .message_id = e->message_id,
        .single = e->single != 0,
        .kind = e->kind == OUTBOX_REFUSED ? OUTBOX_REFUSED : OUTBOX_ACCEPTED,
        .part = e->part,
        .carrier_id = e->carrier_id,
        .code = e->code,
        .at = e->at,
    };
    memcpy(event->smsc_message_id, e->smsc_message_id, sizeof(event->smsc_message_id) - 1);
    memcpy(event->detail, e->detail, sizeof(event->detail) - 1);
}

static bool is_whole(const struct entry *e, uint64_t number)
{
    return e->number == number && e->sum == sum_of(e);
}

size_t answer_journal_read(const struct answer_journal *j, struct outbox_event *events, size_t max)
{
    uint64_t number = j->file->recorded + 1;
    size_t n = 0;

    for (; n < max && is_whole(entry_at(j, number), number); number++)
        read_entry(entry_at(j, number), &events[n++]);
    return n;
}

void answer_journal_clear(struct answer_journal *j)
{
    uint64_t number = j->file->recorded + 1;

    while (is_whole(entry_at(j, number), number))
        number++;
    j->next = number;
    j->file->recorded = number - 1;
}

unsigned answer_journal_note(struct answer_journal *j, const struct outbox_event *event)
{
    struct entry *e;

    if (!j || (event->kind != OUTBOX_ACCEPTED && event->kind != OUTBOX_REFUSED))
        return 0;
    e = entry_at(j, j->next);
    memset(e, 0, sizeof(*e)); /* its padding is part of the sum */
    e->message_id = event->message_id;
    e->at = event->at;
    e->code = event->code;
    e->carrier_id = (uint16_t)event->carrier_id;
    e->kind = (uint8_t)event->kind;
    e->part = (uint8_t)event->part;
    e->single = event->single;
    memcpy(e->smsc_message_id, event->smsc_message_id, sizeof(e->smsc_message_id));
    memcpy(e->detail, event->detail, sizeof(e->detail));
    e->number = j->next++;
    e->sum = sum_of(e);
    return 1;
}

void answer_journal_recorded(struct answer_journal *j, unsigned n)
{
    if (j)
        j->file->recorded += n;
}
