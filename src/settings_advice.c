/* settings_advice.c - no faults: each of these may be meant, behind a proxy or for a trial. */
#include "settings_advice.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "settings.h"
#include "settings_check.h"

struct advice {
    void (*tell)(void *arg, const char *words);
    void *arg;
};

__attribute__((format(printf, 2, 3))) static void say(const struct advice *a, const char *fmt, ...)
{
    char words[600];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(words, sizeof(words), fmt, ap);
    va_end(ap);
    a->tell(a->arg, words);
}

static void look_at_file(const struct advice *a, const char *key, const char *path)
{
    if (*path && access(path, R_OK) < 0)
        say(a, "%s: %s cannot be read: %s", key, path, strerror(errno));
}

static void look_at_mail(const struct settings *s, const struct advice *a)
{
    const struct settings_mail_domain *domains = s->mail_domains.items;

    if (*s->mail.user)
        look_at_file(a, "mail.password_file", s->mail.password_file);
    look_at_file(a, "mail.tls_ca", s->mail.tls_ca);
    for (size_t i = 0; i < s->mail_domains.n; i++) {
        if (domains[i].sessions > s->mail.sessions)
            say(a,
                "mail_domain \"%s\".sessions: %" PRId64 " will be %" PRId64
                ", there are no more (mail.sessions)",
                domains[i].head.title, domains[i].sessions, s->mail.sessions);
    }
    if (s->mail.relays.n && !*s->mail_in.domain && !*s->public.url)
        say(a, "mail.relay: no promotion can go by mail as long as nobody can unsubscribe: set "
               "public.url, mail_in.domain, or both");
    if (*s->public.url && strncmp(s->public.url, "https://", 8) != 0)
        say(a, "public.url: mail programs press their button to unsubscribe only by https");
}

/* Who reaches it may say that he is anybody. */
static void look_at_listeners(const struct settings *s, const struct advice *a)
{
    char host[64];
    unsigned port;

    for (size_t i = 0; i < s->mail_in.listen.n; i++) {
        const char *at = s->mail_in.listen.items[i];
        if (*at != 'u' && settings_parse_listen(at, host, sizeof(host), &port))
            say(a,
                "mail_in.listen: %s can be reached from other machines, and LMTP has no "
                "password: only your mail server may get there (firewall)",
                at);
    }
}

void settings_advise(const struct settings *s, void (*tell)(void *arg, const char *words),
                     void *arg)
{
    const struct advice a = { tell, arg };

    look_at_mail(s, &a);
    look_at_listeners(s, &a);
}
