/* relaisctl_call.c - finding relaisd, and one HTTP call to it over a plain socket. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buffer.h"
#include "relaisctl.h"
#include "settings.h"
#include "settings_check.h"

#define DEFAULT_CONFIG RELAIS_SYSCONFDIR "/relais.conf"
#define ANSWER_MAX     (64 << 20)
#define CONNECT_S      5
#define ANSWER_S       600 /* walking a large ledger takes its time */

/* --- where --- */

static enum rc read_token(const char *path, struct ctl_place *place, struct error *err)
{
    FILE *file = fopen(path, "re");
    bool read;

    if (!file)
        return error_set(err, RC_INVALID, "%s: cannot be read: %s", path, strerror(errno));
    read = fgets(place->token, sizeof(place->token), file) != NULL;
    fclose(file);
    place->token[strcspn(place->token, "\r\n")] = '\0';
    return read ? RC_OK : error_set(err, RC_INVALID, "%s: holds no token", path);
}

static enum rc from_settings(const char *config, const char *standalone, const char *token_file,
                             struct ctl_place *place, struct error *err)
{
    struct settings *s;
    enum rc rc = settings_load(config, standalone, &s, err);

    if (rc)
        return RC_INVALID;
    snprintf(place->socket, sizeof(place->socket), "%s", s->control.socket);
    if (access(place->socket, F_OK) < 0)
        rc = error_set(err, RC_AGAIN, "no relaisd is running: there is no %s", place->socket);
    else
        rc = read_token(token_file ? token_file : s->control.token_file, place, err);
    settings_free(s);
    return rc;
}

/* RELAIS_CONTROL: a directory as for --standalone, a socket, or HOST:PORT. */
static enum rc from_environment(const char *where, const char *token, struct ctl_place *place,
                                struct error *err)
{
    const char *slash = strrchr(where, '/');
    char beside[CTL_PATH_SIZE];
    struct stat st;

    if (stat(where, &st) == 0 && S_ISDIR(st.st_mode))
        return from_settings(NULL, where, token, place, err);
    if (slash && strlen(where) < sizeof(place->socket)) {
        snprintf(place->socket, sizeof(place->socket), "%s", where);
        snprintf(beside, sizeof(beside), "%.*s/token", (int)(slash - where), where);
        return read_token(token ? token : beside, place, err);
    }
    if (settings_parse_listen(where, place->host, sizeof(place->host), &place->port))
        return error_set(err, RC_INVALID,
                         "RELAIS_CONTROL: expected a directory, a socket's path or 127.0.0.1:PORT, "
                         "got '%s'",
                         where);
    if (!token)
        return error_set(err, RC_INVALID,
                         "--token-file or RELAIS_TOKEN_FILE must name the token's file");
    return read_token(token, place, err);
}

enum rc ctl_load_settings(const struct ctl_where *where, struct settings **out, struct error *err)
{
    const char *env = getenv("RELAIS_CONTROL");
    struct stat st;

    if (where->config || where->standalone)
        return settings_load(where->config, where->standalone, out, err);
    if (env && *env && stat(env, &st) == 0 && S_ISDIR(st.st_mode))
        return settings_load(NULL, env, out, err);
    if (access(DEFAULT_CONFIG, F_OK) < 0)
        return error_set(err, RC_INVALID,
                         "where are the profiles? Give the path of one, or --config FILE or "
                         "--standalone DIR");
    return settings_load(DEFAULT_CONFIG, NULL, out, err);
}

enum rc ctl_find_place(const char *config, const char *standalone, const char *token_file,
                       struct ctl_place *place, struct error *err)
{
    const char *where = getenv("RELAIS_CONTROL"), *given = getenv("RELAIS_TOKEN_FILE");

    *place = (struct ctl_place){ 0 };
    if (!token_file && given && *given)
        token_file = given;
    if (!config && !standalone && where && *where)
        return from_environment(where, token_file, place, err);
    if (!config && !standalone && access(DEFAULT_CONFIG, F_OK) < 0)
        return error_set(err, RC_INVALID,
                         "where is relaisd? Give --standalone DIR or --config FILE, or set "
                         "RELAIS_CONTROL to the directory");
    return from_settings(config || standalone ? config : DEFAULT_CONFIG, standalone, token_file,
                         place, err);
}

/* --- one call --- */

static int connect_to(const struct ctl_place *place)
{
    struct sockaddr_un local = { .sun_family = AF_UNIX };
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST }, *found;
    char port[8];
    int fd;

    if (*place->socket) {
        memcpy(local.sun_path, place->socket, sizeof(local.sun_path));
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, (struct sockaddr *)&local, sizeof(local)) == 0)
            return fd;
    } else {
        snprintf(port, sizeof(port), "%u", place->port);
        if (getaddrinfo(place->host, port, &hints, &found) != 0)
            return -1;
        fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) == 0) {
            freeaddrinfo(found);
            return fd;
        }
        freeaddrinfo(found);
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* Who is stopped and goes on (Ctrl-Z, fg) is interrupted, since the socket has a timeout. */
static ssize_t receive(int fd, char *chunk, size_t size)
{
    ssize_t n;

    do
        n = recv(fd, chunk, size, 0);
    while (n < 0 && errno == EINTR);
    return n;
}

