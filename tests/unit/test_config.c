/* test_config.c - every fault of a configuration file is one line that a person can act on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/config.h"

#define PATH     "test_config.conf"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct top {
    struct config_head head;
    int64_t node;
    bool verbose;
};
struct store {
    struct config_head head;
    char *host, *password;
    int64_t wait_ms, cache;
};
struct link {
    struct config_head head;
    char *host;
    int64_t port;
    int mode;
    struct config_texts tags;
};
struct whole {
    struct top top;
    struct store store;
    struct config_array links;
};

static const char *const modes[] = { "both", "send", "receive", NULL };
static const struct config_key top_keys[] = {
    { "node", CONFIG_INT, offsetof(struct top, node), "1", 1, 255, NULL, false, "The number." },
    { "verbose", CONFIG_BOOL, offsetof(struct top, verbose), "false", 0, 0, NULL, true, "More." },
};
static const struct config_key store_keys[] = {
    { "host", CONFIG_TEXT, offsetof(struct store, host), "", 0, 64, NULL, false, "Where." },
    { "password", CONFIG_SECRET, offsetof(struct store, password), "", 0, 8, NULL, true,
      "Secret." },
    { "wait", CONFIG_DURATION, offsetof(struct store, wait_ms), "30s", 1000, 3600000, NULL, true,
      "Patience." },
    { "cache", CONFIG_SIZE, offsetof(struct store, cache), "1m", 0, 1 << 30, NULL, true, "Room." },
};
static const struct config_key link_keys[] = {
    { "host", CONFIG_TEXT, offsetof(struct link, host), NULL, 1, 64, NULL, false, "Peer." },
    { "port", CONFIG_INT, offsetof(struct link, port), "2775", 1, 65535, NULL, false, "Port." },
    { "mode", CONFIG_CHOICE, offsetof(struct link, mode), "both", 0, 0, modes, false, "Mode." },
    { "tags", CONFIG_LIST, offsetof(struct link, tags), "one, two", 1, 8, NULL, true, "Tags." },
};
static const struct config_section sections[] = {
    { "", top_keys, COUNT(top_keys), sizeof(struct top), offsetof(struct whole, top), false, "T" },
    { "store", store_keys, COUNT(store_keys), sizeof(struct store), offsetof(struct whole, store),
      false, "The store." },
    { "link", link_keys, COUNT(link_keys), sizeof(struct link), offsetof(struct whole, links), true,
      "A link." },
};
static const struct config_schema schema = { "test.conf", sections, COUNT(sections) };

static enum rc load_bytes(const char *text, size_t len, struct arena *arena, struct whole *out,
                          struct error *err)
{
    FILE *f = fopen(PATH, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    fclose(f);
    memset(out, 0, sizeof(*out));
    return config_load(PATH, &schema, arena, out, err);
}

static enum rc load(const char *text, struct arena *arena, struct whole *out, struct error *err)
{
    return load_bytes(text, strlen(text), arena, out, err);
}

static const struct {
    const char *text, *message;
} faults[] = {
    { "nod = 3", ":1: nod: unknown key or section; did you mean node?" },
    { "# one\n/* two\n */\nstroe {\n}", ":4: stroe: unknown key or section; did you mean store?" },
    { "zzzzzzzzzzzz = 1", ":1: zzzzzzzzzzzz: unknown key or section" },
    { "store {\n  wiat = 3s\n}", ":2: store.wiat: unknown key; did you mean wait?" },
    { "store {\n  port = 3\n}", ":2: store.port: unknown key here; it belongs to link" },
    { "store {\n node = 3\n}",
      ":2: store.node: unknown key here; it belongs to the top of the file" },
    { "node = 0", ":1: node: expected a whole number from 1 to 255, got '0'" },
    { "node = 12x", ":1: node: expected a whole number from 1 to 255, got '12x'" },
    { "node = 99999999999999999999", ":1: node: expected a whole number from 1 to 255, got" },
    { "node = \"\"", ":1: node: expected a whole number from 1 to 255, got an empty text" },
    { "node = 1\nnode = 2", ":2: node: given twice" },
    { "verbose = maybe", ":1: verbose: expected true or false, got 'maybe'" },
    { "store { wait = 30 }",
      ":1: store.wait: expected a duration like 250ms, 30s, 5m, 2h or 7d from 1s to 1h, got '30'" },
    { "store { wait = 1d }", " from 1s to 1h, got '1d'" },
    { "store { wait = -5s }", ", got '-5s'" },
    { "store { cache = 99999999999g }", "expected a size like 64k, 10m or 2g from 0 to 1g, got" },
    { "store { cache = 5q }", ", got '5q'" },
    { "store { password = 'secret-word' }",
      ":1: store.password: expected a text of 0 to 8 bytes, got 11 bytes" },
    { "store { }\nstore { }", ":2: store: given twice" },
    { "link \"a\" {\n}", ":1: link.a.host: must be given" },
    { "\n\nlink \"a\" { port = 1 }", ":3: link.a.host: must be given" },
    { "link \"a\" { host = x }\nlink \"b\" {\n port = 1\n}", ":2: link.b.host: must be given" },
    { "link \"a\" { host = x }\nlink \"a\" { host = y }",
      ":2: a: a section of this name was given before" },
    { "link {\n}", ":1: link: expected a name, as in: link \"name\" {" },
    { "link \"a\" { host = x mode = up }",
      ":1: link.a.mode: expected both, send or receive, got 'up'" },
    { "link \"a\" { host = x tags = { \"123456789\" } }",
      ":1: link.a.tags: expected a text of 1 to 8 bytes, got '123456789'" },
    { "store", ":2: the file ends in the middle of a setting" },
    { "store = 3", ":1: store: expected { after the section's name" },
    { "node 3", ":1: node: expected = and a value after the key" },
    { "node", ":2: the file ends in the middle of a setting" },
    { "node =", ":2: the file ends in the middle of a setting" },
    { "node = {", ":1: the list that begins here has no closing }" },
    { "node = { 1 }", ":1: unexpected '{'" },
    { "store {\n wait = 3s\n", ":1: the section that begins here has no closing }" },
    { "}", ":1: unexpected }: no section is open here" },
    { "store { deeper { } }", ":1: unexpected {: a section cannot hold another" },
    { "store {\n host = \"abc\n}\n",
      ":2: the text that begins here with a quote has no closing quote" },
    { "store {\n host = 'abc\n}\n",
      ":2: the text that begins here with a quote has no closing quote" },
    { "node = 1\n/* and", ":2: the comment that begins here with /* has no */" },
    { "store { host = +33612345678 }", ":1: unexpected '+': put texts in quotes" },
    { "store { host = \"\\x41\" }", ":1: expected \\\\, \\\", \\n, \\t or \\$ after a backslash" },
    { "store { host = \"${RELAIS_NOT_SET}\" }",
      ":1: the environment has no variable RELAIS_NOT_SET" },
    { "store { host = \"${}\" }", ":1: expected ${NAME} or ${NAME:-default}" },
    { "store { host = \"${A\" }", ":1: expected ${NAME} or ${NAME:-default}, got no closing }" },
    { "store { host = '\xe9t\xe9' }", ":1: expected UTF-8 text, got the byte 0xe9" },
    { "store { host = '\x01' }", ":1: expected UTF-8 text, got the byte 0x01" },
};

