/* relaisctl.c - the command line of Relais: finds the command in the table, calls relaisd, shows.
 */
#include "relaisctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"

#define FILE_BYTES_MAX (1 << 20)

struct globals {
    struct ctl_where where;
    bool json, watch, help, version;
};

static const char head[] =
    "relaisctl - talks to relaisd\n"
    "\n"
    "  relaisctl [--standalone DIR | --config FILE] [--token-file FILE] [--json] COMMAND ...\n"
    "\n"
    "relaisd is found by --standalone DIR, by --config FILE, by the environment variable\n"
    "RELAIS_CONTROL (the directory, a socket's path or 127.0.0.1:PORT, the token's file then in\n"
    "RELAIS_TOKEN_FILE), or by the installed relais.conf. Who you are is told by the token: the "
    "one\n"
    "of --token-file or RELAIS_TOKEN_FILE, else the house's own. --json prints what relaisd\n"
    "answered.\n";
static const char tail[] = "\nExit status: 0 done, 1 refused or bad news, 2 wrong command line, 69 "
                           "relaisd was not\nreached, 78 the configuration must be mended.\n";

/* --- help --- */

static bool is_option(const struct ctl_arg *arg)
{
    return arg->name[0] == '-';
}

static void print_usage(FILE *out, const struct command *c)
{
    fprintf(out, "  relaisctl %s", c->words);
    for (const struct ctl_arg *a = c->args; a->name; a++) {
        fprintf(out, a->required ? " %s" : " [%s", a->name);
        if (a->value)
            fprintf(out, " %s", a->value);
        if (!a->required)
            fputs("]", out);
    }
    fprintf(out, "%s\n      %s\n", c->can_watch ? " [--watch]" : "", c->help);
}

static bool begins_with(const struct command *c, const char *word)
{
    size_t len = strlen(word);

    return strncmp(c->words, word, len) == 0 && (c->words[len] == '\0' || c->words[len] == ' ');
}

static bool is_noun(const char *word)
{
    const struct command *c;

    for (size_t i = 0; (c = ctl_command(i)); i++) {
        if (begins_with(c, word))
            return true;
    }
    return false;
}

/* All commands, or those of one noun. */
static int print_help(const char *noun)
{
    const struct command *c;
    size_t n = 0;

    if (!noun) {
        fputs(head, stdout);
        fputs("\n", stdout);
    }
    for (size_t i = 0; (c = ctl_command(i)); i++) {
        if (!noun || begins_with(c, noun)) {
            print_usage(stdout, c);
            n++;
        }
    }
    if (n == 0) {
        fprintf(stderr, "relaisctl: no command begins with %s; relaisctl help lists them\n", noun);
        return CTL_MISUSE;
    }
    if (!noun)
        fputs(tail, stdout);
    return 0;
}

/* --- the command line --- */

/* Takes the options that every command has out of argv; the rest moves up. */
static bool take_globals(int *argc, char **argv, struct globals *g)
{
    static const struct {
        const char *name;
        size_t offset;
        bool flag;
    } table[] = {
        { "--config", offsetof(struct globals, where.config), false },
        { "--standalone", offsetof(struct globals, where.standalone), false },
        { "--token-file", offsetof(struct globals, where.token_file), false },
        { "--json", offsetof(struct globals, json), true },
        { "--watch", offsetof(struct globals, watch), true },
        { "--help", offsetof(struct globals, help), true },
        { "--version", offsetof(struct globals, version), true },
    };
    int kept = 1;

    for (int i = 1; i < *argc; i++) {
        size_t k = 0;
        while (k < sizeof(table) / sizeof(table[0]) && strcmp(argv[i], table[k].name) != 0)
            k++;
        if (k == sizeof(table) / sizeof(table[0])) {
            argv[kept++] = argv[i];
        } else if (table[k].flag) {
            *(bool *)((char *)g + table[k].offset) = true;
        } else if (i + 1 < *argc) {
            *(const char **)((char *)g + table[k].offset) = argv[++i];
        } else {
            fprintf(stderr, "relaisctl: %s needs a value\n", argv[i]);
            return false;
        }
    }
    *argc = kept;
    return true;
}

/* How many of the words on the command line are the command's; 0: it is another command. */
static int match_words(const struct command *c, int argc, char **argv)
{
    const char *rest = c->words;
    int n = 0;

    while (*rest) {
        size_t len = strcspn(rest, " ");
        if (n >= argc || strlen(argv[n]) != len || strncmp(rest, argv[n], len) != 0)
            return 0;
        n++;
        rest += len + (rest[len] == ' ');
    }
    return n;
}

