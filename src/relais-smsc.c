/* relais-smsc.c - the carrier simulator: options, signals, and the counts at the end. */
#define LOG_PART "smsc"
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/buffer.h"
#include "base/log.h"
#include "smsc/control.h"
#include "smsc/journal.h"
#include "smsc/smsc.h"
#include "smsc/wire.h"

#define STATS_MAX_BYTES 65536

static const char *scenario_path; /* for SIGHUP; NULL: none was given */

struct options {
    const char *listen, *scenario, *log, *control;
    const char *tls_cert, *tls_key, *tls_client_ca;
    bool log_text, log_inbound, quiet;
    long duration_s;
};

enum {
    OPT_LOG_TEXT = 256,
    OPT_LOG_INBOUND,
    OPT_TLS_CERT,
    OPT_TLS_KEY,
    OPT_TLS_CLIENT_CA,
    OPT_PRINT_SCENARIO,
    OPT_PRINT_MANUAL,
};

static const struct option_help {
    struct option option;
    const char *arg, *help;
} options_help[] = {
    { { "listen", required_argument, NULL, 'l' },
      "ADDRESS:PORT",
      "where SMPP clients connect; PORT 0 takes a free one; also\n"
      "unix:/path (default 127.0.0.1:2775)" },
    { { "scenario", required_argument, NULL, 's' },
      "FILE",
      "how the carrier behaves; without one all is well" },
    { { "log", required_argument, NULL, 'o' },
      "FILE",
      "append a line for each message accepted: time, id, source,\n"
      "destination, reference, part, hash of the text" },
    { { "log-text", no_argument, NULL, OPT_LOG_TEXT }, "", "write the text in place of its hash" },
    { { "log-inbound", no_argument, NULL, OPT_LOG_INBOUND },
      "",
      "write a line for each message from a handset, too, once\nit is acknowledged" },
    { { "control", required_argument, NULL, 'c' }, "PATH", "a unix socket that takes commands" },
    { { "tls-cert", required_argument, NULL, OPT_TLS_CERT },
      "FILE",
      "speak TLS, with this certificate and its chain (PEM)" },
    { { "tls-key", required_argument, NULL, OPT_TLS_KEY },
      "FILE",
      "its key (PEM); without one it is in the file of --tls-cert" },
    { { "tls-client-ca", required_argument, NULL, OPT_TLS_CLIENT_CA },
      "FILE",
      "clients must show a certificate of this authority" },
    { { "duration", required_argument, NULL, 'd' }, "SECONDS", "end by itself after so long" },
    { { "quiet", no_argument, NULL, 'q' }, "", "only warnings and errors on stderr" },
    { { "print-scenario", no_argument, NULL, OPT_PRINT_SCENARIO },
      "",
      "print every scenario key with its default and what it does" },
    { { "print-manual", no_argument, NULL, OPT_PRINT_MANUAL },
      "",
      "print the same as a part of the manual page" },
    { { "help", no_argument, NULL, 'h' }, "", "this text" },
    { { "version", no_argument, NULL, 'V' }, "", "the version" },
};
#define OPTIONS (sizeof(options_help) / sizeof(options_help[0]))

static void print_option(const struct option_help *o)
{
    const char *line = o->help;
    int width = printf("  --%s %s", o->option.name, o->arg);

    while (*line) {
        size_t len = strcspn(line, "\n");
        printf("%*s%.*s\n", width < 27 ? 27 - width : 1, "", (int)len, line);
        line += len + (line[len] == '\n');
        width = 0;
    }
}

static void print_help(void)
{
    printf("relais-smsc - a mobile carrier to rehearse with: takes messages by SMPP 3.4, sends\n"
           "receipts and replies, and misbehaves as much as you ask it to. No message leaves\n"
           "this machine.\n\n"
           "  relais-smsc [options]\n\n");
    for (size_t i = 0; i < OPTIONS; i++)
        print_option(&options_help[i]);
    printf("\nFor a first try, point a carrier section of relais.conf at 127.0.0.1 port 2775 with\n"
           "any system_id and password, and run:\n\n"
           "  relais-smsc                                   all is well, receipts after 50 ms\n"
           "  relais-smsc --scenario demo.conf              some failures, some STOP replies\n"
           "  relais-smsc --scenario rough.conf             everything that ever went wrong\n\n"
           "It prints `relais-smsc listening=ADDRESS:PORT` when ready, and its counts as one line\n"
           "of JSON on SIGUSR1 and at the end (SIGTERM, SIGINT). doubled_destinations is the one\n"
           "to look at first: how many numbers got a message twice. SIGHUP reads the scenario\n"
           "file again.\n\n"
           "Commands on the socket of --control, one a line, each answered by a line of JSON:\n\n");
    control_print_commands(stdout);
    printf("\n  echo 'send +33612345678 36105 STOP' | socat - UNIX-CONNECT:/tmp/smsc.sock\n\n"
           "The manual page relais-smsc(1) and --print-scenario explain the scenario keys.\n");
}

static bool parse_duration(const char *text, long *out)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || value < 1 || value > 365L * 86400)
        return false;
    *out = value;
    return true;
}

