/* settings_check.c - rules of relais.conf that span keys, and the paths that follow from data_dir.
 */
#include "settings_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/mail/sender.h"
#include "domain/local_time.h"
#include "domain/mail_address.h"
#include "domain/role.h"
#include "flow/gateway.h"

#define USER_NAME_MAX    64
#define PARTS_MAX        32                           /* log.h */
#define RETENTION_MIN_MS (31 * 86400 * INT64_C(1000)) /* a campaign's message may wait 30 days */

enum rc settings_parse_level(const char *text, char *part, size_t size, enum log_level *level)
{
    const char *equal = strchr(text, '=');

    if (!equal || equal == text || (size_t)(equal - text) >= size)
        return RC_INVALID;
    snprintf(part, size, "%.*s", (int)(equal - text), text);
    return log_level_parse(equal + 1, level);
}

enum rc settings_parse_address(const char *text, char *host, size_t size, unsigned *port)
{
    const char *colon = strrchr(text, ':');
    char *end;
    long number;
    size_t len;

    if (!colon || colon == text)
        return RC_INVALID;
    number = strtol(colon + 1, &end, 10);
    len = (size_t)(colon - text);
    if (*end || end == colon + 1 || number < 1 || number > 65535 || len >= size)
        return RC_INVALID;
    if (text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    snprintf(host, size, "%.*s", (int)len, text);
    *port = (unsigned)number;
    return RC_OK;
}

enum rc settings_parse_listen(const char *text, char *host, size_t size, unsigned *port)
{
    enum rc rc = settings_parse_address(text, host, size, port);

    if (rc)
        return rc;
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0 ? RC_OK : RC_INVALID;
}

static enum rc check_levels(const struct settings *s, const char *path, struct error *err)
{
    enum log_level level;
    char part[64];

    if (s->log.levels.n > PARTS_MAX)
        return error_set(err, RC_INVALID, "%s:%d: log.levels: expected at most %d parts, got %zu",
                         path, s->log.head.line, PARTS_MAX, s->log.levels.n);
    for (size_t i = 0; i < s->log.levels.n; i++) {
        if (settings_parse_level(s->log.levels.items[i], part, sizeof(part), &level))
            return error_set(err, RC_INVALID,
                             "%s:%d: log.levels: expected a part and its level, as in smpp=debug "
                             "(error, warn, info or debug), got '%s'",
                             path, s->log.head.line, s->log.levels.items[i]);
    }
    return RC_OK;
}

static enum rc check_database(const struct settings *s, const char *path, struct error *err)
{
    const struct settings_database *d = &s->database;

    if (d->head.line && !*d->host && !*d->socket)
        return error_set(err, RC_INVALID, "%s:%d: database.host: expected a host, or a socket",
                         path, d->head.line);
    if (d->head.line && *d->password && *d->password_file)
        return error_set(err, RC_INVALID,
                         "%s:%d: database.password: expected password or password_file, got both",
                         path, d->head.line);
    return RC_OK;
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static enum rc check_sms(const struct settings *s, const char *path, struct error *err)
{
    const char *country = s->sms.country;
    struct local_zone *zone;
    struct error why;
    enum rc rc;

    if (!is_capital(country[0]) || !is_capital(country[1]))
        return error_set(err, RC_INVALID,
                         "%s:%d: sms.country: expected two capital letters such as FR, got '%s'",
                         path, s->sms.head.line, country);
    rc = local_zone_open(s->sms.timezone, &zone, &why);
    if (rc)
        return error_set(err, rc, "%s:%d: sms.timezone: %s", path, s->sms.head.line, why.text);
    local_zone_close(zone);
    return RC_OK;
}

static enum rc check_mail(const struct settings *s, const char *path, struct error *err)
{
    const struct settings_mail *m = &s->mail;
    enum mail_fault fault;
    char from[ADDRESS_SIZE], host[256];
    unsigned port;

    for (size_t i = 0; i < m->relays.n; i++) {
        if (settings_parse_address(m->relays.items[i], host, sizeof(host), &port) ||
            strpbrk(m->relays.items[i], "[] "))
            return error_set(
                err, RC_INVALID,
                "%s:%d: mail.relay: expected a name or an IPv4 address and a port such "
                "as smtp.provider.example:587, got '%s'",
                path, m->head.line, m->relays.items[i]);
    }
    if ((m->relays.n || *m->from) && mail_address_normalise(m->from, from, &fault))
        return error_set(err, RC_INVALID,
                         "%s:%d: mail.from: expected a mail address, got '%s': it %s", path,
                         m->head.line, m->from, mail_fault_reason(fault));
    for (size_t i = 0; i < m->test_addresses.n; i++) {
        if (mail_address_normalise(m->test_addresses.items[i], from, &fault))
            return error_set(err, RC_INVALID,
                             "%s:%d: mail.test_addresses: expected mail addresses, got '%s': it %s",
                             path, m->head.line, m->test_addresses.items[i],
                             mail_fault_reason(fault));
    }
    if (*m->user && (m->tls != MAIL_TLS_MUST || !*m->password_file))
        return error_set(err, RC_INVALID,
                         "%s:%d: mail.user: expected tls must, so that nobody overhears the "
                         "password, and password_file",
                         path, m->head.line);
    return RC_OK;
}

static enum rc check_control(const struct settings *s, const char *path, struct error *err)
{
    char host[64];
    unsigned port;