static bool take_option(struct ctl *ctl, int argc, char **argv, int *i)
{
    const struct command *c = ctl->command;

    for (size_t k = 0; c->args[k].name; k++) {
        if (strcmp(c->args[k].name, argv[*i]) != 0)
            continue;
        if (c->args[k].kind == ARG_FLAG || c->args[k].kind == ARG_OURS_FLAG) {
            ctl->given[k] = "";
            return true;
        }
        if (*i + 1 >= argc) {
            fprintf(stderr, "relaisctl: %s needs a value: %s\n", argv[*i], c->args[k].value);
            return false;
        }
        ctl->given[k] = argv[++*i];
        return true;
    }
    fprintf(stderr, "relaisctl: %s does not know %s. It is used like this:\n", c->words, argv[*i]);
    print_usage(stderr, c);
    return false;
}

static bool take_args(struct ctl *ctl, int argc, char **argv)
{
    const struct command *c = ctl->command;
    size_t place = 0;

    for (int i = 0; i < argc; i++) {
        if (argv[i][0] == '-' && argv[i][1] == '-') {
            if (!take_option(ctl, argc, argv, &i))
                return false;
            continue;
        }
        while (c->args[place].name && is_option(&c->args[place]))
            place++;
        if (!c->args[place].name) {
            fprintf(stderr, "relaisctl: %s: unexpected '%s'. It is used like this:\n", c->words,
                    argv[i]);
            print_usage(stderr, c);
            return false;
        }
        ctl->given[place++] = argv[i];
    }
    for (size_t k = 0; c->args[k].name; k++) {
        if (c->args[k].required && !ctl->given[k]) {
            fprintf(stderr, "relaisctl: %s needs %s. It is used like this:\n", c->words,
                    c->args[k].name);
            print_usage(stderr, c);
            return false;
        }
    }
    return true;
}

/* --- what the arguments become --- */

void ctl_add_escaped(struct buffer *out, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *text; text++) {
        if (strchr(plain, *text))
            buffer_add(out, text, 1);
        else
            buffer_printf(out, "%%%02X", (unsigned char)*text);
    }
}

static bool is_number(const char *text)
{
    return *text && strlen(text) <= 18 && text[strspn(text, "0123456789")] == '\0';
}

bool ctl_parse_duration(const char *text, int64_t *seconds)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    char *end;
    long n = strtol(text, &end, 10);

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (end != text && n > 0 && n < 1000000 && end[0] == units[i].unit && !end[1]) {
            *seconds = n * units[i].seconds;
            return true;
        }
    }
    return false;
}

static json_t *read_file(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    struct buffer text;
    char chunk[4096];
    json_t *value = NULL;
    size_t n;

    buffer_init(&text, FILE_BYTES_MAX);
    while (file && (n = fread(chunk, 1, sizeof(chunk), file)) > 0 && !text.full)
        buffer_add(&text, chunk, n);
    while (text.len > 0 && text.data[text.len - 1] == '\n')
        text.len--; /* the newline of the file's last line is not part of the message */
    if (file && !text.full)
        value = json_stringn(text.data ? text.data : "", text.len);
    if (!value)
        fprintf(stderr, "relaisctl: %s: cannot be read, is too large, or is not UTF-8\n", path);
    if (file && file != stdin)
        fclose(file);
    buffer_close(&text);
    return value;
}

/* The id behind a name: asks relaisd at `path`, which answers {LIST: [{"id": ...}]} or {"id": ...}.
 */
static bool ask_id(struct ctl *ctl, const char *name, const char *path, const char *list,
                   uint64_t *id)
{
    json_t *reply = NULL;
    const json_t *found;
    struct error err;
    int status = 0;

    if (ctl_call(&ctl->place, "GET", path, NULL, &status, &reply, &err)) {
        fprintf(stderr, "relaisctl: %s\n", err.text);
        ctl->unreached = true;
        return false;
    }
    found = list ? json_array_get(json_object_get(reply, list), 0) : reply;
    *id = (uint64_t)get_int(found, "id");
    if (status != 200 || *id == 0)
        fprintf(stderr, "relaisctl: %s: %s\n", name,
                *get_text(reply, "error") ? get_text(reply, "error") : "nothing of that name");
    json_decref(reply);
    return status == 200 && *id != 0;
}

static bool resolve_id(struct ctl *ctl, enum arg_kind kind, const char *text, uint64_t *id)
{
    const char *colon = strchr(text, ':');
    struct buffer path;
    char *partner;
    bool ok;

    if (is_number(text)) {
        *id = strtoull(text, NULL, 10);
        return true;
    }
    buffer_init(&path, CTL_PATH_SIZE);
    if (kind == ARG_CAMPAIGN) {
        buffer_add_text(&path, "/v1/campaigns?name=");
        ctl_add_escaped(&path, text);
        ok = ask_id(ctl, text, buffer_text(&path), "campaigns", id);
    } else if (colon) {
        partner = strndup(text, (size_t)(colon - text));
        buffer_add_text(&path, "/v1/partners/");
        ctl_add_escaped(&path, partner ? partner : "");
        buffer_add_text(&path, "/customers?number=");
        ctl_add_escaped(&path, colon + 1);
        free(partner);
        ok = ask_id(ctl, text, buffer_text(&path), NULL, id);
    } else {
        fprintf(stderr,
                "relaisctl: expected a customer's id or PARTNER:NUMBER, got '%s'; "
                "relaisctl customer find looks for names and numbers\n",
                text);
        ok = false;
    }
    buffer_close(&path);
    return ok;
}

