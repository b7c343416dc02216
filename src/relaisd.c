/* relaisd.c - the daemon: options, start, signals, stop. */
#include "relaisd.h"
#include "settings_advice.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <event2/event.h>

#define LOG_PART "main"
#include "base/log.h"
#include "config.h"

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#define DEFAULT_CONFIG RELAIS_SYSCONFDIR "/relais.conf"
#define STOP_LOOK_MS   20
#define EXIT_INTERNAL  1
#define EXIT_MISUSE    2

enum mode { MODE_RUN, MODE_CHECK, MODE_PRINT_CONFIG, MODE_PRINT_MANUAL, MODE_VERSION, MODE_HELP };

struct options {
    const char *config, *standalone;
    enum mode mode;
};

static const char help[] =
    "relaisd - takes partners' files, keeps customers and consents, sends and receives SMS and "
    "mail\n"
    "\n"
    "  relaisd --standalone DIR         everything in one directory, with a database of its own\n"
    "  relaisd [--config FILE]          as FILE says (" DEFAULT_CONFIG ")\n"
    "  relaisd --config FILE --standalone DIR\n"
    "                                   FILE's settings, but database and files in DIR\n"
    "\n"
    "  --check-config    read the configuration, say what is wrong with it, do nothing else\n"
    "  --print-config    a configuration with every key, its default and what it does\n"
    "  --version         the version\n"
    "  --help            this\n"
    "\n"
    "It stays in the foreground and logs to stderr, one line an event. TERM or INT: finish what "
    "is\n"
    "on the wire, then stop; a second one: stop now. HUP: read the configuration again.\n"
    "Talk to it with relaisctl: relaisctl status, relaisctl help.\n"
    "\n"
    "Exit status: 0 stopped as asked, 1 an inner fault, 2 wrong options, 69 a database or port\n"
    "could not be had, 78 something in the configuration must be mended.\n";

/* --- options --- */

static bool parse_options(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        { "config", required_argument, NULL, 'c' },
        { "standalone", required_argument, NULL, 's' },
        { "foreground", no_argument, NULL, 'f' }, /* the only way it runs; said by habit */
        { "check-config", no_argument, NULL, 'k' },
        { "print-config", no_argument, NULL, 'p' },
        { "print-manual", no_argument, NULL, 'm' }, /* for the build of relais.conf.5 */
        { "version", no_argument, NULL, 'V' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int c;

    *o = (struct options){ .mode = MODE_RUN };
    while ((c = getopt_long(argc, argv, "c:h", table, NULL)) != -1) {
        switch (c) {
        case 'c':
            o->config = optarg;
            break;
        case 's':
            o->standalone = optarg;
            break;
        case 'f':
            break;
        case 'k':
            o->mode = MODE_CHECK;
            break;
        case 'p':
            o->mode = MODE_PRINT_CONFIG;
            break;
        case 'm':
            o->mode = MODE_PRINT_MANUAL;
            break;
        case 'V':
            o->mode = MODE_VERSION;
            break;
        case 'h':
            o->mode = MODE_HELP;
            break;
        default:
            return false;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "relaisd: unexpected word '%s'\n", argv[optind]);
        return false;
    }
    if (!o->config && !o->standalone)
        o->config = DEFAULT_CONFIG;
    return true;
}

/* --- systemd --- */

static void notify(const char *state)
{
#ifdef HAVE_SYSTEMD
    sd_notify(0, state);
#else
    (void)state;
#endif
}

static void notify_reloading(void)
{
#ifdef HAVE_SYSTEMD
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_monotonic_us());
#endif
}

/* --- the clock --- */

/* A number of seconds, or a file that holds one. */
static int64_t read_shift(const char *text)
{
    char line[40] = "";
    FILE *file = *text == '/' ? fopen(text, "re") : NULL;

    if (file) {
        if (!fgets(line, sizeof(line), file))
            line[0] = '\0';
        fclose(file);
        text = line;
    }
    return strtoll(text, NULL, 10);
}

/* For drills and tests: what comes months later can be seen today. Only in a directory of its own,
 * so that a variable left behind cannot move a real installation, and never unseen. A file is read
 * again with the configuration. */
