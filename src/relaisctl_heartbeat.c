/*
 * relaisctl_heartbeat.c - asks relaisd whether it is well, and mails a person when it has not been
 * for long: of that, relaisd itself can tell nobody. conf/relais-heartbeat.timer runs it every
 * minute.
 *
 * A file keeps what was seen at the former runs. There is none as long as all is well. The mail is
 * noted there when somebody has it, so one that could not be sent is sent by a later run, and none
 * is sent twice but for a crash between the two.
 *
 * What stops relaisd may stop this, too, so none of it is needed: a full disk keeps no file, and a
 * relais.conf that is refused names no relay. Then it tells at once, each time, and by sendmail.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "channel/mail/compose.h"
#include "channel/mail/sender.h"
#include "domain/mail_address.h"
#include "relaisctl.h"
#include "settings.h"

#define PATIENCE_S  10
#define WHY_SIZE    300
#define TEXT_SIZE   2000
#define MAIL_MAX    (64 << 10)
#define STATE_FILE  "heartbeat.state"
#define SENDMAIL    "/usr/sbin/sendmail"
#define AFTER_USUAL 300

struct heartbeat {
    struct settings *settings;
    const char *to, *sendmail;
    char host[256], from[ADDRESS_SIZE], state_file[CTL_PATH_SIZE];
    int64_t after_s;
    bool refused; /* relais.conf is: these are the defaults */
    bool kept;    /* what was seen is, for the next run */
    /* What the file says; since 0: all was well. */
    utc_us since;
    bool told;
};

/* --- what was seen before --- */

static void read_state(struct heartbeat *h)
{
    FILE *file = fopen(h->state_file, "re");
    int64_t since;
    char word[8] = "";

    if (!file)
        return;
    if (fscanf(file, "ill since %" SCNd64 " %7s", &since, word) >= 1 && since > 0) {
        h->since = since;
        h->told = strcmp(word, "told") == 0;
    }
    fclose(file);
}

/* Whole or not at all. */
static bool write_state(const struct heartbeat *h)
{
    char aside[CTL_PATH_SIZE + 8];
    FILE *file;
    bool good;

    if (!h->since)
        return unlink(h->state_file) == 0 || errno == ENOENT;
    snprintf(aside, sizeof(aside), "%s.new", h->state_file);
    file = fopen(aside, "we");
    if (!file)
        return false;
    good = fprintf(file, "ill since %" PRId64 "%s\n", h->since, h->told ? " told" : "") > 0 &&
           fflush(file) == 0 && fsync(fileno(file)) == 0;
    return (fclose(file) == 0) && good && rename(aside, h->state_file) == 0;
}

/* --- asking --- */

/* Well: it answers, and so does its database. */
static bool is_well(const struct ctl *ctl, char why[WHY_SIZE])
{
    struct ctl_place place = { .answer_s = 0 };
    json_t *reply = NULL;
    struct error err;
    int status = 0;
    enum rc rc = ctl_find_place(ctl->where.config, ctl->where.standalone, ctl->where.token_file,
                                &place, &err);

    if (!rc) {
        place.answer_s = PATIENCE_S;
        rc = ctl_call(&place, "GET", "/healthz", NULL, &status, &reply, &err);
    }
    if (rc)
        snprintf(why, WHY_SIZE, "%.*s", WHY_SIZE - 1, err.text);
    else if (status != 200)
        snprintf(why, WHY_SIZE, "relaisd runs, but its database is %s",
                 get_text(reply, "database"));
    json_decref(reply);
    return !rc && status == 200;
}

/* --- telling --- */

struct note {
    const struct heartbeat *h;
    const char *subject, *text;
    utc_us at;
};

static bool say(void *arg, size_t which, struct buffer *out)
{
    const struct note *note = arg;
    char id[300];

    (void)which;
    snprintf(id, sizeof(id), "heartbeat.%" PRId64 "@%s", note->at, note->h->host);
    mail_compose(out, &(struct mail_message){ .from = note->h->from,
                                              .from_name = note->h->settings->mail.from_name,
                                              .to = note->h->to,
                                              .subject = note->subject,
                                              .text = note->text,
                                              .message_id = id,
                                              .automatic = true,
                                              .date = note->at });
    return !out->full;
}

static bool read_password(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");
    const bool good = file && fgets(out, (int)size, file) != NULL;

    if (file)
        fclose(file);
    out[strcspn(out, "\r\n")] = '\0';
    return good;
}