static json_t *make_pair(const struct ctl_arg *arg, const char *text)
{
    const char *equal = strchr(text, '=');
    json_t *pair = json_object();
    char *name = equal ? strndup(text, (size_t)(equal - text)) : NULL;

    if (!name || !*name || json_object_set_new(pair, name, json_string(equal + 1))) {
        fprintf(stderr, "relaisctl: %s: expected NAME=VALUE, got '%s'\n", arg->name, text);
        json_decref(pair);
        pair = NULL;
    }
    free(name);
    return pair;
}

/* NULL: a message was printed. */
static json_t *make_value(struct ctl *ctl, const struct ctl_arg *arg, const char *text)
{
    int64_t seconds;
    uint64_t id;
    json_t *value;

    switch (arg->kind) {
    case ARG_TEXT:
        value = json_string(text);
        if (!value)
            fprintf(stderr, "relaisctl: %s: not UTF-8\n", arg->name);
        return value;
    case ARG_NUMBER:
        if (is_number(text))
            return json_integer(strtoll(text, NULL, 10));
        fprintf(stderr, "relaisctl: %s: expected a number, got '%s'\n", arg->name, text);
        return NULL;
    case ARG_FLAG:
        return json_true();
    case ARG_OURS:
    case ARG_OURS_FLAG:
        return NULL;
    case ARG_FILE:
        return read_file(text);
    case ARG_DURATION:
        if (ctl_parse_duration(text, &seconds))
            return json_integer(seconds);
        fprintf(stderr, "relaisctl: %s: expected a duration like 30m, 2h or 1d, got '%s'\n",
                arg->name, text);
        return NULL;
    case ARG_AGO:
        if (ctl_parse_duration(text, &seconds))
            return json_integer(time(NULL) - seconds);
        fprintf(stderr, "relaisctl: %s: expected a duration like 2h or 30d, got '%s'\n", arg->name,
                text);
        return NULL;
    case ARG_PAIR:
        return make_pair(arg, text);
    case ARG_CAMPAIGN:
    case ARG_CUSTOMER:
        return resolve_id(ctl, arg->kind, text, &id) ? json_integer((json_int_t)id) : NULL;
    }
    return NULL;
}

static void add_value(struct buffer *out, const json_t *value)
{
    if (json_is_string(value))
        ctl_add_escaped(out, json_string_value(value));
    else
        buffer_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
}

/* The path with its {} filled in and, for GET, the query; or the body. */
static bool make_request(struct ctl *ctl, struct buffer *path, json_t *body)
{
    const struct command *c = ctl->command;
    const char *hole = strstr(c->path, "{}");
    bool get = strcmp(c->method, "GET") == 0;
    char separator = '?';

    buffer_printf(path, "%.*s", (int)(hole ? (size_t)(hole - c->path) : strlen(c->path)), c->path);
    for (size_t k = 0; c->args[k].name; k++) {
        const struct ctl_arg *a = &c->args[k];
        json_t *value;

        if (!ctl->given[k] || a->kind == ARG_OURS || a->kind == ARG_OURS_FLAG)
            continue;
        value = make_value(ctl, a, ctl->given[k]);
        if (!value)
            return false;
        if (!a->field) { /* these stand first in the table */
            add_value(path, value);
            buffer_add_text(path, hole + 2);
        } else if (get) {
            buffer_printf(path, "%c%s=", separator, a->field);
            add_value(path, value);
            separator = '&';
        } else {
            json_object_set(body, a->field, value);
        }
        json_decref(value);
    }
    return true;
}

/* --- running --- */

static int finish(const struct ctl *ctl, int status, const json_t *reply)
{
    const struct command *c = ctl->command;
    const char *why = get_text(reply, "error");

    if (ctl->json && reply) {
        json_dumpf(reply, stdout, JSON_INDENT(2));
        fputs("\n", stdout);
    }
    if (status >= 300) {
        fprintf(stderr, "relaisctl: %s\n",
                *why            ? why
                : status == 413 ? "that is too large"
                                : "relaisd refused the request");
        return CTL_FAILED;
    }
    if (!ctl->json)
        c->show(reply);
    return c->bad && c->bad(reply) ? CTL_FAILED : 0;
}

