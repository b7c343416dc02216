/* tls.c - OpenSSL below a bufferevent. */
#include "channel/smpp/tls.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

struct tls {
    SSL_CTX *context;
    bool check_name;
    char name[256]; /* what the certificate must say: a host name or an address in figures */
};

static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());

    return text ? text : "unknown";
}

static enum rc read_files(SSL_CTX *context, const struct smpp_carrier_settings *set,
                          struct error *err)
{
    const char *key = *set->tls_key ? set->tls_key : set->tls_cert;

    ERR_clear_error();
    if (!*set->tls_ca) {
        SSL_CTX_set_default_verify_paths(context);
    } else if (SSL_CTX_load_verify_locations(context, set->tls_ca, NULL) != 1) {
        return error_set(err, RC_INVALID, "tls_ca: expected a readable PEM file, got '%s': %s",
                         set->tls_ca, reason());
    }
    if (!*set->tls_cert)
        return RC_OK;
    if (SSL_CTX_use_certificate_chain_file(context, set->tls_cert) != 1)
        return error_set(err, RC_INVALID, "tls_cert: expected a readable PEM file, got '%s': %s",
                         set->tls_cert, reason());
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return error_set(err, RC_INVALID,
                         "tls_key: expected a readable PEM file with the key of tls_cert, got "
                         "'%s': %s",
                         key, reason());
    return RC_OK;
}

enum rc tls_new(const struct smpp_carrier_settings *set, struct tls **out, struct error *err)
{
    struct tls *t = calloc(1, sizeof(*t));
    enum rc rc;

    if (!t)
        return error_set(err, RC_FAIL, "no memory");
    t->context = SSL_CTX_new(TLS_client_method());
    if (!t->context) {
        rc = error_set(err, RC_FAIL, "no memory for TLS: %s", reason());
        goto out;
    }
    SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION);
    SSL_CTX_set_verify(t->context,
                       set->tls_verify == SMPP_TLS_VERIFY_NONE ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                       NULL);
    t->check_name = set->tls_verify == SMPP_TLS_VERIFY_FULL;
    snprintf(t->name, sizeof(t->name), "%s", *set->tls_name ? set->tls_name : set->host);
    rc = read_files(t->context, set, err);
    if (rc)
        goto out;
    *out = t;
    t = NULL;
out:
    tls_free(t);
    return rc;
}

void tls_free(struct tls *t)
{
    if (!t)
        return;
    SSL_CTX_free(t->context);
    free(t);
}

/* Server Name Indication takes names only (RFC 6066, 3); a certificate names addresses apart. */
static bool set_name(const struct tls *t, SSL *ssl)
{
    uint8_t address[sizeof(struct in6_addr)];

    if (inet_pton(AF_INET, t->name, address) == 1 || inet_pton(AF_INET6, t->name, address) == 1)
        return !t->check_name || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), t->name) == 1;
    if (SSL_set_tlsext_host_name(ssl, t->name) != 1)
        return false;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return !t->check_name || SSL_set1_host(ssl, t->name) == 1;
}

struct bufferevent *tls_bufferevent(const struct tls *t, struct event_base *base)
{
    struct bufferevent *bev = NULL;
    SSL *ssl = SSL_new(t->context);

    if (ssl && set_name(t, ssl))
        bev = bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_CONNECTING,
                                             BEV_OPT_CLOSE_ON_FREE);
    if (!bev) {
        SSL_free(ssl);
        return NULL;
    }
    /* SMPP has a farewell of its own; many servers just close behind it. */
    bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
    return bev;
}

/* The first that has a name: those behind it only follow from it. NULL: none has. */
static const char *first_reason(struct bufferevent *bev)
{
    const char *found = NULL;
    unsigned long code;

    while ((code = bufferevent_get_openssl_error(bev)) != 0) {
        const char *text =
            ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);
        if (!found)
            found = text;
    }
    return found;
}

bool tls_why(struct bufferevent *bev, char *out, size_t size)
{
    SSL *ssl = bufferevent_openssl_get_ssl(bev);
    const char *text;
    long verified;

    if (!ssl)
        return false;
    text = first_reason(bev);
    verified = SSL_get_verify_result(ssl);
    if (verified != X509_V_OK && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE)
        snprintf(out, size, "TLS: certificate refused: %s",
                 X509_verify_cert_error_string(verified));
    else if (text)
        snprintf(out, size, "TLS: %s", text);
    else
        return false;
    return true;
}