static bool by_relay(const struct heartbeat *h, struct note *note)
{
    const struct settings_mail *s = &h->settings->mail;
    char password[256] = "";
    const struct mail_sender_settings how = {
        .relays = (const char *const *)s->relays.items,
        .n_relays = s->relays.n,
        .from = h->from,
        .helo = *s->helo ? s->helo : h->host,
        .tls = (enum mail_tls)s->tls,
        .tls_ca = s->tls_ca,
        .user = s->user,
        .password = password,
        .timeout_ms = s->timeout_ms,
    };
    struct letter letter = { .to = h->to, .fate = LETTER_UNSENT };
    struct letter_calls calls = { .say = say, .arg = note };
    struct mail_sender *sender = NULL;
    struct error err;

    if (*s->user && !read_password(s->password_file, password, sizeof(password)))
        return false;
    if (mail_sender_new(&how, &sender, &err)) {
        fprintf(stderr, "relaisctl: %s\n", err.text);
        return false;
    }
    mail_sender_send(sender, &letter, 1, &calls);
    mail_sender_free(sender);
    if (letter.fate != LETTER_TAKEN)
        fprintf(stderr, "relaisctl: no relay took the mail: %s\n", letter.words);
    return letter.fate == LETTER_TAKEN;
}

static bool pour(int fd, const struct buffer *mail)
{
    const char *at = buffer_text(mail);
    size_t left = mail->len;

    while (left) {
        const ssize_t n = write(fd, at, left);

        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? n : 0;
        left -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* The mail server of this machine, by the command that each of them has. */
static bool by_sendmail(const struct heartbeat *h, struct note *note)
{
    struct buffer mail;
    int ends[2], status = 1;
    bool poured;
    pid_t pid;

    buffer_init(&mail, MAIL_MAX);
    if (!say(note, 0, &mail) || pipe(ends) < 0) {
        buffer_close(&mail);
        return false;
    }
    signal(SIGPIPE, SIG_IGN);
    pid = fork();
    if (pid == 0) {
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(h->sendmail, h->sendmail, "-i", "-f", h->from, "--", h->to, (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    poured = pid > 0 && pour(ends[1], &mail);
    close(ends[1]);
    buffer_close(&mail);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0 || !poured) {
        fprintf(stderr, "relaisctl: %s did not take the mail\n", h->sendmail);
        return false;
    }
    return true;
}

static bool tell(const struct heartbeat *h, const char *subject, const char *text)
{
    struct note note = { h, subject, text, clock_now() };

    if (h->settings->mail.relays.n && by_relay(h, &note))
        return true;
    return by_sendmail(h, &note);
}

/* The first is what is so, the others what that means, in both languages. */
static const char TEXT_SILENT[] =
    "Relais sur %s ne répond plus depuis %s UTC :\n\n    %s\n\n"
    "Rien ne part et rien n'est enregistré tant que cela dure ; ce qui arrive attend chez\n"
    "les opérateurs, les partenaires et le serveur de mail. Regardez d'abord :\n"
    "systemctl status relaisd\n%s\n"
    "--\n\n"
    "Relais on %s has not answered since %s UTC: the reason stands above. Nothing leaves\n"
    "and nothing is recorded meanwhile. Look first at: systemctl status relaisd\n%s";

static const char TEXT_REFUSED[] =
    "La configuration de Relais sur %s est refusée depuis %s UTC :\n\n    %s\n\n"
    "relaisd ne peut pas démarrer avec elle ; s'il tourne encore, c'est avec la précédente,\n"
    "et personne ne voit d'ici s'il va bien. Corrigez-la, puis : relaisd --check-config\n%s\n"
    "--\n\n"
    "The configuration of Relais on %s has been refused since %s UTC: the reason stands\n"
    "above. relaisd cannot start with it; one that still runs has the former one, and nobody\n"
    "sees from here whether it is well. Mend it, then: relaisd --check-config\n%s";

static bool tell_ill(const struct heartbeat *h, const char *why)
{
    char subject[400], text[TEXT_SIZE], since[CLOCK_TEXT_SIZE];

    clock_minute(h->since, since);
    snprintf(subject, sizeof(subject), "%s (%.100s)",
             h->refused ? "Configuration de Relais refusée / refused"
                        : "Relais ne répond plus / does not answer",
             h->host);
    snprintf(
        text, sizeof(text), h->refused ? TEXT_REFUSED : TEXT_SILENT, h->host, since, why,
        h->kept ? ""
                : "Rien ne peut être noté sur cette machine (disque plein ?) : ce mail vient à\n"
                  "chaque essai.\n",
        h->host, since,
        h->kept ? ""
                : "Nothing can be noted on that machine (is its disk full?): this mail comes with\n"
                  "each try.\n");
    return tell(h, subject, text);
}

static bool tell_well(const struct heartbeat *h)
{
    char subject[400], text[TEXT_SIZE], from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];

    clock_minute(h->since, from);
    clock_minute(clock_now(), to);
    snprintf(subject, sizeof(subject), "Relais répond à nouveau / answers again (%.100s)", h->host);
    snprintf(text, sizeof(text),
             "Relais sur %s répond à nouveau. Il n'a pas répondu de %s à %s UTC.\n\n"
             "--\n\n"
             "Relais on %s answers again. It did not from %s to %s UTC.\n",
             h->host, from, to, h->host, from, to);
    return tell(h, subject, text);
}

/* --- one look --- */

static bool keep_state(struct heartbeat *h)
{
    h->kept = write_state(h);
    if (!h->kept)
        fprintf(stderr, "relaisctl: %s: cannot be written: %s\n", h->state_file, strerror(errno));
    return h->kept;
}

static bool look_well(struct heartbeat *h)
{
    if (h->told && !tell_well(h))
        return false;
    h->since = 0;
    return keep_state(h);
}

/* Noted first: since when it is so cannot be waited for if no later run knows it. */
static bool look_ill(struct heartbeat *h, const char *why)
{
    const utc_us now = clock_now();

    fprintf(stderr, "relaisctl: not well: %s\n", why);
    if (!h->since || h->since > now) { /* a clock set back counts from now */
        h->since = now;
        h->told = false;
    }
    keep_state(h);
    if (h->told || (h->kept && now - h->since < h->after_s * USEC_PER_SEC))
        return h->kept;
    h->told = tell_ill(h, why);
    return h->told && h->kept && keep_state(h);
}

static int look(const struct ctl *ctl, struct heartbeat *h)
{
    char why[WHY_SIZE] = "";

    if (is_well(ctl, why))
        return look_well(h) ? 0 : CTL_FAILED;
    return !look_ill(h, why) ? CTL_FAILED : h->refused ? CTL_BAD_CONFIG : CTL_UNREACHED;
}

/* That of the service, on no disk, or else where relaisd has its own. */
static const char *state_dir(const struct heartbeat *h)
{
    const char *runtime = getenv("RUNTIME_DIRECTORY");

    return runtime && *runtime ? runtime : h->settings->daemon.data_dir;
}

static bool take_arguments(struct ctl *ctl, struct heartbeat *h)
{
    const char *after = ctl_given(ctl, "--after"), *state = ctl_given(ctl, "--state");
    const char *sendmail = ctl_given(ctl, "--sendmail");
    enum mail_fault fault;
    char plain[ADDRESS_SIZE];

    h->to = ctl_given(ctl, "--mail");
    h->sendmail = sendmail ? sendmail : SENDMAIL;
    h->after_s = AFTER_USUAL;
    if (mail_address_normalise(h->to, plain, &fault)) {
        fprintf(stderr, "relaisctl: --mail: expected a mail address, got '%s': it %s\n", h->to,
                mail_fault_reason(fault));
        return false;
    }
    if (after && !ctl_parse_duration(after, &h->after_s)) {
        fprintf(stderr, "relaisctl: --after: expected a duration like 5m or 1h, got '%s'\n", after);
        return false;
    }
    snprintf(h->state_file, sizeof(h->state_file), "%s%s%s", state ? state : state_dir(h),
             state ? "" : "/", state ? "" : STATE_FILE);
    if (gethostname(h->host, sizeof(h->host) - 1))
        snprintf(h->host, sizeof(h->host), "localhost");
    if (*h->settings->mail.from)
        snprintf(h->from, sizeof(h->from), "%s", h->settings->mail.from);
    else
        snprintf(h->from, sizeof(h->from), "relais@%.200s", h->host);
    return true;
}

/* Of one that is refused, is_well() says why. */
static enum rc load_settings(const struct ctl *ctl, struct heartbeat *h, struct error *err)
{
    h->refused = ctl_load_settings(&ctl->where, &h->settings, err) != RC_OK;
    return h->refused ? settings_load(NULL, ctl->where.standalone, &h->settings, err) : RC_OK;
}

int ctl_heartbeat(struct ctl *ctl)
{
    struct heartbeat h = { .since = 0 };
    struct error err;
    int status = CTL_MISUSE;

    if (load_settings(ctl, &h, &err)) {
        fprintf(stderr, "relaisctl: %s\n", err.text);
        return CTL_BAD_CONFIG;
    }
    if (take_arguments(ctl, &h)) {
        read_state(&h);
        status = look(ctl, &h);
    }
    settings_free(h.settings);
    return status;
}
