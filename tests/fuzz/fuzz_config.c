/* fuzz_config.c - no file, whatever is in it, does harm to who reads it as a configuration; and a
 * good file is read the same after it. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/config.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct part {
    struct config_head head;
    char *text, *secret;
    int64_t number, wait_ms, size;
    bool yes;
    int choice;
    struct config_texts list;
};
struct whole {
    struct part top, log;
    struct config_array carriers;
};

static const char *const choices[] = { "one", "two", NULL };
static const struct config_key keys[] = {
    { "text", CONFIG_TEXT, offsetof(struct part, text), "", 0, 20, NULL, true, "Text." },
    { "secret", CONFIG_SECRET, offsetof(struct part, secret), "", 0, 0, NULL, true, "Secret." },
    { "number", CONFIG_INT, offsetof(struct part, number), "1", 1, 9, NULL, true, "Number." },
    { "wait", CONFIG_DURATION, offsetof(struct part, wait_ms), "1s", 0, 0, NULL, true, "Wait." },
    { "size", CONFIG_SIZE, offsetof(struct part, size), "1k", 0, 0, NULL, true, "Size." },
    { "yes", CONFIG_BOOL, offsetof(struct part, yes), "no", 0, 0, NULL, true, "Yes." },
    { "choice", CONFIG_CHOICE, offsetof(struct part, choice), "one", 0, 0, choices, true, "It." },
    { "list", CONFIG_LIST, offsetof(struct part, list), "a, b", 0, 9, NULL, true, "List." },
};
static const struct config_section sections[] = {
    { "", keys, COUNT(keys), sizeof(struct part), offsetof(struct whole, top), false, "" },
    { "log", keys, COUNT(keys), sizeof(struct part), offsetof(struct whole, log), false, "" },
    { "carrier", keys, COUNT(keys), sizeof(struct part), offsetof(struct whole, carriers), true,
      "" },
};
static const struct config_schema schema = { "fuzz", sections, COUNT(sections) };

static enum rc load(const void *data, size_t size, struct whole *whole, struct arena *arena)
{
    char path[40];
    int fd = memfd_create("config", MFD_CLOEXEC);
    struct error err;
    enum rc rc;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    rc = config_load(path, &schema, arena, whole, &err);
    close(fd);
    return rc;
}

static void ignore(void *arg, const char *key, bool live)
{
    (void)arg;
    (void)key;
    (void)live;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char good[] = "number = 7\nlog { list = { c } }\n";
    struct whole whole = { 0 }, after = { 0 };
    struct arena arena;

    arena_init(&arena);
    if (load(data, size, &whole, &arena))
        whole = (struct whole){ 0 };
    if (load(good, sizeof(good) - 1, &after, &arena) || after.top.number != 7 ||
        after.log.list.n != 1)
        abort();
    config_changes(&schema, &whole, &after, ignore, NULL);
    arena_close(&arena);
    return 0;
}