/* -1: go on; else the exit status. */
static int parse_options(int argc, char **argv, struct options *o)
{
    struct option list[OPTIONS + 1];
    int c;

    memset(list, 0, sizeof(list));
    for (size_t i = 0; i < OPTIONS; i++)
        list[i] = options_help[i].option;
    *o = (struct options){ .listen = "127.0.0.1:2775" };
    while ((c = getopt_long(argc, argv, "hVq", list, NULL)) != -1) {
        switch (c) {
        case 'l':
            o->listen = optarg;
            break;
        case 's':
            o->scenario = optarg;
            break;
        case 'o':
            o->log = optarg;
            break;
        case OPT_TLS_CERT:
            o->tls_cert = optarg;
            break;
        case OPT_TLS_KEY:
            o->tls_key = optarg;
            break;
        case OPT_TLS_CLIENT_CA:
            o->tls_client_ca = optarg;
            break;
        case OPT_LOG_TEXT:
            o->log_text = true;
            break;
        case OPT_LOG_INBOUND:
            o->log_inbound = true;
            break;
        case 'c':
            o->control = optarg;
            break;
        case 'd':
            if (!parse_duration(optarg, &o->duration_s)) {
                fprintf(stderr, "relais-smsc: --duration %s: expected seconds, 1 or more\n",
                        optarg);
                return 2;
            }
            break;
        case 'q':
            o->quiet = true;
            break;
        case OPT_PRINT_SCENARIO:
            config_print_sample(&scenario_schema, stdout);
            return 0;
        case OPT_PRINT_MANUAL:
            config_print_manual(&scenario_schema, stdout);
            return 0;
        case 'h':
            print_help();
            return 0;
        case 'V':
            printf("relais-smsc %s\n", RELAIS_VERSION);
            return 0;
        default:
            fprintf(stderr, "relais-smsc --help tells the options.\n");
            return 2;
        }
    }
    if ((o->tls_key || o->tls_client_ca) && !o->tls_cert) {
        fprintf(stderr, "relais-smsc: --tls-key and --tls-client-ca need --tls-cert\n");
        return 2;
    }
    if (optind < argc) {
        fprintf(stderr, "relais-smsc: unexpected '%s'; --help tells the options\n", argv[optind]);
        return 2;
    }
    return -1;
}

static void print_stats(const struct smsc *c)
{
    struct buffer out;

    buffer_init(&out, STATS_MAX_BYTES);
    stats_print(&c->stats, &c->tally, &out);
    printf("%s\n", buffer_text(&out));
    fflush(stdout);
    buffer_close(&out);
}

static void on_stop(evutil_socket_t signal, short what, void *arg)
{
    (void)signal;
    (void)what;
    smsc_stop(arg);
}

static void on_usr1(evutil_socket_t signal, short what, void *arg)
{
    struct smsc *c = arg;

    (void)signal;
    (void)what;
    journal_flush(c->journal);
    print_stats(c);
}

static void on_hup(evutil_socket_t signal, short what, void *arg)
{
    struct smsc *c = arg;
    struct error err;

    (void)signal;
    (void)what;
    if (!scenario_path)
        log_warn("scenario=none note=\"there is no file to read again\"");
    else if (scenario_reload(&c->scenario, &c->arena, scenario_path, &err))
        log_error("scenario=refused reason=\"%s\" effect=\"the old one holds\"", err.text);
    else
        log_info("scenario=%s reloaded=yes", scenario_path);
}

static const struct {
    int number;
    event_callback_fn handle;
} signals[] = {
    { SIGTERM, on_stop },
    { SIGINT, on_stop },
    { SIGUSR1, on_usr1 },
    { SIGHUP, on_hup },
};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static enum rc run(struct smsc *c, const struct options *o)
{
    struct event *events[SIGNALS + 1] = { NULL };
    struct timeval end = { o->duration_s, 0 };
    enum rc rc = RC_FAIL;

    for (size_t i = 0; i < SIGNALS; i++) {
        events[i] = evsignal_new(c->base, signals[i].number, signals[i].handle, c);
        if (!events[i] || event_add(events[i], NULL) != 0)
            goto out;
    }
    events[SIGNALS] = evtimer_new(c->base, on_stop, c);
    if (!events[SIGNALS] || (o->duration_s > 0 && event_add(events[SIGNALS], &end) != 0))
        goto out;
    printf("relais-smsc listening=%s\n", smsc_address(c));
    fflush(stdout);
    rc = smsc_run(c);
out:
    for (size_t i = 0; i <= SIGNALS; i++) {
        if (events[i])
            event_free(events[i]);
    }
    return rc;
}

static enum rc start(struct smsc *c, const struct options *o, struct control **control,
                     struct error *err)
{
    enum rc rc = RC_OK;

    if (o->log)
        rc = journal_open(o->log, o->log_text, o->log_inbound, &c->journal, err);
    if (!rc && o->tls_cert)
        rc = wire_tls_new(o->tls_cert, o->tls_key, o->tls_client_ca, &c->tls, err);
    if (!rc)
        rc = smsc_listen(c, o->listen, err);
    if (!rc && o->control)
        rc = control_open(c, o->control, control, err);
    return rc;
}

int main(int argc, char **argv)
{
    struct options options;
    struct scenario scenario;
    struct arena arena;
    struct error err = { "no memory" };
    struct control *control = NULL;
    struct journal *journal;
    struct smsc *c;
    enum rc rc;
    int status = parse_options(argc, argv, &options);

    if (status >= 0)
        return status;
    log_to_stderr();
    if (options.quiet)
        log_set_level(NULL, LOG_LEVEL_WARN);
    signal(SIGPIPE, SIG_IGN);
    arena_init(&arena);
    scenario_path = options.scenario;
    if (scenario_load(options.scenario, &arena, &scenario, &err)) {
        fprintf(stderr, "relais-smsc: %s\n", err.text);
        arena_close(&arena);
        return 2;
    }
    c = smsc_new(&scenario, &arena);
    rc = c ? start(c, &options, &control, &err) : RC_FAIL;
    if (rc) {
        fprintf(stderr, "relais-smsc: %s\n", err.text);
    } else {
        rc = run(c, &options);
        print_stats(c);
    }
    control_close(control);
    journal = c ? c->journal : NULL;
    smsc_free(c);
    journal_close(journal);
    return rc ? 1 : 0;
}