    if (*s->control.listen && settings_parse_listen(s->control.listen, host, sizeof(host), &port))
        return error_set(err, RC_INVALID,
                         "%s:%d: control.listen: expected a loopback address and a port such as "
                         "127.0.0.1:8025, got '%s'",
                         path, s->control.head.line, s->control.listen);
    return RC_OK;
}

static enum rc check_retention(const struct settings *s, const char *path, struct error *err)
{
    const struct settings_retention *r = &s->retention;
    const struct {
        const char *key;
        int64_t ms;
    } periods[] = {
        { "messages", r->messages_ms },
        { "events", r->events_ms },
        { "inbound", r->inbound_ms },
        { "recipients", r->recipients_ms },
    };

    for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
        if (periods[i].ms && periods[i].ms < RETENTION_MIN_MS)
            return error_set(err, RC_INVALID,
                             "%s:%d: retention.%s: expected 0 (for ever) or at least 31d", path,
                             r->head.line, periods[i].key);
    }
    return RC_OK;
}

static enum rc check_carriers(const struct settings *s, const char *path, struct error *err)
{
    const struct smpp_carrier_settings *carriers = s->carriers.items;
    struct error why;
    enum rc rc;

    if (s->carriers.n > GATEWAY_CARRIERS_MAX)
        return error_set(err, RC_INVALID, "%s: carrier: expected at most %d of them, got %zu", path,
                         GATEWAY_CARRIERS_MAX, s->carriers.n);
    for (size_t i = 0; i < s->carriers.n; i++) {
        rc = smpp_carrier_settings_check(&carriers[i], &why);
        if (rc)
            return error_set(err, rc, "%s:%d: carrier.%s: %s", path, carriers[i].head.line,
                             carriers[i].head.title, why.text);
    }
    return RC_OK;
}

static enum rc add_yes_words(const struct settings *s, const char *path, struct keyword_book *book,
                             struct error *err)
{
    static const char *const yes[] = { "OUI", "YES" };
    const struct config_texts *own = &s->consent.yes_words;
    const struct keyword_entry entry = {
        .name = "yes",
        .action = KEYWORD_YES,
        .answer = "",
        .words = own->n ? (const char *const *)own->items : yes,
        .n_words = own->n ? own->n : sizeof(yes) / sizeof(yes[0]),
    };
    struct error why;
    enum rc rc = keyword_book_add(book, &entry, &why);

    if (rc)
        error_set(err, rc, "%s:%d: consent.yes_words: %s", path, s->consent.head.line, why.text);
    return rc;
}

enum rc settings_keywords(const struct settings *s, const char *path, struct keyword_book **out,
                          struct error *err)
{
    static const enum keyword actions[] = {
        [SETTINGS_KEYWORD_ANSWER] = KEYWORD_ANSWER,
        [SETTINGS_KEYWORD_STOP] = KEYWORD_STOP,
        [SETTINGS_KEYWORD_START] = KEYWORD_START,
        [SETTINGS_KEYWORD_HELP] = KEYWORD_HELP,
    };
    const struct settings_keyword *keywords = s->keywords.items;
    struct keyword_book *book = keyword_book_new();
    struct error why;
    enum rc rc = RC_OK;

    if (!book)
        return error_set(err, RC_FAIL, "no memory");
    for (size_t i = 0; !rc && i < s->keywords.n; i++) {
        const struct settings_keyword *k = &keywords[i];
        const struct keyword_entry entry = {
            .name = k->head.title,
            .action = actions[k->action],
            .answer = k->answer,
            .words = (const char *const *)k->words.items,
            .n_words = k->words.n,
        };
        rc = keyword_book_add(book, &entry, &why);
        if (rc)
            error_set(err, rc, "%s:%d: keyword.%s: %s", path, k->head.line, k->head.title,
                      why.text);
    }
    if (!rc)
        rc = add_yes_words(s, path, book, err);
    if (rc)
        keyword_book_free(book);
    else
        *out = book;
    return rc;
}

static enum rc check_keywords(const struct settings *s, const char *path, struct error *err)
{
    struct keyword_book *book;
    enum rc rc = settings_keywords(s, path, &book, err);