static void each_fault_is_one_line_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        struct arena arena;
        struct whole whole;
        struct error err = { "" };

        arena_init(&arena);
        assert_int_equal(load(faults[i].text, &arena, &whole, &err), RC_INVALID);
        if (!strstr(err.text, faults[i].message) || strncmp(err.text, PATH ":", strlen(PATH) + 1))
            fail_msg("for <%s>\nexpected %s\ngot      %s", faults[i].text, faults[i].message,
                     err.text);
        assert_null(strchr(err.text, '\n'));
        arena_close(&arena);
    }
}

static void a_fault_leaves_nothing_behind_for_the_next_file(void **state)
{
    struct arena arena;
    struct whole whole;
    struct error err;

    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        arena_init(&arena);
        assert_int_equal(load(faults[i].text, &arena, &whole, NULL), RC_INVALID);
        assert_int_equal(load("node = 7", &arena, &whole, &err), RC_OK);
        assert_int_equal(whole.top.node, 7);
        arena_close(&arena);
    }
}

static void a_good_file_fills_the_structs(void **state)
{
    static const char text[] = "\xef\xbb\xbf# a comment \"with a quote\r\n"
                               "node = 12 // another { one\r\n"
                               "verbose = yes\n"
                               "/* store { */\n"
                               "store {\n"
                               "  host = \"${RELAIS_TEST_HOST} ${RELAIS_NOT_SET:-and more}\"\n"
                               "  password = '${a}\"'\n"
                               "  wait = 2m\n cache = 64k\n"
                               "}\n"
                               "link \"one\" { host = /run/x.sock }\n"
                               "link \"two\" {\n"
                               "  host = \"a\\\"b\\$\\n\" mode = receive tags = {}\n"
                               "}\n"
                               "link three { host = h port = \"99\" tags = { a, \"b c\" } }\n";
    struct arena arena;
    struct whole whole;
    struct error err = { "" };
    const struct link *links;

    (void)state;
    setenv("RELAIS_TEST_HOST", "db", 1);
    arena_init(&arena);
    if (load(text, &arena, &whole, &err))
        fail_msg("%s", err.text);
    links = whole.links.items;
    assert_int_equal(whole.top.node, 12);
    assert_true(whole.top.verbose);
    assert_string_equal(whole.store.host, "db and more");
    assert_string_equal(whole.store.password, "${a}\"");
    assert_int_equal(whole.store.wait_ms, 120000);
    assert_int_equal(whole.store.cache, 65536);
    assert_int_equal(whole.store.head.line, 5);
    assert_int_equal(whole.links.n, 3);
    assert_string_equal(links[0].head.title, "one");
    assert_string_equal(links[0].host, "/run/x.sock");
    assert_int_equal(links[0].port, 2775);
    assert_int_equal(links[0].tags.n, 2);
    assert_string_equal(links[0].tags.items[1], "two");
    assert_string_equal(links[1].host, "a\"b$\n");
    assert_int_equal(links[1].mode, 2);
    assert_int_equal(links[1].tags.n, 0);
    assert_int_equal(links[1].head.line, 12);
    assert_int_equal(links[2].port, 99);
    assert_string_equal(links[2].tags.items[1], "b c");
    arena_close(&arena);
}

