/* post_journal.c - rings of entries in a mapped file; both halves of each prove themselves. */
#include "flow/post_journal.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "flow/journal_map.h"

#define MAGIC     UINT64_C(0x314a54534f50524c) /* "LRPOSTJ1": another layout has another number */
#define BOOT_PATH "/proc/sys/kernel/random/boot_id"

/* The second half is written over nothing: whatever moment relaisd dies in, the first one stays. */
struct entry {
    uint64_t message_id;
    uint32_t claim, fate, code;
    uint32_t begun, heard; /* sums of what is above; 0: not written */
};

struct file {
    uint64_t magic;
    char boot[POST_BOOT_SIZE], run[POST_RUN_SIZE];
    struct entry entries[POST_JOURNAL_LANES][POST_JOURNAL_RING];
};

struct post_journal {
    struct file *file;
    char boot[POST_BOOT_SIZE];
    unsigned next[POST_JOURNAL_LANES]; /* each its lane's own */
};

/* Never 0. */
static uint32_t begun_sum(const struct entry *e)
{
    return (uint32_t)(e->message_id * UINT64_C(0x9e3779b97f4a7c15) >> 32 ^ e->claim) | 1;
}

static uint32_t heard_sum(const struct entry *e)
{
    return (begun_sum(e) + e->fate * 0x85ebca6bu + e->code * 0xc2b2ae35u) | 1;
}

void post_boot_read(char out[POST_BOOT_SIZE])
{
    int fd = open(BOOT_PATH, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, out, POST_BOOT_SIZE - 1);

    if (fd >= 0)
        close(fd);
    out[n > 0 ? n : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

enum rc post_journal_open(const char *path, const char *boot, struct post_journal **out,
                          struct error *err)
{
    struct post_journal *j = calloc(1, sizeof(*j));
    void *map;
    enum rc rc = j ? journal_map(path, sizeof(struct file), &map, err)
                   : error_set(err, RC_FAIL, "no memory");

    if (rc) {
        free(j);
        return rc;
    }
    j->file = map;
    strncpy(j->boot, boot, sizeof(j->boot) - 1);
    *out = j;
    return RC_OK;
}

void post_journal_close(struct post_journal *j)
{
    if (!j)
        return;
    munmap(j->file, sizeof(*j->file));
    free(j);
}

void post_run_name(char out[POST_RUN_SIZE])
{
    unsigned char bytes[(POST_RUN_SIZE - 1) / 2];

    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
        memset(bytes, 0, sizeof(bytes)); /* never a name that proves anything */
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

bool post_journal_is_proof(const struct post_journal *j, const char *run)
{
    return j && j->file->magic == MAGIC && *j->boot && strspn(run, "0") != strlen(run) &&
           strncmp(j->file->boot, j->boot, sizeof(j->boot)) == 0 &&
           strncmp(j->file->run, run, sizeof(j->file->run)) == 0;
}

static bool is_of(const struct entry *e, uint64_t message_id, unsigned claim)
{
    return e->message_id == message_id && e->claim == claim && e->begun == begun_sum(e);
}

static enum letter_fate fate_of(const struct entry *e)
{
    return e->heard == heard_sum(e) && e->fate < LETTER_UNKNOWN ? (enum letter_fate)e->fate
                                                                : LETTER_UNKNOWN;
}

/* How much a note says, where one mail was begun more than once: at another relay, or once more
 * after a connection broke. Taken once is taken; without an answer it may have been. */
static int weight(const struct entry *e)
{
    static const int weights[] = { [LETTER_UNSENT] = 1,
                                   [LETTER_LATER] = 2,
                                   [LETTER_REFUSED] = 3,
                                   [LETTER_UNKNOWN] = 4,
                                   [LETTER_TAKEN] = 5 };

    return e ? weights[fate_of(e)] : 0;
}

static const struct entry *find(const struct post_journal *j, uint64_t message_id, unsigned claim)
{
    const struct entry *found = NULL;

    for (size_t lane = 0; lane < POST_JOURNAL_LANES; lane++) {
        for (size_t i = 0; i < POST_JOURNAL_RING; i++) {
            const struct entry *e = &j->file->entries[lane][i];
            if (is_of(e, message_id, claim) && weight(e) > weight(found))
                found = e;
        }
    }
    return found;
}

enum letter_fate post_journal_fate(const struct post_journal *j, uint64_t message_id,
                                   unsigned claim, unsigned *code)
{
    const struct entry *e = find(j, message_id, claim);

    *code = 0;
    if (!e)
        return LETTER_UNSENT;
    if (fate_of(e) != LETTER_UNKNOWN)
        *code = e->code;
    return fate_of(e);
}

void post_journal_clear(struct post_journal *j, const char *run)
{
    j->file->magic = 0;
    atomic_thread_fence(memory_order_seq_cst);
    memset(j->file->entries, 0, sizeof(j->file->entries));
    memcpy(j->file->boot, j->boot, sizeof(j->boot));
    memset(j->file->run, 0, sizeof(j->file->run));
    memcpy(j->file->run, run, strnlen(run, sizeof(j->file->run) - 1));
    atomic_thread_fence(memory_order_seq_cst);
    j->file->magic = MAGIC;
}

void post_journal_begin(struct post_journal *j, unsigned lane, uint64_t message_id, unsigned claim)
{
    struct entry *e;

    if (!j)
        return;
    e = &j->file->entries[lane][j->next[lane]++ % POST_JOURNAL_RING];
    e->begun = e->heard = 0;
    atomic_thread_fence(memory_order_seq_cst);
    e->message_id = message_id;
    e->claim = claim;
    atomic_thread_fence(memory_order_seq_cst);
    e->begun = begun_sum(e);
    atomic_thread_fence(memory_order_seq_cst);
}

void post_journal_heard(struct post_journal *j, unsigned lane, enum letter_fate fate, unsigned code)
{
    struct entry *e;

    if (!j)
        return;
    e = &j->file->entries[lane][(j->next[lane] - 1) % POST_JOURNAL_RING];
    e->fate = (uint32_t)fate;
    e->code = code;
    atomic_thread_fence(memory_order_seq_cst);
    e->heard = heard_sum(e);
}