static bool receive_all(int fd, struct buffer *answer)
{
    char chunk[16384];
    ssize_t n;

    while ((n = receive(fd, chunk, sizeof(chunk))) > 0)
        buffer_add(answer, chunk, (size_t)n);
    return n == 0 && !answer->full && answer->len > 0;
}

static void write_request(struct buffer *out, const struct ctl_place *place, const char *method,
                          const char *path, const char *body)
{
    buffer_printf(out,
                  "%s %s HTTP/1.1\r\nHost: relais\r\nConnection: close\r\n"
                  "User-Agent: relaisctl/" RELAIS_VERSION "\r\n"
                  "Authorization: Bearer %s\r\n",
                  method, path, place->token);
    if (body || strcmp(method, "GET") != 0)
        buffer_printf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                      body ? strlen(body) : 0);
    buffer_printf(out, "\r\n%s", body ? body : "");
}

static enum rc read_answer(const struct buffer *answer, int *status, json_t **reply)
{
    const char *text = buffer_text(answer), *body = strstr(text, "\r\n\r\n");

    if (sscanf(text, "HTTP/1.%*c %3d", status) != 1 || !body)
        return RC_AGAIN;
    *reply = json_loadb(body + 4, answer->len - (size_t)(body + 4 - text), 0, NULL);
    return RC_OK;
}

enum rc ctl_call(const struct ctl_place *place, const char *method, const char *path,
                 const json_t *body, int *status, json_t **reply, struct error *err)
{
    const struct timeval patience = { place->answer_s ? place->answer_s : ANSWER_S, 0 };
    const struct timeval hurry = { CONNECT_S, 0 };
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    struct buffer request, answer;
    enum rc rc = RC_AGAIN;
    int fd = connect_to(place);

    buffer_init(&request, ANSWER_MAX);
    buffer_init(&answer, ANSWER_MAX);
    if (fd < 0) {
        error_set(err, RC_AGAIN, "relaisd does not answer on %s: %s",
                  *place->socket ? place->socket : place->host, strerror(errno));
        goto out;
    }
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &hurry, sizeof(hurry));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    write_request(&request, place, method, path, text);
    /* relaisd may refuse before it read all of a large body: its answer counts, not our sending. */
    if ((send_all(fd, buffer_text(&request), request.len) || errno == EPIPE) &&
        receive_all(fd, &answer))
        rc = read_answer(&answer, status, reply);
    if (rc)
        error_set(err, rc, "relaisd closed the connection without an answer");
out:
    if (fd >= 0)
        close(fd);
    buffer_close(&request);
    buffer_close(&answer);
    free(text);
    return rc;
}

/* The head and what of the body came with it, then the rest, block by block. */
enum rc ctl_fetch(const struct ctl_place *place, const char *path, FILE *out, int *status,
                  json_t **reply, struct error *err)
{
    const struct timeval patience = { ANSWER_S, 0 };
    struct buffer request, answer;
    char chunk[16384];
    const char *body = NULL;
    ssize_t n = 0;
    enum rc rc = RC_AGAIN;
    int fd = connect_to(place);

    buffer_init(&request, ANSWER_MAX);
    buffer_init(&answer, ANSWER_MAX);
    if (fd < 0) {
        error_set(err, RC_AGAIN, "relaisd does not answer on %s: %s",
                  *place->socket ? place->socket : place->host, strerror(errno));
        goto out;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    write_request(&request, place, "GET", path, NULL);
    if (send_all(fd, buffer_text(&request), request.len)) {
        while (!body && (n = receive(fd, chunk, sizeof(chunk))) > 0) {
            buffer_add(&answer, chunk, (size_t)n);
            body = strstr(buffer_text(&answer), "\r\n\r\n");
        }
        if (body && sscanf(buffer_text(&answer), "HTTP/1.%*c %3d", status) == 1)
            rc = RC_OK;
    }
    if (!rc && *status != 200) {
        if (receive_all(fd, &answer) || answer.len)
            rc = read_answer(&answer, status, reply);
    } else if (!rc) {
        body += 4;
        fwrite(body, 1, answer.len - (size_t)(body - answer.data), out);
        while ((n = receive(fd, chunk, sizeof(chunk))) > 0)
            fwrite(chunk, 1, (size_t)n, out);
        if (n < 0 || fflush(out) || ferror(out))
            rc = RC_FAIL;
    }
    if (rc)
        error_set(err, rc,
                  rc == RC_FAIL ? "the answer could not be read or written to its end"
                                : "relaisd closed the connection without an answer");
out:
    if (fd >= 0)
        close(fd);
    buffer_close(&request);
    buffer_close(&answer);
    return rc;
}