static void no_path_gives_every_default(void **state)
{
    struct arena arena;
    struct whole whole = { 0 };

    (void)state;
    arena_init(&arena);
    assert_int_equal(config_load(NULL, &schema, &arena, &whole, NULL), RC_OK);
    assert_int_equal(whole.top.node, 1);
    assert_int_equal(whole.store.wait_ms, 30000);
    assert_string_equal(whole.store.host, "");
    assert_int_equal(whole.store.head.line, 0);
    assert_int_equal(whole.links.n, 0);
    arena_close(&arena);
}

static void an_empty_file_is_a_good_file(void **state)
{
    struct arena arena;
    struct whole whole;

    (void)state;
    arena_init(&arena);
    assert_int_equal(load("", &arena, &whole, NULL), RC_OK);
    assert_int_equal(whole.top.node, 1);
    arena_close(&arena);
}

static void a_file_that_is_not_there_is_named(void **state)
{
    struct arena arena;
    struct whole whole = { 0 };
    struct error err;

    (void)state;
    arena_init(&arena);
    assert_int_equal(config_load("/no/such.conf", &schema, &arena, &whole, &err), RC_NOTFOUND);
    assert_string_equal(err.text, "/no/such.conf: No such file or directory");
    assert_int_equal(config_load("/", &schema, &arena, &whole, &err), RC_INVALID);
    arena_close(&arena);
}

