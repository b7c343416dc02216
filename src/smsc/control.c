/* control.c - a table of commands, and the socket they come by. */
#define LOG_PART "control"
#include "smsc/control.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "base/buffer.h"
#include "base/log.h"
#include "smsc/address.h"
#include "smsc/inbound.h"
#include "smsc/journal.h"
#include "smsc/smsc.h"

#define LINE_MAX_BYTES   16384
#define ANSWER_MAX_BYTES 65536
#define CONNECTIONS_MAX  32
#define DOUBLES_SHOWN    100
#define BACKLOG          16

struct connection {
    struct control *control;
    struct bufferevent *stream;
    LIST_ENTRY(connection) link;
};

struct control {
    struct smsc *smsc;
    struct evconnlistener *listener;
    char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
    LIST_HEAD(, connection) connections;
    unsigned n;
};

/* --- answers --- */

static void add_json(struct buffer *out, const char *text)
{
    buffer_add_text(out, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buffer_printf(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            buffer_printf(out, "\\u%04x", (unsigned char)*text);
        else
            buffer_add(out, text, 1);
    }
    buffer_add_text(out, "\"");
}

static void say_error(struct buffer *out, const char *text)
{
    buffer_add_text(out, "{\"ok\":false,\"error\":");
    add_json(out, text);
    buffer_add_text(out, "}");
}

static void say_ok(struct buffer *out)
{
    buffer_add_text(out, "{\"ok\":true}");
}

/* --- commands --- */

/* The next word of *rest, which moves on; NULL: there is none. */
static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, " ");
    size_t len = strcspn(word, " ");

    if (len == 0)
        return NULL;
    *rest = word + len;
    if (**rest)
        *(*rest)++ = '\0';
    return word;
}

static void run_stats(struct smsc *c, char *args, struct buffer *out)
{
    (void)args;
    journal_flush(c->journal);
    buffer_add_text(out, "{\"ok\":true,\"stats\":");
    stats_print(&c->stats, &c->tally, out);
    buffer_add_text(out, "}");
}

static void run_send(struct smsc *c, char *args, struct buffer *out)
{
    char *from_text = next_word(&args), *to_text = next_word(&args);
    struct address from, to;

    if (!to_text || !*args || strlen(from_text) >= ADDRESS_SIZE ||
        strlen(to_text) >= ADDRESS_SIZE) {
        say_error(out, "expected: send FROM TO TEXT, with numbers of at most 20 characters");
        return;
    }
    inbound_address(from_text, &from);
    inbound_address(to_text, &to);
    buffer_printf(out, "{\"ok\":true,\"parts\":%u}",
                  inbound_send(c, account_for_anybody(c), &from, &to, args, c->now_us));
}

static void run_drop(struct smsc *c, char *args, struct buffer *out)
{
    (void)args;
    smsc_drop_all(c, "control: drop");
    say_ok(out);
}

static void run_pause(struct smsc *c, char *args, struct buffer *out)
{
    (void)args;
    smsc_pause(c, true);
    say_ok(out);
}

static void run_resume(struct smsc *c, char *args, struct buffer *out)
{
    (void)args;
    smsc_pause(c, false);
    say_ok(out);
}

static void run_set(struct smsc *c, char *args, struct buffer *out)
{
    char *key = next_word(&args);
    struct error err;

    if (!key) {
        say_error(out, "expected: set KEY VALUE");
        return;
    }
    if (scenario_set(&c->scenario, &c->arena, key, args, &err)) {
        say_error(out, err.text);
        return;
    }
    log_info("scenario=changed key=%s", key);
    say_ok(out);
}

static void add_double(void *arg, const char *destination)
{
    struct buffer *out = arg;

    if (out->data[out->len - 1] != '[')
        buffer_add_text(out, ",");
    add_json(out, destination);
}

static void run_doubles(struct smsc *c, char *args, struct buffer *out)
{
    (void)args;
    buffer_printf(out,
                  "{\"ok\":true,\"doubled_destinations\":%" PRIu64 ",\"double_messages\":%" PRIu64
                  ",\"destinations\":[",
                  c->tally.doubled, c->tally.double_messages);
    tally_each_double(&c->tally, DOUBLES_SHOWN, add_double, out);
    buffer_add_text(out, "]}");
}

static void run_quit(struct smsc *c, char *args, struct buffer *out)
{
    (void)args;
    smsc_stop(c);
    say_ok(out);
}