    if (!rc)
        keyword_book_free(book);
    return rc;
}

static enum rc check_user(const struct settings_user *u, const char *path, unsigned *roles,
                          struct error *err)
{
    if (strlen(u->head.title) > USER_NAME_MAX || strcmp(u->head.title, "token holder") == 0 ||
        strcmp(u->head.title, "relaisd") == 0)
        return error_set(err, RC_INVALID,
                         "%s:%d: user.%s: expected a name of at most %d bytes, neither \"token "
                         "holder\" nor \"relaisd\"",
                         path, u->head.line, u->head.title, USER_NAME_MAX);
    if (u->may.n == 0)
        return error_set(err, RC_INVALID,
                         "%s:%d: user.%s.may: expected read, write, approve or admin, got nothing",
                         path, u->head.line, u->head.title);
    for (size_t i = 0; i < u->may.n; i++) {
        if (!role_add(u->may.items[i], roles))
            return error_set(err, RC_INVALID,
                             "%s:%d: user.%s.may: expected read, write, approve or admin, got '%s'",
                             path, u->head.line, u->head.title, u->may.items[i]);
    }
    return RC_OK;
}

static enum rc check_users(const struct settings *s, const char *path, struct error *err)
{
    const struct settings_user *users = s->users.items;
    unsigned all = 0;
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < s->users.n; i++) {
        unsigned roles = 0;
        rc = check_user(&users[i], path, &roles, err);
        all |= roles;
    }
    if (!rc && s->campaign.approval_above && !(all & ROLE_APPROVE))
        return error_set(err, RC_INVALID,
                         "%s:%d: campaign.approval_above: expected 0, or a section user that may "
                         "approve: nobody else could",
                         path, s->campaign.head.line);
    return rc;
}

enum rc settings_check(const struct settings *s, const char *path, struct error *err)
{
    static enum rc (*const checks[])(const struct settings *, const char *, struct error *) = {
        check_levels,    check_database, check_sms,      check_mail,  check_control,
        check_retention, check_keywords, check_carriers, check_users, settings_mail_in_check,
    };
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < sizeof(checks) / sizeof(checks[0]); i++)
        rc = checks[i](s, path ? path : "(defaults)", err);
    return rc;
}

/* "dir/name" when *path was left empty. */
static bool fill(struct settings *s, char **path, const char *dir, size_t dir_len, const char *name)
{
    size_t len = dir_len + strlen(name) + 2;

    if (**path)
        return true;
    *path = arena_alloc(&s->arena, len);
    if (*path)
        snprintf(*path, len, "%.*s/%s", (int)dir_len, dir, name);
    return *path;
}

static bool fill_profiles(struct settings *s, const char *config)
{
    const char *slash = config ? strrchr(config, '/') : NULL;
    const char *dir = slash ? config : ".";

    if (!config)
        return fill(s, &s->files.profiles, s->daemon.data_dir, strlen(s->daemon.data_dir),
                    "profiles");
    return fill(s, &s->files.profiles, dir, slash ? (size_t)(slash - config) : 1, "partners");
}

enum rc settings_fill_paths(struct settings *s, const char *path, const char *standalone,
                            struct error *err)
{
    const char *sql = getenv("RELAIS_SQLDIR");
    const char *dir;
    size_t len;
    bool ok = true;

    if (standalone) {
        s->daemon.data_dir = arena_copy(&s->arena, standalone, strlen(standalone));
        s->database.head.line = 0;
    }
    if (!s->daemon.data_dir)
        return error_set(err, RC_FAIL, "no memory");
    dir = s->daemon.data_dir;
    len = strlen(dir);
    if (!*s->daemon.sql_dir) {
        sql = sql && *sql ? sql : RELAIS_SQLDIR;
        s->daemon.sql_dir = arena_copy(&s->arena, sql, strlen(sql));
        ok = s->daemon.sql_dir;
    }
    ok = ok && fill(s, &s->files.root, dir, len, "partners") && fill_profiles(s, path) &&
         fill(s, &s->control.socket, dir, len, "control.sock") &&
         fill(s, &s->control.token_file, dir, len, "token") &&
         fill(s, &s->consent.key_file, dir, len, "consent.key");
    if (!ok)
        return error_set(err, RC_FAIL, "no memory");
    if (strlen(s->control.socket) > 107) /* sun_path, less its NUL */
        return error_set(err, RC_INVALID,
                         "control.socket: expected at most 107 bytes, got %zu: '%s'",
                         strlen(s->control.socket), s->control.socket);
    return RC_OK;
}