static void turn_clock(const struct options *options)
{
    static int64_t turned;
    const char *text = getenv("RELAIS_CLOCK_SHIFT");
    int64_t seconds = text && options->standalone ? read_shift(text) : 0;

    if (seconds == turned)
        return;
    clock_shift((seconds - turned) * USEC_PER_SEC);
    turned = seconds;
    log_warn("clock shift_s=%lld reason=\"RELAIS_CLOCK_SHIFT\"", (long long)seconds);
}

/* --- reload --- */

static void tell_change(void *arg, const char *key, bool live)
{
    (void)arg;
    if (live)
        log_info("config key=%s changed", key);
    else
        log_warn("config key=%s changed effect=\"after a restart\"", key);
}

/* What is live is copied into the settings that the parts look at; the rest, with its texts, stays
 * as it was read at the start, because lanes may be reading it at this moment. */
static void take_live(struct relaisd *r, const struct settings *now)
{
    struct settings_sms *sms = &r->settings->sms;

    settings_apply_log(now);
    sms->settle_ms = now->sms.settle_ms;
    sms->retry_ms = now->sms.retry_ms;
    sms->attempts_max = now->sms.attempts_max;
    sms->suppress_unknown = now->sms.suppress_unknown;
    sms->suppress_absent = now->sms.suppress_absent;
    sms->poll_ms = now->sms.poll_ms;
    sms->failover_ms = now->sms.failover_ms;
    relaisd_take_live(r);
    relaisd_watch_take_live(r, now);
}

struct running {
    struct relaisd *r;
    const struct options *options;
    struct settings *seen; /* as read by the last reload; NULL: none yet */
    struct event *stop_look;
};

static void on_reload(evutil_socket_t number, short what, void *arg)
{
    struct running *run = arg;
    struct settings *now;
    struct error err;

    (void)number;
    (void)what;
    notify_reloading();
    turn_clock(run->options);
    if (settings_load(run->options->config, run->options->standalone, &now, &err)) {
        log_error("config refused reason=\"%s\" effect=\"nothing was changed\"", err.text);
    } else {
        config_changes(settings_schema(), run->seen ? run->seen : run->r->settings, now,
                       tell_change, NULL);
        take_live(run->r, now);
        if (run->r->intake)
            intake_tell_changed_profiles(run->r->intake);
        settings_free(run->seen);
        run->seen = now;
        log_info("config reloaded file=%s", run->options->config ? run->options->config : "-");
    }
    notify("READY=1");
}

/* --- stop --- */

static void on_stop_look(evutil_socket_t fd, short what, void *arg)
{
    struct running *run = arg;

    (void)fd;
    (void)what;
    for (size_t i = 0; i < relaisd_n_parts; i++) {
        if (relaisd_parts[i].busy && relaisd_parts[i].busy(run->r))
            return;
    }
    event_base_loopbreak(run->r->base);
}

static void on_stop(evutil_socket_t number, short what, void *arg)
{
    static const struct timeval look = { 0, STOP_LOOK_MS * 1000 };
    struct running *run = arg;
    struct relaisd *r = run->r;

    (void)what;
    if (r->stopping) {
        log_warn("relaisd stopping now signal=%d effect=\"what is on the wire is not waited for\"",
                 (int)number);
        event_base_loopbreak(r->base);
        return;
    }
    r->stopping = true;
    notify("STOPPING=1");
    log_info("relaisd stopping signal=%d", (int)number);
    for (size_t i = relaisd_n_parts; i-- > 0;) {
        if (relaisd_parts[i].stop)
            relaisd_parts[i].stop(r);
    }
    event_add(run->stop_look, &look);
}

static void close_parts(struct relaisd *r)
{
    for (size_t i = relaisd_n_parts; i-- > 0;) {
        if (relaisd_parts[i].close)
            relaisd_parts[i].close(r);
    }
}

/* --- start --- */

static int exit_status(enum rc rc)
{
    switch (rc) {
    case RC_OK:
        return EXIT_SUCCESS;
    case RC_INVALID:
    case RC_NOTFOUND:
        return EX_CONFIG;
    case RC_AGAIN:
    case RC_CONFLICT:
    case RC_FAIL:
        return EX_UNAVAILABLE;
    case RC_UNKNOWN:
        break;
    }
    return EXIT_INTERNAL;
}