static const struct command {
    const char *name, *args, *help;
    void (*run)(struct smsc *c, char *args, struct buffer *out);
} commands[] = {
    { "stats", "", "all counts", run_stats },
    { "send", " FROM TO TEXT", "a handset sends this message now", run_send },
    { "drop", "", "cut every connection", run_drop },
    { "pause", "", "keep the sockets, read and say nothing", run_pause },
    { "resume", "", "go on after pause", run_resume },
    { "set", " KEY VALUE", "change a key of the scenario (lists: \"1% 0x400, 2% 0x58\")", run_set },
    { "doubles", "", "destinations that got a message twice, the first 100 by name", run_doubles },
    { "quit", "", "unbind, print the counts, end", run_quit },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

void control_print_commands(FILE *out)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        int width = fprintf(out, "  %s%s", commands[i].name, commands[i].args);
        fprintf(out, "%*s%s\n", width < 24 ? 24 - width : 1, "", commands[i].help);
    }
}

void control_run(struct smsc *c, const char *line, struct buffer *answer)
{
    char *copy = strdup(line), *args = copy, *name;

    name = copy ? next_word(&args) : NULL;
    for (size_t i = 0; name && i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            commands[i].run(c, args, answer);
            free(copy);
            return;
        }
    }
    say_error(answer, "expected one of: stats, send, drop, pause, resume, set, doubles, quit");
    free(copy);
}

/* --- the socket --- */

static void connection_free(struct connection *k)
{
    LIST_REMOVE(k, link);
    k->control->n--;
    bufferevent_free(k->stream);
    free(k);
}

static void on_line(struct bufferevent *stream, void *arg)
{
    struct connection *k = arg;
    struct evbuffer *in = bufferevent_get_input(stream);
    struct buffer answer;
    char *line;

    smsc_tell_time(k->control->smsc);
    while ((line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF)) != NULL) {
        buffer_init(&answer, ANSWER_MAX_BYTES);
        control_run(k->control->smsc, line, &answer);
        buffer_add_text(&answer, "\n");
        bufferevent_write(stream, buffer_text(&answer), answer.len);
        buffer_close(&answer);
        free(line);
    }
    if (evbuffer_get_length(in) > LINE_MAX_BYTES) {
        log_warn("control=closed reason=\"a line of more than %d bytes\"", LINE_MAX_BYTES);
        connection_free(k);
    }
}

static void on_end(struct bufferevent *stream, short what, void *arg)
{
    (void)stream;
    (void)what;
    connection_free(arg);
}

static void on_connect(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer,
                       int len, void *arg)
{
    struct control *control = arg;
    struct connection *k = control->n < CONNECTIONS_MAX ? calloc(1, sizeof(*k)) : NULL;

    (void)peer;
    (void)len;
    if (k)
        k->stream =
            bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
    if (!k || !k->stream) {
        log_warn("control=refused reason=\"too many connections\"");
        free(k);
        close(fd);
        return;
    }
    k->control = control;
    control->n++;
    LIST_INSERT_HEAD(&control->connections, k, link);
    bufferevent_setcb(k->stream, on_line, NULL, on_end, k);
    /* One that asks and does not read the answers is not read from. */
    bufferevent_setwatermark(k->stream, EV_READ, 0, 2 * LINE_MAX_BYTES);
    bufferevent_enable(k->stream, EV_READ | EV_WRITE);
}

enum rc control_open(struct smsc *c, const char *path, struct control **out, struct error *err)
{
    struct control *control = calloc(1, sizeof(*control));
    struct sockaddr_un sun = { .sun_family = AF_UNIX };
    enum rc rc = RC_FAIL;
    mode_t mask;

    if (!control)
        return error_set(err, RC_FAIL, "no memory");
    control->smsc = c;
    LIST_INIT(&control->connections);
    if (!*path || strlen(path) >= sizeof(sun.sun_path)) {
        rc = error_set(err, RC_INVALID, "'%s': expected a path of 1 to %zu bytes", path,
                       sizeof(sun.sun_path) - 1);
        goto out;
    }
    memcpy(sun.sun_path, path, strlen(path));
    rc = address_free_path((struct sockaddr *)&sun, err);
    if (rc)
        goto out;
    mask = umask(0177);
    control->listener = evconnlistener_new_bind(c->base, on_connect, control,
                                                LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
                                                BACKLOG, (struct sockaddr *)&sun, sizeof(sun));
    umask(mask);
    if (!control->listener) {
        rc = error_set(err, RC_FAIL, "%s: cannot listen: %s", path, strerror(errno));
        goto out;
    }
    memcpy(control->path, path, strlen(path));
    *out = control;
    control = NULL;
out:
    control_close(control);
    return rc;
}

void control_close(struct control *control)
{
    if (!control)
        return;
    while (!LIST_EMPTY(&control->connections))
        connection_free(LIST_FIRST(&control->connections));
    if (control->listener)
        evconnlistener_free(control->listener);
    if (*control->path)
        unlink(control->path);
    free(control);
}