static int call_and_show(const struct ctl *ctl, const char *path, const json_t *body, bool *over)
{
    const struct command *c = ctl->command;
    bool get = strcmp(c->method, "GET") == 0;
    json_t *reply = NULL;
    struct error err;
    int status = 0, result;

    if (ctl_call(&ctl->place, c->method, path, get ? NULL : body, &status, &reply, &err)) {
        fprintf(stderr, "relaisctl: %s\n", err.text);
        return CTL_UNREACHED;
    }
    if (c->stay && status < 300)
        reply = c->stay(ctl, reply);
    if (ctl->watch && !c->follow && !ctl->json && isatty(STDOUT_FILENO))
        fputs("\033[H\033[J", stdout);
    if (c->follow && ctl->watch && status < 300) {
        if (!ctl->json)
            c->show(reply);
        result = ctl_follow_campaign(ctl, (uint64_t)get_int(reply, "id"));
        *over = true;
    } else {
        result = finish(ctl, status, reply);
        *over = result != 0 || (c->over && c->over(reply));
    }
    json_decref(reply);
    fflush(stdout);
    return result;
}

static int fetch(const struct ctl *ctl, const char *path)
{
    json_t *reply = NULL;
    struct error err;
    int status = 0, result = 0;

    if (ctl_fetch(&ctl->place, path, stdout, &status, &reply, &err)) {
        fprintf(stderr, "relaisctl: %s\n", err.text);
        return CTL_UNREACHED;
    }
    if (status != 200)
        result = finish(ctl, status, reply);
    json_decref(reply);
    return result;
}

static int run(struct ctl *ctl)
{
    const struct timespec second = { 1, 0 };
    json_t *body = json_object();
    struct buffer path;
    bool over = true;
    int result = CTL_FAILED;

    buffer_init(&path, 16 * CTL_PATH_SIZE);
    if (!make_request(ctl, &path, body)) {
        result = ctl->unreached ? CTL_UNREACHED : CTL_FAILED;
        goto out;
    }
    if (ctl->command->fetch) {
        result = ctl->command->fetch(ctl, buffer_text(&path));
        if (result != CTL_SHOW)
            goto out;
    }
    if (ctl->command->raw) {
        result = fetch(ctl, buffer_text(&path));
        goto out;
    }
    if (ctl->command->list && (!ctl->command->show || ctl_given(ctl, "--csv"))) {
        result = ctl_run_pages(ctl, buffer_text(&path));
        goto out;
    }
    do {
        result = call_and_show(ctl, buffer_text(&path), body, &over);
    } while (ctl->watch && !over && nanosleep(&second, NULL) == 0);
out:
    buffer_close(&path);
    json_decref(body);
    return result;
}

static const struct command *find_command(int argc, char **argv, int *words)
{
    const struct command *c;

    for (size_t i = 0; (c = ctl_command(i)); i++) {
        *words = match_words(c, argc, argv);
        if (*words > 0)
            return c;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct globals g = { 0 };
    struct ctl ctl = { 0 };
    struct error err;
    int words;
    enum rc rc;

    if (!take_globals(&argc, argv, &g))
        return CTL_MISUSE;
    argc--;
    argv++;
    if (g.version) {
        puts("relaisctl " RELAIS_VERSION);
        return 0;
    }
    if (argc == 0 && !g.help) {
        fputs("relaisctl: which command? relaisctl help lists them\n", stderr);
        return CTL_MISUSE;
    }
    if (argc == 0 || strcmp(argv[0], "help") == 0)
        return print_help(argc > 1 ? argv[1] : NULL);
    ctl.command = find_command(argc, argv, &words);
    if (g.help)
        return print_help(argv[0]);
    if (!ctl.command && argc == 1 && is_noun(argv[0])) { /* "relaisctl message": what about it? */
        (void)print_help(argv[0]);
        return CTL_MISUSE;
    }
    if (!ctl.command) {
        fprintf(stderr, "relaisctl: there is no command %s%s%s; relaisctl help lists them\n",
                argv[0], argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
        return CTL_MISUSE;
    }
    ctl.where = g.where;
    ctl.json = g.json;
    ctl.watch = g.watch;
    if (g.watch && !ctl.command->can_watch) {
        fprintf(stderr, "relaisctl: %s has nothing to watch\n", ctl.command->words);
        return CTL_MISUSE;
    }
    if (!take_args(&ctl, argc - words, argv + words))
        return CTL_MISUSE;
    if (ctl.command->offline)
        return ctl.command->offline(&ctl);
    rc = ctl_find_place(g.where.config, g.where.standalone, g.where.token_file, &ctl.place, &err);
    if (rc) {
        fprintf(stderr, "relaisctl: %s\n", err.text);
        return rc == RC_AGAIN ? CTL_UNREACHED : CTL_BAD_CONFIG;
    }
    return run(&ctl);
}