static enum rc start_parts(struct relaisd *r, struct error *err)
{
    for (size_t i = 0; i < relaisd_n_parts; i++) {
        const struct part *p = &relaisd_parts[i];
        enum rc rc = p->start ? p->start(r, err) : RC_OK;
        if (rc) {
            log_error("relaisd part=%s not started reason=\"%s\"", p->name, err->text);
            return rc;
        }
    }
    return RC_OK;
}

static int run_loop(struct relaisd *r, const struct options *options)
{
    struct running run = { .r = r, .options = options };
    struct event *term = evsignal_new(r->base, SIGTERM, on_stop, &run);
    struct event *interrupt = evsignal_new(r->base, SIGINT, on_stop, &run);
    struct event *hangup = evsignal_new(r->base, SIGHUP, on_reload, &run);
    int64_t begun = clock_monotonic_us();
    struct error err = { "" };
    enum rc rc = RC_FAIL;

    run.stop_look = event_new(r->base, -1, EV_PERSIST, on_stop_look, &run);
    /* Before the parts, which may take long: a TERM meanwhile is acted upon when they are up. */
    if (term && interrupt && hangup && run.stop_look && !event_add(term, NULL) &&
        !event_add(interrupt, NULL) && !event_add(hangup, NULL))
        rc = start_parts(r, &err);
    if (!rc) {
        notify("READY=1");
        log_info("relaisd ready version=%s node=%d database=%s socket=%s carriers=%zu seconds=%.2f",
                 RELAIS_VERSION, (int)r->settings->daemon.node_id,
                 settings_is_standalone(r->settings) ? "standalone" : "server",
                 r->settings->control.socket, r->settings->carriers.n,
                 (double)(clock_monotonic_us() - begun) / (double)USEC_PER_SEC);
        event_base_dispatch(r->base);
    }
    close_parts(r);
    if (!rc)
        log_info("relaisd stopped");
    settings_free(run.seen);
    event_free(run.stop_look);
    event_free(hangup);
    event_free(interrupt);
    event_free(term);
    return exit_status(rc);
}

static int run_daemon(struct settings *settings, const struct options *options)
{
    struct relaisd r = { .settings = settings };
    int status = EXIT_INTERNAL;

    signal(SIGPIPE, SIG_IGN);
    settings_apply_log(settings);
    turn_clock(options);
    r.started_at = clock_now();
    r.base = event_base_new();
    if (r.base) {
        status = run_loop(&r, options);
        event_base_free(r.base);
    }
    libevent_global_shutdown();
    return status;
}

static void tell_advice(void *arg, const char *words)
{
    (void)arg;
    printf("beware: %s\n", words);
}

static void check_done(const struct settings *settings, const char *name)
{
    settings_advise(settings, tell_advice, NULL);
    printf("%s is good\n", name);
}

int main(int argc, char **argv)
{
    struct options options;
    struct settings *settings = NULL;
    struct error err;
    int status = EXIT_SUCCESS;
    enum rc rc;

    if (!parse_options(argc, argv, &options)) {
        fputs("relaisd --help says how it is used\n", stderr);
        return EXIT_MISUSE;
    }
    switch (options.mode) {
    case MODE_HELP:
        fputs(help, stdout);
        return EXIT_SUCCESS;
    case MODE_VERSION:
        puts("relaisd " RELAIS_VERSION);
        return EXIT_SUCCESS;
    case MODE_PRINT_CONFIG:
        config_print_sample(settings_schema(), stdout);
        return EXIT_SUCCESS;
    case MODE_PRINT_MANUAL:
        config_print_manual(settings_schema(), stdout);
        return EXIT_SUCCESS;
    case MODE_RUN:
    case MODE_CHECK:
        break;
    }
    rc = settings_load(options.config, options.standalone, &settings, &err);
    if (!rc)
        rc = settings_holidays_read(settings, options.config, &err);
    if (rc) {
        settings_free(settings);
        fprintf(stderr, "relaisd: %s\n", err.text);
        return exit_status(rc);
    }
    if (options.mode == MODE_RUN)
        status = run_daemon(settings, &options);
    else
        check_done(settings, options.config ? options.config : "the default configuration");
    settings_free(settings);
    return status;
}
