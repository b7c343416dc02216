/* wire.c - see wire.h. */
#include "smsc/wire.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

struct wire {
    int fd;
    SSL *ssl; /* NULL: plain */
    bool wants_write;
    bool broken; /* TLS failed; what the client still says is not read but drained */
    const char *why;
};

struct wire_tls {
    SSL_CTX *context;
};

static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());

    return text ? text : "unknown";
}

static enum rc read_files(SSL_CTX *context, const char *cert, const char *key,
                          const char *client_ca, struct error *err)
{
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, cert) != 1)
        return error_set(err, RC_INVALID, "--tls-cert %s: expected a PEM file: %s", cert, reason());
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return error_set(err, RC_INVALID,
                         "--tls-key %s: expected a PEM file with the key of the certificate: %s",
                         key, reason());
    if (client_ca && SSL_CTX_load_verify_locations(context, client_ca, NULL) != 1)
        return error_set(err, RC_INVALID, "--tls-client-ca %s: expected a PEM file: %s", client_ca,
                         reason());
    if (client_ca)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return RC_OK;
}

enum rc wire_tls_new(const char *cert, const char *key, const char *client_ca,
                     struct wire_tls **out, struct error *err)
{
    struct wire_tls *t = calloc(1, sizeof(*t));
    enum rc rc;

    if (t)
        t->context = SSL_CTX_new(TLS_server_method());
    if (!t || !t->context) {
        wire_tls_free(t);
        return error_set(err, RC_FAIL, "no memory");
    }
    SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION);
    /* What waits to be written moves in its buffer. */
    SSL_CTX_set_mode(t->context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    rc = read_files(t->context, cert, key ? key : cert, client_ca, err);
    if (rc) {
        wire_tls_free(t);
        return rc;
    }
    *out = t;
    return RC_OK;
}

void wire_tls_free(struct wire_tls *t)
{
    if (!t)
        return;
    SSL_CTX_free(t->context);
    free(t);
}

struct wire *wire_new(int fd, const struct wire_tls *tls)
{
    struct wire *w = calloc(1, sizeof(*w));

    if (w && tls) {
        w->ssl = SSL_new(tls->context);
        if (!w->ssl || SSL_set_fd(w->ssl, fd) != 1) {
            SSL_free(w->ssl);
            free(w);
            w = NULL;
        } else {
            SSL_set_accept_state(w->ssl);
        }
    }
    if (!w) {
        close(fd);
        return NULL;
    }
    w->fd = fd;
    return w;
}

void wire_free(struct wire *w)
{
    if (!w)
        return;
    SSL_free(w->ssl);
    close(w->fd);
    free(w);
}

int wire_fd(const struct wire *w)
{
    return w->fd;
}

/* What an SSL_read or SSL_write that gave `n` means in the words of recv() and send(). */
static ssize_t outcome(struct wire *w, int n)
{
    int error = SSL_get_error(w->ssl, n);

    w->wants_write = error == SSL_ERROR_WANT_WRITE;
    switch (error) {
    case SSL_ERROR_NONE:
        return n;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        errno = EAGAIN;
        return -1;
    case SSL_ERROR_ZERO_RETURN:
        w->why = "the client closed the connection";
        return 0;
    case SSL_ERROR_SSL:
        w->why = reason();
        w->broken = true;
        errno = EPROTO;
        return -1;
    default:
        w->why = errno ? strerror(errno) : "the client closed the connection";
        return errno ? -1 : 0;
    }
}

ssize_t wire_read(struct wire *w, void *data, size_t len)
{
    ssize_t n;

    if (w->ssl && !w->broken) {
        ERR_clear_error();
        errno = 0;
        return outcome(w, SSL_read(w->ssl, data, len < INT_MAX ? (int)len : INT_MAX));
    }
    n = recv(w->fd, data, len, 0);
    if (n > 0 && w->broken) {
        errno = EAGAIN;
        return -1;
    }
    w->why = n == 0 ? "the client closed the connection" : strerror(errno);
    return n;
}

ssize_t wire_write(struct wire *w, const void *data, size_t len)
{
    ssize_t n;

    if (w->ssl) {
        ERR_clear_error();
        errno = 0;
        n = outcome(w, SSL_write(w->ssl, data, len < INT_MAX ? (int)len : INT_MAX));
        if (n == 0)
            errno = EPIPE;
        return n == 0 ? -1 : n;
    }
    n = send(w->fd, data, len, MSG_NOSIGNAL);
    w->wants_write = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    return n;
}

bool wire_wants_write(const struct wire *w)
{
    return w->wants_write;
}

bool wire_pending(const struct wire *w)
{
    return w->ssl && SSL_pending(w->ssl) > 0;
}

void wire_shut(struct wire *w)
{
    if (w->ssl && SSL_is_init_finished(w->ssl))
        SSL_shutdown(w->ssl);
    shutdown(w->fd, SHUT_WR);
}

const char *wire_why(const struct wire *w)
{
    return w->why;
}