static void a_huge_file_is_refused(void **state)
{
    size_t len = (1 << 20) + 1;
    char *text = malloc(len);
    struct arena arena;
    struct whole whole;
    struct error err;

    (void)state;
    memset(text, '\n', len);
    arena_init(&arena);
    assert_int_equal(load_bytes(text, len, &arena, &whole, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "larger than 1048576 bytes"));
    memcpy(text, "node = 1\0 ", 10);
    assert_int_equal(load_bytes(text, 12, &arena, &whole, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "got the byte 0x00"));
    arena_close(&arena);
    free(text);
}

static void collect(void *arg, const char *key, bool live)
{
    char *said = arg;

    snprintf(said + strlen(said), 200, "%s%s ", key, live ? "(live)" : "");
}

static void a_reload_names_what_differs(void **state)
{
    struct arena arena;
    struct whole before, after;
    char said[2000] = "";

    (void)state;
    arena_init(&arena);
    assert_int_equal(load("store { wait = 5s }\n link a { host = x }\n link b { host = x }\n",
                          &arena, &before, NULL),
                     RC_OK);
    assert_int_equal(load("node = 3\nstore { wait = 6s password = p }\n"
                          "link c { host = x }\n link a { host = y tags = { a } }",
                          &arena, &after, NULL),
                     RC_OK);
    config_changes(&schema, &before, &after, collect, said);
    assert_string_equal(said, "node store.password(live) store.wait(live) link.a.host "
                              "link.a.tags(live) link.b link.c ");
    said[0] = '\0';
    config_changes(&schema, &after, &after, collect, said);
    assert_string_equal(said, "");
    arena_close(&arena);
}

/* Uncommenting every key of the sample must give the defaults again. */
static void the_sample_is_a_file_that_gives_the_defaults(void **state)
{
    struct arena arena;
    struct whole whole, defaults = { 0 };
    char *text = NULL, *line;
    char said[2000] = "";
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    struct error err = { "" };

    (void)state;
    config_print_sample(&schema, f);
    fclose(f);
    arena_init(&arena);
    if (load(text, &arena, &whole, &err))
        fail_msg("%s", err.text);
    for (line = text; line; line = strchr(line, '\n')) {
        line += strspn(line, "\n ");
        if (line[0] == '#' && line[1] != ' ')
            line[0] = ' ';
    }
    line = strstr(text, "host = \n");
    assert_non_null(line);
    memcpy(line, "host = x", 8);
    if (load(text, &arena, &whole, &err))
        fail_msg("%s\n%s", err.text, text);
    assert_int_equal(config_load(NULL, &schema, &arena, &defaults, NULL), RC_OK);
    config_changes(&schema, &defaults, &whole, collect, said);
    assert_string_equal(said, "store link.name ");
    arena_close(&arena);
    free(text);
}

static void the_manual_has_every_key(void **state)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);

    (void)state;
    config_print_manual(&schema, f);
    fclose(f);
    for (size_t i = 0; i < COUNT(link_keys); i++)
        assert_non_null(strstr(text, link_keys[i].name));
    assert_non_null(strstr(text, "Takes a whole number from 1 to 65535; default: 2775.\nA change"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_one_line_with_its_place),
        cmocka_unit_test(a_fault_leaves_nothing_behind_for_the_next_file),
        cmocka_unit_test(a_good_file_fills_the_structs),
        cmocka_unit_test(no_path_gives_every_default),
        cmocka_unit_test(an_empty_file_is_a_good_file),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
        cmocka_unit_test(a_huge_file_is_refused),
        cmocka_unit_test(a_reload_names_what_differs),
        cmocka_unit_test(the_sample_is_a_file_that_gives_the_defaults),
        cmocka_unit_test(the_manual_has_every_key),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    unlink(PATH);
    return failed;
}
