/* fuzz_smsc_pdu.c - any bytes, to a bound session of the simulator: frames, fields, TLVs, handlers,
 * the log, and what is sent back because of them. The first byte says in which pieces they come. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "smsc/journal.h"
#include "smsc/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct smsc *make(void)
{
    struct scenario scenario;
    struct arena arena;
    struct smsc *c;

    log_set_level(NULL, LOG_LEVEL_ERROR);
    arena_init(&arena);
    if (scenario_load(NULL, &arena, &scenario, NULL))
        abort();
    scenario.settings.receipt_delay = 0;
    scenario.settings.always_receipt = true;
    scenario.settings.reply_delay = 0;
    scenario.reply_stop = UINT64_C(1) << 31;
    c = smsc_new(&scenario, &arena);
    if (!c || journal_open("/dev/null", true, true, &c->journal, NULL))
        abort();
    return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t bind[] = "\0\0\0\x1A\0\0\0\x09\0\0\0\0\0\0\0\1me\0\0\0\x34\0\0";
    struct smsc *c = make();
    struct session *s = session_new(c, -1, "fuzz");
    struct journal *journal = c->journal;
    uint64_t handle = s->handle;
    size_t piece = size > 0 && data[0] ? data[0] : size;

    session_feed(s, bind, sizeof(bind));
    smsc_turn(c);
    for (size_t at = 1; at < size && session_find(c, handle); at += piece) {
        size_t n = size - at < piece ? size - at : piece;
        uint8_t *copy = malloc(n); /* its own, so that a read beyond it is seen */
        if (!copy)
            abort();
        memcpy(copy, data + at, n);
        session_feed(s, copy, n);
        free(copy);
        smsc_turn(c);
    }
    smsc_free(c);
    journal_close(journal);
    return 0;
}
